"""Secrets written into the definition itself: gathered, and kept out of what is stored.

Everything under `auth` is a secret, and so is a password in a URL. In the stored text a reference
stands in their place, `${literal:source/auth/bearer}`, which leads back to the file.
"""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from engine.definition.nodes import Block, Items, Node, Scalar, Step, inside, scalars_in

SHORTEST = 4
"""Shorter texts under `auth` are no secrets, and hiding them would hide half of every message."""


def secrets_in(root: Node) -> Iterable[str]:
    """The secret values of a definition whose variables are expanded."""
    for steps, scalar in scalars_in(root):
        if _under_auth(steps) and len(scalar.text) >= SHORTEST:
            yield scalar.text
        if password := password_in(scalar.text):
            yield password
            yield unquote(password)


def password_in(text: str) -> str | None:
    """The password in a URL, as it is written there."""
    if "://" not in text or "@" not in text:
        return None
    try:
        return urlsplit(text).password or None
    except ValueError:
        return None


def masked(node: Node, at: tuple[Step, ...] = ()) -> Node:
    """The node with references in place of the secrets that stand in it."""
    match node:
        case Scalar():
            return _scalar(node, at)
        case Items(nodes=nodes):
            each = tuple(masked(one, (*at, index)) for index, one in enumerate(nodes))
            return Items(each, node.mark)
        case Block(entries=entries):
            kept = {
                name: replace(entry, node=masked(entry.node, (*at, name)))
                for name, entry in entries.items()
            }
            return Block(kept, node.mark)


def _scalar(scalar: Scalar, at: tuple[Step, ...]) -> Scalar:
    reference = f"${{literal:{'/'.join(map(str, at))}}}"
    if "${" in scalar.text and not password_in(scalar.text):
        return scalar
    if _under_auth(at):
        return replace(scalar, text=reference, plain=False)
    password = password_in(scalar.text)
    if password is None or "${" in password:
        return scalar
    text = scalar.text.replace(f":{password}@", f":{reference}@", 1)
    return replace(scalar, text=text, plain=False)


def literal_at(root: Node, pointer: str) -> str | None:
    """The secret that a reference leads to; None where it is gone."""
    steps = [int(step) if step.isdigit() else step for step in pointer.split("/")]
    found = inside(root, *steps)
    if not isinstance(found, Scalar):
        return None
    return found.text if _under_auth(tuple(steps)) else password_in(found.text)


def _under_auth(steps: tuple[Step, ...]) -> bool:
    """Whether they lead below `auth` of a source, a target or a call, or to what signs alerts."""
    if steps[:1] == ("alerts",):
        return steps[-1] == "secret"
    at = 3 if steps[:1] == ("stages",) and steps[2:3] == ("call",) else 1
    return steps[at : at + 1] == ("auth",) and steps[0] in {"source", "target", "stages"}

"""`${NAME}` and its kin: what stands for a value from the environment, a file or a keyring."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from engine.definition import secret_stores
from engine.definition.nodes import Block, Items, Node, Scalar
from engine.definition.secret_stores import NoSecret
from engine.domain.requests import Complaint

_REFERENCE = re.compile(r"\$(\$\{)|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class Expansion:
    """Variables being put in: complaints about those without a value, and the secrets met.

    `literal` finds a secret again that stood in the definition itself (`masking`).
    """

    environ: Mapping[str, str]
    folder: str
    literal: Callable[[str], str] | None = None
    complaints: list[Complaint] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def expanded(self, node: Node) -> Node:
        """The node with every variable replaced; what has none stays as it is."""
        match node:
            case Scalar():
                return self._scalar(node)
            case Items(nodes=nodes):
                return Items(tuple(self.expanded(each) for each in nodes), node.mark)
            case Block(entries=entries):
                filled = {
                    name: replace(entry, node=self.expanded(entry.node))
                    for name, entry in entries.items()
                }
                return Block(filled, node.mark)

    def _scalar(self, scalar: Scalar) -> Scalar:
        if "${" not in scalar.text:
            return scalar
        met = len(self.complaints)
        text = _REFERENCE.sub(lambda found: self._value(found, scalar), scalar.text)
        known = len(self.complaints) == met
        return replace(scalar, text=text, expanded=True, known=known)

    def _value(self, found: re.Match[str], scalar: Scalar) -> str:
        if found[1]:
            return "${"
        if found[2] is None:
            return self._wrong(
                scalar, "the variable that begins with '${' has no '}'", "close it"
            )
        kind, colon, name = found[2].partition(":")
        return self._kept(kind, name, scalar) if colon else self._plain(found[2], scalar)

    def _kept(self, kind: str, name: str, scalar: Scalar) -> str:
        try:
            value = self._secret(kind, name)
        except NoSecret as reason:
            return self._wrong(scalar, str(reason), reason.hint)
        if not value:
            sentence = f"the secret '${{{kind}:{name}}}' is empty"
            return self._wrong(scalar, sentence, "give it a value")
        if kind != "literal":  # those are gathered where they stand
            self.secrets.add(value)
        return value

    def _plain(self, name: str, scalar: Scalar) -> str:
        if not _NAME.fullmatch(name):
            return self._wrong(
                scalar,
                f"'${{{name}}}' is no variable",
                f"write ${{NAME}}, or $${{{name}}} for the text itself",
            )
        if name not in self.environ:
            return self._wrong(
                scalar, f"the variable '{name}' is not set", "set it in the environment"
            )
        return self.environ[name]

    def _secret(self, kind: str, name: str) -> str:
        if kind == "secret":
            return secret_stores.from_environment(name, self.environ)
        if kind == "file":
            return secret_stores.from_file(name, self.folder)
        if kind == "keyring":
            return secret_stores.from_keyring(name)
        if kind == "literal" and self.literal:
            return self.literal(name)
        raise NoSecret(
            f"'${{{kind}:…}}' is no kind of variable", "there are secret, file and keyring"
        )

    def _wrong(self, scalar: Scalar, sentence: str, hint: str) -> str:
        mark = scalar.mark
        self.complaints.append(Complaint(mark.path, mark.line, mark.column, sentence, hint))
        return ""

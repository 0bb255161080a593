"""From what a model refuses to complaints: one sentence each, at its place in the file."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from engine.definition import leaves
from engine.definition.given import Given, Stranger
from engine.definition.models import TAG, read
from engine.definition.nodes import Block, Mark, Node, Step, entry_at, inside
from engine.definition.raw import raw
from engine.definition.wording import near, nearest, visible
from engine.domain.requests import Complaint

T = TypeVar("T")

MOST = 100
"""So many complaints about one file are told, and so many of a kind get a hint."""

FEW = 12
"""So many keys are listed where none comes near an unknown one."""


def complaint(mark: Mark, sentence: str, hint: str | None = None) -> Complaint:
    """A complaint about this place."""
    return Complaint(mark.path, mark.line, mark.column, sentence, hint)


def few(
    complaints: Iterable[Complaint], path: str
) -> tuple[list[Complaint], list[Complaint]]:
    """The complaints that are told, by place and each once, and the rest.

    Those about the file itself come before those about its defaults.
    """
    by_place = sorted(
        complaints, key=lambda each: (each.path != path, each.line, each.column)
    )
    each_once = list(dict.fromkeys(by_place))
    return each_once[:MOST], each_once[MOST:]


class Reader:
    """Blocks of one definition being made into dataclasses; what is wrong gathers here.

    `partial`: nothing can be missing, since others complete it.
    """

    def __init__(self, root: Block, *, partial: bool = False) -> None:
        self.root = root
        self._partial = partial
        self.complaints: list[Complaint] = []

    def say(self, steps: Sequence[Step], sentence: str, hint: str | None = None) -> None:
        """Complain about the value at these steps, or the nearest thing there is."""
        self.complaints.append(complaint(_mark(self.root, steps), sentence, hint))

    def near(self, word: str, words: Collection[str]) -> str | None:
        """The hint that names the word that was perhaps meant; none once there are many."""
        return near(word, words) if len(self.complaints) < MOST else None

    def read(
        self,
        shape: type[T],
        steps: Sequence[Step],
        *,
        without: Iterable[str] = (),
        also: Iterable[str] = (),
    ) -> T | None:
        """The block at these steps as a dataclass; None where there are complaints.

        Keys in `without` are left to others; `also` are known without being read.
        """
        block, wanted = inside(self.root, *steps), cast("Any", shape)
        value = raw(block) if block else None
        if isinstance(value, dict):
            left = set(without)
            value = Given({name: each for name, each in value.items() if name not in left})
            value.also = tuple(also)
        try:
            made: T = read(wanted, value)
        except ValidationError as error:
            self._translate_all(error.errors(include_url=False), tuple(steps))
            return None
        return made

    def _translate_all(self, errors: Sequence[Any], base: tuple[Step, ...]) -> None:
        """Each error once: a missing key is not mentioned where a misspelt one stands for it."""
        strangers = (each for each in errors if isinstance(each["input"], Stranger))
        meant = {
            (*each["loc"][:-1], close)
            for each in islice(strangers, MOST)
            if (close := nearest(str(each["loc"][-1]), each["input"].known))
        }
        for each in errors:
            if each["type"] != "missing" or each["loc"] not in meant:
                self._translate(each, base)

    def _translate(self, error: Any, base: tuple[Step, ...]) -> None:
        at = (*base, *(step for step in error["loc"] if not str(step).startswith(TAG)))
        context = error.get("ctx") or {}
        match error["type"]:
            case leaves.UNKNOWN:
                return
            case leaves.SAID:
                at = (*at, *context["at"])
                self.say(
                    at, f"{named(self.root, at)} {context['sentence']}", context["hint"]
                )
            case "extra_forbidden":
                self._unknown(at, error["input"])
            case "missing":
                self._missing(at, error["input"])
            case _:
                self.say(at, f"{named(self.root, at)} is wrong: {error['msg']}")

    def _unknown(self, at: tuple[Step, ...], stranger: Stranger) -> None:
        entry = entry_at(self.root, at)
        mark = entry.mark if entry else _mark(self.root, at)
        written = (entry and entry.written) or str(at[-1])
        hint = self.near(written, stranger.known)
        if hint is None and len(stranger.known) <= FEW:
            hint = f"known are {', '.join(stranger.known)}"
        self.complaints.append(complaint(mark, f"unknown key '{visible(written)}'", hint))

    def _missing(self, at: tuple[Step, ...], block: Given) -> None:
        if self._partial:
            return
        *holder, name = at
        key = block.shape.keys[str(name)]
        where = f" in {named(self.root, holder)}" if holder else ""
        entry = entry_at(self.root, holder)
        mark = entry.mark if entry else _mark(self.root, holder)
        self.complaints.append(complaint(mark, f"'{name}' is missing{where}", key.wanted))


def named(root: Node, steps: Sequence[Step]) -> str:
    """What a person calls the value at these steps."""
    if not steps:
        return "the definition"
    last = steps[-1]
    if isinstance(last, int):
        return f"item {last + 1} of {named(root, steps[:-1])}"
    entry = entry_at(root, steps)
    return f"'{visible((entry and entry.written) or last)}'"


def _mark(root: Node, steps: Sequence[Step]) -> Mark:
    for length in range(len(steps), -1, -1):
        found = inside(root, *steps[:length])
        if found:
            return found.mark
    return root.mark

"""YAML text as nodes: one document, no aliases, no tags, no key twice, 64 levels at most."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from engine.definition.nodes import Block, Entry, Items, Mark, Node, Scalar
from engine.definition.reading import Unreadable
from engine.domain.requests import Complaint

_HALF = re.compile("[\ud800-\udfff]")

DEPTH_LIMIT = 64
"""How deep a definition may be nested."""

VALUES_LIMIT = 10_000
"""How many keys and values a definition may have; more take longer than 2 s to answer."""


@dataclass(slots=True)
class Parsed:
    """A text as nodes. `complaints` are about the YAML itself, `twice` about keys given twice."""

    root: Node | None = None
    complaints: list[Complaint] = field(default_factory=list)
    twice: list[Complaint] = field(default_factory=list)


def parse(text: str, path: str) -> Parsed:
    """The nodes of a YAML text; Unreadable where it is no YAML."""
    parsed = Parsed()
    parser = _Parser(text, path, parsed)
    try:
        parsed.root = parser.document()
    except MarkedYAMLError as error:
        raise Unreadable(_complaint(error, text, path)) from None
    except (YAMLError, ValueError, RecursionError) as error:
        sentence = f"the file cannot be read as YAML: {_first_line(str(error))}"
        raise Unreadable(Complaint(path, 1, 1, sentence)) from None
    return parsed


class _TooMuch(Exception):
    """Beyond a limit; nothing after it is read."""


@dataclass(slots=True)
class _Parser:
    """One text being read, event by event."""

    text: str
    path: str
    parsed: Parsed
    events: Iterator[Any] = field(init=False)
    values: int = 0

    def __post_init__(self) -> None:
        self.events = YAML(typ="safe", pure=True).parse(self.text)

    def document(self) -> Node | None:
        """The one document there is; None where the text holds nothing."""
        root: Node | None = None
        documents = 0
        try:
            for event in self.events:
                if isinstance(event, DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        raise self._unreadable(
                            event, "a second document begins here", "one Link a file"
                        )
                elif isinstance(event, NodeEvent):
                    root = self._node(event, depth=1)
        except _TooMuch:
            return None
        return root

    def _node(self, event: Any, *, depth: int) -> Node:
        self._check(event, depth)
        mark = self._mark(event)
        if isinstance(event, MappingStartEvent):
            return self._block(mark, depth)
        if isinstance(event, SequenceStartEvent):
            nodes = []
            while not isinstance(inner := next(self.events), SequenceEndEvent):
                nodes.append(self._node(inner, depth=depth + 1))
            return Items(tuple(nodes), mark)
        if isinstance(event, ScalarEvent):
            return Scalar(self._whole(event), mark, plain=event.style is None)
        return Scalar("", mark, plain=False, known=False)

    def _whole(self, event: Any) -> str:
        """Its text. JSON writes some letters as two escapes, which YAML takes for two letters."""
        text: str = event.value
        if not _HALF.search(text):
            return text
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            sentence = "an escape in this text is half of a letter"
            self._complain(event, sentence, "write the letter itself")
            return ""

    def _check(self, event: Any, depth: int) -> None:
        if depth > DEPTH_LIMIT:
            self._complain(event, f"this is nested deeper than {DEPTH_LIMIT} levels")
            raise _TooMuch
        self.values += 1
        if self.values > VALUES_LIMIT:
            self._complain(
                event, f"the definition has more than {VALUES_LIMIT} keys and values"
            )
            raise _TooMuch
        if isinstance(event, AliasEvent):
            self._complain(
                event, f"the alias '*{event.anchor}' is not allowed", "repeat the value"
            )
        elif event.anchor is not None:
            self._complain(
                event,
                f"the anchor '&{event.anchor}' is not allowed",
                "repeat the value instead",
            )
        if getattr(event, "tag", None) not in {None, "!"}:
            raise self._unreadable(
                event, f"the tag '{_shown(event.tag)}' is not allowed", "remove it"
            )

    def _block(self, mark: Mark, depth: int) -> Block:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self._node(event, depth=depth + 1)
            node = self._node(next(self.events), depth=depth + 1)
            if isinstance(node, Scalar) and not node.text and node.plain:
                node = replace(
                    node, mark=key.mark
                )  # an empty value stands where its key does
            self._add(entries, key, node)
        return Block(entries, mark)

    def _add(self, entries: dict[str, Entry], key: Node, node: Node) -> None:
        if not isinstance(key, Scalar):
            self._say(key.mark, "a key must be a text, not a list or a block")
        elif key.plain and key.text == "<<":
            self._say(key.mark, "merge keys ('<<') are not allowed", "repeat the values")
        elif key.text in entries:
            first = entries[key.text].mark
            self.parsed.twice.append(
                Complaint(
                    self.path,
                    key.mark.line,
                    key.mark.column,
                    f"the key '{key.text}' stands here twice, first in line {first.line}",
                    "remove one",
                )
            )
        else:
            entries[key.text] = Entry(key.text, key.mark, node)

    def _mark(self, event: Any) -> Mark:
        return Mark(self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def _complain(self, event: Any, sentence: str, hint: str | None = None) -> None:
        self._say(self._mark(event), sentence, hint)

    def _say(self, mark: Mark, sentence: str, hint: str | None = None) -> None:
        self.parsed.complaints.append(
            Complaint(mark.path, mark.line, mark.column, sentence, hint)
        )

    def _unreadable(self, event: Any, sentence: str, hint: str) -> Unreadable:
        mark = self._mark(event)
        return Unreadable(Complaint(self.path, mark.line, mark.column, sentence, hint))


def _shown(tag: object) -> str:
    return str(tag).replace("tag:yaml.org,2002:", "!!")


def _complaint(error: MarkedYAMLError, text: str, path: str) -> Complaint:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    before = "".join(text.splitlines(keepends=True)[line - 1 : line])[:column]
    if "\t" in before:
        return Complaint(path, line, column, "a tab cannot indent YAML", "use spaces")
    if before.endswith("${"):
        sentence = "a variable inside braces or brackets needs quotes"
        return Complaint(path, line, column - 1, sentence, 'write "${NAME}"')
    said = ", ".join(part for part in (error.problem, error.context) if part)
    return Complaint(path, line, column, f"this is not YAML: {_first_line(said)}")


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[0]

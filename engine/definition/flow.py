"""Which fields a record has at each stage, and what names one that no stage makes."""

import re
from collections.abc import Iterable, Sequence

from engine.definition import texts
from engine.definition.complaints import FEW, Reader, named
from engine.definition.nodes import Scalar, Step, block_of, inside, items_in, text_in
from engine.definition.wording import visible
from engine.domain.expression import ExpressionError, compile_expression

Known = frozenset[str] | None
"""The names of a record's fields; None while they are the source's own, whatever those are."""

_FIRST = re.compile(r"[^.\[\]]+")
_TEMPLATE = re.compile(r"\{([^{}]+)\}")


def check_flow(reader: Reader) -> None:
    """Complain about every field that is read where no stage has made it."""
    known: Known = None
    for index in range(len(items_in(reader.root, "stages"))):
        known = _Stage(reader, ("stages", index), known).after()
    _keys(reader, known)
    if known is not None:
        here = _Stage(reader, ("target",), known)
        here.template("url")
        here.template("lookup", "url")
        here.template("bulk", "url")
        if text_in(reader.root, "target", "adapter") == "sql":
            here.name("modified")


def _keys(reader: Reader, known: Known) -> None:
    here = _Stage(reader, (), known)
    here.name("key")
    for index in range(len(items_in(reader.root, "key"))):
        here.name("key", index)


class _Stage:
    """One stage of a definition, and the fields that are known before it."""

    def __init__(self, reader: Reader, steps: tuple[Step, ...], known: Known) -> None:
        self._reader = reader
        self._steps = steps
        self._known = known
        self._node = inside(reader.root, *steps)

    def after(self) -> Known:
        """Complain about what the stage reads; the fields there are after it."""
        keys = block_of(self._node).keys()
        self.expression("if")
        if "map" in keys:
            return self._mapped()
        if "python" in keys:
            return None
        self._read_others()
        made = [text_in(self._node, kind, "into") for kind in ("call", "lookup")]
        return self._with(_top(text) for text in made if text)

    def _read_others(self) -> None:
        self.expression("ignore")
        self.path("lookup", "on")
        for name in block_of(self._node, "lookup", "on"):
            self.named_path(name, "lookup", "on")
        self.template("call", "url")
        for index in range(len(items_in(self._node, "check"))):
            self.expression("check", index, "when")
            self.path("check", index, "field")

    def _mapped(self) -> Known:
        for name, entry in block_of(self._node, "map").items():
            if isinstance(entry.node, Scalar):
                self.path("map", name)
            self.path("map", name, "from")
            for index in range(len(items_in(entry.node, "concat"))):
                self.part("map", name, "concat", index)
        made = frozenset(block_of(self._node, "map"))
        stays = text_in(self._node, "keep") in {"true", "True", "TRUE"}
        if stays or "if" in block_of(self._node):
            return self._with(made)
        return made

    def _with(self, made: Iterable[str]) -> Known:
        return None if self._known is None else self._known | frozenset(made)

    def path(self, *steps: Step) -> None:
        """A path into the record."""
        text = text_in(self._node, *steps)
        if text:
            self.named_path(text, *steps)

    def named_path(self, text: str, *steps: Step) -> None:
        """A path into the record that stands at, or is, the last of these steps."""
        if texts.path(text) is None:
            self._complain(steps, _top(text), "names")

    def name(self, *steps: Step) -> None:
        """The name of a field."""
        text = text_in(self._node, *steps)
        if text:
            self._complain(steps, text, "names")

    def part(self, *steps: Step) -> None:
        """A part of a `concat` that is a path."""
        text = text_in(self._node, *steps)
        if text and texts.is_path_like(text) and texts.path(text) is None:
            self._complain(steps, _top(text), "names")

    def expression(self, *steps: Step) -> None:
        """An expression over the record."""
        text = text_in(self._node, *steps)
        try:
            names = compile_expression(text).names if text else ()
        except ExpressionError:
            return
        for name in names:
            self._complain(steps, name, "reads")

    def template(self, *steps: Step) -> None:
        """An address with fields in braces."""
        for field in dict.fromkeys(_TEMPLATE.findall(text_in(self._node, *steps) or "")):
            if field not in (self._known or ()):
                self._complain(steps, _top(field), "names")

    def _complain(self, steps: Sequence[Step], name: str, verb: str) -> None:
        if self._known is None or name in self._known:
            return
        at = (*self._steps, *steps)
        sentence = (
            f"{named(self._reader.root, at)} {verb} '{visible(name)}', which no stage makes"
        )
        few = len(self._known) <= FEW
        there = f"there are {', '.join(sorted(map(visible, self._known)))}" if few else None
        self._reader.say(at, sentence, self._reader.near(name, self._known) or there)


def _top(path: str) -> str:
    found = _FIRST.match(path)
    return found.group() if found else path

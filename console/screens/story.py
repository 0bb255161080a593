"""One record as it is drawn: what failed, field by field, the seven answers, its journey."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from console.format import counted, moment
from console.ink import fitted, folded
from console.pages.page import Caption, Cell, Facts, Line, Span
from console.pages.record_page import (
    Sides,
    answers,
    blames,
    edited,
    held_fields,
    present_sentence,
    present_title,
    sign_of,
)
from console.pages.values import shown, written
from console.safe import cut
from console.states import RECORD, words
from console.theme import Skin
from console.widgets.paper import Leaf, leaves
from engine.domain.missing import MISSING
from engine.domain.present import Present
from engine.domain.requests import RecordDetail
from engine.domain.snapshot import RecordState
from engine.domain.stored_json import parsed
from engine.domain.values import dataclass

WHOLE = 20_000
"""Characters of one value shown where it is unfolded; Y saves all of it."""

LINE = 2_000
"""Characters of one line of raw JSON that are shown."""


@dataclass(frozen=True, slots=True)
class Story:
    """A record as it is drawn: made in a thread, because a record may be a megabyte."""

    detail: RecordDetail
    sides: Sides
    paths: tuple[str, ...]
    changed: dict[str, str | None]
    blamed: frozenset[str]
    raw: tuple[str, ...]


def story_of(detail: RecordDetail) -> Story:
    """A record made ready to be drawn."""
    sides = Sides.of(detail)
    blamed = frozenset(
        str(error["field"]) for error in detail.snapshot.errors if error.get("field")
    )
    raw = json.dumps(documents(detail), indent=2, ensure_ascii=False, default=str)
    return Story(
        detail=detail,
        sides=sides,
        paths=tuple(sides.paths(blamed)),
        changed={change.path: change.stage for change in detail.changes},
        blamed=blamed,
        raw=tuple(cut(line, LINE) for line in raw.splitlines()),
    )


def documents(detail: RecordDetail) -> dict[str, Any]:
    """What is kept of a record, as JSON values."""
    seen = detail.snapshot
    found = {"before": parsed(seen.before), "after": parsed(seen.after)}
    return {**found, "edited": parsed(seen.edited)} if seen.edited else found


@dataclass(frozen=True, slots=True)
class Page:
    """The record drawn at a width."""

    story: Story
    width: int
    skin: Skin
    changed_only: bool
    unfolded: frozenset[str]
    now: Present | None = None

    def leaves(self, *, revealed: bool) -> Iterator[Leaf]:
        """From what failed down to its journey."""
        detail = self.story.detail
        yield from self._errors()
        if detail.masked:
            yield from self._read(
                [Line(Span("Masked fields are hidden; V reveals.", "warn"))]
            )
        elif revealed:
            yield from self._read([Line(Span("Revealed: the audit has it.", "warn"))])
        yield from self._target()
        yield from self._fields()
        yield from self._edited()
        if detail.snapshot.warnings:
            yield Leaf([])
            texts = [Line(text, indent=2) for text in detail.snapshot.warnings]
            yield from self._read([Caption("Warnings"), *texts])
        yield Leaf([])
        yield from self._read([Caption("Answers"), Facts(tuple(answers(detail)))])
        yield from self._journey()

    def _read(self, page: list[Any]) -> Iterator[Leaf]:
        for leaf in leaves(page, self.width - 2, self.skin):
            yield Leaf([Span(" "), *leaf.row])

    def _errors(self) -> Iterator[Leaf]:
        for error in self.story.detail.snapshot.errors:
            place = " of ".join(
                str(error[name]) for name in ("field", "stage") if error.get(name)
            )
            kind = f"  {words(str(error.get('class', '')))}/{error.get('code', '')}"
            at = f" at {place}" if place else ""
            message = Span(str(error.get("message", "")), "bad")
            yield from self._read([Line((message, Span(f"{kind}{at}", "quiet")))])
            for attempt in error.get("attempts") or ():
                text = f"attempt {attempt['number']}: {attempt['message']}"
                yield from self._read([Line(text, indent=2)])

    def _target(self) -> Iterator[Leaf]:
        if self.now is None:
            return
        yield Leaf([])
        yield from self._read([Caption(present_title(self.now))])
        said = present_sentence(self.now)
        if said is not None:
            yield from self._read([Line(said, indent=2)])
            return
        held = list(held_fields(replace(self.story.detail, target=self.now)))
        name = min(max((len(path) for _, path, _ in held), default=5), self.width // 3, 48)
        value = max(self.width - name - 8, 8)
        for sign, path, found in held:
            cells: list[Cell] = [(Span(sign, "busy"), "  "), path, shown(found)]
            yield Leaf(self._cells(cells, (3, name, value)))

    def _edited(self) -> Iterator[Leaf]:
        if self.story.detail.snapshot.edited is None:
            return
        yield Leaf([])
        title = "Edited: this is what the next retry sends"
        yield from self._read([Caption(title), Facts(tuple(edited(self.story.detail)))])

    def _fields(self) -> Iterator[Leaf]:
        story, seen = self.story, self.story.detail.snapshot
        if seen.before is None and seen.after is None:
            yield from self._read(
                [Line("No values are kept of it: the Link's snapshots setting is none.")]
            )
            return
        sizes = self._sizes()
        yield Leaf([])
        titles = ("", "FIELD", "BEFORE", "AFTER", "STAGE")
        yield Leaf(self._cells([Span(title, "quiet") for title in titles], sizes))
        hidden = 0
        for path in story.paths:
            bad = blames(story.blamed, path)
            if self.changed_only and not bad and path not in story.changed:
                hidden += 1
                continue
            yield from self._field(path, sizes, bad=bad)
        if hidden:
            text = counted(hidden, "field as it was", "fields as they were")
            text = f"{text}; d shows all"
            yield from self._read([Line(Span(text, "quiet"))])

    def _sizes(self) -> tuple[int, int, int, int, int]:
        room = self.width - 3 - 8
        name = min(
            max((len(path) for path in self.story.paths), default=5), room * 2 // 7, 48
        )
        stages = [len(stage or "") for stage in self.story.changed.values()]
        stage = min(max(stages, default=5), room // 5, 24) if room > 60 else 0
        value = (room - name - stage) // 2
        return 3, name, value, room - name - stage - value, stage

    def _field(
        self, path: str, sizes: tuple[int, int, int, int, int], *, bad: bool
    ) -> Iterator[Leaf]:
        story, target = self.story, ("field", path)
        before = story.sides.before.get(path, MISSING)
        after = story.sides.after.get(path, MISSING)
        changed = path in story.changed
        sign = sign_of(before, after, changed=changed)
        cross = self.skin.glyph("✗", "x") if bad else " "
        stage = "" if after is MISSING else story.changed.get(path) or ""
        style = "bad" if bad else "strong" if changed else ""
        cells: list[Cell] = [
            (Span(sign, "busy"), Span(cross, "bad"), " "),
            Span(_tail(path, sizes[1], self.skin), style),
            shown(before),
            shown(after) if changed or before is MISSING else _same(after),
            Span(stage, "quiet"),
        ]
        yield Leaf(self._cells(cells, sizes), target)
        if path in self.unfolded:
            for name, value in (("before", before), ("after", after)):
                whole = "missing" if value is MISSING else cut(written(value), WHOLE)
                room = max(self.width - 14, 10)
                rows = folded(whole, room, unicode=self.skin.unicode)
                for number, row in enumerate(rows):
                    label = Span(f"     {name if not number else '':<8}", "quiet")
                    yield Leaf([label, *row])

    def _cells(self, cells: list[Any], sizes: tuple[int, ...]) -> list[Span]:
        row: list[Span] = [Span(" ")]
        for cell, size in zip(cells, sizes, strict=True):
            if size:
                row += [*fitted(cell, size, self.skin), Span("  " if size > 3 else "")]
        return row

    def _journey(self) -> Iterator[Leaf]:
        history = self.story.detail.history
        if len(history) < 2:
            return
        yield Leaf([])
        yield from self._read([Caption("History")])
        for entry in history:
            look = RECORD[RecordState(entry.state)]
            state = f"{look.mark(unicode=self.skin.unicode)} {words(entry.state)}"
            why = str(entry.errors[0].get("message", "")) if entry.errors else ""
            cells = (
                *fitted(Span(f"#{entry.event}", "strong"), 8, self.skin),
                *fitted(Span(state, look.style), 14, self.skin),
                Span(f" {moment(entry.at)}  {why}"),
            )
            yield Leaf([Span("   "), *cells], ("event", entry.event))


def _tail(path: str, width: int, skin: Skin) -> str:
    """A path by its end, which tells it from its neighbours."""
    if len(path) <= width:
        return path
    dots = skin.glyph("…", "~")
    return dots + path[len(path) - width + 1 :] if width > 1 else path


def _same(value: object) -> Cell:
    """A value that stayed as it was, less loud."""
    cell = shown(value)
    return Span(cell, "quiet") if isinstance(cell, str) else cell

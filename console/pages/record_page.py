"""One failing record: what it was, what the stages made of it, and the seven answers of T5."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from console.format import counted, moment
from console.pages.page import Block, Caption, Cell, Column, Facts, Grid, Line, Span
from console.pages.summary import remark
from console.pages.values import shown
from console.states import RECORD, words
from engine.domain.diff import changes, leaves
from engine.domain.missing import MISSING
from engine.domain.present import Present
from engine.domain.requests import HistoryEntry, RecordDetail
from engine.domain.snapshot import OPEN_STATES, RecordState
from engine.domain.stored_json import parsed
from engine.domain.values import dataclass

MOST_FIELDS = 300


def record_page(
    detail: RecordDetail, *, unicode: bool, linkdeck: str = "linkdeck"
) -> Iterator[Block]:
    """The whole page; `linkdeck` is how the command was called, for what to call next."""
    yield from _head(detail, unicode=unicode)
    for error in detail.snapshot.errors:
        yield from error_lines(error)
    yield from _fields(detail, unicode=unicode)
    if detail.snapshot.edited is not None:
        yield Caption("Edited: this is what the next retry sends")
        yield Facts(tuple(edited(detail)))
    if detail.target is not None:
        yield Caption(present_title(detail.target))
        yield from _present(detail)
    if detail.masked:
        yield Line(
            f"Hidden by the Link's masks: {', '.join(detail.masked)}. "
            f"{linkdeck} record s{detail.snapshot.id} --reveal --reason WHY"
            " shows the values; that is audited."
        )
    if detail.snapshot.warnings:
        yield Caption("Warnings")
        yield from (Line(text, indent=2) for text in detail.snapshot.warnings)
    yield Caption("Answers")
    yield Facts(tuple(answers(detail)))
    if len(detail.history) > 1 or any(entry.by for entry in detail.history):
        yield Caption("History")
        yield from _history(detail.history, unicode=unicode)


def _head(detail: RecordDetail, *, unicode: bool) -> Iterator[Block]:
    seen = detail.snapshot
    state = RecordState(seen.state)
    look = RECORD[state]
    yield Line(
        (
            Span(f"s{seen.id} {seen.link}", "strong"),
            f"  key {seen.label}  " if seen.key else f"  {seen.label}  ",
            Span(f"{look.mark(unicode=unicode)} {words(state.value)}", look.style),
        )
    )
    yield Line(
        f"#{seen.event}, batch {seen.batch}, record {seen.position + 1} of it,"
        f" {moment(seen.at)}, {counted(seen.attempts, 'attempt')}"
    )


def error_lines(error: Mapping[str, Any]) -> Iterator[Block]:
    """One error of a record: what is wrong and where, and the attempts before it."""
    place = " of ".join(str(error[name]) for name in ("field", "stage") if error.get(name))
    yield Line(
        (
            Span(str(error.get("message", "")), "bad"),
            f" ({words(str(error.get('class', '')))}/{error.get('code', '')}"
            f"{' at ' + place if place else ''})",
        )
    )
    for attempt in error.get("attempts") or ():
        yield Line(f"attempt {attempt['number']}: {attempt['message']}", indent=2)


@dataclass(frozen=True, slots=True)
class Sides:
    """The two documents, path by path."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @classmethod
    def of(cls, detail: RecordDetail) -> "Sides":
        """Both sides of a record."""
        return cls(_paths(detail.snapshot.before), _paths(detail.snapshot.after))

    def paths(self, blamed: Set[str]) -> list[str]:
        """Every path, in order; what is blamed stands among them, or first where they are many."""
        paths = list(dict.fromkeys((*self.before, *self.after)))
        absent = [name for name in blamed if not any(_within(path, name) for path in paths)]
        if len(paths) > MOST_FIELDS:
            paths.sort(key=lambda path: not blames(blamed, path))
        return [*sorted(absent), *paths]


def _paths(stored: bytes | None) -> dict[str, Any]:
    if stored is None:
        return {}
    return {path or "(all of it)": value for path, value in leaves(parsed(stored))}


def _fields(detail: RecordDetail, *, unicode: bool) -> Iterator[Block]:
    seen = detail.snapshot
    if seen.before is None and seen.after is None:
        yield Line("No values are kept of it: the Link's snapshots setting is none.")
        return
    sides = Sides.of(detail)
    changed = {change.path: change.stage for change in detail.changes}
    blamed = {str(error["field"]) for error in seen.errors if error.get("field")}
    paths = sides.paths(blamed)
    rows = [
        _row(path, sides, changed, bad=blames(blamed, path), unicode=unicode)
        for path in paths[:MOST_FIELDS]
    ]
    columns = ("", "FIELD", "BEFORE", "AFTER", "STAGE")
    yield Caption("Before and after")
    yield Grid([Column(title, wraps=bool(title)) for title in columns], rows)
    hidden = len(paths) - MOST_FIELDS
    if hidden > 0:
        yield Line(f"and {counted(hidden, 'field')} more; --json has them all", indent=2)


def edited(detail: RecordDetail) -> Iterator[tuple[str, Cell]]:
    """The paths at which the edit differs from what the source gave."""
    before = parsed(detail.snapshot.before)
    for change in changes(before, parsed(detail.snapshot.edited), {}):
        yield change.path, (_piece(change.before), " is now ", _piece(change.after))


def present_title(present: Present) -> str:
    """What the target's part of a record is called."""
    return f"{present.system} at {moment(present.at)}"


def present_sentence(present: Present) -> Span | None:
    """What there is to say where no fields are shown."""
    if present.problem is not None:
        return Span(present.problem, "warn")
    return Span("It holds nothing for this key.") if present.absent else None


def held_fields(detail: RecordDetail) -> Iterator[tuple[str, str, object]]:
    """Paths and values the target holds, and a `~` where the record would change them."""
    present = detail.target
    if present is None or present.fields is None:
        return
    after = _paths(detail.snapshot.after)
    for path, value in leaves(present.fields):
        differs = path in after and after[path] != value
        yield ("~" if differs else " "), path, value


def _present(detail: RecordDetail) -> Iterator[Block]:
    said = present_sentence(detail.target) if detail.target is not None else None
    if said is not None:
        yield Line(said, indent=2)
        return
    rows = [
        (Span(sign, "busy"), path, shown(value))
        for sign, path, value in held_fields(detail)
    ]
    columns = (Column(""), Column("FIELD", wraps=True), Column("HOLDS NOW", wraps=True))
    yield Grid(columns, rows)


def _piece(value: object) -> str | Span:
    """A value within a line."""
    cell = shown(value)
    return cell if isinstance(cell, str | Span) else "".join(map(str, cell))


def _row(
    path: str,
    sides: Sides,
    changed: Mapping[str, str | None],
    *,
    bad: bool,
    unicode: bool,
) -> tuple[Cell, ...]:
    before, after = sides.before.get(path, MISSING), sides.after.get(path, MISSING)
    cross = "✗" if unicode else "x"
    mark = Span(sign_of(before, after, changed=path in changed), "busy")
    return (
        (mark, Span(cross, "bad") if bad else " "),
        Span(path, "bad" if bad else ""),
        shown(before),
        shown(after),
        "" if after is MISSING else changed.get(path) or "",
    )


def sign_of(before: object, after: object, *, changed: bool) -> str:
    """`+` made by the stages, `-` left out by them, `~` changed, blank as it was."""
    if before is after:
        return " "
    if before is MISSING:
        return "+"
    if after is MISSING:
        return "-"
    return "~" if changed else " "


def blames(fields: Set[str], path: str) -> bool:
    """Whether one of these fields is this path, or holds it."""
    return any(_within(path, field) for field in fields)


def _within(path: str, field: str) -> bool:
    return path == field or path.startswith((f"{field}.", f"{field}["))


def answers(detail: RecordDetail) -> Iterator[tuple[str, Cell]]:
    """The seven questions an operator has of a failure (T5), a line each."""
    seen = detail.snapshot
    error = seen.errors[0] if seen.errors else {}
    downstream = detail.event.downstream
    yield "what failed", _what(error, detail)
    yield "passes by itself", _passes(error)
    yield "retry is safe", _safe_to_retry(seen.state)
    yield "routed to", words(str(error.get("route", "nowhere")))
    for group in detail.event.errors:
        if group.fingerprint == error.get("fingerprint") and remark(group):
            yield "known cause", Span(remark(group), "warn")
            break
    yield "who fixes it", str(error.get("owner") or detail.event.owner or "nobody is named")
    yield "affects", ", ".join(downstream) or "nothing that the Link names"
    yield "proves recovery", _proof(detail)


def _what(error: Mapping[str, Any], detail: RecordDetail) -> str:
    if not error:
        return "nothing: it is kept with its Warnings"
    source, target = detail.event.source, detail.event.target
    stage = error.get("stage") or "the run"
    route = f" on the way from {source} to {target}" if source and target else ""
    return f"{error.get('code')} in {stage}{route}"


def _passes(error: Mapping[str, Any]) -> str:
    if error.get("durability") == "ephemeral":
        return "likely: it is ephemeral"
    return "no: it is durable; the data, the definition or the target has to change"


def _safe_to_retry(state: str) -> str:
    if state == RecordState.IN_DOUBT:
        return (
            "not known: the answer to its write never came; look it up in the target first"
        )
    if state in OPEN_STATES:
        return "yes: it was not written"
    return f"not needed: it is {words(state)}"


def _proof(detail: RecordDetail) -> str:
    seen = detail.snapshot
    if seen.state not in OPEN_STATES:
        return f"it is {words(seen.state)}"
    if seen.key:
        return f"a later Sync Event that writes {seen.label}"
    return f"a later Sync Event that reads {seen.label} and writes it"


def _history(entries: tuple[HistoryEntry, ...], *, unicode: bool) -> Iterator[Block]:
    rows = []
    for entry in entries:
        look = RECORD[RecordState(entry.state)]
        state = Span(f"{look.mark(unicode=unicode)} {words(entry.state)}", look.style)
        why = str(entry.errors[0].get("message", "")) if entry.errors else ""
        rows.append((f"#{entry.event}", state, _then(entry), moment(entry.at), why))
    columns = (
        Column("EVENT"),
        Column("STATE"),
        Column("THEN"),
        Column("WHEN"),
        Column("ERROR", wraps=True),
    )
    yield Grid(columns, rows)


def _then(entry: HistoryEntry) -> str:
    """Where it went from there: to its successor, or to whoever closed it."""
    if entry.successor is not None:
        return f"s{entry.successor} in #{entry.by}" if entry.by else f"s{entry.successor}"
    return f"by #{entry.by}" if entry.by else ""

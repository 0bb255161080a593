"""What operators say of a Link, beside what its file says."""

from collections.abc import Iterator, Mapping
from typing import Any

from console.format import counted, minute
from console.pages.page import Block, Cell, Column, Grid, Line, Span
from engine.domain.requests import LinkOverrides, OverrideSeen


def overrides_page(seen: LinkOverrides, *, linkdeck: str) -> Iterator[Block]:
    """A line each: what is said, what the file says, who said it and why."""
    if not seen.items:
        yield Line(f"{seen.link} runs as {seen.path} says; nothing is overridden.")
        return
    yield Line(f"{seen.link} runs as {seen.path} says, but for:")
    columns = (
        Column("WHAT", wraps=True),
        Column("SAID", wraps=True),
        Column("FILE SAYS", wraps=True),
        Column("BY", wraps=True),
        Column("SINCE"),
        Column("BECAUSE", wraps=True),
    )
    yield Grid(columns, [_row(each) for each in seen.items])
    if seen.problem:
        yield Line((Span("It cannot run: ", "bad"), seen.problem))
    yield Line(f"Take all of it back: {linkdeck} override {seen.link} --clear --reason …")


def spoken(name: str, value: Any) -> str:
    """An override in a few words: `snapshots = all`, `target: 3 more tries, 5 s apart`."""
    if isinstance(value, Mapping):
        return f"{_what(name)}: {_repeats(value)}"
    return f"{name} = {value}"


def _row(seen: OverrideSeen) -> tuple[Cell, ...]:
    repeats = isinstance(seen.value, Mapping)
    return (
        _what(seen.name) if repeats else seen.name,
        _repeats(seen.value) if repeats else plain(seen.value),
        _policy(seen.file) if repeats else plain(seen.file),
        seen.actor,
        minute(seen.at),
        seen.reason or "",
    )


def _what(name: str) -> str:
    return f"repeats of {name.partition(':')[2] or 'all nodes'}"


def _repeats(value: Mapping[str, Any]) -> str:
    tries = counted(value["hops"], "more try", "more tries")
    said = f"{tries}, {value['interval']:g} s apart"
    return said if value["enabled"] else f"as the file says (kept: {said})"


def _policy(policy: Mapping[str, Any] | None) -> str:
    if policy is None:
        return "-"
    tries = counted(policy["max_attempts"] - 1, "more try", "more tries")
    first, most = policy["delay_ms"] / 1000, policy["max_delay_ms"] / 1000
    if policy["backoff"] == "fixed":
        return f"{tries}, {first:g} s apart"
    return f"{tries}, from {first:g} s to {most:g} s apart"


def plain(value: Any) -> str:
    """A value as a file would have it; a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)

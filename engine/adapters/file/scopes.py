"""Scopes of files: the JSON that says which part of which file a Batch is."""

from typing import Any

from engine.adapters.file.cutting import Cut
from engine.adapters.file.finding import Found
from engine.domain.batch import Scope
from engine.domain.errors import BatchSyncError, ErrorClass
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A scope read back: items or bytes `start` to `end` of a file, from `line` on."""

    what: str
    path: str
    file: str
    start: int
    end: int
    line: int
    of: str
    over: bool

    @classmethod
    def of_scope(cls, scope: Scope) -> "Part":
        """The part a scope means; raises BatchSyncError for one that never could be read."""
        if "fault" in scope:
            raise BatchSyncError(
                str(scope["fault"]), code="file_damaged", error_class=ErrorClass.SCHEMA
            )
        return cls(
            scope["what"],
            scope["path"],
            scope["file"],
            scope["start"],
            scope["end"],
            scope["line"],
            scope["of"],
            scope.get("over", False),
        )


def lines_scope(found: Found, cut: Cut) -> Scope:
    """The scope of lines of a file."""
    if cut.fault:
        return fault_scope(found, cut.fault, start=cut.start, line=cut.line)
    last = cut.line + cut.lines - 1
    what = f"line {cut.line}" if cut.lines == 1 else f"lines {cut.line}-{last}"
    scope = _scope(found, what, cut.start, cut.end, line=cut.line)
    return {**scope, "over": True} if cut.over else scope


def items_scope(found: Found, start: int, end: int) -> Scope:
    """The scope of items of a JSON document; the first is number 1."""
    what = f"item {end}" if end - start == 1 else f"items {start + 1}-{end}"
    return _scope(found, what, start, end, line=start + 1)


def fault_scope(found: Found, fault: str, *, start: int = 0, line: int = 1) -> Scope:
    """The scope of what is left of a file that cannot be read on: a Batch that fails (T2)."""
    where = f" from line {line} on" if start else ""
    scope = _scope(found, where.strip(), start, None, line=line)
    sentence = (
        f"{found.shown} cannot be read{where}: it {fault}; have the file delivered again"
    )
    return {**scope, "fault": sentence}


def _scope(
    found: Found, what: str, start: int, end: int | None, *, line: int
) -> dict[str, Any]:
    return {
        "what": f"{found.shown} {what}".strip(),
        "path": found.path,
        "file": found.shown,
        "start": start,
        "end": end,
        "line": line,
        "of": found.of,
    }

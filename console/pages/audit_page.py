"""The audit as people read it."""

from collections.abc import Iterator

from console.format import counted, minute
from console.pages.page import Block, Cell, Column, Grid, Line, Span
from console.states import BAD, GOOD
from engine.domain.inbox import AuditSeen, AuditVerdict
from engine.domain.requests import Page


def audit_page(page: Page[AuditSeen]) -> Iterator[Block]:
    """Who did what to what, and why, a line each."""
    if not page.items:
        yield Line("No act matches.")
        return
    titles = ("ROW", "WHEN", "WHO", "DID", "TO", "WHY")
    wide = {"WHO", "TO", "WHY"}
    columns = [Column(title, right=title == "ROW", wraps=title in wide) for title in titles]
    yield Grid(columns, [_row(row) for row in page.items])
    if page.next:
        yield Line(f"More: the same command with --after {page.next}")


def _row(row: AuditSeen) -> tuple[Cell, ...]:
    return (
        str(row.seq),
        minute(row.at),
        row.actor,
        row.action,
        row.subject,
        row.reason or Span(_instead(row), "quiet"),
    )


def _instead(row: AuditSeen) -> str:
    """What is said where nobody had to give a reason."""
    detail = row.detail or {}
    if row.action in ("recovered", "superseded") and detail.get("by"):
        return f"by #{detail['by']}"
    if row.action == "definition":
        return f"{str(detail.get('before'))[:8]} to {str(detail.get('after'))[:8]}"
    return ""


def verdict_page(verdict: AuditVerdict, *, unicode: bool) -> Iterator[Block]:
    """Whether the audit holds, and if not, from where on."""
    rows = counted(verdict.rows, "row")
    if verdict.holds:
        yield Line(Span(f"{GOOD.mark(unicode=unicode)} the audit holds: {rows}", "good"))
        return
    said = f"{BAD.mark(unicode=unicode)} row {verdict.bad} does not hold, of {rows}"
    yield Line(Span(said, "bad"))
    yield Line(
        "It was altered, removed or inserted, or the end was cut off there; compare with a "
        "backup, and treat what follows as unproven."
    )

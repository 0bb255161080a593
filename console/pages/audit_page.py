"""The audit as people read it."""

from collections.abc import Iterator

from console.format import counted, minute, zone
from console.pages.page import Block, Cell, Column, Grid, Line, Span
from console.states import BAD, GOOD
from engine.domain.inbox import AuditSeen, AuditVerdict
from engine.domain.requests import Page


def audit_page(page: Page[AuditSeen]) -> Iterator[Block]:
    """Who did what to what, and why, a line each."""
    if not page.items:
        yield Line("No act matches.")
        return
    titles = ("ROW", f"WHEN ({zone()})", "WHO", "DID", "TO", "WHY")
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
        because(row),
    )


def because(row: AuditSeen) -> Cell:
    """Why it was done; where nobody had to say so, what there is to say of it."""
    return row.reason or Span(_instead(row), "quiet")


def _instead(row: AuditSeen) -> str:
    detail = row.detail or {}
    if row.action in ("recovered", "superseded") and detail.get("by"):
        return f"by #{detail['by']}"
    if row.action == "definition":
        return f"{str(detail.get('before'))[:8]} to {str(detail.get('after'))[:8]}"
    if row.action == "run" and detail.get("link"):
        kind = "" if detail.get("kind") == "sync" else f", {detail.get('kind')}"
        return f"{detail['link']}{kind}"
    if row.action == "plan" and detail.get("plan"):
        return f"plan {str(detail['plan'])[:12]}"
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

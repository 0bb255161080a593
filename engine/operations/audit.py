"""The audit: who did what to what, and why; and whether it is still what was written (P7)."""

from engine.domain.inbox import AuditSeen, AuditVerdict
from engine.domain.requests import Page
from engine.operations.context import Context


def rows(
    context: Context,
    *,
    limit: int,
    after: str | None,
    actor: str | None,
    subject: str | None,
) -> Page[AuditSeen]:
    """Rows, newest first."""
    return context.store.desk.audit_rows(
        limit=limit, after=after, actor=actor, subject=subject
    )


def verify(context: Context) -> AuditVerdict:
    """Whether every row holds, and the first that does not."""
    return context.store.desk.verify_audit()

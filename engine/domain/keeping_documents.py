"""The JSON shapes of backups and of what `doctor --fix` has mended."""

from collections.abc import Sequence
from typing import Any

from engine.domain.backup import BackupSeen, Restored
from engine.domain.documents import doctor_document, when
from engine.domain.requests import Finding, Fixed


def backup_document(seen: BackupSeen) -> dict[str, Any]:
    """What `backup --json` and `restore --check --json` print."""
    return {
        "file": seen.path,
        "bytes": seen.size,
        "made_at": when(seen.made_at),
        "schema": seen.schema,
        "sync_events": seen.sync_events,
        "audit": seen.audit,
        "sound": seen.sound,
        **doctor_document(seen.findings),
    }


def restored_document(restored: Restored) -> dict[str, Any]:
    """What `restore --json` prints."""
    return {
        "store": restored.store,
        "aside": restored.aside,
        "interrupted": list(restored.interrupted),
        "backup": backup_document(restored.backup),
    }


def mended_document(fixed: Sequence[Fixed], left: Sequence[Finding]) -> dict[str, Any]:
    """What `doctor --fix --json` prints: what was mended, and what is still wrong."""
    said = [{"subject": each.subject, "message": each.message} for each in fixed]
    return {"fixed": said, **doctor_document(left)}

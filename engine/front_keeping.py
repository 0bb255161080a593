"""The part of the front door at which an installation is looked after: doctor, backup, restore."""

from engine.domain.backup import BackupSeen, Restored
from engine.domain.requests import Finding, Fixed
from engine.operations.context import Context


class KeepingDoor:
    """What is wrong and what was mended; a store copied and put back; part of `Engine`."""

    _context: Context

    def doctor(self) -> tuple[Finding, ...]:
        """What is wrong with this installation."""
        from engine.operations import health

        return health.doctor(self._context)

    def mend(self, *, actor: str) -> tuple[Fixed, ...]:
        """Mend what can be mended without asking anybody; what was, each thing audited."""
        from engine.operations import mending

        return mending.mend(self._context, actor=actor)

    def backup(self, file: str, *, actor: str) -> BackupSeen:
        """A copy of the store in a new private file, checked; made beside whatever runs."""
        from engine.operations import backup

        return backup.backup(self._context, file, actor=actor)

    def check_backup(self, file: str) -> BackupSeen:
        """What is in a backup, and whether it holds."""
        from engine.operations import backup

        return backup.check(self._context, file)

    def restore(
        self, file: str, *, damaged: bool = False, reason: str, actor: str
    ) -> Restored:
        """The store of a backup in the place of the one there is, which is kept beside it."""
        from engine.operations import backup

        return backup.restore(
            self._context, file, damaged=damaged, reason=reason, actor=actor
        )

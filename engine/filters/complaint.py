"""A definition that cannot be compiled: the one sentence that says where."""

from engine.domain.errors import ErrorClass, SystemSyncError


def complaint(stage: str, why: object, *, field: str | None = None) -> SystemSyncError:
    """The System error of a stage that contradicts itself, or names what is not there."""
    where = f"stage '{stage}', field '{field}'" if field else f"stage '{stage}'"
    return SystemSyncError(
        f"{where}: {why}",
        code="definition",
        error_class=ErrorClass.SCHEMA,
        stage=stage,
        field=field,
    )

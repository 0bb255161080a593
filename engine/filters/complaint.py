"""A definition that cannot be compiled: the one sentence that says where."""

from collections.abc import Iterator
from contextlib import contextmanager

from engine.domain.errors import ErrorClass, SyncError, SystemSyncError


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


@contextmanager
def placed(stage: str) -> Iterator[None]:
    """What is raised inside is this stage's, unless it says otherwise."""
    try:
        yield
    except SyncError as failure:
        failure.stage = failure.stage or stage
        raise

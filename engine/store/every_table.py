"""Every table there is, for what looks at all of them: tables are imported where they are used."""

from sqlmodel import SQLModel

from engine.store import (  # noqa: F401 - what is imported registers itself
    promises,
    push_tables,
    schedule_tables,
    service_tables,
    tables,
    watch_tables,
)

METADATA = SQLModel.metadata

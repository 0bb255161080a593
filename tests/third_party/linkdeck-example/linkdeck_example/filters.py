"""A Filter: a Record in, a Record out, or the reason why not."""

from engine.domain.errors import ErrorClass, RecordSyncError
from engine.domain.record import Record


def initials(record: Record) -> Record:
    """Adds `initials` made of `name`; ignores robots, and refuses a record without a name."""
    name = record.fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise RecordSyncError(
            "there is no name to take initials of",
            code="nameless",
            error_class=ErrorClass.VALIDATION,
            field="name",
        )
    if name.startswith("robot"):
        return record.ignored("robots have no initials")
    letters = "".join(word[0].upper() for word in name.split())
    made = record.with_fields(initials=letters)
    return made if len(letters) > 1 else made.with_warning("there is only one initial")

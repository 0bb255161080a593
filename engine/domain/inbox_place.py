"""Where an open failure stands in the Inbox, as one number that grows along the list."""

SYSTEM, BATCHES, RECORDS = range(3)
"""What of a Sync Event comes first."""

Steps = tuple[int, int, int, int]
"""Rank of the severity, Sync Event, part of it, number in that."""

_PARTS, _NUMBERS = 4, 10**18


def place_of(steps: Steps) -> int:
    """The place as one number."""
    severity, event, part, number = steps
    return ((severity * _NUMBERS + event) * _PARTS + part) * _NUMBERS + number


def steps_of(place: int) -> Steps:
    """What a place is made of."""
    rest, number = divmod(place, _NUMBERS)
    rest, part = divmod(rest, _PARTS)
    severity, event = divmod(rest, _NUMBERS)
    return severity, event, part, number


def last_of(severity: int, event: int, part: int) -> int:
    """A place behind all others of this part."""
    return place_of((severity, event, part, _NUMBERS - 1))


def name_of(place: int) -> str:
    """What a command calls what stands there: `s5`, the scope `#12.3`, the System error `#12`."""
    _, event, part, number = steps_of(place)
    if part == RECORDS:
        return f"s{number}"
    return f"#{event}.{number}" if part == BATCHES else f"#{event}"

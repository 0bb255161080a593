"""What a transaction did that the audit must tell of, noted where it is done, told at its end.

Sync Events open and turn completed in many places; one place writes it down (`telling`).
"""

from sqlalchemy import Connection

_OPENED, _TURNED = "linkdeck opened", "linkdeck turned"


def forget(connection: Connection) -> None:
    """A transaction begins: what one before it left unsaid was rolled back."""
    connection.info.pop(_OPENED, None)
    connection.info.pop(_TURNED, None)


def opened(connection: Connection, event: int) -> None:
    """A Sync Event was opened."""
    connection.info.setdefault(_OPENED, []).append(event)


def turned(connection: Connection, event: int) -> None:
    """A Sync Event that was over turned completed."""
    connection.info.setdefault(_TURNED, []).append(event)


def noticed(connection: Connection) -> tuple[list[int], list[int]]:
    """The Sync Events that were opened and those that turned completed; they are told once."""
    return connection.info.pop(_OPENED, []), connection.info.pop(_TURNED, [])

"""The log of the service: one line a fact, rotated by size, for nobody else to read."""

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

NAME = "linkdeck"
FILE = "engine.log"

_SIZE = 5_000_000
_OLD = 5
_FACTS = ("event", "link", "pid", "engine")


@contextmanager
def logging_to(folder: Path, *, as_json: bool, foreground: bool) -> Iterator[None]:
    """What the service has to say into `folder`; to stderr, too, where somebody reads along."""
    logger = logging.getLogger(NAME)
    handlers: list[logging.Handler] = [_PrivateFile(folder / FILE)]
    if foreground:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(_Json() if as_json else _Plain())
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = True
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()


class _PrivateFile(RotatingFileHandler):
    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_SIZE, backupCount=_OLD, encoding="utf-8")

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(
            self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


class _Plain(logging.Formatter):
    """`2026-11-22T05:00:00.123Z info #12 orders: …`, control characters made visible."""

    def format(self, record: logging.LogRecord) -> str:
        said = _visible(record.getMessage())
        line = f"{_at(record)} {record.levelname.lower()} {said}"
        # A traceback is for who mends the service; it stands below its line, indented.
        below = self.formatException(record.exc_info) if record.exc_info else ""
        return "\n    ".join([line, *map(_visible, below.splitlines())])


class _Json(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        facts = {name: getattr(record, name) for name in _FACTS if hasattr(record, name)}
        if record.exc_info:
            facts["traceback"] = self.formatException(record.exc_info)
        return json.dumps({**document, **facts})


def _at(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _visible(text: str) -> str:
    """Nothing in it can move a cursor or begin another line."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii")
        for each in text
    )

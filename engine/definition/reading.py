"""A file as text: there, small enough, UTF-8, and without characters that hide."""

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from engine.domain.requests import Complaint

SIZE_LIMIT = 1 << 20
"""The largest definition, in bytes."""

_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
_OTHER_MARKS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x00\x00\xfe\xff": "UTF-32",
}


class Unreadable(Exception):
    """The file is not a YAML text; the complaint says where and why."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.sentence())
        self.complaint = complaint


class NotAFile(OSError):
    """A folder, a pipe, a device."""


def read_text(path: Path) -> str:
    """The text of a definition file; Unreadable where there is none."""
    try:
        with opened(path) as file:
            raw = file.read(SIZE_LIMIT + 1)
    except NotAFile:
        raise _refused(path, "this is not a file", "name a .yaml file") from None
    except FileNotFoundError:
        raise _refused(path, "there is no such file", "check the name") from None
    except (OSError, ValueError) as cause:
        raise _refused(path, f"the file cannot be read: {_reason(cause)}") from None
    if len(raw) > SIZE_LIMIT:
        raise _refused(path, "the file is larger than 1 MiB, the most a definition may be")
    return decoded(raw, str(path))


def opened(path: Path) -> BinaryIO:
    """The file, open for reading; never waits, as a FIFO would for its writer.

    Raises NotAFile for anything but a regular file, else OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFile
    return os.fdopen(descriptor, "rb")


def decoded(raw: bytes, path: str) -> str:
    """The bytes as text; Unreadable, with the place, where they are not UTF-8."""
    for mark, name in _OTHER_MARKS.items():
        if raw.startswith(mark):
            raise Unreadable(
                Complaint(path, 1, 1, f"the file is {name}", "save it as UTF-8")
            )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = place(raw[: error.start].decode("utf-8-sig", "replace"))
        byte = raw[error.start]
        sentence = f"the byte 0x{byte:02x} is not UTF-8"
        raise Unreadable(
            Complaint(path, line, column, sentence, "save the file as UTF-8")
        ) from None
    check_characters(text, path)
    return text


def check_characters(text: str, path: str) -> None:
    """Unreadable for NUL and other characters that no definition needs."""
    if hidden := _HIDDEN.search(text):
        line, column = place(text[: hidden.start()])
        sentence = f"the character {hidden.group()!a} cannot stand in a definition"
        raise Unreadable(Complaint(path, line, column, sentence, "remove it"))


def place(before: str) -> tuple[int, int]:
    """Line and column of what follows this text."""
    lines = before.splitlines() or [""]
    if before.endswith(("\n", "\r")):
        lines.append("")
    return len(lines), len(lines[-1]) + 1


def _refused(path: Path, sentence: str, hint: str | None = None) -> Unreadable:
    return Unreadable(Complaint(str(path), 1, 1, sentence, hint))


def _reason(cause: Exception) -> str:
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror[0].lower() + cause.strerror[1:]
    return str(cause)

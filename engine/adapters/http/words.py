"""The server's own words in a refusal: short, on one line, and the field it blames."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from engine.adapters.http.body import Answer

LONGEST = 200
_SAID = ("message", "detail", "error_description", "error", "title", "reason", "msg")
_LISTS = ("errors", "error", "details")
_IDS = ("x-request-id", "x-correlation-id", "request-id", "x-amzn-requestid", "cf-ray")
_BLAMED = ("field", "param", "property", "path")


def words_of(answer: Answer) -> tuple[str | None, str | None]:
    """What the server said, and the field it blames; None where it said nothing plain."""
    try:
        said = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _plain(answer), None
    return words_in(said)


def request_id(headers: Mapping[str, str]) -> str:
    """What the server calls the request, for whoever asks its owner about it; blank if unsaid."""
    named = next((headers[name] for name in _IDS if headers.get(name, "").strip()), "")
    return f" (request '{_short(named)}')" if named else ""


def words_in(said: Any) -> tuple[str | None, str | None]:
    """The words in a value that tells of an error, and the field it blames."""
    if isinstance(said, str):
        return _short(said), None
    for entry in _entries(said):
        text = next((entry[name] for name in _SAID if _is_text(entry.get(name))), None)
        if text is not None:
            field = next(
                (entry[name] for name in _BLAMED if _is_text(entry.get(name))), None
            )
            return _short(text), field
    return None, None


def _entries(said: Any) -> Iterator[Mapping[str, Any]]:
    """The objects that may hold the words, the innermost first."""
    if isinstance(said, list):
        said = next((entry for entry in said if isinstance(entry, dict | str)), None)
    if isinstance(said, str):
        yield {"message": said}
    if not isinstance(said, dict):
        return
    for name in _LISTS:
        if isinstance(said.get(name), dict | list):
            yield from _entries(said[name])
    yield said


def _plain(answer: Answer) -> str | None:
    if answer.kind != "text/plain":
        return None
    return _short(answer.body[: LONGEST * 4].decode("utf-8", "replace"))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _short(text: str) -> str | None:
    line = " ".join(text.split())
    return (line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…") or None

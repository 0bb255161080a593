"""The catalog of a tap: what streams it has, and the one that is selected."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from engine.adapters.singer.options import SingerSourceOptions
from engine.adapters.singer.tap import command_of, config_file
from engine.domain.errors import ErrorClass, SystemSyncError


def selected(options: SingerSourceOptions, folder: str) -> Any:
    """The tap's own catalog with the one stream selected; None where it tells none.

    Raises SystemSyncError where the tap has no such stream, or does not answer.
    """
    if options.catalog is not None:
        return None
    catalog = _discovered(options, folder)
    if catalog is None:
        return None
    streams = [each for each in catalog["streams"] if isinstance(each, dict)]
    names = [_name(each) for each in streams]
    if options.stream not in names:
        known = ", ".join(sorted(filter(None, names))) or "none"
        raise SystemSyncError(
            f"the tap '{options.command}' has no stream '{options.stream}'; it has: {known}",
            code="stream_missing",
            error_class=ErrorClass.SCHEMA,
        )
    return {**catalog, "streams": [_marked(each, options.stream) for each in streams]}


def _name(stream: Mapping[str, Any]) -> str:
    return str(stream.get("stream") or stream.get("tap_stream_id") or "")


def _marked(stream: dict[str, Any], wanted: str) -> dict[str, Any]:
    """The stream, selected whole or not at all, as taps old and new understand it."""
    chosen = _name(stream) == wanted
    told: list[dict[str, Any]] = stream.get("metadata") or []
    rest = [each for each in told if each.get("breadcrumb") != []]
    own = [each.get("metadata", {}) for each in told if each.get("breadcrumb") == []]
    about = {**(own[0] if own else {}), "selected": chosen}
    whole = {"breadcrumb": [], "metadata": about}
    fields = [_field(each, chosen=chosen) for each in rest]
    return {**stream, "selected": chosen, "metadata": [whole, *fields]}


def _field(entry: dict[str, Any], *, chosen: bool) -> dict[str, Any]:
    said = entry.get("metadata", {})
    if not chosen or said.get("inclusion") in {"automatic", "unsupported"}:
        return entry
    return {**entry, "metadata": {**said, "selected": True}}


def _discovered(options: SingerSourceOptions, folder: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="linkdeck-tap-") as aside:
        config = config_file(options, folder, Path(aside))
        command = [*command_of(options, folder), "--config", str(config), "--discover"]
        try:
            answer = subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=options.patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _silent(options) from None
        except OSError as cause:
            raise _not_started(options, cause) from cause
    if answer.returncode != 0:
        return None
    return _catalog(answer.stdout)


def _catalog(text: bytes) -> Any:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    known = isinstance(found, dict) and isinstance(found.get("streams"), list)
    return found if known and found["streams"] else None


def _silent(options: SingerSourceOptions) -> SystemSyncError:
    return SystemSyncError(
        f"the tap '{options.command}' did not say within {options.patience} s what streams it "
        "has; see what it waits for, or name a catalog",
        code="tap_silent",
        error_class=ErrorClass.AVAILABILITY,
    )


def _not_started(options: SingerSourceOptions, cause: OSError) -> SystemSyncError:
    return SystemSyncError(
        f"the tap '{options.command}' cannot be started: {cause.strerror or cause}",
        code="tap_missing",
        error_class=ErrorClass.AVAILABILITY,
    )

"""The tap as a process: started with its config, state and catalog, and never left behind."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from engine.adapters.singer.options import SingerSourceOptions
from engine.adapters.singer.spool import Spool
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.secrecy import forms_of, hidden

PATIENCE = 5.0
"""Seconds a tap has to end by itself once it is told to."""

_SAID_LAST = 20
_TELLING = re.compile(r"auth|cookie|credential|key|passw|secret|token", re.IGNORECASE)
_SHOWN = 300

_TIED = (
    "import ctypes, os, signal, sys\n"
    "if sys.platform == 'linux': ctypes.CDLL(None).prctl(1, signal.SIGKILL)\n"
    "if os.getppid() != int(sys.argv[1]): sys.exit(1)\n"
    "os.execv(sys.argv[2], sys.argv[2:])"
)
"""What runs before the tap, in its process: it dies with the one that reads it."""


class Tap:
    """A tap that runs. `stdout` are its messages."""

    def __init__(
        self, command: list[str], folder: str, *, secrets: tuple[str, ...] = ()
    ) -> None:
        self._forms = forms_of(secrets)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(os.environ),
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.stdout: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._said: deque[str] = deque(maxlen=_SAID_LAST)
        self._listener = threading.Thread(target=self._listen, name="tap", daemon=True)
        self._listener.start()

    def ended(self) -> str | None:
        """Wait for its end: None where it is well, else why not, in words."""
        code = self._process.wait()
        self._listener.join(PATIENCE)
        if code == 0:
            return None
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        last = next((line for line in reversed(self._said) if line.strip()), "")
        told = hidden(last.strip(), self._forms)[:_SHOWN]
        return f"{how}: {told}" if told else f"{how} and said nothing"

    def end(self) -> None:
        """Tell it to end, and see that it does; with all it has started."""
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
        self._listener.join(PATIENCE)

    def close(self) -> None:
        """Let go of its pipes; only once it has ended."""
        self.stdout.close()
        if self._process.stderr is not None and not self._listener.is_alive():
            self._process.stderr.close()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _listen(self) -> None:
        assert self._process.stderr is not None
        # A part at a time: what it says may be long, and without an end.
        while line := self._process.stderr.readline(4 * _SHOWN):
            self._said.append(line.decode(errors="replace"))


def command_of(options: SingerSourceOptions, folder: str) -> list[str]:
    """The tap's own command line; SystemSyncError where there is no such executable."""
    if any(
        "\0" in each for each in (options.command, options.catalog or "", _path(options))
    ):
        raise _unusable("no command and no path may hold a NUL")
    try:
        words = shlex.split(options.command)
    except ValueError as cause:
        raise _unusable(f"its command cannot be read ({cause})") from None
    beside = Path(folder, words[0]) if words else Path(folder)
    found = str(beside) if "/" in options.command and beside.is_file() else None
    found = found or (shutil.which(words[0]) if words else None)
    if found is None:
        raise SystemSyncError(
            f"the tap '{options.command}' is not installed here; install it, or name its path",
            code="tap_missing",
            error_class=ErrorClass.AVAILABILITY,
        )
    return [found, *words[1:]]


def secrets_of(options: SingerSourceOptions) -> tuple[str, ...]:
    """What its config holds that a tap must not be heard to repeat, by the names of the keys."""
    given = options.config if isinstance(options.config, Mapping) else {}
    return tuple(
        each
        for name, each in given.items()
        if isinstance(each, str) and each and _TELLING.search(name)
    )


def _path(options: SingerSourceOptions) -> str:
    """Where its config is, if that is a file of its own."""
    return options.config if isinstance(options.config, str) else ""


def _unusable(why: str) -> SystemSyncError:
    return SystemSyncError(
        f"the tap cannot be started: {why}; correct the source",
        code="tap_missing",
        error_class=ErrorClass.AVAILABILITY,
    )


def arguments(
    options: SingerSourceOptions, folder: str, spool: Spool, *, state: Any, catalog: Any
) -> list[str]:
    """Config, catalog and state as files: what is written here only its owner may read."""
    given = ["--config", str(config_file(options, folder, spool.folder))]
    if catalog is not None:
        path = spool.private_file("catalog.json", msgspec.json.encode(catalog))
        given += ["--catalog", str(path)]
    elif options.catalog is not None:
        given += ["--catalog", str(Path(folder, options.catalog))]
    if state is not None:
        path = spool.private_file("state.json", msgspec.json.encode(state))
        given += ["--state", str(path)]
    return given


def config_file(options: SingerSourceOptions, folder: str, within: Path) -> Path:
    """The tap's config: the file that is named, or a private one of the keys that are."""
    if isinstance(options.config, str):
        return Path(folder, options.config)
    path = within / "config.json"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(options.config))
    return path


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the tap sees: this environment without what is Linkdeck's own."""
    return {
        name: each for name, each in environ.items() if not name.startswith("LINKDECK_")
    }

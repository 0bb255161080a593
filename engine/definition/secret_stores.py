"""Where secrets come from: the environment, a private file, the keyring of the platform."""

import importlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.definition.reading import NotAFile, opened

SIZE_LIMIT = 64 * 1024


class NoSecret(Exception):
    """A secret that cannot be had; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def from_environment(name: str, environ: Mapping[str, str]) -> str:
    """The value of `${secret:NAME}`."""
    if name not in environ:
        raise NoSecret(f"the secret '{name}' is not set", "set it in the environment")
    return environ[name]


def from_file(name: str, folder: str) -> str:
    """The text of `${file:PATH}` without its last line break; the file must be ours alone."""
    path = Path(folder, name)
    try:
        with opened(path) as file:
            _refuse_open_to_others(os.fstat(file.fileno()), path)
            raw = file.read(SIZE_LIMIT + 1)
    except NotAFile:
        raise NoSecret(f"the secret file {path} is not a file", "name a file") from None
    except FileNotFoundError:
        raise NoSecret(
            f"the secret file {path} is not there", "make it, with mode 0600"
        ) from None
    except (OSError, ValueError) as cause:
        reason = getattr(cause, "strerror", None) or str(cause)
        raise NoSecret(
            f"the secret file {path} cannot be read: {reason}", "check it"
        ) from None
    if len(raw) > SIZE_LIMIT:
        raise NoSecret(f"the secret file {path} is larger than 64 KiB", "name another file")
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise NoSecret(f"the secret file {path} is not UTF-8", "save it as UTF-8") from None


def _refuse_open_to_others(found: os.stat_result, path: Path) -> None:
    if found.st_uid != os.getuid():
        raise NoSecret(
            f"the secret file {path} belongs to somebody else", "own it yourself"
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        raise NoSecret(
            f"the secret file {path} can be read by others (mode {mode})",
            f"chmod 600 {path}",
        )


def from_keyring(name: str) -> str:
    """The password of `${keyring:service/user}`."""
    service, _, user = name.partition("/")
    if not service or not user:
        raise NoSecret(
            f"'${{keyring:{name}}}' names no secret", "write ${keyring:service/user}"
        )
    try:
        keyring: Any = importlib.import_module("keyring")
        failures: Any = importlib.import_module("keyring.errors")
    except ImportError:
        raise NoSecret(
            "the keyring is not installed", "install it: pip install 'linkdeck[keyring]'"
        ) from None
    try:
        password = keyring.get_password(service, user)
    except failures.KeyringError as cause:
        raise NoSecret(f"the keyring cannot be asked: {cause}", "unlock it") from None
    if password is None:
        raise NoSecret(
            f"the keyring holds nothing for {service}/{user}",
            f"keyring set {service} {user}",
        )
    return str(password)

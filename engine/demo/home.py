"""Where the demo lives: a folder of its own, made fresh, never somebody's real home."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from engine.demo.flaws import Flaw, return_flaw
from engine.demo.goods import PRODUCTS, returned
from engine.demo.links import definitions
from engine.demo.world import World
from engine.domain.errors import Refused
from engine.settings import Settings

MARKER = ".linkdeck-demo"


def demo_settings(home: str | None, environ: Mapping[str, str]) -> Settings:
    """The home that was named, else the folder `demo` in the usual one.

    Its store and its Links are its own, whatever the environment says: nothing of a demo may
    reach a store in use.
    """
    usual = Settings.resolve(home, None, None, environ)
    place = usual.home if home else usual.home / "demo"
    return replace(usual, home=place, links=place / "links", store=None)


@contextmanager
def fresh_home(home: Path, world: World) -> Iterator[Path]:
    """The folder with Links and files of this world and nothing else, held while it is used.

    Raises Refused for a folder that holds anything but an earlier demo, or a demo at work.
    """
    with _claimed(home) as marker:
        try:
            _hold(marker.fileno(), home)
            _clear(home)
            _furnish(home, world)
        except OSError as cause:
            raise _refusal(home, cause) from cause
        yield home


def _claimed(home: Path) -> TextIO:
    try:
        _make_private(home)
        _refuse_strangers(home)
        (home / MARKER).touch(mode=0o600)
        return (home / MARKER).open("a", encoding="utf-8")
    except OSError as cause:
        raise _refusal(home, cause) from cause


def _refusal(home: Path, cause: OSError) -> Refused:
    return Refused(f"{cause.filename or home}: {cause.strerror}; name another home")


def _make_private(home: Path) -> None:
    """The folder and all its missing parents, for nobody else."""
    missing = [each for each in (home, *home.parents) if not each.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700)
    if not home.is_dir():
        raise Refused(f"{home} is not a folder; name another with --home")


def _refuse_strangers(home: Path) -> None:
    if (home / MARKER).is_file() or not any(home.iterdir()):
        return
    raise Refused(
        f"{home} holds something else than a demo; name an empty folder with --home"
    )


def _hold(marker: int, home: Path) -> None:
    """The kernel lets go of it with the process, however that ends."""
    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(
            f"a demo is at work in {home}; wait for it, or name another folder with --home"
        ) from None


def _clear(home: Path) -> None:
    for path in home.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()


def _furnish(home: Path, world: World) -> None:
    home.chmod(0o700)
    for name, text in definitions(world).items():
        _write(home / "links" / f"{name}.yaml", text)
    _write(home / "products.csv", "\n".join(("product", *PRODUCTS, "")))
    half = world.returns // 2
    for name, lines in {"first": range(half), "second": range(half, world.returns)}.items():
        # Over the weeks they come day by day.
        if world.until is None:
            deliver(home, world, f"{name}.ndjson", lines)


def deliver(home: Path, world: World, name: str, lines: range) -> None:
    """A file of these returns, in the place of one of that name."""
    path = home / "returns" / name
    path.unlink(missing_ok=True)
    _write(path, "".join(f"{_line(world, index)}\n" for index in lines))


def _line(world: World, index: int) -> str:
    flaw = return_flaw(world, index)
    line = json.dumps(returned(world, index, flaw), ensure_ascii=False)
    return line[: len(line) // 2] if flaw is Flaw.CUT_LINE else line


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)

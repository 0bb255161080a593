"""Linkdeck on a disk that fills up: `python -m tests.faults.small_disk HOW DISK`.

HOW is what lies on it: store, target, parts, push. To be called in a mount namespace of its own;
DISK is an empty folder, which becomes a small disk.
Says as JSON what was answered while the disk was full, and what the books hold once it has room.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.stories.command_line import Answer, in_a_process, linkdeck
from tests.stories.push_world import a_door
from tests.stories.world import World, a_world, order

RECORDS, BATCH = 1500, 20
SIZES = {"store": 1000, "target": 350, "parts": 250, "push": 600}
"""KiB: room to begin, and not to end."""


def main() -> None:
    """Fill it, make room, and tell."""
    how, disk = sys.argv[1], Path(sys.argv[2])
    _mounted(disk, SIZES[how])
    told = _pushed(disk) if how == "push" else _run(how, disk)
    sys.stdout.write(json.dumps(told))


def _run(how: str, disk: Path) -> dict[str, Any]:
    home = disk.parent / "home"
    home.mkdir(mode=0o700)
    world = _with_orders(home, how, disk)
    at = ["--store", f"sqlite:///{disk}/store/linkdeck.db"] if how == "store" else []
    # In a process of its own, so that it is over: nobody takes a run from one who lives.
    full = in_a_process(*at, "run", "orders", home=home)
    met = linkdeck(*at, "show", "1", "--json", home=home).document()
    left = _room_is_made(disk)
    then = ["resume", "1"] if how == "store" else ["retry", "1", "--reason", "room again"]
    after = linkdeck(*at, *then, "--json", home=home)
    world.engine.close()
    shown = linkdeck(*at, "show", "1", "--json", home=home).document()
    rows = [] if how == "parts" else world.rows(database=_warehouse(how, disk))
    return {
        "full": _said(full),
        "left": left,
        "met": met,
        "after": _said(after),
        "event": shown,
        "rows": len(rows),
    }


def _with_orders(home: Path, how: str, disk: Path) -> World:
    world = a_world(home)
    if how == "store":
        (disk / "store").mkdir(mode=0o700)
        records = [order(n, email="", note="x" * 300) for n in range(1, RECORDS + 1)]
    else:
        records = [order(n, email="x" * 300) for n in range(1, RECORDS + 1)]
    world.orders(records, batch_size=BATCH)
    file = world.links / "orders.yaml"
    text = file.read_text(encoding="utf-8")
    if how == "target":
        text = text.replace("sqlite:///warehouse.db", f"sqlite:///{disk}/warehouse.db")
    if how == "parts":
        head, _, _ = text.partition("target:")
        text = f"{head}target: {{adapter: file, path: {disk}/out}}\n"
    file.write_text(text, encoding="utf-8")
    return world


def _warehouse(how: str, disk: Path) -> str:
    return str(disk / "warehouse.db") if how == "target" else "warehouse.db"


def _pushed(disk: Path) -> dict[str, Any]:
    """Deliveries until one is turned away; then room, one more, and what was written."""
    home = disk / "home"
    home.mkdir(mode=0o700)
    world = a_world(home)
    taken: list[int] = []
    with ExitStack() as open_meanwhile:
        open_meanwhile.callback(world.engine.close)
        door = open_meanwhile.enter_context(a_door(world))
        answer = door.post(order(0))
        while answer.status_code == 202:
            taken.append(answer.json()["event"])
            answer = door.post(order(len(taken), note="x" * 20_000))
        refused = {
            "status": answer.status_code,
            "words": answer.json(),
            "again": answer.headers.get("retry-after"),
        }
        _room_is_made(disk)
        again = door.post(order(len(taken)))
        ended = door.runs(taken[0])
    return {
        "taken": len(taken),
        "refused": refused,
        "again": again.status_code,
        "written": ended.records.written,
    }


def _said(answer: Answer) -> dict[str, Any]:
    return {"code": answer.code, "out": answer.out, "err": answer.err}


def _mounted(disk: Path, size: int) -> None:
    options = f"size={size}k,mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(disk)], check=True)


def _room_is_made(disk: Path) -> list[str]:
    """What is on it; then it is larger."""
    left = sorted(each.name for each in disk.rglob("*") if each.is_file())
    subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
    return left


if __name__ == "__main__":
    main()

"""A real `linkdeck run` in a process of its own, killed with -9, and what must hold afterwards."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stories.world import ORDERS, World, a_world, order

ROOT = Path(__file__).parents[2]
RECORDS = 600
BAD = frozenset(range(7, RECORDS, 43))
STRACE = shutil.which("strace")
TRACED = (str(STRACE), "-f", "-qq", "-o", os.devnull)


@dataclass
class Victim:
    """A world whose runs are killed from outside; its counts are known beforehand."""

    world: World

    @classmethod
    def made(cls, folder: Path, *, extra: str = "", batch_size: int = 20) -> "Victim":
        """600 orders, some without an e-mail, in 30 batches."""
        world = a_world(folder)
        lines = (
            json.dumps(order(n, email="") if n in BAD else order(n))
            for n in range(1, RECORDS + 1)
        )
        (world.links / "orders.ndjson").write_text(
            "\n".join(lines) + "\n", encoding="utf-8"
        )
        world.link("orders", ORDERS.format(batch_size=batch_size, extra=extra))
        world.engine.close()
        return cls(world)

    def command(self, *words: str) -> list[str]:
        """The command line that runs the Link."""
        place = ("--home", str(self.world.folder))
        return [sys.executable, "-m", "console", *(words or ("run", "orders")), *place]

    def start(self) -> "subprocess.Popen[str]":
        """A run in the background, in a group of its own."""
        return subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env=_environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def killed_at(self, call: int, *, calls: str = "pwrite64,fdatasync") -> bool:
        """Run with -9 at the n-th of these system calls; false where the run ended before it."""
        inject = f"inject={calls}:signal=KILL:when={call}"
        ended = subprocess.run(
            [
                str(STRACE),
                "-f",
                "-qq",
                "-e",
                f"trace={calls}",
                "-e",
                inject,
                "-o",
                os.devnull,
            ]
            + self.command(),
            cwd=ROOT,
            env=_environ(),
            capture_output=True,
            check=False,
        )
        return ended.returncode not in (0, 3)

    def finish(self) -> dict[str, Any]:
        """Run the Link again, which finishes what was interrupted; the Sync Event as JSON."""
        ended = subprocess.run(
            self.command("run", "orders", "--json"),
            cwd=ROOT,
            env=_environ(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 3, ended.stderr
        assert "Traceback" not in ended.stderr
        document: dict[str, Any] = json.loads(ended.stdout)
        return document

    def check(self, event: dict[str, Any]) -> None:
        """Every count exact: nothing lost, nothing doubled, nothing left running (X1)."""
        records, batches = event["records"], event["batches"]
        assert event["status"] == "failed"
        assert (records["fetched"], records["residual"]) == (RECORDS, 0)
        assert (records["written"], records["failed"]) == (RECORDS - len(BAD), len(BAD))
        assert batches["planned"] == batches["completed"] == 30
        assert (batches["in_flight"], batches["waiting"]) == (0, 0)
        assert event["open"] == {"batches": 0, "records": len(BAD)}
        written = {row["id"] for row in self.world.rows()}
        assert written == set(range(1, RECORDS + 1)) - BAD


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}

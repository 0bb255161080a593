"""A real `linkdeck run` in a process of its own, killed with -9, and what must hold afterwards."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.stories.command_line import ROOT, environment
from tests.stories.world import World, a_world, order

STRACE = shutil.which("strace")
WRITES = "pwrite64,fdatasync"
"""What SQLite does to a disk."""

UPSERT = '{adapter: sql, url: "sqlite:///warehouse.db", table: orders, create: true}'
INSERT = '{adapter: sql, url: "sqlite:///warehouse.db", table: orders, mode: insert}'
PARTS = "{adapter: file, path: out}"

SIZE = 5

STARTED: "list[subprocess.Popen[str]]" = []
"""Runs of the test that goes on; what it leaves behind is ended after it."""

DEFINITION = """
link: orders
key: id
batch_size: 5
source: {{adapter: file, path: orders.ndjson}}
stages:
{stages}
  - name: to columns
    map:
      id: {{from: id, cast: int}}
      email: {{from: email, do: [strip, lower]}}
      amount: {{from: amount, cast: int}}
  - name: rules
    check:
      - {{field: email, rule: required}}
target: {target}
{extra}
"""


@dataclass
class Victim:
    """A world whose runs are killed from outside; its counts are known beforehand."""

    world: World
    records: int
    target: str = UPSERT
    environ: dict[str, str] = field(default_factory=dict)
    elsewhere: Callable[[], Counter[int]] | None = None
    """How often a target that is not in the world's folder holds each order."""

    @classmethod
    def made(
        cls,
        folder: Path,
        *,
        batches: int = 36,
        target: str = UPSERT,
        stages: str = "",
        extra: str = "",
        store: str | None = None,
        before: Callable[[Path], object] | None = None,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> "Victim":
        """Batches of five orders, some without an e-mail: two groups of them by default.

        `before` puts what the Link needs into its folder.
        """
        world = a_world(folder, store)
        if before is not None:
            before(world.links)
        # What `mode: insert` writes into has no key that would hide a row sent twice.
        if target == INSERT:
            _table_without_key(world.links / "warehouse.db")
        at_store = {"LINKDECK_STORE": store} if store else {}
        victim = cls(world, batches * SIZE, target, {**environ, **at_store})
        lines = [json.dumps(victim.order(n)) for n in range(1, victim.records + 1)]
        text = "\n".join(lines) + "\n"
        (world.links / "orders.ndjson").write_text(text, encoding="utf-8")
        definition = DEFINITION.format(target=target, stages=stages, extra=extra)
        world.link("orders", definition)
        # The store is made by now: what is killed are runs.
        assert world.engine.events().items == ()
        return victim

    @property
    def bad(self) -> frozenset[int]:
        """The orders without an e-mail."""
        return frozenset(range(7, self.records, 43))

    def order(self, number: int) -> dict[str, Any]:
        """An order, as the source has it."""
        return order(number, email="") if number in self.bad else order(number)

    def command(self, *words: str) -> list[str]:
        """The command line that runs the Link."""
        return [sys.executable, "-m", "console", *(words or ("run", "orders"))]

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """A run in the background, in a process group of its own."""
        run = subprocess.Popen(
            self.command(*words),
            cwd=ROOT,
            env=environment(self.world.folder, self.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        STARTED.append(run)
        return run

    def killed_at(
        self,
        call: int,
        *,
        calls: str = WRITES,
        of: Path | None = None,
        words: tuple[str, ...] = (),
    ) -> bool:
        """Run with -9 at the n-th of these system calls; false where the run ended before it.

        `of` is the one file that counts, `words` another command than the run.
        """
        traced = [str(STRACE), "-f", "-qq", "-o", os.devnull]
        traced += ["-P", str(of)] if of else []
        at_call = ["-e", f"trace={calls}", "-e", f"inject={calls}:signal=KILL:when={call}"]
        ended = subprocess.run(
            [*traced, *at_call, *self.command(*words)],
            cwd=ROOT,
            env=environment(self.world.folder, self.environ),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode in (0, 3, -9, 137), ended.stderr
        return ended.returncode not in (0, 3)

    def finish(self) -> dict[str, Any]:
        """Run the Link again, which finishes what was interrupted; the Sync Event as JSON."""
        again = self.start("run", "orders", "--json")
        out, err = again.communicate(timeout=60)
        assert again.returncode == 3, err
        assert "Traceback" not in err
        document: dict[str, Any] = json.loads(out)
        return document

    def finish_here(self) -> dict[str, Any]:
        """The same by this process, which has everything imported."""
        from engine.domain.documents import event_document

        return event_document(self.world.run())

    def check(self, event: dict[str, Any]) -> None:
        """Every count exact: nothing lost, nothing doubled, nothing left running (X1)."""
        records, batches = event["records"], event["batches"]
        planned, bad = self.records // SIZE, len(self.bad)
        assert event["status"] == "failed"
        assert (records["fetched"], records["residual"]) == (self.records, 0)
        assert (records["written"], records["failed"]) == (self.records - bad, bad)
        assert (records["in_doubt"], records["ignored"]) == (0, 0)
        assert batches["planned"] == batches["completed"] == planned
        assert (batches["in_flight"], batches["waiting"]) == (0, 0)
        assert event["open"] == {"batches": 0, "records": bad}
        # Killed when all was over already: then it is a second run, which adds all anew.
        anew = self.target == PARTS or "mode: insert" in self.target
        times = event["id"] if anew else 1
        good = set(range(1, self.records + 1)) - self.bad
        assert self.written() == Counter(dict.fromkeys(good, times))
        self.world.engine.close()

    def written(self) -> Counter[int]:
        """How often the target holds each order."""
        if self.elsewhere is not None:
            return self.elsewhere()
        if self.target != PARTS:
            return Counter(row["id"] for row in self.world.rows())
        parts = (self.world.links / "out").glob("part-*.ndjson")
        lines = (line for part in parts for line in part.read_text().splitlines())
        return Counter(json.loads(line)["id"] for line in lines)


def _table_without_key(path: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE orders (id INTEGER, email TEXT, amount INTEGER)")

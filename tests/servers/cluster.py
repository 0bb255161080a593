"""A real Dask cluster on loopback: a scheduler and its workers, each started by its own command."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60


class Cluster:
    """Commands and what they log, in a folder; everything ends with the `with` block."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        scheme: str = "tcp",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._scheme, self._environ = scheme, environ or {}
        self._commands: list[subprocess.Popen[bytes]] = []
        self._numbers = 0
        folder.mkdir(parents=True, exist_ok=True)
        said = self._folder / f"scheduler{port}.json"
        self.scheduler = self._start(
            "scheduler",
            f"--protocol={scheme} --host=127.0.0.1 --port={port} --scheduler-file={said}",
        )
        self.port = int(_address(said, self.scheduler).rpartition(":")[2])

    @property
    def url(self) -> str:
        """As `--executor` takes it."""
        return f"dask://127.0.0.1:{self.port}"

    def worker(self, *, threads: int = 1, **environ: str) -> int:
        """One more worker; its process, or its nanny's."""
        self._numbers += 1
        place = self._folder / f"worker{self._numbers}"
        process = self._start(
            "worker",
            f"{self._scheme}://127.0.0.1:{self.port} --nthreads={threads} --nanny "
            f"--local-directory={place} --host=127.0.0.1",
            **environ,
        )
        return process.pid

    def _start(self, role: str, options: str, **environ: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "dask", role, "--no-dashboard", *options.split()]
        with (self._folder / f"{role}{self._numbers}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self._environ, **environ},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._commands.append(process)
        return process

    def kill(self, process: int) -> None:
        """All of a command at once, its nanny and what that began."""
        os.killpg(process, signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left."""
        for process in self._commands:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def a_cluster(folder: Path, *workers: int, **environ: str) -> Iterator[Cluster]:
    """A cluster with workers of so many threads each."""
    with Cluster(folder) as cluster:
        for threads in workers:
            cluster.worker(threads=threads, **environ)
        yield cluster


def _address(said: Path, process: "subprocess.Popen[bytes]") -> str:
    """What the scheduler wrote about itself, once it has. Raises RuntimeError where it ended."""
    pause = threading.Event()
    for _ in range(PATIENCE * 20):
        if process.poll() is not None:
            break
        try:
            found: str = json.loads(said.read_text(encoding="utf-8"))["address"]
        except (FileNotFoundError, ValueError):
            pause.wait(0.05)
        else:
            return found
    raise RuntimeError(f"no scheduler: {said.parent}/scheduler0.log")

"""The line to a Dask scheduler; nothing else of Linkdeck knows distributed.

Every task is sent to one worker by name, and to no other: it is the coordinator, not the scheduler,
who decides what runs again, and who is charged with a worker that died.
"""

import asyncio
import socket
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any
from uuid import uuid4

from engine.domain.cluster_address import ClusterAddress
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.filter import Raised
from engine.sync.batch import guard
from engine.sync.crew import CrewLost

CLUSTER = "cluster"
"""Where its failures are placed."""

PATIENCE = 10.0
"""Seconds a scheduler may take to answer."""

_FETCHING = 60.0
"""Seconds a finished task may take to hand its answer over."""

_QUIET = "critical"
"""What people must know, the run says; distributed's own logs would only stand in between."""

UNFETCHED = "unfetched"
"""The answer of a task that was done, and then its worker did not hand the answer over."""

Heard = Callable[[Any], None]
"""Called once with a task's answer, `Raised`, or None where the line broke; on another thread."""


class Wire:
    """One client of one scheduler. Raises SystemSyncError where it cannot be reached."""

    def __init__(self, address: ClusterAddress) -> None:
        self._place = address
        distributed = _distributed()
        url, security = _url(address), distributed.Security()
        try:
            # distributed tries for a while where nobody listens; a person need not wait for that.
            socket.create_connection((address.host, address.port), PATIENCE).close()
            self._client = distributed.Client(
                url, security=security, timeout=PATIENCE, set_as_default=False
            )
        except (TimeoutError, OSError, ValueError, TypeError, RuntimeError) as cause:
            raise SystemSyncError(
                f"no Dask scheduler answers at {url}: {_words(cause)}; "
                f"start one: dask scheduler --host {address.host} --port {address.port}",
                code="cluster_unreachable",
                error_class=ErrorClass.AVAILABILITY,
                stage=CLUSTER,
            ) from cause
        self._out: dict[str, Any] = {}

    def workers(self) -> Mapping[str, int]:
        """The workers there are, by address, with their threads. Raises CrewLost."""
        # A broken line is known at once; asking would wait for it to mend.
        if self._client.status != "running":
            raise self.lost()
        try:
            found = self._client.sync(
                self._client.scheduler.identity, callback_timeout=PATIENCE
            )
        except (TimeoutError, OSError, CancelledError, RuntimeError) as cause:
            raise self.lost() from cause
        return {name: each["nthreads"] for name, each in found["workers"].items()}

    def lost(self) -> CrewLost:
        """What there is to say once the scheduler is out of reach."""
        return CrewLost(f"the Dask scheduler {self._place} is gone; start it again")

    def send(self, worker: str, function: Any, *given: Any, heard: Heard) -> str:
        """Have a function called on a worker; the task's name. Raises CrewLost."""
        name = f"linkdeck-{uuid4().hex}"
        try:
            future = self._client.submit(
                function,
                *given,
                key=name,
                workers=[worker],
                allow_other_workers=False,
                pure=False,
                retries=0,
            )
        except (TimeoutError, OSError, RuntimeError) as cause:
            raise self.lost() from cause
        self._out[name] = future
        future.add_done_callback(lambda done: self._finished(name, done, heard))
        return name

    def _finished(self, name: str, future: Any, heard: Heard) -> None:
        """On distributed's thread: the answer is fetched, and nothing of it kept there."""
        answer: Any = None
        if future.status in ("finished", "error"):
            with suppress(CancelledError, asyncio.CancelledError):
                answer = guard(_result, future)
            if future.status != "error" and isinstance(answer, Raised):
                answer = UNFETCHED
        self.drop(name)
        heard(answer)

    def drop(self, name: str) -> None:
        """Forget a task, wherever it is: its answer counts no more."""
        future = self._out.pop(name, None)
        if future is not None:
            with suppress(OSError, asyncio.TimeoutError, RuntimeError, CancelledError):
                future.cancel(force=True) if not future.done() else future.release()

    def tell(self, function: Any, *given: Any) -> None:
        """Have every worker call a short function beside what it does."""
        with suppress(OSError, asyncio.TimeoutError, RuntimeError):
            self._client.run(function, *given, on_error="ignore")

    def leave(self, worker: str, function: Any, *given: Any) -> None:
        """Have a function called there once there is time; it is done though we hang up."""
        from distributed import fire_and_forget

        with suppress(OSError, asyncio.TimeoutError, RuntimeError):
            fire_and_forget(  # type: ignore[no-untyped-call]
                self._client.submit(function, *given, workers=[worker], pure=False)
            )

    def restart(self, worker: str) -> None:
        """End a worker that hangs; its nanny, where it has one, begins another."""
        client = self._client
        with suppress(OSError, asyncio.TimeoutError, RuntimeError):
            client.loop.add_callback(
                client.scheduler.restart_workers,
                workers=[worker],
                timeout=PATIENCE,
                on_error="return",
                stimulus_id=f"linkdeck-{uuid4().hex}",
            )

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError, asyncio.TimeoutError, RuntimeError, CancelledError):
            self._client.close(timeout=PATIENCE)


def _result(future: Any) -> Any:
    return future.result(timeout=_FETCHING)


def is_worker_gone(failure: Raised) -> bool:
    """Whether the scheduler says that the worker died over a task."""
    return type(failure.exception).__name__ == "KilledWorker"


def _words(cause: BaseException) -> str:
    said = " ".join(str(cause).split())
    return said or type(cause).__name__


def _distributed() -> Any:
    """The library, imported when the first cluster is asked for, and kept quiet."""
    try:
        import dask.config

        quiet = ("distributed", "distributed.client", "tornado", "tornado.application")
        dask.config.set({"logging": dict.fromkeys(quiet, _QUIET)})
        import distributed
        from distributed.versions import VersionMismatchWarning
    except ImportError as cause:
        raise SystemSyncError(
            f"a Dask cluster needs distributed, which is not installed ({cause.name}); "
            "pip install 'linkdeck[dask]'",
            code="dask_missing",
            stage=CLUSTER,
        ) from cause
    # Versions that matter are compared here, worker by worker.
    warnings.filterwarnings("ignore", category=VersionMismatchWarning)
    return distributed


def _url(address: ClusterAddress) -> str:
    """With TLS where Dask is configured for it; without, only on this machine or if asked for."""
    import dask.config

    tls = "distributed.comm.tls"
    configured = dask.config.get(f"{tls}.ca-file") and dask.config.get(f"{tls}.client.cert")
    if configured and not address.insecure:
        return f"tls://{address.place}"
    if address.insecure or address.is_here:
        return f"tcp://{address.place}"
    raise SystemSyncError(
        f"{address} is not this machine, and Dask has no certificate to go there with: set "
        f"{tls}.ca-file, {tls}.client.cert and {tls}.client.key in Dask's configuration "
        f"(DASK_DISTRIBUTED__COMM__TLS__CA_FILE …), or say {address}?insecure=1 where the "
        "network is yours alone",
        code="cluster_insecure",
        error_class=ErrorClass.AUTHORIZATION,
        stage=CLUSTER,
    )

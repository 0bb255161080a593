"""A Singer tap as a source: read once, in order, into a spool; Batches are parts of it.

A tap cannot be asked for a part again, and not for several at once, so what it says is kept on disk
until all of it is accounted for. Its state is the mark: the next run starts from it. Where a tap
breaks off, what it had sent is a part like any other, and the rest of its stream is one open scope,
which a retry goes on with from the last state the tap told (Singer specification 0.3.0).
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from engine.adapters.singer import spool as spools
from engine.adapters.singer.catalog import selected
from engine.adapters.singer.options import SingerSourceOptions
from engine.adapters.singer.parts import read
from engine.adapters.singer.spool import End, Spool, Start
from engine.adapters.singer.spooling import Spooling
from engine.adapters.singer.tap import Tap, arguments, command_of, secrets_of
from engine.domain.adapter import Plan, SourceContext, SourceTraits, Waits
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import ChangeFilter, MarkValue, Window
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError

_LOOK_EVERY = 0.02
_STAMP = "%Y%m%dT%H%M%S.%fZ"


class SingerSource:
    """Reads one stream of a tap."""

    Options: ClassVar[type[SingerSourceOptions]] = SingerSourceOptions
    traits = SourceTraits(
        change_filter=ChangeFilter.COLUMN, waits=Waits.NETWORK, upper_bound=False
    )

    def __init__(self, options: SingerSourceOptions, context: SourceContext) -> None:
        self._options, self._context = options, context
        self._reads: Spooling | None = None

    def plan_fetch(self, window: Window) -> Plan:
        """A new spool; its parts are revealed as the tap speaks.

        Raises SystemSyncError where there is no such tap, or no such stream in it.
        """
        state = _state(window.since)
        command_of(self._options, self._context.folder)
        catalog = selected(self._options, self._context.folder)
        spool = Spool(self._spools() / datetime.now(UTC).strftime(_STAMP))
        spool.make(Start(state, catalog))
        step = self._context.parallel
        scopes = [self._scope(spool, number, step=step) for number in range(1, step + 1)]
        return Plan(scopes, bound=spool.name, grows=True)

    def fetch(self, scope: Scope) -> Fetched:
        """The records of one part, once the tap has said them.

        Raises BatchSyncError where it breaks off before, SystemSyncError where it never began.
        """
        spool, number = Spool(self._spools() / scope["spool"]), scope["part"]
        if not spool.folder.is_dir():
            raise _gone(scope)
        while (part := spool.part(number)) is None:
            end = spool.end
            if end is not None and spool.part(number) is None:
                if end.fault is None or number > end.parts + 1:
                    return _nothing(spool, number, end)
                if scope.get("known", 0) < end.tries:
                    raise self._broken(spool, number, end)
                spool.reopen()
            self._wait(spool)
        fetched = read(spool, number, part)
        return replace(fetched, follow=self._after(spool, scope))

    def close(self) -> None:
        """End the tap, where this source reads one."""
        if self._reads is not None:
            self._reads.stop()
            self._reads = None

    def let_go(self, needed: Sequence[Scope]) -> None:
        """Remove what no open scope needs any more."""
        spools.let_go(self._spools(), needed)

    def _spools(self) -> Path:
        if self._context.spool is None:
            raise SystemSyncError("a tap needs a folder to keep what it says", code="spool")
        return Path(self._context.spool)

    def _scope(self, spool: Spool, number: int, *, step: int) -> Scope:
        what = f"part {number} of the stream '{self._options.stream}'"
        return {"what": what, "spool": spool.name, "part": number, "step": step}

    def _after(self, spool: Spool, scope: Scope) -> tuple[Scope, ...]:
        step = scope["step"]
        return (self._scope(spool, scope["part"] + step, step=step),)

    def _broken(self, spool: Spool, number: int, end: End) -> Exception:
        """The tap broke off here: the rest of its stream is one scope."""
        tap, part = self._options.command, spool.part(end.parts) if end.parts else None
        if part is None and end.tries == 1:
            return SystemSyncError(
                f"the tap '{tap}' {end.fault}", code="tap_failed", error_class=_CLASS
            )
        told = 0 if part is None else part.first + part.count - 1
        broken = BatchSyncError(
            f"the tap '{tap}' {end.fault} (after {told:,} records)",
            code="tap_broke_off",
            error_class=_CLASS,
        )
        rest = f"the stream '{self._options.stream}' from record {told + 1:,} on"
        broken.again = {
            **self._scope(spool, number, step=1),
            "what": rest,
            "known": end.tries,
        }
        return broken

    def _wait(self, spool: Spool) -> None:
        """Wait for the tap; read it where nobody does."""
        if self._reads is None or not self._reads.alive:
            lock = spool.held()
            if lock is not None:
                self._reads = Spooling(
                    spool,
                    lock,
                    lambda state: self._started(spool, state),
                    self._options.stream,
                    self._context.batch_size,
                )
                self._reads.begin()
        _pause(self._context)

    def _started(self, spool: Spool, state: Any) -> Tap:
        folder = self._context.folder
        given = arguments(
            self._options, folder, spool, state=state, catalog=spool.start.catalog
        )
        command = [*command_of(self._options, folder), *given]
        return Tap(command, folder, secrets=secrets_of(self._options))


_CLASS = ErrorClass.AVAILABILITY


def _pause(context: SourceContext) -> None:
    if context.sleep is not None:
        context.sleep(_LOOK_EVERY)
    else:
        threading.Event().wait(_LOOK_EVERY)


def _nothing(spool: Spool, number: int, end: End) -> Fetched:
    """Beyond the end of the stream; the first such Batch tells the state the tap ended with."""
    last = end.fault is None and number == end.parts + 1
    bound = f"{spool.name} {msgspec.json.encode(end.state).decode()}"
    told = last and end.state is not None
    return Fetched(rows=(), raw=_NoRows(), bound=bound if told else None)


class _NoRows:
    """There are none."""

    def at(self, place: int) -> bytes:
        """Never asked."""
        raise IndexError(place)


def _state(since: MarkValue | None) -> Any:
    """The state in a mark: when the tap began, and what it said last."""
    if since is None:
        return None
    began, _, state = str(since).partition(" ")
    try:
        datetime.strptime(began, _STAMP).replace(tzinfo=UTC)
        return msgspec.json.decode(state) if state else None
    except (ValueError, msgspec.DecodeError):
        raise SystemSyncError(
            "a tap starts from the state it told last, not from a value; leave --since away, "
            "or use --full",
            code="no_state",
            error_class=ErrorClass.BUSINESS_RULE,
        ) from None


def _gone(scope: Scope) -> BatchSyncError:
    return BatchSyncError(
        f"what the tap said ({scope['what']}) is no longer kept on this machine; "
        "discard this Batch and run the Link with --full",
        code="spool_gone",
        error_class=ErrorClass.REFERENCE,
    )

"""Memory as a target: it holds records by key and remembers every write."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from engine.adapters.memory.options import MemoryTargetOptions
from engine.adapters.memory.store import Key, Shelf, shelf
from engine.domain.adapter import (
    Load,
    Lookup,
    Receipt,
    TargetContext,
    TargetTraits,
    Waits,
    Writers,
)
from engine.domain.errors import ErrorClass, RecordSyncError, SyncError, Tier
from engine.domain.missing import MISSING


class MemoryTarget:
    """Holds records under a name: `store.shelf(name)` is what it holds."""

    Options: ClassVar[type[MemoryTargetOptions]] = MemoryTargetOptions
    traits = TargetTraits(lookup=Lookup.BULK)
    encoders: Mapping[str, Callable[[Any], Any]] = {}

    def __init__(self, options: MemoryTargetOptions, context: TargetContext) -> None:
        self._name = options.name
        self._refuses = frozenset(options.refuses)
        self._system = context.system
        self.traits = TargetTraits(
            idempotent=options.idempotent,
            lookup=Lookup(options.lookup),
            writers=Writers(options.writers),
            waits=Waits.NETWORK,
        )

    def open(self) -> None:
        """Nothing to open, unless it is down."""
        down = shelf(self._name).down
        if down:
            raise down

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        """Write record by record; those refused stop no other."""
        held = shelf(self._name)
        with held.lock:
            return [self._write(load, held) for load in loads]

    def lookup(
        self, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        """What it holds for each key; nothing where it was told not to answer."""
        if self.traits.lookup is Lookup.NONE:
            return {}
        held = shelf(self._name).records
        return {key: held.get(key) for key in keys}

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, load: Load, held: Shelf) -> Receipt:
        if held.down:
            return Receipt(load.batch, 0, error=held.down)
        answers = [
            self._answer(key, _named(values, load.columns), load, held)
            for key, values in zip(load.keys, load.rows, strict=True)
        ]
        refused = _faults(answers, RecordSyncError)
        in_doubt = _faults(answers, _InDoubt)
        written = len(answers) - len(refused) - len(in_doubt)
        return Receipt(load.batch, written, refused, in_doubt)

    def _answer(
        self, key: Key, row: Mapping[str, Any], load: Load, held: Shelf
    ) -> SyncError | None:
        refusal = held.refusing.get(key) or self._refusal(key)
        if refusal:
            return refusal
        if load.uncertain and not self.traits.idempotent:
            if self.traits.lookup is Lookup.NONE:
                return _in_doubt(f"whether {self._system} has it cannot be asked")
            if held.records.get(key) == row:
                return None
        held.records[key] = row
        held.log.append((load.batch, key))
        return _in_doubt("the answer never came") if key in held.lost else None

    def _refusal(self, key: Key) -> SyncError | None:
        if self._refuses.isdisjoint(map(str, key)):
            return None
        return RecordSyncError(
            f"{self._system} refuses '{key[0]}'",
            code="refused",
            error_class=ErrorClass.BUSINESS_RULE,
        )


class _InDoubt(SyncError):
    """A write whose answer never came (K3)."""

    tier = Tier.RECORD


def _in_doubt(message: str) -> SyncError:
    return _InDoubt(message, code="in_doubt", error_class=ErrorClass.PARTIAL_LOAD)


def _faults(
    answers: Sequence[SyncError | None], kind: type[SyncError]
) -> tuple[tuple[int, SyncError], ...]:
    return tuple(
        (index, error) for index, error in enumerate(answers) if isinstance(error, kind)
    )


def _named(values: Any, columns: Sequence[str] | None) -> Mapping[str, Any]:
    pairs: Iterable[tuple[str, Any]] = (
        values.items() if columns is None else zip(columns, values, strict=True)
    )
    return {name: value for name, value in pairs if value is not MISSING}

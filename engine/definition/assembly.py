"""A checked definition made into a Link: policies inherited inwards, stages as values."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from engine.definition import stored
from engine.definition.adapters import system_of
from engine.definition.alert_shapes import rule_of
from engine.definition.complaints import Reader
from engine.definition.nodes import Block, Node, Step, inside
from engine.definition.policies import on_error_of, responses_of, retry_of
from engine.definition.shapes import CalledShape, EndpointShape, LinkShape, SourceShape
from engine.definition.stages import stages_of
from engine.domain.errors import ErrorRule
from engine.domain.link import (
    AutomatedReplay,
    Budget,
    Dependency,
    Endpoint,
    Link,
    Retention,
    Schedule,
)
from engine.domain.stage import OnError
from engine.domain.values import dataclass

POLICIES = frozenset({"retry", "responses", "on_error", "onError", "lookback", "system"})
"""Keys of a source that do not change what is fetched: no part of its hash (M3)."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything of a definition, checked: what a Link is made of."""

    shape: LinkShape
    source: tuple[SourceShape, Any]
    target: tuple[EndpointShape, Any]
    calls: Mapping[int, tuple[CalledShape, Any]]


def link_of(checked: Checked, reader: Reader, effective: Node) -> Link:
    """The Link; `effective` is the definition as it is stored, variables unexpanded."""
    shape = checked.shape
    outer = on_error_of(shape.on_error, OnError())
    endpoint = _Endpoints(shape, reader, effective, outer).endpoint
    calls = {
        index: (called, endpoint(called, options, ("stages", index, "call")))
        for index, (called, options) in checked.calls.items()
    }
    return Link(
        name=shape.link,
        source=endpoint(*checked.source, ("source",)),
        target=endpoint(*checked.target, ("target",)),
        stages=stages_of(shape.stages, calls, outer),
        key=shape.key,
        label=shape.label or shape.link,
        severity=shape.severity,
        downstream=shape.downstream,
        enabled=shape.enabled,
        batch_size=shape.batch_size,
        parallel=shape.parallel,
        workers=str(shape.workers),
        snapshots=shape.snapshots,
        **_conduct(shape),
    )


def _conduct(shape: LinkShape) -> dict[str, Any]:
    """How the Link is run and who answers for it."""
    schedule = shape.schedule
    return {
        "automated_replay": AutomatedReplay(**_values(shape.automated_replay)),
        "budget": Budget(**_values(shape.budget)),
        "schedule": Schedule(**_values(schedule)) if schedule else None,
        "retention": Retention(**_values(shape.retention)),
        "alerts": None if shape.alerts is None else tuple(map(rule_of, shape.alerts)),
        "masks": shape.masks,
        "duplicates": shape.duplicates,
        "event_id": shape.event_id,
        "owner": shape.owner,
        "owners": {k: v for k, v in _values(shape.owners).items() if v}
        if shape.owners
        else {},
        "domain": shape.domain,
        "depends_on": tuple(Dependency(**_values(each)) for each in shape.depends_on),
        "errors": {
            code: ErrorRule(**_values(rule)) for code, rule in (shape.errors or {}).items()
        },
    }


def _values(shape: Any) -> dict[str, Any]:
    return {each.name: getattr(shape, each.name) for each in fields(shape)}


@dataclass(frozen=True, slots=True)
class _Endpoints:
    """What endpoints inherit from their Link."""

    shape: LinkShape
    reader: Reader
    effective: Node
    on_error: OnError

    def endpoint(
        self, shared: EndpointShape, options: object, steps: tuple[Step, ...]
    ) -> Endpoint:
        """A source, a target, or what a call asks."""
        return Endpoint(
            adapter=shared.adapter,
            system=shared.system or system_of(self.reader, steps),
            options=options,
            retry=retry_of(self.shape.retry, shared.retry),
            responses=responses_of(self.shape.responses, shared.responses),
            on_error=on_error_of(shared.on_error, self.on_error),
            block_hash=self._block_hash(steps),
            lookback=_lookback(shared),
        )

    def _block_hash(self, steps: tuple[Step, ...]) -> str:
        block = inside(self.effective, *steps)
        if not isinstance(block, Block):
            return ""
        kept = {
            name: entry for name, entry in block.entries.items() if name not in POLICIES
        }
        return stored.hash_of(stored.written(Block(kept, block.mark), ordered=False))


def _lookback(shared: EndpointShape) -> float | None:
    return shared.lookback if isinstance(shared, SourceShape) else None

"""The JSON shapes of retry plans (contract, section 3)."""

from collections.abc import Sequence
from typing import Any

from engine.domain.documents import when
from engine.domain.retry_plan import BatchItem, ItemClass, RecordItem, RetryPlan
from engine.domain.together import ChainRefused, Plans

Item = BatchItem | RecordItem


def plan_document(plan: RetryPlan, items: Sequence[Item] | None = None) -> dict[str, Any]:
    """What `plan --json` prints; with `items`, also what it consists of."""
    passes = plan.would_pass
    document = {
        "hash": plan.hash,
        "event": plan.event,
        "link": plan.link,
        "definition": {
            "as_run": plan.definitions.as_run,
            "current": plan.definitions.current,
            "same": plan.definitions.same,
            "chosen": plan.definitions.chosen.value,
        },
        "counts": {each.value: plan.counts.get(each, 0) for each in ItemClass},
        "batches": plan.batches,
        "records": plan.records,
        "runs_as": plan.runs_as,
        "include": sorted(plan.include),
        "target": plan.target,
        "place": plan.place,
        "edited": plan.edited,
        "would_pass": {"as_run": passes.as_run, "current": passes.current, "of": passes.of}
        if passes
        else None,
        "canary": plan.canary,
        "used_by": plan.used_by,
        "made_at": when(plan.made_at),
        "actor": plan.actor,
        "oldest": when(plan.oldest),
        "notes": list(plan.notes),
    }
    if items is not None:
        document["items"] = [item_document(item) for item in items]
    return document


def plans_document(plans: Plans) -> dict[str, Any]:
    """What `plan --json` prints of several Chains, or of the Inbox."""
    return {
        "plans": [plan_document(plan) for plan in plans.plans],
        "refused": refused_document(plans.refused),
        "batches": plans.batches,
        "records": plans.records,
        "runs_as": plans.runs_as,
        "counts": {each.value: times for each, times in plans.counts.items()},
    }


def refused_document(refused: Sequence[ChainRefused]) -> list[dict[str, Any]]:
    """The Chains of which nothing could go, each with its reason."""
    return [
        {"event": each.event, "link": each.link, "reason": each.why} for each in refused
    ]


def item_document(item: Item) -> dict[str, Any]:
    """One item of a plan."""
    shared = {"event": item.event, "class": item.item_class.value}
    if isinstance(item, BatchItem):
        return {**shared, "batch": item.batch, "fingerprint": item.fingerprint}
    return {
        **shared,
        "id": f"s{item.snapshot}",
        "key": item.label,
        "fingerprint": item.fingerprint,
        "edited": bool(item.version),
    }

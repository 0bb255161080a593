"""A retry plan as people read it: what goes, what stays and why, under which definition."""

from collections.abc import Iterator, Sequence

from console.format import count, counted, duration, moment
from console.pages.page import Block, Caption, Cell, Column, Facts, Grid, Line, Span
from console.states import words
from engine.domain.retry_plan import (
    BY_NAME,
    BatchItem,
    Choice,
    ItemClass,
    RecordItem,
    RetryPlan,
    goes,
)
from engine.domain.together import ChainRefused, Plans

MEANS = {
    ItemClass.SAFE: "nothing stands in the way",
    ItemClass.UNKNOWN: "the target cannot be asked; mind their age",
    ItemClass.CHANGED: "the target holds something newer",
    ItemClass.GONE: "the source no longer has it",
    ItemClass.EQUAL: "the target has it already",
    ItemClass.SUPERSEDED: "a newer failure of the same key goes instead",
    ItemClass.NO_SNAPSHOT: "no value was kept, so there is nothing to send",
    ItemClass.IN_DOUBT: "its write may have arrived: resolve it first",
}
"""Why an item is in its class, in the words of the command line and of the console."""

MOST_LINES = 40


def plan_page(plan: RetryPlan, *, linkdeck: str) -> Iterator[Block]:
    """The whole page; `linkdeck` is how the command was called, for what to call next."""
    yield Line(
        (Span(f"Plan {plan.hash[:12]}", "strong"), f"  Retry Failures of #{plan.event}")
    )
    yield Facts(tuple(_facts(plan)))
    yield from _classes(plan)
    if plan.definitions.difference:
        yield Caption("What changed in the definition")
        shown = plan.definitions.difference[:MOST_LINES]
        yield from (Line(_changed(line), indent=2) for line in shown)
    for note in plan.notes:
        yield Line(Span(note, "warn"))
    yield from _next(plan, linkdeck)


def plans_page(plans: Plans, *, linkdeck: str) -> Iterator[Block]:
    """A plan for each of several Chains: what goes of each, what was refused, how they run."""
    title = counted(len(plans.plans), "plan")
    yield Line((Span(title, "strong"), f"  {going(plans)}, in one child a Chain"))
    titles = ("EVENT", "LINK", "GOES", "LEFT", "WRITES TO", "DEFINITION", "PLAN")
    columns = [Column(each, wraps=each in titles[1:6]) for each in titles]
    rows = [_plan_row(plan) for plan in plans.plans]
    if rows:
        yield Grid(columns, rows)
    for each in plans.refused:
        yield Line(Span(refusal(each), "warn"))
    if rows:
        yield Caption("Next")
        for plan in plans.plans:
            if not plan.empty:
                call = f"{linkdeck} retry {plan.event} --plan {plan.hash[:12]} --reason WHY"
                yield Line(call, indent=2)


def _plan_row(plan: RetryPlan) -> tuple[Cell, ...]:
    known = plan.definitions
    definition = f"{known.as_run[:8]}, as it ran" if known.same else "changed since"
    return (
        f"#{plan.event}",
        plan.link,
        going(plan),
        left_out(plan) or "-",
        writes_to(plan),
        definition if known.same else Span(definition, "warn"),
        plan.hash[:12],
    )


def refusal(refused: ChainRefused) -> str:
    """One Chain of which nothing goes, and why."""
    return f"#{refused.event} {refused.link}: refused: {refused.why}"


def going(plan: RetryPlan | Plans) -> str:
    """What goes, in a few words."""
    parts = []
    if plan.batches:
        parts.append(counted(plan.batches, "batch", "batches"))
    if plan.records or not plan.batches:
        parts.append(counted(plan.records, "record"))
    return " and ".join(parts)


def left_out(plan: RetryPlan) -> str:
    """What does not go, by class."""
    return ", ".join(
        f"{count(times)} {words(each.value)}"
        for each, times in plan.counts.items()
        if times and not goes(each, plan.include)
    )


def writes_to(plan: RetryPlan) -> str:
    """The target's system, and the table, address or folder in it."""
    if not plan.place or plan.place == plan.target:
        return plan.target
    return f"{plan.target}: {plan.place}"


def items_page(items: Sequence[BatchItem | RecordItem]) -> Iterator[Block]:
    """What a plan consists of."""
    yield Caption(counted(len(items), "item"))
    columns = (Column("ITEM"), Column("EVENT"), Column("CLASS"), Column("KEY", wraps=True))
    yield Grid(columns, [_item(item) for item in items])


def _item(item: BatchItem | RecordItem) -> tuple[Cell, ...]:
    event, word = f"#{item.event}", item.item_class.value.replace("_", " ")
    if isinstance(item, BatchItem):
        return (f"batch {item.batch}", event, word, "")
    edited = "  edited" if item.version else ""
    return (f"s{item.snapshot}", event, word, f"{item.label}{edited}")


def _facts(plan: RetryPlan) -> Iterator[tuple[str, Cell]]:
    yield "link", plan.link
    yield "goes", Span(_going(plan), "" if plan.empty else "strong")
    yield "runs as", counted(plan.runs_as, "Batch", "Batches")
    yield "writes to", writes_to(plan)
    yield "definition", definition(plan)
    if plan.edited:
        yield "edited", f"{counted(plan.edited, 'record')} as edited"
    if plan.would_pass is not None and plan.would_pass.of:
        yield "would pass", _would_pass(plan)
    if plan.oldest is not None:
        age = duration((plan.made_at - plan.oldest).total_seconds())
        yield "oldest", f"failed {age} before this plan"
    if plan.used_by is not None:
        yield "run as", f"#{plan.used_by}; a plan runs once"
    yield "made", f"{moment(plan.made_at)} by {plan.actor}"


def _going(plan: RetryPlan) -> str:
    parts = []
    if plan.batches:
        parts.append(
            f"{counted(plan.batches, 'failed Batch', 'failed Batches')} fetched again"
        )
    if plan.records:
        parts.append(f"{counted(plan.records, 'record')} from Snapshots")
    return " and ".join(parts) or "nothing"


def definition(plan: RetryPlan) -> Cell:
    """Which definition it goes with, and which there are."""
    known = plan.definitions
    if known.same:
        return f"{known.as_run[:12]}, as it ran"
    if known.problem is not None:
        return Span(f"as run {known.as_run[:12]}; now: {known.problem}", "warn")
    both = f"as run {known.as_run[:12]}, current {(known.current or '')[:12]}"
    word = "current" if known.chosen is Choice.CURRENT else "as run"
    return (both, Span(f"  this plan: {word}", "warn"))


def _would_pass(plan: RetryPlan) -> str:
    passes = plan.would_pass
    if passes is None:
        return ""
    sides = [("as run", passes.as_run), ("current", passes.current)]
    said = [f"{name} {count(n) if n is not None else 'unknown'}" for name, n in sides]
    return f"{', '.join(said)}, of {count(passes.of)}"


def _classes(plan: RetryPlan) -> Iterator[Block]:
    rows = [
        (count(times), each.value.replace("_", " "), _fate(plan, each), MEANS[each])
        for each in ItemClass
        if (times := plan.counts.get(each, 0))
    ]
    if rows:
        yield Caption("Records by class")
        titles = ("CLASS", "WHAT HAPPENS", "WHY")
        columns = [Column(title, wraps=title == "WHY") for title in titles]
        yield Grid((Column("COUNT", right=True), *columns), rows)


def _fate(plan: RetryPlan, item_class: ItemClass) -> Span:
    if goes(item_class, plan.include):
        return Span("goes", "good")
    if item_class in (ItemClass.EQUAL, ItemClass.SUPERSEDED):
        return Span("closes unsent")
    return Span("stays open", "warn")


def _changed(line: str) -> Span:
    return Span(line, {"-": "bad", "+": "good"}.get(line[:1], "quiet"))


def _next(plan: RetryPlan, linkdeck: str) -> Iterator[Block]:
    if plan.used_by is not None:
        return
    yield Caption("Next")
    call = f"{linkdeck} retry {plan.event} --plan {plan.hash[:12]} --reason WHY"
    yield Line(f"{call}    runs exactly this", indent=2)
    left = [
        each
        for each in sorted(BY_NAME)
        if plan.counts.get(each) and each not in plan.include
    ]
    if left:
        yield Line(f"with --include {','.join(left)} those go as well", indent=2)

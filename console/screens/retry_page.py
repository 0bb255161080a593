"""The plans of a retry as they are drawn: what goes, what stays and why, what may be chosen."""

from collections.abc import Iterator

from console.format import count, counted, moment
from console.pages.page import Block, Caption, Cell, Column, Facts, Grid, Line, Span
from console.pages.plan_page import (
    MEANS,
    definition,
    going,
    left_out,
    refusal,
    writes_to,
)
from console.states import words
from console.theme import Skin
from console.widgets.paper import Leaf, leaves
from engine.domain.retry_plan import BY_NAME, Choice, ItemClass, RetryPlan, goes
from engine.domain.together import Plans
from engine.domain.values import dataclass

CANARIES = (None, 1, 5, 20)
"""How many items of each fingerprint go first; None: all at once."""

MOST_CHAINS = 40


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen by now."""

    choice: Choice | None = None
    include: frozenset[ItemClass] = frozenset()
    canary: int | None = None


@dataclass(frozen=True, slots=True)
class RetryPage:
    """The plans, top to bottom."""

    plans: Plans
    chosen: Chosen
    refusal: str | None = None

    def leaves(self, width: int, skin: Skin) -> Iterator[Leaf]:
        """Every part of it."""
        if self.refusal:
            yield from _read([Line(Span(self.refusal, "bad"))], width, skin)
        yield from _read([Facts(tuple(self._facts()))], width, skin)
        notes = dict.fromkeys(note for plan in self.plans.plans for note in plan.notes)
        yield from _read([Line(Span(note, "warn")) for note in notes], width, skin)
        yield from self._chains(width, skin)
        yield from self._classes(width, skin)
        yield from self._definitions(width, skin)
        yield from self._options(width, skin)

    def _facts(self) -> Iterator[tuple[str, Cell]]:
        plans = self.plans.plans
        runs = f", as {counted(self.plans.runs_as, 'batch', 'batches')}"
        closing = "" if self.plans.empty else runs
        yield "goes", Span(f"{going(self.plans)} to go{closing}", "strong")
        edited = sum(plan.edited for plan in plans)
        if edited:
            yield "edited", Span(f"{counted(edited, 'record')} as edited", "key")
        if len(plans) == 1:
            yield "link", plans[0].link
            yield "writes to", writes_to(plans[0])
            yield "definition", self._definition(plans[0])
        oldest = min((plan.oldest for plan in plans if plan.oldest), default=None)
        if oldest:
            yield "oldest", f"failed {moment(oldest)}"

    def _definition(self, plan: RetryPlan) -> Cell:
        if plan.definitions.same:
            return definition(plan)
        if self.chosen.choice is None:
            return Span("changed since it ran: choose below", "warn")
        return f"changed since it ran: {self.chosen.choice.value}"

    def _chains(self, width: int, skin: Skin) -> Iterator[Leaf]:
        plans, refused = self.plans.plans, self.plans.refused
        if len(plans) > 1:
            title = f"{counted(len(plans), 'Chain')}: a child each, one after another"
            yield from _caption(title, width, skin)
            names = ("EVENT", "LINK", "GOES", "LEFT OUT", "WRITES TO")
            columns = [Column(name, wraps=name != "EVENT") for name in names]
            rows = [_row(plan) for plan in plans[:MOST_CHAINS]]
            yield from _read([Grid(columns, rows)], width, skin)
            if len(plans) > MOST_CHAINS:
                more = f"and {len(plans) - MOST_CHAINS} more"
                yield from _read([Line(more, 2)], width, skin)
        if refused:
            yield from _caption("Refused, and left as they are", width, skin)
            said: list[Block] = [Line(Span(refusal(each), "warn"), 2) for each in refused]
            yield from _read(said, width, skin)

    def _classes(self, width: int, skin: Skin) -> Iterator[Leaf]:
        counts = self.plans.counts
        if not any(counts.values()):
            return
        yield from _caption("Records by class", width, skin)
        for each, times in counts.items():
            if not times:
                continue
            by_name = each in BY_NAME
            out = goes(each, self.chosen.include)
            tick = _box(skin, on=out) if by_name else "   "
            row = [
                Span(f"  {tick} {count(times):>7}  "),
                Span(f"{words(each.value):<13}", "good" if out else "quiet"),
            ]
            room = width - 28
            first, *rest = leaves([Line(Span(MEANS[each], "quiet"))], room, skin)
            yield Leaf([*row, *first.row], ("include", each.value) if by_name else None)
            for leaf in rest:
                yield Leaf([Span(" " * 26), *leaf.row])

    def _definitions(self, width: int, skin: Skin) -> Iterator[Leaf]:
        changed = [plan for plan in self.plans.plans if not plan.definitions.same]
        if not changed:
            return
        many = f" for {counted(len(changed), 'Chain')}" if len(changed) > 1 else ""
        title = f"The definition has changed since{many}: choose one"
        yield from _caption(title, width, skin)
        yield from _choices(changed, self.chosen.choice, skin)
        for plan in changed:
            known = plan.definitions
            if known.problem:
                yield from _read([Line(Span(known.problem, "bad"), 2)], width, skin)
            if len(changed) > 1 and known.difference:
                yield from _read([Line(f"#{plan.event} {plan.link}", 4)], width, skin)
            for line in known.difference:
                style = {"+": "good", "-": "bad"}.get(line[:1], "quiet")
                yield from _read([Line(Span(line, style), 6)], width, skin)

    def _options(self, width: int, skin: Skin) -> Iterator[Leaf]:
        yield from _caption("Before it goes", width, skin)
        passes = [plan.would_pass for plan in self.plans.plans if plan.would_pass]
        said = "simulate: send them through the stages, write nothing"
        if passes:
            said = f"simulated: of {counted(sum(each.of for each in passes), 'record')} would pass"
            sides = (("as run", "as_run"), ("current", "current"))
            for name, side in sides:
                numbers = [getattr(each, side) for each in passes]
                if None not in numbers:
                    said += f"  {count(sum(numbers))} {name}"
        yield Leaf([Span(f"  {_box(skin, on=bool(passes))} {said}")], ("simulate", ""))
        canary = self.chosen.canary
        how = "all at once" if canary is None else f"first {canary} of each cause"
        box = _box(skin, on=canary is not None)
        yield Leaf([Span(f"  {box} canary: {how}")], ("canary", ""))
        yield Leaf([])
        style = "key" if self.chosen.choice else "quiet"
        yield Leaf([Span(f"  R  Retry {going(self.plans)}", style)], ("go", ""))


def confirmation(plans: Plans, chosen: Chosen) -> Iterator[Block]:
    """What would happen, before it is confirmed."""
    where = ", ".join(dict.fromkeys(writes_to(plan) for plan in plans.plans))
    runs = counted(plans.runs_as, "batch", "batches")
    each = f", {counted(len(plans.plans), 'child', 'children')}" * (len(plans.plans) > 1)
    yield Line(f"It writes to {where}, in {runs}{each}.")
    if chosen.choice and any(not plan.definitions.same for plan in plans.plans):
        yield Line(f"With the {chosen.choice.value} definition.")
    edited = sum(plan.edited for plan in plans.plans)
    if edited:
        yield Line(f"{counted(edited, 'record')} as edited.")
    out = [
        f"{count(times)} {words(item_class.value)}"
        for item_class, times in plans.counts.items()
        if times and not goes(item_class, chosen.include)
    ]
    if out:
        yield Line(f"Left out: {', '.join(out)}.")
    for one in plans.refused:
        yield Line(Span(refusal(one), "warn"))
    if chosen.canary is not None:
        yield Line(
            f"The first {chosen.canary} of each cause go first; a cause that fails is parked."
        )


def _row(plan: RetryPlan) -> tuple[Cell, ...]:
    return (
        f"#{plan.event}",
        plan.link,
        going(plan),
        left_out(plan) or "-",
        writes_to(plan),
    )


def _choices(changed: list[RetryPlan], choice: Choice | None, skin: Skin) -> Iterator[Leaf]:
    for each in Choice:
        hashes = [
            plan.definitions.as_run if each is Choice.AS_RUN else plan.definitions.current
            for plan in changed
        ]
        known = [hash_ for hash_ in hashes if hash_ is not None]
        if not known:
            continue
        tick = f"({skin.glyph('●', '*')})" if choice is each else "( )"
        name = known[0][:12] if len(known) == 1 else f"{len(known)} definitions"
        row = [Span(f"  {tick} "), Span(f"{each.value:<9}", "strong"), Span(name)]
        yield Leaf(row, ("definition", each.value))


def _read(page: list[Block], width: int, skin: Skin) -> Iterator[Leaf]:
    for leaf in leaves(page, width - 2, skin):
        yield Leaf([Span(" "), *leaf.row])


def _caption(title: str, width: int, skin: Skin) -> Iterator[Leaf]:
    yield Leaf([])
    yield from _read([Caption(title)], width, skin)


def _box(skin: Skin, *, on: bool) -> str:
    return f"[{skin.glyph('✓', 'x')}]" if on else "[ ]"

"""`demo`."""

import os
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Annotated, Any, assert_never

from cyclopts import Parameter

from console.cli.edge import passing, remark
from console.cli.interrupt import Interrupt
from console.cli.progress import following
from console.cli.shared import DEFAULT, Shared, here, show
from console.format import count
from console.pages import failing, lists, plan_page, record_page, summary
from console.pages.page import Block, Caption, Line, Span
from console.states import BAD, GOOD
from engine.demo.steps import (
    Grouped,
    Looked,
    Opened,
    Outcome,
    Planned,
    Ran,
    Settled,
    Step,
)
from engine.demo.world import RECORDS, SEED
from engine.domain.documents import event_document
from engine.domain.errors import Misused
from engine.domain.requests import Stop


def demo(
    *,
    records: Annotated[int, Parameter(help="orders in the shop")] = RECORDS,
    seed: Annotated[int, Parameter(help="the same seed makes the same shop")] = SEED,
    headless: Annotated[
        bool, Parameter(negative="", help="print what happens, and do not open the console")
    ] = False,
    shared: Shared = DEFAULT,
) -> int:
    """A flaky shop on this machine, Links over it, and what became of every record.

    On a terminal the console opens on three weeks of it: runs every morning, what
    went wrong and what people did about it; one run is under way, one Chain waits to
    be recovered, and the shop stays open as long as the console.
    Without a terminal, or with --headless, a story is told that checks itself: exit
    code 0 means that every number is the one that was planted.
    Its home is its own and made fresh: the folder `demo` in the usual one, or --home.
    """
    if shared.links or shared.store:
        raise Misused(
            "the demo has Links and a store of its own; leave out --links and --store"
        )
    if not (headless or shared.json) and _drawn():
        return _visit(records, seed, shared)
    outcome = _told(records, seed, shared)
    unicode = here().unicode
    shared.answer(lambda: _document(outcome), lambda: tuple(_end(outcome, unicode=unicode)))
    return outcome.exit_code


def _drawn() -> bool:
    """Whether there is a terminal to open the console on."""
    from console.opening import refuse_without_terminal

    try:
        refuse_without_terminal(os.environ)
    except Misused:
        return False
    return True


def _visit(records: int, seed: int, shared: Shared) -> int:
    """The console on three weeks of the shop; its exit code."""
    from console.cli.acting import actor_or_default
    from console.opening import opened
    from engine.demo import weeks
    from engine.demo.home import demo_settings

    settings = demo_settings(shared.home, os.environ)
    with weeks.lived(settings, records=records, seed=seed, say=_living) as world:
        weeks.start_live(world)
        try:
            return opened(world, actor=actor_or_default(None), tour=True)
        finally:
            weeks.end_runs(world)


def _living(day: int, days: int) -> None:
    """Something to look at until the console opens."""
    say = passing if day < days else remark
    say(f"three weeks in a flaky shop: day {day} of {days}")


def _told(records: int, seed: int, shared: Shared) -> Outcome:
    from engine.demo import story
    from engine.demo.home import demo_settings

    settings = demo_settings(shared.home, os.environ)
    stop = Stop()
    interrupt = Interrupt(stop)
    with interrupt.listening(), following(interrupt) as follower:

        def say(step: Step) -> None:
            follower.rest()
            if not shared.json:
                show(tuple(page(step, settings.home, unicode=here().unicode)))

        return story.run(
            settings,
            records=records,
            seed=seed,
            say=say,
            stop=stop,
            watch=follower.see,
        )


def page(step: Step, home: Path, *, unicode: bool) -> Iterator[Block]:
    """One step of the story, drawn like everything else."""
    linkdeck = _called(home)
    match step:
        case Opened():
            yield Line((Span("A shop with planted faults", "strong"), f" at {step.shop}"))
            yield Line(f"{count(step.records)} orders, seed {step.seed}, home {step.home}")
        case Ran():
            yield Caption(step.title)
            yield from summary.summary(step.event, unicode=unicode, linkdeck=linkdeck)
        case Planned():
            yield Caption(step.title)
            yield from plan_page.plan_page(step.plan, linkdeck=linkdeck)
        case Grouped():
            yield from failing.listed(step.failures, unicode=unicode, linkdeck=linkdeck)
        case Looked():
            yield Caption("One of them, before and after")
            yield from record_page.record_page(step.record, unicode=unicode)
        case Settled():
            yield Caption("How they stand now")
            yield lists.events_grid(step.events, unicode=unicode)
        case _:
            assert_never(step)


def _end(outcome: Outcome, *, unicode: bool) -> Iterator[Block]:
    yield Line()
    for difference in outcome.differences:
        look = BAD.mark(unicode=unicode)
        yield Line((Span(f"{look} ", BAD.style), difference.sentence()))
    if not outcome.differences and not outcome.interrupted:
        mark = Span(GOOD.mark(unicode=unicode), GOOD.style)
        yield Line((mark, " every count is the one that was planted"))
    yield Line(f"Look around: {_called(outcome.home)} events")


def _called(home: Path) -> str:
    return f"linkdeck --home {quote(str(home))}"


def _document(outcome: Outcome) -> dict[str, Any]:
    return {
        "home": str(outcome.home),
        "events": [event_document(event) for event in outcome.events],
        "differences": [difference.sentence() for difference in outcome.differences],
        "interrupted": outcome.interrupted,
    }

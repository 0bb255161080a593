"""What the stages read of a source record, and which fields come out, where that is known."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from engine.domain.adapter import Column
from engine.domain.values import dataclass
from engine.filters.calling import Calling
from engine.filters.checking import Check, Checker
from engine.filters.custom import Custom
from engine.filters.looking import Looker
from engine.filters.mapping import Maker, Mapper
from engine.filters.stages import AnyWork, Compiled, Ignorer
from engine.filters.unchanged import Unchanging

SHAPING = (Mapper, Custom, Calling, Looker)
"""The stages that change a record's fields."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`wanted`: top-level source fields the stages read. `columns`: all fields that come out.

    None means: any. `at_once`: the very first stage leaves only what it names, so that a record
    that stops somewhere has nothing but wanted fields to show.
    """

    wanted: tuple[str, ...] | None
    columns: tuple[Column, ...] | None
    at_once: bool


def layout_of(stages: Sequence[Compiled]) -> Layout:
    """Both, by walking the stages once."""
    at_once = bool(stages) and closes(stages[0])
    return Layout(_wanted(stages), _columns(stages), at_once)


def closes(stage: Compiled) -> bool:
    """Whether only what this stage names is left after it, whatever the record."""
    return isinstance(stage.work, Mapper) and not stage.work.keep and _sure(stage)


def resumes_after(stages: Sequence[Compiled]) -> int | None:
    """The place of the one stage that makes all fields, where no other changes any.

    What it made is then all there is to know of a record, to go on from.
    """
    shaping = [
        (place, stage)
        for place, stage in enumerate(stages)
        if isinstance(stage.work, SHAPING)
    ]
    if len(shaping) != 1 or not closes(shaping[0][1]):
        return None
    return shaping[0][0]


def heads(stage: Compiled) -> Iterator[str]:
    """The top-level fields a stage reads, of what it is given."""
    if stage.condition is not None:
        yield from stage.condition.names
    yield from heads_of(stage.work)


def heads_of(work: AnyWork) -> Iterator[str]:
    """The same, its condition left aside."""
    match work:
        case Mapper(makers=makers):
            for maker in makers:
                paths = maker.joiner.paths if maker.joiner else (maker.path,)
                yield from (str(path[0]) for path in paths if path)
        case Checker(checks=checks):
            yield from chain.from_iterable(map(_heads_of_check, checks))
        case Ignorer(expression=expression):
            yield from expression.names
        case Calling(caller=caller):
            yield from (path.partition(".")[0] for path in caller.fields)
        case Looker(paths=paths):
            yield from (str(path[0]) for path in paths)
        case Custom() | Unchanging():
            return


def _heads_of_check(check: Check) -> Iterable[str]:
    return check.expression.names if check.expression else (str(check.path[0]),)


def _sure(stage: Compiled) -> bool:
    """Whether every record that goes on has been changed by it."""
    policy = stage.stage.on_error
    return stage.condition is None and not (policy.proceed and not policy.stops)


def _wanted(stages: Sequence[Compiled]) -> tuple[str, ...] | None:
    found: dict[str, None] = {}
    for stage in stages:
        if isinstance(stage.work, Custom):
            return None
        found.update(dict.fromkeys(heads(stage)))
        if closes(stage):
            return tuple(found)
    return None


def _columns(stages: Sequence[Compiled]) -> tuple[Column, ...] | None:
    known: dict[str, Column] | None = None
    for stage in stages:
        if isinstance(stage.work, Custom):
            known = None
        if known is not None and isinstance(stage.work, (Calling, Looker)):
            # Where nothing was found, its column is null.
            known = {**known, stage.work.into: Column(stage.work.into)}
        if not isinstance(stage.work, Mapper):
            continue
        made = {each.field: _column(each) for each in stage.work.makers}
        if closes(stage):
            known = made
        elif known is not None:
            known = {**known, **made} if _sure(stage) else None
    return tuple(known.values()) if known is not None else None


def _column(maker: Maker) -> Column:
    cast = maker.plan.cast
    return Column(maker.field, cast.value if cast else None)

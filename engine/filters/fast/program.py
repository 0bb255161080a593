"""The one function a Link's stages become, as readable source (`Program.source`), and compiled."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine.domain.expression import RUNTIME, Expression, reach
from engine.domain.expression.tree import Call, Node, parts_of
from engine.domain.missing import MISSING
from engine.domain.values import dataclass
from engine.filters.calling import Calling
from engine.filters.checking import Check, Checker
from engine.filters.custom import Custom
from engine.filters.fast.checks import write_check, write_preparation
from engine.filters.fast.lookups import write_held, write_lookup
from engine.filters.fast.odd import ODD, Odd
from engine.filters.fast.result import write_result
from engine.filters.fast.scope import Scope, Symbol
from engine.filters.fast.values import write_field
from engine.filters.fast.writer import Writer
from engine.filters.layout import heads, resumes_after
from engine.filters.looking import Looker
from engine.filters.mapping import Mapper
from engine.filters.output import Output
from engine.filters.stages import Compiled, Ignorer
from engine.filters.tally import Tally
from engine.filters.unchanged import Unchanging

Slow = Callable[[int, dict[str, Any] | None], bool]
"""Takes row i the slow way, from after the map where that made these fields; whether to stop."""


@dataclass(frozen=True, slots=True)
class Program:
    """The generated function: `run(rows, tally, slow)` fills the books."""

    source: str
    run: Callable[[Sequence[Any], Tally, Slow], None]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be generated for one shape of rows."""

    stages: tuple[Compiled, ...]
    wanted: tuple[str, ...] | None
    output: Output
    key: tuple[str, ...]
    struct: bool


def suits(stages: Sequence[Compiled], output: Output) -> bool:
    """Whether these stages have a quick way: no call, no code of one's own, no map now and then.

    Where records leave as dicts, one map or lookup at most: the order of fields is part of a
    payload.
    """
    maps = sum(isinstance(stage.work, (Mapper, Looker)) for stage in stages)
    if output.columns is None and maps > 1:
        return False
    return all(
        isinstance(stage.work, (Checker, Ignorer, Looker, Unchanging))
        or (isinstance(stage.work, Mapper) and stage.condition is None)
        for stage in stages
    )


def program_of(task: Task) -> Program:
    """The stages as one function."""
    return _Generator(task).program()


class _Generator:
    """One function being written."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._writer = Writer()
        self._scope = Scope(self._writer, task.wanted, struct=task.struct)
        # Where missing comes out as null and no rule asks, the two need not be told apart.
        self._exact = task.output.columns is None or _asks_existence(task.stages)
        self._reasons: list[str] = []
        self._lookups = 0
        self._resumes = resumes_after(task.stages) is not None

    def program(self) -> Program:
        """Write it, and compile it."""
        writer = self._writer
        names = {"Odd": Odd, "ODD": ODD, "M": MISSING, "reach": reach}
        writer.names.update(RUNTIME)
        writer.names.update(names)
        with writer.block("def pass_rows(rows, tally, slow):"):
            self._before()
            with writer.block("for i, r in enumerate(rows):"):
                self._row()
            for number, reason in enumerate(self._reasons):
                writer.line(
                    f"tally.ignore({writer.bind(f'reason_{number}', reason)}, ignored_{number})"
                )
        return Program(writer.source, writer.made("pass_rows"))

    def _before(self) -> None:
        writer = self._writer
        writer.line("put, at, key = tally.rows.append, tally.at.append, tally.keys.append")
        for check in _checks(self._task.stages):
            write_preparation(writer, check, seen="tally.seen")
        lookers = (
            stage.work for stage in self._task.stages if isinstance(stage.work, Looker)
        )
        for number, looker in enumerate(lookers):
            write_held(writer, looker, number)
        ignores = sum(isinstance(stage.work, Ignorer) for stage in self._task.stages)
        for number in range(ignores):
            writer.line(f"ignored_{number} = 0")

    def _row(self) -> None:
        writer, task = self._writer, self._task
        if self._resumes:
            writer.line("mapped = False")
        with writer.block("try:"):
            if not task.struct:
                with writer.block("if type(r) is not dict:"):
                    writer.line("raise Odd")
                writer.line("get = r.get")
            for stage in task.stages:
                self._stage(stage)
            write_result(writer, self._scope, task.output, task.key)
        with writer.block("except ODD:"):
            made = "None"
            if self._resumes:
                fields = (
                    f"{name!r}: {each.source}" for name, each in self._scope.made.items()
                )
                made = f"{{{', '.join(fields)}}} if mapped else None"
            with writer.block(f"if slow(i, {made}):"):
                writer.line("break")
            writer.line("continue")
        writer.line("put(row)")
        writer.line("at(i)")
        writer.line("key(k)")

    def _stage(self, stage: Compiled) -> None:
        writer, scope = self._writer, self._scope
        scope.load(heads(stage))
        writer.line(f"# {stage.kind}: {' '.join(stage.stage.name.split())!a}")
        if isinstance(stage.work, Looker):
            return self._lookup(stage, stage.work)
        if stage.condition is None:
            return self._work(stage)
        facts = scope.facts()
        with writer.block(f"if {stage.condition.render(scope.resolve)}:"):
            writer.line("pass")
            self._work(stage)
        return scope.forget(facts)

    def _lookup(self, stage: Compiled, looker: Looker) -> None:
        writer, scope = self._writer, self._scope
        number, self._lookups = self._lookups, self._lookups + 1
        if stage.condition is None:
            out = write_lookup(writer, scope, looker, number)
        else:
            scope.load((looker.into,))
            out = writer.local("w", looker.into)
            writer.line(f"{out} = {scope.symbol(looker.into).source}")
            with writer.block(f"if {stage.condition.render(scope.resolve)}:"):
                writer.line(f"{out} = {write_lookup(writer, scope, looker, number)}")
        scope.become({looker.into: Symbol(out)}, keep=True)

    def _work(self, stage: Compiled) -> None:
        writer, scope = self._writer, self._scope
        match stage.work:
            case Mapper(makers=makers, keep=keep):
                made = {
                    maker.field: write_field(writer, scope, maker, exact=self._exact)
                    for maker in makers
                }
                scope.become(made, keep=keep)
                if self._resumes:
                    writer.line("mapped = True")
            case Checker(checks=checks):
                for check in checks:
                    write_check(writer, scope, check)
            case Ignorer():
                self._ignore(stage.work)
            case Unchanging():
                writer.line("tally.compared.add(i)" if stage.work.sometimes else "pass")
            case Custom() | Calling() | Looker():
                raise TypeError(f"a {stage.kind} stage has no quick way")

    def _ignore(self, ignorer: Ignorer) -> None:
        writer = self._writer
        with writer.block(f"if {ignorer.expression.render(self._scope.resolve)}:"):
            writer.line(f"ignored_{len(self._reasons)} += 1")
            writer.line("continue")
        self._reasons.append(ignorer.reason)


def _checks(stages: Sequence[Compiled]) -> Iterator[Check]:
    for stage in stages:
        if isinstance(stage.work, Checker):
            yield from stage.work.checks


def _asks_existence(stages: Sequence[Compiled]) -> bool:
    return any(
        _calls_exists(expression.tree)
        for stage in stages
        for expression in _expressions(stage)
    )


def _expressions(stage: Compiled) -> Iterator[Expression]:
    if stage.condition is not None:
        yield stage.condition
    match stage.work:
        case Ignorer(expression=expression):
            yield expression
        case Checker(checks=checks):
            yield from (check.expression for check in checks if check.expression)
        case Mapper() | Custom() | Calling() | Looker() | Unchanging():
            return


def _calls_exists(node: Node) -> bool:
    if isinstance(node, Call) and node.function == "exists":
        return True
    return any(_calls_exists(part) for part in parts_of(node))

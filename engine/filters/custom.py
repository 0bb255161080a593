"""The python stage: `module:function`, a Record in and a Record out.

What the function may raise is nobody's to foresee: every call goes through `guard`, which answers
`Raised` where `sync.batch`, the only place that may, has caught something.
"""

import importlib
import sys
import traceback
from collections.abc import Callable, Mapping
from hashlib import blake2b, sha256
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.domain.errors import ErrorClass, RecordSyncError, SyncError
from engine.domain.filter import Guard, Raised
from engine.domain.override import Repeats
from engine.domain.record import Record, Repeat
from engine.domain.stage import PythonStage
from engine.domain.values import dataclass
from engine.filters.complaint import complaint
from engine.filters.flight import Failure, Flight, failure_of
from engine.filters.repeating import repeated
from engine.filters.sentences import kind_of
from engine.filters.step import Seen


def unguarded(function: Callable[..., Any], /, *args: object) -> Any:
    """A guard that catches what custom code is meant to raise, and nothing else."""
    try:
        return function(*args)
    except (SyncError, Repeat) as raised:
        return Raised(raised)


@dataclass(frozen=True, slots=True)
class Custom:
    """A python stage, compiled."""

    name: str
    function: Callable[[Record], Any]
    guard: Guard
    repeats: Repeats | None = None

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        warned = tuple(flight.warnings)
        try:
            record = Record(_own(flight.fields), flight.place, warned)
        except RecursionError:
            return [
                _misbehaved("too_deep", "the record is nested too deeply for custom code")
            ]
        answer = self.guard(self.function, record)
        if isinstance(answer, Raised):
            return self._raised(answer.exception, flight)
        problem = _problem(answer)
        if problem is not None:
            return [problem]
        flight.warnings.extend(answer.warnings[_common(warned, answer.warnings) :])
        flight.become(dict(answer.fields), stage=self.name)
        if answer.ignore_reason is not None:
            flight.ignore(answer.ignore_reason)
        return []

    def _raised(self, raised: Exception, flight: Flight) -> list[Failure]:
        if isinstance(raised, Repeat):
            return repeated(raised, flight, self.repeats)
        return [self._failure(raised)]

    def _failure(self, raised: Exception) -> Failure:
        if isinstance(raised, RecordSyncError):
            return failure_of(raised)
        if isinstance(raised, SyncError):
            # Its own tier by its type: the run, or the whole Batch (T1, T2).
            raised.stage = raised.stage or self.name
            raise raised
        return Failure(
            code="unclassified_exception",
            message=_sentence(raised),
            error_class=ErrorClass.UNCLASSIFIED,
        )


def custom_of(
    stage: PythonStage, *, folder: str, guard: Guard, code: Mapping[str, str]
) -> Custom:
    """The compiled stage; SystemSyncError where its function cannot be found.

    `code` are the SHA-256 of the modules that the run began with, by name (D1).
    """
    name, _, attribute = stage.function.partition(":")
    if not name or not attribute:
        raise complaint(
            stage.name, f"write python as module:function, not '{stage.function}'"
        )
    wanted = code.get(name)
    module = _imported(stage.name, name, lambda: _module(name, folder, wanted), guard)
    function = getattr(module, attribute, None)
    if not callable(function):
        raise complaint(stage.name, f"the module '{name}' has no function '{attribute}'")
    return Custom(stage.name, function, guard, stage.repeats)


def _imported(
    stage: str, name: str, load: Callable[[], ModuleType], guard: Guard
) -> ModuleType:
    raised: BaseException | None = None
    try:
        found = guard(load)
    except (ImportError, SyntaxError) as cause:
        found = raised = cause
    if isinstance(found, Raised):
        raised = found.exception
    if raised is not None:
        raise complaint(
            stage, f"the module '{name}' cannot be imported: {_sentence(raised)}"
        )
    assert isinstance(found, ModuleType)
    return found


def _module(name: str, folder: str, wanted: str | None) -> ModuleType:
    """The module beside the definition, executed afresh; else an installed one."""
    home = str(Path(folder).absolute())
    if home not in sys.path:
        sys.path.append(home)
    path = Path(home, f"{name}.py")
    if "." in name or not path.is_file():
        return importlib.import_module(name)
    # Two folders may both have a rules.py: each is known by its path.
    alias = f"linkdeck_stage_{blake2b(str(path).encode(), digest_size=6).hexdigest()}"
    spec = util.spec_from_file_location(alias, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python module")
    module = util.module_from_spec(spec)
    sys.modules[alias] = module
    code = compile(_source(path, wanted), str(path), "exec", dont_inherit=True)
    exec(code, module.__dict__)
    return module


_sources: dict[str, bytes] = {}
"""What was read of modules, by SHA-256: a file edited during a run does not touch it (D1)."""


def _source(path: Path, wanted: str | None) -> bytes:
    if wanted in _sources:
        return _sources[wanted]
    source = path.read_bytes()
    found = sha256(source).hexdigest()
    if wanted is not None and found != wanted:
        raise ImportError(f"{path.name} has changed since the run began; run it again")
    _sources[found] = source
    return source


def _own(value: Any) -> Any:
    """A copy that custom code may change in place without reaching the record's past."""
    if isinstance(value, Mapping):
        return {name: _own(inner) for name, inner in value.items()}
    return [_own(inner) for inner in value] if isinstance(value, list) else value


def _problem(answer: object) -> Failure | None:
    if not isinstance(answer, Record):
        what = "nothing" if answer is None else kind_of(answer)
        return _misbehaved("python_result", f"the function answered {what}, not a Record")
    if answer.ignore_reason is not None and not str(answer.ignore_reason).strip():
        return _misbehaved(
            "ignored_without_reason", "an ignored record must give its reason"
        )
    fields: object = answer.fields
    if not isinstance(fields, Mapping) or not all(isinstance(name, str) for name in fields):
        return _misbehaved(
            "python_result", "the function answered fields that have no names"
        )
    return None


def _misbehaved(code: str, message: str) -> Failure:
    return Failure(code, message, error_class=ErrorClass.UNCLASSIFIED)


def _common(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    return len(old) if new[: len(old)] == old else 0


def _sentence(raised: BaseException) -> str:
    """What was raised and where, in one line."""
    if isinstance(raised, SyncError):
        return raised.message
    kind, text = type(raised).__name__, " ".join(str(raised).split())
    where = _place(raised)
    return f"{kind}{where}: {text}" if text else f"{kind}{where}"


def _place(raised: BaseException) -> str:
    frames = traceback.extract_tb(raised.__traceback__)
    if not frames:
        return ""
    return f" in {frames[-1].name} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"

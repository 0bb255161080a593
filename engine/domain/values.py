"""Frozen values: the standard library's `dataclass`, whose methods are made when they are needed.

For a frozen class the standard library writes and compiles six functions, which takes half a
millisecond; a command knows four hundred such classes and calls for few. Here a class has its
fields and slots at once, its `__init__` is compiled with the first value, and the other methods are
functions that read the fields. Anything but a frozen class with slots is left to the standard
library, and type checkers see that alone.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_UNSAID: Any = object()
"""Stands in a signature for a default that is made anew for each value."""


def _decorator(
    cls: type | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    **more: bool,
) -> Any:
    def made(cls: type) -> Any:
        if frozen and slots and not more and all(each.frozen for each in _inherited(cls)):
            return _frozen(cls, kw_only=kw_only)
        return dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=kw_only, **more)(
            cls
        )

    return made if cls is None else made(cls)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _decorator


def _inherited(cls: type) -> list[Any]:
    """What the dataclasses among its bases were made with."""
    held = "__dataclass_params__"
    return [vars(base)[held] for base in cls.__mro__[1:] if held in vars(base)]


def _frozen(cls: type, *, kw_only: bool) -> Any:
    own = set(vars(cls))
    # A frozen class may only be had from frozen ones; saying so compiles two of the six functions.
    value: Any = dataclasses.dataclass(
        init=False,
        repr=False,
        eq=False,
        frozen=bool(_inherited(cls)),
        slots=True,
        kw_only=kw_only,
    )(cls)
    params = value.__dataclass_params__
    params.init = params.repr = params.eq = params.frozen = True
    for name, method in _methods(value).items():
        if name not in own:
            setattr(value, name, method)
    return value


def _methods(value: Any) -> dict[str, Callable[..., Any]]:
    fields = dataclasses.fields(value)
    compared = _getter(each.name for each in fields if each.compare)
    hashed = _getter(
        each.name for each in fields if (each.compare if each.hash is None else each.hash)
    )

    def first(self: Any, *given: Any, **named: Any) -> None:
        value.__init__ = _initializer(value, fields)
        value.__init__(self, *given, **named)

    def equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other)

    return {
        "__init__": first,
        "__eq__": equal,
        "__hash__": lambda self: hash(hashed(self)),
        "__repr__": _told,
        "__setattr__": _refuse_to_assign,
        "__delattr__": _refuse_to_delete,
        "__getstate__": _state,
        "__setstate__": _restore,
    }


def _getter(names: Iterable[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads these fields of a value, as a tuple however many they are."""
    known = tuple(names)
    if not known:
        return lambda _: ()
    get = attrgetter(*known)
    return get if len(known) > 1 else lambda self: (get(self),)


def _initializer(
    value: Any, fields: Sequence[dataclasses.Field[Any]]
) -> Callable[..., None]:
    """The `__init__` that the standard library would have written."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_unsaid": _UNSAID}
    placed, named, body = ["self"], ["*"], []
    for each in fields:
        parameter, given = _taken(each, known)
        if each.init:
            (named if each.kw_only else placed).append(parameter)
        if given:
            body.append(f"_set(self, {each.name!r}, {given})")
    if hasattr(value, "__post_init__"):
        body.append("self.__post_init__()")
    signature = ", ".join(placed + (named if len(named) > 1 else []))
    lines = "\n ".join(body or ["pass"])
    exec(f"def __init__({signature}):\n {lines}", known)
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{value.__qualname__}.__init__"
    return made


def _taken(each: dataclasses.Field[Any], known: dict[str, Any]) -> tuple[str, str]:
    """A field as a parameter, and the value it is set to; what both speak of goes to `known`."""
    name, default = each.name, f"_of_{each.name}"
    if each.default_factory is not dataclasses.MISSING:
        known[default] = each.default_factory
        made = f"{default}()"
        given = f"{made} if {name} is _unsaid else {name}" if each.init else made
        return f"{name}=_unsaid", given
    if each.default is not dataclasses.MISSING:
        known[default] = each.default
        return f"{name}={default}", name if each.init else default
    return name, name if each.init else ""


@recursive_repr()
def _told(self: Any) -> str:
    shown = (each.name for each in dataclasses.fields(self) if each.repr)
    told = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{self.__class__.__qualname__}({told})"


def _refuse_to_assign(self: Any, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restore(self: Any, state: Sequence[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)

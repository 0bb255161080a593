"""Adapters that exist only as options: what definitions are checked against in these tests."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from engine.domain.adapter import Lookup, SourceTraits, TargetTraits
from engine.domain.delta import ChangeFilter
from engine.domain.errors import Refused
from engine.domain.units import Alias, Between, Doc, Duration, OneOf, Share, Size

_SHORT = Duration(5.0)
_LONG = Duration(120.0)
_SMALL = Size(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token."""

    bearer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A name and a password."""

    user: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who asks, by name."""

    basic: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Pages by number."""

    style: Literal["page"]
    size: Annotated[int, Between(1, 1000)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Pages by cursor."""

    style: Literal["cursor"]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a request may take."""

    connect: Duration = _SHORT
    total: Annotated[Duration, Between(1, 3600)] = _LONG


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOptions:
    """What a shop is told."""

    url: Annotated[str, Doc("where the shop is")]
    format: Annotated[str, OneOf(("json", "csv"))] = "json"
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    auth: Token | Named | None = None
    paginate: Pages | Cursor | None = None
    timeout: Timeouts = Timeouts()
    max_body: Size = _SMALL
    sample: Share | None = None
    from_: Annotated[str | None, Alias("from")] = None
    letters: Annotated[str, Between(1, 1)] = ","
    codes: tuple[int, ...] = ()
    anything: Any = None
    changed_since: str | None = None

    def __post_init__(self) -> None:
        if self.format == "csv" and self.method == "POST":
            raise ValueError("csv is only answered to GET")


class ShopCaller:
    """What a shop is asked through."""

    Options: ClassVar[type[Any]] = ShopOptions


class Shop:
    """A source with every kind of option."""

    Options: ClassVar[type[Any]] = ShopOptions
    Caller: ClassVar[type[Any]] = ShopCaller
    traits = SourceTraits(change_filter=ChangeFilter.TIME)

    @classmethod
    def check_options(cls, options: ShopOptions) -> Sequence[tuple[str, str]]:
        """A rule between keys."""
        if options.paginate and options.timeout.total < options.timeout.connect:
            return [("timeout.total", "'total' is shorter than 'connect'")]
        return []


@dataclass(frozen=True, slots=True)
class LinesOptions:
    """What a file is told."""

    path: str


class Lines:
    """A source without a change filter."""

    Options: ClassVar[type[Any]] = LinesOptions
    traits = SourceTraits()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOptions:
    """What a door is told."""

    max_body: Size = _SMALL


class Post:
    """A source to which records are delivered."""

    Options: ClassVar[type[Any]] = PostOptions
    traits = SourceTraits(delivered=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """What a table is told."""

    url: str
    table: str
    mode: Literal["upsert", "insert"] = "upsert"
    modified: str | None = None


class Table:
    """A target that can be looked up in bulk."""

    Options: ClassVar[type[Any]] = TableOptions
    traits = TargetTraits(lookup=Lookup.BULK)


class Folder:
    """A target that cannot be asked anything."""

    Options: ClassVar[type[Any]] = LinesOptions
    traits = TargetTraits()


@dataclass
class Lazily(Mapping[str, type[Any]]):
    """Adapters by name, remembering which were loaded."""

    known: Mapping[str, Callable[[], type[Any]]]
    loaded: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> type[Any]:
        self.loaded.append(name)
        return self.known[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def __contains__(self, name: object) -> bool:
        return name in self.known


def broken() -> type[Any]:
    raise Refused("the source adapter 'broken' of acme cannot be loaded; reinstall acme")


def a_catalogue() -> dict[str, Lazily]:
    return {
        "source": Lazily(
            {
                "shop": lambda: Shop,
                "lines": lambda: Lines,
                "post": lambda: Post,
                "broken": broken,
            }
        ),
        "target": Lazily({"sql": lambda: Table, "folder": lambda: Folder}),
    }

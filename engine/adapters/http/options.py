"""What a definition may say of an HTTP source or target."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from engine.domain.units import Between, Doc, Duration, Rate, Size
from engine.domain.values import dataclass

Scalar = str | int | float | bool

_CONNECT = Duration(5.0)
_READ = Duration(30.0)
_TOTAL = Duration(120.0)
_PAUSE = Duration(30.0)
_PATIENCE = Duration(120.0)
_PAGE_CAP = Size(64 << 20)
_ANSWER_CAP = Size(16 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerAuth:
    """A token, sent as `Authorization: Bearer …`."""

    bearer: Annotated[str, Doc("the token; a secret, so by reference")] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A name and a password."""

    user: str
    password: Annotated[str, Doc("a secret, so by reference")] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """A name and a password, sent as `Authorization: Basic …`."""

    basic: Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderCredential:
    """A header that proves who asks."""

    name: str
    value: Annotated[str, Doc("a secret, so by reference")] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderAuth:
    """A credential in a header of its own."""

    header: HeaderCredential


Auth = BearerAuth | BasicAuth | HeaderAuth


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one try of a request may take."""

    connect: Annotated[Duration, Doc("until a connection stands")] = _CONNECT
    read: Annotated[Duration, Doc("without a byte from the server")] = _READ
    total: Annotated[Duration, Doc("from first to last byte")] = _TOTAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How a system that is out of order is spared: one request now and then, the others wait."""

    failures: Annotated[
        int, Between(1, 1000), Doc("tries in a row without an answer that begin an outage")
    ] = 5
    pause: Annotated[Duration, Doc("how often one request looks whether it is over")] = (
        _PAUSE
    )
    patience: Annotated[
        Duration, Doc("how long requests wait for its end; after that they fail at once")
    ] = _PATIENCE


PerSecond = Annotated[
    Rate | None, Doc("requests at most, all workers of a run together, such as 10/s")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupOptions:
    """How to ask the system for records by key: one by one, or `size` of them at once."""

    url: Annotated[
        str, Doc("the address, with {field} for the key; with size: keys joined by commas")
    ]
    size: Annotated[
        int | None, Between(2, 10_000), Doc("keys a request; absent: one by one")
    ] = None
    records: Annotated[
        str | None,
        Doc("with size: where the answer has its list; absent: the answer itself"),
    ] = None
    id: Annotated[
        str | None, Doc("with size: the field of a listed record that is its key")
    ] = None


_PageSize = Annotated[int, Between(1, 1_000_000), Doc("records asked for at a time")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPages:
    """The answer is everything."""

    style: Literal["none"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPages:
    """Pages by number."""

    style: Literal["page"]
    param: Annotated[str, Doc("the parameter that takes the page's number")] = "page"
    size_param: Annotated[str, Doc("the parameter that takes the size")] = "per_page"
    size: _PageSize = 1000
    first: Annotated[int, Between(0, 1), Doc("the number of the first page")] = 1
    total: Annotated[str | None, Doc("where the answer says how many records")] = None
    pages: Annotated[str | None, Doc("where the answer says how many pages")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetPages:
    """Pages by how many records come before them."""

    style: Literal["offset"]
    param: Annotated[str, Doc("the parameter that takes the offset")] = "offset"
    size_param: Annotated[str, Doc("the parameter that takes the size")] = "limit"
    size: _PageSize = 1000
    total: Annotated[str | None, Doc("where the answer says how many records")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorPages:
    """A chain of pages, each naming the next by a cursor."""

    style: Literal["cursor"]
    next: Annotated[str, Doc("where the answer names the next page's cursor")]
    param: Annotated[str, Doc("the parameter that takes the cursor")] = "cursor"
    size_param: Annotated[str | None, Doc("the parameter that takes the size")] = None
    size: _PageSize = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPages:
    """A chain of pages, each naming the next in its Link header."""

    style: Literal["link_header"]
    size_param: Annotated[str | None, Doc("the parameter that takes the size")] = None
    size: _PageSize = 1000


Paginate = NoPages | NumberedPages | OffsetPages | CursorPages | LinkedPages


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSourceOptions:
    """A source that answers with lists of records as JSON."""

    url: Annotated[str, Doc("where the records are asked for")]
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, Scalar] = field(default_factory=dict, repr=False)
    body: Annotated[
        Mapping[str, Any] | None, Doc("what a POST asks with, sent as JSON")
    ] = field(default=None, repr=False)
    auth: Auth | None = None
    timeout: Timeouts = Timeouts()
    rate: PerSecond = None
    breaker: Breaker = Breaker()
    records: Annotated[str | None, Doc("where the list is, as a dotted path")] = None
    changed_since: Annotated[
        str | None, Doc("the parameter that takes Last Successful Sync")
    ] = None
    changed_until: Annotated[
        str | None, Doc("the parameter that takes the end of the window")
    ] = None
    changed_format: Literal["iso", "epoch", "epoch_ms"] = "iso"
    lookup: LookupOptions | None = None
    paginate: Paginate = NoPages()
    max_pages: Annotated[int, Between(1, 100_000_000), Doc("pages a run may read")] = (
        100_000
    )
    max_body: Annotated[Size, Doc("the largest answer read, unpacked")] = _PAGE_CAP


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedBody:
    """The record under a name of its own: `{"name": {…}}`."""

    wrap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOptions:
    """Many records a request, with an answer about each; matched by `id`, else by position."""

    url: Annotated[str, Doc("where many records are sent at once")]
    size: Annotated[int, Between(1, 100_000), Doc("records a request, at most")] = 100
    wrap: Annotated[str, Doc("the list's name in what is sent; empty: the list itself")] = (
        "items"
    )
    results: Annotated[
        str | None, Doc("where the answer has its list; absent: the answer itself")
    ] = None
    id: Annotated[str | None, Doc("the field of a result that names its record")] = None
    status: Annotated[str | None, Doc("the field of a result that is its status")] = None
    error: Annotated[str | None, Doc("the field of a result that is its error")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTargetOptions:
    """A target that takes records as JSON, one a request or in bulk."""

    url: Annotated[str, Doc("the address of a record, with {field} for its values")]
    method: Literal["PUT", "POST", "PATCH"] = "PUT"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: Auth | None = None
    timeout: Timeouts = Timeouts()
    rate: PerSecond = None
    breaker: Breaker = Breaker()
    body: Literal["record"] | WrappedBody = "record"
    bulk: BulkOptions | None = None
    lookup: LookupOptions | None = None
    idempotent: Annotated[
        bool | None, Doc("the same write twice is harmless; true for PUT when left out")
    ] = None
    max_body: Annotated[Size, Doc("the largest answer read, unpacked")] = _ANSWER_CAP

"""What a definition may say of a push source."""

from typing import Annotated

from engine.domain.units import Between, Doc, Rate, Size
from engine.domain.values import dataclass

_BODY = Size(10 << 20)
_RATE = Rate(100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSourceOptions:
    """The keys of `source: {adapter: push, …}`."""

    max_body: Annotated[
        Size, Between(1, 1 << 30), Doc("the largest delivery that is taken, in bytes")
    ] = _BODY
    rate: Annotated[
        Rate, Doc("deliveries taken on average; a second's worth may come at once")
    ] = _RATE

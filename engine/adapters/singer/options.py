"""What a definition says of a Singer tap."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any

from engine.domain.units import Doc
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SingerSourceOptions:
    """The keys of `source: {adapter: singer, …}`."""

    command: Annotated[
        str,
        Doc("the tap: an executable on PATH or a path, with its own flags, if it has any"),
    ]
    stream: Annotated[str, Doc("the one stream of the tap that this Link moves")]
    config: Annotated[
        Mapping[str, Any] | str,
        Doc("what the tap is configured with: its keys, or the path of its JSON file"),
    ] = field(default_factory=dict, repr=False)
    catalog: Annotated[
        str | None,
        Doc(
            "the path of a catalog; absent: the tap is asked for it, and the stream selected"
        ),
    ] = None
    patience: Annotated[
        int, Doc("seconds that a tap may take to say what streams it has")
    ] = 120

"""`override`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.shared import DEFAULT, Shared
from console.cli.suggest import LINK
from console.pages import overrides as pages
from engine.domain.documents import overrides_document
from engine.domain.errors import Misused
from engine.domain.override import RepeatsAsked, Said, name_of
from engine.domain.values import dataclass

SET = Parameter(
    name="--set", negative="", help="a key and its value, such as snapshots=all; repeatable"
)
CLEAR = Parameter(
    negative="", help="take back all, or what --node or --set names (--set snapshots)"
)


@Parameter(name="*", group="How often a node tries again")
@dataclass(frozen=True, kw_only=True, slots=True)
class Repeating:
    """The flags about repeats."""

    node: Annotated[
        str | None, Parameter(help="source, target or a stage (default: all of them)")
    ] = None
    enabled: Annotated[
        Literal["true", "false"] | None,
        Parameter(help="whether this is heeded, or the file"),
    ] = None
    interval: Annotated[float | None, Parameter(help="seconds between tries")] = None
    hops: Annotated[int | None, Parameter(help="tries after the first")] = None

    def asked(self) -> RepeatsAsked:
        """What is asked for; the same as `RepeatsAsked()` where nothing is."""
        enabled = None if self.enabled is None else self.enabled == "true"
        return RepeatsAsked(enabled, self.interval, self.hops)


NO_REPEATS = Repeating()


def override(
    link: Annotated[str, LINK],
    /,
    *,
    repeating: Repeating = NO_REPEATS,
    setting: Annotated[tuple[str, ...], SET] = (),
    clear: Annotated[bool, CLEAR] = False,
    reason: Annotated[str | None, Parameter(help="why; kept in the audit")] = None,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Say over a Link's file how often it tries again, and other keys; alone, list what is said.

    Every run after it heeds that, until it is taken back with --clear.
    """
    said = _taken_back(repeating, setting) if clear else _said(repeating, setting)
    with shared.engine(makes=True) as engine:
        if not said and not clear:
            seen = engine.overrides(link)
        elif reason is None:
            raise Misused("a reason is needed: --reason 'why'")
        elif not said:
            seen = engine.clear_overrides(
                link, reason=given(reason), actor=actor_or_default(actor)
            )
        else:
            seen = engine.override(
                link, said, reason=given(reason), actor=actor_or_default(actor)
            )
    shared.answer(
        lambda: overrides_document(seen),
        lambda: tuple(pages.overrides_page(seen, linkdeck=shared.called())),
    )
    return 0


def _said(repeating: Repeating, settings: tuple[str, ...]) -> list[Said]:
    said: list[Said] = []
    if repeating.asked() != RepeatsAsked():
        said.append(Said(name_of(repeating.node), repeating.asked()))
    elif repeating.node is not None:
        raise Misused("--node needs --enabled, --interval and --hops, or --clear")
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise Misused(f"--set takes KEY=VALUE, such as snapshots=all, not '{setting}'")
        said.append(Said(name.strip(), value.strip()))
    return said


def _taken_back(repeating: Repeating, settings: tuple[str, ...]) -> list[Said]:
    if repeating.asked() != RepeatsAsked():
        raise Misused("--clear takes back; leave out --enabled, --interval and --hops")
    if any("=" in setting for setting in settings):
        raise Misused("--clear --set takes the key alone, such as --clear --set snapshots")
    node = repeating.node
    nodes = [] if node is None else [Said(name_of(node), None)]
    return [*nodes, *(Said(setting.strip(), None) for setting in settings)]

"""What the systems of a Link can do, by their Adapters; nothing is compiled, opened or asked."""

from engine.domain.adapter import (
    Sleep,
    Source,
    SourceContext,
    SourceTraits,
    Stopped,
    Target,
    TargetContext,
    TargetTraits,
)
from engine.domain.link import Definition


def source_context(
    definition: Definition, wanted: tuple[str, ...] | None, sleep: Sleep
) -> SourceContext:
    """What a source is told of its Link; `wanted` are the fields that the stages read."""
    link = definition.link
    return SourceContext(
        link=link.name,
        batch_size=link.batch_size,
        parallel=link.parallel,
        folder=definition.folder,
        system=link.source.system,
        wanted=wanted,
        retry=link.source.retry,
        responses=link.source.responses,
        sleep=sleep,
    )


def source_traits(definition: Definition, adapter: type[Source]) -> SourceTraits:
    """What a Link's source can do; nothing is compiled, opened or asked."""

    def never(seconds: float) -> None:
        raise Stopped(f"asked to wait {seconds} s where nothing runs")

    context = source_context(definition, None, never)
    return adapter(definition.link.source.options, context).traits


def target_traits(definition: Definition, adapter: type[Target]) -> TargetTraits:
    """What a Link's target can do; nothing is opened or asked."""
    link = definition.link
    context = TargetContext(
        link=link.name,
        key=link.key,
        folder=definition.folder,
        system=link.target.system,
    )
    return adapter(link.target.options, context).traits

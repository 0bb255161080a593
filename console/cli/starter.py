"""`new`, `schema` and `adapters`."""

from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter

from console.cli.edge import put
from console.cli.shared import DEFAULT, Shared
from console.pages.page import Block, Line, Span
from engine.domain.documents import adapters_document
from engine.domain.requests import AdapterSeen


def new(
    link: Annotated[str, Parameter(help="its name: small letters, digits and hyphens")],
    /,
    *,
    shared: Shared = DEFAULT,
) -> int:
    """Write a commented starter definition that validates and runs as it is."""
    with shared.engine() as engine:
        files = engine.new(link)
    shared.answer(
        lambda: {"files": [str(path) for path in files]},
        lambda: (
            *(Line(f"wrote {path}") for path in files),
            Line(f"{shared.called()} validate {files[0]}"),
            Line(f"{shared.called()} run {link}"),
        ),
    )
    return 0


def schema(*, shared: Shared = DEFAULT) -> int:
    """Print the JSON Schema of a definition, for editors that speak yaml-language-server."""
    from console.cli.json_text import dumps

    with shared.engine() as engine:
        put(dumps(engine.schema()) + "\n")
    return 0


def adapters(*, shared: Shared = DEFAULT) -> int:
    """List the Adapters that are installed, and what each can do."""
    with shared.engine() as engine:
        seen = engine.adapters()
    shared.answer(lambda: adapters_document(seen), lambda: tuple(_page(seen)))
    return 0


def _page(adapters: tuple[AdapterSeen, ...]) -> Iterator[Block]:
    for adapter in adapters:
        name = Span(f"{adapter.name} {adapter.role}", "strong")
        yield Line((name, f"  from {adapter.package}"))
        if adapter.problem:
            yield Line(Span(adapter.problem, "bad"), indent=2)
            continue
        yield Line(adapter.summary, indent=2)
        if adapter.path:
            yield Line(f"python: {adapter.path}", indent=2)
            continue
        yield Line(("keys: ", ", ".join(adapter.options) or "none"), indent=2)

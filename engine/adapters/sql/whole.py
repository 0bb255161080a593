"""A whole table read at once: what records are looked up in."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from engine.adapters.sql.options import SqlSourceOptions
from engine.adapters.sql.source import SqlSource
from engine.domain.adapter import Sleep, SourceContext
from engine.domain.delta import Window

_AT_A_TIME = 10_000


def whole_table(
    url: str, table: str, *, link: str, folder: str, sleep: Sleep
) -> Iterator[Mapping[str, Any]]:
    """Its rows as dicts of JSON values; raises the SyncErrors of an sql source."""
    context = SourceContext(
        link=link,
        batch_size=_AT_A_TIME,
        parallel=1,
        folder=folder,
        system=f"table {table}",
        sleep=sleep,
    )
    with closing(SqlSource(SqlSourceOptions(url=url, table=table), context)) as source:
        for scope in source.plan_fetch(Window()).scopes:
            yield from source.fetch(scope).rows

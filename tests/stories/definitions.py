"""Definitions as the stories write them: values, which JSON makes YAML of."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

both_stores = pytest.mark.parametrize("world", ["sqlite", "postgresql"], indirect=True)
"""The story is told with a store of each kind."""

AT_ONCE = {"max_attempts": 2, "delay_ms": 1, "jitter": "none"}
"""Two attempts without a wait worth the name."""

FILE = {"adapter": "file", "path": "orders.ndjson"}
SQLITE = {
    "adapter": "sql",
    "url": "sqlite:///warehouse.db",
    "table": "orders",
    "create": True,
}

COLUMNS = {
    "name": "to columns",
    "map": {
        "id": {"from": "id", "cast": "int"},
        "email": {"from": "email", "do": ["strip", "lower"]},
        "amount": {"from": "amount", "cast": "int"},
    },
}
EMAIL = {"name": "rules", "check": [{"field": "email", "rule": "required"}]}


def definition(
    *,
    source: Mapping[str, Any] = FILE,
    target: Mapping[str, Any] = SQLITE,
    stages: Any = (COLUMNS, EMAIL),
    **more: Any,
) -> str:
    """A Link called orders; whatever `more` says stands at its top level."""
    said = {
        "link": "orders",
        "key": "id",
        "batch_size": 10,
        "parallel": 2,
        "retry": AT_ONCE,
        "source": source,
        "stages": list(stages),
        "target": target,
        **more,
    }
    return json.dumps({name: value for name, value in said.items() if value is not None})


def pages(url: str, **more: Any) -> dict[str, Any]:
    """An HTTP source with pages of ten and a total, as `tests.servers.systems.Pages` gives them."""
    return {
        "adapter": "http",
        "url": f"{url}/orders",
        "records": "data",
        "paginate": {"style": "page", "size": 10, "total": "meta.total"},
        **more,
    }


def shelf(url: str, **more: Any) -> dict[str, Any]:
    """An HTTP target with one address a record."""
    return {"adapter": "http", "url": f"{url}/things/{{id}}", **more}


def custom(function: str, **more: Any) -> dict[str, Any]:
    """A python stage of the module `ours` beside the Link."""
    return {"name": "ours", "python": f"ours:{function}", **more}

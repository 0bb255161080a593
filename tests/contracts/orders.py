"""Records that every Adapter is tried with: all JSON types, nothing, and hostile text."""

from typing import Any

from engine.domain.adapter import SourceContext, TargetContext

HOSTILE = "Ångström \"quoted\", 'single'; 日本 \u202e\x1b]8;;\x07\t; DROP TABLE orders--"


def orders(count: int = 25) -> list[dict[str, Any]]:
    """Orders of any JSON type, some with fields null, blank or missing."""
    made = [order(number) for number in range(1, count + 1)]
    made[3]["email"] = None
    made[4]["email"] = ""
    del made[5]["email"]
    made[6]["email"] = HOSTILE
    made[7]["lines"] = []
    return made


def order(number: int) -> dict[str, Any]:
    """One order."""
    return {
        "id": number,
        "email": f"o{number}@example.com",
        "amount": number * 1.25,
        "paid": number % 2 == 0,
        "lines": [{"sku": f"S{number}", "count": 1}],
    }


def flat_orders(count: int = 25) -> list[dict[str, Any]]:
    """Orders of texts alone, with every field there: what a table of text can hold."""
    made = [
        {"id": str(n), "email": f"o{n}@example.com", "note": ""} for n in range(1, count)
    ]
    made[2]["note"] = HOSTILE
    made[3]["note"] = "on\n\ntwo lines\r\nor three"
    return made


def source_context(folder: str, batch_size: int = 7) -> SourceContext:
    """What a source is told."""
    return SourceContext(
        link="orders", batch_size=batch_size, parallel=2, folder=folder, system="shop"
    )


def target_context(folder: str, **more: Any) -> TargetContext:
    """What a target is told."""
    return TargetContext(
        link="orders", key=("id",), folder=folder, system="warehouse", secret=b"s", **more
    )

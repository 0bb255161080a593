"""The same job as a user of dlt would write it: generator, rules by hand, merge into SQLite."""

import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
COUNTRIES = {"DE", "AT", "CH", "FR", "NL"}
STATUSES = {"open", "paid", "shipped", "returned"}


def mapped(order: dict[str, Any]) -> dict[str, Any]:
    """The ten fields of the job."""
    return {
        "order_id": order["id"].strip(),
        "customer_id": order["customer"].strip(),
        "email": order["email"].strip().lower(),
        "country": (order["country"] or "DE").upper(),
        "amount_cents": int(Decimal(str(order["amount"]).strip()) * 100),
        "quantity": int(order["quantity"]),
        "status": order["status"] or "open",
        "created_at": int(datetime.fromisoformat(order["created"]).timestamp()),
        "sku": order["sku"],
        "note": order["note"].strip(),
    }


def passes(order: dict[str, Any]) -> bool:
    """The nine checks of the job."""
    return bool(
        order["order_id"]
        and order["customer_id"]
        and order["email"]
        and EMAIL.fullmatch(order["email"])
        and order["country"] in COUNTRIES
        and 0 <= order["amount_cents"] <= 100_000_000
        and 1 <= order["quantity"] <= 10_000
        and order["status"] in STATUSES
        and len(order["note"]) <= 50
    )


def main(source: str, database: str) -> None:
    """Load `source` into `database`; failing records go to a table of their own."""
    # A SQLite file has one writer: with several, dlt gives up at millions of records ("locked").
    os.environ["LOAD__WORKERS"] = "1"

    @dlt.resource(name="orders", primary_key="order_id", write_disposition="merge")
    def orders() -> Iterator[list[Any]]:
        with Path(source).open(encoding="utf-8") as file:
            good, bad = [], []
            for line in file:
                after = mapped(json.loads(line))
                if passes(after):
                    good.append(after)
                else:
                    story = {"before": line, "after": json.dumps(after)}
                    bad.append({"order_id": after["order_id"], **story})
                if len(good) == 1000:
                    yield good
                    good = []
            yield good
            yield dlt.mark.with_table_name(bad, "failures")

    pipeline = dlt.pipeline(
        pipeline_name="orders_peer",
        pipelines_dir=str(Path(database).parent / "dlt"),
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{database}"),
        dataset_name="main",
    )
    pipeline.run(orders())


if __name__ == "__main__":
    main(*sys.argv[1:])

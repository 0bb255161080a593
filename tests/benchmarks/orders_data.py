"""Seeded orders as NDJSON: ten fields, about 240 bytes a record, exactly 7 bad of every 300."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

BLOCK = 300
BAD_IN_BLOCK = 7
COUNTRIES = ("DE", "AT", "CH", "FR", "NL")
STATUSES = ("open", "paid", "shipped", "returned")


def bad_records(records: int) -> int:
    """How many of the first `records` fail the rules; exact for whole blocks."""
    return records * BAD_IN_BLOCK // BLOCK


def write(path: Path, records: int, *, seed: int = 7) -> Path:
    """The file with that many orders; one that is already there is taken as it is."""
    if not path.exists():
        aside = path.with_suffix(".part")
        with aside.open("w", encoding="utf-8") as file:
            file.writelines(lines(records, random.Random(seed)))
        aside.rename(path)
    return path


def lines(records: int, dice: random.Random) -> Iterator[str]:
    """The orders as JSON, a line each."""
    for start in range(0, records, BLOCK):
        bad = set(dice.sample(range(BLOCK), BAD_IN_BLOCK))
        for place in range(min(BLOCK, records - start)):
            order = _order(start + place, dice)
            if place in bad:
                _spoil(order, dice)
            yield json.dumps(order, separators=(",", ":")) + "\n"


def _order(number: int, dice: random.Random) -> dict[str, object]:
    amount = round(dice.uniform(1, 900), 2)
    zone = dice.choice(("Z", "+02:00"))
    hour, minute = dice.randrange(24), dice.randrange(60)
    return {
        "id": f"ORD-{number:08d}",
        "customer": f"CUST-{dice.randrange(200_000):06d}",
        "email": f" {dice.choice(('Ana', 'Bo', 'Chris'))}.{number}@Example.com",
        "country": dice.choice(COUNTRIES).lower(),
        "amount": f" {amount:.2f}" if dice.random() < 0.3 else amount,
        "quantity": dice.randrange(1, 40),
        "status": None if dice.random() < 0.016 else dice.choice(STATUSES),
        "created": f"2026-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
        f"T{hour:02d}:{minute:02d}:00{zone}",
        "sku": f"SKU-{dice.randrange(5_000):05d}",
        "note": "leave at the door " * dice.randrange(1, 3),
    }


def _spoil(order: dict[str, object], dice: random.Random) -> None:
    """40 % a malformed e-mail, 30 % a blank one, 30 % a note that is too long."""
    kind = dice.random()
    if kind < 0.4:
        order["email"] = "ana at example"
    elif kind < 0.7:
        order["email"] = "  "
    else:
        order["note"] = "x" * 60

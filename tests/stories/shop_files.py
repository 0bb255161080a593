"""A home with one Link over one file: six orders; two fail, one is ignored, one is warned of."""

import json
from pathlib import Path

ORDERS = """\
link: orders
label: Shop orders to the warehouse
owner: data-operations
severity: critical
downstream: [finance-dashboard]
key: order_id
batch_size: 2
source:
  adapter: file
  system: shop
  path: ../orders.ndjson
stages:
  - name: open orders only
    ignore: status == "archived"
    reason: archived orders live in the archive
  - name: to warehouse columns
    map:
      order_id: {from: id, cast: int}
      email: {from: customer.email, do: [strip, lower]}
      note: note
      amount_cents: {from: amount, cast: cents}
  - name: warehouse rules
    check:
      - {field: email, rule: required}
      - {field: amount_cents, rule: range, max: 100000, severity: warning}
target:
  adapter: sql
  system: warehouse
  url: sqlite:///../warehouse.db
  table: orders
  create: true
"""

HOSTILE = "\x1b]52;c;x\x07[/bold][@click=app.quit]\u202e\x9b31m"


def order(number: int, email: str | None, **more: object) -> str:
    """One order as the shop writes it."""
    fields = {"id": number, "status": "open", "customer": {"email": email}, "amount": 9.5}
    return json.dumps({**fields, **more}) + "\n"


ROWS = (
    order(1, "ana@shop.example"),
    order(2, "BEN@shop.example "),
    order(3, " ", note=HOSTILE),
    order(4, "dan@shop.example", status="archived"),
    order(5, "eve@shop.example", amount=5000),
    '{"id": 6, "stat\n',
)


def a_home(folder: Path, *, rows: tuple[str, ...] = ROWS, definition: str = ORDERS) -> Path:
    """The home, its Link and its file; nothing has run yet."""
    home = folder / "home"
    links = home / "links"
    links.mkdir(parents=True)
    home.chmod(0o700)
    links.chmod(0o700)
    (links / "orders.yaml").write_text(definition, encoding="utf-8")
    (home / "orders.ndjson").write_text("".join(rows), encoding="utf-8")
    return home

"""The demo's three Links, as the YAML files an operator reads and edits."""

from collections.abc import Mapping
from datetime import datetime

from engine.demo.planted import ARCHIVED, EXCHANGES, TEST_ACCOUNTS
from engine.demo.world import BETWEEN, MORNING, World

_ORDERS = """\
# Shop orders to the warehouse: pages with a total, changes since the last success.
link: orders
label: Shop orders to the warehouse
owner: data-operations
owners: {source: shop-team, business: order-desk}
severity: critical
downstream: [finance-dashboard, fulfilment]
key: order_id
batch_size: PAGE_SIZE
source:
  adapter: http
  system: shop
  url: ${SHOP_URL}/orders
  auth: {bearer: "${secret:SHOP_TOKEN}"}
  timeout: {connect: 2s, read: 1s, total: 10s}
  records: data
  paginate: {style: page, size: PAGE_SIZE, total: total}
  changed_since: updated_after
stages:
  - name: archive
    ignore: status == "archived"
    reason: ARCHIVED
  - name: to warehouse columns
    map:
      order_id: {from: id, cast: int}
      status: status
      customer_id: {from: customer.id, cast: int}
      customer: {from: customer.name, do: [strip, collapse]}
      email: {from: customer.email, do: [strip, lower]}
      country: {from: country, do: [upper]}
      amount_cents: {from: amount, cast: cents}
      currency: {from: currency, do: [upper]}
      items: {from: items, cast: int}
      created_at: {from: created, cast: datetime}
  - name: complete
    check:
      - {field: email, rule: required}
  - name: warehouse rules
    check:
      - {field: email, rule: email}
      - {field: country, rule: one_of, values: [DE, AT, CH]}
      - when: amount_cents < 0
        code: negative_amount
        message: the amount is negative
        class: business_rule
      - when: amount_cents >= 500000
        code: large_amount
        message: the amount is unusually large
        severity: warning
target:
  adapter: sql
  system: warehouse
  url: sqlite:///../warehouse.db
  table: orders
  create: true
retry: {max_attempts: 3, delay_ms: 100, backoff_multiplier: 2, max_delay_ms: 400}
"""

_CUSTOMERS = """\
# Shop customers to the warehouse: pages without a total, read until one comes short.
link: customers
label: Shop customers to the warehouse
owner: data-operations
severity: high
downstream: [newsletter]
key: customer_id
batch_size: PAGE_SIZE
source:
  adapter: http
  system: shop
  url: ${SHOP_URL}/customers
  auth: {bearer: "${secret:SHOP_TOKEN}"}
  timeout: {connect: 2s, read: 1s, total: 10s}
  records: data
  paginate: {style: page, size: PAGE_SIZE}
  changed_since: updated_after
stages:
  - name: people only
    ignore: endswith(email, "@test.invalid")
    reason: TEST_ACCOUNTS
  - name: to warehouse columns
    map:
      customer_id: {from: id, cast: int}
      name: {from: name, do: [strip, collapse]}
      email: {from: email, do: [strip, lower]}
      phone: phone
      tier: {from: tier, do: [upper]}
      updated_at: {from: updated, cast: datetime}
  - name: reachable
    check:
      - {field: email, rule: required}
      - {when: phone == null, code: no_phone, message: no telephone number, severity: warning}
target:
  adapter: sql
  system: warehouse
  url: sqlite:///../warehouse.db
  table: customers
  create: true
retry: {max_attempts: 3, delay_ms: 100, backoff_multiplier: 2, max_delay_ms: 400}
"""

_RETURNS = """\
# Files of returns to the warehouse: some lines are cut short, some name unknown products.
link: returns
label: Returned goods to the warehouse
owner: data-operations
severity: normal
key: return_id
batch_size: PAGE_SIZE
source:
  adapter: file
  system: returns desk
  path: ../returns/*.ndjson
stages:
  - name: goods only
    ignore: kind == "exchange"
    reason: EXCHANGES
  - name: to warehouse columns
    map:
      return_id: {from: return_id, cast: int}
      order_id: {from: order, cast: int}
      product: {from: product, do: [strip, upper]}
      quantity: {from: quantity, cast: int}
      kind: kind
      received_at: {from: received, cast: datetime}
  - name: known goods
    check:
      - {field: product, rule: reference, file: ../products.csv, column: product}
      - {field: quantity, rule: range, min: 1, max: 100}
target:
  adapter: sql
  system: warehouse
  url: sqlite:///../warehouse.db
  table: returns
  create: true
"""


_STOCK = """\
# What lies on the shop's shelves, all of it every time: the shop counts slowly.
link: stock
label: Stock of the shop to the warehouse
owner: data-operations
owners: {source: shop-team}
severity: high
downstream: [fulfilment]
key: article
batch_size: PAGE_SIZE
parallel: 2
source:
  adapter: http
  system: shop
  url: ${SHOP_URL}/stock
  auth: {bearer: "${secret:SHOP_TOKEN}"}
  timeout: {connect: 2s, read: 10s, total: 30s}
  records: data
  paginate: {style: page, size: PAGE_SIZE, total: total}
stages:
  - name: to warehouse columns
    map:
      article: {from: article, cast: int}
      product: {from: product, do: [upper]}
      shelf: shelf
      pieces: {from: pieces, cast: int}
  - name: counted
    check:
      - {field: pieces, rule: required}
      - {field: pieces, rule: range, min: 0}
target:
  adapter: sql
  system: warehouse
  url: sqlite:///../warehouse.db
  table: stock
  create: true
retry: {max_attempts: 3, delay_ms: 100, backoff_multiplier: 2, max_delay_ms: 400}
"""


DAILY = ("orders", "customers", "returns")
"""What runs every day of the weeks, one after the other."""


def definitions(world: World) -> Mapping[str, str]:
    """The text of each Link by its name."""
    words = {
        "PAGE_SIZE": str(world.page_size),
        "ARCHIVED": ARCHIVED,
        "TEST_ACCOUNTS": TEST_ACCOUNTS,
        "EXCHANGES": EXCHANGES,
    }
    texts = {"orders": _ORDERS, "customers": _CUSTOMERS, "returns": _RETURNS}
    if world.articles:
        texts["stock"] = _STOCK
    if world.until is not None:
        for number, name in enumerate(DAILY):
            texts[name] += _daily(world.until - MORNING + number * BETWEEN)
    return {name: _filled(text, words) for name, text in texts.items()}


def _daily(at: datetime) -> str:
    return f'schedule: {{cron: "{at.minute} {at.hour} * * *", timezone: UTC}}\n'


BLOCKING = (
    "{field: email, rule: required}",
    "{field: email, rule: email}",
    "{field: country, rule: one_of, values: [DE, AT, CH]}",
    "class: business_rule",
)
"""The checks of orders that keep a record from being written."""


def mended(text: str) -> str:
    """The Link of orders once its rules warn instead of blocking."""
    for rule in BLOCKING:
        milder = (
            f"{rule[:-1]}, severity: warning}}"
            if rule.endswith("}")
            else f"{rule}\n        severity: warning"
        )
        text = text.replace(rule, milder)
    return text


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text

"""A first definition: commented, with sample data beside it, and it runs as it stands."""

from engine.definition import texts
from engine.definition.wording import visible
from engine.domain.errors import Refused

_STARTER = """\
# One Link: a source, stages, a target. `linkdeck validate` says what is wrong with this file,
# `linkdeck run NAME` runs it, `linkdeck schema` gives editors what they need to help.
link: NAME
label: My first Link
# owner: who-fixes-it
# severity: normal              # low | normal | high | critical

key: order_id                   # the field that names a record, once mapped
batch_size: 1000                # records a Batch

source:
  adapter: file                 # `linkdeck adapters` lists them all
  path: NAME.ndjson             # beside this file; patterns such as in/*.ndjson too

stages:
  - name: open orders only
    ignore: status == "archived"
    reason: archived orders live in the archive

  - name: to columns
    map:                        # new field: where it comes from; the rest is dropped
      order_id: {from: id, cast: int}
      email: {from: customer.email, do: [strip, lower]}
      country: {from: country, do: [upper], default: DE}
      amount_cents: {from: amount, cast: cents}
      created_at: {from: created, cast: datetime}

  - name: rules
    check:                      # a record that does not pass fails alone, and is kept
      - {field: order_id, rule: required}
      - {field: email, rule: required}
      - {field: email, rule: email}
      - {field: country, rule: one_of, values: [DE, AT, CH]}
      - {when: amount_cents < 0, code: negative_amount, message: the amount is negative}

target:
  adapter: sql
  url: sqlite:///NAME.db        # beside this file; secrets are written ${secret:PASSWORD}
  table: orders
  create: true                  # make the table from the mapped fields

# What else there is (the values are the defaults):
# retry: {max_attempts: 4, delay_ms: 1000, backoff_multiplier: 2, max_delay_ms: 10000}
# on_error: record              # record | log | skip | fail
# snapshots: errors             # none | errors | errors_and_warnings | all
# budget: {failed_records: 10%} # none by default
# schedule: {cron: "0 * * * *", timezone: Europe/Berlin}
"""

_SAMPLE = """\
{"id": 1, "status": "open", "customer": {"email": " Ana@Example.com "}, "country": "de", \
"amount": "19.90", "created": "2024-03-01T08:00:00Z"}
{"id": 2, "status": "open", "customer": {"email": "ben@example.com"}, "country": "AT", \
"amount": 120, "created": "2024-03-01T09:30:00+01:00"}
{"id": 3, "status": "archived", "customer": {"email": "old@example.com"}, "country": "DE", \
"amount": 5, "created": "2019-01-01T00:00:00Z"}
{"id": 4, "status": "open", "customer": {"email": ""}, "country": "CH", \
"amount": 42.5, "created": "2024-03-02T10:00:00Z"}
"""


def starter(name: str) -> str:
    """The text of a first definition; Refused where no Link can have that name."""
    flaw = texts.link_name(name)
    if flaw:
        hint = f", {flaw.hint}" if flaw.hint else ""
        raise Refused(f"'{visible(name)}' names no Link: a name {flaw.sentence}{hint}")
    return _STARTER.replace("NAME", name)


def starter_files(name: str) -> dict[str, str]:
    """The starter and its sample data, by file name."""
    return {f"{name}.yaml": starter(name), f"{name}.ndjson": _SAMPLE}

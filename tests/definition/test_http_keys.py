"""Keys of the HTTP adapters as `validate` reads them, and those that depend on each other."""

from pathlib import Path

from engine.adapters.http.options import Breaker, HttpSourceOptions
from engine.adapters.http.source import HttpSource
from engine.adapters.http.target import HttpTarget
from engine.definition import loader
from engine.definition.adapters import Catalogue
from tests.definition.writing import sentences, written

CATALOGUE: Catalogue = {"source": {"http": HttpSource}, "target": {"http": HttpTarget}}
LINK = """\
link: orders
key: id
source:
  adapter: http
  url: https://shop.example/orders
  {source}
stages:
  - map: {{id: id}}
target:
  adapter: http
  url: https://crm.example/{{id}}
  {target}
"""


def written_with(folder: Path, source: str, target: str) -> Path:
    return written(folder, LINK.format(source=source, target=target))


def complaints(folder: Path, source: str, target: str = "rate: 5/s") -> list[str]:
    path = written_with(folder, source, target)
    return sentences(loader.validate(path, catalogue=CATALOGUE, environ={}), folder)


def test_rates_are_read_a_second_and_outages_in_seconds(tmp_path: Path) -> None:
    said = "rate: 90/m\n  breaker: {failures: 3, pause: 500ms, patience: 1m}"
    link = loader.load(
        written_with(tmp_path, said, "rate: 7200/h"), catalogue=CATALOGUE, environ={}
    ).link

    assert isinstance(link.source.options, HttpSourceOptions)
    assert (link.source.options.rate, link.target.options.rate) == (1.5, 2.0)
    assert link.source.options.breaker == Breaker(
        failures=3,
        pause=0.5,  # type: ignore[arg-type]
        patience=60.0,  # type: ignore[arg-type]
    )


def test_rates_that_are_none_are_refused(tmp_path: Path) -> None:
    for wrong in ("10", "10/d", "-1/s", "0/s", "fast"):
        (said,) = complaints(tmp_path, f"rate: {wrong}")

        assert said.startswith("orders.yaml:6:9: 'rate' takes ")
        assert "a rate such as 10/s, 600/m or 5000/h" in said


def test_keys_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    body = complaints(tmp_path, "body: {status: open}")
    until = complaints(tmp_path, "changed_until: before")
    times = complaints(tmp_path, "timeout: {connect: 9s, total: 3s}")
    lookup = complaints(
        tmp_path, "method: GET", "lookup: {url: 'https://crm.example/{id}', records: data}"
    )

    assert body == ["orders.yaml:6:9: a GET has no 'body'; say method: POST"]
    assert until == ["orders.yaml:6:18: 'changed_until' is nothing without changed_since"]
    assert times == ["orders.yaml:6:33: 'total' is shorter than 'connect'"]
    assert lookup == [
        "orders.yaml:12:54: 'records' is for lookups of many keys; say size: 100"
    ]


def test_a_body_holds_whatever_json_holds(tmp_path: Path) -> None:
    said = (
        "method: POST\n  body: {status: [open, held], deep: {yes: true, n: 3, none: null}}"
    )
    path = written_with(tmp_path, said, "rate: 5/s")

    link = loader.load(path, catalogue=CATALOGUE, environ={}).link

    assert link.source.options.body == {
        "status": ["open", "held"],
        "deep": {"yes": True, "n": 3, "none": None},
    }

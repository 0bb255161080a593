"""Definitions written to a folder and read back: what every test here begins with."""

from collections.abc import Mapping
from pathlib import Path

from engine.definition import loader
from engine.domain.link import Definition
from engine.domain.requests import FileReport
from tests.definition.adapters import a_catalogue

GOOD = """\
link: orders
key: order_id
source: {adapter: lines, path: orders.ndjson}
stages:
  - map: {order_id: id, email: customer.email}
target: {adapter: sql, url: "sqlite:///w.db", table: orders}
"""

ENVIRON = {"DIR": "in", "TOKEN": "t0ken-value", "SIZE": "500", "BLANK": ""}


def written(folder: Path, text: str | bytes, name: str = "orders.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def report_of(path: Path, environ: Mapping[str, str] = ENVIRON) -> FileReport:
    return loader.validate(path, catalogue=a_catalogue(), environ=environ)


def loaded(path: Path, environ: Mapping[str, str] = ENVIRON) -> Definition:
    return loader.load(path, catalogue=a_catalogue(), environ=environ)


def defined(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> Definition:
    return loaded(written(folder, text), environ)


def sentences(report: FileReport, folder: Path) -> list[str]:
    """The complaints as printed, without the folder."""
    return [each.sentence().replace(f"{folder}/", "") for each in report.complaints]

"""The contracts over files of every format."""

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.file.options import FileSourceOptions, FileTargetOptions
from engine.adapters.file.source import FileSource
from engine.adapters.file.target import FileTarget
from engine.domain.adapter import Column
from engine.testing import SourceCase, SourceContract, TargetCase, TargetContract
from tests.contracts.orders import (
    flat_orders,
    order,
    orders,
    source_context,
    target_context,
)

BROKEN_LINE = '{"id": NaN}'


def ndjson(records: Sequence[Mapping[str, Any]]) -> str:
    lines = [json.dumps(record) for record in records]
    return "\n".join([*lines[:9], "", BROKEN_LINE, *lines[9:]])


def table(records: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]))
    writer.writeheader()
    writer.writerows(records[:9])
    text.write("\r\nragged\r\n")
    writer.writerows(records[9:])
    return text.getvalue()


def document(records: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps([*records[:9], 7, *records[9:]], indent=1)


FORMATS = {"ndjson": ndjson, "csv": table, "json": document}


@pytest.fixture(
    params=["orders.ndjson", "orders.csv", "orders.json", "orders.ndjson.gz", "utf-16.csv"]
)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of that name with a record that cannot be read among its records."""
    path = tmp_path / str(request.param)
    form = path.name.split(".")[1]
    encoding = "utf-16" if path.stem == "utf-16" else "utf-8"
    data = FORMATS[form](records_of(path)).encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def records_of(path: Path) -> list[dict[str, Any]]:
    return flat_orders() if "csv" in path.name else orders()


class TestFileSource(SourceContract):
    """Every format, with a record among them that cannot be read."""

    @pytest.fixture
    def case(self, file: Path) -> SourceCase:
        encoding = "utf-16" if file.stem == "utf-16" else "utf-8"
        return SourceCase(
            make=lambda context: FileSource(
                FileSourceOptions(path=file.name, encoding=encoding), context
            ),
            context=source_context(str(file.parent)),
            records=records_of(file),
            unreadable=1,
            unplannable=lambda context: FileSource(
                FileSourceOptions(path="nothing.ndjson"), context
            ),
        )


class TestFileTarget(TargetContract):
    """Part files that can be read back as they were."""

    @pytest.fixture(params=["tuples", "dicts"])
    def shape(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture(params=["ndjson", "json"])
    def case(
        self, request: pytest.FixtureRequest, shape: str, tmp_path: Path
    ) -> TargetCase:
        form = str(request.param)
        columns = tuple(Column(name) for name in order(1)) if shape == "tuples" else None

        def held() -> list[dict[str, Any]]:
            parts = sorted((tmp_path / "out").glob("part-*"))
            return [row for part in parts for row in rows_in(part)]

        return TargetCase(
            make=lambda context: FileTarget(
                FileTargetOptions(path="out", format=form), context
            ),
            context=target_context(str(tmp_path), columns=columns, event=3),
            held=held,
            rows=[order(number) for number in range(1, 7)],
            refused={**order(9), "amount": float("nan")},
            upserts=False,
            unusable=lambda context: FileTarget(
                FileTargetOptions(path="no/such/folder", format=form), context
            ),
        )


def rows_in(part: Path) -> list[dict[str, Any]]:
    text = part.read_text("utf-8")
    if part.suffix == ".json":
        return list(json.loads(text))
    return [json.loads(line) for line in text.splitlines()]

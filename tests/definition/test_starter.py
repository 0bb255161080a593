"""`linkdeck new`: a starter that validates, runs as it stands, and pleases editors."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from engine import plugins
from engine.definition import loader
from engine.definition.starter import starter_files
from engine.domain.adapter import Load, SourceContext, TargetContext
from engine.domain.delta import Window
from engine.domain.errors import Refused
from engine.domain.link import Definition
from engine.filters.pipeline import compile_pipeline
from tests.definition.editor import Editor


def started(folder: Path) -> Definition:
    for name, text in starter_files("first").items():
        (folder / name).write_text(text)
    return loader.load(folder / "first.yaml", catalogue=plugins.installed(), environ={})


def test_the_starter_runs_as_it_stands(tmp_path: Path) -> None:
    """Two of four sample records are written, one is ignored, one fails: every path is seen."""
    definition = started(tmp_path)
    link, folder = definition.link, definition.folder
    adapters = plugins.installed()
    target_type = adapters["target"][link.target.adapter]
    pipeline = compile_pipeline(link, encoders=target_type.encoders, folder=folder)
    source = adapters["source"][link.source.adapter](
        link.source.options,
        SourceContext(
            link.name, link.batch_size, link.parallel, folder, "", pipeline.wanted
        ),
    )
    target = target_type(
        link.target.options,
        TargetContext(link.name, link.key, folder, "", pipeline.columns),
    )

    (scope,) = source.plan_fetch(Window()).scopes
    staged = pipeline.run(source.fetch(scope), now=datetime.now(UTC))
    columns = tuple(column.name for column in pipeline.columns or ())
    target.open()
    (receipt,) = target.push([Load(1, staged.rows, staged.keys, columns)])
    source.close()
    target.close()

    assert (receipt.written, staged.failed) == (2, 1)
    assert dict(staged.ignored) == {"archived orders live in the archive": 1}
    with sqlite3.connect(tmp_path / "first.db") as database:
        rows = database.execute(
            "SELECT order_id, email, country, amount_cents FROM orders ORDER BY order_id"
        ).fetchall()
    database.close()
    assert rows == [(1, "ana@example.com", "DE", 1990), (2, "ben@example.com", "AT", 12000)]


def test_what_the_starter_leaves_as_comments_is_right_too(tmp_path: Path) -> None:
    started(tmp_path)
    text = (tmp_path / "first.yaml").read_text()
    for word in (
        "retry:",
        "on_error:",
        "snapshots:",
        "budget:",
        "schedule:",
        "owner:",
        "severity:",
    ):
        text = text.replace(f"# {word}", word)
    (tmp_path / "first.yaml").write_text(text)

    report = loader.validate(
        tmp_path / "first.yaml", catalogue=plugins.installed(), environ={}
    )

    assert [each.sentence() for each in report.complaints] == []


def test_editors_find_nothing_wrong_with_the_starter(tmp_path: Path) -> None:
    started(tmp_path)
    document = YAML(typ="safe", pure=True).load((tmp_path / "first.yaml").read_text())
    editor = Editor(loader.schema(plugins.installed()))

    assert editor.faults(json.loads(json.dumps(document))) == []


def test_a_starter_needs_a_name_that_a_link_can_have() -> None:
    with pytest.raises(Refused) as refusal:
        starter_files("../x")

    assert str(refusal.value) == (
        "'../x' names no Link: a name must be 1 to 64 small letters, digits and '-', "
        "and not begin with '-', for example x"
    )


def test_the_options_of_every_shipped_adapter_can_be_checked() -> None:
    schema = loader.schema(plugins.installed())

    assert {"source.file", "source.http", "source.sql", "target.file", "target.sql"} <= (
        schema["$defs"].keys()
    )

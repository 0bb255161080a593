import csv
import json
import os
import stat
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.file.options import FileTargetOptions
from engine.adapters.file.target import FileTarget
from engine.domain.adapter import Load, TargetContext
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.missing import MISSING

COLUMNS = ("id", "name", "amount")


def target(
    tmp_path: Path, *, event: int = 7, link: str = "orders", form: str = "ndjson"
) -> FileTarget:
    context = TargetContext(
        link=link,
        key=("id",),
        folder=str(tmp_path),
        system="out",
        secret=b"installation",
        event=event,
    )
    made = FileTarget(FileTargetOptions(path="out", format=form), context)
    made.open()
    return made


def load(*rows: Any, batch: int = 1, columns: Sequence[str] | None = COLUMNS) -> Load:
    keys = [(row[0] if columns else row["id"],) for row in rows]
    return Load(batch, rows, keys, tuple(columns) if columns else None)


def parts(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "out").iterdir())


def test_a_batch_becomes_one_part_file_of_its_sync_event(tmp_path: Path) -> None:
    (receipt,) = target(tmp_path).push([load((1, "Ann", None), (2, "Bo", 1.5), batch=12)])

    (part,) = parts(tmp_path)
    assert (receipt.batch, receipt.written, receipt.error) == (12, 2, None)
    assert part.name.startswith("part-000007-000012-")
    assert part.read_text() == (
        '{"id":1,"name":"Ann","amount":null}\n{"id":2,"name":"Bo","amount":1.5}\n'
    )


def test_a_batch_that_runs_again_replaces_its_part(tmp_path: Path) -> None:
    """X1: a crash after the target's commit changes nothing."""
    target(tmp_path).push([load((1, "Ann", 1), (2, "Bo", 2))])

    target(tmp_path).push([load((1, "Ann", 1))])

    (part,) = parts(tmp_path)
    assert part.read_text() == '{"id":1,"name":"Ann","amount":1}\n'


def test_a_batch_that_runs_again_and_writes_nothing_removes_its_part(
    tmp_path: Path,
) -> None:
    target(tmp_path).push([load((1, "Ann", 1))])

    target(tmp_path).push([load((1, "Ann", float("nan")))])

    assert parts(tmp_path) == []


def test_parts_of_other_sync_events_links_and_installations_stay(tmp_path: Path) -> None:
    target(tmp_path).push([load((1, "a", 1))])
    target(tmp_path, event=8).push([load((1, "b", 1))])
    target(tmp_path, link="customers").push([load((1, "c", 1))])

    names = {json.loads(part.read_text())["name"] for part in parts(tmp_path)}

    assert names == {"a", "b", "c"}


def test_part_files_are_private_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    target(tmp_path).push([load((1, "a", 1), batch=n) for n in range(3)])

    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert [stat.S_IMODE(part.stat().st_mode) for part in parts(tmp_path)] == [0o600] * 3


def test_rows_may_come_as_dicts_and_missing_fields_stay_missing(tmp_path: Path) -> None:
    rows = ({"id": 1, "tags": ["a"]}, {"id": 2, "name": MISSING})

    target(tmp_path).push([load(*rows, columns=None)])

    (part,) = parts(tmp_path)
    assert part.read_text() == '{"id":1,"tags":["a"]}\n{"id":2}\n'


def test_decimals_keep_their_digits_and_times_are_iso(tmp_path: Path) -> None:
    row = (Decimal("12.50"), datetime(2026, 1, 2, 3, tzinfo=UTC), date(2026, 1, 2))

    target(tmp_path).push([load(row)])

    (part,) = parts(tmp_path)
    assert part.read_text() == (
        '{"id":12.50,"name":"2026-01-02T03:00:00Z","amount":"2026-01-02"}\n'
    )


def test_json_parts_are_arrays(tmp_path: Path) -> None:
    target(tmp_path, form="json").push([load((1, "a", 1), (2, "b", 2))])

    (part,) = parts(tmp_path)
    assert [row["id"] for row in json.loads(part.read_text())] == [1, 2]


def test_csv_parts_have_a_header_and_survive_any_text(tmp_path: Path) -> None:
    nasty = 'a,"b"\r\nc;=1+1\r'
    rows = [(1, nasty, True), (2, None, Decimal("1E+3")), (3, "", [1, {"x": None}])]

    target(tmp_path, form="csv").push([load(*rows)])

    (part,) = parts(tmp_path)
    with part.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["id", "name", "amount"],
            ["1", nasty, "true"],
            ["2", "", "1000"],
            ["3", "", '[1,{"x":null}]'],
        ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "'amount' is not a finite number"),
        (float("-inf"), "'amount' is not a finite number"),
        (Decimal("sNaN"), "'amount' is not a finite number"),
        ([1, {"deep": float("nan")}], "'amount' is not a finite number"),
        ("\ud800", "'amount' holds text that is not valid Unicode"),
        (object(), "'amount' cannot be written"),
    ],
)
@pytest.mark.parametrize("form", ["ndjson", "json", "csv"])
def test_a_value_a_file_cannot_hold_refuses_its_record_alone(
    form: str, value: object, said: str, tmp_path: Path
) -> None:
    """T3; NaN never becomes null in silence."""
    rows = [(1, "a", None), (2, "b", value), (3, "c", 3)]

    (receipt,) = target(tmp_path, form=form).push([load(*rows)])

    ((index, error),) = receipt.refused
    assert (receipt.written, index, error.field) == (2, 1, "amount")
    assert error.message.startswith(said)
    assert error.error_class is ErrorClass.VALIDATION
    (part,) = parts(tmp_path)
    assert '"b"' not in part.read_text()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: (folder / "out").write_text(""), "out is not a folder"),
        (lambda folder: folder.rmdir(), "does not exist; make it"),
        (lambda folder: (folder / "out").symlink_to("/sys"), "cannot be written"),
    ],
)
def test_a_folder_that_cannot_be_used_stops_the_run(
    make: Any, said: str, tmp_path: Path
) -> None:
    """T1."""
    folder = tmp_path / "parent"
    folder.mkdir()
    make(folder)

    with pytest.raises(SystemSyncError, match=said):
        target(folder)


def test_a_folder_that_goes_away_fails_the_batch_and_says_so(tmp_path: Path) -> None:
    """T2."""
    writer = target(tmp_path)
    (tmp_path / "out").rmdir()

    (receipt,) = writer.push([load((1, "a", 1))])

    assert receipt.written == 0
    assert receipt.error is not None
    assert receipt.error.message.endswith("cannot be written: No such file or directory")


def test_what_a_killed_worker_left_is_swept_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    writer = target(tmp_path)
    stem = writer.path_of(3).name
    old = tmp_path / "out" / f".{stem}.0a0b0c0d.tmp"
    new = tmp_path / "out" / f".{stem}.0a0b0c0e.tmp"
    old.write_text("")
    new.write_text("")
    os.utime(old, (1, 1))

    writer.open()

    assert parts(tmp_path) == [new]


def test_many_may_write_the_same_part_and_one_of_them_wins_whole(tmp_path: Path) -> None:
    """A worker thought dead may still write."""
    loads = [load(*((n, "x" * 1000, worker) for n in range(200))) for worker in range(8)]
    writers = [
        threading.Thread(target=target(tmp_path).push, args=([each],)) for each in loads
    ]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    (part,) = parts(tmp_path)
    written = [json.loads(line)["amount"] for line in part.read_text().splitlines()]
    assert len(written) == 200
    assert len(set(written)) == 1

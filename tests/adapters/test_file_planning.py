import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.domain.adapter import Waits
from engine.domain.delta import ChangeFilter
from engine.domain.errors import BatchSyncError, SystemSyncError, Tier
from tests.adapters.files import labelled, scopes, source


def orders(tmp_path: Path, name: str = "orders.ndjson", count: int = 3) -> Path:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f'{{"id":{n}}}\n' for n in range(count)))
    return file


def append(file: Path) -> None:
    with file.open("a") as out:
        out.write('{"id":9}\n')


def rewrite_in_place(file: Path) -> None:
    file.write_text(file.read_text().replace("0", "8"))
    os.utime(file, (1, 1))


def replace(file: Path) -> None:
    status = file.stat()
    other = file.with_suffix(".new")
    other.write_bytes(file.read_bytes())
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(file)


def swap_for_a_fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize(
    "change", [append, rewrite_in_place, replace, swap_for_a_fifo], ids=lambda f: f.__name__
)
def test_a_file_that_changed_is_a_batch_error_and_never_a_guess(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    """M5: by size, time and inode."""
    file = orders(tmp_path)
    reader = source(file)
    (scope,) = scopes(reader)
    raw = reader.fetch(scope).raw

    change(file)

    for ask in (lambda: reader.fetch(scope), lambda: pickle.loads(pickle.dumps(raw)).at(0)):
        with pytest.raises(BatchSyncError) as caught:
            ask()
        assert caught.value.code == "file_changed"
        assert caught.value.message == (
            "orders.ndjson changed since the run was planned; "
            "run the Link again to fetch it as it is now"
        )


def test_a_file_that_is_gone_is_a_batch_error_too(tmp_path: Path) -> None:
    file = orders(tmp_path)
    reader = source(file)
    (scope,) = scopes(reader)

    file.unlink()

    with pytest.raises(
        BatchSyncError, match=r"orders.ndjson is gone since the run was planned"
    ):
        reader.fetch(scope)


def test_a_pattern_reads_all_its_files_in_order_and_tells_them_apart(
    tmp_path: Path,
) -> None:
    orders(tmp_path, "b/orders.ndjson", 1)
    orders(tmp_path, "a/orders.ndjson", 2)
    orders(tmp_path, "a/.hidden.ndjson", 2)
    (tmp_path / "a" / "folder.ndjson").mkdir()
    pattern = tmp_path / "x"
    reader = source(pattern)
    object.__setattr__(reader._options, "path", "*/*.ndjson")

    assert list(labelled(reader)) == [
        "a/orders.ndjson:1",
        "a/orders.ndjson:2",
        "b/orders.ndjson:1",
    ]


def test_a_name_that_looks_like_a_pattern_is_a_name_where_it_exists(tmp_path: Path) -> None:
    orders(tmp_path, "orders[1].ndjson", 1)
    orders(tmp_path, "orders1.ndjson", 2)

    assert list(labelled(source(tmp_path / "orders[1].ndjson"))) == ["orders[1].ndjson:1"]


@pytest.mark.parametrize(
    "suffix", ["ndjson", "NDJSON", "jsonl", "ndjson.gz", "csv", "json"]
)
def test_the_suffix_says_what_a_file_holds(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"orders.{suffix}"
    file.write_bytes(b"")

    assert scopes(source(file)) == []


def test_a_set_format_wins_over_the_suffix(tmp_path: Path) -> None:
    orders(tmp_path, "orders.txt", 2)

    assert len(labelled(source(tmp_path / "orders.txt", format="ndjson"))) == 2


def nothing(tmp_path: Path) -> str:
    return "orders.ndjson"


def a_folder(tmp_path: Path) -> str:
    (tmp_path / "orders.ndjson").mkdir()
    return "orders.ndjson"


def a_fifo(tmp_path: Path) -> str:
    os.mkfifo(tmp_path / "orders.ndjson")
    return "orders.ndjson"


def a_device(tmp_path: Path) -> str:
    return "/dev/zero"


def a_pattern_without_files(tmp_path: Path) -> str:
    (tmp_path / "in").mkdir()
    return "in/*.csv"


def an_unknown_suffix(tmp_path: Path) -> str:
    orders(tmp_path, "orders.txt")
    return "orders.txt"


def a_loop_of_links(tmp_path: Path) -> str:
    (tmp_path / "orders.ndjson").symlink_to(tmp_path / "orders.ndjson")
    return "orders.ndjson"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (nothing, "orders.ndjson does not exist; check path in source"),
        (a_folder, "orders.ndjson is a folder; path in source names files"),
        (a_fifo, "orders.ndjson is not a regular file"),
        (a_device, "/dev/zero is not a regular file"),
        (a_pattern_without_files, r"no file matches 'in/\*.csv' in /"),
        (
            an_unknown_suffix,
            "orders.txt does not say what it holds; set format in source",
        ),
        (
            a_loop_of_links,
            "orders.ndjson cannot be read: Too many levels of symbolic links",
        ),
    ],
)
def test_a_path_that_cannot_be_read_stops_the_run_in_one_sentence(
    make: Callable[[Path], str], sentence: str, tmp_path: Path
) -> None:
    """T1; reliability list 30."""
    reader = source(tmp_path / "x")
    object.__setattr__(reader._options, "path", make(tmp_path))

    with pytest.raises(SystemSyncError, match=sentence) as caught:
        scopes(reader)

    assert caught.value.tier is Tier.SYSTEM
    assert "\n" not in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_stops_the_run(tmp_path: Path) -> None:
    file = orders(tmp_path)
    file.chmod(0)

    with pytest.raises(SystemSyncError, match="may not be read by this user"):
        scopes(source(file))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"encoding": "klingon"}, "'klingon' is not a text encoding"),
        ({"encoding": "base64"}, "'base64' is not a text encoding"),
        ({"encoding": "utf\x00"}, "is not a text encoding"),
        ({"delimiter": ""}, "one character each"),
        ({"delimiter": ",", "quote": ","}, "cannot be the quote as well"),
        ({"delimiter": "\n"}, "one character each"),
    ],
)
def test_options_that_cannot_be_stop_the_run(
    options: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(SystemSyncError, match=sentence):
        scopes(source(orders(tmp_path), **options))


def test_a_file_source_says_what_it_can_do(tmp_path: Path) -> None:
    traits = source(orders(tmp_path)).traits

    assert traits.change_filter is ChangeFilter.NONE
    assert traits.parallel
    assert traits.waits is Waits.PROCESSOR


def test_fetching_leaves_no_file_open(tmp_path: Path) -> None:
    reader = source(orders(tmp_path))
    before = len(list(Path("/proc/self/fd").iterdir()))

    for scope in scopes(reader):
        reader.fetch(scope)

    assert len(list(Path("/proc/self/fd").iterdir())) == before

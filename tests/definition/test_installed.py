"""What packages announce: found by name, and told in the definition where it cannot be loaded."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import plugins
from engine.definition import loader
from tests.definition.writing import sentences, written


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package whose source adapter is gone, and which claims one of our names as well."""
    info = tmp_path / "packages" / "acme-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[linkdeck.sources]\nbroken = acme_gone:Source\nfile = acme_gone:Source\n"
    )
    monkeypatch.syspath_prepend(info.parent)
    importlib.invalidate_caches()
    plugins._entries.cache_clear()
    yield
    plugins._entries.cache_clear()


@pytest.mark.usefixtures("acme")
def test_an_adapter_that_cannot_be_loaded_is_a_complaint_where_it_is_named(
    tmp_path: Path,
) -> None:
    path = written(
        tmp_path,
        "link: orders\nkey: id\nsource: {adapter: broken}\n"
        "target: {adapter: memory, name: out}\n",
    )

    report = loader.validate(path, catalogue=plugins.installed(), environ={})

    assert sentences(report, tmp_path) == [
        "orders.yaml:3:19: the source adapter 'broken' of acme cannot be loaded: "
        "No module named 'acme_gone'; reinstall acme"
    ]


@pytest.mark.usefixtures("acme")
def test_a_stranger_takes_no_name_of_ours() -> None:
    sources = plugins.installed()["source"]

    assert "broken" in sources
    assert plugins.is_ours("source", "file")
    assert sources["file"].__module__.startswith("engine.")
    assert plugins.package_of(sources.entries["file"]) == "linkdeck"

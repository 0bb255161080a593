"""The contracts of Linkdeck, over real files: what an author's own tests look like."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from linkdeck_example.filters import initials
from linkdeck_example.ini import SECTION, parser, record_of, section_of
from linkdeck_example.source import IniSource, IniSourceOptions
from linkdeck_example.target import IniTarget, IniTargetOptions

from engine.domain.adapter import Column, SourceContext, TargetContext
from engine.domain.record import Record
from engine.testing import (
    FilterCase,
    FilterContract,
    SourceCase,
    SourceContract,
    TargetCase,
    TargetContract,
)

PEOPLE: list[dict[str, Any]] = [
    {"id": n, "name": f"Ana {n}", "note": None if n % 2 else "a = b; [c]\n\u202e\x00 100 %"}
    for n in range(1, 11)
]


class TestIniSource(SourceContract):
    """Ten sections in three Batches."""

    @pytest.fixture
    def case(self, tmp_path: Path) -> SourceCase:
        written = parser()
        for person in PEOPLE:
            written[str(person["id"])] = section_of(person)
        with (tmp_path / "people.ini").open("w", encoding="utf-8") as file:
            written.write(file)
        options = IniSourceOptions(path="people.ini")
        return SourceCase(
            make=lambda context: IniSource(options, context),
            context=SourceContext("people", 4, 2, str(tmp_path), "people.ini"),
            records=[{SECTION: str(person["id"]), **person} for person in PEOPLE],
            unplannable=lambda context: IniSource(IniSourceOptions(path="gone"), context),
        )


class TestIniTarget(TargetContract):
    """Records as tuples, and as dicts."""

    @pytest.fixture(params=["tuples", "dicts"])
    def case(self, request: pytest.FixtureRequest, tmp_path: Path) -> TargetCase:
        columns = tuple(map(Column, PEOPLE[0])) if request.param == "tuples" else None
        context = TargetContext("people", ("id",), str(tmp_path), "p.ini", columns=columns)

        def held() -> list[Mapping[str, Any]]:
            found = parser()
            found.read(tmp_path / "people.ini", encoding="utf-8")
            return [record_of(name, found[name]) for name in found.sections()]

        return TargetCase(
            make=lambda told: IniTarget(IniTargetOptions(path="people.ini"), told),
            context=context,
            held=held,
            rows=PEOPLE[:6],
            refused={"id": 99, "name": "Ana", "note": b"bytes are no JSON"},
            unusable=lambda told: IniTarget(IniTargetOptions(path="no/such/file"), told),
        )


class TestInitials(FilterContract):
    """A record that passes, one that warns, one that is ignored, one that is refused."""

    @pytest.fixture
    def case(self) -> FilterCase:
        names = ["Ana Maria", "Ana", "robot 7", " "]
        return FilterCase(initials, [Record({"name": name}) for name in names])

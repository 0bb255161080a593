"""Compiling a Link's stages: what they need of the world, and what order they stand in."""

from collections.abc import Sequence
from typing import Any

import pytest

from engine.domain.errors import SystemSyncError
from engine.domain.filter import Outside
from engine.domain.stage import (
    AnyStage,
    CallStage,
    FieldMap,
    IgnoreStage,
    LookupStage,
    UnchangedStage,
)
from engine.filters.pipeline import compile_pipeline
from tests.filters.building import link_of, map_of, pipeline_of


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        (
            UnchangedStage(name="same"),
            "stage 'same': 'unchanged' needs a target that can be asked in bulk, and a key",
        ),
        (
            LookupStage(name="same", on=(("a", "a"),), into="b", url="x://", table="t"),
            "stage 'same': a table cannot be read here; name a file with 'file'",
        ),
        (
            CallStage(name="same", adapter="http", options=None, into="x"),
            "stage 'same': nobody answers for the adapter 'http'",
        ),
    ],
)
def test_a_stage_with_nobody_to_ask_is_refused_by_name(stage: AnyStage, why: str) -> None:
    with pytest.raises(SystemSyncError) as raised:
        pipeline_of(stage)

    assert raised.value.message == why


def nothing(keys: Sequence[Any]) -> dict[Any, None]:
    """A target that holds none of these."""
    return dict.fromkeys(keys)


def test_unchanged_must_be_the_last_stage() -> None:
    stages = (
        UnchangedStage(name="same"),
        IgnoreStage(name="i", expression="a", reason="r"),
    )
    with pytest.raises(SystemSyncError) as raised:
        compile_pipeline(
            link_of(*stages),
            encoders={},
            folder=".",
            outside=Outside(holds=nothing),
        )

    assert raised.value.message == (
        "stage 'same': 'unchanged' compares what would be pushed; make it the last stage"
    )


def test_a_key_that_no_map_makes_is_refused() -> None:
    with pytest.raises(SystemSyncError) as raised:
        pipeline_of(map_of(FieldMap("a", "a")), key=("id",))

    assert "no map makes the key field" in raised.value.message

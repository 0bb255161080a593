"""Compiling a Link's stages: what is not there yet says so, and what it needs of the guard."""

import pytest

from engine.domain.errors import SystemSyncError
from engine.domain.stage import AnyStage, CallStage, LookupStage, UnchangedStage
from tests.filters.building import pipeline_of


@pytest.mark.parametrize(
    ("stage", "word"),
    [
        (UnchangedStage(name="same"), "unchanged"),
        (LookupStage(name="same", on=(("a", "a"),), into="b", file="x.csv"), "lookup"),
        (CallStage(name="same", adapter="http", options=None, into="x"), "call"),
    ],
)
def test_a_stage_that_is_not_available_is_refused_by_name(
    stage: AnyStage, word: str
) -> None:
    with pytest.raises(SystemSyncError) as raised:
        pipeline_of(stage)

    assert raised.value.message == (
        f"stage 'same': '{word}' is not available yet; take the stage out"
    )

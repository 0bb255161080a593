"""What every answer must be: a sentence or a result, and an exit code of the table."""

import json

from engine.domain.errors import UNCLASSIFIED_CODE
from engine.domain.sync_event import SyncEvent
from tests.stories.command_line import Answer
from tests.stories.world import World, assert_identity

CODES = frozenset({0, 1, 2, 3, 4, 130})
_WRONG = ("Traceback", "something unforeseen", '.py", line ', "object at 0x")


def assert_said(answer: Answer, *, asked_json: bool = False) -> None:
    """No traceback, nothing unforeseen, nothing raw, and a sentence wherever it failed."""
    assert answer.code in CODES, answer
    said = answer.out + answer.err
    assert not [each for each in _WRONG if each in said], said[-2000:]
    assert all(line.isprintable() for line in answer.err.splitlines()), answer.err
    if answer.code in {1, 2}:
        assert answer.err.strip() or answer.out.strip(), answer
    if asked_json and answer.out:
        json.loads(answer.out)


def assert_ended(world: World, event: SyncEvent) -> None:
    """A run that balanced, all of whose errors somebody foresaw."""
    assert_identity(event)
    unforeseen = [
        error.message
        for error in event.errors
        if error.code == UNCLASSIFIED_CODE or "does not declare" in error.message
    ]
    assert not unforeseen, unforeseen
    world.assert_books(event)

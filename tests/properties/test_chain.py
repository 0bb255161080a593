"""Runs, retries, crashes and people, against a model of what each record's fate must be."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.chain.deck import Deck, installed
from tests.properties.chain.machine import ChainMachine

EXAMPLES, STEPS = 50, 10
"""An example costs 0.15 to 0.25 s of a processor; the long form takes 2,000 of each target."""

TARGETS = {
    "upserts and can be asked": (True, "bulk", "one"),
    "upserts and cannot be asked": (True, "none", "many"),
    "does not upsert and can be asked": (False, "bulk", "many"),
    "does not upsert and cannot be asked": (False, "none", "one"),
}


def machine(target: str, deck: Deck) -> type[ChainMachine]:
    """The machine for a target of this kind."""
    idempotent, lookup, writers = TARGETS[target]
    said = {"deck": deck, "idempotent": idempotent, "lookup": lookup, "writers": writers}
    return type("Chain", (ChainMachine,), said)


def walk(
    target: str, template: Path, examples: int, *, shrink: bool = True, same: bool = True
) -> None:
    """So many examples; the first that breaks a promise fails, made small where that is wanted.

    `same`: those of the last time again.
    """
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=same,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        report_multiple_bugs=False,
    )
    with installed(template) as deck:
        run_state_machine_as_test(machine(target, deck), settings=chosen)


@pytest.mark.parametrize("target", TARGETS)
def test_every_record_has_the_fate_it_must_have(target: str, sqlite_template: Path) -> None:
    """S1-S3, C1-C4, C8, P1-P5, I2-I4, M1-M4, K3, K4, X1."""
    walk(target, sqlite_template, EXAMPLES)


@pytest.mark.storm
@pytest.mark.parametrize("target", TARGETS)
def test_every_record_has_the_fate_it_must_have_for_long(
    target: str, sqlite_template: Path
) -> None:
    """Two thousand examples, others each time."""
    walk(target, sqlite_template, 2000, same=False)

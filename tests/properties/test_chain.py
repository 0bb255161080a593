"""Runs, retries, crashes and people, against a model of what each record's fate must be."""

from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import get_state_machine_test

from tests.databases import Postgres
from tests.properties.chain.deck import Deck, installed
from tests.properties.chain.machine import ChainMachine

EXAMPLES, STEPS = 250, 8
"""Of each kind of systems, of which there are eight: 2,000 in all, 0.1 s of a processor each."""

LONG_EXAMPLES, LONG_STEPS = 2000, 12

TARGETS = {
    "upserts and can be asked": (True, "bulk", "one"),
    "upserts and cannot be asked": (True, "none", "many"),
    "does not upsert and can be asked": (False, "bulk", "many"),
    "does not upsert and cannot be asked": (False, "none", "one"),
}
POSTGRES_EXAMPLES = 12
PAGINGS = ("known", "cursor")


def machine(target: str, deck: Deck, paging: str = "known") -> type[ChainMachine]:
    """The machine for systems of this kind."""
    idempotent, lookup, writers = TARGETS[target]
    said = {"deck": deck, "idempotent": idempotent, "lookup": lookup, "writers": writers}
    return type("Chain", (ChainMachine,), {**said, "paging": paging})


def walk(
    target: str,
    template: Path | str,
    examples: int,
    *,
    paging: str = "known",
    shrink: bool = True,
    long: bool = False,
) -> None:
    """So many examples; the first that breaks a promise fails, made small where that is wanted.

    `long`: others each time, with more steps, and a process that crashes really dies; else those
    of the last time again.
    """
    chosen = settings(
        max_examples=examples,
        stateful_step_count=LONG_STEPS if long else STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        report_multiple_bugs=False,
    )
    with installed(template, forks=long) as deck:
        test = get_state_machine_test(machine(target, deck, paging), settings=chosen)
        # The same of each kind of systems every time, and others for another kind.
        (test if long else seed(crc32(f"{target}, {paging}".encode()))(test))()


@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("target", TARGETS)
def test_every_record_has_the_fate_it_must_have(
    target: str, paging: str, sqlite_template: Path
) -> None:
    """S1-S3, C1-C4, C8, P1-P5, I2-I4, M1-M4, K3, K4, X1."""
    walk(target, sqlite_template, EXAMPLES, paging=paging)


@pytest.mark.parametrize("paging", PAGINGS)
def test_every_record_has_the_fate_it_must_have_in_postgresql(
    paging: str, postgres: Postgres, postgres_template: str
) -> None:
    """The same over a store that many may write to; fewer, since each costs more."""
    url = postgres.database(f"chain_{paging}", postgres_template)
    walk("does not upsert and can be asked", url, POSTGRES_EXAMPLES, paging=paging)


@pytest.mark.storm
@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("target", TARGETS)
def test_every_record_has_the_fate_it_must_have_for_long(
    target: str, paging: str, sqlite_template: Path
) -> None:
    """Two thousand examples, others each time."""
    walk(target, sqlite_template, LONG_EXAMPLES, paging=paging, long=True)

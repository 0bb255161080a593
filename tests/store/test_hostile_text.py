"""Text from outside that a database cannot hold as it is: kept, shown, found, never fatal."""

from dataclasses import replace

import pytest

from engine.domain.batch import BatchOutcome, BatchState
from engine.domain.progress import BatchesPlanned
from engine.domain.requests import Selection
from engine.domain.snapshot import RecordState
from engine.store.store import Store
from tests.store.world import NOON, a_snapshot, an_error, running, told

HOSTILE = (
    "NUL \0 inside",
    "lone \ud800 surrogate",
    "bidi \u202e and ESC \x1b[31m",
    "漢字 🎉",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_everywhere(store: Store, text: str) -> None:
    shown = text.replace("\0", "\\x00").replace("\ud800", "\\ud800")
    record = replace(
        a_snapshot(0, label=text, error=an_error(text, fingerprint="0123456789abcdef")),
        key=f'["{text}"]',
        before=text.encode("utf-8", "surrogatepass"),
        warnings=(text,),
        blame={text: text},
        state=RecordState.OPEN,
    )
    outcome = BatchOutcome(
        0,
        BatchState.FAILED,
        fetched=2,
        failed=1,
        ignored={text: 1},
        warnings={text: 1},
        snapshots=(record,),
        error=an_error(text, fingerprint="0123456789abcdef"),
        finished_at=NOON,
    )
    run = told(store).starts()
    run.journal.emit(BatchesPlanned(0, ({"what": text, "of": text},), warnings=(text,)))
    event = run.finishes(outcome).ends(reason=text)

    (seen,) = store.failures(run.number, Selection(keys=(text,)))[0].items
    (batch,) = store.batches(run.number).items
    assert (seen.label, seen.key) == (shown, f'["{shown}"]')
    assert seen.before == text.encode("utf-8", "surrogatepass")
    assert (seen.warnings, seen.blame) == ((text,), {text: text})
    assert seen.errors[0]["message"] == text
    assert batch.scope == {"what": text, "of": text}
    assert event.ignored_reasons == {shown: 1}
    assert event.warnings == {shown: 2}
    assert event.reason == shown


def test_a_label_longer_than_can_be_indexed_is_cut_and_still_found(store: Store) -> None:
    long = "漢" * 100_000
    run = running(store, 1)
    outcome = BatchOutcome(
        0, BatchState.COMPLETED, fetched=1, failed=1, snapshots=(a_snapshot(0, label=long),)
    )
    run.finishes(outcome)

    page, matching = store.failures(run.number, Selection(keys=(long,)))

    assert matching == 1
    assert page.items[0].label == "漢" * 399 + "…"
    assert page.items[0].key == f'["{long}"]'

"""Edits: beside the original, tried out first, sent exactly once by the next retry (I1, I2, P7)."""

import json
import subprocess
import sys
import threading
from typing import Any

import pytest

from engine.domain.errors import Misused, Refused
from engine.domain.inbox import Edit
from engine.domain.outcome import Status
from engine.domain.retry_plan import Choice
from tests.servers.scripted import ScriptedServer, Seen
from tests.servers.systems import Shelf
from tests.stories.command_line import ROOT, environment, linkdeck
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition, shelf
from tests.stories.records import audited
from tests.stories.world import World, order


def failed_once(world: World, **more: Any) -> None:
    """One record of three has no email."""
    world.orders([order(1), order(2, email="", note="keep 1.10"), order(3)])
    world.link("orders", definition(**more))
    world.run()


def mend(world: World, **more: Any) -> None:
    """The edit that mends it."""
    said = {"reason": "asked the customer", "actor": "ana@desk", **more}
    world.engine.edit("s1", Edit({"email": "Ben@x.de"}), **said)


@both_stores
def test_the_next_retry_sends_the_edit_and_the_original_stays(world: World) -> None:
    """I1, I2: exactly one copy is sent, and all stages see it."""
    failed_once(world)
    before = world.engine.record("s1").snapshot.before

    mend(world)
    edited = world.engine.record("s1")
    child = world.retry(1)

    assert json.loads(edited.snapshot.edited or b"")["email"] == "Ben@x.de"
    assert edited.snapshot.before == before
    assert child.records.from_snapshots == child.records.written == 1
    assert [row["email"] for row in world.rows() if row["id"] == 2] == ["ben@x.de"]
    assert world.event(1).status is Status.COMPLETED
    record = world.engine.record("s1").snapshot
    assert (record.state, record.before) == ("recovered", before)


@both_stores
def test_an_edit_that_would_still_fail_is_not_kept(world: World) -> None:
    """I2: the errors say why."""
    failed_once(world)

    with pytest.raises(Refused, match=r"would fail again.*email is blank"):
        world.engine.edit("s1", Edit({"email": "  "}), reason="try", actor="ana@desk")

    assert world.engine.record("s1").snapshot.edited is None
    assert audited(world) == []


def test_the_definition_of_now_judges_an_edit(world: World) -> None:
    """I2: not the one the Sync Event ran with."""
    failed_once(world)
    world.link(
        "orders",
        definition(
            stages=[
                COLUMNS,
                EMAIL,
                {"name": "more", "check": [{"field": "amount", "rule": "range", "max": 5}]},
            ]
        ),
    )

    with pytest.raises(Refused, match="amount"):
        mend(world)
    as_run = world.engine.simulate_record(
        "s1", Edit({"email": "a@x.de"}), definition=Choice.AS_RUN
    )
    assert as_run.passes


def test_simulating_writes_and_keeps_nothing(world: World) -> None:
    failed_once(world)

    now = world.engine.simulate_record("s1", None)
    then = world.engine.simulate_record("s1", Edit({"email": "a@x.de"}))

    assert (now.passes, now.errors[0]["code"]) == (False, "required")
    assert then.passes
    assert json.loads(then.after or b"") == {"id": 2, "email": "a@x.de", "amount": 20}
    assert world.engine.record("s1").snapshot.edited is None
    assert [row["id"] for row in world.rows()] == [1, 3]


def test_a_record_that_the_stages_would_leave_out_says_so(world: World) -> None:
    gone = {"name": "live ones", "ignore": 'email == "gone"', "reason": "they left"}
    failed_once(world, stages=[gone, COLUMNS, EMAIL])

    simulated = world.engine.simulate_record("s1", Edit({"email": "gone"}))

    assert (simulated.passes, simulated.ignored) == (True, "they left")


@both_stores
def test_the_audit_keeps_the_paths_and_never_the_values(world: World) -> None:
    """P7."""
    failed_once(world)

    mend(world)
    world.engine.edit("s1", Edit(clear=True), reason="wrong one", actor="ana@desk")

    assert audited(world) == [
        ("ana@desk", "edit", "s1", "asked the customer"),
        ("ana@desk", "clear edit", "s1", "wrong one"),
    ]
    rows = world.engine.audit_rows(subject="s1").items
    assert rows[1].detail is not None
    assert rows[1].detail["paths"] == ["email"]
    assert "Ben@x.de" not in str(rows)
    assert world.engine.record("s1").snapshot.edited is None


@both_stores
def test_the_second_of_two_editors_is_told_who_was_first(world: World) -> None:
    """I17."""
    failed_once(world)
    mend(world)

    with pytest.raises(Refused, match=r"ana@desk edited s1 at .*asked the customer"):
        mend(world, actor="ben@desk")
    with pytest.raises(Refused, match="ana@desk edited s1"):
        mend(world, actor="ben@desk", version="")
    version = world.engine.record("s1").version
    world.engine.edit(
        "s1", Edit({"email": "c@x.de"}), reason="newer", actor="ben@desk", version=version
    )

    with pytest.raises(Refused, match="ben@desk edited s1"):
        mend(world, version=version)
    assert b"c@x.de" in (world.engine.record("s1").snapshot.edited or b"")


@both_stores
def test_of_two_who_edit_in_the_same_second_one_is_kept_and_one_is_told(
    world: World,
) -> None:
    """I17."""
    failed_once(world)
    told: list[str] = []
    start = threading.Barrier(2)

    def press(actor: str) -> None:
        start.wait(10)
        try:
            edit = Edit({"email": f"{actor}@x.de"})
            world.engine.edit("s1", edit, reason="mine", actor=actor)
        except Refused as refusal:
            told.append(str(refusal))

    editors = [threading.Thread(target=press, args=(actor,)) for actor in ("ana", "ben")]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join(20)

    [sentence] = told
    [row] = [row for row in world.engine.audit_rows().items if row.action == "edit"]
    assert sentence.startswith(f"{row.actor} edited s1 at")
    assert f"{row.actor}@x.de".encode() in (
        world.engine.record("s1").snapshot.edited or b""
    )


def test_who_edits_again_replaces_their_own_edit(world: World) -> None:
    failed_once(world)
    mend(world)

    world.engine.edit("s1", Edit({"email": "d@x.de"}), reason="typo", actor="ana@desk")

    assert b"d@x.de" in (world.engine.record("s1").snapshot.edited or b"")


@both_stores
def test_a_closed_record_cannot_be_edited(world: World) -> None:
    failed_once(world)
    mend(world)
    world.retry(1)

    with pytest.raises(Refused, match="s1 is recovered; there is nothing to edit"):
        mend(world)


def test_what_changes_nothing_is_told(world: World) -> None:
    failed_once(world)

    with pytest.raises(Misused, match="nothing changes"):
        world.engine.edit("s1", Edit({"email": ""}), reason="x", actor="ana")
    with pytest.raises(Refused, match="has no edit"):
        world.engine.edit("s1", Edit(clear=True), reason="x", actor="ana")


def test_an_edit_does_not_make_another_record_of_it(world: World) -> None:
    """K1: its key is what it is found and superseded by."""
    failed_once(world)

    with pytest.raises(Refused, match=r"would change the key \[2\] of s1 to \[1\]"):
        world.engine.edit("s1", Edit({"id": 1, "email": "a@x.de"}), reason="x", actor="ana")


def test_a_line_that_could_not_be_read_is_mended_as_a_whole(world: World) -> None:
    world.orders([order(1), '{"id": 2, "em'])
    world.run()

    with pytest.raises(Misused, match="give a whole document with --stdin"):
        mend(world)
    world.engine.edit(
        "s1", Edit(document=json.dumps(order(2)).encode()), reason="cut", actor="ana"
    )
    world.retry(1)

    assert [row["id"] for row in world.rows()] == [1, 2]


def test_a_record_of_which_no_values_were_kept_cannot_be_edited(world: World) -> None:
    """C7."""
    failed_once(world, snapshots="none")

    with pytest.raises(Refused, match="no values of s1 were kept"):
        mend(world)


@both_stores
def test_a_record_that_is_being_retried_cannot_be_edited_or_discarded(
    world: World,
) -> None:
    """I2, I3: who runs the retry, and since when."""
    arrived, goes_on = threading.Event(), threading.Event()
    kept = Shelf()

    def held(seen: Seen) -> Any:
        arrived.set()
        assert goes_on.wait(20)
        return kept(seen)

    with ScriptedServer(held) as server:
        world.orders([order(1, email="")])
        world.link("orders", definition(target=shelf(server.url)))
        world.run()
        world.link("orders", definition(target=shelf(server.url), stages=[COLUMNS]))
        child = threading.Thread(
            target=world.retry, args=(1,), kwargs={"definition": Choice.CURRENT}
        )
        child.start()
        assert arrived.wait(20)
        try:
            with pytest.raises(Refused, match=r"s1 is being retried by #2 since"):
                mend(world)
            with pytest.raises(Refused, match=r"s1 is being retried by #2 since"):
                world.engine.discard(["1"], reason="x", actor="ana")
            [item] = world.engine.inbox(_everything()).items
            assert item.state == "retrying"
            assert world.engine.record("s1").snapshot.state == "retrying"
        finally:
            goes_on.set()
            child.join(20)

    assert world.event(1).status is Status.COMPLETED


def _everything() -> Any:
    from engine.domain.inbox import InboxFilter

    return InboxFilter()


def test_the_command_line_sets_paths_and_takes_documents(world: World) -> None:
    failed_once(world)
    home = world.folder

    tried = linkdeck("edit", "s1", "--set", "email=a@x.de", "--dry-run", home=home)
    assert (tried.code, "it would pass" in tried.out) == (0, True)
    bad = linkdeck("edit", "s1", "--set", "amount=ten", "--dry-run", "--json", home=home)
    assert (bad.code, bad.document()["passes"]) == (3, False)
    done = linkdeck(
        "edit", "s1", "--set", "email=a@x.de", "--unset", "note",
        "--reason", "asked", "--json", home=home,
    ).document()  # fmt: skip
    assert done["edited"] == {"id": 2, "email": "a@x.de", "amount": 20}
    assert done["version"]
    shown = linkdeck("record", "s1", home=home).out
    assert 'email  "" is now "a@x.de"' in shown
    no_reason = linkdeck("edit", "s1", "--set", "email=b@x.de", home=home)
    assert (no_reason.code, "--reason is blank" in no_reason.err) == (2, True)
    both = linkdeck("edit", "s1", "--set", "a=1", "--clear", "--reason", "x", home=home)
    assert both.code == 2
    no_sign = linkdeck("edit", "s1", "--set", "email", "--reason", "x", home=home)
    assert (no_sign.code, "--set takes path=value" in no_sign.err) == (2, True)
    cleared = linkdeck("edit", "s1", "--clear", "--reason", "no", "--json", home=home)
    assert cleared.document()["edited"] is None


def test_a_whole_document_comes_from_standard_input(world: World) -> None:
    failed_once(world)

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "console",
            "edit",
            "s1",
            "--stdin",
            "--reason",
            "x",
            "--json",
        ],
        input=json.dumps(order(2)).encode(),
        capture_output=True,
        cwd=ROOT,
        env=environment(world.folder, {}),
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["edited"] == order(2)

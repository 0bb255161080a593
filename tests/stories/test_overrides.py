"""What an operator says over a definition: heeded by every run, shown, audited, taken back."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import Misused, Refused
from engine.domain.override import Override, RepeatsAsked, Said
from engine.domain.requests import LinkOverrides
from engine.domain.sync_event import SyncEvent
from engine.engine import Engine
from engine.settings import Settings
from tests.servers.scripted import ScriptedServer, Status
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, both_stores, custom, definition, pages
from tests.stories.world import World, order


def say(world: World, *said: Said, reason: str = "an outage") -> LinkOverrides:
    """Ana says this over the orders' file."""
    return world.engine.override("orders", said, reason=reason, actor="ana@test")


def values(seen: LinkOverrides) -> dict[str, Any]:
    """By name, what is said."""
    return {each.name: each.value for each in seen.items}


def stored_text(world: World, event: SyncEvent) -> dict[str, Any]:
    """The definition that a Sync Event ran with."""
    text: dict[str, Any] = json.loads(world.engine._context.store.plan_of(event.id).text)
    return text


@both_stores
def test_what_is_said_stands_beside_what_the_file_says(world: World) -> None:
    world.orders([order(1)], extra="snapshots: none")

    seen = say(
        world, Said("snapshots", "all"), Said("node:target", RepeatsAsked(None, 5, 3))
    )

    target, snapshots = seen.items
    assert (snapshots.value, snapshots.file) == ("all", "none")
    assert (snapshots.actor, snapshots.reason) == ("ana@test", "an outage")
    assert (target.node, target.value) == (
        "target",
        {"enabled": True, "interval": 5.0, "hops": 3},
    )
    assert (target.file["max_attempts"], target.file["delay_ms"]) == (4, 1000)


def test_every_run_after_it_is_made_with_it_and_says_so(world: World) -> None:
    """D1: text and hash of the effective definition include what was said over the file."""
    world.orders([order(1)])
    before = world.run()

    say(world, Said("snapshots", "all"))
    after = world.run()

    assert (before.overrides, after.overrides) == ({}, {"snapshots": "all"})
    assert before.definition != after.definition
    assert stored_text(world, after)["snapshots"] == "all"
    assert stored_text(world, after)["$overrides"] == {"snapshots": "all"}


def test_a_run_counts_by_the_key_that_was_said(world: World) -> None:
    world.orders([order(n) for n in range(40)], batch_size=10)

    say(world, Said("batch_size", "20"))

    assert world.run().batches.planned == 2


def test_repeats_replace_whatever_the_definition_asks_for(world: World) -> None:
    """The file gives up after one try; the operator has it tried three times more."""
    with ScriptedServer(lambda _: Status(503)) as server:
        source = pages(server.url, retry={"max_attempts": 1})
        world.link("orders", definition(source=source))
        world.run()
        asked = len(server.seen)

        say(world, Said("node:source", RepeatsAsked(None, 0.01, 3)))
        event = world.run()

        assert (asked, len(server.seen) - asked) == (1, 4)
        assert event.overrides == {
            "node:source": {"enabled": True, "interval": 0.01, "hops": 3}
        }


def test_repeats_of_a_call_are_said_by_the_name_of_its_stage(world: World) -> None:
    with ScriptedServer(lambda _: Status(503)) as server:
        world.orders([order(1)])
        call = {"adapter": "http", "url": server.url, "into": "tier"}
        call["retry"] = {"max_attempts": 1}  # type: ignore[assignment]
        stages = [{"name": "loyalty tier", "call": call, "on_error": "log"}, COLUMNS]
        world.link("orders", definition(stages=stages))
        say(world, Said("node:loyalty tier", RepeatsAsked(None, 0.01, 2)))

        event = world.run()

        assert len(server.seen) == 3
        assert event.records.warned == 1


def test_repeats_replace_what_custom_code_asks_for(world: World) -> None:
    """The code would have it wait a minute, ten times."""
    (world.links / "ours.py").write_text(
        "from pathlib import Path\n"
        "from engine.domain.record import Repeat\n\n"
        "def nap(record):\n"
        "    with Path(__file__).with_name('tries').open('a') as tries:\n"
        "        tries.write('.')\n"
        "    raise Repeat(interval=60, hops=10)\n"
    )
    (world.links / "orders.ndjson").write_text(json.dumps(order(1)) + "\n")
    stages = [custom("nap"), COLUMNS]
    world.link("orders", definition(stages=stages, workers="threads"))
    say(world, Said("node:ours", RepeatsAsked(None, 0.01, 2)))

    event = world.run()

    assert (world.links / "tries").read_text() == "..."
    assert event.records.failed == 1


def test_repeats_of_the_whole_link_leave_a_node_alone_that_has_its_own(
    world: World,
) -> None:
    """A node's own word wins, also where it says: as the file."""
    with ScriptedServer(lambda _: Status(503)) as server:
        source = pages(server.url, retry={"max_attempts": 1})
        world.link("orders", definition(source=source))

        say(world, Said("node", RepeatsAsked(None, 0.01, 3)))
        say(world, Said("node:source", RepeatsAsked(enabled=False, interval=1, hops=1)))
        world.run()

        assert len(server.seen) == 1


def test_repeats_that_are_off_are_kept_and_not_heeded(world: World) -> None:
    world.orders([order(1)])
    say(world, Said("node:target", RepeatsAsked(None, 5, 3)))

    seen = say(world, Said("node:target", RepeatsAsked(enabled=False)))

    assert values(seen) == {"node:target": {"enabled": False, "interval": 5.0, "hops": 3}}
    assert world.run().overrides == {}


def test_a_cron_line_takes_the_place_of_the_interval_in_the_file(world: World) -> None:
    world.orders([order(1)], extra="schedule: {every: 5m}")

    seen = say(world, Said("schedule.cron", "0 6 * * *"))

    assert seen.problem is None
    assert stored_text(world, world.run())["schedule"] == {"cron": "0 6 * * *"}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (Said("snapshot", "all"), "unknown key 'snapshot', did you mean 'snapshots'?"),
        (Said("snapshots", "al"), "'snapshots' takes one of none, errors,"),
        (Said("source.path", "x"), "'source.path' cannot be overridden, edit the file"),
        (Said("batch_size", "0"), "'batch_size' takes a whole number from 1 to 100000"),
        (Said("batch_size", "[1"), "this is not YAML"),
        (Said("budget.failed_records", "many"), "'failed_records' takes"),
        (Said("enabled", "perhaps"), "'enabled' takes true or false, not 'perhaps'"),
        (Said("schedule.timezone", "Europe/Berlin"), "needs either cron or every"),
        (Said("node:targe", RepeatsAsked(None, 1, 1)), "did you mean 'target'?"),
        (Said("node:rules", RepeatsAsked(None, 1, 1)), "'rules' asks no system"),
        (Said("node:target", RepeatsAsked(enabled=True)), "say how often: --interval 5"),
        (Said("node:target", RepeatsAsked(None, -1, 1)), "--interval takes 0 to 86400"),
        (Said("node:target", RepeatsAsked(None, float("nan"), 1)), "--interval takes"),
        (Said("node:target", RepeatsAsked(None, 1, 1001)), "--hops takes 0 to 1000"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_words_of_the_file(
    world: World, said: Said, sentence: str
) -> None:
    world.orders([order(1)])

    with pytest.raises(Misused) as refused:
        say(world, Said("snapshots", "all"), said)

    assert sentence in str(refused.value)
    assert world.engine.overrides("orders").items == ()


def test_one_thing_is_taken_back_or_all_but_whether_the_link_may_run(world: World) -> None:
    world.orders([order(1)])
    say(world, Said("snapshots", "all"), Said("parallel", "2"), Said("batch_size", "5"))
    world.engine.set_enabled("orders", enabled=True, reason="back", actor="ana@test")

    one_less = say(world, Said("parallel", None))
    none_left = world.engine.clear_overrides("orders", reason="over", actor="ana@test")

    assert set(values(one_less)) == {"snapshots", "batch_size", "enabled"}
    assert values(none_left) == {"enabled": True}


def test_what_was_never_said_cannot_be_taken_back(world: World) -> None:
    world.orders([order(1)])

    with pytest.raises(Refused, match="'parallel' is not overridden"):
        say(world, Said("parallel", None))


def test_enable_and_disable_say_the_same_as_the_override_enabled(world: World) -> None:
    world.orders([order(1)])

    world.engine.set_enabled("orders", enabled=False, reason="pause", actor="ana@test")
    disabled = values(world.engine.overrides("orders"))
    say(world, Said("enabled", "true"))

    assert disabled == {"enabled": False}
    assert world.run().overrides == {}


def test_an_override_that_no_longer_fits_keeps_the_link_from_running(world: World) -> None:
    """Never dropped in silence: whoever renames the stage hears of it."""
    with ScriptedServer(lambda _: Status(503)) as server:
        call = {"name": "tier", "call": {"adapter": "http", "url": server.url, "into": "x"}}
        world.orders([order(1)])
        text = definition(stages=[call])
        world.link("orders", text)
        say(world, Said("node:tier", RepeatsAsked(None, 1, 1)))
        world.link("orders", text.replace('"tier"', '"loyalty"'))

        with pytest.raises(Refused, match="unknown stage 'tier' in orders"):
            world.run()
        problem = world.engine.overrides("orders").problem
        found = [each.message for each in world.engine.doctor()]
        say(world, Said("node:tier", None))

    assert problem in found
    assert world.engine.overrides("orders").problem is None


def test_a_resumed_run_keeps_what_was_said_when_it_began(world: World) -> None:
    """D1: taking it back touches no run that has begun."""
    world.orders([order(1)])
    say(world, Said("node:target", RepeatsAsked(None, 5, 3)))
    event = world.run()
    say(world, Said("node:target", None))

    as_run = world.engine._context.store.plan_of(event.id)

    from engine.definition import loader

    definition_then = loader.from_stored(
        as_run.text,
        path=Path(as_run.path),
        folder=Path(as_run.folder),
        catalogue=world.engine._context.catalogue,
        environ={},
    )
    assert definition_then.hash == event.definition
    assert definition_then.link.target.retry.max_attempts == 4
    assert definition_then.link.target.retry.delay_ms == 5000
    assert definition_then.overrides == event.overrides


@both_stores
def test_each_thing_said_is_audited_with_what_stood_before(world: World) -> None:
    """P7."""
    world.orders([order(1)])
    say(world, Said("parallel", "2"))
    say(world, Said("parallel", "3"), reason="more")
    say(world, Said("parallel", None), reason="enough")

    rows = audit_rows(world)

    assert rows == [
        ("override", "orders", "an outage", "2", None),
        ("override", "orders", "more", "3", "2"),
        ("clear override", "orders", "enough", None, "3"),
    ]
    assert world.engine._context.store.desk.verify_audit().bad is None


def test_the_command_lists_says_and_takes_back(tmp_path: Path) -> None:
    linkdeck("new", "orders", home=tmp_path)

    said = linkdeck(
        *("override", "orders", "--node", "target", "--interval", "5", "--hops", "3"),
        *("--set", "snapshots=all", "--reason", "an outage", "--json"),
        home=tmp_path,
    )
    listed = linkdeck("override", "orders", home=tmp_path)
    ran = linkdeck("run", "orders", home=tmp_path)
    cleared = linkdeck("override", "orders", "--clear", "--reason", "over", home=tmp_path)

    assert [each["name"] for each in said.document()["overrides"]] == [
        "node:target",
        "snapshots",
    ]
    assert "repeats of target  3 more tries, 5 s apart" in listed.out
    assert (
        "override  repeats of target: 3 more tries, 5 s apart; snapshots = all" in ran.out
    )
    assert "nothing is overridden" in cleared.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "parallel=2"), "a reason is needed"),
        (("--set", "parallel=2", "--reason", " "), "--reason is blank"),
        (("--set", "parallel", "--reason", "x"), "--set takes KEY=VALUE"),
        (("--clear", "--set", "parallel=2", "--reason", "x"), "takes the key alone"),
        (("--clear", "--hops", "2", "--reason", "x"), "--clear takes back"),
        (("--node", "target", "--reason", "x"), "--node needs"),
        (("--interval", "soon", "--hops", "2"), "--interval takes a number, not 'soon'"),
    ],
)
def test_words_that_make_no_sense_are_refused_in_a_sentence(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    linkdeck("new", "orders", home=tmp_path)

    answer = linkdeck("override", "orders", *words, home=tmp_path)

    assert answer.code == 2
    assert sentence in answer.err


def test_overrides_of_an_earlier_version_move_with_who_said_them(tmp_path: Path) -> None:
    """Revision 0003 takes `enabled` along, with actor and reason from the audit."""
    world = World(tmp_path, Engine(Settings.resolve(str(tmp_path), None, None, {})))
    (tmp_path / "links").mkdir()
    world.orders([order(1)])
    old_store(tmp_path)

    (kept,) = world.engine._context.store.overrides("orders")

    assert kept == Override(
        "enabled", value=False, actor="ana@test", reason="pause", at=kept.at
    )
    world.engine.close()


def audit_rows(world: World) -> list[tuple[Any, ...]]:
    """What the audit says: action, subject, reason, value, what stood before."""
    from engine.store.tables import AUDIT

    with world.engine._context.store._database.reading() as connection:
        return [
            (row.action, row.subject, row.reason, row.detail["value"], row.detail["before"])
            for row in connection.execute(AUDIT.select().order_by(AUDIT.c.seq))
        ]


def old_store(home: Path) -> None:
    """A store of revision 0002 in which Ana has disabled the orders."""
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config

    from engine.store import migrations

    url = f"sqlite:///{home / 'linkdeck.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__path__[0])))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql("INSERT INTO link_setting VALUES ('orders', 0)")
        connection.exec_driver_sql(
            "INSERT INTO audit (seq, at, actor, action, subject, reason, detail, hash) VALUES "
            "(1, '2026-01-02 03:04:05.000000', 'ana@test', 'disable', 'orders', 'pause', NULL, 'x')"
        )
    engine.dispose()
    (home / "linkdeck.db").chmod(0o600)

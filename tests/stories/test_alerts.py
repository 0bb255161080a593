"""Alerts: a rule fires once and resolves once, and whoever is to know is told, come what may."""

import base64
import hmac
import json
import multiprocessing
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from engine.domain.alert import AlertState
from engine.domain.retry_plan import Choice
from engine.operations import alerts, notifying
from engine.operations.loaded import Loaded
from engine.service.alerting import Alerting, Notifying
from tests.servers.scripted import Json, Redirect, ScriptedServer, Seen, Status, in_turn
from tests.servers.systems import Shelf
from tests.stories.clocks import Clock, on_clock
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, both_stores, definition, shelf
from tests.stories.test_automated_replay import Busy
from tests.stories.world import World, order

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()
GOOD = [order(n) for n in range(1, 11)]
BAD = [order(n, email="" if n <= 5 else "o@x.de") for n in range(1, 11)]


def rule(when: str = "failed_rate > 0.05", **more: Any) -> dict[str, Any]:
    return {"when": when, **more}


def watching(
    world: World, records: Sequence[Any], *rules: dict[str, Any], **more: Any
) -> None:
    """The Link over these records, with these rules."""
    said = {**more, "alerts": list(rules)}
    world.orders(records, extra="\n".join(f"{k}: {json.dumps(v)}" for k, v in said.items()))


def looked(world: World, clock: Clock) -> list[tuple[str, str]]:
    """What the engine finds when it looks: rule and new state."""
    context = world.engine._context
    found = alerts.watch(context, Loaded(context), now=clock())
    return [(each.rule.when, each.state.value) for each in found]


def told(world: World, clock: Clock) -> int:
    return notifying.deliver(world.engine._context, now=clock())


def states(world: World) -> dict[str, str]:
    return {each.when: each.state.value for each in world.engine.alerts()}


def verified(seen: Seen, secret: str) -> dict[str, Any]:
    """The message, after Standard Webhooks, by ten lines that know nothing of ours."""
    stamp, name = seen.headers["webhook-timestamp"], seen.headers["webhook-id"]
    key = base64.b64decode(secret.split("_")[1])
    said = f"{name}.{stamp}.{seen.body.decode()}".encode()
    expected = base64.b64encode(hmac.new(key, said, sha256).digest()).decode()
    assert seen.headers["webhook-signature"] == f"v1,{expected}"
    message: dict[str, Any] = seen.json
    return message


@both_stores
def test_a_rule_fires_once_and_resolves_once_over_a_moved_clock(world: World) -> None:
    with ScriptedServer(in_turn(Json({}))) as server:
        clock = on_clock(world, Clock(), HOOK=SECRET)
        hook = {"webhook": f"{server.url}/ops", "secret": "${secret:HOOK}"}
        watching(world, BAD, rule(priority="high", notify=[hook]), downstream=["finance"])

        first = world.run()
        for _ in range(5):
            clock.on(minutes=20)
            assert looked(world, clock) == []
            told(world, clock)
        watching(world, GOOD, rule(priority="high", notify=[hook]), downstream=["finance"])
        world.run()
        for _ in range(3):
            clock.on(minutes=20)
            assert looked(world, clock) == []
            told(world, clock)

    fired, resolved = (verified(seen, SECRET) for seen in server.seen)
    assert (fired["type"], resolved["type"]) == (
        "linkdeck.alert.firing",
        "linkdeck.alert.resolved",
    )
    assert fired["data"]["sentence"] == "orders: failed_rate is 0.5 (failed_rate > 0.05)"
    assert (fired["data"]["priority"], fired["data"]["downstream"]) == ("high", ["finance"])
    assert (fired["data"]["event"], fired["data"]["times"]) == (first.id, 1)
    ids = {seen.headers["webhook-id"] for seen in server.seen}
    assert len(ids) == 2
    rows = world.engine.audit_rows(limit=50, subject="orders").items
    acts = [row.action for row in reversed(rows) if row.actor.startswith("engine@")]
    assert acts == ["alert", "notified", "resolved alert", "notified"]
    assert world.engine.verify_audit().holds


def test_what_fired_stays_firing_when_its_runs_leave_the_window(world: World) -> None:
    clock = on_clock(world, Clock())
    watching(world, BAD, rule(window="10m"))
    world.run()

    clock.on(days=3)

    assert looked(world, clock) == []
    assert states(world) == {"failed_rate > 0.05": "firing"}


DYING = """
import os, signal, sys
from datetime import datetime
from engine.adapters.http import webhook
from engine.engine import Engine
from engine.operations import notifying
from engine.settings import Settings

after = sys.argv[3] == "after"
real = webhook.post

def post(*words, **more):
    if after:
        real(*words, **more)
    os.kill(os.getpid(), signal.SIGKILL)

webhook.post = post
engine = Engine(Settings.resolve(sys.argv[1], None, None, dict(os.environ)))
notifying.deliver(engine._context, now=datetime.fromisoformat(sys.argv[2]))
"""
"""An engine that is killed right before, or right after, the webhook took the message."""


@pytest.mark.parametrize(("moment", "arrivals"), [("before", 1), ("after", 2)])
def test_a_kill_between_transition_and_delivery_neither_loses_nor_renames_it(
    world: World, moment: str, arrivals: int
) -> None:
    with ScriptedServer(in_turn(Json({}))) as server:
        clock = on_clock(world, Clock())
        watching(world, BAD)
        world.run()
        watching(world, BAD, rule(notify=[f"{server.url}/ops"]))
        assert looked(world, clock) == [("failed_rate > 0.05", "firing")]

        words = [str(world.folder), clock().isoformat(), moment]
        killed = subprocess.run([sys.executable, "-c", DYING, *words], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert told(world, clock) == 0, "the dead engine still holds it"
        clock.on(seconds=notifying.HELD + 1)
        assert told(world, clock) == 1
        clock.on(hours=1)
        assert told(world, clock) == 0

    assert len(server.seen) == arrivals
    assert len({seen.headers["webhook-id"] for seen in server.seen}) == 1
    assert looked(world, clock) == []
    [seen] = world.engine.alerts()
    assert (seen.times, seen.undelivered, seen.lost) == (1, 0, 0)


def _look(home: str, store: str, moment: str, barrier: Any, answers: Any) -> None:
    from datetime import datetime

    from engine.engine import Engine
    from engine.settings import Settings

    engine = Engine(Settings.resolve(home, None, store, {"HOME": home}))
    context = engine._context
    context.store.changed()
    barrier.wait()
    found = alerts.watch(context, Loaded(context), now=datetime.fromisoformat(moment))
    answers.put(len(found))
    engine.close()


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_two_engines_that_look_at_once_fire_it_once(world: World) -> None:
    clock = on_clock(world, Clock())
    watching(world, BAD)
    world.run()
    watching(world, BAD, rule())
    spawn = multiprocessing.get_context("spawn")
    barrier, answers = spawn.Barrier(2), spawn.Queue()
    store = world.engine._context.settings.store
    words = (str(world.folder), store, clock().isoformat(), barrier, answers)
    both = [spawn.Process(target=_look, args=words) for _ in range(2)]
    for each in both:
        each.start()

    found = sorted(answers.get(timeout=60) for _ in both)
    for each in both:
        each.join(30)

    assert found == [0, 1]
    assert [each.times for each in world.engine.alerts()] == [1]


def test_a_webhook_that_is_down_is_tried_again_with_growing_waits(world: World) -> None:
    script = in_turn(Status(503), Redirect("http://127.0.0.1:9/"), Json({}))
    with ScriptedServer(script) as server:
        clock = on_clock(world, Clock())
        watching(world, BAD, rule(notify=[f"{server.url}/ops"]))
        world.run()
        assert told(world, clock) == 0, "it waits"
        clock.on(seconds=5)
        assert told(world, clock) == 0
        [seen] = world.engine.alerts()
        assert seen.undelivered == 1
        clock.on(seconds=29)
        assert told(world, clock) == 0
        clock.on(seconds=1)
        assert told(world, clock) == 1

    assert len(server.seen) == 3, "a redirect is not followed"
    assert len({seen.headers["webhook-id"] for seen in server.seen}) == 1


def test_a_webhook_that_never_answers_well_is_given_up_and_said_so(world: World) -> None:
    with ScriptedServer(in_turn(Status(500))) as server:
        clock = on_clock(world, Clock())
        watching(world, BAD, rule(notify=[f"{server.url}/ops"]))
        world.run()
        for wait in notifying.WAITS:
            clock.on(seconds=wait)
            told(world, clock)

    assert len(server.seen) == len(notifying.WAITS) + 1
    assert world.engine.alerts()[0].lost == 1
    last = world.engine.audit_rows(limit=1).items[0]
    assert (last.action, last.subject) == ("not notified", "orders")
    assert "127.0.0.1" in (last.reason or "")
    assert "500" in (last.reason or "")
    said = linkdeck("alerts", home=world.folder)
    assert "1 notification not delivered" in said.out


def test_a_webhook_that_is_gone_is_not_asked_again(world: World) -> None:
    with ScriptedServer(in_turn(Status(410))) as server:
        clock = on_clock(world, Clock())
        watching(world, BAD, rule(notify=[f"{server.url}/ops"]))
        world.run()
        clock.on(days=1)
        told(world, clock)

    assert len(server.seen) == 1
    assert world.engine.alerts()[0].lost == 1


def test_a_secret_never_reaches_store_or_logs(world: World) -> None:
    with ScriptedServer(in_turn(Status(500))) as server:
        address = f"{server.url}/t0ps3cret-path"
        clock = on_clock(world, Clock(), HOOK=SECRET, ADDRESS=address)
        hook = {"webhook": "${secret:ADDRESS}", "secret": "${secret:HOOK}"}
        literal = {
            "webhook": f"{server.url}/x",
            "secret": "whsec_" + "bGl0ZXJhbC1zZWNyZXQ=",
        }
        watching(world, BAD, rule(notify=[hook, literal, "log"]))
        world.run()
        clock.on(hours=1)
        told(world, clock)
    world.engine.close()

    kept = b"".join(
        path.read_bytes()
        for path in world.folder.rglob("*")
        if path.is_file() and path.suffix != ".yaml"
    )
    for canary in (SECRET, literal["secret"], "t0ps3cret-path"):
        assert canary.encode() not in kept
    assert b"failed_rate" in kept


def test_a_command_gets_the_alert_on_its_stdin_and_no_shell(world: World) -> None:
    clock = on_clock(world, Clock(), SHOULD_NOT="be seen")
    program = world.links / "tell.py"
    program.write_text(
        "import os, sys\n"
        "open('told.json', 'a').write(sys.stdin.read() + '\\n')\n"
        "open('words.txt', 'w').write(repr((sys.argv[1:], sorted(os.environ))))\n"
    )
    words = [sys.executable, "tell.py", "$HOME; rm -rf x", "*"]
    watching(world, BAD, rule(notify=[{"command": words}]))
    world.run()

    told_of = json.loads((world.links / "told.json").read_text())
    assert (told_of["type"], told_of["data"]["link"]) == ("linkdeck.alert.firing", "orders")
    seen = (world.links / "words.txt").read_text()
    assert "'$HOME; rm -rf x', '*'" in seen
    assert "SHOULD_NOT" not in seen
    assert told(world, clock) == 0


def test_a_command_that_fails_is_tried_again_and_one_that_is_missing_is_said(
    world: World,
) -> None:
    clock = on_clock(world, Clock())
    watching(
        world, BAD, rule(notify=[{"command": ["false"]}, {"command": ["no-such-thing"]}])
    )
    world.run()

    database = world.engine._context.store._database
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT problem FROM notice ORDER BY id").all()
    assert [row[0] for row in rows] == [
        "command false ended with 1",
        "command no-such-thing cannot be started: No such file or directory",
    ]
    assert world.engine.alerts()[0].undelivered == 2
    clock.on(seconds=5)
    assert told(world, clock) == 0


def test_where_nothing_is_said_of_alerts_the_severity_decides_and_the_log_is_told(
    world: World,
) -> None:
    clock = on_clock(world, Clock())
    extra = "severity: critical\ndownstream: [finance]"
    world.orders(BAD, extra=extra)
    world.run()
    assert world.engine.alerts() == (), "rules by severity are the engine's to look at"

    fired = looked(world, clock)
    assert fired == [('status == "failed"', "firing"), ("failed_rate > 0.01", "firing")]
    assert told(world, clock) == 2
    lines = (world.folder / "logs" / "alerts.log").read_text().splitlines()
    assert len(lines) == 2
    assert 'critical firing orders: status is failed (status == "failed")' in lines[0]

    world.orders(BAD, extra=f"{extra}\nalerts: []")
    assert [state for _, state in looked(world, clock)] == ["resolved", "resolved"]
    told(world, clock)
    assert "no longer asks it" in (world.folder / "logs" / "alerts.log").read_text()


def test_a_link_whose_file_is_gone_resolves_what_fired(world: World) -> None:
    clock = on_clock(world, Clock())
    watching(world, BAD, rule())
    world.run()
    (world.links / "orders.yaml").write_text("link: orders\nnot: right\n")
    assert looked(world, clock) == [], "a file that cannot be read says nothing"
    (world.links / "orders.yaml").unlink()

    assert looked(world, clock) == [("failed_rate > 0.05", "resolved")]
    [row] = world.engine.audit_rows(limit=1).items
    assert (row.action, row.reason) == ("resolved alert", alerts.NO_LINK)


def test_figures_say_what_happened(world: World) -> None:
    """Every figure that alerts may ask for, over runs a day apart."""
    clock = on_clock(world, Clock())
    for _ in range(4):
        records = [order(n, email="" if n == 100 else "o@x.de") for n in range(1, 101)]
        watching(world, records)
        world.run()
        clock.on(days=1)
    watching(
        world, [order(n, email="" if n % 10 == 0 else "o@x.de") for n in range(1, 101)]
    )
    world.run()
    clock.on(minutes=30)

    upkeep = world.engine._context.store.upkeep
    hour, week = (
        upkeep.figures("orders", (3600.0, 7 * 86400.0), now=clock())[window]
        for window in (3600.0, 7 * 86400.0)
    )
    assert (hour["runs"], hour["fetched"], hour["failed_records"]) == (1, 100, 10)
    assert (hour["failed_rate"], hour["rising"]) == (0.1, pytest.approx(10.0))
    assert (week["runs"], week["failed_runs"], week["rising"]) == (5, 5, None)
    assert week["repeated_fingerprint"] == 5
    assert (hour["status"], hour["open_records"], hour["open_failures"]) == (
        "failed",
        10,
        10,
    )
    assert hour["oldest_open_s"] == timedelta(minutes=30).total_seconds()
    assert hour["lateness_s"] is None


def test_a_retry_that_recovers_everything_resolves_what_asked_for_open_failures(
    world: World,
) -> None:
    clock = on_clock(world, Clock())
    watching(world, BAD, rule("open_failures > 0"))
    first = world.run()
    assert states(world) == {"open_failures > 0": "firing"}

    said = [{"when": "open_failures > 0"}]
    world.link("orders", definition(stages=[COLUMNS], alerts=said))
    world.retry(first, definition=Choice.CURRENT)

    assert states(world) == {"open_failures > 0": "resolved"}
    assert looked(world, clock) == []


def test_a_test_run_alerts_nobody(world: World) -> None:
    on_clock(world, Clock())
    watching(world, BAD, rule(), rule('status == "failed"'))
    world.run(test=True)

    assert world.engine.alerts() == ()


def test_the_chores_of_the_service_do_it(world: World, caplog: Any) -> None:
    clock = on_clock(world, Clock())
    world.orders(BAD)
    world.run()
    context = world.engine._context

    Alerting(context).do(clock())
    Notifying(context).do(clock())

    assert [each.state for each in world.engine.alerts()] == [AlertState.FIRING]
    assert 'firing (normal): orders: status is failed (status == "failed")' in caplog.text


def test_alerts_are_listed_for_people_and_for_scripts(world: World) -> None:
    clock = on_clock(world, Clock())
    watching(world, BAD, rule(), rule("open_records >= 5", priority="critical"))
    world.run()
    assert looked(world, clock) == []

    document = linkdeck("alerts", "--json", home=world.folder).document()
    assert [each["when"] for each in document["alerts"]] == [
        "open_records >= 5",
        "failed_rate > 0.05",
    ]
    assert document["alerts"][0]["figures"] == {"open_records": 5}
    shown = linkdeck("alerts", home=world.folder).out
    assert "critical" in shown
    assert "open_records is 5 (open_records >= 5), see #1" in shown
    assert "nothing fires" in linkdeck("alerts", "--link", "other", home=world.folder).out


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            rule("failed_rat > 1"),
            "'failed_rat', which is no figure of a Link, did you mean",
        ),
        (rule("failed_rate >"), "is wrong at its column"),
        (rule(notify=["ops"]), "takes log, an address, or a block, not 'ops'"),
        (rule(notify=[{"webhook": "ftp://x"}]), "https:// or http://"),
        (rule(notify=[{"webhook": "https://a:b@x"}]), "cannot hold a user and a password"),
        (rule(notify=[{"webhook": "https://x", "secret": "short"}]), "at least 16"),
        (rule(notify=[{"command": []}]), "command"),
        (rule(window="1s"), "window"),
    ],
)
def test_a_rule_that_cannot_work_is_complained_about_where_it_stands(
    world: World, said: dict[str, Any], sentence: str
) -> None:
    watching(world, GOOD, said)

    answer = linkdeck("validate", home=world.folder)

    assert answer.code == 1
    assert sentence in answer.out + answer.err
    assert "orders.yaml:" in answer.out + answer.err


def test_an_alert_that_cannot_be_loaded_at_the_end_of_a_run_is_a_warning(
    world: World,
) -> None:
    on_clock(world, Clock(), HOOK=SECRET)
    hook = {"webhook": "https://hooks.example/x", "secret": "${secret:HOOK}"}
    watching(world, GOOD, rule(notify=[hook]))
    path = world.links / "orders.yaml"

    def spoil(glimpse: object) -> None:
        path.write_text(path.read_text().replace("link: orders", "lnik: orders"))

    ended = world.run(watch=spoil)

    [warning] = world.event(ended).warnings
    assert warning.startswith("alerts were not looked at: ")


@pytest.mark.parametrize(("times", "alarms"), [(1, 0), (9, 1)])
def test_nobody_is_alarmed_before_the_automated_replay_had_its_chance(
    world: World, times: int, alarms: int
) -> None:
    """C8: what a replay mends was never an alert; what it cannot mend is one, once."""
    on_clock(world, Clock())
    world.orders(GOOD)
    with ScriptedServer(Busy({"3": times}, Shelf())) as server:
        said = definition(
            target=shelf(server.url, retry={"max_attempts": 1}),
            automated_replay={"enabled": True, "max_attempts": 2},
            alerts=[rule('status == "failed"')],
        )
        world.link("orders", said)
        world.run()

    rows = [row.action for row in world.engine.audit_rows(limit=50).items]
    assert rows.count("alert") == alarms
    assert len(world.engine.alerts()) == alarms

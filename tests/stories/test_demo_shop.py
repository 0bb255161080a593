"""The demo's shop, as a real process behind a real socket."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from engine.demo.page_faults import LASTING, PageFault, order_faults
from engine.demo.planted import planted_orders
from engine.demo.shop_process import OpenShop, open_shop
from engine.demo.world import World
from engine.domain.errors import Refused

WORLD = World(seed=7, records=3000)
TOKEN = {"authorization": "Bearer today"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[OpenShop]:
    with open_shop(WORLD, token="today", log=tmp_path / "shop.log") as shop:
        yield shop


def _client(shop: OpenShop, *, patience: float = 1.0) -> httpx.Client:
    return httpx.Client(base_url=shop.url, headers=TOKEN, timeout=patience)


def _page_with(fault: PageFault, world: World = WORLD) -> int:
    return next(page for page, kind in order_faults(world).items() if kind is fault)


def _orders(client: httpx.Client, page: int) -> httpx.Response:
    return client.get("/orders", params={"page": page, "per_page": 100})


def _sweep(shop: OpenShop, pages: int, *, workers: int) -> Counter[int | str]:
    """What every page of orders answered, asked for by several clients at once, once each."""

    def ask(page: int) -> int | str:
        with _client(shop, patience=2) as client:
            try:
                answer = _orders(client, page)
            except httpx.HTTPError as failure:
                return type(failure).__name__
            return answer.status_code

    with ThreadPoolExecutor(workers) as pool:
        return Counter(pool.map(ask, range(1, pages + 1)))


def test_the_first_page_of_orders_is_sound_and_says_how_many_there_are(
    shop: OpenShop,
) -> None:
    with _client(shop) as client:
        answer = _orders(client, 1).json()

    assert (answer["total"], len(answer["data"])) == (3000, 100)


def test_customers_come_without_a_total_and_end_with_a_short_page(tmp_path: Path) -> None:
    world = World(seed=7, records=750)
    with (
        open_shop(world, token="today", log=tmp_path / "shop.log") as shop,
        _client(shop, patience=5) as client,
    ):
        client.post("/admin/heal")
        pages = [
            client.get("/customers", params={"page": page, "per_page": 100}).json()
            for page in (1, 2, 3)
        ]

    assert [(len(page["data"]), "total" in page) for page in pages] == [
        (100, False),
        (50, False),
        (0, False),
    ]


def test_changes_since_a_moment_are_those_at_or_after_it(shop: OpenShop) -> None:
    with _client(shop) as client:
        whole = client.get("/orders", params={"page": 1, "per_page": 1000}).json()["data"]
        moment = whole[500]["updated"]
        changed = client.get(
            "/orders", params={"page": 1, "per_page": 1000, "updated_after": moment}
        ).json()

    assert changed["total"] == 2500
    assert changed["data"][0]["id"] == whole[500]["id"]


def test_a_wrong_token_is_refused(shop: OpenShop) -> None:
    answer = httpx.get(f"{shop.url}/orders", headers={"authorization": "Bearer yesterday"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/orders?page=0", 400),
        ("/orders?page=x", 400),
        ("/orders?per_page=-1", 400),
        ("/orders?updated_after=tomorrow", 400),
        ("/sellers", 404),
    ],
)
def test_a_request_that_makes_no_sense_is_told_why(
    shop: OpenShop, path: str, status: int
) -> None:
    with _client(shop) as client:
        answer = client.get(path)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_a_late_page_answers_after_everybody_gave_up_however_often_it_is_asked(
    shop: OpenShop,
) -> None:
    page = _page_with(PageFault.LATE)
    with _client(shop, patience=0.3) as client:
        for _ in range(2):
            with pytest.raises(httpx.ReadTimeout):
                _orders(client, page)


def test_a_throttled_page_asks_for_a_pause_and_then_answers(shop: OpenShop) -> None:
    page = _page_with(PageFault.THROTTLED)
    with _client(shop) as client:
        first, second = _orders(client, page), _orders(client, page)

    assert (first.status_code, first.headers["retry-after"]) == (429, "1")
    assert len(second.json()["data"]) == 100


def test_a_page_out_of_service_answers_the_second_time(shop: OpenShop) -> None:
    page = _page_with(PageFault.UNAVAILABLE)
    with _client(shop) as client:
        statuses = [_orders(client, page).status_code for _ in range(2)]

    assert statuses == [503, 200]


def test_a_dropped_connection_ends_in_the_middle_of_a_document_once(shop: OpenShop) -> None:
    page = _page_with(PageFault.DROPPED)
    with _client(shop) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            _orders(client, page)
        assert len(_orders(client, page).json()["data"]) == 100


def test_a_nap_is_slow_and_still_answers(shop: OpenShop) -> None:
    page = _page_with(PageFault.NAP)
    with _client(shop) as client:
        first, second = _orders(client, page), _orders(client, page)

    assert first.elapsed.total_seconds() > 0.35
    assert first.json() == second.json()


def test_malformed_pages_are_whole_answers_of_another_kind(shop: OpenShop) -> None:
    with _client(shop) as client:
        html = _orders(client, _page_with(PageFault.HTML))
        half = _orders(client, _page_with(PageFault.CUT_JSON))

    assert (html.status_code, html.headers["content-type"][:9]) == (200, "text/html")
    assert int(half.headers["content-length"]) == len(half.content)
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        half.json()


def test_many_clients_at_once_meet_the_same_faults_as_one_alone(tmp_path: Path) -> None:
    answers = []
    for workers in (1, 12):
        log = tmp_path / f"shop{workers}.log"
        with open_shop(WORLD, token="today", log=log) as shop:
            answers.append(_sweep(shop, 30, workers=workers))

    lost = planted_orders(WORLD).lost
    assert answers[0] == answers[1]
    assert answers[0]["ReadTimeout"] == lost[PageFault.LATE]


def test_healed_pages_answer_and_healed_records_are_sound_and_newly_changed(
    shop: OpenShop,
) -> None:
    since = "2026-01-01T00:00:00Z"
    with _client(shop) as client:
        flawed = _orders(client, 1).json()["data"]
        client.post("/admin/heal", params={"what": "pages"})
        statuses = {_orders(client, page).status_code for page in order_faults(WORLD)}
        still = _orders(client, 1).json()["data"]
        client.post("/admin/heal", params={"what": "records"})
        changed = client.get(
            "/orders", params={"page": 1, "per_page": 1000, "updated_after": since}
        ).json()

    assert statuses == {200}
    assert still == flawed
    assert changed["total"] == len(changed["data"]) > 0
    assert all(_is_sound(order) for order in changed["data"])


def _is_sound(order: dict[str, Any]) -> bool:
    address = (order["customer"]["email"] or "").strip()
    return address.count("@") == 1 and order["country"] in {"DE", "AT", "CH"}


def test_the_shop_counts_how_often_a_page_was_asked_for(shop: OpenShop) -> None:
    with _client(shop) as client:
        for page in (1, 2, 1):
            _orders(client, page)
        counted = client.get("/admin/requests").json()

    assert counted == {"orders/1": 2, "orders/2": 1}


def test_lasting_faults_never_hit_the_page_that_planning_reads() -> None:
    for seed in range(200):
        assert 1 not in order_faults(World(seed, 3000))


def test_a_shop_of_one_page_has_no_bad_pages() -> None:
    assert not LASTING & set(order_faults(World(7, 100)).values())


def test_the_shop_is_gone_when_the_block_ends(tmp_path: Path) -> None:
    with open_shop(WORLD, token="today", log=tmp_path / "shop.log") as shop:
        pid = shop.pid

    assert not psutil.pid_exists(pid)


def test_a_shop_that_cannot_start_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "nowhere"))
    log = tmp_path / "shop.log"

    with (
        pytest.raises(
            Refused, match=r"shop did not start within \d+ s; .*shop\.log says why"
        ),
        open_shop(WORLD, token="today", log=log),
    ):
        pass

    assert log.read_text(encoding="utf-8")


_KEEPER = """
import sys, time
from pathlib import Path
from engine.demo.shop_process import open_shop
from engine.demo.world import World
with open_shop(World(7, 300), token="today", log=Path(sys.argv[1])) as shop:
    print(shop.pid, flush=True)
    time.sleep(60)
"""


def test_the_shop_dies_with_its_parent_killed_at_once(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", _KEEPER, str(tmp_path / "shop.log")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    ) as keeper:
        assert keeper.stdout is not None
        shop = psutil.Process(int(keeper.stdout.readline()))
        os.kill(keeper.pid, signal.SIGKILL)

        gone, alive = psutil.wait_procs([shop], timeout=5)
    assert (gone, alive) == ([shop], [])


def test_the_shop_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    opened = open_shop(WORLD, token="today", log=tmp_path / "shop.log")
    kept: list[OpenShop] = []
    starter = threading.Thread(target=lambda: kept.append(opened.__enter__()))
    starter.start()
    starter.join()
    try:
        # Longer than the lifeline takes to look twice.
        deadline = time.monotonic() + 0.7
        while time.monotonic() < deadline:
            assert httpx.get(f"{kept[0].url}/health").status_code == 200
    finally:
        opened.__exit__(None, None, None)


def test_the_shop_by_hand_says_where_it_is() -> None:
    command = [sys.executable, "-m", "engine.demo.shop", "--seed", "7", "--records", "300"]
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as shop:
        assert shop.stdout is not None
        said = shop.stdout.readline()
        host, port = said.split("http://")[1].split(",")[0].split(":")
        with socket.create_connection((host, int(port)), timeout=5):
            pass
        os.kill(shop.pid, signal.SIGKILL)

    assert said.startswith("the shop is at http://127.0.0.1:")

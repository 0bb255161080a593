"""A PostgreSQL store that cannot be had: each time one sentence, and no password in it."""

import socket
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.store.refusals import StoreUnusable
from engine.store.store import Store
from tests.databases import Postgres
from tests.store.conftest import Place
from tests.store.world import running


def test_a_server_that_is_not_there_is_told_without_the_password(home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with pytest.raises(StoreUnusable) as refused:
        Store.open(f"postgresql://ana:hunter2@127.0.0.1:{port}/ops", home=home)

    sentence = str(refused.value)
    assert sentence.startswith(
        f"postgresql://ana:***@127.0.0.1:{port}/ops cannot be reached ("
    )
    assert sentence.endswith("); check its address, and that it runs")
    assert "hunter2" not in sentence
    assert "\n" not in sentence


def test_a_database_that_is_not_there_is_told(postgres: Postgres, home: Path) -> None:
    url = postgres.admin.url.set(drivername="postgresql", database="nowhere")

    with pytest.raises(StoreUnusable, match="nowhere"):
        Store.open(url.render_as_string(hide_password=False), home=home)


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_a_server_that_went_away_is_told_and_found_again(
    place: Place, postgres: Postgres
) -> None:
    store = place.open()
    run = running(store)
    name = sa.make_url(place.url or "").database
    ended = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        f"WHERE datname = '{name}'"
    )

    def write() -> None:
        with store._database.writing() as write:
            postgres.orders(ended)
            write.connection.exec_driver_sql("SELECT 1")

    with pytest.raises(StoreUnusable, match="was shut down or ended the query"):
        write()

    assert run.seen().batches.planned == 3
    store.close()


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_a_reader_cannot_write(place: Place) -> None:
    store = place.open()

    with (
        pytest.raises(StoreUnusable, match="read-only transaction"),
        store._database.reading() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM mark")
    store.close()

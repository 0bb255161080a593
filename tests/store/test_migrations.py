"""The schema: made by migrations, the same as the tables say, never opened when newer."""

import signal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.store import migrate, migrations
from engine.store.database import Database
from engine.store.every_table import METADATA
from engine.store.refusals import StoreUnusable
from engine.store.store import Store
from tests.databases import Postgres
from tests.store.conftest import Place
from tests.store.old_stores import made_at
from tests.store.processes import Process, process
from tests.store.world import clean, running


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place where no store is yet."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        return Place("sqlite", None, home)
    server: Postgres = request.getfixturevalue("postgres")
    name = f"empty_{abs(hash(tmp_path))}"
    return Place("postgresql", server.database(name), home)


def _execute(store: Store, statement: str) -> None:
    with store._database.writing() as write:
        write.connection.exec_driver_sql(statement)


def test_an_empty_database_is_brought_up_and_works(empty: Place) -> None:
    store = empty.open()

    event = running(store, 1).finishes(clean(0)).ends()

    assert event.records.written == 10
    store.close()


def test_the_migrated_schema_is_what_the_tables_say(store: Store) -> None:
    with store._database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": migrate.VERSION_TABLE}
        )
        assert compare_metadata(context, METADATA) == []
        indexes = {
            index["name"]: index.get("dialect_options", {}) != {}
            for table in METADATA.tables
            for index in sa.inspect(connection).get_indexes(table)
        }
    declared = {
        index.name: bool(index.dialect_options["sqlite"]["where"] is not None)
        for table in METADATA.tables.values()
        for index in table.indexes
    }
    assert set(indexes) == set(declared)


def test_the_known_revisions_are_those_in_the_package() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    scripts = ScriptDirectory.from_config(config)

    known = [script.revision for script in scripts.walk_revisions()]

    assert tuple(reversed(known)) == migrate.REVISIONS
    assert scripts.get_current_head() == migrate.HEAD


def test_a_store_of_a_newer_version_is_refused_with_both_versions(place: Place) -> None:
    """Fault 37."""
    store = place.open()
    running(store)
    name = store._database.name
    _execute(store, f"UPDATE {migrate.VERSION_TABLE} SET version_num = '0042'")
    store.close()

    with pytest.raises(StoreUnusable) as refused:
        place.open()

    assert str(refused.value) == (
        f"{name} has schema 0042, made by a newer linkdeck; "
        f"this one knows {migrate.HEAD}: upgrade linkdeck"
    )


def test_a_migration_that_was_killed_is_done_again(
    empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schema changes in one transaction: all of it, or nothing."""
    with monkeypatch.context() as patch:
        patch.setattr("alembic.command.upgrade", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            empty.open()

    store = empty.open()

    assert running(store).number == 1
    store.close()


def _interrupted(config: Config, revision: str) -> None:
    config.attributes["connection"].exec_driver_sql("CREATE TABLE half (id INTEGER)")
    raise KeyboardInterrupt(revision)


def test_a_migration_another_process_has_done_meanwhile_is_not_done_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looked = migrate._revision, []

    def late(database: Database, connection: sa.Connection) -> str | None:
        looked.append(database)
        return None if len(looked) == 1 else real(database, connection)

    monkeypatch.setattr(migrate, "_revision", late)

    store = place.open()

    assert running(store).number == 1
    assert len(looked) == 2
    store.close()


def test_two_processes_that_make_the_store_at_once_make_one(empty: Place) -> None:
    with process("contender", empty) as one, process("contender", empty) as other:
        assert (one.says(), other.says()) == ("ready", "ready")
        one.tells("orders")
        assert one.says() == "1"


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_a_database_of_something_else_is_refused(
    place: Place, postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.database(f"foreign_{abs(hash(tmp_path))}")
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER)")
    engine.dispose()

    with pytest.raises(
        StoreUnusable, match="holds tables of something else; give Linkdeck a"
    ):
        Store.open(url, home=place.home)


def test_revisions_are_shipped_with_the_package() -> None:
    folder = Path(migrations.__path__[0])

    assert (folder / "env.py").is_file()
    assert len(list((folder / "versions").glob("r*.py"))) == len(migrate.REVISIONS)


@pytest.mark.parametrize("statement", [1, 20, 55])
def test_a_migration_killed_at_any_statement_leaves_a_store_that_is_brought_up_later(
    empty: Place, statement: int
) -> None:
    """Fault 37: SIGKILL in the middle of it, with rows in every table."""
    before = made_at(empty, migrate.REVISIONS[0])

    died = Process("upgrader", empty, str(statement)).popen
    died.communicate(timeout=60)
    store = empty.open()

    assert died.returncode == -signal.SIGKILL
    assert [found for found in store.check() if found.serious] == []
    assert len(store.events().items) == before["sync_event"]
    assert running(store, 1).finishes(clean(0)).ends().id == before["sync_event"] + 1
    store.close()


def test_two_processes_that_bring_up_an_old_store_at_once_do_it_once(empty: Place) -> None:
    before = made_at(empty, migrate.REVISIONS[0])

    with process("contender", empty) as one, process("contender", empty) as other:
        assert (one.says(), other.says()) == ("ready", "ready")
        one.tells("parcels")
        other.tells("tickets")
        said = {one.says(), other.says()}

    opened = before["sync_event"]
    assert said == {str(opened + 1), str(opened + 2)}

"""What is open is found by its index, however much has failed and closed before (I4)."""

from typing import Any

from sqlalchemy import Connection, event

from engine.store import superseding
from tests.stories.conftest import world as world  # noqa: PLC0414 - the stories' fixture
from tests.stories.world import World, order


def test_open_failures_of_a_key_are_sought_by_the_index_on_their_keys(world: World) -> None:
    """A run that meets 70,000 open keys must not read every failure there ever was for each."""
    world.orders([order(1, email="")])
    world.run()
    plans: list[str] = []

    def explain(
        connection: Connection, cursor: Any, said: str, bound: Any, *_: Any
    ) -> None:
        del cursor
        rows = connection.connection.cursor()
        rows.execute(f"EXPLAIN QUERY PLAN {said}", bound)
        plans.extend(row[3] for row in rows.fetchall())

    store = world.engine._context.store
    with store._database.reading() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        meeting = superseding.Meeting("orders", 2, 2, None)
        [found] = meeting._older(connection, ["[1]"], None)
        keys = superseding.hashes(connection, "orders", but=2)

    assert found.id == 1
    assert len(keys) == 1
    sought = [plan for plan in plans if "snapshot" in plan]
    assert len(sought) == 2
    assert "INDEX snapshot_open_by_key" in sought[0]
    assert "INDEX snapshot_open" in sought[1]

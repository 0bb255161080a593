"""Which record answers for which key, asked many at a time."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from engine.adapters.sql.raw import Unreadable, plain
from engine.adapters.sql.rows import Row

Record = Mapping[str, Any]
Ask = Callable[[Sequence[Row]], Sequence[Record]]
"""The records that have any of these keys."""


def answers(
    keys: Sequence[Row], ask: Ask, *, key: Sequence[str], at_once: int
) -> dict[Row, Record | None]:
    """By key, the record, or None; `key` are the columns whose values the keys are."""
    found: dict[Row, Record | None] = dict.fromkeys(keys)
    rest = iter(list(found))
    while few := list(islice(rest, at_once)):
        for each in _unmatched(few, ask(few), found, key):
            found[each] = next(iter(ask([each])), None)
    return found


def _unmatched(
    few: Sequence[Row],
    records: Sequence[Record],
    found: dict[Row, Record | None],
    key: Sequence[str],
) -> list[Row]:
    """Note each record under its key; the keys without one, where a record has none of them.

    Such a database finds more alike than we do (blanks, capitals, zeroes), and has to be asked
    for them one by one.
    """
    alike: dict[Row, list[Row]] = {}
    for each in few:
        alike.setdefault(spelled(each), []).append(each)
    astray = False
    for record in records:
        met = alike.get(spelled([record[name] for name in key]))
        if met is None:
            astray = True
        else:
            found.update(dict.fromkeys(met, record))
    return [each for each in few if found[each] is None] if astray else []


def spelled(key: Sequence[Any]) -> Row:
    """A key as text, the same for what was asked and for what is held."""
    try:
        return tuple([str(plain(part)) for part in key])
    except Unreadable:
        return tuple(map(repr, key))

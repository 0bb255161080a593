"""The language of the filter line (CONTRACT 5)."""

import pytest

from console.filtering import Term, understood
from console.wanted import NOBODY, sought
from tests.console.made import BLANK, MALFORMED

GROUPS = (MALFORMED, BLANK)


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", ()),
        ("email blank", (Term("email"), Term("blank"))),
        ("code:required", (Term("required", "code"),)),
        ("!archived", (Term("archived", negated=True),)),
        ("!tier:batch", (Term("batch", "tier", negated=True),)),
        ('"not found"', (Term("not found"),)),
        ('key:"a b', (Term("a b", "key"),)),
        ("https://shop", (Term("https://shop"),)),
        ("12:30", (Term("12:30"),)),
        ("code:", (Term("code:"),)),
        ("!", (Term("!"),)),
    ],
)
def test_what_was_typed_is_understood(typed: str, terms: tuple[Term, ...]) -> None:
    assert understood(typed).terms == terms


def test_all_of_it_must_hold() -> None:
    wanted = understood("email !null state:open")

    assert wanted.admits("email is blank", {"state": "open"})
    assert not wanted.admits("email is null", {"state": "open"})
    assert not wanted.admits("email is blank", {"state": "recovered"})


def test_fields_of_a_cause_choose_fingerprints() -> None:
    """So that the store looks in an index, however many records there are."""
    asked = sought(understood("code:required"), GROUPS)

    assert asked.selection.fingerprints == (BLANK.fingerprint,)
    assert not asked.search


def test_a_field_that_no_cause_has_matches_nothing() -> None:
    assert sought(understood("code:nope"), GROUPS).selection.fingerprints == (NOBODY,)


def test_a_chosen_cause_is_narrowed_and_never_widened() -> None:
    asked = sought(understood("tier:batch"), GROUPS, fingerprint=BLANK.fingerprint)

    assert asked.selection.fingerprints == (NOBODY,)


def test_words_states_and_keys_are_searched_for() -> None:
    search = sought(understood("blank !null state:in_doubt key:10"), GROUPS).search

    assert search.words == ("blank",)
    assert search.without == ("null",)
    assert search.keys == ("10",)
    assert search.states == ("in_doubt",)

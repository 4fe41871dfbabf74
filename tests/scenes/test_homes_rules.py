"""ID numbers (GB 11643), ages and groups."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.house import TODAY, number
from yiwang.kit.errors import Invalid
from yiwang.scenes.homes import rules
from yiwang.scenes.homes.model import (
    Group,
)


@pytest.mark.parametrize(
    ("text", "born", "sex"),
    [
        ("11010519491231002X", date(1949, 12, 31), "female"),  # the standard's own examples
        ("440524188001010014", None, None),  # and this one was born 146 years ago
        (number("31010119800229001"), date(1980, 2, 29), "male"),
        (number("93115620000315012"), date(2000, 3, 15), "female"),  # a foreigner's permit
    ],
)
def test_an_id_number_says_when_one_was_born_and_of_which_sex(text: str, born: date | None, sex: str | None):
    if born is None:
        with pytest.raises(Invalid) as said:
            rules.read_id(text, TODAY, generated=False)
        assert said.value.code == "resident.id_birth"
    else:
        assert rules.read_id(text, TODAY, generated=False) == (born, sex)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("110105194912310021", "id_check"),
        ("1101051949123100", "id_form"),
        ("11010519491231002x", "id_form"),
        ("１１０１０５１９４９１２３１００２Ｘ", "id_form"),
        (number("16010119800101001"), "id_place"),
        (number("99010119800101001"), "id_made_up"),
        (number("31010119810229001"), "id_birth"),
        (number("31010120270101001"), "id_birth"),
    ],
)
def test_a_wrong_id_number_is_refused_with_what_is_wrong(text: str, code: str):
    with pytest.raises(Invalid) as said:
        rules.read_id(text, TODAY, generated=False)
    assert said.value.code == f"resident.{code}"


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(first: str, at: int, by: int):
    wrong = first[:at] + str((int(first[at]) + by) % 10) + first[at + 1 :]
    assert rules.check_digit(wrong) != rules.check_digit(first)


def test_masked_as_everywhere():
    assert rules.mask_id("310101195603081234") == "310***********1234"
    assert rules.mask_id("") == ""
    assert rules.mask_id("K123") == "*****"


@given(st.dates(date(1900, 1, 1), date(2030, 12, 31)), st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_whoever_is_counted_as_60_is_60(born: date, day: date):
    for age in (60, 80):
        assert (born <= rules.born_by(day, age)) == (rules.age_on(born, day) >= age)


def test_ages_turn_on_the_birthday():
    assert [rules.age_on(date(1946, 11, 24), day) for day in (date(2026, 11, 23), TODAY)] == [79, 80]
    assert [rules.age_on(date(1964, 2, 29), date(2025, 2, d)) for d in (28,)] == [60]
    assert rules.age_on(date(1964, 2, 29), date(2025, 3, 1)) == 61


@pytest.mark.parametrize(
    ("born", "care", "living", "groups"),
    [
        ("1940-01-01", False, 1, "elder aged alone alone_elder alone_aged"),
        ("1940-01-01", True, 2, "elder aged care"),
        ("1960-01-01", False, 1, "elder alone alone_elder"),
        ("1990-01-01", False, 1, "alone"),
        ("1990-01-01", False, 3, ""),
    ],
)
def test_groups(born: str, care: bool, living: int, groups: str):
    found = rules.groups_of(date.fromisoformat(born), care, living, TODAY)
    assert found == tuple(Group(g) for g in groups.split())

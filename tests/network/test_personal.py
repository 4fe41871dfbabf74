"""People's telephones: sealed, masked in every list, in clear with a reason that is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yiwang.kit.db import Tx
from yiwang.kit.errors import Problem
from yiwang.network import rules_personal
from yiwang.network.actions_people import erase_person
from yiwang.network.actions_personal import unmask_person
from yiwang.network.model import PostKind
from yiwang.network.model_people import ErasePerson
from yiwang.network.model_personal import Purpose, UnmaskPerson
from yiwang.network.queries_people import get_person, list_people
from yiwang.network.queries_personal import list_unmaskings
from yiwang.network.rules import scope_of

from .conftest import ROBOT, Town

PHONE, MASKED = "13800000000", "138****0000"


@pytest.mark.parametrize(
    ("name", "shown"), [("王小明", "王**"), ("王", "王**"), ("John Smith", "J**"), ("", ""), (" 李四 ", "李**")]
)
def test_names_are_masked(name: str, shown: str) -> None:
    assert rules_personal.mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13800001234", "138****1234"), ("+86 138 0000 1234", "861****1234"), ("63218888", "63****88"), ("110", "*****"),
     ("", "")],
)  # fmt: skip
def test_telephones_are_masked(phone: str, shown: str) -> None:
    assert rules_personal.mask_phone(phone) == shown


def test_lists_are_masked_and_ones_own_is_not(tx: Tx, town: Town) -> None:
    li, he = town.person(tx, "li", ("dispatcher", "S1")), town.person(tx, "he", ("operator", "S1"))
    everyone = frozenset(PostKind)
    assert {p.phone for p in list_people(tx, scope_of(he, everyone))} == {MASKED}
    assert get_person(tx, scope_of(he, everyone), li.id).phone == MASKED
    assert get_person(tx, scope_of(li, everyone), li.id).phone == PHONE
    kept = tx.conn.execute("select p::text, phone from network.person p").fetchall()
    assert all(PHONE not in row[0] and row[1] is None for row in kept)


def test_in_clear_with_a_reason(tx: Tx, town: Town) -> None:
    li, he = town.person(tx, "li", ("dispatcher", "S1")), town.person(tx, "he", ("operator", "S1"))
    boss, above = town.person(tx, "sup", ("supervisor", "D1")), town.person(tx, "top", ("commander", "C"))
    aside, away = town.person(tx, "far", ("supervisor", "S2")), town.person(tx, "off", ("operator", "S2"))
    ask = UnmaskPerson(li.id, Purpose.duty, "夜间值班联系")
    seen = unmask_person(tx, he, ask)
    assert (seen.name, seen.phone, seen.wecom) == ("名li", PHONE, None)
    overseers = frozenset({PostKind.supervisor, PostKind.commander})
    for who, count in ((he, 1), (boss, 1), (above, 1), (aside, 0), (li, 0)):
        found = list_unmaskings(tx, scope_of(who, overseers))
        assert [(m.by, m.subject_id, m.reason, m.words) for m in found] == [(he.id, li.id, "duty", ask.words)] * count
    for actor, code in (
        (away, "network.no_person"),
        (town.person(tx, "ins", ("inspector", "S1")), "network.not_your_post"),
        (replace(he, proven=False), "network.second_factor_due"),
    ):
        with pytest.raises(Problem) as caught:
            unmask_person(tx, actor, ask)
        assert caught.value.code == code


def test_erased_is_gone(tx: Tx, town: Town) -> None:
    li = town.person(tx, "li", ("dispatcher", "S1"))
    erase_person(tx, ROBOT, ErasePerson(li.id))
    assert tx.conn.execute("select sealed, phone, wecom from network.person where id = %s", [li.id]).fetchall() == [
        (None, None, None)
    ]

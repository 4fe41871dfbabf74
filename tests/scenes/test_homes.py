"""以房管人 (MISSION G4): who lives where, and how many."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from invariants import broken
from scenes.house import BUILDING, CODE, ID, NAME, PHONE, add_home, come, file_of, home_id, number, row, stored
from world import Play
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.rules import scope_of
from yiwang.register import actions as register
from yiwang.register.model import ChangeThing
from yiwang.register.queries import get_file
from yiwang.scenes.homes import actions, queries, rules, store
from yiwang.scenes.homes.model import (
    ChangeResident,
    EraseResident,
    Group,
    MoveOut,
    Relation,
)


def test_moves_in_is_sealed_and_shown_masked(homes: Play):
    shown = come(homes)
    assert (shown.name, shown.id_number, shown.phone) == ("钱**", f"310***********{ID[-4:]}", "138****5678")
    assert (shown.age, shown.sex, shown.groups[-1]) == (88, "male", Group.alone_aged)
    kept = stored(homes, shown.id)
    assert NAME not in kept and ID not in kept and PHONE not in kept
    [entry] = list_entries(homes.tx, shown.id)
    assert (entry.event, entry.subject_kind) == ("resident.moved_in", "resident")
    for secret_ in (NAME, ID, PHONE, "1938"):
        assert secret_ not in entry.body and secret_ not in repr(entry)
    assert broken(homes.tx.conn) == {}


def test_nothing_of_it_is_in_the_register(homes: Play):
    come(homes)
    whole = repr(get_file(homes.tx, homes.who("zhang.min"), home_id("101")))
    assert NAME not in whole and ID not in whole and "138" not in whole


def test_sent_twice_moves_in_once_and_nobody_is_there_twice(homes: Play):
    id = new_id()
    come(homes, resident_id=id)
    come(homes, resident_id=id)
    with homes.refused("resident.there"):
        come(homes)
    with homes.refused("resident.exists"):
        come(homes, "201", resident_id=id)
    come(homes, "201")  # somebody may own one home and live in another
    assert file_of(homes).living == 1
    with homes.refused("resident.there"):
        come(homes, "301", name="孙一", id_number="", born=date(1970, 1, 1))
        come(homes, "301", name="孙一", id_number="", born=date(1970, 1, 1))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id_number": ""}, "resident.no_birth"),
        ({"id_number": "", "born": date(2030, 1, 1)}, "resident.birth"),
        ({"since": date(2027, 1, 1)}, "resident.since"),
        ({"since": date(1930, 1, 1)}, "resident.since"),
        ({"id_number": number("99010119800101001")}, "resident.id_made_up"),
    ],
)
def test_what_cannot_be_is_refused(homes: Play, fields: dict[str, Any], code: str):
    with homes.refused(code):
        come(homes, **fields)


def test_a_made_up_home_takes_made_up_people_only(homes: Play):
    add_home(homes, "102", generated=True)
    with homes.refused("resident.id_real"):
        come(homes, "102")
    shown = come(homes, "102", id_number=number("99010119400101002"))
    assert shown.generated and shown.sex == "female"


def test_a_change_is_noted_without_what_it_changed(homes: Play):
    was = come(homes)
    who, cmd = homes.who("lin.feng"), ChangeResident(was.id, was.n, phone="", care=True, relation=Relation.tenant)
    now = row(actions.change_resident(homes.tx, who, cmd), was.id)
    assert (now.phone, now.relation, now.n) == ("", "tenant", 2) and Group.care in now.groups
    assert NAME not in (entry := list_entries(homes.tx, was.id)[-1]).body and "phone" in entry.body
    with homes.refused("resident.changed"):
        actions.change_resident(homes.tx, who, cmd)
    again = actions.change_resident(homes.tx, who, replace(cmd, n=2))
    assert row(again, was.id).n == 2, "nothing is new"
    moved = ChangeResident(was.id, 2, id_number=number("31010119900101001"))
    assert row(actions.change_resident(homes.tx, who, moved), was.id).age == 36
    assert broken(homes.tx.conn) == {}


def test_whoever_is_left_alone_is_of_that_group(homes: Play):
    old = come(homes)
    other = come(homes, name="李梅", id_number="", born=date(1980, 5, 1), relation=Relation.family)
    assert Group.alone not in row(file_of(homes), old.id).groups
    out = MoveOut(other.id, homes.tx.now.date() - timedelta(days=0))
    file = actions.move_out(homes.tx, homes.who("zhang.min"), out)
    assert Group.alone_aged in row(file, old.id).groups and file.living == 1
    assert row(file, other.id).groups == () and [r.id for r in file.residents or []] == [old.id, other.id]
    actions.move_out(homes.tx, homes.who("zhang.min"), out)
    with homes.refused("resident.left"):
        actions.change_resident(homes.tx, homes.who("zhang.min"), ChangeResident(other.id, 2, care=True))
    with homes.refused("resident.until"):
        actions.move_out(homes.tx, homes.who("zhang.min"), MoveOut(old.id, date(2027, 1, 1)))
    assert broken(homes.tx.conn) == {}


def test_nobody_moves_into_what_is_struck_off(homes: Play):
    register.change_thing(homes.tx, homes.who("zhang.min"), ChangeThing(home_id("101"), 1, state="gone"))
    with homes.refused("home.gone"):
        come(homes)
    assert "move_in" not in file_of(homes).acts


def test_a_house_has_its_homes_by_floor_with_who_needs_a_look(homes: Play):
    come(homes)
    come(homes, "301", id_number="", born=date(1990, 1, 1), care=True)
    house = queries.get_house(homes.tx, homes.who("zhang.min"), BUILDING)
    assert [(c.floor, c.room, c.tenure, c.living, c.alone, c.aged, c.care) for c in house.homes] == [
        (1, "101", "自住", 1, True, True, False), (2, "201", "自住", 0, False, False, False), (3, "301", "出租", 1, True, False, True),
    ]  # fmt: skip
    assert house.building.counts is not None
    assert (house.building.counts.homes, house.building.counts.living, house.building.counts.alone_aged) == (3, 2, 1)
    file = get_file(homes.tx, homes.who("zhang.min"), BUILDING)
    assert {link.role for link in file.links} == {"in"} and len(file.links) == 3


def test_counts_per_neighbourhood_and_grid_agree(homes: Play):
    come(homes)
    come(homes, "201", name="李梅", id_number="", born=date(1960, 1, 1))
    store.put_tally(homes.tx)
    scope = scope_of(homes.who("chen.jie"))
    [whole] = [c for c in queries.list_counts(homes.tx, scope, by_grid=False) if c.homes]
    [grid] = queries.list_counts(homes.tx, scope, by_grid=True)
    assert replace(grid, grid_code=None) == whole and grid.grid_code
    assert (whole.homes, whole.let, whole.living, whole.elder, whole.aged, whole.alone, whole.alone_aged) == (
        3,
        1,
        2,
        2,
        1,
        2,
        1,
    )


def test_what_is_counted_follows_whoever_moves_grows_older_or_is_gone(homes: Play):
    """Each act changes the counts at the next beat, and whoever grows older does so after midnight, with no act at all."""
    scope = scope_of(homes.who("zhang.min"))

    def counts(again: int = 1) -> tuple[int, ...]:
        assert store.put_tally(homes.tx) == again
        found = [c for c in queries.list_counts(homes.tx, scope, by_grid=False) if c.homes]
        assert broken(homes.tx.conn) == {}
        return tuple(
            getattr(c, n) for c in found for n in ("homes", "let", "living", "elder", "aged", "alone_aged", "care")
        )

    who = homes.who("zhang.min")
    eve = homes.tx.now.date() + timedelta(days=1)
    old = come(homes, id_number="", born=eve.replace(year=eve.year - 80))
    young = come(homes, "301", name="李梅", id_number="", born=date(1990, 1, 1), care=True)
    assert counts() == (3, 1, 2, 1, 0, 0, 1)
    assert counts(again=0) == (3, 1, 2, 1, 0, 0, 1)
    homes.wait(days=1)
    assert counts() == (3, 1, 2, 1, 1, 1, 1)
    actions.change_resident(homes.tx, who, ChangeResident(young.id, 1, phone=""))
    assert counts(again=0), "a telephone is in no count"
    actions.change_resident(homes.tx, who, ChangeResident(young.id, 2, care=False))
    actions.move_out(homes.tx, who, MoveOut(old.id))
    assert counts() == (3, 1, 1, 0, 0, 0, 0)
    actions.erase_resident(homes.tx, who, EraseResident(young.id, "本人要求删除"))
    register.change_thing(homes.tx, who, ChangeThing(home_id("201"), 1, state="gone"))
    assert counts() == (2, 1, 0, 0, 0, 0, 0)


def test_who_lives_alone_and_is_80_is_listed_masked(homes: Play):
    come(homes)
    come(homes, "201", name="李梅", id_number="", born=date(1990, 1, 1))
    scope = rules.seen_by(homes.who("lin.feng"))
    [found] = queries.list_group(homes.tx, scope, Group.alone_aged)
    assert (found.name, found.phone, found.age, found.code) == ("钱**", "138****5678", 88, f"{CODE}-1-101")
    assert found.building_id == BUILDING
    assert len(queries.list_group(homes.tx, scope, Group.alone)) == 2
    first = queries.list_group(homes.tx, scope, Group.alone, limit=1)[0]
    [second] = queries.list_group(homes.tx, scope, Group.alone, after=(first.code, first.id))
    assert second.id != first.id

"""Who sees residents, how many or nothing; whoever is bound to duty grids sees no other."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

import world
from scenes.house import (
    BUILDING,
    FILE,
    PLACE,
    TODAY,
    bring,
    come,
    file_of,
    home_id,
    of_neighbourhood,
    row,
)
from world import STREET, Play
from yiwang.kit.errors import Forbidden, NotFound
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.actions_people import grant_post
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_people import GrantPost
from yiwang.network.model_personal import Purpose
from yiwang.network.rules import scope_of
from yiwang.register.queries import Wanted, get_file
from yiwang.scenes.homes import actions, queries, rules, store
from yiwang.scenes.homes.model import (
    ChangeResident,
    EraseResident,
    Group,
    MoveIn,
    MoveOut,
    Relation,
    UnmaskResident,
)
from yiwang.scenes.homes.queries_figures import list_own


def finds_nobody(homes: Play, other: Actor, old: UUID) -> None:
    """Whatever they would do in that home."""
    acts: list[Callable[[], object]] = [
        lambda: queries.get_home(homes.tx, other, home_id("101")),
        lambda: actions.move_in(homes.tx, other, MoveIn(new_id(), home_id("101"), "某", Relation.other, born=TODAY)),
        lambda: actions.change_resident(homes.tx, other, ChangeResident(old, 1, care=True)),
        lambda: actions.move_out(homes.tx, other, MoveOut(old)),
        lambda: actions.unmask_resident(homes.tx, other, UnmaskResident(old, Purpose.visit, "走访")),
        lambda: actions.erase_resident(homes.tx, other, EraseResident(old, "本人要求")),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("zhang.min", "residents"), ("lin.feng", "residents"), ("wang.lei", "nothing"), ("dong.liang", "residents"), ("sun.lan", "residents"),
        ("he.ping", "residents"), ("shen.he", "residents"), ("chen.jie", "number"), ("gu.yan", "number"), ("tang.yi", "number"),
        ("peng.liang", "nothing"), ("cheng.gang", "nothing"), ("meng.dali", "nothing"), ("next.door", "nothing"),
        ("qian.xi", "nothing"),
    ],
)  # fmt: skip
def test_who_sees_residents_how_many_or_nothing(homes: Play, login: str, sees: str):
    come(homes)
    store.put_tally(homes.tx)
    who = homes.who(login)
    if sees == "nothing":
        with homes.refused("home.none"):
            queries.get_home(homes.tx, who, home_id("101"))
        assert queries.list_counts(homes.tx, scope_of(who), by_grid=False) == []
    else:
        file = queries.get_home(homes.tx, who, home_id("101"))
        assert file.living == 1 and (file.residents is not None) is (sees == "residents")
        house = queries.get_house(homes.tx, who, BUILDING)
        assert (house.homes[0].aged is not None) is (sees == "residents")
        [row_] = queries.list_buildings(homes.tx, scope_of(who), rules.seen_by(who), Wanted("building"))
        for building in (row_, house.building):
            assert building.heads and building.heads.living == 1
            assert (building.counts is not None) is (sees == "residents")
    assert len(queries.list_group(homes.tx, rules.seen_by(who), Group.aged)) == (sees == "residents")


def test_a_firm_sees_the_home_that_it_keeps_and_nobody_in_it(homes: Play):
    come(homes)
    firm = homes.who("peng.liang")
    assert get_file(homes.tx, firm, home_id("101")).thing.code
    with pytest.raises(NotFound):
        queries.get_home(homes.tx, firm, home_id("101"))
    assert queries.list_buildings(homes.tx, scope_of(firm), rules.seen_by(firm), Wanted("building")) == []


def test_another_neighbourhood_sees_and_does_nothing(homes: Play):
    old = come(homes)
    own, other = of_neighbourhood(homes, PLACE), of_neighbourhood(homes, "310101019014")
    assert queries.get_home(homes.tx, own, home_id("101")).residents
    finds_nobody(homes, other, old.id)
    assert queries.list_group(homes.tx, rules.seen_by(other), Group.aged) == []


def test_a_dispatcher_keeps_nobody(homes: Play):
    old = come(homes)
    who = homes.who("chen.jie")
    for act in (
        lambda: actions.move_out(homes.tx, who, MoveOut(old.id)),
        lambda: actions.unmask_resident(homes.tx, who, UnmaskResident(old.id, Purpose.visit, "走访")),
    ):
        with pytest.raises(Forbidden):
            act()
    assert file_of(homes, by="chen.jie").acts == ()


def test_a_worker_of_another_duty_grid_finds_nobody_there(homes: Play):
    """The next grid's inspector, of the very street: not seen, not counted, not done, and no file says that it is there."""
    old = come(homes)
    store.put_tally(homes.tx)
    other = homes.who("wang.lei")
    assert get_file(homes.tx, other, home_id("101")).thing.code, "the house is on the register of all"
    finds_nobody(homes, other, old.id)
    scope, seen = scope_of(other), rules.seen_by(other)
    assert queries.list_buildings(homes.tx, scope, seen, Wanted("building")) == []
    house = queries.get_house(homes.tx, other, BUILDING)
    assert (house.homes, house.building.heads, house.building.counts) == ([], None, None)
    assert queries.list_group(homes.tx, seen, Group.aged) == []
    for by_grid in (False, True):
        assert queries.list_counts(homes.tx, scope, by_grid=by_grid) == []
    assert {f.value for f in list_own(homes.tx, scope)} == {0}
    assert {f.name: f.value for f in list_own(homes.tx, scope_of(homes.who("lin.feng")))}["living"] == 1
    rows = bring(homes, FILE, by="shi.guoqiang", dry=True)
    assert rows.bad == 2 and "不在您的辖区" in rows.lines[0].zh, "nor does a file of another grid's chief find it"
    assert bring(homes, FILE, by="zhu.hong", dry=True).bad == 0


def test_who_is_bound_to_a_grid_and_has_a_post_in_the_whole_street_acts_under_the_latter(homes: Play):
    old = come(homes)
    id = homes.who("wang.lei").id
    grant_post(
        homes.tx, world.SETUP, GrantPost(new_id(), id, PostKind.dispatcher, world.unit(STREET), since=world.LONG_AGO)
    )
    both = homes.who("wang.lei")
    file = queries.get_home(homes.tx, both, home_id("101"))
    assert (file.living, file.residents, file.acts) == (1, None, ()), "a dispatcher knows how many"
    house = queries.get_house(homes.tx, both, BUILDING)
    assert [c.living for c in house.homes] == [None] * 3 and house.building.counts is None
    with pytest.raises(Forbidden):
        actions.unmask_resident(homes.tx, both, UnmaskResident(old.id, Purpose.visit, "走访"))
    grant_post(
        homes.tx, world.SETUP, GrantPost(new_id(), id, PostKind.operator, world.unit(STREET), since=world.LONG_AGO)
    )
    assert queries.get_home(homes.tx, homes.who("wang.lei"), home_id("101")).residents
    done = actions.change_resident(homes.tx, homes.who("wang.lei"), ChangeResident(old.id, 1, care=True))
    assert row(done, old.id).n == 2 and list_entries(homes.tx, old.id)[-1].post == "operator"

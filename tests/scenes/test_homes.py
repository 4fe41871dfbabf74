"""以房管人 (MISSION G4): who lives where; who may know it, and in clear only with a reason; erased, and the ledger stays whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import world
from invariants import broken
from world import STREET, Play
from yiwang import wiring
from yiwang.kit import secret
from yiwang.kit.db import Database
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Problem, Unavailable
from yiwang.kit.ids import named_id, new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.actions_people import add_person, grant_post
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_people import AddPerson, GrantPost
from yiwang.network.model_personal import Purpose
from yiwang.network.queries_personal import list_unmaskings
from yiwang.network.rules import scope_of
from yiwang.register import actions as register
from yiwang.register.actions_import import import_things
from yiwang.register.model import AddThing, ImportThings, PartyOf, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.queries import Wanted, get_file
from yiwang.scenes.homes import actions, actions_import, queries, rules
from yiwang.scenes.homes.model import (
    ChangeResident,
    EraseResident,
    Group,
    HomeFile,
    ImportResidents,
    MoveIn,
    MoveOut,
    Relation,
    ResidentRow,
    UnmaskResident,
)
from yiwang.scenes.homes.queries_figures import list_own

PLACE = "310101019005"
CODE = f"{PLACE}-001"
BUILDING = thing_id("building", CODE)
NAME, PHONE = "钱守仁", "13812345678"
HOUSE = {"use": "住宅", "built": 1962, "storeys": 3, "units": 1}
FIRM = f"{STREET}-wuye"


def number(first: str) -> str:
    return first + rules.check_digit(first)


ID = number("31010119380205123")


def home_id(room: str) -> UUID:
    return thing_id("home", f"{CODE}-1-{room}")


def add_home(play: Play, room: str, *, generated: bool = False, **more: Any) -> None:
    attributes = {"unit": 1, "floor": int(room[0]), "room": room, "area_m2": 41.5, "tenure": "自住"} | more
    cmd = AddThing(
        "home", f"{CODE}-1-{room}", f"文庙路 1 号 {room} 室", *world.SPOT, address="文庙路 1 号", attributes=attributes,
        parties=(PartyOf(Role.keeper, FIRM),),
    )  # fmt: skip
    register.add_thing(play.tx, play.who("zhang.min"), cmd, generated=generated)


@pytest.fixture
def homes(play: Play) -> Play:
    """A house of three storeys, one home on each; the homes are entered before their building."""
    for room in ("101", "201"):
        add_home(play, room)
    cmd = AddThing("building", CODE, "文庙路 1 号", *world.SPOT, address="文庙路 1 号", attributes=HOUSE)
    register.add_thing(play.tx, play.who("zhang.min"), cmd)
    add_home(play, "301", tenure="出租")
    return play


def come(play: Play, room: str = "101", by: str = "zhang.min", **more: Any) -> ResidentRow:
    """Somebody moves in; as they are shown then."""
    fields: dict[str, Any] = {"name": NAME, "relation": Relation.owner, "id_number": ID, "phone": PHONE} | more
    id = fields.pop("resident_id", new_id())
    file = actions.move_in(play.tx, play.who(by), MoveIn(id, home_id(room), **fields))
    return row(file, id)


def row(file: HomeFile, id: UUID) -> ResidentRow:
    assert file.residents is not None
    return next(r for r in file.residents if r.id == id)


def file_of(play: Play, room: str = "101", by: str = "zhang.min") -> HomeFile:
    return queries.get_home(play.tx, play.who(by), home_id(room))


def stored(play: Play, id: UUID) -> str:
    found = play.tx.conn.execute("select r::text from homes.resident r where id = %s", [id]).fetchone()
    assert found
    return found[0]


def of_neighbourhood(play: Play, code: str, kind: PostKind = PostKind.operator) -> Actor:
    login = f"{kind}.{code}"
    add_person(play.tx, world.SETUP, AddPerson(named_id(f"person:{login}"), login, "社工"))
    post = GrantPost(new_id(), named_id(f"person:{login}"), kind, world.unit(code), since=world.LONG_AGO)
    grant_post(play.tx, world.SETUP, post)
    return play.who(login)


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────

TODAY = date(2026, 11, 24)


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


# ── who lives there ───────────────────────────────────────────────────────────────────────────────────────────────


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
    from yiwang.register.model import ChangeThing

    register.change_thing(homes.tx, homes.who("zhang.min"), ChangeThing(home_id("101"), 1, state="gone"))
    with homes.refused("home.gone"):
        come(homes)
    assert "move_in" not in file_of(homes).acts


# ── a building, and how many ──────────────────────────────────────────────────────────────────────────────────────


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


# ── who may ───────────────────────────────────────────────────────────────────────────────────────────────────────


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
    acts: list[Callable[[], object]] = [
        lambda: queries.get_home(homes.tx, other, home_id("101")),
        lambda: actions.move_in(homes.tx, other, MoveIn(new_id(), home_id("101"), "某", Relation.other, born=TODAY)),
        lambda: actions.change_resident(homes.tx, other, ChangeResident(old.id, 1, care=True)),
        lambda: actions.move_out(homes.tx, other, MoveOut(old.id)),
        lambda: actions.unmask_resident(homes.tx, other, UnmaskResident(old.id, Purpose.visit, "走访")),
        lambda: actions.erase_resident(homes.tx, other, EraseResident(old.id, "本人要求")),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
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


# ── in clear ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_in_clear_with_a_reason_that_leaders_see(homes: Play):
    old = come(homes)
    feng, ask = homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, "上门走访独居老人")
    clear = actions.unmask_resident(homes.tx, feng, ask)
    assert (clear.name, clear.id_number, clear.phone, clear.born) == (NAME, ID, PHONE, date(1938, 2, 5))
    assert NAME not in repr(clear) and PHONE not in repr(clear)
    overseers = frozenset({PostKind.supervisor, PostKind.commander})
    [seen] = list_unmaskings(homes.tx, scope_of(homes.who("sun.lan"), overseers))
    assert (seen.by, seen.what, seen.subject_id, seen.part_id, seen.reason, seen.words) == (
        feng.id, "resident", old.id, home_id("101"), "visit", ask.words,
    )  # fmt: skip
    entry = list_entries(homes.tx, old.id)[-1]
    assert entry.event == "resident.unmasked" and str(seen.id) in entry.body
    assert all(secret_ not in entry.body for secret_ in (NAME, ID, PHONE, ask.words))
    assert broken(homes.tx.conn) == {}


def test_in_clear_asks_for_a_second_factor_and_a_reason_without_numbers(homes: Play):
    old = come(homes)
    with homes.refused("network.second_factor_due"):
        who = replace(homes.who("lin.feng"), proven=False)
        actions.unmask_resident(homes.tx, who, UnmaskResident(old.id, Purpose.visit, "走访"))
    with homes.refused("network.reason_has_number"):
        actions.unmask_resident(homes.tx, homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, f"联系 {PHONE}"))
    assert file_of(homes).acts == ("move_in", "change", "move_out", "unmask", "erase", "import")


# ── erased ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_erased_at_their_wish_and_it_says_so(homes: Play):
    old = come(homes)
    cmd = EraseResident(old.id, "本人要求删除")
    with homes.refused("network.not_your_post"):
        actions.erase_resident(homes.tx, homes.who("lin.feng"), cmd)
    file = actions.erase_resident(homes.tx, homes.who("zhang.min"), cmd)
    gone = row(file, old.id)
    assert (gone.name, gone.id_number, gone.phone, gone.age, gone.sex, gone.groups) == ("", "", "", None, None, ())
    assert (gone.erased_at, gone.erased_why, gone.until, file.living) == (
        homes.tx.now,
        cmd.reason,
        homes.tx.now.date(),
        0,
    )
    events = [e.event for e in list_entries(homes.tx, old.id)]
    actions.erase_resident(homes.tx, homes.who("zhang.min"), cmd)
    assert [e.event for e in list_entries(homes.tx, old.id)] == events == ["resident.moved_in", "resident.erased"]
    for act in (
        lambda: actions.unmask_resident(homes.tx, homes.who("sun.lan"), UnmaskResident(old.id, Purpose.visit, "走访")),
        lambda: actions.move_out(homes.tx, homes.who("zhang.min"), MoveOut(old.id)),
        lambda: actions.change_resident(homes.tx, homes.who("zhang.min"), ChangeResident(old.id, 2, care=True)),
    ):
        with homes.refused("resident.erased"):
            act()
    assert queries.list_group(homes.tx, rules.seen_by(homes.who("zhang.min")), Group.aged) == []
    homes.settle()
    assert broken(homes.tx.conn) == {}


def test_whoever_left_long_ago_is_known_no_more(homes: Play):
    old, stays = come(homes), come(homes, "201")
    actions.move_out(homes.tx, homes.who("zhang.min"), MoveOut(old.id))
    homes.wait(days=365)
    assert actions._forget(homes.tx) == 0, "a year and no day more"
    homes.wait(days=1)
    assert actions._forget(homes.tx) == 1 and actions._forget(homes.tx) == 0
    gone = row(file_of(homes), old.id)
    assert (gone.name, gone.erased_at, gone.erased_why) == ("", homes.tx.now, rules.EXPIRED)
    assert row(file_of(homes, "201"), stays.id).name == "钱**"
    assert list_entries(homes.tx, old.id)[-1].event == "resident.erased"
    assert broken(homes.tx.conn) == {}


def test_a_new_key_opens_what_the_old_one_sealed_and_then_seals_all(homes: Play, tmp_path: Any, monkeypatch: Any):
    old = come(homes)
    path = tmp_path / "personal"
    secret.write_keys(path, [secret.ring().current])
    ring = secret.Ring(path)
    monkeypatch.setattr(secret, "_ring", ring)
    before = ring.current
    ring.rotate("sm4")
    assert queries.read_key_use(homes.tx) == {before.id: 1}
    assert actions.seal_residents(homes.tx, UUID(int=0), 10) == old.id
    assert actions.seal_residents(homes.tx, old.id, 10) is None
    assert queries.read_key_use(homes.tx) == {ring.current.id: 1}
    clear = actions.unmask_resident(homes.tx, homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, "走访"))
    assert clear.id_number == ID
    assert broken(homes.tx.conn) == {}


def test_without_its_key_it_is_said_and_nothing_else_breaks(homes: Play, tmp_path: Any, monkeypatch: Any):
    old = come(homes)
    path = tmp_path / "personal"
    secret.write_keys(path, [secret.Key.make("aes256")])
    monkeypatch.setattr(secret, "_ring", secret.Ring(path))
    shown = row(file_of(homes), old.id)
    assert (shown.name, shown.readable, shown.age) == ("", False, 88)
    with pytest.raises(Unavailable):
        actions.unmask_resident(homes.tx, homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, "走访"))


def test_the_seal_is_bound_to_its_row(homes: Play):
    one, two = come(homes), come(homes, "201", name="李梅", id_number="", born=date(1980, 1, 1))
    homes.tx.conn.execute(
        "update homes.resident r set sealed = o.sealed from homes.resident o where r.id = %s and o.id = %s",
        [two.id, one.id],
    )
    assert not row(file_of(homes, "201"), two.id).readable


def test_lost_keys_stop_the_start(world_db: Database, tmp_path: Any):
    with world_db.transaction() as tx:
        play = Play(tx)
        add_home(play, "101")
        come(play)
    with pytest.raises(Invalid) as said:
        wiring.open_ring(wiring.Settings(data=str(tmp_path)), world_db)
    assert said.value.code == "secret.key_lost"


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────

HEADS = "房屋编码,姓名,身份证号,电话,出生日期,性别,与房屋关系,重点关爱,入住日期,搬离日期\n"


def bring(play: Play, text: str, *, by: str = "zhang.min", dry: bool = False) -> Any:
    cmd = ImportResidents("住户.csv", (HEADS + text).encode(), dry)
    return actions_import.import_residents(play.tx, play.who(by), cmd)


FILE = f"{CODE}-1-101,{NAME},{ID},{PHONE},,,产权人,,2020-01-01,\n{CODE}-1-201,李梅,,,1990-03-04,女,租客,是,,\n"


def test_a_file_brings_residents_once_and_their_changes_later(homes: Play):
    tried = bring(homes, FILE, dry=True)
    assert (tried.added, tried.bad, file_of(homes).living) == (2, 0, 0)
    done = bring(homes, FILE)
    assert (done.added, done.changed, done.unchanged) == (2, 0, 0)
    again = bring(homes, FILE)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    [mei] = file_of(homes, "201").residents or []
    assert (mei.name, mei.sex, mei.relation) == ("李**", "female", "tenant") and Group.care in mei.groups
    later = bring(
        homes, f"{CODE}-1-201,李梅,,13900000000,1990-03-04,,租客,,,\n{CODE}-1-101,{NAME},{ID},,,,产权人,,,2026-11-01\n"
    )
    assert later.changed == 2 and file_of(homes).living == 0
    [mei] = file_of(homes, "201").residents or []
    assert (mei.phone, mei.sex, mei.n) == ("139****0000", "female", 2)
    homes.settle()
    assert broken(homes.tx.conn) == {}


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        (f"{CODE}-1-999,某,,,1980-01-01,,其他,,,", "房屋编码", "没有这套房屋"),
        (",某,,,1980-01-01,,其他,,,", "房屋编码", "空着"),
        (f"{CODE}-1-101,,,,1980-01-01,,其他,,,", "姓名", "空着"),
        (f"{CODE}-1-101,张**,,,1980-01-01,,其他,,,", "姓名", "打码"),
        (f"{CODE}-1-101,某,310***********1234,,,,其他,,,", "身份证号", "格式"),
        (f"{CODE}-1-101,某,{ID[:-1]}{'1' if ID[-1] != '1' else '2'},,,,其他,,,", "身份证号", "校验位"),
        (f"{CODE}-1-101,某,,不知道,1980-01-01,,其他,,,", "电话", "格式"),
        (f"{CODE}-1-101,某,,,1980-13-01,,其他,,,", "出生日期", "不是日期"),
        (f"{CODE}-1-101,某,,,,,其他,,,", "出生日期", "请填写"),
        (f"{CODE}-1-101,某,,,1980-01-01,中,其他,,,", "性别", "须是"),
        (f"{CODE}-1-101,某,,,1980-01-01,,朋友,,,", "与房屋关系", "须是"),
        (f"{CODE}-1-101,某,,,1980-01-01,,其他,,2030-01-01,", "入住日期", "今天之前"),
        (f"{CODE}-1-101,某,,,1980-01-01,,其他,,,2026-01-01", "搬离日期", "未登记"),
    ],
)
def test_a_bad_row_is_told_and_nothing_is_written(homes: Play, line: str, column: str, words: str):
    [told] = [r for r in bring(homes, FILE + line + "\n", dry=True).lines if r.outcome == "bad"]
    assert (told.line, told.column) == (4, column) and words in told.zh and told.en
    with homes.refused("file.bad_rows"):
        bring(homes, FILE + line + "\n")
    assert file_of(homes).living == 0


def test_one_person_in_two_rows_is_told_once_and_what_is_told_names_nobody(homes: Play):
    report = bring(homes, FILE + f"{CODE}-1-101,{NAME},{ID},,,,家属,,,\n", dry=True)
    [told] = [r for r in report.lines if r.outcome == "bad"]
    assert "第 2 行" in told.zh
    assert all(secret_ not in repr(report) for secret_ in (NAME, ID, PHONE, "李梅"))


def test_who_may_import(homes: Play):
    for login, code in (("lin.feng", "network.not_your_post"), ("chen.jie", "network.not_your_post")):
        with homes.refused(code):
            bring(homes, FILE, by=login)
    cmd = ImportResidents("住户.csv", (HEADS + FILE).encode(), True)
    with homes.refused("network.second_factor_due"):
        actions_import.import_residents(homes.tx, replace(homes.who("zhang.min"), proven=False), cmd)
    report = bring(homes, FILE, by="next.door", dry=True)
    assert report.bad == 2 and "不在您的辖区" in report.lines[0].zh, "another street's homes are none"


def test_homes_come_by_the_register_s_file_and_stand_in_their_building(homes: Play):
    lon, lat = world.SPOT
    text = "编码,名称,经度,纬度,单元,所在层,室号,建筑面积,使用情况\n" + "".join(
        f"{CODE}-1-{room},{room} 室,{lon},{lat},1,{room[0]},{room},30,空置\n" for room in ("302", "303")
    )
    done = import_things(homes.tx, homes.who("zhang.min"), ImportThings("home", "房屋.csv", text.encode(), STREET))
    assert (done.added, done.bad) == (2, 0)
    house = queries.get_house(homes.tx, homes.who("zhang.min"), BUILDING)
    assert [c.room for c in house.homes] == ["101", "201", "301", "302", "303"]
    assert broken(homes.tx.conn) == {}


@pytest.mark.parametrize("code", ["001", f"{PLACE}-1", f"{PLACE}-001-1", f"{PLACE}-001-1-3a"])
def test_a_code_that_is_none_is_refused(homes: Play, code: str):
    attributes = {"unit": 1, "floor": 1, "room": "1", "area_m2": 30, "tenure": "自住"}
    with pytest.raises(Problem) as said:
        register.add_thing(
            homes.tx, homes.who("zhang.min"), AddThing("home", code, "x", *world.SPOT, attributes=attributes)
        )
    assert said.value.code == "thing.code"


# ── duty grids ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_worker_of_another_duty_grid_finds_nobody_there(homes: Play):
    """The next grid's inspector, of the very street: not seen, not counted, not done, and no file says that it is there."""
    old = come(homes)
    other = homes.who("wang.lei")
    assert get_file(homes.tx, other, home_id("101")).thing.code, "the house is on the register of all"
    acts: list[Callable[[], object]] = [
        lambda: queries.get_home(homes.tx, other, home_id("101")),
        lambda: actions.move_in(homes.tx, other, MoveIn(new_id(), home_id("101"), "某", Relation.other, born=TODAY)),
        lambda: actions.change_resident(homes.tx, other, ChangeResident(old.id, 1, care=True)),
        lambda: actions.move_out(homes.tx, other, MoveOut(old.id)),
        lambda: actions.unmask_resident(homes.tx, other, UnmaskResident(old.id, Purpose.visit, "走访")),
        lambda: actions.erase_resident(homes.tx, other, EraseResident(old.id, "本人要求")),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    scope, seen = scope_of(other), rules.seen_by(other)
    assert queries.list_buildings(homes.tx, scope, seen, Wanted("building")) == []
    house = queries.get_house(homes.tx, other, BUILDING)
    assert (house.homes, house.building.heads, house.building.counts) == ([], None, None)
    assert queries.list_group(homes.tx, seen, Group.aged) == []
    for by_grid in (False, True):
        assert queries.list_counts(homes.tx, scope, by_grid=by_grid) == []
    assert {f.value for f in list_own(homes.tx, scope)} == {0}
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

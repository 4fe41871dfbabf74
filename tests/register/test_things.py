"""One thing, one file: entered, changed, seen by whom it concerns, each change in the ledger."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

import world
from register.conftest import BENCH, Benches
from world import STREET, unit
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Problem, Refused
from yiwang.kit.scope import Scope
from yiwang.ledger.queries import list_entries
from yiwang.network.rules import scope_of
from yiwang.register import actions, queries, rules
from yiwang.register.model import AddDocument, ChangeThing, DropDocument, LinkThings, PartyOf, SetParty, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.queries import Wanted
from yiwang.register.store import put_tally

FIRM = f"{STREET}-wuye"


def told(benches: Benches, id: Any) -> list[str]:
    return [e.event for e in list_entries(benches.play.tx, id)]


def codes(benches: Benches, login: str, **wanted: Any) -> list[str]:
    rows = queries.list_things(benches.play.tx, scope_of(benches.play.who(login)), Wanted("bench", **wanted))
    return [row.code for row in rows]


def test_a_thing_is_entered_on_its_grid(benches: Benches):
    file = benches.add(attributes={"seats": 3, "painted_on": "2026-04-01", "uses": ["下棋"]}, address="文庙路 215 号")
    thing = file.thing
    assert (thing.id, thing.state, thing.n, thing.version) == (thing_id("bench", "B-001"), "standing", 1, 2)
    assert thing.grid_code.startswith(STREET) and thing.unit_path.startswith(f"310000.310101.{STREET}")
    assert thing.attributes == {
        "seats": 3, "material": "木", "painted_on": "2026-04-01", "shaded": False, "uses": ["下棋"],
    }  # fmt: skip
    assert "change" in file.acts and told(benches, thing.id) == ["thing.added"]


def test_the_same_again_is_the_same_and_other_content_is_refused(benches: Benches):
    first = benches.add()
    assert benches.add() == first and told(benches, first.thing.id) == ["thing.added"]
    with pytest.raises(Refused) as caught:
        benches.add(attributes={"seats": 4})
    assert caught.value.code == "thing.exists" and caught.value.detail["id"] == str(first.thing.id)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "seats"),
        ({"seats": 13}, "seats"),
        ({"seats": 0}, "seats"),
        ({"seats": "drei"}, "seats"),
        ({"seats": 2.5}, "seats"),
        ({"seats": True}, "seats"),
        ({"seats": 3, "material": "塑料"}, "material"),
        ({"seats": 3, "painted_on": "2026-02-30"}, "painted_on"),
        ({"seats": 3, "length_m": 0.1}, "length_m"),
        ({"seats": 3, "uses": ["睡觉"]}, "uses"),
        ({"seats": 3, "colour": "red"}, "colour"),
    ],
)
def test_attributes_are_checked_by_the_kind(benches: Benches, given: dict[str, Any], field: str):
    with pytest.raises(Invalid) as caught:
        benches.add(attributes=given)
    assert (caught.value.code, caught.value.detail["field"]) == ("thing.attribute", field)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"code": "X-001"}, "thing.code"),
        ({"code": "B-001 "}, "thing.code"),
        ({"state": "flying"}, "thing.state"),
        ({"at": (121.9, 31.0)}, "thing.outside"),
        ({"at": (31.2, 121.4)}, "geo.swapped"),
        ({"parties": (PartyOf(Role.owner, FIRM),)}, "thing.role"),
        ({"shape": {"type": "Point", "coordinates": [1, 2]}}, "thing.shape"),
        ({"shape": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}}, "thing.shape"),
        ({"shape": {"type": "LineString", "coordinates": "x"}}, "thing.shape"),
    ],
)
def test_what_cannot_be_is_said(benches: Benches, more: dict[str, Any], code: str):
    with pytest.raises(Problem) as caught:
        benches.add(**more)
    assert caught.value.code == code


def test_only_keepers_enter_and_only_on_their_ground(benches: Benches):
    with pytest.raises(Forbidden) as caught:
        benches.add(login="sun.lan")
    assert caught.value.code == "network.not_your_post"
    with pytest.raises(Forbidden) as caught:
        benches.add(at=world.FAR)
    assert caught.value.code == "network.not_your_area"


def test_a_change_says_what_it_changed(benches: Benches):
    thing = benches.add().thing
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    cmd = ChangeThing(thing.id, 1, state="broken", attributes={"seats": 2, "material": None})
    file = actions.change_thing(tx, wang, cmd)
    assert (file.thing.n, file.thing.state, file.thing.attributes["seats"]) == (2, "broken", 2)
    revision = queries.list_revisions(tx, scope_of(wang), thing.id)[0]
    assert revision.was == {"state": "standing", "attributes.seats": 3}
    assert revision.is_now == {"state": "broken", "attributes.seats": 2}
    entry = list_entries(tx, thing.id)[-1]
    assert json.loads(entry.body)["digest"] == rules.digest({"was": revision.was, "now": revision.is_now})
    assert actions.change_thing(tx, wang, ChangeThing(thing.id, 2, state="broken")).thing.n == 2
    with pytest.raises(Refused) as caught:
        actions.change_thing(tx, wang, cmd)
    assert caught.value.code == "thing.changed" and caught.value.detail["n"] == 2


def test_what_is_gone_is_listed_only_when_asked_for(benches: Benches):
    thing = benches.add().thing
    actions.change_thing(benches.play.tx, benches.play.who("wang.lei"), ChangeThing(thing.id, 1, state="gone"))
    assert codes(benches, "wang.lei") == [] and codes(benches, "wang.lei", ended=True) == ["B-001"]


def test_nothing_is_moved_to_ground_of_others(benches: Benches):
    thing = benches.add().thing
    with pytest.raises(Forbidden):
        cmd = ChangeThing(thing.id, 1, lon=world.FAR[0], lat=world.FAR[1])
        actions.change_thing(benches.play.tx, benches.play.who("wang.lei"), cmd)


def test_older_attributes_are_brought_up(benches: Benches):
    thing = benches.add().thing
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    tx.conn.execute("update register.thing set version = 1, attributes = '{\"places\": 5}' where id = %s", [thing.id])
    file = actions.change_thing(tx, wang, ChangeThing(thing.id, 1, attributes={"material": "石"}))
    assert (file.thing.version, file.thing.attributes["seats"], file.thing.attributes["material"]) == (2, 5, "石")


def test_an_area_sees_its_ground_a_firm_what_it_is_a_party_of(benches: Benches):
    thing = benches.add().thing
    benches.add("B-002")
    assert codes(benches, "zhang.min") == ["B-001", "B-002"] and codes(benches, "next.door") == []
    assert codes(benches, "peng.liang") == []
    with pytest.raises(NotFound):
        queries.get_thing(benches.play.tx, scope_of(benches.play.who("peng.liang")), thing.id)
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    actions.set_party(tx, wang, SetParty(thing.id, Role.maintainer, FIRM))
    assert codes(benches, "peng.liang") == ["B-001"]
    file = actions.change_thing(tx, benches.play.who("peng.liang"), ChangeThing(thing.id, 1, state="broken"))
    assert [p.unit_id for p in file.parties] == [unit(FIRM)]
    actions.set_party(tx, wang, SetParty(thing.id, Role.maintainer))
    actions.set_party(tx, wang, SetParty(thing.id, Role.maintainer))
    assert codes(benches, "peng.liang") == []
    assert told(benches, thing.id) == ["thing.added", "thing.party_set", "thing.changed", "thing.party_set"]


def test_links_are_those_of_the_kind_and_show_on_both_sides(benches: Benches):
    one, other = benches.add().thing, benches.add("B-002").thing
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    for _ in range(2):
        file = actions.link_things(tx, wang, LinkThings(one.id, "beside", other.id))
    assert [(link.outward, link.code) for link in file.links] == [(True, "B-002")]
    assert [(link.outward, link.code) for link in queries.get_file(tx, wang, other.id).links] == [(False, "B-001")]
    for cmd, code in (
        (LinkThings(one.id, "under", other.id), "thing.link"),
        (LinkThings(one.id, "beside", one.id), "thing.link_itself"),
        (LinkThings(one.id, "beside", uuid4()), "thing.none"),
    ):
        with pytest.raises(Problem) as caught:
            actions.link_things(tx, wang, cmd)
        assert caught.value.code == code
    assert actions.link_things(tx, wang, LinkThings(one.id, "beside", other.id, off=True)).links == []
    assert told(benches, one.id) == ["thing.added", "thing.linked", "thing.linked"]


def test_papers_are_one_s_own_and_stay_in_the_ledger(benches: Benches):
    thing = benches.add().thing
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    sha = benches.play.photo("wang.lei", world.PhotoKind.near).sha256
    cmd = AddDocument(thing.id, uuid4(), "安装照", sha)
    assert [d.name for d in actions.add_document(tx, wang, cmd).documents] == ["安装照"]
    assert len(actions.add_document(tx, wang, cmd).documents) == 1
    assert queries.is_photo_in_sight(tx, scope_of(wang), sha)
    assert not queries.is_photo_in_sight(tx, scope_of(benches.play.who("next.door")), sha)
    with pytest.raises(Invalid) as caught:
        actions.add_document(tx, benches.play.who("zhang.min"), AddDocument(thing.id, uuid4(), "别人的", sha))
    assert caught.value.code == "photo.not_uploaded"
    assert actions.drop_document(tx, wang, DropDocument(thing.id, cmd.document_id)).documents == []
    assert not queries.is_photo_in_sight(tx, scope_of(wang), sha)
    assert told(benches, thing.id)[1:] == ["thing.document_added", "thing.document_added"]


def test_lists_are_found_by_words_place_and_state(benches: Benches):
    benches.add("B-001", name="文庙路口座椅", address="文庙路 215 号")
    benches.add("B-002", name="学宫街座椅", at=(121.4842, 31.2176), state="broken")
    benches.add("B-003", name="蓬莱路座椅", at=(121.4828, 31.2150))
    assert codes(benches, "wang.lei", words="文庙") == ["B-001"] == codes(benches, "wang.lei", words="215")
    assert codes(benches, "wang.lei", words="座椅 学宫") == ["B-002"] == codes(benches, "wang.lei", state="broken")
    assert codes(benches, "wang.lei", words="b-00") == ["B-001", "B-002", "B-003"]
    assert codes(benches, "wang.lei", words="%") == []
    assert codes(benches, "wang.lei", near=world.SPOT, radius_m=30) == ["B-001"]
    assert codes(benches, "wang.lei", box=(121.4840, 31.2174, 121.4845, 31.2180)) == ["B-002"]
    assert codes(benches, "wang.lei", unit_id=unit(STREET)) == ["B-001", "B-002", "B-003"]
    tx, scope = benches.play.tx, scope_of(benches.play.who("wang.lei"))
    page = queries.list_things(tx, scope, Wanted("bench"), after=("B-001", thing_id("bench", "B-001")), limit=1)
    assert [row.code for row in page] == ["B-002"]


def test_each_grid_s_count_follows(benches: Benches):
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    thing = benches.add().thing
    benches.add("B-002", state="broken")
    put_tally(tx)

    def counts(login: str) -> list[tuple[str, int]]:
        found = queries.count_by_grid(tx, scope_of(benches.play.who(login)), "bench", (121.4, 31.1, 121.6, 31.3))
        return sorted((c.state, c.things) for c in found)

    assert counts("wang.lei") == [("broken", 1), ("standing", 1)] and counts("next.door") == []
    whole = queries.count_by_state(tx, scope_of(wang), "bench")
    assert [(s.state, s.things) for s in whole] == [("broken", 1), ("standing", 1)]
    moved = ChangeThing(thing.id, 1, lon=121.4842, lat=31.2176)
    grid = actions.change_thing(tx, wang, moved).thing.grid_code
    assert grid != thing.grid_code
    actions.change_thing(tx, wang, ChangeThing(thing_id("bench", "B-002"), 1, state="gone"))
    put_tally(tx)
    assert counts("wang.lei") == [("standing", 1)]


def test_who_sees_a_ground_and_as_a_firm_counts_the_union_once(benches: Benches):
    """Two benches in two neighbourhoods, both looked after by the firm: of either ground one, of the firm both."""
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    kept = [benches.add("B-001").thing, benches.add("B-002", at=(121.4905, 31.2150)).thing]
    gone, _ = benches.add("B-003").thing, benches.add("B-004", at=(121.4905, 31.2150))
    for thing in (*kept, gone):
        actions.set_party(tx, wang, SetParty(thing.id, Role.maintainer, FIRM))
    actions.change_thing(tx, wang, ChangeThing(gone.id, 1, state="gone"))
    put_tally(tx)
    ground, [firm] = kept[0].unit_path, [p.unit_path for p in queries.find_parties(tx, kept[0].id)]

    def count(*paths: str) -> tuple[int, int]:
        scope = Scope(False, paths, wang.id)
        grids = queries.count_by_grid(tx, scope, "bench", (121.4, 31.1, 121.6, 31.3))
        return sum(c.things for c in grids), sum(s.things for s in queries.count_by_state(tx, scope, "bench"))

    assert kept[0].unit_id != kept[1].unit_id
    assert (count(firm), count(ground), count(ground, firm)) == ((2, 2), (1, 1), (2, 2))
    assert queries.count_by_grid(tx, Scope(False, (firm,), wang.id), "bench", (121.4, 31.1, 121.41, 31.11)) == []


def test_a_form_says_what_is_asked(benches: Benches):
    fields = {f.name: f for f in rules.form_of(BENCH).fields}
    assert (fields["seats"].type, fields["seats"].needed, fields["seats"].least, fields["seats"].most) == (
        "whole",
        True,
        1,
        12,
    )
    assert (fields["material"].type, fields["material"].choices, fields["material"].needed) == (
        "choice",
        ("木", "石", "铁"),
        False,
    )
    assert (fields["painted_on"].type, fields["shaded"].type, fields["uses"].type) == ("day", "check", "many")
    assert (fields["length_m"].type, fields["length_m"].unit) == ("number", "m")


def test_screens_are_told_what_each_may_do(benches: Benches):
    file, who = benches.add(), benches.play.who
    parties = [p.unit_path for p in file.parties]
    may = {
        login: set(rules.list_acts(who(login), file.thing, parties)) for login in ("wang.lei", "sun.lan", "next.door")
    }
    assert {"change", "bind_tag", "check_in"} <= may["wang.lei"] and may["sun.lan"] == may["next.door"] == set()
    forms = {login: [f.acts for f in rules.list_forms(who(login))] for login in may}
    assert forms == {"wang.lei": [("add",)], "sun.lan": [()], "next.door": [("add",)]}, "there: on other ground"
    assert [(link.name, link.zh) for link in rules.form_of(BENCH).links] == [("beside", "在旁")]


def test_they_are_found_by_words_and_place_whatever_their_kind(benches: Benches):
    benches.add()
    benches.add("B-002", at=(121.4842, 31.2176))
    tx, scope = benches.play.tx, scope_of(benches.play.who("wang.lei"))
    assert [r.code for r in queries.list_things(tx, scope, Wanted(None, words="b-002"))] == ["B-002"]
    assert [r.code for r in queries.list_things(tx, scope, Wanted(None, near=world.SPOT, radius_m=50))] == ["B-001"]

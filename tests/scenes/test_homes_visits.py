"""走访 of people of key care: who is due one on whose grid, what is found there, and what becomes of it."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

import world
from invariants import broken
from scenes.house import NAME, PHONE, come, home_id
from world import Play
from yiwang.cases.queries import get_case
from yiwang.demo_stage import Stage
from yiwang.demo_things import enter_scenes, live_somewhere
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.queries import list_entries
from yiwang.register.actions_checkin import check_in
from yiwang.register.model_owed import CheckIn
from yiwang.register.queries import get_file
from yiwang.scenes.homes import rules
from yiwang.scenes.homes.model_found import CareVisit
from yiwang.scenes.homes.model_visit import Seen
from yiwang.scenes.homes.queries_visits import list_visits
from yiwang.scenes.homes.scene import SCENE


def due(play: Play, by: str = "lin.feng") -> list[CareVisit]:
    return list_visits(play.tx, rules.seen_by(play.who(by)))


def visit(play: Play, found: Seen, room: str = "101") -> None:
    photos = () if found is Seen.well else (play.photo("lin.feng", world.PhotoKind.near).sha256,)
    form = {"found": found.value}
    check_in(
        play.tx, play.who("lin.feng"),
        CheckIn(new_id(), home_id(room), play.tx.now, None, *world.SPOT, 8.0, "phone", photos, form),
    )  # fmt: skip


def test_due_once_a_week_on_one_s_own_grid(homes: Play):
    come(homes, care=True)
    come(homes, "201", name="李梅", id_number="", born=date(1950, 1, 1))
    [one] = due(homes)
    assert (one.member.name, one.member.home_id, one.seen_at, one.late) == ("钱**", home_id("101"), None, True)
    assert NAME not in repr(one) and PHONE not in repr(one)
    assert due(homes, "wang.lei") == due(homes, "chen.jie") == due(homes, "peng.liang") == []
    visit(homes, Seen.well)
    assert due(homes) == []
    homes.wait(days=5)
    assert due(homes) == []
    homes.wait(days=1)
    [again] = due(homes)
    assert again.seen_at is not None and not again.late
    homes.wait(days=1)
    assert due(homes)[0].late


@pytest.mark.parametrize(("found", "matter"), [(Seen.silent, "25001"), (Seen.needs, "25004")])
def test_who_does_not_answer_or_needs_help_becomes_a_case_and_only_who_was_met_is_seen(
    homes: Play, found: Seen, matter: str
):
    come(homes, care=True)
    visit(homes, found)
    [case] = get_file(homes.tx, homes.who("zhang.min"), home_id("101")).cases
    opened = get_case(homes.tx, EVERYTHING, case.case_id)
    assert opened.matter_code == matter
    said = repr(opened) + "".join(e.body for e in list_entries(homes.tx, case.case_id))
    assert "走访需要跟进" in said and NAME not in said and PHONE not in said
    assert bool(due(homes)) is (found is Seen.silent)
    assert broken(homes.tx.conn) == {}


def test_in_the_demonstration_tenants_come_and_go_and_people_are_looked_after(play: Play):
    stage = Stage(play.tx, play.photos, "Asia/Shanghai")
    enter_scenes(stage, [SCENE])
    random = Random(5)
    done = [live_somewhere(stage, [SCENE], random) for _ in range(40)]
    assert {said.split()[0] for said in done if said} == {"moved", "visited"}
    assert {said.split()[1] for said in done if said.startswith("moved")} == {"out", "into"}
    assert play.tx.conn.execute("select count(*) from homes.resident where not generated").fetchone() == (0,)
    assert broken(play.tx.conn) == {}

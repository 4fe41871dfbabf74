"""Rosters from a file of weekly patterns, and the patterns as they are kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from yiwang.kit import sheet
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, Problem
from yiwang.kit.scope import Scope
from yiwang.kit.table import Fault
from yiwang.network import queries_people, queries_sheet
from yiwang.network.actions_people import plan_duty, revoke_post
from yiwang.network.actions_sheet import import_duty
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_people import DutyLine, PlanDuty, RevokePost, ShiftKind
from yiwang.network.model_sheet import ImportDuty, PatternLine, RosterReport
from yiwang.network.rules_people import plan_window
from yiwang.network.rules_sheet import read_duty, rows_of_duty

from .conftest import PATHS, ROBOT, Town, unit_id

ALL = Scope(True, (), ROBOT.id)
HEAD = "单位,岗位,班次,星期,人员账号,每班人数\n"
SINCE = date(2030, 3, 4)
"""A Monday, long after the clock of tests; its year's holidays are not known."""
WEEK = SINCE + timedelta(days=6)
ROSTER = HEAD + "S1,派遣员,日班,12345,li;wu,1\nS1,dispatcher,night,1234567,wu,\n城管一队,处置人员,日班,周六、周日,he,\n"


@pytest.fixture
def chief(tx: Tx, town: Town) -> Actor:
    for login, kind, code in (("li", "dispatcher", "S1"), ("wu", "dispatcher", "S1"), ("he", "handler", "A1")):
        town.person(tx, login, (kind, code))
    return town.person(tx, "chief", ("commander", "S1"))


def send(
    tx: Tx, by: Actor, text: str | bytes, *, dry: bool = False, until: date = WEEK, name: str = "d.csv"
) -> RosterReport:
    data = text.encode() if isinstance(text, str) else text
    return import_duty(tx, by, ImportDuty(name, data, SINCE, until, holidays=False, dry_run=dry))


def roster(tx: Tx) -> list[tuple[str, ShiftKind, int]]:
    begin = queries_people.list_duties(tx, ALL, "C", *window(), limit=1000)
    return [(d.name, d.shift, d.since.isoweekday()) for d in begin]


def window() -> tuple[datetime, datetime]:
    return plan_window(PlanDuty(unit_id("S1"), SINCE, WEEK, ()))


def pattern(tx: Tx, code: str = "S1") -> list[PatternLine]:
    return queries_sheet.list_pattern(tx, ALL, unit_id=unit_id(code), limit=100)


def planned(tx: Tx) -> int:
    (count,) = tx.conn.execute("select count(*) from ledger.entry where event = 'duty.planned'").fetchone() or (0,)
    return count


def test_rosters_are_planned_by_the_lines_of_each_unit(tx: Tx, chief: Actor) -> None:
    told = send(tx, chief, ROSTER)
    assert (told.rows, told.added, told.units, told.planned, told.kept, told.bad) == (3, 3, 2, 5 + 7 + 2, 0, 0)
    assert [(x.line, x.zh) for x in told.lines] == [(2, "该单位共排 12 班"), (3, ""), (4, "该单位共排 2 班")]
    found = roster(tx)
    assert len(found) == 14 and {name for name, *_ in found} == {"名li", "名wu", "名he"}
    assert [day for name, _, day in found if name == "名he"] == [6, 7]
    assert planned(tx) == 2
    lines = pattern(tx)
    assert [(x.shift, x.weekdays, x.at_once, x.logins) for x in lines] == [
        ("day", (1, 2, 3, 4, 5), 1, ("li", "wu")),
        ("night", (1, 2, 3, 4, 5, 6, 7), None, ("wu",)),
    ]


def test_the_same_again_changes_nothing_and_a_dry_run_neither(tx: Tx, chief: Actor) -> None:
    dry = send(tx, chief, ROSTER, dry=True)
    assert (dry.units, dry.planned, dry.dry_run, roster(tx), planned(tx), pattern(tx)) == (2, 14, True, [], 0, [])
    send(tx, chief, ROSTER)
    before = queries_people.list_duties(tx, ALL, "C", *window(), limit=1000)
    again = send(tx, chief, ROSTER)
    assert (again.units, again.unchanged, again.planned, planned(tx)) == (0, 3, 0, 2)
    assert queries_people.list_duties(tx, ALL, "C", *window(), limit=1000) == before
    other = send(tx, chief, ROSTER.replace("12345,", "1234,"))
    assert (other.units, other.changed, other.unchanged, planned(tx)) == (1, 2, 1, 3)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_exported_can_be_imported_again(tx: Tx, chief: Actor, kind: str) -> None:
    send(tx, chief, ROSTER)
    lines = queries_sheet.list_pattern(tx, ALL, under=PATHS["S1"], limit=100)
    data = b"".join(sheet.STREAMS[kind](rows_of_duty([lines[:1], lines[1:]])))
    told = send(tx, chief, data, name=f"d.{kind}")
    assert (told.rows, told.units, told.unchanged) == (3, 0, 3)
    later = import_duty(tx, chief, ImportDuty("d", data, WEEK + timedelta(days=1), WEEK + timedelta(days=7)))
    assert (later.units, later.planned, later.provisional) == (2, 14, True)


def test_a_plan_takes_the_place_of_the_lines_of_its_own_posts(tx: Tx, town: Town, chief: Actor) -> None:
    send(tx, chief, ROSTER)
    posts = tuple(town.actor(tx, login).posts[0].id for login in ("wu", "li"))
    line = DutyLine(ShiftKind.day, posts, (7, 1, 1))
    plan_duty(tx, chief, PlanDuty(unit_id("S1"), SINCE, WEEK, (line,), holidays=False))
    assert [(x.weekdays, x.post_ids, x.kinds) for x in pattern(tx)] == [((1, 7), posts, (PostKind.dispatcher,) * 2)]
    assert [x.logins for x in pattern(tx, "A1")] == [("he",)], "the handlers' lines stay"
    revoke_post(tx, ROBOT, RevokePost(posts[0]))
    assert [x.logins for x in pattern(tx)] == [("li",)]
    revoke_post(tx, ROBOT, RevokePost(posts[1]))
    assert pattern(tx) == [], "a line without anybody is none"
    # A plan of the street that names the handlers of its team takes the place of the team's own.
    he = town.actor(tx, "he").posts[0].id
    plan_duty(tx, chief, PlanDuty(unit_id("S1"), SINCE, WEEK, (DutyLine(ShiftKind.night, (he,)),), holidays=False))
    assert pattern(tx, "A1") == [] and [x.logins for x in pattern(tx)] == [("he",)]


def test_patterns_are_seen_in_sight_only_and_page_by_page(tx: Tx, chief: Actor) -> None:
    send(tx, chief, ROSTER)
    whole = queries_sheet.list_pattern(tx, ALL, under="C", limit=100)
    pages = queries_sheet.list_pattern(tx, ALL, under="C", limit=2)
    last = pages[-1]
    pages += queries_sheet.list_pattern(tx, ALL, under="C", after=(last.unit_code, last.n, last.id), limit=2)
    assert pages == whole and len(whole) == 3
    assert queries_sheet.list_pattern(tx, Scope(False, (PATHS["S2"],), ROBOT.id), under="C", limit=9) == []


def test_somebody_is_found_in_the_unit_itself_before_those_below(tx: Tx, town: Town, chief: Actor) -> None:
    town.grant(tx, "he", "handler", "S1")
    assert send(tx, chief, HEAD + "S1,处置人员,日班,1,he,").planned == 1
    assert pattern(tx)[0].post_ids == tuple(p.id for p in town.actor(tx, "he").posts if p.unit_id == unit_id("S1"))


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("没有这里,派遣员,日班,1,li,", "单位", "没有这个单位"),
        ("S2,派遣员,日班,1,li,", "单位", "没有这个单位"),
        ("D1,派遣员,日班,1,li,", "单位", "辖区"),
        (",派遣员,日班,1,li,", "单位", "空着"),
        ("S1,,日班,1,li,", "岗位", "空着"),
        ("S1,厨师,日班,1,li,", "岗位", "没有岗位"),
        ("S1,派遣员,早班,1,li,", "班次", "日班"),
        ("S1,派遣员,single,1,li,", "班次", "日班"),
        ("S1,派遣员,日班,8,li,", "星期", "不是星期"),
        ("S1,派遣员,日班,,li,", "星期", "不是星期"),
        ("S1,派遣员,日班,1,,", "人员账号", "空着"),
        ("S1,派遣员,日班,1,li;LI,", "人员账号", "两次"),
        ("S1,派遣员,日班,1,li;nobody,", "人员账号", "nobody"),
        ("S1,派遣员,日班,1,he,", "人员账号", "没有这个岗位"),
        ("S1,派遣员,日班,1,li,0", "每班人数", "人数"),
        ("S1,派遣员,日班,1,li,二", "每班人数", "人数"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_told_with_line_and_column_and_nothing_is_done(
    tx: Tx, chief: Actor, row: str, column: str, why: str
) -> None:
    dry = send(tx, chief, ROSTER + row, dry=True)
    bad = [x for x in dry.lines if x.outcome == "bad"]
    (first,) = [b for b in bad if b.line == 5]
    assert first.column == column and why in first.zh and first.en
    assert {b.zh for b in bad if b is not first} <= {"同一单位的第 5 行有误"}, (
        "and with it those of its unit, where it is known"
    )
    with pytest.raises(Invalid, match="bad_rows") as caught, tx.savepoint():
        send(tx, chief, ROSTER + row)
    assert caught.value.detail["rows"] == bad
    assert (roster(tx), planned(tx)) == ([], 0)


def test_who_may_not_and_what_cannot_be_planned_at_all(tx: Tx, town: Town, chief: Actor) -> None:
    for by, until, code in (
        (town.actor(tx, "li"), WEEK, "network.not_your_post"),
        (chief, SINCE - timedelta(days=1), "network.wrong_period"),
        (chief, SINCE + timedelta(days=366), "network.wrong_period"),
    ):
        with pytest.raises(Problem) as caught, tx.savepoint():
            send(tx, by, ROSTER, until=until)
        assert caught.value.code == code


def test_one_file_plans_no_more_than_may_be_planned_at_once(
    tx: Tx, chief: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yiwang.network.rules_people.MAX_DUTIES", 13)
    with pytest.raises(Invalid) as caught, tx.savepoint():
        send(tx, chief, ROSTER)
    assert "13" in caught.value.detail["rows"][0].zh


@pytest.mark.parametrize(
    ("text", "days"),
    [("12345", (1, 2, 3, 4, 5)), ("5;1、3", (1, 3, 5)), ("周一、周日", (1, 7)), ("星期六 星期天", (6, 7)), ("一二三", (1, 2, 3)), ("11", (1,))],
)  # fmt: skip
def test_weekdays_as_people_write_them(text: str, days: tuple[int, ...]) -> None:
    cells = {"unit": "S1", "post": "受理员", "shift": "day", "weekdays": text, "logins": "li"}
    assert read_duty(cells).weekdays == days and read_duty(cells).kinds == (PostKind.operator,)
    with pytest.raises(Fault):
        read_duty(cells | {"logins": "x" * 5_000})

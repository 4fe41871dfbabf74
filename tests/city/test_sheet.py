"""Catalogue, filing conditions and days set apart from files: by whoever may, whole or not at all, and back again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from yiwang.city import queries_rules
from yiwang.city.actions_rules import load_catalogue, load_rules
from yiwang.city.actions_sheet import import_conditions, import_days, import_matters
from yiwang.city.model_rules import EXTENSION, FORMER, NATIONAL, Clock, Kind
from yiwang.city.model_sheet import ImportConditions, ImportDays, ImportMatters
from yiwang.city.queries_rules import calendar_for, find_conditions, find_matters, get_matter, list_own_days
from yiwang.city.rules_sheet import rows_of_conditions, rows_of_days, rows_of_matters
from yiwang.kit import sheet
from yiwang.kit.clock import now
from yiwang.kit.db import Tx
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Problem
from yiwang.kit.ids import named_id
from yiwang.kit.importing import FileReport
from yiwang.kit.scope import Scope
from yiwang.network.actions_units import load_units
from yiwang.network.model import Actor, Post, PostKind, system
from yiwang.network.model_units import LoadUnits

PACK = Path(__file__).parents[2] / "packs" / "national"
LOADER = system("packs")
ALL = Scope(True, (), LOADER.id)
UNITS = "code,name,level,parent,kind,functional\nC,海市,1,,直辖市,\nD1,东区,2,C,区,\nS1,一街道,3,D1,街道,\nS2,二街道,3,D1,街道,\n"
MATTER = "方案,代码,类别,大类代码,大类,名称,英文名称,领域\n"
CONDITION = "方案,代码,类别,立案条件,处置时限,时限数值,计时方式,结案条件\n"
DAY = "单位,日期,安排,上班时间,备注\n"
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 30)


@pytest.fixture(scope="module")
def loaded(db: Any) -> Iterator[Tx]:
    with db.pool.connection() as conn, conn.transaction(force_rollback=True):
        tx = Tx(conn, now())
        queries_rules.forget()
        load_units(tx, LOADER, LoadUnits("test", UNITS))
        load_catalogue(tx, LOADER, PACK)
        load_rules(tx, LOADER, PACK)
        yield tx
    queries_rules.forget()


@pytest.fixture
def city(loaded: Tx) -> Iterator[Tx]:
    with loaded.conn.transaction(force_rollback=True):
        yield Tx(loaded.conn, loaded.now)


def admin(kind: PostKind = PostKind.system_admin, unit: str = "C", path: str = "C") -> Actor:
    return Actor(uuid4(), "someone", (Post(uuid4(), kind, unit_id(unit), path),))


def unit_id(code: str) -> UUID:
    return named_id(f"unit:{code}")


def entries(tx: Tx, event: str) -> list[dict[str, Any]]:
    rows = tx.conn.execute("select body from ledger.entry where event = %s order by at, n", (event,)).fetchall()
    return [json.loads(body) for (body,) in rows]


def matters(
    tx: Tx, text: str | bytes, by: Actor | None = None, *, dry: bool = False, name: str = "m.csv"
) -> FileReport:
    data = text.encode() if isinstance(text, str) else text
    return import_matters(tx, by or admin(), ImportMatters(name, data, dry))


def conditions(
    tx: Tx, text: str | bytes, by: Actor | None = None, *, dry: bool = False, name: str = "c.csv"
) -> FileReport:
    data = text.encode() if isinstance(text, str) else text
    return import_conditions(tx, by or admin(), ImportConditions(name, data, dry))


def days(tx: Tx, text: str | bytes, by: Actor | None = None, *, dry: bool = False, unit: str = "S1") -> FileReport:
    data = text.encode() if isinstance(text, str) else text
    return import_days(tx, by or admin(), ImportDays(unit_id(unit), "d", data, dry))


def refused(tx: Tx, send: Callable[..., FileReport], text: str) -> tuple[int, str, str]:
    """(line, column, why) of the one bad row: the same by a dry run and when it is refused."""
    dry = send(tx, text, dry=True)
    with pytest.raises(Invalid) as caught, tx.savepoint():
        send(tx, text)
    (bad,) = [line for line in dry.lines if line.outcome == "bad"]
    assert caught.value.code == "file.bad_rows" and caught.value.detail["rows"] == [bad]
    assert bad.en
    return bad.line, bad.column, bad.zh


NEW = MATTER + f"{EXTENSION},99001,事项,23,夜间,夜市占道,night stall,街面秩序\n"


def test_classes_are_added_and_corrected_once(city: Tx) -> None:
    assert matters(city, NEW, dry=True).added == 1
    with pytest.raises(NotFound):
        get_matter(city, EXTENSION, "matter", "99001")
    told = matters(city, NEW)
    assert (told.added, told.changed, told.unchanged) == (1, 0, 0)
    found = get_matter(city, EXTENSION, "matter", "99001")
    assert (found.name, found.english, found.field, found.source) == ("夜市占道", "night stall", "街面秩序", "")
    assert matters(city, NEW).unchanged == 1
    told = matters(city, f"scheme,code,kind,name\n{EXTENSION},99001,matter,夜间摊点占道\n")
    found = get_matter(city, EXTENSION, "matter", "99001")
    assert (told.changed, found.name, found.english, found.major) == (1, "夜间摊点占道", "night stall", "夜间")
    assert (told.lines[0].zh, told.lines[0].en) == ("名称：夜市占道 → 夜间摊点占道", "name: 夜市占道 → 夜间摊点占道")
    loads = [e for e in entries(city, "city.catalogue_loaded") if e["pack"] == "desk"]
    assert [e["matters"] for e in loads] == [1, 1]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_whole_catalogue_comes_back_as_it_went(city: Tx, kind: str) -> None:
    for scheme in (NATIONAL, FORMER, EXTENSION):
        found = find_matters(city, "", 10_000, scheme=scheme)
        told = matters(city, b"".join(sheet.STREAMS[kind](rows_of_matters([found]))), name=f"m.{kind}")
        assert (told.rows, told.unchanged, told.bad) == (len(found), len(found), 0)
    found = find_conditions(city, "", 10_000)
    told = conditions(city, b"".join(sheet.STREAMS[kind](rows_of_conditions([found[:9], found[9:]]))), name=f"c.{kind}")
    assert (told.rows, told.unchanged, told.retired, told.bad) == (518 + 69, 518 + 69, 0, 0)
    assert len(entries(city, "city.rules_loaded")) == 1, "the pack's own"


def test_a_code_whose_zero_a_spreadsheet_dropped_is_found(city: Tx) -> None:
    assert matters(city, f"scheme,code,kind,name\n{NATIONAL},6010,事项,暴露垃圾\n").unchanged == 1
    told = conditions(city, CONDITION + f"{NATIONAL},6010,事项,垃圾散落,4工作时,4,工作时,清扫\n")
    assert told.added == 1


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("别的,1,事项,1,大,小,,街面秩序", "方案", "没有体系"),
        (f"{EXTENSION},1,怪事,1,大,小,,街面秩序", "类别", "种类"),
        (f"{EXTENSION},,事项,1,大,小,,街面秩序", "代码", "空"),
        (f"{EXTENSION},1,事项,1,大,,,街面秩序", "名称", "空"),
        (f"{EXTENSION},1,事项,,大,小,,街面秩序", "大类代码", "空"),
        (f"{EXTENSION},1,事项,1,大,小,,", "领域", "领域"),
        (f"{EXTENSION},1,事项,1,大,小,,海洋", "领域", "领域"),
        (f"{EXTENSION},99001,事项,1,大,小,,街面秩序", "代码", "重复"),
        (f"{EXTENSION},1,事项,1,{'大' * 1001},小,,街面秩序", "大类", "超过"),
    ],
)
def test_a_class_that_cannot_be_is_told(city: Tx, row: str, column: str, why: str) -> None:
    line, told, zh = refused(city, matters, NEW + row)
    assert (line, told) == (3, column) and why in zh
    with pytest.raises(NotFound):
        get_matter(city, EXTENSION, "matter", "99001")


def conditions_of(tx: Tx, code: str) -> list[str]:
    """A class's own, not those of what it succeeds."""
    return [c.text for c in find_conditions(tx, "", 1000, scheme=EXTENSION) if c.code == code]


def test_what_the_file_says_of_a_class_is_all_it_has(city: Tx) -> None:
    burst, fumes = conditions_of(city, "21007"), conditions_of(city, "21002")
    assert len(burst) == 2
    text = (
        CONDITION
        + f"{EXTENSION},21007,事项,{burst[0]},1紧急工作时,1,紧急工作时,排除\n{EXTENSION},21007,事项,玻璃开裂,1工作日,1,work_day,更换\n"
    )
    dry = conditions(city, text, dry=True)
    assert (dry.added, dry.retired, dry.unchanged, dry.dry_run) == (2, 2, 0, True)
    assert [(x.line, x.what) for x in dry.lines if x.outcome == "retired"] == [(0, f"21007 · {text}") for text in burst]
    assert conditions_of(city, "21007") == burst and len(entries(city, "city.rules_loaded")) == 1
    told = conditions(city, text)
    assert (told.added, told.retired, told.unchanged) == (2, 2, 0)
    assert sorted(conditions_of(city, "21007")) == sorted([burst[0], "玻璃开裂"])
    assert conditions_of(city, "21002") == fumes, "of no other class"
    (entry,) = [e for e in entries(city, "city.rules_loaded") if e["pack"] == "desk"]
    assert (entry["conditions"], entry["retired"]) == (2, 2)
    again = conditions(city, text)
    assert (again.added, again.retired, again.unchanged) == (0, 0, 2)
    assert len(entries(city, "city.rules_loaded")) == 2, "nothing was done, so nothing is told"
    found = find_conditions(city, "玻璃开裂")
    assert len(found) == 2, "what is found by one condition is the whole class"
    assert ("21007", Clock.work_day, "1工作日") in [(c.code, c.clock, c.limit_text) for c in found]


def test_a_retired_condition_can_come_back(city: Tx) -> None:
    before = [c for c in find_conditions(city, "", 1000, scheme=EXTENSION) if c.code == "21007"]
    whole = b"".join(sheet.stream_csv(rows_of_conditions([before])))
    conditions(city, CONDITION + f"{EXTENSION},21007,事项,别的,1工作日,1,工作日,好\n")
    told = conditions(city, whole)
    assert (told.added, told.retired) == (2, 1)
    assert [c for c in find_conditions(city, "", 1000, scheme=EXTENSION) if c.code == "21007"] == before, (
        "the very same"
    )


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        (f"{EXTENSION},98765,事项,漏水,1工作日,1,工作日,好", "代码", "没有"),
        (f"{EXTENSION},21001,事项,,1工作日,1,工作日,好", "立案条件", "空"),
        (f"{EXTENSION},21001,事项,漏水,1工作日,很久,工作日,好", "时限数值", "很久"),
        (f"{EXTENSION},21001,事项,漏水,1工作日,0,工作日,好", "时限数值", "大于零"),
        (f"{EXTENSION},21001,事项,漏水,1工作日,1,星期,好", "计时方式", "星期"),
        (f"{EXTENSION},21001,事项,漏水,1工作日,1,工作日,", "结案条件", "空"),
        (f"{EXTENSION},21007,事项,玻璃,1工作日,1.0,work_day,好", "立案条件", "相同"),
    ],
)
def test_a_condition_that_cannot_be_is_told(city: Tx, row: str, column: str, why: str) -> None:
    before = conditions_of(city, "21007")
    line, told, zh = refused(city, conditions, CONDITION + f"{EXTENSION},21007,事项,玻璃,1工作日,1,工作日,好\n{row}")
    assert (line, told) == (3, column) and why in zh
    assert conditions_of(city, "21007") == before


def test_catalogue_and_conditions_are_the_whole_city_s(city: Tx) -> None:
    for by, code in (
        (admin(unit="S1", path="C.D1.S1"), "city.whole_city"),
        (admin(PostKind.commander), "network.not_your_post"),
    ):
        for send, text in ((matters, NEW), (conditions, CONDITION)):
            with pytest.raises(Forbidden) as caught:
                send(city, text, by)
            assert caught.value.code == code
    both = Actor(uuid4(), "both", (*admin(unit="S1", path="C.D1.S1").posts, *admin().posts))
    assert matters(city, NEW, both).added == 1


def test_conditions_page_by_page(city: Tx) -> None:
    whole = find_conditions(city, "井盖", 1000, kind=Kind.component)
    pieces = find_conditions(city, "井盖", 7, kind=Kind.component)
    while page := find_conditions(
        city, "井盖", 7, kind=Kind.component,
        after=(pieces[-1].scheme, pieces[-1].kind, pieces[-1].code, pieces[-1].text, pieces[-1].id),
    ):  # fmt: skip
        pieces += page
    assert pieces == whole and len(whole) > 14
    assert find_conditions(city, "没有这样的话") == []


DAYS = DAY + ",2026-05-09,上班,,调休\nS2,2026/5/11,放假,,台风\n"


def own(tx: Tx, unit: str) -> list[tuple[date, bool, str | None, str]]:
    return [(d.day, d.works, d.shifts, d.note) for d in list_own_days(tx, ALL, unit_id(unit), MAY, JUNE)]


def test_days_are_set_apart_for_the_unit_named_or_the_one_chosen(city: Tx) -> None:
    assert days(city, DAYS, dry=True).added == 2 and own(city, "S1") == []
    assert days(city, DAYS).added == 2
    assert own(city, "S1") == [(date(2026, 5, 9), True, None, "调休")]
    assert own(city, "S2") == [(date(2026, 5, 11), False, None, "台风")]
    assert not calendar_for(city, unit_id("S2")).day(date(2026, 5, 11)).works
    assert len(entries(city, "city.calendar_overridden")) == 2
    again = days(city, DAYS)
    assert (again.unchanged, len(entries(city, "city.calendar_overridden"))) == (2, 2)
    told = days(city, DAY + ",2026-05-09,恢复,,\n,2026-05-10,恢复,,\n二街道,2026-05-11,上班,09:00-12:00,\n")
    assert (told.added, told.changed, told.unchanged) == (0, 2, 1)
    assert (own(city, "S1"), own(city, "S2")) == ([], [(date(2026, 5, 11), True, "09:00-12:00", "")])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_days_come_back_as_they_went(city: Tx, kind: str) -> None:
    days(city, DAYS + 'S1,2026-06-06,上班,"08:00-12:00,13:00-15:00",半天\n')
    found = list_own_days(city, ALL, unit_id("S1"), MAY, JUNE)
    assert days(city, b"".join(sheet.STREAMS[kind](rows_of_days(found, "S1", "一街道"))), unit="S2").unchanged == 2


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        (",,上班,,", "日期", "空着"),
        (",五月,上班,,", "日期", "不是日期"),
        (",2026-05-12,加班,,", "安排", "加班"),
        (",2026-05-09,放假,,", "日期", "第 2 行"),
        (",2026-05-12,放假,08:00-12:00,", "上班时间", "没有班次"),
        (",2026-05-12,上班,八点,", "上班时间", ""),
        ("没有这里,2026-05-12,上班,,", "单位", "没有这个单位"),
        (f",2026-05-12,上班,,{'长' * 201}", "备注", "超过"),
    ],
)
def test_a_day_that_cannot_be_is_told(city: Tx, row: str, column: str, why: str) -> None:
    line, told, zh = refused(city, days, DAYS + row)
    assert (line, told) == (4, column) and why in zh
    assert own(city, "S1") == []


def test_nobody_sets_another_street_s_days(city: Tx) -> None:
    chief = admin(PostKind.commander, "S1", "C.D1.S1")
    dry = days(city, DAYS, chief, dry=True)
    assert [(b.line, b.column, b.zh) for b in dry.lines if b.outcome == "bad"] == [
        (3, "单位", "没有这个单位，或已撤并")
    ]
    assert days(city, DAY + "东区,2026-05-09,上班,,\n", chief, dry=True).lines[0].zh == "不在您岗位的辖区内"
    for by, unit in ((chief, "S2"), (admin(PostKind.handler, "S1", "C.D1.S1"), "S1")):
        with pytest.raises(Problem):
            days(city, DAYS, by, unit=unit)

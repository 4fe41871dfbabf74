"""Residents, homes and buildings from files."""

from __future__ import annotations

from dataclasses import replace

import pytest

import world
from invariants import broken
from scenes.house import BUILDING, CODE, FILE, HEADS, ID, NAME, PHONE, PLACE, bring, file_of
from world import STREET, Play
from yiwang.kit.errors import Problem
from yiwang.register import actions as register
from yiwang.register.actions_import import import_things
from yiwang.register.model import AddThing, ImportThings
from yiwang.scenes.homes import actions_import, queries
from yiwang.scenes.homes.model import (
    Group,
    ImportResidents,
)


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

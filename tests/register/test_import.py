"""Files of things: what is good goes in, what is not is said with line and column; the same again changes nothing."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any, LiteralString

import openpyxl
import psycopg
import pytest

import world
from register.conftest import BENCH, Benches
from world import STREET
from yiwang.city.model_component import ImportMode
from yiwang.kit import sheet
from yiwang.kit.db import Database
from yiwang.kit.errors import Forbidden, Invalid
from yiwang.ledger.queries import list_entries
from yiwang.network.model import system
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_import, actions_owed, queries, queries_import, store
from yiwang.register.model import ChangeThing, ImportThings, ThingsImport, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import Period, RuleOf, SetRules
from yiwang.register.queries import Wanted

HEAD = "编码,名称,地址,状态,经度,纬度,座位数,材质,刷漆日期,有遮阴,用途,维护保养单位代码"
GOOD = f"{HEAD}\nB-001,文庙路座椅,文庙路 215 号,在用,121.4835,31.2170,3,木,2026/4/1,是,休息、下棋,{STREET}-wuye\nB-002,学宫街座椅,,broken,121.4842,31.2176,2,,,,,\n"


def load(benches: Benches, text: str | bytes, login: str = "zhang.min", **more: Any) -> ThingsImport:
    content = text.encode() if isinstance(text, str) else text
    cmd = ImportThings("bench", more.pop("source", "座椅.csv"), content, more.pop("unit", STREET), **more)
    return actions_import.import_things(benches.play.tx, benches.play.who(login), cmd)


def counts(done: ThingsImport) -> tuple[int, int, int, int, int]:
    return done.rows, done.added, done.changed, done.unchanged, done.bad


def test_a_file_goes_in_and_the_same_again_changes_nothing(benches: Benches):
    done = load(benches, GOOD)
    assert counts(done) == (2, 2, 0, 0, 0), done.bad_rows
    file = queries.get_file(benches.play.tx, benches.play.who("zhang.min"), thing_id("bench", "B-001"))
    assert (file.thing.name, file.thing.attributes["uses"], file.thing.import_id) == (
        "文庙路座椅",
        ["休息", "下棋"],
        done.import_id,
    )
    assert [(p.role, p.unit_code) for p in file.parties] == [(Role.maintainer, f"{STREET}-wuye")]
    assert counts(load(benches, GOOD)) == (2, 0, 0, 2, 0)
    again = load(benches, GOOD.replace("学宫街座椅", "学宫街木椅"))
    assert counts(again) == (2, 0, 1, 1, 0)
    scope = scope_of(benches.play.who("zhang.min"))
    revision = queries.list_revisions(benches.play.tx, scope, thing_id("bench", "B-002"))[0]
    assert (revision.was["name"], revision.is_now["name"], revision.import_id) == (
        "学宫街座椅",
        "学宫街木椅",
        again.import_id,
    )
    assert [e.event for e in list_entries(benches.play.tx, again.import_id)] == ["things.imported"]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (("B-001,", "X,"), "编码"),
        (("B-002,", "B-001,"), "编码"),
        (("文庙路座椅", ""), "名称"),
        (("在用", "飞走"), "状态"),
        (("121.4835", "121.9"), "经度"),
        (("121.4835", "abc"), "经度"),
        ((",3,木", ",,木"), "座位数"),
        ((",3,木", ",99,木"), "座位数"),
        ((",3,木", ",2.5,木"), "座位数"),
        (("木,2026/4/1", "塑料,2026/4/1"), "材质"),
        (("2026/4/1", "四月"), "刷漆日期"),
        (("是,休息", "也许,休息"), "有遮阴"),
        (("休息、下棋", "睡觉"), "用途"),
        ((f"{STREET}-wuye", "nobody"), "维护保养单位代码"),
    ],
)
def test_a_bad_row_is_named_and_the_others_go_in(benches: Benches, change: tuple[str, str], column: str):
    bad = GOOD.replace(*change, 1)
    done = load(benches, bad)
    assert [(b.column, b.line in (2, 3)) for b in done.bad_rows] == [(column, True)], done.bad_rows
    assert (done.added, done.bad) == (1, 1)
    with pytest.raises(Invalid) as caught:
        load(benches, bad, mode=ImportMode.all_or_nothing)
    assert caught.value.code == "thing.bad_rows"


def test_a_file_is_one_however_many_parts_it_is_read_in(benches: Benches, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(actions_import, "PART", 1)
    bad = GOOD + GOOD.splitlines()[1].replace("座椅", "椅") + "\nX,,,,,,,,,,,\n"
    for mode in (ImportMode.all_or_nothing, ImportMode.dry_run):
        with contextlib.suppress(Invalid):
            load(benches, bad, mode=mode)
        assert queries.list_things(benches.play.tx, scope_of(benches.play.who("zhang.min")), Wanted("bench")) == []
    done = load(benches, bad)
    assert counts(done) == (4, 2, 0, 0, 2) and [(b.line, b.column) for b in done.bad_rows] == [(4, "编码"), (5, "名称")]
    assert benches.play.tx.conn.execute("select count(*) from register.import").fetchone() == (1,)


def test_who_maintains_it_changes_by_a_file_and_so_does_who_owes(benches: Benches):
    owed = RuleOf("bench-paint", "bench", "每年刷漆", "Painted yearly", 1, Period.year, Role.maintainer, "made up")
    actions_owed.set_rules(benches.play.tx, system("pack"), SetRules(("bench",), (owed,)))
    load(benches, GOOD)
    benches.play.wait(days=1)
    other = load(benches, GOOD.replace(f"{STREET}-wuye", f"{STREET}-chengguan"))
    assert counts(other) == (2, 0, 1, 1, 0)
    thing, scope = thing_id("bench", "B-001"), scope_of(benches.play.who("zhang.min"))
    [revision] = queries.list_revisions(benches.play.tx, scope, thing)
    assert (
        list(revision.was["parties"]) == list(revision.is_now["parties"]) == ["maintainer"]
        and revision.import_id == other.import_id
    )
    owes = benches.play.tx.conn.execute(
        "select u.code from register.obligation o join network.unit u on u.id = o.unit_id where o.thing_id = %s",
        (thing,),
    ).fetchall()
    assert owes == [(f"{STREET}-chengguan",)]


def test_words_are_found_before_they_are_in_the_index_and_after(world_db: Database):
    with world_db.transaction() as tx:
        benches = Benches(world.Play(tx))
        load(benches, GOOD)
        scope = scope_of(benches.play.who("zhang.min"))

    def found(words: str) -> list[str]:
        with world_db.reading() as tx:
            return [t.code for t in queries.list_things(tx, scope, Wanted("bench", words=words))]

    assert (found("文庙路"), found("b-00"), found("木椅")) == (["B-001"], ["B-001", "B-002"], [])
    assert store.index_words(world_db) == 2 and store.index_words(world_db) == 0
    assert (found("文庙路"), found("b-00"), found("木椅")) == (["B-001"], ["B-001", "B-002"], [])
    with world_db.transaction() as tx:
        load(Benches(world.Play(tx)), GOOD.replace("学宫街座椅", "学宫街木椅"))
    assert (found("木椅"), found("学宫街座椅")) == (["B-002"], [])
    assert store.index_words(world_db) == 1
    assert (found("木椅"), found("学宫街座椅")) == (["B-002"], [])


@pytest.mark.parametrize(
    "sql",
    [
        "update register.thing set grid_code = 'nowhere'",
        "update register.thing set unit_id = gen_random_uuid()",
        "insert into register.thing (id, kind, code, name, address, unit_id, grid_code, lon, lat, datum, raw_x, raw_y, placed, generated, state,"
        " ended, version, attributes, n, added_at, changed_at) select gen_random_uuid(), kind, 'B-1', name, address, gen_random_uuid(), grid_code,"
        " lon, lat, datum, raw_x, raw_y, placed, generated, state, ended, version, attributes, n, added_at, changed_at from register.thing limit 1",
        "update register.obligation set unit_id = gen_random_uuid()",
        "insert into register.obligation select gen_random_uuid(), rule_id, unit_id, due_at, warn_at, late_at from register.obligation limit 1",
        "delete from city.unit_grid where code = (select grid_code from register.thing limit 1)",
        "delete from network.unit where id = (select unit_id from register.obligation limit 1)",
    ],
)
def test_nothing_refers_to_what_is_not_there(benches: Benches, sql: LiteralString):
    owed = RuleOf("bench-paint", "bench", "每年刷漆", "Painted yearly", 1, Period.year, Role.maintainer, "made up")
    actions_owed.set_rules(benches.play.tx, system("pack"), SetRules(("bench",), (owed,)))
    load(benches, GOOD)
    with pytest.raises(psycopg.errors.ForeignKeyViolation), benches.play.tx.conn.transaction():
        benches.play.tx.conn.execute("set local role none")
        benches.play.tx.conn.execute(sql)


def test_a_dry_run_does_nothing(benches: Benches):
    assert counts(load(benches, GOOD, mode=ImportMode.dry_run)) == (2, 2, 0, 0, 0)
    assert queries.list_things(benches.play.tx, scope_of(benches.play.who("zhang.min")), Wanted("bench")) == []


def test_nobody_imports_onto_ground_of_others(benches: Benches):
    with pytest.raises(Forbidden):
        load(benches, GOOD, login="sun.lan")
    elsewhere = GOOD.replace("121.4835,31.2170", f"{world.FAR[0]},{world.FAR[1]}")
    done = load(benches, elsewhere)
    assert [(b.line, b.column) for b in done.bad_rows] == [(2, "经度")] and done.added == 1


def test_geojson_and_xlsx_are_read_alike(benches: Benches):
    load(benches, GOOD)
    rows = [line.split(",") for line in GOOD.strip().split("\n")]
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append([float(c) if c.startswith(("121.", "31.")) else c for c in row])
    out = io.BytesIO()
    book.save(out)
    assert counts(load(benches, out.getvalue(), source="座椅.xlsx")) == (2, 0, 0, 2, 0)
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [float(r[4]), float(r[5])]},
         "properties": {h: v for h, v in zip(rows[0], r, strict=True) if h not in ("经度", "纬度")}}
        for r in rows[1:]
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features})
    assert counts(load(benches, text, source="座椅.geojson")) == (2, 0, 0, 2, 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"a,b\n1,2\n", "file.columns"),
        (b"PK\x03\x04 not a workbook", "file.broken"),
        (b'{"type": "FeatureCollection", "features": 3}', "file.broken"),
        (b'{"features": []}', "file.empty"),
        (b'{"features": [3, null, {"geometry": {"type": "Point", "coordinates": []}}]}', "thing.bad_rows"),
    ],
)
def test_what_is_no_such_file_is_said(benches: Benches, content: bytes, code: str):
    with pytest.raises(Invalid) as caught:
        load(benches, content, source="x", mode=ImportMode.all_or_nothing)
    assert caught.value.code == code


def test_what_is_exported_comes_back_unchanged(world_db: Any):
    with world_db.transaction() as tx:
        benches = Benches(world.Play(tx))
        load(benches, GOOD.replace("文庙路座椅", "=1+1"), generated=True)
        scope = scope_of(benches.play.who("zhang.min"))
    for kind, stream in sheet.STREAMS.items():
        content = b"".join(stream(queries_import.walk_pages(world_db, scope, BENCH, Wanted("bench"))))
        with world_db.transaction() as tx:
            assert counts(load(Benches(world.Play(tx)), content, source=f"x.{kind}")) == (2, 0, 0, 2, 0)


# ── again, over what was changed since ────────────────────────────────────────────────────────────────────────────


def change(benches: Benches, **new: Any) -> None:
    tx, zhang = benches.play.tx, benches.play.who("zhang.min")
    n = queries.get_file(tx, zhang, thing_id("bench", "B-001")).thing.n
    actions.change_thing(tx, zhang, ChangeThing(thing_id("bench", "B-001"), n, **new))


def first(benches: Benches) -> Any:
    return queries.get_file(benches.play.tx, benches.play.who("zhang.min"), thing_id("bench", "B-001")).thing


def test_the_same_file_leaves_what_was_changed_since_and_says_so(benches: Benches):
    load(benches, GOOD)
    change(
        benches,
        state="broken",
        name="文庙路老座椅",
        lon=121.4842,
        lat=31.2176,
        attributes={"material": "铁", "length_m": 2.5},
    )
    tried = load(benches, GOOD, mode=ImportMode.dry_run)
    assert counts(tried) == (2, 0, 0, 2, 0) and tried.kept == 5
    assert {(k.code, k.column, k.says, k.now) for k in tried.kept_values} == {
        ("B-001", "状态", "在用", "损坏"), ("B-001", "名称", "文庙路座椅", "文庙路老座椅"), ("B-001", "材质", "木", "铁"),
        ("B-001", "长度", "", "2.5"), ("B-001", "经度", "121.483500, 31.217000", "121.484200, 31.217600"),
    }  # fmt: skip
    for _ in range(2):
        load(benches, GOOD)
    now = first(benches)
    assert (now.state, now.name, now.lon, now.attributes["material"], now.attributes["length_m"]) == (
        "broken", "文庙路老座椅", 121.4842, "铁", 2.5,
    )  # fmt: skip


def test_a_file_that_says_something_new_is_taken_and_the_rest_stays(benches: Benches):
    load(benches, GOOD)
    change(benches, state="broken", attributes={"material": "铁", "seats": 5})
    newer = GOOD.replace(",3,木,", ",3,石,")
    assert load(benches, newer).kept == 2
    now = first(benches)
    assert (now.state, now.attributes["seats"], now.attributes["material"]) == ("broken", 5, "石")
    load(benches, GOOD)
    assert first(benches).attributes["material"] == "木", "nobody has changed it since the last file"
    change(benches, state="standing")
    assert load(benches, GOOD).kept == 1, "what is again as the file says is not held against it"
    load(benches, GOOD.replace(",在用,", ",broken,", 1))
    assert first(benches).state == "broken"


def test_what_was_entered_by_hand_is_as_the_first_file_says(benches: Benches):
    benches.add()
    change(benches, attributes={"seats": 5})
    assert load(benches, GOOD).kept == 0 and first(benches).attributes["seats"] == 3

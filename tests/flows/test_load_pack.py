"""The demonstration street comes in as data, whole, once; a faulty pack is told line by line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from yiwang.city.queries_grid import locate
from yiwang.city.queries_rules import forget, get_catalogue, list_conditions
from yiwang.dispatch.queries import find_conflicts, find_gaps, recommend
from yiwang.flows.load_pack import PackLoad, check_pack, find_pack, load_pack
from yiwang.flows.pack_files import read_pack, with_needs
from yiwang.kit import db as kit_db
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid, NotFound
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope
from yiwang.network.model import PostKind
from yiwang.network.queries_people import who_is_on_duty

STREET = named_id("unit:310101019")
ALL = Scope(True, (), named_id("test"))
EXT, NATIONAL = "YIWANG-EXT", "GB/T 47678.5-2026"


@pytest.fixture(scope="module")
def laoximen(databases: object) -> Iterator[tuple[Database, PackLoad]]:
    name = databases.create(databases.template)  # type: ignore[attr-defined]
    database = Database(databases.url(name), size=4).open()  # type: ignore[attr-defined]
    kit_db.use(database)
    forget()
    yield database, load_pack(database, find_pack("laoximen"))
    kit_db.use(None)
    database.close()
    databases.drop(name)  # type: ignore[attr-defined]


@pytest.fixture
def town(laoximen: tuple[Database, PackLoad]) -> Iterator[Tx]:
    with laoximen[0].transaction() as tx:
        yield tx


def test_everything_comes_in_and_nothing_is_bad(laoximen: tuple[Database, PackLoad]) -> None:
    _, done = laoximen
    parts = {(p.pack, p.kind): p for p in done.parts}
    assert [p for p in done.parts if p.bad] == []
    assert list(dict.fromkeys(p.pack for p in done.parts))[-1] == "laoximen"
    assert parts["laoximen", "people"].counts["people"] >= 40
    assert parts["laoximen", "duty"].counts["duties"] > 1000
    assert parts["laoximen", "responsibility"].counts["version"] == 1
    assert any("权责" in line or "responsibility" in line for line in done.lines())


def test_loading_again_changes_nothing(laoximen: tuple[Database, PackLoad]) -> None:
    database, _ = laoximen
    with database.transaction() as tx:
        before = tx.conn.execute("select count(*) from ledger.entry").fetchone()
    again = load_pack(database, find_pack("laoximen"))
    with database.transaction() as tx:
        assert tx.conn.execute("select count(*) from ledger.entry").fetchone() == before
    counts = {(p.pack, p.kind): p.counts for p in again.parts}
    assert counts["laoximen", "people"] == {"people": 0}
    assert counts["laoximen", "posts"] == {"posts": 0}
    assert counts["laoximen", "duty"] == {"duties": 0}
    assert counts["laoximen", "responsibility"]["version"] == 1


def test_every_matter_has_somebody_and_nobody_twice(town: Tx) -> None:
    assert find_gaps(town, ALL, STREET, schemes=(NATIONAL, EXT)) == []
    assert find_conflicts(town, ALL, STREET) == []
    fields = {m.field for m in get_catalogue(town).matters.values() if m.scheme in (NATIONAL, EXT)}
    assert len(fields) == 12


@pytest.mark.parametrize(
    ("scheme", "code", "at", "lead", "assists"),
    [
        (NATIONAL, "01013", 10, "黄浦区消防救援支队", ["老西门消防救援站"]),
        (NATIONAL, "01001", 10, "市南自来水公司（演示）", []),
        (NATIONAL, "06010", 10, "老西门环卫作业公司（演示）", []),
        (NATIONAL, "09009", 10, "黄浦区公安交警支队", ["老西门街道综合行政执法队"]),
        (NATIONAL, "09005", 10, "老西门街道综合行政执法队", []),
        (EXT, "24001", 10, "老西门街道房屋管理办事处", ["老西门派出所"]),
        (EXT, "21001", 10, "市南自来水公司（演示）", ["老西门市政养护公司（演示）"]),
        (
            EXT, "21001", 23, "市南自来水公司（演示）",
            ["老西门市政养护公司（演示）", "黄浦区公安交警支队", "老西门街道平安建设办公室"],
        ),
    ],
)  # fmt: skip
def test_the_list_is_sensible(town: Tx, scheme: str, code: str, at: int, lead: str, assists: list[str]) -> None:
    when = datetime(2026, 11, 20, (at - 8) % 24, tzinfo=UTC)  # a Friday, by the hour in Shanghai
    got = recommend(
        town, scheme=scheme, kind="matter", code=code, area_id=named_id("unit:310101019013"), at=when
    )  # fmt: skip
    assert got.lead and got.lead.name == lead
    assert [a.name for a in got.assists] == assists


def test_every_post_is_held_and_a_handler_stands_behind_every_lead(town: Tx) -> None:
    held = {k for (k,) in town.conn.execute("select distinct kind from network.post")}
    assert held == set(PostKind)
    without = town.conn.execute(
        "select u.name from dispatch.line l cross join lateral unnest(l.lead_id || l.assist_ids) as i(id)"
        " join network.unit u on u.id = i.id where not exists"
        " (select from network.post p where p.unit_id = u.id and p.kind = 'handler') group by u.name"
    ).fetchall()
    assert without == [("老西门街道城市运行管理中心",)]  # whose posts are held in the street itself
    twice = town.conn.execute(
        "select kind from network.post where kind in ('operator', 'dispatcher', 'supervisor') and unit_id = %s"
        " group by kind having count(*) >= 2",
        (STREET,),
    ).fetchall()
    assert len(twice) == 3


@pytest.mark.parametrize("hour", [1, 9, 15, 22])
def test_somebody_commands_at_every_hour(town: Tx, hour: int) -> None:
    path = "310000.310101.310101019.310101019013"
    day = town.now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for kinds in ((PostKind.grid_chief, PostKind.commander), (PostKind.operator,), (PostKind.dispatcher,)):
        assert who_is_on_duty(town, path, kinds, day)


def test_the_day_is_on_real_ground_under_real_rules(town: Tx) -> None:
    pack = read_pack(find_pack("laoximen"))
    rows = [row for _, _, row in pack.rows("day")]
    assert len(rows) >= 120
    for row in rows:
        place = locate(town, float(row["lon"]), float(row["lat"]))
        assert place.street_code == "310101019" and place.grid_code, row
        if row["condition"]:
            texts = [c.text for c in list_conditions(town, row["scheme"], row["code"], row["kind"])]
            assert row["condition"] in texts, row
    assert {"normal", "bounce", "rework", "joint", "extend", "decline", "duplicate", "emergency", "self", "supervise",
            "appeal"} <= {r["course"] for r in rows}  # fmt: skip
    assert [r["time"] for r in rows] == sorted(r["time"] for r in rows)


# ── checking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_our_packs_are_right() -> None:
    assert check_pack(find_pack("laoximen")) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "laoximen"
    shutil.copytree(find_pack("laoximen"), folder)
    return folder


FAULTS = [
    ("units.csv", "310101-danche,", "310101 danche,", "不合规则"),
    ("people.csv", "li.qing,", "zhang.min,", "重复"),
    ("posts.csv", "wu.hao,operator", "nobody,operator", "没有“nobody”这个人"),
    ("posts.csv", "chen.jie,dispatcher", "chen.jie,king", "没有岗位“king”"),
    ("posts.csv", "zhou.lei,dispatcher,310101019", "zhou.lei,dispatcher,999", "没有单位“999”"),
    ("posts.csv", "inspector,310101019,310101019-01", "inspector,310101019,310101019-99", "没有责任网格"),
    ("posts.csv", "zhang.min,operator,310101019,", "zhang.min,operator,310101019,310101019-01", "不按责任网格"),
    ("duty.csv", "zhang.min", "sun.lan", "没有这个岗位"),
    ("duty.csv", "commander,day,", "commander,noon,", "班次"),
    ("certificates.csv", "xie.yun", "nobody", "没有“nobody”这个人"),
    ("responsibility.csv", "细类,,,01001", "细类,,,01999", "“代码”目录"),
    ("day.csv", ",06010,", ",99999,", "99999"),
]


def test_every_fault_is_told_with_its_file_and_line(copy: Path) -> None:
    expected = []
    for file, old, new, words in FAULTS:
        text = (copy / file).read_text("utf-8")
        expected.append((file, text[: text.index(old)].count("\n") + 1, words))
        if file != "units.csv":
            (copy / file).write_text(text.replace(old, new, 1), "utf-8")
    troubles = check_pack(copy)
    for file, line, words in expected[1:]:
        assert any((t.file, t.line) == (file, line) and words in str(t) and t.en for t in troubles), (file, line, words)
    file, old, new, words = FAULTS[0]
    (copy / file).write_text((copy / file).read_text("utf-8").replace(old, new, 1), "utf-8")
    assert expected[0][:2] in [(t.file, t.line) for t in check_pack(copy) if words in t.zh]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('people = ["people.csv"]', 'people = ["../people.csv"]', "../people.csv"),
        ('"huangpu"]', '"nowhere"]', "nowhere"),
        ("name =", "nome =", "name"),
        ("[files]", "[files", "pack.toml"),
    ],
)
def test_a_wrong_manifest_is_told(copy: Path, old: str, new: str, words: str) -> None:
    text = (copy / "pack.toml").read_text("utf-8")
    (copy / "pack.toml").write_text(text.replace(old, new, 1), "utf-8")
    (trouble,) = check_pack(copy)
    assert trouble.file == "pack.toml" and words in str(trouble)


def test_files_that_are_not_there_or_not_text(copy: Path) -> None:
    (copy / "duty.csv").unlink()
    (copy / "people.csv").write_text("login,nom\na,b\n", "utf-8")
    (copy / "day.csv").write_bytes("时间".encode("gb18030"))
    told = {t.file: t.zh for t in check_pack(copy)}
    assert {"duty.csv", "day.csv"} <= set(told) and "缺少列：name" in told["people.csv"]


def test_packs_that_need_each_other_are_refused(tmp_path: Path) -> None:
    for name, needs in (("one", "two"), ("two", "one")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pack.toml").write_text(f'name = "{name}"\nneeds = ["{needs}"]\n')
    with pytest.raises(Invalid, match="互相依赖"):
        with_needs(tmp_path / "one")
    assert "互相依赖" in check_pack(tmp_path / "one")[0].zh


def test_unknown_packs() -> None:
    for name in ("atlantis", "../etc", "x/y"):
        with pytest.raises(NotFound):
            find_pack(name)

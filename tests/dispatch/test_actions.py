"""Importing, restoring, recommending, and what the lists leave out, on a real database."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import openpyxl
import pytest

from yiwang.dispatch import queries, rules_read
from yiwang.dispatch.actions import import_list, list_id_of, restore_list
from yiwang.dispatch.model import ImportList, ImportReport, Recommendation, RestoreList
from yiwang.kit import sheet
from yiwang.kit.db import Tx
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope
from yiwang.network.actions_units import merge_units
from yiwang.network.model import Actor, Post, PostKind, system
from yiwang.network.model_units import MergeUnits
from yiwang.network.queries_units import get_unit_by_code

NATIONAL = "GB/T 47678.5-2026"
HEAD = "层次,方案,类型,代码,名称,区域,时段,主办,协办,依据,生效,失效"
BOSS = system("test")
ALL = Scope(True, (), BOSS.id)
NOON, MIDNIGHT = datetime(2026, 11, 20, 4, tzinfo=UTC), datetime(2026, 11, 20, 16, tzinfo=UTC)
BASIC = """细类,,,01013,消防设施异常,310101,,310101-xiaofang,,《消防法》第28条,,
大类,,事项,06,,310101019,全天,310101019-huanwei,,,,
细类,YIWANG-EXT,,21001,,310101019,工作时间,310101019-chengguan,,,,
细类,YIWANG-EXT,,21001,,310101019,夜间和节假日,城投自来水公司,310101019-chengguan;310101-jiaojing,,,"""


def unit_id(code: str) -> UUID:
    return named_id(f"unit:{code}")


def load(tx: Tx, rows: str, unit: str = "310101", head: str = HEAD, **more: bool) -> ImportReport:
    return import_list(tx, BOSS, ImportList(unit, "test.csv", f"{head}\n{rows}\n".encode(), **more))


def ask(
    tx: Tx, code: str, area: str = "310101019013", at: datetime = NOON, kind: str = "matter", scheme: str = NATIONAL
) -> Recommendation:
    return queries.recommend(tx, scheme=scheme, kind=kind, code=code, area_id=unit_id(area), at=at)


def leader(tx: Tx, *args: str, **more: object) -> str | None:
    got = ask(tx, *args, **more)
    return None if got.fallback or got.lead is None else got.lead.name


def test_recommendations_of_an_imported_list(street: Tx) -> None:
    done = load(street, BASIC)
    assert (done.version, done.rows, done.bad, done.conflicts, done.unchanged) == (1, 4, (), (), False)
    fire = ask(street, "01013")
    assert fire.lead and fire.lead.name == "黄浦区消防救援支队"
    assert fire.reason_zh == (
        "依据黄浦区权责清单第1条（第1版）：黄浦区辖区内“消防设施异常”由黄浦区消防救援支队主办；职责依据：《消防法》第28条"
    )
    assert ask(street, "01013", kind="component").lead == fire.lead  # no kind given: both
    assert leader(street, "06012") == "老西门环卫作业公司"
    assert leader(street, "06012", "310101018") is None  # another street
    assert leader(street, "21001", scheme="YIWANG-EXT") == "城管中队"
    night = ask(street, "21001", scheme="YIWANG-EXT", at=MIDNIGHT)
    assert night.lead and night.lead.name == "城投自来水公司"
    assert [a.name for a in night.assists] == ["城管中队", "黄浦区交警支队"]
    assert "工作时间由城管中队主办" in night.reason_zh
    line = queries.get_line(street, night.row_id)
    assert (line.n, line.version, line.assist_codes) == (4, 1, ("310101019-chengguan", "310101-jiaojing"))


def test_nobody_listed_falls_to_the_street(street: Tx) -> None:
    got = ask(street, "06010")
    assert got.fallback and got.lead and got.lead.id == unit_id("310101019")
    assert got.reason_zh == "权责清单未列明大林居委会“暴露垃圾”责任单位，按属地兜底由老西门街道牵头处置"
    unknown = ask(street, "99999")
    assert unknown.fallback and "“99999”" in unknown.reason_zh
    with pytest.raises(NotFound):
        ask(street, "06010", "nowhere")


def test_validity_is_by_the_local_day(street: Tx) -> None:
    load(street, "全部,,,,,310101,,310101-water,,,2026-11-20,2026-11-21")
    assert leader(street, "06010", at=datetime(2026, 11, 19, 16, tzinfo=UTC)) == "城投自来水公司"  # 20th 00:00
    assert leader(street, "06010", at=datetime(2026, 11, 19, 15, 59, tzinfo=UTC)) is None
    assert leader(street, "06010", at=datetime(2026, 11, 20, 16, tzinfo=UTC)) is None


def test_one_statement_a_recommendation(street: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    load(street, BASIC)
    said: list[object] = []
    real = street.conn.execute
    monkeypatch.setattr(street.conn, "execute", lambda *a, **k: (said.append(a), real(*a, **k))[1])
    ask(street, "21001", scheme="YIWANG-EXT", at=MIDNIGHT)
    assert len([sql for sql in said if "dispatch." in str(sql)]) == 1
    assert all("city." in str(sql) for sql in said if "dispatch." not in str(sql))  # kept in memory, once committed


def test_the_district_and_the_street_keep_lists_beside_each_other(street: Tx) -> None:
    load(street, "大类,,,06,,310101,,310101-water,,,,")
    load(street, "大类,,,06,,310101019014,,310101019-huanwei,,,,", "310101019")
    assert leader(street, "06010", "310101019014") == "老西门环卫作业公司"
    assert leader(street, "06010", "310101019013") == "城投自来水公司"


def test_a_new_version_replaces_and_the_old_one_stays(street: Tx) -> None:
    first = load(street, BASIC)
    old = ask(street, "06012")
    second = load(street, "细类,,,06012,,310101019,,310101019-chengguan,,,,")
    assert (first.version, second.version) == (1, 2)
    assert leader(street, "06012") == "城管中队" and leader(street, "01013") is None
    assert queries.get_line(street, old.row_id).lead_name == "老西门环卫作业公司"
    kept = queries.list_lines(street, ALL, list_id=first.list_id, version=1)
    assert [x.n for x in kept] == [1, 2, 3, 4]
    again = restore_list(street, BOSS, RestoreList("310101", 1))
    assert (again.version, again.rows, again.current) == (3, 4, True)
    assert leader(street, "06012") == "老西门环卫作业公司"
    with pytest.raises(Refused, match="正在用"):
        restore_list(street, BOSS, RestoreList("310101", 3))
    with pytest.raises(NotFound):
        restore_list(street, BOSS, RestoreList("310101", 9))
    events = street.conn.execute(
        "select event from ledger.entry where subject_id = %s order by n", (first.list_id,)
    ).fetchall()
    assert [e for (e,) in events] == ["responsibility.imported"] * 2 + ["responsibility.restored"]


def test_the_same_content_again_changes_nothing_whatever_the_format(street: Tx) -> None:
    load(street, BASIC)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*HEAD.split(","), "备注"])
    for row in BASIC.splitlines():
        cells: list[object] = list(row.split(","))
        if cells[3] == "06":
            cells[3] = 6  # Excel drops leading zeros
        if cells[5] == "310101019":
            cells[5] = 310101019.0
        sheet.append([*cells, "自己加的列"])
    out = io.BytesIO()
    book.save(out)
    again = import_list(street, BOSS, ImportList("310101", "test.xlsx", out.getvalue()))
    assert (again.unchanged, again.version, again.bad) == (True, 1, ())
    english = "span,code,area,lead,hours,kind,scheme,name,assist,basis"
    one = "code,01013,310101,310101-xiaofang,always,,,,,"
    assert load(street, one, head=english).version == 2
    assert load(street, "细类,,,01013,,310101,,310101-xiaofang,,,,").unchanged
    assert len(queries.list_versions(street, ALL)) == 2


def test_gb18030_as_chinese_excel_saves_it(street: Tx) -> None:
    data = f"{HEAD}\n{BASIC}".encode("gb18030")
    assert import_list(street, BOSS, ImportList("310101", "gbk.csv", data)).rows == 4


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("小类,,,06010,,310101,,310101-water,,,,", "层次", "“小类”"),
        ("细类,,,06999,,310101,,310101-water,,,,", "代码", "没有细类“06999”"),
        ("细类,,部件,06010,,310101,,310101-water,,,,", "代码", "没有细类“06010”"),
        ("细类,X,,06010,,310101,,310101-water,,,,", "方案", "没有目录“X”"),
        ("细类,,东西,06010,,310101,,310101-water,,,,", "类型", "“东西”"),
        ("大类,,,77,,310101,,310101-water,,,,", "代码", "没有大类“77”"),
        ("领域,,,天文,,310101,,310101-water,,,,", "代码", "没有“天文”这个领域"),
        ("细类,,,06010,道路不洁,310101,,310101-water,,,,", "名称", "与目录的“暴露垃圾”不符"),
        ("细类,,,06010,,,,310101-water,,,,", "区域", "空着"),
        ("细类,,,06010,,火星,,310101-water,,,,", "区域", "没有这个单位"),
        ("细类,,,06010,,310101-water,,310101-water,,,,", "区域", "不是行政区域"),
        ("细类,,,06010,,310000,,310101-water,,,,", "区域", "不在本清单单位的辖区内"),
        ("细类,,,06010,,310101,半夜,310101-water,,,,", "时段", "“半夜”"),
        ("细类,,,06010,,310101,,,,,,", "主办", "空着"),
        ("细类,,,06010,,310101,,城管中队,,,,", "主办", "不止一个"),
        ("细类,,,06010,,310101,,310101-water,310101-water,,,", "协办", "已是主办"),
        ("细类,,,06010,,310101,,310101-water,310101-jiaojing、310101-jiaojing,,,", "协办", "列了两次"),
        ("细类,,,06010,,310101,,310101-water,无此单位,,,", "协办", "没有这个单位"),
        ("细类,,,06010,,310101,,310101-water,,,明天,", "生效", "不是日期"),
        ("细类,,,06010,,310101,,310101-water,,,2026-02-30,", "生效", "不是日期"),
        ("细类,,,06010,,310101,,310101-water,,,2026年11月2日,2026/11/02", "失效", "须晚于生效日期"),
        ("全部,,,,,310101,,310101-jiaojing,,,,", "层次", "与第 2 行完全相同"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_goes_in(street: Tx, row: str, column: str, words: str) -> None:
    done = load(street, f"全部,,,,,310101,,310101-jiaojing,,,,\n{row}\n大类,,,06,,310101,,310101-water,,,,")
    assert done.rows == 2
    (bad,) = done.bad
    assert (bad.line, bad.column) == (3, column)
    assert words in bad.zh and bad.en
    assert leader(street, "06010") == "城投自来水公司"
    with pytest.raises(Invalid) as refused:
        load(street, f"全部,,,,,310101,,310101-jiaojing,,,,\n{row}", whole=True)
    assert refused.value.code == "responsibility.bad_rows" and "第 3 行" in refused.value.zh


def test_a_dry_run_reports_and_writes_nothing(street: Tx) -> None:
    load(street, BASIC)
    before = street.conn.execute("select count(*) from ledger.entry").fetchone()
    twice = "细类,,,06010,,310101,,310101-water,,,,\n细类,,,06010,,310101,,310101-jiaojing,,,,\n坏,,,,,,,,,,,"
    dry = load(street, twice, dry_run=True)
    assert (dry.version, dry.rows, len(dry.bad), len(dry.conflicts), dry.dry_run) == (2, 2, 1, 1, True)
    assert queries.find_conflicts(street, ALL, unit_id("310101")) == []
    assert leader(street, "06012") == "老西门环卫作业公司"
    assert street.conn.execute("select count(*) from ledger.entry").fetchone() == before
    assert len(queries.list_versions(street, ALL)) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b"\xff\xfe\x00garbage\xff", "file.encoding"),
        (b"PK\x03\x04 not really a workbook", "file.broken"),
        ("层次,区域\n细类,1".encode(), "file.columns"),
        ("层次,区域,主办,lead\n细类,1,2,3".encode(), "file.columns"),
        (HEAD.encode(), "file.empty"),
        (f"{HEAD}\n坏,,,,,,,,,,,".encode(), "responsibility.bad_rows"),
        (b"x" * 20_000_001, "file.too_large"),
        ("层次,区域,主办\n".encode() + "全部,1,2\n".encode() * 20_001, "file.too_many_rows"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused_in_words(street: Tx, data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        import_list(street, BOSS, ImportList("310101", "x", data))
    assert refused.value.code == code


def test_a_list_belongs_to_an_area_and_to_whoever_may_keep_it(street: Tx) -> None:
    with pytest.raises(Invalid, match="不是行政区域"):
        load(street, BASIC, "310101-water")
    street_path = get_unit_by_code(street, "310101019").path

    def holder(kind: PostKind) -> Actor:
        return Actor(named_id("p"), "p", (Post(named_id("post"), kind, unit_id("310101019"), street_path),))

    cmd = ImportList("310101019", "t", f"{HEAD}\n全部,,,,,310101019,,310101-water,,,,".encode())
    with pytest.raises(Forbidden):
        import_list(street, holder(PostKind.inspector), cmd)
    with pytest.raises(Forbidden):
        import_list(street, holder(PostKind.dispatcher), replace(cmd, unit_code="310101"))
    assert import_list(street, holder(PostKind.dispatcher), cmd).version == 1


def test_conflicts_name_both_lines(street: Tx) -> None:
    load(street, "细类,,,06010,,310101019,,310101-water,,,,2026-12-01")
    done = load(
        street,
        "细类,,,06010,,310101019,,310101-jiaojing,,,2026-11-01,\n"
        "细类,,,06010,,310101019,,310101-xiaofang,,,2027-01-01,\n"  # in conflict with the line before alone
        "细类,,,06010,,310101019,夜间和节假日,310101-xiaofang,,,,",
        "310101019",
    )
    found = {(c.lead_name, c.other_lead_name) for c in done.conflicts}
    pairs = {frozenset(p) for p in found}
    assert pairs == {
        frozenset({"城投自来水公司", "黄浦区交警支队"}),
        frozenset({"黄浦区交警支队", "黄浦区消防救援支队"}),
    }
    assert list(done.conflicts) == queries.find_conflicts(street, ALL, unit_id("310101019013"))
    assert queries.find_conflicts(street, ALL, unit_id("310101018")) == []
    got = ask(street, "06010")
    assert got.conflict and "冲突" in got.reason_zh
    assert not ask(street, "06010", at=datetime(2026, 10, 1, 12, tzinfo=UTC)).conflict


def test_gaps(street: Tx) -> None:
    load(street, "大类,,,06,,310101019013,,310101-water,,,,\n细类,,,01013,,310101,工作时间,310101-xiaofang,,,,")
    area = unit_id("310101019")
    found = queries.find_gaps(street, ALL, area)
    got = {(g.kind, g.code, g.area_name, g.hours.value) for g in found}
    named = {g for g in got if g[1] in ("01013", "06010", "09005")}
    assert named == {
        ("matter", "01013", "老西门街道", "off"),
        ("component", "01013", "老西门街道", "off"),
        ("matter", "06010", "文庙居委会", "always"),
        ("matter", "09005", "老西门街道", "always"),
    }
    assert len(got) == 250 + 153  # each matter and component of the catalogue once
    ext = queries.find_gaps(street, ALL, area, schemes=["YIWANG-EXT"])
    assert {g.scheme for g in ext} == {"YIWANG-EXT"}
    assert load(street, "全部,,,,,310000,,310101-water,,,,", "310000").rows == 1
    assert queries.find_gaps(street, ALL, area) == []
    elsewhere = Scope(False, (get_unit_by_code(street, "310101018").path,), BOSS.id)
    with pytest.raises(NotFound):
        queries.find_gaps(street, elsewhere, area)


def test_lines_are_seen_by_those_whose_ground_or_work_it_is(street: Tx) -> None:
    done = load(street, BASIC)
    water = Scope(False, (get_unit_by_code(street, "310101-water").path,), BOSS.id)
    assert [x.n for x in queries.list_lines(street, water, list_id=done.list_id)] == [4]
    ours = Scope(False, (get_unit_by_code(street, "310101019").path,), BOSS.id)
    assert [x.n for x in queries.list_lines(street, ours, list_id=done.list_id)] == [2, 3, 4]
    assert [x.n for x in queries.list_lines(street, ALL, list_id=done.list_id, after=1, limit=2)] == [2, 3]
    with pytest.raises(NotFound):
        queries.list_lines(street, ALL, list_id=done.list_id, version=7)


def test_a_merged_unit_is_answered_for_by_its_successor(street: Tx) -> None:
    load(street, BASIC)
    merge_units(street, BOSS, MergeUnits((unit_id("310101-jiaojing"),), unit_id("310101-xiaofang")))
    night = ask(street, "21001", scheme="YIWANG-EXT", at=MIDNIGHT)
    assert [a.name for a in night.assists] == ["城管中队", "黄浦区消防救援支队"]
    merge_units(street, BOSS, MergeUnits((unit_id("310101019013"),), unit_id("310101019014")))
    assert leader(street, "06012") == "老西门环卫作业公司"  # asked by the old area


def test_an_export_reads_back_as_it_was_and_runs_no_formula(street: Tx) -> None:
    rows = BASIC.replace("《消防法》第28条", '"=HYPERLINK(""http://x"")"')
    done = load(street, rows)
    lines = queries.list_lines(street, ALL, list_id=done.list_id)
    data = b"".join(sheet.stream_csv([rules_read.rows_of(lines)]))
    text = data.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("序号,层次,方案") and "'=HYPERLINK" in text
    assert not any(
        cell.lstrip('"')[:1] in "=+-@" for line in text.splitlines()[1:] for cell in line.split(",") if cell.strip('"')
    )
    assert import_list(street, BOSS, ImportList("310101", "again", data)).unchanged


def test_old_versions_cannot_be_rewritten(street: Tx) -> None:
    done = load(street, BASIC)
    for sql in ("delete from dispatch.version", "update dispatch.version set rows = 0", "delete from dispatch.line"):
        with pytest.raises(Exception, match="permission denied"), street.savepoint():
            street.conn.execute(sql)
    assert list_id_of(unit_id("310101")) == done.list_id

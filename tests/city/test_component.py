"""Importing components: every way a file or a row can be wrong, and what goes in."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import prcoords
import pytest
import shapely
from shapely.geometry import shape

from yiwang.city import queries_component, rules_component_file
from yiwang.city.actions_component import import_components, load_components
from yiwang.city.actions_rules import load_catalogue
from yiwang.city.model_component import ComponentsImport, ImportComponents, ImportMode
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid, NotFound
from yiwang.kit.geo import distance_m
from yiwang.kit.ids import new_id
from yiwang.kit.scope import Scope
from yiwang.network.actions_units import load_units
from yiwang.network.model import Actor, ActorKind, system
from yiwang.network.model_units import LoadUnits
from yiwang.network.queries_units import get_unit_by_code

PACKS = Path(__file__).parents[2] / "packs"
REAL = (PACKS / "huangpu" / "components.csv").read_bytes()
GRIDS = {
    f["properties"]["code"]: shape(f["geometry"])
    for f in json.loads((PACKS / "huangpu" / "unit_grids.geojson").read_text("utf-8"))["features"]
}
ALL = Scope(True, (), new_id())
CODE = "31010102014900001"
LON, LAT = 121.4836, 31.2197  # in 老西门
HEAD = "管理部件标识码,管理部件名称,管理部件状态,经度,纬度"


@pytest.fixture(scope="module")
def with_catalogue(loaded_huangpu: Tx) -> Iterator[Tx]:
    with loaded_huangpu.conn.transaction(force_rollback=True):
        load_catalogue(loaded_huangpu, system("pack"), PACKS / "national")
        yield loaded_huangpu


@pytest.fixture
def tx(with_catalogue: Tx) -> Iterator[Tx]:
    with with_catalogue.conn.transaction(force_rollback=True):
        yield with_catalogue


def put(tx: Tx, content: str | bytes, name: str = "a.csv", unit: str = "310101", **more: Any) -> ComponentsImport:
    content = content.encode() if isinstance(content, str) else content
    return import_components(tx, system("pack"), ImportComponents(name, content, unit, **more))


def row(code: str = CODE, name: str = "信号灯", state: str = "完好", lon: Any = LON, lat: Any = LAT) -> str:
    return f"{HEAD}\n{code},{name},{state},{lon},{lat}\n"


def reason(tx: Tx, content: str | bytes, **more: Any) -> tuple[int, str, str]:
    done = put(tx, content, **more)
    assert (done.bad, done.added) == (1, 0), done
    return done.bad_rows[0].line, done.bad_rows[0].column, done.bad_rows[0].zh


# ── what goes in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_real_components_of_huangpu(tx: Tx) -> None:
    done = put(tx, REAL, "components.csv")
    assert (done.rows, done.added, done.bad) == (1200, 1200, 0), done.bad_rows[:3]
    again = put(tx, REAL, "components.csv")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1200)
    touched = REAL.replace("完好".encode(), "破损".encode(), 2)
    assert (put(tx, touched).changed, put(tx, touched).unchanged) == (2, 1200)
    events = tx.conn.execute("select count(*) from ledger.entry where event = 'components.imported'").fetchone()
    assert events == (4,)


def test_a_pack_is_loaded_once(tx: Tx) -> None:
    file = PACKS / "huangpu" / "components.csv"
    first = load_components(tx, system("pack"), file, "310101")
    assert first is not None and first.added == 1200
    assert load_components(tx, system("pack"), file, "310101") is None
    put(tx, row())
    assert load_components(tx, system("pack"), file, "310101") is not None


def test_every_one_is_locked_to_the_grid_it_stands_in(tx: Tx) -> None:
    put(tx, REAL)
    found = queries_component.list_components(tx, ALL, limit=1000)
    assert len(found) == 1000
    assert all(GRIDS[c.grid_code].buffer(1e-6).contains(shapely.Point(c.lon, c.lat)) for c in found)


def test_all_eighteen_fields_by_short_name(tx: Tx) -> None:
    head = (
        "GLBJBSM,GLBJMC,ZGBMDM,ZGBMMC,QSDWDM,QSDWMC,YHDWDM,YHDWMC,SZDYWGBSM,GLBJZT,CSRQ,BGRQ,SJLY,BZ,"
        "SZJDDM,SZJDMC,SZSQDM,SZSQMC,X坐标,Y坐标,精度等级"
    )
    line = f"{CODE},灯,11310101,交警,Q1,权属,Y1,养护,,破损,20240131,2025-2-3,实测,备注,,,,,{LON},{LAT},a"
    assert put(tx, f"{head}\n{line}\n").added == 1
    c = queries_component.get_component(tx, ALL, CODE)
    assert (c.keeper_code, c.keeper_name, c.owner_name, c.maintainer_code) == ("11310101", "交警", "权属", "Y1")
    assert (c.state, c.first_on, c.changed_on, c.source, c.note, c.accuracy) == (
        "破损",
        date(2024, 1, 31),
        date(2025, 2, 3),
        "实测",
        "备注",
        "A",
    )
    assert c.type_name == "交通信号灯" and c.grid_code.startswith("310101019")


def test_sixteen_digits_are_of_the_former_standard(tx: Tx) -> None:
    assert put(tx, row("3101010101000001", "")).added == 1
    c = queries_component.get_component(tx, ALL, "3101010101000001")
    assert (c.scheme, c.type_code, c.name) == ("GB/T 30428.2-2013", "01-01", "上水井盖")


def test_coordinates_are_converted_and_kept_raw(tx: Tx) -> None:
    lat, lon = prcoords.wgs_gcj((LAT, LON))
    assert put(tx, row(lon=lon, lat=lat), datum="gcj02").added == 1
    c = queries_component.get_component(tx, ALL, CODE)
    assert (c.raw_x, c.raw_y, c.datum) == (lon, lat, "gcj02")
    assert distance_m((c.lon, c.lat), (LON, LAT)) < 0.2


def test_each_row_may_name_its_datum(tx: Tx) -> None:
    lat, lon = prcoords.wgs_bd((LAT, LON))
    assert put(tx, f"code,lon,lat,坐标系\n{CODE},{lon},{lat},BD-09\n").added == 1
    c = queries_component.get_component(tx, ALL, CODE)
    assert c.datum == "bd09" and distance_m((c.lon, c.lat), (LON, LAT)) < 0.2


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings(tx: Tx, codec: str) -> None:
    assert put(tx, row(name="西藏南路信号灯").encode(codec)).added == 1
    assert queries_component.get_component(tx, ALL, CODE).name == "西藏南路信号灯"


def test_geojson_and_xlsx_give_the_same(tx: Tx) -> None:
    feature = {
        "type": "Feature",
        "properties": {"GLBJBSM": CODE, "name": "灯", "CSRQ": "20240131"},
        "geometry": {"type": "Point", "coordinates": [LON, LAT]},
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    assert put(tx, text, "a.geojson").added == 1
    book = workbook(
        [["标识码", "名称（必填）", "初始日期", "经度", "纬度"], [CODE, "灯", datetime(2024, 1, 31), LON, LAT], []]
    )
    assert put(tx, book, "a.xlsx").unchanged == 1


def test_dry_run_tells_and_does_nothing(tx: Tx) -> None:
    tables = ("city.component_import", "ledger.entry where event = 'components.imported'")
    before = [tx.conn.execute(f"select count(*) from {table}").fetchone() for table in tables]
    done = put(tx, REAL + b"x,,,,,,,,,\n", mode=ImportMode.dry_run)
    assert (done.added, done.bad, done.dry_run) == (1200, 1, True)
    with pytest.raises(NotFound):
        queries_component.get_component(tx, ALL, "31010102014000001")
    assert [tx.conn.execute(f"select count(*) from {table}").fetchone() for table in tables] == before


def test_bad_rows_do_not_keep_the_others_out_unless_asked(tx: Tx) -> None:
    mixed = row() + f"123,,完好,{LON},{LAT}\n31010102014900002,灯,完好,121,31\n31010102014900003,灯,完好,{LON},{LAT}\n"
    with pytest.raises(Invalid) as refused:
        put(tx, mixed, mode=ImportMode.all_or_nothing)
    assert refused.value.code == "component.bad_rows" and refused.value.detail["bad"] == 2
    done = put(tx, mixed)
    assert (done.rows, done.added, done.bad) == (4, 2, 2)
    assert [b.line for b in done.bad_rows] == [3, 4]


def test_ten_thousand_rows_in_about_a_second(tx: Tx) -> None:
    grids = [g.representative_point() for g in GRIDS.values()]
    lines = [f"310101020149{i:05},灯,完好,{grids[i % len(grids)].x},{grids[i % len(grids)].y}" for i in range(10_000)]
    start = time.process_time()
    assert put(tx, HEAD + "\n" + "\n".join(lines)).added == 10_000
    assert time.process_time() - start < 5  # measured 0.4 s; a guard against work per row that grows


# ── rows that are refused ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bad", "column", "says"),
    [
        ({"code": "310101020149"}, "管理部件标识码", "不是 17 位或 16 位"),
        ({"code": "3101010201490000a"}, "管理部件标识码", "不是 17 位或 16 位"),
        ({"code": "３１０１０１０２０１４９００００１"}, "管理部件标识码", "不是 17 位或 16 位"),
        ({"code": "3.10101E+16"}, "管理部件标识码", "末尾几位已经丢失"),
        ({"code": "31010199999000001"}, "管理部件标识码", "没有部件类别 99999"),
        ({"code": "3101019901000001"}, "管理部件标识码", "没有部件类别 99-01"),
        ({"code": "99999902014000001"}, "管理部件标识码", "区划代码 999999"),
        ({"code": "31010402014000001"}, "管理部件标识码", "区划代码 310104"),
        ({"state": "良好"}, "管理部件状态", "不是完好、破损"),
        ({"name": "灯" * 31}, "管理部件名称", "超过 30 个字"),
        ({"lon": ""}, "经度", "不是数字"),
        ({"lon": "东"}, "经度", "不是数字"),
        ({"lat": "nan"}, "纬度", "不是数字"),
        ({"lat": "inf"}, "纬度", "不是数字"),
        ({"lon": LAT, "lat": LON}, "经度", "写反"),
        ({"lon": 200}, "经度", "超出范围"),
        ({"lon": 121.3}, "经度", "不在任何单元网格内"),
    ],
)
def test_bad_rows_say_line_column_and_reason(tx: Tx, bad: dict[str, Any], column: str, says: str) -> None:
    line, where, zh = reason(tx, row(**bad))
    assert (line, where) == (2, column) and says in zh


def test_line_numbers_survive_line_breaks_in_cells(tx: Tx) -> None:
    text = f'{HEAD}\n{CODE},"一\n二",完好,{LON},{LAT}\n\n12,灯,完好,{LON},{LAT}\n'
    done = put(tx, text)
    assert done.added == 1 and [b.line for b in done.bad_rows] == [5]


def test_twice_in_one_file(tx: Tx) -> None:
    done = put(tx, row() + f"{CODE},灯,完好,{LON},{LAT}\n")
    assert done.added == 1 and "第 2 行" in done.bad_rows[0].zh


@pytest.mark.parametrize(
    ("field", "value"), [("BGRQ", "20240230"), ("BGRQ", "昨天"), ("精度等级", "D"), ("datum", "wgs72")]
)
def test_other_columns(tx: Tx, field: str, value: str) -> None:
    assert value in reason(tx, f"code,x,y,{field}\n{CODE},{LON},{LAT},{value}\n")[2]


def test_a_number_in_excel_has_lost_its_end(tx: Tx) -> None:
    book = workbook([["code", "lon", "lat"], [31010102014900001, LON, LAT]])
    assert "末尾几位已经丢失" in reason(tx, book, name="a.xlsx")[2]


def test_the_grid_in_the_file_must_be_the_one_it_stands_in(tx: Tx) -> None:
    code, g = next((c, g) for c, g in GRIDS.items() if c.startswith("310101019"))
    p = g.representative_point()
    head = "code,lon,lat,SZDYWGBSM\n"
    assert put(tx, f"{head}{CODE},{p.x},{p.y},{code}\n").added == 1
    wrong = max(GRIDS)
    assert wrong in reason(tx, f"{head}{CODE[:-1]}2,{p.x},{p.y},{wrong}\n")[2]


def test_on_a_border_the_file_may_choose(tx: Tx) -> None:
    a, b = next((a, b) for a in GRIDS for b in GRIDS if a < b and GRIDS[a].intersection(GRIDS[b]).length > 1e-4)
    line = shapely.get_parts(GRIDS[a].intersection(GRIDS[b]))[0]
    x, y = line.coords[0]
    assert put(tx, f"code,lon,lat,SZDYWGBSM\n{CODE},{x},{y},{b}\n").added == 1
    assert queries_component.get_component(tx, ALL, CODE).grid_code == b


def test_an_import_for_a_street_takes_only_what_stands_there(tx: Tx) -> None:
    elsewhere = next(g for c, g in GRIDS.items() if c.startswith("310101002")).representative_point()
    assert "不在导入范围内" in reason(tx, row(lon=elsewhere.x, lat=elsewhere.y), unit="310101019")[2]
    assert put(tx, row(), unit="310101019").added == 1
    assert put(tx, row(), unit="310000").unchanged == 1


# ── files that are refused ────────────────────────────────────────────────────────────────────────────────────────────


def zipped(name: str, size: int = 10) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(name, b"0" * size)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "file.empty"),
        ("a.csv", b" \n ", "file.empty"),
        ("a.csv", HEAD.encode(), "file.empty"),
        ("a.csv", "名称,经度\n灯,121\n".encode(), "file.columns"),
        ("a.csv", f'{HEAD}\n"{CODE},灯'.encode(), "file.broken"),
        ("a.csv", b"\x00\x01\x02" * 50, "file.encoding"),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "file.encoding"),
        ("a.csv", zipped("xl/workbook.xml"), "file.mislabelled"),
        ("a.xlsx", row().encode(), "file.mislabelled"),
        ("a.json", row().encode(), "file.mislabelled"),
        ("a.xlsx", zipped("a.txt"), "file.unknown"),
        ("a.xlsx", zipped("xl/workbook.xml"), "file.broken"),
        ("a.xlsx", b"PK\x03\x04" + b"0" * 100, "file.broken"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(100), "file.unknown"),
        ("a.csv", b"<html><table><tr><td>1</td></tr></table>", "file.unknown"),
        ("a.geojson", b'{"type": "FeatureCollection"}', "file.broken"),
        ("a.geojson", b"{" * 10, "file.broken"),
        ("a.geojson", b"[" * 100_000, "file.broken"),
        ("a.geojson", b'{"features": []}', "file.empty"),
    ],
)
def test_files_that_cannot_be_read_say_so(tx: Tx, name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as bad:
        put(tx, content, name)
    assert bad.value.code == code and bad.value.zh and bad.value.en


def test_features_without_sense_are_bad_rows(tx: Tx) -> None:
    text = json.dumps({"features": [None, 1, {"geometry": {"type": "Point"}}, {"properties": {"code": CODE}}]})
    assert put(tx, text, "a.json").bad == 4


def test_zip_bomb(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_component_file, "MAX_UNPACKED", 1 << 20)
    with pytest.raises(Invalid) as bad:
        put(tx, zipped("xl/workbook.xml", 2 << 20), "a.xlsx")
    assert bad.value.code == "file.too_large"


def test_too_much(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_component_file, "MAX_ROWS", 100)
    with pytest.raises(Invalid) as bad:
        put(tx, REAL)
    assert bad.value.code == "file.too_many_rows"
    monkeypatch.setattr(rules_component_file, "MAX_BYTES", 100)
    with pytest.raises(Invalid) as bad:
        put(tx, REAL)
    assert bad.value.code == "file.too_large"


def test_who_may(tx: Tx) -> None:
    with pytest.raises(NotFound):
        import_components(tx, Actor(new_id(), "路人", (), ActorKind.person), ImportComponents("a.csv", REAL, "310101"))
    with pytest.raises(NotFound):
        put(tx, REAL, unit="319999")


def test_without_a_catalogue(fresh_db: Database, huangpu_units: LoadUnits) -> None:
    with fresh_db.transaction() as tx:
        load_units(tx, system("pack"), huangpu_units)
        with pytest.raises(Invalid) as bad:
            put(tx, REAL)
        assert bad.value.code == "component.no_catalogue"


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_near_a_point_page_by_page(tx: Tx) -> None:
    put(tx, REAL)
    rows = list(csv.DictReader(io.StringIO(REAL.decode())))
    here = (LON, LAT)
    want = sorted(r["管理部件标识码"] for r in rows if distance_m(here, (float(r["经度"]), float(r["纬度"]))) <= 500)
    assert len(want) > 10
    got: list[str] = []
    while part := queries_component.list_components(
        tx, ALL, near=here, radius_m=500, after=got[-1] if got else "", limit=7
    ):
        got += [c.code for c in part]
    assert got == want


def test_out_of_scope_is_not_found(tx: Tx) -> None:
    put(tx, REAL)
    laoximen = Scope(False, (get_unit_by_code(tx, "310101019").path,), new_id())
    seen = queries_component.list_components(tx, laoximen, limit=1000)
    assert seen and all(c.grid_code.startswith("310101019") for c in seen)
    other = next(c for c in queries_component.list_components(tx, ALL, limit=1000) if c not in seen)
    with pytest.raises(NotFound):
        queries_component.get_component(tx, laoximen, other.code)
    lights = queries_component.list_components(tx, ALL, type_code="02004", grid_code=seen[0].grid_code)
    assert all(c.type_code == "02004" and c.grid_code == seen[0].grid_code for c in lights)


def workbook(rows: list[list[Any]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for r in rows:
        book.active.append(r)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()

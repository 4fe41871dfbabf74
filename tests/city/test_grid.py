"""Loading grids, and locate() against shapely."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import Point, Polygon, shape

from yiwang.city import queries_grid
from yiwang.city.actions_grid import load_areas, load_grids
from yiwang.city.model_grid import NOWHERE, LoadAreas, LoadGrids
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Forbidden, Invalid, NotFound
from yiwang.kit.ids import named_id, new_id
from yiwang.network.actions_units import load_units
from yiwang.network.model import Actor, ActorKind, system
from yiwang.network.model_units import LoadUnits

PACKS = Path(__file__).parents[2] / "packs"
HUANGPU = PACKS / "huangpu"
LOADER = system("pack")


@pytest.fixture
def tx(huangpu: Tx) -> Tx:
    return huangpu


def features(name: str) -> list[dict[str, Any]]:
    return json.loads((HUANGPU / name).read_text("utf-8"))["features"]


GRIDS = {f["properties"]["code"]: Polygon(f["geometry"]["coordinates"][0]) for f in features("unit_grids.geojson")}


def test_same_pack_again_changes_nothing(tx: Tx) -> None:
    again = load_grids(tx, LOADER, LoadGrids(str(HUANGPU)))
    assert (again.added, again.changed, again.ended) == (0, 0, 0)
    assert again.unchanged == again.grids == len(GRIDS)


def test_locate_agrees_with_shapely_everywhere(tx: Tx) -> None:
    """2,000 points, many close to borders: PostgreSQL's tolerance would lose them if shapes were kept in degrees."""
    rng = random.Random(47678)
    tree, codes = shapely.STRtree(list(GRIDS.values())), list(GRIDS)
    w, s, e, n = shapely.total_bounds(list(GRIDS.values()))
    points = [(rng.uniform(w, e), rng.uniform(s, n)) for _ in range(1000)]
    for g in rng.choices(list(GRIDS.values()), k=1000):
        x, y = rng.choice(g.exterior.coords)
        points.append((x + rng.gauss(0, 2e-5), y + rng.gauss(0, 2e-5)))
    expected = [min((codes[i] for i in tree.query(Point(p), predicate="intersects")), default=None) for p in points]
    assert [queries_grid.locate(tx, *p).grid_code for p in points] == expected
    assert queries_grid.locate_many(tx, *zip(*points, strict=True)) == expected
    assert 500 < sum(c is not None for c in expected) < 2000


def test_place_has_every_level(tx: Tx) -> None:
    code = next(c for c in GRIDS if c.startswith("310101019"))
    place = queries_grid.locate(tx, *GRIDS[code].representative_point().coords[0])
    assert (place.grid_code, place.community_code, place.street_code, place.district_code) == (
        code,
        code[:12],
        "310101019",
        "310101",
    )
    assert place.unit_id == named_id(f"unit:{code[:12]}")
    assert place.duty_grid_name is not None and place.duty_grid_name.startswith("老西门第")
    assert not place.on_border and not place.outside


def test_border_and_corner_belong_to_the_smallest_code(tx: Tx) -> None:
    corners: dict[tuple[float, float], set[str]] = {}
    for code, g in GRIDS.items():
        for x, y in g.exterior.coords:
            corners.setdefault((x, y), set()).add(code)
    shared = [(p, cs) for p, cs in corners.items() if len(cs) >= 3][:200]
    assert len(shared) == 200
    for point, codes in shared:
        place = queries_grid.locate(tx, *point)
        assert place.grid_code == min(codes)
        assert place.on_border


def test_just_inside_is_not_on_the_border(tx: Tx) -> None:
    code, g = next(iter(GRIDS.items()))
    (x0, y0), (x1, y1) = g.exterior.coords[:2]
    mid = ((x0 + x1) / 2, (y0 + y1) / 2)
    inside = g.buffer(-3e-6)
    near = shapely.shortest_line(Point(mid), inside).coords[-1]
    assert queries_grid.locate(tx, *mid).on_border
    place = queries_grid.locate(tx, *near)
    assert place.grid_code == code and not place.on_border


def test_outside_every_grid_but_in_a_known_street(tx: Tx) -> None:
    tx.conn.execute("update city.unit_grid set valid_to = valid_from where street_code = '310101019'")
    at = next(g for c, g in GRIDS.items() if c.startswith("310101019")).representative_point().coords[0]
    place = queries_grid.locate(tx, *at)
    assert (place.grid_code, place.street_code, place.district_code, place.outside) == (
        None,
        "310101019",
        "310101",
        True,
    )
    assert place.unit_id == named_id("unit:310101019")


def test_in_a_district_without_street_outline(tx: Tx) -> None:
    tx.conn.execute("update city.unit_grid set valid_to = valid_from where street_code = '310101019'")
    tx.conn.execute("delete from city.area where unit_code = '310101019'")
    at = next(g for c, g in GRIDS.items() if c.startswith("310101019")).representative_point().coords[0]
    place = queries_grid.locate(tx, *at)
    assert (place.street_code, place.district_code, place.outside) == (None, "310101", True)


@pytest.mark.parametrize("point", [(121.0, 31.0), (-71.06, 42.36), (0, 0), (180, 90), (float("nan"), 31.2)])
def test_nowhere_is_an_answer(tx: Tx, point: tuple[float, float]) -> None:
    assert queries_grid.locate(tx, *point) == NOWHERE
    assert queries_grid.locate_many(tx, [point[0]], [point[1]]) == [None]


def test_a_grid_that_leaves_the_file_ends_and_is_kept(tx: Tx, tmp_path: Path) -> None:
    gone = _changed_pack(tmp_path, drop=max(GRIDS))
    load = load_grids(tx, LOADER, LoadGrids(str(tmp_path)))
    assert (load.added, load.changed, load.ended) == (0, 0, 1)
    assert queries_grid.locate(tx, *GRIDS[gone].representative_point().coords[0]).outside
    kept = tx.conn.execute("select valid_to is not null from city.unit_grid where code = %s", [gone]).fetchone()
    assert kept == (True,)
    assert load_grids(tx, LOADER, LoadGrids(str(HUANGPU))).changed == 1  # and it comes back


def test_load_is_in_the_ledger(tx: Tx) -> None:
    n = tx.conn.execute(
        "select count(*) from ledger.entry where event = 'grids.loaded' and tx = pg_current_xact_id()"
    ).fetchone()
    assert n == (1,)


def test_areas_leave_gridded_streets_alone(tx: Tx, tmp_path: Path) -> None:
    ring = [[121.4, 31.1], [121.6, 31.1], [121.6, 31.3], [121.4, 31.1]]
    text = {"features": [_area("310101019", ring), _area("310101", ring)]}
    (tmp_path / "areas.geojson").write_text(json.dumps(text), "utf-8")
    assert load_areas(tx, LOADER, LoadAreas(str(tmp_path / "areas.geojson"))) == 1
    with pytest.raises(Invalid) as no_unit:
        load_areas(tx, LOADER, LoadAreas(str(PACKS / "shanghai" / "areas.geojson")))
    assert no_unit.value.code == "grid.no_unit"


def test_roads_and_names(tx: Tx) -> None:
    fuxing = next(f for f in features("roads.geojson") if f["properties"].get("name") == "文庙路")
    at = shape(fuxing["geometry"]).interpolate(0.5, normalized=True)
    assert queries_grid.find_road_name(tx, at.x, at.y) == "文庙路"
    assert queries_grid.find_road_name(tx, 121.0, 31.0) is None
    names = {r.name for r in queries_grid.list_roads(tx, "310101019")}
    assert {"文庙路", "方斜路", "大林路"} <= names


def test_shapes_of_a_street(tx: Tx) -> None:
    shapes = queries_grid.list_grid_shapes(tx, "310101019")
    assert {s.code for s in shapes} == {c for c in GRIDS if c.startswith("310101019")}
    with pytest.raises(NotFound):
        queries_grid.list_grid_shapes(tx, "310101999")
    duties = queries_grid.list_duty_grids(tx, "310101019")
    assert len(duties) == 5 and sum(d.unit_grids for d in duties) == len(shapes)


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_an_administrator_loads(tx: Tx) -> None:
    stranger = Actor(new_id(), "路人", (), ActorKind.person)
    with pytest.raises(Forbidden):
        load_grids(tx, stranger, LoadGrids(str(HUANGPU)))


def _move_first(fs: list) -> None:
    for p in fs[0]["geometry"]["coordinates"][0]:
        p[0] += 0.0005


def _bow_tie(fs: list) -> None:
    ring = fs[0]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_move_first, "重叠"),
        (_bow_tie, ""),
        (lambda fs: fs[0]["properties"].update(code="31010100200100"), "15 位"),
        (lambda fs: fs[0]["properties"].update(code=fs[1]["properties"]["code"]), "重复"),
        (lambda fs: fs[0]["properties"].update(duty="310101002-99"), "责任网格"),
        (lambda fs: fs[0]["properties"].update(duty="310101019-01"), "责任网格"),
        (lambda fs: fs[0]["properties"].update(code="310101002999001"), "不存在"),
        (lambda fs: fs[0]["geometry"]["coordinates"].append([]), "简单多边形"),
        (lambda fs: fs[0]["geometry"].update(coordinates=[[["x", 1]]]), "简单多边形"),
        (lambda fs: fs[0]["properties"].pop("area_m2"), "面积"),
        (lambda fs: fs.clear(), "没有单元网格"),
    ],
)
def test_bad_grids_are_refused_whole(tx: Tx, tmp_path: Path, spoil, says: str) -> None:
    _changed_pack(tmp_path, spoil=spoil)
    with pytest.raises(Invalid) as bad:
        load_grids(tx, LOADER, LoadGrids(str(tmp_path)))
    assert says in str(bad.value.zh) + str(bad.value.detail)


def test_units_must_be_there_first(fresh_db: Database, huangpu_units: LoadUnits) -> None:
    with fresh_db.transaction() as tx:
        with pytest.raises(Invalid):
            load_grids(tx, LOADER, LoadGrids(str(HUANGPU)))
        load_units(tx, LOADER, huangpu_units)
        assert load_grids(tx, LOADER, LoadGrids(str(HUANGPU))).added == len(GRIDS)


@pytest.mark.parametrize(
    ("name", "text"), [("unit_grids.geojson", "[1, 2"), ("unit_grids.geojson", None), ("duty_grids.csv", "a,b\n1,2")]
)
def test_files_that_are_not_what_they_should_be(tx: Tx, tmp_path: Path, name: str, text: str | None) -> None:
    _changed_pack(tmp_path)
    (tmp_path / name).unlink()
    if text is not None:
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(Invalid):
        load_grids(tx, LOADER, LoadGrids(str(tmp_path)))


def _changed_pack(folder: Path, drop: str = "", spoil=None) -> str:
    """A copy of the pack with one grid left out, or spoilt."""
    for f in ("duty_grids.csv", "streets.geojson"):
        shutil.copy(HUANGPU / f, folder / f)
    fs = [f for f in features("unit_grids.geojson") if f["properties"]["code"] != drop]
    if spoil:
        spoil(fs)
    (folder / "unit_grids.geojson").write_text(json.dumps({"features": fs}), "utf-8")
    return drop


def _area(code: str, ring: list) -> dict:
    level = 3 if len(code) == 9 else 2
    return {"properties": {"code": code, "level": level}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

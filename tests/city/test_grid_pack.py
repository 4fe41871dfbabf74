"""packs/huangpu and packs/shanghai are what their READMEs say."""

from __future__ import annotations

import csv
import json
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import shapely
from pyproj import Geod
from shapely.geometry import Polygon, shape

PACKS = Path(__file__).parents[2] / "packs"
HUANGPU = PACKS / "huangpu"


def features(name: str) -> list[dict[str, Any]]:
    return json.loads((HUANGPU / name).read_text("utf-8"))["features"]


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


FEATURES = features("unit_grids.geojson")
GRIDS = {f["properties"]["code"]: Polygon(f["geometry"]["coordinates"][0]) for f in FEATURES}
DUTY = {f["properties"]["code"]: f["properties"]["duty"] for f in FEATURES}
AREA = {f["properties"]["code"]: f["properties"]["area_m2"] for f in FEATURES}
STREETS = {f["properties"]["code"]: shape(f["geometry"]) for f in features("streets.geojson")}
UNITS = {u["code"]: u for u in rows(PACKS / "shanghai" / "units.csv")}


def test_every_grid_is_one_simple_polygon() -> None:
    assert len(GRIDS) == len(FEATURES) > 800
    for f in FEATURES:
        assert f["geometry"]["type"] == "Polygon" and len(f["geometry"]["coordinates"]) == 1
    assert all(g.is_valid and g.exterior.is_ccw for g in GRIDS.values())


def test_no_gap_no_overlap() -> None:
    grids = list(GRIDS.values())
    assert shapely.coverage_is_valid(grids)  # neighbours share borders vertex by vertex, nothing overlaps
    for street, outline in STREETS.items():
        mine = shapely.coverage_union_all([g for c, g in GRIDS.items() if c.startswith(street)])
        assert mine.geom_type == "Polygon" and not shapely.get_num_interior_rings(mine)  # in one piece, no hole
        assert (
            mine.symmetric_difference(outline).area < 1e-12
        )  # and neither short of its street nor across its boundary


def test_ten_thousand_to_thirty_five_thousand_square_metres() -> None:
    assert all(10_000 <= a <= 35_000 for a in AREA.values())
    geod = Geod(ellps="WGS84")
    for code, g in list(GRIDS.items())[::50]:
        assert AREA[code] == pytest.approx(geod.geometry_area_perimeter(g)[0], abs=1)


def test_shapes_are_those_of_blocks_not_of_threads() -> None:
    """Polsby-Popper: a square has 0.79, a 1:4 block 0.50. A handful of real odd corners is allowed."""
    flat = {c: shapely.transform(g, lambda p: p * [95_200, 110_868]) for c, g in GRIDS.items()}
    compact = sorted(4 * 3.14159 * g.area / g.length**2 for g in flat.values())
    assert compact[len(compact) // 2] > 0.68
    assert sum(c < 0.35 for c in compact) <= 10


def test_most_borders_run_along_real_roads() -> None:
    """Inside a street, by length; the rest are straight cuts through large blocks."""
    roads = shapely.union_all([shape(f["geometry"]) for f in features("roads.geojson")]).buffer(2e-4)
    shapely.prepare(roads)
    outlines = shapely.union_all([s.boundary for s in STREETS.values()]).buffer(1e-5)
    inner = shapely.union_all([g.boundary for g in GRIDS.values()]).difference(outlines)
    assert inner.intersection(roads).length / inner.length > 0.5


def test_codes_are_the_official_ones_in_sequence() -> None:
    numbers = defaultdict(list)
    for code in GRIDS:
        assert len(code) == 15 and UNITS[code[:12]]["level"] == "4" and UNITS[code[:9]]["kind"] == "街道"
        numbers[code[:12]].append(int(code[12:]))
    assert all(sorted(n) == list(range(1, len(n) + 1)) for n in numbers.values())
    committees = {c for c, u in UNITS.items() if u["level"] == "4" and c.startswith("310101")}
    assert set(numbers) == committees  # every real committee of Huangpu has an area


def test_numbered_west_to_east_north_to_south() -> None:
    """The rule of the README, worked out again from the shapes."""
    members = defaultdict(dict)
    for code, g in GRIDS.items():
        micro = shapely.transform(g, lambda p: (p * 1e6).round()).normalize().centroid
        members[code[:12]][code] = (round(micro.x), round(micro.y))
    for grids in members.values():
        top = max(y for _, y in grids.values())
        in_order = sorted(grids, key=lambda c: ((top - grids[c][1]) // 1350, grids[c][0], -grids[c][1]))
        assert in_order == sorted(grids)


def test_communities_and_duty_grids_hang_together() -> None:
    communities, duties = defaultdict(list), defaultdict(list)
    for code, g in GRIDS.items():
        communities[code[:12]].append(g)
        duties[DUTY[code]].append(g)
        assert DUTY[code].startswith(code[:9] + "-")
    for group in (communities, duties):
        assert all(shapely.coverage_union_all(gs).geom_type == "Polygon" for gs in group.values())
    listed = {c["code"]: c for c in rows(HUANGPU / "communities.csv")}
    assert {c: len(gs) for c, gs in communities.items()} == {c: int(r["unit_grids"]) for c, r in listed.items()}
    assert all(r["name"] == UNITS[c]["name"] and DUTY[c + "001"] == r["duty_grid"] for c, r in listed.items())
    assert {d["code"]: int(d["unit_grids"]) for d in rows(HUANGPU / "duty_grids.csv")} == {
        d: len(gs) for d, gs in duties.items()
    }
    assert sum(d.startswith("310101019") for d in duties) == 5  # 老西门


def test_components_are_coded_and_stand_in_their_grid() -> None:
    listed = rows(HUANGPU / "components.csv")
    codes = [c["管理部件标识码"] for c in listed]
    assert len(set(codes)) == len(codes) == 1200 and all(len(c) == 17 and c.startswith("310101") for c in codes)
    assert Counter(c[6:11] for c in codes) == {"02014": 593, "02004": 325, "02010": 282}
    for c in listed:
        point = shapely.Point(float(c["经度"]), float(c["纬度"]))
        assert GRIDS[c["所在单元网格标识码"]].distance(point) < 1e-6


def test_shanghai_is_whole() -> None:
    levels = Counter((u["level"], u["functional"]) for u in UNITS.values())
    assert levels == {
        ("1", "false"): 1,
        ("2", "false"): 16,
        ("3", "false"): 215,
        ("3", "true"): 19,
        ("4", "false"): 6509,
    }
    assert all(not u["parent"] or u["parent"] in UNITS for u in UNITS.values())
    areas = json.loads((PACKS / "shanghai" / "areas.geojson").read_text("utf-8"))["features"]
    assert all(UNITS[f["properties"]["code"]]["name"] == f["properties"]["name"] for f in areas) and len(areas) == 115


@pytest.mark.parametrize("pack", ["huangpu", "shanghai"])
def test_pack_says_whose_it_is(pack: str) -> None:
    about = tomllib.loads((PACKS / pack / "pack.toml").read_text("utf-8"))
    assert about["name"] == pack and about["licence"] and any("OpenStreetMap" in a for a in about["attribution"])
    assert all((PACKS / pack / f).is_file() for f in about["files"].values())
    assert sum(f.stat().st_size for f in (PACKS / pack).iterdir() if f.is_file()) < 6 << 20

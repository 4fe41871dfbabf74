"""Cut street polygons into unit grids along roads: pure geometry, no files.

Everything is done in *micro-degrees*: integer coordinates lon × 10⁶, lat × 10⁶ (about 0.1 m). Noding snaps to integers,
so that neighbours share their borders exactly, and the result can be written with six decimals without any loss.
Only measures (areas, lengths, angles) are taken in metres, by one linear scale good to 0.1 % over a district.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise

import numpy as np
import shapely
import shapely.ops
from shapely import LineString, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

LAT0 = 31.218
SCALE = np.array([111_320 * math.cos(math.radians(LAT0)) * 1e-6, 110_868e-6])  # metres per micro-degree

MIN_AREA, MAX_AREA, GOOD_AREA = 10_000, 35_000, 24_000  # m²: what a unit grid should have
SLIVER_WIDTH = 28  # m: what is thinner than this is the space between two carriageways, not a block
TWISTED = 0.36  # compactness below which a grid is cut again and its parts given to better neighbours
SHARE_COST = {"primary": 0.35, "secondary": 0.5, "tertiary": 0.7, "residential": 0.9, "unclassified": 0.9}


def to_micro(g: BaseGeometry) -> BaseGeometry:
    return shapely.transform(g, lambda c: np.rint(c * 1e6))


def to_degrees(g: BaseGeometry) -> BaseGeometry:
    return shapely.transform(g, lambda c: c / 1e6)


def metric(g):
    return shapely.transform(g, lambda c: c * SCALE)


def area(g) -> float:
    return shapely.area(g) * SCALE[0] * SCALE[1]


def width(g) -> float:
    """Metres: what a long strip of this area and perimeter measures across (twice over)."""
    m = metric(g)
    return 4 * m.area / m.length


def compactness(g) -> float:
    """1 for a circle, 0.79 for a square, near 0 for a thread (Polsby–Popper)."""
    m = metric(g)
    return 4 * math.pi * m.area / m.length**2


# --- roads -------------------------------------------------------------------------------------------------------


def single_carriageways(roads: list[tuple[str, str, bool, LineString]]) -> list[LineString]:
    """Of two parallel one-way lines of the same road keep one: (name, class, oneway, micro line) → lines."""
    by_name = defaultdict(list)
    for name, _, oneway, line in roads:
        if name and oneway:
            by_name[name].append(line)
    kept = []
    for name, _, oneway, line in roads:
        d = np.subtract(*(metric(line).coords[i] for i in (-1, 0)))
        canonical = d[0] > 0 if abs(d[0]) > abs(d[1]) else d[1] > 0
        if name and oneway and not canonical:
            others = [o for o in by_name[name] if o is not line and _opposite(line, o)]
            if others:
                near = metric(shapely.union_all(others)).buffer(45)
                m = metric(line)
                if m.intersection(near).length > 0.6 * m.length:
                    continue
        kept.append(line)
    return kept


def _opposite(a: LineString, b: LineString) -> bool:
    da, db = (np.subtract(g.coords[-1], g.coords[0]) * SCALE for g in (a, b))
    return float(np.dot(da, db)) < -0.5 * float(np.linalg.norm(da) * np.linalg.norm(db))


def off_the_outline(lines: list[LineString], outlines: list[BaseGeometry]) -> list[LineString]:
    """Roads without the stretches that run along a street's outline (the outline itself is the border there)."""
    belt = metric(shapely.union_all(outlines)).buffer(32)
    shapely.prepare(belt)
    kept = []
    for line in map(metric, lines):
        if not belt.intersects(line):
            kept.append(line)
            continue
        along = [p for p in shapely.get_parts(line.intersection(belt)) if p.length > 80]
        rest = shapely.difference(line, shapely.union_all(along).buffer(0.01)) if along else line
        kept.extend(shapely.get_parts(rest).tolist())
    return [shapely.transform(g, lambda c: np.rint(c / SCALE)) for g in kept if g.length > 1]


def close_gaps(lines: list[LineString], reach: float = 48) -> list[LineString]:
    """Join loose ends to the nearest other line within ``reach`` metres, so that blocks close."""
    noded = list(shapely.get_parts(shapely.union_all([metric(g) for g in lines])))
    ends = defaultdict(list)
    for i, g in enumerate(noded):
        for c in (g.coords[0], g.coords[-1]):
            ends[c].append(i)
    tree, extra = STRtree(noded), []
    for end, owners in ends.items():
        if len(owners) != 1:
            continue
        here = shapely.Point(end)
        own = noded[owners[0]]
        best = None
        for j in tree.query(here, predicate="dwithin", distance=reach):
            if j == owners[0]:
                continue
            there = shapely.shortest_line(here, noded[j])
            if there.length < 0.01:
                continue
            inside = shapely.Point(
                own.interpolate(min(15, own.length / 2) if own.coords[0] == end else -min(15, own.length / 2))
            )
            back = np.subtract(end, (inside.x, inside.y))
            step = np.subtract(there.coords[-1], end)
            if np.dot(back, step) < -0.3 * np.linalg.norm(back) * np.linalg.norm(step):
                continue  # it would turn back along itself
            if best is None or there.length < best.length:
                best = there
        if best is not None:
            d = np.subtract(best.coords[-1], best.coords[0])
            far = np.add(best.coords[-1], d / np.linalg.norm(d) * 0.5)
            extra.append(LineString([best.coords[0], far]))
    return lines + [shapely.transform(g, lambda c: np.rint(c / SCALE)) for g in extra]


# --- faces -------------------------------------------------------------------------------------------------------


def polygonize(lines: list[BaseGeometry]) -> list[Polygon]:
    noded = shapely.union_all(lines, grid_size=1)
    return [p for p in shapely.get_parts(shapely.polygonize(list(shapely.get_parts(noded)))) if p.area > 0]


def faces_within(lines: list[BaseGeometry], streets: dict[str, Polygon]) -> list[tuple[Polygon, str]]:
    """The faces between the lines that lie in a street, with the street's code."""
    codes, tree, faces = list(streets), STRtree(list(streets.values())), polygonize(lines)
    hits = tree.query([f.representative_point() for f in faces], predicate="within")
    return [(faces[i], codes[j]) for i, j in zip(*hits, strict=True)]


def segments(p: Polygon):
    for ring in (p.exterior, *p.interiors):
        yield from (tuple(sorted(s)) for s in pairwise(ring.coords))


class Merging:
    """Regions that grow by taking in neighbours of the same street (``group``); borders along big roads resist."""

    def __init__(self, faces: list[Polygon], groups: list, roads: list[tuple[str, LineString]]):
        self.shape = dict(enumerate(faces))
        self.group = dict(enumerate(groups))
        self.shared: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self.length: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        tree, owner = STRtree([g for _, g in roads]), {}
        for i, f in enumerate(faces):
            for s in segments(f):
                j = owner.pop(s, None)
                if j is None:
                    owner[s] = i
                elif j != i:
                    mid = shapely.Point(np.mean(s, axis=0))
                    near = tree.query(mid, predicate="dwithin", distance=60)
                    cost = min((SHARE_COST.get(roads[k][0], 1.0) for k in near), default=1.4)
                    length = float(np.linalg.norm(np.subtract(*s) * SCALE))
                    for a, b in ((i, j), (j, i)):
                        self.shared[a][b] += length * cost
                        self.length[a][b] += length

    def neighbours(self, i: int) -> list[int]:
        return [j for j in self.shared[i] if self.group[j] == self.group[i]]

    def join(self, i: int, j: int) -> None:
        """``j`` takes in ``i``."""
        self.shape[j] = shapely.union(self.shape[i], self.shape[j])
        for table in (self.shared, self.length):
            for k, v in table.pop(i).items():
                del table[k][i]
                if k != j:
                    table[j][k] += v
                    table[k][j] += v
        del self.shape[i], self.group[i]

    def merge_small(self, too_small, limit: float, slack: float = 0.25) -> None:
        """Take the smallest region that is ``too_small`` and give it to the neighbour that fits best, until none is left.

        Fits best: long common border without a big road on it, a compact result, and not above ``limit`` m²
        (above it only by the share ``slack``, at a price, and for crumbs)."""
        stuck: set[int] = set()
        while True:
            small = [i for i, g in self.shape.items() if i not in stuck and too_small(g)]
            if not small:
                return
            i = min(small, key=lambda k: self.shape[k].area)
            best, best_score = None, 0.0
            for j in self.neighbours(i):
                both = shapely.union(self.shape[i], self.shape[j])
                if both.geom_type != "Polygon" or (both.interiors and not self.shape[j].interiors):
                    continue
                over = max(0.0, area(both) - limit) / limit
                if over > slack and area(self.shape[i]) > 4_000:
                    continue
                score = self.shared[i][j] / metric(self.shape[i]).length * compactness(both) ** 2 / (1 + 4 * over)
                if score > best_score:
                    best, best_score = j, score
            if best is None:
                stuck.add(i)
            else:
                self.join(i, best)
                stuck.discard(best)


def split_lines(p: Polygon, limit: float) -> list[LineString]:
    """Chords that cut a polygon (micro) into parts of at most ``limit`` m², and a twisted one into compact parts."""
    size, twisted = area(p), compactness(p) < TWISTED
    if size <= limit and not twisted:
        return []
    n = max(2, round(size / GOOD_AREA))
    shares = (0.15, 0.25, 0.35, 0.5, 0.65, 0.75, 0.85) if size <= limit else {n // 2 / n, 1 - n // 2 / n, 0.5}
    m = metric(p)
    box = m.minimum_rotated_rectangle.exterior.coords
    base = math.atan2(box[1][1] - box[0][1], box[1][0] - box[0][0])
    best, best_score = None, math.inf
    for turn in range(0, 180, 15):
        for share in shares:
            line = _chord(m, base + math.radians(turn), share)
            if line is None:
                continue
            parts = list(shapely.get_parts(shapely.ops.split(m, line)))
            if len(parts) != 2:
                continue
            rough = sum(q.length**2 / q.area for q in parts)
            score = line.length / math.sqrt(m.area) + 0.06 * rough + (0.15 if turn % 90 else 0)
            if score < best_score:
                best, best_score = (line, parts), score
    if best is None:
        return []
    line, parts = best
    chord = shapely.transform(line, lambda c: np.rint(c / SCALE))
    if size <= limit:
        return [chord]
    back = [shapely.transform(q, lambda c: c / SCALE) for q in parts]
    return [chord, *(c for q in back if area(q) > limit for c in split_lines(q, limit))]


def _chord(m: Polygon, angle: float, share: float) -> LineString | None:
    """The straight cut in direction ``angle`` that leaves ``share`` of the area on its left, a little prolonged."""
    d = np.array([math.cos(angle), math.sin(angle)])
    n = np.array([-d[1], d[0]])
    c = shapely.get_coordinates(m)
    at, reach = c @ n, float(np.ptp(c @ d)) + 10
    mid = float(np.mean(c @ d))
    lo, hi = float(at.min()), float(at.max())
    for _ in range(25):
        t = (lo + hi) / 2
        a, b = n * t + d * (mid - reach), n * t + d * (mid + reach)
        half = Polygon([a, b, b + n * (at.max() - t + 5), a + n * (at.max() - t + 5)])
        lo, hi = (t, hi) if m.intersection(half).area > share * m.area else (lo, t)
    cut = LineString([a, b]).intersection(m)
    if cut.is_empty:
        return None
    cut = max(shapely.get_parts(cut), key=lambda g: g.length)  # where the shape is crossed several times: one crossing
    p, q = (np.array(x) for x in (cut.coords[0], cut.coords[-1]))
    return LineString([p - (q - p) / cut.length * 0.6, q + (q - p) / cut.length * 0.6])


def cut_grids(streets: dict[str, Polygon], roads: list[tuple[str, str, bool, LineString]]) -> list[tuple[str, Polygon]]:
    """Unit grids as (street code, micro polygon): they cover every street without gap or overlap.

    streets: code → micro polygon; roads: (name, class, oneway, micro line).
    """
    whole = shapely.union_all(list(streets.values())).buffer(300)
    inside = [r for r in roads if r[3].intersects(whole)]
    classes = [(c, g) for _, c, _, g in inside]
    outlines = [LineString(p.exterior) for p in streets.values()]
    lines = close_gaps([*off_the_outline(single_carriageways(inside), outlines), *outlines])

    faces = faces_within(lines, streets)
    work = Merging([f for f, _ in faces], [s for _, s in faces], classes)
    work.merge_small(lambda g: area(g) < 3_000 or width(g) < SLIVER_WIDTH or g.interiors, MAX_AREA * 2)

    for last in (
        False,
        False,
        False,
        True,
    ):  # a merge may overshoot, a split may leave a sliver: a few rounds settle both
        lines = [*outlines, *(g.exterior for g in work.shape.values())]
        for g in work.shape.values():
            if not last or area(g) > MAX_AREA - 200:
                lines += split_lines(g, MAX_AREA - 200)
        faces = faces_within(lines, streets)
        work = Merging([f for f, _ in faces], [s for _, s in faces], classes)
        thin = SLIVER_WIDTH if last else 2 * SLIVER_WIDTH
        work.merge_small(lambda g, thin=thin: area(g) < 2_000 or width(g) < thin, MAX_AREA, 0.0 if last else 1.0)
        work.merge_small(lambda g: area(g) < MIN_AREA + 200, MAX_AREA, 0.0 if last else 0.4)

    keys = list(work.shape)
    plain = shapely.coverage_simplify([work.shape[k] for k in keys], 25)
    return [(work.group[k], g) for k, g in zip(keys, plain, strict=True)]

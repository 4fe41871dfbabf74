"""Coordinate conversion against real outlines and known points."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import prcoords
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from yiwang.kit.errors import Invalid
from yiwang.kit.geo import Datum, check_lon_lat, distance_m, to_wgs84

PACK = Path(__file__).parents[2] / "packs" / "huangpu"
SHANGHAI = (st.floats(120.9, 122.1), st.floats(30.7, 31.8))


def _district() -> BaseGeometry:
    features = json.loads((PACK / "streets.geojson").read_text("utf-8"))["features"]
    return next(shape(f["geometry"]) for f in features if f["properties"]["level"] == 2)


def _overlap(a: BaseGeometry, b: BaseGeometry) -> float:
    return a.intersection(b).area / a.union(b).area


def test_huangpu_in_gcj02_comes_to_lie_on_itself() -> None:
    raw = shape(json.loads((PACK / "outline_gcj02.geojson").read_text("utf-8"))["geometry"])
    converted = shapely.transform(raw, lambda cs: np.array([to_wgs84(x, y, "gcj02") for x, y in cs]))
    assert _overlap(raw, _district()) < 0.8  # what an unconverted outline gives
    assert _overlap(converted, _district()) >= 0.98


@settings(max_examples=50)
@given(*SHANGHAI)
def test_gcj02_and_bd09_are_undone_to_a_decimetre(lon: float, lat: float) -> None:
    for datum, apply in ((Datum.gcj02, prcoords.wgs_gcj), (Datum.bd09, prcoords.wgs_bd)):
        moved_lat, moved_lon = apply((lat, lon))
        assert distance_m((lon, lat), (moved_lon, moved_lat)) > 100
        assert distance_m((lon, lat), to_wgs84(moved_lon, moved_lat, datum)) < 0.2


def test_cgcs2000_is_wgs84() -> None:
    assert to_wgs84(121.48, 31.22, "cgcs2000") == to_wgs84(121.48, 31.22) == (121.48, 31.22)


def test_shanghai_plane() -> None:
    """The origin is the flagpole of 国际饭店 (in 南京东路 street); a point of a Qingpu grid system lies 26 km west of it."""
    streets = {
        f["properties"]["code"]: shape(f["geometry"])
        for f in json.loads((PACK / "streets.geojson").read_text("utf-8"))["features"]
    }
    origin = to_wgs84(0, 0, Datum.shanghai_plane)
    assert streets["310101002"].contains(Point(origin))
    lon, lat = to_wgs84(-26463.84, -9090.60, "shanghai_plane")
    assert lon == pytest.approx(121.189, abs=0.002) and lat == pytest.approx(31.153, abs=0.002)
    assert distance_m(origin, (lon, lat)) == pytest.approx(math.hypot(26463.84, 9090.60), rel=0.005)


@pytest.mark.shared
def test_qingpu_point_lies_in_qingpu() -> None:
    file = Path(__file__).parents[3] / "shared/data/02_boundaries/shanghai_districts_wgs84.geojson"
    if not file.is_file():
        pytest.skip("needs ../shared")
    point = Point(to_wgs84(-26463.84, -9090.60, "shanghai_plane"))
    districts = json.loads(file.read_text("utf-8"))["features"]
    assert [f["properties"]["name"] for f in districts if shape(f["geometry"]).contains(point)] == ["青浦区"]


@pytest.mark.parametrize(
    ("x", "y", "datum", "code"),
    [
        (121.48, 31.22, "wgs72", "geo.datum"),
        (31.22, 121.48, "wgs84", "geo.swapped"),
        (31.22, 121.48, "gcj02", "geo.swapped"),
        (181, 0, "wgs84", "geo.range"),
        (0, -91, "wgs84", "geo.range"),
        (float("nan"), 31, "wgs84", "geo.not_a_number"),
        (121, float("inf"), "bd09", "geo.not_a_number"),
        (-71.06, 42.36, "gcj02", "geo.outside_china"),
        (121.48, 31.22, "shanghai_plane", "geo.range"),
        (500_000, 0, "shanghai_plane", "geo.range"),
        (float("nan"), 0, "shanghai_plane", "geo.not_a_number"),
    ],
)
def test_what_cannot_be_a_place_is_refused_in_words(x: float, y: float, datum: str, code: str) -> None:
    with pytest.raises(Invalid) as bad:
        to_wgs84(x, y, datum)
    assert bad.value.code == code and bad.value.zh and bad.value.en


def test_boston_is_not_swapped() -> None:
    check_lon_lat(-71.06, 42.36)


def test_distance() -> None:
    assert distance_m((121.48, 31.22), (121.48, 31.22)) == 0
    assert distance_m((121.48, 31.0), (121.48, 32.0)) == pytest.approx(111_195, rel=1e-3)
    assert distance_m((0, 0), (180, 0)) == pytest.approx(math.pi * 6_371_008.8)

"""Coordinates: everything is stored as WGS-84 longitude and latitude in degrees; whatever else comes in is converted here.

WGS-84 and CGCS2000 differ by centimetres and are taken as one (GB/T 47678 asks for CGCS2000). The raw pair and its
system are kept by whoever stores a converted point.
"""

from __future__ import annotations

import math
from enum import StrEnum
from functools import cache

import prcoords
import pyproj

from yiwang.kit.errors import Invalid

LonLat = tuple[float, float]
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees (WGS-84)."""
EARTH_RADIUS = 6_371_008.8
"""Mean radius in metres (IUGG)."""


class Datum(StrEnum):
    """Coordinate systems that are understood.

    `gcj02`: Chinese web maps and phones (AMap, Tencent); `bd09`: Baidu. Both are undone to about 0.1 m.
    `shanghai_plane`: Shanghai's city plane in metres, x east and y north of the flagpole of 国际饭店, central meridian
    121°28′. Its official parameters are not public; ours, from that definition alone, are good to some 50 m.
    """

    wgs84 = "wgs84"
    cgcs2000 = "cgcs2000"
    gcj02 = "gcj02"
    bd09 = "bd09"
    shanghai_plane = "shanghai_plane"


def to_wgs84(x: float, y: float, datum: Datum | str = Datum.wgs84) -> LonLat:
    """Longitude and latitude (WGS-84 degrees) of a point given as x = longitude or metres east, y = latitude or north.

    Raises Invalid: `geo.datum` (unknown system), `geo.not_a_number`, `geo.swapped` (latitude given first),
    `geo.range`, `geo.outside_china` (GCJ-02 and BD-09 mean nothing there).
    """
    try:
        datum = Datum(datum)
    except ValueError:
        known = "、".join(Datum)
        raise Invalid(
            "geo.datum",
            f"不认识的坐标系“{datum}”，可用：{known}",
            f"Unknown coordinate system {datum!r}; known: {', '.join(Datum)}",
            datum=str(datum),
        ) from None
    if datum is Datum.shanghai_plane:
        return _from_shanghai_plane(x, y)
    check_lon_lat(x, y)
    if datum in (Datum.wgs84, Datum.cgcs2000):
        return x, y
    if not prcoords.sanity_in_china_p(prcoords.Coords(y, x)):
        raise Invalid(
            "geo.outside_china",
            "GCJ-02 和 BD-09 坐标只在中国境内有意义",
            "GCJ-02 and BD-09 coordinates have a meaning inside China only",
            lon=x,
            lat=y,
        )
    undo = prcoords.gcj_wgs_bored if datum is Datum.gcj02 else prcoords.bd_wgs_bored
    lat, lon = undo((y, x))
    return lon, lat


def check_lon_lat(lon: float, lat: float) -> None:
    """Invalid unless these can be degrees of longitude and latitude; says so when they look swapped."""
    _check_finite(lon, lat)
    if 3 <= lon <= 54 and 73 <= lat <= 136:
        raise Invalid(
            "geo.swapped",
            f"经纬度像是写反了：经度 {lon}，纬度 {lat}",
            f"Longitude and latitude seem to be swapped: lon {lon}, lat {lat}",
            lon=lon,
            lat=lat,
        )
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid(
            "geo.range",
            f"坐标超出范围：经度 {lon}，纬度 {lat}",
            f"Coordinates out of range: lon {lon}, lat {lat}",
            lon=lon,
            lat=lat,
        )


def distance_m(a: LonLat, b: LonLat) -> float:
    """Metres between two (lon, lat) points on a sphere; within 0.5 % of the ellipsoid."""
    lat_a, lat_b = math.radians(a[1]), math.radians(b[1])
    h = math.sin((lat_b - lat_a) / 2) ** 2
    h += math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b[0] - a[0]) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, h)))


def _check_finite(x: float, y: float) -> None:
    if not (math.isfinite(x) and math.isfinite(y)):
        raise Invalid("geo.not_a_number", "坐标不是数字", "The coordinates are not numbers")


@cache
def _shanghai_plane() -> pyproj.Transformer:
    """Transverse Mercator on CGCS2000's ellipsoid. The flagpole stands at about 31°14′07″ N, 121°28′01″ E, hence some
    26 m east of the central meridian (上海市测绘院, 60 questions on 上海2000坐标系)."""
    plane = "+proj=tmerc +lat_0=31.2353 +lon_0=121.466666667 +k=1 +x_0=-26 +y_0=0 +ellps=GRS80 +units=m +no_defs"
    return pyproj.Transformer.from_crs(plane, "EPSG:4490", always_xy=True)


def _from_shanghai_plane(x: float, y: float) -> LonLat:
    _check_finite(x, y)
    if max(abs(x), abs(y)) > 150_000 or (115 < x < 125 and 25 < y < 35):
        raise Invalid(
            "geo.range",
            f"不像上海城市坐标（米）：{x}, {y}",
            f"These do not look like metres of Shanghai's city plane: {x}, {y}",
            x=x,
            y=y,
        )
    lon, lat = _shanghai_plane().transform(x, y)
    return float(lon), float(lat)


def read_near(text: str) -> LonLat:
    """A point as a query gives it, `lon,lat` in degrees; Invalid `component.near`."""
    try:
        lon, lat = (float(n) for n in text.split(","))
    except ValueError:
        raise Invalid("component.near", "near 应为“经度,纬度”", "near must be `lon,lat`") from None
    return to_wgs84(lon, lat)


def read_box(text: str | None) -> Box | None:
    """A box as a query gives it, `west,south,east,north` in degrees; Invalid `case.box`."""
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west, south, east, north = 0.0, 1.0, 0.0, 0.0
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Invalid(
            "case.box", "范围应为“西,南,东,北”四个经纬度", "A box is west,south,east,north in degrees", box=text
        )
    return west, south, east, north

"""HTTP: where is it, the map's shapes, and components. Places and shapes are public: residents report on them too."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from fastapi import File, Form, Header, Query, Response, UploadFile
from fastapi import Path as PathParam

from yiwang.city import queries_component, queries_grid
from yiwang.city.actions_component import import_components
from yiwang.city.model_component import Component, ComponentsImport, ComponentSpot, ImportComponents, ImportMode
from yiwang.city.model_grid import DutyGrid, GridFile, Located
from yiwang.city.rules_component_file import MAX_BYTES
from yiwang.city.rules_grid import from_text
from yiwang.kit import db
from yiwang.kit.db import Tx
from yiwang.kit.geo import Datum, read_box, read_near, to_wgs84
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, perform, read, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of, seen_by

routes = router("/api", "地图与部件 map and components")
Limit = Annotated[int, Query(ge=1, le=500)]
GEOJSON: dict[int | str, dict[str, Any]] = {
    200: {"description": "GeoJSON (RFC 7946)", "content": {"application/geo+json": {"schema": {"type": "object"}}}},
    304: {"description": "没有变化 not changed"},
}
Street = Annotated[str, "street code, 9 digits"]


@routes.get("/locate", summary="这个点在哪个网格 Which grid is this point in", responses=body_is(Located))
def get_place(
    lon: Annotated[float, Query(description="经度，或平面坐标 x（米） longitude, or metres east", examples=[121.4836])],
    lat: Annotated[float, Query(description="纬度，或平面坐标 y（米） latitude, or metres north", examples=[31.2197])],
    datum: Annotated[str, Query(description="wgs84 cgcs2000 gcj02 bd09 shanghai_plane")] = Datum.wgs84,
) -> Response:
    here = to_wgs84(lon, lat, datum)
    return read(_place, *here)


def _place(tx: Tx, lon: float, lat: float) -> Located:
    road = queries_grid.find_road_name(tx, lon, lat)
    return Located(**asdict(queries_grid.locate(tx, lon, lat)), lon=lon, lat=lat, road=road)


@routes.get("/map/{street}/grids", summary="一个街镇的单元网格（GeoJSON） Unit grids of a street", responses=GEOJSON)
def get_grids(street: Street, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    return _geojson(_grids, street, if_none_match)


@routes.get(
    "/map/{street}/roads", summary="一个街镇一带的道路（GeoJSON） Roads in and around a street", responses=GEOJSON
)
def get_roads(street: Street, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    return _geojson(_roads, street, if_none_match)


@routes.get("/duty-grids", summary="责任网格 Duty grids", responses=body_is(list[DutyGrid]))
def get_duty_grids(street: str | None = None) -> Response:
    return read(queries_grid.list_duty_grids, street)


@routes.get("/grids/{code}", summary="一格一档 A unit grid's file", responses=body_is(GridFile))
def get_grid_file(actor: Signed, code: Annotated[str, PathParam(pattern="^[0-9]{15}$")]) -> Response:
    return read(queries_grid.get_grid_file, seen_by(actor), code)


def _grids(tx: Tx, street: str) -> list[dict[str, Any]]:
    features = []
    for g in queries_grid.list_grid_shapes(tx, street):
        ring = from_text(g.shape)
        properties = {
            "code": g.code,
            "duty_grid_id": g.duty_grid_id,
            "duty_grid_name": g.duty_grid_name,
            "area_m2": g.area_m2,
        }
        features.append(_feature("Polygon", [[*ring, ring[0]]], properties))
    return features


def _roads(tx: Tx, street: str) -> list[dict[str, Any]]:
    roads = queries_grid.list_roads(tx, street)
    return [_feature("LineString", from_text(r.line), {"name": r.name, "class": r.class_}) for r in roads]


def _feature(kind: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def _geojson(of: Callable[[Tx, str], list[dict[str, Any]]], street: str, known: str | None) -> Response:
    """A feature collection that a browser may keep for an hour, and then ask whether it is still so."""
    with db.current().transaction() as tx:
        features = of(tx, street)
    attribution = "© OpenStreetMap contributors, ODbL 1.0"
    body = msgspec.json.encode({"type": "FeatureCollection", "attribution": attribution, "features": features})
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=3600"}
    if known and tag in (t.strip().removeprefix("W/") for t in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/geo+json")


@routes.get(
    "/components",
    summary="部件：附近的、某网格的、某类的 Components near a point, in a grid, of a type",
    responses=body_is(page_of(ComponentSpot)),
)
def get_components(
    actor: Signed,
    near: Annotated[str | None, Query(description="lon,lat（WGS-84）", examples=["121.4836,31.2197"])] = None,
    radius: Annotated[float, Query(gt=0, le=5000, description="米 metres")] = 100,
    grid: Annotated[str | None, Query(max_length=15)] = None,
    type: Annotated[str | None, Query(max_length=5)] = None,
    box: Annotated[
        str | None, Query(max_length=100, description="范围：西,南,东,北（度）west,south,east,north")
    ] = None,
    after: str | None = None,
    limit: Limit = 100,
) -> Response:
    return page(
        queries_component.list_components,
        scope_of(actor),
        near=read_near(near) if near is not None else None,
        radius_m=radius,
        box=read_box(box),
        grid_code=grid,
        type_code=type,
        after=(decode_key(after, str) or ("",))[0],
        limit=limit,
        key=("code",),
    )


@routes.get("/components/{code}", summary="一个部件 One component", responses=body_is(Component))
def get_component(actor: Signed, code: str) -> Response:
    return read(queries_component.get_component, scope_of(actor), code)


@routes.post(
    "/components/import", summary="导入部件 Import components (CSV, GeoJSON, XLSX)", responses=body_is(ComponentsImport)
)
def post_components(
    actor: Signed,
    file: Annotated[UploadFile, File(description="CSV（UTF-8 或 GBK）、GeoJSON、XLSX")],
    unit: Annotated[str, Form(description="所属区域的单位代码 the area's unit code", max_length=12)],
    datum: Annotated[str, Form()] = Datum.wgs84,
    mode: Annotated[ImportMode, Form()] = ImportMode.partial,
) -> Response:
    content = file.file.read(MAX_BYTES + 1)
    return perform(import_components, actor, ImportComponents(file.filename or "", content, unit, datum, mode))

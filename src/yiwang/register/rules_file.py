"""Files of things: CSV, XLSX and GeoJSON to rows that can be written, and what is wrong with the others. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from yiwang.kit import table
from yiwang.kit.errors import Invalid, Problem
from yiwang.kit.geo import to_wgs84
from yiwang.kit.table import BadRow, Fault
from yiwang.register import rules
from yiwang.register.model import KeptValue, WrittenRow, thing_id
from yiwang.register.model_kind import FormField, Kind, Role

MAX_BYTES = 64 << 20
MAX_ROWS = 200_000
COLUMNS = {
    "code": "编码",
    "name": "名称",
    "address": "地址",
    "state": "状态",
    "x": "经度",
    "y": "纬度",
    "datum": "坐标系",
    "placed": "位置为推定",
}
NEEDED = ("code", "name", "x", "y")
YES = {"是": True, "有": True, "yes": True, "y": True, "true": True, "1": True, "√": True}
NO = {"否": False, "无": False, "no": False, "n": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Found:
    """A good row whose grid is still to be found. `parties`: role → code of a unit, still to be found as well."""

    line: int
    code: str
    name: str
    address: str
    state: str
    lon: float
    lat: float
    datum: str
    raw_x: float
    raw_y: float
    placed: bool
    attributes: dict[str, Any]
    parties: Mapping[Role, str]


Rows = tuple[list[Found], list[BadRow]]
"""Good ones, and what is wrong with the others."""


def columns_of(kind: Kind) -> dict[str, str]:
    """Own name → heading of every column that a file of this kind may have: also those of its export, in their order."""
    fields = {f.name: f.zh for f in rules.form_of(kind).fields}
    return {**COLUMNS, **fields, **{f"party_{role}": f"{kind.call(role)[0]}代码" for role in kind.roles}}


def read_rows(kind: Kind, source: str, content: bytes, datum: str, part: int) -> Iterator[Rows]:
    """The rows of a file, so many at a time. Invalid `file.*` as `kit.table` says them."""
    columns, fields = columns_of(kind), {f.name: f for f in rules.form_of(kind).fields}
    first: dict[str, int] = {}
    good, bad = list[Found](), list[BadRow]()
    for line, cells in _rows(source, content, columns):
        try:
            row = _read(kind, fields, line, cells, datum)
            if row.code in first:
                raise Fault("code", f"与第 {first[row.code]} 行的编码重复", f"same code as line {first[row.code]}")
            first[row.code] = line
            good.append(row)
        except Fault as fault:
            said = " ".join(table.as_text(cells.get(name)) for name in ("code", "name")).strip()
            bad.append(BadRow(line, columns.get(fault.column, fault.column), fault.zh, fault.en, said))
        if len(good) + len(bad) == part:
            yield good, bad
            good, bad = [], []
    if good or bad:
        yield good, bad


def _rows(source: str, content: bytes, columns: Mapping[str, str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    kind, text = table.tell(source, content, MAX_BYTES, ("csv", "xlsx", "geojson"))
    if kind != "geojson":
        for row in table.walk_table(source, content, columns, NEEDED, most_rows=MAX_ROWS, most_bytes=MAX_BYTES):
            yield row.line, row.cells
        return
    names = {table.plain(head): name for name, zh in columns.items() for head in (name, zh)}
    features = _features(text)
    for n, feature in enumerate(features, 1):
        given = feature.get("properties") if isinstance(feature, dict) else None
        cells = {names[table.plain(k)]: v for k, v in (given or {}).items() if table.plain(k) in names}
        yield n, {name: table.as_text(value) for name, value in {**cells, **_point(feature)}.items()}


def _features(text: str) -> Sequence[Any]:
    try:
        features = json.loads(text)["features"]
        if not isinstance(features, list):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid(
            "file.broken", "不是有效的 GeoJSON 要素集", "This is not a valid GeoJSON feature collection"
        ) from None
    if not features:
        raise table.no_rows()
    if len(features) > MAX_ROWS:
        raise table.too_many_rows(MAX_ROWS)
    return features


def _point(feature: Any) -> dict[str, Any]:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    at = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    return {"x": at[0], "y": at[1]} if isinstance(at, list) and len(at) >= 2 else {}


def _read(kind: Kind, fields: Mapping[str, FormField], line: int, texts: Mapping[str, str], datum: str) -> Found:
    code = texts.get("code", "")
    name = texts.get("name", "")
    if not name or len(name) > 200:
        raise Fault("name", "名称为空或超过 200 字", "the name is empty or longer than 200")
    address = texts.get("address", "")
    if len(address) > 500:
        raise Fault("address", "地址超过 500 字", "the address is longer than 500")
    system = texts.get("datum") or datum
    placed = _check("placed", texts.get("placed", "")) or False
    attributes = {n: v for n, t in texts.items() if n in fields and (v := _value(fields[n], t)) is not None}
    x, y = _number("x", texts.get("x", "")), _number("y", texts.get("y", ""))
    if x is None or y is None:
        raise Fault("x", "没有坐标", "no coordinates")
    try:
        rules.demand_code(kind, code)
        state = rules.demand_state(kind, _state(kind, texts.get("state", "")))
        lon, lat = to_wgs84(x, y, system)
        attributes = rules.read_attributes(kind, attributes)
    except Problem as fault:
        column = {"thing.code": "code", "thing.state": "state", "geo.datum": "datum"}.get(fault.code, "x")
        raise Fault(str(fault.detail.get("field", column)), fault.zh, fault.en) from None
    parties = {role: text for role in kind.roles if (text := texts.get(f"party_{role}", ""))}
    return Found(line, code, name, address, state, lon, lat, system, x, y, placed, attributes, parties)


def _state(kind: Kind, text: str) -> str:
    """By its name or its Chinese."""
    return next((name for name, words in kind.states.items() if text in (name, *words)), text or kind.first)


def _number(column: str, text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Fault(column, f"“{text}”不是数", f"“{text}” is no number") from None


def _check(column: str, text: str) -> bool | None:
    if not text:
        return None
    found = {**YES, **NO}.get(text.lower())
    if found is None:
        raise Fault(column, f"“{text}”不是“是”或“否”", f"“{text}” is neither yes nor no")
    return found


def _value(field: FormField, text: str) -> Any:
    """A cell as the attribute's type; what is wrong with its value its kind says."""
    if not text:
        return None
    match field.type:
        case "check":
            return _check(field.name, text)
        case "number":
            return _number(field.name, text)
        case "whole":
            number = _number(field.name, text)
            return int(number) if number is not None and number.is_integer() else number
        case "day":
            found = table.read_date(field.name, text)
            return found.isoformat() if found else None
        case "many":
            return table.split(text)
        case _:
            return text


def finish(
    kind: Kind,
    found: Sequence[Found],
    grids: Sequence[str | None],
    units: Mapping[str, UUID],
) -> tuple[list[WrittenRow], list[BadRow]]:
    """Rows with their grids and parties. `grids`: where each lies, None: not on the import's ground; `units`: the codes that
    are known."""
    columns, good, bad = columns_of(kind), list[WrittenRow](), list[BadRow]()
    for row, grid in zip(found, grids, strict=True):
        if grid is None:
            words = ("位置不在导入范围的网格内", "the place is in no grid of this import's area")
            bad.append(BadRow(row.line, columns["x"], *words, f"{row.code} {row.name}"))
        elif stray := next((role for role, code in row.parties.items() if code not in units), None):
            code = row.parties[stray]
            bad.append(
                BadRow(
                    row.line,
                    columns[f"party_{stray}"],
                    f"没有单位“{code}”",
                    f"there is no unit {code!r}",
                    f"{row.code} {row.name}",
                )
            )
        else:
            parties = {role.value: units[code] for role, code in row.parties.items()}
            good.append(
                WrittenRow(thing_id(kind.name, row.code), row.code, row.name, row.address, grid, row.lon, row.lat, row.datum, row.raw_x,
                    row.raw_y, row.placed, row.state, row.state in kind.ended, row.attributes, parties)
            )  # fmt: skip
    return good, bad


# ── what somebody has changed since the last file ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Filed:
    """`value`: what the last file said of a field that somebody has changed since; the rest: the thing as it stands."""

    thing_id: UUID
    field: str
    value: Any
    name: str
    address: str
    state: str
    grid_code: str
    lon: float
    lat: float
    datum: str
    raw_x: float
    raw_y: float
    placed: bool
    attributes: dict[str, Any]


PLACE = ("grid_code", "lon", "lat", "datum", "raw_x", "raw_y", "placed")


def filed(old: Any, changed: Collection[str]) -> dict[str, Any]:
    """Of each field that an act changes (as `rules.compare` names them), what it was."""
    return {"place" if name in PLACE else name: _said(old, "place" if name in PLACE else name) for name in changed}


def _said(of: Any, field: str) -> Any:
    if field == "place":
        return [of.lon, of.lat]
    return of.attributes.get(field.removeprefix("attributes.")) if "." in field else getattr(of, field)


def keep(
    kind: Kind, rows: Sequence[WrittenRow], held: Iterable[Filed]
) -> tuple[list[WrittenRow], list[KeptValue], list[Filed]]:
    """A file that says what the last one did leaves what was changed since; one that says something else is taken. (the rows
    as they are to be written, what stays as it is, what is held no longer)"""
    columns, at = columns_of(kind), {row.id: n for n, row in enumerate(rows)}
    done, kept, taken = list(rows), list[KeptValue](), list[Filed]()
    for was in held:
        row = done[at[was.thing_id]]
        says, now = _said(row, was.field), _said(was, was.field)
        if says != was.value or says == now:
            taken.append(was)
            continue
        head = columns["x" if was.field == "place" else was.field.removeprefix("attributes.")]
        kept.append(KeptValue(row.code, row.name, head, _told(kind, was.field, says), _told(kind, was.field, now)))
        done[at[was.thing_id]] = _as_it_is(kind, row, was)
    return done, kept, taken


def _as_it_is(kind: Kind, row: WrittenRow, was: Filed) -> WrittenRow:
    if was.field == "place":
        return replace(row, **{name: getattr(was, name) for name in PLACE})
    if was.field == "state":
        return replace(row, state=was.state, ended=was.state in kind.ended)
    if "." not in was.field:
        return replace(row, **{was.field: getattr(was, was.field)})
    name = was.field.removeprefix("attributes.")
    others = {n: v for n, v in row.attributes.items() if n != name}
    return replace(row, attributes=others | ({name: was.attributes[name]} if name in was.attributes else {}))


def _told(kind: Kind, field: str, value: Any) -> str:
    if field == "state":
        return kind.states[value][0] if value in kind.states else str(value)
    if field == "place":
        return f"{value[0]:.6f}, {value[1]:.6f}"
    return "" if value is None else "、".join(value) if isinstance(value, list) else table.as_text(value)


def cells_of(kind: Kind, row: Any, parties: Mapping[str, str]) -> list[Any]:
    """An export's row, in the order of `columns_of`: what an import of it would read."""
    values = {
        "code": row.code, "name": row.name, "address": row.address, "state": kind.states[row.state][0], "x": row.lon,
        "y": row.lat, "datum": "wgs84", "placed": row.placed, **{f"party_{role}": code for role, code in parties.items()},
    }  # fmt: skip
    for name, value in row.attributes.items():
        values[name] = "、".join(value) if isinstance(value, list) else value
    return [values.get(name) for name in columns_of(kind)]


def heads_of(kind: Kind) -> list[str]:
    return list(columns_of(kind).values())

"""What a row of components must be. Pure.

Identification codes: 17 digits = 6 district + 2 major + 3 minor + 6 sequence (GB/T 47678.5-2026); 16 digits = 6 + 2 + 2 + 6
(GB/T 30428.2-2013).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from yiwang.city.model_component import STATES, ComponentRow
from yiwang.city.model_rules import EXTENSION, FORMER, NATIONAL
from yiwang.city.rules_component_file import TITLES, Record
from yiwang.kit.errors import Problem
from yiwang.kit.geo import to_wgs84
from yiwang.kit.table import BadRow, Fault
from yiwang.network.model import Need, PostKind, Reach

_KEEPERS = frozenset({PostKind.system_admin, PostKind.supervisor})
NEEDS = {n.act: n for n in (Need("component.import", _KEEPERS, Reach.area, system=True),)}

LENGTHS = {
    "name": 30,
    "keeper_code": 18,
    "keeper_name": 100,
    "owner_code": 18,
    "owner_name": 100,
    "maintainer_code": 18,
    "maintainer_name": 100,
    "source": 30,
    "note": 1000,
}
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]00:00(?::00)?)?")


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are checked against: codes of districts, and type codes with their names by scheme."""

    districts: frozenset[str]
    types: Mapping[tuple[str, str], str]


def split_code(code: str) -> tuple[str, str, str]:
    """(scheme, district, type code as the catalogue writes it) of an identification code of 17 or 16 digits; ValueError
    otherwise."""
    if not code.isascii() or not code.isdigit() or len(code) not in (16, 17):
        raise ValueError(code)
    return (NATIONAL, code[:6], code[6:11]) if len(code) == 17 else (FORMER, code[:6], f"{code[6:8]}-{code[8:10]}")


def read_rows(records: Iterable[Record], known: Known, datum: str) -> tuple[dict[int, ComponentRow], list[BadRow]]:
    """Rows that are good in themselves by line (their grid still to be found; what the file says is in `grid_code`), and the
    bad ones with column and reason."""
    good: dict[int, ComponentRow] = {}
    bad: list[BadRow] = []
    first: dict[str, int] = {}
    for record in records:
        try:
            row = _row(record.values, known, datum)
            if row.code in first:
                before = first[row.code]
                raise Fault("code", f"与第 {before} 行的标识码重复", f"same identification code as line {before}")
            first[row.code] = record.line
            good[record.line] = row
        except Fault as fault:
            bad.append(BadRow(record.line, TITLES.get(fault.column, fault.column), fault.zh, fault.en))
    return good, bad


def _row(values: Mapping[str, Any], known: Known, datum: str) -> ComponentRow:
    code = _code(values.get("code"))
    scheme, district, type_code = split_code(code)
    if district not in known.districts:
        raise Fault(
            "code", f"区划代码 {district} 不在导入范围内", f"district {district} is not in the area of this import"
        )
    if (scheme, type_code) not in known.types and (EXTENSION, type_code) in known.types:
        scheme = EXTENSION
    type_name = known.types.get((scheme, type_code))
    if type_name is None:
        raise Fault("code", f"{scheme} 没有部件类别 {type_code}", f"{scheme} has no component type {type_code}")
    texts = {field: _text(values, field, limit) for field, limit in LENGTHS.items()}
    state = _text(values, "state", 10) or "完好"
    if state not in STATES:
        raise Fault(
            "state", f"状态“{state}”不是{'、'.join(STATES)}之一", f"state {state!r} is none of {', '.join(STATES)}"
        )
    accuracy = (_text(values, "accuracy", 10) or "").upper().removesuffix("级") or None
    if accuracy not in (None, "A", "B", "C"):
        raise Fault("accuracy", f"精度等级“{accuracy}”不是 A、B、C", f"accuracy {accuracy!r} is not A, B or C")
    system = (_text(values, "datum", 30) or datum).lower().replace("-", "").replace("上海城市坐标", "shanghai_plane")
    x, y = _number(values, "x"), _number(values, "y")
    try:
        lon, lat = to_wgs84(x, y, system)
    except Problem as fault:
        raise Fault("datum" if fault.code == "geo.datum" else "x", fault.zh, fault.en) from None
    return ComponentRow(
        code=code,
        scheme=scheme,
        type_code=type_code,
        name=texts.pop("name") or type_name,
        grid_code=_text(values, "grid_code", 15) or "",
        state=state,
        lon=lon,
        lat=lat,
        raw_x=x,
        raw_y=y,
        datum=system,
        accuracy=accuracy,
        first_on=_date(values, "first_on"),
        changed_on=_date(values, "changed_on"),
        **texts,
    )


def lock_to_grids(
    rows: Mapping[int, ComponentRow], found: Iterable[str | None], touches: Mapping[int, bool], prefix: str
) -> tuple[list[ComponentRow], list[BadRow]]:
    """Each row with the grid its point lies in (`found`, in order). A grid named by the file must be that one, or one that
    the point `touches` (by line): a thing on a border may stand in either."""
    good: list[ComponentRow] = []
    bad: list[BadRow] = []
    for (line, row), grid in zip(rows.items(), found, strict=True):
        if grid is None:
            bad.append(BadRow(line, TITLES["x"], "坐标不在任何单元网格内", "the point lies in no unit grid"))
        elif row.grid_code and row.grid_code != grid and not touches.get(line):
            zh = f"坐标落在 {grid}，与所填网格 {row.grid_code} 不符"
            bad.append(BadRow(line, TITLES["grid_code"], zh, f"the point lies in {grid}, not in {row.grid_code}"))
        elif not (row.grid_code or grid).startswith(prefix):
            zh, en = f"坐标落在 {grid}，不在导入范围内", f"the point lies in {grid}, outside the area of this import"
            bad.append(BadRow(line, TITLES["x"], zh, en))
        else:
            good.append(row if row.grid_code else replace(row, grid_code=grid))
    return good, bad


def _code(value: Any) -> str:
    text = str(value or "").strip().lstrip("'").removesuffix("\t")
    if isinstance(value, int | float) or re.fullmatch(r"\d(\.\d+)?E\+?1[56]", text, re.IGNORECASE):
        raise Fault(
            "code",
            "标识码被存成了数字，末尾几位已经丢失；请把该列设为文本后重新填写",
            "the identification code was stored as a number and has lost its last digits; make the column text",
        )
    try:
        split_code(text)
    except ValueError:
        raise Fault(
            "code",
            f"标识码“{text[:30]}”不是 17 位或 16 位数字",
            f"identification code {text[:30]!r} has not 17 or 16 digits",
        ) from None
    return text


def _text(values: Mapping[str, Any], field: str, limit: int) -> str | None:
    value = values.get(field)
    text = "" if value is None else str(value).strip().lstrip("'")
    if len(text) > limit:
        raise Fault(field, f"{TITLES[field]}超过 {limit} 个字", f"longer than {limit} characters")
    if "\x00" in text:
        raise Fault(field, f"{TITLES[field]}含非法字符", "characters that cannot be stored")
    return text or None


def _number(values: Mapping[str, Any], field: str) -> float:
    value = values.get(field)
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        number = float(str(value).strip())
    except ValueError:
        shown = "" if value is None else str(value)[:30]
        raise Fault(field, f"{TITLES[field]}“{shown}”不是数字", f"{shown!r} is not a number") from None
    if not math.isfinite(number):
        raise Fault(field, f"{TITLES[field]}不是数字", "not a number")
    return number


def _date(values: Mapping[str, Any], field: str) -> date | None:
    value = values.get(field)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    try:
        found = _DATE.fullmatch(text)
        return date(*map(int, found.groups())) if found else date.fromisoformat(text)
    except ValueError:
        raise Fault(
            field, f"{TITLES[field]}“{text[:30]}”不是日期（如 20260701）", f"{text[:30]!r} is not a date"
        ) from None

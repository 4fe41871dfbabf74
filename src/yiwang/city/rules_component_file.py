"""Files of components: what they are, in which letters, under which headings. Pure: bytes in, records out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from yiwang.kit import table
from yiwang.kit.errors import Invalid

MAX_BYTES = 64 << 20
MAX_UNPACKED = 512 << 20
MAX_ROWS = 500_000

# Table 2 of GB/T 47678.5 (names and short names), and what such columns are called in practice.
_ALIASES: dict[str, str] = {
    "code": "管理部件标识码 部件标识码 标识码 部件编码 部件代码 编码 GLBJBSM code component_code id objcode",
    "name": "管理部件名称 部件名称 名称 GLBJMC name component_name objname",
    "keeper_code": "主管部门代码 ZGBMDM keeper_code deptcode1",
    "keeper_name": "主管部门名称 主管部门 ZGBMMC keeper_name keeper deptname1",
    "owner_code": "权属单位代码 QSDWDM owner_code deptcode2",
    "owner_name": "权属单位名称 权属单位 QSDWMC owner_name owner deptname2",
    "maintainer_code": "养护单位代码 YHDWDM maintainer_code deptcode3",
    "maintainer_name": "养护单位名称 养护单位 YHDWMC maintainer_name maintainer deptname3",
    "grid_code": "所在单元网格标识码 所在单元网格 单元网格 单元网格代码 SZDYWGBSM grid_code grid bgcode",
    "state": "管理部件状态 部件状态 状态 GLBJZT state status objstate",
    "first_on": "初始日期 CSRQ first_on first_date ordate",
    "changed_on": "变更日期 BGRQ changed_on changed_date chdate",
    "source": "数据来源 SJLY source datasource",
    "note": "备注 BZ note remark",
    "x": "经度 lon lng longitude x 横坐标 x坐标 坐标x",
    "y": "纬度 lat latitude y 纵坐标 y坐标 坐标y",
    "datum": "坐标系 坐标系统 datum crs",
    "accuracy": "精度等级 空间精度 精度 accuracy",
}
HEADINGS = {table.plain(w): field for field, words in _ALIASES.items() for w in words.split()}
TITLES = {field: words.split()[0] for field, words in _ALIASES.items()}


@dataclass(frozen=True, slots=True)
class Record:
    """One row by field name, values as the file has them."""

    line: int
    values: dict[str, Any]


def read_records(source: str, content: bytes) -> list[Record]:
    """The rows of a CSV, GeoJSON or XLSX file, told apart by content; Invalid `file.*` as `kit.table` says them,
    `file.columns` where there is no identification code or no coordinates."""
    kind, text = table.tell(source, content, MAX_BYTES, ("csv", "xlsx", "geojson"))
    if kind == "geojson":
        rows = _geojson(text)
    else:
        rows = _records(table.xlsx_cells(content, MAX_UNPACKED) if kind == "xlsx" else table.csv_cells(text))
    records = []
    for record in rows:
        if len(records) == MAX_ROWS:
            raise table.too_many_rows(MAX_ROWS)
        records.append(record)
    if not records:
        raise table.no_rows()
    return records


def _records(rows: Iterable[tuple[int, list[Any]]]) -> Iterator[Record]:
    cells = iter(rows)
    columns = _columns(next(cells, (1, []))[1])
    for line, row in cells:
        values = {field: row[i] for i, field in columns.items() if i < len(row) and row[i] is not None}
        if any(str(v).strip() for v in values.values()):
            yield Record(line, values)


def _columns(header: list[Any]) -> dict[int, str]:
    """Column number → field; of columns that mean the same, the first."""
    found: dict[int, str] = {}
    for i, cell in enumerate(header):
        field = HEADINGS.get(table.plain(cell))
        if field and field not in found.values():
            found[i] = field
    if missing := [f for f in ("code", "x", "y") if f not in found.values()]:
        raise table.no_columns({f: TITLES[f] for f in missing})
    return found


def _geojson(text: str) -> Iterator[Record]:
    try:
        features = json.loads(text)["features"]
        if not isinstance(features, list):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid(
            "file.broken", "不是有效的 GeoJSON 要素集", "This is not a valid GeoJSON feature collection"
        ) from None
    for n, f in enumerate(features, 1):
        values: dict[str, Any] = {}
        properties = f.get("properties") if isinstance(f, dict) else None
        for key, value in (properties if isinstance(properties, dict) else {}).items():
            if field := HEADINGS.get(table.plain(key)):
                values.setdefault(field, value)
        geometry = f.get("geometry") if isinstance(f, dict) else None
        if isinstance(geometry, dict) and geometry.get("type") == "Point":
            at = geometry.get("coordinates")
            if isinstance(at, list) and len(at) >= 2:
                values["x"], values["y"] = at[0], at[1]
        yield Record(n, values)

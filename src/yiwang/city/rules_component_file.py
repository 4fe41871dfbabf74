"""Files of components: what they are, in which letters, under which headings. Pure: bytes in, records out."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl

from yiwang.kit import zips
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
HEADINGS = {w.lower().replace("_", ""): field for field, words in _ALIASES.items() for w in words.split()}
TITLES = {field: words.split()[0] for field, words in _ALIASES.items()}
_NAMES = {"csv": "CSV", "xlsx": "XLSX", "geojson": "GeoJSON"}
_ENDINGS = {"csv": "csv", "txt": "csv", "tsv": "csv", "xlsx": "xlsx", "json": "geojson", "geojson": "geojson"}


@dataclass(frozen=True, slots=True)
class Record:
    """One row by field name, values as the file has them."""

    line: int
    values: dict[str, Any]


def read_records(source: str, content: bytes) -> list[Record]:
    """The rows of a CSV, GeoJSON or XLSX file, told apart by content.

    Invalid: `file.empty`, `file.too_large`, `file.mislabelled`, `file.unknown`, `file.encoding`, `file.broken`,
    `file.columns` (no identification code or no coordinates), `file.too_many_rows`.
    """
    if not content.strip():
        raise Invalid("file.empty", "文件是空的", "The file is empty")
    if len(content) > MAX_BYTES:
        raise Invalid(
            "file.too_large",
            f"文件超过 {MAX_BYTES >> 20} MB，请分批导入",
            f"The file is larger than {MAX_BYTES >> 20} MB; import it in parts",
        )
    kind, text = _tell(content)
    ending = source.rsplit(".", 1)[-1].lower() if "." in source else ""
    if _ENDINGS.get(ending, kind) != kind or ending == "xls":
        raise Invalid(
            "file.mislabelled",
            f"文件名说是 .{ending}，内容却是 {_NAMES[kind]}；请改正后再传",
            f"The name says .{ending}, but the content is {_NAMES[kind]}; please correct it",
        )
    rows = _xlsx(content) if kind == "xlsx" else _geojson(text) if kind == "geojson" else _csv(text)
    records = []
    for record in rows:
        if len(records) == MAX_ROWS:
            raise Invalid(
                "file.too_many_rows",
                f"超过 {MAX_ROWS} 行，请分批导入",
                f"More than {MAX_ROWS} rows; import it in parts",
            )
        records.append(record)
    if not records:
        raise Invalid("file.empty", "文件里没有数据行", "The file has no rows")
    return records


def _tell(content: bytes) -> tuple[str, str]:
    if content.startswith(b"PK\x03\x04"):
        return "xlsx", ""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(
            "file.unknown",
            "这是旧版 Excel（.xls）或加密的文件，请另存为不加密的 .xlsx 或 CSV",
            "This is an old Excel file (.xls) or an encrypted one; save it as plain .xlsx or CSV",
        )
    text = _decode(content)
    start = text.lstrip()[:200].lower()
    if start.startswith(("{", "[")):
        return "geojson", text
    if start.startswith(("<html", "<!doctype", "<?xml", "<table")):
        raise Invalid(
            "file.unknown",
            "这是网页或 XML 文件，请另存为 .xlsx 或 CSV",
            "This is a web page or XML; save it as .xlsx or CSV",
        )
    return "csv", text


def _decode(content: bytes) -> str:
    """By its byte order mark; else UTF-8, else GB18030 (which holds GBK)."""
    codecs = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        codecs = ["utf-16"]
    for codec in codecs:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise Invalid(
        "file.encoding",
        "认不出文件的编码或类型；请存为 UTF-8 或 GBK 的 CSV、GeoJSON 或 .xlsx",
        "Unknown encoding or type; please save it as CSV (UTF-8 or GBK), GeoJSON or .xlsx",
    )


_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def _columns(header: list[Any]) -> dict[int, str]:
    """Column number → field. A heading's bracketed remark, blanks and underscores do not count."""
    found: dict[int, str] = {}
    for i, cell in enumerate(header):
        plain = re.sub(r"[（(\[【].*?[）)\]】]|[\s_*]", "", str(cell or "")).lower()
        field = HEADINGS.get(plain)
        if field and field not in found.values():
            found[i] = field
    _check_columns(set(found.values()))
    return found


def _check_columns(found: set[str]) -> None:
    if missing := [f for f in ("code", "x", "y") if f not in found]:
        titles = [TITLES[f] for f in missing]
        raise Invalid(
            "file.columns",
            f"缺少列：{'、'.join(titles)}（表头应在第一行）",
            f"Missing columns: {', '.join(missing)} (the header belongs in the first line)",
            missing=missing,
        )


def _csv(text: str) -> Iterator[Record]:
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count), strict=True)
    try:
        columns = _columns(next(reader, []))
        line = reader.line_num + 1
        for row in reader:
            values = {field: row[i] for i, field in columns.items() if i < len(row)}
            if any(v.strip() for v in row):
                yield Record(line, values)
            line = reader.line_num + 1
    except csv.Error as fault:
        raise Invalid(
            "file.broken",
            f"CSV 第 {reader.line_num} 行格式有误（多半是引号没有配对）",
            f"The CSV is broken at line {reader.line_num}: {fault}",
            line=reader.line_num,
        ) from None


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
            if field := HEADINGS.get(re.sub(r"[\s_]", "", key).lower()):
                values.setdefault(field, value)
        geometry = f.get("geometry") if isinstance(f, dict) else None
        if isinstance(geometry, dict) and geometry.get("type") == "Point":
            at = geometry.get("coordinates")
            if isinstance(at, list) and len(at) >= 2:
                values["x"], values["y"] = at[0], at[1]
        yield Record(n, values)


def _xlsx(content: bytes) -> Iterator[Record]:
    try:
        if zips.is_bomb(content, MAX_UNPACKED):
            raise Invalid(
                "file.too_large",
                "压缩包展开后过大，拒绝读取",
                "Unpacked, this file would be too large; it is not read",
            )
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if "xl/workbook.xml" not in packed.namelist():
                raise Invalid(
                    "file.unknown", "这是压缩包，不是 Excel 文件", "This is an archive, not an Excel workbook"
                )
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        rows = iter(book.worksheets[0].iter_rows(values_only=True))
        columns = _columns(list(next(rows, ())))
        for line, row in enumerate(rows, 2):
            values = {field: row[i] for i, field in columns.items() if i < len(row) and row[i] is not None}
            if values:
                yield Record(line, values)
    except Invalid:
        raise
    except Exception as fault:  # openpyxl raises whatever its XML parser, zipfile or its own descriptors raise
        raise Invalid("file.broken", "Excel 文件已损坏，无法读取", "The Excel file is broken") from fault

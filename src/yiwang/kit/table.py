"""Tables from outside, CSV and XLSX: told apart by content, read to cells, each row under the columns' own names; what cannot
be taken is told with line and column, in both languages. Pure: bytes in, rows out; nothing in them is run."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import openpyxl

from yiwang.kit import zips
from yiwang.kit.errors import Invalid
from yiwang.kit.sheet import unguard

MOST_COLUMNS = 100
_NAMES = {"csv": "CSV", "xlsx": "XLSX", "geojson": "GeoJSON"}
_ENDINGS = {"csv": "csv", "txt": "csv", "tsv": "csv", "xlsx": "xlsx", "json": "geojson", "geojson": "geojson"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: its line as the user's program counts (the first is 1), its cells by the columns' own names."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row did not go in. `column` as the file's heads say it; of GeoJSON, `line` is the feature's number. `what`: which
    it is, where its row says so."""

    line: int
    column: str
    zh: str
    en: str
    what: str = ""


class Fault(Exception):
    """Why a row cannot be taken: in which column (by its own name), and in both languages why."""

    def __init__(self, column: str, zh: str, en: str) -> None:
        super().__init__(column, zh, en)
        self.column, self.zh, self.en = column, zh, en


def read_table(
    source: str, content: bytes, columns: Mapping[str, str], needed: Collection[str], **most: int
) -> list[Row]:
    """All that `walk_table` finds; Invalid as it says."""
    return list(walk_table(source, content, columns, needed, **most))


def walk_table(
    source: str,
    content: bytes,
    columns: Mapping[str, str],
    needed: Collection[str],
    *,
    most_rows: int,
    most_bytes: int,
) -> Iterator[Row]:
    """The rows of a CSV or of the first sheet of an XLSX. `columns`: each column's own name and how it is headed; a file may
    use either, in any order, with columns of its own beside them. Lines that begin with # are remarks; empty rows count for
    nothing.

    Invalid: `file.empty`, `file.too_large`, `file.mislabelled`, `file.unknown`, `file.encoding`, `file.broken`,
    `file.columns`, `file.too_many_rows`.
    """
    kind, text = tell(source, content, most_bytes, ("csv", "xlsx"))
    table = xlsx_cells(content, 10 * most_bytes) if kind == "xlsx" else csv_cells(text)
    heads: list[str | None] | None = None
    rows = 0
    for line, values in table:
        cells = [as_text(v) for v in values]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if heads is None:
            heads = _heads(cells, columns, needed)
            continue
        found = {head: unguard(cell) for head, cell in zip(heads, cells, strict=False) if head is not None}
        if any(found.values()):
            rows += 1
            if rows > most_rows:
                raise too_many_rows(most_rows)
            yield Row(line, found)
    if heads is None:
        raise Invalid("file.empty", "文件是空的", "The file is empty")
    if not rows:
        raise no_rows()


def tell(source: str, content: bytes, most_bytes: int, kinds: Collection[str]) -> tuple[str, str]:
    """(which of `kinds`, its text where it is one) of what came under the name `source`; else Invalid."""
    if not content.strip():
        raise Invalid("file.empty", "文件是空的", "The file is empty")
    if len(content) > most_bytes:
        raise Invalid(
            "file.too_large",
            f"文件超过 {most_bytes >> 20} MB，请分批导入",
            f"The file is larger than {most_bytes >> 20} MB; import it in parts",
        )
    kind, text = _tell(content, kinds)
    ending = source.rsplit(".", 1)[-1].lower() if "." in source else ""
    if _ENDINGS.get(ending, kind) != kind or ending == "xls":
        raise Invalid(
            "file.mislabelled",
            f"文件名说是 .{ending}，内容却是 {_NAMES[kind]}；请改正后再传",
            f"The name says .{ending}, but the content is {_NAMES[kind]}; please correct it",
        )
    return kind, text


def _tell(content: bytes, kinds: Collection[str]) -> tuple[str, str]:
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
    if start.startswith(("{", "[")) and "geojson" in kinds:
        return "geojson", text
    if start.startswith(("<html", "<!doctype", "<?xml", "<table")):
        raise Invalid(
            "file.unknown",
            "这是网页或 XML 文件，请另存为 .xlsx 或 CSV",
            "This is a web page or XML; save it as .xlsx or CSV",
        )
    return "csv", text


def _decode(content: bytes) -> str:
    """By its byte order mark; else UTF-8, else GB18030 (which holds GBK), as Chinese Excel writes it."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for codec in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise Invalid(
        "file.encoding",
        "认不出文件的编码或类型；请存为 .xlsx，或 UTF-8、GBK 的 CSV",
        "Unknown encoding or type; please save it as .xlsx, or as CSV in UTF-8 or GBK",
    )


def csv_cells(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line it begins in, cells) of each row of a CSV; commas, tabs or semicolons, as its first line has most."""
    first = next((part for part in text.splitlines() if part.strip() and not part.startswith("#")), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=first.count), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as fault:
        raise Invalid(
            "file.broken",
            f"CSV 第 {reader.line_num} 行格式有误（多半是引号没有配对）",
            f"The CSV is broken at line {reader.line_num}: {fault}",
            line=reader.line_num,
        ) from None


def xlsx_cells(content: bytes, most_unpacked: int) -> Iterator[tuple[int, list[Any]]]:
    """(line, values) of each row of the first sheet of a workbook: of formulas, what they came to when it was saved."""
    try:
        if zips.is_bomb(content, most_unpacked):
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
        for line, row in enumerate(book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
            yield line, list(row)
    except Invalid:
        raise
    except Exception as fault:  # openpyxl raises whatever its XML parser, zipfile or its own descriptors raise
        raise Invalid("file.broken", "Excel 文件已损坏，无法读取", "The Excel file is broken") from fault


def plain(heading: object) -> str:
    """A heading without its bracketed remark, blanks, underscores, asterisks; in small letters."""
    return re.sub(r"[（(\[【].*?[）)\]】]|[\s_*]", "", str(heading or "")).lower()


def as_text(value: object) -> str:
    """A cell as somebody would have typed it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def read_date(column: str, text: str) -> date | None:
    """2026-11-01, 2026/11/1, 2026年11月1日; None where it is empty; else Fault."""
    if not text:
        return None
    try:
        return _date_of(text)
    except ValueError:
        raise Fault(column, f"“{text}”不是日期，应如 2026-11-01", f"“{text}” is no date like 2026-11-01") from None


@lru_cache(4096)  # a file has few days, each many times
def _date_of(text: str) -> date:
    found = _DATE.fullmatch(text)
    return date(*(int(g) for g in found.groups())) if found else date.fromisoformat(text)


def demand_short(cells: Mapping[str, str], most: int) -> None:
    """Fault where a cell has more than so many characters."""
    for column, text in cells.items():
        if len(text) > most:
            raise Fault(column, f"超过 {most} 字", f"longer than {most} characters")


def split(text: str) -> list[str]:
    """What a cell lists: `;`, `,`, `|` or `、` between."""
    return [part for part in (p.strip() for p in re.split(r"[;；、,，|\n]", text)) if part]


def too_many_rows(most: int) -> Invalid:
    return Invalid("file.too_many_rows", f"超过 {most} 行，请分批导入", f"More than {most} rows; import it in parts")


def no_rows() -> Invalid:
    return Invalid("file.empty", "文件里没有数据行", "The file has no rows")


def no_columns(missing: Mapping[str, str]) -> Invalid:
    """`missing`: the columns' own names, and how they are headed."""
    return Invalid(
        "file.columns",
        f"缺少列：{'、'.join(missing.values())}（表头应在第一行）",
        f"Missing columns: {', '.join(missing)} (the header belongs in the first line)",
        missing=list(missing),
    )


def _heads(cells: list[str], columns: Mapping[str, str], needed: Collection[str]) -> list[str | None]:
    names = {plain(head): name for name, zh in columns.items() for head in (name, zh)}
    heads = [names.get(plain(cell)) for cell in cells]
    found = [h for h in heads if h is not None]
    if missing := {name: columns[name] for name in needed or (columns if not found else ()) if name not in found}:
        raise no_columns(missing)
    if twice := next((h for h in found if found.count(h) > 1), None):
        raise Invalid(
            "file.columns", f"列“{columns[twice]}”出现了两次", f"The column {twice} stands there twice", missing=[]
        )
    return heads

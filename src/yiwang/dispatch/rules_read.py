"""Reading a list from CSV or XLSX, every bad row named with line and column; and its lines as rows again. Pure."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from datetime import date, datetime

import openpyxl

from yiwang.city.model_rules import NATIONAL, Field, Matter
from yiwang.dispatch.model import BadRow, GoodRow, Hours, KnownUnit, Line, RawRow, Span
from yiwang.kit import zips
from yiwang.kit.errors import Invalid
from yiwang.kit.sheet import unguard
from yiwang.network.rules import is_within

COLUMNS = {
    "span": "层次",
    "scheme": "方案",
    "kind": "类型",
    "code": "代码",
    "name": "名称",
    "area": "区域",
    "hours": "时段",
    "lead": "主办",
    "assist": "协办",
    "basis": "依据",
    "valid_from": "生效",
    "valid_to": "失效",
}
"""The columns' own names and how they are headed; a file may use either, and columns of its own beside them."""
NEEDED = ("span", "area", "lead")
SPANS = {s.value: s for s in Span} | {s.zh(): s for s in Span}
HOURS = {h.value: h for h in Hours} | {h.zh(): h for h in Hours} | {"": Hours.always, "工作时间外": Hours.off}
KINDS = {
    "": None,
    "component": "component",
    "部件": "component",
    "matter": "matter",
    "事项": "matter",
    "事件": "matter",
}
MOST_ROWS = 20_000
MOST_BYTES = 20_000_000


# ── files to cells ────────────────────────────────────────────────────────────────────────────────────────────────────


def read_file(data: bytes) -> list[RawRow]:
    """The rows of a CSV (UTF-8 or GB18030, as Chinese Excel writes it) or of the first sheet of an XLSX.

    Raises Invalid (`responsibility.*`) where it is neither, too large, or lacks a needed column.
    """
    if len(data) > MOST_BYTES:
        raise Invalid("responsibility.too_large", "文件超过 20 MB", "The file is larger than 20 MB")
    table = _read_xlsx(data) if data[:4] == b"PK\x03\x04" else _read_csv(data)
    table = [(line, cells) for line, cells in table if not (cells and cells[0].startswith("#"))]  # remarks, as in packs
    if not table:
        raise Invalid("responsibility.empty", "文件是空的", "The file is empty")
    names = {head: name for name, zh in COLUMNS.items() for head in (name, zh)}
    heads = [names.get(cell.strip().removesuffix("*")) for cell in table[0][1]]
    if missing := [c for c in NEEDED if c not in heads]:
        words = "、".join(COLUMNS[c] for c in missing)
        raise Invalid("responsibility.columns", f"缺少列：{words}", f"Missing columns: {', '.join(missing)}")
    if len({h for h in heads if h}) < sum(h is not None for h in heads):
        raise Invalid("responsibility.columns", "有的列出现了两次", "A column stands there twice")
    rows = []
    for line, cells in table[1:]:
        row = {h: unguard(c.strip()) for h, c in zip(heads, cells, strict=False) if h is not None}
        if any(row.values()):
            rows.append(RawRow(line, row))
    if len(rows) > MOST_ROWS:
        raise Invalid("responsibility.too_large", f"超过 {MOST_ROWS} 行", f"More than {MOST_ROWS} rows")
    return rows


def _read_csv(data: bytes) -> list[tuple[int, list[str]]]:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid(
            "responsibility.not_text",
            "文件不是 CSV 或 XLSX，或编码认不出",
            "Neither CSV nor XLSX, or of an unknown encoding",
        )
    if "\0" in text:
        raise Invalid("responsibility.not_text", "文件不是 CSV 或 XLSX", "Neither CSV nor XLSX")
    reader = csv.reader(io.StringIO(text, newline=""))
    table, line = [], 1
    try:
        for cells in reader:
            table.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as fault:
        raise Invalid(
            "responsibility.not_text", f"第 {line} 行读不下去：{fault}", f"Line {line} cannot be read: {fault}"
        ) from fault
    return table


def _read_xlsx(data: bytes) -> list[tuple[int, list[str]]]:
    try:
        if zips.is_bomb(data, 10 * MOST_BYTES):
            raise Invalid("responsibility.too_large", "表格解开后太大", "The workbook unpacks to too much")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 2, max_col=40)
        return [(n, [_cell(v) for v in row]) for n, row in enumerate(rows, 1)]
    except Invalid:
        raise
    except Exception as fault:  # openpyxl raises whatever the broken part of the file made it stumble on
        raise Invalid("responsibility.not_text", "XLSX 文件已损坏，打不开", "The XLSX file is damaged") from fault


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# ── cells to lines ────────────────────────────────────────────────────────────────────────────────────────────────────


class Reader:
    """Understands rows against the units and the catalogue; `area_path` is the ground of the unit that keeps the list."""

    def __init__(self, units: Iterable[KnownUnit], matters: Iterable[Matter], area_path: str) -> None:
        self.area_path = area_path
        self.codes: dict[str, KnownUnit] = {}
        self.names: dict[str, list[KnownUnit]] = {}
        for unit in units:
            self.codes[unit.code] = unit
            self.names.setdefault(unit.name, []).append(unit)
        self.matters: dict[tuple[str, str, str], Matter] = {(m.scheme, m.kind, m.code): m for m in matters}
        self.majors: dict[tuple[str, str, str], str] = {
            (m.scheme, m.kind, m.major_code): m.major for m in self.matters.values()
        }
        self.schemes = {m.scheme for m in self.matters.values()}

    def read(self, rows: Sequence[RawRow]) -> tuple[list[GoodRow], list[BadRow]]:
        """The rows that can be taken, in their order, and what is wrong with each of the others (its first fault)."""
        good: list[GoodRow] = []
        bad: list[BadRow] = []
        seen: dict[GoodRow, int] = {}
        for row in rows:
            try:
                line = self._row(row.cells)
                if line in seen:
                    raise _Fault("span", f"与第 {seen[line]} 行完全相同", f"the same as line {seen[line]}")
            except _Fault as fault:
                bad.append(BadRow(row.line, COLUMNS[fault.column], fault.zh, fault.en))
            else:
                seen[line] = row.line
                good.append(line)
        return good, bad

    def _row(self, cells: Mapping[str, str]) -> GoodRow:
        def cell(name: str) -> str:
            return cells.get(name, "")

        span = SPANS.get(cell("span"))
        if span is None:
            raise _Fault("span", f"层次“{cell('span')}”不是细类、大类、领域或全部", "must be code, major, field or all")
        scheme, kind, code, name = self._matter(span, cell("scheme"), cell("kind"), cell("code"))
        if cell("name") and span is not Span.all and cell("name") != name:
            raise _Fault("name", f"名称“{cell('name')}”与目录的“{name}”不符", f"the catalogue calls it “{name}”")
        area = self._unit("area", cell("area"))
        if not area.area:
            raise _Fault("area", f"“{area.name}”不是行政区域", f"“{area.name}” is not an area")
        if not is_within(area.path, self.area_path):
            raise _Fault(
                "area", f"“{area.name}”不在本清单单位的辖区内", f"“{area.name}” lies outside the list's ground"
            )
        if (hours := HOURS.get(cell("hours"))) is None:
            raise _Fault(
                "hours", f"时段“{cell('hours')}”不是全天、工作时间或夜间和节假日", "must be always, work or off"
            )
        lead = self._unit("lead", cell("lead"))
        assists = [self._unit("assist", part) for part in re.split(r"[;；、,，|\n]", cell("assist")) if part.strip()]
        if lead in assists:
            raise _Fault("assist", f"“{lead.name}”已是主办，不能又是协办", f"“{lead.name}” already leads")
        if len(set(assists)) < len(assists):
            raise _Fault("assist", "同一单位列了两次", "a unit is named twice")
        if len(cell("basis")) > 500:
            raise _Fault("basis", "依据超过 500 字", "longer than 500 characters")
        since, until = _date("valid_from", cell("valid_from")), _date("valid_to", cell("valid_to"))
        if since and until and until <= since:
            raise _Fault("valid_to", "失效日期须晚于生效日期", "must be later than the day it begins")
        ids = tuple(a.id for a in assists)
        return GoodRow(span, scheme, kind, code, name, area.id, hours, lead.id, ids, cell("basis"), since, until)

    def _matter(self, span: Span, scheme: str, kind: str, code: str) -> tuple[str | None, str | None, str | None, str]:
        if span is Span.all:
            return None, None, None, "全部"
        if span is Span.field:
            if code not in set(Field):
                raise _Fault("code", f"没有“{code}”这个领域，须是：{'、'.join(Field)}", f"no field “{code}”")
            return None, None, code, code
        if kind not in KINDS:
            raise _Fault("kind", f"类型“{kind}”不是部件或事项（空着表示都算）", "must be component, matter or empty")
        scheme = scheme or NATIONAL
        if scheme not in self.schemes:
            raise _Fault("scheme", f"没有目录“{scheme}”", f"no scheme “{scheme}”")
        known = KINDS[kind]
        kinds = (known,) if known else ("matter", "component")
        width = 5 if span is Span.code else 2
        for tried in (code, code.zfill(width)):  # Excel drops the leading zero of a code
            for k in kinds:
                if span is Span.code and (m := self.matters.get((scheme, k, tried))):
                    return scheme, known, tried, m.name
                if span is Span.major and (major := self.majors.get((scheme, k, tried))):
                    return scheme, known, tried, major
        raise _Fault("code", f"目录 {scheme} 里没有{span.zh()}“{code}”", f"no {span.value} “{code}” in {scheme}")

    def _unit(self, column: str, text: str) -> KnownUnit:
        text = text.strip()
        if not text:
            raise _Fault(column, "空着", "is empty")
        if unit := self.codes.get(text):
            return unit
        named = self.names.get(text, [])
        if len(named) > 1:
            codes = "、".join(u.code for u in named[:5])
            raise _Fault(
                column, f"叫“{text}”的单位不止一个，请写代码：{codes}", f"several units are called so: {codes}"
            )
        if not named:
            raise _Fault(column, f"没有单位“{text}”（或已撤并）", f"no unit “{text}”, or merged")
        return named[0]


class _Fault(Exception):
    def __init__(self, column: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.column, self.zh, self.en = column, zh, en


def _date(column: str, text: str) -> date | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    try:
        return date(*(int(g) for g in found.groups())) if found else date.fromisoformat(text)
    except ValueError:
        raise _Fault(column, f"“{text}”不是日期，应如 2026-11-01", f"“{text}” is no date like 2026-11-01") from None


def digest(rows: Iterable[GoodRow]) -> str:
    """SHA-256 (hex) of what the rows say, in their order: the same for CSV and XLSX, whatever the headings."""
    text = "\n".join(repr(tuple(str(v) for v in astuple(row))) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()


def units_named(rows: Iterable[RawRow]) -> set[str]:
    """Every word that stands for a unit: the codes and names to look up."""
    words: set[str] = set()
    for row in rows:
        words |= {row.cells.get("area", ""), row.cells.get("lead", "")}
        words |= {part.strip() for part in re.split(r"[;；、,，|\n]", row.cells.get("assist", ""))}
    return words - {""}


# ── lines to a file ───────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(lines: Iterable[Line]) -> Iterator[list[str]]:
    """The lines as rows of a file that can be imported again, its head first, its cells guarded."""
    yield ["序号", *COLUMNS.values(), "区域名称", "主办名称", "协办名称"]
    kinds = {None: "", "component": "部件", "matter": "事项"}
    for line in lines:
        cells = [
            str(line.n), line.span.zh(), line.scheme or "", kinds[line.kind], line.code or "",
            "" if line.span is Span.all else line.name, line.area_code, line.hours.zh(), line.lead_code,
            ";".join(line.assist_codes), line.basis, str(line.valid_from or ""), str(line.valid_to or ""),
            line.area_name, line.lead_name, "、".join(line.assist_names),
        ]  # fmt: skip
        yield cells

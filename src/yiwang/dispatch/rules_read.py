"""Reading a list from CSV or XLSX, every bad row named with line and column; and its lines as rows again. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple

from yiwang.city import rules_pack
from yiwang.city.model_rules import NATIONAL, Field, Matter
from yiwang.dispatch.model import GoodRow, Hours, Line, Span
from yiwang.kit.table import BadRow, Fault, Row, read_date, read_table, split
from yiwang.network.model_units import KnownUnit
from yiwang.network.rules import is_within
from yiwang.network.rules_units import UnitWords

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
KINDS = {"": None} | {word: kind.value for word, kind in rules_pack.KINDS.items()}
MOST_ROWS = 20_000
MOST_BYTES = 20_000_000


def read_file(source: str, data: bytes) -> list[Row]:
    """The rows of a list; Invalid `file.*` as `kit.table` says them."""
    return read_table(source, data, COLUMNS, NEEDED, most_rows=MOST_ROWS, most_bytes=MOST_BYTES)


# ── cells to lines ────────────────────────────────────────────────────────────────────────────────────────────────────


class Reader:
    """Understands rows against the units and the catalogue; `area_path` is the ground of the unit that keeps the list."""

    def __init__(self, units: Iterable[KnownUnit], matters: Iterable[Matter], area_path: str) -> None:
        self.area_path = area_path
        self.units = UnitWords(units)
        self.matters: dict[tuple[str, str, str], Matter] = {(m.scheme, m.kind, m.code): m for m in matters}
        self.majors: dict[tuple[str, str, str], str] = {
            (m.scheme, m.kind, m.major_code): m.major for m in self.matters.values()
        }
        self.schemes = {m.scheme for m in self.matters.values()}

    def read(self, rows: Sequence[Row]) -> tuple[list[GoodRow], list[BadRow]]:
        """The rows that can be taken, in their order, and what is wrong with each of the others (its first fault)."""
        good: list[GoodRow] = []
        bad: list[BadRow] = []
        seen: dict[GoodRow, int] = {}
        for row in rows:
            try:
                line = self._row(row.cells)
                if line in seen:
                    raise Fault("span", f"与第 {seen[line]} 行完全相同", f"the same as line {seen[line]}")
            except Fault as fault:
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
            raise Fault("span", f"层次“{cell('span')}”不是细类、大类、领域或全部", "must be code, major, field or all")
        scheme, kind, code, name = self._matter(span, cell("scheme"), cell("kind"), cell("code"))
        if cell("name") and span is not Span.all and cell("name") != name:
            raise Fault("name", f"名称“{cell('name')}”与目录的“{name}”不符", f"the catalogue calls it “{name}”")
        area = self.units.find("area", cell("area"))
        if not area.area:
            raise Fault("area", f"“{area.name}”不是行政区域", f"“{area.name}” is not an area")
        if not is_within(area.path, self.area_path):
            raise Fault("area", f"“{area.name}”不在本清单单位的辖区内", f"“{area.name}” lies outside the list's ground")
        if (hours := HOURS.get(cell("hours"))) is None:
            raise Fault(
                "hours", f"时段“{cell('hours')}”不是全天、工作时间或夜间和节假日", "must be always, work or off"
            )
        lead = self.units.find("lead", cell("lead"))
        assists = [self.units.find("assist", part) for part in split(cell("assist"))]
        if lead in assists:
            raise Fault("assist", f"“{lead.name}”已是主办，不能又是协办", f"“{lead.name}” already leads")
        if len(set(assists)) < len(assists):
            raise Fault("assist", "同一单位列了两次", "a unit is named twice")
        if len(cell("basis")) > 500:
            raise Fault("basis", "依据超过 500 字", "longer than 500 characters")
        since, until = read_date("valid_from", cell("valid_from")), read_date("valid_to", cell("valid_to"))
        if since and until and until <= since:
            raise Fault("valid_to", "失效日期须晚于生效日期", "must be later than the day it begins")
        ids = tuple(a.id for a in assists)
        return GoodRow(span, scheme, kind, code, name, area.id, hours, lead.id, ids, cell("basis"), since, until)

    def _matter(self, span: Span, scheme: str, kind: str, code: str) -> tuple[str | None, str | None, str | None, str]:
        if span is Span.all:
            return None, None, None, "全部"
        if span is Span.field:
            if code not in set(Field):
                raise Fault("code", f"没有“{code}”这个领域，须是：{'、'.join(Field)}", f"no field “{code}”")
            return None, None, code, code
        if kind not in KINDS:
            raise Fault("kind", f"类型“{kind}”不是部件或事项（空着表示都算）", "must be component, matter or empty")
        scheme = scheme or NATIONAL
        if scheme not in self.schemes:
            raise Fault("scheme", f"没有目录“{scheme}”", f"no scheme “{scheme}”")
        known = KINDS[kind]
        kinds = (known,) if known else ("matter", "component")
        width = 5 if span is Span.code else 2
        for tried in (code, code.zfill(width)):  # Excel drops the leading zero of a code
            for k in kinds:
                if span is Span.code and (m := self.matters.get((scheme, k, tried))):
                    return scheme, known, tried, m.name
                if span is Span.major and (major := self.majors.get((scheme, k, tried))):
                    return scheme, known, tried, major
        raise Fault("code", f"目录 {scheme} 里没有{span.zh()}“{code}”", f"no {span.value} “{code}” in {scheme}")


def digest(rows: Iterable[GoodRow]) -> str:
    """SHA-256 (hex) of what the rows say, in their order: the same for CSV and XLSX, whatever the headings."""
    text = "\n".join(repr(tuple(str(v) for v in astuple(row))) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()


def units_named(rows: Iterable[Row]) -> set[str]:
    """Every word that stands for a unit: the codes and names to look up."""
    words: set[str] = set()
    for row in rows:
        words |= {row.cells.get("area", ""), row.cells.get("lead", "")}
        words |= set(split(row.cells.get("assist", "")))
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

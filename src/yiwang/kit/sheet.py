"""Tables as files that a spreadsheet opens: CSV and XLSX, in which nothing is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def guard(text: str) -> str:
    """A text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _cell(value: Any, *, native: bool) -> Any:
    """Texts guarded; numbers stay numbers where the format has them; times in ISO 8601 with their zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else ""
    if native and isinstance(value, int | float):
        return value
    if isinstance(value, int | float):
        return str(value)
    text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
    return guard(ILLEGAL_CHARACTERS_RE.sub("", text))


def write_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with BOM, so that Excel opens it rightly."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_cell(v, native=False) for v in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(rows: Iterable[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append([_cell(v, native=True) for v in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}

"""Tables as files that a spreadsheet opens: CSV and XLSX, in which nothing is run as a formula."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

_FORMULA = re.compile("'*[=+@\t\r\n＝＋－＠-]")
"""What spreadsheets may run (OWASP: CSV injection; full-width signs too, in Chinese and Japanese ones), guarded or not."""
TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def guard(text: str) -> str:
    """A text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP: CSV injection)."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The text as it was before `guard`."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text[1:]) else text


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


def stream_csv(pages: Iterable[Iterable[Sequence[Any]]]) -> Iterator[bytes]:
    """UTF-8 with BOM, so that Excel opens it rightly; a page of rows at a time: what is sent is not kept."""
    mark = codecs.BOM_UTF8
    for rows in pages:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows([_cell(v, native=False) for v in row] for row in rows)
        yield mark + out.getvalue().encode()
        mark = b""


def stream_xlsx(pages: Iterable[Iterable[Sequence[Any]]]) -> Iterator[bytes]:
    """The same as XLSX: gathered in a file of its own on the disk, for its table of contents comes last. An empty piece
    after each page, so that whoever has gone away is not written for to the end."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for rows in pages:
        for row in rows:
            sheet.append([_cell(v, native=True) for v in row])
        yield b""
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(1 << 18):
            yield piece


STREAMS = {"csv": stream_csv, "xlsx": stream_xlsx}

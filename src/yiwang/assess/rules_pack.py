"""Reading a pack's indicators.csv. Pure."""

from __future__ import annotations

import csv
import io
from typing import NoReturn

from yiwang.assess.model import Indicator
from yiwang.kit.errors import Invalid

COLUMNS = (
    "id", "object", "name", "english", "formula", "numerator_zh", "numerator_en", "denominator_zh", "denominator_en",
    "weight", "weight_or_note", "bands", "inverse", "source", "status", "why_zh", "why_en",
)  # fmt: skip
NEEDED = ("id", "object", "name", "english", "formula", "source", "status")


def read_indicators(file: str, text: str) -> list[Indicator]:
    """The indicators in the file's order; lines that begin with # are remarks. Invalid with file and line."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    reader = csv.DictReader(io.StringIO("\n".join(lines)))
    if missing := [c for c in COLUMNS if c not in (reader.fieldnames or ())]:
        _wrong(file, 1, f"缺少列：{'、'.join(missing)}", f"lacks: {', '.join(missing)}")
    found: dict[str, Indicator] = {}
    for n, row in enumerate(reader, 2):
        cells = {c: (row[c] or "").strip() for c in COLUMNS}
        if empty := [c for c in NEEDED if not cells[c]]:
            _wrong(file, n, f"{empty[0]} 不能为空", f"{empty[0]} is empty")
        if cells["id"] in found:
            _wrong(file, n, f"指标 {cells['id']} 出现两次", f"{cells['id']} comes twice")
        found[cells["id"]] = _indicator(file, n, cells)
    return list(found.values())


def _indicator(file: str, n: int, cells: dict[str, str]) -> Indicator:
    try:
        weight = float(cells["weight"]) if cells["weight"] else None
        bands = tuple(sorted((_band(b) for b in cells["bands"].split(";") if b.strip()), reverse=True))
    except ValueError:
        _wrong(file, n, "weight 或 bands 不是数", "weight or bands is no number")
    if weight is not None and not 0 < weight <= 100:
        _wrong(file, n, "weight 应在 0 与 100 之间", "weight lies between 0 and 100")
    return Indicator(
        cells["id"], cells["object"], cells["name"], cells["english"], cells["formula"], cells["numerator_zh"],
        cells["numerator_en"], cells["denominator_zh"], cells["denominator_en"], "", "", "", "", weight,
        cells["weight_or_note"], bands, cells["inverse"] == "true", cells["source"], cells["status"], False,
        cells["why_zh"], cells["why_en"],
    )  # fmt: skip


def _band(text: str) -> tuple[float, float | str]:
    least, score = text.split(":")
    return float(least), float(score) if score.strip().replace(".", "").isdigit() else score.strip()


def _wrong(file: str, line: int, zh: str, en: str) -> NoReturn:
    raise Invalid("assess.indicators", f"{file} 第 {line} 行：{zh}", f"{file} line {line}: {en}", file=file, line=line)

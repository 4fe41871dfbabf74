"""Reading a city's file, row by row: what can be used, and what cannot, with its line and the reason. Never fatal after
the header: broken quotes, bytes that are no text, a file cut short, each costs the rows it touches and no more."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from uuid import UUID

from yiwang.cases.model import Channel
from yiwang.kit.errors import Invalid
from yiwang.replay_pack import ISO, ReplayPack, squeeze

MOST_LINES = 50
"""A quoted cell may run over so many lines; a quote left open longer than that is a broken quote."""
LONGEST = 4000
PIECE = 1 << 10
"""Bytes read at once: what stands before a damage in a compressed file is lost to within so much."""


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the file, in our words. Times are aware UTC; `due` None: it has no target; `closed` None: not closed.

    `said_closed` and `said_on_time` are the file's own verdicts (None where it has none): for comparing only.
    """

    line: int
    key: str
    case_id: UUID
    opened: datetime
    due: datetime | None
    closed: datetime | None
    matter: str
    unit: str
    area: str
    channel: Channel
    point: tuple[float, float] | None
    title: str
    place: str
    reason: str
    said_closed: bool | None
    said_on_time: bool | None
    words: tuple[str, str]
    """Status and on-time verdict in the file's own words."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was not used. `line` counts the file's lines from 1, the header's."""

    line: int
    key: str
    zh: str
    en: str


@dataclass
class Read:
    """What a file holds: usable rows in its order, and the others."""

    rows: list[Row] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    total: int = 0


class _Fault(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.zh, self.en = zh, en


_Line = tuple[int, str | _Fault]
CUT_SHORT = _Fault(
    "压缩文件不完整，后面的行读不到", "the compressed file is cut short or damaged; what follows is lost"
)
BAD_QUOTE = _Fault("引号不配对", "a quote is left open or misplaced")


def read_file(path: Path, pack: ReplayPack, limit: int | None = None) -> Read:
    """Every row, or the first `limit` of them (the bad ones counted). Raises Invalid `replay.columns` when the header
    lacks a column that the pack names, `replay.empty` when there is no header at all."""
    read, seen = Read(), dict[str, int]()
    header: list[str] = []
    where: dict[str, int] = {}
    for line, cells in _records(path, pack):
        if not header:
            if isinstance(cells, _Fault):
                raise Invalid("replay.empty", f"读不出表头：{cells.zh}", f"There is no header: {cells.en}")
            header = [squeeze(c) for c in cells]
            where = _find_columns(header, pack)
            continue
        if limit is not None and read.total >= limit:
            break
        read.total += 1
        key = cells[where["id"]].strip() if isinstance(cells, list) and len(cells) == len(header) else ""
        try:
            if isinstance(cells, _Fault):
                raise cells
            if len(cells) != len(header):
                raise _Fault(
                    f"有 {len(cells)} 列，表头有 {len(header)} 列",
                    f"{len(cells)} cells where the header has {len(header)}",
                )
            row = _make({name: cells[i].strip() for name, i in where.items()}, line, pack)
            if key in seen:
                raise _Fault(f"编号与第 {seen[key]} 行重复", f"the same id as line {seen[key]}")
            seen[key] = line
            read.rows.append(row)
        except _Fault as fault:
            read.skipped.append(Skipped(line, key, fault.zh, fault.en))
    if not header:
        raise Invalid("replay.empty", "文件是空的", "The file is empty")
    return read


def _find_columns(header: list[str], pack: ReplayPack) -> dict[str, int]:
    if missing := [theirs for theirs in pack.columns.values() if squeeze(theirs) not in header]:
        raise Invalid(
            "replay.columns", f"文件缺少列：{'、'.join(missing)}", f"The file lacks columns: {', '.join(missing)}",
            missing=missing,
        )  # fmt: skip
    return {ours: header.index(squeeze(theirs)) for ours, theirs in pack.columns.items()}


# ── lines and cells ───────────────────────────────────────────────────────────────────────────────────────────────────


def _records(path: Path, pack: ReplayPack) -> Iterator[tuple[int, list[str] | _Fault]]:
    """(first line, cells or what is wrong) of every record. A quote that does not close costs its own line only."""
    waiting: list[_Line] = []
    width = 0  # of the header, once it is read: what a record of several lines must come to
    lines = _texts(path, pack.encoding)
    while True:
        line, text = waiting.pop(0) if waiting else next(lines, (0, ""))
        if line == 0:
            return
        if isinstance(text, _Fault):
            yield line, text
            continue
        if not text.strip():
            continue
        cells, taken = _split(text, pack.delimiter), 0
        if cells is None and text.count('"') % 2:
            cells, taken = _join(text, waiting, lines, pack.delimiter, width)
        if cells is None:
            yield line, BAD_QUOTE
        else:
            del waiting[:taken]
            width = width or len(cells)
            yield line, cells


def _join(
    text: str, waiting: list[_Line], lines: Iterator[_Line], delimiter: str, width: int
) -> tuple[list[str] | None, int]:
    """A cell of several lines: the cells of the whole record, and how many of the `waiting` lines it took."""
    taken = 0
    while taken < MOST_LINES:
        if taken == len(waiting):
            if (more := next(lines, None)) is None:
                break
            waiting.append(more)
        part = waiting[taken][1]
        if isinstance(part, _Fault) or (width > 3 and len(_split(part, delimiter) or ()) == width):
            break  # a line that is a row by itself is not the middle of a cell: the quote was left open
        text, taken = text + part, taken + 1
        if part.count('"') % 2 and (cells := _split(text, delimiter)) and width in (0, len(cells)):
            return cells, taken
    return None, 0


def _split(text: str, delimiter: str) -> list[str] | None:
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _texts(path: Path, encoding: str) -> Iterator[_Line]:
    for line, raw in enumerate(_raw_lines(path), 1):
        if isinstance(raw, _Fault):
            yield line, raw
            continue
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            yield line, _Fault(f"不是 {encoding} 编码的文字", f"not text in {encoding}")
            continue
        yield line, _Fault("含有空字符", "contains a NUL") if "\0" in text else text.removeprefix("\ufeff")


def _raw_lines(path: Path) -> Iterator[bytes | _Fault]:
    rest = b""
    for chunk in _chunks(path):
        if isinstance(chunk, _Fault):
            yield chunk  # the half line before the cut is lost with it
            return
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
    if rest:
        yield rest


def _chunks(path: Path) -> Iterator[bytes | _Fault]:
    """The file's bytes; gzip is known by its first two bytes, not by the name."""
    with path.open("rb") as file:
        chunk = file.read(PIECE)
        if chunk[:2] != b"\x1f\x8b":
            while chunk:
                yield chunk
                chunk = file.read(PIECE)
            return
        unzip = zlib.decompressobj(wbits=31)
        while chunk:
            try:
                yield unzip.decompress(chunk)
                while unzip.eof and unzip.unused_data.strip(b"\0"):  # gzip files may be joined end to end
                    left, unzip = unzip.unused_data, zlib.decompressobj(wbits=31)
                    yield unzip.decompress(left)
            except zlib.error:
                yield CUT_SHORT
                return
            chunk = file.read(PIECE)
        if not unzip.eof:
            yield CUT_SHORT


# ── one row ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _make(said: dict[str, str], line: int, pack: ReplayPack) -> Row:
    if not said["id"]:
        raise _Fault("没有编号", "it has no id")
    opened = _time(said["opened"], pack)
    if opened is None:
        raise _Fault("没有受理时间", "it has no opening time")
    closed = _time(said["closed"], pack, opened)
    if closed is not None and closed < opened:
        raise _Fault("结案早于受理", "closed before it was opened")
    matter = pack.matters.get(squeeze(said["matter"]))
    if matter is None:
        raise _Fault(f"数据包里没有事项“{said['matter']}”", f"the pack has no matter {said['matter']!r}")
    unit = pack.units.get(squeeze(said["unit"]))
    if unit is None:
        raise _Fault(f"数据包里没有部门“{said['unit']}”", f"the pack has no department {said['unit']!r}")
    name = squeeze(said.get("area", ""))
    area = pack.areas.get(name) if name else pack.area
    if area is None:
        raise _Fault(f"数据包里没有区域“{name}”", f"the pack has no area {name!r}")
    title = said.get("title") or said["matter"]
    return Row(
        line, said["id"], pack.case_id(said["id"]), opened, _time(said.get("target", ""), pack), closed, matter, unit,
        area, pack.channels.get(said.get("channel", ""), Channel.other), _point(said), squeeze(title)[:LONGEST],
        squeeze(said.get("place", ""))[:LONGEST], squeeze(said.get("reason", ""))[:LONGEST], _status(said, pack),
        _on_time(said, pack), (said.get("status", ""), said.get("on_time", "")),
    )  # fmt: skip


def _time(text: str, pack: ReplayPack, after: datetime | None = None) -> datetime | None:
    """A local time of the file as aware UTC, None for an empty cell.

    In the hour that comes twice when summer time ends, the first is meant, unless that lies before `after` (a closing
    cannot come before its opening). An hour that summer time leaves out is read as if it were still winter time.
    """
    if not text:
        return None
    for form in pack.times:
        try:
            local = datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)
        except ValueError:
            continue
        if not 1970 <= local.year <= 2200:
            break
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        first = local.replace(tzinfo=pack.zone)
        at = first.astimezone(UTC)
        return first.replace(fold=1).astimezone(UTC) if after is not None and at < after else at
    raise _Fault(f"时间“{text}”读不懂", f"cannot read the time {text!r}")


def _point(said: dict[str, str]) -> tuple[float, float] | None:
    """(lon, lat) in WGS-84 degrees, None where both cells are empty. Zero, NaN and what lies off the globe are damage."""
    lon, lat = said.get("lon", ""), said.get("lat", "")
    if not lon and not lat:
        return None
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        raise _Fault(f"坐标“{lon}, {lat}”不是数字", f"coordinates {lon!r}, {lat!r} are not numbers") from None
    if not (isfinite(x) and isfinite(y)) or x == 0 or y == 0 or not (-180 <= x <= 180 and -90 <= y <= 90):
        raise _Fault(f"坐标“{lon}, {lat}”不可能", f"coordinates {lon}, {lat} are impossible")
    return x, y


def _status(said: dict[str, str], pack: ReplayPack) -> bool | None:
    """Does the file call it closed?"""
    if not (text := squeeze(said.get("status", ""))):
        return None
    if text not in pack.statuses:
        raise _Fault(f"数据包里没有状态“{text}”", f"the pack has no status {text!r}")
    return pack.statuses[text] == "closed"


def _on_time(said: dict[str, str], pack: ReplayPack) -> bool | None:
    if not (text := squeeze(said.get("on_time", ""))):
        return None
    if text not in pack.on_times:
        raise _Fault(f"数据包里没有按期状态“{text}”", f"the pack has no on-time word {text!r}")
    return pack.on_times[text]

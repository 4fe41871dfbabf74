"""What the tree allows, and how a pack's `units.csv` is read. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from yiwang.kit.errors import Invalid, Refused
from yiwang.kit.table import Fault
from yiwang.network.model_units import AREA_KINDS, KnownUnit, Unit, UnitKind, UnitLine
from yiwang.network.rules import is_within

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# The kinds of the official table (国家统计局统计用区划代码) beside our own words.
KINDS = {
    "直辖市": UnitKind.city,
    "市": UnitKind.city,
    "区": UnitKind.district,
    "县": UnitKind.district,
    "街道": UnitKind.street,
    "镇": UnitKind.town,
    "乡": UnitKind.town,
    "功能区/农场等": UnitKind.zone,
    "功能区": UnitKind.zone,
    "居委会": UnitKind.neighbourhood,
    "村委会": UnitKind.village,
    "其他": UnitKind.other,
} | {kind.value: kind for kind in UnitKind}
COLUMNS = ("code", "name", "level", "parent", "kind", "functional")
TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "是": True,
    "": False,
    "0": False,
    "false": False,
    "no": False,
    "否": False,
}


def repath(path: str, old: str, new: str) -> str:
    """A kept copy of a path, after the unit at `old` came to stand at `new` (as `network.repath` in SQL)."""
    return new + path[len(old) :] if is_within(path, old) else path


def label(code: str) -> str:
    """The ltree label of a code; the database makes the same one (`network.unit.label`)."""
    return re.sub(r"[^A-Za-z0-9_]", "_", code)


def short_name(name: str) -> str:
    """A name for crowded screens: 南京东路街道 → 南京东路, 云南中路居委会 → 云南中路."""
    for ending in ("居民委员会", "村民委员会", "居委会", "村委会", "街道办事处", "街道"):
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def check_place(kind: UnitKind, level: int, parent: Unit) -> None:
    """May a unit of this kind and level stand under `parent`; else Invalid."""
    if not 1 <= level <= 5:
        raise Invalid("network.wrong_level", "层级须为 1 至 5", "The level must be 1 to 5", level=level)
    if kind in AREA_KINDS and parent.kind not in AREA_KINDS:
        raise Invalid(
            "network.wrong_parent",
            "行政区域不能设在部门或机构之下",
            "An area cannot stand under a department",
            kind=parent.kind,
        )
    if parent.level > level or (kind in AREA_KINDS and parent.level == level):
        raise Invalid(
            "network.wrong_level",
            "上级单位的层级必须更高",
            "The parent must be of a higher level",
            level=level,
            parent_level=parent.level,
        )


def check_open(unit: Unit) -> None:
    """A unit that was merged takes part in nothing any more; Refused names its successor."""
    if unit.valid_to is not None:
        raise Refused(
            "network.unit_closed",
            f"{unit.name}已撤并",
            f"{unit.name} has been merged",
            unit_id=unit.id,
            successor_id=unit.successor_id,
        )


def check_move(unit: Unit, parent: Unit) -> None:
    check_open(unit)
    check_open(parent)
    if unit.parent_id is None:
        raise Refused("network.top_unit", "最上级单位不能调整隶属", "The topmost unit cannot be moved", unit_id=unit.id)
    if is_within(parent.path, unit.path):
        raise Invalid(
            "network.own_descendant", "单位不能调到自己或下级之下", "A unit cannot stand under itself", unit_id=unit.id
        )
    if parent.id == unit.parent_id:
        raise Refused("network.nothing_changes", "该单位已在此上级之下", "It already stands there", unit_id=unit.id)
    check_place(unit.kind, unit.level, parent)


def check_merge(units: Sequence[Unit], into: Unit) -> None:
    """Like merges with like: areas of one level with each other, everything else with its own kind."""
    check_open(into)
    if not units or len({u.id for u in units}) != len(units):
        raise Invalid("network.merge_whom", "请列出要撤并的单位，每个一次", "Name each unit to merge once")
    for unit in units:
        check_open(unit)
        if unit.parent_id is None:
            raise Refused(
                "network.top_unit", "最上级单位不能撤并", "The topmost unit cannot be merged", unit_id=unit.id
            )
        if is_within(into.path, unit.path):
            raise Invalid(
                "network.own_descendant", "单位不能并入自己或下级", "A unit cannot merge into itself", unit_id=unit.id
            )
        alike = (
            into.kind in AREA_KINDS and unit.level == into.level if unit.kind in AREA_KINDS else unit.kind is into.kind
        )
        if not alike:
            raise Invalid(
                "network.not_alike",
                f"{unit.name}与{into.name}不是同级同类单位，不能合并",
                f"{unit.name} and {into.name} are not of a kind",
                unit_id=unit.id,
            )


def check_code(code: str) -> None:
    if not CODE.fullmatch(code):
        raise Invalid(
            "network.wrong_code",
            "单位代码只能用字母、数字和 - _ .，最长 64 位",
            "A unit's code may have letters, digits and - _ . and 64 characters at most",
            unit_code=code,
        )


# ── units.csv ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_lines(text: str) -> list[UnitLine]:
    """The lines of a `units.csv` (columns code, name, level, parent, kind, functional; also short_name, area_code).

    A tree with a hole is no tree, so one bad line refuses the file: Invalid with every bad line and its reason.
    """
    try:
        return _read_table(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    except csv.Error as fault:
        raise Invalid(
            "network.units_broken", f"文件读不下去：{fault}", f"The file cannot be read as CSV: {fault}"
        ) from fault


def _read_table(reader: csv.DictReader[str]) -> list[UnitLine]:
    missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
    if missing:
        raise Invalid(
            "network.units_columns", f"缺少列：{'、'.join(missing)}", f"Missing columns: {', '.join(missing)}"
        )
    lines: list[UnitLine] = []
    bad: list[dict[str, object]] = []
    first: dict[str, int] = {}
    for row in reader:
        read = _read_line(
            reader.line_num, {k: (v or "").strip() for k, v in row.items() if k and not isinstance(v, list)}
        )
        if isinstance(read, UnitLine) and read.code in first:
            read = (f"代码与第 {first[read.code]} 行重复", f"same code as line {first[read.code]}")
        if isinstance(read, UnitLine):
            first[read.code] = read.line
            lines.append(read)
        else:
            bad.append({"line": reader.line_num, "zh": read[0], "en": read[1]})
    if bad:
        raise _bad_lines(bad)
    if not lines:
        raise Invalid("network.units_empty", "文件里没有单位", "The file has no units")
    return lines


def _read_line(number: int, row: Mapping[str, str]) -> UnitLine | tuple[str, str]:
    code, name = row["code"], row["name"]
    if not CODE.fullmatch(code):
        return f"代码“{code}”不合规则", f"bad code {code!r}"
    if not name:
        return "名称为空", "empty name"
    if row["level"] not in {"1", "2", "3", "4", "5"}:
        return f"层级“{row['level']}”不是 1 至 5", f"level {row['level']!r} is not 1 to 5"
    if (kind := KINDS.get(row["kind"])) is None:
        return f"不认识的单位类型“{row['kind']}”", f"unknown kind {row['kind']!r}"
    if (functional := TRUTH.get(row["functional"].lower())) is None:
        return f"functional 列“{row['functional']}”不是真假值", f"functional {row['functional']!r} is not a truth value"
    return UnitLine(
        number,
        code,
        name,
        row.get("short_name") or short_name(name),
        kind,
        int(row["level"]),
        row["parent"] or None,
        functional,
        row.get("area_code") or None,
    )


def in_order(lines: Iterable[UnitLine], known: Iterable[str]) -> list[UnitLine]:
    """`lines` with parents before children; Invalid for a parent that is nowhere, or a ring of parents."""
    waiting = {line.code: line for line in lines}
    codes, known = set(waiting), set(known)
    orphans: list[dict[str, object]] = [
        {"line": line.line, "zh": f"上级“{line.parent}”不存在", "en": f"no parent {line.parent!r}"}
        for line in waiting.values()
        if line.parent is not None and line.parent not in codes and line.parent not in known
    ]
    if orphans:
        raise _bad_lines(orphans)
    ordered: list[UnitLine] = []
    while waiting:
        ready = [line for line in waiting.values() if line.parent is None or line.parent not in waiting]
        if not ready:
            raise _bad_lines(
                [{"line": w.line, "zh": "上级关系成环", "en": "ring of parents"} for w in waiting.values()]
            )
        ordered += ready
        for line in ready:
            del waiting[line.code]
    return ordered


def _bad_lines(bad: list[dict[str, object]]) -> Invalid:
    return Invalid(
        "network.units_bad",
        f"文件有 {len(bad)} 行不能用，第一处在第 {bad[0]['line']} 行：{bad[0]['zh']}",
        f"{len(bad)} lines cannot be used, the first is line {bad[0]['line']}: {bad[0]['en']}",
        lines=bad[:200],
    )


class UnitWords:
    """What the cells of a file mean where they name a unit: by its code, or by its full name if just one has it."""

    def __init__(self, units: Iterable[KnownUnit]) -> None:
        self.codes: dict[str, KnownUnit] = {}
        self.names: dict[str, list[KnownUnit]] = {}
        for unit in units:
            self.codes[unit.code] = unit
            self.names.setdefault(unit.name, []).append(unit)

    def find(self, column: str, text: str) -> KnownUnit:
        """The unit; Fault."""
        if not text:
            raise Fault(column, "空着", "is empty")
        if unit := self.codes.get(text):
            return unit
        named = self.names.get(text, [])
        if len(named) > 1:
            codes = "、".join(u.code for u in named[:5])
            raise Fault(column, f"叫“{text}”的单位不止一个，请写代码：{codes}", f"several units are called so: {codes}")
        if not named:
            raise Fault(column, "没有这个单位，或已撤并", "there is no such unit, or it was merged")
        return named[0]

"""Reading a pack's catalogue and filing conditions: `pack.toml` and CSV files. Pure: texts in, rows and bad rows out.

A bad row is named with its file, line and reason; the rest goes in. Lines that begin with # are remarks.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from yiwang.city.model_rules import (
    BadRow,
    CalendarRow,
    Clock,
    Condition,
    Field,
    Kind,
    Matter,
    Scheme,
    Successor,
)
from yiwang.city.rules_calendar import read_shifts, read_zone
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import named_id
from yiwang.kit.table import Fault

MATTER = ("scheme", "code", "kind", "major_code", "major", "name", "english", "source", "status")
FIELD = ("scheme", "kind", "prefix", "field")
SUCCESSOR = ("from_scheme", "from_code", "kind", "to_scheme", "to_code", "to_kind", "note")
CONDITION = (
    "scheme", "code", "kind", "text", "limit_text", "limit_value", "clock", "seasonal", "close_condition", "source",
    "status",
)  # fmt: skip
MOST = 3660
"""The longest limit, on any clock."""
KINDS = {"component": Kind.component, "部件": Kind.component} | dict.fromkeys(("matter", "事项", "事件"), Kind.matter)
CLOCKS = {word: clock for clock in Clock for word in (clock.value, clock.zh())}
Key = tuple[str, Kind, str]
Row = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a `pack.toml` says: its files by what they hold, its schemes, and everyone's calendar if it has one."""

    name: str
    version: str
    files: Mapping[str, tuple[str, ...]]
    schemes: tuple[Scheme, ...]
    calendar: CalendarRow | None

    def named(self, *kinds: str) -> tuple[str, ...]:
        """The files of these kinds, in order."""
        return tuple(name for kind in kinds for name in self.files.get(kind, ()))


def read_manifest(text: str) -> Manifest:
    """A pack's `pack.toml`; `Invalid` (pack.manifest) names what is wrong with it."""
    try:
        made = tomllib.loads(text)
        files = {kind: tuple(names) for kind, names in made.get("files", {}).items()}
        for name in (n for names in files.values() for n in names):
            if not isinstance(name, str) or "/" in name or "\\" in name or name.startswith("."):
                raise ValueError(f"file name {name!r}")
        schemes = tuple(
            Scheme(s["id"], s["name"], str(s["version"]), s.get("valid_from"), s.get("valid_to"))
            for s in made.get("scheme", ())
        )
        for bound in (b for s in schemes for b in (s.valid_from, s.valid_to)):
            if not (bound is None or type(bound) is date):
                raise ValueError(f"date {bound!r}")
        return Manifest(str(made["name"]), str(made["version"]), files, schemes, _calendar(made.get("calendar")))
    except KeyError as missing:
        raise _bad_manifest(f"缺少 {missing}", f"{missing} is missing") from missing
    except (tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError) as fault:
        raise _bad_manifest(str(fault), str(fault)) from fault


def _bad_manifest(zh: str, en: str) -> Invalid:
    return Invalid("pack.manifest", f"pack.toml 有误：{zh}", f"pack.toml is wrong: {en}")


def _calendar(made: dict[str, Any] | None) -> CalendarRow | None:
    if made is None:
        return None
    row = CalendarRow(None, made["name"], made["zone"], made["statutory"], tuple(made["weekdays"]), made["shifts"])
    read_zone(row.zone)
    read_shifts(row.shifts)
    if row.statutory not in ("CN", "none") or not set(row.weekdays) <= set(range(7)):
        raise ValueError("calendar")
    return row


def digest(texts: Mapping[str, str]) -> str:
    """SHA-256 over names and contents, in order of name."""
    sum_ = hashlib.sha256()
    for name in sorted(texts):
        for part in (name, texts[name]):
            sum_.update(f"{len(part.encode())}:".encode() + part.encode())
    return sum_.hexdigest()


def _rows(name: str, text: str, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str] | None]]:
    """(line, row) of a CSV; None for a row with too many or too few cells. The columns may stand in any order."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    for n, line in enumerate(lines):  # remarks stand above the header, where no cell can be mistaken for one
        if line.strip() and not line.startswith("#"):
            break
        lines[n] = "\n"
    reader = csv.reader(lines, strict=True)
    header: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            yield reader.line_num, None
            continue
        if not any(cells):
            continue
        if header is None:
            header = [c.strip() for c in cells]
            if missing := [c for c in columns if c not in header]:
                raise Invalid(
                    "pack.columns",
                    f"{name} 缺少列：{'、'.join(missing)}",
                    f"{name} lacks columns: {', '.join(missing)}",
                    file=name,
                    missing=missing,
                )
        elif len(cells) != len(header):
            yield reader.line_num, None
        else:
            yield reader.line_num, {h: c.strip() for h, c in zip(header, cells, strict=True)}


def _read(
    texts: Mapping[str, str], names: tuple[str, ...], columns: tuple[str, ...], make: Callable[[Row], T]
) -> tuple[list[T], list[BadRow]]:
    """Every row of these files through `make`, which raises Fault for one that cannot be taken."""
    good: list[T] = []
    bad: list[BadRow] = []
    for name in names:
        for line, row in _rows(name, texts[name], columns):
            try:
                if row is None:
                    raise Fault("", "列数与表头不符，或引号不配对", "cells do not fit the header, or a quote is open")
                good.append(make(row))
            except Fault as fault:
                bad.append(BadRow(name, line, fault.zh, fault.en))
    return good, bad


def _given(row: Row, *columns: str) -> None:
    for c in columns:
        if not row[c]:
            raise Fault(c, f"“{c}”是空的", f"“{c}” is empty")


def read_kind(text: str) -> Kind:
    if text not in KINDS:
        raise Fault("kind", f"种类须是 component 或 matter，不是“{text}”", f"kind is component or matter, not “{text}”")
    return KINDS[text]


def matter_of(schemes: Collection[str], fields: Mapping[Key, Field]) -> Callable[[Row], Matter]:
    """Reads rows of classes, each class once, of these schemes; a class's field is that of the column `field`, else of the
    longest prefix of its code in `fields`. Fault."""
    seen = set[Key]()

    def matter(row: Row) -> Matter:
        _given(row, "scheme", "code", "name", "major_code", "major")
        kind = read_kind(row["kind"])
        key = (row["scheme"], kind, row["code"])
        if row["scheme"] not in schemes:
            raise Fault("scheme", f"没有体系“{row['scheme']}”", f"there is no scheme “{row['scheme']}”")
        if key in seen:
            raise Fault("code", f"重复：{row['code']}", f"twice: {row['code']}")
        prefixes = (row["code"][:n] for n in range(len(row["code"]), -1, -1))
        text = row.get("field") or next((fields[f] for p in prefixes if (f := (*key[:2], p)) in fields), None)
        if text not in set(Field):
            words = "、".join(Field)
            raise Fault("field", f"{row['code']} 没有归入领域：{words}", f"{row['code']} belongs to no field")
        seen.add(key)
        return Matter(
            row["scheme"], row["code"], kind, row["major_code"], row["major"], row["name"], row["english"],
            Field(text), row["source"], row["status"],
        )  # fmt: skip

    return matter


def condition_of(known: Callable[[Key], bool], version: str) -> Callable[[Row], Condition]:
    """Reads rows of filing conditions, each once; the class must be `known`. The id is made of all that the rule says, so a
    changed rule is another rule. Fault."""
    seen = set[str]()

    def condition(row: Row) -> Condition:
        _given(row, "scheme", "code", "text", "limit_text", "close_condition")
        kind = read_kind(row["kind"])
        if not known((row["scheme"], kind, row["code"])):
            raise Fault(
                "code",
                f"目录中没有 {row['scheme']} {row['code']}",
                f"the catalogue has no {row['scheme']} {row['code']}",
            )
        if row["clock"] not in CLOCKS:
            raise Fault("clock", f"没有“{row['clock']}”这种计时方式", f"no clock “{row['clock']}”")
        clock = CLOCKS[row["clock"]]
        try:
            value = Decimal(row["limit_value"])
        except InvalidOperation:
            value = Decimal(0)
        if not (value.is_finite() and 0 < value <= MOST):
            raise Fault(
                "limit_value",
                f"时限“{row['limit_value']}”须大于零、不超过 {MOST}",
                f"limit “{row['limit_value']}” is not above 0 and up to {MOST}",
            )
        said = (
            row["scheme"], kind, row["code"], row["text"], row["limit_text"], clock, row["seasonal"], row["close_condition"],
        )  # fmt: skip
        name = "condition:" + "\x1f".join([*said, f"{value.normalize():f}"])
        if name in seen:
            raise Fault("text", "与前面一条相同", "the same as a condition before")
        seen.add(name)
        return Condition(
            named_id(name), row["scheme"], row["code"], kind, row["text"], value, clock,
            row["limit_text"], row["close_condition"], row["seasonal"] or None, row["source"], row["status"],
            version, None,
        )  # fmt: skip

    return condition


def read_matters(manifest: Manifest, texts: Mapping[str, str]) -> tuple[list[Matter], list[BadRow]]:
    """The classes, each with its field: of a column `field`, else of the longest prefix in the `fields` files."""
    fields: dict[Key, Field] = {}

    def field(row: Row) -> None:
        if row["field"] not in set(Field):
            raise Fault("field", f"没有“{row['field']}”这个领域", f"no field “{row['field']}”")
        for kind in Kind if row["kind"] == "*" else (read_kind(row["kind"]),):
            fields[row["scheme"], kind, row["prefix"]] = Field(row["field"])

    _, bad = _read(texts, manifest.named("fields"), FIELD, field)
    matters, worse = _read(
        texts, manifest.named("matters"), MATTER, matter_of({s.id for s in manifest.schemes}, fields)
    )
    return matters, bad + worse


def read_successors(
    manifest: Manifest, texts: Mapping[str, str], known: Callable[[Key], bool]
) -> tuple[list[Successor], list[BadRow]]:
    """Where classes went; both ends must be `known`."""
    seen = set[tuple[str, ...]]()

    def successor(row: Row) -> Successor:
        kind, to_kind, to = read_kind(row["kind"]), read_kind(row["to_kind"]), row["to_code"] or None
        ends: list[Key] = [(row["from_scheme"], kind, row["from_code"])]
        if to is not None:
            ends.append((row["to_scheme"], to_kind, to))
        elif row["to_scheme"] not in {s.id for s in manifest.schemes}:
            raise Fault("to_scheme", f"没有体系“{row['to_scheme']}”", f"no scheme “{row['to_scheme']}”")
        for end in ends:
            if not known(end):
                raise Fault("to_code", f"目录中没有 {end[0]} {end[2]}", f"the catalogue has no {end[0]} {end[2]}")
        whole = tuple(row[c] for c in SUCCESSOR[:-1])
        if whole in seen:
            raise Fault("from_code", "与前面一行重复", "the same as a row before")
        seen.add(whole)
        return Successor(row["from_scheme"], row["from_code"], kind, row["to_scheme"], to, to_kind, row["note"])

    return _read(texts, manifest.named("successors"), SUCCESSOR, successor)


def read_conditions(
    manifest: Manifest, texts: Mapping[str, str], known: Callable[[Key], bool]
) -> tuple[list[Condition], list[BadRow]]:
    """The filing conditions; each class must be `known`."""
    return _read(texts, manifest.named("conditions"), CONDITION, condition_of(known, manifest.version))

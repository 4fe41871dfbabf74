"""What a pack says about replaying its city's file (`[replay]` of `pack.toml`), and the cast that plays it.

Everything that differs from city to city is data: columns, times, zone, channels, statuses, departments, areas, matters.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yiwang.cases.model import Channel, PhotoKind
from yiwang.cases.model_commands import PhotoUse
from yiwang.flows.load_pack import find_pack, load_pack
from yiwang.kit import clock, files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import named_id
from yiwang.network.model import Actor
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.wiring import System

NEEDED = ("id", "opened", "closed", "matter", "unit")
COLUMNS = (*NEEDED, "target", "area", "channel", "status", "on_time", "title", "reason", "place", "lon", "lat")
ISO = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class ReplayPack:
    """The pack as the replay needs it. Maps go from the city's words to ours: `matters` to codes, `units` and `areas` to
    unit codes, `statuses` to open/closed. `columns` go from our words to the city's."""

    name: str
    folder: Path
    zone: ZoneInfo
    times: tuple[str, ...]
    encoding: str
    delimiter: str
    scheme: str
    area: str
    columns: Mapping[str, str]
    channels: Mapping[str, Channel]
    statuses: Mapping[str, str]
    on_times: Mapping[str, bool]
    closing: re.Pattern[str]
    closing_else: str
    photos: Mapping[PhotoKind, str]
    matters: Mapping[str, str]
    units: Mapping[str, str]
    areas: Mapping[str, str]
    english: Mapping[str, str]
    """Matter code → its name in the city's file."""
    people: tuple[dict[str, str], ...]
    until: datetime | None
    """As of when the city wrote the file, if that is known: the clock runs on to there. Else to its last event."""

    def case_id(self, key: str) -> UUID:
        """The same row of the same city is the same case for ever."""
        return named_id(f"replay:{self.name}:{key}")

    def close_condition(self, reason: str) -> str:
        """The fixed head of a free-text closing reason: what may stand in the ledger."""
        found = self.closing.match(reason)
        return (found.group(1).strip() if found else "") or self.closing_else


@dataclass(frozen=True)
class Cast:
    """Who acts, and with which stand-in photos."""

    operator: Actor
    dispatcher: Actor
    verifier: Actor
    closer: Actor
    handlers: Mapping[str, Sequence[Actor]]
    photos: Mapping[PhotoKind, tuple[PhotoUse, ...]]

    def handler(self, unit_code: str, case_id: UUID) -> Actor:
        """One of the department's handlers, always the same for a case."""
        hands = self.handlers[unit_code]
        return hands[case_id.int % len(hands)]


def squeeze(text: str) -> str:
    """White space as one blank: `' New  Sign '` and `'New Sign'` are one word of the city's."""
    return " ".join(text.split())


def read_pack(name: str) -> ReplayPack:
    """The pack of this name, or in this folder. Raises NotFound, or Invalid `replay.pack` that says what is wrong."""
    folder = find_pack(name)
    try:
        made = tomllib.loads((folder / "pack.toml").read_text("utf-8"))
        return _read(folder, made, made["replay"])
    except KeyError as missing:
        raise _bad(f"缺少 {missing}", f"{missing} is missing") from missing
    except OSError as fault:
        raise _bad(f"读不到 {fault.filename}", f"cannot read {fault.filename}") from fault
    except (tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError, re.error, ZoneInfoNotFoundError) as fault:
        raise _bad(str(fault), str(fault)) from fault


def _bad(zh: str, en: str) -> Invalid:
    return Invalid("replay.pack", f"数据包的 [replay] 有误：{zh}", f"The pack's [replay] is wrong: {en}")


def _read(folder: Path, made: dict[str, Any], said: dict[str, Any]) -> ReplayPack:
    listed = {kind: tuple(names) for kind, names in made["files"].items()}
    columns = said["columns"]
    if missing := [c for c in NEEDED if c not in columns]:
        raise ValueError(f"columns: {', '.join(missing)} missing")
    if unknown := [c for c in columns if c not in COLUMNS]:
        raise ValueError(f"columns: {', '.join(unknown)} unknown")
    if set(said.get("statuses", {}).values()) - {"open", "closed"}:
        raise ValueError("statuses are open or closed")
    matters = [m for m in _table(folder, listed["matters"]) if m["scheme"] == said["scheme"]]
    units = _table(folder, listed["units"])
    words = [(u, squeeze(w)) for u in units for w in u["in_file"].split("|") if w.strip()]
    departments = {w: u["code"] for u, w in words if u["kind"] in ("department", "agency", "third_party")}
    return ReplayPack(
        name=str(made["name"]),
        folder=folder,
        zone=ZoneInfo(said["zone"]),
        times=tuple(said.get("times", [ISO])),
        encoding=said.get("encoding", "utf-8"),
        delimiter=said.get("delimiter", ","),
        scheme=said["scheme"],
        area=said["area"],
        columns=columns,
        channels={k: Channel(v) for k, v in said.get("channels", {}).items()},
        statuses=said.get("statuses", {}),
        on_times={k: bool(v) for k, v in said.get("on_times", {}).items()},
        closing=re.compile(said.get("closing", r"(?!)")),
        closing_else=said.get("closing_else", "Closed in the source system"),
        photos={kind: said[kind.value] for kind in (PhotoKind.handled, PhotoKind.verified)},
        matters={squeeze(m["english"]): m["code"] for m in matters},
        units=departments,
        areas={w: u["code"] for u, w in words if w not in departments},
        english={m["code"]: m["english"] for m in matters},
        until=until.replace(tzinfo=ZoneInfo(said["zone"])) if (until := said.get("until")) else None,
        people=tuple(_table(folder, listed["people"])),
    )


def _table(folder: Path, names: Sequence[str]) -> list[dict[str, str]]:
    """The rows of these CSV files; lines above the header that begin with # are remarks."""
    rows: list[dict[str, str]] = []
    for name in names:
        lines = (folder / name).read_text("utf-8-sig").splitlines(keepends=True)
        while lines and lines[0].startswith("#"):
            del lines[0]
        rows += [{k: (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(lines)]
    return rows


def prepare(running: System, pack: ReplayPack, start: datetime) -> Cast:
    """Load the pack as of `start` (again is harmless), and gather the cast from its people."""
    with clock.at(start):
        load_pack(running.database, pack.folder)
        with running.database.transaction() as tx:
            cast = [(p["post"], p["unit"], get_actor_by_login(tx, p["login"])) for p in pack.people]
            handlers = {u: [a for post, unit, a in cast if (post, unit) == ("handler", u)] for u in pack.units.values()}
            if idle := [u for u, hands in handlers.items() if not hands]:
                raise _bad(f"people.csv 里没有 {idle} 的处置人员", f"people.csv has no handler of {idle}")
            operators, dispatchers, verifiers = (
                [a for post, _, a in cast if post == kind] for kind in ("operator", "dispatcher", "verifier")
            )
            if len(operators) < 2 or not dispatchers or not verifiers:
                raise _bad(
                    "people.csv 须有两名受理员、一名派遣员、一名核查员",
                    "people.csv needs two operators, a dispatcher and a verifier",
                )
            takers = {
                PhotoKind.handled: [a.id for hands in handlers.values() for a in hands],
                PhotoKind.verified: [verifiers[0].id],
            }
            photos = {
                kind: (PhotoUse(_photo(tx, running, pack, name, takers[kind]), kind),)
                for kind, name in pack.photos.items()
            }
    return Cast(operators[0], dispatchers[0], verifiers[0], operators[1], handlers, photos)


def _photo(tx: Tx, running: System, pack: ReplayPack, name: str, takers: Iterable[UUID]) -> str:
    """The stand-in, uploaded by everybody who shows it: evidence is one's own."""
    photo = files.store_photo(running.store, (pack.folder / name).read_bytes(), pack.zone.key)
    for by in takers:
        files.note_file(tx, photo, by)
    return photo.sha256

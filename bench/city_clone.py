"""Cases by the thousand: real courses, played once through the very acts, are written again with other ids, places, times,
units, people and photos, and their chains hashed anew by `ledger.rules`.

A template is text: all rows of a course as COPY would write them, cut at each id, instant, photo, name of a place … into
what stays and what changes (`Cut`). Hardly anything here knows the columns of a table, so a new table or column comes along by
itself; what the database keeps by triggers (sight, findings, doubts) is copied like everything else, and no trigger runs
when it is written again. One *bundle* is a course with all that hangs together with it (a merged case and the one it was
merged into).
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

import psycopg
from city_world import DISTRICT, STREET, Area, Ground, login_at, rename

from yiwang.cases.model_contact import SealedContact
from yiwang.cases.store_contact import open_contact, seal_contact
from yiwang.kit.ids import named_id
from yiwang.ledger import rules

MARK = "（生成数据）"
"""Stands at the end of every description: nobody shall take these cases for real ones."""
BESIDE = ("kit.timer", "kit.file", "kit.upload")
"""Tables outside `cases` that may hold rows of a case."""
CROWD, HAUNTS, CLOSE = 0.1, 3, 200
"""So many of the cases of a street lie about a few of its grids' middles, within some 20 m (micro-degrees): trouble
comes back to where it was, and there are duplicates to be found."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)"
ENDED = ("closed", "declined", "void", "merged")
EAST = timedelta(hours=8)
"""Beijing time."""
_WEEK_ZH, _WEEK_EN = "一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Key = tuple[Any, ...]
"""What a piece of text stands for: (kind, …), e.g. ("unit", code) or ("time", instant)."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A text with holes: `text % pick(values)`."""

    text: str
    holes: tuple[int, ...]
    pick: Callable[[Sequence[str]], Any] | None

    def fill(self, values: Sequence[str]) -> str:
        return self.text % self.pick(values) if self.pick else self.text


@dataclass(frozen=True, slots=True)
class EntryCut:
    subject: int
    n: int
    event: str
    version: int
    actor: Cut
    post: str
    at: datetime
    body: Cut


@dataclass
class Bundle:
    """One course, or several that hang together, ready to be written again."""

    cases: int
    open: int
    """So many of its cases are open."""
    steps: tuple[str, ...]
    begun: datetime
    keys: list[Key] = field(default_factory=list)
    """What stands in each hole."""
    tables: dict[str, Cut] = field(default_factory=dict)
    """Of each table: all rows, a line each."""
    entries: list[list[EntryCut]] = field(default_factory=list)
    words: list[tuple[int, Cut]] = field(default_factory=list)
    """(hole, text): digests of wordings that change."""
    contacts: list[tuple[int, int, tuple[str, str, bytes]]] = field(default_factory=list)
    """(hole of the sealed data, hole of its row's id, name, telephone and salt): sealed anew for each row."""
    channels: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """Of each case: the letter of its channel, and its description."""


@dataclass(frozen=True)
class Place:
    """A street as clones need it: what each template id and name is there."""

    street: Area
    district: Area
    grounds: list[Ground]
    names: dict[str, str]


@dataclass(frozen=True)
class Part:
    """What one process has written. It stands here because a module that is run, as `load_city` is, has no name to be sent by."""

    cases: int
    entries: int
    longest: float
    """Seconds of the longest transaction."""
    number: int
    """Above the numbers of its cases."""
    cpu: float
    """CPU-seconds of this process."""
    server_cpu: float
    """CPU-seconds of its session in PostgreSQL."""


# ── taking templates ──────────────────────────────────────────────────────────────────────────────────────────────────


def columns(conn: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Of every table that may hold rows of a case: its columns, but for generated ones."""
    rows = conn.execute(
        "select c.table_schema || '.' || c.table_name, array_agg(c.column_name::text order by c.ordinal_position)"
        " from information_schema.columns c join information_schema.tables t using (table_schema, table_name)"
        " where t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'"
        " and (c.table_schema = 'cases' or c.table_schema || '.' || c.table_name = any(%s))"
        " group by 1",
        [list(BESIDE)],
    ).fetchall()
    return dict(rows)


def _which(table: str, cols: list[str]) -> str | None:
    """The rows of that table that belong to the case %(id)s."""
    match table:
        case "cases.case":
            return "id = %(id)s"
        case "cases.contact":
            return "id in (select contact_id from cases.report where case_id = %(id)s)"
        case "kit.timer":
            return "subject_id = %(id)s"
        case "kit.file" | "kit.upload":
            return "sha256 in (select sha256 from cases.evidence where case_id = %(id)s)"
    return "case_id = %(id)s" if "case_id" in cols else None


def take(conn: psycopg.Connection[Any]) -> list[Bundle]:
    """Every course in the database, as bundles."""
    tables = columns(conn)
    ids = [str(i) for (i,) in conn.execute("select id from cases.case order by reported_at, id").fetchall()]
    rows = {i: {t: _copy_out(conn, t, cols, i) for t, cols in tables.items()} for i in ids}
    entries = {
        i: conn.execute(
            "select n, event, version, actor, post, at, body from ledger.entry where subject_id = %s order by n", [i]
        ).fetchall()
        for i in ids
    }
    known = _known(conn)
    together = _together(ids, rows, entries)
    return [_bundle(group, rows, entries, tables, known) for group in together]


def _copy_out(conn: psycopg.Connection[Any], table: str, cols: list[str], case_id: str) -> list[str]:
    which = _which(table, cols)
    if which is None:
        return []
    sql = f"copy (select {', '.join(cols)} from {table} where {which.replace('%(id)s', repr(case_id))}) to stdout"
    with conn.cursor().copy(sql.encode()) as copy:
        return b"".join(bytes(block) for block in copy).decode().splitlines()


def _known(conn: psycopg.Connection[Any]) -> dict[str, Key]:
    """Ids that are not made anew: units and people become those of another street, the rest stays."""
    found: dict[str, Key] = {}
    for unit_id, code in conn.execute("select id::text, code from network.unit where code ~ '^310(000|101)'"):
        found[unit_id] = ("area",) if re.fullmatch(r"\d{12}", code) else ("unit", code)
    for person_id, login in conn.execute("select id::text, login from network.person where login is not null"):
        found[person_id] = ("person", login)
    for (duty_id,) in conn.execute("select id::text from city.duty_grid"):
        found[duty_id] = ("duty",)
    for (condition_id,) in conn.execute("select id::text from city.condition"):
        found[condition_id] = ("as is", condition_id)
    for (actor,) in conn.execute("select distinct actor::text from ledger.entry"):
        found.setdefault(actor, ("as is", actor))
    return found


def _together(ids: list[str], rows: Any, entries: Any) -> list[list[str]]:
    """Cases that mention each other stand in one group."""
    group = {i: {i} for i in ids}
    for i in ids:
        said = set(re.findall(_UUID, json.dumps(rows[i]) + " ".join(e[6] for e in entries[i])))
        for other in said & set(ids):
            both = group[i] | group[other]
            for member in both:
                group[member] = both
    return [[i for i in ids if i in g] for g in {id(g): g for g in group.values()}.values()]


def _bundle(ids: list[str], rows: Any, entries: Any, tables: dict[str, list[str]], known: dict[str, Key]) -> Bundle:
    cases = [dict(zip(tables["cases.case"], rows[i]["cases.case"][0].split("\t"), strict=True)) for i in ids]
    steps = tuple(c["step"] for c in cases)
    begun = min(e[5] for i in ids for e in entries[i])
    bundle = Bundle(len(ids), sum(s not in ENDED for s in steps), steps, begun)
    bundle.channels, bundle.texts = [c["number"][4] for c in cases], [c["description"] for c in cases]
    bodies = " ".join(e[6] for i in ids for e in entries[i])
    every = [line for i in ids for lines in rows[i].values() for line in lines]
    fresh = sorted(set(re.findall(_UUID, " ".join(every) + bodies)) - set(known))
    keys = {u: ("new", n) for n, u in enumerate(fresh)} | known
    photos = sorted({line.split("\t")[0] for i in ids for line in rows[i]["kit.file"]})
    keys |= {sha: ("photo", n) for n, sha in enumerate(photos)} | {
        _look(sha): ("look", n) for n, sha in enumerate(photos)
    }
    for n, c in enumerate(cases):
        keys |= {c["number"]: ("number", n), c["description"]: ("text", n), c["place"]: ("place",)}
        for key in (c["number"], c["description"], c["place"]):  # as cases.finding has them
            keys.setdefault(key.lower(), ("low", keys[key]))
        keys[hashlib.sha256(c["description"].encode()).hexdigest()] = ("text digest", n)
        keys |= {c["lon"]: ("lon",), c["lat"]: ("lat",)} if c["lon"] != r"\N" else {}
        if (area := re.search(r'"area":"([^"]+)"', entries[ids[n]][0][6])) is not None:
            keys[area[1]] = ("area name",)
    cutter = _Cutter(bundle, {k: v for k, v in keys.items() if k})
    wordings = {hashlib.sha256(t.encode()).hexdigest(): t for line in every for t in line.split("\t")}
    for digest in set(re.findall(r"\b[0-9a-f]{64}\b", bodies)) - set(keys):
        text = cutter.cut(wordings[digest]) if digest in wordings else None
        if text and text.holes:
            cutter.keys[digest] = ("digest", digest)
            bundle.words.append((cutter.hole(("digest", digest)), text))
    for line in dict.fromkeys(line for i in ids for line in rows[i]["cases.contact"]):
        row = dict(zip(tables["cases.contact"], line.split("\t"), strict=True))
        sealed = bytes.fromhex(row["sealed"].removeprefix(r"\\x"))
        said = open_contact(SealedContact(UUID(row["id"]), sealed, None, None, None))
        cutter.keys[row["sealed"]] = ("sealed", row["id"])
        cutter.literals.append(row["sealed"])
        bundle.contacts.append((cutter.hole(("sealed", row["id"])), cutter.hole(keys[row["id"]]), said))
    cutter.ready()
    for table, cols in tables.items():
        lines = dict.fromkeys(line for i in ids for line in rows[i][table])
        if table == "kit.file":
            lines = dict.fromkeys(_as_of_case(line, cols, cases[0]) for line in lines)
        if lines:
            bundle.tables[table] = cutter.cut("\n".join(lines), dates=table == "cases.clock")
    for i in ids:
        subject = cutter.hole(keys[i])
        bundle.entries.append(
            [
                EntryCut(subject, n, event, version, cutter.cut(str(actor)), post, at, cutter.cut(body))
                for n, event, version, actor, post, at, body in entries[i]
            ]
        )
    return bundle


def _as_of_case(line: str, cols: list[str], case: dict[str, str]) -> str:
    """A photo's own position becomes the case's, and it has a look (the demonstration's drawings are too plain for one)."""
    cells = dict(zip(cols, line.split("\t"), strict=True))
    cells["look"] = _look(cells["sha256"])
    if cells["lon"] != r"\N":
        cells |= {"lon": case["lon"], "lat": case["lat"]}
    return "\t".join(cells[c] for c in cols)


def _look(sha: str) -> str:
    """What stands for the look of that photo."""
    return f"look-of-{sha[:32]}"


class _Cutter:
    """Cuts texts at what changes."""

    def __init__(self, bundle: Bundle, keys: dict[str, Key]) -> None:
        self.bundle, self.keys = bundle, keys
        self.at = {k: n for n, k in enumerate(bundle.keys)}
        self.literals = [k for k in keys if not re.fullmatch(rf"{_UUID}|[0-9a-f]{{64}}", k)]
        self.ready()

    def ready(self) -> None:
        """Knows its literals: call it again when there are more."""
        literal = "|".join(re.escape(k) for k in sorted(self.literals, key=len, reverse=True))
        names = "|".join(("老西门街道", "老西门", "黄浦区", rf"{STREET}\d{{6}}", rf"{STREET}\d{{3}}", STREET))
        self.pattern = re.compile(rf"{_UUID}|\b[0-9a-f]{{64}}\b|{_TIME}|{literal}|{names}|{DISTRICT}(?=[._-])")
        self.dates = re.compile(
            rf"{self.pattern.pattern}|\d{{4}}-\d\d-\d\d|周[{_WEEK_ZH}]|\b(?:{'|'.join(_WEEK_EN)})\b"
        )

    def hole(self, key: Key) -> int:
        if key not in self.at:
            self.at[key] = len(self.bundle.keys)
            self.bundle.keys.append(key)
        return self.at[key]

    def cut(self, text: str, *, dates: bool = False) -> Cut:
        out, holes, last = [], [], 0
        for found in (self.dates if dates else self.pattern).finditer(text):
            key = self._key(found[0])
            if key is None:
                continue
            out += [text[last : found.start()].replace("%", "%%"), "%s"]
            holes.append(self.hole(key))
            last = found.end()
        out.append(text[last:].replace("%", "%%"))
        if not holes:
            return Cut(text, (), None)
        return Cut("".join(out), tuple(holes), itemgetter(*holes))

    def _key(self, text: str) -> Key | None:
        if (known := self.keys.get(text)) is not None:
            return None if known[0] == "as is" else known
        if re.fullmatch(_TIME, text):
            return "time", datetime.fromisoformat(text).astimezone(UTC)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return "date", datetime.fromisoformat(text)
        if text[0] == "周":
            return "zh day", _WEEK_ZH.index(text[1])
        if text in _WEEK_EN:
            return "en day", _WEEK_EN.index(text)
        if re.fullmatch(rf"{STREET}\d*|{DISTRICT}", text):
            return {15: ("grid",), 12: ("community",), 9: ("street",), 6: ("district",)}[len(text)]
        if text in ("老西门街道", "老西门", "黄浦区"):
            return "name", text
        return None


# ── writing them again ────────────────────────────────────────────────────────────────────────────────────────────────


class _Plan:
    """The holes of a bundle by what is to be done for them: (hole, …)."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.here: list[tuple[int, Key]] = []
        self.there: list[tuple[int, Key]] = []
        self.fresh: list[tuple[int, str, int]] = []
        self.times: list[tuple[int, datetime]] = []
        self.days: list[tuple[int, str, Any]] = []
        self.said: list[tuple[int, bool, str, int]] = []
        for hole, key in enumerate(keys):
            match key:
                case ("lon" | "lat" | "place" | "grid" | "community" | "area name",):
                    self.here.append((hole, key))
                case ("new" | "photo" | "look", n):
                    self.fresh.append((hole, key[0], n))
                case ("time", at):
                    self.times.append((hole, at.replace(tzinfo=None)))
                case ("date" | "zh day" | "en day", day):
                    self.days.append((hole, key[0], day))
                case ("number" | "text" | "text digest", n):
                    self.said.append((hole, False, key[0], n))
                case ("low", (kind, *n)):
                    self.said.append((hole, True, kind, n[0] if n else 0))
                case ("digest" | "sealed", _):
                    pass  # `Writer.add` knows
                case _:
                    self.there.append((hole, key))


def _put_fresh(values: list[str], plan: _Plan, begun: datetime) -> None:
    """New ids (UUIDv7 of about that time), photos and looks."""
    stamp = f"{int(begun.timestamp() * 1000):012x}"
    head, noise = f"{stamp[:8]}-{stamp[8:]}-7", os.urandom(8 * len(plan.fresh)).hex()
    for at, (hole, kind, n) in enumerate(plan.fresh):
        mine = noise[at * 16 : at * 16 + 16]
        match kind:
            case "new":
                values[hole] = f"{head}{n:03x}-8{mine[:3]}-{mine[3:15]}"
            case "photo":
                values[hole] = hashlib.sha256(f"{stamp}{mine}".encode()).hexdigest()
            case _:
                values[hole] = str(int(mine, 16) - (1 << 63))


def _put_times(values: list[str], plan: _Plan, shift: timedelta, days: int) -> None:
    """Instants as the ledger writes them, `shift` later; dates and weekdays, so many days later."""
    for hole, at in plan.times:
        values[hole] = (at + shift).isoformat() + "Z"
    for hole, kind, day in plan.days:
        match kind:
            case "date":
                values[hole] = f"{day + timedelta(days=days):%Y-%m-%d}"
            case "zh day":
                values[hole] = "周" + _WEEK_ZH[(day + days) % 7]
            case _:
                values[hole] = _WEEK_EN[(day + days) % 7]


class Writer:
    """Fills bundles and gathers their rows, table by table, for one COPY each."""

    def __init__(self, places: Sequence[Place], digest: str, seed: int) -> None:
        self.places, self.digest, self.random = places, rules.DIGESTS[digest], random.Random(seed)
        self.known: dict[tuple[str, Key], str] = {}
        self.plans: dict[int, _Plan] = {}
        self.rows: dict[str, list[str]] = {}
        self.entries: list[str] = []

    def add(self, bundle: Bundle, shift: timedelta, number: int) -> None:
        """One more course, `shift` later than it was played; its cases are numbered from `number`."""
        values = self._values(bundle, shift, number)
        for hole, text in bundle.words:
            values[hole] = hashlib.sha256(text.fill(values).encode()).hexdigest()
        for hole, row, said in bundle.contacts:
            values[hole] = r"\\x" + seal_contact(UUID(values[row]), *said).hex()
        for table, cut in bundle.tables.items():
            self.rows.setdefault(table, []).append(cut.fill(values))
        for chain in bundle.entries:
            prev = rules.GENESIS
            for e in chain:
                subject, actor, body, at = values[e.subject], e.actor.fill(values), e.body.fill(values), e.at + shift
                text = rules.entry_text("case", subject, e.n, e.event, e.version, actor, e.post, at, body, prev)  # type: ignore[arg-type]
                now = self.digest(text)
                if "\\" in body:
                    body = body.replace("\\", "\\\\")
                self.entries.append(
                    f"case\t{subject}\t{e.n}\t{e.event}\t{e.version}\t{actor}\t{e.post}\t{at.isoformat()}\t{body}"
                    f"\t\\\\x{prev.hex()}\t\\\\x{now.hex()}"
                )
                prev = now

    def _values(self, bundle: Bundle, shift: timedelta, number: int) -> list[str]:
        """What stands in each hole this time."""
        plan = self.plans.get(id(bundle)) or self.plans.setdefault(id(bundle), _Plan(bundle.keys))
        values = [""] * len(bundle.keys)
        place, ground, here = self._choose()
        begun = bundle.begun + shift
        for hole, key in plan.here:
            values[hole] = here[key[0]]
        for hole, key in plan.there:
            match key[0]:
                case "area":
                    values[hole] = self._once(ground.community, key, lambda: str(named_id(f"unit:{ground.community}")))
                case "duty":
                    values[hole] = self._once(ground.duty, key, lambda: str(named_id(f"duty:{ground.duty}")))
                case _:
                    values[hole] = self._once(place.street.code, key, lambda key=key: _there(place, key))
        _put_fresh(values, plan, begun)
        _put_times(values, plan, shift, (begun + EAST).toordinal() - (bundle.begun + EAST).toordinal())
        month, spot = f"{begun + EAST:%y%m}", here["place"]
        for hole, low, kind, n in plan.said:
            match kind:
                case "number":
                    value = f"{month}{bundle.channels[n]}{number + n:07}"
                case "place":
                    value = spot
                case "text":
                    value = f"{spot}，{bundle.texts[n]}{MARK}"
                case _:
                    value = hashlib.sha256(f"{spot}，{bundle.texts[n]}{MARK}".encode()).hexdigest()
            values[hole] = value.lower() if low else value
        return values

    def _choose(self) -> tuple[Place, Ground, dict[str, str]]:
        """Where it happens, and what is said of that spot."""
        random = self.random.random
        place = self.places[int(random() * len(self.places))]
        crowded = random() < CROWD
        grounds = place.grounds[:HAUNTS] if crowded else place.grounds
        ground = grounds[int(random() * len(grounds))]
        reach = min(ground.free, CLOSE) if crowded else ground.free
        name = place.names[ground.community]
        return place, ground, {
            "lon": repr((ground.x + round((random() * 2 - 1) * reach)) / 1e6),
            "lat": repr((ground.y + round((random() * 2 - 1) * reach)) / 1e6),
            "place": f"{name.removesuffix('居委会')}路{1 + int(random() * 999)}号",
            "grid": ground.grid,
            "community": ground.community,
            "area name": name,
        }  # fmt: skip

    def _once(self, where: str, key: Key, make: Callable[[], str]) -> str:
        found = self.known.get((where, key))
        if found is None:
            found = self.known[where, key] = make()
        return found

    def flush(self, conn: psycopg.Connection[Any], tables: dict[str, list[str]]) -> None:
        """Everything gathered, in one transaction."""
        with conn.transaction(), conn.cursor() as cursor:
            for table in sorted(self.rows):
                _copy_in(cursor, f"copy {table} ({', '.join(tables[table])}) from stdin", self.rows[table])
            head = "subject_kind, subject_id, n, event, version, actor, post, at, body, prev, hash"
            _copy_in(cursor, f"copy ledger.entry ({head}) from stdin", self.entries)
        self.rows, self.entries = {}, []


def _there(place: Place, key: Key) -> str:
    """What a unit, a person or a name of the demonstration's street is in another."""
    street = place.street.code
    match key:
        case ("unit", code):
            return str(
                named_id(
                    f"unit:{place.district.code if code == DISTRICT else rename(code, place.street, place.district)}"
                )
            )
        case ("person", login):
            return str(named_id(f"person:{login_at(street, login)}"))
        case ("street",):
            return street
        case ("district",):
            return place.district.code
        case ("name", text):
            return rename(text, place.street, place.district)
    raise LookupError(key)


def _copy_in(cursor: psycopg.Cursor[Any], sql: str, lines: Iterable[str]) -> None:
    with cursor.copy(sql.encode()) as copy:
        copy.write("\n".join(lines) + "\n")

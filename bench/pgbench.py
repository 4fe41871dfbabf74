"""Reports over HTTP beside what PostgreSQL alone could do: pgbench writing the same rows on the same server.

    yiwang bench pgbench [--seconds 8] [--clients 4]

One real report that files and dispatches itself is made over HTTP; whatever rows its transaction left, in whatever table,
become a pgbench script: one transaction with one INSERT a table, ids made anew, under the same indexes, foreign keys and
triggers (rows that triggers write are left to them). That the script leaves as many rows in each table as the report did
is checked before it runs. Then, turn about, pgbench runs (the server of Yiwang is stopped meanwhile and takes nothing) and
reports come in over HTTP from as many clients, from places all over the street; the ratio is of the medians.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import common
import live
import over_http
import psycopg
from common import City, Row
from over_http import Bench
from psycopg import sql
from psycopg.conninfo import make_conninfo

from yiwang.kit import pg, pg_login
from yiwang.kit.db import APP_ROLE
from yiwang.kit.ids import new_id
from yiwang.kit.pg_place import find_place, find_programs

ROUNDS, WARM = 3, 60
INSPECTORS = ("zhao.xin", "wang.lei", "liu.hang", "huang.ying", "lin.feng", "jiang.hua", "yang.cheng", "guo.qing")
"""One for each client: nobody may send more than 3,600 photos an hour."""
TABLES = (
    "select relid::regclass::text from pg_stat_user_tables where relid not in"
    " (select inhrelid from pg_inherits) order by 1"
)
ABOVE = (
    "select conrelid::regclass::text, confrelid::regclass::text from pg_constraint"
    " where contype = 'f' and conrelid <> confrelid"
)
COLUMNS = (
    "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
    " and attgenerated = '' and not (attrelid = 'ledger.entry'::regclass and attname = 'tx') order by attnum"
)
"""Without the transaction's number, which an entry gets by itself."""
SPOTS = (
    "select (c)[0] / 1e6, (c)[1] / 1e6 from (select center(bbox) as c, shape from city.unit_grid"
    " where street_code = '310101019' and valid_to is null) g where shape @> c order by 1, 2"
)
REPORTERS = """
import http.client, json, sys, threading, time, uuid
port, seconds, clients = json.loads(sys.stdin.readline())
until, used, failed = time.monotonic() + seconds, [0] * len(clients), []
def send(mine, headers, bodies):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers["Content-Type"] = "application/json"
    for body in bodies:
        connection.request("POST", "/api/cases", body, {**headers, "Idempotency-Key": str(uuid.uuid4())})
        answer = connection.getresponse()
        said = answer.read()
        used[mine] += 1
        if answer.status >= 300 or b'"handling"' not in said:
            failed.append(said.decode()[:300])
        if time.monotonic() > until:
            return
    failed.append("no more reports at hand")
begun = time.monotonic()
threads = [threading.Thread(target=send, args=(mine, *client)) for mine, client in enumerate(clients)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([used, time.monotonic() - begun, failed[:3]]), flush=True)
"""
"""As light as a client can be: it runs on the same machine."""


def run(city: City | None = None, *, seconds: float = 8, clients: int = 4) -> list[Row]:
    """Needs no city."""
    del city
    with over_http.serving() as (bench, folder), _database(folder) as (url, programs):
        program = programs / "pgbench" if (programs / "pgbench").exists() else shutil.which("pgbench")
        if program is None:
            return [Row("pgbench is not installed", float("nan"), "", "≥ 0.4", "it comes with PostgreSQL")]
        with psycopg.connect(url, autocommit=True) as conn:
            reports = Reports(bench, [(lon, lat) for lon, lat in conn.execute(SPOTS)])
            made = [reports.send(n) for n in range(WARM)]
            rows = capture(conn, made[-1])
            (folder / "script.sql").write_text(make_script(conn, rows), "utf-8")
            ours, theirs = list[float](), list[float]()
            for _ in range(ROUNDS):
                with _paused(bench):
                    theirs.append(_pgbench(program, url, folder / "script.sql", seconds, clients))
                live.calm(bench.processes[0])
                ours.append(reports.many(seconds, clients))
                live.calm(bench.processes[0])
    told = f"{sum(map(len, rows.values()))} rows in {len(rows)} tables"
    http, alone = statistics.median(ours), statistics.median(theirs)
    return [
        Row("pgbench: the rows of one report", alone, "/s", "", f"{told}; {clients} clients; {_range(theirs)}"),
        Row("pgbench: reports over HTTP", http, "/s", "", f"{clients} clients; {_range(ours)}"),
        Row("pgbench: HTTP against pgbench", http / alone, "", "≥ 0.4", "medians of rounds in turn"),
    ]


def _range(found: Sequence[float]) -> str:
    return f"{min(found):.0f}–{max(found):.0f}"


@contextmanager
def _database(folder: Path) -> Iterator[tuple[str, Path]]:
    """The URL by which the application reaches the database that is served, and the folder of PostgreSQL's programs."""
    server = pg.start(folder)  # it runs already: this one only joins
    try:
        url = make_conninfo(pg_login.app_url(server.url, folder), options=f"-c role={APP_ROLE}")
        yield url, find_programs(find_place(folder)[1])
    finally:
        pg.release(server)


class Reports:
    """What inspectors of the demo street send: each with a photo of its own, from somewhere in the street."""

    def __init__(self, bench: Bench, spots: Sequence[tuple[float, float]]) -> None:
        self.bench, self.spots, self.dice, self.photos = bench, spots, random.Random(1), 0
        self.condition = over_http.find_condition(bench.who(INSPECTORS[0]))
        self.ready, self.pace = {login: list[str]() for login in INSPECTORS}, 0.0

    def make(self, login: str) -> dict[str, Any]:
        self.photos += 1
        answer = self.bench.who(login).post("/api/photos", content=over_http._photo(self.photos))
        lon, lat = self.dice.choice(self.spots)
        return {
            "id": str(new_id()), "channel": "patrol", "description": "垃圾落地", "matter_kind": "matter",
            "matter_code": "06010", "condition_id": self.condition, "lon": lon, "lat": lat, "place": "文庙路近老道前街",
            "photos": [{"sha256": over_http._ok(answer)["sha256"], "kind": "near"}],
        }  # fmt: skip

    def send(self, n: int) -> UUID:
        """One, and the id of its case, which has filed and dispatched itself."""
        login = INSPECTORS[n % len(INSPECTORS)]
        report, begun = self.make(login), time.monotonic()
        sent = self.bench.who(login).post("/api/cases", json=report, headers={"Idempotency-Key": str(new_id())})
        self.pace = max(self.pace, 1 / (time.monotonic() - begun))
        case = over_http._ok(sent)
        assert case["step"] == "handling", case["step"]
        return UUID(case["id"])

    def many(self, seconds: float, clients: int) -> float:
        """Reports a second from so many clients at once; SystemExit if one is refused."""
        told = list[tuple[dict[str, str], list[str]]]()
        for login in INSPECTORS[:clients]:
            client, ready = self.bench.who(login), self.ready[login]
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            while len(ready) < seconds * self.pace * 3 / clients:
                ready.append(json.dumps(self.make(login)))
            told.append(({"Cookie": cookie, "X-Yiwang-CSRF": client.headers["X-Yiwang-CSRF"]}, ready))
        live.calm(self.bench.processes[0])
        with live.process(REPORTERS) as process:
            live._tell(process, json.dumps([int(self.bench.base.rpartition(":")[2]), seconds, told]))
            assert process.stdout
            used, took, failed = json.loads(process.stdout.readline())
        if failed:
            raise SystemExit(f"reports failed: {failed}")
        for login, n in zip(INSPECTORS, used, strict=False):
            del self.ready[login][:n]
        return sum(used) / took


def capture(conn: psycopg.Connection[Any], case_id: UUID) -> dict[str, list[dict[str, str | None]]]:
    """The rows that the transaction which made a case left, by table, referenced tables first; values as text."""
    wrote = conn.execute("select distinct tx::text from ledger.entry where subject_id = %s", [case_id]).fetchall()
    assert len(wrote) == 1, "one act, one transaction"
    (tx,) = wrote[0]
    found = dict[str, list[dict[str, str | None]]]()
    for (table,) in conn.execute(TABLES).fetchall():
        columns = [name for (name,) in conn.execute(COLUMNS, [table])]
        picked = ", ".join(f"{name}::text" for name in map(_quoted, columns))
        rows = conn.execute(f"select {picked} from {table} where xmin::text = %s".encode(), [tx]).fetchall()
        if rows:
            found[table] = [dict(zip(columns, row, strict=True)) for row in rows]
    above = {(low, high) for low, high in conn.execute(ABOVE) if low in found and high in found}
    order = list[str]()
    while len(order) < len(found):
        free = [t for t in found if t not in order and all(h in order for low, h in above if low == t)]
        order += free[:1]
    return {table: found[table] for table in order}


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)


def make_script(conn: psycopg.Connection[Any], rows: dict[str, list[dict[str, str | None]]]) -> str:
    """What pgbench runs: the same rows under new ids, but not those that triggers write. SystemExit if it would leave
    other numbers of rows than the report did."""
    fresh = dict[str, str]()  # ids of this report: version 7; what a pack brought has version 5
    for row in (row for several in rows.values() for row in several):
        for value in row.values():
            if value is not None and re.fullmatch(
                r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", value
            ):
                fresh.setdefault(value, f"id{len(fresh)}")
    (number,) = {row["number"] for row in rows['cases."case"']}
    inserts = dict[str, str]()
    trial = {value: str(new_id()) for value in fresh}

    def insert(table: str, ids: dict[str, str]) -> str:
        columns = list(rows[table][0])
        values = ", ".join(f"({', '.join(_literal(row[c], ids, number) for c in columns)})" for row in rows[table])
        return f"insert into {table} ({', '.join(map(_quoted, columns))}) overriding system value values {values}"

    with conn.transaction(force_rollback=True):
        mine = "where xmin::text::bigint = pg_current_xact_id()::text::bigint % 4294967296"
        for table in rows:
            if not _count(conn, table, mine):
                conn.execute(insert(table, {old: f"'{new}'" for old, new in trial.items()}).encode())
                inserts[table] = insert(table, {old: f":{name}" for old, name in fresh.items()})
        wrong = {t: (len(rows[t]), n) for t in rows if (n := _count(conn, t, mine)) != len(rows[t])}
        if wrong:
            raise SystemExit(f"the script would leave other rows than the report (table: theirs, ours): {wrong}")
    ids = ", ".join(f"uuidv7() as {name}" for name in fresh.values())
    return f"begin;\nselect {ids} \\gset\n" + ";\n".join(inserts.values()) + ";\ncommit;\n"


def _count(conn: psycopg.Connection[Any], table: str, where: str) -> int:
    row = conn.execute(f"select count(*) from {table} {where}".encode()).fetchone()
    return row[0] if row else 0


def _literal(value: str | None, ids: dict[str, str], number: str | None) -> str:
    if value is None:
        return "null"
    if value in ids:
        return ids[value]
    if value == number:
        return f"'P' || lpad(nextval('cases.number')::text, {len(value) - 1}, '0')"
    plain = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")  # a colon would begin a variable
    return f"E'{plain}'"


def _pgbench(program: Path | str, url: str, script: Path, seconds: float, clients: int) -> float:
    command = [program, "-n", "-M", "prepared", "-c", clients, "-j", 1, "-T", round(seconds), "-f", script, url]
    said = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    rate = re.search(r"^tps = ([\d.]+)", said.stdout, re.MULTILINE)
    if said.returncode or rate is None:
        raise SystemExit(f"pgbench failed: {said.stderr[-800:]}")
    return float(rate[1])


@contextmanager
def _paused(bench: Bench) -> Iterator[None]:
    bench.server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        bench.server.send_signal(signal.SIGCONT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8, help="of each turn")
    parser.add_argument("--clients", type=int, default=4, choices=range(1, len(INSPECTORS) + 1))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = run(seconds=args.seconds, clients=args.clients)
    print(common.as_json(rows)) if args.json else common.show(rows)


if __name__ == "__main__":
    main()

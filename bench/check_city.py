"""Does everything hold in a loaded city: every invariant, every foreign key, every chain, the tree and its heads; and is it the
city that was asked for (issue 3): its size, and how its cases are spread? `yiwang bench check_city --data FOLDER`.

Foreign keys too, because a city is loaded while they rest (`load_city`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString, cast

import city_clone
import common
import psycopg
from common import City, Row

from yiwang.ledger.actions_verify import verify

Conn = psycopg.Connection[Any]

FOREIGN_KEYS = """
select conname, conrelid::regclass::text, confrelid::regclass::text,
       array(select attname from unnest(conkey) with ordinality k (no, i)
             join pg_attribute a on a.attrelid = conrelid and a.attnum = k.no order by i)::text[],
       array(select attname from unnest(confkey) with ordinality k (no, i)
             join pg_attribute a on a.attrelid = confrelid and a.attnum = k.no order by i)::text[]
  from pg_constraint where contype = 'f' and conparentid = 0 order by 2, 1
"""

WHOLE = 90_000
"""So many cases make a whole city: fewer have people in some streets only (`load_city`)."""
# (what, target, note, SQL): what there is, and how it is spread.
SPREAD: tuple[tuple[str, str, str, LiteralString], ...] = (
    ("unit grids", "≥ 40625", "", "select count(*) from city.unit_grid"),
    ("units", "≥ 6774", "bodies included", "select count(*) from network.unit"),
    ("… of the official tree", "≥ 6760", "packs/shanghai, mid-2023", "select count(*) from network.unit where code ~ '^[0-9]+$'"),
    ("people with posts", "≥ 20000", "", "select count(distinct person_id) from network.post"),
    ("cases", "", "", "select count(*) from cases.case"),
    (
        "… that do not say they are generated", "≤ 0", "",
        f"select count(*) from cases.case where description not like '%{city_clone.MARK}'",
    ),
    ("entries a case", "≥ 8", "", "select (select count(*) from ledger.entry where subject_kind = 'case')::float8 / count(*) from cases.case"),
    ("% of cases open", "≥ 2", "", "select 100.0 * avg(cases.is_open(step)::int)::float8 from cases.case"),
    ("% of cases ever late", "≥ 2", "", "select 100.0 * avg((overdue_at is not null)::int)::float8 from cases.case"),
    ("districts with cases", "≥ 16", "", "select count(distinct left(grid_code, 6)) from cases.case"),
    ("streets with cases", "≥ 234", "", "select count(distinct left(grid_code, 9)) from cases.case"),
    ("matters", "≥ 40", "", "select count(distinct matter_code) from cases.case"),
    ("channels", "≥ 6", "", "select count(distinct channel) from cases.case"),
    ("days", "≥ 365", "", "select count(distinct (reported_at at time zone 'Asia/Shanghai')::date) from cases.case"),
    (
        "open cases with an open one of the same matter within 50 m", "≥ 1", "what to ask duplicates for",
        """
        select count(*) from cases.case a where cases.is_open(a.step) and exists (
          select from cases.case b where b.step in ('reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified')
            and b.id <> a.id and b.matter_code = a.matter_code and point(b.lon, b.lat) <@ circle(point(a.lon, a.lat), 0.0005))
        """,
    ),
)  # fmt: skip


def run(city: City | None) -> list[Row]:
    assert city is not None
    with psycopg.connect(city.owner_url, options="-c jit=off -c work_mem=256MB") as conn:
        return [*invariants(conn), *foreign_keys(conn), *spread(conn, city.cases), chains(city)]


def invariants(conn: Conn) -> Iterator[Row]:
    for file in sorted((Path(__file__).parents[1] / "invariants").glob("*.sql")):
        begun = time.monotonic()
        sql = cast(LiteralString, f"select * from ({file.read_text('utf-8')}) as found limit 10")
        found = conn.execute(sql).fetchall()
        note = f"{time.monotonic() - begun:.1f} s {found[:1] if found else ''}"
        yield Row(f"invariant {file.stem}", len(found), "broken", "≤ 0", note)


def foreign_keys(conn: Conn) -> Iterator[Row]:
    """Rows of each foreign key that refer to nothing: no trust in what the catalogue says of itself."""
    keys, begun = conn.execute(FOREIGN_KEYS).fetchall(), time.monotonic()
    orphans = {f"{child}.{name}": count for name, child, *rest in keys if (count := _orphans(conn, child, *rest))}
    note = f"{len(keys)} keys, {time.monotonic() - begun:.1f} s {orphans or ''}"
    yield Row("foreign keys", sum(orphans.values()), "orphans", "≤ 0", note)


def _orphans(conn: Conn, child: str, parent: str, columns: list[str], referred: list[str]) -> int:
    given = " and ".join(f"c.{column} is not null" for column in columns)
    same = " and ".join(f"p.{there} = c.{here}" for here, there in zip(columns, referred, strict=True))
    sql = f"select count(*) from {child} c where {given} and not exists (select from {parent} p where {same})"
    row = conn.execute(cast(LiteralString, sql)).fetchone()
    assert row is not None
    return row[0]


def spread(conn: Conn, cases: int) -> Iterator[Row]:
    """What there is; held against what was asked for in a city that is large enough to have people in every street."""
    for what, target, note, sql in SPREAD:
        row = conn.execute(sql).fetchone()
        assert row is not None
        yield Row(f"city: {what}", float(row[0]), "", target if cases >= WHOLE else "", note)


def chains(city: City) -> Row:
    begun = time.monotonic()
    with city.database.transaction() as tx:
        done = verify(tx)
    took = time.monotonic() - begun
    note = f"{done.entries:,} entries, {done.heads} heads, {done.unsettled} unsettled, {took:.1f} s {done.fault or ''}"
    return Row("ledger verify", 0 if done.ok else 1, "faults", "≤ 0", note)


if __name__ == "__main__":
    common.main(run, __doc__)

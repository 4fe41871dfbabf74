"""Does everything hold in a loaded city: every invariant, every chain, the tree and its heads? `yiwang bench check_city --data FOLDER`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import LiteralString, cast

import common
import psycopg
from common import City, Row

from yiwang.ledger.actions_verify import verify


def run(city: City | None) -> list[Row]:
    assert city is not None
    rows = []
    for file in sorted((Path(__file__).parents[1] / "invariants").glob("*.sql")):
        with psycopg.connect(city.owner_url, options="-c jit=off -c work_mem=256MB") as conn:
            begun = time.monotonic()
            sql = cast(LiteralString, f"select * from ({file.read_text('utf-8')}) as found limit 10")
            found = conn.execute(sql).fetchall()
            note = f"{time.monotonic() - begun:.1f} s {found[:1] if found else ''}"
            rows.append(Row(f"invariant {file.stem}", len(found), "broken", "≤ 0", note))
    begun = time.monotonic()
    with city.database.transaction() as tx:
        done = verify(tx)
    took = time.monotonic() - begun
    note = f"{done.entries:,} entries, {done.heads} heads, {done.unsettled} unsettled, {took:.1f} s {done.fault or ''}"
    rows.append(Row("ledger verify", 0 if done.ok else 1, "faults", "≤ 0", note))
    return rows


if __name__ == "__main__":
    common.main(run, __doc__)

"""The invariants of `invariants/*.sql`, asked all at once: `assert not broken(tx.conn)`."""

from __future__ import annotations

from typing import Any, LiteralString, cast

import psycopg

from house import ROOT

INVARIANTS = {f.stem: f.read_text("utf-8") for f in sorted((ROOT / "invariants").glob("*.sql"))}


def broken(conn: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Every invariant that does not hold, with up to ten rows (subject, what is wrong)."""
    found = {
        name: conn.execute(cast(LiteralString, f"select * from ({sql}) as found limit 10")).fetchall()
        for name, sql in INVARIANTS.items()
    }
    return {name: rows for name, rows in found.items() if rows}

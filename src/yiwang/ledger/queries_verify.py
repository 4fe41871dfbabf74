"""Reading the whole ledger in its settled order, for the verification: plain tuples, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yiwang.kit.db import Tx, query
from yiwang.ledger.rules_merkle import Node

Rows = list[tuple[Any, ...]]  # as rules_verify.Row

LEAVES = """
    select l.position, l.subject_id::text, l.n, l.hash,
           e.subject_kind, e.event, e.version, e.actor::text, e.post, e.at, e.body, e.prev, e.hash,
           b.hash, p.position
      from ledger.leaf l
      left join ledger.entry e on e.subject_id = l.subject_id and e.n = l.n
      left join ledger.entry b on b.subject_id = l.subject_id and b.n = l.n - 1
      left join ledger.leaf p on p.subject_id = l.subject_id and p.n = l.n - 1
     where l.position >= %(first)s and l.position < %(end)s
     order by l.position
"""
UNSETTLED = """
    select null, e.subject_id::text, e.n, null,
           e.subject_kind, e.event, e.version, e.actor::text, e.post, e.at, e.body, e.prev, e.hash,
           b.hash, null
      from ledger.entry e
      left join ledger.entry b on b.subject_id = e.subject_id and b.n = e.n - 1
     where not exists (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n)
     order by e.subject_id, e.n
"""
NODES = """
    select n.level, n.idx, n.hash
      from unnest(%(levels)s::int2[], %(firsts)s::int8[], %(ends)s::int8[]) as w (level, first, last)
      join ledger.node n on n.level = w.level and n.idx >= w.first and n.idx < w.last
"""
EXTRA_NODES = query(
    int,
    "select (select count(*) from ledger.node)"
    " - (select coalesce(sum((position + 1) >> l), 0)::bigint"
    "      from (select max(position) as position from ledger.leaf) as last, generate_series(1, 62) as l)",
)

ANYTHING = query(
    bool,
    "select exists (select from ledger.entry) or exists (select from ledger.leaf) or exists (select from ledger.node)"
    " or exists (select from ledger.head) or exists (select from ledger.key) as found",
)
# Numbers without gaps, positions that rise and are there, transaction ids that its cluster has given out.
WRONG_CLUSTER = query(
    int,
    """
    select due from (
      select row_number() over (order by number) as due, number, first_position,
             lag(first_position, 1, 0::bigint) over (order by number) as before, since, system_id
        from ledger.cluster) c
     where number <> due or first_position < before
        or first_position > (select coalesce(max(position) + 1, 0) from ledger.leaf)
        or (system_id = (select system_identifier from pg_control_system())
            and since >= pg_snapshot_xmax(pg_current_snapshot()))
    union all
    select 1 where not exists (select from ledger.cluster) and exists (select from ledger.leaf)
     order by due limit 1
    """,
)


def is_anything_there(tx: Tx) -> bool:
    return ANYTHING.one(tx)


def find_wrong_cluster(tx: Tx) -> int | None:
    """The first row of `ledger.cluster` that is gone or cannot be."""
    return WRONG_CLUSTER.maybe(tx)


def list_leaves(tx: Tx, first: int, end: int) -> Rows:
    return tx.conn.execute(LEAVES, {"first": first, "end": end}, binary=True).fetchall()


def walk_unsettled(tx: Tx) -> Iterator[tuple[Any, ...]]:
    """Entries without a position, however many: through a cursor, so inside a transaction."""
    with tx.conn.cursor(name="unsettled") as cursor:
        yield from cursor.execute(UNSETTLED)


def list_nodes(tx: Tx, first: int, end: int) -> dict[Node, bytes]:
    """The nodes of level 1 and above that leaves first … end − 1 complete."""
    levels = [level for level in range(1, end.bit_length()) if end >> level > first >> level]
    params = {"levels": levels, "firsts": [first >> n for n in levels], "ends": [end >> n for n in levels]}
    return {(level, idx): digest for level, idx, digest in tx.conn.execute(NODES, params, binary=True).fetchall()}


def count_extra_nodes(tx: Tx) -> int:
    """How many nodes there are more than the leaves make."""
    return EXTRA_NODES.one(tx)

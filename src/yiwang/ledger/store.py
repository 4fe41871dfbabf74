"""What the settler reads and writes. Every table here is only ever added to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from yiwang.kit.db import Tx, query, statement
from yiwang.ledger.model_proof import Head, KeyRow, Origin, RetirementRow
from yiwang.ledger.rules_settle import Unsettled

SETTLER = 7906  # the advisory lock: one settles or seals at a time

TRY_LOCK = query(bool, "select pg_try_advisory_xact_lock(%(lock)s)")
# Heard by whoever follows the feed, in whatever process, once the transaction is committed.
RING = query(object, "select pg_notify(%(channel)s, '')")
LOCK = query(object, "select pg_advisory_xact_lock(%(lock)s)")

ADD_ORIGIN = statement(
    "insert into ledger.origin (name, hash, at) values (%(name)s, %(hash)s, %(now)s) on conflict do nothing"
)
ADD_KEY = statement(
    "insert into ledger.key (key_id, public, at, endorsed_by, endorsement)"
    " values (%(key_id)s, %(public)s, %(at)s, %(endorsed_by)s, %(endorsement)s)"
)
ADD_RETIREMENT = statement(
    "insert into ledger.retirement (key_id, reason, size, at, by_key, signature)"
    " values (%(key_id)s, %(reason)s, %(size)s, %(at)s, %(by_key)s, %(signature)s)"
)
ADD_HEAD = statement(
    "insert into ledger.head (size, root, at, previous, key_id, signature)"
    " values (%(size)s, %(root)s, %(at)s, %(previous)s, %(key_id)s, %(signature)s)"
)
ADD_CLUSTER = statement(
    "insert into ledger.cluster (number, system_id, first_position, since, at) values ("
    " (select coalesce(max(number), 0) + 1 from ledger.cluster),"
    " (select system_identifier from pg_control_system()), %(first_position)s, %(since)s::text::xid8, %(now)s)"
)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where settling stands. Every entry of this cluster with tx ≤ `settled` has its position; every transaction below
    `finished` has ended. `settled` is None while this cluster has not been gone through (new, restored, replicated)."""

    size: int
    settled: int | None
    finished: int
    foreign: bool


# Up to which transaction every entry of this cluster has its position: the last leaf's transaction, if that leaf was
# settled in this very cluster; null while the cluster has not been gone through.
SETTLED_TO: LiteralString = """
    (select case when last.position >= home.first_position then coalesce(entry.tx, home.since) else home.since end
       from (select system_id, first_position, since from ledger.cluster order by number desc limit 1) home
       left join (select position, subject_id, n from ledger.leaf order by position desc limit 1) last on true
       left join ledger.entry using (subject_id, n)
      where home.system_id = (select system_identifier from pg_control_system()))"""
# `foreign` tells whether entries carry transaction ids that this cluster has yet to give out, so that they must come from
# another.
BOOKMARK = query(
    Bookmark,
    f"""
    with seen as (select pg_current_snapshot() as snapshot)
    select coalesce((select position + 1 from ledger.leaf order by position desc limit 1), 0) as size,
           {SETTLED_TO}::text::bigint as settled,
           pg_snapshot_xmin(seen.snapshot)::text::bigint as finished,
           exists (select from ledger.entry where tx >= pg_snapshot_xmax(seen.snapshot)) as foreign
      from seen
    """,
)

# Nearly nothing above the bookmark has a position: entries are asked one by one (`offset 0` keeps the planner to it), or a
# heap of millions would be joined with all leaves for each chunk of thousands.
NEXT = query(
    Unsettled,
    """
    select tx::text::bigint as tx, subject_id, n, hash, n > 1 and not exists
           (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n - 1 offset 0) as follows
      from ledger.entry e
     where tx > %(settled)s::text::xid8 and tx < %(finished)s::text::xid8
       and not exists (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n offset 0)
     order by e.tx, subject_id, n limit %(limit)s
    """,
)
# In a new cluster: whatever is there has been committed, unless this cluster may still be writing it.
NEXT_ANYWHERE = query(
    Unsettled,
    """
    select tx::text::bigint as tx, subject_id, n, hash, n > 1 and not exists
           (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n - 1) as follows
      from ledger.entry e
     where (tx < pg_snapshot_xmin(pg_current_snapshot()) or tx >= pg_snapshot_xmax(pg_current_snapshot()))
       and not exists (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n)
     order by e.tx, subject_id, n limit %(limit)s
    """,
)
WHOLE = query(
    Unsettled,
    """
    select tx::text::bigint as tx, subject_id, n, hash, n > 1 and not exists
           (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n - 1) as follows
      from ledger.entry e
     where tx = any(%(txs)s::text[]::xid8[])
       and not exists (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n)
    """,
)
BEFORE = query(
    int,
    """
    select distinct e.tx::text::bigint from unnest(%(ids)s::uuid[], %(ns)s::int[]) as wanted (subject_id, n)
      join ledger.entry e using (subject_id, n)
     where not exists (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n)
    """,
)


def lock_settler(tx: Tx, *, wait: bool) -> bool:
    """Hold the settler's place to the end of the transaction. False if somebody has it and we do not wait."""
    if wait:
        LOCK.one(tx, lock=SETTLER)
        return True
    return TRY_LOCK.one(tx, lock=SETTLER)


def take_chunk(tx: Tx, mark: Bookmark, limit: int) -> tuple[list[Unsettled], int, bool]:
    """The oldest unsettled entries, whole transactions, about `limit` of them; up to which transaction that is all
    there was; and whether there may be more."""
    if mark.settled is None:
        rows = NEXT_ANYWHERE.all(tx, limit=limit + 1)
    else:
        rows = NEXT.all(tx, settled=str(mark.settled), finished=str(mark.finished), limit=limit + 1)
    more = len(rows) > limit
    if more:
        cut = rows[-1].tx
        rows = [row for row in rows if row.tx != cut] or WHOLE.all(tx, txs=[str(cut)])
    bound = rows[-1].tx if rows else 0
    # What an entry follows may have been written under a larger transaction id (see `put_in_order`), so stand beyond the
    # cut or beyond `finished`. It is committed, since its follower is: fetch its whole transaction, and what that follows.
    have, fresh = {(r.subject_id, r.n) for r in rows}, rows
    while wanted := [(r.subject_id, r.n - 1) for r in fresh if r.follows and (r.subject_id, r.n - 1) not in have]:
        txs = BEFORE.all(tx, ids=[s for s, _ in wanted], ns=[n for _, n in wanted])
        fresh = [r for r in WHOLE.all(tx, txs=[str(t) for t in txs]) if (r.subject_id, r.n) not in have]
        have.update((r.subject_id, r.n) for r in fresh)
        rows = rows + fresh
    return rows, bound, more


def add_leaves(tx: Tx, leaves: Iterable[tuple[int, UUID, int, bytes]]) -> None:
    """(position, subject, n, entry hash)"""
    _copy(
        tx,
        "copy ledger.leaf (position, subject_id, n, hash) from stdin (format binary)",
        "int8 uuid int4 bytea",
        leaves,
    )


def add_nodes(tx: Tx, nodes: Iterable[tuple[int, int, bytes]]) -> None:
    """(level, idx, hash)"""
    _copy(tx, "copy ledger.node (level, idx, hash) from stdin (format binary)", "int2 int8 bytea", nodes)


def _copy(tx: Tx, sql: str, types: str, rows: Iterable[Sequence[object]]) -> None:
    with tx.conn.cursor() as cursor, cursor.copy(sql.encode()) as copy:
        copy.set_types(types.split())
        for row in rows:
            copy.write_row(row)


def add_origin(tx: Tx, origin: Origin) -> None:
    ADD_ORIGIN.run(tx, name=origin.name, hash=origin.hash, now=tx.now)


def add_key(tx: Tx, key: KeyRow) -> None:
    ADD_KEY.run(
        tx,
        key_id=key.key_id,
        public=key.public,
        at=key.at,
        endorsed_by=key.endorsed_by,
        endorsement=key.endorsement,
    )


def add_retirement(tx: Tx, said: RetirementRow) -> None:
    ADD_RETIREMENT.run(
        tx,
        key_id=said.key_id,
        reason=said.reason,
        size=said.size,
        at=said.at,
        by_key=said.by_key,
        signature=said.signature,
    )


def add_head(tx: Tx, head: Head) -> None:
    ADD_HEAD.run(
        tx,
        size=head.size,
        root=head.root,
        at=head.at,
        previous=head.previous,
        key_id=head.key_id,
        signature=head.signature,
    )


def add_cluster(tx: Tx, first_position: int, since: int) -> None:
    ADD_CLUSTER.run(tx, first_position=first_position, since=str(since), now=tx.now)

"""Reading the ledger: the feed, a subject's course, heads, keys and proofs. No scope: callers decide who sees what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import LiteralString
from uuid import UUID

from yiwang.kit.db import Tx, query
from yiwang.kit.errors import Invalid, NotFound
from yiwang.ledger import rules_merkle as merkle
from yiwang.ledger.model_proof import FeedEntry, Head, KeyRow, Origin, Proof, RetirementRow
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_keys import Retirement
from yiwang.ledger.rules_sign import PublicKey
from yiwang.ledger.store import SETTLED_TO

FEED = query(
    FeedEntry,
    """
    select position, subject_kind, subject_id, n, event, version, actor, post, at, body, prev, e.hash
      from ledger.leaf l join ledger.entry e using (subject_id, n)
     where position > %(after)s order by position limit %(limit)s
    """,
)
COURSE = query(
    FeedEntry,
    """
    select coalesce(position, -1) as position,
           subject_kind, subject_id, n, event, version, actor, post, at, body, prev, e.hash
      from ledger.entry e left join ledger.leaf l using (subject_id, n)
     where subject_id = %(id)s order by n
    """,
)
COURSES = """
    select position, subject_kind, subject_id, n, event, version, actor, post, at, body, prev, e.hash
      from ledger.entry e join ledger.leaf l using (subject_id, n)
     where subject_kind = %(kind)s and position < %(size)s
       and (%(subjects)s::uuid[] is null or subject_id = any(%(subjects)s)) order by subject_id, n
"""
SIZE = query(int, "select coalesce((select position + 1 from ledger.leaf order by position desc limit 1), 0)")
LEFT = query(
    bool,
    "select exists (select from ledger.entry e where not exists"
    " (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n)) as found",
)
SUBJECTS = query(UUID, "select distinct subject_id from ledger.leaf where position >= %(first)s and position < %(end)s")
POSITION = query(int, "select position from ledger.leaf where subject_id = %(id)s and n = %(n)s")
ORIGIN = query(Origin, "select name, hash from ledger.origin")
KEYS = query(KeyRow, "select key_id, public, at, endorsed_by, endorsement from ledger.key order by at, key_id")
RETIREMENTS = query(
    RetirementRow,
    "select key_id, reason, size, at, by_key, signature from ledger.retirement order by at, key_id, reason",
)
LAST_SIGNED = query(int, "select coalesce(max(size), 0) from ledger.head where key_id = %(key_id)s")
HEADS = query(
    Head,
    "select size, root, at, previous, key_id, signature from ledger.head"
    " where size > %(after)s and size <= %(until)s order by size limit %(limit)s",
)
LAST_HEAD = query(
    Head, "select size, root, at, previous, key_id, signature from ledger.head order by size desc limit 1"
)
HEAD = query(Head, "select size, root, at, previous, key_id, signature from ledger.head where size = %(size)s")

# Level 0 is not stored twice: a leaf's hash is worked out from the entry hash beside its position.
NODES = (
    "select w.level, w.idx, coalesce(n.hash, l.hash)"
    " from unnest(%(levels)s::int2[], %(idxs)s::int8[]) as w (level, idx)"
    " left join ledger.node n on n.level = w.level and n.idx = w.idx"
    " left join ledger.leaf l on w.level = 0 and l.position = w.idx"
)


def read_feed(tx: Tx, after: int, limit: int = 1000) -> list[FeedEntry]:
    """Settled entries after position `after` (−1: from the beginning), in order, without gaps."""
    return FEED.all(tx, after=after, limit=limit)


def walk_courses(tx: Tx, kind: str, size: int, subjects: Sequence[UUID] | None = None) -> Iterator[FeedEntry]:
    """The courses of all subjects of a kind (or of these), one after the other, as far as they stand in the first `size`
    positions. However many: through a cursor, so inside a transaction."""
    with tx.conn.cursor(name="courses") as cursor:
        cursor.itersize = 5000
        found = None if subjects is None else list(subjects)
        for row in cursor.execute(COURSES, {"kind": kind, "size": size, "subjects": found}):
            yield FeedEntry(*row)


def list_entries(tx: Tx, subject_id: UUID) -> list[FeedEntry]:
    """A subject's whole course, n = 1, 2, 3 …; `position` is −1 while an entry is not settled."""
    return COURSE.all(tx, id=subject_id)


def is_all_settled(tx: Tx) -> bool:
    """Has every entry its position? Looks at the whole ledger: not for the hot path."""
    return not LEFT.one(tx)


def count_settled(tx: Tx) -> int:
    """How many entries have a position: the size of the tree."""
    return SIZE.one(tx)


def list_subjects(tx: Tx, first: int, end: int) -> list[UUID]:
    """Whom the entries at positions first … end − 1 are about, each once."""
    return SUBJECTS.all(tx, first=first, end=end)


def changed_since(size: LiteralString) -> LiteralString:
    """SQL: the subjects of whatever was written after the first `size` settled entries, settled or not yet; some of them
    twice, a few that were written before."""
    return (
        f"select subject_id from ledger.leaf where position >= {size}"
        f" union all select subject_id from ledger.entry where tx > coalesce({SETTLED_TO}, '0'::xid8)"
    )


def find_origin(tx: Tx) -> Origin | None:
    return ORIGIN.maybe(tx)


def get_origin(tx: Tx) -> Origin:
    """NotFound until the ledger has been opened."""
    origin = ORIGIN.maybe(tx)
    if origin is None:
        raise NotFound("ledger.not_opened", "台账尚未启用", "The ledger has not been opened yet")
    return origin


def list_keys(tx: Tx) -> list[KeyRow]:
    """Oldest first."""
    return KEYS.all(tx)


def list_retirements(tx: Tx) -> list[RetirementRow]:
    """Keys given up, oldest first."""
    return RETIREMENTS.all(tx)


def get_key_file(tx: Tx) -> str:
    """What whoever checks receipts keeps: every public key, and up to what size those given up count."""
    keys = {k.key_id: k for k in list_keys(tx)}
    lines = [k.public for k in keys.values()]
    for row in list_retirements(tx):
        key = PublicKey.parse(keys[row.key_id].public)
        lines.append(str(Retirement(key, row.size, row.reason, row.at, row.by_key, row.signature)))
    return "".join(f"{line}\n" for line in lines)


def count_signed(tx: Tx, key_id: str) -> int:
    """The size of the largest head that this key has signed; 0 for none."""
    return LAST_SIGNED.one(tx, key_id=key_id)


def latest_head(tx: Tx) -> Head | None:
    return LAST_HEAD.maybe(tx)


def list_heads(tx: Tx, after: int = 0, limit: int = 1000, until: int = 2**62) -> list[Head]:
    """Heads of more than `after` leaves and at most `until`, smallest first."""
    return HEADS.all(tx, after=after, limit=limit, until=until)


def is_signed_at(tx: Tx, size: int) -> bool:
    return HEAD.maybe(tx, size=size) is not None


def get_head(tx: Tx, size: int) -> Head:
    head = HEAD.maybe(tx, size=size)
    if head is None:
        raise NotFound("ledger.no_head", f"没有 {size} 条时的签名树头", f"There is no signed head of size {size}")
    return head


def find_nodes(tx: Tx, h: merkle.Hash, nodes: Iterable[merkle.Node]) -> dict[merkle.Node, bytes]:
    """The hashes of these nodes; one that is missing is left out."""
    wanted = list(nodes)
    params = {"levels": [level for level, _ in wanted], "idxs": [idx for _, idx in wanted]}
    rows = tx.conn.execute(NODES, params).fetchall()
    found = {(level, idx): value for level, idx, value in rows if value is not None}
    return {node: value if node[0] else merkle.hash_leaf(h, value) for node, value in found.items()}


def get_root(tx: Tx, h: merkle.Hash, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return merkle.assemble(h, [(0, size)], find_nodes(tx, h, merkle.split_range(0, size)))[0]


def list_proofs(tx: Tx, h: merkle.Hash, positions: Iterable[int], size: int) -> list[Proof]:
    """Inclusion proofs of several leaves in the tree of `size`, with one look at the nodes."""
    ranges = {p: merkle.inclusion_ranges(p, size) for p in positions}
    nodes = find_nodes(tx, h, {node for r in ranges.values() for node in merkle.list_nodes(r)})
    return [Proof(p, size, merkle.assemble(h, r, nodes)) for p, r in ranges.items()]


def get_proof(tx: Tx, subject_id: UUID, n: int) -> Proof:
    """That entry `n` of a subject is in the tree of the latest signed head."""
    position, head = POSITION.maybe(tx, id=subject_id, n=n), latest_head(tx)
    if position is None or head is None or position >= head.size:
        raise NotFound("ledger.no_proof_yet", "该记录尚未进入签名树头", "This entry is not under a signed head yet")
    return list_proofs(tx, DIGESTS[get_origin(tx).hash], [position], head.size)[0]


def get_consistency(tx: Tx, old: int, new: int) -> list[bytes]:
    """That the tree of `old` leaves is the beginning of the tree of `new`: RFC 9162 §2.1.4."""
    size = count_settled(tx)
    if not 0 < old <= new <= size:
        raise Invalid(
            "ledger.sizes",
            f"from 与 to 应满足 0 < from ≤ to ≤ {size}",
            f"0 < from ≤ to ≤ {size} is due",
            size=size,
        )
    h, ranges = DIGESTS[get_origin(tx).hash], merkle.consistency_ranges(old, new)
    return merkle.assemble(h, ranges, find_nodes(tx, h, merkle.list_nodes(ranges)))

"""`yiwang ledger verify`: recompute everything, and name the first thing that does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.ledger import queries, queries_verify, rules_keys, rules_merkle, rules_verify
from yiwang.ledger.model_events import LEDGER, KeyCompromised, KeyRotated
from yiwang.ledger.model_proof import Fault, Head, KeyRow, Origin, RetirementRow, Verified
from yiwang.ledger.rules import DIGESTS, Digest, load_event
from yiwang.ledger.rules_keys import COMPROMISED, ROTATED, Retirement
from yiwang.ledger.rules_sign import PublicKey

CHUNK = 10_000
LONG = timedelta(hours=1)
"""A ledger that has been open so long and bears no head at all was never sealed, or its heads were taken away."""


def verify(
    tx: Tx,
    *,
    trusted: Sequence[PublicKey] = (),
    retired: Sequence[Retirement] = (),
    outside: str = "",
    chunk: int = CHUNK,
    progress: Callable[[int, int], None] | None = None,
) -> Verified:
    """Recompute every entry's hash, every chain, the settled order, the tree, every head's root and signature.

    `trusted`: public keys known from elsewhere (else the oldest published one is believed); `retired`: what is known
    from there of keys given up. `outside`: heads kept
    elsewhere, as signed notes one after another; only these can show that the tail was cut off together with its
    heads. `progress(done, of)` is called after each chunk. Reads only; the ledger may grow meanwhile.
    """
    try:
        notes = rules_verify.split_notes(outside)
    except ValueError as bad:
        raise Invalid(
            "ledger.heads_file", "树头文件不完整，最后一个没有签名", "The file of heads is not complete"
        ) from bad
    origin = queries.find_origin(tx)
    if origin is None:
        fault = rules_verify.missing_origin() if queries_verify.is_anything_there(tx) else None
        return Verified(0, 0, fault is None, fault)
    return _Verification(tx, origin, chunk).run(trusted, retired, notes, progress)


@dataclass(frozen=True, slots=True)
class _Chunk:
    end: int
    rows: queries_verify.Rows
    nodes: dict[rules_merkle.Node, bytes]
    heads: list[Head]


class _Verification:
    """One walk along the settled order: `size` leaves are behind it, whose subtrees are `edge`."""

    def __init__(self, tx: Tx, origin: Origin, chunk: int) -> None:
        self.tx, self.origin, self.chunk = tx, origin, chunk
        self.h: Digest = DIGESTS[origin.hash]
        self.size, self.edge = 0, list[bytes]()
        self.count, self.previous = 0, 0

    def run(
        self,
        trusted: Sequence[PublicKey],
        retired: Sequence[Retirement],
        notes: list[str],
        progress: Callable[[int, int], None] | None,
    ) -> Verified:
        keys, given_up = queries.list_keys(self.tx), queries.list_retirements(self.tx)
        self.trust, fault = rules_keys.check_keys(keys, given_up, trusted, retired)
        self.keys = self.trust.known
        fault = fault or self.check_told(keys, given_up) or self.check_clusters()
        if fault:
            return self.outcome(fault)
        outside, fault = rules_verify.check_outside(notes, self.origin, self.trust)
        if fault:
            return self.outcome(fault)
        last = queries.latest_head(self.tx)  # before the leaves are counted: a head made meanwhile is not looked at
        total = queries.count_settled(self.tx)
        with ThreadPoolExecutor(1) as ahead:  # the database reads the next chunk while this one is worked through
            coming = ahead.submit(self.fetch, 0, total)
            while self.size < total:
                chunk = coming.result()
                coming = ahead.submit(self.fetch, chunk.end, total)
                if fault := self.walk(chunk, [h for h in outside if self.size < h.size <= chunk.end]):
                    return self.outcome(fault)
                if progress:
                    progress(self.size, total)
        return self.outcome(self.check_end(last, outside))

    def fetch(self, first: int, total: int) -> _Chunk:
        end = min(first + self.chunk, total)
        return _Chunk(
            end,
            queries_verify.list_leaves(self.tx, first, end),
            queries_verify.list_nodes(self.tx, first, end),
            queries.list_heads(self.tx, first, self.chunk, until=end),
        )

    def walk(self, chunk: _Chunk, outside: list[Head]) -> Fault | None:
        """Go on to the end of a chunk, stopping at each head on the way."""
        start = self.size
        stops = {h.size for h in (*chunk.heads, *outside)} | {chunk.end}
        for stop in sorted(stops):
            part = chunk.rows[self.size - start : stop - start]
            fault = rules_verify.check_rows(part, self.size, self.h)
            sound = part if fault is None else part[: (fault.position or 0) - self.size]
            leaves = [rules_merkle.hash_leaf(self.h, row[3]) for row in sound]
            edge, made = rules_merkle.append(self.h, self.size, self.edge, leaves)
            if fault := rules_verify.check_nodes(made, chunk.nodes) or fault:
                return fault
            if len(part) < stop - self.size:
                return rules_verify.missing_leaf(self.size + len(part))
            self.size, self.edge = stop, edge
            root = rules_merkle.fold(self.h, edge)
            if fault := self.check_heads([h for h in chunk.heads if h.size == stop], root):
                return fault
            for head in outside:
                if head.size == stop and head.root != root:
                    return rules_verify.wrong_root(head, self.previous if self.previous < stop else 0)
        return None

    def check_heads(self, heads: list[Head], root: bytes) -> Fault | None:
        for head in heads:
            fault = rules_verify.check_head(self.origin, head, self.keys.get(head.key_id), self.previous, root)
            if fault:
                return fault
            self.previous, self.count = head.size, self.count + 1
        return None

    def check_end(self, last: Head | None, outside: list[Head]) -> Fault | None:
        """What the tail shows: heads or nodes over leaves that are gone, and who signed last."""
        due = max([h.size for h in (last, *outside) if h], default=0)
        if due > self.size:
            return rules_verify.truncated(self.size, due)
        if last and last.key_id not in self.trust.good:
            return rules_verify.check_head(self.origin, last, None, last.previous, last.root)
        if last and not self.trust.counts(
            last.key_id, last.size
        ):  # earlier ones are covered by a later head that counts
            return rules_keys.retired_head(last.size, last.key_id)
        if last is None and self.size and self.tx.now - self.since > LONG:
            return rules_verify.never_signed(self.size)
        if queries_verify.count_extra_nodes(self.tx) > 0:  # the tree knows of leaves that are not there
            return rules_verify.truncated(self.size, self.size + 1)
        return None

    def check_told(self, keys: list[KeyRow], given_up: list[RetirementRow]) -> Fault | None:
        """What the ledger tells of its own keys must be in the tables still."""
        there, gone = {k.key_id for k in keys}, {(r.key_id, r.reason) for r in given_up}
        self.since = min(k.at for k in keys)
        for e in queries.list_entries(self.tx, LEDGER):
            try:
                event = load_event(e.event, e.version, e.subject_id, e.body)
            except (LookupError, ValueError):  # a changed entry: the walk names it
                continue
            if isinstance(event, KeyRotated):
                fits = {event.key, event.before} <= there and (event.before, ROTATED) in gone
            elif isinstance(event, KeyCompromised):
                fits = (event.key, COMPROMISED) in gone
            else:
                continue
            if not fits:
                return rules_keys.missing_key(event.key, e.n)
            if isinstance(event, KeyRotated) and event.size and not queries.is_signed_at(self.tx, event.size):
                return rules_verify.missing_head(event.size)
        return None

    def check_clusters(self) -> Fault | None:
        wrong = queries_verify.find_wrong_cluster(self.tx)
        return None if wrong is None else rules_verify.wrong_cluster(wrong)

    def outcome(self, fault: Fault | None) -> Verified:
        unsettled = 0
        if fault is None:
            unsettled, fault = rules_verify.check_unsettled(queries_verify.walk_unsettled(self.tx), self.h)
        return Verified(self.size, self.count, fault is None, fault, unsettled, self.size - self.previous)

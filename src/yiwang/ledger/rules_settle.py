"""In which order entries are settled. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

Key = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An entry that has no position yet; `tx` is the transaction that wrote it, `follows` whether the entry before it
    in its chain has no position either."""

    tx: int
    subject_id: UUID
    n: int
    hash: bytes
    follows: bool


def put_in_order(rows: Sequence[Unsettled]) -> list[Unsettled]:
    """Entries as the feed shows them: whole transactions together, oldest first, and no entry before its predecessor.

    A transaction id is given out at a transaction's first write, so a transaction with a smaller one can wait for a
    subject's lock and append after one with a larger: it then comes later here too. Row locks are held to the commit,
    so such waits cannot form a ring; only ids of several clusters mixed by a restore can, and then single entries are
    put in order instead of transactions.
    """
    rows = sorted(rows, key=lambda r: (r.tx, r.subject_id, r.n))
    place = {(r.subject_id, r.n): i for i, r in enumerate(rows)}
    if all(place.get((r.subject_id, r.n - 1), -1) < i for i, r in enumerate(rows)):
        return rows  # nearly always
    groups: dict[int, list[Unsettled]] = {}
    for row in rows:
        groups.setdefault(row.tx, []).append(row)
    owner = {(r.subject_id, r.n): r.tx for r in rows}
    after = {
        tx: [owner[k] for r in group if (k := (r.subject_id, r.n - 1)) in owner and owner[k] != tx]
        for tx, group in groups.items()
    }
    order = _walk(list(groups), after)
    if order is not None:
        return [row for tx in order for row in groups[tx]]
    one_by_one = {i: [place[k]] if (k := (r.subject_id, r.n - 1)) in place else [] for i, r in enumerate(rows)}
    return [rows[i] for i in _walk(list(one_by_one), one_by_one) or range(len(rows))]


def _walk(things: list[int], after: dict[int, list[int]]) -> list[int] | None:
    """The things in their order, but each after those it must come after; None if that is a ring."""
    done: dict[int, bool] = {}  # False while its predecessors are being placed
    order: list[int] = []
    for thing in things:
        stack = [thing]
        while stack:
            top = stack[-1]
            if top in done:
                stack.pop()
                if not done[top]:
                    done[top] = True
                    order.append(top)
                continue
            done[top] = False
            for before in after[top]:
                if done.get(before) is False:
                    return None
                if before not in done:
                    stack.append(before)
    return order

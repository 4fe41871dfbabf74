"""`yiwang ledger receipt CASE` (for `yiwang ledger check FILE` see `rules_receipt.check_receipt`)."""

from __future__ import annotations

from uuid import UUID

from yiwang.kit.db import Tx
from yiwang.kit.errors import NotFound, Refused
from yiwang.ledger import queries
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_receipt import write_receipt


def make_receipt(tx: Tx, subject_id: UUID) -> str:
    """A small file that proves a subject's whole course offline (see `rules_receipt`). The caller checks who may have it.

    NotFound for a subject without entries; Refused while its newest entry is not under a signed head yet.
    """
    entries = queries.list_entries(tx, subject_id)
    if not entries:
        raise NotFound("ledger.no_entries", "台账里没有这个对象", "The ledger has nothing on this")
    head = queries.latest_head(tx)
    if head is None or any(not 0 <= e.position < head.size for e in entries):
        raise Refused(
            "ledger.not_sealed",
            "最新的记录还没有进入签名树头，请过十几秒再取回执",
            "Its newest entry is not under a signed head yet; ask again in some seconds",
            entries=len(entries),
            sealed=sum(0 <= e.position < head.size for e in entries) if head else 0,
        )
    origin = queries.get_origin(tx)
    proofs = queries.list_proofs(tx, DIGESTS[origin.hash], [e.position for e in entries], head.size)
    return write_receipt(origin, head, entries, proofs, queries.list_keys(tx))

"""`yiwang ledger receipt CASE` and `yiwang ledger check FILE`."""

from __future__ import annotations

from uuid import UUID

from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.ledger import queries
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_receipt import write_receipt
from yiwang.ledger.rules_sign import PublicKey


def make_receipt(tx: Tx, subject_id: UUID) -> bytes:
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
    return write_receipt(origin, head, entries, proofs)


def read_public_keys(text: str) -> list[PublicKey]:
    """The public keys in the text of a key file, one a line (# begins a remark). Invalid when one is none."""
    keys = []
    for line in filter(None, (line.split("#")[0].strip() for line in text.splitlines())):
        try:
            keys.append(PublicKey.parse(line))
        except ValueError as bad:
            raise Invalid("ledger.key_unreadable", f"不是公钥：{line[:40]}", f"Not a public key: {line[:40]}") from bad
    if not keys:
        raise Invalid("ledger.no_key", "公钥文件是空的", "There is no public key in the file")
    return keys

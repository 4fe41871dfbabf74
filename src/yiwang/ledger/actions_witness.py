"""Heads handed up to the level above, which keeps them: what no owner of one database can undo alone."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid, Refused, Unavailable
from yiwang.ledger import queries, queries_witness, store_witness
from yiwang.ledger.actions import record
from yiwang.ledger.actions_settle import find_present_key
from yiwang.ledger.model import By
from yiwang.ledger.model_events import ITSELF, HeadRefuted, HeadWitnessed, LowerAdded
from yiwang.ledger.model_witness import Answer, HandedKey, HandUp, LowerLedger, lower_id
from yiwang.ledger.rules_keys import read_keys
from yiwang.ledger.rules_receipt import chain_of
from yiwang.ledger.rules_sign import PrivateKey, PublicKey, to_text, write_note
from yiwang.ledger.rules_witness import find_break, hand_up_text, read_hand_up

log = logging.getLogger(__name__)
Ask = Callable[[str, bytes | None], bytes]
"""(address, body or None) → the answer's body: a GET, or a POST of JSON."""
BROKEN = {
    "forked": ("条数相同而内容不同", "as many entries, but other ones"),
    "shrunk": ("比此前上交的还少，尾部被截去", "fewer than were handed up before: the tail was cut off"),
    "rewritten": ("不能证明它延续此前上交的树头，历史被改写", "not proven to continue what was handed up: rewritten"),
}


def add_lower(tx: Tx, by: By, name: str, key: str) -> LowerLedger:
    """Make a lower ledger known by its first public key (one line), brought here by a way that is trusted."""
    public = read_keys(key)[0][0]
    lower = LowerLedger(lower_id(public.key_id), name, str(public), tx.now)
    store_witness.ADD_LOWER.run(tx, id=lower.id, name=name, public=lower.public, now=tx.now)
    record(tx, by, LowerAdded(lower.id, public.key_id))
    return lower


def take_head(tx: Tx, lower: UUID, cmd: HandUp) -> Answer:
    """Keep a lower ledger's head if it continues the last one; otherwise keep it as the proof of an alarm.

    Invalid when it is not the lower ledger's own word; Refused `ledger.witness_moved` when it continues an older head
    than the last one kept (ask again, and prove from there).
    """
    known = queries_witness.get_lower(tx, lower)
    store_witness.lock_lower(tx, lower)
    last = queries_witness.find_last(tx, lower)
    origin, head = read_hand_up(cmd, PublicKey.parse(known.public), last)
    after = last.size if last else 0
    if cmd.after != after:
        raise Refused("ledger.witness_moved", f"此处已存到 {after} 条", f"{after} entries are kept here", size=after)
    why = find_break(cmd, origin, head, last)
    if why:
        fresh = store_witness.ADD_ALARM.run(
            tx, lower_id=lower, size=head.size, root=head.root, against=after, why=why, note=cmd.note, now=tx.now
        )
        if fresh:
            log.error("lower ledger %s: head of %s entries against %s: %s", known.name, head.size, after, why)
            record(tx, ITSELF, HeadRefuted(lower, head.size, head.root.hex(), head.key_id, after, why))
        zh, en = BROKEN[why]
        return Answer(False, after, "ledger.head_refuted", f"{head.size} 条的树头{zh}", f"{head.size} entries: {en}")
    if head.size > after:
        store_witness.ADD_WITNESS.run(
            tx,
            lower_id=lower,
            size=head.size,
            root=head.root,
            at=head.at,
            key_id=head.key_id,
            note=cmd.note,
            now=tx.now,
        )
        record(tx, ITSELF, HeadWitnessed(lower, head.size, head.root.hex(), head.key_id, after))
    return Answer(True, head.size, "ok", "已收存", "kept")


def make_hand_up(tx: Tx, key: PrivateKey, after: int) -> HandUp | None:
    """The newest head with the proof that it continues the one of `after` entries; None before the first head.

    Where there is no such proof (fewer entries here than were handed up) the head is handed up without: what is wrong
    with this ledger is for the upper one to say.
    """
    head = queries.latest_head(tx)
    if head is None:
        return None
    origin, rows = queries.get_origin(tx), queries.list_keys(tx)
    proof = queries.get_consistency(tx, after, head.size) if 0 < after < head.size else []
    retired = tuple(line for line in queries.get_key_file(tx).splitlines() if line.startswith("retired "))
    keys = tuple(HandedKey(k.public, k.endorsement) for k in chain_of(key.public.key_id, rows))
    cmd = HandUp(after, write_note(origin, head), "", tuple(to_text(p) for p in proof), keys, retired)
    return replace(cmd, signature=to_text(key.sign(hand_up_text(cmd))))


def ask_http(address: str, body: bytes | None) -> bytes:
    """One exchange with the upper level. Unavailable when it does not answer as it should."""
    if not address.startswith(("http://", "https://")):
        raise Invalid(
            "ledger.upper_url", "上级地址应以 https:// 开头", "The upper level's address begins with https://"
        )
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.read(1 << 20)
    except OSError as away:
        raise Unavailable("ledger.upper_away", f"上级台账没有应答：{away}", f"No answer from above: {away}") from away


def hand_up(database: Database, folder: Path, upper: str, ask: Ask = ask_http) -> Answer:
    """Hand the newest head up to the ledger at `upper` (its web address). Refused when that finds our history broken."""
    with database.transaction() as tx:
        keys, key = queries.list_keys(tx), find_present_key(tx, folder)
    if not keys or key is None:
        raise Refused("ledger.no_private_key", "密钥目录里没有可签名的密钥", "There is no key here to sign with")
    address = f"{upper.rstrip('/')}/api/ledger/lower/{lower_id(keys[0].key_id)}"
    state: dict[str, Any] = msgspec.json.decode(ask(address, None))
    with database.transaction() as tx:
        cmd = make_hand_up(tx, key, int(state["size"]))
    if cmd is None:
        return Answer(True, 0, "ok", "还没有签名树头", "there is no head yet")
    answer = msgspec.json.decode(ask(f"{address}/heads", msgspec.json.encode(cmd)), type=Answer)
    if not answer.accepted:
        raise Refused("ledger.head_refuted", f"上级拒收：{answer.zh}", f"Refuted above: {answer.en}", size=answer.size)
    return answer

"""The settler and the sealer: positions, tree nodes, signed heads, keys."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from time import monotonic, sleep

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.ledger import queries, rules_merkle, rules_settle, store
from yiwang.ledger.actions import record
from yiwang.ledger.model import By
from yiwang.ledger.model_events import ITSELF, LEDGER, KeyCompromised, KeyRotated
from yiwang.ledger.model_proof import SETTLED, Head, KeyRow, Origin, RetirementRow
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_keys import COMPROMISED, ROTATED, retirement_text
from yiwang.ledger.rules_sign import PrivateKey, PublicKey, endorsement_text, head_text

log = logging.getLogger(__name__)
CHUNK = 5_000


def settle(tx: Tx, limit: int = CHUNK) -> tuple[int, bool]:
    """Give the next settled entries their positions: whole transactions, about `limit` entries.

    Returns how many, and whether there may be more at once. One settles at a time; (0, False) when another does.
    The transaction must be READ COMMITTED (the default): what it looks at is what is there once it has the lock.
    """
    if not store.lock_settler(tx, wait=False):
        return 0, False
    mark = store.BOOKMARK.one(tx)
    if mark.settled is None and mark.size == 0 and not mark.foreign:  # a ledger that begins here: nothing to go through
        store.add_cluster(tx, 0, 0)
        return 0, True
    rows, bound, more = store.take_chunk(tx, mark, limit)
    if rows:
        h = DIGESTS[queries.get_origin(tx).hash]
        order = rules_settle.put_in_order(rows)
        edge = _edge(tx, h, mark.size)
        leaves = [rules_merkle.hash_leaf(h, row.hash) for row in order]
        _, nodes = rules_merkle.append(h, mark.size, edge, leaves)
        store.add_leaves(tx, [(mark.size + i, row.subject_id, row.n, row.hash) for i, row in enumerate(order)])
        store.add_nodes(tx, nodes)
        store.RING.one(tx, channel=SETTLED)
        if mark.settled is not None and order[-1].tx > bound:  # another cluster's id would not do as the next bookmark
            store.add_cluster(tx, mark.size + len(rows), bound)
    if mark.settled is None and not more:
        store.add_cluster(tx, mark.size + len(rows), mark.finished - 1)
        more = True  # what this cluster itself has written since
    return len(rows), more


def _edge(tx: Tx, h: rules_merkle.Hash, size: int) -> list[bytes]:
    wanted = rules_merkle.split_range(0, size)
    found = queries.find_nodes(tx, h, wanted)
    return [found[node] for node in wanted]


def settle_all(database: Database, limit: int = CHUNK) -> int:
    """Settle until nothing is left, a chunk a transaction; returns how many entries."""
    done, more = 0, True
    while more:
        with database.transaction() as tx:
            count, more = settle(tx, limit)
        done += count
    return done


def settle_to_the_end(database: Database, patience: float = 30) -> int:
    """Settle until every entry has its position; returns how many were settled. Waits, at most `patience` seconds, for
    writers elsewhere on the same server: what is newer than the oldest open transaction cannot be settled yet."""
    done, until = settle_all(database), monotonic() + patience
    while monotonic() < until:
        with database.transaction() as tx:
            if queries.is_all_settled(tx):
                break
        sleep(0.2)
        done += settle_all(database)
    return done


def seal(tx: Tx, key: PrivateKey) -> Head | None:
    """Sign a head over everything settled; None if the latest head covers it all."""
    store.lock_settler(tx, wait=True)
    size, last = queries.count_settled(tx), queries.latest_head(tx)
    previous = last.size if last else 0
    if size <= previous:
        return None
    origin = queries.get_origin(tx)
    if any(r.key_id == key.public.key_id for r in queries.list_retirements(tx)):
        raise Refused("ledger.key_retired", "该密钥已停用，不能再签", "This key has been given up; it signs no more")
    root = queries.get_root(tx, DIGESTS[origin.hash], size)
    signature = key.sign(head_text(origin, size, root, tx.now, previous))
    head = Head(size, root, tx.now, previous, key.public.key_id, signature)
    store.add_head(tx, head)
    return head


def open_ledger(
    tx: Tx, folder: Path, *, name: str = "yiwang", hash: str = "sha256", signature: str = "ed25519"
) -> PrivateKey:
    """Fix what the ledger is called and how it hashes, the first time; give back the key to seal with.

    The private key is a file in `folder` (made, 0600, if there is none), never in the database; its public half is
    published in `ledger.key`. Asking for another algorithm than the present key's makes a new key, endorsed by the
    old one. Refused when the ledger was opened with another hash; Invalid for a setting that does not exist.
    """
    if hash not in DIGESTS:
        raise Invalid("ledger.hash", f"台账摘要算法应为 sha256 或 sm3，而不是 {hash}", f"sha256 or sm3, not {hash}")
    store.lock_settler(tx, wait=True)
    try:
        fresh = PrivateKey.make(name, signature)
    except ValueError as bad:
        raise Invalid(
            "ledger.signature", f"台账名称或签名算法有误：{name} {signature}", f"Not a name or an algorithm: {bad}"
        ) from bad
    store.add_origin(tx, Origin(name, hash))
    origin = queries.get_origin(tx)
    if origin.hash != hash:
        raise Refused(
            "ledger.other_hash",
            f"台账启用时定为 {origin.hash}，不能改为 {hash}",
            f"This ledger was opened with {origin.hash}; that cannot become {hash}",
            hash=origin.hash,
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    present = find_present_key(tx, folder)
    if present is not None and present.algorithm == signature:
        return present
    if present is None and queries.list_keys(tx):
        log.warning("the ledger's private key is not in %s: sealing goes on with a new key that none endorses", folder)
    fresh = PrivateKey(origin.name, signature, fresh.seed)
    return _publish(tx, folder, fresh, None) if present is None else _hand_over(tx, folder, fresh, present, ITSELF)


def rotate_key(tx: Tx, folder: Path, signature: str = "", by: By = ITSELF) -> PrivateKey:
    """Make, publish and return a new key. The present one endorses it and is given up: what it has signed counts for
    ever, what it signs later does not. `signature`: the new one's algorithm, the present one's when empty."""
    store.lock_settler(tx, wait=True)
    present = find_present_key(tx, folder)
    algorithm = signature or (present.algorithm if present else "ed25519")
    try:
        fresh = PrivateKey.make(queries.get_origin(tx).name, algorithm)
    except ValueError as bad:
        raise Invalid(
            "ledger.signature", f"签名算法应为 ed25519 或 sm2：{algorithm}", f"Not an algorithm: {bad}"
        ) from bad
    return _publish(tx, folder, fresh, None) if present is None else _hand_over(tx, folder, fresh, present, by)


def revoke_key(tx: Tx, folder: Path, key: str, size: int | None = None, by: By = ITSELF) -> PrivateKey:
    """Declare a key compromised: what it signed of more than `size` entries (all that is signed here, if none is given)
    does not count. Returns the key to seal with: a new one when it was the present key that was lost.

    `key`: how its id begins. NotFound for no such key; Invalid when several begin so; Refused when there is no other
    key here to say so, or it has been said before.
    """
    store.lock_settler(tx, wait=True)
    found = [PublicKey.parse(k.public) for k in queries.list_keys(tx) if key and k.key_id.startswith(key)]
    if not found:
        raise NotFound("ledger.key_missing", f"没有编号以 {key} 开头的密钥", f"No key's id begins with {key}")
    if len(found) > 1:
        raise Invalid("ledger.key_ambiguous", f"不止一把密钥的编号以 {key} 开头", f"Several keys begin with {key}")
    lost = found[0]
    present = find_present_key(tx, folder)
    if present is None:
        raise Refused("ledger.no_private_key", "密钥目录里没有可签名的密钥", "There is no key here to sign with")
    if any(r.key_id == lost.key_id and r.reason == COMPROMISED for r in queries.list_retirements(tx)):
        raise Refused("ledger.key_revoked", "该密钥已声明失密", "It has been declared compromised before")
    if present.public.key_id == lost.key_id:
        present = rotate_key(tx, folder, by=by)
    until = queries.count_signed(tx, lost.key_id) if size is None else size
    _retire(tx, lost, until, COMPROMISED, present)
    record(tx, by, KeyCompromised(LEDGER, lost.key_id, present.public.key_id, until))
    return present


def _hand_over(tx: Tx, folder: Path, fresh: PrivateKey, present: PrivateKey, by: By) -> PrivateKey:
    key, last = _publish(tx, folder, fresh, present), queries.latest_head(tx)
    size = last.size if last else 0
    _retire(tx, present.public, size, ROTATED, key)
    record(tx, by, KeyRotated(LEDGER, key.public.key_id, present.public.key_id, size))
    return key


def _retire(tx: Tx, key: PublicKey, size: int, reason: str, by: PrivateKey) -> None:
    signature = by.sign(retirement_text(key, size, reason, tx.now))
    store.add_retirement(tx, RetirementRow(key.key_id, reason, size, tx.now, by.public.key_id, signature))


def find_present_key(tx: Tx, folder: Path) -> PrivateKey | None:
    """The newest published key whose private half is in the folder."""
    for row in reversed(queries.list_keys(tx)):
        path = _key_file(folder, row.key_id)
        if path.exists():
            key = PrivateKey.parse(path.read_text("utf-8"))
            if key.public.key_id != row.key_id:
                raise Refused(
                    "ledger.key_file", f"密钥文件 {path.name} 与公钥不符", f"{path.name} is not the key it is named for"
                )
            return key
    return None


def _publish(tx: Tx, folder: Path, key: PrivateKey, present: PrivateKey | None) -> PrivateKey:
    path = _key_file(folder, key.public.key_id)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, f"{key.write()}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
    row = KeyRow(
        key.public.key_id,
        str(key.public),
        tx.now,
        present.public.key_id if present else None,
        present.sign(endorsement_text(key.public)) if present else None,
    )
    store.add_key(tx, row)
    return key


def _key_file(folder: Path, key_id: str) -> Path:
    return folder / f"ledger-{key_id[:16]}.key"

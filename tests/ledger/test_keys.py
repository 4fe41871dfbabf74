"""Keys come and go; what they signed keeps, and what a lost one signs later does not count."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yiwang.kit import db as kit_db
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.ledger import queries
from yiwang.ledger.actions_settle import find_present_key, revoke_key, rotate_key, seal
from yiwang.ledger.jobs import periodic
from yiwang.ledger.model_proof import Head
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_keys import read_keys
from yiwang.ledger.rules_merkle import append, hash_leaf
from yiwang.ledger.rules_receipt import check_receipt
from yiwang.ledger.rules_sign import PrivateKey, endorsement_text, head_text, to_text, write_note

from .conftest import Ledger
from .test_receipt import receipt_of
from .test_verify import fault_of, look, notes


def turn(ledger: Ledger, signature: str = "") -> PrivateKey:
    with ledger.db.transaction() as tx:
        ledger.key = rotate_key(tx, ledger.folder, signature)
    return ledger.key


def key_file(ledger: Ledger) -> str:
    with ledger.db.transaction() as tx:
        return queries.get_key_file(tx)


FLAVOURS = [("sha256", "ed25519"), ("sm3", "sm2")]


@pytest.mark.parametrize(("hash", "signature"), FLAVOURS)
def test_receipts_hold_through_rotations(
    open_at: Callable[..., Ledger], subjects: list[UUID], hash: str, signature: str
):
    """Whoever keeps the very first key checks receipts of every age with it, and whoever keeps the newest file too."""
    ledger = open_at(hash, signature)
    first, receipts = str(ledger.key.public), []
    for other in ("", "ed25519" if signature == "sm2" else "sm2", signature, None):
        ledger.note(*subjects)
        ledger.seal()
        receipts.append(receipt_of(ledger, subjects[0]))
        if other is not None:
            turn(ledger, other)
    assert look(ledger).ok and look(ledger, trusted=[ledger.key.public]).ok
    newest = key_file(ledger)
    assert len(newest.splitlines()) == 4 + 3
    for age, receipt in enumerate(receipts):
        assert check_receipt(receipt, [first]).ok, age
        assert check_receipt(receipt, [newest]).ok, age
        keys = json.loads(receipt).get("keys", [])
        assert len(keys) == (age + 1 if age else 0)
    only = "\n".join([str(ledger.key.public), *(line for line in newest.splitlines() if line.startswith("retired"))])
    assert all(check_receipt(r, [only]).ok for r in receipts), "the newest vouches for the old up to where they counted"


def test_a_receipts_keys_must_lead_somewhere(ledger: Ledger, subjects: list[UUID]):
    first = ledger.key.public
    second = turn(ledger).public
    third = turn(ledger).public
    ledger.note(*subjects)
    ledger.seal()
    receipt = json.loads(receipt_of(ledger, subjects[0]))
    assert [k["public"] for k in receipt["keys"]] == [str(first), str(second), str(third)]
    forged = PrivateKey.make("test/ledger", "ed25519")
    for wrong in (
        receipt["keys"][1:2],
        [receipt["keys"][0], receipt["keys"][2]],
        [receipt["keys"][1], receipt["keys"][0], receipt["keys"][2]],
        receipt["keys"][:2],
        [{"public": str(forged.public), "endorsement": ""}, *receipt["keys"][1:]],
        [receipt["keys"][0], {**receipt["keys"][1], "endorsement": to_text(bytes(64))}, receipt["keys"][2]],
        [{**receipt["keys"][0], "endorsement": "x"}, *receipt["keys"][1:]],
        [{**receipt["keys"][0], "public": "x"}, *receipt["keys"][1:]],
    ):
        for pinned in (first, third):
            checked = check_receipt(json.dumps({**receipt, "keys": wrong}).encode(), [pinned])
            assert checked.fault, wrong
            assert checked.fault.code in ("ledger.receipt_keys", "ledger.receipt_key_unknown"), wrong
    for text in ({**receipt, "keys": []}, {**receipt, "format": "yiwang-receipt/1"}):
        with pytest.raises(Invalid):
            check_receipt(json.dumps(text).encode(), [first])
    stranger = PrivateKey.make("test/ledger", "ed25519").public
    checked = check_receipt(json.dumps(receipt).encode(), [stranger])
    assert checked.fault and checked.fault.code == "ledger.receipt_key_unknown"


def test_a_key_given_up_signs_no_more(ledger: Ledger, subjects: list[UUID]):
    old = ledger.key
    ledger.note(*subjects)
    ledger.seal()
    turn(ledger)
    ledger.note(*subjects)
    ledger.settle()
    with pytest.raises(Refused) as caught, ledger.db.transaction() as tx:
        seal(tx, old)
    assert caught.value.code == "ledger.key_retired"
    sealing = next(job for job in periodic(old, ledger.folder) if job.name == "ledger.seal")
    sealing.work(ledger.db)  # a process that was started before the rotation goes on with the new key
    with ledger.db.transaction() as tx:
        assert queries.latest_head(tx).key_id == ledger.key.public.key_id  # type: ignore[union-attr]
    assert look(ledger).ok


def sign_falsely(ledger: Ledger, key: PrivateKey, tx: Tx) -> Head:
    """What a thief with a key does who owns the database as well: one more head."""
    origin, size, last = queries.get_origin(tx), queries.count_settled(tx), queries.latest_head(tx)
    assert last
    root = queries.get_root(tx, DIGESTS[origin.hash], size)
    head = Head(
        size, root, tx.now, last.size, key.public.key_id, key.sign(head_text(origin, size, root, tx.now, last.size))
    )
    tx.conn.execute(
        "insert into ledger.head values (%s, %s, %s, %s, %s, %s)",
        [head.size, head.root, head.at, head.previous, head.key_id, head.signature],
    )
    return head


@pytest.mark.parametrize("signature", ["ed25519", "sm2"])
def test_a_lost_key(open_at: Callable[..., Ledger], subjects: list[UUID], signature: str):
    """Declared compromised: what it signed until then counts, what the thief signs later does not, anywhere."""
    ledger = open_at("sha256", signature)
    lost, first = ledger.key, ledger.key.public
    ledger.note(*subjects)
    ledger.seal()
    early = receipt_of(ledger, subjects[0])
    with ledger.db.transaction() as tx:
        ledger.key = revoke_key(tx, ledger.folder, lost.public.key_id[:12])
        assert find_present_key(tx, ledger.folder) == ledger.key != lost
    ledger.note(*subjects)
    ledger.seal()
    assert look(ledger).ok
    after = key_file(ledger)
    assert check_receipt(early, [after]).ok, "what it signed in its time holds"
    assert check_receipt(receipt_of(ledger, subjects[0]), [str(first)]).ok

    ledger.note(*subjects)
    ledger.settle()
    with ledger.db.transaction() as tx:
        sign_falsely(ledger, lost, tx)
    late = receipt_of(ledger, subjects[0])
    assert fault_of(ledger).code == "ledger.key_retired"
    checked = check_receipt(late, [after])
    assert checked.fault and checked.fault.code == "ledger.key_retired"
    assert check_receipt(late, [str(first)]).ok, "nobody told this verifier: hence the key file"
    assert fault_of(ledger, outside=notes(ledger)).code == "ledger.key_retired"
    ledger.note(*subjects)
    ledger.seal()
    assert look(ledger).ok, "a later head of the right key covers it all"


def test_what_a_lost_key_endorses_is_not_trusted(ledger: Ledger, subjects: list[UUID]):
    lost = ledger.key
    ledger.note(*subjects)
    ledger.seal()
    with ledger.db.transaction() as tx:
        ledger.key = revoke_key(tx, ledger.folder, lost.public.key_id)
    ledger.note(*subjects)
    ledger.seal()
    receipt, after = json.loads(receipt_of(ledger, subjects[0])), key_file(ledger)
    thief = PrivateKey.make("test/ledger", "ed25519")
    word = lost.sign(endorsement_text(thief.public))
    with ledger.db.transaction() as tx:
        origin, head = queries.get_origin(tx), queries.latest_head(tx)
        assert head
        text = head_text(origin, head.size, head.root, head.at, head.previous)
        forged = Head(head.size, head.root, head.at, head.previous, thief.public.key_id, thief.sign(text))
        receipt |= {"head": write_note(origin, forged)}
    receipt["keys"][1] = {"public": str(thief.public), "endorsement": to_text(word)}
    told = "\n".join(line for line in after.splitlines() if str(ledger.key.public) != line)
    for pinned in (after, told):
        checked = check_receipt(json.dumps(receipt).encode(), [pinned])
        assert checked.fault and checked.fault.code == "ledger.receipt_key_unknown"
    with ledger.owner() as conn:
        conn.execute(
            "insert into ledger.key values (%s, %s, now(), %s, %s)",
            [thief.public.key_id, str(thief.public), lost.public.key_id, word],
        )
    fault = fault_of(ledger)
    assert (fault.code, fault.key_id) == ("ledger.key", thief.public.key_id)


def test_an_earlier_size_can_be_named(ledger: Ledger, subjects: list[UUID]):
    """The theft lay further back than the last head: the later heads do not count, but what they cover is covered anew."""
    lost, receipts = ledger.key, []
    for _ in range(2):
        ledger.note(*subjects)
        ledger.seal()
        receipts.append(receipt_of(ledger, subjects[0]))
    with ledger.db.transaction() as tx:
        ledger.key = revoke_key(tx, ledger.folder, lost.public.key_id, 4)
    assert fault_of(ledger).code == "ledger.key_retired", "until the new key has signed"
    ledger.seal()
    assert look(ledger).ok
    held = [check_receipt(r, [key_file(ledger)]).ok for r in receipts]
    assert held == [True, False]
    assert check_receipt(receipt_of(ledger, subjects[0]), [key_file(ledger)]).ok, (
        "a new receipt of the same course holds"
    )


def test_what_cannot_be_revoked(ledger: Ledger):
    mine = ledger.key.public.key_id
    for key, kind, code in (("ffff" + mine[:9], NotFound, "ledger.key_missing"), ("", NotFound, "ledger.key_missing")):
        with pytest.raises(kind) as caught, ledger.db.transaction() as tx:
            revoke_key(tx, ledger.folder, key)
        assert caught.value.code == code
    with ledger.db.transaction() as tx:
        revoke_key(tx, ledger.folder, mine)
    with pytest.raises(Refused) as told, ledger.db.transaction() as tx:
        revoke_key(tx, ledger.folder, mine)
    assert told.value.code == "ledger.key_revoked"
    with pytest.raises(Refused) as none, ledger.db.transaction() as tx:
        revoke_key(tx, ledger.folder / "elsewhere", mine)
    assert none.value.code == "ledger.no_private_key"


def test_the_key_file_is_public_and_read_back(ledger: Ledger, subjects: list[UUID]):
    ledger.note(*subjects)
    ledger.seal()
    turn(ledger)
    app = FastAPI()
    from yiwang.ledger.api import routes

    app.include_router(routes)
    kit_db.use(ledger.db)
    text = TestClient(app).get("/api/ledger/key-file").text
    keys, retired = read_keys(text)
    assert [k.key_id for k in keys][-1] == ledger.key.public.key_id
    assert [(r.size, r.reason, r.by) for r in retired] == [(4, "rotated", ledger.key.public.key_id)]
    for bad in (
        "retired",
        "retired 4 rotated x y z a",
        text.replace("rotated", "lent"),
        text.replace("retired 4", "retired -4"),
    ):
        with pytest.raises(Invalid):
            read_keys(bad)


def test_private_keys_stay_in_the_folder(ledger: Ledger):
    turn(ledger)
    files = sorted(Path(ledger.folder).iterdir())
    assert len(files) == 2 and all(f.stat().st_mode & 0o777 == 0o600 for f in files)


def test_the_tree_is_the_same_whoever_signs(ledger: Ledger, subjects: list[UUID]):
    ledger.note(*subjects)
    turn(ledger)
    head = ledger.seal()
    with ledger.db.transaction() as tx:
        hashes = [e.hash for e in queries.read_feed(tx, -1)]
    edge, _ = append(DIGESTS["sha256"], 0, [], [hash_leaf(DIGESTS["sha256"], h) for h in hashes])
    with ledger.db.transaction() as tx:
        assert queries.get_root(tx, DIGESTS["sha256"], head.size) == head.root
    assert edge

"""Receipts: checked offline with the public key alone; whatever is altered in one is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.ledger.actions_receipt import make_receipt
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_receipt import check_receipt, read_public_keys
from yiwang.ledger.rules_sign import PrivateKey

from .conftest import Ledger


def receipt_of(ledger: Ledger, subject: UUID) -> bytes:
    with ledger.db.transaction() as tx:
        return make_receipt(tx, subject).encode()


def make(ledger: Ledger, subjects: list[UUID]) -> bytes:
    for i in range(3):
        ledger.note(*subjects, text=f"井盖 {i}")
        ledger.note(subjects[i])
    ledger.seal()
    return receipt_of(ledger, subjects[1])


@pytest.mark.parametrize("hash", DIGESTS)
@pytest.mark.parametrize("signature", ["ed25519", "sm2"])
def test_a_receipt_holds(open_at: Callable[..., Ledger], subjects: list[UUID], hash: str, signature: str):
    ledger = open_at(hash, signature)
    data = make(ledger, subjects)
    others = read_public_keys(f"{PrivateKey.make('test/ledger', signature).public}  # another\n\n{ledger.key.public}\n")
    checked = check_receipt(data, others)
    assert check_receipt(data, [str(ledger.key.public), "# a remark\n" + str(others[0])]) == checked
    assert checked.ok
    assert checked.fault is None
    assert (checked.origin, checked.subject_id, checked.size) == ("test/ledger", str(subjects[1]), 15)
    assert checked.key_id == ledger.key.public.key_id
    assert [json.loads(e["body"])["text"] for e in checked.entries] == ["井盖 0", "井盖 1", "井盖缺失", "井盖 2"]
    assert "井盖 0" in data.decode(), "a person can read it"
    assert len(data) < 8_000


def test_other_keys_do_not_do(ledger: Ledger, subjects: list[UUID]):
    data = make(ledger, subjects)
    for other in (PrivateKey.make("test/ledger", "ed25519"), PrivateKey.make("other", "ed25519")):
        checked = check_receipt(data, [other.public])
        assert not checked.ok
        assert checked.fault
        assert checked.fault.code == "ledger.receipt_key_unknown"
        assert checked.entries == ()
    with pytest.raises(Invalid):
        check_receipt(data, [])


def spots(value: Any, path: tuple = ()) -> list[tuple]:
    """Every single value in the JSON, by its path."""
    if isinstance(value, dict):
        return [spot for k, v in value.items() for spot in spots(v, (*path, k))]
    if isinstance(value, list):
        return [spot for i, v in enumerate(value) for spot in spots(v, (*path, i))]
    return [path]


def holds(data: bytes, ledger: Ledger) -> bool:
    try:
        checked = check_receipt(data, [ledger.key.public])
    except Invalid as told:
        assert told.zh
        assert told.en
        return False
    assert checked.ok == (checked.fault is None)
    assert checked.fault is None or (checked.fault.zh and checked.fault.en)
    return checked.ok


def put(receipt: Any, path: tuple, change: Callable[[Any], Any]) -> bytes:
    receipt = json.loads(json.dumps(receipt))
    spot = receipt
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = change(spot[path[-1]])
    return json.dumps(receipt).encode()


def test_every_altered_value_is_found(ledger: Ledger, subjects: list[UUID]):
    receipt = json.loads(make(ledger, subjects))
    paths = spots(receipt)
    assert len(paths) > 40
    assert holds(json.dumps(receipt).encode(), ledger)

    @given(st.sampled_from(paths), st.data())
    @settings(max_examples=250, deadline=None)
    def alter(path: tuple, data: st.DataObject):
        def change(old: Any) -> Any:
            if isinstance(old, int):
                return data.draw(st.one_of(st.integers(-(2**70), 2**70), st.integers(0, 40)).filter(lambda v: v != old))
            at, char = data.draw(st.integers(0, len(old))), data.draw(st.sampled_from("0aZ=+ \n。"))
            new = data.draw(st.sampled_from([old[:at] + char + old[at:], old[:at] + char + old[at + 1 :], old[:at]]))
            return new if new != old else old + "x"

        assert not holds(put(receipt, path, change), ledger)

    alter()
    for path in paths:  # and each by a value of another kind, or a plain one of its own
        for value in (None, True, [], {}, "", 0.5, -1):
            assert not holds(put(receipt, path, lambda _, value=value: value), ledger), (path, value)


def test_parts_left_out_put_in_or_moved(ledger: Ledger, subjects: list[UUID]):
    receipt = json.loads(make(ledger, subjects))
    entries = receipt["entries"]
    for altered in (
        entries[1:],
        entries[:-1],
        entries[:1] + entries[2:],
        [entries[1], entries[0], *entries[2:]],
        [*entries, entries[-1]],
        [],
    ):
        for count in (len(altered), len(entries)):
            fits = altered == entries[:-1] and count == len(
                altered
            )  # a shorter receipt is a receipt: see check_receipt
            assert holds(json.dumps({**receipt, "entries": altered, "count": count}).encode(), ledger) == fits
    assert not holds(json.dumps({**receipt, "remark": "x"}).encode(), ledger)
    for key in receipt:
        assert not holds(json.dumps({k: v for k, v in receipt.items() if k != key}).encode(), ledger)
    other = json.loads(receipt_of(ledger, subjects[2]))
    assert not holds(json.dumps({**receipt, "subject_id": other["subject_id"]}).encode(), ledger)
    assert not holds(json.dumps({**receipt, "entries": [other["entries"][0], *entries[1:]]}).encode(), ledger)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"[1]", b'{"format": "x"}', b"PK\x03\x04", b"null"])
def test_what_is_no_receipt(ledger: Ledger, data: bytes):
    with pytest.raises(Invalid):
        check_receipt(data, [ledger.key.public])


def test_no_receipt_yet(ledger: Ledger, subjects: list[UUID]):
    with pytest.raises(NotFound):
        receipt_of(ledger, new_id())
    ledger.note(*subjects)
    with pytest.raises(Refused):
        receipt_of(ledger, subjects[0])
    ledger.seal()
    ledger.note(subjects[0])
    with pytest.raises(Refused) as told:
        receipt_of(ledger, subjects[0])
    assert told.value.detail == {"entries": 2, "sealed": 1}
    assert holds(receipt_of(ledger, subjects[1]), ledger)


@pytest.mark.parametrize("text", ["", "# nothing\n", "abc", "a+b+c", "-----BEGIN PUBLIC KEY-----"])
def test_what_is_no_public_key(text: str):
    with pytest.raises(Invalid):
        read_public_keys(text)

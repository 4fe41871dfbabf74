"""A receipt: all entries of one subject, each proven to be under one signed head. Checked offline with a public key. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from yiwang.kit.errors import Invalid
from yiwang.ledger.model_proof import Checked, Fault, FeedEntry, Head, Origin, Proof
from yiwang.ledger.rules import DIGESTS, GENESIS, entry_text, time_text
from yiwang.ledger.rules_merkle import hash_leaf, is_included
from yiwang.ledger.rules_sign import PublicKey, from_text, is_sealed, read_note, to_text, write_note

FORMAT = "yiwang-receipt/1"


class Item(msgspec.Struct, forbid_unknown_fields=True):
    """One entry as it stands in the file. Its n is its place in the list; prev and hash are worked out, not told."""

    event: str
    version: int
    actor: str
    post: str
    at: str
    body: str
    position: int
    proof: list[str]


class Receipt(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    subject_kind: str
    subject_id: str
    count: int
    entries: list[Item]
    head: str


def write_receipt(origin: Origin, head: Head, entries: Sequence[FeedEntry], proofs: Sequence[Proof]) -> str:
    """The receipt's text: indented JSON (UTF-8 as a file), so that a person can read it too."""
    items = [
        Item(
            e.event,
            e.version,
            str(e.actor),
            e.post,
            time_text(e.at),
            e.body,
            e.position,
            [to_text(p) for p in proof.path],
        )
        for e, proof in zip(entries, proofs, strict=True)
    ]
    first = entries[0]
    receipt = Receipt(FORMAT, first.subject_kind, str(first.subject_id), len(items), items, write_note(origin, head))
    return msgspec.json.format(msgspec.json.encode(receipt), indent=2).decode() + "\n"


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


def check_receipt(data: bytes, keys: Sequence[PublicKey | str]) -> Checked:
    """Does this receipt hold, by these public keys (as such, or the text of a key file) alone? No database, no network.

    Invalid when it is not a receipt at all; otherwise the answer says what does not fit. What a receipt cannot show:
    entries made after its head was signed, or left off its end.
    """
    receipt = _read(data)
    known = [k for given in keys for k in (read_public_keys(given) if isinstance(given, str) else [given])]
    if not known:
        raise Invalid("ledger.no_key", "需要公钥才能核验", "A public key is needed to check it")
    try:
        origin, head = read_note(receipt.head, known)
    except LookupError as other:
        return Checked(
            False, _fault("key_unknown", f"签名的密钥（{other}）不在所给公钥之中", f"signed with another key ({other})")
        )
    except ValueError as bad:
        return Checked(False, _fault("head", "签名树头格式不对", f"the signed head is malformed: {bad}"))
    key = next(k for k in known if k.key_id == head.key_id)
    if not is_sealed(origin, head, key):
        return Checked(False, _fault("signature", "树头的签名不符", "the head's signature does not fit"))
    fault = _check_entries(receipt, origin, head)
    return Checked(
        ok=fault is None,
        fault=fault,
        origin=origin.name,
        subject_kind=receipt.subject_kind,
        subject_id=receipt.subject_id,
        size=head.size,
        at=time_text(head.at),
        key_id=head.key_id,
        entries=() if fault else tuple(msgspec.to_builtins(item) for item in receipt.entries),
    )


def _read(data: bytes) -> Receipt:
    try:
        receipt = msgspec.json.decode(data, type=Receipt)
    except (msgspec.MsgspecError, UnicodeDecodeError) as bad:
        raise Invalid(
            "ledger.receipt_unreadable", "这不是可读的回执文件", f"This is not a readable receipt: {bad}"
        ) from bad
    if receipt.format != FORMAT:
        raise Invalid(
            "ledger.receipt_format",
            f"不认识的回执格式 {receipt.format[:40]}，应为 {FORMAT}",
            f"Unknown receipt format {receipt.format[:40]}; {FORMAT} is known here",
        )
    return receipt


def _check_entries(receipt: Receipt, origin: Origin, head: Head) -> Fault | None:
    h, prev, before = DIGESTS[origin.hash], GENESIS, -1
    if not receipt.entries or receipt.count != len(receipt.entries):
        return _fault(
            "count",
            f"应有 {receipt.count} 条，实有 {len(receipt.entries)} 条",
            f"{receipt.count} entries are due, {len(receipt.entries)} are there",
        )
    for n, item in enumerate(receipt.entries, 1):
        try:
            subject, actor, at = _uuid(receipt.subject_id), _uuid(item.actor), _time(item.at)
            path = [from_text(p) for p in item.proof]
        except ValueError as bad:
            return _fault("entry", f"第 {n} 条格式不对", f"entry {n} is malformed: {bad}", n)
        if item.position <= before:
            return _fault(
                "entry", f"第 {n} 条的位置不在前一条之后", f"entry {n} does not stand after the one before", n
            )
        digest = h(
            entry_text(
                receipt.subject_kind, subject, n, item.event, item.version, actor, item.post, at, item.body, prev
            )
        )
        if not is_included(h, item.position, head.size, hash_leaf(h, digest), path, head.root):
            return _fault(
                "entry",
                f"第 {n} 条与签名树头不符，已被改动",
                f"entry {n} is not under the signed head: it was altered",
                n,
            )
        prev, before = digest, item.position
    return None


def _uuid(text: str) -> UUID:
    value = UUID(text)
    if str(value) != text:
        raise ValueError(f"not the one form of a UUID: {text[:40]!r}")
    return value


def _time(text: str) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text, re.ASCII):
        raise ValueError(f"not the one form of a time: {text[:40]!r}")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _fault(code: str, zh: str, en: str, n: int | None = None) -> Fault:
    return Fault(f"ledger.receipt_{code}", zh, en, n=n)

"""A receipt: all entries of one subject, each proven to be under one signed head. Checked offline with a public key. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from yiwang.kit.errors import Invalid
from yiwang.ledger.model_proof import Checked, Fault, FeedEntry, Head, KeyRow, Origin, Proof
from yiwang.ledger.rules import DIGESTS, GENESIS, entry_text, time_text
from yiwang.ledger.rules_keys import Link, Retirement, extend_trust, read_keys, retired_head
from yiwang.ledger.rules_merkle import hash_leaf, is_included
from yiwang.ledger.rules_sign import (
    PublicKey,
    endorsement_text,
    from_text,
    is_sealed,
    read_note,
    to_text,
    write_note,
)

FORMAT = "yiwang-receipt/1"
FORMAT_KEYS = "yiwang-receipt/2"
"""The same with the keys that lead from an older one to the head's: written once the ledger's key has been rotated."""


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


class KeyItem(msgspec.Struct, forbid_unknown_fields=True):
    """A public key's line and the signature by which the one before it in the list endorses it; the first has none."""

    public: str
    endorsement: str


class Receipt(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    format: str
    subject_kind: str
    subject_id: str
    count: int
    entries: list[Item]
    head: str
    keys: list[KeyItem] = []


def write_receipt(
    origin: Origin, head: Head, entries: Sequence[FeedEntry], proofs: Sequence[Proof], keys: Sequence[KeyRow] = ()
) -> str:
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
    chain = chain_of(head.key_id, keys)
    receipt = Receipt(
        FORMAT_KEYS if chain else FORMAT, first.subject_kind, str(first.subject_id), len(items), items,
        write_note(origin, head), chain,
    )  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(receipt), indent=2).decode() + "\n"


def chain_of(key_id: str, keys: Sequence[KeyRow]) -> list[KeyItem]:
    """From the oldest key that leads to this one by endorsements; empty when none endorses it."""
    by_id, chain = {k.key_id: k for k in keys}, list[KeyItem]()
    row = by_id.get(key_id)
    while row is not None:
        chain.insert(0, KeyItem(row.public, to_text(row.endorsement) if row.endorsement else ""))
        row = by_id.get(row.endorsed_by) if row.endorsed_by and len(chain) <= len(keys) else None
    return chain if len(chain) > 1 else []


def read_public_keys(text: str) -> list[PublicKey]:
    """The public keys in the text of a key file, one a line (# begins a remark). Invalid when one is none."""
    return read_keys(text)[0]


def check_receipt(data: bytes, keys: Sequence[PublicKey | str]) -> Checked:
    """Does this receipt hold, by these public keys (as such, or the text of a key file) alone? No database, no network.

    One old key is enough: a receipt made after rotations brings the keys that lead from it to the head's, each endorsed
    by the one before. A head that a key signed after it was given up does not count, if the key file says so.

    Invalid when it is not a receipt at all; otherwise the answer says what does not fit. What a receipt cannot show:
    entries made after its head was signed, or left off its end.
    """
    receipt = _read(data)
    pinned, retired = list[PublicKey](), list[Retirement]()
    for given in keys:
        more, given_up = read_keys(given) if isinstance(given, str) else ([given], [])
        pinned += more
        retired += given_up
    if not pinned:
        raise Invalid("ledger.no_key", "需要公钥才能核验", "A public key is needed to check it")
    links = _links(receipt.keys)
    if links is None:
        return Checked(False, _fault("keys", "所附密钥的背书不符", "the keys it brings do not endorse one another"))
    trust = extend_trust(pinned, links, (), retired)
    known = [k for k in trust.known.values() if k.key_id in trust.good]
    try:
        origin, head = read_note(receipt.head, known)
    except LookupError as other:
        return Checked(
            False, _fault("key_unknown", f"签名的密钥（{other}）不在所给公钥之中", f"signed with another key ({other})")
        )
    except ValueError as bad:
        return Checked(False, _fault("head", "签名树头格式不对", f"the signed head is malformed: {bad}"))
    key = trust.known[head.key_id]
    if links and links[-1].key.key_id != head.key_id:
        return Checked(
            False, _fault("keys", "所附密钥不通向签名的密钥", "the keys it brings do not lead to the head's")
        )
    if not trust.counts(head.key_id, head.size):
        return Checked(False, retired_head(head.size, head.key_id))
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
    if receipt.format != (FORMAT_KEYS if receipt.keys else FORMAT):
        raise Invalid(
            "ledger.receipt_format",
            f"不认识的回执格式 {receipt.format[:40]}，应为 {FORMAT}",
            f"Unknown receipt format {receipt.format[:40]}; {FORMAT} is known here",
        )
    return receipt


def _links(items: Sequence[KeyItem]) -> list[Link] | None:
    """The keys a receipt brings, as links; None when one is not endorsed by the one before it."""
    links, before = list[Link](), None
    for item in items:
        try:
            key, endorsement = PublicKey.parse(item.public), from_text(item.endorsement)
        except ValueError:
            return None
        if before is not None and not before.is_signed(endorsement_text(key), endorsement):
            return None
        if str(key) != item.public or (before is None and endorsement):
            return None
        links.append(Link(key, before.key_id if before else "", endorsement))
        before = key
    return links if len(links) != 1 else None


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

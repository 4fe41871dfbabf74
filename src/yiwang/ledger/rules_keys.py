"""Which keys are to be trusted, and up to what size of the tree. Pure.

A key is trusted when it is named from outside, or endorsed by a trusted one. A key that was given up (`Retirement`) counts
only up to a size: what it signs later is worth nothing. A retirement is signed by a later key of the same ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from yiwang.kit.errors import Invalid
from yiwang.ledger.model_proof import Fault, KeyRow, RetirementRow
from yiwang.ledger.rules import time_text
from yiwang.ledger.rules_sign import PublicKey, endorsement_text, from_text, to_text

COMPROMISED = "compromised"
ROTATED = "rotated"
_LINE = re.compile(r"retired (\d{1,18}) (rotated|compromised) (\S+) ([0-9a-f]{64}) (\S+) (\S+)")


@dataclass(frozen=True, slots=True)
class Retirement:
    """`key` counts up to `size` entries, says the key `by`."""

    key: PublicKey
    size: int
    reason: str
    at: datetime
    by: str
    signature: bytes

    def __str__(self) -> str:
        """One line, as it stands in a file of keys."""
        when, signed = time_text(self.at), to_text(self.signature)
        return f"retired {self.size} {self.reason} {when} {self.by} {signed} {self.key}"


@dataclass(frozen=True, slots=True)
class Link:
    """A later key with an earlier one's word for it."""

    key: PublicKey
    endorsed_by: str
    endorsement: bytes


@dataclass(slots=True)
class Trust:
    """`known`: keys by id. `good`: ids of those trusted. `until`: up to which size a given-up key counts."""

    known: dict[str, PublicKey] = field(default_factory=dict)
    good: set[str] = field(default_factory=set)
    until: dict[str, int] = field(default_factory=dict)

    def counts(self, key_id: str, size: int) -> bool:
        """May a head of this size be signed with this key?"""
        return key_id in self.good and size <= self.until.get(key_id, size)


def retirement_text(key: PublicKey, size: int, reason: str, at: datetime) -> bytes:
    """What a later key signs when this one is given up."""
    return f"yiwang ledger key retired\n{key}\nsize {size}\nreason {reason}\ntime {time_text(at)}\n".encode()


def is_retired_by(said: Retirement, by: PublicKey) -> bool:
    text = retirement_text(said.key, said.size, said.reason, said.at)
    return by.key_id == said.by != said.key.key_id and by.is_signed(text, said.signature)


def read_keys(text: str) -> tuple[list[PublicKey], list[Retirement]]:
    """A file of keys: one public key a line, and `retired …` lines; # begins a remark. Invalid when a line is neither."""
    keys, retired = [], []
    for line in filter(None, (line.split("#")[0].strip() for line in text.splitlines())):
        try:
            if line.startswith("retired "):
                retired.append(_read_retirement(line))
            else:
                keys.append(PublicKey.parse(line))
        except ValueError as bad:
            raise Invalid("ledger.key_unreadable", f"不是公钥：{line[:40]}", f"Not a public key: {line[:40]}") from bad
    if not keys:
        raise Invalid("ledger.no_key", "公钥文件是空的", "There is no public key in the file")
    return keys, retired


def _read_retirement(line: str) -> Retirement:
    found = _LINE.fullmatch(line)
    if not found:
        raise ValueError("retired, size, reason, time, key id, signature and key are due")
    size, reason, when, by, signature, key = found.groups()
    at = datetime.strptime(when, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return Retirement(PublicKey.parse(key), int(size), reason, at, by, from_text(signature))


def extend_trust(
    pinned: Sequence[PublicKey],
    links: Sequence[Link],
    retired: Sequence[Retirement],
    pinned_retired: Sequence[Retirement],
) -> Trust:
    """Whom to trust who holds these pinned keys: they, whatever they endorse, and up to its size a key whose retirement
    a trusted one has signed. `pinned_retired` stand beside the pinned keys and need nobody's word.

    What a compromised key endorses is not trusted, but for its named successor: whoever signed its retirement.
    """
    trust = Trust({k.key_id: k for k in pinned}, {k.key_id for k in pinned})
    for said in pinned_retired:
        _give_up(trust, said)
    while _extend(trust, links, (*retired, *pinned_retired)):
        pass
    return trust


def _give_up(trust: Trust, said: Retirement) -> None:
    key_id = said.key.key_id
    trust.known[key_id] = said.key
    trust.until[key_id] = min(said.size, trust.until.get(key_id, said.size))


def _extend(trust: Trust, links: Iterable[Link], retired: Sequence[Retirement]) -> bool:
    """One round; True when somebody was added."""
    before = len(trust.good), dict(trust.until)
    for said in retired:
        by = trust.known.get(said.by)
        if by and said.by in trust.good and is_retired_by(said, by):
            _give_up(trust, said)
            trust.good.add(said.key.key_id)
    stolen = {r.key.key_id for r in retired if r.reason == COMPROMISED}  # believed at once: to trust less is safe
    heirs = {(r.key.key_id, r.by) for r in retired}
    for link in links:
        endorser = trust.known.get(link.endorsed_by)
        if endorser is None or link.endorsed_by not in trust.good or link.key.key_id in trust.good:
            continue
        if link.endorsed_by in stolen and (link.endorsed_by, link.key.key_id) not in heirs:
            continue
        if endorser.is_signed(endorsement_text(link.key), link.endorsement):
            trust.known[link.key.key_id] = link.key
            trust.good.add(link.key.key_id)
    return before != (len(trust.good), trust.until)


def check_keys(
    rows: Sequence[KeyRow], retired: Sequence[RetirementRow], trusted: Sequence[PublicKey],
    pinned_retired: Sequence[Retirement] = (),
) -> tuple[Trust, Fault | None]:  # fmt: skip
    """The ledger's own keys, oldest first, by those named from outside, or by the oldest one when none is named; the
    first that cannot be trusted.

    Where keys are named from outside, others may stand unendorsed: it is the latest head that must be trusted.
    """
    keys, links = [], []
    for row in rows:
        try:
            key = PublicKey.parse(row.public)
        except ValueError:
            key = None
        if key is None or key.key_id != row.key_id:
            return Trust(), _bad_key(row.key_id, "公钥与编号不符", "the public key is not the one its id names")
        keys.append(key)
        if row.endorsed_by and row.endorsement:
            links.append(Link(key, row.endorsed_by, row.endorsement))
    if not keys:
        return Trust(), Fault(
            "ledger.key", "台账没有任何公钥，已被删除", "the ledger has no key at all: they were deleted"
        )
    by_id = {k.key_id: k for k in (*keys, *trusted)}
    if not trusted and rows[0].endorsed_by:
        return Trust(), _bad_key(
            rows[0].key_id, "它由别的密钥背书，不会是最早的", "another endorses it: it is not the first"
        )
    for row in retired:
        if not {row.key_id, row.by_key} <= by_id.keys():
            return Trust(by_id), _bad_key(
                row.key_id, "停用声明所指的密钥已被删除", "its retirement names a key that is gone"
            )
    said = [Retirement(by_id[r.key_id], r.size, r.reason, r.at, r.by_key, r.signature) for r in retired]
    trust = extend_trust(trusted or keys[:1], links, said, pinned_retired)
    trust.known = by_id | trust.known
    for one in said:
        if not is_retired_by(one, by_id[one.by]):
            return trust, _bad_key(one.key.key_id, "停用声明的签名不符", "its retirement is not truly signed")
    for row in rows if not trusted else ():
        if row.key_id not in trust.good:
            return trust, _bad_key(
                row.key_id, "没有受信任的旧密钥为它背书；若确为换新，请用 --key 指明",
                "no trusted key endorses it; name it by --key if it is right",
            )  # fmt: skip
    return trust, None


def missing_key(key_id: str, n: int) -> Fault:
    """The ledger tells of a key or of its retirement, and the table does not."""
    return _bad_key(
        key_id, f"台账第 {n} 条记有它的启用或停用，而密钥表里没有", f"entry {n} tells of it, the table does not"
    )


def retired_head(size: int, key_id: str) -> Fault:
    return Fault(
        "ledger.key_retired",
        f"{size} 条时的签名树头出自已停用的密钥 {key_id[:8]}，不作数",
        f"the head of size {size} is signed with key {key_id[:8]}, which had been given up: it does not count",
        size=size,
        key_id=key_id,
    )


def _bad_key(key_id: str, zh: str, en: str) -> Fault:
    return Fault("ledger.key", f"密钥 {key_id[:8]}：{zh}", f"key {key_id[:8]}: {en}", key_id=key_id)

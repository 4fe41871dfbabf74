"""What must hold in a ledger, checked piece by piece, in the settled order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from yiwang.ledger.model_proof import Fault, Head, Origin
from yiwang.ledger.rules import GENESIS, Digest, entry_text
from yiwang.ledger.rules_keys import Trust, retired_head
from yiwang.ledger.rules_sign import DASH, PublicKey, is_sealed, read_note


class Row(NamedTuple):
    """One leaf with its entry (None where it is gone) and the entry before it in its chain. Ids as text."""

    position: int
    subject_id: str
    n: int
    leaf_hash: bytes
    subject_kind: str | None
    event: str
    version: int
    actor: str
    post: str
    at: datetime
    body: str
    prev: bytes
    hash: bytes
    before_hash: bytes | None
    before_position: int | None


def check_rows(rows: Iterable[tuple], first: int, digest: Digest) -> Fault | None:
    """The first leaf, from position `first` on, that does not fit its entry, its chain or its place."""
    due = first
    for row in rows:  # plain tuples: this loop is what a verification costs
        position, subject, n, leaf, kind, event, version, actor, post, at, body, prev, found, before, place = row
        if position != due:
            return missing_leaf(due)
        if kind is None:
            return _at(row, "deleted", "该条记录已被删除，只剩位置", "the entry is gone, only its place is left")
        if digest(entry_text(kind, subject, n, event, version, actor, post, at, body, prev)) != found:
            return _at(
                row, "changed", "内容与其摘要不符，已被改动", "its content does not give its hash: it was changed"
            )
        if leaf != found:
            return _at(
                row,
                "changed",
                "摘要与落定时不同，记录被改写并重算了摘要",
                "its hash is not the one that was settled: it was rewritten and hashed anew",
            )
        if prev != (before if n > 1 else GENESIS):
            if before is None and n > 1:
                return _at(row, "deleted", f"它的前一条（第 {n - 1} 条）已被删除", f"entry {n - 1} before it is gone")
            return _at(
                row,
                "broken",
                "与前一条衔接不上，其一被改写",
                "it does not continue the entry before it: one of the two was rewritten",
            )
        if n > 1 and (place is None or place >= position):
            return _at(row, "reordered", "排在了它的前一条之前", "it stands before the entry it follows")
        due += 1
    return None


def check_unsettled(rows: Iterable[tuple], digest: Digest) -> tuple[int, Fault | None]:
    """How many entries without a position there are, up to the first that does not fit."""
    count = 0
    for row in rows:
        _, subject, n, _, kind, event, version, actor, post, at, body, prev, found, before, _ = row
        if digest(entry_text(kind, subject, n, event, version, actor, post, at, body, prev)) != found:
            return count, _at(
                row, "changed", "内容与其摘要不符，已被改动", "its content does not give its hash: it was changed"
            )
        if prev != (before if n > 1 else GENESIS):
            return count, _at(row, "broken", "与前一条衔接不上", "it does not continue the entry before it")
        count += 1
    return count, None


def _at(row: Sequence, code: str, zh: str, en: str) -> Fault:
    position, subject, n = row[0], row[1], row[2]
    where = ("尚未落定", "not settled yet") if position is None else (f"位置 {position}", f"position {position}")
    return Fault(
        f"ledger.{code}",
        f"{subject} 的第 {n} 条（{where[0]}）：{zh}",
        f"entry {n} of {subject} ({where[1]}): {en}",
        position=position,
        subject_id=UUID(subject),
        n=n,
    )


def missing_leaf(position: int) -> Fault:
    return Fault("ledger.deleted", f"位置 {position} 缺失，已被删除", f"position {position} is gone", position=position)


def truncated(size: int, due: int) -> Fault:
    return Fault(
        "ledger.truncated",
        f"只有 {size} 条，而签名或树上应有 {due} 条：位置 {size} 起被截去",
        f"{size} entries where heads or tree know of {due}: cut off from position {size}",
        position=size,
        size=due,
    )


def check_nodes(made: Iterable[tuple[int, int, bytes]], stored: dict[tuple[int, int], bytes]) -> Fault | None:
    """The first node, in the order in which they come about, that is not as its leaves make it."""
    for level, idx, digest in made:
        if stored.get((level, idx)) != digest:
            first, last = idx << level, ((idx + 1) << level) - 1
            gone = (level, idx) not in stored
            return Fault(
                "ledger.node",
                f"树节点（{level}, {idx}）{'缺失' if gone else '与其下的记录不符'}：位置 {first} 至 {last} 之中有改动",
                f"tree node ({level}, {idx}) {'is gone' if gone else 'does not fit what stands below it'}:"
                f" something at positions {first} to {last} was altered",
                position=first,
            )
    return None


def check_head(origin: Origin, head: Head, key: PublicKey | None, after: int, root: bytes) -> Fault | None:
    """A head against its key, the size of the head before it, and the root that its leaves give."""

    def fault(code: str, zh: str, en: str, position: int | None = None) -> Fault:
        whole = (f"{head.size} 条时的签名树头：{zh}", f"the head of size {head.size}: {en}")
        return Fault(f"ledger.{code}", *whole, position=position, size=head.size, key_id=head.key_id)

    if key is None:
        return fault("key_unknown", "签名的密钥不被信任", "it is signed with a key that is not trusted")
    if not is_sealed(origin, head, key):
        return fault("signature", "签名不符", "its signature does not fit")
    if head.previous != after:
        return fault(
            "head_deleted",
            f"它接在 {head.previous} 条的树头之后，而现存的前一个是 {after} 条，中间的被删除",
            f"it follows the head of size {head.previous}, but the one before it is of size {after}: a head is gone",
        )
    return None if head.root == root else wrong_root(head, after)


def wrong_root(head: Head, after: int) -> Fault:
    return Fault(
        "ledger.root",
        f"{head.size} 条时的签名树头与现有记录不符：位置 {after} 至 {head.size - 1} 之中有改动、插入、删除或调换",
        f"the head of size {head.size} does not fit what is there: something at positions {after} to {head.size - 1}"
        " was changed, inserted, deleted or reordered",
        position=after,
        size=head.size,
        key_id=head.key_id,
    )


def missing_origin() -> Fault:
    return Fault(
        "ledger.origin",
        "台账的名称与摘要算法（ledger.origin）已被删除",
        "what this ledger is called and hashes by is gone",
    )


def wrong_cluster(number: int) -> Fault:
    return Fault(
        "ledger.cluster",
        f"所在数据库的登记（ledger.cluster）第 {number} 行缺失或与台账不符",
        f"row {number} of the clusters this ledger has lived in is gone or cannot be",
    )


def missing_head(size: int) -> Fault:
    return Fault(
        "ledger.head_deleted",
        f"{size} 条时的签名树头已被删除：台账记有它",
        f"the head of size {size} is gone, and the ledger tells of it",
        size=size,
    )


def never_signed(size: int) -> Fault:
    return Fault(
        "ledger.no_heads",
        f"{size} 条记录没有任何签名树头：从未封存，或树头已全被删除",
        f"{size} entries and no signed head at all: never sealed, or all heads were deleted",
        position=0,
        size=size,
    )


def split_notes(text: str) -> list[str]:
    """The signed notes of a file of heads kept outside: each ends with its signature line; empty lines between."""
    notes, lines = [], []
    for line in text.splitlines():
        if lines or line:
            lines.append(line)
        if line.startswith(DASH):
            notes.append("".join(f"{one}\n" for one in lines))
            lines = []
    if any(lines):
        raise ValueError("the last head has no signature")
    return notes


def check_outside(notes: Sequence[str], origin: Origin, trust: Trust) -> tuple[list[Head], Fault | None]:
    """Heads kept outside, smallest first; each must be one of this ledger, truly signed with a key that counts."""
    keys = trust.known
    heads: list[Head] = []
    for number, note in enumerate(notes, 1):
        try:
            named, head = read_note(note, list(keys.values()))
        except (ValueError, LookupError):
            named, head = None, None
        if named != origin or head is None or not is_sealed(origin, head, keys[head.key_id]):
            return heads, Fault(
                "ledger.outside",
                f"外存树头第 {number} 个无法认定：不是本台账的，或签名、密钥不符",
                f"head {number} of those kept outside cannot be accepted: another ledger's, or not truly signed",
            )
        if not trust.counts(head.key_id, head.size):
            return heads, retired_head(head.size, head.key_id)
        heads.append(head)
    return sorted(heads, key=lambda h: h.size), None

"""What happens to the ledger itself (one chain, `LEDGER`): its keys. And to lower ledgers, a chain each: what they hand up."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from yiwang.kit.ids import named_id
from yiwang.ledger.model import By, Event

LEDGER = named_id("ledger")
"""The subject under which a ledger tells of itself."""
ITSELF = By(named_id("system:ledger"), "system")


@dataclass(frozen=True)
class KeyRotated(Event, name="ledger.key_rotated", about="ledger"):
    """`key` signs from now on, endorsed by `before`, whose signatures count up to `size` entries."""

    ledger_id: UUID
    key: str
    before: str
    size: int

    def zh(self) -> str:
        return f"签名密钥换新：{self.before[:8]} → {self.key[:8]}，旧密钥至 {self.size} 条为止有效"

    def en(self) -> str:
        return f"Signing key rotated: {self.before[:8]} → {self.key[:8]}; the old one counts up to {self.size} entries"


@dataclass(frozen=True)
class KeyCompromised(Event, name="ledger.key_compromised", about="ledger"):
    """`key` was stolen or may have been: what it signed of more than `size` entries does not count, says `by_key`."""

    ledger_id: UUID
    key: str
    by_key: str
    size: int

    def zh(self) -> str:
        return f"签名密钥 {self.key[:8]} 声明失密，其签名至 {self.size} 条为止有效"

    def en(self) -> str:
        return f"Signing key {self.key[:8]} declared compromised; it counts up to {self.size} entries"


@dataclass(frozen=True)
class LowerAdded(Event, name="ledger.lower_added", about="ledger"):
    ledger_id: UUID
    key: str

    def zh(self) -> str:
        return f"登记下级台账，公钥 {self.key[:8]}"

    def en(self) -> str:
        return f"A lower ledger was made known by its key {self.key[:8]}"


@dataclass(frozen=True)
class HeadWitnessed(Event, name="ledger.head_witnessed", about="ledger"):
    """A lower ledger handed up this head, proven to continue the one of `after` entries."""

    ledger_id: UUID
    size: int
    root: str
    key: str
    after: int

    def zh(self) -> str:
        return f"收存下级台账树头：{self.size} 条（接 {self.after} 条）"

    def en(self) -> str:
        return f"A lower ledger's head of {self.size} entries was kept (continuing {self.after})"


@dataclass(frozen=True)
class HeadRefuted(Event, name="ledger.head_refuted", about="ledger"):
    """A lower ledger truly signed a head that does not continue what it handed up before (`against` entries)."""

    ledger_id: UUID
    size: int
    root: str
    key: str
    against: int
    why: str

    def zh(self) -> str:
        return f"警报：下级台账 {self.size} 条的树头与其此前上交的 {self.against} 条不相延续，历史被改写或截去"

    def en(self) -> str:
        return (
            f"ALARM: a lower ledger's head of {self.size} entries does not continue the {self.against} it handed up:"
            " its history was rewritten or cut off"
        )

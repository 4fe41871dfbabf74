"""What happens to residents: references and digests only. `digest` is salted; the salt is sealed with the data and goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from yiwang.ledger.model import Event
from yiwang.network.model_personal import say_purpose


@dataclass(frozen=True)
class ResidentMovedIn(Event, name="resident.moved_in", about="resident", opens=True):
    """`import_sha256`: they came with this file."""

    resident_id: UUID
    home: UUID
    generated: bool
    digest: str
    import_sha256: str | None

    def zh(self) -> str:
        return "登记入住"

    def en(self) -> str:
        return "Moved in"


@dataclass(frozen=True)
class ResidentChanged(Event, name="resident.changed", about="resident"):
    """`fields`: which."""

    resident_id: UUID
    change: int
    fields: tuple[str, ...]
    digest: str

    def zh(self) -> str:
        return f"住户信息变更 {len(self.fields)} 项"

    def en(self) -> str:
        return f"Changed: {', '.join(self.fields)}"


@dataclass(frozen=True)
class ResidentMovedOut(Event, name="resident.moved_out", about="resident"):
    resident_id: UUID
    digest: str

    def zh(self) -> str:
        return "登记搬离"

    def en(self) -> str:
        return "Moved out"


@dataclass(frozen=True)
class ResidentUnmasked(Event, name="resident.unmasked", about="resident"):
    """Somebody saw in clear who it is; `words_digest` binds why, which is kept in `network.unmasking`."""

    resident_id: UUID
    unmasking: UUID
    purpose: str
    words_digest: str

    def zh(self) -> str:
        return f"住户信息被查看，事由：{say_purpose(self.purpose)[0]}"

    def en(self) -> str:
        return f"Seen in clear, for {say_purpose(self.purpose)[1]}"


@dataclass(frozen=True)
class ResidentsSought(Event, name="resident.sought", about="resident_search", opens=True):
    """Somebody asked by a name who lives on their ground; the name is kept nowhere. `found`: who they were shown, masked;
    `words_digest` binds why, which is kept in `network.unmasking`."""

    resident_search_id: UUID
    unmasking: UUID
    purpose: str
    words_digest: str
    found: tuple[UUID, ...]

    def zh(self) -> str:
        return f"按姓名查找住户，查到 {len(self.found)} 人，事由：{say_purpose(self.purpose)[0]}"

    def en(self) -> str:
        return f"Sought by name, {len(self.found)} found, for {say_purpose(self.purpose)[1]}"


@dataclass(frozen=True)
class ResidentErased(Event, name="resident.erased", about="resident"):
    """`expired`: not at somebody's wish, but because the time for which they are kept was over. `reason_digest` binds why."""

    resident_id: UUID
    expired: bool
    reason_digest: str

    def zh(self) -> str:
        return "保存期满，个人信息已删除" if self.expired else "应请求删除个人信息"

    def en(self) -> str:
        return "Personal data erased: no longer needed" if self.expired else "Personal data erased on request"

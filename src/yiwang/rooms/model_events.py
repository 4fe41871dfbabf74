"""What happens in rooms: references and digests only; the words stand beside, and can be erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.ledger.model import Event
from yiwang.network.model import PostKind

OUTCOMES = {
    "closed": ("已结案", "closed"),
    "declined": ("不予受理", "declined"),
    "void": ("已作废", "void"),
    "merged": ("已并案", "merged into another"),
    "done": ("协办已完成", "the assisting unit is done"),
}


@dataclass(frozen=True)
class RoomOpened(Event, name="room.opened", about="room", opens=True):
    """`name_digest` binds the name. `case`: whose room it is, None for an area's."""

    room_id: UUID
    kind: str
    case: UUID | None
    unit: UUID
    grids: tuple[UUID, ...]
    emergency: bool
    name_digest: str

    def zh(self) -> str:
        return "开设案件协同群" if self.kind == "case" else "开设片区协同群"

    def en(self) -> str:
        return "Room of a case opened" if self.kind == "case" else "Room of an area opened"


@dataclass(frozen=True)
class RoomRenamed(Event, name="room.renamed", about="room"):
    """`name_digest` binds the name that it has now."""

    room_id: UUID
    name_digest: str

    def zh(self) -> str:
        return "群名随案件更改"

    def en(self) -> str:
        return "Renamed with its case"


@dataclass(frozen=True)
class RoomClosed(Event, name="room.closed", about="room"):
    room_id: UUID

    def zh(self) -> str:
        return "协同群已关闭，记录保留"

    def en(self) -> str:
        return "Room closed; everything is kept"


@dataclass(frozen=True)
class MemberAdded(Event, name="room.member_added", about="room"):
    """`person` None: whoever holds the post in the unit."""

    room_id: UUID
    member: UUID
    unit: UUID
    unit_name: str
    post: str
    person: UUID | None

    def zh(self) -> str:
        return f"加入成员：{self.unit_name}{PostKind(self.post).zh()}"

    def en(self) -> str:
        return f"Member added: {PostKind(self.post).en()} of {self.unit_name}"


@dataclass(frozen=True)
class MemberLeft(Event, name="room.member_left", about="room"):
    """`removed`: somebody else took them out."""

    room_id: UUID
    member: UUID
    removed: bool

    def zh(self) -> str:
        return "移出成员" if self.removed else "成员退出"

    def en(self) -> str:
        return "Member removed" if self.removed else "Member left"


@dataclass(frozen=True)
class RoomSaid(Event, name="room.said", about="room"):
    """`text_digest` binds the words and the place. `mentions`: members asked with @, to see to it by `due_at`."""

    room_id: UUID
    message: UUID
    number: int
    member: UUID
    text_digest: str
    photos: tuple[str, ...]
    reply_to: UUID | None
    mentions: tuple[UUID, ...]
    due_at: datetime | None
    urgent: bool

    def zh(self) -> str:
        return ("紧急发言" if self.urgent else "发言") + (f"，@ {len(self.mentions)} 方" if self.mentions else "")

    def en(self) -> str:
        return ("Urgent message" if self.urgent else "Message") + (f", @ {len(self.mentions)}" if self.mentions else "")


@dataclass(frozen=True)
class MentionsRead(Event, name="room.mentions_read", about="room"):
    room_id: UUID
    mentions: tuple[UUID, ...]

    def zh(self) -> str:
        return f"已读回执 {len(self.mentions)} 条"

    def en(self) -> str:
        return f"Receipts: {len(self.mentions)}"


@dataclass(frozen=True)
class MentionsDone(Event, name="room.mentions_done", about="room"):
    """What was asked with @ in this message is done; `on_time`: none of it was late."""

    room_id: UUID
    message: UUID
    mentions: tuple[UUID, ...]
    on_time: bool

    def zh(self) -> str:
        return "所@事项已办好" + ("" if self.on_time else "（超时）")

    def en(self) -> str:
        return "What was asked is done" + ("" if self.on_time else ", late")


@dataclass(frozen=True)
class MentionOverdue(Event, name="room.mention_overdue", about="room"):
    room_id: UUID
    message: UUID
    mention: UUID
    due_at: datetime

    def zh(self) -> str:
        return "所@事项超时未办"

    def en(self) -> str:
        return "What was asked is overdue"


@dataclass(frozen=True)
class MessageTurned(Event, name="room.turned", about="room"):
    """A message became a case, or (`order`) an assisting order in the room's own case. `mentions`: what is done by that."""

    room_id: UUID
    message: UUID
    case: UUID
    number: str
    order: UUID | None
    mentions: tuple[UUID, ...]

    def zh(self) -> str:
        return f"转为案件 {self.number} 的协办单" if self.order else f"转为案件 {self.number}"

    def en(self) -> str:
        return f"Became an assisting order of case {self.number}" if self.order else f"Became case {self.number}"


@dataclass(frozen=True)
class OutcomeTold(Event, name="room.told", about="room"):
    """What became of it; `turned`: the message that was turned, None in the case's own room."""

    room_id: UUID
    message: UUID
    number: int
    turned: UUID | None
    case: UUID
    case_number: str
    outcome: str

    def zh(self) -> str:
        return f"案件 {self.case_number}：{OUTCOMES.get(self.outcome, (self.outcome, ''))[0]}"

    def en(self) -> str:
        return f"Case {self.case_number}: {OUTCOMES.get(self.outcome, ('', self.outcome))[1]}"


@dataclass(frozen=True)
class MessageErased(Event, name="room.erased", about="room"):
    """`erased`: the digest of what it said, which is what is left of it; `text_digest` binds why."""

    room_id: UUID
    message: UUID
    erased: str
    text_digest: str

    def zh(self) -> str:
        return "一条发言已删除，摘要保留"

    def en(self) -> str:
        return "A message was erased; its digest stays"

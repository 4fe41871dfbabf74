"""Events around the steps: requests, merging, emergencies, words, time limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.cases.model import BounceReason, RequestKind
from yiwang.cases.model_events import Limits
from yiwang.ledger.model import Event


def _time(at: datetime | str | None) -> str:
    return str(at)[:16].replace("T", " ") if at else "—"


@dataclass(frozen=True)
class RequestAsked(Event, name="case.request_asked", about="case"):
    """`text_digest` binds the wording, which may name people and is kept beside."""

    case_id: UUID
    request: UUID
    kind: str
    order: UUID | None
    reason: str
    text_digest: str
    until: datetime | None

    def zh(self) -> str:
        reason = f"：{BounceReason(self.reason).zh()}" if self.kind == "bounce" else ""
        return f"申请{RequestKind(self.kind).zh()}{reason}"

    def en(self) -> str:
        reason = f": {BounceReason(self.reason).en()}" if self.kind == "bounce" else ""
        return f"Asked for {RequestKind(self.kind).en()}{reason}"


@dataclass(frozen=True)
class RequestDecidedV1(Event, name="case.request_decided", about="case"):
    """`final` false: one of two reviewers has agreed, the other is still to come."""

    case_id: UUID
    request: UUID
    kind: str
    order: UUID | None
    granted: bool
    final: bool
    due_at: datetime | None

    def zh(self) -> str:
        verdict = ("同意" if self.granted else "驳回") + ("" if self.final else "（尚需另一人复核）")
        due = f"，期限至 {_time(self.due_at)}" if self.due_at and self.granted else ""
        return f"{RequestKind(self.kind).zh()}申请：{verdict}{due}"

    def en(self) -> str:
        verdict = ("granted" if self.granted else "refused") + ("" if self.final else " (a second review is needed)")
        return f"Request for {RequestKind(self.kind).en()}: {verdict}"


@dataclass(frozen=True)
class RequestDecidedV2(RequestDecidedV1, name="case.request_decided", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class RequestDecided(RequestDecidedV2, name="case.request_decided", about="case", version=3):
    text_digest: str


@dataclass(frozen=True)
class CaseResumedV1(Event, name="case.resumed", about="case"):
    case_id: UUID
    due_at: datetime | None
    automatic: bool

    def zh(self) -> str:
        return ("挂账到期，自动恢复" if self.automatic else "恢复处置") + f"，期限 {_time(self.due_at)}"

    def en(self) -> str:
        return f"Resumed{' by itself' if self.automatic else ''}, due {_time(self.due_at)}"


@dataclass(frozen=True)
class CaseResumedV2(CaseResumedV1, name="case.resumed", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class CaseResumed(CaseResumedV2, name="case.resumed", about="case", version=3):
    text_digest: str


@dataclass(frozen=True)
class CaseMergedV1(Event, name="case.merged", about="case"):
    case_id: UUID
    into: UUID
    into_number: str

    def zh(self) -> str:
        return f"并入案件 {self.into_number}"

    def en(self) -> str:
        return f"Merged into case {self.into_number}"


@dataclass(frozen=True)
class CaseMerged(CaseMergedV1, name="case.merged", about="case", version=2):
    text_digest: str


@dataclass(frozen=True)
class CaseUnmergedV1(Event, name="case.unmerged", about="case"):
    case_id: UUID
    from_case: UUID
    text_digest: str

    def zh(self) -> str:
        return "撤销并案"

    def en(self) -> str:
        return "Merge undone"


@dataclass(frozen=True)
class CaseUnmerged(CaseUnmergedV1, name="case.unmerged", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class DuplicateJoined(Event, name="case.duplicate_joined", about="case"):
    """Written in the case that stays: another one (`joined`) was merged into it, or left it again."""

    case_id: UUID
    joined: UUID
    joined_number: str
    left: bool

    def zh(self) -> str:
        return f"案件 {self.joined_number} {'撤出' if self.left else '并入本案'}"

    def en(self) -> str:
        return f"Case {self.joined_number} {'left this case' if self.left else 'was merged into this case'}"


@dataclass(frozen=True)
class EmergencyDeclaredV1(Event, name="case.emergency_declared", about="case"):
    case_id: UUID
    commander: UUID
    units: tuple[UUID, ...]
    unit_names: tuple[str, ...]
    orders: tuple[UUID, ...]
    owed: tuple[str, ...]
    due_at: datetime

    def zh(self) -> str:
        owed = "；待补手续：" + "、".join({"accept": "受理", "file": "立案"}[o] for o in self.owed) if self.owed else ""
        return f"启动应急：{'、'.join(self.unit_names)} 同时到场，限 {_time(self.due_at)} 前{owed}"

    def en(self) -> str:
        return f"Emergency: {', '.join(self.unit_names)} called at once, by {_time(self.due_at)}"


@dataclass(frozen=True)
class EmergencyDeclaredV2(EmergencyDeclaredV1, name="case.emergency_declared", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class EmergencyDeclared(EmergencyDeclaredV2, name="case.emergency_declared", about="case", version=3):
    text_digest: str


@dataclass(frozen=True)
class Supervised(Event, name="case.supervised", about="case"):
    case_id: UUID
    supervision: UUID
    unit: UUID
    unit_name: str
    due_at: datetime
    text_digest: str

    def zh(self) -> str:
        return f"督办 {self.unit_name}，须在 {_time(self.due_at)} 前答复"

    def en(self) -> str:
        return f"{self.unit_name} must answer by {_time(self.due_at)}"


@dataclass(frozen=True)
class SupervisionAnswered(Event, name="case.supervision_answered", about="case"):
    case_id: UUID
    supervision: UUID
    text_digest: str
    on_time: bool

    def zh(self) -> str:
        return f"督办已答复{'' if self.on_time else '（逾期）'}"

    def en(self) -> str:
        return f"Supervision answered{'' if self.on_time else ' late'}"


@dataclass(frozen=True)
class CaseUrgedV1(Event, name="case.urged", about="case"):
    case_id: UUID

    def zh(self) -> str:
        return "催办"

    def en(self) -> str:
        return "Urged"


@dataclass(frozen=True)
class CaseUrged(CaseUrgedV1, name="case.urged", about="case", version=2):
    text_digest: str


@dataclass(frozen=True)
class Commented(Event, name="case.commented", about="case"):
    case_id: UUID
    comment: UUID
    text_digest: str
    mentions: tuple[UUID, ...]

    def zh(self) -> str:
        return "留言" + (f"，@ {len(self.mentions)} 人" if self.mentions else "")

    def en(self) -> str:
        return "Commented" + (f", @ {len(self.mentions)}" if self.mentions else "")


@dataclass(frozen=True)
class CommentRead(Event, name="case.comment_read", about="case"):
    case_id: UUID
    comment: UUID

    def zh(self) -> str:
        return "被@人已读留言"

    def en(self) -> str:
        return "A mentioned person has read the comment"


@dataclass(frozen=True)
class LimitNear(Event, name="case.limit_near", about="case"):
    """`what`: a step's name, `whole`, or `order`."""

    case_id: UUID
    what: str
    order: UUID | None
    due_at: datetime

    def zh(self) -> str:
        return f"时限预警：{_what(self.what)}，期限 {_time(self.due_at)}"

    def en(self) -> str:
        return f"Time is running out: {self.what}, due {_time(self.due_at)}"


@dataclass(frozen=True)
class LimitPassed(Event, name="case.limit_passed", about="case"):
    case_id: UUID
    what: str
    order: UUID | None
    due_at: datetime

    def zh(self) -> str:
        return f"超期：{_what(self.what)}，期限 {_time(self.due_at)}"

    def en(self) -> str:
        return f"Overdue: {self.what}, was due {_time(self.due_at)}"


@dataclass(frozen=True)
class Escalated(Event, name="case.escalated", about="case"):
    """Told to the holders of `post` in the unit at `unit` or above: one level further up each time."""

    case_id: UUID
    what: str
    order: UUID | None
    level: int
    unit: UUID | None
    post: str

    def zh(self) -> str:
        return f"超期升级（第 {self.level} 级）：{_what(self.what)}"

    def en(self) -> str:
        return f"Escalated, level {self.level}: {self.what}"


@dataclass(frozen=True)
class DeadlineReworkedV1(Event, name="case.deadline_reworked", about="case"):
    """A provisional deadline was worked out again, now that the calendar of its year is known."""

    case_id: UUID
    clock: UUID
    was: datetime
    due_at: datetime

    def zh(self) -> str:
        return f"节假日安排公布后重算期限：{_time(self.was)} → {_time(self.due_at)}"

    def en(self) -> str:
        return f"Deadline worked out again: {_time(self.was)} → {_time(self.due_at)}"


@dataclass(frozen=True)
class DeadlineReworked(DeadlineReworkedV1, name="case.deadline_reworked", about="case", version=2):
    """`order`: whose deadline it is; None: the whole case's."""

    order: UUID | None
    limits: Limits


@dataclass(frozen=True)
class ContactErased(Event, name="case.contact_erased", about="case"):
    case_id: UUID
    contact: UUID

    def zh(self) -> str:
        return "上报人个人信息已删除"

    def en(self) -> str:
        return "The reporter's personal data were erased"


_WHAT = {
    "whole": "全案处置", "order": "处置单", "supervision": "督办答复", "reported": "受理", "checking": "核实",
    "accepted": "立案", "filed": "派遣", "handled": "核查", "verified": "结案",
}  # fmt: skip


def _what(what: str) -> str:
    return _WHAT.get(what, what)

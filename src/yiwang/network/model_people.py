"""People, the posts they hold, the certificates that open posts (N2), and who is on duty when (N4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from yiwang.kit.fields import LocalTime
from yiwang.ledger.model import Event
from yiwang.network.model import PostKind

ERASED_NAME = "已注销人员"


@dataclass(frozen=True, slots=True)
class Person:
    """`phone` and `wecom` are masked, except for the person themselves."""

    id: UUID
    login: str | None
    name: str
    phone: str | None
    wecom: str | None
    added_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post of a person, past, present or to come. `effective`: does it count at the instant asked about."""

    id: UUID
    person_id: UUID
    kind: PostKind
    unit_id: UUID
    unit_name: str
    unit_path: str
    grids: tuple[UUID, ...]
    since: datetime
    until: datetime | None
    needs_certificate: bool
    effective: bool


@dataclass(frozen=True, slots=True)
class PostView:
    """A post of one's own that counts now, with its unit's name."""

    id: UUID
    kind: PostKind
    unit_id: UUID
    unit_name: str
    unit_path: str
    grids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """Training passed for a kind of post; valid from `issued_at` until `expires_at` or `revoked_at`."""

    id: UUID
    person_id: UUID
    kind: PostKind
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    by: UUID


class ShiftKind(StrEnum):
    day = "day"
    night = "night"
    holiday = "holiday"
    single = "single"
    """Assigned by hand, not by a plan."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A template in local time; `ends` at or before `starts` means the next day."""

    kind: ShiftKind
    starts: LocalTime
    ends: LocalTime


@dataclass(frozen=True, slots=True)
class Duty:
    id: UUID
    post_id: UUID
    since: datetime
    until: datetime
    shift: ShiftKind
    grids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty in a roster."""

    id: UUID
    person_id: UUID
    name: str
    post: PostKind
    unit_name: str
    shift: ShiftKind
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Someone who is on duty and by what they can be reached: masked (`actions_personal.unmask_person` shows the whole
    number, with a reason). `climbed` is how many levels above the place they are (0: its own
    unit); above 0 nobody nearer was on duty. `for_grid`: on duty for the very grid asked about.
    `here_since`: since when they really are on duty; None while they are only planned to be."""

    person_id: UUID
    name: str
    post: PostKind
    post_id: UUID
    unit_id: UUID
    unit_name: str
    unit_path: str
    grids: tuple[UUID, ...]
    until: datetime
    phone: str | None
    wecom: str | None
    climbed: int
    for_grid: bool
    here_since: datetime | None


@dataclass(frozen=True, slots=True)
class DutyPlan:
    """What a plan came to. `kept` overlapped with duties assigned by hand, which stay; `provisional`: some year's
    statutory holidays are not known yet, so its weekdays were taken as they are: plan it again when they are."""

    planned: int
    kept: int
    provisional: bool


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AddPerson:
    person_id: UUID
    login: str
    name: str
    phone: str | None = field(default=None, repr=False)
    wecom: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ErasePerson:
    person_id: UUID


@dataclass(frozen=True, slots=True)
class GrantPost:
    """`since` None means from now; `until` None means until revoked."""

    post_id: UUID
    person_id: UUID
    kind: PostKind
    unit_id: UUID
    grids: tuple[UUID, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RevokePost:
    post_id: UUID


@dataclass(frozen=True, slots=True)
class GiveCertificate:
    certificate_id: UUID
    person_id: UUID
    expires_at: datetime
    kind: PostKind = PostKind.inspector


@dataclass(frozen=True, slots=True)
class RevokeCertificate:
    certificate_id: UUID


@dataclass(frozen=True, slots=True)
class SetShift:
    unit_id: UUID
    kind: ShiftKind
    starts: LocalTime
    ends: LocalTime


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One line of a weekly pattern: on these weekdays (1 Monday … 7 Sunday) this shift is kept by these posts, all at
    once, or `at_once` of them by turns. A holiday line stands in for all others on statutory holidays."""

    shift: ShiftKind
    post_ids: tuple[UUID, ...]
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class PlanDuty:
    """Plan the days `since` to `until` (both included) of a unit's posts anew. `holidays`: keep China's statutory
    holidays and make-up workdays."""

    unit_id: UUID
    since: date
    until: date
    lines: tuple[DutyLine, ...]
    zone: str = "Asia/Shanghai"
    holidays: bool = True


@dataclass(frozen=True, slots=True)
class AssignDuty:
    """One duty by hand; `reach` is how they can be reached then: phone, wecom."""

    duty_id: UUID
    post_id: UUID
    since: datetime
    until: datetime
    grids: tuple[UUID, ...] = ()
    reach: tuple[str, ...] = ("phone", "wecom")


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def say_post(kind: str) -> tuple[str, str]:
    """A post's name in Chinese and English; of one that is no more, what the ledger calls it."""
    return (PostKind(kind).zh(), PostKind(kind).en()) if kind in PostKind.__members__ else (kind, kind)


@dataclass(frozen=True)
class PersonAdded(Event, name="person.added", about="person", opens=True):
    person_id: UUID

    def zh(self) -> str:
        return "登记人员"

    def en(self) -> str:
        return "Person added"


@dataclass(frozen=True)
class PersonErased(Event, name="person.erased", about="person"):
    """Whoever keeps personal data of this person must erase it too."""

    person_id: UUID

    def zh(self) -> str:
        return "人员个人信息已删除"

    def en(self) -> str:
        return "Personal data erased"


@dataclass(frozen=True)
class PostGranted(Event, name="post.granted", about="person"):
    person_id: UUID
    post_id: UUID
    kind: str
    unit_id: UUID
    grids: tuple[UUID, ...]
    since: datetime
    until: datetime | None

    def zh(self) -> str:
        return f"任命为{say_post(self.kind)[0]}"

    def en(self) -> str:
        return f"Appointed {say_post(self.kind)[1]}"


@dataclass(frozen=True)
class PostRevoked(Event, name="post.revoked", about="person"):
    person_id: UUID
    post_id: UUID
    kind: str
    unit_id: UUID

    def zh(self) -> str:
        return f"免去{say_post(self.kind)[0]}岗位"

    def en(self) -> str:
        return f"No longer {say_post(self.kind)[1]}"


@dataclass(frozen=True)
class CertificateGiven(Event, name="certificate.given", about="person"):
    person_id: UUID
    certificate_id: UUID
    kind: str
    expires_at: datetime

    def zh(self) -> str:
        return f"取得{say_post(self.kind)[0]}培训证书，有效期至 {self.expires_at:%Y-%m-%d}"

    def en(self) -> str:
        return f"Certified as {say_post(self.kind)[1]} until {self.expires_at:%Y-%m-%d}"


@dataclass(frozen=True)
class CertificateRevoked(Event, name="certificate.revoked", about="person"):
    person_id: UUID
    certificate_id: UUID
    kind: str

    def zh(self) -> str:
        return f"撤销{say_post(self.kind)[0]}培训证书"

    def en(self) -> str:
        return f"Certificate as {say_post(self.kind)[1]} withdrawn"


@dataclass(frozen=True)
class ShiftSet(Event, name="duty.shift_set", about="unit"):
    unit_id: UUID
    kind: str
    starts: str
    ends: str

    def zh(self) -> str:
        return f"班次时间改为 {self.starts}–{self.ends}"

    def en(self) -> str:
        return f"Shift {self.kind} set to {self.starts}–{self.ends}"


@dataclass(frozen=True)
class DutyPlanned(Event, name="duty.planned", about="unit"):
    unit_id: UUID
    since: date
    until: date
    planned: int
    kept: int
    provisional: bool

    def zh(self) -> str:
        return f"排班 {self.since} 至 {self.until}：{self.planned} 班" + (
            "（节假日安排未公布，暂排）" if self.provisional else ""
        )

    def en(self) -> str:
        return f"Duty planned {self.since} to {self.until}: {self.planned}" + (
            " (provisional)" if self.provisional else ""
        )


@dataclass(frozen=True)
class DutyAssigned(Event, name="duty.assigned", about="unit"):
    unit_id: UUID
    duty_id: UUID
    post_id: UUID
    since: datetime
    until: datetime

    def zh(self) -> str:
        return f"安排值班：{self.since:%m-%d %H:%M} 至 {self.until:%m-%d %H:%M}（UTC）"

    def en(self) -> str:
        return f"Duty assigned {self.since:%m-%d %H:%M} to {self.until:%m-%d %H:%M} UTC"

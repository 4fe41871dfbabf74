"""Cases, orders, requests, clocks: what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Named(StrEnum):
    """An enum whose members carry their names in both languages: `reported = "reported", "待受理", "reported"`."""

    _zh: str
    _en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Named:
        member = str.__new__(cls, value)
        member._value_, member._zh, member._en = value, zh, en
        return member

    def zh(self) -> str:
        return self._zh

    def en(self) -> str:
        return self._en


class Step(Named):
    """Where a case stands: named by what was done last, shown by what it waits for (seed article 002, GB/T 30428.8)."""

    reported = "reported", "待受理", "awaiting acceptance"
    checking = "checking", "核实中", "being checked on the spot"
    accepted = "accepted", "待立案", "awaiting filing"
    filed = "filed", "待派遣", "awaiting dispatch"
    handling = "handling", "处置中", "being handled"
    handled = "handled", "待核查", "awaiting verification"
    verified = "verified", "待结案", "awaiting close"
    closed = "closed", "已结案", "closed"
    declined = "declined", "不予受理", "declined"
    void = "void", "已作废", "void"
    merged = "merged", "已并案", "merged"


OPEN_STEPS = (
    Step.reported, Step.checking, Step.accepted, Step.filed, Step.handling, Step.handled, Step.verified,
)  # fmt: skip


class Channel(Named):
    """How a finding reached us (MISSION C8)."""

    patrol = "patrol", "网格巡查", "patrol"
    hotline = "hotline", "12345热线", "12345 hotline"
    public = "public", "市民上报", "resident"
    camera = "camera", "视频发现", "camera"
    sensor = "sensor", "物联感知", "sensor"
    leader = "leader", "领导交办", "leader"
    media = "media", "媒体曝光", "media"
    transfer = "transfer", "上级转办", "passed down"
    other = "other", "其他", "other"


class PhotoKind(Named):
    """What a photo shows; before and after are told apart by it."""

    near = "near", "近景", "near"
    far = "far", "远景", "far"
    check = "check", "核实", "check before filing"
    handled = "handled", "处置后", "after handling"
    verified = "verified", "核查", "at verification"


class OrderState(Named):
    waiting = "waiting", "待前序完成", "waiting its turn"
    sent = "sent", "待接单", "sent"
    taken = "taken", "处置中", "taken"
    done = "done", "已办结", "done"
    bounced = "bounced", "已退单", "bounced"
    recalled = "recalled", "已收回", "recalled"


class RequestKind(Named):
    """What someone asks for and someone else decides."""

    bounce = "bounce", "退单", "bounce"
    extend = "extend", "延期", "extension"
    suspend = "suspend", "挂账", "suspension"
    void = "void", "作废", "voiding"
    appeal = "appeal", "申诉", "appeal"


class BounceReason(Named):
    """退单 reason codes."""

    not_ours = "not_ours", "非本单位职责", "not our responsibility"
    wrong_place = "wrong_place", "不在本辖区", "outside our area"
    wrong_matter = "wrong_matter", "问题分类有误", "wrong matter"
    no_such_problem = "no_such_problem", "现场无此问题", "no such problem on the spot"
    needs_others = "needs_others", "需多部门联合处置", "needs several units"


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands. `area_path` is the ltree text of the unit on whose ground it lies.

    `due_at` is the handling deadline (处置时限) of the whole case, `step_due_at` that of the present step; both None
    where no limit applies. `unit_paths` are the units that have it in hand. `owed` names steps that an emergency put off and that must be made good before closing.
    """

    id: UUID
    number: str
    step: Step
    channel: Channel
    trusted: bool
    emergency: bool
    description: str
    scheme: str
    matter_kind: str
    matter_code: str
    matter_name: str
    condition_id: UUID | None
    component: str | None
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    place: str
    grid_code: str | None
    duty_grid_id: UUID | None
    area_id: UUID
    area_path: str
    area_name: str
    reporter_id: UUID
    checker_id: UUID | None
    commander_id: UUID | None
    lead_unit_id: UUID | None
    reported_at: datetime
    accepted_at: datetime | None
    filed_at: datetime | None
    dispatched_at: datetime | None
    handled_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime | None
    step_since: datetime
    step_due_at: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    suspended_at: datetime | None
    merged_into: UUID | None
    merged_from_step: str | None
    owed: tuple[str, ...]
    bounces: int
    reworks: int
    extensions: int
    suspensions: int
    reopens: int
    exempt: bool
    close_condition: str
    version: int
    unit_paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One unit's part in a case (处置单): lead (主办) or assist (协办); `turn` orders serial handling, all 1 in parallel."""

    id: UUID
    case_id: UUID
    unit_id: UUID
    unit_path: str
    unit_name: str
    lead: bool
    turn: int
    state: OrderState
    forced: bool
    task: str
    handler_id: UUID | None
    sent_at: datetime | None
    taken_at: datetime | None
    done_at: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    result: str
    round: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A running or stopped time limit: of the whole case (`order_id` None) or of one order.

    `pauses` are (from, to) pairs in which it stood still; `extensions` count one limit each; `working` are the lines
    that show how `due_at` came about; `fixed` says that the deadline was given from outside and is not worked out.
    """

    id: UUID
    case_id: UUID
    order_id: UUID | None
    limit_value: float
    limit_clock: str
    unit_id: UUID
    started_at: datetime
    due_at: datetime
    provisional: bool
    fixed: bool
    pauses: tuple[tuple[datetime, datetime | None], ...]
    extensions: int
    stopped_at: datetime | None
    warned_at: datetime | None
    overdue_at: datetime | None
    escalated: int
    working: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Asked by one, decided by another; an appeal by two others."""

    id: UUID
    case_id: UUID
    order_id: UUID | None
    kind: RequestKind
    reason: str
    text: str
    until: datetime | None
    asked_by: UUID
    asked_at: datetime
    needed: int
    approvals: tuple[UUID, ...]
    granted: bool | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A photo as used in a case (a voice note is `Voice`). `reused_in` names another case that shows the very same file, `alike_in` a case that shows
    one that looks the same (this one: nothing has changed since the report); `distance_m` is how far from the case's place
    it was taken, None when unknown."""

    case_id: UUID
    sha256: str
    kind: PhotoKind
    order_id: UUID | None
    round: int
    by: UUID
    at: datetime
    taken_at: datetime | None
    distance_m: float | None
    reused_in: UUID | None
    alike_in: UUID | None


VOICE = "voice"
"""The kind of a voice note among a case's evidence: no kind of photo, so it never serves where a photo is demanded."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note that came with a report, and how many seconds it lasts."""

    sha256: str
    by: UUID
    at: datetime
    type: str
    seconds: float


@dataclass(frozen=True, slots=True)
class FilePast:
    """Whether whoever shows it has uploaded this file, whether it is `sound`, whether it was erased. Of a photo: when and
    where it was taken. Where it has been used before: first in another case (`elsewhere`), and whether in this one (`here`); a case that shows another file
    which looks the same (`alike`), and whether a photo after handling looks like one before it."""

    sha256: str
    uploaded: bool
    sound: bool
    erased: bool
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    elsewhere: UUID | None
    here: bool
    alike: UUID | None
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One person's report. A merged case keeps its reports; each reporter is told the outcome and may rate it once."""

    id: UUID
    case_id: UUID
    channel: Channel
    reporter_id: UUID
    contact_id: UUID | None
    at: datetime
    told_at: datetime | None
    outcome: str | None
    rating: int | None
    solved: bool | None
    rated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Supervision:
    """督办: must be answered by the unit, by `due_at`."""

    id: UUID
    case_id: UUID
    unit_id: UUID
    unit_path: str
    text: str
    by: UUID
    at: datetime
    due_at: datetime
    answer: str | None
    answered_by: UUID | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a unit's post-holders or one person must be told; also written to the ledger by what caused it."""

    id: UUID
    case_id: UUID
    number: str
    matter_name: str
    kind: str
    unit_id: UUID | None
    post: str | None
    person_id: UUID | None
    at: datetime
    read_at: datetime | None

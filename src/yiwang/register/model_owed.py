"""What things owe, by rule and calendar; taps and check-ins, by which it is met."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from yiwang.kit.fields import Code, Line, Lon, MaybeText, Metres, Sha256
from yiwang.ledger.model import Event
from yiwang.register.model_kind import Role


class Period(StrEnum):
    hour = "hour"
    """Counted while it is open, each opening anew."""
    day = "day"
    week = "week"
    month = "month"
    year = "year"


class Proof(StrEnum):
    """What a check-in can show."""

    tap = "tap"
    """The thing's own tag was read, of whatever kind."""
    signed = "signed"
    """A tag that cannot be copied was read just then (NXP AN12196)."""
    place = "place"
    """The telephone was there."""
    photo = "photo"
    """A photo was taken there and then."""
    form = "form"
    """The form of its kind was filled in."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Some of the things of `kind` (those whose attributes hold `applies`) owe this every `every` `period`s, at most; of
    hours only while open (`hours_field`: the attribute that says when, as 18:00-02:00). `planned`: `since_field` says on which day
    something is to be done, not was. `role`: which party owes it; where there is none, whoever's ground it is. `source`: where
    the rule comes from. `matter` (scheme|code) and `condition`: the case that a lapse becomes; None: none."""

    id: UUID
    code: str
    kind: str
    zh: str
    en: str
    every: int
    period: Period
    open_from: time | None
    open_to: time | None
    since_field: str | None
    applies: dict[str, Any]
    warn: timedelta
    grace: timedelta
    role: Role
    evidence: tuple[str, ...]
    matter: str | None
    condition: str | None
    source: str
    retired_at: datetime | None
    hours_field: str | None
    planned: bool


@dataclass(frozen=True, slots=True)
class RuleOf:
    """A rule as a pack or a form gives it."""

    code: Code
    kind: Code
    zh: Line
    en: Line
    every: Annotated[int, Field(ge=1, le=1000)]
    period: Period
    role: Role
    source: Line
    open_from: time | None = None
    open_to: time | None = None
    since_field: Code | None = None
    applies: Annotated[dict[str, Any], Field(max_length=20)] = field(default_factory=dict)
    warn_h: Annotated[float, Field(ge=0, le=24 * 366)] = 24
    grace_h: Annotated[float, Field(ge=0, le=24 * 366)] = 0
    evidence: tuple[Proof, ...] = (Proof.tap,)
    matter: Line | None = None
    condition: Line | None = None
    hours_field: Code | None = None
    planned: bool = False


@dataclass(frozen=True, slots=True)
class SetRules:
    """The rules of these kinds, all of them: what is not among them is retired."""

    kinds: tuple[Code, ...]
    rules: Annotated[tuple[RuleOf, ...], Field(max_length=500)]


@dataclass(frozen=True, slots=True)
class Obligation:
    """What one thing owes next. `state`: owed, due (soon), lapsed; `evidence`: what a check-in must show to meet it (`Proof`)."""

    thing_id: UUID
    thing_code: str
    thing_name: str
    kind: str
    rule_id: UUID
    rule: str
    zh: str
    en: str
    unit_id: UUID
    unit_name: str
    lon: float
    lat: float
    due_at: datetime
    late_at: datetime
    lapsed_at: datetime | None
    met_at: datetime | None
    state: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwedCount:
    """Of a rule: how many owe it, how many soon, how many are lapsed."""

    rule: str
    zh: str
    en: str
    owed: int
    due: int
    lapsed: int


# ── tags and check-ins ────────────────────────────────────────────────────────────────────────────────────────────

Uid = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8,64}$")]
Hex = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]*$", max_length=64)]


class TagKind(StrEnum):
    qr = "qr"
    nfc = "nfc"
    sun = "sun"
    """NTAG 424 DNA and the like: signs each tap."""


@dataclass(frozen=True, slots=True)
class Tag:
    id: UUID
    uid: str
    kind: TagKind
    thing_id: UUID
    counter: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BindTag:
    """Stick a tag to a thing. `key` (AES-128, hex): of a signing tag, its SDM file read key; sealed at once and never shown."""

    thing_id: UUID
    tag_id: UUID
    uid: Uid
    kind: TagKind
    key: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{32}$")] | None = None


@dataclass(frozen=True, slots=True)
class RemoveTag:
    thing_id: UUID
    tag_id: UUID


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the identity (and of a signing tag its counter, hex as the chip writes it) or, encrypted, `picc`; `mac`."""

    uid: Uid | None = None
    counter: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6}$")] | None = None
    picc: Hex | None = None
    mac: Hex | None = None


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Somebody was there. `id` is made by the telephone; `at` is its time. Without a reading it was typed in."""

    id: UUID
    thing_id: UUID
    at: AwareDatetime
    reading: Reading | None = None
    lon: Lon | None = None
    lat: Lon | None = None
    accuracy_m: Metres | None = None
    device: Annotated[str, Field(max_length=64)] = ""
    photos: Annotated[tuple[Sha256, ...], Field(max_length=9)] = ()
    form: Annotated[dict[str, Any], Field(max_length=60)] = field(default_factory=dict)
    damaged: bool = False
    note: MaybeText = ""


class How(StrEnum):
    """How a thing's tag was read."""

    signed = "signed"
    nfc = "nfc"
    qr = "qr"
    typed = "typed"
    """It was not: the code was typed in."""


@dataclass(frozen=True, slots=True)
class CheckInRow:
    id: UUID
    thing_id: UUID
    person_id: UUID
    person_name: str
    post: str
    at: datetime
    received_at: datetime
    how: How
    distance_m: float | None
    photos: tuple[str, ...]
    form: dict[str, Any]
    damaged: bool
    proofs: tuple[str, ...]
    doubts: tuple[str, ...]
    met: tuple[str, ...]


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RulesSet(Event, name="rules.set", about="rule_set", opens=True):
    """`digest` binds the rules as they were given."""

    rule_set_id: UUID
    kinds: tuple[str, ...]
    added: tuple[str, ...]
    retired: tuple[str, ...]
    digest: str

    def zh(self) -> str:
        return f"设定应尽事项：新增或改动 {len(self.added)} 条，停用 {len(self.retired)} 条"

    def en(self) -> str:
        return f"Rules of what is owed: {len(self.added)} new or changed, {len(self.retired)} retired"


@dataclass(frozen=True)
class ObligationLapsed(Event, name="thing.obligation_lapsed", about="thing"):
    """Recorded once, when it lapses first; not again until it has been met."""

    thing_id: UUID
    rule: str
    rule_zh: str
    unit: UUID
    due_at: datetime
    matter: str | None
    condition: str | None

    def zh(self) -> str:
        return f"逾期未做：{self.rule_zh}"

    def en(self) -> str:
        return f"Lapsed: {self.rule}"


@dataclass(frozen=True)
class TagBound(Event, name="thing.tag_bound", about="thing"):
    """`uid_digest`: whoever reads the ledger should not be able to make such a tag."""

    thing_id: UUID
    tag: UUID
    tag_kind: str
    uid_digest: str
    removed: bool

    def zh(self) -> str:
        return "撤下标签" if self.removed else "贴上标签"

    def en(self) -> str:
        return "A tag was taken off" if self.removed else "A tag was stuck on"


@dataclass(frozen=True)
class CheckedIn(Event, name="thing.checked_in", about="thing"):
    """`form_digest` binds the form and the note; `met`: the codes of the rules that it met."""

    thing_id: UUID
    checkin: UUID
    told_at: datetime
    how: str
    distance_m: float | None
    photos: tuple[str, ...]
    form_digest: str
    damaged: bool
    proofs: tuple[str, ...]
    doubts: tuple[str, ...]
    met: tuple[str, ...]

    def zh(self) -> str:
        doubted = f"（有疑点：{'、'.join(DOUBTS[d][0] for d in self.doubts if d in DOUBTS)}）" if self.doubts else ""
        return f"到场{'，发现损坏' if self.damaged else '检查'}{doubted}"

    def en(self) -> str:
        doubted = f" (doubts: {', '.join(DOUBTS[d][1] for d in self.doubts if d in DOUBTS)})" if self.doubts else ""
        return f"Checked in{', found damaged' if self.damaged else ''}{doubted}"


@dataclass(frozen=True)
class ThingCaseOpened(Event, name="thing.case_opened", about="thing"):
    """`rule`: of which the lapse became this case; `checkin`: at which damage was found, or the step that asked for it."""

    thing_id: UUID
    case: UUID
    rule: str | None
    checkin: UUID | None

    def zh(self) -> str:
        return "因逾期未做立为案件" if self.rule else "因到场所见立为案件"

    def en(self) -> str:
        return "Its lapse became a case" if self.rule else "What was found there became a case"


DOUBTS = {
    "typed": ("未读标签", "no tag read"),
    "unsigned": ("标签可被复制", "the tag can be copied"),
    "no_position": ("没有定位", "no position"),
    "far": ("定位离得太远", "too far away"),
    "vague": ("定位太粗", "the position is vague"),
    "clock": ("手机时间不可信", "the telephone's clock cannot be"),
    "old": ("很晚才上传", "told long afterwards"),
    "old_photo": ("照片不是当时拍的", "the photo was not taken then"),
    "too_fast": ("两次到场之间来不及走到", "no time to get there since the last one"),
    "backwards": ("标签计数与时间先后不符", "the tag's counter and the times disagree"),
}

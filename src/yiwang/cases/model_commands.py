"""Commands: what a client sends. FastAPI reads them straight from the request body."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from yiwang.cases.model import BounceReason, Channel, PhotoKind
from yiwang.cases.model_class import ClassOf, ComponentCode, MatterKind
from yiwang.kit.fields import LATER, Code, Datum, Lat, Line, Lon, MaybeText, Metres, Sha256, Text

Photos = Annotated[tuple["PhotoUse", ...], Field(max_length=12)]


@dataclass(frozen=True, slots=True)
class PhotoUse:
    """A photo uploaded before (POST /api/photos), used as evidence."""

    sha256: Sha256
    kind: PhotoKind


@dataclass(frozen=True, slots=True)
class Contact:
    """A reporter's own data: kept beside the ledger, erasable. `secret` asks that handlers never see it."""

    name: Annotated[str, Field(max_length=100)] = ""
    phone: Annotated[str, Field(max_length=40, pattern=r"^[0-9+() -]*$")] = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ReportCase:
    """发现上报. `id` is made by the client. The place is a point, or (where there is none) the code of an area's unit.

    A self-handled report (自处置) needs a photo before and one after. `voice`: a recording uploaded before (POST /api/voices).
    """

    id: UUID
    channel: Channel
    description: Text
    matter_kind: MatterKind
    matter_code: Code
    scheme: Line = "GB/T 47678.5-2026"
    condition_id: UUID | None = None
    component: ComponentCode | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    datum: Datum = "wgs84"
    accuracy_m: Metres | None = None
    area_code: Code | None = None
    place: MaybeText = ""
    photos: Photos = ()
    contact: Contact | None = None
    emergency: bool = False
    self_handled: bool = False
    seen_at: AwareDatetime | None = None
    voice: Sha256 | None = field(default=None, metadata=LATER)

    __pydantic_config__ = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019ab0a2-5c00-7000-8000-000000000001",
                    "channel": "patrol",
                    "description": "消防栓挡在盲道上",
                    "matter_kind": "matter",
                    "matter_code": "06051",
                    "lon": 121.4835,
                    "lat": 31.217,
                    "place": "文庙路",
                    "photos": [],
                }
            ]
        }
    )


@dataclass(frozen=True, slots=True)
class AcceptCase:
    case_id: UUID
    note: MaybeText = ""


@dataclass(frozen=True, slots=True)
class DeclineCase:
    case_id: UUID
    reason: Text


@dataclass(frozen=True, slots=True)
class AskCheck:
    """核实: send an inspector to look before filing."""

    case_id: UUID
    inspector_id: UUID
    note: MaybeText = ""


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    case_id: UUID
    found: bool
    text: Text
    lon: Lon | None = None
    lat: Lat | None = None
    photos: Photos = ()


@dataclass(frozen=True, slots=True)
class FileCase:
    """立案 under a filing condition, with `to` under another class than it was reported as. `due_at` is only for a deadline
    set by another system (a replay, a transfer)."""

    case_id: UUID
    condition_id: UUID | None = None
    due_at: AwareDatetime | None = None
    open_ended: bool = False
    note: MaybeText = ""
    to: ClassOf | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One unit's part. Equal `turn`s work in parallel; a higher turn waits for the lower ones."""

    unit_id: UUID
    task: MaybeText = ""
    turn: Annotated[int, Field(ge=1, le=9)] = 1


@dataclass(frozen=True, slots=True)
class DispatchCase:
    """派遣 to a lead unit and to assisting ones. `forced` (首接负责/属地兜底): this order cannot be bounced."""

    case_id: UUID
    lead: Assignment
    assists: Annotated[tuple[Assignment, ...], Field(max_length=12)] = ()
    forced: bool = False
    reason: MaybeText = ""


@dataclass(frozen=True, slots=True)
class AddAssist:
    case_id: UUID
    assist: Assignment
    reason: MaybeText = ""


@dataclass(frozen=True, slots=True)
class TakeOrder:
    case_id: UUID
    order_id: UUID


@dataclass(frozen=True, slots=True)
class AskBounce:
    case_id: UUID
    order_id: UUID
    reason: BounceReason
    text: Text


@dataclass(frozen=True, slots=True)
class AskExtension:
    case_id: UUID
    order_id: UUID
    text: Text


@dataclass(frozen=True, slots=True)
class AskSuspension:
    case_id: UUID
    order_id: UUID
    text: Text
    until: AwareDatetime


@dataclass(frozen=True, slots=True)
class AskVoid:
    case_id: UUID
    text: Text


@dataclass(frozen=True, slots=True)
class AskAppeal:
    case_id: UUID
    text: Text


@dataclass(frozen=True, slots=True)
class DecideRequest:
    case_id: UUID
    request_id: UUID
    grant: bool
    text: MaybeText = ""


@dataclass(frozen=True, slots=True)
class ResumeCase:
    case_id: UUID
    text: MaybeText = ""


@dataclass(frozen=True, slots=True)
class FinishOrder:
    """处置完成: what was done, with photos after handling."""

    case_id: UUID
    order_id: UUID
    result: Text
    photos: Photos = ()
    lon: Lon | None = None
    lat: Lat | None = None


@dataclass(frozen=True, slots=True)
class VerifyCase:
    """核查 on the spot: where the verifier stands, and what they photographed there."""

    case_id: UUID
    passed: bool
    text: MaybeText = ""
    lon: Lon | None = None
    lat: Lat | None = None
    photos: Photos = ()


@dataclass(frozen=True, slots=True)
class CloseCase:
    """结案, naming the closing condition that is met."""

    case_id: UUID
    close_condition: Text


@dataclass(frozen=True, slots=True)
class MergeCase:
    case_id: UUID
    into: UUID
    reason: MaybeText = ""


@dataclass(frozen=True, slots=True)
class UnmergeCase:
    case_id: UUID
    reason: Text


@dataclass(frozen=True, slots=True)
class DeclareEmergency:
    case_id: UUID
    commander_id: UUID
    units: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=12)]
    minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    reason: MaybeText = ""


@dataclass(frozen=True, slots=True)
class SuperviseCase:
    case_id: UUID
    unit_id: UUID
    text: Text
    hours: Annotated[int, Field(ge=1, le=240)] = 24


@dataclass(frozen=True, slots=True)
class AnswerSupervision:
    case_id: UUID
    supervision_id: UUID
    answer: Text


@dataclass(frozen=True, slots=True)
class UrgeCase:
    case_id: UUID
    text: MaybeText = ""


@dataclass(frozen=True, slots=True)
class CommentCase:
    """A remark; those named in `mentions` are told and their reading is receipted."""

    case_id: UUID
    id: UUID
    text: Text
    mentions: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()


@dataclass(frozen=True, slots=True)
class ReadComment:
    case_id: UUID
    comment_id: UUID


@dataclass(frozen=True, slots=True)
class RateReport:
    """A reporter's word on the outcome; `solved` false reopens the case, once."""

    case_id: UUID
    report_id: UUID
    rating: Annotated[int, Field(ge=1, le=5)]
    solved: bool
    text: MaybeText = ""

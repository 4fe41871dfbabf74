"""Events of the seven steps: for ever what the ledger holds. References and digests, never personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.cases.model import Channel
from yiwang.cases.model_doubt import said_en, said_zh
from yiwang.ledger.model import Event


@dataclass(frozen=True, slots=True)
class OrderLimit:
    """One order and its deadline. `sent` false: it still waits its turn; `path` is where its unit stands in the tree."""

    order: UUID
    unit: UUID
    path: str
    lead: bool
    sent: bool
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Limits:
    """The deadlines as they stand after an act: of the `step` the case is in now, of the whole case (`due_at`), and of the
    orders that are open or that the act has touched. None: no limit runs. Assessment needs nothing else (MISSION V5)."""

    step: str
    step_due_at: datetime | None
    due_at: datetime | None
    orders: tuple[OrderLimit, ...]


@dataclass(frozen=True)
class CaseReportedV1(Event, name="case.reported", about="case", opens=True):
    """`text_digest` binds the description, `contact_digest` (salted) the reporter's data, without containing them."""

    case_id: UUID
    number: str
    channel: str
    matter: str
    matter_name: str
    area: str
    grid: str | None
    lon: float | None
    lat: float | None
    text_digest: str
    contact_digest: str | None
    photos: tuple[str, ...]
    trusted: bool
    emergency: bool
    self_handled: bool
    flags: tuple[str, ...]

    def zh(self) -> str:
        extra = "（可信来源，自动立案）" if self.trusted else ""
        return f"{Channel(self.channel).zh()}：上报“{self.matter_name}”，{self.area}，照片 {len(self.photos)} 张{extra}{said_zh(self.flags)}"

    def en(self) -> str:
        what = f"Reported by {Channel(self.channel).en()}: {self.matter_name}, {self.area}, {len(self.photos)} photo(s)"
        return what + said_en(self.flags)


@dataclass(frozen=True)
class CaseReportedV2(CaseReportedV1, name="case.reported", about="case", version=2, opens=True):
    """`text_digest` and `contact_digest` as before; `area_path` is where `area_id` then stood in the tree (ltree text)."""

    area_id: UUID
    area_path: str
    limits: Limits


@dataclass(frozen=True)
class CaseReported(CaseReportedV2, name="case.reported", about="case", version=3, opens=True):
    """`voice`: the SHA-256 of a voice note that came with it."""

    voice: str | None

    def zh(self) -> str:
        return super().zh() + ("；附语音备注" if self.voice else "")

    def en(self) -> str:
        return super().en() + ("; with a voice note" if self.voice else "")


@dataclass(frozen=True)
class CaseAcceptedV1(Event, name="case.accepted", about="case"):
    case_id: UUID
    late: bool
    on_time: bool

    def zh(self) -> str:
        return "补受理" if self.late else "受理"

    def en(self) -> str:
        return "Accepted after the fact" if self.late else "Accepted"


@dataclass(frozen=True)
class CaseAccepted(CaseAcceptedV1, name="case.accepted", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class CaseDeclined(Event, name="case.declined", about="case"):
    """`text_digest` binds the reason, which is kept beside (`cases.words`): free text may hold personal data."""

    case_id: UUID
    text_digest: str

    def zh(self) -> str:
        return "不予受理"

    def en(self) -> str:
        return "Declined"


@dataclass(frozen=True)
class CheckAskedV1(Event, name="case.check_asked", about="case"):
    case_id: UUID
    inspector: UUID

    def zh(self) -> str:
        return "派网格员现场核实"

    def en(self) -> str:
        return "An inspector is sent to check on the spot"


@dataclass(frozen=True)
class CheckAskedV2(CheckAskedV1, name="case.check_asked", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class CheckAsked(CheckAskedV2, name="case.check_asked", about="case", version=3):
    text_digest: str


@dataclass(frozen=True)
class CheckAnsweredV1(Event, name="case.check_answered", about="case"):
    case_id: UUID
    found: bool
    text_digest: str
    photos: tuple[str, ...]
    distance_m: float | None
    flags: tuple[str, ...]

    def zh(self) -> str:
        return ("现场核实：情况属实" if self.found else "现场核实：未发现问题") + said_zh(self.flags)

    def en(self) -> str:
        what = "Checked on the spot: confirmed" if self.found else "Checked on the spot: nothing found"
        return what + said_en(self.flags)


@dataclass(frozen=True)
class CheckAnswered(CheckAnsweredV1, name="case.check_answered", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class CaseFiledV1(Event, name="case.filed", about="case"):
    """`limit` is the filing condition's limit in its own words; `due_at` the handling deadline worked out from it."""

    case_id: UUID
    condition: str | None
    condition_text: str
    limit: str
    due_at: datetime | None
    provisional: bool
    late: bool
    automatic: bool
    on_time: bool

    def zh(self) -> str:
        how = "自动立案" if self.automatic else "补立案" if self.late else "立案"
        return f"{how}：{self.condition_text or '—'}，时限 {self.limit or '无'}"

    def en(self) -> str:
        how = "Filed automatically" if self.automatic else "Filed after the fact" if self.late else "Filed"
        return f"{how}: {self.condition_text or '—'}; limit {self.limit or 'none'}"


@dataclass(frozen=True)
class CaseFiled(CaseFiledV1, name="case.filed", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class HandledOnSpotV1(Event, name="case.handled_on_spot", about="case"):
    case_id: UUID
    photos: tuple[str, ...]

    def zh(self) -> str:
        return "网格员当场自处置"

    def en(self) -> str:
        return "Handled on the spot by the inspector"


@dataclass(frozen=True)
class HandledOnSpot(HandledOnSpotV1, name="case.handled_on_spot", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class CaseDispatchedV1(Event, name="case.dispatched", about="case"):
    case_id: UUID
    lead: UUID
    lead_name: str
    assists: tuple[UUID, ...]
    assist_names: tuple[str, ...]
    orders: tuple[UUID, ...]
    forced: bool
    text_digest: str
    on_time: bool

    def zh(self) -> str:
        how = "强制派遣" if self.forced else "派遣"
        assists = f"，协办 {'、'.join(self.assist_names)}" if self.assist_names else ""
        return f"{how}至 {self.lead_name}（主办）{assists}"

    def en(self) -> str:
        assists = f", assisted by {', '.join(self.assist_names)}" if self.assist_names else ""
        return f"{'Dispatched by force' if self.forced else 'Dispatched'} to {self.lead_name} (lead){assists}"


@dataclass(frozen=True)
class CaseDispatched(CaseDispatchedV1, name="case.dispatched", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class AssistAddedV1(Event, name="case.assist_added", about="case"):
    case_id: UUID
    order: UUID
    unit: UUID
    unit_name: str
    text_digest: str

    def zh(self) -> str:
        return f"增派协办 {self.unit_name}"

    def en(self) -> str:
        return f"{self.unit_name} added to assist"


@dataclass(frozen=True)
class AssistAdded(AssistAddedV1, name="case.assist_added", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class OrderTaken(Event, name="case.order_taken", about="case"):
    case_id: UUID
    order: UUID
    unit_name: str

    def zh(self) -> str:
        return f"{self.unit_name} 接单"

    def en(self) -> str:
        return f"{self.unit_name} took the order"


@dataclass(frozen=True)
class OrderFinishedV1(Event, name="case.order_finished", about="case"):
    case_id: UUID
    order: UUID
    unit_name: str
    round: int
    text_digest: str
    photos: tuple[str, ...]
    on_time: bool
    last: bool
    flags: tuple[str, ...]

    def zh(self) -> str:
        more = ("" if self.last else "，等待其他单位") + said_zh(self.flags)
        return f"{self.unit_name} 处置完成，照片 {len(self.photos)} 张{'' if self.on_time else '（超期）'}{more}"

    def en(self) -> str:
        late = "" if self.on_time else " (overdue)"
        return f"{self.unit_name} finished, {len(self.photos)} photo(s){late}{said_en(self.flags)}"


@dataclass(frozen=True)
class OrderFinished(OrderFinishedV1, name="case.order_finished", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class CaseVerifiedV1(Event, name="case.verified", about="case"):
    case_id: UUID
    passed: bool
    distance_m: float | None
    photos: tuple[str, ...]
    text_digest: str
    on_time: bool
    flags: tuple[str, ...]

    def zh(self) -> str:
        where = f"，距现场 {self.distance_m:.0f} 米" if self.distance_m is not None else ""
        return ("现场核查通过" if self.passed else "核查不通过，返工") + where + said_zh(self.flags)

    def en(self) -> str:
        where = f", {self.distance_m:.0f} m from the place" if self.distance_m is not None else ""
        what = "Verified on the spot" if self.passed else "Verification failed, sent back to rework"
        return what + where + said_en(self.flags)


@dataclass(frozen=True)
class CaseVerified(CaseVerifiedV1, name="case.verified", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class CaseClosed(Event, name="case.closed", about="case"):
    """`on_time` is the whole case's: handled by its deadline, or no deadline."""

    case_id: UUID
    text_digest: str
    on_time: bool
    told: int

    def zh(self) -> str:
        return f"结案（{'按期' if self.on_time else '超期'}），告知上报人 {self.told} 位"

    def en(self) -> str:
        return f"Closed ({'on time' if self.on_time else 'overdue'}); {self.told} reporter(s) told"


@dataclass(frozen=True)
class CaseVoided(Event, name="case.voided", about="case"):
    case_id: UUID
    told: int

    def zh(self) -> str:
        return "案件作废（经他人批准）"

    def en(self) -> str:
        return "Made void, approved by another person"


@dataclass(frozen=True)
class CaseReopenedV1(Event, name="case.reopened", about="case"):
    case_id: UUID
    report: UUID

    def zh(self) -> str:
        return "上报人反映未解决，重新打开"

    def en(self) -> str:
        return "The reporter says it is not solved: reopened"


@dataclass(frozen=True)
class CaseReopened(CaseReopenedV1, name="case.reopened", about="case", version=2):
    limits: Limits


@dataclass(frozen=True)
class ReportRatedV1(Event, name="case.report_rated", about="case"):
    case_id: UUID
    report: UUID
    rating: int
    solved: bool

    def zh(self) -> str:
        return f"上报人评价 {self.rating} 分，{'已解决' if self.solved else '未解决'}"

    def en(self) -> str:
        return f"Rated {self.rating} of 5, {'solved' if self.solved else 'not solved'}"


@dataclass(frozen=True)
class ReportRated(ReportRatedV1, name="case.report_rated", about="case", version=2):
    """`text_digest` binds what the reporter wrote, which is kept beside."""

    text_digest: str

"""What the public is told: a report by its number, and the honest map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yiwang.cases import rules_public, store, store_evidence
from yiwang.cases.model import OPEN_STEPS, Case, Evidence, PhotoKind, Report, Step
from yiwang.cases.model_public import Followed, MapFigure, MapGrid, MapPoint, PublicArea, PublicMap, PublicPhoto, Rating
from yiwang.cases.queries_count import count_by_step
from yiwang.cases.queries_list import DEADLINE, LATE, OPEN
from yiwang.city.queries_rules import get_catalogue
from yiwang.kit.db import Tx, query
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger import queries as ledger
from yiwang.ledger.model_proof import FeedEntry

MOST_POINTS = 1_500
SHOWN_AFTER = (PhotoKind.handled, PhotoKind.verified)


@dataclass(frozen=True, slots=True)
class FollowRow:
    """A report that can be followed, with what its follower may be known by."""

    case_id: UUID
    reporter_id: UUID
    digest: bytes
    contact_id: UUID | None
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class _Spot:
    scheme: str
    kind: str
    code: str
    name: str
    step: Step
    late: bool
    lon: float
    lat: float
    reported_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Month:
    closed: int
    on_time: int
    reopened: int


FOLLOWED = query(
    FollowRow,
    "select f.case_id, c.reporter_id, f.digest, r.contact_id, k.sealed from cases.follow f join cases.case c on c.id = f.case_id"
    " join cases.report r on r.case_id = c.id and r.id = c.id left join cases.contact k on k.id = r.contact_id"
    " where c.number = %(number)s",
)
SHOWN = query(
    bool,
    "select exists (select from cases.evidence where case_id = %(case_id)s and sha256 = %(sha256)s"
    " and kind <> 'voice' and (kind in ('handled', 'verified') or by = %(reporter)s)) as seen",
)
REPORT_OF = query(
    Report, "select " + store.REPORT + " from cases.report where case_id = %(case_id)s and id = %(case_id)s"
)
CASE_OF = query(
    Case, "select " + store.CASE + " from cases.case c join network.unit u on u.id = c.area_id where c.id = %(id)s"
)
REASON = query(str, "select text from cases.words where case_id = %(case_id)s and digest = %(digest)s")
AREAS = query(
    PublicArea,
    "select u.code, u.name, p.name as within from network.unit u join network.unit p on p.id = u.parent_id"
    " where u.valid_to is null and u.kind in ('street', 'town', 'neighbourhood', 'village')"
    " order by u.code limit 2000",
)
_ON_MAP: LiteralString = (
    "c.lon is not null and (c.scheme = %(gb)s and (c.matter_kind = 'component' and left(c.matter_code, 2) = any(%(components)s)"
    " or c.matter_kind = 'matter' and left(c.matter_code, 2) = any(%(matters)s) and c.matter_code <> all(%(not_shown)s))"
    " or c.scheme = %(ext)s and c.matter_code = any(%(shown)s))"
)
_SPOT: LiteralString = (
    "select c.scheme, c.matter_kind as kind, c.matter_code as code, c.matter_name as name, c.step, "
    + LATE
    + " as late,"
    " coalesce(c.lon, 0) as lon, coalesce(c.lat, 0) as lat, c.reported_at, c.closed_at from cases.case c where "
)
SPOTS_OPEN = query(
    _Spot,
    _SPOT + OPEN + " and " + _ON_MAP + " order by " + DEADLINE + ", c.id limit %(limit)s",
    fresh=True,
)
SPOTS_CLOSED = query(
    _Spot,
    _SPOT
    + "c.step = 'closed' and c.closed_at >= %(since)s and "
    + _ON_MAP
    + " order by c.closed_at desc limit %(limit)s",
    fresh=True,
)
GRIDS = query(
    MapGrid,
    "select grid_code as code, sum(open)::int as open, sum(late)::int as overdue, sum(closed)::int as closed from ("
    "select c.grid_code, 1 as open, " + LATE + "::int as late, 0 as closed from cases.case c where " + OPEN
    + " union all select c.grid_code, 0, 0, 1 from cases.case c where c.step = 'closed' and c.closed_at >= %(since)s) g"
    " where grid_code is not null group by grid_code order by grid_code",
    fresh=True,
)  # fmt: skip
MONTH = query(
    _Month,
    "select count(*)::int as closed,"
    " (count(*) filter (where c.due_at is null or c.handled_at <= c.due_at))::int as on_time,"
    " (count(*) filter (where c.reopens > 0))::int + (select count(*)::int from cases.case c where c.reopens > 0 and "
    + OPEN
    + ") as reopened"
    " from cases.case c where c.step = 'closed' and c.closed_at >= %(since)s",
    fresh=True,
)


def find_followed(tx: Tx, number: str) -> FollowRow | None:
    """The report under this number that somebody without an account made."""
    return FOLLOWED.maybe(tx, number=number.strip().upper())


def is_photo_shown(tx: Tx, case_id: UUID, reporter: UUID, sha256: str) -> bool:
    """One's own photos, and what was photographed after handling and at verification; nobody else's."""
    return SHOWN.one(tx, case_id=case_id, sha256=sha256, reporter=reporter)


def find_areas(tx: Tx) -> list[PublicArea]:
    """Streets and neighbourhoods: reference data, public anyhow."""
    return AREAS.all(tx)


def get_followed(tx: Tx, case_id: UUID) -> Followed:
    """What the reporter is told now. Of what a case was merged into only how far it has come: neither number nor photos."""
    own = CASE_OF.one(tx, id=case_id)
    case = CASE_OF.one(tx, id=own.merged_into) if own.merged_into else own
    entries = ledger.list_entries(tx, own.id)
    course = rules_public.tell_public(entries, own.id)
    if case is not own:
        since = max(e.at for e in entries if e.event == "case.merged")
        shared = rules_public.tell_public(ledger.list_entries(tx, case.id), own.id)
        course = sorted([*course, *(h for h in shared if h.at >= since)], key=lambda h: h.at)
    orders, report = store.ORDERS.all(tx, case_id=case.id), REPORT_OF.one(tx, case_id=own.id)
    evidence = store_evidence.EVIDENCE.all(tx, case_id=own.id)
    matter = get_catalogue(tx).matters.get((own.scheme, own.matter_kind, own.matter_code))  # type: ignore[arg-type]
    head = ledger.latest_head(tx)
    is_open = case.step in OPEN_STEPS
    due = case.due_at if case.step is Step.handling else case.step_due_at
    return Followed(
        own.number, case.step, case.step.zh(), case.step.en(), own.matter_name, matter.english if matter else own.matter_name,
        own.description, own.place, own.area_name, own.reported_at, case.due_at if is_open else None,
        case.overdue_at is not None or (is_open and due is not None and due < tx.now and case.suspended_at is None),
        case.suspended_at is not None, case is not own, _reason(tx, own, entries), rules_public.stages_of(case), course,
        _photos(evidence, own), rules_public.close_of(case, orders), _rating(case, report),
        head is not None and all(0 <= e.position < head.size for e in entries), "",
    )  # fmt: skip


def _reason(tx: Tx, case: Case, entries: Sequence[FeedEntry]) -> str:
    """Why it was declined: its reporter is told."""
    if case.step is not Step.declined:
        return ""
    said = [msgspec.json.decode(e.body).get("text_digest") for e in entries if e.event == "case.declined"]
    return REASON.maybe(tx, case_id=case.id, digest=said[-1] if said else "") or ""


def _photos(evidence: Sequence[Evidence], case: Case) -> list[PublicPhoto]:
    return [
        PublicPhoto(e.sha256, "after" if e.kind in SHOWN_AFTER else "before", e.at)
        for e in evidence
        if e.kind in SHOWN_AFTER or e.by == case.reporter_id
    ]


def _rating(case: Case, report: Report) -> Rating:
    may = case.step is Step.closed and report.told_at is not None and report.rated_at is None
    return Rating(may, report.rating, report.solved, report.rated_at)


def read_map(tx: Tx, zone: ZoneInfo) -> PublicMap:
    """The honest map: what is open, what is late, what was closed in the last 30 days, and the month's figures."""
    since = tx.now - timedelta(days=rules_public.SHOWN_DAYS)
    month = tx.now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    asked = {
        "gb": rules_public.GB, "ext": rules_public.EXT, "components": sorted(rules_public.OPEN_MAJORS["component"]),
        "matters": sorted(rules_public.OPEN_MAJORS["matter"]), "not_shown": sorted(rules_public.NOT_ON_MAP),
        "shown": sorted(rules_public.EXT_ON_MAP), "now": tx.now, "since": since, "limit": MOST_POINTS + 1,
    }  # fmt: skip
    spots = SPOTS_OPEN.all(tx, **asked), SPOTS_CLOSED.all(tx, **asked)
    matters = get_catalogue(tx).matters
    points = []
    for spot in (*spots[0][:MOST_POINTS], *spots[1][:MOST_POINTS]):
        lon, lat = rules_public.rounded(spot.lon, spot.lat)
        matter = matters.get((spot.scheme, spot.kind, spot.code))  # type: ignore[arg-type]
        closed = spot.step is Step.closed
        points.append(
            MapPoint(
                lon, lat, spot.name, matter.english if matter else spot.name,
                "closed" if closed else "overdue" if spot.late else "open", spot.step.zh(), spot.step.en(),
                rules_public.day_of(spot.reported_at, zone),
                rules_public.day_of(spot.closed_at, zone) if closed and spot.closed_at else None,
            )
        )  # fmt: skip
    return PublicMap(
        tx.now,
        _figures(tx, month),
        GRIDS.all(tx, now=tx.now, since=since),
        points,
        any(len(s) > MOST_POINTS for s in spots),
    )


def _figures(tx: Tx, month: datetime) -> list[MapFigure]:
    steps = [c for c in count_by_step(tx, EVERYTHING) if c.step in OPEN_STEPS]
    told = MONTH.one(tx, since=month)
    return [
        MapFigure("open", sum(c.cases for c in steps), "在办", "Open",
                  "已上报、还没有结案的全部案件", "Everything reported and not closed yet"),
        MapFigure("overdue", sum(c.overdue for c in steps), "超期", "Overdue",
                  "在办案件里，有一步超过了规定时限的；以后补办了也不会消去这个记录",
                  "Open ones that missed a deadline at some step; catching up later does not wipe it out"),
        MapFigure("closed", told.closed, "本月结案", "Closed this month",
                  "处置完成，并由另一个人到现场核查过才算结案", "Handled, and then verified on the spot by somebody else"),
        MapFigure("on_time", rules_public.on_time_share(told.on_time, told.closed), "按期办结率", "Closed in time",
                  "本月结案的案件里，在规定时限内处置完的占多少（%）",
                  "Of those closed this month, how many were handled within their limit (%)"),
        MapFigure("reopened", told.reopened, "重新办理", "Reopened",
                  "上报人说没有解决、又重新办理的：现在在办的，和本月结案的",
                  "Its reporter said it was not solved, and it was opened again: those open now, and closed this month"),
    ]  # fmt: skip

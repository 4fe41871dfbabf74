"""发现上报: a finding becomes a case."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yiwang.cases import (
    actions,
    actions_clock,
    actions_contact,
    rules,
    rules_class,
    rules_clock,
    rules_doubt,
    rules_report,
    store,
    store_evidence,
)
from yiwang.cases.actions_class import fitting_condition
from yiwang.cases.model import Case, Evidence
from yiwang.cases.model_commands import ReportCase
from yiwang.cases.model_events import CaseReported
from yiwang.city.queries_grid import locate
from yiwang.city.queries_rules import get_matter
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, Refused
from yiwang.kit.geo import LonLat, to_wgs84
from yiwang.kit.ids import named_id
from yiwang.ledger.actions import record
from yiwang.ledger.queries import list_entries
from yiwang.network.model import Actor
from yiwang.network.queries_units import get_unit_by_code
from yiwang.network.rules import may

CITY_ZONE = ZoneInfo("Asia/Shanghai")


def report_case(tx: Tx, actor: Actor, cmd: ReportCase) -> Case:
    """Take in a finding. A trusted source's report is filed and dispatched by what follows from it (flows/), in this
    same transaction; the answer is the case as it then stands.

    The same `id` again from the same reporter answers with the case there is; with other content it is Refused
    (`case.id_reused`), for the second finding would be lost. Raises Invalid for an unknown matter,
    condition or place, Refused for missing evidence.
    """
    may(actor, rules.REPORT, rules.NOWHERE)
    post = rules_report.reporting_post(actor)
    matter = get_matter(tx, cmd.scheme, cmd.matter_kind, cmd.matter_code)
    if cmd.condition_id is not None:
        fitting_condition(tx, cmd.condition_id, cmd.scheme, cmd.matter_kind, cmd.matter_code)
    rules_report.demand_report_evidence(cmd)
    point = _point(cmd)
    place = locate(tx, *point) if point else None
    area_id = _area(tx, cmd, place.community_code or place.street_code or place.district_code if place else None)
    trusted = rules_report.is_trusted(actor, cmd)
    past = actions.look_up(tx, cmd.id, actor, cmd.photos, cmd.voice)
    case = store.add_case(
        tx, cmd, actor, numbered=_numbered(tx, cmd), matter_name=matter.name, point=point, area_id=area_id, trusted=trusted,
        grid_code=place.grid_code if place else None, duty_grid_id=place.duty_grid_id if place else None,
    )  # fmt: skip
    if case is None:
        return _again(tx, actor, cmd, point)
    evidence = actions.attach(tx, case, actor, cmd.photos, past=past, voice=cmd.voice)
    contact = actions_contact.keep_contact(tx, cmd.contact)
    store.ADD_REPORT.later(
        tx, case_id=case.id, id=case.id, channel=cmd.channel, reporter_id=actor.id,
        contact_id=contact[0] if contact else None, at=tx.now,
    )  # fmt: skip
    actions_clock.arm_step(tx, case)
    version = case.version
    record(
        tx,
        actor.by(post),
        CaseReported(
            case.id, case.number, cmd.channel.value, rules_class.class_of(cmd), matter.name,
            case.area_name, case.grid_code, case.lon, case.lat, actions.digest(cmd.description),
            contact[1] if contact else None, tuple(p.sha256 for p in cmd.photos), trusted, cmd.emergency,
            cmd.self_handled, _doubts(tx, actor, cmd, evidence), case.area_id, case.area_path, rules_clock.limits(case),
            cmd.voice,
        ),
    )  # fmt: skip
    follows = trusted or cmd.emergency or cmd.self_handled
    return store.lock_case(tx, case.id) if follows and version == case.version else case


def _doubts(tx: Tx, actor: Actor, cmd: ReportCase, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    doubts = rules_doubt.doubt_photos(evidence, tx.now, tx.now - rules_doubt.measures().photo_old)
    if not cmd.self_handled:
        return doubts
    since = tx.now - rules_doubt.measures().self_handled
    return doubts + rules_doubt.doubt_habit(store.SELF_HANDLED.one(tx, person=actor.id, since=since, case_id=cmd.id))


def _again(tx: Tx, actor: Actor, cmd: ReportCase, point: LonLat | None) -> Case:
    case = store.lock_case(tx, cmd.id)
    if case.reporter_id != actor.id:
        raise Refused("case.exists", "这个编号已被别人使用", "This id is already used by somebody else")
    # Its class may have been put right since: what it was reported as stands in the ledger.
    matter = msgspec.json.decode(list_entries(tx, case.id)[0].body)["matter"]
    photos = {e.sha256 for e in store_evidence.EVIDENCE.all(tx, case_id=case.id) if e.at == case.reported_at}
    voices = {v.sha256 for v in store_evidence.VOICES.all(tx, case_id=case.id) if v.at == case.reported_at}
    said = case.description or cmd.description  # erased since
    kept = (case.channel, matter, said, case.place, photos, voices)
    sent = (cmd.channel, rules_class.class_of(cmd), cmd.description, cmd.place)
    here = None if case.lon is None or case.lat is None else (case.lon, case.lat)
    if kept != (*sent, {p.sha256 for p in cmd.photos}, {cmd.voice} if cmd.voice else set()) or here != point:
        raise Refused(
            "case.id_reused", "这个案件编号已用于您的另一次上报，请换一个编号再报",
            "This id is already that of another report of yours; send this one under a new id", **rules.now_stands(case),
        )  # fmt: skip
    return case


def _point(cmd: ReportCase) -> LonLat | None:
    if (cmd.lon is None) != (cmd.lat is None):
        raise Invalid("case.half_place", "经度和纬度须同时提供", "Longitude and latitude must come together")
    if cmd.lon is None or cmd.lat is None:
        return None
    return to_wgs84(cmd.lon, cmd.lat, cmd.datum)


def _area(tx: Tx, cmd: ReportCase, found: str | None) -> UUID:
    """The unit on whose ground it lies: found from the point, else the one named."""
    if found is not None:
        return named_id(f"unit:{found}")
    if cmd.area_code is None:
        raise Invalid(
            "case.no_place", "无法确定所属区域：请在地图上选点，或注明街道/居委代码",
            "The place is unknown: give a point inside the city, or the code of its area",
        )  # fmt: skip
    return get_unit_by_code(tx, cmd.area_code).id


def _numbered(tx: Tx, cmd: ReportCase) -> str:
    """How a 任务号 begins: yyMM and a letter for the channel; a running number follows (as real Shanghai systems number theirs, case_fields.csv)."""
    letter = rules_report.CHANNEL_LETTERS[cmd.channel]
    return f"{tx.now.astimezone(CITY_ZONE):%y%m}{letter}"

"""逾期、损坏、办理立案: what lapsed, was found damaged at a check-in, or a step judged to need it, becomes a case of the unit whose matter it is (MISSION S3, S4).

A lapse is the house's own finding: with its filing condition it files itself and goes to whom the responsibility list
names. Damage is the finding of whoever was there, with the photos taken there. Each becomes one case, whose id follows
from what it came of.
"""

from __future__ import annotations

from uuid import UUID

from yiwang.cases.actions_report import report_case
from yiwang.cases.model import Channel, PhotoKind
from yiwang.cases.model_commands import PhotoUse, ReportCase
from yiwang.city.queries_rules import list_conditions
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.model import Entry
from yiwang.network.model import system
from yiwang.network.queries_actor import get_actor
from yiwang.register.actions_owed import note_case
from yiwang.register.model import Thing
from yiwang.register.model_owed import CheckedIn, ObligationLapsed
from yiwang.register.model_step import StepTaken
from yiwang.register.queries import get_thing
from yiwang.register.queries_owed import get_checkin
from yiwang.register.rules import kind_of

REGISTER = system("register")


def open_case_of_lapse(tx: Tx, entry: Entry, event: ObligationLapsed) -> None:
    """What the rule says becomes a case does, once for each time that it was first missed."""
    if event.matter is None:
        return
    thing = get_thing(tx, EVERYTHING, event.thing_id)
    scheme, code = event.matter.split("|")
    case_id = named_id(f"lapse:{thing.id}:{event.rule}:{event.due_at.isoformat()}")
    report_case(
        tx, REGISTER,
        ReportCase(
            case_id, Channel.other, f"{_named(thing)}：{event.rule_zh}，逾期未做", "matter", code, scheme=scheme,
            condition_id=_condition(tx, event.matter, event.condition), lon=thing.lon, lat=thing.lat, place=thing.address,
        ),
    )  # fmt: skip
    note_case(tx, REGISTER, thing.id, case_id, rule=event.rule)


def open_case_of_damage(tx: Tx, entry: Entry, event: CheckedIn) -> None:
    """Damage found at a check-in is reported by whoever found it, in the same act."""
    if not event.damaged:
        return
    thing = get_thing(tx, EVERYTHING, event.thing_id)
    damage = kind_of(thing.kind).damage
    if damage is None:
        return
    matter, condition = (
        (damage, None) if isinstance(damage, str) else damage(thing.attributes, get_checkin(tx, event.checkin).form)
    )
    scheme, code = matter.split("|")
    case_id = named_id(f"damage:{event.checkin}")
    report_case(
        tx, get_actor(tx, entry.actor),
        ReportCase(
            case_id, Channel.patrol, f"{_named(thing)}：{kind_of(thing.kind).found}", "matter", code, scheme=scheme, lon=thing.lon, lat=thing.lat,
            condition_id=_condition(tx, matter, condition), place=thing.address, photos=tuple(PhotoUse(sha, PhotoKind.near) for sha in event.photos),
        ),
    )  # fmt: skip
    note_case(tx, REGISTER, thing.id, case_id, checkin=event.checkin)


def open_case_of_step(tx: Tx, entry: Entry, event: StepTaken) -> None:
    """What a step was judged to need is reported by whoever took it, in the same act."""
    if event.matter is None:
        return
    thing = get_thing(tx, EVERYTHING, event.thing_id)
    scheme, code = event.matter.split("|")
    case_id = named_id(f"step:{event.taken}")
    report_case(
        tx, get_actor(tx, entry.actor),
        ReportCase(
            case_id, Channel.patrol, f"{_named(thing)}：{event.said_zh or event.step_zh}", "matter", code, scheme=scheme,
            condition_id=_condition(tx, event.matter, event.condition), lon=thing.lon, lat=thing.lat, place=thing.address,
            photos=tuple(PhotoUse(sha, PhotoKind.near) for sha in event.photos), emergency=event.emergency,
        ),
    )  # fmt: skip
    note_case(tx, REGISTER, thing.id, case_id, step=event.taken)


def _condition(tx: Tx, matter: str, text: str | None) -> UUID | None:
    scheme, code = matter.split("|")
    return next((c.id for c in list_conditions(tx, scheme, code) if c.text == text), None)


def _named(thing: Thing) -> str:
    return f"{kind_of(thing.kind).zh} {thing.code}（{thing.name}）"

"""Every event of this domain: recorded by an act, read back from the ledger, shown in both languages, without names."""

from __future__ import annotations

import threading
from datetime import time as clock_time
from datetime import timedelta

from yiwang.kit.db import Database, Tx
from yiwang.kit.ids import new_id
from yiwang.ledger.model import EVENTS
from yiwang.ledger.rules import load_event
from yiwang.network import (
    actions_access,
    actions_duty,
    actions_factor,
    actions_people,
    actions_personal,
    actions_units,
    store_access,
    store_factor,
)
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_access import IssueToken, Policy, RevokeSession, RevokeToken, SetPassword, UnlockSignIn
from yiwang.network.model_duty import EndDuty, SeeTrail, StartDuty
from yiwang.network.model_factor import RemoveFactor, ResetFactors
from yiwang.network.model_people import (
    AssignDuty,
    DutyLine,
    ErasePerson,
    GiveCertificate,
    PlanDuty,
    RevokeCertificate,
    RevokePost,
    SetShift,
    ShiftKind,
)
from yiwang.network.model_personal import Purpose, UnmaskPerson
from yiwang.network.model_units import MergeUnits, MoveUnit, OpenUnit, RenameUnit, UnitKind

from .conftest import ROBOT, Town, unit_id


def enrol(tx: Tx, who: Actor) -> None:
    """A factor added as its confirmation does, renewed, removed; then all are taken away."""
    factor = new_id()
    key = {"name": "x", "credential": b"c", "public_key": b"p", "sign_count": 0}
    store_factor.ADD_KEY.run(tx, id=factor, person_id=who.id, **key)
    actions_factor._enrolled(tx, who, factor, "webauthn", "secret", first=True)
    actions_factor.renew_recovery(tx, who)
    actions_factor.remove_factor(tx, who, RemoveFactor(factor))
    actions_factor.reset_factors(tx, ROBOT, ResetFactors(who.id))


def do_everything(tx: Tx, town: Town) -> None:
    li = town.person(tx, "li", ("dispatcher", "S1"))
    soon, later = tx.now + timedelta(hours=1), tx.now + timedelta(days=30)
    actions_units.open_unit(tx, ROBOT, OpenUnit("N9", "新居委会", UnitKind.neighbourhood, unit_id("S2"), 4))
    actions_units.rename_unit(tx, ROBOT, RenameUnit(unit_id("N9"), "新新居委会"))
    actions_units.move_unit(tx, ROBOT, MoveUnit(unit_id("N9"), unit_id("S1")))
    actions_units.merge_units(tx, ROBOT, MergeUnits((unit_id("N9"),), unit_id("N1")))
    certificate = GiveCertificate(new_id(), li.id, later)
    actions_people.give_certificate(tx, ROBOT, certificate)
    actions_people.revoke_certificate(tx, ROBOT, RevokeCertificate(certificate.certificate_id))
    actions_people.set_shift(tx, ROBOT, SetShift(unit_id("S1"), ShiftKind.day, clock_time(7), clock_time(19)))
    line = DutyLine(ShiftKind.day, (li.posts[0].id,))
    day = soon.date() + timedelta(days=400)
    actions_people.plan_duty(tx, ROBOT, PlanDuty(unit_id("S1"), day, day, (line,)))
    actions_people.assign_duty(tx, ROBOT, AssignDuty(new_id(), li.posts[0].id, tx.now, soon))
    actions_access.set_password(tx, ROBOT, SetPassword(li.id, "correct-horse-9"))
    session, token = new_id(), new_id()
    store_access.ADD_SESSION.one(tx, id=session, hash=bytes(32), person_id=li.id, device="d", address="a", proven=None)
    actions_access.revoke_session(tx, ROBOT, RevokeSession(session))
    actions_access.unlock_sign_in(tx, ROBOT, UnlockSignIn("li"))
    actions_access.set_policy(tx, ROBOT, Policy(480, 168, 5, 30, 60))
    actions_access.issue_token(tx, ROBOT, IssueToken(token, li.id, "传感器", ("case.report",), later))
    actions_access.revoke_token(tx, ROBOT, RevokeToken(token))
    operator = town.person(tx, "he", ("operator", "S1"))
    actions_personal.unmask_person(tx, operator, UnmaskPerson(li.id, Purpose.duty, "夜间值班联系"))
    actions_duty.start_duty(tx, li, StartDuty(attendance := new_id()))
    actions_duty.end_duty(tx, li, EndDuty(attendance))
    chief = town.person(tx, "chief", ("supervisor", "S1"))
    actions_duty.see_trail(tx, chief, SeeTrail(li.id, Purpose.oversight, "查勘现场"))
    enrol(tx, operator)
    actions_people.revoke_post(tx, ROBOT, RevokePost(li.posts[0].id))
    actions_people.erase_person(tx, ROBOT, ErasePerson(li.id))


def test_every_event_is_recorded_and_can_show_itself(tx: Tx, town: Town) -> None:
    do_everything(tx, town)
    rows = tx.conn.execute("select event, version, subject_id, body from ledger.entry").fetchall()
    ours = {key for key, kind in EVENTS.items() if kind.__module__.startswith("yiwang.network.")}
    assert {(event, version) for event, version, _, _ in rows} == ours
    for name, version, subject_id, body in rows:
        event = load_event(name, version, subject_id, body)
        assert event.subject_id == subject_id
        assert event.zh()
        assert event.en()
        assert "\n" not in event.zh() + event.en()
        for personal in ("名li", "13800000000", "correct-horse", '"li"', "传感器"):
            assert personal not in body


def test_two_administrators_posts_granted_at_once_one_is_refused(fresh_db: Database) -> None:
    town = Town()
    with fresh_db.transaction() as tx:
        town.build(tx)
        town.person(tx, "li")
    outcome: list[str] = []

    def grant_second() -> None:
        try:
            with fresh_db.transaction() as tx:
                town.grant(tx, "li", PostKind.audit_admin, "C")
            outcome.append("granted")
        except Exception as refused:
            outcome.append(getattr(refused, "code", repr(refused)))

    rival = threading.Thread(target=grant_second)
    with fresh_db.transaction() as tx:
        town.grant(tx, "li", PostKind.system_admin, "C")
        rival.start()
        rival.join(timeout=0.5)  # it has decided by now, were it not waiting for the person's row
    rival.join()
    assert outcome == ["network.administrators_apart"]

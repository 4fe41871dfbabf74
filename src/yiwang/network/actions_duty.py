"""上岗、下岗, where people are while on duty, and whom one may call."""

from __future__ import annotations

from yiwang.kit.db import Tx
from yiwang.kit.errors import Refused
from yiwang.ledger.actions import record, record_many
from yiwang.network import queries_duty, queries_people, rules_duty, rules_people, store_duty, store_personal
from yiwang.network.actions_people import lock_person, standing_posts
from yiwang.network.actions_personal import note_unmasking
from yiwang.network.model import Actor, Subject, system
from yiwang.network.model_duty import (
    CallColleague,
    DutyEnded,
    DutyStarted,
    EndDuty,
    MyDuty,
    Point,
    PositionsKept,
    SeeTrail,
    StartDuty,
    TellPositions,
    TrailSeen,
)
from yiwang.network.model_personal import PersonUnmasked, Purpose, Reach
from yiwang.network.rules import may, seen_by
from yiwang.network.rules_needs import NEEDS

CLOSER = system("duty")
BATCH = 500


def start_duty(tx: Tx, actor: Actor, cmd: StartDuty) -> MyDuty:
    """上岗. A duty that was forgotten ends first."""
    may(actor, NEEDS["duty.keep"], Subject("", people=frozenset({actor.id})))
    lock_person(tx, actor.id)
    last = store_duty.LOCK_OPEN.maybe(tx, person_id=actor.id)
    rules_duty.check_off_duty(tx.now, last)
    if store_duty.TAKEN.maybe(tx, id=cmd.attendance_id):
        raise Refused("network.attendance_exists", "这次上岗的编号已经用过", "This id has been used")
    posts = queries_duty.list_duty_posts(tx, actor)
    post = rules_duty.decide_post(actor, cmd, posts)
    planned_until = next((p.planned_until for p in posts if p.id == post.id), None)
    ends_by = rules_duty.work_out_end(tx.now, planned_until)
    if last is not None:
        store_duty.put_ended(tx, [(last, last.ends_by)])
        record(tx, CLOSER.by(None), DutyEnded(actor.id, last.id, forgotten=True))
    store_duty.ADD.run(tx, id=cmd.attendance_id, person_id=actor.id, post_id=post.id, since=tx.now, ends_by=ends_by)
    record(tx, actor.by(post), DutyStarted(actor.id, cmd.attendance_id, post.id, post.kind.value, ends_by))
    return queries_duty.get_my_duty(tx, actor)


def end_duty(tx: Tx, actor: Actor, cmd: EndDuty) -> MyDuty:
    """下岗: from now on nobody is told where they are."""
    post = may(actor, NEEDS["duty.keep"], Subject("", people=frozenset({actor.id})))
    lock_person(tx, actor.id)
    attendance = rules_duty.demand_on_duty(tx.now, store_duty.LOCK_OPEN.maybe(tx, person_id=actor.id))
    if attendance.id != cmd.attendance_id:
        raise Refused(
            "network.not_on_duty", "这次值班已经结束", "That duty has ended already", attendance_id=attendance.id
        )
    store_duty.put_ended(tx, [(attendance, tx.now)])
    kept = next((p for p in actor.posts if p.id == attendance.post_id), post)
    record(tx, actor.by(kept), DutyEnded(actor.id, attendance.id, forgotten=False))
    return queries_duty.get_my_duty(tx, actor)


def tell_positions(tx: Tx, actor: Actor, cmd: TellPositions) -> PositionsKept:
    """Where a phone was while its person is on duty. Never in the ledger, which could not forget it."""
    may(actor, NEEDS["duty.keep"], Subject("", people=frozenset({actor.id})))
    attendance = rules_duty.demand_on_duty(tx.now, store_duty.LOCK_OPEN.maybe(tx, person_id=actor.id))
    points, dropped = rules_duty.select_points(cmd.positions, attendance.since, tx.now)
    kept = store_duty.add_points(tx, actor.id, [(told.id, point) for told, point in points]) if points else 0
    on = queries_duty.find_coming(tx, actor)
    return PositionsKept(kept, len(points) - kept, dropped, on.position_at if on else None)


def call_colleague(tx: Tx, actor: Actor, cmd: CallColleague) -> Reach:
    """The number of somebody who is on duty in sight, to call them: counted and kept like any unmasking."""
    by = may(actor, NEEDS["duty.call"], Subject("", people=frozenset({actor.id})))
    queries_duty.get_colleague(tx, queries_duty.find_scope(tx, actor), cmd.person_id)
    person = lock_person(tx, cmd.person_id)
    words = "联系在岗人员"
    unmasking, digest = note_unmasking(tx, actor, by, "person", person.id, None, Purpose.duty, words)
    record(tx, actor.by(by), PersonUnmasked(person.id, unmasking, Purpose.duty.value, digest))
    return Reach(person.id, person.name, *store_personal.open_person(store_personal.LOCK_SEALED.one(tx, id=person.id)))


def see_trail(tx: Tx, actor: Actor, cmd: SeeTrail) -> list[Point]:
    """Where somebody was while on duty in the last 24 hours: one's own freely; others', with a purpose that is kept."""
    since = tx.now - rules_duty.KEPT
    if cmd.person_id == actor.id:
        return queries_duty.get_trail(tx, actor.id, since)
    queries_people.get_person(tx, seen_by(actor), cmd.person_id)
    person = lock_person(tx, cmd.person_id)
    by = rules_people.may_over(actor, NEEDS["duty.see_trail"], standing_posts(tx, person.id), every=False)
    unmasking, digest = note_unmasking(tx, actor, by, "trail", person.id, None, cmd.purpose, cmd.words)
    record(tx, actor.by(by), TrailSeen(person.id, unmasking, cmd.purpose.value, digest))
    return queries_duty.get_trail(tx, person.id, since)


def close_forgotten(tx: Tx) -> int:
    """End the duties whose time is up or whose post has ended; periodic. Answers with how many."""
    found = store_duty.LOCK_OVERDUE.all(tx, at=tx.now, limit=BATCH)
    if found:
        store_duty.put_ended(tx, [(a, min(a.ends_by, tx.now)) for a in found])
    record_many(tx, CLOSER.by(None), [DutyEnded(a.person_id, a.id, forgotten=True) for a in found])
    return len(found)


def forget_trails(tx: Tx) -> int:
    """Delete positions older than a day; periodic."""
    return store_duty.DROP_OLD_TRAIL.run(tx, before=tx.now - rules_duty.KEPT)

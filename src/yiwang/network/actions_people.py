"""People's verbs: add and erase them, grant and revoke posts, give certificates, plan duty."""

from __future__ import annotations

from uuid import UUID

from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.ledger.actions import record
from yiwang.network import (
    queries_people,
    queries_units,
    rules_people,
    rules_units,
    store_access,
    store_duty,
    store_factor,
    store_people,
    store_personal,
    store_push,
)
from yiwang.network.model import Actor, Need, Subject
from yiwang.network.model_people import (
    ERASED_NAME,
    AddPerson,
    AssignDuty,
    Certificate,
    CertificateGiven,
    CertificateRevoked,
    DutyAssigned,
    DutyPlan,
    DutyPlanned,
    ErasePerson,
    GiveCertificate,
    GrantPost,
    HeldPost,
    Person,
    PersonAdded,
    PersonErased,
    PlanDuty,
    PostGranted,
    PostRevoked,
    RevokeCertificate,
    RevokePost,
    SetShift,
    ShiftKind,
    ShiftSet,
)
from yiwang.network.model_personal import PersonRow
from yiwang.network.rules import ground_of, is_within, may
from yiwang.network.rules_needs import NEEDS


def add_person(tx: Tx, actor: Actor, cmd: AddPerson) -> Person:
    """A person without posts or password: neither can be had by adding oneself."""
    post = may(actor, NEEDS["person.add"], Subject(""))
    rules_people.check_person(cmd)
    if store_people.PERSON_TAKEN.maybe(tx, id=cmd.person_id):
        raise Refused("network.person_exists", "此人已登记", "This person is already there", person_id=cmd.person_id)
    if store_people.LOGIN_TAKEN.maybe(tx, login=cmd.login):
        raise Refused("network.login_taken", "这个登录名已被使用", "This login is taken")
    store_people.ADD_PERSON.run(
        tx, id=cmd.person_id, login=cmd.login, name=cmd.name.strip(), now=tx.now,
        sealed=store_personal.seal_person(cmd.person_id, cmd.phone, cmd.wecom),
    )  # fmt: skip
    record(tx, actor.by(post), PersonAdded(cmd.person_id))
    return queries_people.show_person(queries_people.ONE.one(tx, id=cmd.person_id))


def erase_person(tx: Tx, actor: Actor, cmd: ErasePerson) -> Person:
    """Blank the personal data, end the posts, close every way in. The ledger, which holds only the id, stays whole."""
    person = lock_person_in_reach(tx, actor, NEEDS["person.erase"], cmd.person_id)
    rules_people.check_not_self(actor, person.id)
    post = rules_people.may_over(actor, NEEDS["person.erase"], standing_posts(tx, person.id), every=True)
    rules_people.check_alive(person)
    store_people.ERASE.run(tx, id=person.id, name=ERASED_NAME, now=tx.now)
    store_people.END_POSTS.run(tx, id=person.id, now=tx.now)
    store_duty.drop_positions(tx, person.id)
    store_access.DROP_PASSWORD.run(tx, person_id=person.id)
    store_factor.drop_factors(tx, person.id)
    store_access.END_SESSIONS.run(tx, person_id=person.id, keep=None)
    store_access.END_TOKENS.run(tx, person_id=person.id)
    store_push.DROP_DEVICES_OF.run(tx, person_id=person.id)
    record(tx, actor.by(post), PersonErased(person.id))
    return queries_people.show_person(queries_people.ONE.one(tx, id=person.id))


def grant_post(tx: Tx, actor: Actor, cmd: GrantPost) -> HeldPost:
    person = lock_person_in_reach(tx, actor, NEEDS["post.grant"], cmd.person_id)
    unit = queries_units.get_unit_in_reach(tx, actor, cmd.unit_id)
    rules_people.check_not_self(actor, person.id)
    by = may(actor, NEEDS["post.grant"], Subject(unit.path))
    rules_units.check_open(unit)
    rules_people.check_alive(person)
    if store_people.POST_TAKEN.maybe(tx, id=cmd.post_id):
        raise Refused("network.post_exists", "这个任命编号已经用过", "This post id has been used", post_id=cmd.post_id)
    held = store_people.HELD_BY.all(tx, person_id=person.id, at=tx.now)
    certificates = store_people.CERTIFICATES.all(tx, person_id=person.id)
    since, trained = rules_people.decide_grant(cmd, held, certificates, tx.now)
    store_people.ADD_POST.run(
        tx,
        id=cmd.post_id,
        person_id=person.id,
        kind=cmd.kind,
        unit_id=unit.id,
        grids=list(cmd.grids),
        since=since,
        until=cmd.until,
        needs_certificate=trained,
    )
    store_access.END_SESSIONS.run(tx, person_id=person.id, keep=None)  # a new post is signed in to anew
    event = PostGranted(person.id, cmd.post_id, cmd.kind.value, unit.id, cmd.grids, since, cmd.until)
    record(tx, actor.by(by), event)
    return store_people.HELD_ONE.one(tx, id=cmd.post_id, at=tx.now)


def revoke_post(tx: Tx, actor: Actor, cmd: RevokePost) -> HeldPost:
    held = _post_in_reach(tx, actor, cmd.post_id)
    lock_person(tx, held.person_id)
    by = may(actor, NEEDS["post.revoke"], Subject(held.unit_path))
    held = store_people.HELD_ONE.one(tx, id=cmd.post_id, at=tx.now)
    if held.until is not None and held.until <= tx.now:
        raise Refused("network.post_ended", "这项任命已经结束", "This post has already ended", until=held.until)
    store_people.END_POST.run(tx, id=held.id, now=tx.now)
    store_access.END_SESSIONS.run(tx, person_id=held.person_id, keep=None)
    record(tx, actor.by(by), PostRevoked(held.person_id, held.id, held.kind.value, held.unit_id))
    return store_people.HELD_ONE.one(tx, id=held.id, at=tx.now)


def give_certificate(tx: Tx, actor: Actor, cmd: GiveCertificate) -> Certificate:
    """Training passed. Posts that rest on a certificate of this kind count (again) from now."""
    person = lock_person_in_reach(tx, actor, NEEDS["certificate.give"], cmd.person_id)
    rules_people.check_not_self(actor, person.id)
    by = rules_people.may_over(actor, NEEDS["certificate.give"], standing_posts(tx, person.id), every=False)
    rules_people.check_alive(person)
    if cmd.expires_at <= tx.now:
        raise Invalid("network.wrong_period", "证书有效期须在今后", "A certificate must expire in the future")
    if store_people.ONE_CERTIFICATE.maybe(tx, id=cmd.certificate_id):
        raise Refused("network.certificate_exists", "这个证书编号已经用过", "This certificate id has been used")
    store_people.ADD_CERTIFICATE.run(
        tx,
        id=cmd.certificate_id,
        person_id=person.id,
        kind=cmd.kind,
        now=tx.now,
        expires_at=cmd.expires_at,
        by=actor.id,
    )
    record(tx, actor.by(by), CertificateGiven(person.id, cmd.certificate_id, cmd.kind.value, cmd.expires_at))
    return store_people.ONE_CERTIFICATE.one(tx, id=cmd.certificate_id)


def revoke_certificate(tx: Tx, actor: Actor, cmd: RevokeCertificate) -> Certificate:
    found = store_people.ONE_CERTIFICATE.maybe(tx, id=cmd.certificate_id)
    if found is None or not is_in_reach(tx, actor, NEEDS["certificate.revoke"], found.person_id):
        raise NotFound("network.no_certificate", "没有这份证书", "No such certificate")
    lock_person(tx, found.person_id)
    by = rules_people.may_over(actor, NEEDS["certificate.revoke"], standing_posts(tx, found.person_id), every=False)
    found = store_people.ONE_CERTIFICATE.one(tx, id=cmd.certificate_id)
    if found.revoked_at is not None:
        raise Refused("network.certificate_revoked", "证书已经撤销", "It has already been withdrawn")
    store_people.REVOKE_CERTIFICATE.run(tx, id=found.id, now=tx.now)
    record(tx, actor.by(by), CertificateRevoked(found.person_id, found.id, found.kind.value))
    return store_people.ONE_CERTIFICATE.one(tx, id=found.id)


def set_shift(tx: Tx, actor: Actor, cmd: SetShift) -> SetShift:
    unit = queries_units.get_unit_in_reach(tx, actor, cmd.unit_id)
    by = may(actor, NEEDS["duty.plan"], Subject(unit.path))
    if cmd.kind is ShiftKind.single:
        raise Invalid(
            "network.wrong_shift", "只有日班、夜班和节假日班有模板", "Only day, night and holiday have templates"
        )
    store_people.LOCK_UNIT.one(tx, id=unit.id)
    store_people.SET_SHIFT.run(tx, unit_id=unit.id, kind=cmd.kind, starts=cmd.starts, ends=cmd.ends)
    record(tx, actor.by(by), ShiftSet(unit.id, cmd.kind.value, f"{cmd.starts:%H:%M}", f"{cmd.ends:%H:%M}"))
    return cmd


def plan_duty(tx: Tx, actor: Actor, cmd: PlanDuty) -> DutyPlan:
    """Plan a unit's days anew from a weekly pattern, for the kinds of post it names. What has begun, and what was assigned by hand, stays. The pattern is kept: the next plan begins from it."""
    store_people.LOCK_UNIT.maybe(tx, id=cmd.unit_id)
    unit = queries_units.get_unit_in_reach(tx, actor, cmd.unit_id)
    by = may(actor, NEEDS["duty.plan"], Subject(unit.path))
    rules_units.check_open(unit)
    shifts = {s.kind: s for s in store_people.SHIFTS.all(tx, path=unit.path)}
    duties, provisional = rules_people.work_out_duties(cmd, shifts)
    wanted = {p for line in cmd.lines for p in line.post_ids}
    held = {h.id: h for h in store_people.HELD_MANY.all(tx, ids=list(wanted), at=tx.now)}
    if foreign := [p for p in wanted if p not in held or not is_within(held[p].unit_path, unit.path)]:
        raise Invalid("network.not_a_post_here", "有岗位不属于该单位", "A post is not of this unit", posts=foreign)
    since, until = rules_people.plan_window(cmd)
    unit_ids, kinds = list({held[p].unit_id for p in wanted} | {unit.id}), list({held[p].kind.value for p in wanted})
    store_people.DROP_PLANNED.run(tx, unit_ids=unit_ids, kinds=kinds, since=since, until=until, now=tx.now)
    store_people.put_pattern(tx, unit.id, cmd.lines, unit_ids, kinds)
    coming = [d for d in duties if d.until > tx.now]
    planned = store_people.ADD_DUTIES.run(
        tx,
        ids=[d.id for d in coming],
        posts=[d.post_id for d in coming],
        sinces=[d.since for d in coming],
        untils=[d.until for d in coming],
        shifts=[d.shift.value for d in coming],
    )
    done = DutyPlan(planned, len(coming) - planned, provisional)
    event = DutyPlanned(unit.id, cmd.since, cmd.until, planned=planned, kept=done.kept, provisional=provisional)
    record(tx, actor.by(by), event)
    return done


def assign_duty(tx: Tx, actor: Actor, cmd: AssignDuty) -> AssignDuty:
    """One duty by hand; planned duties of the same post at that time give way."""
    held = _post_in_reach(tx, actor, cmd.post_id)
    store_people.LOCK_UNIT.one(tx, id=held.unit_id)
    by = may(actor, NEEDS["duty.plan"], Subject(held.unit_path))
    if cmd.until <= cmd.since:
        raise Invalid("network.wrong_period", "结束时间须晚于开始时间", "It must end after it begins")
    if not cmd.reach or not set(cmd.reach) <= {"phone", "wecom"}:
        raise Invalid("network.wrong_reach", "联系方式只能是 phone 或 wecom", "Reach is phone or wecom")
    store_people.YIELD_PLANNED.run(tx, post_id=held.id, since=cmd.since, until=cmd.until)
    added = store_people.ADD_DUTY.run(
        tx,
        id=cmd.duty_id,
        post_id=held.id,
        since=cmd.since,
        until=cmd.until,
        grids=list(cmd.grids),
        reach=list(cmd.reach),
    )
    if not added:
        raise Refused(
            "network.duty_taken", "此人这段时间已有值班", "This person is already on duty then", post_id=held.id
        )
    record(tx, actor.by(by), DutyAssigned(held.unit_id, cmd.duty_id, held.id, cmd.since, cmd.until))
    return cmd


def lock_person(tx: Tx, person_id: UUID) -> PersonRow:
    person = store_people.LOCK_PERSON.maybe(tx, id=person_id)
    if person is None:
        raise NotFound("network.no_person", "没有这个人", "No such person")
    return person


def lock_person_in_reach(tx: Tx, actor: Actor, need: Need, person_id: UUID) -> PersonRow:
    """The person somebody acts on; NotFound alike when they are out of the actor's sight and when there is none."""
    person = lock_person(tx, person_id)
    if not is_in_reach(tx, actor, need, person_id):
        raise NotFound("network.no_person", "没有这个人", "No such person")
    return person


def is_in_reach(tx: Tx, actor: Actor, need: Need, person_id: UUID) -> bool:
    """Oneself, whoever holds or held a post on the actor's ground, and (for those whose task it is) the newly added, who
    have never held any."""
    ground = ground_of(actor)
    return ground.everything or queries_people.IN_REACH.one(
        tx,
        id=person_id,
        me=actor.id,
        paths=list(ground.paths),
        new=any(p.kind in need.posts for p in actor.posts),
    )


def _post_in_reach(tx: Tx, actor: Actor, post_id: UUID) -> HeldPost:
    held, ground = store_people.HELD_ONE.maybe(tx, id=post_id, at=tx.now), ground_of(actor)
    if held is None or not (ground.everything or any(is_within(held.unit_path, p) for p in ground.paths)):
        raise NotFound("network.no_post", "没有这项任命", "No such post")
    return held


def standing_posts(tx: Tx, person_id: UUID) -> list[HeldPost]:
    """The posts a person has or is to have."""
    held = store_people.HELD_BY.all(tx, person_id=person_id, at=tx.now)
    return [p for p in held if p.until is None or p.until > tx.now]

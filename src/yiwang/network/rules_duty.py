"""Who comes on duty and until when, which positions are kept, who may see them. Pure.

Sources: issue 4 (Duty), MISSION N2 and N4; PIPL articles 6 and 19 (minimum, shortest time): docs/security.md says what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from yiwang.kit.errors import Forbidden, NotFound, Refused
from yiwang.kit.geo import to_wgs84
from yiwang.kit.scope import Scope
from yiwang.network.model import FIELD_POSTS, Actor, ActorKind, Post, PostKind
from yiwang.network.model_duty import (
    Attendance,
    Colleague,
    ColleagueRow,
    DutyPost,
    Point,
    Position,
    Presence,
    PresenceRow,
    RosterLine,
    StartDuty,
)
from yiwang.network.rules import scope_of

DESK_POSTS = frozenset({PostKind.operator, PostKind.dispatcher, PostKind.supervisor, PostKind.commander})
OUTDOOR_POSTS = FIELD_POSTS | {PostKind.handler, PostKind.verifier}
DUTY_POSTS = DESK_POSTS | OUTDOOR_POSTS
"""Posts that one comes on duty under; administrators, assessors and auditors keep no watch."""
LONGEST = timedelta(hours=12)
AFTER_PLAN = timedelta(hours=1)
"""A duty ends by itself so long after the roster's end, or after `LONGEST` where the roster has none."""
EARLY = timedelta(hours=1)
"""So early one may come for what the roster has."""
GRACE = timedelta(minutes=15)
OLD = timedelta(minutes=5)
"""A position older than this does not say where somebody is now."""
EVERY_S = 30
KEPT = timedelta(hours=24)
SOON = timedelta(minutes=1)
"""A phone's clock may be ahead by so much."""


def decide_post(actor: Actor, cmd: StartDuty, posts: Sequence[DutyPost]) -> Post:
    """The post to come on duty under: the one named, else what the roster has on now, else the first."""
    mine = {p.id: p for p in actor.posts if p.kind in DUTY_POSTS}
    if cmd.post_id is not None:
        if cmd.post_id not in mine:
            raise NotFound("network.no_post", "没有这项任命", "No such post")
        return mine[cmd.post_id]
    planned = next((p.id for p in posts if p.planned_until and p.id in mine), None)
    return mine[planned] if planned else next(iter(mine.values()))


def work_out_end(now: datetime, planned_until: datetime | None) -> datetime:
    """When a duty that starts now ends by itself."""
    return planned_until + AFTER_PLAN if planned_until else now + LONGEST


def check_off_duty(now: datetime, open_one: Attendance | None) -> None:
    if open_one is not None and open_one.ends_by > now:
        raise Refused(
            "network.already_on_duty", "您已在岗，不必再上岗", "You are on duty already",
            attendance_id=open_one.id, since=open_one.since,
        )  # fmt: skip


def demand_on_duty(now: datetime, open_one: Attendance | None) -> Attendance:
    if open_one is None or open_one.ends_by <= now:
        raise Refused("network.not_on_duty", "您不在岗，请先上岗", "You are not on duty: please come on duty first")
    return open_one


def select_points(
    positions: Iterable[Position], since: datetime, now: datetime
) -> tuple[list[tuple[Position, Point]], int]:
    """The positions of this duty in WGS-84, and how many were dropped: from before it, or from a clock that runs ahead."""
    kept, dropped = list[tuple[Position, Point]](), 0
    for p in positions:
        if since <= p.at <= now + SOON:
            kept.append((p, Point(min(p.at, now), *to_wgs84(p.lon, p.lat, p.datum), p.accuracy_m)))
        else:
            dropped += 1
    return kept, dropped


def whom_seen(actor: Actor, on_duty: bool) -> Scope:
    """Whose positions `actor` sees: those of the desk, all within their units; those outdoors, only while on duty
    themselves. Nobody else does, auditors included, and no program."""
    if actor.kind is not ActorKind.person:
        raise Forbidden(
            "network.people_only",
            "只有本人登录后才能查看人员位置",
            "Only a person who is signed in sees where people are",
        )
    counted = DUTY_POSTS if on_duty else DESK_POSTS
    if not any(p.kind in counted for p in actor.posts):
        if any(p.kind in DUTY_POSTS for p in actor.posts):
            raise Refused(
                "network.not_on_duty", "上岗后才能看到附近的同事", "Come on duty first, then you see who is near"
            )
        raise Forbidden(
            "network.not_your_post", "您的岗位不能查看人员位置", "Your post does not show where people are",
            posts=sorted(DUTY_POSTS),
        )  # fmt: skip
    return scope_of(actor, counted)


def show_colleague(row: ColleagueRow, now: datetime, phone: str | None, wecom: str | None) -> Colleague:
    """`phone` and `wecom`: as shown."""
    age = None if row.at is None else max(0, int((now - row.at).total_seconds()))
    return Colleague(
        row.person_id, row.name, row.post, row.unit_id, row.unit_name, row.since, row.lon, row.lat, row.accuracy_m,
        row.at, age, row.at is None or now - row.at > OLD, row.metres, phone, wecom, bool(phone or wecom),
    )  # fmt: skip


def show_presence(row: PresenceRow, at: datetime, now: datetime) -> RosterLine:
    """A line of the roster at `at`, as known `now`."""
    if row.here_since is not None:
        presence = Presence.here if row.planned_since else Presence.unplanned
    else:
        missed = row.planned_since is not None and at >= row.planned_since + GRACE and at <= now
        presence = Presence.absent if missed else Presence.due
    return RosterLine(
        row.id, row.person_id, row.name, row.post, row.unit_name, row.shift, row.planned_since, row.planned_until,
        row.here_since, row.here_until, presence,
    )  # fmt: skip

"""Who plans and walks routes, when a walk may begin. Pure. Minutes are ours: no standard gives any."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.rules import is_within, may, why_not
from yiwang.scenes.patrol.model import POINT, PREMISES
from yiwang.scenes.patrol.model_routes import Route

P = PostKind
PLANNERS = frozenset({P.operator, P.supervisor, P.grid_chief, P.commander})
WALKERS = frozenset({P.inspector, P.coordinator, P.grid_chief, P.handler, P.verifier})
PLAN = Need("patrol.plan", PLANNERS, Reach.area, system=True)
WALK = Need("patrol.walk", WALKERS, Reach.own)
EARLY = timedelta(minutes=30)
"""So long before its time a walk may begin."""
LATE = timedelta(hours=2)
"""So long after its time a point that is reached is late rather than missed."""
AHEAD = timedelta(minutes=5)
"""So much a telephone's clock may be fast."""
KINDS = (PREMISES.name, POINT.name)


# ── planning ──────────────────────────────────────────────────────────────────────────────────────────────────────


def demand_planner(actor: Actor, paths: Collection[str]) -> Post | None:
    """The post under which this person plans for all of these units and grounds; else Forbidden."""
    posts = [may(actor, PLAN, Subject(path)) for path in paths]
    return posts[0]


def is_near(scope: Scope, paths: Collection[str]) -> bool:
    """Does one of these lie in what the scope sees?"""
    return scope.everything or any(is_within(path, top) for path in paths for top in scope.paths)


def may_plan(actor: Actor, route: Route) -> bool:
    return all(why_not(actor, PLAN, Subject(path)) is None for path in (route.unit_path, route.ground_path))


def demand_plan(
    points: Collection[UUID], kinds: Collection[str], weekdays: Collection[int], begins: time, ends: time
) -> None:
    """Each point once and of a kind that is patrolled; days once; not around the clock."""
    wrong = None
    if len(set(points)) < len(points) or not set(kinds) <= set(KINDS):
        wrong = "points"
    elif len(set(weekdays)) < len(weekdays):
        wrong = "weekdays"
    elif begins == ends:
        wrong = "ends"
    if wrong:
        raise Invalid(
            "route.wrong", "路线有误：点位应是场所或巡查点位，且不重复；星期不重复；起止时间不能相同",
            "Not a route: points are places or patrol points, each once; days once; it cannot end when it begins", field=wrong,
        )  # fmt: skip


def demand_people(people: Collection[UUID], walkers: Collection[UUID]) -> None:
    if stray := [str(p) for p in people if p not in walkers]:
        raise Invalid(
            "route.stranger", "指定的人员不在该单位任职，或不能巡查", "Somebody named has no post of that unit that patrols", people=stray
        )  # fmt: skip


def work_out_times(day: date, begins: time, ends: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a walk of that day starts and ends: past midnight where it ends earlier than it begins."""
    last = day if ends > begins else day + timedelta(days=1)
    return datetime.combine(day, begins, zone), datetime.combine(last, ends, zone)


# ── walking ───────────────────────────────────────────────────────────────────────────────────────────────────────


def is_walker(actor: Actor, people: Collection[UUID], unit_id: UUID) -> bool:
    """Is it theirs to walk: named, or where nobody is, of that very unit in a post that patrols?"""
    if people:
        return actor.id in people
    return any(post.unit_id == unit_id and post.kind in WALKERS for post in actor.posts)


def demand_walker(actor: Actor, people: Collection[UUID], unit_id: UUID) -> Post | None:
    """The post under which they walk; else Forbidden."""
    mine = is_walker(actor, people, unit_id)
    post = may(actor, WALK, Subject("", people=frozenset({actor.id}) if mine else frozenset()))
    return next((p for p in actor.posts if p.unit_id == unit_id and p.kind in WALKERS), post)


def demand_begin(at: datetime, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Invalid `shift.time`: before its time or after it, or in the future."""
    if not starts_at - EARLY <= at < ends_at or at > now + AHEAD:
        raise Invalid(
            "shift.time", "不在这一班的时间内（可提前 30 分钟开始）", "This is not within the shift's time (it may begin 30 minutes early)",
            starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(),
        )  # fmt: skip


def demand_end(at: datetime, begun_at: datetime, ends_at: datetime, now: datetime) -> datetime:
    """When it ended: what is said later than may be is cut off there. Invalid `shift.time` before it began."""
    if at < begun_at or at > now + AHEAD:
        raise Invalid(
            "shift.time", "结束时间早于开始时间，或晚于现在", "It cannot end before it began, nor later than now",
            begun_at=begun_at.isoformat(), ends_at=ends_at.isoformat(),
        )  # fmt: skip
    return min(at, now, ends_at + LATE)


def taken() -> Refused:
    return Refused("shift.taken", "这一班已由别人开始", "Somebody else walks this one already")


def not_yours() -> Forbidden:
    return Forbidden("shift.not_yours", "这一班不是您在走", "This is not your walk")


def no_route() -> NotFound:
    return NotFound("route.none", "没有这条巡查路线", "No such route")


def no_shift() -> NotFound:
    return NotFound("shift.none", "没有这一班", "No such shift")

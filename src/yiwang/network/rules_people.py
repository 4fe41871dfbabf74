"""Who may hold which post, and how a roster follows from a weekly pattern. Pure.

Sources: MISSION N2 (a coordinator trained as 准监督员 by certificate); GB/T 22239 (three separate administrators);
issue 2 §3. Statutory holidays and make-up workdays: the State Council's yearly notice, by `chinesecalendar`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import chinese_calendar

from yiwang.kit.errors import Forbidden, Invalid, Refused
from yiwang.kit.ids import new_id
from yiwang.network.model import ADMIN_POSTS, FIELD_POSTS, Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.model_people import (
    AddPerson,
    Certificate,
    Duty,
    DutyLine,
    GrantPost,
    HeldPost,
    PlanDuty,
    Shift,
    ShiftKind,
)
from yiwang.network.model_personal import PersonRow
from yiwang.network.rules import may, widest

DEFAULT_SHIFTS = {
    ShiftKind.day: Shift(ShiftKind.day, time(8), time(20)),
    ShiftKind.night: Shift(ShiftKind.night, time(20), time(8)),
    ShiftKind.holiday: Shift(ShiftKind.holiday, time(8), time(8)),
}
"""Round the clock, 365 days, where a unit has set nothing else."""
MAX_DAYS, MAX_DUTIES = 366, 20_000


def check_person(cmd: AddPerson) -> None:
    if not re.fullmatch(r"[\w.@-]{2,64}", cmd.login):
        raise Invalid(
            "network.wrong_login",
            "登录名为 2–64 个字母、汉字、数字或 . _ @ -",
            "A login has 2–64 letters, digits or . _ @ -",
        )
    if not cmd.name.strip() or len(cmd.name) > 100:
        raise Invalid("network.wrong_name", "请填写姓名（最多 100 字）", "Please give a name (at most 100 characters)")
    if cmd.phone is not None and not re.fullmatch(r"\+?[0-9][0-9 -]{2,18}", cmd.phone):
        raise Invalid("network.wrong_phone", "电话号码格式不对", "The phone number is not right")


def check_not_self(actor: Actor, person_id: UUID) -> None:
    """Nobody appoints, certifies or erases themselves, whatever post they hold."""
    if actor.id == person_id:
        raise Forbidden("network.not_yourself", "不能给自己办理，须由他人办理", "Nobody may do this for themselves")


def may_over(actor: Actor, need: Need, posts: Iterable[HeldPost], *, every: bool) -> Post | None:
    """May `actor` do it to a person who holds (or is to hold) these posts: with authority over `every` one of them, or
    over one at least. A person without posts is within the reach of whoever holds the post asked for."""
    paths = widest(p.unit_path for p in posts)
    if not paths:
        return may(actor, replace(need, reach=Reach.any), Subject(""))
    granted: list[Post | None] = []
    refused: Forbidden | None = None
    for path in paths:
        try:
            granted.append(may(actor, need, Subject(path)))
        except Forbidden as reason:
            refused = reason
    if refused and (every or not granted):
        raise refused
    return granted[0]


def check_alive(person: PersonRow) -> None:
    if person.erased_at is not None:
        raise Refused("network.person_erased", "此人的信息已删除", "This person has been erased", person_id=person.id)


def decide_grant(
    cmd: GrantPost, held: Sequence[HeldPost], certificates: Sequence[Certificate], now: datetime
) -> tuple[datetime, bool]:
    """(from when, does it rest on a certificate) for a post about to be granted; else Invalid or Refused.

    `held` are all posts the person has or ever had; `certificates` all theirs.
    """
    since = cmd.since or now
    if cmd.until is not None and cmd.until <= since:
        raise Invalid("network.wrong_period", "结束时间须晚于开始时间", "It must end after it begins")
    if cmd.grids and cmd.kind not in FIELD_POSTS:
        raise Invalid(
            "network.grids_not_for_post", f"{cmd.kind.zh()}不按责任网格任命", f"{cmd.kind.en()} is not bound to grids"
        )
    # Whatever has not ended by the time the new post begins would be held beside it.
    beside = [p for p in held if (p.until is None or p.until > since) and (cmd.until is None or p.since < cmd.until)]
    kinds = {p.kind for p in beside}
    if cmd.kind in ADMIN_POSTS and (other := (kinds & ADMIN_POSTS) - {cmd.kind}):
        raise Refused(
            "network.administrators_apart",
            f"系统、安全、审计管理员不得兼任（已是{'、'.join(k.zh() for k in other)}）",
            "The three administrators' posts may not be held together",
            held=sorted(other),
        )
    if (cmd.kind is PostKind.auditor and kinds - {PostKind.auditor}) or (
        cmd.kind is not PostKind.auditor and PostKind.auditor in kinds
    ):
        raise Refused(
            "network.auditor_stands_alone",
            "审计员不得兼任其他岗位",
            "An auditor holds no other post",
            held=sorted(kinds),
        )
    if any(p.kind is cmd.kind and p.unit_id == cmd.unit_id for p in beside):
        raise Refused("network.post_held", "此人已任该岗位", "This post is already held", person_id=cmd.person_id)
    # Having once been in training counts for good: ending the coordinator's post first opens nothing.
    trained = cmd.kind is PostKind.inspector and any(p.kind is PostKind.coordinator for p in held)
    if trained and not any(is_valid(c, cmd.kind, since) for c in certificates):
        raise Refused(
            "network.certificate_needed",
            "综合协管员须先取得有效的监督员培训证书",
            "A coordinator needs a valid inspector's certificate first",
            person_id=cmd.person_id,
        )
    return since, trained


def is_valid(certificate: Certificate, kind: PostKind, at: datetime) -> bool:
    return (
        certificate.kind is kind
        and certificate.issued_at <= at < certificate.expires_at
        and (certificate.revoked_at is None or certificate.revoked_at > at)
    )


# ── rosters ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def what_day(day: date) -> tuple[int, bool, bool]:
    """(weekday 1–7 whose pattern applies, statutory holiday?, provisional?) in China.

    A make-up workday (调休) is worked like a Monday. Beyond the years the library knows, weekdays are taken as they are.
    """
    try:
        is_off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return day.isoweekday(), False, True
    if is_off:
        return day.isoweekday(), name is not None, False
    return (1 if name is not None and day.isoweekday() > 5 else day.isoweekday()), False, False


def work_out_duties(cmd: PlanDuty, shifts: Mapping[ShiftKind, Shift]) -> tuple[list[Duty], bool]:
    """The duties of a plan, and whether some rest on holidays not yet known. Turns go by the date, so the next plan
    carries on where this one ends."""
    _check_plan(cmd)
    zone = ZoneInfo(cmd.zone)
    has_holiday_line = any(line.shift is ShiftKind.holiday for line in cmd.lines)
    duties: list[Duty] = []
    provisional = False
    for offset in range((cmd.until - cmd.since).days + 1):
        day = cmd.since + timedelta(days=offset)
        weekday, holiday, unknown = what_day(day) if cmd.holidays else (day.isoweekday(), False, False)
        provisional |= unknown
        for line in cmd.lines:
            is_on = (
                line.shift is ShiftKind.holiday
                if holiday and has_holiday_line
                else line.shift is not ShiftKind.holiday and weekday in line.weekdays
            )
            if is_on:
                since, until = shift_times(day, shifts.get(line.shift, DEFAULT_SHIFTS[line.shift]), zone)
                duties += [Duty(new_id(), post, since, until, line.shift, ()) for post in _turn(line, day)]
        check_total(len(duties))
    return duties, provisional


def shift_times(day: date, shift: Shift, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A shift that begins on `day`, by the clocks of `zone`."""
    since = datetime.combine(day, shift.starts, zone)
    ends_on = day if shift.ends > shift.starts else day + timedelta(days=1)
    return since, datetime.combine(ends_on, shift.ends, zone)


def plan_window(cmd: PlanDuty) -> tuple[datetime, datetime]:
    """From the first midnight to the last, by the clocks of the plan's zone."""
    zone = ZoneInfo(cmd.zone)
    return datetime.combine(cmd.since, time(), zone), datetime.combine(cmd.until + timedelta(days=1), time(), zone)


def _turn(line: DutyLine, day: date) -> Iterator[UUID]:
    posts = line.post_ids
    if line.at_once is None or line.at_once >= len(posts):
        yield from posts
    else:
        first = day.toordinal() * line.at_once
        yield from (posts[(first + k) % len(posts)] for k in range(line.at_once))


def check_days(since: date, until: date) -> None:
    if not 0 <= (until - since).days < MAX_DAYS:
        raise Invalid(
            "network.wrong_period", f"排班日期须依次排列，最多 {MAX_DAYS} 天", f"Days in order, at most {MAX_DAYS}"
        )


def check_total(duties: int) -> None:
    if duties > MAX_DUTIES:
        raise Invalid("network.plan_too_large", f"一次最多排 {MAX_DUTIES} 班", f"At most {MAX_DUTIES} duties at once")


def _check_plan(cmd: PlanDuty) -> None:
    check_days(cmd.since, cmd.until)
    if not cmd.lines:
        raise Invalid("network.plan_empty", "请给出班次安排", "The plan has no lines")
    for line in cmd.lines:
        if line.shift is ShiftKind.single or not line.post_ids or len(set(line.post_ids)) != len(line.post_ids):
            raise Invalid(
                "network.plan_line", "每行须有班次，并列出各岗位一次", "Each line needs a shift and each post once"
            )
        if not set(line.weekdays) <= set(range(1, 8)) or (line.at_once is not None and line.at_once < 1):
            raise Invalid("network.plan_line", "星期为 1–7，同时在岗人数至少 1", "Weekdays are 1–7, at_once at least 1")
    try:
        ZoneInfo(cmd.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid("network.wrong_zone", f"没有时区“{cmd.zone}”", f"No time zone {cmd.zone!r}") from None

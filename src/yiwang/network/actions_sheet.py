"""People and rosters from files: each row by the acts that anybody does one at a time, with what they refuse."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.db import Tx
from yiwang.kit.ids import new_id
from yiwang.kit.importing import MOST_BYTES, Outcome, Taking, spoilt_by
from yiwang.kit.scope import Scope
from yiwang.kit.table import Fault, Row, read_table
from yiwang.network import queries_people, queries_sheet, rules_people
from yiwang.network.actions_people import add_person, grant_post, is_in_reach, plan_duty, standing_posts
from yiwang.network.model import Actor, Subject
from yiwang.network.model_people import AddPerson, DutyLine, DutyPlan, GrantPost, HeldPost, Person, PlanDuty
from yiwang.network.model_sheet import DutyWords, ImportDuty, PersonLine, RosterReport
from yiwang.network.model_units import KnownUnit
from yiwang.network.queries_units import find_units_named
from yiwang.network.rules import anywhere, ground_of, may
from yiwang.network.rules_needs import NEEDS
from yiwang.network.rules_personal import mask_account, mask_phone
from yiwang.network.rules_sheet import ABOUT, CALLED_DUTY, DUTY, DUTY_NEEDED, MOST_DUTY, WHOLE, read_duty
from yiwang.network.rules_units import UnitWords

MOST_LINES = 100_000


def put_person(
    tx: Tx, actor: Actor, line: PersonLine, unit_id: UUID | None, grids: tuple[UUID, ...], zone: ZoneInfo
) -> tuple[Outcome, str, str]:
    """What a row of a file says comes to be so: the person is added, the post granted, unless they are there already. What
    is there is not changed: Fault where the file says otherwise. What was done, in both languages too."""
    person = _find_in_reach(tx, actor, line.login)
    fresh = person is None
    if person is None:
        person = add_person(tx, actor, AddPerson(new_id(), line.login, line.name, line.phone, line.wecom))
    else:
        _check_same(person, line)
    if line.post is None or unit_id is None:
        return (Outcome.added, "登记人员", "the person is added") if fresh else (Outcome.unchanged, "", "")
    for held in standing_posts(tx, person.id):
        if held.kind is line.post and held.unit_id == unit_id:
            _check_same_post(held, line, grids, zone)
            return Outcome.unchanged, "", ""
    since, until = _midnight(line.since, zone), _midnight(line.until, zone)
    grant_post(tx, actor, GrantPost(new_id(), person.id, line.post, unit_id, grids, since, until))
    if fresh:
        return Outcome.added, "登记人员并任命", "the person is added and given the post"
    return Outcome.added, "任命", "the post is given"


def _find_in_reach(tx: Tx, actor: Actor, login: str) -> Person | None:
    row = queries_sheet.find_by_login(tx, login)
    if row is None or not is_in_reach(tx, actor, NEEDS["post.grant"], row.id):
        return None
    return queries_people.show_person(row)


def _check_same(person: Person, line: PersonLine) -> None:
    """Numbers are compared as they are shown, masked: else whoever may import could find them out by trying."""
    for column, known, said in (
        ("name", person.name, {line.name.strip()}),
        ("phone", person.phone, {line.phone, mask_phone(line.phone or "")}),
        ("wecom", person.wecom, {line.wecom, mask_account(line.wecom or "")}),
    ):
        if any(said) and known not in said:
            raise Fault(
                column,
                f"账号“{line.login}”已登记为“{known or '—'}”，与本行不同；导入不改已登记人员的信息",
                f"“{line.login}” is there already with “{known or '—'}”; an import changes nothing of who is there",
            )


def _check_same_post(held: HeldPost, line: PersonLine, grids: tuple[UUID, ...], zone: ZoneInfo) -> None:
    if set(grids) != set(held.grids):
        raise Fault(
            "grids",
            "此人已任该岗位，责任网格不同；请先免职，再按新网格任命",
            "the post is held already, for other grids; revoke it first, then grant it anew",
        )
    if line.until != (held.until and held.until.astimezone(zone).date()):
        raise Fault(
            "until",
            "此人已任该岗位，任职止不同；请先免职，再重新任命",
            "the post is held already, until another day; revoke it first, then grant it anew",
        )


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return day and datetime.combine(day, time(), zone)


def import_duty(tx: Tx, actor: Actor, cmd: ImportDuty) -> RosterReport:
    """Plan the rosters of a file's units by its lines, as `plan_duty` does each; a unit whose roster is like that already
    is left alone. Invalid where the file cannot be read, the days are wrong or, unless it is a dry run, a row is bad."""
    may(actor, anywhere(NEEDS["duty.plan"]), Subject(""))
    rules_people.check_days(cmd.since, cmd.until)
    rows = read_table(cmd.source, cmd.data, DUTY, DUTY_NEEDED, most_rows=MOST_DUTY, most_bytes=MOST_BYTES)
    units = UnitWords(find_units_named(tx, (r.cells.get("unit", "") for r in rows), ground_of(actor)))
    take = Taking(tx, DUTY, CALLED_DUTY, ABOUT, WHOLE)
    lines: dict[KnownUnit, list[tuple[Row, DutyLine]]] = defaultdict(list)
    spoilt: dict[KnownUnit, int] = {}
    for row in rows:
        unit: KnownUnit | None = None
        before = len(take.bad)
        with take.row(row):
            words = read_duty(row.cells)
            unit = units.find("unit", words.unit)
            may(actor, NEEDS["duty.plan"], Subject(unit.path))
            posts = _posts(tx, unit, words)
            lines[unit].append((row, DutyLine(words.shift, posts, words.weekdays, words.at_once)))
        if unit is not None and len(take.bad) > before:
            spoilt.setdefault(unit, row.line)
    plans: list[DutyPlan] = []
    with tx.trial(cmd.dry_run):
        for unit, named in lines.items():
            if unit not in spoilt:
                with take.row(named[0][0]):
                    outcome, plan = _plan(tx, actor, cmd, unit, tuple(line for _, line in named))
                    rules_people.check_total(sum(p.planned + p.kept for p in [*plans, plan]))
                    if outcome is not Outcome.unchanged:
                        plans.append(plan)
                    _tell(take, [row for row, _ in named], outcome, plan)
                    continue
            bad_line = spoilt.get(unit, named[0][0].line)
            for row, _ in named:
                if row.line != bad_line:
                    take.refuse(row, spoilt_by("unit", "同一单位", "the same unit", bad_line))
        done = take.report(len(rows), dry=cmd.dry_run)
    planned, kept = sum(p.planned for p in plans), sum(p.kept for p in plans)
    return RosterReport(
        done.rows, done.added, done.changed, done.unchanged, done.retired, done.bad, done.lines, done.dry_run,
        len(plans), planned, kept, any(p.provisional for p in plans),
    )  # fmt: skip


def _tell(take: Taking, rows: list[Row], outcome: Outcome, plan: DutyPlan) -> None:
    """Of a unit's lines, the first says what its plan comes to."""
    for row in rows:
        if row is rows[0] and outcome is not Outcome.unchanged:
            take.tell(row, outcome, f"该单位共排 {plan.planned} 班", f"{plan.planned} duties of this unit")
        else:
            take.tell(row, outcome)


def _posts(tx: Tx, unit: KnownUnit, words: DutyWords) -> tuple[UUID, ...]:
    """The posts of those named, in their order: held in the unit itself, else somewhere below it; Fault."""
    holders = queries_sheet.find_holders(tx, words.logins, words.kinds, unit.path)
    posts: list[UUID] = []
    for login in words.logins:
        held = [h for h in holders if h.login == login.lower()]
        held = [h for h in held if h.unit_id == unit.id] or held
        if not held:
            raise Fault("logins", f"“{login}”在该单位没有这个岗位", f"“{login}” holds no such post there")
        if len(held) > 1:
            raise Fault(
                "logins",
                f"“{login}”在该单位及其下级有不止一个这样的岗位，请写明下级单位",
                f"“{login}” holds several such posts there; name the unit below",
            )
        posts.append(held[0].post_id)
    return tuple(posts)


def _plan(
    tx: Tx, actor: Actor, cmd: ImportDuty, unit: KnownUnit, lines: tuple[DutyLine, ...]
) -> tuple[Outcome, DutyPlan]:
    """Unchanged, and nothing is done, when the unit's roster and pattern are like that already."""
    plan = PlanDuty(unit.id, cmd.since, cmd.until, lines, cmd.zone, cmd.holidays)
    before = _roster(tx, actor, unit, plan)
    with tx.trial(False) as trial:
        done = plan_duty(tx, actor, plan)
        trial.undo = _roster(tx, actor, unit, plan) == before
    return Outcome.unchanged if trial.undo else Outcome.changed if any(before) else Outcome.added, done


def _roster(tx: Tx, actor: Actor, unit: KnownUnit, plan: PlanDuty) -> tuple[object, ...]:
    everything = Scope(True, (), actor.id)
    pattern = queries_sheet.list_pattern(tx, everything, under=unit.path, limit=MOST_LINES)
    lines = [(p.unit_id, p.shift, p.weekdays, p.at_once, p.post_ids) for p in pattern]
    return queries_sheet.find_planned(tx, unit.path, *rules_people.plan_window(plan)), lines

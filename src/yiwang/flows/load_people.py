"""A pack's people: who they are, what training they have, which posts they hold, who is on duty when.

Each is added once: whoever is there already, with whatever has happened to them since, stays as they are.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from yiwang.flows.pack_files import Pack, understood
from yiwang.kit.db import Tx
from yiwang.kit.errors import NotFound
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope
from yiwang.network.actions_people import add_person, give_certificate, grant_post, plan_duty
from yiwang.network.model import Actor, PostKind
from yiwang.network.model_people import AddPerson, DutyLine, GiveCertificate, GrantPost, PlanDuty
from yiwang.network.model_sheet import PersonLine
from yiwang.network.queries_people import get_person, list_certificates, list_duties, list_posts
from yiwang.network.queries_units import get_unit_by_code
from yiwang.network.rules_sheet import read_duty, read_person

LOCAL = ZoneInfo("Asia/Shanghai")
PLANNED_DAYS = 28
"""So far ahead a pack's weekly pattern is planned; loading the pack again carries it on."""
PERSON, POST = ("login", "name"), ("login", "post", "unit")
CERTIFICATE = ("login", "post", "expires")
DUTY = ("unit", "post", "shift", "weekdays", "logins", "at_once")


def load_people(tx: Tx, actor: Actor, pack: Pack) -> dict[str, int]:
    """people.csv: login, name; perhaps phone, and post, unit, since of those who hold just one."""
    added = 0
    for file, n, row in pack.rows("people", *PERSON):
        with understood(file, n):
            line = read_person(row)
        person_id = named_id(f"person:{line.login}")
        try:
            get_person(tx, _all(actor), person_id)
        except NotFound:
            add_person(tx, actor, AddPerson(person_id, line.login, line.name, line.phone))
            added += 1
            if line.post:
                _grant(tx, actor, line, line.post)
    return {"people": added}


def load_certificates(tx: Tx, actor: Actor, pack: Pack) -> dict[str, int]:
    """certificates.csv: login, post, expires (a day)."""
    added = 0
    for _, _, row in pack.rows("certificates", *CERTIFICATE):
        person_id = named_id(f"person:{row['login']}")
        certificate_id = named_id(f"certificate:{row['login']}:{row['post']}:{row['expires']}")
        if all(c.id != certificate_id for c in list_certificates(tx, _all(actor), person_id)):
            until = datetime.combine(date.fromisoformat(row["expires"]), time(), LOCAL)
            give_certificate(
                tx, actor, GiveCertificate(certificate_id, person_id, until.astimezone(UTC), PostKind(row["post"]))
            )
            added += 1
    return {"certificates": added}


def load_posts(tx: Tx, actor: Actor, pack: Pack) -> dict[str, int]:
    """posts.csv: login, post, unit; perhaps grids (codes of duty grids, `;` between) and since."""
    granted = 0
    for file, n, row in pack.rows("posts", *POST):
        with understood(file, n):
            line = read_person(row)
        granted += line.post is not None and _grant(tx, actor, line, line.post)
    return {"posts": granted}


def load_duty(tx: Tx, actor: Actor, pack: Pack) -> dict[str, int]:
    """duty.csv: a weekly pattern, planned from yesterday on for four weeks; units planned so far ahead are left alone."""
    patterns: dict[str, list[DutyLine]] = defaultdict(list)
    for file, n, row in pack.rows("duty", *DUTY):
        with understood(file, n):
            words = read_duty(row)
        posts = tuple(_post_id(login, words.kinds[0], words.unit) for login in words.logins)
        patterns[words.unit].append(DutyLine(words.shift, posts, words.weekdays, words.at_once))
    since = tx.now.astimezone(LOCAL).date() - timedelta(days=1)
    until = since + timedelta(days=PLANNED_DAYS)
    last = datetime.combine(until, time(12), LOCAL)
    planned = 0
    for code, lines in patterns.items():
        unit = get_unit_by_code(tx, code)
        there = list_duties(tx, _all(actor), unit.path, last, last + timedelta(hours=16), limit=1000)
        if all(duty.unit_name != unit.name for duty in there):
            planned += plan_duty(tx, actor, PlanDuty(unit.id, since, until, tuple(lines))).planned
    return {"duties": planned}


def _grant(tx: Tx, actor: Actor, line: PersonLine, post: PostKind) -> bool:
    person_id, post_id = named_id(f"person:{line.login}"), _post_id(line.login, post, line.unit)
    if any(held.id == post_id for held in list_posts(tx, _all(actor), person_id)):
        return False
    grids = tuple(named_id(f"duty:{code}") for code in line.grids)
    since = line.since and datetime.combine(line.since, time(), LOCAL)
    unit = get_unit_by_code(tx, line.unit)
    grant_post(tx, actor, GrantPost(post_id, person_id, post, unit.id, grids, since))
    return True


def _post_id(login: str, post: str, unit: str):
    return named_id(f"post:{login}:{post}:{unit}")


def _all(actor: Actor) -> Scope:
    return Scope(everything=True, paths=(), person=actor.id)

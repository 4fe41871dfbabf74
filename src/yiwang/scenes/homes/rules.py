"""Who someone is: ID numbers, ages and groups; who may know it, and for how long it is kept. Pure.

Sources: GB 11643-1999 (公民身份号码: 6 digits of place by GB/T 2260, 8 of birth, 3 in order, odd for men, a check digit by ISO 7064
MOD 11-2); 外国人永久居留身份证 (GA 2023: 9, province, nationality, birth, order, the same check digit); 老年人权益保障法 §2 (from 60),
沪府规〔2016〕老年综合津贴 counts from 80 as 高龄; 个人信息保护法 §19 (kept no longer than needed), §47 (erased on request), §28 (with a
purpose and a need).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.rules import anywhere, is_within, may, scope_of, why_not
from yiwang.network.rules_personal import HIDDEN, mask_name, mask_phone
from yiwang.scenes.homes.model import (
    KEEPERS,
    ChangeResident,
    Group,
    HomeOf,
    MoveIn,
    Person,
    Resident,
    ResidentRow,
    Sex,
)

ZONE = ZoneInfo("Asia/Shanghai")
ELDER, AGED = 60, 80
KEPT_AFTER = timedelta(days=365)
"""So long after somebody moved out it is still known who it was: a full round of the yearly 实有人口 census may ask where they went."""
CARE_EVERY, CARE_WARN = timedelta(days=7), timedelta(days=1)
"""Whoever is of key care is met once a week (自定 ours); a visit is due from a day before."""
EXPIRED = "retention"
OLDEST = 130
MADE_UP = "99"
"""Ahead of an ID number of nobody: GB/T 2260 has no such place, and no permit of a foreigner begins so either."""
PROVINCES = frozenset(
    str(place)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for place in range(first, last + 1)
)
WEIGHTS = tuple(2 ** (17 - i) % 11 for i in range(17))
CHECKS = "10X98765432"

SEERS = KEEPERS | {PostKind.supervisor, PostKind.commander, PostKind.auditor}
"""Who may see residents, masked, on their ground; everybody else there only how many."""
KEEP = Need("resident.keep", KEEPERS, Reach.area)
IMPORT = Need("resident.import", frozenset({PostKind.grid_chief, PostKind.operator}), Reach.area, proof=True)
UNMASK = Need("resident.unmask", KEEPERS | {PostKind.supervisor, PostKind.commander}, Reach.area, proof=True)
ERASE = Need(
    "resident.erase",
    frozenset({PostKind.operator, PostKind.supervisor, PostKind.commander}),
    Reach.area,
    system=True,
    proof=True,
)
ACTS = {
    "move_in": KEEP, "change": KEEP, "move_out": KEEP, "unmask": UNMASK, "erase": ERASE, "import": IMPORT,
}  # fmt: skip


# ── ID numbers ────────────────────────────────────────────────────────────────────────────────────────────────────


def check_digit(first: str) -> str:
    """The 18th sign for these 17 digits (ISO 7064 MOD 11-2)."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]


def read_id(number: str, today: date, *, generated: bool) -> tuple[date, Sex]:
    """(birth date, sex) that an ID number says. Invalid `resident.id_*`: which of its parts is wrong. `generated`: of somebody made
    up, which must be nobody's number."""
    if len(number) != 18 or not number[:17].isascii() or not number[:17].isdigit() or number[17] not in CHECKS:
        raise Invalid("resident.id_form", "身份证号应为 18 位", "An ID number has 18 digits (the last may be X)")
    if number[17] != check_digit(number[:17]):
        raise Invalid(
            "resident.id_check", "身份证号校验位不对，请核对", "The ID number's check digit is wrong; look again"
        )
    if generated and not number.startswith(MADE_UP):
        raise Invalid(
            "resident.id_real",
            "演示房屋只登记虚构的证件号（99 开头），不录入真实证件",
            "Homes of the demonstration take made-up ID numbers only (from 99)",
        )
    if not generated and number.startswith(MADE_UP):
        raise Invalid(
            "resident.id_made_up", "99 开头的是演示用的虚构证件号", "ID numbers from 99 are made up, for demonstrations"
        )
    place = number[1:3] if number[0] == "9" else number[:2]
    if not generated and place not in PROVINCES:
        raise Invalid("resident.id_place", "身份证号的地区码不存在", "The ID number's place does not exist")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = date.max
    if not is_born(born, today):
        raise Invalid("resident.id_birth", "身份证号的出生日期不对", "The ID number's birth date is not right")
    return born, Sex.male if int(number[16]) % 2 else Sex.female


def mask_id(number: str) -> str:
    """310101195603081234 → 310***********1234; empty stays empty."""
    return f"{number[:3]}{'*' * 11}{number[-4:]}" if len(number) == 18 else HIDDEN if number else ""


# ── ages and groups ───────────────────────────────────────────────────────────────────────────────────────────────


def today_of(now: datetime) -> date:
    return now.astimezone(ZONE).date()


def is_born(born: date, today: date) -> bool:
    return born <= today and age_on(born, today) <= OLDEST


def age_on(born: date, day: date) -> int:
    """Years completed on that day; who was born on 29 February completes them on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def born_by(day: date, age: int) -> date:
    """Whoever was born on that day or before is of this age on `day`."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:
        return date(day.year - age, 2, 28)


def born_by_groups(today: date) -> dict[str, date]:
    """Born by when somebody is `elder` and `aged` that day."""
    return {"elder": born_by(today, ELDER), "aged": born_by(today, AGED)}


def groups_of(born: date, care: bool, living: int, today: date) -> tuple[Group, ...]:
    """Of somebody who lives in a home with so many people, themselves among them."""
    age, alone = age_on(born, today), living == 1
    found = {
        Group.elder: age >= ELDER, Group.aged: age >= AGED, Group.alone: alone, Group.alone_elder: alone and age >= ELDER,
        Group.alone_aged: alone and age >= AGED, Group.care: care,
    }  # fmt: skip
    return tuple(group for group, holds in found.items() if holds)


# ── who may ───────────────────────────────────────────────────────────────────────────────────────────────────────


def demand(actor: Actor, need: Need, home: HomeOf) -> Post | None:
    return may(_at(actor, home), need, Subject(home.unit_path))


def _at(actor: Actor, home: HomeOf) -> Actor:
    """With the posts that count there: those that are bound to duty grids, in theirs alone."""
    return replace(actor, posts=tuple(p for p in actor.posts if not p.grids or home.duty_grid_id in p.grids))


def list_acts(actor: Actor, home: HomeOf) -> tuple[str, ...]:
    """What this person may do with a home's residents. A second factor that is due is no reason why not."""
    here = _at(actor, home)
    found = [act for act, need in ACTS.items() if why_not(here, need, Subject(home.unit_path)) is None]
    return tuple(act for act in found if not (home.ended and act == "move_in"))


def seen_by(actor: Actor) -> Scope:
    """Where somebody may see residents, masked."""
    return scope_of(actor, SEERS)


def seeks_in(actor: Actor) -> Scope:
    """Where somebody may ask by a name: where they may see who it is in clear."""
    return scope_of(actor, UNMASK.posts)


def list_general_acts(actor: Actor) -> tuple[str, ...]:
    """What this person may do with residents somewhere."""
    able = {"search": UNMASK, "import": IMPORT}
    return tuple(act for act, need in able.items() if why_not(actor, anywhere(need), Subject("")) is None)


def may_see(actor: Actor, home: HomeOf) -> bool:
    scope = seen_by(_at(actor, home))
    return scope.everything or any(is_within(home.unit_path, top) for top in scope.paths)


def demand_standing(home: HomeOf) -> None:
    if home.ended:
        raise Refused("home.gone", "这套房屋已注销，不能再登记入住", "This home is struck off; nobody moves in there")


def demand_living(resident: Resident) -> None:
    if resident.erased_at is not None:
        raise gone()
    if resident.until is not None:
        raise Refused("resident.left", "此人已登记搬离", "They have moved out already")


def demand_kept(resident: Resident) -> None:
    if resident.erased_at is not None:
        raise gone()


def gone() -> Refused:
    return Refused("resident.erased", "此人的个人信息已删除", "Their personal data are erased")


def demand_unchanged(resident: Resident, n: int) -> None:
    if resident.n != n:
        raise Refused(
            "resident.changed", "这位住户的信息刚被别人改过，请看过最新内容再改",
            "Somebody has changed this meanwhile; please look at it again", n=resident.n,
        )  # fmt: skip


def no_home() -> NotFound:
    return NotFound("home.none", "没有这套房屋", "No such home")


def no_building() -> NotFound:
    return NotFound("building.none", "没有这幢楼", "No such building")


def unknown() -> NotFound:
    return NotFound("resident.none", "没有这位住户", "No such resident")


# ── what is entered ───────────────────────────────────────────────────────────────────────────────────────────────


def move_in(cmd: MoveIn, home: HomeOf, now: datetime) -> tuple[Resident, Person]:
    """The row and what is to be sealed of somebody who moves in; Invalid `resident.*`."""
    today = today_of(now)
    made = Resident(
        cmd.resident_id, home.id, None, None, cmd.born, cmd.sex, cmd.relation, cmd.care, cmd.since or today, None, home.generated, 1,
        now, now, None, None,
    )  # fmt: skip
    return settle(made, Person(cmd.name, cmd.id_number, cmd.phone), today)


def change(was: Resident, person: Person, cmd: ChangeResident, now: datetime) -> tuple[Resident, Person]:
    """The same after a change; equal to what was given where nothing is new."""
    said = {name: value for name in ("name", "id_number", "phone") if (value := getattr(cmd, name)) is not None}
    plain = {n: v for n in ("born", "sex", "relation", "care", "since") if (v := getattr(cmd, n)) is not None}
    return settle(replace(was, **plain), replace(person, **said), today_of(now))


def settle(row: Resident, person: Person, today: date) -> tuple[Resident, Person]:
    """Birth date and sex as the ID number says them; days in their order."""
    if person.id_number:
        born, sex = read_id(person.id_number, today, generated=row.generated)
        row = replace(row, born=born, sex=sex)
    if row.born is None:
        raise Invalid("resident.no_birth", "请填写身份证号或出生日期", "Please give an ID number or a birth date")
    if not is_born(row.born, today):
        raise Invalid("resident.birth", "出生日期不对", "The birth date is not right")
    if not row.born <= row.since <= today:
        raise Invalid(
            "resident.since", "入住日期应在出生之后、今天之前", "Since when: not before birth, and not after today"
        )
    return row, person


def move_out_day(resident: Resident, until: date | None, now: datetime) -> date:
    day = until or today_of(now)
    if not resident.since <= day <= today_of(now):
        raise Invalid(
            "resident.until", "搬离日期应在入住之后、今天之前", "Until when: not before moving in, and not after today"
        )
    return day


def is_same(row: Resident, person: Person, other: Resident, who: Person) -> bool:
    """One and the same person of one home: by the ID number, else by name and birth date."""
    if person.id_number and who.id_number:
        return person.id_number == who.id_number
    return (person.name, row.born) == (who.name, other.born)


def plain_name(name: str) -> str:
    """As names are compared when somebody is sought: without width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def changed_fields(was: Resident, person: Person, row: Resident, now: Person) -> tuple[str, ...]:
    plain = [n for n in ("born", "sex", "relation", "care", "since") if getattr(was, n) != getattr(row, n)]
    sealed = [n for n in ("name", "id_number", "phone") if getattr(person, n) != getattr(now, n)]
    return tuple(sealed + plain)


def digest(salt: bytes, row: Resident, person: Person) -> str:
    """What the ledger holds of somebody: nothing, without the salt that is sealed with the data."""
    said: Mapping[str, Any] = {
        "born": row.born, "sex": row.sex, "relation": row.relation, "care": row.care, "since": row.since, "until": row.until,
        "home": row.home_id, "name": person.name, "id_number": person.id_number, "phone": person.phone,
    }  # fmt: skip
    return hashlib.sha256(salt + msgspec.json.encode(said, order="sorted")).hexdigest()


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────


def show(row: Resident, person: Person | None, living: int, today: date) -> ResidentRow:
    """Masked. `person` None: erased, or what is sealed cannot be opened. Whoever has moved out is of no group."""
    here, shown = row.until is None and row.born is not None, person or Person("")
    return ResidentRow(
        row.id, row.n, mask_name(shown.name), mask_id(shown.id_number), mask_phone(shown.phone),
        age_on(row.born, today) if row.born else None, row.sex, row.relation,
        groups_of(row.born, row.care, living, today) if here and row.born else (), row.since, row.until,
        row.until + KEPT_AFTER if row.until and row.erased_at is None else None, row.generated,
        row.erased_at, row.erased_why, person is not None or row.erased_at is not None,
    )  # fmt: skip

"""People and rosters as rows of a file: what a row says, and rows that say the same again. Pure.

The columns' own names are those of a pack's `people.csv`, `posts.csv` and `duty.csv`: what a pack holds can be imported, and
what was exported can be put into a pack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from yiwang.kit.table import Fault, demand_short, plain, read_date, split
from yiwang.network.model import PostKind
from yiwang.network.model_people import ShiftKind
from yiwang.network.model_sheet import DutyWords, HeldRow, PatternLine, PersonLine

PEOPLE = {
    "login": "账号",
    "name": "姓名",
    "phone": "电话",
    "wecom": "企业微信",
    "post": "岗位",
    "unit": "单位",
    "grids": "责任网格",
    "since": "任职起",
    "until": "任职止",
}
"""The columns' own names and how they are headed. One row for each post; who holds none has one without."""
DUTY = {
    "unit": "单位",
    "post": "岗位",
    "shift": "班次",
    "weekdays": "星期",
    "logins": "人员账号",
    "at_once": "每班人数",
}
DUTY_NEEDED = ("unit", "post", "shift", "weekdays", "logins")
CALLED, CALLED_DUTY = ("login", "name", "post", "unit"), ("unit", "post", "shift", "weekdays", "logins")
"""By which columns a row is known."""
MOST_PEOPLE, MOST_DUTY = 500, 2_000
"""Rows in one file: all of it is done in one transaction, which must not last much longer than a second."""
MOST_SIGNS = 4_000
"""In a cell: so many people may be on one line."""
WHOLE = ("network.second_factor_due",)
"""Refusals that are about the act, not about a row of it."""
ABOUT = {
    "network.wrong_name": "name",
    "network.wrong_phone": "phone",
    "network.no_unit": "unit",
    "network.unit_closed": "unit",
    "network.not_your_area": "unit",
    "network.wrong_period": "until",
    "network.grids_not_for_post": "grids",
    "network.administrators_apart": "post",
    "network.auditor_stands_alone": "post",
    "network.certificate_needed": "post",
    "network.not_a_post_here": "logins",
    "network.plan_line": "logins",
}
"""Which column an act's refusal is about; the first where nothing is said."""
POSTS = {
    plain(word): kind
    for kind in PostKind
    for word in (kind.value, kind.en(), kind.zh(), *re.findall("（(.+)）", kind.zh()))
}
SHIFTS = {"day": ShiftKind.day, "night": ShiftKind.night, "holiday": ShiftKind.holiday} | {
    "日班": ShiftKind.day,
    "夜班": ShiftKind.night,
    "节假日班": ShiftKind.holiday,
}
SHIFT_WORDS = {kind: word for word, kind in SHIFTS.items()}
DAYS = {str(n): n for n in range(1, 8)} | {day: n for n, day in enumerate("一二三四五六日", 1)} | {"天": 7}


def read_person(cells: Mapping[str, str]) -> PersonLine:
    """What a row of `PEOPLE` says; Fault."""
    demand_short(cells, MOST_SIGNS)
    login, post = cells.get("login", ""), cells.get("post", "")
    if not login:
        raise Fault("login", "空着", "is empty")
    for column in ("unit", "grids", "since", "until"):
        if cells.get(column) and not post:
            raise Fault("post", f"填了{PEOPLE[column]}，却没有岗位", f"there is a {column}, but no post")
    return PersonLine(
        login,
        cells.get("name", ""),
        cells.get("phone") or None,
        cells.get("wecom") or None,
        read_post("post", post) if post else None,
        cells.get("unit", ""),
        tuple(split(cells.get("grids", ""))),
        read_date("since", cells.get("since", "")),
        read_date("until", cells.get("until", "")),
    )


def read_duty(cells: Mapping[str, str]) -> DutyWords:
    """What a row of `DUTY` says; Fault."""
    demand_short(cells, MOST_SIGNS)
    shift = SHIFTS.get(cells.get("shift", ""))
    if shift is None:
        raise Fault(
            "shift", f"没有班次“{cells.get('shift', '')}”，须是日班、夜班或节假日班", "must be day, night or holiday"
        )
    logins = tuple(split(cells.get("logins", "")))
    if not logins:
        raise Fault("logins", "空着", "is empty")
    if len({login.lower() for login in logins}) < len(logins):
        raise Fault("logins", "同一人列了两次", "somebody is named twice")
    kinds = tuple(read_post("post", part) for part in split(cells.get("post", "")))
    if not kinds:
        raise Fault("post", "空着", "is empty")
    return DutyWords(
        cells.get("unit", ""),
        kinds,
        shift,
        _weekdays(cells.get("weekdays", "")),
        logins,
        _at_once(cells.get("at_once", "")),
    )


def read_post(column: str, text: str) -> PostKind:
    """A kind of post by its code or its name in either language; Fault."""
    kind = POSTS.get(plain(text))
    if kind is None:
        words = "、".join(re.sub("（.*", "", k.zh()) for k in PostKind)
        raise Fault(column, f"没有岗位“{text}”，须是：{words}", f"no post “{text}”: {', '.join(PostKind)}")
    return kind


def _weekdays(text: str) -> tuple[int, ...]:
    """`12345`, `1;2;3`, `周一、周二`: each day once, 1 is Monday."""
    signs = re.sub(r"[\s;；、,，|周星期]", "", text)
    days = [DAYS.get(sign) for sign in signs]
    found = tuple(sorted({day for day in days if day is not None}))
    if not found or None in days:
        raise Fault(
            "weekdays",
            f"“{text}”不是星期，应如 12345（1 为周一）",
            f"“{text}” is no weekdays, like 12345 (1 is Monday)",
        )
    return found


def _at_once(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) < 1:
        raise Fault(
            "at_once", f"“{text}”不是人数，空着表示全部", f"“{text}” is no number of people; empty: all of them"
        )
    return int(text)


# ── rows to write ─────────────────────────────────────────────────────────────────────────────────────────────────────


def heads(columns: Mapping[str, str], *more: str) -> list[str]:
    return [*columns.values(), *more]


def row_of_person(
    held: HeldRow, phone: str | None, wecom: str | None, grids: Iterable[str], zone: ZoneInfo
) -> list[str]:
    """A post as a row of `PEOPLE`; `phone` and `wecom` as they are shown, masked."""
    days = [str(at.astimezone(zone).date()) if at else "" for at in (held.since, held.until)]
    return [
        held.login, held.name, phone or "", wecom or "", held.kind.zh(), held.unit_code, ";".join(grids), *days, held.unit_name,
    ]  # fmt: skip


def rows_of_duty(pages: Iterable[list[PatternLine]]) -> Iterator[list[list[str]]]:
    """Pages of lines as pages of rows that can be imported again, the head first."""
    yield [heads(DUTY, "单位名称", "姓名")]
    for page in pages:
        yield [_row_of_duty(line) for line in page]


def _row_of_duty(line: PatternLine) -> list[str]:
    posts, logins = ";".join(kind.zh() for kind in dict.fromkeys(line.kinds)), ";".join(line.logins)
    days, at_once = "".join(map(str, sorted(line.weekdays))), str(line.at_once or "")
    return [
        line.unit_code, posts, SHIFT_WORDS[line.shift], days, logins, at_once, line.unit_name, "、".join(line.names),
    ]  # fmt: skip

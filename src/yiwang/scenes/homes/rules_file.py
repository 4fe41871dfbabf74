"""Files of residents: what a row says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from yiwang.kit.table import Fault, demand_short, read_date
from yiwang.scenes.homes.model import Relation, Sex

T = TypeVar("T")
COLUMNS = {
    "home": "房屋编码",
    "name": "姓名",
    "id_number": "身份证号",
    "phone": "电话",
    "born": "出生日期",
    "sex": "性别",
    "relation": "与房屋关系",
    "care": "重点关爱",
    "since": "入住日期",
    "until": "搬离日期",
}
"""The columns' own names and how they are headed. One row for each resident; what is empty stays as it is."""
NEEDED = ("home", "name", "relation")
CALLED = ("home",)
"""By what a row is told of: never by who it is, for what is told stays."""
MOST_ROWS = 5_000
WHOLE = ("network.second_factor_due",)
"""Refusals that are about the act, not about a row of it."""
ABOUT = {
    "home.none": "home",
    "home.gone": "home",
    "network.not_your_area": "home",
    "resident.there": "name",
    "resident.left": "until",
    "resident.until": "until",
    "resident.since": "since",
    "resident.birth": "born",
    "resident.no_birth": "born",
    "resident.id_form": "id_number",
    "resident.id_check": "id_number",
    "resident.id_made_up": "id_number",
    "resident.id_real": "id_number",
    "resident.id_place": "id_number",
    "resident.id_birth": "id_number",
}
RELATIONS = {
    "产权人": Relation.owner, "业主": Relation.owner, "owner": Relation.owner, "承租人": Relation.tenant, "租客": Relation.tenant,
    "tenant": Relation.tenant, "家属": Relation.family, "家庭成员": Relation.family, "family": Relation.family,
    "其他": Relation.other, "other": Relation.other,
}  # fmt: skip
SEXES = {"男": Sex.male, "male": Sex.male, "女": Sex.female, "female": Sex.female}
YES = {"是": True, "yes": True, "1": True, "√": True, "否": False, "no": False, "0": False}
NAME, ID, PHONE = (
    re.compile(r"[^\x00-\x1f*]{1,50}"),
    re.compile(r"[0-9]{17}[0-9X]"),
    re.compile(r"\+?[0-9][0-9 -]{2,18}"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """What a row says; None where it says nothing."""

    home: str
    name: str = field(repr=False)
    relation: Relation
    id_number: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    born: date | None
    sex: Sex | None
    care: bool | None
    since: date | None
    until: date | None


def read_line(cells: Mapping[str, str]) -> Line:
    """Fault names the column; never with what stood in it, for what is told of a file stays."""
    demand_short(cells, 200)
    said = {name: cells.get(name, "").strip() for name in COLUMNS}
    if not said["home"]:
        raise Fault("home", "空着", "is empty")
    if not NAME.fullmatch(said["name"]):
        raise Fault("name", "空着、太长或已打码", "is empty, too long or masked")
    return Line(
        said["home"], said["name"], _one_of(RELATIONS, "relation", said["relation"]) or Relation.other,
        _like(ID, "id_number", said["id_number"].upper()), _like(PHONE, "phone", said["phone"]), _day("born", said["born"]),
        _one_of(SEXES, "sex", said["sex"]), _one_of(YES, "care", said["care"]), _day("since", said["since"]),
        _day("until", said["until"]),
    )  # fmt: skip


def _like(form: re.Pattern[str], column: str, text: str) -> str | None:
    if text and not form.fullmatch(text):
        raise Fault(column, "格式不对", "is not right")
    return text or None


def _one_of(known: Mapping[str, T], column: str, text: str) -> T | None:
    if text and text.lower() not in known:
        words = "、".join(w for w in known if not w.isascii())
        raise Fault(column, f"须是：{words}", f"must be one of {', '.join(w for w in known if w.isascii())}")
    return known[text.lower()] if text else None


def _day(column: str, text: str) -> date | None:
    try:
        return read_date(column, text)
    except Fault:
        raise Fault(column, "不是日期，应如 2026-11-01", "is no date like 2026-11-01") from None

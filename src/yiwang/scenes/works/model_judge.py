"""What is small, and what follows from each step. Pure."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from yiwang.kit.errors import Invalid, Refused
from yiwang.register.model_kind import Judged

UNREGISTERED = ("YIWANG-EXT|28002", "限额以下工程未登记开工")
UNLICENSED = "GB/T 47678.5-2026|08016"
"""无证建设: what is above the limit and has no permit is the district's."""
FAULTS = {
    "hoarding": ("围挡", "hoarding", "GB/T 47678.5-2026|08007"),
    "notice": ("公示牌", "notice board", "GB/T 47678.5-2026|08015"),
    "fire": ("消防", "fire safety", "YIWANG-EXT|28002"),
    "power": ("临时用电", "temporary power", "YIWANG-EXT|28002"),
    "height": ("高处作业", "work at height", "GB/T 47678.5-2026|08013"),
    "dust": ("扬尘", "dust", "GB/T 47678.5-2026|08004"),
    "waste": ("废料", "waste", "GB/T 47678.5-2026|08005"),
    "hours": ("施工时段与噪声", "hours and noise", "GB/T 47678.5-2026|08001"),
    "road": ("占道", "the road", "GB/T 47678.5-2026|08002"),
}
"""Item of the check → its name, and the class of the case that a fault becomes; the gravest first."""
GRAVEST = ("fire", "power", "height", "road", "hoarding", "dust", "hours", "waste", "notice")


@dataclass(frozen=True, slots=True)
class Limit:
    """Works of this class are small below both bounds (None: no such bound)."""

    kind: str
    below_m2: float | None
    below_yuan: float | None
    source: str


@cache
def limits() -> Mapping[str, Limit]:
    """limits.csv: another district puts its own numbers there."""
    with Path(__file__).with_name("limits.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["class"]: Limit(
                row["class"], float(row["below_m2"]) if row["below_m2"] else None,
                float(row["below_yuan"]) if row["below_yuan"] else None, row["source"],
            )
            for row in csv.DictReader(file)
        }  # fmt: skip


@cache
def papers() -> Mapping[str, Mapping[str, str]]:
    """papers.csv: what works of a class have to show before they begin, and what that is in English."""
    with Path(__file__).with_name("papers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {of: {row["paper"]: row["en"] for row in rows if row["class"] == of} for of in limits()}


def find_missing(attributes: Mapping[str, Any]) -> Mapping[str, str]:
    """Which papers nobody has seen yet."""
    return {zh: en for zh, en in papers()[attributes["kind"]].items() if zh not in attributes.get("papers", ())}


def find_excess(kind: str, area_m2: float, cost_yuan: float) -> tuple[str, str] | None:
    """Why it is too large, in Chinese and English; None when it is small. A bound itself is too large (“以下” of both sources is <)."""
    limit = limits()[kind]
    if limit.below_m2 is not None and area_m2 >= limit.below_m2:
        return (
            f"{kind}面积 {area_m2:g} m²，限额 {limit.below_m2:g} m² 以下",
            f"{area_m2:g} m², the limit is below {limit.below_m2:g} m²",
        )
    if limit.below_yuan is not None and cost_yuan >= limit.below_yuan:
        return (
            f"{kind}投资额 {cost_yuan:g} 元，限额 {limit.below_yuan:g} 元以下",
            f"{cost_yuan:g} yuan, the limit is below {limit.below_yuan:g}",
        )
    return None


def judge_size(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """Too large: notice, and passed to the district as a case. Small but begun without registration: a case, and registered."""
    _demand_order(form.get("planned_from"), form.get("planned_to"))
    excess = find_excess(form["kind"], form["area_m2"], form["cost_yuan"])
    if excess:
        return Judged("passed_on", matter=UNLICENSED, said=(f"超过小型工程限额，移交区里：{excess[0]}", f"too large for small works: {excess[1]}"))  # fmt: skip
    if form["begun"]:
        return Judged(matter=UNREGISTERED[0], condition=UNREGISTERED[1], said=("未登记已动工", "begun without registration"))  # fmt: skip
    return Judged()


def judge_owners_pledge(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    return Judged("pledged") if attributes.get("builder_pledged_on") else Judged()


def judge_builders_pledge(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    return Judged("pledged") if attributes.get("owner_pledged_on") else Judged()


def judge_papers(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """Those seen now beside those seen before."""
    seen = [*attributes.get("papers", ()), *(p for p in form["papers"] if p not in attributes.get("papers", ()))]
    missing = find_missing({**attributes, "papers": seen})
    said = (
        ("材料齐全", "all papers seen")
        if not missing
        else (f"尚缺{'、'.join(missing)}", f"missing: {', '.join(missing.values())}")
    )
    return Judged(puts={"papers": seen}, said=said)


def judge_begin(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """Refused `works.no_notice`, `works.no_papers`: the public is told first, and the papers of its class are seen."""
    if not attributes.get("noticed_on"):
        raise Refused("works.no_notice", "请先在现场公示，再开工", "Put up the public notice first, then begin")
    if missing := find_missing(attributes):
        raise Refused(
            "works.no_papers",
            f"开工前还要核验：{'、'.join(missing)}",
            f"These papers are still to be seen: {', '.join(missing.values())}",
            missing=list(missing),
        )
    return Judged()


def judge_check(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """A fault becomes a case, of the gravest's class, naming all."""
    bad = [item for item in GRAVEST if form[item] == "不合格"]
    if not bad:
        return Judged("stopped", said=("停工整改", "stopped")) if form["stop"] else Judged()
    zh, en = "、".join(FAULTS[i][0] for i in bad), ", ".join(FAULTS[i][1] for i in bad)
    stops = ("，停工整改", ", stopped") if form["stop"] else ("", "")
    return Judged(
        "stopped" if form["stop"] else None, matter=FAULTS[bad[0]][2], said=(f"{zh}不合格{stops[0]}", f"faults: {en}{stops[1]}"),
    )  # fmt: skip


def judge_extension(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    if form["planned_to"] <= attributes["planned_to"]:
        raise Invalid(
            "works.no_extension", "新的完工日应晚于原定完工日", "The new day must be later than the planned one", field="planned_to"
        )  # fmt: skip
    return Judged()


def judge_evaluation(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    """The street accepts procedure and quality, or the works go on."""
    bad = [zh for item, zh in (("procedure", "流程"), ("quality", "质量"), ("site", "场地")) if form[item] == "不合格"]
    if bad:
        return Judged("building", {"overall": None, "finished_on": None}, said=(f"{'、'.join(bad)}不合格，退回整改", "not accepted"))  # fmt: skip
    return Judged(said=(f"综合评价：{form['overall']}", "accepted"))


def _demand_order(first: str | None, last: str | None) -> None:
    if first is not None and last is not None and last < first:
        raise Invalid(
            "works.days", "计划完工不能早于计划开工", "Works cannot be finished before they begin", field="planned_to"
        )

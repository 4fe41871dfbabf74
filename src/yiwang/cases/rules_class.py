"""A case's class of the catalogue: what hangs on it, when it is put right. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from yiwang.cases.model import Case
from yiwang.cases.model_class import ClassOf
from yiwang.cases.model_commands import ReportCase
from yiwang.cases.rules_public import OTHER
from yiwang.city.model_rules import NATIONAL, Kind, Matter
from yiwang.kit.errors import Refused

NUMBERS = 12
"""Digits of a component's code before and behind its class: six of the area, six of its own number (GB/T 47678.5, 30428.2)."""


def is_unclassed(case: Case) -> bool:
    """Has whoever reported it left its class to whoever accepts it?"""
    return (case.scheme, case.matter_code) == OTHER


def class_of(case: Case | ReportCase) -> str:
    """As the ledger names it."""
    return f"{case.scheme} {case.matter_kind} {case.matter_code}"


def is_of_class(component: str, matter: Matter) -> bool:
    """May the trouble of this class be that component's? Its code holds the component's class; and the faults of components
    (GB/T 47678.5, majors 01 to 05 of Annex C) have the very numbers of the components. Elsewhere matters have numbers of
    their own."""
    digits = matter.code.replace("-", "")
    same = len(component) == NUMBERS + len(digits) and component[6:-6] == digits
    return same and (matter.kind is Kind.component or matter.scheme == NATIONAL)


def is_under(case: Case, to: ClassOf) -> bool:
    """Is it of this class already, and of the component, if one is named?"""
    named = (to.scheme, to.matter_kind, to.matter_code, to.component or case.component)
    return named == (case.scheme, case.matter_kind, case.matter_code, case.component)


def put_under(case: Case, matter: Matter, named: str | None, known: Iterable[str | None]) -> Case:
    """The case under another class, linked to the component that is named, else to the latest it is `known` to have been
    linked to that may have such trouble. Refused (`case.same_matter`) where nothing would change."""
    component = named or next((c for c in known if c and is_of_class(c, matter)), None)
    changed = replace(
        case, scheme=matter.scheme, matter_kind=matter.kind.value, matter_code=matter.code, matter_name=matter.name,
        component=component,
    )  # fmt: skip
    if (class_of(changed), component) == (class_of(case), case.component):
        raise Refused(
            "case.same_matter", f"案件{case.number}已经是“{case.matter_name}”", f"Case {case.number} is of this class already",
            number=case.number, matter=case.matter_code,
        )  # fmt: skip
    return changed

"""The national pack as it is shipped: complete, every row understood."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from yiwang.city.model_rules import EXTENSION, FORMER, NATIONAL, Clock, Condition, Field, Kind, Matter, Successor
from yiwang.city.rules_catalogue import Catalogue
from yiwang.city.rules_pack import read_conditions, read_manifest, read_matters, read_successors

PACK = Path(__file__).parents[2] / "packs" / "national"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "standards"


@pytest.fixture(scope="module")
def read() -> tuple[list[Matter], list[Successor], list[Condition], Catalogue]:
    manifest = read_manifest((PACK / "pack.toml").read_text("utf-8"))
    texts = {n: (PACK / n).read_text("utf-8") for names in manifest.files.values() for n in names}
    matters, bad1 = read_matters(manifest, texts)
    known = {(m.scheme, m.kind, m.code) for m in matters}
    successors, bad2 = read_successors(manifest, texts, known.__contains__)
    conditions, bad3 = read_conditions(manifest, texts, known.__contains__)
    assert (bad1, bad2, bad3) == ([], [], [])
    return matters, successors, conditions, Catalogue(manifest.schemes, matters, successors, conditions)


def test_counts(read: tuple[list[Matter], list[Successor], list[Condition], Catalogue]) -> None:
    matters, _, conditions, _ = read
    assert Counter((m.scheme, m.kind) for m in matters if m.scheme == NATIONAL) == {
        (NATIONAL, Kind.component): 153,
        (NATIONAL, Kind.matter): 250,
    }
    theirs = [c for c in conditions if c.scheme == FORMER]
    assert len(theirs) == 518
    assert Counter(c.clock for c in theirs) == {
        Clock.work_day: 409,
        Clock.work_hour: 63,
        Clock.urgent_hour: 42,
        Clock.calendar_day: 4,
    }
    assert all(c.limit.value > 0 and c.close_condition and c.source and c.status for c in conditions)
    assert [(c.text, c.seasonal) for c in theirs if c.seasonal] == [("缺失", "种植季节")]
    assert {c.limit_text for c in theirs if c.clock is Clock.calendar_day} == {"1紧急工作日", "2紧急工作日"}


def test_every_component_has_its_fault_among_the_matters(
    read: tuple[list[Matter], list[Successor], list[Condition], Catalogue],
) -> None:
    codes = {k: {m.code for m in read[0] if m.scheme == NATIONAL and m.kind is k} for k in Kind}
    assert codes[Kind.component] < codes[Kind.matter]


def test_every_condition_says_what_it_serves(
    read: tuple[list[Matter], list[Successor], list[Condition], Catalogue],
) -> None:
    _, _, conditions, catalogue = read
    nowhere = set[tuple[str, str]]()
    for c in conditions:
        if c.scheme != FORMER:
            continue
        went = [s for s in catalogue.successors_of(FORMER, c.kind, c.code) if s.to_scheme == NATIONAL]
        assert went, f"{c.kind} {c.code} says nothing of {NATIONAL}"
        to = [s for s in went if s.to_kind is Kind.matter and s.to_code]
        for s in to:
            assert c in catalogue.conditions_of(NATIONAL, Kind.matter, s.to_code or "")
        if not to:
            assert [s.to_code for s in went] == [None]
            nowhere.add((c.kind, c.code))
    assert ("matter", "05-01") in nowhere  # burst pipes: none in Annex C as transcribed, kept as our own
    assert len(nowhere) == 25


def test_what_the_new_list_lost_is_kept_as_our_own(
    read: tuple[list[Matter], list[Successor], list[Condition], Catalogue],
) -> None:
    found = read[3].conditions_of(EXTENSION, Kind.matter, "21001")
    assert {c.scheme for c in found} == {FORMER, EXTENSION}


def test_conditions_are_found_by_the_new_number_most_urgent_first(
    read: tuple[list[Matter], list[Successor], list[Condition], Catalogue],
) -> None:
    found = read[3].conditions_of(NATIONAL, Kind.matter, "01001")
    assert [(c.text, c.limit_text, c.close_condition) for c in found][:2] == [
        ("缺失、移位、开裂，存在安全隐患的", "2紧急工作时", "恢复"),
        ("破损超过25c㎡", "4工作时", "更换或修复"),
    ]
    assert len(found) == 4
    assert read[3].conditions_of(NATIONAL, Kind.component, "01001") == found


def test_the_twelve_fields_are_all_covered(
    read: tuple[list[Matter], list[Successor], list[Condition], Catalogue],
) -> None:
    matters, _, conditions, _ = read
    assert {m.field for m in matters if m.scheme in (NATIONAL, EXTENSION)} == set(Field)
    assert len(Field) == 12
    ours = {m.code for m in matters if m.scheme == EXTENSION}
    assert ours == {c.code for c in conditions if c.scheme == EXTENSION}
    assert all(int(m.major_code) >= 21 for m in matters if m.scheme == EXTENSION)
    assert all("our own" in c.status for c in conditions if c.scheme == EXTENSION)


@pytest.mark.shared
def test_nothing_was_lost_on_the_way_from_the_source(
    read: tuple[list[Matter], list[Successor], list[Condition], Catalogue],
) -> None:
    source = SHARED / "case_close_rules.csv"
    if not source.exists():
        pytest.skip("../shared is not here")
    with source.open(encoding="utf-8") as f:
        theirs = Counter(
            (
                {"component": "component", "event": "matter"}[r["kind"]],
                f"{r['major_code']}-{r['minor_code']}",
                r["filing_condition"],
                r["limit_text"],
                int(r["limit_value"]),
                r["limit_unit"].replace("urgent_day", "calendar_day"),
                r["close_condition"],
            )
            for r in csv.DictReader(f)
        )
    ours = Counter(
        (c.kind, c.code, c.text, c.limit_text, int(c.limit_value), c.clock, c.close_condition)
        for c in read[2]
        if c.scheme == FORMER
    )
    assert ours == theirs

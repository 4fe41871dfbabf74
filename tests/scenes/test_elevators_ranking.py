"""老旧电梯排序: points and their reasons, in the order in which lifts should be looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import world
from scenes.test_elevators import ATTRIBUTES, FIRM, sweep
from world import Play
from yiwang.kit.ids import new_id
from yiwang.network.rules import scope_of
from yiwang.register import actions, actions_checkin
from yiwang.register.model import AddThing, ChangeThing, PartyOf, thing_id
from yiwang.register.model_kind import Role
from yiwang.register.model_owed import CheckIn
from yiwang.scenes.actions import set_owed
from yiwang.scenes.elevators import queries, rules
from yiwang.scenes.elevators.model import Assessed, Use
from yiwang.scenes.elevators.model_ranking import LiftFacts
from yiwang.scenes.elevators.queries import Asked
from yiwang.scenes.elevators.scene import SCENE

TODAY = date(2026, 11, 24)
SOUND = LiftFacts(
    new_id(), "梯11沪A00001(20)", "1 号梯", "文庙路", "居委", 121.48, 31.21, "in_use", "办公", date(2020, 1, 1), date(2020, 3, 1), 8,
    monitored=True, assessed=None, traps=0, faults=0, maintenance_late=None, inspection_late=None,
)  # fmt: skip
WORST = replace(
    SOUND, use="住宅", made_on=date(1990, 1, 1), in_use_since=None, stops=30, monitored=False, assessed="应更新", traps=9, faults=9,
    maintenance_late=40, inspection_late=90,
)  # fmt: skip


def factors(lift: LiftFacts) -> dict[str, int]:
    return {r.factor: r.points for r in rules.rank(lift, TODAY).reasons}


def test_a_sound_lift_has_no_points_and_the_worst_of_all_a_hundred() -> None:
    assert rules.rank(SOUND, TODAY).score == 0 and rules.rank(SOUND, TODAY).reasons == ()
    assert rules.rank(WORST, TODAY).score == 100
    assert set(factors(WORST)) == set(rules.weights()), "every factor can be a reason"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"in_use_since": date(2011, 11, 30)}, {}),
        ({"in_use_since": date(2011, 11, 20)}, {"age": 12, "assessed": 6}),
        ({"in_use_since": date(2006, 11, 20)}, {"age": 18, "assessed": 6}),
        ({"in_use_since": date(2001, 11, 20)}, {"age": 25, "assessed": 6}),
        ({"in_use_since": date(2001, 11, 20), "assessed": "可继续使用"}, {"age": 25}),
        ({"in_use_since": None, "made_on": date(2001, 1, 1)}, {"age": 25, "assessed": 6}),
        ({"in_use_since": None, "made_on": None}, {}),
        ({"use": "住宅"}, {"use": 5}),
        ({"traps": 1}, {"traps": 10}),
        ({"traps": 2}, {"traps": 15}),
        ({"traps": 5}, {"traps": 20}),
        ({"faults": 2}, {"faults": 3}),
        ({"faults": 6}, {"faults": 10}),
        ({"maintenance_late": 0}, {"maintenance": 6}),
        ({"maintenance_late": 15}, {"maintenance": 10}),
        ({"inspection_late": 29}, {"inspection": 6}),
        ({"inspection_late": 30}, {"inspection": 10}),
        ({"assessed": "需修理"}, {"assessed": 8}),
        ({"stops": 19}, {}),
        ({"stops": 20}, {"stops": 2}),
        ({"stops": None}, {}),
        ({"monitored": False}, {"unmonitored": 3}),
    ],
)  # fmt: skip
def test_each_reason_begins_where_the_table_says(more: dict[str, Any], expected: dict[str, int]) -> None:
    assert factors(replace(SOUND, **more)) == expected


FACTS = st.builds(
    replace, st.just(SOUND), use=st.sampled_from(get_args(Use)), in_use_since=st.dates(date(1980, 1, 1), TODAY) | st.none(),
    stops=st.integers(1, 200) | st.none(), monitored=st.booleans(), assessed=st.sampled_from(get_args(Assessed)) | st.none(),
    traps=st.integers(0, 50), faults=st.integers(0, 50), maintenance_late=st.integers(0, 4000) | st.none(),
    inspection_late=st.integers(0, 4000) | st.none(),
)  # fmt: skip


@given(FACTS)
def test_the_score_is_the_sum_of_reasons_that_are_all_said_in_words(lift: LiftFacts) -> None:
    ranked = rules.rank(lift, TODAY)
    assert ranked.score == sum(r.points for r in ranked.reasons) <= 100
    assert len({r.factor for r in ranked.reasons}) == len(ranked.reasons)
    assert all(a.points >= b.points > 0 for a, b in pairwise(ranked.reasons))
    assert all(r.zh and r.en and "{" not in r.zh + r.en for r in ranked.reasons)


@given(FACTS, st.sampled_from(["traps", "faults", "maintenance_late", "inspection_late"]))
def test_what_grows_worse_never_ranks_lower(lift: LiftFacts, what: str) -> None:
    worse = replace(lift, **{what: (getattr(lift, what) or 0) + 1})
    assert rules.rank(worse, TODAY).score >= rules.rank(lift, TODAY).score


def test_every_weight_says_whence_it_comes() -> None:
    assert all(w.source and (w.least is None) == bool(w.is_) for bands in rules.weights().values() for w in bands)


# ── in the register ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lifts(play: Play) -> Play:
    set_owed(play.tx, SCENE)
    return play


def add(play: Play, n: int, since: str, *, firm: str | None = FIRM, **more: Any) -> str:
    code = f"梯11沪A{n:05d}(20)"
    cmd = AddThing(
        "elevator", code, f"{n} 号梯", *world.SPOT, address=f"文庙路 {n} 号", attributes=ATTRIBUTES | {"in_use_since": since} | more,
        parties=(PartyOf(Role.maintainer, firm),) if firm else (),
    )  # fmt: skip
    actions.add_thing(play.tx, play.who("zhang.min"), cmd)
    return code


def ranking(play: Play, by: str = "zhang.min", asked: Asked = Asked(), **page: Any) -> list[tuple[str, int]]:
    return [(r.code, r.score) for r in queries.list_ranking(play.tx, scope_of(play.who(by)), asked, **page)]


def test_what_is_found_damaged_and_what_is_overdue_moves_a_lift_up(lifts: Play) -> None:
    today = lifts.tx.now.date()
    one = add(
        lifts,
        1,
        "2020-05-01",
        monitored=True,
        stops=6,
        use="办公",
        maintained_on=(today - timedelta(days=10)).isoformat(),
    )
    two = add(lifts, 2, "2020-05-01", monitored=True, stops=6, use="办公", maintained_on=today.isoformat())
    assert ranking(lifts) == [(one, 0), (two, 0)], "of those alike, by code"
    visit = CheckIn(new_id(), thing_id("elevator", two), lifts.tx.now, damaged=True)
    actions_checkin.check_in(lifts.tx, lifts.who("wang.lei"), visit)
    assert ranking(lifts) == [(two, 3), (one, 0)]
    lifts.wait(days=8)
    sweep(lifts)
    assert ranking(lifts) == [(one, 6), (two, 3)]
    [first, _] = queries.list_ranking(lifts.tx, scope_of(lifts.who("zhang.min")), Asked())
    assert [(r.factor, r.zh) for r in first.reasons] == [("maintenance", "维护保养逾期 2 天")]
    lifts.wait(days=360)
    assert dict(ranking(lifts))[two] == 0, "a fault of over a year ago is forgotten"


def test_it_is_narrowed_and_read_page_by_page(lifts: Play) -> None:
    codes = [add(lifts, n, f"{1994 + n}-05-01", use="医院" if n % 2 else "办公") for n in range(1, 9)]
    whole = ranking(lifts)
    assert sorted(c for c, _ in whole) == codes and [s for _, s in whole] == sorted((s for _, s in whole), reverse=True)
    pages, after = list[tuple[str, int]](), None
    while part := ranking(lifts, after=after, limit=3):
        pages += part
        after = (part[-1][1], part[-1][0])
    assert pages == whole
    assert {c for c, _ in ranking(lifts, asked=Asked(use="医院"))} == set(codes[0::2])
    assert ranking(lifts, asked=Asked(words="7 号")) == [x for x in whole if x[0] == codes[6]]
    assert ranking(lifts, asked=Asked(least=whole[0][1])) == [x for x in whole if x[1] == whole[0][1]]
    assert ranking(lifts, asked=Asked(factor="traps")) == []
    assert ranking(lifts, asked=Asked(unit_id=world.unit("310101018"))) == []


def test_the_street_and_its_firm_see_it_and_nobody_else(lifts: Play) -> None:
    theirs, other = add(lifts, 1, "2000-05-01"), add(lifts, 2, "2000-05-01", firm=None)
    assert {c for c, _ in ranking(lifts)} == {theirs, other}
    assert {c for c, _ in ranking(lifts, "peng.liang")} == {theirs}
    assert ranking(lifts, "next.door") == []


def test_what_is_scrapped_is_ranked_no_more(lifts: Play) -> None:
    code = add(lifts, 1, "2000-05-01")
    actions.change_thing(lifts.tx, lifts.who("zhang.min"), ChangeThing(thing_id("elevator", code), 1, state="scrapped"))
    assert ranking(lifts) == []

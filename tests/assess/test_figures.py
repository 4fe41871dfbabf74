"""What figures mean, who sees them, and that they are made once and can be made again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from assess.test_histories import ALL
from world import Play, unit
from yiwang.assess import (
    actions,
    queries,
    queries_facts,
    queries_recompute,
    rules,
    rules_fold,
    rules_pack,
    rules_sheet,
    store,
)
from yiwang.assess.model import Figure, Indicator, Kind, Level
from yiwang.assess.queries import Asked
from yiwang.assess.queries_facts import Drill
from yiwang.cases import actions_verify
from yiwang.cases.actions_request import ask_void, decide_request
from yiwang.cases.model import Channel
from yiwang.cases.model_commands import AskVoid, DecideRequest, RateReport
from yiwang.kit import sheet
from yiwang.kit.errors import Invalid
from yiwang.ledger.queries import list_entries
from yiwang.network.model import Actor

SINCE, UNTIL = date(2026, 11, 1), date(2026, 12, 1)
STREET, UNIT = "310000.310101.310101019", "310000.310101.310101019.310101019_chengguan"
Follow = Callable[..., None]


def figure(play: Play, name: str, level: Level = Level.street, by: Actor = ALL, **more: Any) -> Figure | None:
    asked = Asked(SINCE, UNTIL, level, indicators=(name,), **more)
    return next(iter(queries.get_figures(play.tx, by, asked).figures), None)


def pair(play: Play, name: str, level: Level = Level.street) -> tuple[int, int | None] | None:
    found = figure(play, name, level)
    return (found.numerator, found.denominator) if found else None


def test_leaving_a_late_case_open_does_not_look_better(play: Play, follow: Follow):
    play.closed()
    late = play.dispatched()
    follow(play)
    assert pair(play, "handle_on_time_rate") is None, "nothing has fallen due yet"
    play.wait(days=2)
    follow(play)
    assert pair(play, "handle_on_time_rate") == (1, 2)
    assert pair(play, "handle_rate", Level.unit) == (1, 2)
    assert pair(play, "unhandled_late") == (1, None) == pair(play, "open_late_handling")
    assert pair(play, "close_rate") == (1, 2) and pair(play, "open_late_whole") == (1, None)
    play.finish(play.take(late))
    follow(play)
    assert pair(play, "handle_rate") == (2, 2) and pair(play, "handle_on_time_rate") == (1, 2)
    assert pair(play, "handled_late") == (1, None) and pair(play, "open_late_handling") is None


def test_a_late_order_stays_late_though_the_case_is_made_void(play: Play, follow: Follow):
    for wait in (0, 2):
        case = play.dispatched()
        play.wait(days=wait)
        ask_void(play.tx, play.who("zhang.min"), AskVoid(case.id, "误报"))
        request = next(r for r in play.tx.conn.execute("select id from cases.request where case_id = %s", [case.id]))
        decide_request(play.tx, play.who("sun.lan"), DecideRequest(case.id, request[0], True, ""))
    play.wait(days=3)
    follow(play)
    assert pair(play, "handle_on_time_rate") == (0, 1), "lifted in time: never owed; lifted late: owed"
    assert pair(play, "lifted_late") == (1, None) and pair(play, "open_late_handling") is None
    assert pair(play, "filed_right_rate") == (0, 2)


def test_only_closed_cases_are_closed_and_a_reopened_one_is_owed_again(play: Play, follow: Follow):
    case = play.closed()
    actions_verify.rate_report(play.tx, play.who("zhang.min"), RateReport(case.id, case.id, 1, False))
    play.wait(days=3)
    follow(play)
    assert pair(play, "close_rate") == (1, 2) and pair(play, "solved_rate") == (0, 1)
    assert pair(play, "filed_net") == (1, None), "it was not filed a second time"


def test_a_figure_can_be_made_again_as_of_its_position_and_time(play: Play, follow: Follow):
    play.closed()
    play.dispatched()
    play.wait(days=2)
    follow(play)
    then = queries.get_figures(play.tx, ALL, Asked(SINCE, UNTIL, Level.street))
    play.closed()
    play.wait(days=1)
    follow(play)
    now = queries.get_figures(play.tx, ALL, Asked(SINCE, UNTIL, Level.street))
    assert now.figures != then.figures
    play.tx.now, later = then.as_of.time, play.tx.now
    again = queries_recompute.read_figures(play.tx, SINCE, UNTIL, Level.street, then.as_of.size)
    play.tx.now = later
    assert again.figures == then.figures and again.as_of == then.as_of


def test_it_is_followed_once_and_can_be_followed_anew(play: Play, follow: Follow):
    case = play.closed()
    follow(play, batch=3)
    kept = store.take_facts(play.tx, [case.id])
    assert actions.follow(play.tx) == 0 and store.take_facts(play.tx, [case.id]) == kept
    actions.forget(play.tx)
    assert store.take_facts(play.tx, [case.id]) == {} and queries.SIZE.one(play.tx) == 0
    follow(play, batch=100)
    assert store.take_facts(play.tx, [case.id]) == kept


def test_a_fact_that_was_touched_is_found(play: Play, follow: Follow):
    case, other = play.closed(), play.closed()
    follow(play)
    assert actions.find_differences(play.tx, [case.id, other.id]) == []
    play.tx.conn.execute("update assess.fact set done_at = due_at where case_id = %s and kind = 'handle'", [case.id])
    assert [d.case_id for d in actions.find_differences(play.tx, [case.id, other.id])] == [case.id]
    play.tx.conn.execute("delete from assess.fact where case_id = %s", [case.id])
    assert [d.kept for d in actions.find_differences(play.tx, [case.id])] == [()]
    actions.forget(play.tx)  # the invariants are asked after the test


def test_a_case_of_the_first_release_is_left_out_and_counted(play: Play, follow: Follow):
    case = play.closed()
    play.tx.conn.execute("set local role none")
    play.tx.conn.execute("update ledger.entry set version = 1 where subject_id = %s and n = 1", [case.id])
    follow(play)
    assert store.take_facts(play.tx, [case.id]) == {}
    assert queries_recompute.read_figures(play.tx, SINCE, UNTIL, Level.street).left_out == 1
    play.tx.conn.execute("update ledger.entry set version = 2 where subject_id = %s and n = 1", [case.id])
    play.tx.conn.execute("update assess.bookmark set size = 0")


def test_the_fold_reads_nothing_but_the_ledger(play: Play):
    facts: list[Any] = []
    for entry in list_entries(play.tx, play.closed().id):
        rules_fold.fold(facts, entry)
    assert [f.kind for f in facts] == [
        Kind.report, Kind.accept, Kind.file, Kind.whole, Kind.dispatch, Kind.handle, Kind.round, Kind.verify,
    ]  # fmt: skip
    assert all(f.area.startswith(STREET) for f in facts) and facts[5].unit == UNIT


# ── who sees what ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_ground_in_sight_as_a_whole_is_told(play: Play, follow: Follow):
    play.closed()
    play.wait(days=2)
    follow(play)
    tang, next_door, handler = play.who("tang.yi"), play.who("next.door"), play.who("cheng.gang")
    for level, seen in ((Level.city, False), (Level.district, False), (Level.street, True)):
        assert (figure(play, "handle_rate", level, tang) is not None) is seen, level
        assert figure(play, "handle_rate", level, next_door) is None
    assert figure(play, "handle_rate", Level.street, handler) is None
    own = figure(play, "handle_rate", Level.unit, handler)
    assert own is not None and own.key == UNIT and not own.partial
    assert figure(play, "handle_rate", Level.unit, play.who("meng.dali")) is None


def test_a_unit_of_elsewhere_is_told_in_part_to_the_street_it_worked_in(play: Play, follow: Follow):
    case = play.dispatched(lead="310101-xiaofang")
    play.finish(play.take(case, "zou.jun"), "zou.jun")
    play.wait(days=2)
    follow(play)
    seen = figure(play, "handle_rate", Level.unit, play.who("tang.yi"))
    assert seen is not None and seen.partial and seen.key.endswith("310101_xiaofang")


def test_people_see_their_own_and_assessors_everybody_on_their_ground(play: Play, follow: Follow):
    play.closed()
    follow(play)
    (operator, tang) = play.who("zhang.min"), play.who("tang.yi")
    asked = Asked(SINCE, UNTIL, Level.person, indicators=("accepted",))
    assert {f.key for f in queries.get_figures(play.tx, operator, asked).figures} == {str(operator.id)}
    assert {f.key for f in queries.get_figures(play.tx, tang, asked).figures} == {str(operator.id)}
    assert queries.get_figures(play.tx, play.who("li.qing"), asked).figures == []
    assert queries.get_figures(play.tx, play.who("next.door"), asked).figures == []


def test_the_list_behind_a_figure_has_the_same_sight(play: Play, follow: Follow):
    play.closed()
    play.dispatched(lead="310101019-huanwei")
    play.wait(days=2)
    follow(play)
    for login in ("tang.yi", "next.door", "cheng.gang", "shen.he", "wang.lei"):
        who = play.who(login)
        for level in Level:
            for name in (n for n, r in rules.RULES.items() if rules.is_told(r, level)):
                drill = Drill(name, SINCE, UNTIL, level, part="numerator")
                listed = queries_facts.list_facts(play.tx, queries.scope_for(who, level), drill, limit=100)
                told = queries.get_figures(play.tx, who, Asked(SINCE, UNTIL, level, indicators=(name,))).figures
                assert len(listed) == sum(f.numerator for f in told), (login, level, name)


def test_under_narrows_to_a_ground(play: Play, follow: Follow):
    play.closed()
    play.wait(days=2)
    follow(play)
    assert figure(play, "handle_rate", Level.unit, under=unit("310101019")) is not None
    assert figure(play, "handle_rate", Level.unit, under=unit("310101018")) is None
    drill = Drill("handle_rate", SINCE, UNTIL, Level.unit, under=unit("310101018"))
    assert queries_facts.list_facts(play.tx, queries.scope_for(ALL, Level.unit), drill) == []


# ── definitions, composites, files ────────────────────────────────────────────────────────────────────────────────────


def test_every_rule_is_defined_and_what_is_not_counted_says_why(play: Play):
    defined = {i.id: i for i in queries.list_indicators(play.tx, queries.scope_for(ALL, Level.city))}
    assert set(rules.RULES) <= set(defined)
    for i in defined.values():
        assert i.source and i.status
        if i.computed:
            assert i.numerator_zh and i.numerator_en and i.base_zh and i.base_en and not i.why_zh, i.id
            assert (i.unit == "rate") == bool(i.denominator_zh and i.denominator_en), i.id
        else:
            assert i.why_zh and i.why_en, i.id


def test_python_and_sql_know_the_same_tests():
    assert set(rules.TESTS) == set(queries.TESTS)
    assert {t for r in rules.RULES.values() for t in (r.hit, r.of)} <= set(rules.TESTS)


def test_a_composite_is_told_only_if_nothing_is_missing(play: Play, follow: Follow):
    play.closed(channel=Channel.patrol)
    follow(play)
    asked = Asked(SINCE, UNTIL, Level.street)
    (chief,) = queries.get_composites(play.tx, ALL, asked, "值班长")
    assert (chief.value, chief.grade, chief.weights) == (100.0, "A", 100)
    (area,) = queries.get_composites(play.tx, ALL, asked, "区域")
    assert (area.value, area.grade, area.weights) == (None, None, 70), "30 of 100 are not in the source"
    (inspector,) = queries.get_composites(play.tx, ALL, asked, "监督员")
    assert inspector.value is None and any(p.why_zh for p in inspector.parts if p.indicator == "missed_rate")
    with play.refused("assess.object"):
        queries.get_composites(play.tx, ALL, asked, "没有的")


def test_scores_come_from_bands_and_less_may_be_better():
    (accepted,) = [i for i in _national() if i.id == "accepted"]
    assert accepted.bands[0] == (2001.0, 100.0)
    counted = [Figure("accepted", "k", "k", n, None, float(n)) for n in (0, 101, 2001)]
    assert [rules.score_of(replace(accepted, unit="number"), f) for f in counted] == [0.0, 40.0, 100.0]
    rate = replace(accepted, unit="rate", inverse=True)
    assert rules.score_of(rate, Figure("x", "k", "k", 1, 5, 20.0)) == 80.0


def _national() -> list[Indicator]:
    file = Path(__file__).parents[2] / "packs/national/indicators.csv"
    return rules_pack.read_indicators(file.name, file.read_text("utf-8"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.replace("numerator_zh,", "", 1), "缺少列"),
        (lambda t: t.replace(",40,", ",4000,", 1), "weight"),
        (lambda t: t.replace(",40,", ",vierzig,", 1), "weight"),
        (lambda t: t + t.splitlines()[-1] + "\n", "出现两次"),
    ],
)
def test_a_bad_file_is_named_with_its_line(change: Callable[[str], str], words: str):
    file = Path(__file__).parents[2] / "packs/national/indicators.csv"
    with pytest.raises(Invalid) as caught:
        rules_pack.read_indicators("x.csv", change(file.read_text("utf-8")))
    assert caught.value.code == "assess.indicators" and words in caught.value.zh


@pytest.mark.parametrize(
    ("drill", "code"),
    [
        ({"indicator": "nothing"}, "assess.indicator"),
        ({"indicator": "missed_rate"}, "assess.indicator"),
        ({"indicator": "filing_rate", "level": Level.unit}, "assess.level"),
        ({"indicator": "dispatch_on_time_rate", "level": Level.person}, "assess.level"),
        ({"indicator": "accepted", "level": Level.person, "key": "x"}, "assess.key"),
        ({"indicator": "accepted", "key": "a b"}, "assess.place"),
        ({"indicator": "accepted", "until": SINCE}, "assess.period"),
        ({"indicator": "accepted", "until": SINCE + timedelta(days=3000)}, "assess.period"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(play: Play, drill: dict[str, Any], code: str):
    asked = Drill(**{"since": SINCE, "until": UNTIL, **drill})
    with play.refused(code):
        queries_facts.list_facts(play.tx, queries.scope_for(ALL, asked.level), asked)


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1"])
def test_nothing_in_a_file_runs_as_a_formula(evil: str):
    rows = [[evil, 5, None, True, "王\x00"]]
    (line,) = csv.reader(io.StringIO(b"".join(sheet.stream_csv([rows])).decode("utf-8-sig")))
    assert line[0].startswith("'") and line[1] == "5"
    (cells,) = openpyxl.load_workbook(io.BytesIO(b"".join(sheet.stream_xlsx([rows])))).active.iter_rows()  # type: ignore[union-attr]
    assert cells[0].data_type == "s" and str(cells[0].value).startswith("'") and cells[1].value == 5


def test_a_file_of_figures_says_what_it_rests_on(play: Play, follow: Follow):
    play.closed()
    follow(play)
    told = queries.get_figures(play.tx, ALL, Asked(SINCE, UNTIL, Level.street))
    rows = rules_sheet.of_figures(told, {"accepted": "受理数"})
    assert rows[1][1] == told.as_of.size and len(rows) == 3 + len(told.figures)
    facts = queries_facts.list_facts(
        play.tx, queries.scope_for(ALL, Level.street), Drill("accepted", SINCE, UNTIL, Level.street)
    )
    listed = rules_sheet.of_facts(facts, most=10)
    assert len(listed) == 2 and listed[1][1].startswith("2611")
    assert "只列出前 0 条" in rules_sheet.of_facts(facts, most=0)[-1][0]

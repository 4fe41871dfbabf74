"""Which line decides, in what words; what nobody is listed for. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.city.model_rules import Field, Kind, Matter
from yiwang.city.rules_calendar import WorkCalendar, read_shifts
from yiwang.dispatch import rules
from yiwang.dispatch.model import Fit, Found, Gap, Hours, Keeper, Line, Span, UnitRef
from yiwang.kit.ids import named_id

FIRE = "消防设施异常"
STREET, DISTRICT, HOME = named_id("unit:street"), named_id("unit:district"), named_id("unit:home")


def unit(name: str) -> UnitRef:
    return UnitRef(named_id(f"unit:{name}"), name)


def fit(n: int, lead: str, **change: object) -> Fit:
    line = Fit(
        named_id(f"line:{n}"), 3, n, Span.code, None, "消防设施异常", STREET, "老西门街道", 3,
        Hours.always, "", Keeper("老西门街道", 3), unit(lead), (),
    )  # fmt: skip
    return replace(line, **change)  # type: ignore[arg-type]


def found(*lines: Fit) -> Found:
    return Found("大林居委会", HOME, "老西门街道", lines)


def lead(*lines: Fit, working: bool = True) -> str | None:
    best = rules.choose(found(*lines), FIRE, working=working).lead
    return best.name if best else None


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({"span": Span.all}, {"span": Span.field}),
        ({"span": Span.field}, {"span": Span.major}),
        ({"span": Span.major}, {"span": Span.code}),
        ({"kind": None}, {"kind": "matter"}),
        ({"area_id": DISTRICT, "depth": 2}, {}),
        ({"hours": Hours.always}, {"hours": Hours.work}),
        # matter goes before area, area before hours
        ({"span": Span.major, "depth": 5, "hours": Hours.work}, {"span": Span.code, "depth": 2}),
        ({"depth": 2, "hours": Hours.work}, {"depth": 3}),
        # of equals, the nearer unit's list, then the earlier line
        ({"list": Keeper("区", 2)}, {}),
    ],
)
def test_the_narrower_line_decides(wide: dict[str, object], narrow: dict[str, object]) -> None:
    lines = fit(1, "宽", **wide), fit(2, "窄", **narrow)
    assert lead(*lines) == lead(*reversed(lines)) == "窄"


def test_hours_that_do_not_hold_now_do_not_decide() -> None:
    day, night = fit(1, "日班", hours=Hours.work), fit(2, "夜班", hours=Hours.off)
    assert lead(day, night, working=True) == "日班"
    assert lead(day, night, working=False) == "夜班"


def test_equal_lines_with_different_leads_are_told() -> None:
    got = rules.choose(found(fit(4, "甲"), fit(9, "乙")), FIRE, working=True)
    assert (got.lead, got.conflict) == (unit("甲"), True)
    assert "第9条" in got.reason_zh and "乙" in got.reason_zh and "冲突" in got.reason_zh
    assert "line 9" in got.reason_en
    assert not rules.choose(found(fit(4, "甲"), fit(9, "甲")), FIRE, working=True).conflict


def test_the_reason_names_list_line_version_hours_assists_and_basis() -> None:
    night = fit(12, "自来水公司", hours=Hours.off, basis="《供水条例》第20条", assists=(unit("市政"), unit("交警")))
    got = rules.choose(found(night, fit(11, "市政", hours=Hours.work)), FIRE, working=False)
    assert got.reason_zh == (
        "依据老西门街道权责清单第12条（第3版）：老西门街道辖区内“消防设施异常”，夜间和节假日由自来水公司主办，"
        "市政、交警协办；工作时间由市政主办；职责依据：《供水条例》第20条"
    )
    assert got.reason_en == (
        "By line 12 of the list of 老西门街道 (v3): “消防设施异常” in 老西门街道 at night and on holidays is led by 自来水公司,"
        " with 市政, 交警; in working hours by 市政; basis: 《供水条例》第20条"
    )
    assert (got.row_id, got.version, got.fallback) == (night.id, 3, False)
    assert got.assists == (unit("市政"), unit("交警"))


def test_where_nobody_is_listed_the_street_takes_it_and_it_is_said() -> None:
    got = rules.choose(found(), FIRE, working=True)
    assert got.lead == UnitRef(HOME, "老西门街道")
    assert (got.fallback, got.row_id, got.version) == (True, None, None)
    assert got.reason_zh == "权责清单未列明大林居委会“消防设施异常”责任单位，按属地兜底由老西门街道牵头处置"
    only_by_day = rules.choose(found(fit(1, "日班", hours=Hours.work)), FIRE, working=False)
    assert only_by_day.fallback and "夜间和节假日的责任单位" in only_by_day.reason_zh
    nowhere = rules.choose(Found("某处", None, None, ()), FIRE, working=True)
    assert nowhere.lead is None and "请人工指定" in nowhere.reason_zh


@pytest.mark.parametrize(
    ("at", "works"),
    [
        ("2026-11-20T08:30+08:00", True),
        ("2026-11-20T12:30+08:00", True),  # lunch is no night
        ("2026-11-20T17:30+08:00", False),
        ("2026-11-20T08:29+08:00", False),
        ("2026-11-21T10:00+08:00", False),  # Saturday
        ("2026-10-01T10:00+08:00", False),  # National Day
        ("2026-02-14T10:00+08:00", True),  # a Saturday worked in for Spring Festival
        ("2026-11-20T02:00+00:00", True),  # 10:00 in Shanghai
    ],
)
def test_working_hours_follow_the_calendar(at: str, works: bool) -> None:
    assert rules.is_working(datetime.fromisoformat(at), WorkCalendar()) is works


def test_a_night_shift_still_runs_after_midnight() -> None:
    nights = WorkCalendar(shifts=read_shifts("22:00-06:00"))
    assert rules.is_working(datetime(2026, 11, 20, 19, tzinfo=UTC), nights)  # Saturday 03:00, of Friday's shift
    assert not rules.is_working(datetime(2026, 11, 20, 23, tzinfo=UTC), nights)


# ── gaps ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

M = Matter("S", "06010", Kind.matter, "06", "市容环境类", "暴露垃圾", "", Field.sanitation, "", "")
TOP, A, B, A1, A2 = (named_id(f"area:{n}") for n in ("top", "a", "b", "a1", "a2"))
CITY = named_id("area:city")
TREE = {TOP: (CITY, "街"), A: (TOP, "甲"), B: (TOP, "乙"), A1: (A, "甲一"), A2: (A, "甲二")}


def line(area: object, hours: Hours = Hours.always, **change: object) -> Line:
    made = Line(
        named_id("l"), named_id("list"), "街", 1, 1, Span.code, "S", None, "06010", "暴露垃圾", area, "c", "n", hours,  # type: ignore[arg-type]
        named_id("u"), "u", "u", (), (), "", None, None,
    )  # fmt: skip
    return replace(made, **change)  # type: ignore[arg-type]


def gaps(*lines: Line) -> list[tuple[str, Hours]]:
    return [(g.area_name, g.hours) for g in rules.Coverage(lines, TREE, {CITY}).gaps(M, TOP)]


def test_a_gap_is_named_once_at_the_widest_area() -> None:
    assert gaps() == [("街", Hours.always)]
    assert gaps(line(CITY)) == gaps(line(TOP)) == []
    assert gaps(line(A)) == [("乙", Hours.always)]
    assert gaps(line(A1)) == [("甲二", Hours.always), ("乙", Hours.always)]
    assert gaps(line(A1), line(A2), line(B)) == []
    assert gaps(line(TOP, Hours.work)) == [("街", Hours.off)]
    assert gaps(line(TOP, Hours.work), line(B, Hours.off)) == [("甲", Hours.off)]


@pytest.mark.parametrize(
    ("change", "covers"),
    [
        ({"span": Span.all, "scheme": None, "code": None}, True),
        ({"span": Span.field, "scheme": None, "code": "市容环卫"}, True),
        ({"span": Span.field, "scheme": None, "code": "设施管理"}, False),
        ({"span": Span.major, "code": "06"}, True),
        ({"span": Span.major, "code": "07"}, False),
        ({"kind": "matter"}, True),
        ({"kind": "component"}, False),
        ({"scheme": "T"}, False),
    ],
)
def test_lines_cover_what_they_say(change: dict[str, object], covers: bool) -> None:
    assert (gaps(line(TOP, **change)) == []) is covers


AREAS = st.sampled_from([CITY, *TREE])


@settings(max_examples=60)
@given(st.lists(st.tuples(AREAS, st.sampled_from(Hours)), max_size=6))
def test_gaps_are_exactly_the_places_that_brute_force_finds(lines: list[tuple[object, Hours]]) -> None:
    got: list[Gap] = rules.Coverage([line(a, h) for a, h in lines], TREE, {CITY}).gaps(M, TOP)

    def chain(area: object) -> list[object]:
        return [] if area is None else [area, *chain(TREE.get(area, (None,))[0])]  # type: ignore[call-overload]

    for leaf in (B, A1, A2):
        for hour in (Hours.work, Hours.off):
            listed = any(a in chain(leaf) and h in (Hours.always, hour) for a, h in lines)
            named = [g for g in got if g.area_id in chain(leaf) and g.hours in (Hours.always, hour)]
            assert len(named) == (0 if listed else 1)

"""Loading catalogue and rules, and calendars of units, on a real database."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from yiwang.city import queries_rules
from yiwang.city.actions_rules import load_catalogue, load_rules, set_calendar, set_calendar_override
from yiwang.city.model_rules import FORMER, NATIONAL, Clock, Kind, Limit, Pause, SetCalendar, SetCalendarOverride
from yiwang.city.queries_rules import (
    calendar_for,
    find_matters,
    get_condition,
    get_matter,
    get_matter_view,
    list_conditions,
    list_schemes,
    work_out,
)
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Forbidden, Invalid, NotFound
from yiwang.network.model import Actor, Post, PostKind, system

PACK = Path(__file__).parents[2] / "packs" / "national"
SHANGHAI = ZoneInfo("Asia/Shanghai")
LOADER = system("packs")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    queries_rules.forget()
    yield
    queries_rules.forget()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the national pack that a test may spoil."""
    return Path(shutil.copytree(PACK, tmp_path / "pack"))


def units(tx: Tx) -> dict[str, UUID]:
    """A city, a district, a street."""
    ids, parent, path = dict[str, UUID](), None, ""
    for level, (code, kind) in enumerate((("310000", "city"), ("310101", "district"), ("310101013", "street")), 1):
        path = f"{path}.{code}".lstrip(".")
        tx.conn.execute(
            "insert into network.unit (id, code, name, short_name, kind, parent_id, path, level, area_code, valid_from)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, now())",
            (ids.setdefault(kind, uuid4()), code, code, code, kind, parent, path, level, code),
        )
        parent = ids[kind]
    return ids


def holder(kind: PostKind, unit_id: UUID, path: str) -> Actor:
    return Actor(uuid4(), "someone", (Post(uuid4(), kind, unit_id, path),))


def entries(tx: Tx, event: str) -> list[dict[str, object]]:
    rows = tx.conn.execute("select body from ledger.entry where event = %s order by at, n", (event,)).fetchall()
    return [json.loads(body) for (body,) in rows]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_load_and_read(tx: Tx) -> None:
    first, rules = load_catalogue(tx, LOADER, PACK), load_rules(tx, LOADER, PACK)
    assert (first.bad, rules.bad) == ((), ())
    assert rules.counts == {"conditions": 518 + 69, "retired": 0}
    assert get_matter(tx, NATIONAL, "matter", "01001").name == "供水井盖异常"
    assert get_matter(tx, NATIONAL, Kind.component, "01001").field == "设施管理"
    found = list_conditions(tx, NATIONAL, "01001")
    assert found == list_conditions(tx, FORMER, "01-01", "component")
    assert get_condition(tx, found[0].id) == found[0]
    view = get_matter_view(tx, NATIONAL, "01001")
    assert [(s.from_code, s.kind) for s in view.predecessors] == [("01-01", "component")]
    assert {s.id for s in list_schemes(tx)} == {NATIONAL, FORMER, "YIWANG-EXT"}
    body = entries(tx, "city.catalogue_loaded")[0]
    assert body["matters"] == first.counts["matters"] and body["digest"] == first.digest
    assert entries(tx, "city.rules_loaded")[0]["conditions"] == 518 + 69


def test_what_is_not_there_is_said(tx: Tx) -> None:
    with pytest.raises(NotFound, match=r"city\.no_matter"):
        get_matter(tx, NATIONAL, "matter", "99999")
    with pytest.raises(NotFound, match=r"city\.no_matter"):
        list_conditions(tx, "no such", "01001", "neither")
    with pytest.raises(NotFound, match=r"city\.no_condition"):
        get_condition(tx, uuid4())


def test_loading_twice_does_it_once(tx: Tx) -> None:
    for load, event in ((load_catalogue, "city.catalogue_loaded"), (load_rules, "city.rules_loaded")):
        assert not load(tx, LOADER, PACK).unchanged
        assert load(tx, LOADER, PACK).unchanged
        assert len(entries(tx, event)) == 1


def test_bad_rows_are_named_and_the_rest_goes_in(tx: Tx, pack: Path) -> None:
    name = "conditions_gbt30428_2.csv"
    lines = (pack / name).read_text("utf-8").splitlines()
    lines[3] = lines[3].replace(",2,urgent_hour,", ",viel,urgent_hour,")
    lines[4] = lines[4].replace(",work_hour,", ",fast,")
    lines[5] = lines[5].replace("01-01", "77-77")
    lines[6] += ",one too many"
    lines[7] = lines[8]
    (pack / name).write_text("\n".join(lines), "utf-8")
    matters = pack / "matters_gbt47678_5_2026.csv"
    matters.write_text(matters.read_text("utf-8") + "NOWHERE,1,matter,1,x,x,,,\n", "utf-8")
    bad = load_catalogue(tx, LOADER, pack).bad
    assert [(b.file, b.line, "NOWHERE" in b.zh) for b in bad] == [(matters.name, 407, True)]
    report = load_rules(tx, LOADER, pack)
    assert [(b.file, b.line) for b in report.bad] == [(name, n) for n in (4, 5, 6, 7, 9)]
    assert [w in b.zh for b, w in zip(report.bad, ("viel", "fast", "77-77", "列数", "相同"), strict=True)] == [True] * 5
    assert report.counts["conditions"] == 518 + 69 - 5
    assert len(queries_rules.get_catalogue(tx).conditions) == 518 + 69 - 5
    assert entries(tx, "city.rules_loaded")[0]["bad"] == 5


def test_a_changed_rule_is_another_rule_and_the_old_one_can_still_be_read(tx: Tx, pack: Path) -> None:
    load_catalogue(tx, LOADER, pack)
    load_rules(tx, LOADER, pack)
    old = list_conditions(tx, NATIONAL, "01001")[0]
    rules = pack / "conditions_gbt30428_2.csv"
    text = rules.read_text("utf-8")
    rules.write_text(text.replace("2紧急工作时,2,urgent_hour,,恢复", "1紧急工作时,1,urgent_hour,,恢复", 1), "utf-8")
    assert load_rules(tx, LOADER, pack).counts["retired"] == 1
    new = list_conditions(tx, NATIONAL, "01001")[0]
    assert (new.limit_value, old.limit_value) == (1, 2)
    assert new.id != old.id
    assert get_condition(tx, old.id).retired_at == tx.now
    assert old.id not in {c.id for c in list_conditions(tx, NATIONAL, "01001")}
    rules.write_text(text, "utf-8")  # and back: the very same rule holds again
    load_rules(tx, LOADER, pack)
    assert list_conditions(tx, NATIONAL, "01001")[0] == old


def test_nothing_is_retired_while_a_row_is_bad(tx: Tx, pack: Path) -> None:
    load_catalogue(tx, LOADER, pack)
    load_rules(tx, LOADER, pack)
    rules = pack / "conditions_gbt30428_2.csv"
    rules.write_text(rules.read_text("utf-8").replace(",2,urgent_hour,", ",two,urgent_hour,", 1), "utf-8")
    report = load_rules(tx, LOADER, pack)
    assert (len(report.bad), report.counts["retired"]) == (1, 0)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda p: (p / "fields.csv").unlink(), "pack.missing"),
        (lambda p: (p / "pack.toml").unlink(), "pack.missing"),
        (lambda p: (p / "pack.toml").write_text("name = 'x'"), "pack.manifest"),
        (lambda p: (p / "pack.toml").write_text("name = "), "pack.manifest"),
        (
            lambda p: (p / "pack.toml").write_text("name='x'\nversion='1'\n[files]\nmatters=['../x.csv']"),
            "pack.manifest",
        ),
        (lambda p: (p / "fields.csv").write_bytes(b"\xff\xfe"), "pack.encoding"),
        (lambda p: (p / "successors.csv").write_text("a,b\n1,2\n"), "pack.columns"),
    ],
)
def test_a_pack_that_cannot_be_read_is_said(tx: Tx, pack: Path, spoil: object, code: str) -> None:
    spoil(pack)  # type: ignore[operator]
    with pytest.raises(Invalid) as caught:
        load_catalogue(tx, LOADER, pack)
    assert caught.value.code == code


def test_only_the_system_administrator_loads(tx: Tx) -> None:
    for load in (load_catalogue, load_rules):
        with pytest.raises(Forbidden):
            load(tx, holder(PostKind.commander, uuid4(), "310000"), PACK)


def test_find(tx: Tx) -> None:
    load_catalogue(tx, LOADER, PACK)
    assert find_matters(tx, "井盖", 3)[0].name.startswith(("供水", "井盖", "污水"))
    assert find_matters(tx, "暴露垃圾")[0].code == "06010"
    assert find_matters(tx, "lift", 50)
    assert find_matters(tx, "06010")[0].name == "暴露垃圾"
    assert find_matters(tx, "没有这样的事") == []
    assert {m.scheme for m in find_matters(tx, "", 1000)} == {NATIONAL, "YIWANG-EXT"}, "the former is no more in force"
    assert find_matters(tx, "上水井盖", scheme=FORMER)[0].code == "01-01"
    assert {m.kind for m in find_matters(tx, "井盖", 100, kind=Kind.component)} == {"component"}


def test_pages_join_without_gap_or_repeat(tx: Tx) -> None:
    load_catalogue(tx, LOADER, PACK)
    whole, pieces = find_matters(tx, "井盖", 1000), []
    while page := find_matters(
        tx, "井盖", 7, after=(pieces[-1].scheme, pieces[-1].kind, pieces[-1].code) if pieces else None
    ):
        pieces += page
    assert pieces == whole and len(whole) > 14
    with pytest.raises(Invalid, match=r"page\.key"):
        find_matters(tx, "井盖", after=("made", "up", "key"))


def test_a_unit_follows_the_nearest_calendar_up_the_tree(tx: Tx) -> None:
    ids = units(tx)
    assert calendar_for(tx, ids["street"]) == calendar_for(tx)
    by = holder(PostKind.system_admin, ids["city"], "310000")
    set_calendar(tx, by, SetCalendar(ids["district"], "昼夜", "00:00-24:00", (0, 1, 2, 3, 4, 5, 6), "none"))
    assert len(calendar_for(tx, ids["street"]).weekdays) == 7
    assert len(calendar_for(tx, ids["city"]).weekdays) == 5
    set_calendar(tx, by, SetCalendar(ids["street"], "夜班", "22:00-06:00"))
    assert calendar_for(tx, ids["street"]).shifts[0].end == 1800
    assert calendar_for(tx, ids["district"]).shifts[0].end == 1440
    assert [b["shifts"] for b in entries(tx, "city.calendar_set")] == ["00:00-24:00", "22:00-06:00"]


def test_an_override_holds_below_and_the_nearer_one_wins(tx: Tx) -> None:
    ids = units(tx)
    by = holder(PostKind.commander, ids["city"], "310000")
    wednesday, two_days = date(2026, 3, 11), Limit(Decimal(2), Clock.work_day)
    set_calendar_override(tx, by, SetCalendarOverride(ids["city"], wednesday, False, note="台风"))
    assert work_out(tx, ids["street"], two_days, at("2026-03-10 10:00")).due_at == at("2026-03-13 10:00")
    assert work_out(tx, None, two_days, at("2026-03-10 10:00")).due_at == at("2026-03-12 10:00")
    assert any("台风" in line.zh for line in work_out(tx, ids["street"], two_days, at("2026-03-10 10:00")).working)
    set_calendar_override(tx, by, SetCalendarOverride(ids["street"], wednesday, True, "09:00-12:00"))
    assert work_out(tx, ids["street"], two_days, at("2026-03-10 10:00")).due_at == at("2026-03-12 10:00")
    assert work_out(tx, ids["district"], two_days, at("2026-03-10 10:00")).due_at == at("2026-03-13 10:00")
    for unit in ("street", "city"):
        set_calendar_override(tx, by, SetCalendarOverride(ids[unit], wednesday, None))
    assert work_out(tx, ids["street"], two_days, at("2026-03-10 10:00")).due_at == at("2026-03-12 10:00")
    assert [b["works"] for b in entries(tx, "city.calendar_overridden")].count(None) == 2
    held = [Pause(at("2026-03-10 12:00"))]
    assert work_out(tx, ids["street"], two_days, at("2026-03-10 10:00"), held).due_at is None


def test_who_may_set_a_calendar(tx: Tx) -> None:
    ids = units(tx)
    cmd = SetCalendarOverride(ids["street"], date(2026, 3, 11), False)
    for by in (
        holder(PostKind.handler, ids["street"], "310000.310101.310101013"),
        holder(PostKind.commander, uuid4(), "310000.310104"),
    ):
        with pytest.raises(Forbidden if by.posts[0].kind is PostKind.handler else NotFound):
            set_calendar_override(tx, by, cmd)
    with pytest.raises(NotFound):
        set_calendar_override(tx, LOADER, SetCalendarOverride(uuid4(), date(2026, 3, 11), False))


@pytest.mark.parametrize(
    "cmd",
    [
        lambda u: SetCalendar(u, "x", "8-12"),
        lambda u: SetCalendar(u, "x", ""),
        lambda u: SetCalendar(u, "x", "08:00-12:00", zone="Mars/Base"),
        lambda u: SetCalendarOverride(u, date(2026, 3, 11), False, "08:00-12:00"),
        lambda u: SetCalendarOverride(u, date(2026, 3, 11), True, ""),
        lambda u: SetCalendarOverride(u, date(2026, 3, 11), True, "nine to five"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(tx: Tx, cmd: object) -> None:
    made = cmd(units(tx)["street"])  # type: ignore[operator]
    with pytest.raises(Invalid, match=r"calendar\."):
        (set_calendar if isinstance(made, SetCalendar) else set_calendar_override)(tx, LOADER, made)


def test_what_is_remembered_is_right_for_everyone(fresh_db: Database) -> None:
    """One who has not committed leaves nothing in the memory of others; once committed they all see it."""
    with fresh_db.transaction() as tx:
        ids = units(tx)
    usual = WorkedDay(fresh_db, ids["street"])
    assert usual.works(date(2026, 3, 11))
    with fresh_db.transaction() as tx:
        set_calendar_override(tx, LOADER, SetCalendarOverride(ids["city"], date(2026, 3, 11), False))
        assert not calendar_for(tx, ids["street"]).day(date(2026, 3, 11)).works
        assert usual.works(date(2026, 3, 11)), "seen before it was committed"
    queries_rules.forget()  # what another process does after ASK_EVERY seconds
    assert not usual.works(date(2026, 3, 11))


def test_memory_asks_again_after_a_while(fresh_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh_db.transaction() as tx:
        load_catalogue(tx, LOADER, PACK)
    with fresh_db.transaction() as tx:
        assert find_matters(tx, "暴露垃圾")[0].name == "暴露垃圾"
    with fresh_db.transaction() as tx:  # another process: it cannot tell us to forget
        tx.conn.execute("update city.matter set name = '改名' where code = '06010' and scheme = %s", (NATIONAL,))
        tx.conn.execute("update city.revision set version = gen_random_uuid(), writer = pg_current_xact_id()")
    with fresh_db.transaction() as tx:
        assert get_matter(tx, NATIONAL, "matter", "06010").name == "暴露垃圾"
        monkeypatch.setattr(queries_rules, "ASK_EVERY", 0.0)
        assert get_matter(tx, NATIONAL, "matter", "06010").name == "改名"


class WorkedDay:
    """Asks in a transaction of its own."""

    def __init__(self, db: Database, unit_id: UUID) -> None:
        self.db, self.unit_id = db, unit_id

    def works(self, on: date) -> bool:
        with self.db.transaction() as tx:
            return calendar_for(tx, self.unit_id).day(on).works


def test_a_deadline_over_an_unknown_year_is_provisional(tx: Tx) -> None:
    found = work_out(tx, None, Limit(Decimal(3), Clock.work_day), datetime(2035, 6, 1, 2, tzinfo=UTC) + timedelta(0))
    assert found.provisional

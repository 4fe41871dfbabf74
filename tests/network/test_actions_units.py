"""The tree: whatever is done to it, every path is the chain of its parents and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Problem, Refused
from yiwang.kit.ids import named_id
from yiwang.kit.scope import Scope
from yiwang.ledger.actions import react_with
from yiwang.network import queries_units, rules_units
from yiwang.network.actions_units import load_units, merge_units, move_unit, open_unit, rename_unit
from yiwang.network.model import Actor, Post, PostKind, system
from yiwang.network.model_units import (
    LoadUnits,
    MergeUnits,
    MoveUnit,
    OpenUnit,
    RenameUnit,
    UnitKind,
    UnitMerged,
    UnitMoved,
)

ROBOT = system("test")
ALL = Scope(True, (), ROBOT.id)
CSV = """code,name,level,parent,kind,functional
C,海市,1,,直辖市,
D1,东区,2,C,区,
D2,西区,2,C,区,
S1,一街道,3,D1,街道,
S2,二街道,3,D1,街道,
S3,三街道,3,D2,街道,
N1,甲居委会,4,S1,居委会,
N2,乙居委会,4,S1,居委会,
N3,丙居委会,4,S2,居委会,
N4,丁村委会,4,S3,村委会,
A-1,城管一队,3,S1,department,
A-2,城管二队,3,S2,department,
"""


def uid(code: str):
    return named_id(f"unit:{code}")


def load(tx: Tx, text: str = CSV):
    return load_units(tx, ROBOT, LoadUnits("test", text))


def check_tree(tx: Tx) -> None:
    rows = tx.conn.execute(
        "select id, code, parent_id, path::text, valid_to, successor_id from network.unit"
    ).fetchall()
    by_id = {r[0]: r for r in rows}
    for unit_id, code, parent_id, path, valid_to, successor_id in rows:
        chain, up, hops = [rules_units.label(code)], parent_id, 0
        while up is not None:
            chain.append(rules_units.label(by_id[up][1]))
            up, hops = by_id[up][2], hops + 1
            assert hops < 20, "a ring"
        assert path == ".".join(reversed(chain)), code
        if valid_to is None:
            assert successor_id is None
            assert parent_id is None or by_id[parent_id][4] is None, "an open unit under a closed one"
        else:
            assert by_id[successor_id][4] is None, "a successor that is closed itself"
            assert queries_units.get_unit_now(tx, unit_id).id == successor_id
            assert path.startswith(by_id[successor_id][3] + ".")


def admin(*paths: str) -> Actor:
    posts = tuple(Post(named_id(f"post:{p}"), PostKind.system_admin, uid(p.split(".")[-1]), p) for p in paths)
    return Actor(named_id("person:admin"), "管理员", posts)


def test_load_is_idempotent_and_follows_changes(tx: Tx) -> None:
    assert (load(tx).added, load(tx).unchanged) == (12, 12)
    check_tree(tx)
    unit = queries_units.get_unit(tx, uid("A-1"))
    assert (unit.path, unit.area_code, unit.short_name) == ("C.D1.S1.A_1", "S1", "城管一队")
    done = load(tx, CSV.replace("三街道", "三新街道").replace("N3,丙居委会,4,S2", "N3,丙居委会,4,S3"))
    assert (done.added, done.changed, done.kept) == (0, 2, 0)
    check_tree(tx)
    assert queries_units.get_unit(tx, uid("N3")).path == "C.D2.S3.N3"
    assert [p.name for p in queries_units.list_unit_past(tx, ALL, uid("S3"))] == ["三街道"]


def test_what_an_act_changed_the_file_does_not_undo(tx: Tx) -> None:
    load(tx)
    rename_unit(tx, ROBOT, RenameUnit(uid("S1"), "壹街道"))
    move_unit(tx, ROBOT, MoveUnit(uid("N3"), uid("S3")))
    merge_units(tx, ROBOT, MergeUnits((uid("S2"),), uid("S1")))
    done = load(tx)
    assert (done.added, done.changed, done.kept) == (0, 0, 3)
    assert queries_units.get_unit(tx, uid("S1")).name == "壹街道"
    check_tree(tx)


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("code,name", "code,title", "network.units_columns", "name"),
        ("N1,甲居委会,4,S1", "N1,甲居委会,4,S9", "network.units_bad", "S9"),
        ("N1,甲居委会,4,S1", "N1,甲居委会,x,S1", "network.units_bad", "第 8 行"),
        ("N1,甲居委会,4,S1,居委会", "N1,甲居委会,4,S1,衙门", "network.units_bad", "衙门"),
        ("N1,甲居委会", "N2,甲居委会", "network.units_bad", "重复"),
        ("N1,甲", "N 1,甲", "network.units_bad", "不合规则"),
        ("D1,东区,2,C", "D1,东区,2,S1", "network.units_bad", "成环"),
        ("N1,甲居委会,4,S1", "N1,甲居委会,2,S1", "network.wrong_level", "更高"),
        ("N1,甲居委会,4,S1", "N1,甲居委会,4,A-1", "network.wrong_parent", "部门"),
    ],
)
def test_a_bad_file_is_refused_with_its_lines(tx: Tx, old: str, new: str, code: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        load(tx, CSV.replace(old, new))
    assert caught.value.code == code
    assert words in caught.value.zh
    assert tx.conn.execute("select count(*) from network.unit").fetchone() == (0,)


def test_a_file_cannot_hang_a_unit_below_itself(tx: Tx) -> None:
    load(tx)
    with pytest.raises(Invalid) as caught:
        load(tx, "code,name,level,parent,kind,functional\nD1,东区,2,N1,区,\n")
    assert caught.value.code == "network.units_ring"


def test_open_rename_and_history(tx: Tx) -> None:
    load(tx)
    unit = open_unit(tx, ROBOT, OpenUnit("N9", "戊居委会", UnitKind.neighbourhood, uid("S2"), 4))
    assert (unit.path, unit.short_name) == ("C.D1.S2.N9", "戊")
    with pytest.raises(Refused, match="code_taken"):
        open_unit(tx, ROBOT, OpenUnit("N9", "己居委会", UnitKind.neighbourhood, uid("S2"), 4))
    with pytest.raises(Invalid, match="wrong_code"):
        open_unit(tx, ROBOT, OpenUnit("N 9", "己居委会", UnitKind.neighbourhood, uid("S2"), 4))
    with pytest.raises(Refused, match="nothing_changes"):
        rename_unit(tx, ROBOT, RenameUnit(uid("N9"), "戊居委会"))
    before = tx.now
    tx.now += timedelta(days=1)
    rename_unit(tx, ROBOT, RenameUnit(uid("N9"), "新村居委会"))
    tx.now += timedelta(days=1)
    move_unit(tx, ROBOT, MoveUnit(uid("N9"), uid("S3")))
    assert [(p.why, p.name, p.parent_id) for p in queries_units.list_unit_past(tx, ALL, uid("N9"))] == [
        ("rename", "戊居委会", uid("S2")),
        ("move", "新村居委会", uid("S2")),
    ]
    names = [
        [u.name for u in queries_units.list_chain_at(tx, uid("N9"), before + timedelta(days=d))] for d in (0.5, 1.5, 3)
    ]
    assert [n[-1] for n in names] == ["戊居委会", "新村居委会", "新村居委会"]
    assert [n[-2] for n in names] == ["二街道", "二街道", "三街道"]
    events = [
        e for (e,) in tx.conn.execute("select event from ledger.entry where subject_id = %s order by n", [uid("N9")])
    ]
    assert events == ["unit.opened", "unit.renamed", "unit.moved"]


def test_merge_keeps_everything_findable(tx: Tx) -> None:
    load(tx)
    into = merge_units(tx, ROBOT, MergeUnits((uid("S2"),), uid("S3")))
    assert into.id == uid("S3")
    check_tree(tx)
    assert queries_units.get_unit_now(tx, uid("S2")).code == "S3"
    assert queries_units.get_unit(tx, uid("N3")).path == "C.D2.S3.N3"
    assert queries_units.get_unit(tx, uid("A-2")).path == "C.D2.S3.A_2"
    merge_units(tx, ROBOT, MergeUnits((uid("S3"),), uid("S1")))
    check_tree(tx)
    assert queries_units.get_unit_now(tx, uid("S2")).code == "S1"
    assert {u.code for u in queries_units.find_units(tx, [uid("S2"), uid("S3"), uid("N1")])} == {"S1", "N1"}
    (body,) = (
        tx.conn.execute("select body from ledger.entry where event = 'unit.merged' order by n limit 1").fetchone() or ()
    )
    assert '["C.D1.S2.N3","C.D2.S3.N3"]' in body.replace(" ", "")
    with pytest.raises(Refused) as caught:
        rename_unit(tx, ROBOT, RenameUnit(uid("S2"), "x"))
    assert caught.value.detail["successor_id"] == uid("S1")


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda tx: move_unit(tx, ROBOT, MoveUnit(uid("C"), uid("D1"))), "network.top_unit"),
        (lambda tx: move_unit(tx, ROBOT, MoveUnit(uid("D1"), uid("S1"))), "network.own_descendant"),
        (lambda tx: move_unit(tx, ROBOT, MoveUnit(uid("N1"), uid("S1"))), "network.nothing_changes"),
        (lambda tx: move_unit(tx, ROBOT, MoveUnit(uid("S1"), uid("S3"))), "network.wrong_level"),
        (lambda tx: move_unit(tx, ROBOT, MoveUnit(uid("N1"), uid("A-2"))), "network.wrong_parent"),
        (lambda tx: move_unit(tx, ROBOT, MoveUnit(uid("nowhere"), uid("A-2"))), "network.no_unit"),
        (lambda tx: merge_units(tx, ROBOT, MergeUnits((uid("S1"), uid("S1")), uid("S3"))), "network.merge_whom"),
        (lambda tx: merge_units(tx, ROBOT, MergeUnits((), uid("S3"))), "network.merge_whom"),
        (lambda tx: merge_units(tx, ROBOT, MergeUnits((uid("S1"),), uid("S1"))), "network.own_descendant"),
        (lambda tx: merge_units(tx, ROBOT, MergeUnits((uid("N1"),), uid("S3"))), "network.not_alike"),
        (lambda tx: merge_units(tx, ROBOT, MergeUnits((uid("A-1"),), uid("S3"))), "network.not_alike"),
        (lambda tx: merge_units(tx, ROBOT, MergeUnits((uid("C"),), uid("S3"))), "network.top_unit"),
    ],
)
def test_what_the_tree_refuses(tx: Tx, act, code: str) -> None:
    load(tx)
    with pytest.raises(Problem) as caught:
        act(tx)
    assert caught.value.code == code
    check_tree(tx)


def test_both_places_must_be_in_the_administrators_area(tx: Tx) -> None:
    load(tx)
    east = admin("C.D1")
    move_unit(tx, east, MoveUnit(uid("N1"), uid("S2")))
    for act in (
        lambda: move_unit(tx, east, MoveUnit(uid("N1"), uid("S3"))),
        lambda: move_unit(tx, east, MoveUnit(uid("N4"), uid("S1"))),
        lambda: merge_units(tx, east, MergeUnits((uid("S3"),), uid("S1"))),
        lambda: rename_unit(tx, east, RenameUnit(uid("S3"), "x")),
        lambda: open_unit(tx, east, OpenUnit("N9", "x", UnitKind.neighbourhood, uid("S3"), 4)),
    ):
        with pytest.raises(
            NotFound, match="no_unit"
        ):  # the next district's units are nothing to this one's administrator
            act()
    with pytest.raises(Forbidden, match="not_your_area"):
        rename_unit(tx, east, RenameUnit(uid("C"), "x"))
    other = Actor(east.id, "x", (Post(named_id("p"), PostKind.security_admin, uid("C"), "C"),))
    with pytest.raises(Forbidden, match="not_your_post"):
        rename_unit(tx, other, RenameUnit(uid("S3"), "x"))


def test_lists_are_paged_and_scoped(tx: Tx) -> None:
    load(tx)
    assert [(u.code, u.children) for u in queries_units.list_units(tx, ALL)] == [("C", 2)]
    assert [u.code for u in queries_units.list_units(tx, ALL, uid("D1"))] == ["S1", "S2"]
    assert [u.code for u in queries_units.list_units(tx, ALL, uid("D1"), after="S1")] == ["S2"]
    assert [u.code for u in queries_units.list_units(tx, ALL, search="居委会", limit=2)] == ["N1", "N2"]
    assert [u.code for u in queries_units.list_units(tx, ALL, search="居委会", under="C.D1.S2")] == ["N3"]
    assert queries_units.list_units(tx, ALL, search="%") == []
    west = Scope(False, ("C.D2",), ROBOT.id)
    assert [u.code for u in queries_units.list_units(tx, west, uid("C"))] == ["D2"]
    assert [u.code for u in queries_units.list_units(tx, west, search="居委会")] == []
    with pytest.raises(NotFound):
        queries_units.list_unit_past(tx, west, uid("S1"))
    assert queries_units.get_visible_unit(tx, west, uid("C")).code == "C"


CODES = ["C", "D1", "D2", "S1", "S2", "S3", "N1", "N2", "N3", "N4", "A-1", "A-2"]
changes = st.lists(
    st.tuples(st.sampled_from(["move", "merge", "rename", "load"]), st.sampled_from(CODES), st.sampled_from(CODES)),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def following() -> Iterator[list]:
    """The moves and merges recorded, in order, as a reaction sees them."""
    seen: list = []
    follow = [lambda _tx, _entry, event: seen.append(event)]
    react_with({UnitMoved: follow, UnitMerged: follow})
    yield seen
    react_with({})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=changes)
def test_the_tree_stays_a_tree(tx: Tx, following: list, steps: list[tuple[str, str, str]]) -> None:
    following.clear()
    with tx.conn.transaction(force_rollback=True):
        tx.heads.clear()
        load(tx)
        copies = {r[0]: r[1] for r in tx.conn.execute("select id, path::text from network.unit").fetchall()}
        for act, one, other in steps:
            try:
                with tx.savepoint():
                    if act == "move":
                        move_unit(tx, ROBOT, MoveUnit(uid(one), uid(other)))
                    elif act == "merge":
                        merge_units(tx, ROBOT, MergeUnits((uid(one),), uid(other)))
                    elif act == "rename":
                        rename_unit(tx, ROBOT, RenameUnit(uid(one), f"新{other}"))
                    else:
                        load(tx)
            except Problem:
                pass
            check_tree(tx)
        # Whoever keeps copies of paths and follows the events ends with the same paths.
        for event in following:
            for old, new in [(event.old, event.new)] if isinstance(event, UnitMoved) else event.moved:
                copies = {i: rules_units.repath(p, old, new) for i, p in copies.items()}
        assert copies == {r[0]: r[1] for r in tx.conn.execute("select id, path::text from network.unit").fetchall()}
        tx.heads.clear()


def test_repath_in_sql_is_repath_in_python(tx: Tx) -> None:
    for path in ("a", "a.b", "a.b.c", "x.b", "ab.c"):
        row = tx.conn.execute("select network.repath(%s::ltree, 'a.b'::ltree, 'q.r'::ltree)::text", [path]).fetchone()
        assert row == (rules_units.repath(path, "a.b", "q.r"),)


def test_a_merge_after_the_clock_was_set_back(tx: Tx) -> None:
    """A unit is never closed before it was opened."""
    load(tx)
    tx.now -= timedelta(hours=1)
    merge_units(tx, ROBOT, MergeUnits((uid("S2"),), uid("S3")))
    gone = queries_units.get_unit(tx, uid("S2"))
    assert gone.valid_to == gone.valid_from


def test_two_merges_at_once_one_wins(fresh_db: Database) -> None:
    with fresh_db.transaction() as tx:
        load(tx)
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def merge(one: str, into: str) -> None:
        start.wait()
        try:
            with fresh_db.transaction() as tx:
                merge_units(tx, ROBOT, MergeUnits((uid(one),), uid(into)))
            outcomes.append("done")
        except Refused as refused:
            outcomes.append(refused.code)

    # S1→S2 and S2→S1 at once would make a ring; S1→S3 and S1→S3 at once would close twice.
    threads = [threading.Thread(target=merge, args=a) for a in (("S1", "S2"), ("S2", "S1"), ("S1", "S3"), ("S1", "S3"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    assert set(outcomes) == {"done", "network.unit_closed"}
    with fresh_db.transaction() as tx:
        check_tree(tx)


def test_two_moves_at_once_make_no_ring(fresh_db: Database) -> None:
    """A goes below B's child while B goes below A's, in a transaction that began before the first ended."""
    with fresh_db.transaction() as tx:
        load(tx)
        for code, parent in (("A", "S1"), ("B", "S1"), ("Y", "A"), ("X", "B")):
            open_unit(tx, ROBOT, OpenUnit(code, f"{code}队", UnitKind.agency, uid(parent), 3))
    outcome: list[str] = []

    def move_b() -> None:
        try:
            with fresh_db.transaction() as tx:
                move_unit(tx, ROBOT, MoveUnit(uid("B"), uid("Y")))
            outcome.append("done")
        except Problem as refused:
            outcome.append(refused.code)

    rival = threading.Thread(target=move_b)
    with fresh_db.transaction() as tx:
        move_unit(tx, ROBOT, MoveUnit(uid("A"), uid("X")))
        rival.start()
        rival.join(timeout=0.5)  # long enough to finish, were it not waiting
    rival.join()
    assert outcome == ["network.own_descendant"]
    with fresh_db.transaction() as tx:
        check_tree(tx)


def test_history_cannot_be_rewritten(fresh_db: Database) -> None:
    with fresh_db.transaction() as tx:
        load(tx)
        rename_unit(tx, ROBOT, RenameUnit(uid("S1"), "x"))
    for sql in ("update network.unit_past set name = 'y'", "delete from network.unit_past", "delete from network.unit"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), fresh_db.transaction() as tx:
            tx.conn.execute(sql)  # pyright: ignore[reportArgumentType]


def test_all_of_shanghai(tx: Tx) -> None:
    pack = Path(__file__).parents[2] / "packs" / "shanghai" / "units.csv"
    if not pack.exists():
        pytest.skip("packs/shanghai/units.csv is not there yet")
    start = time.perf_counter()
    text = pack.read_text("utf-8")
    done = load(tx, text)
    print(f"all of Shanghai in {time.perf_counter() - start:.2f} s")
    assert done.added == 1 + 16 + 234 + 6509
    check_tree(tx)
    counts = dict(tx.conn.execute("select level, count(*) from network.unit group by level").fetchall())
    assert counts == {1: 1, 2: 16, 3: 234, 4: 6509}
    assert tx.conn.execute("select count(*) from network.unit where functional").fetchone() == (19,)
    assert load(tx, text).unchanged == 6760

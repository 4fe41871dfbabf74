"""Every object of the ledger × every operation on it, as the database's superuser: the verification names what and where.

`TABLE` is to be read: object, operation, what is done (SQL), and what the verification must say. The ledger it is done
to: twenty entries under heads of 5, 10, 15 and 20; two rotations of the key (entries 20 and 26); heads of 26 and 32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from yiwang.kit.ids import new_id
from yiwang.ledger.actions_settle import rotate_key
from yiwang.ledger.rules_sign import PrivateKey

from .conftest import Ledger
from .test_verify import fault_of, feed, fill, look, notes

OBJECTS = ("entry", "leaf", "node", "head", "key", "retirement", "origin", "cluster")
OPERATIONS = ("change", "delete", "insert", "reorder", "truncate")
AT_8 = "(subject_id, n) = (select subject_id, n from ledger.leaf where position = 8)"
AT_13 = "(subject_id, n) = (select subject_id, n from ledger.leaf where position = 13)"
FORGED = PrivateKey.make("test/ledger", "ed25519").public
NEWEST = "(select key_id from ledger.key order by at desc limit 1)"
OLDEST = "(select key_id from ledger.key order by at limit 1)"


@dataclass(frozen=True)
class Cell:
    """What is done, and what the fault must be: its code and where it lies."""

    sql: tuple[str, ...]
    code: str
    where: dict[str, Any]


def cell(*sql: str, code: str, **where: Any) -> Cell:
    return Cell(sql, code, where)


TABLE: dict[tuple[str, str], Cell] = {
    ("entry", "change"): cell(f"update ledger.entry set body = '{{}}' where {AT_8}", code="changed", position=8, n=2),
    ("entry", "delete"): cell(f"delete from ledger.entry where {AT_8}", code="deleted", position=8, n=2),
    ("entry", "insert"): cell(
        "insert into ledger.entry select subject_kind, subject_id, n + 99, event, version, actor, post, at, body, prev, hash"
        f" from ledger.entry where {AT_8}", code="changed", position=None, n=101),
    ("entry", "reorder"): cell(
        f"update ledger.entry set n = 1000 where {AT_8}", f"update ledger.entry set n = 2 where {AT_13}",
        "update ledger.entry set n = 3 where n = 1000", code="changed", position=8, n=2),
    ("entry", "truncate"): cell("truncate ledger.entry", code="deleted", position=0, n=1),
    ("leaf", "change"): cell(
        "update ledger.leaf set hash = sha256('') where position = 8", code="changed", position=8, n=2),
    ("leaf", "delete"): cell("delete from ledger.leaf where position = 8", code="deleted", position=8),
    ("leaf", "insert"): cell(
        "insert into ledger.leaf select position + 18, subject_id, 99, hash from ledger.leaf where position = 14",
        code="deleted", position=32, n=99),
    ("leaf", "reorder"): cell(
        "update ledger.leaf set position = 100 where position = 8",
        "update ledger.leaf set position = 8 where position = 9",
        "update ledger.leaf set position = 9 where position = 100", code="node", position=8),
    ("leaf", "truncate"): cell("truncate ledger.leaf", code="truncated", position=0, size=32),
    ("node", "change"): cell(
        "update ledger.node set hash = sha256('') where level = 2 and idx = 3", code="node", position=12),
    ("node", "delete"): cell("delete from ledger.node where level = 1 and idx = 1", code="node", position=2),
    ("node", "insert"): cell("insert into ledger.node values (1, 99, sha256(''))", code="truncated", position=32),
    ("node", "reorder"): cell(
        "update ledger.node a set hash = b.hash from ledger.node b where a.level = 1 and b.level = 1"
        " and (a.idx, b.idx) in ((3, 4), (4, 3))", code="node", position=6),
    ("node", "truncate"): cell("truncate ledger.node", code="node", position=0),
    ("head", "change"): cell("update ledger.head set root = sha256('') where size = 10", code="signature", size=10),
    ("head", "delete"): cell("delete from ledger.head where size = 10", code="head_deleted", size=15),
    ("head", "insert"): cell(
        "insert into ledger.head select size + 2, root, at, previous + 2, key_id, signature from ledger.head"
        " where size = 10", code="signature", size=12),
    ("head", "reorder"): cell(
        "update ledger.head a set signature = b.signature from ledger.head b where (a.size, b.size) in ((10, 15), (15, 10))",
        code="signature", size=10),
    ("head", "truncate"): cell("truncate ledger.head", code="head_deleted", size=20),
    ("key", "change"): cell(f"update ledger.key set public = '{FORGED}' where key_id = {NEWEST}", code="key"),
    ("key", "delete"): cell(f"delete from ledger.key where key_id = {NEWEST}", code="key"),
    ("key", "insert"): cell(
        f"insert into ledger.key values ('{FORGED.key_id}', '{FORGED}', now())", code="key", key_id=FORGED.key_id),
    ("key", "reorder"): cell(f"update ledger.key set at = at - interval '1 day' where key_id = {NEWEST}", code="key"),
    ("key", "truncate"): cell("truncate ledger.key cascade", code="key"),
    ("retirement", "change"): cell("update ledger.retirement set size = size + 1 where size = 20", code="key"),
    ("retirement", "delete"): cell("delete from ledger.retirement where size = 20", code="key"),
    ("retirement", "insert"): cell(
        f"insert into ledger.retirement select {NEWEST}, 'compromised', 5, now(), {OLDEST}, signature"
        " from ledger.retirement where size = 20", code="key"),
    ("retirement", "reorder"): cell(
        "update ledger.retirement a set signature = b.signature from ledger.retirement b where a.size <> b.size", code="key"),
    ("retirement", "truncate"): cell("truncate ledger.retirement", code="key"),
    ("origin", "change"): cell("update ledger.origin set name = 'another'", code="signature", size=5),
    ("origin", "delete"): cell("delete from ledger.origin", code="origin"),
    ("origin", "truncate"): cell("truncate ledger.origin", code="origin"),
    ("cluster", "change"): cell("update ledger.cluster set first_position = 1000", code="cluster"),
    ("cluster", "delete"): cell("delete from ledger.cluster", code="cluster"),
    ("cluster", "insert"): cell(
        "insert into ledger.cluster select 7, system_id, 0, since, at from ledger.cluster", code="cluster"),
    ("cluster", "truncate"): cell("truncate ledger.cluster", code="cluster"),
}  # fmt: skip
CANNOT = {
    ("origin", "insert"): ("insert into ledger.origin values (false, 'x', 'sm3', now())", psycopg.errors.CheckViolation),
    ("origin", "reorder"): ("insert into ledger.origin values (true, 'x', 'sm3', now())", psycopg.errors.UniqueViolation),
    ("cluster", "reorder"): ("update ledger.cluster set number = null", psycopg.errors.NotNullViolation),
}  # fmt: skip
"""What even the superuser cannot do without taking the table itself apart: one row has no order."""


@pytest.fixture
def old(ledger: Ledger) -> Ledger:
    """A ledger that has seen something."""
    fill(ledger)
    subjects = [e.subject_id for e in feed(ledger)[:5]]
    for _ in range(2):
        with ledger.db.transaction() as tx:
            ledger.key = rotate_key(tx, ledger.folder)
        ledger.note(*subjects, text="换钥之后")
        ledger.seal()
    assert [look(ledger).entries, look(ledger).heads] == [32, 6]
    return ledger


def test_the_table_is_whole():
    assert {(o, p) for o in OBJECTS for p in OPERATIONS} == TABLE.keys() | CANNOT.keys()


@pytest.mark.parametrize(("thing", "operation"), TABLE, ids=lambda v: v)
def test_it_is_found_and_named(old: Ledger, thing: str, operation: str):
    done = TABLE[thing, operation]
    assert look(old).ok, "sound before"
    kept = notes(old)
    with old.owner() as conn:
        conn.execute("set session_replication_role = replica")  # foreign keys do not stop a superuser
        for sql in done.sql:
            assert conn.execute(sql.encode()).rowcount != 0, f"touched nothing: {sql}"
    for more in ({}, {"outside": kept}) if thing not in ("head", "origin") else ({},):
        fault = fault_of(old, **more)
        assert fault.code == f"ledger.{done.code}", fault
        assert {k: getattr(fault, k) for k in done.where} == done.where, fault


@pytest.mark.parametrize(("thing", "operation"), CANNOT, ids=lambda v: v)
def test_it_cannot_be_done(old: Ledger, thing: str, operation: str):
    sql, why = CANNOT[thing, operation]
    with pytest.raises(why), old.owner() as conn:
        conn.execute(sql.encode())
    assert look(old).ok


def test_all_heads_gone_before_any_rotation(open_at: Callable[..., Ledger]):
    """Nothing tells of them; but a ledger that has been open for long and bears no head is not called whole."""
    ledger = fill(open_at())
    ledger.tamper("truncate ledger.head")
    assert look(ledger).unsealed == 20
    ledger.tamper("update ledger.key set at = at - interval '2 hours'")
    assert fault_of(ledger).code == "ledger.no_heads"


def test_a_new_entry_at_the_end_is_an_entry_like_any_other(old: Ledger):
    """What no ledger can tell by itself: whoever owns the database can add. It stands at the end, under their hand."""
    old.note(new_id(), text="库主添加")
    assert look(old).ok and look(old).unsettled == 1

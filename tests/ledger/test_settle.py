"""The settled order: nothing missed, nothing twice, whoever commits when; whole transactions; chains in order."""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Problem, Refused
from yiwang.kit.ids import new_id
from yiwang.ledger import actions, queries, rules_merkle
from yiwang.ledger.actions_settle import open_ledger, rotate_key, seal, settle, settle_all
from yiwang.ledger.model import By, Entry, Event
from yiwang.ledger.model_proof import SETTLED, FeedEntry
from yiwang.ledger.rules_settle import Unsettled, put_in_order
from yiwang.ledger.rules_sign import PublicKey, endorsement_text, is_sealed

from .conftest import WHO, Ledger, Noted

H = lambda data: sha256(data).digest()  # noqa: E731


def record(tx: Tx, by: By, event: Event) -> Entry:
    """Written at once: here it matters who writes first."""
    entry = actions.record(tx, by, event)
    _ = tx.conn
    return entry


def feed(ledger: Ledger, after: int = -1) -> list[FeedEntry]:
    with ledger.db.transaction() as tx:
        return queries.read_feed(tx, after, 1_000_000)


def course(ledger: Ledger) -> list[tuple[UUID, int]]:
    return [(e.subject_id, e.n) for e in feed(ledger)]


def check_gapless(entries: list[FeedEntry]) -> None:
    assert [e.position for e in entries] == list(range(len(entries)))
    last: dict[UUID, int] = {}
    for e in entries:
        assert e.n == last.get(e.subject_id, 0) + 1, "no entry before its predecessor"
        last[e.subject_id] = e.n


def naive_root(entries: list[FeedEntry]) -> bytes:
    def mth(d: list[bytes]) -> bytes:
        if len(d) == 1:
            return H(b"\x00" + d[0])
        k = 1 << (len(d) - 1).bit_length() - 1
        return H(b"\x01" + mth(d[:k]) + mth(d[k:]))

    return mth([e.hash for e in entries])


def test_settled_sealed_and_proven(ledger: Ledger, subjects: list[UUID]):
    heads = []
    for i in range(1, 12):
        ledger.note(*subjects[: i % 4 + 1])
        heads.append(ledger.seal())
    entries = feed(ledger)
    check_gapless(entries)
    assert [h.previous for h in heads] == [0, *(h.size for h in heads[:-1])]
    with ledger.db.transaction() as tx:
        origin, keys = queries.get_origin(tx), queries.list_keys(tx)
        public = PublicKey.parse(keys[0].public)
        assert public == ledger.key.public
        for head in heads:
            assert head.root == naive_root(entries[: head.size])
            assert is_sealed(origin, head, public)
            assert queries.get_head(tx, head.size) == head
        for old, new in pairwise(heads):
            path = queries.get_consistency(tx, old.size, new.size)
            assert rules_merkle.is_consistent(H, old.size, new.size, path, old.root, new.root)
        for e in entries:
            proof = queries.get_proof(tx, e.subject_id, e.n)
            leaf = rules_merkle.hash_leaf(H, e.hash)
            assert rules_merkle.is_included(H, e.position, proof.size, leaf, proof.path, heads[-1].root)
        assert queries.list_heads(tx, after=heads[3].size, limit=2) == heads[4:6]
        assert [e.n for e in queries.list_entries(tx, subjects[0])] == list(range(1, 12))
        assert seal(tx, ledger.key) is None, "nothing new, nothing to sign"
    assert settle_all(ledger.db) == 0


def test_what_is_settled_rings_for_whoever_follows(ledger: Ledger, subjects: list[UUID]):
    with psycopg.connect(ledger.db.url, autocommit=True) as ear:
        ear.execute(f"listen {SETTLED}".encode())
        ledger.settle()
        assert not list(ear.notifies(timeout=0.2)), "nothing new, no ring"
        ledger.note(subjects[0])
        ledger.settle()
        assert [n.channel for n in ear.notifies(timeout=5, stop_after=1)] == [SETTLED]


def test_what_is_not_there(ledger: Ledger, subjects: list[UUID]):
    ledger.note(subjects[0])
    with ledger.db.transaction() as tx:
        assert queries.list_entries(tx, subjects[0])[0].position == -1
        assert queries.latest_head(tx) is None
        for ask in (
            lambda: queries.get_proof(tx, subjects[0], 1),
            lambda: queries.get_head(tx, 1),
        ):
            with pytest.raises(NotFound):
                ask()
    ledger.seal()
    ledger.note(subjects[0])
    ledger.settle()
    with ledger.db.transaction() as tx:
        with pytest.raises(NotFound):
            queries.get_proof(tx, subjects[0], 2)  # settled, not sealed
        for old, new in ((0, 1), (2, 1), (1, 3)):
            with pytest.raises(Invalid):
                queries.get_consistency(tx, old, new)


def test_a_slow_writer_is_waited_for(ledger: Ledger, subjects: list[UUID]):
    """It began first and commits last: what others wrote meanwhile stays back, then all comes, once, in its order."""
    slow, fast = subjects[:2]
    with ExitStack() as held:
        tx = held.enter_context(ledger.db.transaction())
        record(tx, WHO, Noted(slow, "first to begin"))
        for _ in range(3):
            ledger.note(fast)
        settle_all(ledger.db)
        assert feed(ledger) == [], "read by `id > last`, these would have gone out and the slow one been lost"
    ledger.settle()
    assert course(ledger) == [(slow, 1), (fast, 1), (fast, 2), (fast, 3)]
    check_gapless(feed(ledger))


@pytest.mark.parametrize("limit", [1, 2, 5_000])
def test_a_writer_that_waited_for_anothers_lock_comes_after_it(ledger: Ledger, subjects: list[UUID], limit: int):
    """Transaction ids are given out at the first write; A has the smaller one, but appends to `shared` after B and C."""
    shared, own, other, early = subjects
    with ExitStack() as a_open, ExitStack() as b_open:
        a = a_open.enter_context(ledger.db.transaction())
        record(a, WHO, Noted(own, "A begins"))
        b = b_open.enter_context(ledger.db.transaction())
        record(b, WHO, Noted(other, "B begins"))
        ledger.note(shared, early, text="C")
        record(b, WHO, Noted(shared, "B after C"))
        b_open.close()
        record(a, WHO, Noted(shared, "A after B"))
        a_open.close()
    ledger.settle(limit)
    check_gapless(feed(ledger))
    found = course(ledger)
    assert [set(found[0:2]), set(found[2:4]), set(found[4:6])] == [
        {(shared, 1), (early, 1)},
        {(other, 1), (shared, 2)},
        {(own, 1), (shared, 3)},
    ]


def test_what_is_followed_is_fetched_from_beyond_an_open_transaction(ledger: Ledger, subjects: list[UUID]):
    """A begins, then C, then B; B appends to `shared` and commits, A after it; C, whose id is between theirs, stays open."""
    shared, own, still_open, _ = subjects
    with ExitStack() as a_open, ExitStack() as c_open:
        a = a_open.enter_context(ledger.db.transaction())
        record(a, WHO, Noted(own, "A begins"))
        c = c_open.enter_context(ledger.db.transaction())
        record(c, WHO, Noted(still_open, "C begins"))
        ledger.note(shared, text="B")
        record(a, WHO, Noted(shared, "A after B"))
        a_open.close()
        ledger.settle()
        assert course(ledger)[0] == (shared, 1)
        assert set(course(ledger)[1:]) == {(own, 1), (shared, 2)}
        ledger.note(shared, text="D")
    ledger.settle()
    assert course(ledger)[3:] == [(still_open, 1), (shared, 3)]
    check_gapless(feed(ledger))


def test_a_transaction_stays_whole_however_small_the_chunk(ledger: Ledger):
    groups = [[new_id() for _ in range(size)] for size in (3, 1, 4, 2)]
    for group in groups:
        ledger.note(*group)
    with ledger.db.transaction() as tx:
        assert settle(tx, 2) == (0, True)  # marks the cluster
    seen: list[int] = []
    while sum(seen) < 10:
        with ledger.db.transaction() as tx:
            seen.append(settle(tx, 2)[0])
    assert [s for s in seen if s] == [3, 1, 4, 2]
    assert [sorted(g) for g in groups] == [
        sorted(s for s, _ in course(ledger)[a:b]) for a, b in ((0, 3), (3, 4), (4, 8), (8, 10))
    ]


def test_two_settlers_do_not_meet(ledger: Ledger, subjects: list[UUID]):
    ledger.note(*subjects)
    ledger.settle()
    ledger.note(*subjects)
    with ledger.db.transaction() as first:
        settle(first)
        with ledger.db.transaction() as second:
            assert settle(second) == (0, False)
    ledger.settle()
    check_gapless(feed(ledger))


def test_four_writers_and_a_reader(ledger: Ledger):
    """Random transactions on random subjects, some slow, some rolled back; a reader follows by position all the while."""
    subjects, stop = [new_id() for _ in range(12)], threading.Event()
    written: list[tuple[UUID, int]] = []
    faults: list[BaseException] = []

    def write(seed: int) -> None:
        dice = random.Random(seed)
        while not stop.is_set():
            mine: list[tuple[UUID, int]] = []
            try:
                with ledger.db.transaction() as tx:
                    for subject in sorted(dice.sample(subjects, dice.choice([1, 1, 2, 3]))):
                        lock = subject.int & (1 << 62) - 1  # stands for the subject's row lock
                        tx.conn.execute("select pg_advisory_xact_lock(%s)", [lock])
                        count, event = dice.choice([1, 1, 3]), Noted(subject, str(seed))
                        mine += [(subject, record(tx, WHO, event).n) for _ in range(count)]
                        if dice.random() < 0.2:
                            time.sleep(dice.random() / 50)
                    if dice.random() < 0.1:
                        raise KeyboardInterrupt  # rolled back
                written.extend(mine)
            except KeyboardInterrupt:
                pass
            except BaseException as fault:
                faults.append(fault)
                return

    def keep_settling() -> None:
        dice = random.Random(0)
        while not stop.is_set():
            try:
                with ledger.db.transaction() as tx:
                    settle(tx, dice.choice([3, 20, 5_000]))
            except BaseException as fault:
                faults.append(fault)
                return

    threads = [threading.Thread(target=write, args=[i]) for i in range(4)]
    threads += [threading.Thread(target=keep_settling) for _ in range(2)]
    for thread in threads:
        thread.start()
    read: list[FeedEntry] = []
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        read += feed(ledger, read[-1].position if read else -1)
        time.sleep(0.005)
    stop.set()
    for thread in threads:
        thread.join()
    ledger.settle()
    read += feed(ledger, read[-1].position if read else -1)
    assert not faults
    assert len(written) > 100
    check_gapless(read)
    assert sorted((e.subject_id, e.n) for e in read) == sorted(written)
    ledger.seal()


# --- another cluster: transaction ids mean nothing there --------------------------------------------------------------
def move_away(ledger: Ledger) -> None:
    """As if the data had been restored here from another cluster."""
    ledger.tamper("update ledger.cluster set system_id = 1")


def test_after_a_restore_where_ids_were_larger(ledger: Ledger, subjects: list[UUID]):
    ledger.note(*subjects)
    ledger.settle()
    ledger.note(*subjects)  # not settled when the copy was taken
    ledger.tamper("update ledger.entry set tx = (tx::text::bigint + 1000000)::text::xid8")
    move_away(ledger)
    ledger.note(*subjects)  # the new cluster's own
    ledger.settle(3)
    check_gapless(feed(ledger))
    assert len(feed(ledger)) == 12
    ledger.note(*subjects)
    ledger.settle()
    assert len(feed(ledger)) == 16
    check_gapless(feed(ledger))


def test_after_a_restore_when_the_ids_catch_up(ledger: Ledger, subjects: list[UUID]):
    """The new cluster's ids run through those of the old one: what was settled is not settled twice."""
    ledger.note(*subjects)
    ledger.settle()
    ledger.note(*subjects)
    ledger.tamper("update ledger.entry set tx = (tx::text::bigint + 20 + n)::text::xid8")
    move_away(ledger)
    for _ in range(15):
        ledger.note(subjects[0])
        ledger.note(*subjects)
        ledger.settle(2)
        check_gapless(feed(ledger))
    assert len(feed(ledger)) == 8 + 15 * 5


def test_after_a_restore_where_ids_were_smaller(ledger: Ledger, subjects: list[UUID]):
    ledger.note(*subjects)
    ledger.settle()
    ledger.note(*subjects)
    ledger.tamper("update ledger.entry set tx = '5'")
    move_away(ledger)
    ledger.settle()
    assert len(feed(ledger)) == 8
    check_gapless(feed(ledger))


def test_after_a_restore_of_what_was_never_settled(ledger: Ledger, subjects: list[UUID]):
    ledger.note(*subjects)
    ledger.note(*subjects)
    ledger.tamper("update ledger.entry set tx = (tx::text::bigint + 1000000)::text::xid8")
    ledger.settle(3)
    assert len(feed(ledger)) == 8
    check_gapless(feed(ledger))


ROWS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 4)), max_size=30)


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_order_is_kept_whatever_the_ids(writes: list[tuple[int, int]]):
    """`writes` in their true order; ids as wild as only a mix of clusters has them."""
    ids, counts, rows = [UUID(int=i) for i in range(5)], [0] * 5, []
    for number, s in writes:
        counts[s] += 1
        rows.append(Unsettled(number, ids[s], counts[s], bytes(32), counts[s] > 1))
    order = put_in_order(rows)
    assert sorted(order, key=repr) == sorted(rows, key=repr)
    place = {(r.subject_id, r.n): i for i, r in enumerate(order)}
    assert all(place.get((s, n - 1), -1) < i for (s, n), i in place.items())


# --- keys and settings ------------------------------------------------------------------------------------------------
def test_keys_live_in_the_folder_and_rotate(ledger: Ledger, subjects: list[UUID]):
    ledger.note(subjects[0])
    first = ledger.seal()
    with ledger.db.transaction() as tx:
        assert open_ledger(tx, ledger.folder, name="ignored-later") == ledger.key
        second = rotate_key(tx, ledger.folder, "ed25519")
        third = open_ledger(tx, ledger.folder, signature="sm2")
        assert (third.algorithm, third.name) == ("sm2", "test/ledger")
    files = sorted(ledger.folder.iterdir())
    assert len(files) == 3
    assert {f.stat().st_mode & 0o777 for f in files} == {0o600}
    with ledger.db.transaction() as tx:
        rows = {r.key_id: r for r in queries.list_keys(tx)}
        assert rows[ledger.key.public.key_id].endorsed_by is None
        for new, old in ((second, ledger.key), (third, second)):
            row = rows[new.public.key_id]
            assert row.endorsed_by == old.public.key_id
            assert row.endorsement and old.public.is_signed(endorsement_text(new.public), row.endorsement)
        assert not any(key.seed.hex() in repr(rows) for key in (ledger.key, second, third))
    ledger.key, old = third, ledger.key
    ledger.note(subjects[0])
    head = ledger.seal()
    with ledger.db.transaction() as tx:
        origin = queries.get_origin(tx)
    assert is_sealed(origin, head, third.public)
    assert is_sealed(origin, first, old.public)


def test_settings_that_cannot_be(ledger: Ledger):
    for bad, kind in (
        ({"hash": "md5"}, Invalid),
        ({"signature": "rsa"}, Invalid),
        ({"name": "a b"}, Invalid),
        ({"hash": "sm3"}, Refused),
    ):
        with pytest.raises(kind) as told, ledger.db.transaction() as tx:
            open_ledger(tx, ledger.folder, **bad)
        assert isinstance(told.value, Problem)
        assert told.value.zh
        assert told.value.en

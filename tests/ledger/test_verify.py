"""However the ledger is tampered with, by its owner himself, the verification says so and says where."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.ledger import queries
from yiwang.ledger.actions_settle import rotate_key
from yiwang.ledger.actions_verify import verify
from yiwang.ledger.model_proof import Fault, FeedEntry, Verified
from yiwang.ledger.rules import DIGESTS, entry_text
from yiwang.ledger.rules_merkle import append, hash_leaf
from yiwang.ledger.rules_sign import PrivateKey, head_text, write_note

from .conftest import Ledger


def look(ledger: Ledger, chunk: int = 7, **kw) -> Verified:
    with ledger.db.transaction() as tx:
        return verify(tx, chunk=chunk, **kw)


def fault_of(ledger: Ledger, **kw) -> Fault:
    found = look(ledger, **kw)
    assert not found.ok
    assert found.fault
    assert found.fault.zh
    assert found.fault.en
    return found.fault


def feed(ledger: Ledger) -> list[FeedEntry]:
    with ledger.db.transaction() as tx:
        return queries.read_feed(tx, -1)


def notes(ledger: Ledger) -> str:
    with ledger.db.transaction() as tx:
        origin = queries.get_origin(tx)
        return "\n".join(write_note(origin, h) for h in queries.list_heads(tx))


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    return fill(ledger)


def fill(ledger: Ledger) -> Ledger:
    """Five subjects, 4 heads, 20 entries sealed; position p is n = p // 5 + 1 of subject p % 5 (in id order)."""
    subjects = [new_id() for _ in range(5)]
    for i in range(4):
        ledger.note(*subjects, text=f"第 {i} 次")
        ledger.seal()
    return ledger


def rewrite(ledger: Ledger, position: int, *, leaves: bool = False, tree: bool = False) -> list[FeedEntry]:
    """What a skilful owner would do: change a body and make every later entry of that chain fit again; then, if asked,
    the settled hashes, then the whole tree. Returns the entries touched."""
    h, entries = DIGESTS["sha256"], feed(ledger)
    target, prev, touched = entries[position], None, []
    with ledger.owner() as conn:
        for e in entries:
            if e.subject_id != target.subject_id or e.n < target.n:
                continue
            body = '{"text":"无事"}' if e is target else e.body
            prev = e.prev if prev is None else prev
            args = (e.subject_kind, e.subject_id, e.n, e.event, e.version, e.actor, e.post, e.at, body, prev)
            digest = h(entry_text(*args))
            conn.execute(
                "update ledger.entry set body = %s, prev = %s, hash = %s where subject_id = %s and n = %s",
                [body, prev, digest, e.subject_id, e.n],
            )
            if leaves or tree:
                conn.execute("update ledger.leaf set hash = %s where position = %s", [digest, e.position])
            prev = digest
            touched.append(e)
        if tree:
            rebuild_tree(ledger)
    return touched


def rebuild_tree(ledger: Ledger) -> bytes:
    with ledger.owner() as conn:
        hashes = [d for (d,) in conn.execute("select hash from ledger.leaf order by position")]
        h = DIGESTS["sha256"]
        edge, nodes = append(h, 0, [], [hash_leaf(h, d) for d in hashes])
        conn.execute("delete from ledger.node")
        conn.cursor().executemany("insert into ledger.node values (%s, %s, %s)", nodes)
    return edge[0]


@pytest.mark.parametrize("hash", DIGESTS)
@pytest.mark.parametrize("signature", ["ed25519", "sm2"])
def test_an_honest_ledger(open_at: Callable[..., Ledger], hash: str, signature: str):
    ledger = open_at(hash, signature)
    assert look(ledger) == Verified(0, 0, ok=True)
    fill(ledger)
    ledger.note(new_id())
    found = look(ledger)
    assert found == Verified(20, 4, ok=True, unsettled=1, unsealed=0)
    ledger.settle()
    assert look(ledger, chunk=20_000) == Verified(21, 4, ok=True, unsettled=0, unsealed=1)
    assert look(ledger, outside=notes(ledger), trusted=[ledger.key.public]).ok
    steps: list[tuple[int, int]] = []
    look(ledger, progress=lambda *at: steps.append(at))
    assert steps == [(7, 21), (14, 21), (21, 21)]


def test_a_ledger_never_opened(fresh_db):
    with fresh_db.transaction() as tx:
        assert verify(tx) == Verified(0, 0, ok=True)


FIELDS = {
    "body": "'{}'",
    "event": "'test.denied'",
    "version": "2",
    "actor": "'00000000-0000-0000-0000-000000000000'",
    "post": "'auditor'",
    "at": "at + interval '1 microsecond'",
    "subject_kind": "'lift'",
    "prev": "decode(repeat('00', 32), 'hex')",
    "hash": "decode(repeat('00', 32), 'hex')",
}


def test_a_changed_field(full: Ledger):
    e = feed(full)[8]
    this = f"e.subject_id = '{e.subject_id}' and e.n = {e.n}"
    full.tamper("create table public.kept as select * from ledger.entry")
    for field, value in FIELDS.items():
        full.tamper(f"update ledger.entry e set {field} = {value} where {this}")
        fault = fault_of(full)
        assert (fault.code, fault.position, fault.subject_id, fault.n) == ("ledger.changed", 8, e.subject_id, e.n), (
            field
        )
        full.tamper(
            f"update ledger.entry e set {field} = k.{field} from public.kept k"
            f" where {this} and k.subject_id = e.subject_id and k.n = e.n"
        )
        assert look(full).ok


def test_an_entry_rewritten_with_its_hash(full: Ledger):
    touched = rewrite(full, 8)
    assert len(touched) == 3, "and with it all that follows in its chain"
    fault = fault_of(full)
    assert (fault.code, fault.position, fault.n) == ("ledger.changed", 8, 2)


def test_an_entry_rewritten_with_its_settled_hash(full: Ledger):
    rewrite(full, 8, leaves=True)
    fault = fault_of(full)
    assert (fault.code, fault.position) == ("ledger.node", 8)


def test_everything_rewritten_but_the_signed_heads(full: Ledger):
    rewrite(full, 8, tree=True)
    fault = fault_of(full)
    assert (fault.code, fault.position, fault.size) == ("ledger.root", 5, 10)


def test_heads_signed_anew_by_another_key(full: Ledger):
    """Whoever owns the database can put in a key of their own; nobody endorses it, and outsiders know the right one."""
    rewrite(full, 8, tree=True)
    forged = PrivateKey.make("test/ledger", "ed25519")
    with full.owner() as conn, full.db.transaction() as tx:
        origin, heads = queries.get_origin(tx), queries.list_heads(tx)
        conn.execute(
            "insert into ledger.key (key_id, public, at) values (%s, %s, now())",
            [forged.public.key_id, str(forged.public)],
        )
        root = rebuild_tree(full)
        for head in heads[1:]:
            signature = forged.sign(head_text(origin, head.size, root, head.at, head.previous))
            conn.execute(
                "update ledger.head set signature = %s, key_id = %s where size = %s",
                [signature, forged.public.key_id, head.size],
            )
    fault = fault_of(full)
    assert (fault.code, fault.key_id) == ("ledger.key", forged.public.key_id)
    assert fault_of(full, trusted=[full.key.public]).code in {"ledger.root", "ledger.signature", "ledger.key_unknown"}
    full.tamper(f"update ledger.head set key_id = '{forged.public.key_id}'", "delete from ledger.key where at < now() - interval '0 s' and endorsed_by is null and key_id <> '" + forged.public.key_id + "'")  # fmt: skip
    assert not look(full, trusted=[full.key.public]).ok


@pytest.mark.parametrize("position", [0, 8, 13])
def test_a_deleted_entry(full: Ledger, position: int):
    e = feed(full)[position]
    full.tamper(f"delete from ledger.entry where subject_id = '{e.subject_id}' and n = {e.n}")
    fault = fault_of(full)
    assert (fault.code, fault.position, fault.subject_id, fault.n) == ("ledger.deleted", position, e.subject_id, e.n)


@pytest.mark.parametrize("position", [0, 6, 7, 13])
def test_a_deleted_position(full: Ledger, position: int):
    full.tamper(f"delete from ledger.leaf where position = {position}")
    fault = fault_of(full)
    assert (fault.code, fault.position) == ("ledger.deleted", position)


def test_an_entry_deleted_and_the_gap_closed(full: Ledger):
    e = feed(full)[8]
    full.tamper(
        f"delete from ledger.entry where subject_id = '{e.subject_id}' and n = {e.n}",
        "delete from ledger.leaf where position = 8",
        "update ledger.leaf set position = position + 100 where position > 8",
        "update ledger.leaf set position = position - 101 where position > 8",
    )
    rebuild_tree(full)
    fault = fault_of(full)
    assert (fault.code, fault.position, fault.size) == ("ledger.root", 5, 10)


@pytest.mark.parametrize("heads", [True, False])
def test_the_tail_cut_off(full: Ledger, heads: bool):
    kept = notes(full)
    full.tamper(
        "delete from ledger.entry e using ledger.leaf l where l.position >= 15"
        " and e.subject_id = l.subject_id and e.n = l.n",
        "delete from ledger.leaf where position >= 15",
    )
    if heads:  # with its heads: without the nodes only those kept outside can tell
        full.tamper("delete from ledger.head where size > 15")
        assert fault_of(full).code == "ledger.truncated"
        rebuild_tree(full)
        assert look(full).ok
    fault = fault_of(full, outside=kept)
    assert (fault.code, fault.position, fault.size) == ("ledger.truncated", 15, 20)
    if not heads:
        assert fault_of(full) == fault


def test_two_positions_swapped(full: Ledger):
    full.tamper(
        "update ledger.leaf set position = 100 where position = 11",
        "update ledger.leaf set position = 11 where position = 13",
        "update ledger.leaf set position = 13 where position = 100",
    )
    fault = fault_of(full)
    assert fault.code == "ledger.node"
    assert fault.position == 10
    rebuild_tree(full)
    fault = fault_of(full)
    assert (fault.code, fault.position) == ("ledger.root", 10)


def test_an_entry_put_before_the_one_it_follows(ledger: Ledger):
    """Not under any head yet, so only the order itself can tell."""
    subject = new_id()
    for _ in range(3):
        ledger.note(subject)
    ledger.settle()
    ledger.tamper(
        "update ledger.leaf set position = 100 where position = 1",
        "update ledger.leaf set position = 1 where position = 2",
        "update ledger.leaf set position = 2 where position = 100",
    )
    rebuild_tree(ledger)
    fault = fault_of(ledger)
    assert (fault.code, fault.position, fault.n) == ("ledger.reordered", 1, 3)


@pytest.mark.parametrize("in_chain", [True, False])
def test_an_inserted_entry(full: Ledger, in_chain: bool):
    """A forged entry with a right hash, slipped in at position 8 with the tree made anew."""
    e = feed(full)[8]
    subject = e.subject_id if in_chain else new_id()
    n, prev = (e.n, e.prev) if in_chain else (1, bytes(32))
    args = (e.subject_kind, subject, n, e.event, e.version, e.actor, e.post, e.at, '{"text":"假"}', prev)
    with full.owner() as conn:
        if in_chain:
            for n_ in (4, 3, 2):
                conn.execute("update ledger.entry set n = n + 1 where subject_id = %s and n = %s", [subject, n_])
                conn.execute("update ledger.leaf set n = n + 1 where subject_id = %s and n = %s", [subject, n_])
        digest = DIGESTS["sha256"](entry_text(*args))
        conn.execute("insert into ledger.entry values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", [*args, digest])
        conn.execute("update ledger.leaf set position = position + 100 where position >= 8")
        conn.execute("update ledger.leaf set position = position - 99 where position >= 100")
        conn.execute("insert into ledger.leaf values (8, %s, %s, %s)", [subject, n, digest])
    rebuild_tree(full)
    fault = fault_of(full)
    if in_chain:
        assert (fault.code, fault.position, fault.n) == ("ledger.changed", 9, 3)
    else:
        assert (fault.code, fault.position, fault.size) == ("ledger.root", 5, 10)


def test_a_chain_whose_predecessor_is_not_its_own(full: Ledger):
    entries = feed(full)
    e, other = entries[8], entries[2]
    args = (e.subject_kind, e.subject_id, e.n, e.event, e.version, e.actor, e.post, e.at, e.body, other.hash)
    digest = DIGESTS["sha256"](entry_text(*args))
    with full.owner() as conn:
        conn.execute(
            "update ledger.entry set prev = %s, hash = %s where subject_id = %s and n = %s",
            [other.hash, digest, e.subject_id, e.n],
        )
        conn.execute("update ledger.leaf set hash = %s where position = 8", [digest])
    rebuild_tree(full)
    fault = fault_of(full)
    assert (fault.code, fault.position) == ("ledger.broken", 8)


@pytest.mark.parametrize(
    ("sql", "code", "size"),
    [
        ("update ledger.head set signature = decode(repeat('11', 64), 'hex') where size = 10", "ledger.signature", 10),
        ("update ledger.head a set signature = b.signature from ledger.head b where a.size = 10 and b.size = 15",
         "ledger.signature", 10),
        ("update ledger.head set at = at - interval '1 day' where size = 15", "ledger.signature", 15),
        ("update ledger.head set root = decode(repeat('11', 32), 'hex') where size = 15", "ledger.signature", 15),
        ("update ledger.head set size = 14 where size = 15", "ledger.signature", 14),
        ("update ledger.origin set name = 'another'", "ledger.signature", 5),
        ("delete from ledger.head where size = 10", "ledger.head_deleted", 15),
        ("delete from ledger.head where size = 5", "ledger.head_deleted", 10),
    ],
)  # fmt: skip
def test_heads_tampered_with(full: Ledger, sql: str, code: str, size: int):
    full.tamper(sql)
    fault = fault_of(full)
    assert (fault.code, fault.size) == (code, size)


def test_the_last_head_dropped_is_known_outside(full: Ledger):
    kept = notes(full)
    full.tamper("delete from ledger.head where size = 20")
    assert look(full).unsealed == 5
    assert look(full, outside=kept).ok, "all that it signed is still there"
    rewrite(full, 17, tree=True)
    assert look(full).ok, "not sealed here any more"
    fault = fault_of(full, outside=kept)
    assert (fault.code, fault.position, fault.size) == ("ledger.root", 15, 20)


def test_nodes_tampered_with(full: Ledger):
    full.tamper("update ledger.node set hash = decode(repeat('11', 32), 'hex') where level = 2 and idx = 3")
    assert (fault_of(full).code, fault_of(full).position) == ("ledger.node", 12)
    full.tamper("delete from ledger.node where level = 1 and idx = 1")
    assert (fault_of(full).code, fault_of(full).position) == ("ledger.node", 2)
    rebuild_tree(full)
    assert look(full).ok
    full.tamper("insert into ledger.node values (1, 10, decode(repeat('11', 32), 'hex'))")
    assert fault_of(full).code == "ledger.truncated"


@pytest.mark.parametrize(("sql", "code"), [("body = '{}'", "ledger.changed"), ("prev = hash", "ledger.changed")])
def test_what_is_not_settled_yet_is_looked_at_too(full: Ledger, subjects: list[UUID], sql: str, code: str):
    full.note(subjects[0])
    full.tamper(f"update ledger.entry set {sql} where subject_id = '{subjects[0]}'")
    fault = fault_of(full)
    assert (fault.code, fault.position, fault.subject_id) == (code, None, subjects[0])


def test_an_unsettled_entry_whose_predecessor_is_gone(full: Ledger, subjects: list[UUID]):
    full.note(subjects[0])
    full.note(subjects[0])
    full.tamper(f"delete from ledger.entry where subject_id = '{subjects[0]}' and n = 1")
    assert fault_of(full).code == "ledger.broken"


def test_keys_tampered_with(full: Ledger, subjects: list[UUID]):
    with full.db.transaction() as tx:
        full.key = rotate_key(tx, full.folder, "ed25519")
    full.note(*subjects)
    full.seal()
    assert look(full).ok
    assert look(full, trusted=[full.key.public]).ok
    for sql in (
        "update ledger.key set endorsement = decode(repeat('11', 64), 'hex') where endorsed_by is not null",
        "update ledger.key set endorsed_by = null, endorsement = null where endorsed_by is not null",
    ):
        full.tamper(sql)
        assert fault_of(full).code == "ledger.key"
        assert look(full, trusted=[full.key.public]).ok, "it is named from outside, and the latest head is its own"
    full.tamper(f"update ledger.key set public = '{PrivateKey.make('x', 'ed25519').public}' where endorsed_by is null")
    assert fault_of(full).code == "ledger.key"


def test_heads_from_outside_that_are_no_such_thing(full: Ledger):
    kept = notes(full)
    with pytest.raises(Invalid):
        look(full, outside=kept + "\nhalf a head\n")
    for bad in (kept.replace("test/ledger", "other/ledger"), kept.replace("\n5\n", "\n6\n", 1), "— nothing\n"):
        assert fault_of(full, outside=bad).code == "ledger.outside"

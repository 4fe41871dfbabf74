"""Rows changed behind the ledger's back, and photos in the store: the verification names the case and what is not so."""

from __future__ import annotations

import obstore
import pytest

from world import Play
from yiwang.cases.queries_told import walk_lies, walk_photo_faults

LIES = {
    # what a liar with the superuser's rights does to the rows of one case → what must be named
    "step": ("update cases.case set step = 'closed', closed_at = now()", {"step", "closed_at"}),
    "reported_at": ("update cases.case set reported_at = reported_at - interval '1 day'", {"reported_at"}),
    "handled_at": ("update cases.case set handled_at = handled_at - interval '1 day'", {"handled_at"}),
    "due_at": ("update cases.case set due_at = due_at + interval '1 day'", {"due_at"}),
    "step_due_at": ("update cases.case set step_due_at = null", {"step_due_at"}),
    "bounces": ("update cases.case set bounces = 0, reworks = reworks + 1", {"reworks"}),
    "exempt": ("update cases.case set exempt = true", {"exempt"}),
    "number": ("update cases.case set number = 'X'", {"number"}),
    "place": ("update cases.case set lon = lon + 0.01", {"lon"}),
    "matter": ("update cases.case set matter_code = '06011'", {"matter"}),
    "reporter": ("update cases.case set reporter_id = gen_random_uuid()", {"reporter_id"}),
    "description": ("update cases.case set description = '无事'", {"description", "words"}),
    "lead": ("update cases.case set lead_unit_id = area_id", {"lead_unit_id"}),
    "owed": ("update cases.case set owed = '{file}'", {"owed"}),
    "order_state": ("update cases.orders set state = 'recalled'", {"order state"}),
    "order_handler": ("update cases.orders set handler_id = gen_random_uuid()", {"order handler_id"}),
    "order_unit": ("update cases.orders set unit_id = (select area_id from cases.case c where c.id = case_id)", {"order unit_id"}),
    "order_done": ("update cases.orders set done_at = done_at - interval '1 day'", {"order done_at"}),
    "order_due": ("update cases.orders set due_at = due_at + interval '1 day'", {"order due_at"}),
    "order_result": ("update cases.orders set result = '没有'", {"order result"}),
    "order_gone": ("delete from cases.orders", {"order"}),
    "order_new": ("insert into cases.orders (case_id, id, unit_id, lead, turn, state) select case_id, gen_random_uuid(), unit_id,"
                  " false, 1, 'done' from cases.orders", {"order"}),
    "words": ("update cases.words set text = '看都没看'", {"words"}),
    "words_gone": ("delete from cases.words", {"words"}),
    "photo_gone": ("delete from cases.evidence", {"photo"}),
    "photo_other": ("update cases.evidence set case_id = case_id, sha256 = (select sha256 from kit.file f where not exists"
                    " (select from cases.evidence e where e.sha256 = f.sha256) limit 1) where kind = 'handled'", {"photo"}),
}  # fmt: skip


def kinds(play: Play) -> set[str]:
    words = [lie.what.split() for lie in walk_lies(play.tx)]
    return {" ".join([w[0], *w[2:]]) if w[0] == "order" else " ".join(w) for w in words}


@pytest.mark.parametrize("lie", LIES)
def test_a_row_changed_behind_the_ledgers_back_is_named(play: Play, lie: str):
    case = play.verify(play.handled())
    play.photo("cheng.gang", "handled")  # type: ignore[arg-type]
    assert kinds(play) == set()
    sql, due = LIES[lie]
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute("reset role")
        play.tx.conn.execute("set local role none")
        play.tx.conn.execute("set local session_replication_role = replica")
        assert play.tx.conn.execute(sql.encode()).rowcount
        found = list(walk_lies(play.tx, case.id))
        assert found and all(case.id == f.case_id and f.zh and f.en for f in found)
        assert due <= kinds(play), [f.en for f in found]


def test_an_entry_without_its_deed_is_named(play: Play):
    """The other way round: an entry put in at the end, whose act never happened."""
    case = play.handled()
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute(
            "insert into ledger.entry select subject_kind, subject_id, n + 1, 'case.closed', 1, actor, post, at,"
            ' \'{"text_digest":"","on_time":true,"told":0}\', hash, sha256(\'\') from ledger.entry where subject_id = %s'
            " order by n desc limit 1",
            [case.id],
        )
        assert {"step", "closed_at"} <= kinds(play)


def test_voice_notes_in_the_store(play: Play):
    sha = play.voice("wang.lei")
    case = play.report("wang.lei", voice=sha)
    assert list(walk_photo_faults(play.tx, play.photos)) == []
    obstore.put(play.photos, f"{sha[:2]}/{sha}", b"another voice")
    (found,) = walk_photo_faults(play.tx, play.photos)
    assert (found.case_id, found.what, found.told) == (case.id, "voice bytes", sha)


def test_photos_in_the_store(play: Play):
    case = play.handled()
    shas = [s for (s,) in play.tx.conn.execute("select sha256 from cases.evidence where case_id = %s", [case.id])]
    assert not list(walk_photo_faults(play.tx, play.photos))
    sha = shas[0]
    path = f"{sha[:2]}/{sha}"
    whole = bytes(obstore.get(play.photos, path).bytes())
    for done in ("altered", "swapped", "gone"):
        if done == "altered":
            obstore.put(play.photos, path, whole[:-1] + b"x")
        elif done == "swapped":
            play.photo("cheng.gang", "handled")  # type: ignore[arg-type]
            other = next(o["path"] for batch in obstore.list(play.photos) for o in batch if o["path"] != path)
            obstore.put(play.photos, path, bytes(obstore.get(play.photos, other).bytes()))
        else:
            obstore.delete(play.photos, path)
        (found,) = walk_photo_faults(play.tx, play.photos)
        assert (found.case_id, found.number, found.told) == (case.id, case.number, sha), done
        assert case.number in found.zh and sha in found.en
    obstore.put(play.photos, path, whole)

"""Erasing leaves every proof whole: nothing of what was erased is anywhere, and the ledger, cases, photos and receipts hold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import obstore
import psycopg
import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from psycopg import sql

import world
from invariants import broken
from world import Play
from yiwang import app, wiring
from yiwang.cases import actions_contact, actions_erase, actions_talk
from yiwang.cases.actions_dispatch import finish_order
from yiwang.cases.actions_verify import close_case
from yiwang.cases.model import Case, Channel, PhotoKind
from yiwang.cases.model_commands import CloseCase, CommentCase, Contact, FinishOrder, PhotoUse, SuperviseCase
from yiwang.cases.model_erase import ErasePhoto, EraseWords
from yiwang.cases.queries_told import list_erased_photos, walk_lies, walk_photo_faults
from yiwang.kit import files
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import NotFound
from yiwang.kit.ids import new_id
from yiwang.ledger.actions_receipt import make_receipt
from yiwang.ledger.actions_settle import seal
from yiwang.ledger.actions_verify import verify
from yiwang.ledger.queries import list_entries
from yiwang.ledger.rules_receipt import check_receipt
from yiwang.network.actions_session import current_actor
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.settings import Settings
from yiwang.wiring import System

SECRET = "孙某某住在文庙路八号"
WHY = "当事人要求删除"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def dump(conn: psycopg.Connection[Any]) -> str:
    """Every row of every table as text, bytea both as hex and as what it spells."""
    tables = conn.execute(
        "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
        " and table_schema not in ('pg_catalog', 'information_schema')"
    ).fetchall()
    rows = [
        row[0]
        for schema, name in tables
        for row in conn.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(schema, name)))
    ]
    replies = conn.execute("select convert_from(reply, 'UTF8') from kit.command where reply is not null").fetchall()
    return "\n".join([*rows, *(r for (r,) in replies)])


def paths(store: Any) -> set[str]:
    return {o["path"] for batch in obstore.list(store) for o in batch}


def evidence(play: Play, case: Case, kind: str = "handled") -> str:
    row = play.tx.conn.execute(
        "select sha256 from cases.evidence where case_id = %s and kind = %s", [case.id, kind]
    ).fetchone()
    assert row
    return row[0]


def lies(tx: Tx, store: Any) -> list[str]:
    return [lie.en for lie in (*walk_lies(tx), *walk_photo_faults(tx, store))]


# ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_may_erase_and_what(play: Play) -> None:
    case = play.handled()
    sha, operator = evidence(play, case), play.who("zhang.min")
    photo, words = ErasePhoto(case.id, sha, WHY), EraseWords(case.id, case_description(case), WHY)
    for act, cmd in ((actions_erase.erase_photo, photo), (actions_erase.erase_words, words)):
        with play.refused("network.not_your_post"):
            act(play.tx, play.who("chen.jie"), cmd)  # type: ignore[arg-type]
        with play.refused("case.unknown"):
            act(play.tx, play.who("next.door"), cmd)  # type: ignore[arg-type]
        with play.refused("network.second_factor_due"):
            act(play.tx, replace(operator, proven=False), cmd)  # type: ignore[arg-type]
        with play.refused("network.reason_has_number"):
            act(play.tx, operator, replace(cmd, reason="电话 13800001111"))  # type: ignore[arg-type]
    with play.refused("case.photo_unknown"):
        actions_erase.erase_photo(play.tx, operator, replace(photo, sha256="0" * 64))
    with play.refused("case.words_unknown"):
        actions_erase.erase_words(play.tx, operator, replace(words, digest="0" * 64))
    assert not [e for e in play.events(case) if e.endswith("_erased")]


def case_description(case: Case) -> str:
    return digest(case.description)


def test_nobody_puts_away_evidence_of_their_own_work(play: Play) -> None:
    case = play.handled()
    sha, operator = evidence(play, case), play.who("zhang.min")
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute("update cases.orders set handler_id = %s where case_id = %s", [operator.id, case.id])
        with play.refused("case.own_work"):
            actions_erase.erase_photo(play.tx, operator, ErasePhoto(case.id, sha, WHY))


def test_somebody_elses_proof_is_not_erased_by_way_of_ones_own_case(play: Play) -> None:
    """Whoever has the very file could make it evidence of a case of their own too, and erase it there."""
    case = play.handled()
    sha = evidence(play, case)
    data = bytes(obstore.get(play.photos, f"{sha[:2]}/{sha}").bytes())
    files.put_photo(play.tx, play.photos, data, play.who("next.door").id, "Asia/Shanghai")
    own = play.report("next.door", lon=None, lat=None, area_code="310101018", photos=(PhotoUse(sha, PhotoKind.near),))
    erase = ErasePhoto(own.id, sha, WHY)
    with play.refused("case.photo_elsewhere"):
        actions_erase.erase_photo(play.tx, play.who("next.door"), erase)


# ── photos ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def system(world_db: Database, tmp_path: Path) -> Iterator[System]:
    yield wiring.assemble(Settings(data=str(tmp_path)), world_db, world_db.url)


@pytest.fixture
def web(system: System) -> Iterator[TestClient]:
    made = app.create_app(system, with_jobs=False)

    def who(request: Request) -> Any:
        with system.database.transaction() as tx:
            return get_actor_by_login(tx, request.headers["x-as"])

    made.dependency_overrides[current_actor] = who
    with TestClient(made, raise_server_exceptions=False) as client:
        yield client


def acted(system: System, play: Callable[[Play], Any]) -> Any:
    with system.database.transaction() as tx:
        return play(Play(tx, photos=system.store))


def all_hold(system: System, case_id: UUID) -> None:
    """`ledger verify --cases --photos`, the case's receipt, and every invariant."""
    world.settle(system.database)
    with system.database.transaction() as tx:
        seal(tx, system.key)
        assert verify(tx).fault is None
        assert lies(tx, system.store) == []
        assert check_receipt(make_receipt(tx, case_id).encode(), [str(system.key.public)]).ok
        assert broken(tx.conn) == {}


def send(web: TestClient, path: str, body: dict[str, Any], key: UUID | None = None, by: str = "zhang.min") -> Any:
    return web.post(
        f"/api/cases{path}", json=body, headers={"x-as": by} | ({"Idempotency-Key": str(key)} if key else {})
    )


def test_a_photo_erased_is_gone_and_every_proof_holds(system: System, web: TestClient) -> None:
    case = acted(system, lambda p: p.closed())
    with system.database.transaction() as tx:
        sha = evidence(Play(tx), case)
    url, boss = f"/api/photos/{sha}", {"x-as": "zhang.min"}
    for path in (url, f"{url}/thumb"):
        assert web.get(path, headers=boss).status_code == 200
    data = bytes(obstore.get(system.store, f"{sha[:2]}/{sha}").bytes())
    assert len([p for p in paths(system.store) if sha in p]) == 3

    body, key = {"case_id": str(case.id), "sha256": sha, "reason": WHY}, new_id()
    first, again = send(web, "/erase-photo", body, key), send(web, "/erase-photo", body, key)
    assert first.status_code == again.status_code == 200 and first.content == again.content
    assert send(web, "/erase-photo", body).status_code == 200, "erased already: nothing more happens"
    assert [p for p in paths(system.store) if sha in p] == []
    for path in (url, f"{url}/thumb"):
        gone = web.get(path, headers=boss)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "photo.erased")
    assert web.get(url, headers={"x-as": "next.door"}).json()["error"]["code"] == "photo.unknown", "nothing told"

    # the same bytes, uploaded or used once more
    back = web.post("/api/photos", content=data, headers=boss)
    assert (back.status_code, back.json()["error"]["code"]) == (409, "photo.erased_before")
    report = {"id": str(new_id()), "channel": "other", "description": "又一处", "matter_kind": "matter", "matter_code": "06010",
              "lon": world.SPOT[0], "lat": world.SPOT[1], "photos": [{"sha256": sha, "kind": "near"}]}  # fmt: skip
    assert send(web, "", report, by="cheng.gang").json()["error"]["code"] == "photo.erased_before"
    assert send(web, "", report).json()["error"]["code"] == "photo.not_uploaded", (
        "who never had it is told nothing of it"
    )
    assert [p for p in paths(system.store) if sha in p] == []

    all_hold(system, case.id)
    with system.database.transaction() as tx:
        last = list_entries(tx, case.id)[-1]
        assert (
            last.event == "case.photo_erased" and sha in last.body and digest(WHY) in last.body and WHY not in last.body
        )
        (told,) = list_erased_photos(tx)
        assert (told.sha256, told.case_id, told.n, told.at) == (sha, case.id, last.n, last.at)
        assert f"erased by entry {last.n} of case {case.number}" in told.en
        assert sha not in {s for s, _ in files.walk_files(tx)}, "a backup does not miss it"


def test_a_voice_note_erased_is_gone_and_every_proof_holds(system: System, web: TestClient) -> None:
    def spoken(play: Play) -> Case:
        first, condition = play.photo("wang.lei", PhotoKind.near), play.condition()
        return play.report(
            "wang.lei", channel=Channel.patrol, condition_id=condition, photos=(first,), voice=play.voice("wang.lei")
        )

    case = acted(system, spoken)
    with system.database.transaction() as tx:
        sha = evidence(Play(tx), case, "voice")
    url, boss = f"/api/voices/{sha}", {"x-as": "zhang.min"}
    data = web.get(url, headers=boss).content
    assert hashlib.sha256(data).hexdigest() == sha and [p for p in paths(system.store) if sha in p] != []
    body, key = {"case_id": str(case.id), "sha256": sha, "reason": WHY}, new_id()
    first, again = send(web, "/erase-photo", body, key), send(web, "/erase-photo", body, key)
    assert first.status_code == 200 and first.content == again.content
    assert [p for p in paths(system.store) if sha in p] == []
    gone = web.get(url, headers=boss)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "voice.erased")
    assert web.get(url, headers={"x-as": "next.door"}).json()["error"]["code"] == "voice.unknown", "nothing told"
    back = web.post("/api/voices", content=data, headers={"x-as": "wang.lei"})
    assert (back.status_code, back.json()["error"]["code"]) == (409, "voice.erased_before")
    report = {"id": str(new_id()), "channel": "other", "description": "又一处", "matter_kind": "matter", "matter_code": "06010",
              "lon": world.SPOT[0], "lat": world.SPOT[1], "voice": sha}  # fmt: skip
    assert send(web, "", report, by="wang.lei").json()["error"]["code"] == "voice.erased_before"
    all_hold(system, case.id)
    shown = web.get(f"/api/desk/cases/{case.id}", headers=boss).json()
    assert [v["sha256"] for v in shown["voices"]] == [sha], "that there was one stays"
    assert shown["entries"][-1]["zh"].startswith("语音备注") and shown["entries"][-1]["en"].startswith("Voice note")
    with system.database.transaction() as tx:
        (told,) = list_erased_photos(tx)
        assert told.voice and told.zh.startswith("录音") and told.en.startswith("voice note")


def test_a_crash_between_the_act_and_the_store_is_made_good(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    case = acted(system, lambda p: p.handled())
    with system.database.transaction() as tx:
        play = Play(tx)
        sha = evidence(play, case)
        data = bytes(obstore.get(system.store, f"{sha[:2]}/{sha}").bytes())
        actions_erase.erase_photo(tx, play.who("zhang.min"), ErasePhoto(case.id, sha, WHY))
    assert paths(system.store) >= {f"{sha[:2]}/{sha}"}
    with system.database.transaction() as tx:
        (still,) = lies(tx, system.store)
        assert sha in still and "erased" in still, "what is said to be gone and is there is named"
    with monkeypatch.context() as away:
        away.setattr(obstore, "delete", lambda *_: 1 / 0)
        assert files.sweep_erased(system.database, system.store) == 1
    assert paths(system.store) >= {f"{sha[:2]}/{sha}"}
    (sweep,) = [job for job in wiring.jobs(system) if job.name == "erased photos"]
    sweep.work(system.database)
    assert not [p for p in paths(system.store) if sha in p]
    # whoever was just storing or showing it writes it back: for a while it is looked for again
    obstore.put(system.store, f"thumb/{sha[:2]}/{sha}", data)
    sweep.work(system.database)
    assert not [p for p in paths(system.store) if sha in p]
    with psycopg.connect(system.owner_url) as owner:
        owner.execute("update kit.file set erased_at = erased_at - %s where sha256 = %s", [timedelta(hours=1), sha])
    assert [files.sweep_erased(system.database, system.store) for _ in range(2)] == [1, 0], "and then no more"
    all_hold(system, case.id)


def test_marks_and_bytes_that_no_entry_tells_of_are_named(play: Play) -> None:
    case = play.handled()
    sha = evidence(play, case)
    path, mark = f"{sha[:2]}/{sha}", "update kit.file set erased_at = now(), erased_in = %s where sha256 = %s"
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute(mark, [case.id, sha])
        assert [sha in lie and "by no entry" in lie for lie in lies(play.tx, play.photos)] == [True]
    whole = bytes(obstore.get(play.photos, path).bytes())
    obstore.delete(play.photos, path)
    assert len(lies(play.tx, play.photos)) == 1, "gone, and nobody erased it"
    obstore.put(play.photos, path, whole)
    actions_erase.erase_photo(play.tx, play.who("zhang.min"), ErasePhoto(case.id, sha, WHY))
    obstore.delete(play.photos, path)
    assert lies(play.tx, play.photos) == []
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute("update kit.file set erased_at = null where sha256 = %s", [sha])
        obstore.put(play.photos, path, whole)
        assert any(sha in lie and "erased" in lie for lie in lies(play.tx, play.photos)), "brought back behind its back"
        obstore.delete(play.photos, path)
    with play.tx.conn.transaction(force_rollback=True):
        # an entry of another case does not excuse it
        play.tx.conn.execute("update kit.file set erased_in = %s where sha256 = %s", [play.report().id, sha])
        assert any("by no entry" in lie for lie in lies(play.tx, play.photos))
    with pytest.raises(NotFound):
        files.demand_photo(play.tx, sha)


# ── wordings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def everywhere(play: Play) -> Case:
    """One wording in every place where people write."""
    operator = play.who("zhang.min")
    case = play.dispatched(description=SECRET)
    actions_talk.comment_case(play.tx, play.who("chen.jie"), CommentCase(case.id, new_id(), SECRET))
    unit = world.unit("310101019-chengguan")
    actions_talk.supervise_case(play.tx, play.who("sun.lan"), SuperviseCase(case.id, unit, SECRET))
    case = play.take(case)
    photo = play.photo("cheng.gang", PhotoKind.handled)
    finish_order(
        play.tx, play.who("cheng.gang"), FinishOrder(case.id, play.order(case, "cheng.gang").id, SECRET, (photo,))
    )
    return close_case(play.tx, operator, CloseCase(play.verify(case).id, SECRET))


def test_a_wording_erased_is_nowhere_and_every_proof_holds(system: System, web: TestClient) -> None:
    case = acted(system, everywhere)
    with system.database.transaction() as tx:
        tx.conn.execute(
            "insert into kit.parked (id, reaction, subject_id, error, at, next_at) values (%s, 'x', %s, %s, now(), now())",
            [new_id(), case.id, f"DETAIL: Failing row contains ({SECRET})"],
        )
        tx.conn.execute("update cases.orders set task = %s", [SECRET])
        assert dump(tx.conn).count(SECRET) >= 7
    body = {"case_id": str(case.id), "digest": digest(SECRET), "reason": WHY}
    key = new_id()
    done = send(web, "/erase-words", body, key)
    assert done.status_code == 200 and done.json()["description"] == done.json()["close_condition"] == ""
    assert send(web, "/erase-words", body, key).content == done.content
    assert send(web, "/erase-words", body).status_code == 200, "erased already: nothing more happens"
    with system.database.transaction() as tx:
        assert SECRET not in dump(tx.conn)
        assert [e.event for e in list_entries(tx, case.id)].count("case.words_erased") == 1
        last = list_entries(tx, case.id)[-1]
        assert digest(SECRET) in last.body and digest(WHY) in last.body and WHY not in last.body
        tx.conn.execute("delete from kit.parked")
    all_hold(system, case.id)
    assert web.get(f"/api/cases/{case.id}", headers={"x-as": "zhang.min"}).status_code == 200
    found = web.get("/api/cases", params={"words": "孙某某"}, headers={"x-as": "zhang.min"})
    assert str(case.id) not in found.text


def test_the_reason_itself_can_be_erased(play: Play) -> None:
    case, operator = play.report(description=SECRET), play.who("zhang.min")
    actions_erase.erase_words(play.tx, operator, EraseWords(case.id, digest(SECRET), f"删去{SECRET}"))
    actions_erase.erase_words(play.tx, operator, EraseWords(case.id, digest(f"删去{SECRET}"), WHY))
    assert SECRET not in dump(play.tx.conn)


def test_erased_is_not_changed_and_does_not_excuse_change(play: Play) -> None:
    case, operator = everywhere(play), play.who("zhang.min")
    actions_erase.erase_words(play.tx, operator, EraseWords(case.id, digest(SECRET), WHY))
    assert [*walk_lies(play.tx)] == []
    for change in (
        "update cases.case set description = '另一段话'",
        f"update cases.case set description = '{SECRET}'",
        "update cases.orders set result = '另一段话'",
        f"update cases.comment set text = '{SECRET}'",
        f"update cases.words set text = '另一段话' where digest = '{digest(SECRET)}'",
        f"update cases.words set text = '' where digest = '{digest(WHY)}'",
    ):
        with play.tx.conn.transaction(force_rollback=True):
            play.tx.conn.execute(change.encode())
            assert [*walk_lies(play.tx)], change
    # who says the same once more has said it: that is a new act
    actions_talk.comment_case(play.tx, operator, CommentCase(case.id, new_id(), SECRET))
    assert [*walk_lies(play.tx)] == []


def test_a_report_sent_again_after_its_words_were_erased_is_the_same_report(play: Play) -> None:
    case = play.report(description=SECRET)
    actions_erase.erase_words(play.tx, play.who("zhang.min"), EraseWords(case.id, digest(SECRET), WHY))
    again = play.report(id=case.id, description=SECRET)
    assert (again.id, again.description) == (case.id, "")
    assert SECRET not in dump(play.tx.conn)


def test_a_contact_erased_is_nowhere(play: Play) -> None:
    case = play.report(contact=Contact("孙某某", "13800001111"))
    actions_contact.erase_contact(play.tx, play.who("zhang.min"), case.id, case.id)
    assert "13800001111" not in dump(play.tx.conn)


# ── stored answers ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_answers_kept_for_repeated_commands_go_with_what_they_held(system: System, web: TestClient) -> None:
    other = acted(system, lambda p: p.report())
    report = {"id": str(new_id()), "channel": "hotline", "description": SECRET, "matter_kind": "matter",
              "matter_code": "06010", "lon": world.SPOT[0], "lat": world.SPOT[1]}  # fmt: skip
    keys = [new_id() for _ in range(3)]
    comment = {"case_id": report["id"], "id": str(new_id()), "text": "请尽快"}
    elsewhere = {"case_id": str(other.id), "id": str(new_id()), "text": "收到"}
    sent = [("", report), ("/comment", comment), ("/comment", elsewhere)]
    first = [send(web, path, body, key) for key, (path, body) in zip(keys, sent, strict=True)]
    assert [r.status_code // 100 for r in first] == [2, 2, 2], [r.text for r in first]
    erased = send(web, "/erase-words", {"case_id": report["id"], "digest": digest(SECRET), "reason": WHY}, new_id())
    assert erased.status_code == 200, erased.text
    with system.database.transaction() as tx:
        assert SECRET not in dump(tx.conn)
        before = len(list_entries(tx, UUID(report["id"])))
    again = [send(web, path, body, key) for key, (path, body) in zip(keys, sent, strict=True)]
    for answer in again[:2]:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "command.answer_erased")
    assert again[2].content == first[2].content, "answers about others stay"
    with system.database.transaction() as tx:
        assert len(list_entries(tx, UUID(report["id"]))) == before, "done once"
    all_hold(system, UUID(report["id"]))

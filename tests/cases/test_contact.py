"""Reporters' personal data: masked for all, in clear with a reason, sealed at rest, gone when erased."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from invariants import broken
from world import SPOT, Play
from yiwang import wiring
from yiwang.cases import actions_contact, queries_contact, rules, store_contact
from yiwang.cases.model import Case
from yiwang.cases.model_commands import Contact
from yiwang.cases.model_contact import UnmaskContact
from yiwang.kit import secret
from yiwang.kit.db import Database
from yiwang.kit.errors import Invalid, Unavailable
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.model import ActorKind, PostKind
from yiwang.network.model_personal import Purpose
from yiwang.network.queries_personal import list_unmaskings
from yiwang.network.rules import may, scope_of
from yiwang.settings import Settings

NAME, PHONE = "周阿姨", "13800001111"
OVERSEERS = frozenset({PostKind.supervisor, PostKind.commander})


def called(play: Play, **more: Any) -> Case:
    """A caller's report, taken down by an operator."""
    return play.report(contact=Contact(NAME, PHONE, **more))


def ask(case: Case, words: str = "回访处置结果", **more: Any) -> UnmaskContact:
    return UnmaskContact(case.id, more.get("report_id", case.id), Purpose.callback, words)


def test_masked_for_whoever_sees_the_case_even_who_wrote_it_down(play: Play) -> None:
    case = called(play)
    for login in ("zhang.min", "chen.jie"):
        shown = queries_contact.get_contact(play.tx, scope_of(play.who(login)), case.id, case.id)
        assert (shown.name, shown.phone, shown.clear) == ("周**", "138****1111", False)
    with play.refused("case.unknown"):
        queries_contact.get_contact(play.tx, scope_of(play.who("next.door")), case.id, case.id)
    kept = called(play, secret=True)
    shown = queries_contact.get_contact(play.tx, scope_of(play.who("chen.jie")), kept.id, kept.id)
    assert "周" not in shown.name and "1" not in shown.phone, "who asked to be kept secret is not hinted at"


def test_in_clear_with_a_reason_that_stands_in_the_ledger(play: Play) -> None:
    case = called(play)
    seen = actions_contact.unmask_contact(play.tx, play.who("zhang.min"), ask(case))
    assert (seen.name, seen.phone, seen.clear) == (NAME, PHONE, True)
    last = list_entries(play.tx, case.id)[-1]
    assert last.event == "case.contact_unmasked" and '"callback"' in last.body and last.post == "operator"
    assert PHONE not in last.body and NAME not in last.body and "回访" not in last.body
    (line,) = list_unmaskings(play.tx, scope_of(play.who("zhang.min"), OVERSEERS))
    assert (line.what, line.subject_id, line.reason, line.words) == ("contact", case.id, "callback", "回访处置结果")
    boss = play.who("sun.lan")
    assert [m.id for m in list_unmaskings(play.tx, scope_of(boss, OVERSEERS))] == [line.id], "the superior sees it"
    for login in ("chen.jie", "next.door"):
        assert list_unmaskings(play.tx, scope_of(play.who(login), OVERSEERS)) == []


def test_who_may_not_is_refused_and_nothing_is_noted(play: Play) -> None:
    case = called(play)
    operator = play.who("zhang.min")
    with play.refused("network.not_your_post"):
        actions_contact.unmask_contact(play.tx, play.who("chen.jie"), ask(case))
    with play.refused("case.unknown"):
        actions_contact.unmask_contact(play.tx, play.who("next.door"), ask(case))
    with play.refused("network.second_factor_due"):
        actions_contact.unmask_contact(play.tx, replace(operator, proven=False), ask(case))
    with play.refused("network.people_only"):
        program = replace(operator, kind=ActorKind.token, acts=frozenset({"case.unmask_contact", "read"}))
        actions_contact.unmask_contact(play.tx, program, ask(case))
    for words in ("电话 138 0000 1111", "身份证１２３４５６７８"):
        with play.refused("network.reason_has_number"):
            actions_contact.unmask_contact(play.tx, operator, ask(case, words))
    with play.refused("case.contact_unknown"):
        actions_contact.unmask_contact(play.tx, operator, ask(case, report_id=new_id()))
    assert list_unmaskings(play.tx, scope_of(operator)) == []


def test_nobody_reads_them_all_in_a_row(play: Play) -> None:
    case, operator = called(play), play.who("zhang.min")
    for _ in range(20):
        actions_contact.unmask_contact(play.tx, operator, ask(case))
    with play.refused("network.too_many_tries") as caught:
        actions_contact.unmask_contact(play.tx, operator, ask(case))
    assert 0 < caught.value.detail["seconds"] <= 600


def test_approvals_and_unmasking_ask_for_a_second_factor(play: Play) -> None:
    """Without the mark on the need nothing would ask for it."""
    commander = replace(play.who("sun.lan"), proven=False)
    case = play.dispatched()
    for act in ("decide_void", "decide_extend"):
        need = rules.MOVE[act].need
        with play.refused("network.second_factor_due"):
            may(commander, need, rules.subject_of(case))
        assert may(commander, replace(need, proof=False), rules.subject_of(case))
        assert may(replace(commander, proven=True), need, rules.subject_of(case))


def test_what_is_kept_is_sealed_and_the_salt_with_it(play: Play) -> None:
    called(play)
    (row,) = play.tx.conn.execute("select k::text, sealed from cases.contact k").fetchall()
    for clear in (PHONE, NAME, PHONE.encode().hex(), NAME.encode().hex()):
        assert clear not in row[0]


def test_two_rows_swapped_are_noticed(play: Play) -> None:
    case, other = called(play), play.report(contact=Contact("吴老伯", "13900002222"))
    play.tx.conn.execute("update cases.contact k set sealed = o.sealed from cases.contact o where o.id <> k.id")
    with play.refused("secret.broken"):
        actions_contact.unmask_contact(play.tx, play.who("zhang.min"), ask(case))
    shown = queries_contact.get_contact(play.tx, scope_of(play.who("zhang.min")), other.id, other.id)
    assert (shown.name, shown.phone) == ("", ""), "a page goes on without it"


def test_erased_is_gone_wholly(play: Play) -> None:
    case = called(play)
    actions_contact.erase_contact(play.tx, play.who("zhang.min"), case.id, case.id)
    left = play.tx.conn.execute("select sealed, name, phone, salt, erased_at is not null from cases.contact").fetchall()
    assert left == [(None, None, None, None, True)]
    with play.refused("case.contact_unknown"):
        actions_contact.unmask_contact(play.tx, play.who("zhang.min"), ask(case))
    with pytest.raises(psycopg.errors.CheckViolation), play.tx.savepoint():
        play.tx.conn.execute("update cases.contact set sealed = '\\x01'")


def test_nobody_rewrites_who_has_seen_what(play: Play) -> None:
    actions_contact.unmask_contact(play.tx, play.who("zhang.min"), ask(called(play)))
    for sql in (
        "update network.unmasking set words = 'x'",
        "delete from network.unmasking",
        "truncate network.unmasking",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), play.tx.savepoint():
            play.tx.conn.execute(sql)


def test_the_first_releases_data_are_sealed_while_the_system_runs(world_db: Database) -> None:
    """Rows as the first release wrote them, more than a chunk: all sealed, the erased ones emptied, none left in clear."""
    with world_db.transaction() as tx:
        case = Play(tx).report(contact=Contact(NAME, PHONE), lon=SPOT[0])
    with psycopg.connect(world_db.url) as owner:
        owner.execute("update cases.contact set sealed = null, name = %s, phone = %s, salt = '\\x0102'", [NAME, PHONE])
        owner.execute(
            "insert into cases.contact (id, name, phone, secret, salt, erased_at) select gen_random_uuid(),"
            " case when n % 3 = 0 then '' else '某某' end, case when n % 3 = 0 then '' else '139' || n end, false,"
            " case when n % 3 = 0 then ''::bytea else '\\x03' end, case when n % 3 = 0 then now() end"
            " from generate_series(1, 40) n"
        )
        owner.execute("update network.person set phone = '13700000000' where login like 'z%'")
        assert set(broken(owner)) == {"personal_is_sealed", "contact_erased_is_gone"}
    with world_db.reading() as tx:
        scope = scope_of(Play(tx).who("zhang.min"))
        assert queries_contact.get_contact(tx, scope, case.id, case.id).phone == "138****1111", "readable meanwhile"
    assert wiring.seal_personal(world_db, chunk=7) > 6
    with world_db.transaction() as tx:
        assert broken(tx.conn) == {}
        assert queries_contact.get_contact(tx, scope, case.id, case.id).name == "周**"
        left = tx.conn.execute("select name, phone, salt, k::text from cases.contact k").fetchall()
    assert len(left) == 41 and all(row[:3] == (None, None, None) and "某某" not in row[3] for row in left)
    assert wiring.seal_personal(world_db) == 0


def test_a_rotation_seals_everything_anew(world_db: Database) -> None:
    with world_db.transaction() as tx:
        case = Play(tx).report(contact=Contact(NAME, PHONE))
    old = secret.ring().head
    secret.ring().rotate("sm4")
    with world_db.reading() as tx:
        assert set(queries_contact.read_key_use(tx)) == {old[1:]}
    wiring.seal_personal(world_db, chunk=3)
    with world_db.transaction() as tx:
        assert queries_contact.read_key_use(tx) == {secret.ring().head[1:]: 1}
        seen = actions_contact.unmask_contact(tx, Play(tx).who("zhang.min"), ask(case))
    assert (seen.name, seen.phone) == (NAME, PHONE)


def test_a_lost_key_file_is_not_made_anew(world_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data=str(tmp_path))
    first = wiring.open_ring(settings, world_db)
    assert wiring.open_ring(settings, world_db).head == first.head, "made once"
    monkeypatch.setattr(secret, "_ring", first)
    with world_db.transaction() as tx:
        Play(tx).report(contact=Contact(NAME, PHONE))
    first.path.unlink()
    with pytest.raises(Invalid) as caught:
        wiring.open_ring(settings, world_db)
    assert caught.value.code == "secret.key_lost"
    with pytest.raises(Invalid) as caught:
        wiring.open_ring(Settings(data=str(tmp_path), personal_keys=str(tmp_path / "vault")), world_db)
    assert caught.value.code == "secret.key_file"


def test_a_value_that_no_key_opens_is_unavailable_not_a_fault(play: Play, tmp_path: Path) -> None:
    contact_id = new_id()
    secret.write_keys(tmp_path / "other", [secret.Key.make("aes256")])
    sealed = secret.Ring(tmp_path / "other").seal(store_contact.SEALED, contact_id, {"name": "a"})
    row = store_contact.SealedContact(contact_id, sealed, None, None, None)
    with pytest.raises(Unavailable) as caught:
        store_contact.open_contact(row)
    assert caught.value.code == "secret.no_key" and caught.value.status == 503

"""Residents in clear with a reason, sealed by keys, erased; and the ledger stays whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from invariants import broken
from scenes.house import ID, NAME, PHONE, add_home, come, file_of, home_id, row, stored
from world import Play
from yiwang import wiring
from yiwang.kit import secret
from yiwang.kit.db import Database
from yiwang.kit.errors import Invalid, TooMany, Unavailable
from yiwang.ledger.queries import list_entries
from yiwang.network import rules_personal
from yiwang.network.model import PostKind
from yiwang.network.model_personal import Purpose
from yiwang.network.queries_personal import list_unmaskings
from yiwang.network.rules import scope_of
from yiwang.scenes.homes import actions, queries, rules
from yiwang.scenes.homes.model import (
    ChangeResident,
    EraseResident,
    FindByName,
    Group,
    MoveOut,
    UnmaskResident,
)


def test_in_clear_with_a_reason_that_leaders_see(homes: Play):
    old = come(homes)
    feng, ask = homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, "上门走访独居老人")
    clear = actions.unmask_resident(homes.tx, feng, ask)
    assert (clear.name, clear.id_number, clear.phone, clear.born) == (NAME, ID, PHONE, date(1938, 2, 5))
    assert NAME not in repr(clear) and PHONE not in repr(clear)
    overseers = frozenset({PostKind.supervisor, PostKind.commander})
    [seen] = list_unmaskings(homes.tx, scope_of(homes.who("sun.lan"), overseers))
    assert (seen.by, seen.what, seen.subject_id, seen.part_id, seen.reason, seen.words) == (
        feng.id, "resident", old.id, home_id("101"), "visit", ask.words,
    )  # fmt: skip
    entry = list_entries(homes.tx, old.id)[-1]
    assert entry.event == "resident.unmasked" and str(seen.id) in entry.body
    assert all(secret_ not in entry.body for secret_ in (NAME, ID, PHONE, ask.words))
    assert broken(homes.tx.conn) == {}


def test_in_clear_asks_for_a_second_factor_and_a_reason_without_numbers(homes: Play):
    old = come(homes)
    with homes.refused("network.second_factor_due"):
        who = replace(homes.who("lin.feng"), proven=False)
        actions.unmask_resident(homes.tx, who, UnmaskResident(old.id, Purpose.visit, "走访"))
    with homes.refused("network.reason_has_number"):
        actions.unmask_resident(homes.tx, homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, f"联系 {PHONE}"))
    assert file_of(homes).acts == ("move_in", "change", "move_out", "unmask", "erase", "import")


def test_erased_at_their_wish_and_it_says_so(homes: Play):
    old = come(homes)
    cmd = EraseResident(old.id, "本人要求删除")
    with homes.refused("network.not_your_post"):
        actions.erase_resident(homes.tx, homes.who("lin.feng"), cmd)
    file = actions.erase_resident(homes.tx, homes.who("zhang.min"), cmd)
    gone = row(file, old.id)
    assert (gone.name, gone.id_number, gone.phone, gone.age, gone.sex, gone.groups) == ("", "", "", None, None, ())
    assert (gone.erased_at, gone.erased_why, gone.until, file.living) == (
        homes.tx.now,
        cmd.reason,
        homes.tx.now.date(),
        0,
    )
    events = [e.event for e in list_entries(homes.tx, old.id)]
    actions.erase_resident(homes.tx, homes.who("zhang.min"), cmd)
    assert [e.event for e in list_entries(homes.tx, old.id)] == events == ["resident.moved_in", "resident.erased"]
    for act in (
        lambda: actions.unmask_resident(homes.tx, homes.who("sun.lan"), UnmaskResident(old.id, Purpose.visit, "走访")),
        lambda: actions.move_out(homes.tx, homes.who("zhang.min"), MoveOut(old.id)),
        lambda: actions.change_resident(homes.tx, homes.who("zhang.min"), ChangeResident(old.id, 2, care=True)),
    ):
        with homes.refused("resident.erased"):
            act()
    assert queries.list_group(homes.tx, rules.seen_by(homes.who("zhang.min")), Group.aged) == []
    homes.settle()
    assert broken(homes.tx.conn) == {}


def test_whoever_left_long_ago_is_known_no_more(homes: Play):
    old, stays = come(homes), come(homes, "201")
    actions.move_out(homes.tx, homes.who("zhang.min"), MoveOut(old.id))
    assert row(file_of(homes), old.id).kept_until == homes.tx.now.date() + rules.KEPT_AFTER
    homes.wait(days=365)
    assert actions._forget(homes.tx) == 0, "a year and no day more"
    homes.wait(days=1)
    assert actions._forget(homes.tx) == 1 and actions._forget(homes.tx) == 0
    gone = row(file_of(homes), old.id)
    assert (gone.name, gone.erased_at, gone.erased_why) == ("", homes.tx.now, rules.EXPIRED)
    assert row(file_of(homes, "201"), stays.id).name == "钱**"
    assert list_entries(homes.tx, old.id)[-1].event == "resident.erased"
    assert broken(homes.tx.conn) == {}


def test_a_new_key_opens_what_the_old_one_sealed_and_then_seals_all(homes: Play, tmp_path: Any, monkeypatch: Any):
    old = come(homes)
    path = tmp_path / "personal"
    secret.write_keys(path, [secret.ring().current])
    ring = secret.Ring(path)
    monkeypatch.setattr(secret, "_ring", ring)
    before = ring.current
    ring.rotate("sm4")
    assert queries.read_key_use(homes.tx) == {before.id: 1}
    assert actions.seal_residents(homes.tx, UUID(int=0), 10) == old.id
    assert actions.seal_residents(homes.tx, old.id, 10) is None
    assert queries.read_key_use(homes.tx) == {ring.current.id: 1}
    clear = actions.unmask_resident(homes.tx, homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, "走访"))
    assert clear.id_number == ID
    assert broken(homes.tx.conn) == {}


def test_without_its_key_it_is_said_and_nothing_else_breaks(homes: Play, tmp_path: Any, monkeypatch: Any):
    old = come(homes)
    path = tmp_path / "personal"
    secret.write_keys(path, [secret.Key.make("aes256")])
    monkeypatch.setattr(secret, "_ring", secret.Ring(path))
    shown = row(file_of(homes), old.id)
    assert (shown.name, shown.readable, shown.age) == ("", False, 88)
    with pytest.raises(Unavailable):
        actions.unmask_resident(homes.tx, homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, "走访"))


def test_the_seal_is_bound_to_its_row(homes: Play):
    one, two = come(homes), come(homes, "201", name="李梅", id_number="", born=date(1980, 1, 1))
    homes.tx.conn.execute(
        "update homes.resident r set sealed = o.sealed from homes.resident o where r.id = %s and o.id = %s",
        [two.id, one.id],
    )
    assert not row(file_of(homes, "201"), two.id).readable


def test_lost_keys_stop_the_start(world_db: Database, tmp_path: Any):
    with world_db.transaction() as tx:
        play = Play(tx)
        add_home(play, "101")
        come(play)
    with pytest.raises(Invalid) as said:
        wiring.open_ring(wiring.Settings(data=str(tmp_path)), world_db)
    assert said.value.code == "secret.key_lost"


# ── sought by name ────────────────────────────────────────────────────────────────────────────────────────────────


def seek(play: Play, name: str, by: str = "lin.feng") -> list[UUID]:
    asked = FindByName(name, Purpose.visit, "寻找走失老人的住处")
    return [member.id for member in actions.find_by_name(play.tx, play.who(by), asked).items]


def test_sought_by_the_whole_name_with_a_reason_that_leaders_see(homes: Play):
    old = come(homes)
    come(homes, "201", name="钱守义", id_number="", born=date(1950, 1, 1))
    feng = homes.who("lin.feng")
    found = actions.find_by_name(homes.tx, feng, ask := FindByName(" 钱 守仁", Purpose.visit, "寻找走失老人的住处"))
    [shown] = found.items
    assert (shown.id, shown.name, shown.phone, shown.home_id, found.more) == (
        old.id, "钱**", "138****5678", home_id("101"), False,
    )  # fmt: skip
    assert seek(homes, "钱") == seek(homes, "守仁") == seek(homes, "钱守") == [], "a surname alone finds nobody"
    overseers = frozenset({PostKind.supervisor, PostKind.commander})
    seen = list_unmaskings(homes.tx, scope_of(homes.who("sun.lan"), overseers))[-1]
    assert (seen.by, seen.what, seen.part_id, seen.reason, seen.words) == (feng.id, "search", None, "visit", ask.words)
    [entry] = list_entries(homes.tx, seen.subject_id)
    assert entry.event == "resident.sought" and str(old.id) in entry.body and str(seen.id) in entry.body
    assert all(secret_ not in entry.body for secret_ in (NAME, "守", PHONE, ask.words)) and "守" not in repr(ask)
    assert broken(homes.tx.conn) == {}


def test_nobody_is_found_out_of_sight_moved_away_or_erased(homes: Play):
    old = come(homes)
    assert seek(homes, NAME, "zhang.min") == seek(homes, NAME, "sun.lan") == [old.id]
    assert seek(homes, NAME, "wang.lei") == [], "another duty grid's"
    assert seek(homes, NAME, "next.door") == [], "another street's"
    for login in ("chen.jie", "shen.he", "peng.liang", "luo.yong"):
        with homes.refused("network.not_your_post" if login != "shen.he" else "network.auditor_reads_only"):
            seek(homes, NAME, login)
    was = file_of(homes).residents or []
    who = homes.who("zhang.min")
    actions.change_resident(homes.tx, who, ChangeResident(old.id, was[0].n, name="钱守一"))
    assert seek(homes, NAME) == [] and seek(homes, "钱守一") == [old.id]
    actions.erase_resident(homes.tx, who, EraseResident(old.id, "本人要求删除"))
    assert seek(homes, "钱守一") == []
    assert homes.tx.conn.execute("select name_mark from homes.resident").fetchone() == (None,)
    away = come(homes, "201")
    actions.move_out(homes.tx, who, MoveOut(away.id))
    assert seek(homes, NAME) == []


def test_a_search_is_bound_and_proven_as_seeing_somebody_in_clear_is(homes: Play):
    old = come(homes)
    ask = FindByName(NAME, Purpose.visit, "走访")
    with homes.refused("network.second_factor_due"):
        actions.find_by_name(homes.tx, replace(homes.who("lin.feng"), proven=False), ask)
    with homes.refused("network.reason_has_number"):
        actions.find_by_name(homes.tx, homes.who("lin.feng"), replace(ask, words=f"联系 {PHONE}"))
    actions.unmask_resident(homes.tx, homes.who("lin.feng"), UnmaskResident(old.id, Purpose.visit, "走访"))
    for _ in range(rules_personal.MOST_IN_TEN_MINUTES - 1):
        seek(homes, "无此人")
    with pytest.raises(TooMany):
        seek(homes, NAME)
    assert seek(homes, NAME, "zhang.min") == [old.id]


def test_what_another_key_sealed_is_found_before_and_after_it_is_sealed_anew(
    homes: Play, tmp_path: Any, monkeypatch: Any
):
    old = come(homes)
    path = tmp_path / "personal"
    secret.write_keys(path, [secret.ring().current])
    monkeypatch.setattr(secret, "_ring", secret.Ring(path))
    secret.ring().rotate("aes256")
    before = stored(homes, old.id)
    assert seek(homes, NAME) == [old.id]
    actions.seal_residents(homes.tx, UUID(int=0), 10)
    assert seek(homes, NAME) == [old.id] and stored(homes, old.id) != before
    secret.write_keys(path, [secret.ring().current])
    monkeypatch.setattr(secret, "_ring", secret.Ring(path))
    assert seek(homes, NAME) == [old.id], "the old key is needed no more"

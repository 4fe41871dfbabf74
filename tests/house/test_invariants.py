"""Each invariant is silent on a sound database and speaks on a broken one."""

from __future__ import annotations

from pathlib import Path
from typing import LiteralString, cast

import pytest

from invariants import INVARIANTS, broken
from stages import STAGES
from world import Play, settle
from yiwang.kit.db import Database
from yiwang.ledger.actions_settle import open_ledger

CASE = "update cases.case set {} where id = %(case)s"
BREAKS: dict[str, list[tuple[str, str]]] = {
    "assess_follows_ledger": [
        ("closed", "update assess.bookmark set size = 1"),
        ("closed", "insert into assess.fact (case_id, no, kind, n, area, channel, post, outcome, exempt, suspended, number)"
                   " values (%(case)s, 0, 'report', 1, 1, 'public', '', '', false, false, '1')"),
    ],
    "assess_tally_is_recount": [
        ("tallied", "update assess.tally set hits = hits + 1 where indicator = 'close_rate' and depth = 2"),
        ("tallied", "update assess.tally set ofs = ofs + 1 where indicator = 'accepted' and depth = 1"),
        ("tallied", "delete from assess.tally where depth = 3"),
        ("tallied", "insert into assess.tally values (2, '2026-11-01', '310000.310101', 'accepted', 1, 1)"),
        ("tallied", "update assess.fact set outcome = 'failed' where case_id = %(case)s and kind = 'round'"),
        ("tallied", "update assess.fact set due_at = due_at + interval '1 day' where case_id = %(case)s and kind = 'handle'"),
        ("tallied", "delete from assess.fact where case_id = %(case)s and kind = 'verify'"),
    ],
    "attendance_is_in_ledger": [
        ("on_duty", "update network.attendance set until = now() + interval '1 year'"),
        ("on_duty", "insert into network.attendance select %(other)s, person_id, post_id, since, ends_by, ends_by from"
                    " network.attendance"),
        ("on_duty", "delete from ledger.entry where event = 'duty.started'"),
    ],
    "case_counts_what_happened": [("closed", CASE.format("bounces = 3")), ("closed", CASE.format("reworks = 1"))],
    "case_is_in_ledger": [
        ("closed", "delete from ledger.entry where subject_id = %(case)s and n = 1"),
        ("closed", CASE.format("closed_at = closed_at + interval '1 minute'")),
        ("closed", "update ledger.entry set subject_id = %(other)s where subject_id = %(case)s"),
    ],
    "case_owed_nothing_closed": [("closed", CASE.format("owed = '{file}'"))],
    "case_step_times": [
        ("closed", CASE.format("closed_at = null")),
        ("closed", CASE.format("verified_at = null")),
        ("closed", CASE.format("step = 'filed'")),
        ("dispatched", CASE.format("lead_unit_id = null")),
        ("dispatched", CASE.format("filed_at = null")),
    ],
    "case_times_in_order": [
        ("closed", CASE.format("closed_at = closed_at - interval '1 day'")),
        ("closed", CASE.format("reported_at = reported_at + interval '1 day'")),
    ],
    "clock_runs_while_handled_only": [
        ("closed", "update cases.clock set stopped_at = null where case_id = %(case)s and order_id is null"),
        ("dispatched", "update cases.clock set order_id = null where case_id = %(case)s"),
        ("dispatched", "update cases.orders set state = 'done' where case_id = %(case)s"),
    ],
    "clock_says_what_case_says": [
        ("dispatched", CASE.format("due_at = due_at + interval '1 day'")),
        ("dispatched", "update cases.orders set due_at = null where case_id = %(case)s"),
    ],
    "contact_erased_is_gone": [
        ("closed", "insert into cases.contact (id, secret, sealed, erased_at) values (%(other)s, false, '\\x01', now())"),
        ("closed", "update network.person set erased_at = now() where login = 'wang.lei'"),
        ("lived_in", "update homes.resident set erased_at = now()"),
    ],
    "doubt_is_in_ledger": [
        ("closed", "insert into cases.doubt values (%(case)s, 1, 'photo_reused', now(), 'case.reported', %(other)s, 'operator')"),
        ("closed", "update ledger.entry set body = replace(body, '\"flags\":[]', '\"flags\":[\"photo_alike\"]')"
                   " where subject_id = %(case)s and n = 1"),
    ],
    "finding_is_of_case": [
        ("closed", "delete from cases.finding where case_id = %(case)s"),
        ("closed", "update cases.finding set text = '别的' where case_id = %(case)s"),
        ("closed", "update cases.finding set matter_code = '06011' where case_id = %(case)s"),
        ("closed", CASE.format("lon = lon + 0.001")),
    ],
    "homes_tally_is_recount": [
        ("lived_in", "update homes.tally set living = living + 1"),
        ("lived_in", "update homes.tally set day = '1990-01-01'"),
        ("lived_in", "delete from homes.tally"),
        ("lived_in", "insert into homes.tally select '310101019005999', day, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 from homes.tally"),
    ],
    "home_in_its_building": [
        ("lived_in", "delete from register.link where role = 'in'"),
        ("lived_in", "update homes.resident set home_id = (select id from register.thing where kind = 'building')"),
    ],
    "ledger_chain_whole": [
        ("closed", "delete from ledger.entry where subject_id = %(case)s and n = 2"),
        ("closed", "update ledger.entry set prev = hash where subject_id = %(case)s and n = 3"),
    ],
    "ledger_positions_gapless": [
        ("closed", "insert into ledger.leaf values (90000, %(case)s, 1, decode(repeat('00', 32), 'hex'))"),
        ("closed", "insert into ledger.leaf select coalesce(max(position) + 1, 0), %(other)s, 1,"
                   " decode(repeat('00', 32), 'hex') from ledger.leaf"),
    ],
    "merged_ends_somewhere": [
        ("merged", CASE.format("merged_into = id")),
        ("merged", CASE.format("merged_into = null")),
        ("merged", CASE.format("merged_from_step = null")),
    ],
    "order_done_with_evidence": [
        ("closed", "delete from cases.evidence where case_id = %(case)s and kind = 'handled'"),
        ("closed", "delete from cases.evidence where case_id = %(case)s and kind = 'verified'"),
    ],
    "order_one_lead": [
        ("dispatched", "update cases.orders set lead = false where case_id = %(case)s"),
        ("dispatched", "insert into cases.orders (case_id, id, unit_id, lead, turn, state)"
                       " select case_id, %(other)s, unit_id, false, 1, 'sent' from cases.orders where case_id = %(case)s"),
    ],
    "order_open_in_handling_only": [
        ("closed", "update cases.orders set state = 'taken' where case_id = %(case)s"),
        ("dispatched", "update cases.orders set state = 'done' where case_id = %(case)s"),
    ],
    "patrol_route_is_in_ledger": [
        ("patrolled", "update patrol.route set n = n + 1"),
        ("patrolled", "update patrol.route set retired_at = case when retired_at is null then now() end"),
        ("patrolled", "update patrol.route set points = points || points[1]"),
        ("patrolled", "update patrol.route set points = points || %(other)s::uuid"),
    ],
    "patrol_shift_follows_route": [
        ("patrolled", "update patrol.shift set points = points[1:1] where begun_at is null"),
        ("patrolled", "update patrol.route set weekdays = array[extract(isodow from changed_at at time zone 'Asia/Shanghai')::int]"),
        ("patrolled", "update patrol.route set retired_at = added_at where retired_at is null"),
        ("patrolled", "insert into patrol.shift (id, route_id, day, starts_at, ends_at, points) select %(other)s, route_id, day,"
                      " starts_at, ends_at, points from patrol.shift where begun_at is null limit 1"),
    ],
    "patrol_tally_is_recount": [
        ("patrolled", "update patrol.tally set checks = checks + 1"),
        ("patrolled", "update patrol.tally set missed = 1"),
        ("patrolled", "delete from patrol.tally"),
        ("patrolled", "update register.checkin set damaged = false"),
        ("patrolled", "insert into patrol.tally select '2020-01-01', grid_code, what, 1, 0, 0 from patrol.tally"),
    ],
    "patrol_walk_is_told": [
        ("patrolled", "update patrol.shift set begun_at = begun_at - interval '2 hours' where begun_at is not null"),
        ("patrolled", "update patrol.shift set ended_at = ends_at + interval '3 hours' where ended_at is not null"),
        ("patrolled", "update patrol.shift set person_id = %(other)s where begun_at is not null"),
        ("patrolled", "delete from ledger.entry where event = 'shift.ended'"),
        ("patrolled", "update patrol.shift set over_at = null where over_at is not null"),
        ("patrolled", "delete from ledger.entry where event = 'shift.over'"),
        ("patrolled", "update ledger.entry set body = replace(body, '\"missed\":1', '\"missed\":2') where event = 'shift.over'"),
    ],
    "personal_is_sealed": [
        ("closed", "insert into cases.contact (id, secret, name, phone) values (%(other)s, false, '王先生', '13800000000')"),
        ("closed", "insert into cases.contact (id, secret, sealed) values (%(other)s, false, '\\x01')"),
        ("closed", "update network.person set phone = '13800000000' where login = 'wang.lei'"),
        ("closed", "update network.person set sealed = convert_to('13800000000', 'UTF8') where login = 'wang.lei'"),
        ("lived_in", "update homes.resident set sealed = convert_to('钱守仁', 'UTF8')"),
    ],
    "register_case_is_there": [("lapsed", "update register.thing_case set case_id = %(other)s")],
    "register_filed_came_by_file": [("lapsed", "insert into register.filed select id, 'name', null from register.thing")],
    "register_duty_is_noted": [
        ("lapsed", "delete from register.period where lapsed_at is not null"),
        ("lapsed", "update register.period set met_at = now(), checkin_id = %(other)s"),
    ],
    "register_refers_to_what_is": [
        ("lapsed", "update register.thing set unit_id = %(other)s"),
        ("lapsed", "update register.thing set grid_code = 'nowhere'"),
        ("lapsed", "update register.obligation set unit_id = %(other)s"),
    ],
    "register_step_is_waited_for": [
        ("waited", "delete from kit.timer where kind = 'thing_step'"),
        ("waited", "update register.step_due set ended_at = now(), taken_id = after_id"),
    ],
    "round_check_is_noted": [
        ("round", "update register.round_thing set checked_at = null, checkin_id = null"),
        ("round", "update register.round_thing set damaged = true where checked_at is not null"),
        ("round", "delete from register.checkin"),
        ("round", "update register.checkin set at = at + interval '1 minute'"),
        ("round", "delete from ledger.entry where event = 'round.grid_reported'"),
    ],
    "round_counts_are_recount": [
        ("round", "update register.round_grid set checked = 0"),
        ("round", "update register.round_grid set things = things + 1"),
        ("round", "delete from register.round_thing where checked_at is null"),
        ("round", "update register.round_thing set grid_code = '310101019005999'"),
    ],
    "register_tally_is_recount": [
        ("lapsed", "update register.tally set things = things + 1"),
        ("lapsed", "delete from register.tally"),
        ("lapsed", "update register.tally set state = 'sealed'"),
    ],
    "register_words_follow": [
        ("lapsed", "update register.words set grams = 'x'"),
        ("lapsed", "delete from register.words"),
    ],
    "reporter_is_told": [
        ("closed", "update cases.report set told_at = null where case_id = %(case)s"),
        ("dispatched", "delete from cases.report where case_id = %(case)s"),
    ],
    "request_decided_by_others": [
        ("asked", "update cases.request set approvals = array[asked_by] where case_id = %(case)s"),
        ("asked", "update cases.request set granted = true, decided_at = now() where case_id = %(case)s"),
        ("asked", CASE.format("step = 'declined'")),
    ],
    "resident_is_in_ledger": [
        ("lived_in", "delete from ledger.entry where event = 'resident.moved_in'"),
        ("lived_in", "update homes.resident set n = n + 1"),
        ("lived_in", "update homes.resident set home_id = (select id from register.thing where kind = 'building')"),
        ("lived_in", "update ledger.entry set event = 'resident.erased' where event = 'resident.changed'"),
        ("lived_in", "delete from homes.resident"),
    ],
    "room_mention_is_watched": [
        ("room", "delete from kit.timer where kind = 'room.mention'"),
        ("room", "update rooms.mention set done_at = now(), done_by = read_by"),
        ("room", "update rooms.room set closed_at = now(), closed_by = opened_by"),
    ],
    "room_message_by_member": [
        ("room", "update rooms.message set by = %(other)s"),
        ("room", "update rooms.member set left_at = added_at - interval '1 hour', left_by = added_by"),
        ("room", "update rooms.member set added_at = added_at + interval '1 hour'"),
    ],
    "room_message_is_in_ledger": [
        ("room", "update rooms.message set text = '别的'"),
        ("room", "update rooms.message set lon = lon + 0.000001"),
        ("room", "update rooms.room set n = n + 1"),
        ("room", "insert into rooms.photo select room_id, id, 0, repeat('0', 64) from rooms.message"),
        ("room", "delete from ledger.entry where event = 'room.said'"),
    ],
    "room_receipt_of_member": [
        ("room", "update rooms.mention set read_by = %(other)s"),
        ("room", "update rooms.mention set read_at = read_at - interval '1 hour'"),
        ("room", "update rooms.mention set overdue_at = due_at - interval '1 hour'"),
    ],
    "sight_is_seen_by": [
        ("dispatched", "delete from cases.sight where case_id = %(case)s and who = (select lead_unit_id from cases.case where id = %(case)s)"),
        ("dispatched", "insert into cases.sight select %(other)s, reported_at, id, true from cases.case where id = %(case)s"),
        ("closed", "update cases.sight set open = true where case_id = %(case)s"),
        ("closed", CASE.format("reported_at = reported_at - interval '1 day'")),
    ],
    "suspended_stands_still": [
        ("suspended", "delete from kit.timer where subject_id = %(case)s and kind = 'case.resume'"),
        ("suspended", CASE.format("suspended_at = null")),
        ("dispatched", CASE.format("suspended_at = now()")),
        ("suspended", CASE.format("step = 'filed'")),
    ],
    "tally_is_recount": [
        ("tallied", "update cases.tally set cases = cases + 1 where step = 'closed'"),
        ("tallied", "delete from cases.tally where who = (select area_id from cases.case where id = %(case)s)"),
        ("tallied", "insert into cases.tally values (%(other)s, 'closed', false, 1)"),
        ("tallied", CASE.format("step = 'void'")),
        ("tallied", CASE.format("overdue_at = now()")),
        ("tallied", "update cases.tallied set late = true where case_id = %(case)s"),
        ("tallied", "delete from cases.sight where case_id = %(case)s and who = (select lead_unit_id from cases.case where id = %(case)s)"),
        ("tallied", "delete from cases.tallied where case_id = %(case)s"),
        ("tallied", "insert into cases.tallied select %(other)s, step, late_from, late, whos from cases.tallied where case_id = %(case)s"),
        ("closed", "update cases.tally_mark set size = 90000"),
    ],
    "text_is_in_ledger": [
        ("texted", "update cases.text_message set done_at = done_at + interval '1 minute'"),
        ("texted", "delete from cases.follow"),
        ("texted", "delete from ledger.entry where event = 'case.reporter_texted'"),
    ],
    "timer_for_every_deadline": [("dispatched", "delete from kit.timer where subject_id = %(case)s")],
    "timer_of_open_case_only": [
        ("closed", "insert into kit.timer (subject_id, kind, key, due_at) values (%(case)s, 'case.step', 'step', now())"),
    ],
    "unmasking_is_in_ledger": [
        ("closed", "insert into network.unmasking values (%(other)s, now(), %(other)s, 'operator', null, 'contact',"
                   " %(case)s, %(case)s, 'callback', '')"),
        ("closed", "update ledger.entry set event = 'case.contact_unmasked', body = '{\"unmasking\": null}'"
                   " where subject_id = %(case)s and n = 2"),
    ],
    "unit_tree_whole": [
        ("closed", "update network.unit set path = 'elsewhere' where code = '310101019-chengguan'"),
        ("closed", "update network.unit set valid_to = now() where code = '310101019'"),
    ],
    "whereabouts_while_on_duty": [
        ("on_duty", "update network.attendance set until = now() + interval '1 year'"),
        ("on_duty", "update network.whereabouts set at = at - interval '1 day'"),
    ],
    "verifier_is_not_handler": [
        ("closed", "update ledger.entry set actor = (select handler_id from cases.orders where case_id = %(case)s)"
                   " where subject_id = %(case)s and event = 'case.verified'"),
    ],
    "voice_is_sound": [
        ("closed", "update cases.evidence set kind = 'voice' where case_id = %(case)s and kind = 'verified'"),
        ("closed", "update kit.file set type = 'audio/webm' where sha256 in (select sha256 from cases.evidence)"),
    ],
}  # fmt: skip

CHECKED = {
    "contact_erased_is_gone": ("cases.contact contact_erased", "network.person person_check", "network.person person_erased",
                               "homes.resident resident_sealed", "homes.resident resident_marked", "homes.resident resident_erased"),
}  # fmt: skip
"""Checks of the database's own that stand in the way of breaking an invariant: lifted, to show that it speaks by itself."""
TRIGGERED = {"register_refers_to_what_is": ("register.thing there_changed", "register.obligation there_changed")}
"""Triggers that keep it: at rest, so that the invariant is shown to see it by itself."""


def test_a_sound_database_breaks_none(play: Play):
    for stage in STAGES.values():
        stage(play)
    play.wait(hours=30)
    assert broken(play.tx.conn) == {}


def test_a_settled_ledger_breaks_none(world_db: Database, tmp_path: Path):
    with world_db.transaction() as tx:
        open_ledger(tx, tmp_path)
        Play(tx).closed()
    settle(world_db)
    with world_db.reading() as tx:
        assert tx.conn.execute("select count(*) from ledger.leaf").fetchone() != (0,)
        assert broken(tx.conn) == {}


def test_each_invariant_is_shown_to_speak():
    assert set(BREAKS) == set(INVARIANTS)


@pytest.mark.parametrize(("name", "stage", "sql"), [(n, *b) for n, breaks in BREAKS.items() for b in breaks])
def test_it_speaks_when_broken(play: Play, name: str, stage: str, sql: str):
    case = STAGES[stage](play)
    assert name not in broken(play.tx.conn)
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute("set local role none")
        for table, check in (c.split() for c in CHECKED.get(name, ())):
            play.tx.conn.execute(cast(LiteralString, f"alter table {table} drop constraint {check}"))
        for table, trigger in (c.split() for c in TRIGGERED.get(name, ())):
            play.tx.conn.execute(cast(LiteralString, f"alter table {table} disable trigger {trigger}"))
        other = play.tx.conn.execute("select gen_random_uuid()").fetchone()
        assert other
        done = play.tx.conn.execute(cast(LiteralString, sql), {"case": case.id, "other": other[0]})
        assert done.rowcount > 0
        assert broken(play.tx.conn).get(name), f"{name} did not see: {sql}"

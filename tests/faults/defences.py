"""Every defence, how it is taken out of the product, and the test that must fail then. `test_defences.py` runs them all:

pytest -p faults.defences NODE…          # each node without its defence, and what came of it in $YIWANG_OUTCOMES
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from yiwang import app
from yiwang.assess import queries as assess_queries
from yiwang.cases import (
    actions,
    actions_contact,
    actions_public,
    api_voices,
    queries,
    queries_contact,
    queries_doubt,
    queries_told,
    rules,
    rules_doubt,
    rules_public,
    rules_request,
    store,
    store_erase,
    store_public,
)
from yiwang.kit import door, files, limits, logs, parked, pg_login, photos, push, sheet, sounds, web, zips
from yiwang.kit.db import Clause
from yiwang.kit.ids import new_id
from yiwang.ledger import actions_witness, rules_verify
from yiwang.network import (
    actions_factor,
    actions_personal,
    actions_session,
    api_personal,
    queries_access,
    queries_factor,
    queries_push,
    rules_access,
    rules_duty,
    rules_factor,
    rules_personal,
    store_access,
    store_duty,
    store_factor,
)
from yiwang.network import rules as network_rules
from yiwang.network.model import Need
from yiwang.network.model_duty import Attendance

M = pytest.MonkeyPatch
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TakeOut = Callable[[M], None]


def gone(where: Any, name: str, answer: Any = None) -> TakeOut:
    """This function does nothing; it answers with the same to everything."""
    return lambda m: m.setattr(where, name, lambda *_, **__: answer)


def same(where: Any, name: str) -> TakeOut:
    """This function gives back what it is given."""
    return lambda m: m.setattr(where, name, lambda value, *_, **__: value)


def said(statement: Any, *texts: tuple[str, str]) -> TakeOut:
    """This statement says something else."""

    def take_out(m: M) -> None:
        sql = statement.sql
        for text, instead in texts:
            assert text in sql, f"{text!r} is not in {sql}"
            sql = sql.replace(text, instead)
        m.setattr(statement, "sql", sql)

    return take_out


def both(*parts: TakeOut) -> TakeOut:
    return lambda m: [part(m) for part in parts] and None


def wrapped(where: Any, name: str, instead: Callable[[Any], Callable[..., Any]]) -> TakeOut:
    """This function as `instead` makes it of the real one."""
    return lambda m: m.setattr(where, name, instead(getattr(where, name)))


def without_proof(move: rules.Move) -> Need:
    return Need(f"case.{move.act}", move.posts, move.reach, move.system)


class NeverDone:
    """Nothing knows that a command was done before."""

    def get(self) -> None:
        return None

    def set(self, _: object) -> None:
        pass


ACTS, ROUTES, DOUBTS, LIARS = (
    "tests/strangers/test_matrix.py::test_every_act_at_every_step_is_as_the_table_says",
    "tests/strangers/test_leaks.py::test_what_happens_next_door_changes_no_answer",
    "tests/liars/test_doubt.py",
    "tests/liars/test_doubt_http.py",
)
ACCESS, FACTOR, DOOR = "tests/network/test_access.py", "tests/network/test_factor.py", "tests/app/test_door.py"
CONTACT, ERASE, VERIFY = "tests/cases/test_contact.py", "tests/liars/test_erase.py", "tests/ledger/test_verify.py"
DUTY = "tests/network/test_attendance.py"
SOMETIME = Attendance(new_id(), new_id(), new_id(), EPOCH, EPOCH, None)
PUBLIC = "tests/cases/test_public.py"
FILES, RACES = "tests/strangers/test_importers.py", "tests/faults/test_races.py"

# In the tables of `member.py` and `test_sabotage.py` stand those that only rounds of kill -9 can miss.
# the defence → (how it is taken out, the test that must fail then)
DEFENCES: dict[str, tuple[TakeOut, str]] = {
    # the public without an account
    "a report is followed by its code alone": (
        gone(actions_public, "_is_one_of", True),
        f"{PUBLIC}::test_nobody_else_follows_it_and_nothing_tells_whether_a_number_exists",
    ),
    "a code that was sent bears five tries": (
        said(store_public.TRY_CODE, (" and tries < 5", "")),
        f"{PUBLIC}::test_by_telephone_and_the_code_sent_to_it",
    ),
    "a code goes to the telephone that was left": (
        gone(rules_public, "plain_phone", "13812345678"),
        f"{PUBLIC}::test_another_telephone_gets_no_message",
    ),
    "the public map rounds": (
        lambda m: m.setattr(rules_public, "rounded", lambda lon, lat: (lon, lat)),
        f"{PUBLIC}::test_the_honest_map",
    ),
    # §4 ways in
    "only our own page may act": (gone(rules_access, "check_request"), f"{ACCESS}::test_csrf"),
    "tries are counted by name": (
        gone(actions_session, "_try_login"),
        f"{ACCESS}::test_lockout_grows_and_is_the_same_for_names_that_do_not_exist",
    ),
    "tries are counted by address": (
        gone(actions_session, "_try_address"),
        f"{ACCESS}::test_an_address_that_fails_too_often_waits",
    ),
    "an unknown name costs the same work": (
        wrapped(rules_access, "is_password", lambda real: lambda known, text: known is not None and real(known, text)),
        f"{ACCESS}::test_unknown_name_and_wrong_password_are_told_alike_and_take_alike",
    ),
    "idle sessions end": (
        said(queries_access.HOLDER, (" and s.expires_at > now()", "")),
        f"{ACCESS}::test_sessions_slide_end_and_can_be_revoked",
    ),
    "weak passwords are refused": (gone(rules_access, "check_password"), f"{ACCESS}::test_passwords"),
    "a token does what it is for": (
        wrapped(actions_session, "_token_actor", lambda real: lambda text: dataclasses.replace(real(text), acts=None)),
        f"{ACCESS}::test_a_token_acts_within_its_scope_only",
    ),
    "tokens end": (said(queries_access.TOKEN_HOLDER, (" and t.expires_at > now()", "")), f"{ACCESS}::test_tokens_end"),
    "administrators show a second factor": (
        said(queries_access.HOLDER, ("coalesce(s.proven_at > now() - interval '15 min', false)", "true")),
        f"{FACTOR}::test_administrators_do_nothing_without_a_second_factor",
    ),
    "signing in asks for the second factor": (
        gone(queries_factor, "find_kinds", ()),
        f"{FACTOR}::test_it_is_asked_for_at_sign_in_once_there_is_one",
    ),
    "a code is good once": (
        both(
            wrapped(rules_factor, "find_step", lambda real: lambda secret, code, step, _: real(secret, code, step, -1)),
            said(store_factor.USE_STEP, (" and last_step < %(step)s", "")),
        ),
        f"{FACTOR}::test_a_code_is_good_once_and_only_in_its_time",
    ),
    "guesses at codes are counted": (gone(actions_factor, "_count"), f"{FACTOR}::test_guessing_is_stopped"),
    "a stolen session enrols no factor": (
        gone(actions_factor, "_demand_right_to_enrol"),
        f"{FACTOR}::test_a_stolen_session_enrols_nothing",
    ),
    "a token is no person": (
        wrapped(actions_factor, "_demand_person", lambda _: lambda actor, session: session or ""),
        f"{FACTOR}::test_a_token_is_no_person",
    ),
    "a change of posts signs out": (
        said(store_access.END_SESSIONS, (" where ", " where false and ")),
        f"{FACTOR}::test_sessions_end_when_posts_change_and_are_new_at_each_sign_in",
    ),
    "approvals ask for a second factor": (
        lambda m: m.setattr(rules.Move, "need", property(without_proof)),
        f"{CONTACT}::test_approvals_and_unmasking_ask_for_a_second_factor",
    ),
    # §4 the door
    "every answer carries the headers": (
        wrapped(door._Passage, "_with_headers", lambda _: lambda self, message: message),
        f"{DOOR}::test_every_answer_carries_the_headers_faults_too",
    ),
    "https is kept to": (lambda m: m.setattr(door, "HSTS", (b"x", b"y")), f"{DOOR}::test_https_is_kept_to_once_used"),
    "only trusted proxies are believed": (
        lambda m: m.setattr(app, "ProxyHeadersMiddleware", lambda inner, _: ProxyHeadersMiddleware(inner, "*")),
        f"{DOOR}::test_only_trusted_proxies_say_who_the_client_is",
    ),
    "large bodies are refused": (
        lambda m: m.setattr(door, "MOST_BYTES", 1 << 40),
        f"{DOOR}::test_what_is_too_large_is_refused",
    ),
    "shares are counted": (gone(limits.Limit, "take"), f"{DOOR}::test_shares_are_counted_and_come_back"),
    "lines of the log are blackened": (
        lambda m: m.setattr(logs, "SECRETS", ()),
        f"{DOOR}::test_whatever_slips_into_a_line_is_blackened",
    ),
    # where people are, and web push
    "positions are taken on duty only": (
        gone(rules_duty, "demand_on_duty", SOMETIME),
        f"{DUTY}::test_no_position_is_taken_off_duty",
    ),
    "a position is gone with the duty": (
        said(store_duty.DROP_WHEREABOUTS, (" where ", " where false and ")),
        f"{DUTY}::test_a_forgotten_duty_ends_by_itself_and_its_place_is_gone",
    ),
    "where people are is seen within their units": (
        wrapped(rules_duty, "whom_seen", lambda real: lambda *a: dataclasses.replace(real(*a), everything=True)),
        f"{DUTY}::test_a_desk_sees_its_own_people_and_nobody_else_s",
    ),
    "outdoors one is on duty to see others": (
        wrapped(rules_duty, "whom_seen", lambda real: lambda actor, _: real(actor, True)),
        f"{DUTY}::test_outdoors_one_sees_one_s_unit_and_only_while_on_duty",
    ),
    "push goes to the public network alone": (
        gone(push, "is_public", True),
        "tests/kit/test_push.py::test_a_name_that_leads_inside_is_refused[numbers0]",
    ),
    "push ends with the session": (
        said(queries_push.HEARD, (" and x.revoked_at is null", "")),
        "tests/flows/test_tell_phones.py::test_a_device_is_told_as_long_as_its_session_lasts",
    ),
    # §4 files
    "bombs are not unpacked": (gone(zips, "is_bomb", False), f"{FILES}::test_a_bomb_is_not_unpacked"),
    "huge pictures are not decoded": (
        lambda m: m.setattr(photos, "MAX_PIXELS", 1 << 40),
        f"{FILES}::test_a_photo_of_far_too_many_pixels_is_not_decoded",
    ),
    "photos are of a few types": (
        lambda m: m.setitem(photos.TYPES, "GIF", "image/gif"),
        f"{FILES}::test_what_is_no_photo_is_refused",
    ),
    "a voice note is one track of sound": (
        gone(sounds, "_opus_track", 1),
        "tests/kit/test_sounds.py::test_what_is_no_recording_is_refused_in_words",
    ),
    "a voice note is a minute at most": (
        gone(sounds, "_demand_short"),
        "tests/kit/test_sounds.py::test_a_minute_and_no_more",
    ),
    "a voice note stands for no photo": (
        gone(rules, "demand_sorts"),
        "tests/cases/test_voice.py::test_it_stands_for_no_photo",
    ),
    "a voice note is heard by whom it concerns": (
        gone(api_voices, "demand_voice_in_sight"),
        "tests/app/test_app.py::test_a_voice_note_is_uploaded_and_heard_only_by_whom_it_concerns",
    ),
    "no cell leaves as a formula": (
        same(sheet, "guard"),
        f"{FILES}::test_no_cell_leaves_as_a_formula_and_each_comes_back",
    ),
    # §4 out of sight
    "lists keep to what is in sight": (gone(queries, "visible", Clause()), f"{ROUTES}[operator.own]"),
    "doubts keep to those one answers for": (gone(queries_doubt, "_narrow", Clause()), f"{ROUTES}[supervisor.own]"),
    "figures keep to the ground": (
        wrapped(assess_queries, "find_sight", lambda real: lambda *a: {**real(*a), "everything": True}),
        f"{ROUTES}[commander.own]",
    ),
    "who looked is seen by the superior": (
        wrapped(api_personal, "scope_of", lambda real: lambda *a: dataclasses.replace(real(*a), everything=True)),
        f"{ROUTES}[audit_admin.own]",
    ),
    "acts on what is out of sight find nothing": (gone(actions, "demand_sight"), f"{ACTS}[operator]"),
    "acts need a post that reaches": (
        wrapped(network_rules, "_fitting_post", lambda _: lambda actor, *__: next(iter(actor.posts), None)),
        f"{ACTS}[handler]",
    ),
    # §4 personal data
    "telephones are masked": (same(rules_personal, "mask_phone"), "tests/network/test_personal.py::test_lists_are_masked_and_ones_own_is_not"),
    "reporters are masked": (same(queries_contact, "mask_phone"), f"{CONTACT}::test_masked_for_whoever_sees_the_case_even_who_wrote_it_down"),
    "looking stands in the ledger": (
        gone(actions_contact, "record"),
        f"{CONTACT}::test_in_clear_with_a_reason_that_stands_in_the_ledger",
    ),
    "looking is counted": (gone(actions_personal, "demand_try"), f"{CONTACT}::test_nobody_reads_them_all_in_a_row"),
    "a reason holds no number": (
        gone(rules_personal, "check_reason"),
        f"{CONTACT}::test_who_may_not_is_refused_and_nothing_is_noted",
    ),
    # §3 liars
    "nobody verifies their own work": (
        gone(rules, "demand_not_handler"),
        f"{LIARS}::test_nobody_verifies_or_closes_their_own_work",
    ),
    "nobody decides their own request": (
        gone(rules_request, "demand_other_person"),
        f"{LIARS}::test_nobody_decides_what_they_asked_for",
    ),
    "nothing is closed without evidence": (
        gone(rules, "demand_evidence"),
        f"{LIARS}::test_nothing_is_finished_verified_or_closed_without_evidence",
    ),
    "a photo serves once in a case": (
        gone(rules, "demand_fresh_photos"),
        f"{LIARS}::test_a_photo_serves_once_in_a_case",
    ),
    "who verifies stands at the place": (
        gone(rules, "demand_presence"),
        "tests/cases/test_steps.py::test_verification_is_done_at_the_place",
    ),
    "old photos are doubted": (gone(rules_doubt, "doubt_photos", ()), f"{DOUBTS}::test_an_old_photo_in_a_report"),
    "a position far away is doubted": (gone(rules_doubt, "doubt_position", ()), f"{DOUBTS}::test_finished_from_afar"),
    "haste is doubted": (gone(rules_doubt, "doubt_haste", ()), f"{DOUBTS}::test_all_done_within_minutes"),
    "a habit is doubted": (
        gone(rules_doubt, "doubt_habit", ()),
        f"{DOUBTS}::test_handling_ones_own_reports_again_and_again",
    ),
    "photos that look the same are doubted": (
        gone(photos, "work_out_look"),
        f"{LIARS}::test_the_same_photo_for_two_cases_and_one_that_only_looks_the_same",
    ),
    "the rows are held to the ledger": (gone(queries_told, "find_differences", ()), "tests/liars/test_told.py::test_an_entry_without_its_deed_is_named"),
    "erased photos leave the store": (gone(files, "sweep_erased"), f"{ERASE}::test_a_photo_erased_is_gone_and_every_proof_holds"),
    "others' evidence is not erased": (
        said(store_erase.SHOWN_BEYOND, ("select exists", "select false and exists")),
        f"{ERASE}::test_somebody_elses_proof_is_not_erased_by_way_of_ones_own_case",
    ),
    "the application has a login of its own": (
        same(pg_login, "app_url"),
        "tests/liars/test_role.py::test_it_cannot_climb_back",
    ),
    "a login that is the owner's is refused": (
        gone(pg_login, "demand_own_login"),
        "tests/liars/test_role.py::test_a_login_that_could_become_the_owner_is_refused",
    ),
    "rows and their hashes are recomputed": (gone(rules_verify, "check_rows"), f"{VERIFY}::test_a_changed_field"),
    "the tree is recomputed": (gone(rules_verify, "check_nodes"), f"{VERIFY}::test_nodes_tampered_with"),
    "signatures of heads are checked": (
        gone(rules_verify, "check_head"),
        f"{VERIFY}::test_heads_signed_anew_by_another_key",
    ),
    "heads kept elsewhere are compared": (
        gone(rules_verify, "check_outside", ([], None)),
        f"{VERIFY}::test_the_last_head_dropped_is_known_outside",
    ),
    "what is not settled is looked at": (
        gone(rules_verify, "check_unsettled", (0, None)),
        f"{VERIFY}::test_an_unsettled_entry_whose_predecessor_is_gone",
    ),
    "the level above demands continuity": (
        gone(actions_witness, "find_break"),
        "tests/ledger/test_witness.py::test_a_rewritten_and_resealed_history_is_caught",
    ),
    # §2 crashes and races
    "a command id is done once": (
        lambda m: m.setattr(web, "_command", NeverDone()),
        f"{RACES}::test_the_same_command_id_from_two_phones_of_one_person_is_one_act",
    ),
    "who waited for a case reads it anew": (
        said(store.LOCK, (" and c.version = (select before.version from cases.case before where before.id = c.id)", "")),
        f"{RACES}::test_whoever_waited_for_a_case_sees_its_orders_as_they_are_now",
    ),
    "consequences that fail are parked": (
        gone(parked, "park"),
        "tests/cases/test_edge.py::test_a_reaction_that_fails_is_parked_and_seen_and_never_stops_the_act",
    ),
}  # fmt: skip
BY_TEST = {node: take_out for take_out, node in DEFENCES.values()}
_outcomes: dict[str, dict[str, str]] = {}


@pytest.fixture(scope="session", autouse=True)
def _first(request: pytest.FixtureRequest, _ring: None) -> None:
    """What all tests share is made while the product is whole."""
    for shared in ("databases", "world_template", "db"):
        request.getfixturevalue(shared)


@pytest.fixture(autouse=True)
def _without_its_defence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    node = request.node.nodeid
    take_out = BY_TEST.get(node) or BY_TEST[node.partition("[")[0]]
    take_out(monkeypatch)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        _outcomes.setdefault(report.nodeid, {})[report.when] = (
            f"{report.outcome}: {crash.message[:300] if crash else ''}"
        )


def pytest_sessionfinish() -> None:
    if path := os.environ.get("YIWANG_OUTCOMES"):
        Path(path).write_text(json.dumps(_outcomes), "utf-8")

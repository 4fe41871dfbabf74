"""What is out of sight cannot be told: two worlds that differ only there answer alike, to the last byte."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest

import world
from strangers.cases import STATES, Making, add_photo, make
from strangers.places import LOWER, NOW, PASSWORD, SIBLING, person
from strangers.samples import sample
from strangers.stage import Answer, Town
from strangers.table import row_names
from yiwang.assess.actions import follow
from yiwang.cases import actions_emergency, actions_file, actions_merge, actions_talk, actions_verify
from yiwang.cases import model_commands as c
from yiwang.cases.actions_contact import erase_contact, unmask_contact
from yiwang.cases.actions_erase import erase_photo, erase_words
from yiwang.cases.actions_report import report_case
from yiwang.cases.model import Channel, PhotoKind
from yiwang.cases.model_contact import UnmaskContact
from yiwang.cases.model_erase import ErasePhoto, EraseWords
from yiwang.cases.queries import get_course
from yiwang.cases.store import LOCK
from yiwang.cases.store_evidence import EVIDENCE
from yiwang.city.actions_rules import set_calendar
from yiwang.city.model_rules import SetCalendar
from yiwang.desk import live
from yiwang.dispatch.actions import import_list
from yiwang.dispatch.model import ImportList
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id
from yiwang.ledger.queries import list_entries
from yiwang.network import rules_access
from yiwang.network.actions_access import issue_token, set_password
from yiwang.network.actions_duty import call_colleague, start_duty, tell_positions
from yiwang.network.actions_people import add_person, assign_duty, give_certificate, grant_post
from yiwang.network.actions_personal import unmask_person
from yiwang.network.actions_units import open_unit, rename_unit
from yiwang.network.model import PostKind
from yiwang.network.model_access import IssueToken, SetPassword
from yiwang.network.model_duty import CallColleague, Position, StartDuty, TellPositions
from yiwang.network.model_people import AddPerson, AssignDuty, GiveCertificate, GrantPost
from yiwang.network.model_personal import Purpose, UnmaskPerson
from yiwang.network.model_units import OpenUnit, RenameUnit, UnitKind
from yiwang.network.queries_actor import get_actor
from yiwang.network.rules import scope_of

VIEWERS = (
    "inspector.own", "operator.own", "dispatcher.own", "handler.own", "supervisor.own", "commander.own", "operator.lower",
    "handler.helping", "system_admin.own", "security_admin.own", "audit_admin.own", "resident", "token:reads",
)  # fmt: skip
PUBLIC = (
    "/api/ledger/",
    "/api/openapi",
    "/api/docs",
    "/readyz",
    "/api/desk/demo-people",
    "/api/sign-in-policy",
    "/api/public/map",
)
"""Told to everyone, by design: how many entries the ledger has, health, whom one can be in a demonstration."""
SOON = NOW + timedelta(days=9)
TOLD = {
    "GET /api/cases", "GET /api/cases (of a unit)", "GET /api/cases/counts", "GET /api/cases/counts/{unit_id}", "GET /api/cases/near",
    "GET /api/cases/notices",
    "GET /api/desk/today", "GET /api/doubts", "GET /api/doubts/counts", "GET /api/unmaskings", "GET /api/assess/figures",
    "GET /api/assess/figures (of units)", "GET /api/assess/figures (of people)", "GET /api/assess/facts",
    "GET /api/assess/facts (of units)", "GET /api/assess/facts (of people)", "GET /api/assess/figures.{kind}",
    "GET /api/assess/facts.{kind}", "GET /api/assess/composites",
}  # fmt: skip
"""What must tell whoever sees it, or the comparison of two worlds would show nothing."""


def next_door_is_busy(tx: Tx) -> list[UUID]:
    """Everything that can happen happens in the next street; nothing of it is about this one. Answers with the cases."""
    found = [make(tx, f"sibling {state}", state, "sibling").id for state in STATES]
    admin, security = (get_actor(tx, person(f"{post}.sibling")) for post in ("system_admin", "security_admin"))
    unit, newcomer = world.unit(SIBLING), named_id("newcomer")
    opened = open_unit(tx, admin, OpenUnit(f"{SIBLING}-xin", "新设办", UnitKind.department, unit, 3))
    rename_unit(tx, admin, RenameUnit(opened.id, "又改名办"))
    add_person(tx, admin, AddPerson(newcomer, "newcomer", "新来的", "13700000000"))
    post = grant_post(tx, admin, GrantPost(named_id("newcomer's"), newcomer, PostKind.operator, unit))
    grant_post(tx, world.SETUP, GrantPost(named_id("second"), person("subject"), PostKind.operator, unit))
    give_certificate(tx, admin, GiveCertificate(named_id("c2"), newcomer, SOON))
    assign_duty(tx, admin, AssignDuty(named_id("d2"), post.id, NOW, NOW + timedelta(hours=8)))
    busy = get_actor(tx, person("inspector.sibling"))
    start_duty(tx, busy, StartDuty(named_id("attendance next door")))
    tell_positions(tx, busy, TellPositions((Position(named_id("position next door"), *world.FAR, tx.now),)))
    call_colleague(tx, replace(get_actor(tx, person("operator.sibling")), proven=True), CallColleague(busy.id))
    set_password(tx, security, SetPassword(newcomer, "Loud-Trumpet-8"))
    issue_token(tx, security, IssueToken(named_id("t2"), newcomer, "接口", ("read",), SOON))
    set_calendar(tx, get_actor(tx, person("commander.sibling")), SetCalendar(unit, "夜班", "22:00-06:00"))
    lines = f"层次,类型,代码,名称,区域,主办\n大类,,01,市政公用设施类,{SIBLING},310101-jianguan\n"
    import_list(tx, get_actor(tx, person("dispatcher.sibling")), ImportList(SIBLING, "x.csv", lines.encode()))
    sql = "update city.component set name = '改了名' where grid_code like %s"
    assert tx.conn.execute(sql, [f"{SIBLING}%"]).rowcount
    things_happen_to(tx, found, "operator.sibling")
    return found


def things_happen_to(tx: Tx, cases: list[UUID], operator: str) -> None:
    """Personal data are looked at, a photo, a wording and a contact erased; and all of it settles and becomes figures."""
    actor, first = get_actor(tx, person(operator)), cases[0]
    actor = replace(actor, proven=True)
    unmask_contact(tx, actor, UnmaskContact(first, first, Purpose.callback, "请回电"))
    unmask_person(tx, actor, UnmaskPerson(actor.id, Purpose.duty, "值班"))
    erase_photo(tx, actor, ErasePhoto(first, EVIDENCE.all(tx, case_id=first)[0].sha256, "认得出人"))
    erase_words(tx, actor, EraseWords(first, sha256(get_description(tx, first).encode()).hexdigest(), "写了姓名"))
    erase_contact(tx, actor, first, first)
    lon, lat = world.FAR if operator.endswith(".sibling") else world.SPOT
    found = c.ReportCase(named_id("on the map"), Channel.other, "垃圾", "matter", "06010", lon=lon, lat=lat)
    report_case(tx, actor, found)
    world.Play(tx).settle()
    while follow(tx, wait=True):
        pass


def get_description(tx: Tx, case_id: UUID) -> str:
    return next(row.description for row in LOCK.all(tx, id=case_id))


def all_reads(town: Town, who: str) -> dict[str, Answer]:
    """Every GET there is, and questions that are asked by POST."""
    rows = [r for r in row_names(town) if r.startswith("GET ") or r == "POST /api/deadlines/work-out"]
    login = who if not who.startswith("token") else "operator.own"
    asked = {row: sample(town, row, login) for row in rows if not any(p in row for p in PUBLIC)}
    return {row: without_size(town.here(lambda one=one: one.ask(town, who, undo=False))) for row, one in asked.items()}


SIZES = re.compile(rb'("position":|"as_of":\{"size":|ledger entries,)\d+')
"""How far the ledger has come, as `/api/ledger/head` tells everybody; pages and figures name it as what they rest on."""


def without_size(answer: Answer) -> Answer:
    kept = tuple((k, v) for k, v in answer.headers if k != "content-length")
    return replace(answer, headers=kept, body=SIZES.sub(rb"\1", answer.body))


@pytest.mark.parametrize("who", VIEWERS)
def test_what_happens_next_door_changes_no_answer(town: Town, who: str) -> None:
    with town.undone() as tx:
        before = all_reads(town, who)
        elsewhere = next_door_is_busy(tx)
        after = all_reads(town, who)
        told = [row for row in before if before[row] != after[row]]
        assert not told, [(row, before[row].body[:900], after[row].body[:900]) for row in told]
        assert len(before) > 40
        assert [a for a in after.values() if a.status == 200]
        # the live feed: what was recorded there is nothing to this viewer
        scope = scope_of(town.actors[who if who in town.actors else "operator.own"])
        entries = [e for case in elsewhere for e in list_entries(tx, case)]
        assert entries and live.render(live.to_changes(tx, entries))(scope) is None


@pytest.mark.parametrize("who", ["operator.lower", "supervisor.lower", "grid_chief.lower"])
def test_what_happens_above_changes_no_answer_below(town: Town, who: str) -> None:
    """In the street, but in none of this neighbourhood: its posts are told nothing, though they know the street's name."""
    with town.undone() as tx:
        before = all_reads(town, who)
        things_happen_to(tx, [make(tx, f"above {state}", state, "own").id for state in STATES], "operator.own")
        after = all_reads(town, who)
        told = [row for row in before if before[row] != after[row]]
        assert not told, [(row, before[row].body[:900], after[row].body[:900]) for row in told]


def test_the_oracle_can_see(town: Town) -> None:
    """The same, had it happened in this very street: lists, counts, notices, doubts, figures, their facts and files tell."""
    told: set[str] = set()
    for who in ("operator.own", "supervisor.own"):
        with town.undone() as tx:
            before = all_reads(town, who)
            making = Making(tx, "another", "own")
            making.closed(due_in=-1)
            things_happen_to(tx, [making.id], "operator.own")
            after = all_reads(town, who)
            told |= {row for row in before if before[row] != after[row]}
    unmoved = {row for row in before if row not in told}
    assert told >= TOLD, (TOLD - told, unmoved)


def test_a_photo_of_others_is_no_photo(town: Town) -> None:
    """Its digest is not enough to use or see it; and uploading the same file tells nothing of the first upload."""
    data = world.jpeg("plum")
    with town.undone() as tx:
        fresh = town.ask("operator.own", "POST", "/api/photos", data, undo=False)
        town.undo()
        town.ask("operator.sibling", "POST", "/api/photos", data, undo=False)
        second = town.ask("operator.own", "POST", "/api/photos", data, undo=False)
        assert second == fresh
        sha = second.body.split(b'"sha256":"')[1][:64].decode()
        assert town.ask("operator.own", "GET", f"/api/photos/{sha}", undo=False).status == 200
        assert town.ask("operator.lower", "GET", f"/api/photos/{sha}", undo=False).status == 404
        theirs = add_photo(tx, "operator.sibling", "theirs")
        answers = []
        for digest in (theirs, "f" * 64):
            finish = c.VerifyCase(
                town.names["cases"]["handled"].id, True, "看过", photos=(c.PhotoUse(digest, PhotoKind.verified),)
            )
            answers.append(town.act(actions_verify.verify_case, town.actors["verifier.own"], finish))
        assert [(a.code, a.detail["missing"]) for a in answers] == [
            ("photo.not_uploaded", [theirs]),
            ("photo.not_uploaded", ["f" * 64]),
        ]


def test_where_else_a_photo_serves_is_told_to_those_who_see_it(town: Town) -> None:
    with town.undone() as tx:
        mine, other = Making(tx, "mine"), Making(tx, "theirs", "sibling")
        sha = add_photo(tx, "reporter", "twice")
        sql = "insert into kit.upload (sha256, by, at) values (%s, %s, now())"
        tx.conn.execute(sql, [sha, person("coordinator.sibling")])
        for making in (other, mine):
            use = (c.PhotoUse(sha, PhotoKind.near),)
            making.use = lambda *_, use=use: use  # type: ignore[method-assign]
            making.reported()
        assert get_course(tx, scope_of(town.actors["operator.own"]), mine.id).evidence[0].reused_in is None
        assert get_course(tx, scope_of(town.actors["operator.upper"]), mine.id).evidence[0].reused_in == other.id


def test_whom_nobody_sees_cannot_be_named(town: Town) -> None:
    """Mentioned, sent to check, put in command: somebody out of reach is refused in the words for nobody at all."""
    case = town.names["cases"]["reported"].id
    for people in (("inspector.sibling", "nobody"), ("inspector.lower", "no one")):
        said = []
        for login in people:
            comment = c.CommentCase(case, named_id("x"), "请看", (person(login),))
            check = c.AskCheck(case, person(login))
            emergency = c.DeclareEmergency(case, person(login), (world.unit(LOWER),))
            tried = [
                town.act(actions_talk.comment_case, town.actors["operator.own"], comment),
                town.act(actions_file.ask_check, town.actors["operator.own"], check),
                town.act(actions_emergency.declare_emergency, town.actors["operator.own"], emergency),
            ]
            said.append([p and (p.status, p.code, p.zh, set(p.detail)) for p in tried])
        assert said[0] == said[1] and None not in said[0]


def test_a_reporter_is_not_shown_what_their_case_was_merged_into(town: Town) -> None:
    with town.undone() as tx:
        mine, other = Making(tx, "mine"), Making(tx, "theirs", "sibling")
        mine.reported()
        other.verified()
        merger = get_actor(tx, person("operator.upper"))
        actions_merge.merge_case(tx, merger, c.MergeCase(mine.id, other.id))
        other.do("operator.sibling", actions_verify.close_case, c.CloseCase(other.id, "清理干净"))
        shown = actions_verify.rate_report(tx, town.actors["reporter"], c.RateReport(mine.id, mine.id, 1, True))
        assert shown.id == mine.id
        problem = town.act(actions_verify.rate_report, town.actors["reporter"], c.RateReport(mine.id, mine.id, 1, True))
        assert problem and problem.code == "case.rated_already" and problem.detail["case"]["id"] == str(mine.id)


def test_nobody_gets_the_answer_to_anothers_command(town: Town) -> None:
    """A command id is one's own; and a token does not get the answer to what its person did without it."""
    key, body = named_id("key"), {"case_id": str(town.names["cases"]["reported"].id)}
    with town.undone():
        first = town.ask("operator.own", "POST", "/api/cases/accept", body, key=key, undo=False)
        assert first.status == 200
        again = town.ask("operator.own", "POST", "/api/cases/accept", body, key=key, undo=False)
        assert again.body == first.body
        stranger = town.ask("operator.sibling", "POST", "/api/cases/accept", body, key=key, undo=False)
        assert (stranger.status, stranger.code) == (404, "case.unknown")
        token = town.ask("token:reports", "POST", "/api/cases/accept", body, key=key, undo=False)
        assert (token.status, token.code) == (422, "command.reused")


def test_signing_in_does_not_tell_who_there_is(town: Town) -> None:
    """An unknown name, a wrong password, a person without one: the same words, headers and work; locked alike."""
    hashed: list[str] = []
    real = rules_access.hasher.verify

    def spied(known: str, given: str) -> bool:
        hashed.append(known.split("$")[3])
        return real(known, given)

    said = {}
    for login in ("operator.own", "no.such.person", "newly.added"):
        with town.undone() as tx:
            if login == "newly.added":
                add_person(tx, world.SETUP, AddPerson(named_id(login), login, "某人"))
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(type(rules_access.hasher), "verify", lambda _, a, b: spied(a, b))
                tries = [
                    town.ask(None, "POST", "/api/sign-in", {"login": login, "password": "Wrong-Guess-1"}, undo=False)
                    for _ in range(8)
                ]
            said[login] = [(t.status, t.headers, t.body) for t in tries]
    assert said["operator.own"] == said["no.such.person"] == said["newly.added"]
    assert {status for status, *_ in said["operator.own"]} == {401, 429}
    assert len(set(hashed)) == 1 and len(hashed) % 3 == 0, "each try costs one verification of the same cost"
    with town.undone():
        right = town.ask(None, "POST", "/api/sign-in", {"login": "operator.own", "password": PASSWORD})
        assert right.status == 200

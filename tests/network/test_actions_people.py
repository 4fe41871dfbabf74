"""Posts, certificates, erasure: who may appoint whom, and what stands in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yiwang.kit.db import Tx
from yiwang.kit.errors import Forbidden, NotFound, Problem
from yiwang.kit.ids import new_id
from yiwang.kit.scope import Scope
from yiwang.network import queries_people, rules_access, store_access
from yiwang.network.actions_people import (
    add_person,
    erase_person,
    give_certificate,
    grant_post,
    revoke_certificate,
    revoke_post,
)
from yiwang.network.actions_units import merge_units
from yiwang.network.model import ADMIN_POSTS, PostKind
from yiwang.network.model_people import (
    AddPerson,
    ErasePerson,
    GiveCertificate,
    GrantPost,
    RevokeCertificate,
    RevokePost,
)
from yiwang.network.model_units import MergeUnits

from .conftest import ROBOT, Town, unit_id

ALL = Scope(True, (), ROBOT.id)
YEAR = timedelta(days=365)


def code_of(call) -> str:
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.zh
    assert caught.value.en
    return caught.value.code


def test_grant_and_revoke(tx: Tx, town: Town) -> None:
    admin = town.person(tx, "admin", ("system_admin", "D1"))
    town.person(tx, "li")
    held = town.grant(tx, "li", "dispatcher", "S1", by=admin)
    assert held.effective
    assert [p.kind for p in town.actor(tx, "li").posts] == [PostKind.dispatcher]
    assert code_of(lambda: town.grant(tx, "li", "dispatcher", "S1", by=admin)) == "network.post_held"
    ended = revoke_post(tx, admin, RevokePost(held.id))
    assert (ended.until, ended.effective) == (tx.now, False)
    assert town.actor(tx, "li").posts == ()
    assert code_of(lambda: revoke_post(tx, admin, RevokePost(held.id))) == "network.post_ended"
    town.grant(tx, "li", "dispatcher", "S1", by=admin)
    rows = tx.conn.execute("select event, post from ledger.entry where subject_id = %s order by n", [town.people["li"]])
    assert rows.fetchall() == [
        ("person.added", "system"),
        ("post.granted", "system_admin"),
        ("post.revoked", "system_admin"),
        ("post.granted", "system_admin"),
    ]


def test_only_the_system_administrator_of_the_area_appoints(tx: Tx, town: Town) -> None:
    town.person(tx, "li")
    east = town.person(tx, "east", ("system_admin", "D1"))
    security = town.person(tx, "sec", ("security_admin", "C"))
    commander = town.person(tx, "boss", ("commander", "C"))
    assert code_of(lambda: town.grant(tx, "li", "handler", "S3", by=east)) == "network.no_unit"
    assert code_of(lambda: town.grant(tx, "li", "handler", "C", by=east)) == "network.not_your_area"
    for other in (security, commander):
        assert code_of(lambda other=other: town.grant(tx, "east", "handler", "S1", by=other)) == "network.not_your_post"
    held = town.grant(tx, "li", "handler", "S3")
    assert code_of(lambda: revoke_post(tx, east, RevokePost(held.id))) == "network.no_post"
    assert code_of(lambda: revoke_post(tx, east, RevokePost(new_id()))) == "network.no_post"


def test_nobody_appoints_certifies_or_erases_themselves(tx: Tx, town: Town) -> None:
    admin = town.person(tx, "admin", ("system_admin", "C"), ("supervisor", "C"))
    assert code_of(lambda: town.grant(tx, "admin", "commander", "S1", by=admin)) == "network.not_yourself"
    certificate = GiveCertificate(new_id(), admin.id, tx.now + YEAR)
    assert code_of(lambda: give_certificate(tx, admin, certificate)) == "network.not_yourself"
    assert code_of(lambda: erase_person(tx, admin, ErasePerson(admin.id))) == "network.not_yourself"


@pytest.mark.parametrize("first", sorted(ADMIN_POSTS))
@pytest.mark.parametrize("second", sorted(ADMIN_POSTS))
def test_nobody_holds_two_administrators_posts(tx: Tx, town: Town, first: PostKind, second: PostKind) -> None:
    town.person(tx, "li", (first, "S1"))
    if first is second:
        town.grant(tx, "li", second, "S2")
    else:
        assert code_of(lambda: town.grant(tx, "li", second, "S2")) == "network.administrators_apart"
        later = tx.now + YEAR
        assert code_of(lambda: town.grant(tx, "li", second, "S2", since=later)) == "network.administrators_apart"


def test_administrators_in_turn_are_fine_but_never_overlapping(tx: Tx, town: Town) -> None:
    town.person(tx, "li")
    town.grant(tx, "li", "system_admin", "C", until=tx.now + YEAR)
    town.grant(tx, "li", "audit_admin", "C", since=tx.now + YEAR)
    # A third would overlap with the first, or with both.
    half, later = tx.now + YEAR / 2, tx.now + YEAR * 3 / 4
    first = code_of(lambda: town.grant(tx, "li", "security_admin", "C", since=half, until=later))
    assert first == "network.administrators_apart"
    assert (
        code_of(lambda: town.grant(tx, "li", "security_admin", "C", since=tx.now + YEAR / 2))
        == "network.administrators_apart"
    )


def test_an_auditor_holds_nothing_else(tx: Tx, town: Town) -> None:
    town.person(tx, "wu", ("auditor", "C"))
    assert code_of(lambda: town.grant(tx, "wu", "handler", "S1")) == "network.auditor_stands_alone"
    town.person(tx, "li", ("handler", "S1"))
    assert code_of(lambda: town.grant(tx, "li", "auditor", "C")) == "network.auditor_stands_alone"


def test_a_coordinator_becomes_inspector_by_certificate_only(tx: Tx, town: Town) -> None:
    trainer = town.person(tx, "trainer", ("supervisor", "D1"))
    town.person(tx, "zhao", ("coordinator", "S1"))
    assert code_of(lambda: town.grant(tx, "zhao", "inspector", "S1")) == "network.certificate_needed"
    # Ending the coordinator's post first opens nothing.
    coordinator = queries_people.list_posts(tx, ALL, town.people["zhao"])[0]
    revoke_post(tx, ROBOT, RevokePost(coordinator.id))
    assert code_of(lambda: town.grant(tx, "zhao", "inspector", "S1")) == "network.certificate_needed"
    town.grant(tx, "zhao", "coordinator", "S1")

    given = give_certificate(tx, trainer, GiveCertificate(new_id(), town.people["zhao"], tx.now + YEAR))
    assert queries_people.is_certified(tx, town.people["zhao"], PostKind.inspector, tx.now)
    held = town.grant(tx, "zhao", "inspector", "S1")
    assert (held.needs_certificate, held.effective) == (True, True)
    assert PostKind.inspector in {p.kind for p in town.actor(tx, "zhao").posts}

    tx.now += YEAR  # it expires: the post stands, and does not count
    assert PostKind.inspector not in {p.kind for p in town.actor(tx, "zhao").posts}
    assert not queries_people.is_certified(tx, town.people["zhao"], PostKind.inspector, tx.now)
    renewed = give_certificate(tx, trainer, GiveCertificate(new_id(), town.people["zhao"], tx.now + YEAR))
    assert PostKind.inspector in {p.kind for p in town.actor(tx, "zhao").posts}
    revoke_certificate(tx, trainer, RevokeCertificate(renewed.id))
    assert PostKind.inspector not in {p.kind for p in town.actor(tx, "zhao").posts}
    assert (
        code_of(lambda: revoke_certificate(tx, trainer, RevokeCertificate(renewed.id))) == "network.certificate_revoked"
    )
    assert given.expires_at <= tx.now
    # Somebody who never was in training needs none.
    town.person(tx, "qian", ("inspector", "S1"))
    assert len(town.actor(tx, "qian").posts) == 1


def test_certificates_are_given_in_ones_area(tx: Tx, town: Town) -> None:
    trainer = town.person(tx, "trainer", ("supervisor", "D2"))
    town.person(tx, "zhao", ("coordinator", "S1"))
    cmd = GiveCertificate(new_id(), town.people["zhao"], tx.now + YEAR)
    assert code_of(lambda: give_certificate(tx, trainer, cmd)) == "network.no_person"
    handler = town.person(tx, "he", ("handler", "S1"))
    assert code_of(lambda: give_certificate(tx, handler, cmd)) == "network.not_your_post"
    late = GiveCertificate(new_id(), town.people["zhao"], tx.now)
    assert code_of(lambda: give_certificate(tx, ROBOT, late)) == "network.wrong_period"


def test_a_post_has_its_time_and_its_grids(tx: Tx, town: Town) -> None:
    town.person(tx, "li")
    grid = new_id()
    town.grant(tx, "li", "inspector", "S1", grids=(grid,), since=tx.now + YEAR, until=tx.now + 2 * YEAR)
    assert town.actor(tx, "li").posts == ()
    tx.now += YEAR
    assert town.actor(tx, "li").posts[0].grids == (grid,)
    tx.now += YEAR
    assert town.actor(tx, "li").posts == ()
    assert code_of(lambda: town.grant(tx, "li", "dispatcher", "S1", grids=(grid,))) == "network.grids_not_for_post"
    assert code_of(lambda: town.grant(tx, "li", "handler", "S1", until=tx.now)) == "network.wrong_period"


def test_posts_follow_a_merged_unit(tx: Tx, town: Town) -> None:
    town.person(tx, "li", ("dispatcher", "S1"))
    merge_units(tx, ROBOT, MergeUnits((unit_id("S1"),), unit_id("S2")))
    (held,) = town.actor(tx, "li").posts
    assert (held.unit_id, held.unit_path) == (unit_id("S2"), "C.D1.S2")
    town.person(tx, "wang")
    assert code_of(lambda: town.grant(tx, "wang", "handler", "S1")) == "network.unit_closed"


def test_people_are_checked(tx: Tx, town: Town) -> None:
    admin = town.person(tx, "admin", ("system_admin", "S1"))
    for cmd, code in (
        (AddPerson(new_id(), "a b", "x"), "network.wrong_login"),
        (AddPerson(new_id(), "ab", " "), "network.wrong_name"),
        (AddPerson(new_id(), "ab", "x", phone="call me"), "network.wrong_phone"),
        (AddPerson(new_id(), "ADMIN", "x"), "network.login_taken"),
        (AddPerson(admin.id, "new", "x"), "network.person_exists"),
    ):
        assert code_of(lambda cmd=cmd: add_person(tx, admin, cmd)) == code
    with pytest.raises(Forbidden):
        add_person(tx, town.person(tx, "li", ("dispatcher", "S1")), AddPerson(new_id(), "new", "x"))
    missing = GrantPost(new_id(), new_id(), PostKind.handler, unit_id("S1"))
    with pytest.raises(NotFound):
        grant_post(tx, admin, missing)


def test_erasure_blanks_the_person_and_leaves_the_ledger(tx: Tx, town: Town) -> None:
    admin = town.person(tx, "admin", ("system_admin", "D1"))
    li = town.person(tx, "li", ("dispatcher", "S1"))
    secret = rules_access.new_secret()
    store_access.PUT_PASSWORD.run(tx, person_id=li.id, hash="x")
    store_access.ADD_SESSION.one(
        tx, id=new_id(), hash=rules_access.digest(secret), person_id=li.id, device="d", address="a", proven=None
    )
    before = tx.conn.execute("select n, hash from ledger.entry where subject_id = %s order by n", [li.id]).fetchall()
    gone = erase_person(tx, admin, ErasePerson(li.id))
    assert (gone.login, gone.phone, gone.wecom, gone.name) == (None, None, None, "已注销人员")
    assert town.actor(tx, "li").posts == ()
    after = tx.conn.execute("select n, hash from ledger.entry where subject_id = %s order by n", [li.id]).fetchall()
    assert after[:-1] == before
    assert tx.conn.execute("select count(*) from network.password where person_id = %s", [li.id]).fetchone() == (0,)
    open_sessions = "select count(*) from network.session where person_id = %s and revoked_at is null"
    assert tx.conn.execute(open_sessions, [li.id]).fetchone() == (0,)
    for text in ("名li", "13800000000"):
        found = "select count(*) from ledger.entry where position(%s in body) > 0"
        assert tx.conn.execute(found, [text]).fetchone() == (0,)
    assert code_of(lambda: erase_person(tx, admin, ErasePerson(li.id))) == "network.person_erased"
    assert code_of(lambda: town.grant(tx, "li", "handler", "S1")) == "network.person_erased"
    town.people["li2"] = new_id()
    add_person(tx, admin, AddPerson(town.people["li2"], "li", "新人"))  # the login is free again


def test_erasing_needs_authority_over_all_their_posts(tx: Tx, town: Town) -> None:
    admin = town.person(tx, "admin", ("system_admin", "S1"))
    town.person(tx, "li", ("dispatcher", "S1"), ("commander", "D2"))
    assert code_of(lambda: erase_person(tx, admin, ErasePerson(town.people["li"]))) == "network.not_your_area"


def test_people_are_listed_in_ones_scope(tx: Tx, town: Town) -> None:
    li = town.person(tx, "li", ("dispatcher", "S1"))
    wang = town.person(tx, "wang", ("handler", "S3"))
    east = Scope(False, ("C.D1",), wang.id)
    assert [p.login for p in queries_people.list_people(tx, east)] == ["li", "wang"]  # oneself is always in sight
    assert [p.login for p in queries_people.list_people(tx, Scope(False, ("C.D1",), ROBOT.id))] == ["li"]
    assert [p.login for p in queries_people.list_people(tx, ALL, search="wan")] == ["wang"]
    assert [p.login for p in queries_people.list_people(tx, ALL, under="C.D2")] == ["wang"]
    assert [p.login for p in queries_people.list_people(tx, ALL, limit=1)] == ["li"]
    assert [p.login for p in queries_people.list_people(tx, ALL, after=li.id)] == ["wang"]
    with pytest.raises(NotFound):
        queries_people.list_posts(tx, Scope(False, ("C.D2",), wang.id), li.id)

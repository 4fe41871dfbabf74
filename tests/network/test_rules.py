"""may(): each rule, and each way it says no."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from yiwang.kit.errors import Forbidden
from yiwang.kit.ids import named_id
from yiwang.network.model import ADMIN_POSTS, Actor, ActorKind, Need, Post, PostKind, Reach, Subject, system
from yiwang.network.rules import is_within, may, narrow, scope_of, why_not, widest
from yiwang.network.rules_needs import NEEDS

ME, OTHER = named_id("person:me"), named_id("person:other")
STREET = "310000.310101.310101019"


def post(kind: PostKind, path: str = STREET) -> Post:
    return Post(named_id(f"{kind}@{path}"), kind, named_id(path), path)


def person(*posts: Post, who: UUID = ME) -> Actor:
    return Actor(who, "某人", posts)


DISPATCH = Need("case.dispatch", frozenset({PostKind.dispatcher, PostKind.commander}), Reach.area)
HANDLE = Need("case.handle", frozenset({PostKind.handler}), Reach.order)
RATE = Need("case.rate", frozenset(), Reach.own)
REPORT = Need("case.report", frozenset(), Reach.any)
FINISH = Need("case.finish", frozenset({PostKind.handler}), Reach.own)
SETTLE = Need("case.settle", frozenset({PostKind.assessor}), Reach.any)
HERE = Subject(STREET + ".310101019001", (STREET + ".LXM_CG",), frozenset({ME}))
AWAY = Subject("310000.310104.310104003", ("310000.310104.X",), frozenset({OTHER}))


def refusal(actor: Actor, need: Need, subject: Subject) -> str:
    with pytest.raises(Forbidden) as caught:
        may(actor, need, subject)
    said = why_not(actor, need, subject)
    assert said is not None
    assert said.code == caught.value.code
    assert said.zh
    assert said.en
    return said.code.removeprefix("network.")


def test_a_post_counts_in_its_area() -> None:
    dispatcher = post(PostKind.dispatcher)
    assert may(person(post(PostKind.operator), dispatcher), DISPATCH, HERE) is dispatcher
    assert why_not(person(dispatcher), DISPATCH, HERE) is None
    assert refusal(person(dispatcher), DISPATCH, AWAY) == "not_your_area"
    assert refusal(person(post(PostKind.operator)), DISPATCH, HERE) == "not_your_post"
    assert refusal(person(), DISPATCH, HERE) == "not_your_post"


def test_the_post_that_reaches_is_the_one_returned() -> None:
    near, far = post(PostKind.dispatcher), post(PostKind.dispatcher, "310000.310104")
    assert may(person(far, near), DISPATCH, HERE) is near
    assert may(person(far, near), DISPATCH, AWAY) is far


@pytest.mark.parametrize("path", ["310000", "310000.310101", STREET, STREET + ".310101019001"])
def test_a_unit_reaches_down_its_subtree(path: str) -> None:
    assert may(person(post(PostKind.dispatcher, path)), DISPATCH, HERE)


@pytest.mark.parametrize(
    "path", [STREET + ".310101019002", "310000.310101.31010101", "31000", "310000.310101.310101018"]
)
def test_a_unit_does_not_reach_sideways_up_or_by_likeness(path: str) -> None:
    assert refusal(person(post(PostKind.dispatcher, path)), DISPATCH, HERE) == "not_your_area"


def test_an_order_reaches_the_unit_and_those_above_it() -> None:
    assert may(person(post(PostKind.handler, STREET + ".LXM_CG")), HANDLE, HERE)
    assert may(person(post(PostKind.handler, STREET)), HANDLE, HERE)
    assert refusal(person(post(PostKind.handler, STREET + ".LXM_CG.TEAM")), HANDLE, HERE) == "not_your_order"
    assert refusal(person(post(PostKind.handler, STREET + ".LXM_WY")), HANDLE, HERE) == "not_your_order"
    assert refusal(person(post(PostKind.handler)), HANDLE, Subject(HERE.area_path)) == "not_your_order"


def test_own_and_any() -> None:
    assert may(person(), RATE, HERE) is None
    assert refusal(person(who=OTHER), RATE, HERE) == "not_yours"
    assert may(person(), REPORT, AWAY) is None
    assert may(person(post(PostKind.handler)), FINISH, HERE)
    assert refusal(person(post(PostKind.handler), who=OTHER), FINISH, HERE) == "not_yours"
    assert refusal(person(), FINISH, HERE) == "not_your_post"
    assert may(person(post(PostKind.assessor)), SETTLE, AWAY)


def test_the_system_does_only_what_it_may() -> None:
    assert refusal(system("timers"), DISPATCH, HERE) == "system"
    assert may(system("timers"), replace(DISPATCH, system=True), HERE) is None
    assert refusal(person(), replace(DISPATCH, system=True), HERE) == "not_your_post"
    assert system("timers").id == system("timers").id != system("flows").id


def test_the_auditor_changes_nothing() -> None:
    auditor = post(PostKind.auditor, "310000")
    for need in (DISPATCH, HANDLE, RATE, REPORT, SETTLE):
        assert refusal(person(auditor), need, HERE) == "auditor_reads_only"
        assert (
            refusal(person(auditor, post(PostKind.dispatcher), post(PostKind.handler)), need, HERE)
            == "auditor_reads_only"
        )
    assert may(person(auditor), NEEDS["sign_in.read_log"], HERE) is auditor
    changing = [n for n in NEEDS.values() if PostKind.auditor in n.posts]
    assert [n.act for n in changing] == ["sign_in.read_log"]


def test_the_administrators_are_apart() -> None:
    of_nobody = {"person.unmask", "duty.keep", "duty.call", "duty.see_trail"}
    for need in NEEDS.values():
        assert len(need.posts & ADMIN_POSTS) == (need.act not in of_nobody), need.act


def due(actor: Actor, need: Need) -> bool:
    with pytest.raises(Forbidden) as caught:
        may(actor, need, HERE)
    return caught.value.code == "network.second_factor_due"


def test_a_second_factor_is_asked_of_administrators_and_where_the_need_says_so() -> None:
    chief = post(PostKind.system_admin, "310000")
    unproven = replace(person(chief), proven=False)
    need = NEEDS["unit.rename"]
    assert due(unproven, need)
    assert may(replace(unproven, proven=True), need, HERE) is chief
    worker = replace(person(post(PostKind.dispatcher)), proven=False)
    assert may(worker, DISPATCH, HERE)
    assert due(worker, replace(DISPATCH, proof=True))
    assert refusal(worker, replace(need, proof=True), HERE) == "not_your_post", (
        "who may not do it is not asked for a code"
    )
    assert why_not(worker, replace(DISPATCH, proof=True), HERE) is None, "a button that asks for a code is shown"


def test_a_token_does_what_it_was_given_for() -> None:
    token = replace(person(post(PostKind.dispatcher)), kind=ActorKind.token, acts=frozenset({"case.dispatch"}))
    assert may(token, DISPATCH, HERE)
    assert refusal(token, REPORT, HERE) == "token_scope"
    assert refusal(replace(token, acts=frozenset()), DISPATCH, HERE) == "token_scope"
    assert refusal(token, DISPATCH, AWAY) == "not_your_area"


def test_scope() -> None:
    assert scope_of(system("x")).everything
    assert scope_of(person(post(PostKind.auditor, "310000"))).everything
    mine = scope_of(
        person(post(PostKind.dispatcher), post(PostKind.handler, STREET + ".A"), post(PostKind.system_admin, "310000"))
    )
    assert (mine.everything, mine.paths, mine.person) == (False, (STREET,), ME)
    admin = person(post(PostKind.system_admin, "310000"))
    assert scope_of(admin).paths == ()
    assert scope_of(admin, frozenset({PostKind.system_admin})).paths == ("310000",)
    assert not scope_of(person(post(PostKind.auditor)), frozenset({PostKind.dispatcher})).everything
    token = replace(person(post(PostKind.dispatcher)), kind=ActorKind.token, acts=frozenset({"case.dispatch"}))
    assert scope_of(token).paths == ()
    assert scope_of(replace(token, acts=frozenset({"read"}))).paths == (STREET,)
    auditing = replace(person(post(PostKind.auditor)), kind=ActorKind.token, acts=frozenset({"read"}))
    assert (scope_of(auditing).everything, scope_of(auditing).paths) == (False, (STREET,))


def test_paths() -> None:
    assert is_within("a.b", "a")
    assert is_within("a", "a")
    assert not is_within("ab", "a")
    assert widest(["a.b.c", "a.b", "x.y", "a.bc", "x.y"]) == ("a.b", "a.bc", "x.y")
    down = narrow(
        [post(PostKind.dispatcher, "a"), post(PostKind.handler, "a.b.c"), post(PostKind.operator, "z")], ME, "a.b"
    )
    assert [(p.kind, p.unit_path) for p in down] == [(PostKind.dispatcher, "a.b"), (PostKind.handler, "a.b.c")]
    assert down[0].unit_id == ME


def test_who_is_named_in_the_ledger() -> None:
    assert person().by(post(PostKind.dispatcher)).post == "dispatcher"
    assert person().by(None).post == "person"
    assert system("x").by(None).post == "system"
    assert all(kind.zh() and kind.en() for kind in PostKind)

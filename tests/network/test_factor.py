"""The second factor over HTTP: enrolled, asked for at sign-in and before what needs it, never good twice."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from pyotp.totp import TOTP

from yiwang import wiring
from yiwang.kit import secret
from yiwang.kit.db import Database
from yiwang.kit.ids import new_id
from yiwang.network import rules_access, rules_factor
from yiwang.settings import Settings

from .authenticator import SecurityKey
from .conftest import unit_id
from .test_access import PASSWORD, Place, bearer, code, issue, make_app

SITE = "http://localhost"
RENAME = {"unit_id": str(unit_id("S1")), "name": "壹街道"}


@pytest.fixture
def place(fresh_db: Database, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(rules_access, "hasher", PasswordHasher(time_cost=1, memory_cost=256, parallelism=1))
    rules_access.hash_of_nobody.cache_clear()
    return Place(fresh_db)


def now_code(totp: str, step: int = 0) -> str:
    return TOTP(totp).generate_otp(int(time.time()) // 30 + step)


def forget_step(place: Place) -> None:
    """As if half a minute had passed since the last code."""
    place.sql("update network.factor set last_step = 0")
    place.sql("delete from network.sign_in_guard")


def enrol(place: Place, client: TestClient) -> tuple[str, list[str]]:
    """(secret of one-time codes, recovery codes)."""
    new = client.post("/api/me/factors/totp", json={"name": "手机", "password": PASSWORD})
    assert new.status_code == 201, new.text
    totp = new.json()["secret"]
    done = client.post(
        "/api/me/factors/totp/confirm", json={"factor_id": new.json()["factor_id"], "code": now_code(totp)}
    )
    assert done.status_code == 200, done.text
    forget_step(place)
    return totp, done.json()["recovery"]


def half(place: Place, login: str) -> tuple[TestClient, dict]:
    """A browser that has given the password and nothing more."""
    client = TestClient(place.app, base_url=SITE, raise_server_exceptions=False)
    answer = client.post("/api/sign-in", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 202, answer.text
    assert "yiwang_session" not in client.cookies
    return client, answer.json()["second_factor"]


def test_administrators_do_nothing_without_a_second_factor(place: Place) -> None:
    client = place.browser("sys", proven=False)
    assert code(client.post("/api/units/rename", json=RENAME)) == (403, "network.second_factor_due")
    assert client.get("/api/units").status_code == 200, "looking is free"
    assert code(client.post("/api/me/prove", json={"code": "000000"})) == (422, "network.no_factors")
    enrol(place, client)
    assert client.post("/api/units/rename", json=RENAME).status_code == 200
    place.sql("update network.session set proven_at = now() - interval '16 min'")
    assert code(client.post("/api/units/rename", json=RENAME)) == (403, "network.second_factor_due")


def test_it_is_asked_for_at_sign_in_once_there_is_one(place: Place) -> None:
    first = place.browser("li", proven=False)
    totp, recovery = enrol(place, first)
    assert len(set(recovery)) == 10
    client, due = half(place, "li")
    assert due["kinds"] == ["totp"] and due["options"] is None
    assert client.get("/api/me").status_code == 401, "a password alone opens nothing"
    body = {"ticket": due["ticket"]}
    wrong = client.post("/api/sign-in/second", json=body | {"code": "000000"})
    assert code(wrong) == (401, "network.second_factor_wrong")
    done = client.post("/api/sign-in/second", json=body | {"code": now_code(totp)})
    assert done.status_code == 200 and client.get("/api/me").json()["csrf"] == done.json()["csrf"]
    assert client.get("/api/me/factors").json()["proven"] is True
    again = client.post("/api/sign-in/second", json=body | {"code": now_code(totp, 1)})
    assert code(again) == (401, "network.ticket_over"), "a ticket is good once"
    outcomes = [line["outcome"] for line in client.get("/api/me/sign-ins").json()]
    assert outcomes == ["signed_in", "factor_refused", "password_right", "signed_in"]
    assert place.browser("sec").get("/api/me/sign-ins").json()[0]["outcome"] == "signed_in"


def test_a_code_is_good_once_and_only_in_its_time(place: Place) -> None:
    totp, _ = enrol(place, place.browser("li", proven=False))
    for step, expected in ((-2, 401), (2, 401), (-1, 200), (-1, 401), (0, 200), (0, 401), (-1, 401), (1, 200)):
        client, due = half(place, "li")
        answer = client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": now_code(totp, step)})
        assert answer.status_code == expected, step
        place.sql("delete from network.sign_in_guard")


def test_replay_would_pass_if_steps_were_not_kept(place: Place) -> None:
    """The defence taken out."""
    totp, _ = enrol(place, place.browser("li", proven=False))
    used = now_code(totp)
    for _ in range(2):
        client, due = half(place, "li")
        assert client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": used}).status_code == 200
        forget_step(place)


def test_one_code_from_many_phones_at_once_lets_one_in(place: Place) -> None:
    totp, _ = enrol(place, place.browser("li", proven=False))
    tries = [half(place, "li") for _ in range(4)]
    used = now_code(totp)

    def one(pair: tuple[TestClient, dict]) -> int:
        return pair[0].post("/api/sign-in/second", json={"ticket": pair[1]["ticket"], "code": used}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, tries)) == [200, 401, 401, 401]


def test_guessing_is_stopped(place: Place) -> None:
    totp, _ = enrol(place, place.browser("li", proven=False))
    answers = []
    for n in range(7):
        client, due = half(place, "li")  # a new ticket does not begin a new count
        answers.append(
            client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": f"{n:06}"}).status_code
        )
    assert answers == [401] * 5 + [429] * 2
    client, due = half(place, "li")
    answer = client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": now_code(totp)})
    assert answer.status_code == 429, "even the right code has to wait"


def test_recovery_codes(place: Place) -> None:
    _, recovery = enrol(place, place.browser("li", proven=False))
    client, due = half(place, "li")
    typed = recovery[0].lower().replace("-", " ")
    assert client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": typed}).status_code == 200
    assert client.get("/api/me/factors").json()["recovery_left"] == 9
    assert "recovery_used" in [line["outcome"] for line in client.get("/api/me/sign-ins").json()]
    client, due = half(place, "li")
    answer = client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": recovery[0]})
    assert code(answer) == (401, "network.second_factor_wrong"), "each is good once"
    assert client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": recovery[1]}).status_code == 200
    client.headers["X-Yiwang-CSRF"] = client.get("/api/me").json()["csrf"]
    renewed = client.post("/api/me/factors/recovery").json()["recovery"]
    assert len(renewed) == 10 and not set(renewed) & set(recovery)
    kept = str(place.sql("select r::text from network.recovery_code r"))
    assert not any(c in kept or c.replace("-", "") in kept for c in renewed)


def test_a_security_key(place: Place) -> None:
    client = TestClient(place.app, base_url=SITE)
    signed = client.post("/api/sign-in", json={"login": "li", "password": PASSWORD})
    client.headers["X-Yiwang-CSRF"] = signed.json()["csrf"]
    assert code(client.post("/api/me/factors/key/begin", json={"password": "wrong"})) == (403, "network.wrong_password")
    asked = client.post("/api/me/factors/key/begin", json={"password": PASSWORD}).json()
    key = SecurityKey(SITE)
    evil = SecurityKey("https://evil.example").create(asked["options"])
    refused = client.post("/api/me/factors/key", json={"ticket": asked["ticket"], "credential": evil})
    assert code(refused) == (422, "network.key_wrong")
    added = client.post(
        "/api/me/factors/key", json={"ticket": asked["ticket"], "credential": key.create(asked["options"])}
    )
    assert added.status_code == 201 and len(added.json()["recovery"]) == 10

    client, due = half(place, "li")
    assert due["kinds"] == ["webauthn"]
    answer = key.get(due["options"])
    done = client.post("/api/sign-in/second", json={"ticket": due["ticket"], "credential": answer})
    assert done.status_code == 200, done.text
    client.headers["X-Yiwang-CSRF"] = done.json()["csrf"]
    asked = client.post("/api/me/prove/begin").json()
    for wrong in (
        answer,  # of another challenge
        SecurityKey("https://evil.example", key.count, key.id, key.private).get(asked["options"]),
        SecurityKey(SITE, key.count, key.id).get(asked["options"]),  # another private key
        SecurityKey(SITE, 0, key.id, key.private).get(asked["options"]),  # a copy whose counter is behind
        {"id": "x"}, {"rawId": 7}, {},
    ):  # fmt: skip
        place.sql("delete from network.sign_in_guard")
        refused = client.post("/api/me/prove", json={"ticket": asked["ticket"], "credential": wrong})
        assert code(refused) == (403, "network.factor_wrong"), wrong
    place.sql("delete from network.sign_in_guard")
    right = {"ticket": asked["ticket"], "credential": key.get(asked["options"])}
    assert client.post("/api/me/prove", json=right).status_code == 204
    assert code(client.post("/api/me/prove", json=right)) == (401, "network.ticket_over")


def test_security_keys_need_a_known_address(place: Place) -> None:
    client = place.browser("li")  # http://testserver: a name that whoever asks has made up
    assert code(client.post("/api/me/factors/key/begin", json={"password": PASSWORD})) == (422, "network.no_origin")
    place.app.state.settings = Settings(origin="https://grid.example.cn")
    asked = client.post("/api/me/factors/key/begin", json={"password": PASSWORD}).json()
    assert asked["options"]["rp"]["id"] == "grid.example.cn"
    assert rules_factor.work_out_site("", "http", "localhost:8000") == rules_factor.Site(
        "localhost", "http://localhost:8000"
    )


def test_a_stolen_session_enrols_nothing(place: Place) -> None:
    client = place.browser("li", proven=False)
    for password in ("", "wrong-horse-8"):
        answer = client.post("/api/me/factors/totp", json={"password": password})
        assert code(answer) == (403, "network.wrong_password")
    place.sql("delete from network.sign_in_guard")
    other = place.browser("li", proven=False)
    enrol(place, client)
    assert other.get("/api/me").status_code == 401, "other devices are signed out"
    place.sql("update network.session set proven_at = null")
    again = client.post("/api/me/factors/totp", json={"password": PASSWORD})
    assert code(again) == (403, "network.second_factor_due"), "with a factor, only the factor adds another"
    (factor,) = client.get("/api/me/factors").json()["factors"]
    for path, body in (("remove", {"factor_id": factor["id"]}), ("recovery", None)):
        assert code(client.post(f"/api/me/factors/{path}", json=body)) == (403, "network.second_factor_due")


def test_removed_and_reset(place: Place) -> None:
    client = place.browser("li", proven=False)
    enrol(place, client)
    (factor,) = client.get("/api/me/factors").json()["factors"]
    assert client.post("/api/me/factors/remove", json={"factor_id": factor["id"]}).status_code == 200
    assert place.sql("select count(*) from network.recovery_code") == [(0,)]
    enrol(place, client)
    li, sec = str(place.town.people["li"]), str(place.town.people["sec"])
    assert code(place.browser("sys").post("/api/factors/reset", json={"person_id": li})) == (
        403,
        "network.not_your_post",
    )
    security = place.browser("sec")
    assert code(security.post("/api/factors/reset", json={"person_id": sec})) == (403, "network.not_yourself")
    assert security.post("/api/factors/reset", json={"person_id": li}).status_code == 200
    assert client.get("/api/me").status_code == 401
    assert place.browser("li").get("/api/me/factors").json()["factors"] == []


def test_a_token_is_no_person(place: Place) -> None:
    program = bearer(place, issue(place))
    for path, body in (
        ("/api/me/factors/totp", {}), ("/api/me/factors/recovery", None), ("/api/me/prove", {"code": "123456"}),
        ("/api/me/prove/begin", None),
    ):  # fmt: skip
        assert program.post(path, json=body).status_code == 403, path


def test_sessions_end_when_posts_change_and_are_new_at_each_sign_in(place: Place) -> None:
    li, system = place.browser("li"), place.browser("sys")
    post = {"post_id": str(new_id()), "person_id": str(place.town.people["li"]), "kind": "operator",
            "unit_id": str(unit_id("S1"))}  # fmt: skip
    assert system.post("/api/posts", json=post).status_code == 201
    assert li.get("/api/me").status_code == 401, "a new post is signed in to anew"
    li = place.browser("li")
    assert system.post("/api/posts/revoke", json={"post_id": post["post_id"]}).status_code == 200
    assert li.get("/api/me").status_code == 401
    li = place.browser("li")
    planted = li.cookies["yiwang_session"]
    li.post("/api/sign-in", json={"login": "li", "password": PASSWORD})
    assert li.cookies["yiwang_session"] != planted
    li.cookies.clear()
    li.cookies.set("yiwang_session", planted)
    assert li.get("/api/me").status_code == 401, "the session that was there before has ended"


def test_the_demo_needs_none_until_somebody_tries_one_out(place: Place) -> None:
    client = TestClient(make_app(demo="1"), base_url=SITE)

    def enter() -> None:
        client.headers["X-Yiwang-CSRF"] = client.post("/api/demo-sign-in", json={"login": "sys"}).json()["csrf"]

    enter()
    assert client.post("/api/units/rename", json=RENAME).status_code == 200
    totp, _ = enrol(place, client)
    enter()
    assert code(client.post("/api/units/rename", json=RENAME)) == (403, "network.second_factor_due")
    assert client.post("/api/me/prove", json={"code": now_code(totp)}).status_code == 204
    assert client.post("/api/units/rename", json=RENAME | {"name": "贰街道"}).status_code == 200


def test_secrets_are_sealed_and_never_logged(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = place.browser("li", proven=False)
    totp, recovery = enrol(place, client)
    client, due = half(place, "li")
    client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": recovery[0]})
    hidden = [totp, due["ticket"], *recovery, *(c.replace("-", "") for c in recovery)]
    for (table,) in place.sql(
        "select table_schema || '.' || table_name from information_schema.tables where table_schema in"
        " ('network', 'ledger', 'kit') and table_type = 'BASE TABLE' and table_name <> 'migration'"
    ):
        kept = str(place.sql(f"select t::text from {table} t"))
        for one in hidden:
            assert one not in kept and one.encode().hex() not in kept, table
    assert not any(one in caplog.text for one in hidden)
    secret.ring().rotate("aes256")
    wiring.seal_personal(place.db)
    forget_step(place)
    client, due = half(place, "li")
    answer = client.post("/api/sign-in/second", json={"ticket": due["ticket"], "code": now_code(totp)})
    assert answer.status_code == 200, "good under a new key too"
    assert place.sql(
        "select count(*) from network.factor where substring(sealed from 1 for 5) = %s", secret.ring().head
    ) == [(1,)]

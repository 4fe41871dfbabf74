"""Sign-in over HTTP: right and wrong passwords, lockout, CSRF, tokens, sessions, secrets that stay secret."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher, Type
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from yiwang.kit.db import Database, Tx
from yiwang.kit.ids import new_id
from yiwang.kit.web import install_errors, reply
from yiwang.network import actions_session, api, api_access, api_factor, rules_access
from yiwang.network.actions_access import set_password
from yiwang.network.actions_session import Signed
from yiwang.network.model import Need, PostKind, Reach, Subject
from yiwang.network.model_access import Policy, SetPassword
from yiwang.network.rules import may
from yiwang.settings import Settings

from .conftest import PATHS, ROBOT, Town, unit_id

PASSWORD = "correct-horse-9"
DISPATCH = Need("case.dispatch", frozenset({PostKind.dispatcher}), Reach.area)


def make_app(*, demo: str = "0") -> FastAPI:
    app = FastAPI()
    install_errors(app)
    app.state.settings = Settings(demo=demo)
    app.include_router(api_access.routes)
    app.include_router(api_factor.routes)
    app.include_router(api.routes)

    @app.post("/api/dispatch-at/{path}")
    def _(actor: Signed, path: str) -> Response:
        post = may(actor, DISPATCH, Subject(path))
        return reply({"unit": post.unit_path if post else None, "by": actor.by(post)})

    return app


class Place:
    """A database with a few people who have passwords, and browsers."""

    def __init__(self, database: Database) -> None:
        self.db, self.town, self.app = database, Town(), make_app()
        self.secrets: list[str] = [PASSWORD]
        with database.transaction() as tx:
            self.town.build(tx)
            for login, post, unit in (
                ("li", "dispatcher", "S1"),
                ("sec", "security_admin", "C"),
                ("sys", "system_admin", "C"),
                ("aud", "auditor", "C"),
            ):
                self.town.person(tx, login, (post, unit))
                set_password(tx, ROBOT, SetPassword(self.town.people[login], PASSWORD))

    def browser(self, login: str | None = None, password: str = PASSWORD, *, proven: bool = True) -> TestClient:
        """A browser that is signed in; `proven`: as if a second factor had just been shown (see test_factor)."""
        client = TestClient(self.app, raise_server_exceptions=False)
        if login:
            answer = client.post("/api/sign-in", json={"login": login, "password": password})
            assert answer.status_code == 200, answer.text
            client.headers["X-Yiwang-CSRF"] = answer.json()["csrf"]
            self.secrets += [answer.json()["csrf"], client.cookies["yiwang_session"]]
            if proven:
                key = rules_access.digest(client.cookies["yiwang_session"])
                self.sql("update network.session set proven_at = now() where hash = %s", key)
        return client

    def sql(self, text: str, *params: object) -> list[tuple]:
        with self.db.transaction() as tx:
            found = tx.conn.execute(text, params)  # pyright: ignore[reportArgumentType]
            return found.fetchall() if found.description else []


REAL = rules_access.hasher


@pytest.fixture
def place(fresh_db: Database, monkeypatch: pytest.MonkeyPatch) -> Place:
    # argon2id still, with a thousandth of the work; one test below works with the real cost.
    monkeypatch.setattr(rules_access, "hasher", PasswordHasher(time_cost=1, memory_cost=256, parallelism=1))
    rules_access.hash_of_nobody.cache_clear()
    return Place(fresh_db)


def test_passwords_are_hashed_as_rfc_9106_says() -> None:
    """Its second recommended setting: argon2id, t=3, 64 MiB, p=4, 128-bit salt, 256-bit tag."""
    assert (REAL.type, REAL.time_cost, REAL.memory_cost, REAL.parallelism) == (Type.ID, 3, 65536, 4)
    assert (REAL.salt_len, REAL.hash_len) == (16, 32)


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_sign_in_me_and_sign_out(place: Place) -> None:
    client = place.browser()
    assert code(client.get("/api/me")) == (401, "network.not_signed_in")
    answer = client.post("/api/sign-in", json={"login": " LI ", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie  # plain http here
    assert client.cookies["yiwang_session"] not in answer.text
    me = client.get("/api/me").json()
    assert (me["name"], me["kind"], me["csrf"]) == ("名li", "person", answer.json()["csrf"])
    assert [(p["kind"], p["unit_name"], p["unit_path"]) for p in me["posts"]] == [("dispatcher", "一街道", "C.D1.S1")]
    (session,) = client.get("/api/me/sessions").json()
    assert "hash" not in session
    client.headers["X-Yiwang-CSRF"] = me["csrf"]
    old = client.cookies["yiwang_session"]
    assert client.post("/api/sign-out").status_code == 204
    client.cookies.set("yiwang_session", old)
    assert code(client.get("/api/me")) == (401, "network.not_signed_in")
    https = TestClient(place.app, base_url="https://testserver")
    answer = https.post("/api/sign-in", json={"login": "li", "password": PASSWORD})
    assert "; secure" in answer.headers["set-cookie"].lower()


def test_unknown_name_and_wrong_password_are_told_alike_and_take_alike(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_access, "hasher", REAL)
    rules_access.hash_of_nobody.cache_clear()
    client = place.browser("li")  # a hash of other cost is made anew on the way in
    ((kept,),) = place.sql("select hash from network.password where person_id = %s", place.town.people["li"])
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    rules_access.is_password(None, "warm up")
    took: dict[str, list[float]] = {"li": [], "nobody": []}
    said = set()
    for n in range(3):
        for login in took:
            start = time.perf_counter()
            answer = client.post("/api/sign-in", json={"login": login, "password": f"wrong-{n}"})
            took[login].append(time.perf_counter() - start)
            said.add((answer.status_code, answer.text))
    assert len(said) == 1
    assert code(answer) == (401, "network.sign_in_failed")
    # Not a measurement: without the work done for nobody the ratio is 10 and more.
    assert 1 / 4 < min(took["li"]) / min(took["nobody"]) < 4


def test_lockout_grows_and_is_the_same_for_names_that_do_not_exist(place: Place) -> None:
    client = place.browser()
    for login in ("li", "nobody"):
        body = {"login": login, "password": "wrong"}
        assert [client.post("/api/sign-in", json=body).status_code for _ in range(6)] == [401] * 5 + [429]
        # Even the right password has to wait.
        locked = client.post("/api/sign-in", json={"login": login, "password": PASSWORD})
        assert code(locked) == (429, "network.too_many_tries")
        assert 1 <= int(locked.headers["retry-after"]) <= 30
        key = rules_access.guard_key("login", login)
        waits = []
        for _ in range(8):
            place.sql("update network.sign_in_guard set locked_until = clock_timestamp() where key = %s", key)
            assert client.post("/api/sign-in", json=body).status_code == 401
            waits += place.sql(
                "select round(extract(epoch from locked_until - at))::int from network.sign_in_guard where key = %s",
                key,
            )
        assert [w for (w,) in waits] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    place.sql("update network.sign_in_guard set locked_until = clock_timestamp()")
    assert client.post("/api/sign-in", json={"login": "li", "password": PASSWORD}).status_code == 200
    assert client.post("/api/sign-in", json={"login": "li", "password": "wrong"}).status_code == 401  # starts anew
    outcomes = dict(place.sql("select outcome, count(*) from network.sign_in_log group by outcome"))
    assert outcomes == {"refused": 27, "locked": 4, "signed_in": 1}


def test_tries_at_once_are_all_counted(place: Place) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def one(_: int) -> int:
        return place.browser().post("/api/sign-in", json={"login": "li", "password": "wrong"}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(one, range(16)))
    assert answers == [401] * 5 + [429] * 11


def test_an_address_that_fails_too_often_waits(place: Place) -> None:
    place.sql("update network.policy set address_tries = 5")
    client = place.browser("li")  # a success does not count
    answers = [client.post("/api/sign-in", json={"login": f"n{n}", "password": "x"}).status_code for n in range(6)]
    assert answers == [401] * 5 + [429]
    assert code(client.post("/api/sign-in", json={"login": "li", "password": PASSWORD})) == (
        429,
        "network.too_many_tries",
    )
    assert client.get("/api/me").status_code == 200  # who is in stays in


def test_csrf(place: Place) -> None:
    client = place.browser("li")
    good = {"X-Yiwang-CSRF": client.headers.pop("X-Yiwang-CSRF")}
    url = f"/api/dispatch-at/{PATHS['N1']}"
    assert client.post(url, headers=good).status_code == 200
    same = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    assert client.post(url, headers=good | same).status_code == 200
    other = place.browser("sec").headers["X-Yiwang-CSRF"]
    for headers in (
        {},
        {"X-Yiwang-CSRF": ""},
        {"X-Yiwang-CSRF": other},
        {"X-Yiwang-CSRF": "é".encode().decode("latin-1")},
        good | {"origin": "https://evil.example"},
        good | {"origin": "null"},
        good | {"sec-fetch-site": "cross-site"},
        good | {"sec-fetch-site": "same-site"},
    ):
        encoded = {k: v.encode("latin-1") for k, v in headers.items()}
        assert code(client.post(url, headers=encoded)) == (403, "network.csrf"), headers
    assert client.get("/api/me", headers={"sec-fetch-site": "cross-site"}).status_code == 200
    foreign = client.post(
        "/api/sign-in", json={"login": "li", "password": PASSWORD}, headers={"origin": "https://evil.example"}
    )
    assert code(foreign) == (401, "network.foreign_page")


def test_sessions_slide_end_and_can_be_revoked(place: Place) -> None:
    client = place.browser("li")
    place.sql("update network.session set seen_at = now() - interval '6 min', expires_at = now() + interval '1 min'")
    assert client.get("/api/me").status_code == 200
    ((slid,),) = place.sql("select expires_at > now() + interval '400 min' from network.session")
    assert slid
    place.sql("update network.session set ends_at = now() + interval '2 min', seen_at = now() - interval '6 min'")
    client.get("/api/me")
    ((capped,),) = place.sql("select expires_at = ends_at from network.session")
    assert capped  # never beyond the absolute end
    place.sql("update network.session set ends_at = now() - interval '1 s'")
    assert client.get("/api/me").status_code == 401
    idle = place.browser("li")
    place.sql("update network.session set expires_at = now() - interval '1 s'")
    assert idle.get("/api/me").status_code == 401

    phone, desk = place.browser("li"), place.browser("li")
    devices = desk.get("/api/me/sessions").json()
    assert len(devices) == 2
    security, other = place.browser("sec"), place.browser("sys")
    body = {"session_id": devices[0]["id"]}
    assert code(other.post("/api/sessions/revoke", json=body)) == (403, "network.not_your_post")
    assert desk.post("/api/sessions/revoke", json=body).status_code == 200
    assert (phone.get("/api/me").status_code, desk.get("/api/me").status_code) == (401, 200)
    assert security.post("/api/sessions/revoke", json={"session_id": devices[1]["id"]}).status_code == 200
    assert desk.get("/api/me").status_code == 401


def test_passwords(place: Place) -> None:
    phone, client = place.browser("li"), place.browser("li")
    change = {"old": "wrong", "new": "another-horse-9"}
    assert code(client.post("/api/me/password", json=change)) == (403, "network.wrong_password")
    for weak in ("short-1", "a" * 12, "aaaaaaaaaaa1", "onlyletterss", "x" * 201):
        answer = client.post("/api/me/password", json={"old": PASSWORD, "new": weak})
        assert code(answer) == (422, "network.weak_password"), weak
    change = {"old": PASSWORD, "new": "another-horse-9"}
    assert client.post("/api/me/password", json=change).status_code == 204
    assert (phone.get("/api/me").status_code, client.get("/api/me").status_code) == (401, 200)
    assert place.browser().post("/api/sign-in", json={"login": "li", "password": PASSWORD}).status_code == 401
    assert place.browser("li", "another-horse-9")
    security, system = place.browser("sec"), place.browser("sys")
    reset = {"person_id": str(place.town.people["li"]), "password": "third-horse-99"}
    named = reset | {"person_id": str(place.town.people["sys"]), "password": "I-am-SYS-2026"}
    assert code(security.post("/api/passwords", json=named)) == (422, "network.weak_password")
    assert code(system.post("/api/passwords", json=reset)) == (403, "network.not_your_post")
    own = {"person_id": str(place.town.people["sec"]), "password": "third-horse-99"}
    assert code(security.post("/api/passwords", json=own)) == (403, "network.not_yourself")
    assert security.post("/api/passwords", json=reset).status_code == 200
    assert client.get("/api/me").status_code == 401
    assert place.browser("li", "third-horse-99")


def issue(place: Place, **change: object) -> dict:
    body = {
        "token_id": str(new_id()),
        "person_id": str(place.town.people["li"]),
        "name": "传感器",
        "acts": ["case.dispatch", "read"],
        "expires_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    } | change
    answer = place.browser("sec").post("/api/tokens", json=body, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code == 201, answer.text
    place.secrets.append(answer.json()["secret"])
    return answer.json()


def bearer(place: Place, token: dict) -> TestClient:
    return TestClient(place.app, headers={"Authorization": f"Bearer {token['secret']}"})


def test_a_token_acts_within_its_scope_only(place: Place) -> None:
    client = bearer(place, token := issue(place))
    assert token["secret"].startswith("ywt_")
    answer = client.post(f"/api/dispatch-at/{PATHS['N1']}")  # no cookie, so no CSRF token is asked
    assert answer.json()["unit"] == "C.D1.S1"
    assert answer.json()["by"]["actor"] == str(place.town.people["li"])
    assert code(client.post("/api/dispatch-at/C.D1.S2")) == (403, "network.not_your_area")
    me = client.get("/api/me").json()
    assert (me["kind"], me["csrf"]) == ("token", None)
    narrow = bearer(place, issue(place, unit_id=str(unit_id("N1"))))
    assert narrow.post(f"/api/dispatch-at/{PATHS['N1']}").json()["unit"] == PATHS["N1"]
    assert code(narrow.post("/api/dispatch-at/C.D1.S1")) == (403, "network.not_your_area")
    elsewhere = bearer(place, issue(place, unit_id=str(unit_id("S3"))))
    assert code(elsewhere.post("/api/dispatch-at/C.D2.S3")) == (403, "network.not_your_post")
    reader = bearer(place, issue(place, acts=["read"]))
    assert code(reader.post(f"/api/dispatch-at/{PATHS['N1']}")) == (403, "network.token_scope")
    assert [u["code"] for u in reader.get(f"/api/units?parent={unit_id('S1')}").json()] == ["A1", "N1", "N2"]
    blind = bearer(place, issue(place, acts=["case.dispatch"]))
    assert blind.get(f"/api/units?parent={unit_id('S1')}").json() == []
    change = {"old": PASSWORD, "new": "another-horse-9"}
    assert code(client.post("/api/me/password", json=change)) == (403, "network.token_scope")


def test_tokens_end(place: Place) -> None:
    client = bearer(place, token := issue(place))
    place.sql("update network.token set expires_at = now()")
    assert code(client.get("/api/me")) == (401, "network.not_signed_in")
    client = bearer(place, token := issue(place))
    owner = place.browser("li")
    (listed, *_) = owner.get("/api/tokens").json()
    assert "hash" not in listed
    stranger = place.browser("sys")
    assert code(stranger.post("/api/tokens/revoke", json={"token_id": token["id"]})) == (403, "network.not_your_post")
    assert owner.post("/api/tokens/revoke", json={"token_id": token["id"]}).status_code == 200
    assert client.get("/api/me").status_code == 401
    client = bearer(place, issue(place))
    erase = place.browser("sys").post("/api/people/erase", json={"person_id": str(place.town.people["li"])})
    assert erase.status_code == 200
    assert client.get("/api/me").status_code == 401
    assert owner.get("/api/me").status_code == 401
    for header in ("Bearer ywt_nonsense", "Bearer x", "Basic bGk6eA==", "Bearer", ""):
        assert TestClient(place.app, headers={"Authorization": header}).get("/api/me").status_code == 401


def test_who_may_issue_and_what(place: Place) -> None:
    body = {
        "token_id": str(new_id()),
        "person_id": str(place.town.people["li"]),
        "name": "x",
        "acts": ["case.dispatch"],
        "expires_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    }
    assert code(place.browser("li").post("/api/tokens", json=body)) == (403, "network.not_your_post")
    security = place.browser("sec")
    far = (datetime.now(UTC) + timedelta(days=4000)).isoformat()
    for change, expected in (
        ({"acts": []}, "network.token_acts"),
        ({"acts": ["DROP TABLE"]}, "network.token_acts"),
        ({"expires_at": far}, "network.token_expiry"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "network.token_expiry"),
        ({"name": " "}, "network.wrong_name"),
    ):
        assert code(security.post("/api/tokens", json=body | change)) == (422, expected)


def test_no_secret_is_kept_recorded_or_logged(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = bearer(place, issue(place))
    client.get("/api/me")
    place.browser().post("/api/sign-in", json={"login": "li", "password": "wrong-horse-8"})
    place.browser("li").post("/api/me/password", json={"old": PASSWORD, "new": "another-horse-9"})
    place.secrets += ["wrong-horse-8", "another-horse-9"]
    tables = place.sql(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('network', 'ledger', 'kit') and table_type = 'BASE TABLE'"
    )
    assert len(tables) > 12
    for schema, table in tables:
        if (schema, table) == ("kit", "migration"):
            continue
        kept = "\n".join(str(row) for row in place.sql(f"select t::text from {schema}.{table} t"))
        for secret in place.secrets:
            assert secret not in kept, table
            assert secret.encode().hex() not in kept, table
    for secret in place.secrets:
        assert secret not in caplog.text
    assert "horse" not in repr(SetPassword(new_id(), "horse"))


def test_the_sign_in_log_is_for_auditors(place: Place) -> None:
    place.browser().post("/api/sign-in", json={"login": "nobody", "password": "x"})
    lines = place.browser("aud").get("/api/sign-ins?limit=2").json()
    assert [(line["outcome"], line["person_id"] is None) for line in lines] == [("signed_in", False), ("refused", True)]
    for login in ("li", "sec", "sys"):
        assert code(place.browser(login).get("/api/sign-ins")) == (403, "network.not_your_post")
    answer = place.browser("aud").post("/api/sign-ins/unlock", json={"login": "li"})
    assert code(answer) == (403, "network.auditor_reads_only")


def test_unlock_and_policy(place: Place) -> None:
    security = place.browser("sec")
    policy = security.get("/api/sign-in-policy").json() | {"free_tries": 3}
    assert code(place.browser("sys").put("/api/sign-in-policy", json=policy)) == (403, "network.not_your_post")
    assert code(security.put("/api/sign-in-policy", json=policy | {"idle_minutes": 0})) == (422, "network.policy")
    assert security.put("/api/sign-in-policy", json=policy).status_code == 200
    client = place.browser()
    wrong = {"login": "li", "password": "x"}
    assert [client.post("/api/sign-in", json=wrong).status_code for _ in range(4)] == [401] * 3 + [429]
    assert security.post("/api/sign-ins/unlock", json={"login": "li"}).status_code == 200
    assert place.browser("li")
    assert Policy(**policy).free_tries == 3


def test_demo_sign_in_exists_in_the_demo_only(place: Place) -> None:
    assert code(place.browser().post("/api/demo-sign-in", json={"login": "li"})) == (404, "http.404")
    demo = TestClient(make_app(demo="1"))
    answer = demo.post("/api/demo-sign-in", json={"login": "li"})
    assert answer.status_code == 200
    assert demo.get("/api/me").json()["name"] == "名li"
    assert code(demo.post("/api/demo-sign-in", json={"login": "nobody"})) == (401, "network.sign_in_failed")


def test_purge_forgets_what_is_over(place: Place) -> None:
    place.browser("li")
    with place.db.transaction() as tx:
        assert actions_session.purge(tx) == 0
        tx.conn.execute("update network.session set ends_at = now() - interval '31 days'")
        assert actions_session.purge(tx) == 1


def test_units_people_and_duty_over_http(place: Place) -> None:
    system = place.browser("sys")
    assert [u["code"] for u in system.get("/api/units").json()] == ["C"]
    assert [u["code"] for u in system.get("/api/units", params={"search": "居委"}).json()] == ["N1", "N2"]
    rename = system.post("/api/units/rename", json={"unit_id": str(unit_id("S1")), "name": "壹街道"})
    assert rename.json()["name"] == "壹街道"
    assert [p["name"] for p in system.get(f"/api/units/{unit_id('S1')}/past").json()] == ["一街道"]
    person = {"person_id": str(new_id()), "login": "new", "name": "新人"}
    assert system.post("/api/people", json=person).status_code == 201
    post = {
        "post_id": str(new_id()),
        "person_id": person["person_id"],
        "kind": "operator",
        "unit_id": str(unit_id("S1")),
    }
    key = {"Idempotency-Key": str(new_id())}
    once, twice = (system.post("/api/posts", json=post, headers=key) for _ in range(2))
    assert (once.status_code, once.text) == (twice.status_code, twice.text) == (201, twice.text)
    now = datetime.now(UTC)
    duty = {
        "duty_id": str(new_id()),
        "post_id": post["post_id"],
        "since": now.isoformat(),
        "until": (now + timedelta(hours=8)).isoformat(),
    }
    assert system.post("/api/duties", json=duty).status_code == 201
    li = place.browser("li")
    (found,) = li.get("/api/on-duty", params={"unit": str(unit_id("N1")), "post": "operator"}).json()
    assert (found["name"], found["climbed"]) == ("新人", 1)
    assert code(li.get("/api/on-duty?post=operator")) == (422, "network.where")
    assert code(li.get("/api/on-duty?post=operator&lon=121.5&lat=31.2")) == (503, "network.no_map")

    def locate(tx: Tx, lon: float, lat: float) -> tuple[str, UUID | None]:
        return (PATHS["N1"], None) if lon > 121 else ("", None)

    place.app.state.locate = locate
    assert li.get("/api/on-duty?post=operator&lon=121.5&lat=31.2").json()[0]["name"] == "新人"
    assert code(li.get("/api/on-duty?post=operator&unit=" + str(unit_id("S3")))) == (404, "network.no_unit")
    window = {"since": now.isoformat(), "until": (now + timedelta(days=1)).isoformat()}
    assert len(li.get("/api/duties", params={"unit": str(unit_id("S1")), **window}).json()) == 1
    assert {p["login"] for p in li.get("/api/people").json()} == {"li", "new"}
    assert code(li.post("/api/posts", json=post | {"post_id": str(new_id())})) == (403, "network.not_your_post")

"""Reference data as files over HTTP: what is exported can be imported again and changes nothing; what is bad is told."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

import world
from yiwang.city.queries_rules import forget
from yiwang.kit import paging
from yiwang.ledger.queries import list_entries
from yiwang.network.actions_people import grant_post
from yiwang.network.model_people import GrantPost

STREET = str(world.unit(world.STREET))
WEEK = {"since": "2026-11-30", "until": "2026-12-06"}
# what → (its export's address, what it is asked for, what its import is told beside the file)
KINDS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "people": ("people/export", {"unit": STREET}, {}),
    "duties": ("duties/export", {"unit": STREET}, {**WEEK}),
    "calendars": (f"calendars/{STREET}/export", {"since": "2026-01-01", "until": "2026-12-31"}, {"unit_id": STREET}),
    "catalogue/matters": ("catalogue/matters/export", {"scheme": "YIWANG-EXT"}, {}),
    "catalogue/conditions": ("catalogue/conditions/export", {"q": "井盖"}, {}),
}


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def admin(desk: Any) -> Any:
    """The street's system administrator, who is the city's as well."""
    with desk.system.database.transaction() as tx:
        person = world.Play(tx).who("qian.xi").id
        grant_post(tx, world.SETUP, GrantPost(uuid4(), person, world.P.system_admin, world.unit("310000")))
    desk.sign_in("qian.xi")
    day = {"unit_id": STREET, "day": "2026-12-05", "works": True, "note": "=1+1"}
    answer = desk.client.post("/api/calendars/days", json=day, headers=csrf(desk))
    assert answer.status_code == 200, answer.text
    return desk


def csrf(desk: Any) -> dict[str, str]:
    return {"X-Yiwang-CSRF": desk.get("/api/me")["csrf"]}


def send(desk: Any, what: str, data: bytes, name: str, key: str | None = None, **form: str) -> Any:
    headers = csrf(desk) | ({"Idempotency-Key": key} if key else {})
    told = KINDS[what][2] | form
    return desk.client.post(f"/api/{what}/import", data=told, files={"file": (name, data)}, headers=headers)


def export(desk: Any, what: str, kind: str) -> bytes:
    path, asked, _ = KINDS[what]
    answer = desk.client.get(f"/api/{path}.{kind}", params=asked)
    assert answer.status_code == 200, answer.text
    assert f'.{kind}"' in answer.headers["content-disposition"]
    return answer.content


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("what", KINDS)
def test_what_was_exported_can_be_imported_again(
    admin: Any, what: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 7)
    data = export(admin, what, kind)
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    else:
        rows = [list(r) for r in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].values]
    assert len(rows) > (1 if what == "calendars" else 8) and all(len(r) == len(rows[0]) for r in rows)
    answer = send(admin, what, data, f"file.{kind}")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["rows"], told["bad"]) == (len(rows) - 1, 0)
    if what == "duties":
        assert (told["planned"], told["units"]) == (0, 0) and told["unchanged"] == told["rows"] > 5, (
            "the pack planned just so"
        )
        later = send(admin, what, data, f"file.{kind}", since="2027-03-01", until="2027-03-07").json()
        assert later["planned"] > 7 * later["units"] > 0
    else:
        assert told["unchanged"] == told["rows"] and told["added"] == told["changed"] == 0


@pytest.mark.parametrize("what", KINDS)
def test_files_that_cannot_be_read_are_refused_in_words(admin: Any, what: str) -> None:
    for data, code in (
        (b"", "file.empty"),
        (b"a,b\n1,2\n", "file.columns"),
        (b"\x00\x01", "file.encoding"),
        (b"PK\x03\x04 no", "file.broken"),
        (b"x" * ((4 << 20) + 1), "file.too_large"),
    ):
        answer = send(admin, what, data, "f")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, code) and error["zh"] and error["en"]
    assert send(admin, what, b"x" * (6 << 20), "f").status_code == 413


def test_a_dry_run_then_all_of_it_once(admin: Any) -> None:
    data = "账号,姓名,岗位,单位\nxin.ren,新人,值班员,310101019\n".encode()
    dry = send(admin, "people", data, "p.csv", dry_run="true").json()
    assert (dry["added"], dry["dry_run"]) == (1, True)
    assert admin.get("/api/people", search="xin.ren") == []
    key = str(uuid4())
    first, second = (send(admin, "people", data, "p.csv", key).json() for _ in range(2))
    assert first == second and first["added"] == 1
    (person,) = admin.get("/api/people", search="xin.ren")
    with admin.system.database.transaction() as tx:
        assert [e.event for e in list_entries(tx, person["id"])] == ["person.added", "post.granted"]
    bad = send(admin, "people", data + "y.er,二,厨师,310101019\n".encode(), "p.csv")
    assert bad.status_code == 422
    assert bad.json()["error"]["detail"]["rows"][0] | {"zh": "", "en": ""} == {
        "line": 3,
        "what": "y.er · 二 · 厨师 · 310101019",
        "outcome": "bad",
        "column": "岗位",
        "zh": "",
        "en": "",
    }
    assert admin.get("/api/people", search="y.er") == []


def test_the_pattern_is_shown_as_it_was_planned(admin: Any) -> None:
    admin.sign_in("ma.junhao")
    lines = admin.get("/api/duties/pattern", unit=STREET)
    night = next(x for x in lines if x["kinds"] == ["dispatcher"] * 2)
    assert (night["shift"], night["at_once"], night["names"], night["weekdays"]) == (
        "night", 1, ["周磊", "徐雯"], [1, 2, 3, 4, 5, 6, 7],
    )  # fmt: skip
    assert (
        admin.get("/api/duties/pattern", 404, unit=str(world.unit("310101018")))["error"]["code"] == "network.no_unit"
    )


def test_a_street_s_administrator_exports_their_street_and_masked(desk: Any) -> None:
    desk.sign_in("qian.xi")
    text = desk.client.get("/api/people/export.csv").content.decode("utf-8-sig")
    assert "wang.lei" in text and "next.door" not in text
    far = desk.client.get("/api/people/export.csv", params={"unit": str(world.unit("310101018"))})
    assert far.status_code == 404
    for what in ("catalogue/matters", "catalogue/conditions"):
        answer = send(desk, what, export(desk, what, "csv"), "c.csv")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "city.whole_city")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("what", KINDS)
def test_a_template_is_empty_and_its_example_can_be_read(admin: Any, what: str, kind: str) -> None:
    name = {"calendars": "calendar"}.get(what, what.rsplit("/", 1)[-1])
    answer = admin.client.get(f"/api/templates/{name}.{kind}")
    assert answer.status_code == 200
    assert send(admin, what, answer.content, f"t.{kind}").json()["error"]["code"] == "file.empty", "only remarks"
    head, _, example = admin.client.get(f"/api/templates/{name}.csv").text.splitlines()
    data = f"{head}\n{example.removeprefix('# ')}\n".encode()
    (told,) = send(admin, what, data, "t.csv", dry_run="true").json()["lines"]
    assert told["outcome"] == "added" or told["column"] in {"代码", "人员账号"}, "whom or what it names is not there"

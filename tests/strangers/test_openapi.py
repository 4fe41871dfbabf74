"""The whole OpenAPI by schemathesis, as every post and as those without one: no answer is a fault of ours, and each is as
described. The same requests each time; `YIWANG_TORTURE=1`: others, and far more of them.

Each time three requests are made: what was generated from the description alone; the matrix's own with one part of it put
in its place, since what nobody could have meant is refused at once and never reaches the code behind; and the matrix's own
as it is, so that what is done is answered as described too.
"""

from __future__ import annotations

import gzip
import os
from collections import Counter
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from strangers.samples import sample
from strangers.stage import Answer, Town
from yiwang.network.model import PostKind

TORTURE = "YIWANG_TORTURE" in os.environ
WHO: tuple[str | None, ...] = (
    *(f"{post.value}.own" for post in PostKind), "operator.sibling", "checker", "reporter", "resident",
    "retired", "token:reads", "token:reports", None,
)  # fmt: skip
TURNS = 100 if TORTURE else 1
"""How often each of WHO asks each route, each time in three ways."""
PARTS = 4
OURS = settings(
    max_examples=TURNS * len(WHO), derandomize=not TORTURE, deadline=None, database=None,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
schemathesis.serializer.alias("audio/webm", "application/octet-stream")  # it knows pictures and films, and no sound
CHECKS = [status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
ANSWERED_BY_NOBODY = {
    # the whole city's catalogue, a lower ledger that has been made known, a second factor, somebody who came on duty, a
    # message of a room, a key of Tianditu's, a tag with a key of its batch, a grid of one's own in a round: these have tests
    # of their own
    "GET /api/tap", "POST /api/rounds/report",
    "POST /api/catalogue/matters/import", "POST /api/catalogue/conditions/import",
    "GET /api/ledger/lower/{lower}", "GET /api/ledger/lower/{lower}/heads", "POST /api/ledger/lower/{lower}/heads",
    "POST /api/sign-in/second", "POST /api/me/prove", "POST /api/me/prove/begin", "POST /api/me/factors/key",
    "POST /api/duty/end", "POST /api/duty/positions", "POST /api/rooms/erase", "GET /basemap/{layer}/{z}/{x}/{y}",
    "POST /api/me/factors/totp/confirm", "POST /api/me/factors/remove", "POST /api/me/factors/recovery",
}  # fmt: skip


def without_tuples(schema: Any) -> Any:
    """`prefixItems` as `items` of any of them: schemathesis 4.32 itself writes them as draft 4 had them, and then finds that
    no OpenAPI 3.1."""
    if isinstance(schema, list):
        return [without_tuples(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: without_tuples(value) for key, value in schema.items()}
    each = told.pop("prefixItems", None)
    return told | ({"items": {"anyOf": each}} if each else {})


def operations(town: Town) -> list[APIOperation]:
    schema = schemathesis.openapi.from_dict(without_tuples(town.app.openapi()))
    return [found.ok() for found in schema.get_all_operations()]  # type: ignore[misc]


def as_generated(town: Town, who: str | None, case: Case) -> tuple[Answer, requests.PreparedRequest]:
    sent = case.as_transport_kwargs(base_url="http://test")
    sent.pop("cookies", None)
    request = requests.Request(**sent).prepare()
    url = urlsplit(request.url or "")
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    kept = ("content-type", "idempotency-key", "public-ticket", "follow-ticket")
    headers = tuple(
        (k, v if isinstance(v, str) else v.decode("latin-1")) for k, v in request.headers.items() if k.lower() in kept
    )
    return town.ask(who, case.method, unquote(url.path), body, raw_query=url.query, headers=headers), request


def as_meant(town: Town, who: str | None, case: Case, which: int | None) -> tuple[Answer, requests.PreparedRequest]:
    """The matrix's request, with the `which`-th part of the generated one (a query parameter or a field of the body)."""
    login = who if who and not who.startswith("token:") else "operator.own"
    asked = sample(town, case.operation.label, login)
    query, body = dict(asked.query), asked.body
    fields = case.body if isinstance(case.body, dict) and isinstance(body, dict) else {}
    parts = [(query, k, v) for k, v in (case.query or {}).items()]
    parts += [(body, k, v) for k, v in fields.items()]
    if parts and which is not None:
        where, name, value = parts[which % len(parts)]
        where[name] = value
    answer = town.ask(who, asked.method, asked.path, body, query=query, files=asked.files, headers=asked.headers)
    return answer, requests.Request(asked.method, "http://test" + asked.path, json=repr(body)).prepare()


def wrong_with(case: Case, who: str | None, answer: Answer, request: requests.PreparedRequest) -> list[str]:
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name.lower(), []).append(value)
    packed = headers.pop("content-encoding", []) == ["gzip"]
    response = Response(
        status_code=answer.status, headers=headers, content=gzip.decompress(answer.body) if packed else answer.body, request=request, elapsed=0.0, verify=False,
        message="", encoding="utf-8", http_version="1.1",
    )  # fmt: skip
    found = ["a fault of ours"] if answer.status >= 500 else []
    try:
        case.validate_response(response, checks=CHECKS)
    except (Failure, FailureGroup) as told:
        found += [f"{type(f).__name__}: {f}" for f in (told.exceptions if isinstance(told, FailureGroup) else [told])]
    about = (
        f"{case.operation.label} by {who}: {answer.status} {answer.body[:600]!r} to {request.url} {request.body!r:.900}"
    )
    return [f"{about}\n{text}" for text in found]


def ask_about(town: Town, operation: APIOperation) -> list[str]:
    """What is wrong with this route's answers."""
    found: list[str] = []
    by, statuses = Counter[str | None](), Counter[int]()

    @OURS
    @given(case=operation.as_strategy(), which=st.integers(0, 30))
    def one(case: Case, which: int) -> None:
        who = WHO[by.total() % len(WHO)]
        by[who] += 1
        asked = (as_generated(town, who, case), as_meant(town, who, case, which), as_meant(town, who, case, None))
        for answer, request in asked:
            statuses[answer.status] += 1
            found.extend(wrong_with(case, who, answer, request))

    one()
    if set(by) != set(WHO):
        found.append(f"{operation.label} was not asked by everybody: {by}")
    if any(status < 400 for status in statuses) == (operation.label in ANSWERED_BY_NOBODY):
        found.append(f"{operation.label}: is it ever answered? {statuses}")
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_no_answer_is_a_fault_and_each_is_as_described(town: Town, part: int) -> None:
    found = [wrong for operation in operations(town)[part::PARTS] for wrong in ask_about(town, operation)]
    assert not found, "\n\n".join(first_of_each(found))


def first_of_each(found: list[str]) -> list[str]:
    """One of a kind: a route answered wrongly to one is so to all."""
    return list({(text.split(" by ")[0], text.partition("\n")[2][:60]): text for text in reversed(found)}.values())


@pytest.mark.parametrize(
    ("status", "body", "noticed"),
    [(200, b'{"items":[],"next":null}', ""), (500, b'{"error":{}}', "a fault of ours"), (418, b"{}", "UndefinedStatusCode"),
     (200, b'[{"id":1}]', "JsonSchemaError"), (403, b'{"error":{"code":1}}', "JsonSchemaError")],
)  # fmt: skip
def test_the_checks_can_see(town: Town, status: int, body: bytes, noticed: str) -> None:
    operation = next(o for o in operations(town) if o.label == "GET /api/cases")
    request = requests.Request("GET", "http://test/api/cases").prepare()
    found = wrong_with(operation.Case(), None, Answer(status, (("content-type", "application/json"),), body), request)
    assert (noticed in found[0].split("\n", 1)[1]) if noticed else found == []

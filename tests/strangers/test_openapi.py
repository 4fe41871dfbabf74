"""Every operation of the OpenAPI as any post, with what fits its description and what does not: never a 5xx, every answer
as described. The seed is printed when something is found; `YIWANG_TORTURE=1` (make torture) looks a hundred times longer."""

from __future__ import annotations

import os
from typing import Any, cast
from urllib.parse import unquote
from uuid import UUID

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks

from strangers.places import people
from strangers.samples import NAMED
from strangers.stage import Answer, Town

TORTURE = "YIWANG_TORTURE" in os.environ
EXAMPLES = 300 if TORTURE else 3
SEED = int(os.environ.get("YIWANG_SEED", "20261122"))
WHO = [None, "resident", "token:reads", *(login for login in people() if login.endswith(".own"))]
CHECKS = [
    checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance,
]  # fmt: skip
STREAMS = "/api/desk/feed"
PARTS = 4


def fitted(value: Any, names: dict[str, Any], draw: Any) -> Any:
    """The same with real ids put in where names say what they are, so that more than the first check is reached."""
    if isinstance(value, dict):
        return {
            k: str(names[k]) if isinstance(names.get(k), UUID | str) and draw(st.booleans()) else fitted(v, names, draw)
            for k, v in value.items()
        }
    return [fitted(v, names, draw) for v in value] if isinstance(value, list) else value


def answered(town: Town, who: str | None, case: Any) -> tuple[Answer, Response]:
    """What the application answers to a generated case; undone."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://test")).prepare()
    path, _, query = (prepared.path_url or "/").partition("?")
    body = prepared.body or b""
    kept = ("content-type", "idempotency-key", "if-none-match", "accept-encoding", "last-event-id")
    headers = tuple((k, str(v)) for k, v in prepared.headers.items() if k.lower() in kept)
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass") if isinstance(body, str) else b""
    answer = town.ask(who, prepared.method or "GET", unquote(path), data, raw_query=query, headers=headers)
    named: dict[str, list[str]] = {}
    for name, value in answer.headers:
        named.setdefault(name, []).append(value)
    return answer, Response(answer.status, named, answer.body, prepared, 0.0, False)


def operations(app: Any) -> list[Any]:
    schema = schemathesis.openapi.from_dict(app.openapi())
    found: list[Any] = [cast(Any, result).ok() for result in schema.get_all_operations()]
    return sorted(found, key=lambda o: o.label)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_answer_is_as_described(town: Town, part: int) -> None:
    names = NAMED | {k: v for k, v in town.names.items() if isinstance(v, UUID | str)}
    found: list[str] = []
    for operation in operations(town.app)[part::PARTS]:
        modes = [
            operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        ]

        @seed(SEED)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        )  # fmt: skip
        @given(st.data())
        def look(data: Any, modes: list[Any] = modes, operation: Any = operation) -> None:
            case = data.draw(st.one_of(*modes))
            if isinstance(case.body, dict | list):
                case.body = fitted(case.body, names, data.draw)
            for parameters in (case.path_parameters, case.query):
                if parameters:
                    parameters.update(fitted(dict(parameters), names, data.draw))
            who = data.draw(st.sampled_from(WHO))
            answer, response = answered(town, who, case)
            assert answer.status < 500 or answer.status == 503, (who, answer.body[:300])
            if not operation.path.startswith(STREAMS):
                case.validate_response(response, checks=CHECKS)

        try:
            look()
        except Exception as wrong:
            found.append(f"{operation.label} (seed {SEED}): {type(wrong).__name__} {str(wrong)[:1500]}")
    assert not found, "\n\n".join(found)

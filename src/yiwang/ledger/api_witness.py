"""What lower ledgers hand up, and what is kept of them. Nobody signs in: a head is its own proof of whose it is."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from fastapi.responses import PlainTextResponse

from yiwang.kit.db import Tx, current
from yiwang.kit.web import body_is, read, reply, router
from yiwang.ledger import actions_witness, queries_witness
from yiwang.ledger.model_witness import Answer, HandUp, LowerState

routes = router("/api/ledger/lower", "下级台账 lower ledgers")


def _state(tx: Tx, lower: UUID) -> LowerState:
    known = queries_witness.get_lower(tx, lower)
    return next(s for s in queries_witness.list_states(tx) if s.id == known.id)


@routes.get("/{lower}", summary="下级台账存到哪里 What is kept of a lower ledger", responses=body_is(LowerState))
def get_lower(lower: UUID) -> Response:
    return read(_state, lower)


@routes.get(
    "/{lower}/heads", summary="所存的签名树头（文本） The heads kept, as signed notes", response_class=PlainTextResponse
)
def list_kept_heads(lower: UUID) -> Response:
    with current().transaction() as tx:
        queries_witness.get_lower(tx, lower)
        notes = queries_witness.list_notes(tx, lower)
    return PlainTextResponse("\n".join(notes))


@routes.post("/{lower}/heads", summary="上交签名树头 Hand up a signed head", responses=body_is(Answer))
def hand_up_head(lower: UUID, cmd: HandUp) -> Response:
    with current().transaction() as tx:
        return reply(actions_witness.take_head(tx, lower, cmd))

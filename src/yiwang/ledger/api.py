"""What anyone may know of the ledger: heads, keys and proofs that one head continues another. No case content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import PlainTextResponse

from yiwang.kit import web
from yiwang.kit.db import Tx, current
from yiwang.kit.errors import NotFound
from yiwang.ledger import queries
from yiwang.ledger.model_proof import Head, Origin
from yiwang.ledger.rules_sign import to_text, write_note

routes = web.router("/api/ledger", "台账 ledger")


@dataclass(frozen=True, slots=True)
class HeadView:
    """A signed head; `note` is the signed text itself (C2SP checkpoint), the rest is read from it."""

    size: int
    root: str
    at: datetime
    previous: int
    hash: str
    key_id: str
    note: str


@dataclass(frozen=True, slots=True)
class KeyView:
    key_id: str
    public: str
    at: datetime
    endorsed_by: str | None
    endorsement: str | None


@dataclass(frozen=True, slots=True)
class ConsistencyView:
    old: int
    new: int
    hash: str
    proof: list[str]


def _view(origin: Origin, head: Head) -> HeadView:
    note = write_note(origin, head)
    return HeadView(head.size, to_text(head.root), head.at, head.previous, origin.hash, head.key_id, note)


def _latest(tx: Tx) -> HeadView:
    head = queries.latest_head(tx)
    if head is None:
        raise NotFound("ledger.no_head", "还没有签名树头", "There is no signed head yet")
    return _view(queries.get_origin(tx), head)


def _heads(tx: Tx, after: int, limit: int) -> list[HeadView]:
    heads = queries.list_heads(tx, after, limit)
    return [_view(origin, head) for origin in [queries.find_origin(tx)] if origin for head in heads]


def _keys(tx: Tx) -> list[KeyView]:
    return [
        KeyView(k.key_id, k.public, k.at, k.endorsed_by, to_text(k.endorsement) if k.endorsement else None)
        for k in queries.list_keys(tx)
    ]


def _consistency(tx: Tx, old: int, new: int) -> ConsistencyView:
    proof = [to_text(p) for p in queries.get_consistency(tx, old, new)]
    return ConsistencyView(old, new, queries.get_origin(tx).hash, proof)


Size = Annotated[int, Query(ge=0, lt=2**62)]


@routes.get("/head", summary="最新的签名树头 The latest signed tree head", responses=web.body_is(HeadView))
def get_head() -> Response:
    return web.read(_latest)


@routes.get(
    "/heads",
    summary="签名树头，按大小翻页 Signed heads of more than `after` entries",
    responses=web.body_is(list[HeadView]),
)
def list_heads(after: Size = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    return web.read(_heads, after, limit)


@routes.get(
    "/keys",
    summary="签名公钥，旧的在前 The public keys that heads are signed with",
    responses=web.body_is(list[KeyView]),
)
def list_keys() -> Response:
    return web.read(_keys)


@routes.get(
    "/key-file",
    summary="可留存的公钥文件 The keys to keep, and what is known of those given up; as text",
    response_class=PlainTextResponse,
)
def show_key_file() -> Response:
    with current().transaction() as tx:
        return PlainTextResponse(queries.get_key_file(tx))


@routes.get(
    "/consistency",
    summary="后一树头延续前一树头的证明 Proof that the tree of `to` begins with that of `from`",
    responses=web.body_is(ConsistencyView),
)
def get_consistency(
    old: Annotated[int, Query(alias="from", ge=1, lt=2**62)], new: Annotated[int, Query(alias="to", ge=1, lt=2**62)]
) -> Response:
    return web.read(_consistency, old, new)

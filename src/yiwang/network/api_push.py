"""HTTP: which device is told by web push."""

from __future__ import annotations

from fastapi import Depends, Request, Response

from yiwang.kit import db, push
from yiwang.kit.web import body_is, reply, router
from yiwang.network import actions_push, rules_access
from yiwang.network.actions_limits import Limits, limited
from yiwang.network.actions_session import Signed
from yiwang.network.model_push import PushKey, Subscribed, SubscribePush

routes = router("/api/push", "推送 web push")
TRIES = Limits(public=20, address=100, staff=60)
"""Subscriptions an hour: each asks a name server."""


@routes.get("/key", summary="订阅推送所需的公钥 The key that a browser subscribes with", responses=body_is(PushKey))
def get_key(actor: Signed) -> Response:
    return reply(PushKey(push.sender().public))


@routes.get("/me", summary="本设备是否接收推送 Is this device told", responses=body_is(Subscribed))
def get_mine(request: Request, actor: Signed) -> Response:
    with db.current().transaction() as tx:
        return reply(Subscribed(actions_push.is_subscribed(tx, actor, _secret(request))))


@routes.post(
    "/subscribe",
    summary="本设备开始接收推送（至退出登录为止） Tell this device, until it signs out",
    dependencies=[Depends(limited(TRIES))],
    responses=body_is(Subscribed),
)
def post_subscribe(request: Request, actor: Signed, cmd: SubscribePush) -> Response:
    actions_push.subscribe(db.current(), actor, cmd, _secret(request))
    return reply(Subscribed(True))


@routes.post("/unsubscribe", summary="本设备不再接收推送 Tell this device no more", responses=body_is(Subscribed))
def post_unsubscribe(request: Request, actor: Signed) -> Response:
    with db.current().transaction() as tx:
        actions_push.unsubscribe(tx, actor, _secret(request))
    return reply(Subscribed(False))


def _secret(request: Request) -> str | None:
    """The session's, and none for a token."""
    return None if request.headers.get("authorization") else request.cookies.get(rules_access.COOKIE)

"""HTTP: sign in and out, who am I, devices, passwords, tokens, the sign-in log."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, HTTPException, Query, Request, Response

from yiwang.kit import db
from yiwang.kit.errors import Unauthenticated
from yiwang.kit.web import body_is, perform, read, reply, router
from yiwang.network import actions_access, actions_session, queries_access, queries_people, rules_access
from yiwang.network.actions_session import Signed
from yiwang.network.model import PostKind, Subject
from yiwang.network.model_access import (
    ChangePassword,
    DemoSignIn,
    IssuedToken,
    IssueToken,
    Me,
    Policy,
    RevokeSession,
    RevokeToken,
    SessionRow,
    SetPassword,
    SignedIn,
    SignIn,
    SignInLine,
    TokenRow,
    UnlockSignIn,
    Welcome,
)
from yiwang.network.model_factor import SecondDue
from yiwang.network.queries_people import FIRST
from yiwang.network.rules import may, scope_of
from yiwang.network.rules_factor import Site, work_out_site
from yiwang.network.rules_needs import NEEDS

Limit = Annotated[int, Query(ge=1, le=500)]

AUDIT = frozenset({PostKind.audit_admin, PostKind.auditor})
SECURITY = frozenset({PostKind.security_admin, PostKind.auditor})
routes = router("/api", "登录 sign-in")


@routes.post("/sign-in", summary="登录 Sign in", responses=body_is(Welcome))
def post_sign_in(request: Request, cmd: SignIn) -> Response:
    check_own_page(request)
    old = request.cookies.get(rules_access.COOKIE)
    outcome = actions_session.sign_in(db.current(), cmd, *where_from(request), site_of(request), old)
    if isinstance(outcome, SecondDue):
        return reply({"second_factor": outcome}, 202, {"Cache-Control": "no-store"})
    return signed_in(request, outcome)


def _demo_only(request: Request) -> None:
    """`app.state.settings` is `yiwang.settings.Settings`; without it there is no demo."""
    if not getattr(getattr(request.app.state, "settings", None), "is_demo", False):
        raise HTTPException(404)


@routes.post(
    "/demo-sign-in",
    summary="以演示人物登录（仅演示模式） Sign in as somebody of the demo; there is no such address unless the demo is on",
    dependencies=[Depends(_demo_only)],
    responses=body_is(Welcome),
)
def post_demo_sign_in(request: Request, cmd: DemoSignIn) -> Response:
    check_own_page(request)
    old = request.cookies.get(rules_access.COOKIE)
    return signed_in(request, actions_session.demo_sign_in(db.current(), cmd, *where_from(request), old))


@routes.post(
    "/sign-out", summary="退出 Sign out", status_code=204, responses={204: {"description": "已退出 signed out"}}
)
def post_sign_out(request: Request, actor: Signed) -> Response:
    if secret := request.cookies.get(rules_access.COOKIE):
        actions_session.sign_out(db.current(), secret, *where_from(request))
    response = Response(status_code=204)
    response.delete_cookie(rules_access.COOKIE, path="/", httponly=True, samesite="strict")
    return response


@routes.get("/me", summary="我是谁、有哪些岗位 Who am I", responses=body_is(Me))
def get_me(request: Request, actor: Signed) -> Response:
    secret = None if actor.acts is not None else request.cookies.get(rules_access.COOKIE)
    with db.current().reading() as tx:
        posts = queries_people.list_my_posts(tx, actor)
    return reply(Me(actor.id, actor.name, actor.kind, posts, rules_access.csrf_of(secret) if secret else None))


@routes.post("/me/password", summary="修改自己的密码 Change one's password", status_code=204)
def post_my_password(request: Request, actor: Signed, cmd: ChangePassword) -> Response:
    actions_session.change_password(db.current(), actor, cmd, request.cookies.get(rules_access.COOKIE))
    return Response(status_code=204)


@routes.get("/me/sessions", summary="我登录的设备 Where I am signed in", responses=body_is(list[SessionRow]))
def get_my_sessions(request: Request, actor: Signed, after: UUID = FIRST, limit: Limit = 50) -> Response:
    secret = request.cookies.get(rules_access.COOKIE)
    here = rules_access.digest(secret) if secret else None
    return read(queries_access.list_sessions, scope_of(actor), here, after=after, limit=limit)


@routes.post("/sessions/revoke", summary="让一台设备退出 Sign a device out", responses=body_is(None))
def post_session_revoke(actor: Signed, cmd: RevokeSession) -> Response:
    return perform(actions_access.revoke_session, actor, cmd)


@routes.post("/passwords", summary="重设他人密码（安全管理员） Set a password", responses=body_is(None))
def post_password(actor: Signed, cmd: SetPassword) -> Response:
    # Not by `perform`: it would keep a fast digest of the command, password and all.
    with db.current().transaction() as tx:
        return reply(actions_access.set_password(tx, actor, cmd))


@routes.get("/tokens", summary="接口令牌 API tokens", responses=body_is(list[TokenRow]))
def get_tokens(actor: Signed, after: UUID = FIRST, limit: Limit = 50) -> Response:
    return read(queries_access.list_tokens, scope_of(actor, SECURITY), after=after, limit=limit)


@routes.post(
    "/tokens",
    summary="发放接口令牌（安全管理员） Issue a token; its secret is shown once",
    status_code=201,
    responses=body_is(IssuedToken, 201),
)
def post_token(actor: Signed, cmd: IssueToken) -> Response:
    # Not by `perform`: it would keep the answer, and with it the secret.
    with db.current().transaction() as tx:
        return reply(actions_access.issue_token(tx, actor, cmd), 201, {"Cache-Control": "no-store"})


@routes.post("/tokens/revoke", summary="撤销接口令牌 Revoke a token", responses=body_is(TokenRow))
def post_token_revoke(actor: Signed, cmd: RevokeToken) -> Response:
    return perform(actions_access.revoke_token, actor, cmd)


@routes.post("/sign-ins/unlock", summary="解除锁定（安全管理员） Unlock a login", responses=body_is(None))
def post_unlock(actor: Signed, cmd: UnlockSignIn) -> Response:
    return perform(actions_access.unlock_sign_in, actor, cmd)


@routes.get("/sign-ins", summary="登录日志（审计） The sign-in log", responses=body_is(list[SignInLine]))
def get_sign_ins(actor: Signed, before: UUID = queries_access.LAST, limit: Limit = 100) -> Response:
    may(actor, NEEDS["sign_in.read_log"], Subject(""))
    return read(queries_access.list_sign_ins, scope_of(actor, AUDIT), before=before, limit=limit)


@routes.get("/sign-in-policy", summary="登录策略 The sign-in policy", responses=body_is(Policy))
def get_policy(actor: Signed) -> Response:
    return read(queries_access.get_policy)


@routes.put("/sign-in-policy", summary="设定登录策略（安全管理员） Set the sign-in policy", responses=body_is(Policy))
def put_policy(actor: Signed, cmd: Policy) -> Response:
    return perform(actions_access.set_policy, actor, cmd)


def site_of(request: Request) -> Site | None:
    """What security keys are bound to here."""
    settings = getattr(request.app.state, "settings", None)
    return work_out_site(getattr(settings, "origin", ""), request.url.scheme, request.headers.get("host", ""))


def where_from(request: Request) -> tuple[str, str]:
    """Address and device of whoever sends this. Behind a proxy, uvicorn's trusted proxy headers give the address."""
    return request.client.host if request.client else "", request.headers.get("user-agent", "")


def check_own_page(request: Request) -> None:
    """Nobody is signed in yet, so there is no token to compare: but another site's page may not sign anyone in."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if rules_access.is_foreign(origin, site, request.headers.get("host")):
        raise Unauthenticated("network.foreign_page", "请从本系统页面登录", "Please sign in from our own page")


def signed_in(request: Request, signed: SignedIn) -> Response:
    body = Welcome(signed.person_id, signed.name, signed.csrf, signed.ends_at)
    response = reply(body, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        rules_access.COOKIE,
        signed.secret,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        expires=signed.ends_at,
    )
    return response

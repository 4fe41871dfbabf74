"""HTTP: second factors."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request, Response

from yiwang.kit import db
from yiwang.kit.web import body_is, perform, read, reply, router
from yiwang.network import actions_factor, queries_access, queries_factor, rules_access
from yiwang.network.actions_session import Signed
from yiwang.network.api_access import Limit, check_own_page, signed_in, site_of, where_from
from yiwang.network.model_access import SignInLine
from yiwang.network.model_factor import (
    AddKey,
    AddTotp,
    Asked,
    BeginKey,
    Confirmed,
    ConfirmTotp,
    Factors,
    NewTotp,
    RemoveFactor,
    ResetFactors,
    Show,
)
from yiwang.network.rules import scope_of

routes = router("/api", "第二验证 second factor")
NO_STORE = {"Cache-Control": "no-store"}


@routes.post("/sign-in/second", summary="登录第二步：动态口令、恢复码或安全密钥 Sign in, second half")
def post_second(request: Request, cmd: Show) -> Response:
    check_own_page(request)
    old = request.cookies.get(rules_access.COOKIE)
    return signed_in(
        request, actions_factor.finish_sign_in(db.current(), cmd, *where_from(request), site_of(request), old)
    )


@routes.get("/me/factors", summary="我的第二验证 My second factors", responses=body_is(Factors))
def get_factors(actor: Signed) -> Response:
    return read(queries_factor.list_factors, scope_of(actor), proven=actor.proven)


@routes.get("/me/sign-ins", summary="我的登录记录 My own sign-ins", responses=body_is(list[SignInLine]))
def get_my_sign_ins(actor: Signed, before: UUID = queries_access.LAST, limit: Limit = 50) -> Response:
    return read(queries_access.list_my_sign_ins, scope_of(actor), before=before, limit=limit)


@routes.post("/me/prove/begin", summary="请安全密钥确认 Ask a security key", responses=body_is(Asked))
def post_begin_proof(request: Request, actor: Signed) -> Response:
    return _told(actions_factor.begin_proof(db.current(), actor, _session(request), site_of(request)))


@routes.post("/me/prove", summary="确认是本人，其后 15 分钟内可办须确认的事 Show a second factor", status_code=204)
def post_prove(request: Request, actor: Signed, cmd: Show) -> Response:
    actions_factor.prove(db.current(), actor, cmd, _session(request), *where_from(request), site_of(request))
    return Response(status_code=204)


@routes.post(
    "/me/factors/totp", summary="启用动态口令 Add one-time codes", status_code=201, responses=body_is(NewTotp, 201)
)
def post_totp(request: Request, actor: Signed, cmd: AddTotp) -> Response:
    return _told(actions_factor.add_totp(db.current(), actor, cmd, _session(request)), 201)


@routes.post(
    "/me/factors/totp/confirm", summary="以第一个口令确认启用 Confirm by a first code", responses=body_is(Confirmed)
)
def post_confirm_totp(request: Request, actor: Signed, cmd: ConfirmTotp) -> Response:
    return _told(actions_factor.confirm_totp(db.current(), actor, cmd, _session(request)))


@routes.post("/me/factors/key/begin", summary="登记安全密钥：开始 Add a security key: begin", responses=body_is(Asked))
def post_begin_key(request: Request, actor: Signed, cmd: BeginKey) -> Response:
    return _told(actions_factor.begin_key(db.current(), actor, cmd, _session(request), site_of(request)))


@routes.post(
    "/me/factors/key", summary="登记安全密钥 Add a security key", status_code=201, responses=body_is(Confirmed, 201)
)
def post_key(request: Request, actor: Signed, cmd: AddKey) -> Response:
    return _told(actions_factor.add_key(db.current(), actor, cmd, _session(request), site_of(request)), 201)


@routes.post("/me/factors/remove", summary="停用一项第二验证 Remove a factor")
def post_remove(actor: Signed, cmd: RemoveFactor) -> Response:
    return perform(actions_factor.remove_factor, actor, cmd)


@routes.post("/me/factors/recovery", summary="重新生成恢复码 New recovery codes")
def post_recovery(actor: Signed) -> Response:
    # Not by `perform`: it would keep the answer, and with it the codes.
    with db.current().transaction() as tx:
        return _told({"recovery": actions_factor.renew_recovery(tx, actor)})


@routes.post("/factors/reset", summary="重置他人的第二验证（安全管理员） Take away somebody's factors")
def post_reset(actor: Signed, cmd: ResetFactors) -> Response:
    return perform(actions_factor.reset_factors, actor, cmd)


def _session(request: Request) -> str | None:
    return request.cookies.get(rules_access.COOKIE)


def _told(value: object, status: int = 200) -> Response:
    return reply(value, status, NO_STORE)

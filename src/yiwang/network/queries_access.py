"""Reads of sign-in: who a cookie or token stands for (every request asks this), devices, tokens, the log."""

from __future__ import annotations

from uuid import UUID

from yiwang.kit.db import Tx, query
from yiwang.kit.scope import Scope
from yiwang.network import store_access
from yiwang.network.model_access import Holder, Policy, SessionRow, SignInLine, TokenHolder, TokenRow
from yiwang.network.queries_people import FIRST

HOLDER = query(
    Holder,
    "select p.id as person_id, p.name, s.id as session_id, s.seen_at < now() - interval '5 min' as stale,"
    " coalesce(s.proven_at > now() - interval '15 min', false) as proven,"  # rules_factor.FRESH_MINUTES
    f" {store_access.POSTS} from network.session s join network.person p on p.id = s.person_id"
    " where s.hash = %(hash)s and s.revoked_at is null and s.expires_at > now() and s.ends_at > now()",
)
TOKEN_HOLDER = query(
    TokenHolder,
    "select p.id as person_id, p.name, t.id as token_id, t.acts, b.unit_id, b.path::text as unit_path,"
    f" {store_access.POSTS} from network.token t join network.person p on p.id = t.person_id"
    " left join network.unit_now b on b.id = t.unit_id"
    " where t.hash = %(hash)s and t.revoked_at is null and t.expires_at > now()",
)
SESSIONS = query(
    SessionRow,
    "select id, device, address, created_at, seen_at, expires_at, coalesce(hash = %(here)s, false) as here"
    " from network.session where person_id = %(person)s and revoked_at is null and expires_at > now() and ends_at > now() and id > %(after)s order by id limit %(limit)s",
)
TOKENS = query(
    TokenRow,
    "select t.id, t.person_id, t.name, t.acts, t.unit_id, t.created_at, t.expires_at, t.revoked_at from network.token t"
    " where t.id > %(after)s and (%(everything)s or t.person_id = %(person)s or exists (select from network.post o"
    " join network.unit u on u.id = o.unit_id where o.person_id = t.person_id and u.path <@ %(paths)s::ltree[]))"
    " order by t.id limit %(limit)s",
)
SIGN_INS = query(
    SignInLine,
    "select l.id, l.at, l.person_id, l.outcome, l.address, l.device from network.sign_in_log l"
    " where l.id < %(before)s and (%(everything)s or l.person_id is null or exists (select from network.post o"
    " join network.unit u on u.id = o.unit_id where o.person_id = l.person_id and u.path <@ %(paths)s::ltree[]))"
    " order by l.id desc limit %(limit)s",
)
MY_SIGN_INS = query(
    SignInLine,
    "select id, at, person_id, outcome, address, device from network.sign_in_log where person_id = %(person)s"
    " and id < %(before)s order by id desc limit %(limit)s",
)
LAST = UUID(int=2**128 - 1)


def get_policy(tx: Tx) -> Policy:
    return store_access.POLICY.one(tx)


def list_sessions(
    tx: Tx, scope: Scope, here: bytes | None, *, after: UUID = FIRST, limit: int = 50
) -> list[SessionRow]:
    """The devices where the scope's person is signed in. `here`: the digest of the asking one's secret."""
    return SESSIONS.all(tx, person=scope.person, here=here, after=after, limit=limit)


def list_tokens(tx: Tx, scope: Scope, *, after: UUID = FIRST, limit: int = 50) -> list[TokenRow]:
    """One's own tokens and those of people in the scope's subtrees, revoked ones too."""
    return TOKENS.all(
        tx, everything=scope.everything, person=scope.person, paths=list(scope.paths), after=after, limit=limit
    )


def list_sign_ins(tx: Tx, scope: Scope, *, before: UUID = LAST, limit: int = 100) -> list[SignInLine]:
    """The sign-in log, newest first: of people in the scope's subtrees, and tries at names that do not exist."""
    return SIGN_INS.all(tx, everything=scope.everything, paths=list(scope.paths), before=before, limit=limit)


def list_my_sign_ins(tx: Tx, scope: Scope, *, before: UUID = LAST, limit: int = 50) -> list[SignInLine]:
    """The sign-ins of the scope's person and the tries at them, newest first: who sees a strange one has reason to act."""
    return MY_SIGN_INS.all(tx, person=scope.person, before=before, limit=limit)

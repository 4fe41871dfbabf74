"""Signing in and out, and who a request comes from.

Unlike other actions these hold the database themselves: a wrong password must be counted although the request fails,
and no transaction may wait for argon2. Their times are the real ones, so a simulated day signs nobody out.
"""

from __future__ import annotations

import secrets
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from yiwang.kit import db
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Forbidden, TooMany, Unauthenticated
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.network import queries_access, queries_factor, rules_access, store_access, store_factor
from yiwang.network.actions_people import lock_person
from yiwang.network.model import Actor, ActorKind
from yiwang.network.model_access import ChangePassword, DemoSignIn, Known, PasswordSet, Policy, SignedIn, SignIn
from yiwang.network.model_factor import SecondDue
from yiwang.network.rules import narrow
from yiwang.network.rules_factor import CHALLENGE, TICKET_MINUTES, Site, assertion_options

DAY, FIVE_MINUTES, HOUR = 86_400, 300, 3_600
FOR_EVER = "infinity"
PURGES = (
    store_factor.PURGE_TICKETS,
    store_factor.PURGE_UNCONFIRMED,
    store_access.PURGE_SESSIONS,
    store_access.PURGE_TRIES,
    store_access.PURGE_LOG,
)


def current_actor(request: Request) -> Actor:
    """Whoever sends this request, with the posts that count now; Unauthenticated. One statement."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return _token_actor(authorization)
    secret = request.cookies.get(rules_access.COOKIE)
    if not secret:
        raise _not_signed_in()
    headers = request.headers
    rules_access.check_request(
        request.method,
        secret=secret,
        csrf=headers.get(rules_access.CSRF_HEADER),
        origin=headers.get("origin"),
        site=headers.get("sec-fetch-site"),
        host=headers.get("host"),
    )
    with db.current().reading() as tx:
        holder = queries_access.HOLDER.maybe(tx, hash=rules_access.digest(secret), at=tx.now)
        if holder is None:
            raise _not_signed_in()
        if holder.stale:
            store_access.TOUCH_SESSION.run(tx, id=holder.session_id)
    return Actor(holder.person_id, holder.name, holder.posts, proven=holder.proven)


Signed = Annotated[Actor, Depends(current_actor)]


def _token_actor(authorization: str) -> Actor:
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.startswith(rules_access.TOKEN_PREFIX):
        raise _not_signed_in()
    with db.current().reading() as tx:
        holder = queries_access.TOKEN_HOLDER.maybe(tx, hash=rules_access.digest(secret.strip()), at=tx.now)
    if holder is None:
        raise _not_signed_in()
    posts = holder.posts
    if holder.unit_id is not None and holder.unit_path is not None:
        posts = narrow(posts, holder.unit_id, holder.unit_path)
    return Actor(holder.person_id, holder.name, posts, ActorKind.token, frozenset(holder.acts))


def sign_in(
    database: Database, cmd: SignIn, address: str, device: str, site: Site | None = None, old: str | None = None
) -> SignedIn | SecondDue:
    """A new session for a right password, or, for whoever has a second factor, a ticket to go on with; the session that
    the browser had (`old`) ends. An unknown name and a wrong password get the same words after the same work;
    both are counted per account and per address: Unauthenticated, or TooMany with the seconds to wait."""
    device = device[:200]
    with database.reading() as tx:
        policy = store_access.POLICY.one(tx)
        by_address = rules_access.guard_key("address", address)
        by_login = rules_access.guard_key("login", cmd.login)
        _try_address(tx, by_address, policy)
        known = store_access.KNOWN.maybe(tx, login=cmd.login.strip())
        try:
            _try_login(tx, by_login, policy)
        except TooMany:
            person_id = known.person_id if known else None
            store_access.LOG.run(tx, id=new_id(), person_id=person_id, outcome="locked", address=address, device=device)
            raise
    right = rules_access.is_password(known.hash if known else None, cmd.password)
    if known is None or not right:
        with database.reading() as tx:
            person_id = known.person_id if known else None
            store_access.LOG.run(
                tx, id=new_id(), person_id=person_id, outcome="refused", address=address, device=device
            )
        raise Unauthenticated("network.sign_in_failed", "用户名或密码不对", "The name or the password is wrong")
    rehashed = rules_access.hash_password(cmd.password) if rules_access.must_rehash(known.hash) else None
    with database.transaction() as tx:
        store_access.CLEAR.run(tx, key=by_login)
        store_access.UNDO.run(tx, key=by_address)
        if rehashed:
            store_access.PUT_PASSWORD.run(tx, person_id=known.person_id, hash=rehashed)
        kinds = queries_factor.find_kinds(tx, known.person_id)
        if not kinds:
            return open_session(tx, known, address, device, "signed_in", old=old)
        store_access.LOG.run(
            tx, id=new_id(), person_id=known.person_id, outcome="password_right", address=address, device=device
        )
        challenge, ticket = open_ticket(tx, known.person_id, None)
        keys = queries_factor.find_keys(tx, known.person_id) if site else []
        return SecondDue(ticket, kinds, assertion_options(site, challenge, keys) if site and keys else None)


def demo_sign_in(database: Database, cmd: DemoSignIn, address: str, device: str, old: str | None = None) -> SignedIn:
    """A session without a password. Wire it only where the demo is on and listens to this machine alone. Where a click
    signs in, a second factor would prove nothing: the session counts as proven, unless its person has tried one out."""
    with database.transaction() as tx:
        known = store_access.DEMO.maybe(tx, login=cmd.login.strip())
        if known is None:
            raise Unauthenticated("network.sign_in_failed", "没有这个演示用户", "There is no such demo user")
        proven = None if queries_factor.find_kinds(tx, known.person_id) else FOR_EVER
        return open_session(tx, known, address, device[:200], "demo", old=old, proven=proven)


def sign_out(database: Database, secret: str, address: str, device: str) -> None:
    """End the session of this cookie; nothing happens when it has ended already."""
    with database.transaction() as tx:
        person_id = store_access.END_SESSION.maybe(tx, hash=rules_access.digest(secret))
        if person_id is not None:
            store_access.LOG.run(
                tx, id=new_id(), person_id=person_id, outcome="signed_out", address=address, device=device[:200]
            )


def change_password(database: Database, actor: Actor, cmd: ChangePassword, secret: str | None) -> None:
    """One's own, by the old one; other devices are signed out (not the one of `secret`). Tries count as at sign-in."""
    if actor.kind is not ActorKind.person:
        raise Forbidden("network.token_scope", "令牌不能修改密码", "A token cannot change a password")
    check_own_password(database, actor, cmd.old)
    rules_access.check_password(cmd.new, None)
    hashed = rules_access.hash_password(cmd.new)
    with database.transaction() as tx:
        person = lock_person(tx, actor.id)
        rules_access.check_password(cmd.new, person.login)
        store_access.PUT_PASSWORD.run(tx, person_id=person.id, hash=hashed)
        store_access.END_SESSIONS.run(tx, person_id=person.id, keep=rules_access.digest(secret) if secret else None)
        record(tx, actor.by(None), PasswordSet(person.id))


def check_own_password(database: Database, actor: Actor, password: str) -> None:
    """Forbidden unless it is the actor's; tries count as at sign-in."""
    key = rules_access.guard_key("change", str(actor.id))
    with database.reading() as tx:
        _try_login(tx, key, store_access.POLICY.one(tx))
        known = store_access.PASSWORD_OF.maybe(tx, person_id=actor.id)
    if not rules_access.is_password(known.hash if known else None, password):
        raise Forbidden("network.wrong_password", "密码不对", "The password is wrong")
    with database.reading() as tx:
        store_access.CLEAR.run(tx, key=key)


def purge(tx: Tx) -> int:
    """Forget ended sessions, old tries and what the log need not keep; periodic. Returns how many rows went."""
    return sum(s.run(tx) for s in PURGES)


def open_session(
    tx: Tx, known: Known, address: str, device: str, outcome: str, *, old: str | None, proven: bool | str | None = None
) -> SignedIn:
    """A session under a new secret. `old` is the cookie that came with the request: its session ends, so that nobody
    signs in into a session that somebody else has planted."""
    if old:
        store_access.END_SESSION.maybe(tx, hash=rules_access.digest(old))
    secret = rules_access.new_secret()
    ends_at = store_access.ADD_SESSION.one(
        tx,
        id=new_id(),
        hash=rules_access.digest(secret),
        person_id=known.person_id,
        device=device,
        address=address,
        proven=FOR_EVER if proven == FOR_EVER else "now" if proven else None,
    )
    store_access.LOG.run(tx, id=new_id(), person_id=known.person_id, outcome=outcome, address=address, device=device)
    return SignedIn(known.person_id, known.name, secret, rules_access.csrf_of(secret), ends_at)


def open_ticket(tx: Tx, person_id: UUID, session: str | None) -> tuple[bytes, str]:
    """(challenge, ticket) for a second factor that is to come within five minutes, in this session or before any."""
    challenge, ticket = secrets.token_bytes(CHALLENGE), rules_access.new_secret()
    store_factor.ADD_TICKET.run(
        tx, hash=rules_access.digest(ticket), person_id=person_id, challenge=challenge, minutes=TICKET_MINUTES,
        session=rules_access.digest(session) if session else None,
    )  # fmt: skip
    return challenge, ticket


def _try_address(tx: Tx, key: bytes, policy: Policy) -> None:
    demand_try(tx, key, window=FIVE_MINUTES, free=policy.address_tries, lock=FIVE_MINUTES, cap=FIVE_MINUTES)


def _try_login(tx: Tx, key: bytes, policy: Policy) -> None:
    demand_try(tx, key, window=DAY, free=policy.free_tries, lock=policy.lock_seconds, cap=HOUR)


def demand_try(tx: Tx, key: bytes, *, window: int, free: int, lock: int, cap: int) -> None:
    """Count one try at `key`, in every process alike: TooMany after `free` within `window` seconds, for `lock` seconds,
    twice as long after each further one, `cap` at most."""
    counted = store_access.TRY.one(tx, key=key, window=window, free=free, lock=lock, cap=cap)
    if not counted.allowed:
        seconds = max(1, counted.seconds)
        raise TooMany(
            "network.too_many_tries",
            f"尝试次数过多，请 {seconds} 秒后再试",
            f"Too many tries; please wait {seconds} seconds",
            seconds=seconds,
        )


def _not_signed_in() -> Unauthenticated:
    return Unauthenticated("network.not_signed_in", "请先登录", "Please sign in")

"""The security administrator's verbs: passwords, tokens, devices, lockouts, policy."""

from __future__ import annotations

from dataclasses import asdict

from yiwang.kit.db import Tx
from yiwang.kit.errors import NotFound, Refused
from yiwang.kit.ids import named_id
from yiwang.ledger.actions import record
from yiwang.network import queries_units, rules_access, rules_people, store_access
from yiwang.network.actions_people import is_in_reach, lock_person, lock_person_in_reach, standing_posts
from yiwang.network.model import Actor, Subject
from yiwang.network.model_access import (
    IssuedToken,
    IssueToken,
    PasswordSet,
    Policy,
    PolicySet,
    RevokeSession,
    RevokeToken,
    SessionRevoked,
    SetPassword,
    SignInUnlocked,
    TokenIssued,
    TokenRevoked,
    TokenRow,
    UnlockSignIn,
)
from yiwang.network.rules import may
from yiwang.network.rules_needs import NEEDS

POLICY_ID = named_id("sign-in policy")


def set_password(tx: Tx, actor: Actor, cmd: SetPassword) -> None:
    """Give somebody a (new) password; all their devices are signed out. One's own is changed with `change_password`."""
    person = lock_person_in_reach(tx, actor, NEEDS["password.set"], cmd.person_id)
    rules_people.check_not_self(actor, person.id)
    by = rules_people.may_over(actor, NEEDS["password.set"], standing_posts(tx, person.id), every=True)
    rules_people.check_alive(person)
    rules_access.check_password(cmd.password, person.login)
    store_access.PUT_PASSWORD.run(tx, person_id=person.id, hash=rules_access.hash_password(cmd.password))
    store_access.END_SESSIONS.run(tx, person_id=person.id, keep=None)
    if person.login:
        store_access.CLEAR.run(tx, key=rules_access.guard_key("login", person.login))
    record(tx, actor.by(by), PasswordSet(person.id))


def issue_token(tx: Tx, actor: Actor, cmd: IssueToken) -> IssuedToken:
    """A token for a program that acts as that person, only the acts named, only in the subtree named. Do not answer it
    through `perform` with an idempotency key: that would keep the secret."""
    person = lock_person_in_reach(tx, actor, NEEDS["token.issue"], cmd.person_id)
    by = rules_people.may_over(actor, NEEDS["token.issue"], standing_posts(tx, person.id), every=True)
    rules_people.check_alive(person)
    rules_access.check_token(cmd, tx.now)
    if cmd.unit_id is not None:
        queries_units.get_unit_in_reach(tx, actor, cmd.unit_id)
    if store_access.LOCK_TOKEN.maybe(tx, id=cmd.token_id):
        raise Refused("network.token_exists", "这个令牌编号已经用过", "This token id has been used")
    secret = rules_access.TOKEN_PREFIX + rules_access.new_secret()
    store_access.ADD_TOKEN.run(
        tx,
        id=cmd.token_id,
        hash=rules_access.digest(secret),
        person_id=person.id,
        name=cmd.name.strip(),
        acts=list(cmd.acts),
        unit_id=cmd.unit_id,
        created_by=actor.id,
        expires_at=cmd.expires_at,
    )
    record(tx, actor.by(by), TokenIssued(cmd.token_id, person.id, cmd.acts, cmd.unit_id, cmd.expires_at))
    return IssuedToken(cmd.token_id, cmd.expires_at, secret)


def revoke_token(tx: Tx, actor: Actor, cmd: RevokeToken) -> TokenRow:
    """One's own, or anybody's by the security administrator."""
    token = store_access.LOCK_TOKEN.maybe(tx, id=cmd.token_id)
    if token is None or not is_in_reach(tx, actor, NEEDS["token.revoke"], token.person_id):
        raise NotFound("network.no_token", "没有这个令牌", "No such token")
    own = token.person_id == actor.id and actor.acts is None
    posts = standing_posts(tx, token.person_id)
    by = None if own else rules_people.may_over(actor, NEEDS["token.revoke"], posts, every=True)
    if token.revoked_at is not None:
        raise Refused("network.token_revoked", "令牌已经撤销", "It has already been revoked")
    store_access.REVOKE_TOKEN.run(tx, id=token.id)
    record(tx, actor.by(by), TokenRevoked(token.id))
    return store_access.LOCK_TOKEN.one(tx, id=token.id)


def revoke_session(tx: Tx, actor: Actor, cmd: RevokeSession) -> None:
    """Sign out a device: one's own, or anybody's by the security administrator."""
    owner = store_access.SESSION_OWNER.maybe(tx, id=cmd.session_id)
    if owner is None or not is_in_reach(tx, actor, NEEDS["session.revoke"], owner):
        raise NotFound("network.no_session", "没有这个登录", "No such session")
    lock_person(tx, owner)
    own = owner == actor.id and actor.acts is None
    by = None if own else rules_people.may_over(actor, NEEDS["session.revoke"], standing_posts(tx, owner), every=True)
    store_access.REVOKE_SESSION.run(tx, id=cmd.session_id)
    record(tx, actor.by(by), SessionRevoked(owner, cmd.session_id))


def unlock_sign_in(tx: Tx, actor: Actor, cmd: UnlockSignIn) -> None:
    """Forget the wrong passwords of a login. Nothing tells whether it exists."""
    by = may(actor, NEEDS["sign_in.unlock"], Subject(""))
    store_access.CLEAR.run(tx, key=rules_access.guard_key("login", cmd.login))
    person_id = store_access.PERSON_BY_LOGIN.maybe(tx, login=cmd.login.strip())
    if person_id is not None:
        record(tx, actor.by(by), SignInUnlocked(person_id))


def set_policy(tx: Tx, actor: Actor, cmd: Policy) -> Policy:
    by = may(actor, NEEDS["sign_in.policy"], Subject(""))
    rules_access.check_policy(cmd)
    store_access.LOCK_POLICY.one(tx)
    store_access.SET_POLICY.run(tx, **asdict(cmd))
    record(tx, actor.by(by), PolicySet(POLICY_ID, **asdict(cmd)))
    return cmd

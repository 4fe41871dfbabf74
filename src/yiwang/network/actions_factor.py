"""Second factors: enrolled, shown at sign-in and before what asks for them, taken away.

Like signing in these hold the database themselves: a wrong code must be counted although the request fails.
"""

from __future__ import annotations

from uuid import UUID

from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Unauthenticated
from yiwang.kit.ids import new_id
from yiwang.ledger.actions import record
from yiwang.network import (
    queries_factor,
    rules_access,
    rules_factor,
    rules_people,
    store_access,
    store_factor,
)
from yiwang.network.actions_people import lock_person, lock_person_in_reach, standing_posts
from yiwang.network.actions_session import DAY, HOUR, check_own_password, demand_try, open_session, open_ticket
from yiwang.network.model import Actor, ActorKind
from yiwang.network.model_access import Known, SignedIn
from yiwang.network.model_factor import (
    AddKey,
    AddTotp,
    Asked,
    BeginKey,
    Confirmed,
    ConfirmTotp,
    Factor,
    FactorAdded,
    FactorRemoved,
    FactorsReset,
    NewTotp,
    RecoveryRenewed,
    RemoveFactor,
    ResetFactors,
    Show,
    Ticket,
)
from yiwang.network.rules_factor import Site, demand_site
from yiwang.network.rules_needs import NEEDS


def finish_sign_in(
    database: Database, cmd: Show, address: str, device: str, site: Site | None, old: str | None
) -> SignedIn:
    """The second half of signing in: a session for the ticket of the first half and a factor that is right."""
    ticket = _ticket(database, cmd.ticket, None)
    _count(database, ticket.person_id)
    with database.transaction() as tx:
        outcome = _show(tx, ticket.person_id, cmd, ticket.challenge, site)
        if outcome and store_factor.DROP_TICKET.run(tx, hash=rules_access.digest(cmd.ticket)):
            _forget_tries(tx, ticket.person_id)
            if outcome == "recovery_used":
                _log(tx, ticket.person_id, outcome, address, device)
            known = Known(ticket.person_id, ticket.name, "")
            return open_session(tx, known, address, device[:200], "signed_in", old=old, proven=True)
    with database.reading() as tx:
        _log(tx, ticket.person_id, "factor_refused", address, device)
    raise _wrong()


def begin_proof(database: Database, actor: Actor, session: str | None, site: Site | None) -> Asked:
    """Ask a security key within a session."""
    _demand_person(actor, session)
    site = demand_site(site)
    with database.transaction() as tx:
        keys = queries_factor.find_keys(tx, actor.id)
        if not keys:
            raise _nothing_to_show()
        challenge, ticket = open_ticket(tx, actor.id, session)
    return Asked(ticket, rules_factor.assertion_options(site, challenge, keys))


def prove(
    database: Database, actor: Actor, cmd: Show, session: str | None, address: str, device: str, site: Site | None
) -> None:
    """Show a second factor within a session: for the next minutes its owner may do what asks for it."""
    secret = _demand_person(actor, session)
    with database.reading() as tx:
        if not queries_factor.find_kinds(tx, actor.id):
            raise _nothing_to_show()
    challenge = _ticket(database, cmd.ticket, secret).challenge if cmd.ticket else b""
    _count(database, actor.id)
    with database.transaction() as tx:
        outcome = _show(tx, actor.id, cmd, challenge, site)
        if outcome:
            store_factor.DROP_TICKET.run(tx, hash=rules_access.digest(cmd.ticket))
            _forget_tries(tx, actor.id)
            store_factor.PROVE_SESSION.run(tx, hash=rules_access.digest(secret))
        _log(tx, actor.id, outcome or "factor_refused", address, device)
    if not outcome:
        raise _wrong_here()


def add_totp(database: Database, actor: Actor, cmd: AddTotp, session: str | None) -> NewTotp:
    """A new secret for one-time codes; it counts once a first code has confirmed it."""
    _demand_right_to_enrol(database, actor, cmd.password, session)
    factor_id, totp = new_id(), rules_factor.new_totp_secret()
    with database.transaction() as tx:
        person = lock_person(tx, actor.id)
        store_factor.DROP_UNCONFIRMED.run(tx, person_id=actor.id)
        store_factor.ADD_TOTP.run(
            tx, id=factor_id, person_id=actor.id, name=cmd.name, sealed=store_factor.seal_totp(factor_id, totp)
        )
    return NewTotp(factor_id, totp, rules_factor.totp_uri(totp, person.login or person.name))


def confirm_totp(database: Database, actor: Actor, cmd: ConfirmTotp, session: str | None) -> Confirmed:
    """The first code: from now on it is asked for at every sign-in. Other devices are signed out."""
    secret = _demand_person(actor, session)
    _count(database, actor.id)
    with database.transaction() as tx:
        lock_person(tx, actor.id)
        factors = store_factor.LOCK_FACTORS.all(tx, person_id=actor.id)
        factor = next((f for f in factors if f.id == cmd.factor_id and f.confirmed_at is None), None)
        if factor is not None and _show_totp(tx, [factor], cmd.code):
            _forget_tries(tx, actor.id)
            first = all(f.confirmed_at is None for f in factors)
            return Confirmed(factor.id, _enrolled(tx, actor, factor.id, "totp", secret, first=first))
    raise _wrong_here()


def begin_key(database: Database, actor: Actor, cmd: BeginKey, session: str | None, site: Site | None) -> Asked:
    """Ask for a new security key."""
    site = demand_site(site)
    _demand_right_to_enrol(database, actor, cmd.password, session)
    with database.transaction() as tx:
        person = lock_person(tx, actor.id)
        challenge, ticket = open_ticket(tx, actor.id, session)
        keys = queries_factor.find_keys(tx, actor.id)
    options = rules_factor.registration_options(site, actor.id, person.login or person.name, challenge, keys)
    return Asked(ticket, options)


def add_key(database: Database, actor: Actor, cmd: AddKey, session: str | None, site: Site | None) -> Confirmed:
    """The key has answered: from now on it may be asked for at every sign-in. Other devices are signed out."""
    secret = _demand_person(actor, session)
    ticket = _ticket(database, cmd.ticket, secret)
    key, public, count = rules_factor.read_registration(demand_site(site), ticket.challenge, cmd.credential)
    with database.transaction() as tx:
        lock_person(tx, actor.id)
        if not store_factor.DROP_TICKET.run(tx, hash=rules_access.digest(cmd.ticket)):
            raise _over()
        first = not queries_factor.find_kinds(tx, actor.id)
        factor_id = new_id()
        store_factor.ADD_KEY.run(
            tx, id=factor_id, person_id=actor.id, name=cmd.name, credential=key, public_key=public, sign_count=count
        )
        return Confirmed(factor_id, _enrolled(tx, actor, factor_id, "webauthn", secret, first=first))


def remove_factor(tx: Tx, actor: Actor, cmd: RemoveFactor) -> None:
    """One's own; with the last one the recovery codes go."""
    _demand_proven(actor)
    lock_person(tx, actor.id)
    factors = store_factor.LOCK_FACTORS.all(tx, person_id=actor.id)
    factor = next((f for f in factors if f.id == cmd.factor_id), None)
    if factor is None:
        raise NotFound("network.no_factor", "没有这项验证", "No such second factor")
    store_factor.DROP_FACTOR.run(tx, id=factor.id)
    if all(f.confirmed_at is None or f.id == factor.id for f in factors):
        store_factor.DROP_RECOVERY.run(tx, person_id=actor.id)
    record(tx, actor.by(None), FactorRemoved(actor.id, factor.id, factor.kind))


def renew_recovery(tx: Tx, actor: Actor) -> tuple[str, ...]:
    """New recovery codes; the old ones are void. Never through `perform`, which would keep the answer."""
    _demand_proven(actor)
    lock_person(tx, actor.id)
    if not queries_factor.find_kinds(tx, actor.id):
        raise _nothing_to_show()
    record(tx, actor.by(None), RecoveryRenewed(actor.id))
    return _put_recovery(tx, actor.id)


def reset_factors(tx: Tx, actor: Actor, cmd: ResetFactors) -> None:
    """Somebody's phone is lost: all their factors and sessions go. By the security administrator, never for oneself."""
    person = lock_person_in_reach(tx, actor, NEEDS["factor.reset"], cmd.person_id)
    rules_people.check_not_self(actor, person.id)
    by = rules_people.may_over(actor, NEEDS["factor.reset"], standing_posts(tx, person.id), every=True)
    rules_people.check_alive(person)
    store_factor.drop_factors(tx, person.id)
    store_access.END_SESSIONS.run(tx, person_id=person.id, keep=None)
    record(tx, actor.by(by), FactorsReset(person.id))


def seal_factors(tx: Tx, after: UUID, limit: int) -> UUID | None:
    """Seal the next secrets that the present key has not sealed; answers with the last one's id, None at the end."""
    return store_factor.put_factors_sealed(tx, after, limit)


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _show(tx: Tx, person_id: UUID, cmd: Show, challenge: bytes, site: Site | None) -> str:
    """Was a factor of this person shown: `factor_shown`, `recovery_used`, or empty when it is wrong or was used before."""
    factors = [f for f in store_factor.LOCK_FACTORS.all(tx, person_id=person_id) if f.confirmed_at is not None]
    if cmd.credential is not None:
        return "factor_shown" if challenge and _show_key(tx, factors, cmd, challenge, demand_site(site)) else ""
    if rules_factor.is_totp(cmd.code):
        return "factor_shown" if _show_totp(tx, factors, cmd.code) else ""
    hashed = rules_access.digest(rules_factor.plain_recovery(cmd.code))
    return "recovery_used" if factors and store_factor.USE_RECOVERY.run(tx, person_id=person_id, hash=hashed) else ""


def _show_totp(tx: Tx, factors: list[Factor], code: str) -> bool:
    for factor in factors:
        if factor.sealed is None:
            continue
        totp = store_factor.open_totp(factor.id, factor.sealed)
        step = rules_factor.find_step(totp, code, factor.step, factor.last_step)
        if step is not None and store_factor.USE_STEP.run(tx, id=factor.id, step=step):
            return True
    return False


def _show_key(tx: Tx, factors: list[Factor], cmd: Show, challenge: bytes, site: Site) -> bool:
    shown = cmd.credential or {}
    factor = next((f for f in factors if f.credential and f.credential == rules_factor.credential_id(shown)), None)
    count = rules_factor.read_assertion(site, challenge, shown, factor) if factor else None
    return (
        factor is not None and count is not None and bool(store_factor.USE_KEY.run(tx, id=factor.id, sign_count=count))
    )


def _enrolled(tx: Tx, actor: Actor, factor_id: UUID, kind: str, session: str, *, first: bool) -> tuple[str, ...]:
    kept = rules_access.digest(session)
    store_access.END_SESSIONS.run(tx, person_id=actor.id, keep=kept)
    store_factor.PROVE_SESSION.run(tx, hash=kept)
    record(tx, actor.by(None), FactorAdded(actor.id, factor_id, kind))
    return _put_recovery(tx, actor.id) if first else ()


def _put_recovery(tx: Tx, person_id: UUID) -> tuple[str, ...]:
    codes = rules_factor.new_recovery_codes()
    store_factor.DROP_RECOVERY.run(tx, person_id=person_id)
    hashes = [rules_access.digest(rules_factor.plain_recovery(code)) for code in codes]
    store_factor.ADD_RECOVERY.run(tx, person_id=person_id, hashes=hashes)
    return codes


# ── what is demanded ──────────────────────────────────────────────────────────────────────────────────────────────────


def _demand_person(actor: Actor, session: str | None) -> str:
    """The session's secret; Forbidden for programs."""
    if actor.kind is not ActorKind.person or session is None:
        raise Forbidden("network.token_scope", "令牌不能代替本人验证", "A token cannot stand in for its person")
    return session


def _demand_proven(actor: Actor) -> None:
    if actor.kind is not ActorKind.person or not actor.proven:
        raise Forbidden(
            "network.second_factor_due",
            "此操作须先以动态口令或安全密钥确认是您本人",
            "Please confirm with your second factor (code or security key) first",
        )


def _demand_right_to_enrol(database: Database, actor: Actor, password: str, session: str | None) -> None:
    """With a factor shown lately, or, for the first one, one's password: a stolen session enrols nothing."""
    _demand_person(actor, session)
    with database.reading() as tx:
        has_any = bool(queries_factor.find_kinds(tx, actor.id))
    if actor.proven:
        return
    if has_any:
        _demand_proven(actor)
    check_own_password(database, actor, password)


def _count(database: Database, person_id: UUID) -> None:
    """Before the code is looked at: five free tries a day, then waits of a minute, doubling to an hour."""
    with database.reading() as tx:
        demand_try(tx, _key(person_id), window=DAY, free=5, lock=60, cap=HOUR)


def _forget_tries(tx: Tx, person_id: UUID) -> None:
    store_access.CLEAR.run(tx, key=_key(person_id))


def _key(person_id: UUID) -> bytes:
    return rules_access.guard_key("factor", str(person_id))


def _ticket(database: Database, ticket: str, session: str | None) -> Ticket:
    with database.reading() as tx:
        found = store_factor.TICKET.maybe(
            tx, hash=rules_access.digest(ticket), session=rules_access.digest(session) if session else None
        )
    if found is None:
        raise _over()
    return found


def _log(tx: Tx, person_id: UUID, outcome: str, address: str, device: str) -> None:
    store_access.LOG.run(tx, id=new_id(), person_id=person_id, outcome=outcome, address=address, device=device[:200])


def _wrong() -> Unauthenticated:
    return Unauthenticated(
        "network.second_factor_wrong", "动态口令、恢复码或安全密钥不对，或已用过", "The code or key is wrong, or was used before"
    )  # fmt: skip


def _wrong_here() -> Forbidden:
    return Forbidden(
        "network.factor_wrong", "动态口令、恢复码或安全密钥不对，或已用过", "The code or key is wrong, or was used before"
    )  # fmt: skip


def _over() -> Unauthenticated:
    return Unauthenticated("network.ticket_over", "验证已过期，请重新开始", "This has expired; please begin again")


def _nothing_to_show() -> Invalid:
    return Invalid(
        "network.no_factors", "您还没有启用第二验证，请先启用", "You have no second factor yet; please add one first"
    )

"""Web push: a device subscribes; what is to be told is put into the outbox; the outbox is sent.

Subscribing goes by the session, like signing in, and stands in no ledger. What is sent goes out after its transaction has
committed, from a job, so no act waits for a push service, and none is told of what was rolled back.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from yiwang.kit import push
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Forbidden, Unauthenticated
from yiwang.kit.ids import new_id
from yiwang.kit.push import Device, Outcome
from yiwang.network import queries_push, rules_access, rules_push, store_push
from yiwang.network.model import Actor, ActorKind
from yiwang.network.model_push import DuePush, SubscribePush, Telling

AT_ONCE, BATCH = 8, 24


def subscribe(database: Database, actor: Actor, cmd: SubscribePush, secret: str | None) -> None:
    """Tell this device from now on, as long as its session lasts. The address is looked at first, outside of any
    transaction: a name server may take its time."""
    device = Device(cmd.endpoint, cmd.p256dh, cmd.auth)
    if actor.kind is not ActorKind.person or secret is None:
        raise Forbidden(
            "network.people_only", "只有本人登录后才能接收通知", "Only a person who is signed in is told by push"
        )
    push.sender().check(device)
    with database.transaction() as tx:
        session_id = _session(tx, actor, secret)
        store_push.DROP_OTHERS.run(tx, session_id=session_id, endpoint=cmd.endpoint)
        store_push.ADD_DEVICE.run(
            tx, id=new_id(), person_id=actor.id, session_id=session_id, endpoint=cmd.endpoint, p256dh=cmd.p256dh,
            auth=cmd.auth, now=tx.now,
        )  # fmt: skip


def unsubscribe(tx: Tx, actor: Actor, secret: str | None) -> None:
    """Tell this device no more."""
    if secret is not None:
        store_push.DROP_DEVICE.run(tx, session_id=_session(tx, actor, secret))


def is_subscribed(tx: Tx, actor: Actor, secret: str | None) -> bool:
    return secret is not None and queries_push.MINE.one(tx, id=_session(tx, actor, secret))


def _session(tx: Tx, actor: Actor, secret: str) -> UUID:
    found = store_push.SESSION.maybe(tx, hash=rules_access.digest(secret), person_id=actor.id)
    if found is None:
        raise Unauthenticated("network.not_signed_in", "请先登录", "Please sign in")
    return found


# ── the outbox ────────────────────────────────────────────────────────────────────────────────────────────────────────


def take_mark(tx: Tx) -> int | None:
    """How many settled entries were looked through, −1 before the first time; it is ours until the transaction ends. None
    while another process has it."""
    return store_push.MARK.maybe(tx)


def put_mark(tx: Tx, size: int) -> None:
    store_push.PUT_MARK.run(tx, size=size)


def tell(tx: Tx, tellings: Sequence[Telling]) -> int:
    """Put into the outbox what each concerned device is to be told; answers with how many messages that makes."""
    if not tellings:
        return 0
    told = rules_push.select_heard(tellings, queries_push.find_heard(tx, tellings))
    store_push.add_pushes(tx, told, tx.now + rules_push.GIVE_UP)
    return len(told)


def send_due(database: Database) -> int:
    """Send what is due, some at once; answers with how many arrived. Periodic; safe in two processes at once.

    At least once: taken out in one transaction, sent without any, its outcome written in another. Who dies in between
    leaves it to be sent again, under the same topic and key, by which push service and phone know it.
    """
    done = 0
    while True:
        with database.transaction() as tx:
            due = store_push.take_due(tx, tx.now + rules_push.LEASE, BATCH)
            ttl = [max(60, int((d.until - tx.now).total_seconds())) for d in due]
        if not due:
            return done
        with ThreadPoolExecutor(min(AT_ONCE, len(due))) as pool:
            outcomes = list(pool.map(_send, due, ttl))
        with database.transaction() as tx:
            _keep(tx, due, outcomes)
        done += sum(o.is_done for o in outcomes)


def _send(due: DuePush, ttl: int) -> Outcome:
    device = Device(due.endpoint, due.p256dh, due.auth)
    return push.sender().send(device, due.payload.encode(), ttl=ttl, urgent=due.urgent, topic=due.key.hex)


def _keep(tx: Tx, due: Sequence[DuePush], outcomes: Sequence[Outcome]) -> None:
    gone = {d.subscription_id for d, outcome in zip(due, outcomes, strict=True) if outcome.is_gone}
    left = [(d, o) for d, o in zip(due, outcomes, strict=True) if d.subscription_id not in gone]
    named = [({"subscription_id": d.subscription_id, "key": d.key}, d, o) for d, o in left]
    store_push.DROP_GONE.run(tx, ids=list(gone))
    store_push.PUT_SENT.run_many(tx, [{**name, "now": tx.now} for name, _, o in named if o.is_done])
    store_push.PUT_LATER.run_many(
        tx,
        [
            {**name, "due_at": rules_push.work_out_retry(tx.now, d, o) or d.until}
            for name, d, o in named
            if not o.is_done
        ],
    )


def purge(tx: Tx) -> int:
    """Forget devices whose session has ended, and what was sent or given up a day ago; periodic."""
    before = tx.now - rules_push.GIVE_UP
    return store_push.PURGE_DEVICES.run(tx) + store_push.PURGE_PUSHES.run(tx, before=before)

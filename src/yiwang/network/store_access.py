"""Writes of sign-in: passwords, sessions, tokens, tries. Times here are the database's own, never a simulated clock's."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from yiwang.kit.db import query, statement
from yiwang.network.model_access import Known, Policy, TokenRow, Try
from yiwang.network.store_people import EFFECTIVE

POSTS: LiteralString = (
    "(select coalesce(json_agg(json_build_object('id', o.id, 'kind', o.kind, 'unit_id', u.id, 'unit_path', u.path::text,"
    " 'grids', o.grids) order by o.since, o.id), '[]') from network.post o join network.unit x on x.id = o.unit_id"
    " join network.unit u on u.id = coalesce(x.successor_id, x.id)"
    f" where o.person_id = p.id and {EFFECTIVE}) as posts"
)
TOKEN: LiteralString = "id, person_id, name, acts, unit_id, created_at, expires_at, revoked_at"

POLICY = query(
    Policy, "select idle_minutes, session_hours, free_tries, lock_seconds, address_tries from network.policy"
)
LOCK_POLICY = query(bool, "select one from network.policy for update")
SET_POLICY = statement(
    "update network.policy set idle_minutes = %(idle_minutes)s, session_hours = %(session_hours)s,"
    " free_tries = %(free_tries)s, lock_seconds = %(lock_seconds)s, address_tries = %(address_tries)s"
)

KNOWN = query(
    Known,
    "select p.id as person_id, p.name, w.hash from network.person p join network.password w on w.person_id = p.id"
    " where lower(p.login) = lower(%(login)s) and p.erased_at is null",
)
PASSWORD_OF = query(
    Known,
    "select p.id as person_id, p.name, w.hash from network.person p join network.password w"
    " on w.person_id = p.id where p.id = %(person_id)s",
)
DEMO = query(
    Known,
    "select id as person_id, name, '' as hash from network.person where lower(login) = lower(%(login)s) and erased_at is null",
)
# Counted before the password is looked at, in one statement, so that a hundred tries at once are a hundred tries. What
# comes while locked is refused uncounted. A success takes its own try back (CLEAR, UNDO).
TRY = query(
    Try,
    "insert into network.sign_in_guard as g (key, tries, at) values (%(key)s, 1, clock_timestamp())"
    " on conflict (key) do update set allowed = g.locked_until is null or g.locked_until <= clock_timestamp(),"
    " at = case when g.locked_until > clock_timestamp() then g.at else clock_timestamp() end,"
    " tries = case when g.locked_until > clock_timestamp() then g.tries"
    " when g.at < clock_timestamp() - make_interval(secs => %(window)s) then 1 else g.tries + 1 end,"
    " locked_until = case when g.locked_until > clock_timestamp() then g.locked_until"
    " when g.at < clock_timestamp() - make_interval(secs => %(window)s) then null"
    " when g.tries + 1 >= %(free)s then clock_timestamp() + make_interval(secs =>"
    " least(%(lock)s * 2 ^ least(g.tries + 1 - %(free)s, 20), %(cap)s)) end"
    " returning allowed, coalesce(ceil(extract(epoch from locked_until - clock_timestamp())), 0)::int as seconds",
)
CLEAR = statement("delete from network.sign_in_guard where key = %(key)s")
UNDO = statement(
    "update network.sign_in_guard set tries = greatest(tries - 1, 0), locked_until = null where key = %(key)s"
)
LOG = statement(
    "insert into network.sign_in_log (id, person_id, outcome, address, device)"
    " values (%(id)s, %(person_id)s, %(outcome)s, %(address)s, %(device)s)"
)

ADD_SESSION = query(
    datetime,
    "insert into network.session (id, hash, person_id, device, address, expires_at, ends_at, proven_at) select %(id)s,"
    " %(hash)s, %(person_id)s, %(device)s, %(address)s, now() + make_interval(mins => idle_minutes),"
    " now() + make_interval(hours => session_hours), %(proven)s::timestamptz from network.policy returning ends_at",
)
TOUCH_SESSION = statement(
    "update network.session set seen_at = now(), expires_at = least(now() + make_interval(mins => (select idle_minutes"
    " from network.policy)), ends_at) where id = %(id)s and revoked_at is null and expires_at > now()"
)
END_SESSION = query(
    UUID,
    "update network.session set revoked_at = now() where hash = %(hash)s and revoked_at is null returning person_id",
)
SESSION_OWNER = query(
    UUID,
    "select person_id from network.session where id = %(id)s and revoked_at is null and expires_at > now() for update",
)
REVOKE_SESSION = statement("update network.session set revoked_at = now() where id = %(id)s")
END_SESSIONS = statement(
    "update network.session set revoked_at = now() where person_id = %(person_id)s and revoked_at is null"
    " and hash is distinct from %(keep)s"
)

PUT_PASSWORD = statement(
    "insert into network.password (person_id, hash, changed_at) values (%(person_id)s, %(hash)s, now())"
    " on conflict (person_id) do update set hash = excluded.hash, changed_at = excluded.changed_at"
)
DROP_PASSWORD = statement("delete from network.password where person_id = %(person_id)s")
PERSON_BY_LOGIN = query(UUID, "select id from network.person where lower(login) = lower(%(login)s) for update")

ADD_TOKEN = statement(
    "insert into network.token (id, hash, person_id, name, acts, unit_id, created_by, expires_at) values (%(id)s, %(hash)s,"
    " %(person_id)s, %(name)s, %(acts)s::text[], %(unit_id)s, %(created_by)s, %(expires_at)s)"
)
LOCK_TOKEN = query(TokenRow, f"select {TOKEN} from network.token where id = %(id)s for update")
REVOKE_TOKEN = statement("update network.token set revoked_at = now() where id = %(id)s")
END_TOKENS = statement(
    "update network.token set revoked_at = now() where person_id = %(person_id)s and revoked_at is null"
)

# Housekeeping: sessions a month after they ended, tries after two days, the log after 190 days (Cybersecurity Law §21
# asks for six months at least).
PURGE_SESSIONS = statement("delete from network.session where ends_at < now() - interval '30 days'")
PURGE_TRIES = statement("delete from network.sign_in_guard where at < now() - interval '2 days'")
PURGE_LOG = statement("delete from network.sign_in_log where at < now() - interval '190 days'")

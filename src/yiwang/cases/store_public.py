"""Writes of what the public follows by: digests of codes, never the codes."""

from __future__ import annotations

from yiwang.kit.db import query, statement

ADD_FOLLOW = query(
    bytes,
    "insert into cases.follow as f (case_id, digest, consent, consent_at) values (%(case_id)s, %(digest)s, %(consent)s, %(now)s)"
    " on conflict (case_id) do update set digest = f.digest returning digest",
)
# Real time, whatever day is being played: whoever waits for the message is real.
ADD_CODE = query(
    bool,
    "insert into cases.follow_code as c (key, digest) values (%(key)s, %(digest)s)"
    " on conflict (key) do update set digest = excluded.digest, tries = 0, at = now()"
    " where c.at < now() - interval '1 minute' returning true",
)
TRY_CODE = query(
    bytes,
    "update cases.follow_code set tries = tries + 1 where key = any(%(keys)s) and tries < 5"
    " and at > now() - interval '10 minutes' returning digest",
)
DROP_CODE = statement("delete from cases.follow_code where key = any(%(keys)s)")
PURGE_CODES = statement("delete from cases.follow_code where at < now() - interval '1 hour'")

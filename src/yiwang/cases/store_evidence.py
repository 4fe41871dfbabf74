"""Evidence: photos and voice notes as used in a case, and what is known of files that are to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from yiwang.cases.model import VOICE, Case, Evidence, FilePast, Voice
from yiwang.kit.db import Tx, query, statement

# The first use of each: a photo may be the same in thousands of cases (a replay's stand-in), so never read them all.
# The photos as JSON, not as arrays: so its plan is made once, not anew each time. Each is looked up by its key (offset 0
# lets the planner do nothing else), since nobody tells it how few they are.
FILE_PAST = query(
    FilePast,
    "select s.sha as sha256, u.sha256 is not null as uploaded, coalesce(starts_with(f.type, 'audio/'), false) as sound,"
    " f.erased_at is not null as erased, f.taken_at, f.lon, f.lat,"
    " (select e.case_id from cases.evidence e where e.sha256 = s.sha and e.case_id <> %(case_id)s"
    " order by e.at limit 1) as elsewhere, exists (select from cases.evidence e where e.case_id = %(case_id)s"
    " and e.sha256 = s.sha) as here,"
    " (select e.case_id from kit.file g join cases.evidence e on e.sha256 = g.sha256"
    " where kit.bands(g.look) && kit.bands(f.look) and g.look is not null and f.look is not null and g.sha256 <> f.sha256"
    " and bit_count((g.look # f.look)::bit(64)) <= %(alike_bits)s and e.case_id <> %(case_id)s limit 1) as alike,"
    " s.kind = 'handled' and exists (select from (select e.sha256 from cases.evidence e where e.case_id = %(case_id)s"
    " and e.kind in ('near', 'far', 'check') union all select b.sha from json_to_recordset(%(photos)s::json)"
    " as b (sha text, kind text) where b.kind in ('near', 'far')) before join kit.file g on g.sha256 = before.sha256"
    " where g.sha256 <> f.sha256 and bit_count((g.look # f.look)::bit(64)) <= %(unchanged_bits)s) as unchanged"
    " from json_to_recordset(%(photos)s::json) as s (sha text, kind text)"
    " left join lateral (select * from kit.file where sha256 = s.sha offset 0) f on true"
    " left join lateral (select sha256 from kit.upload where sha256 = s.sha and by = %(by)s offset 0) u on true",
)
ADD_EVIDENCE = statement(
    "insert into cases.evidence (case_id, sha256, kind, order_id, round, by, at, taken_at, distance_m, reused_in, alike_in) values"
    " (%(case_id)s, %(sha256)s, %(kind)s, %(order_id)s, %(round)s, %(by)s, %(at)s, %(taken_at)s, %(distance_m)s,"
    " %(reused_in)s, %(alike_in)s) on conflict (case_id, sha256, kind) do nothing"
)
EVIDENCE = query(
    Evidence,
    "select case_id, sha256, kind, order_id, round, by, at, taken_at, distance_m, reused_in, alike_in from cases.evidence"
    " where case_id = %(case_id)s and kind <> 'voice' order by at, sha256",
)
VOICES = query(
    Voice,
    "select e.sha256, e.by, e.at, f.type, coalesce(f.seconds, 0) as seconds from cases.evidence e"
    " join kit.file f on f.sha256 = e.sha256 where e.case_id = %(case_id)s and e.kind = 'voice' order by e.at, e.sha256",
)


def add_evidence(tx: Tx, evidence: Sequence[Evidence]) -> None:
    for one in evidence:
        ADD_EVIDENCE.later(tx, **{f.name: getattr(one, f.name) for f in fields(one)})


def add_voice(tx: Tx, case: Case, sha256: str, by: UUID) -> None:
    ADD_EVIDENCE.later(
        tx, case_id=case.id, sha256=sha256, kind=VOICE, order_id=None, round=case.reworks + 1, by=by, at=tx.now, taken_at=None,
        distance_m=None, reused_in=None, alike_in=None,
    )  # fmt: skip

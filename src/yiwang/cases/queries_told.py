"""Every case's rows held against what the ledger tells of it, and every photo and voice note against its SHA-256. For the
verification."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import obstore
from obstore.store import ObjectStore
from psycopg.rows import dict_row

from yiwang.cases.model_erase import ErasedPhoto
from yiwang.cases.rules_told import Lie, find_differences, tell
from yiwang.kit.db import Tx
from yiwang.ledger.queries import list_entries

CHUNK = 500
CASES = """
    select id, number, step, channel, scheme || ' ' || matter_kind || ' ' || matter_code as matter, matter_name, grid_code, component, condition_id,
           lon, lat, trusted, emergency, case when description = '' then '' else encode(sha256(convert_to(description, 'UTF8')), 'hex') end as description, reported_at,
           accepted_at, filed_at, dispatched_at, handled_at, verified_at, closed_at, step_due_at, due_at, suspended_at,
           merged_into, bounces, reworks, extensions, suspensions, reopens, exempt, owed, lead_unit_id, checker_id,
           commander_id, reporter_id, case when close_condition = '' then ''
           else encode(sha256(convert_to(close_condition, 'UTF8')), 'hex') end as close_condition
      from cases.case where id > %(after)s and (%(only)s::uuid is null or id = %(only)s) order by id limit %(limit)s
"""
ORDERS = """
    select case_id, id, unit_id, state, handler_id, taken_at, done_at, due_at, round,
           case when result = '' then '' else encode(sha256(convert_to(result, 'UTF8')), 'hex') end as result
      from cases.orders where case_id = any(%(ids)s)
"""
PHOTOS = """
    select e.case_id, e.sha256, f.erased_at is not null as erased
      from cases.evidence e join kit.file f on f.sha256 = e.sha256 where e.case_id = any(%(ids)s)
"""
# Every wording kept of a case, wherever it stands; what stands under a digest must give that digest.
TEXTS = """
    select case_id, digest as said, text from cases.words where case_id = any(%(ids)s)
    union all select id, null, description from cases.case where id = any(%(ids)s)
    union all select id, null, close_condition from cases.case where id = any(%(ids)s)
    union all select case_id, null, text from cases.comment where case_id = any(%(ids)s)
    union all select case_id, null, text from cases.request where case_id = any(%(ids)s)
    union all select case_id, null, result from cases.orders where case_id = any(%(ids)s)
    union all select case_id, null, text from cases.supervision where case_id = any(%(ids)s)
    union all select case_id, null, answer from cases.supervision where case_id = any(%(ids)s) and answer is not null
"""
STORED = """
    select f.sha256, starts_with(f.type, 'audio/') as voice, f.erased_at, coalesce(e.number, '') as number, e.case_id from kit.file f
      left join lateral (select c.number, c.id as case_id from cases.evidence e join cases.case c on c.id = e.case_id
                          where e.sha256 = f.sha256 order by e.at limit 1) e on true
     where f.sha256 > %(after)s order by f.sha256 limit %(limit)s
"""


ERASED = """
    select f.sha256, starts_with(f.type, 'audio/') as voice, c.id as case_id, c.number from kit.file f join cases.case c on c.id = f.erased_in
     where f.erased_at is not null order by f.erased_at, f.sha256
"""


def walk_lies(tx: Tx, only: UUID | None = None) -> Iterator[Lie]:
    """Wherever a case's rows say something else than its entries: step, times, counts, orders, photos, words. Cases of a
    heap at a time; `only` one case. Rows that were put in without any entry, or whose case is gone, are named too."""
    after = UUID(int=0)
    while rows := _rows(tx, CASES, after=after, only=only, limit=CHUNK):
        ids = [r["id"] for r in rows]
        orders, photos, texts = (_by_case(_rows(tx, sql, ids=ids)) for sql in (ORDERS, PHOTOS, TEXTS))
        for case in rows:
            entries = list_entries(tx, case["id"])
            if not entries:
                yield Lie(case["id"], case["number"], "case", "—", "there")
                continue
            kept = {_digest(t["text"]): t["text"] for t in texts.get(case["id"], ())}
            shas = [p["sha256"] for p in photos.get(case["id"], ())]
            told = tell(entries)
            yield from find_differences(told, case, orders.get(case["id"], []), shas, kept)
            for p in photos.get(case["id"], ()):
                if (n := told.erased_photos.get(p["sha256"])) and not p["erased"]:
                    yield Lie(case["id"], case["number"], f"photo {p['sha256']}", "已删除 erased", "there", n)
            for t in texts.get(case["id"], ()):
                if (
                    t["said"] is not None
                    and _digest(t["text"]) != t["said"]
                    and not told.is_erased(t["said"], t["text"])
                ):
                    yield Lie(case["id"], case["number"], "words", t["said"], _digest(t["text"]))
        after = ids[-1]


def list_erased_photos(tx: Tx) -> list[ErasedPhoto]:
    """Photos marked as erased, each with the entry that says so; a mark without such an entry is not among them."""
    found = []
    for row in _rows(tx, ERASED):
        for e in list_entries(tx, row["case_id"]):
            if e.event == "case.photo_erased" and tell([e]).erased_photos.get(row["sha256"]):
                found.append(ErasedPhoto(row["sha256"], row["voice"], row["case_id"], row["number"], e.n, e.at))
                break
    return found


def walk_photo_faults(tx: Tx, store: ObjectStore) -> Iterator[Lie]:
    """Every stored file whose bytes are gone or do not give its SHA-256, with the first case that shows it; but not those
    that an entry says were erased (`list_erased_photos`), of which nothing must be there."""
    erased, after = {e.sha256: e for e in list_erased_photos(tx)}, ""
    while rows := _rows(tx, STORED, after=after, limit=CHUNK):
        for row in rows:
            sha = row["sha256"]
            try:
                found = hashlib.sha256(bytes(obstore.get(store, f"{sha[:2]}/{sha}").bytes())).hexdigest()
            except FileNotFoundError:
                found = "—"
            case_id, number = row["case_id"] or UUID(int=0), row["number"] or "—"
            what = "voice bytes" if row["voice"] else "photo bytes"
            if act := erased.get(sha):
                if found != "—":
                    yield Lie(act.case_id, act.number, what, f"{sha} 已删除 erased", found, act.n)
            elif row["erased_at"] is not None:
                yield Lie(case_id, number, what, sha, "marked as erased, by no entry")
            elif found != sha:
                yield Lie(case_id, number, what, sha, found)
        after = rows[-1]["sha256"]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(tx: Tx, sql: str, **params: Any) -> list[dict[str, Any]]:
    with tx.conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.encode(), params).fetchall()


def _by_case(rows: list[dict[str, Any]]) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["case_id"], []).append(row)
    return found

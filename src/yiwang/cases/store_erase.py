"""Writes that erase: a wording wherever it stands in a case. The bytes of photos and voice notes are `kit.files`'."""

from __future__ import annotations

from yiwang.cases.model import Case
from yiwang.cases.store import lock_case
from yiwang.kit.db import Tx, query, statement

# Each place in which people's words stand under a digest of the ledger; '' under a digest: they were erased.
WORDING = query(
    str,
    "select t.text from ("
    "select text from cases.words where case_id = %(case_id)s and digest = %(digest)s"
    " union all select description from cases.case where id = %(case_id)s"
    " union all select close_condition from cases.case where id = %(case_id)s"
    " union all select text from cases.comment where case_id = %(case_id)s"
    " union all select text from cases.request where case_id = %(case_id)s"
    " union all select result from cases.orders where case_id = %(case_id)s"
    " union all select text from cases.supervision where case_id = %(case_id)s"
    " union all select answer from cases.supervision where case_id = %(case_id)s) t"
    " where encode(sha256(convert_to(t.text, 'UTF8')), 'hex') = %(digest)s limit 1",
)
IS_ERASED = query(
    bool,
    "select exists (select from cases.words where case_id = %(case_id)s and digest = %(digest)s and text = '') as found",
)
ERASE = statement(
    "with words as (insert into cases.words (case_id, digest, text) values (%(case_id)s, %(digest)s, '')"
    " on conflict (case_id, digest) do update set text = ''),"
    " comments as (update cases.comment set text = '' where case_id = %(case_id)s and text = %(text)s),"
    " requests as (update cases.request set text = '' where case_id = %(case_id)s and text = %(text)s),"
    " orders as (update cases.orders set result = case when result = %(text)s then '' else result end,"
    " task = case when task = %(text)s then '' else task end"
    " where case_id = %(case_id)s and %(text)s in (result, task)),"
    " supervisions as (update cases.supervision set text = case when text = %(text)s then '' else text end,"
    " answer = case when answer = %(text)s then '' else answer end"
    " where case_id = %(case_id)s and (text = %(text)s or answer = %(text)s))"
    " update cases.case set description = case when description = %(text)s then '' else description end,"
    " close_condition = case when close_condition = %(text)s then '' else close_condition end"
    " where id = %(case_id)s and %(text)s in (description, close_condition)"
)
KIND = query(str, "select kind from cases.evidence where case_id = %(case_id)s and sha256 = %(sha256)s limit 1")
# Evidence also of a case outside the ground on which one may erase: somebody else's proof.
SHOWN_BEYOND = query(
    bool,
    "select exists (select from cases.evidence e join cases.case c on c.id = e.case_id join network.unit u on u.id = c.area_id"
    " where e.sha256 = %(sha256)s and not u.path <@ %(paths)s::ltree[]) as found",
)


def drop_words(tx: Tx, case: Case, digest: str, text: str) -> Case:
    """Empty a wording wherever it stands in this case, in what search looks at too (migration 0037); answers with the case as
    it is then."""
    ERASE.run(tx, case_id=case.id, digest=digest, text=text)
    tx.held.pop(case.id, None)
    return lock_case(tx, case.id)

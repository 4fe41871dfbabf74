"""What somebody must do now, in all cases at once: the duties of their posts (`rules_acts.work_out_duties`), as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from yiwang.cases import rules_acts
from yiwang.cases.queries_list import DEADLINE, OPEN, ROW_FIELDS, SEEN_BY, CaseRow, find_held_units, of_words
from yiwang.kit.db import TRUE, Clause, Tx, query
from yiwang.kit.scope import Scope
from yiwang.network.model import Actor, Post


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `about`: the order, request, supervision or comment it is about, else the case. `mine`: it names
    this very person (took the order, is to check, was named with @); otherwise any colleague may do it as well."""

    case: CaseRow
    act: str
    move: str
    zh: str
    en: str
    deadline: datetime | None
    mine: bool
    about: UUID
    order_id: UUID | None
    request_id: UUID | None
    supervision_id: UUID | None
    comment_id: UUID | None


@dataclass(frozen=True, slots=True)
class TaskCount:
    """How many of these wait, and how many of them are past their deadline."""

    act: str
    move: str
    zh: str
    en: str
    tasks: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; None: all. `acts`: last words of paths. `words`, `unit_id`: as in lists of cases."""

    acts: tuple[str, ...] | None = None
    words: str | None = None
    unit_id: UUID | None = None
    mine: bool | None = None


@dataclass(frozen=True, slots=True)
class _Row(CaseRow):
    """A task as the database finds it. It is about what `kind` says."""

    move: str
    task_due: datetime | None
    mine: bool
    about: UUID
    kind: str
    order_of: UUID | None


@dataclass(frozen=True, slots=True)
class _Count:
    move: str
    tasks: int
    overdue: int


# A branch begins with the paths under which it is anybody's duty: where there are none it is not run at all.
def _duty(move: LiteralString) -> LiteralString:
    return "%(" + move + ")s::ltree[] <> '{}'"


def _within(path: LiteralString, move: LiteralString) -> LiteralString:
    return path + " <@ any(%(" + move + ")s::ltree[])"


# Few cases wait at a step, anywhere: each one's place is looked up by key (offset 0), since the planner, who takes any
# ground for one unit, would go through them once for every unit on it.
_OF_CASE: LiteralString = (
    "cases.case c cross join lateral (select path from network.unit where id = c.area_id offset 0) u"
)
_SEEN: LiteralString = " and " + SEEN_BY
_OWN: LiteralString = (
    "(exists (select from cases.orders o where o.case_id = c.id and o.handler_id = %(me)s) or exists (select from"
    " cases.evidence e where e.case_id = c.id and e.kind = 'handled' and e.by = %(me)s))"
)


def _step(move: LiteralString, step: LiteralString, more: LiteralString = "") -> LiteralString:
    """All cases of my ground at one step. `more` is asked of those alone."""
    return (
        "select c.id as case_id, '" + move + "' as move, " + DEADLINE + " as due, false as mine, c.id as about,"
        " 'case' as kind, null::uuid as order_of from (select c.* from " + _OF_CASE + " where " + _duty(move)
        + " and c.step = '" + step + "' and " + _within("u.path", move) + " offset 0) c where true" + more
    )  # fmt: skip


def _orders(move: LiteralString, state: LiteralString) -> LiteralString:
    """Orders in the hands of my units, while their cases are handled and do not stand still."""
    return (
        "select c.id, '" + move + "', coalesce(o.due_at, 'infinity'), o.handler_id is not distinct from %(me)s, o.id, 'order',"
        " o.id from cases.orders o join cases.case c on c.id = o.case_id where " + _duty(move)
        + " and o.unit_id = any(array(select id from network.unit where " + _within("path", move) + "))"
        " and o.state = '" + state + "' and c.step = 'handling' and c.suspended_at is null"
    )  # fmt: skip


def _owed(move: LiteralString, more: LiteralString) -> LiteralString:
    return (
        "select c.id, '" + move + "', " + DEADLINE + ", false, c.id, 'case', null::uuid from " + _OF_CASE
        + " where " + _duty(move) + " and c.owed <> '{}' and c.step in ('handling', 'handled', 'verified') and "
        + _within("u.path", move) + more
    )  # fmt: skip


def _decide(kind: LiteralString, steps: LiteralString) -> LiteralString:
    move: LiteralString = "decide_" + kind
    return (
        "select c.id, '" + move + "', coalesce(o.due_at, " + DEADLINE + "), false, r.id, 'request', r.order_id"
        " from cases.request r join cases.case c on c.id = r.case_id join network.unit u on u.id = c.area_id"
        " left join cases.orders o on o.case_id = r.case_id and o.id = r.order_id where " + _duty(move)
        + " and r.granted is null and r.kind = '" + kind + "' and " + steps + " and " + _within("u.path", move)
        + " and r.asked_by <> %(me)s and %(me)s <> all(r.approvals)"
    )  # fmt: skip


# An inspector bound to duty grids verifies what lies in them; all others look after the whole of their unit.
_VERIFY: LiteralString = (
    "select c.id, 'verify', " + DEADLINE + ", false, c.id, 'case', null::uuid from (select c.* from " + _OF_CASE
    + " where (" + _duty("verify") + " or %(grids)s::uuid[] <> '{}') and c.step = 'handled' and (" + _within("u.path", "verify")
    + " or exists (select from unnest(%(grids)s::uuid[], %(grounds)s::text[]) as g(grid, ground) where g.grid = c.duty_grid_id"
    " and u.path <@ g.ground::ltree)) offset 0) c where not " + _OWN
)  # fmt: skip
_CHECK: LiteralString = (
    "select c.id, 'answer_check', " + DEADLINE + ", true, c.id, 'case', null::uuid from cases.sight s"
    " join cases.case c on c.id = s.case_id where " + _duty("answer_check") + " and s.who = %(me)s and s.open"
    " and c.step = 'checking' and c.checker_id = %(me)s"
)
_SUPERVISION: LiteralString = (
    "select c.id, 'answer_supervision', v.due_at, false, v.id, 'supervision', null::uuid from cases.supervision v"
    " join network.unit u on u.id = v.unit_id join cases.case c on c.id = v.case_id where " + _duty("answer_supervision")
    + " and v.answered_at is null and " + _within("u.path", "answer_supervision") + " and (" + OPEN
    + " or c.step = 'closed')" + _SEEN
)  # fmt: skip
_MENTION: LiteralString = (
    "select c.id, 'read_comment', 'infinity'::timestamptz, true, m.comment_id, 'comment', null::uuid from cases.mention m"
    " join cases.case c on c.id = m.case_id where %(read_comment)s and m.person_id = %(me)s and m.read_at is null"
    + _SEEN
)
_HANDLING: LiteralString = "c.step = 'handling'"
_ALL: LiteralString = " union all ".join(
    (
        _step("accept", "reported"), _step("file", "accepted"), _step("dispatch", "filed"),
        _step("close", "verified", " and c.owed = '{}' and not " + _OWN), _VERIFY, _CHECK,
        _orders("take", "sent"), _orders("finish", "taken"),
        _owed("accept_late", " and 'accept' = any(c.owed)"),
        _owed("file_late", " and 'file' = any(c.owed) and not 'accept' = any(c.owed)"),
        _decide("bounce", _HANDLING), _decide("extend", _HANDLING), _decide("suspend", _HANDLING), _decide("void", OPEN),
        _decide("appeal", "c.step = 'closed'"), _SUPERVISION, _MENTION,
    )
)  # fmt: skip
TASKS = query(
    _Row,
    "select " + ROW_FIELDS + ", t.move, nullif(t.due, 'infinity') as task_due, t.mine, t.about, t.kind, t.order_of from"
    " (select * from (" + _ALL + ") t where {where} order by t.due, t.about, t.move limit %(limit)s) t"
    " join cases.case c on c.id = t.case_id join network.unit u on u.id = c.area_id"
    " left join network.unit l on l.id = c.lead_unit_id order by t.due, t.about, t.move",
    fresh=True,
)  # fmt: skip
COUNTS = query(
    _Count,
    "select t.move, count(*)::int as tasks, (count(*) filter (where t.due < %(now)s))::int as overdue from (" + _ALL
    + ") t where {where} group by t.move",
    fresh=True,
)  # fmt: skip


def list_tasks(
    tx: Tx,
    scope: Scope,
    actor: Actor,
    wanted: Wanted,
    *,
    after: tuple[datetime | None, UUID, str] | None = None,
    limit: int = 50,
) -> list[Task]:
    """What waits for this person, by time left (what has no deadline last), after the key of the last row seen:
    (deadline, about, move)."""
    where = _narrow(wanted)
    if after is not None:
        key = "(t.due, t.about, t.move) > (coalesce(%(after_at)s::timestamptz, 'infinity'), %(after_id)s::uuid, %(after_move)s)"
        where &= Clause(key, {"after_at": after[0], "after_id": after[1], "after_move": after[2]})
    return [_task(row) for row in TASKS.all(tx, where, limit=limit, **_duties(tx, scope, actor))]


def count_tasks(tx: Tx, scope: Scope, actor: Actor, wanted: Wanted) -> list[TaskCount]:
    """How many of each wait for this person; in the order of the seven steps."""
    found = {c.move: c for c in COUNTS.all(tx, _narrow(wanted), now=tx.now, **_duties(tx, scope, actor))}
    return [
        TaskCount(way.act, way.move, *rules_acts.name_of(way.move), c.tasks, c.overdue)
        for way in rules_acts.WAYS
        if (c := found.get(way.move))
    ]


def _duties(tx: Tx, scope: Scope, actor: Actor) -> dict[str, Any]:
    """The parameters of the branches: by move the paths of the posts under which it is the actor's to do."""
    duties = rules_acts.work_out_duties(actor)
    bound = [(grid, p.unit_path) for p in duties.get("verify", ()) for grid in p.grids]
    whole = [p for p in duties.get("verify", ()) if not p.grids]
    paths = {w.move: _paths(duties.get(w.move, ())) for w in rules_acts.WAYS if w.duty}
    return {
        **paths, "verify": _paths(whole), "grids": [g for g, _ in bound], "grounds": [p for _, p in bound],
        "read_comment": "read_comment" in duties, "me": actor.id, "whos": [*find_held_units(tx, scope), scope.person],
    }  # fmt: skip


def _paths(posts: Sequence[Post]) -> list[str]:
    return sorted({p.unit_path for p in posts})


def _narrow(wanted: Wanted) -> Clause:
    where = TRUE
    if wanted.acts is not None:
        moves = [w.move for w in rules_acts.WAYS if w.act in wanted.acts]
        where &= Clause("t.move = any(%(f_moves)s)", {"f_moves": moves})
    if wanted.mine is not None:
        where &= Clause("t.mine = %(f_mine)s", {"f_mine": wanted.mine})
    if wanted.unit_id is not None:
        seen = "exists (select from cases.sight n where n.case_id = t.case_id and n.who = %(f_unit)s)"
        where &= Clause(seen, {"f_unit": wanted.unit_id})
    if (words := of_words(wanted.words, walking=True)) != TRUE:
        said = "exists (select from cases.finding f where f.case_id = t.case_id and " + words.sql + ")"
        where &= Clause(said, words.params)
    return where


def _task(row: _Row) -> Task:
    case = CaseRow(*(getattr(row, f.name) for f in fields(CaseRow)))
    about = {row.kind: row.about}
    return Task(
        case, rules_acts.WAY[row.move].act, row.move, *rules_acts.name_of(row.move), row.task_due, row.mine, row.about,
        row.order_of, about.get("request"), about.get("supervision"), about.get("comment"),
    )  # fmt: skip

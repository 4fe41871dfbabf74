"""What must hold after every round, whoever died in it. Each check gives what is wrong, in words; nothing is good."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from typing import Any
from uuid import UUID

import obstore.store
import psycopg

from faults.load import EVENTS, Ack, Log
from faults.readers import Page, Program
from invariants import broken
from yiwang.kit.db import Database
from yiwang.ledger.actions_verify import verify

Conn = psycopg.Connection[Any]
OF_PEOPLE = set(EVENTS.values())
RESUME_SECONDS = 60


def wait_until_quiet(conn: Conn) -> list[str]:
    """Timers that are due fire, parked consequences succeed and every entry gets its position, all by themselves."""
    left = {
        "timers are due and nobody fires them": "select count(*) from kit.timer where due_at < now()",
        "consequences stay parked": "select count(*) from kit.parked where done_at is null",
        "entries have no position": "select count(*) from ledger.entry e where not exists"
        " (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n)",
    }
    until = time.monotonic() + RESUME_SECONDS
    while True:
        open_ = {name: conn.execute(sql).fetchall()[0][0] for name, sql in left.items()}  # type: ignore[call-overload]
        if not any(open_.values()):
            return []
        if time.monotonic() > until:
            return [f"{name}: {n}" for name, n in open_.items() if n]
        time.sleep(0.05)


def check_acts(conn: Conn, log: Log) -> list[str]:
    """Every acknowledged act is in the ledger exactly once, and nothing is there that no client was told of."""
    there: Counter[tuple[str, str, str]] = Counter()
    rows = conn.execute(
        "select actor, subject_id, event from ledger.entry join network.person p on p.id = actor"
        " where subject_kind = 'case' and event = any(%s)", [sorted(OF_PEOPLE)],
    ).fetchall()  # fmt: skip
    for actor, subject, event in rows:
        there[str(actor), str(subject), event] += 1
    told = Counter((a.person, a.case_id, a.event) for a in log.acks)
    lost = [
        f"{n}× {event} of {case} was acknowledged to {who} and is lost"
        for (who, case, event), n in (told - there).items()
    ]
    more = [
        f"{n}× {event} of {case} by {who} more than was acknowledged"
        for (who, case, event), n in (there - told).items()
    ]
    return lost + more


def check_answers(conn: Conn, acks: list[Ack], refused: list[tuple[str, str]]) -> list[str]:
    """The answer given is the answer kept; of what was refused nothing is kept."""
    found = conn.execute(
        "select id, reply from kit.command where id = any(%s::uuid[])",
        [[a.key for a in acks] + [k for k, _ in refused]],
    ).fetchall()
    kept = {str(key): reply for key, reply in found}
    wrong = [f"the answer to {a.event} of {a.case_id} is not the one kept" for a in acks if kept.get(a.key) != a.body]
    return wrong + [f"{key} was refused ({code}) and is kept as done" for key, code in refused if key in kept]


# event → (steps it may come from, step it leads to; None: as its body says or unchanged)
STEPS: dict[str, tuple[set[str | None], str | None]] = {
    "case.reported": ({None}, "reported"),
    "case.accepted": ({"reported", "checking"}, "accepted"),
    "case.declined": ({"reported", "checking"}, "declined"),
    "case.check_asked": ({"reported"}, "checking"),
    "case.check_answered": ({"checking"}, "reported"),
    "case.filed": ({"accepted"}, "filed"),
    "case.dispatched": ({"filed"}, "handling"),
    "case.order_taken": ({"handling"}, None),
    "case.order_finished": ({"handling"}, None),
    "case.verified": ({"handled"}, None),
    "case.closed": ({"verified"}, "closed"),
    "case.merged": ({"reported", "checking", "accepted", "filed"}, "merged"),
}


def walk(entries: list[tuple[str, str]]) -> tuple[str | None, list[str]]:
    """The step in which a course ends, and what in it cannot have happened. `entries`: (event, body) in their order."""
    step: str | None = None
    wrong: list[str] = []
    taken: Counter[str] = Counter()
    for event, text in entries:
        come_from, to = STEPS.get(event, (None, None))
        body = json.loads(text)
        if come_from is not None and step not in come_from:
            wrong.append(f"{event} in step {step}")
        if event == "case.order_taken":
            taken[body["order"]] += 1
        if event == "case.order_finished":
            to = "handled" if body["last"] else step
        elif event == "case.verified":
            to = "verified" if body["passed"] else "handling"
        elif event == "case.request_decided" and body["kind"] == "bounce" and body["granted"]:
            to = "filed"  # the load bounces lead orders only
        step = to or step
    return step, wrong + [f"order {order} was taken {n} times" for order, n in taken.items() if n > 1]


def check_courses(conn: Conn) -> list[str]:
    """No case is half done: its course follows the table of moves and ends in the step its row is in."""
    courses: dict[UUID, list[tuple[str, str]]] = {}
    rows = conn.execute(
        "select subject_id, event, body from ledger.entry where subject_kind = 'case' order by subject_id, n"
    )
    for subject, event, body in rows.fetchall():
        courses.setdefault(subject, []).append((event, body))
    steps = dict(conn.execute("select id, step from cases.case").fetchall())
    wrong = [f"case {c} is there without a course" for c in steps.keys() - courses.keys()]
    for case_id, entries in courses.items():
        end, found = walk(entries)
        wrong += [f"case {case_id}: {f}" for f in found]
        if steps.get(case_id) != end:
            wrong.append(f"case {case_id}: its course ends in {end}, its row says {steps.get(case_id)}")
    return wrong


def check_consequences(conn: Conn, log: Log) -> list[str]:
    """What files itself is accepted, filed and dispatched, each once, though its consequence failed or died meanwhile."""
    counts = (
        "select subject_id, event, count(*) from ledger.entry where subject_id = any(%s::uuid[]) and event = any(%s)"
    )
    wanted = ["case.accepted", "case.filed", "case.dispatched"]
    found: dict[str, dict[str, int]] = {case_id: {} for case_id in log.self_filed}
    for subject, event, n in conn.execute(counts + " group by 1, 2", [list(log.self_filed), wanted]).fetchall():
        found[str(subject)][event] = n
    wrong = []
    for case_id, events in found.items():
        once = events.get("case.accepted") == 1 and events.get("case.filed") == 1
        if not once or not events.get("case.dispatched"):
            wrong.append(f"case {case_id} filed itself like this: {events}")
    return wrong


def check_timers(conn: Conn, pushed: Counter[str]) -> list[str]:
    """Each timer that fell due fired once: `pushed` counts, by case, how often one was made due."""
    sql = "select subject_id, count(*) from ledger.entry where event = 'case.limit_near' and subject_id = any(%s::uuid[]) group by 1"
    fired = {str(case_id): n for case_id, n in conn.execute(sql, [list(pushed)]).fetchall()}
    return [
        f"the timer of {case_id} fired {fired.get(case_id, 0)} times instead of {n}"
        for case_id, n in pushed.items()
        if fired.get(case_id, 0) != n
    ]


def check_photos(conn: Conn, store: obstore.store.ObjectStore, shas: list[str]) -> list[str]:
    """An acknowledged photo is known, and its bytes are those that were sent."""
    rows = conn.execute("select sha256 from kit.file where sha256 = any(%s)", [shas]).fetchall()
    known = {sha for (sha,) in rows}
    wrong = [f"photo {sha} was acknowledged and is unknown" for sha in shas if sha not in known]
    for sha in shas:
        try:
            data = bytes(obstore.get(store, f"{sha[:2]}/{sha}").bytes())
        except FileNotFoundError:
            wrong.append(f"photo {sha} was acknowledged and is not there")
        else:
            if hashlib.sha256(data).hexdigest() != sha:
                wrong.append(f"photo {sha} is not what was sent")
    return wrong


def check_readers(conn: Conn, page: Page, program: Program) -> list[str]:
    """Both have, in order and once, exactly what was settled since they began."""
    leaves = conn.execute("select position, subject_id, n, hash from ledger.leaf order by position").fetchall()
    wrong = list(page.wrong)
    if [p for p, *_ in leaves] != list(range(len(leaves))):
        wrong.append("the positions have gaps")
    cases = {s for (s,) in conn.execute("select id from cases.case").fetchall()}
    first = page.first if page.first is not None else len(leaves)
    due = [position for position, subject, *_ in leaves if position > first and subject in cases]
    until = time.monotonic() + 20
    while (len(page.heard) < len(due) or len(program.read) < len(leaves)) and time.monotonic() < until:
        time.sleep(0.05)
    for name, got, right in (("the page", page.heard, due), ("the program", program.read, leaves)):
        if got != right:
            missed, twice = [x for x in right if x not in set(got)], [x for x, n in Counter(got).items() if n > 1]
            wrong.append(
                f"{name} missed {missed[:5]} ({len(missed)}), had twice {twice[:5]} ({len(twice)}), in order: {got == sorted(got)}"
            )
    return wrong


def check_ledger(database: Database) -> list[str]:
    with database.transaction() as tx:
        found = verify(tx)
    return [] if found.ok else [f"the ledger does not verify: {found.fault}"]


def check_invariants(conn: Conn) -> list[str]:
    return [f"invariant {name}: {rows[:3]}" for name, rows in broken(conn).items()]

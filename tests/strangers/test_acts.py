"""What the page says may be done, can be done, and nothing else; and what must be done is all of that, wherever it lies.

At every step, by every post: each act is performed, as the matrix does; it succeeds where it was listed and is refused
where it was not. Then everybody's tasks are held against the acts that must be done of each case they see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from strangers.cases import STATES, acts
from strangers.places import OTHERS, PLACES
from strangers.stage import Town
from yiwang.cases import queries_tasks
from yiwang.cases.model_acts import Act
from yiwang.cases.queries_acts import list_acts
from yiwang.cases.queries_list import Filter, list_cases
from yiwang.cases.queries_tasks import Wanted
from yiwang.kit.errors import NotFound
from yiwang.network.model import PostKind
from yiwang.network.rules import scope_of

NO_MOVES = ("unmask-contact", "erase-contact", "erase-photo", "erase-words")
"""What is done to a person's data is no act on a case."""
IDS = ("order_id", "request_id", "supervision_id", "comment_id", "report_id")
POSTS = [p.value for p in PostKind]
WHERE = ("own", "upper", "helping")


def path_of(name: str) -> tuple[str, bool]:
    """The act's path, and whether by force, of a name in `subjects.acts`."""
    return name.split(" ")[0], name.endswith("(forced)")


def is_listed(listed: list[Act], name: str) -> bool:
    path, forced = path_of(name)
    return any(a.act == path and (a.move == "force_dispatch") == forced for a in listed)


def as_listed(listed: list[Act], name: str, command: Any) -> Any:
    """The command about what the list says it is about."""
    path, _ = path_of(name)
    found = next((a for a in listed if a.act == path), None)
    ids = {i: getattr(found, i) for i in IDS if found and getattr(found, i) and hasattr(command, i)}
    return replace(command, **ids)


def listed_to(town: Town, login: str, case_id: UUID) -> list[Act] | None:
    """None: out of sight."""
    with town.undone() as tx:
        try:
            return list_acts(tx, scope_of(town.actors[login]), town.actors[login], case_id)
        except NotFound:
            return None


def disagreements(town: Town, login: str, state: str) -> Iterator[str]:
    subject, actor = town.names["cases"][state], town.actors[login]
    listed = listed_to(town, login, subject.id)
    for name, (action, command) in acts(login, subject).items():
        if name in NO_MOVES:
            continue
        open_ = listed is not None and is_listed(listed, name)
        problem = town.act(action, actor, as_listed(listed or [], name, command))
        harmless = name == "read-comment" and not open_  # reading what names somebody else leaves no trace
        if open_ != (problem is None) and not harmless:
            yield f"{state}, {login}, {name}: listed {open_}, but {problem.code if problem else 'done'}"


@pytest.mark.parametrize("post", POSTS)
def test_what_is_listed_can_be_done_and_nothing_else(town: Town, post: str) -> None:
    logins = [f"{post}.{place}" for place in WHERE]
    if post == POSTS[0]:
        logins += ["reporter", "checker", "asker"]
    wrong = [w for login in logins for state in STATES for w in disagreements(town, login, state)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("post", POSTS)
def test_tasks_are_what_must_be_done_of_every_case_in_sight(town: Town, post: str) -> None:
    logins = [f"{post}.{place}" for place in PLACES] + (list(OTHERS) if post == POSTS[0] else [])
    for login in logins:
        actor, scope = town.actors[login], scope_of(town.actors[login])
        with town.undone() as tx:
            due = set[tuple[UUID, str, UUID]]()
            for row in list_cases(tx, scope, Filter(), limit=1000):
                for act in list_acts(tx, scope, actor, row.id):
                    if act.must:
                        about = act.request_id or act.order_id or act.supervision_id or act.comment_id or row.id
                        due.add((row.id, act.move, about))
            tasks = queries_tasks.list_tasks(tx, scope, actor, Wanted(), limit=1000)
            counts = queries_tasks.count_tasks(tx, scope, actor, Wanted())
        assert {(t.case.id, t.move, t.about) for t in tasks} == due, login
        assert {c.move: c.tasks for c in counts} == {
            m: sum(1 for t in tasks if t.move == m) for m in {t.move for t in tasks}
        }


def test_somebody_has_each_kind_of_task(town: Town) -> None:
    """Or the comparison above would compare nothing."""
    kinds: set[str] = set()
    with town.undone() as tx:
        for login in town.actors:
            tasks = queries_tasks.list_tasks(tx, scope_of(town.actors[login]), town.actors[login], Wanted(), limit=1000)
            kinds |= {t.move for t in tasks}
    assert kinds == {
        "accept", "answer_check", "file", "dispatch", "take", "finish", "verify", "close", "accept_late", "file_late",
        "decide_bounce", "decide_extend", "decide_suspend", "decide_void", "decide_appeal", "answer_supervision",
        "read_comment",
    } - {"finish"}, "nobody here has taken an order"  # fmt: skip

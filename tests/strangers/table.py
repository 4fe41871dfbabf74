"""Writes `matrix.md`: who may do what, to what is whose, at which step; as the running product answers.

    .venv/bin/python tests/strangers/write.py         # write it anew; then read the diff as you would read code

`test_matrix.py` holds the product to it. A new route needs no more than that, unless its request cannot be guessed from
its signature: then add a line to `samples.BY_HAND`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from strangers.cases import GHOST, STATES, acts
from strangers.places import PLACES, UNPROVEN
from strangers.samples import GHOSTS, NAMED, SIGHT, VARIANTS, Sample, routes, sample
from strangers.stage import Answer, Town
from yiwang.cases import queries as cases
from yiwang.cases import queries_list
from yiwang.kit.errors import NotFound, Problem
from yiwang.network.model import PostKind
from yiwang.network.rules import scope_of

FILE = Path(__file__).parent / "matrix.md"
MARKS = {401: "!", 403: "x", 404: "0", 405: "m", 409: "=", 422: "?", 429: "w", 503: "u"}
SPECIAL = {
    "nobody": None, "resident": "resident", "retired": "retired", "reads": "token:reads", "reports": "token:reports",
    "demo": "demo", "next_grid": "next_grid",
}  # fmt: skip
"""Not signed in; no post; a post that has ended; an operator's token that may read, one that may only report; an
operator who came in by the demo's sign-in; an inspector of another duty grid."""
CASE_SPECIAL = ("reporter", "checker", "resident")
OF_STATE: dict[str, tuple[str, ...]] = {
    "suspended": ("see", "resume", "finish", "verify", "supervise", "comment"),
    "emergency": ("see", "accept-late", "file-late", "take", "close"),
    "emergency, accepted": ("file-late",),
    "closed late": ("ask-appeal",),
    **{f"{what} asked": ("see", "decide") for what in ("bounce", "extension", "suspension", "void", "appeal")},
}
"""What is looked at where only some acts mean anything new; at the eleven steps it is all."""
HEAD = """# Who may do what

Written by `.venv/bin/python tests/strangers/write.py`, never by hand: **after adding or changing a route, a post or a
move, run that, and review the diff of this page as you would review code.** `test_matrix.py` fails while the product and
this page differ, and for a route that has no row. If the generator cannot guess a request (a row of `?` only), give it one
in `samples.py: BY_HAND`.

Every request is about something of one street. Each post is asked in five places; a cell gives them in this order, once
if they are all alike:

Before the posts stand: nobody signed in, a resident without a post, somebody whose post has ended, an operator's token
that may read, one that may only report, the demo's sign-in as an operator, an inspector of that street who is bound to
another duty grid, and, **unproven**, a commander, a system and
a security administrator of that street whose session has shown no second factor.

1 **own**: a post in that street · 2 **sibling**: in the next street · 3 **upper**: in the district · 4 **lower**: in one
of its neighbourhoods · 5 **helping**: in a third street, which was given an assisting order in the case.

`+` done · `x` 403 may not · `0` 404 does not exist, as far as they are concerned · `=` 409 does not fit the present state
· `!` 401 not signed in · `?` 422 · `w` 429 · `u` 503. What is marked `0` is answered, to the last byte, as if it did not
exist; so is every other act on it (`test_matrix.py` asks twice). The last column names the codes of the refusals.
"""


def mark(answer: Answer | Problem | None) -> str:
    status = 200 if answer is None else answer.status
    return "+" if status < 400 else MARKS.get(status, f"[{status}]")


def cell(marks: list[str]) -> str:
    return marks[0] if len(set(marks)) == 1 else "".join(marks)


def row_names(town: Town) -> list[str]:
    return [
        row for key, _ in routes(town.app.routes) for row in (key, *(v for v, (k, _) in VARIANTS.items() if k == key))
    ]


def route_row(town: Town, row: str) -> tuple[dict[str, str], list[str]]:
    """One route as everyone is answered: cells by column, and where an answer tells of what is out of sight."""
    cells: dict[str, str] = {}
    codes: set[str] = set()
    leaks: list[str] = []
    for column, who in SPECIAL.items():
        answer = _special(town, row, who)
        cells[column] = mark(answer)
        if who == "next_grid":
            leaks += _tells(town, row, who, sample(town, row, who), answer)
        codes.add(answer.code)
    unproven = [sample(town, row, login).ask(town, who) for who, login in UNPROVEN.items()]
    cells["unproven"] = cell([mark(answer) for answer in unproven])
    codes |= {answer.code for answer in unproven}
    for post in PostKind:
        marks = []
        for place in PLACES:
            login = f"{post.value}.{place}"
            asked = sample(town, row, login)
            answer = asked.ask(town, login)
            marks.append(mark(answer))
            codes.add(answer.code)
            leaks += _tells(town, row, login, asked, answer)
        cells[post.value] = cell(marks)
    return {**cells, "codes": " ".join(sorted(codes - {""}))}, leaks


def _special(town: Town, row: str, who: str | None) -> Answer:
    if who == "next_grid":
        return sample(town, row, who).ask(town, who)
    if who != "demo":
        return sample(town, row, "operator.own").ask(town, who)
    came = town.ask(None, "POST", "/api/demo-sign-in", {"login": "operator.own"}, undo=False)
    try:
        cookie = next(v for k, v in came.headers if k == "set-cookie").split(";")[0]
        csrf = came.body.split(b'"csrf":"')[1].split(b'"')[0].decode()
        asked = sample(town, row, "operator.own")
        headers = (("cookie", cookie), ("x-yiwang-csrf", csrf), *asked.headers)
        return town.ask(
            None, asked.method, asked.path, asked.body, query=asked.query, files=asked.files, headers=headers
        )
    finally:
        town.undo()


def _tells(town: Town, row: str, login: str, asked: Sample, answer: Answer) -> Iterator[str]:
    """What is out of sight is answered like what does not exist: status, headers and every byte. (A bad row of a file is told
    by its own words, among them the unit's code.)"""
    for kind in asked.kinds:
        if not sees(town, login, kind):
            ghost = sample(town, row, login, (kind,)).ask(town, login)
            body = answer.body
            if asked.files and kind == "unit":
                body = body.replace(NAMED["unit_code"].encode(), GHOSTS["unit"]["unit_code"].encode())
            if (ghost.status, ghost.headers, ghost.body) != (answer.status, answer.headers, body):
                yield f"{row}, {login}: a {kind} out of sight {answer.status} {answer.code}, none at all {ghost.status} {ghost.code}"


def sees(town: Town, login: str, kind: str) -> bool:
    """Can they see the thing of this kind that requests speak of?"""
    known = town.seen.get((login, kind))
    if known is None:
        known = town.seen[login, kind] = sample(town, SIGHT[kind], login).ask(town, login).status == 200
    return known


def act_cells(town: Town, login: str, state: str) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Every act on the case at this step by one person: (mark, code) by act; and where one tells of a case unseen."""
    subject, actor = town.names["cases"][state], town.actors[login]
    wanted = OF_STATE.get(state)
    seen = _see(town, login, state)
    found = {"see": ("+", "") if seen is None else (mark(seen), seen.code)}
    leaks: list[str] = []
    sent, ghosts = acts(login, subject), acts(login, GHOST)
    for act, (action, command) in sent.items():
        if wanted is not None and act not in wanted:
            continue
        problem = town.act(action, actor, command)
        found[act] = (mark(problem), problem.code if problem else "")
        if seen is not None:
            nothing = town.nothing.get((login, act), ...)
            if nothing is ...:
                nothing = town.nothing[login, act] = town.act(action, actor, ghosts[act][1])
            if _said(problem) != _said(nothing):
                leaks.append(f"{act}, {state}, {login}: out of sight {_said(problem)}, none at all {_said(nothing)}")
    return found, leaks


def _said(problem: Problem | None) -> object:
    return None if problem is None else (problem.status, problem.as_json())


def _see(town: Town, login: str, state: str) -> Problem | None:
    """Is the case shown; and do the list, the counts and the feed agree with that?"""
    subject, scope = town.names["cases"][state], scope_of(town.actors[login])
    with town.undone() as tx:
        row = queries_list.list_cases(tx, scope, queries_list.Filter(ids=(subject.id,)))
        heard = town.may_hear(tx, scope, subject.id)
        try:
            cases.get_course(tx, scope, subject.id)
            problem = None
        except NotFound as unseen:
            problem = unseen
    assert bool(row) == heard == (problem is None), (
        f"{login} {state}: listed {bool(row)}, heard {heard}, shown {problem}"
    )
    return problem


def act_rows(town: Town, posts: list[PostKind]) -> tuple[dict[tuple[str, str], dict[str, str]], list[str]]:
    """(act, step) → cells by column, for these posts and (with the first) the special ones; and the leaks."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    leaks: list[str] = []
    for state in STATES:
        columns = {p.value: [f"{p.value}.{place}" for place in PLACES] for p in posts}
        if posts[0] is next(iter(PostKind)):
            columns |= {name: [name] for name in CASE_SPECIAL}
        for column, logins in columns.items():
            found = [act_cells(town, login, state) for login in logins]
            leaks += [leak for _, told in found for leak in told]
            for act in found[0][0]:
                row = rows.setdefault((act, state), {})
                row[column] = cell([cells[act][0] for cells, _ in found])
                row["codes"] = " ".join(sorted({*row.get("codes", "").split(), *(cells[act][1] for cells, _ in found)}))
    return rows, leaks


def render(route_rows: dict[str, dict[str, str]], act_rows: dict[tuple[str, str], dict[str, str]]) -> str:
    posts = [p.value for p in PostKind]
    lines = [
        HEAD,
        "## Every route",
        "",
        *_table(
            ["route", *SPECIAL, "unproven", *posts, "codes"], [{"route": f"`{k}`", **v} for k, v in route_rows.items()]
        ),
    ]
    lines += [
        "",
        "## Every act at every step",
        "",
        "Straight at the actions, as 29 posts of `/api/cases/…` call them. Steps with the same answers share a row.",
        "",
    ]
    merged: list[dict[str, str]] = []
    for act in dict.fromkeys(a for a, _ in act_rows):
        groups: dict[str, list[str]] = {}
        for (name, state), cells in act_rows.items():
            if name == act:
                groups.setdefault(repr({**cells}), []).append(state)
        merged += [{"act": act, "step": " · ".join(g), **act_rows[act, g[0]]} for g in groups.values()]
    lines += _table(["act", "step", *CASE_SPECIAL, *posts, "codes"], merged)
    return "\n".join(lines) + "\n"


def _table(columns: list[str], rows: list[dict[str, str]]) -> list[str]:
    out = ["| " + " | ".join(c.replace("_", " ") for c in columns) + " |", "|" + "---|" * len(columns)]
    return out + ["| " + " | ".join(r.get(c, "") for c in columns) + " |" for r in rows]


def parse(text: str) -> dict[str, dict[str, str]]:
    """Rows of the page by their first cell, or by (act, step) of the second table; whatever the spacing."""
    found: dict[str, dict[str, str]] = {}
    columns: list[str] = []
    for line in text.splitlines():
        if not line.startswith("| "):
            continue
        cells = [c.strip() for c in line.strip("|").split("|")]
        if cells[0] in ("route", "act"):
            columns = [c.replace(" ", "_") for c in cells]
        elif not cells[0].startswith("---"):
            row = dict(zip(columns, cells, strict=True))
            for step in row.get("step", "").split(" · "):
                found[f"{cells[0].strip('`')} {step}".strip()] = {
                    k: v for k, v in row.items() if k not in ("route", "act", "step")
                }
    return found

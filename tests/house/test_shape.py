"""The shape of the house: file names and lengths, who commits, who asks the time, where SQL stands, what lists take."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from house import DOMAINS, LAYERS, SRC, SURFACES, layer, sources, strings, tree

MOST_LINES, MOST_LINES_OF_A_STORY = 400, 150
COMMITTERS: frozenset[str] = frozenset({"kit/db.py"})
REAL_TIME = {
    "kit/clock.py": "the one place that asks for the time",
    "kit/pg.py": "how long a server takes to start is real, whatever day is being played",
    "kit/live.py": "a stream's heartbeat is real",
    "kit/limits.py": "how often somebody may do something is counted in real time",
    "kit/cached.py": "how old a kept answer is, is real",
    "kit/jobs.py": "beats of periodic work are real",
    "demo.py": "the demo day plays along real seconds",
    "network/actions_session.py": "sessions and lockouts of real people run on real time, whatever day is being played",
    "desk/api.py": "the feed's heartbeat is real",
}
SQL_ELSEWHERE = {
    "ledger": "the ledger's own SQL stands beside what it explains",
    "kit": "floor 0 has no layers",
    "replay": "the replay keeps its own place",
}
SQL = re.compile(
    r"\b(select\s.+?\sfrom\s|insert\s+into\s+\w|update\s+\w+\.?\w*\s+(\w+\s+)?set\s|delete\s+from\s+\w+\.|truncate\s+\w)",
    re.IGNORECASE | re.DOTALL,
)
ASKS_TIME = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
             ("time", "monotonic"), ("time", "perf_counter")}  # fmt: skip
NO_SCOPE = {
    "city": "grids, roads, catalogue and calendars are reference data: everybody signed in reads them all",
    "dispatch": "the responsibility list is reference data: everybody signed in reads it all",
    "ledger": "entries hold no personal data; what is shown of a case is asked through cases, with a scope",
}
NO_SCOPE_FUNCTIONS = {
    "cases/queries_told.py: list_erased_photos": "for verification at the server itself, which reads the whole ledger",
    "cases/queries.py: list_audience": "for the live stream, which asks who may hear of what it holds already",
    "rooms/queries.py: list_audience": "the same for the rooms' live stream",
    "network/queries_people.py: list_my_posts": "one's own",
    "network/queries_duty.py: list_duty_posts": "one's own",
    "register/queries_owed.py: list_rules": "what things owe by rule is reference data: everybody signed in reads it all",
    "register/queries_owed.py: list_rules_by_id": "the same",
    "network/queries_units.py: list_chain_at": "units are reference data: everybody signed in sees the tree",
}
QUERY_VERBS = ("get_", "list_", "count_", "find_", "is_", "read_", "walk_", "latest_")
QUERY_NAMES = {
    "visible": "the scope as SQL, which every list of cases begins with",
    "recommend": "the responsibility list's answer, with its reason",
    "locate": "issue 2 §4 names it",
    "locate_many": "the same for many points",
    "who_is_on_duty": "issue 2 §3 names it",
    "demand_photo_in_sight": "raises NotFound, so that no photo is served to who may not see its case",
    "demand_voice_in_sight": "the same for a voice note",
    "demand_photo_here": "the same for a photo in a room",
    "demand_area_in_sight": "raises NotFound, so that nobody is told to whom others' ground is given",
    "demand_in_sight": "raises NotFound for a place out of sight",
    "calendar_for": "a unit's working calendar, ready to count with",
    "work_out": "a deadline with its working: the deadline engine's one question",
    "answer_work_out": "the same over HTTP",
}
STORE_VERBS = ("lock_", "put_", "add_", "drop_", "take_")
STORE_NAMES = {
    "tell_reporters": "one UPDATE over all reporters of a case",
    "withdraw_requests": "one UPDATE over all open requests of a case",
    "retire_conditions": "one UPDATE over conditions that left the pack",
}


def domain_file(name: str) -> bool:
    """May a domain hold a file of this name?"""
    if name in {"README.md", "__init__.py", "jobs.py"}:
        return True
    return name.endswith(".py") and layer(name) in LAYERS and layer(name) != "jobs"


def find_time(code: ast.AST) -> Iterator[int]:
    """Lines that ask for the time."""
    for node in ast.walk(code):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in ASKS_TIME
        ):
            yield node.lineno


def find_commits(code: ast.AST) -> Iterator[int]:
    for node in ast.walk(code):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"commit", "rollback"}
        ):
            yield node.lineno


def find_sql(code: ast.AST) -> Iterator[int]:
    return (line for line, text in strings(code) if SQL.search(text))


def public_functions(code: ast.Module) -> Iterator[ast.FunctionDef]:
    return (n for n in code.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_"))


def takes(function: ast.FunctionDef) -> set[str]:
    args = function.args
    return {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}


def lists_without_scope(path: str, code: ast.Module) -> Iterator[str]:
    """Lists of a queries file that do not take a scope."""
    for function in public_functions(code):
        if re.match(r"(list|count)_", function.name) and "tx" in takes(function) and "scope" not in takes(function):
            yield f"{path}: {function.name}"


def wrong_words(path: str, code: ast.Module) -> Iterator[str]:
    """Public functions whose names break the words of architecture.md."""
    verbs, names = {"queries": (QUERY_VERBS, QUERY_NAMES), "store": (STORE_VERBS, STORE_NAMES)}[
        layer(path.split("/")[-1])
    ]
    for function in public_functions(code):
        if "tx" in takes(function) and not function.name.startswith(verbs) and function.name not in names:
            yield f"{path}: {function.name}"


def files(*layers: str) -> list[str]:
    return [
        p for p in sources() if p.split("/")[0] in (*DOMAINS, *SURFACES, "scenes") and layer(p.split("/")[-1]) in layers
    ]


def test_a_domain_holds_these_files_and_no_others():
    wrong = [
        f"{d}/{f.name}"
        for d in DOMAINS
        for f in (SRC / d).iterdir()
        if f.name != "__pycache__" and not domain_file(f.name)
    ]
    assert not wrong
    assert not domain_file("helpers.py")
    assert domain_file("actions_handle.py")


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_says_what_it_is(domain: str):
    page = SRC / domain / "README.md"
    assert page.exists(), f"{domain} has no README.md: its words, its steps, its events, where each rule comes from"
    assert len(page.read_text("utf-8").splitlines()) > 10


def test_files_are_short():
    long = {p: n for p, text in sources().items() if (n := text.count("\n")) >= MOST_LINES}
    assert not long
    stories = {
        p: n for p, t in sources().items() if p.startswith("flows/") and (n := t.count("\n")) > MOST_LINES_OF_A_STORY
    }
    assert not stories


def test_only_the_edge_commits():
    wrong = [f"{p}:{line}" for p in sources() if p not in COMMITTERS for line in find_commits(tree(p))]
    assert not wrong
    assert list(find_commits(ast.parse("tx.conn.commit()"))) == [1]


def test_only_the_clock_asks_for_the_time():
    asking = {p: lines for p in sources() if (lines := list(find_time(tree(p))))}
    assert "kit/clock.py" in asking, "the scan finds nothing at all"
    assert {p: lines for p, lines in asking.items() if p not in REAL_TIME} == {}
    assert list(find_time(ast.parse("x = datetime.now(UTC)\ny = time.time()"))) == [1, 2]


def test_sql_stands_only_in_stores_and_queries():
    holding = {p: lines for p in sources() if (lines := list(find_sql(tree(p))))}
    assert len(holding) > 10, "the scan finds nothing at all"
    at_home = set(files("store", "queries"))
    elsewhere = {p: n for p, n in holding.items() if p not in at_home and layer(p.split("/")[0]) not in SQL_ELSEWHERE}
    assert elsewhere == {}
    assert list(find_sql(ast.parse('"""Select a case from the list."""\nx = "select id from cases.case"'))) == [2]


def test_every_list_takes_a_scope():
    found = {bad for p in files("queries") for bad in lists_without_scope(p, tree(p))}
    wrong = {f for f in found if f.split("/")[0] not in NO_SCOPE and f not in NO_SCOPE_FUNCTIONS}
    assert not wrong, "give it a scope, or say in NO_SCOPE_FUNCTIONS why everybody may read it all"
    code = ast.parse("def list_cases(tx: Tx, limit: int): ...\ndef list_mine(tx: Tx, scope: Scope): ...")
    assert list(lists_without_scope("cases/queries.py", code)) == ["cases/queries.py: list_cases"]


def test_what_needs_no_scope_still_exists():
    found = {bad for p in files("queries") for bad in lists_without_scope(p, tree(p))}
    assert set(NO_SCOPE_FUNCTIONS) <= found


def test_functions_are_called_what_they_do():
    wrong = {bad for p in files("queries", "store") for bad in wrong_words(p, tree(p))}
    assert not wrong
    assert list(wrong_words("cases/store.py", ast.parse("def save(tx, case): ...\ndef put_case(tx, case): ..."))) == [
        "cases/store.py: save"
    ]

"""The whole matrix: every route and every act, by every post in every place, at every step, against `matrix.md`."""

from __future__ import annotations

import os

import pytest

from strangers.stage import Town
from strangers.table import FILE, act_rows, parse, render, route_row, row_names
from yiwang.network.model import PostKind

HOW = "run `.venv/bin/python tests/strangers/write.py` and review the diff of tests/strangers/matrix.md"
PARTS = 4
POSTS = list(PostKind)
UNANSWERED = {"POST /api/me/prove", "POST /api/me/prove/begin", "POST /api/me/factors/recovery"}
"""Nobody here has enrolled a second factor: tests/network/test_factor.py asks these of people who have."""


def table() -> dict[str, dict[str, str]]:
    return parse(FILE.read_text("utf-8"))


def agree(got: dict[str, dict[str, str]], leaks: list[str]) -> None:
    """Each cell that was asked is as the page says."""
    expected = table()
    wrong = [
        f"{row} | {column}: {cell} (the page says {expected.get(row, {}).get(column, 'nothing')})"
        for row, cells in got.items()
        for column, cell in cells.items()
        if expected.get(row, {}).get(column) != cell
    ]
    assert not leaks, "\n".join(leaks[:40])
    assert not wrong, "\n".join([*wrong[:40], HOW])


def test_every_route_has_its_row(town: Town) -> None:
    assert set(row_names(town)) == set(routes_of(table())), HOW


def test_every_row_says_something() -> None:
    """A request that nobody could have meant is refused to all alike, and shows nothing."""
    said = {row: {mark for cell in cells.values() for mark in cell} for row, cells in routes_of(table()).items()}
    mute = {row for row, marks in said.items() if marks <= set("!?x") and "?" in marks}
    assert mute == UNANSWERED, f"give them a request that can be answered, in samples.py: {mute ^ UNANSWERED}"


def routes_of(rows: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    verbs = ("GET", "POST", "PUT", "DELETE", "PATCH")
    return {
        row: {k: v for k, v in cells.items() if k != "codes"} for row, cells in rows.items() if row.split()[0] in verbs
    }


@pytest.mark.parametrize("part", range(PARTS))
def test_every_route_answers_everyone_as_the_table_says(town: Town, part: int) -> None:
    got, leaks = {}, []
    for row in row_names(town)[part::PARTS]:
        got[row], told = route_row(town, row)
        leaks += told
    agree(got, leaks)


@pytest.mark.parametrize("post", POSTS, ids=str)
def test_every_act_at_every_step_is_as_the_table_says(town: Town, post: PostKind) -> None:
    rows, leaks = act_rows(town, [post])
    agree(
        {f"{act} {state}": {k: v for k, v in cells.items() if k != "codes"} for (act, state), cells in rows.items()},
        leaks,
    )


@pytest.mark.skipif("YIWANG_WRITE_MATRIX" not in os.environ, reason="only `write.py` writes")
def test_the_table_is_written_anew(town: Town) -> None:
    leaks, by_route = [], {}
    for row in row_names(town):
        by_route[row], told = route_row(town, row)
        leaks += told
    by_act, told = act_rows(town, POSTS)
    FILE.write_text(render(by_route, by_act), "utf-8")
    assert not (leaks + told), "\n".join(["written, but the product tells:", *leaks, *told])

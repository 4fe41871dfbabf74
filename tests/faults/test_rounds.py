"""kill -9 of servers, workers and PostgreSQL at random moments under a mixed load: nothing acknowledged is lost, nothing
is half done or done twice, and everything comes back by itself. Twenty rounds here; `make torture` runs two hundred."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.rounds import Rounds


def test_whoever_is_killed_nothing_is_lost_half_done_or_done_twice(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    count, seed = request.config.getoption("--rounds", 20), request.config.getoption("--seed", 1)
    rounds = Rounds(folder, seed)
    try:
        for number in range(1, count + 1):
            wrong = rounds.play(number)
            assert not wrong, (
                f"seed {seed}, round {number}:\n" + "\n".join(wrong[:20]) + "\n" + rounds.fleet.last_words()
            )
        print(rounds.summary())
    finally:
        rounds.stop()

"""The rounds notice: with one defence taken out of the product they fail. Part of `make torture` (some minutes);
`pytest tests/faults/test_sabotage.py --sabotage` runs it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.rounds import Rounds

NOTICED = {
    "command_ids": "more than was acknowledged",
    "reply_first": "was acknowledged to",
    "no_transaction": "",
    "no_lock": "",
    "timer_twice": "fired",
    "stream_anew": "the page missed",
}
"""What is taken out (see `member.py`) and what the checks say of it; empty: whatever they say."""


@pytest.mark.parametrize("sabotage", NOTICED)
def test_without_this_defence_a_round_fails(sabotage: str, folder: Path, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--sabotage", False) and request.config.getoption("--rounds", 20) < 100:
        pytest.skip("for the long run: make torture")
    rounds = Rounds(folder, request.config.getoption("--seed", 1), sabotage=sabotage)
    try:
        found: list[str] = []
        for number in range(1, 61):  # what two must do in the same moment shows the more rarely, the quicker we are
            found += rounds.play(number)
            if any(NOTICED[sabotage] in wrong for wrong in found):
                return
        pytest.fail(f"nobody noticed: {found[:10]}")
    finally:
        rounds.stop()

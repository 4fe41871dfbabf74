"""Each defence is shown to be one: taken out, its test fails. The table is in `defences.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from faults.defences import BY_TEST, DEFENCES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Test → when → what came of it, all of them in one run of their own."""
    path = tmp_path_factory.mktemp("defences") / "outcomes.json"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]),
           "YIWANG_OUTCOMES": str(path)}  # fmt: skip
    env.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", "pytest", "-p", "faults.defences", "-p", "no:cacheprovider", "-q", *BY_TEST]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert path.exists(), done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(path.read_text("utf-8"))


def test_each_has_a_test_of_its_own() -> None:
    assert len(BY_TEST) == len(DEFENCES)


@pytest.mark.parametrize("defence", DEFENCES)
def test_without_it_its_test_fails(outcomes: dict[str, dict[str, str]], defence: str) -> None:
    node = DEFENCES[defence][1]
    came = [o for n, o in outcomes.items() if n == node or n.startswith(f"{node}[")]
    assert came, f"{node} did not run"
    assert not any("setup" in o for o in came), f"the test could not begin: {came}"
    assert any("failed" in said for o in came for said in o.values()), f"nobody noticed: {came}"

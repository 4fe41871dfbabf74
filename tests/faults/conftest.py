"""Folders that PostgreSQL's user may enter, and how long the rounds are: `pytest tests/faults --rounds 200 --seed 7`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiwang.kit import secret


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=20, help="rounds of kill -9 under load")
    parser.addoption("--seed", type=int, default=1, help="who dies when, and what the clients choose")
    parser.addoption(
        "--sabotage", action="store_true", help="take out one defence after another; the rounds must notice"
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    """One of its own, gone afterwards; with it the keys that whoever ran there took for the whole program's."""
    before = secret.ring()
    found = Path(tempfile.mkdtemp(prefix="yw-faults-"))
    found.chmod(0o755)
    yield found
    pointer = found / "data" / "pg-place"
    if pointer.exists():
        shutil.rmtree(Path(pointer.read_text("utf-8").strip()), ignore_errors=True)
    shutil.rmtree(found, ignore_errors=True)
    secret.use(before)

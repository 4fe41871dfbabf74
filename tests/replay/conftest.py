"""A system on a database of its own for each replay, and small files in Boston's layout."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from yiwang import wiring
from yiwang.kit.db import Database
from yiwang.settings import Settings
from yiwang.wiring import System

SAMPLE = Path(__file__).with_name("boston_sample.csv.gz")
"""294 real rows of Boston's file, the odd ones among them (PDDL)."""


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(file.read_bytes()).decode(), newline="")))


@pytest.fixture
def system(fresh_db: Database, tmp_path: Path) -> System:
    return wiring.assemble(Settings(data=str(tmp_path)), fresh_db, fresh_db.url)


@pytest.fixture
def boston(tmp_path: Path) -> Callable[..., Path]:
    """`boston({"closed_dt": …}, …)`: a file with one row for each, made from a real row with these cells changed."""
    model = next(r for r in rows_of(SAMPLE) if r["department"] == "PWDx" and r["closed_dt"])

    def make(*changes: dict[str, str], name: str = "made.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(model), lineterminator="\n")
            writer.writeheader()
            for n, cells in enumerate(changes, 1):
                writer.writerow(model | {"case_enquiry_id": str(n), "ontime": "", "case_status": ""} | cells)
        return path

    return make

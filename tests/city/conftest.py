"""Huangpu's units and grids, loaded the way the product loads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiwang.city.actions_grid import load_grids
from yiwang.city.model_grid import LoadGrids
from yiwang.kit.clock import now
from yiwang.kit.db import Database, Tx
from yiwang.network.actions_units import load_units
from yiwang.network.model import system
from yiwang.network.model_units import LoadUnits

PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture(scope="session")
def huangpu_units() -> LoadUnits:
    """The part of packs/shanghai/units.csv that Huangpu needs."""
    rows = list(csv.reader(io.StringIO((PACKS / "shanghai" / "units.csv").read_text("utf-8"))))
    kept = [r for r in rows[1:] if r[0] == "310000" or r[0].startswith("310101")]
    return LoadUnits("packs/shanghai/units.csv", "\n".join(",".join(r) for r in [rows[0], *kept]))


@pytest.fixture(scope="module")
def loaded_huangpu(db: Database, huangpu_units: LoadUnits) -> Iterator[Tx]:
    """A transaction with Huangpu in it, once per module, rolled back in the end."""
    with db.pool.connection() as conn, conn.transaction(force_rollback=True):
        tx = Tx(conn, now())
        load_units(tx, system("pack"), huangpu_units)
        load_grids(tx, system("pack"), LoadGrids(str(PACKS / "huangpu")))
        yield tx


@pytest.fixture
def huangpu(loaded_huangpu: Tx) -> Iterator[Tx]:
    """The same for one test: a savepoint that is undone after it, and with it whatever still waits to be written."""
    with loaded_huangpu.conn.transaction(force_rollback=True):
        yield Tx(loaded_huangpu.conn, loaded_huangpu.now)

"""A street, its neighbours and departments, and the national catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from yiwang.city.actions_rules import load_catalogue
from yiwang.kit.clock import now
from yiwang.kit.db import Database, Tx
from yiwang.network.actions_units import load_units
from yiwang.network.model import system
from yiwang.network.model_units import LoadUnits

UNITS = """code,name,level,parent,kind,functional
310000,上海市,1,,city,
310101,黄浦区,2,310000,district,
310101019,老西门街道,3,310101,street,
310101019013,大林居委会,4,310101019,neighbourhood,
310101019014,文庙居委会,4,310101019,neighbourhood,
310101018,豫园街道,3,310101,street,
310101-xiaofang,黄浦区消防救援支队,2,310101,department,
310101-water,城投自来水公司,2,310101,agency,
310101-jiaojing,黄浦区交警支队,2,310101,department,
310101019-huanwei,老西门环卫作业公司,3,310101019,third_party,
310101019-chengguan,城管中队,3,310101019,department,
310101018-chengguan,城管中队,3,310101018,department,
"""
PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture(scope="session")
def packs() -> Path:
    return PACKS


@pytest.fixture(scope="session")
def units_text() -> str:
    return UNITS


@pytest.fixture(scope="module")
def loaded_street(db: Database) -> Iterator[Tx]:
    """A transaction with the street in it, once per module, rolled back in the end."""
    with db.pool.connection() as conn, conn.transaction(force_rollback=True):
        tx = Tx(conn, now())
        load_units(tx, system("test"), LoadUnits("test", UNITS))
        load_catalogue(tx, system("test"), PACKS / "national")
        yield tx


@pytest.fixture
def street(loaded_street: Tx) -> Iterator[Tx]:
    """The same for one test: a savepoint that is undone after it."""
    with loaded_street.conn.transaction(force_rollback=True):
        yield Tx(loaded_street.conn, loaded_street.now)

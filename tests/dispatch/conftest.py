"""A street, its neighbours and departments, and a handful of matters."""

from __future__ import annotations

import pytest

from yiwang.kit.db import Tx
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
NATIONAL = "GB/T 47678.5-2026"
MATTERS = [
    (NATIONAL, "01013", "component", "01", "市政公用设施", "消防设施", "应急联动"),
    (NATIONAL, "01013", "matter", "01", "市政公用设施类", "消防设施异常", "应急联动"),
    (NATIONAL, "06010", "matter", "06", "市容环境类", "暴露垃圾", "市容环卫"),
    (NATIONAL, "06012", "matter", "06", "市容环境类", "道路不洁", "市容环卫"),
    ("YIWANG-EXT", "21001", "matter", "21", "突发与应急", "供水管道破裂", "突发事件"),
]


@pytest.fixture
def street(tx: Tx) -> Tx:
    load_units(tx, system("test"), LoadUnits("test", UNITS))
    with tx.conn.cursor() as cursor:
        cursor.executemany(
            "insert into city.scheme values (%s, 'x', '1') on conflict do nothing", [(NATIONAL,), ("YIWANG-EXT",)]
        )
        cursor.executemany("insert into city.matter values (%s, %s, %s, %s, %s, %s, '', %s, '', '')", MATTERS)
    return tx

"""登记台账: somebody else's table of lifts as the register's own, each placed on the road that its address names."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from world import STREET, Play
from yiwang.city.model_component import ImportMode
from yiwang.city.queries_grid import find_road_name
from yiwang.kit.errors import Invalid
from yiwang.kit.scope import EVERYTHING
from yiwang.register import queries
from yiwang.register.model import ThingRow
from yiwang.register.rules_file import columns_of
from yiwang.scenes.actions import set_owed
from yiwang.scenes.elevators import actions, rules_registry
from yiwang.scenes.elevators.actions import ImportRegistry, RegistryImport
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.elevators.scene import SCENE

SHARED = Path(__file__).parents[3] / "shared" / "data" / "07_elevators"
SAMPLE = """使用登记证编号,单位内编号,使用地点,使用状态,品种,使用场所,制造日期,投入使用日期,层数,站数,额定载荷,额定速度,上次检验日期,维保单位,使用单位
梯11沪A90001(03),1号梯,文庙路 215 弄 3 号,使用,曳引与强制驱动电梯,住宅小区,2003/3/1,2003年5月1日,18,18,800 kg,1.75m/s,2026-03-01,老西门物业服务公司（演示）,某某业主委员会
梯11沪A90002(03),2号梯,文庙路 215 弄 3 号,停用,载货电梯,办公楼,2003/3/1,2003年5月1日,18,,1000,1.0,2026-03-01,物业公司,某某业主委员会

梯11沪A90003(10),,不存在的路 1 号,使用,乘客电梯,,2010-01-01,2010-02-01,6,6,630,1,,,
A90004,,文庙路 1 号,使用,飞船,,2010-01-01,2010-02-01,6,6,630,1,,,
"""


@pytest.fixture
def lifts(play: Play) -> Play:
    set_owed(play.tx, SCENE)
    return play


def take(play: Play, text: str, registry: str = "shanghai", mode: ImportMode = ImportMode.partial) -> RegistryImport:
    cmd = ImportRegistry(registry, "台账.csv", text.encode(), STREET, mode)
    return actions.import_registry(play.tx, play.who("zhang.min"), cmd)


def stand(play: Play) -> list[ThingRow]:
    return queries.list_things(play.tx, EVERYTHING, queries.Wanted("elevator"), limit=1000)


def test_the_regulators_words_become_ours_and_an_address_a_spot_on_its_road(lifts: Play) -> None:
    got = take(lifts, SAMPLE)
    assert (got.done.rows, got.done.added, got.done.bad) == (4, 2, 2)
    one, two = stand(lifts)
    assert (one.state, one.attributes["type"], one.attributes["use"]) == ("in_use", "曳引驱动乘客电梯", "住宅")
    assert (two.state, two.attributes["type"], two.attributes.get("stops")) == ("stopped", "曳引驱动载货电梯", None)
    assert one.attributes["in_use_since"] == "2003-05-01" and one.attributes["load_kg"] == 800
    assert one.attributes["speed_m_s"] == 1.75, "its unit stands in the cell"
    assert one.placed and (one.lon, one.lat) == (two.lon, two.lat)
    assert find_road_name(lifts.tx, one.lon, one.lat) == "文庙路"
    parties = {p.role.value: p.unit_code for p in queries.find_parties(lifts.tx, one.id)}
    assert parties == {"maintainer": f"{STREET}-wuye"}, "a unit is known by its name"
    assert {p.unit_code for p in queries.find_parties(lifts.tx, two.id)} == {f"{STREET}-wuye"}, "or its short name"
    assert got.unknown == {"某某业主委员会": 2}, "and who is not known is told"


def test_what_cannot_be_taken_is_told_with_the_line_of_their_own_table(lifts: Play) -> None:
    bad = {b.line: b for b in take(lifts, SAMPLE).done.bad_rows}
    assert set(bad) == {5, 6}, "an empty line counts as one"
    assert bad[5].what.startswith("梯11沪A90003(10)"), "and which lift it is"
    assert bad[5].column == "地址" and "道路" in bad[5].zh and "road" in bad[5].en
    assert "编码" in bad[6].zh


def test_the_same_table_again_changes_nothing_and_a_trial_writes_nothing(lifts: Play) -> None:
    assert take(lifts, SAMPLE, mode=ImportMode.dry_run).done.added == 2 and stand(lifts) == []
    take(lifts, SAMPLE)
    again = take(lifts, SAMPLE)
    assert (again.done.added, again.done.changed, again.done.unchanged) == (0, 0, 2)


def test_whole_or_not_at_all_and_no_registry_of_that_name(lifts: Play) -> None:
    with lifts.refused("thing.bad_rows"):
        take(lifts, SAMPLE, mode=ImportMode.all_or_nothing)
    with lifts.refused("registry.none"):
        take(lifts, SAMPLE, registry="nowhere")
    with pytest.raises(Invalid):
        take(lifts, "")


@pytest.mark.parametrize(("registry", "missing"), [("new_york", ["address", "code", "type"]), ("shanghai", ["type"])])
def test_another_table_is_told_from_this_one_by_its_columns(lifts: Play, registry: str, missing: list[str]) -> None:
    with lifts.refused("registry.columns") as said:
        take(lifts, SAMPLE.replace("品种", "款式"), registry)
    assert said.value.detail["missing"] == missing and "列" in said.value.zh


def test_whoever_keeps_none_of_the_ground_enters_no_table(lifts: Play) -> None:
    cmd = ImportRegistry("shanghai", "台账.csv", SAMPLE.encode(), STREET, ImportMode.partial)
    with lifts.refused("network.no_unit"):
        actions.import_registry(lifts.tx, lifts.who("next.door"), cmd)


def some(name: str, most: int) -> str:
    with gzip.open(SHARED / name, "rt", encoding="utf-8", newline="") as file:
        rows: Sequence[Sequence[str]] = [row for _, row in zip(range(most + 1), csv.reader(file), strict=False)]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real registries lie beside the project")
@pytest.mark.parametrize(
    ("registry", "file"), [("new_york", "nyc_elevators_clean.csv.gz"), ("maryland", "maryland_elevators.csv.gz")]
)
def test_a_real_registry_goes_in_and_what_does_not_is_no_lift(lifts: Play, registry: str, file: str) -> None:
    got = take(lifts, some(file, 507), registry)
    assert got.done.added + got.done.bad == 507 and got.done.added > 400, got.done.bad_rows[:5]
    assert {b.column for b in got.done.bad_rows} <= {"品种", "层数"}, "stair lifts, and a lift of 1,000 floors"
    rows = stand(lifts)
    assert all(r.placed for r in rows) and len({(r.lon, r.lat) for r in rows}) > 20
    assert queries.get_thing(lifts.tx, EVERYTHING, rows[0].id).generated, "no such lift stands there"


def test_every_registry_fills_columns_that_lifts_have_and_says_whence_it_comes() -> None:
    for name, registry in rules_registry.registries().items():
        assert set(registry.columns) <= set(columns_of(ELEVATOR)), name
        assert registry.source and registry.place.by in ("road", "spread"), name
        assert {"code", "name", "address", "type", "use"} <= set(registry.columns), name

"""The demonstration's signs and lifts: as many as the articles count, on the street's ground; and what happens to them by itself."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from world import Play
from yiwang.demo_stage import Stage
from yiwang.demo_things import _town, enter_scenes
from yiwang.kit.scope import EVERYTHING
from yiwang.register import queries
from yiwang.register.model import ThingRow
from yiwang.register.queries_step import list_steps
from yiwang.scenes.actions import set_owed
from yiwang.scenes.elevators.queries import count_figures as count_lifts
from yiwang.scenes.elevators.scene import SCENE as LIFTS
from yiwang.scenes.model import Scene, Town
from yiwang.scenes.signs.queries import count_figures as count_signs
from yiwang.scenes.signs.scene import SCENE as SIGNS


@pytest.fixture
def town(play: Play) -> Callable[[], Town]:
    return lambda: _town(Stage(play.tx, play.photos, "Asia/Shanghai"))


def enter(play: Play, scene: Scene) -> None:
    set_owed(play.tx, scene)
    enter_scenes(Stage(play.tx, play.photos, "Asia/Shanghai"), [scene])


def count(play: Play, kind: str) -> int:
    row = play.tx.conn.execute(
        "select count(*) from register.thing where kind = %s and generated and not ended", [kind]
    ).fetchone()
    assert row
    return int(row[0])


def test_as_many_shops_and_signs_as_the_article_counts_each_with_its_shop(play: Play, town: Callable[[], Town]) -> None:
    enter(play, SIGNS)
    assert (count(play, "shop"), count(play, "sign")) == (1_221, 1_569)
    [links] = play.tx.conn.execute(
        "select count(distinct thing_id) from register.link where role = 'of'"
    ).fetchone() or (0,)
    assert links == 1_569
    told = {f.name: f for f in count_signs(play.tx, EVERYTHING)}
    assert 0 < told["without"].value < (told["without"].of or 0)
    enter(play, SIGNS)
    assert (count(play, "shop"), count(play, "sign")) == (1_221, 1_569)


def test_signs_about_to_fall_are_found_put_right_and_looked_at_again(play: Play, town: Callable[[], Town]) -> None:
    enter(play, SIGNS)
    random, said = Random(3), set[str]()
    for _ in range(60):
        play.wait(minutes=5)
        assert SIGNS.live is not None
        said.add(SIGNS.live(town(), random).split()[0])
    assert said == {"hazard_check", "rectify", "recheck", "check_in"}
    while not (before := unsafe(play)):
        assert SIGNS.live is not None and SIGNS.live(town(), random)
    graded = grades(play)
    enter(play, SIGNS)
    assert unsafe(play) == before, "a start leaves what is going on as it is"
    assert grades(play) == graded, "and what was found"


def signs(play: Play) -> list[ThingRow]:
    return queries.list_things(play.tx, EVERYTHING, queries.Wanted("sign"), limit=2000)


def unsafe(play: Play) -> dict[str, str]:
    return {sign.code: sign.state for sign in signs(play) if sign.state != "up"}


def grades(play: Play) -> dict[str, str | None]:
    return {sign.code: sign.attributes.get("grade") for sign in signs(play)}


def test_people_are_trapped_and_helped_in_time(play: Play, town: Callable[[], Town]) -> None:
    enter(play, LIFTS)
    assert count(play, "elevator") == 507
    random, said = Random(5), list[str]()
    while said.count("put_back") < 2 and len(said) < 400:
        play.wait(minutes=4)
        assert LIFTS.live is not None
        said.append(LIFTS.live(town(), random).split(" ")[0])
    helped = [s for s in said if s in ("called", "arrived", "freed", "put_back")]
    assert helped == ["put_back", "called", "arrived", "freed", "put_back"], "those of this morning, then others"
    told = {f.name: f.value for f in count_lifts(play.tx, EVERYTHING)}
    assert (told["traps"], told["called_late"], told["arrived_late"], told["trapped"]) == (2, 0, 0, 0)
    lift = play.tx.conn.execute("select thing_id from register.step where step = 'freed' order by at desc").fetchone()
    assert lift
    assert [s.step for s in list_steps(play.tx, EVERYTHING, lift[0])] == [
        "put_back",
        "freed",
        "arrived",
        "called",
        "trapped",
    ]

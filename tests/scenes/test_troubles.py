"""What is wrong in all scenes now: each once, in words, the gravest first; only what is in sight."""

from __future__ import annotations

import pytest

from stages import lapsed, waited
from world import Play
from yiwang import wiring
from yiwang.kit.errors import NotFound
from yiwang.network.rules import scope_of
from yiwang.register import rules
from yiwang.scenes import queries
from yiwang.scenes.model import SceneTrouble


@pytest.fixture(autouse=True)
def _scenes() -> None:
    queries.know(wiring.SCENES)


def troubles(play: Play, by: str = "zhang.min", limit: int = 50) -> list[SceneTrouble]:
    rules.know(kind for scene in wiring.SCENES for kind in scene.kinds)  # the stages know but theirs
    return queries.list_troubles(play.tx, scope_of(play.who(by)), limit=limit)


def test_a_lapse_stands_there_as_the_case_that_it_became_and_by_itself_when_that_is_over(play: Play):
    case = lapsed(play)
    [one] = troubles(play)
    assert (one.scene, one.what, one.case_id, one.step) == ("elevators", "case", case.id, case.step)
    assert one.zh and one.en and one.thing == "1 号梯" and one.lon is not None
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute("update cases.case set step = 'void' where id = %s", [case.id])
        [left] = troubles(play)
        assert (left.what, left.case_id, left.late, left.zh) == ("owed", None, True, one.zh)
    assert troubles(play, "next.door") == []


def test_a_late_step_is_called_by_its_name_and_grave_danger_stands_first(play: Play):
    waited(play)
    case = lapsed(play)
    play.wait(days=60)
    found = troubles(play)
    assert {one.what for one in found} == {"case", "step"} and found[0].what == "case"
    step = next(one for one in found if one.what == "step")
    assert (step.scene, step.late, step.en) == ("works", True, "accept and evaluate")
    assert troubles(play, limit=1) == found[:1]
    with play.tx.conn.transaction(force_rollback=True):
        play.tx.conn.execute("update cases.case set emergency = true where id = %s", [case.id])
        assert troubles(play)[0].grave


def test_there_is_no_scene_of_another_name(play: Play):
    with pytest.raises(NotFound):
        queries.get_figures(play.tx, scope_of(play.who("zhang.min")), "nothing")

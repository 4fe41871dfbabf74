"""The demonstration's residents: many, entered once, and nobody of them real."""

from __future__ import annotations

from invariants import broken
from world import Play
from yiwang.demo_stage import Stage
from yiwang.demo_things import enter_scenes
from yiwang.network.rules import scope_of
from yiwang.scenes.homes import store
from yiwang.scenes.homes.scene import SCENE


def test_many_live_there_once_and_nobody_is_real(play: Play):
    for _ in range(2):
        enter_scenes(Stage(play.tx, play.photos, "Asia/Shanghai"), [SCENE])
    assert SCENE.figures
    numbers = {f.name: f.value for f in SCENE.figures(play.tx, scope_of(play.who("zhang.min")))}
    assert 2_500 < numbers["homes"] < 4_500 and 6_000 < numbers["living"] < 9_000
    assert 0 < numbers["alone_aged"] < numbers["aged"] < numbers["elder"] < numbers["living"] / 2
    rows = play.tx.conn.execute("select id from homes.resident order by id limit 400").fetchall()
    for (id,) in rows:
        resident = store.lock_resident(play.tx, id)
        person = store.open_resident(resident)
        assert resident.generated and person.id_number.startswith("99") and person.phone[:3] in ("", "154")
    assert play.tx.conn.execute("select count(*) from register.thing where not generated").fetchone() == (0,)
    play.settle()
    assert broken(play.tx.conn) == {}
    assert SCENE.figures(play.tx, scope_of(play.who("peng.liang")))[0].value == 0, "a firm sees nobody"

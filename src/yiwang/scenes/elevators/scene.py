"""The scene of lifts (电梯监管)."""

from __future__ import annotations

from pathlib import Path

<<<<<<< HEAD
from yiwang.scenes.elevators import demo
=======
from yiwang.scenes import Scene
from yiwang.scenes.elevators.api import routes
>>>>>>> a7c6a02d (elevators: old lifts in the order in which they should be looked at, with their reasons; a registry's table becomes the register's, each lift on the road of its address)
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.model import Scene

SCENE = Scene(
<<<<<<< HEAD
    "elevators", "电梯监管", "lifts", kinds=(ELEVATOR,), owed=Path(__file__).with_name("owed.csv"), enter=demo.enter, live=demo.live
)  # fmt: skip
=======
    "elevators", "电梯监管", "lifts", kinds=(ELEVATOR,), owed=Path(__file__).with_name("owed.csv"), routers=(routes,)
)
>>>>>>> a7c6a02d (elevators: old lifts in the order in which they should be looked at, with their reasons; a registry's table becomes the register's, each lift on the road of its address)

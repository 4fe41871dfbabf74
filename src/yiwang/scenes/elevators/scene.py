"""The scene of lifts (电梯监管)."""

from __future__ import annotations

from pathlib import Path

from yiwang.scenes.elevators import demo
from yiwang.scenes.elevators.api import routes
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.elevators.queries import count_figures
from yiwang.scenes.model import Scene

SCENE = Scene(
    "elevators", "电梯监管", "lifts", kinds=(ELEVATOR,), owed=Path(__file__).with_name("owed.csv"), routers=(routes,),
    figures=count_figures, enter=demo.enter, live=demo.live,
)  # fmt: skip

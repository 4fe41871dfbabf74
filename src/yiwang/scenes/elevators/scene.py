"""The scene of lifts (电梯监管)."""

from __future__ import annotations

from pathlib import Path

from yiwang.scenes import Scene
from yiwang.scenes.elevators.model import ELEVATOR

SCENE = Scene("elevators", "电梯监管", "lifts", kinds=(ELEVATOR,), owed=Path(__file__).with_name("owed.csv"))

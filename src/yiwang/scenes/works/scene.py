"""The scene of small works (小型工程监管)."""

from __future__ import annotations

from pathlib import Path

from yiwang.scenes.model import Scene
from yiwang.scenes.works import demo, queries
from yiwang.scenes.works.model import WORKS

SCENE = Scene(
    "works", "小型工程", "small works", kinds=(WORKS,), owed=Path(__file__).with_name("owed.csv"), figures=queries.count_works,
    enter=demo.enter, live=demo.live,
)  # fmt: skip

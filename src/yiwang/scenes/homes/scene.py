"""The scene of homes (以房管人)."""

from __future__ import annotations

from yiwang.scenes.homes import api, demo, jobs, queries_figures
from yiwang.scenes.homes.model import BUILDING, HOME
from yiwang.scenes.model import Scene

SCENE = Scene("homes", "以房管人", "homes", kinds=(BUILDING, HOME), routers=(api.routes,), periodic=jobs.PERIODIC,
    figures=queries_figures.list_own, enter=demo.enter, live=demo.live,
)  # fmt: skip

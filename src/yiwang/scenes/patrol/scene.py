"""The scene of risk patrols (风险管控)."""

from __future__ import annotations

from pathlib import Path

from yiwang.scenes.model import Scene
from yiwang.scenes.patrol import api, demo, jobs, queries
from yiwang.scenes.patrol.model import POINT, PREMISES

SCENE = Scene(
    "patrol", "风险管控", "risk patrol", kinds=(PREMISES, POINT), owed=Path(__file__).with_name("owed.csv"), routers=(api.routes,),
    periodic=jobs.PERIODIC, figures=queries.count_walks, troubles=queries.list_missed, enter=demo.enter, live=demo.live,
)  # fmt: skip

"""The scene of shop signs (店招店牌)."""

from __future__ import annotations

from pathlib import Path

from yiwang.scenes.model import Scene
from yiwang.scenes.signs import demo
from yiwang.scenes.signs.api import routes
from yiwang.scenes.signs.model import SHOP, SIGN
from yiwang.scenes.signs.queries import count_figures

SCENE = Scene(
    "signs", "店招店牌", "shop signs", kinds=(SIGN, SHOP), owed=Path(__file__).with_name("owed.csv"), routers=(routes,),
    figures=count_figures, enter=demo.enter, live=demo.live,
)  # fmt: skip

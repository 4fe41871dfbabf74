"""The scene's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from yiwang.kit.db import Tx
from yiwang.kit.scope import Scope
from yiwang.scenes.homes import queries
from yiwang.scenes.homes.model import Counts
from yiwang.scenes.model import SceneFigure


def list_own(tx: Tx, scope: Scope) -> Sequence[SceneFigure]:
    """How many homes, people, old people, and old people alone: on this ground."""
    of = queries.list_counts(tx, scope, by_grid=False)
    sums = Counts(*(sum(getattr(row, f.name) for row in of) for f in fields(Counts)))
    return (
        SceneFigure("homes", "房屋", "Homes", sums.homes),
        SceneFigure("let", "出租", "Let", sums.let),
        SceneFigure("living", "在住人口", "Residents", sums.living),
        SceneFigure("elder", "60 岁以上", "60 and over", sums.elder),
        SceneFigure("aged", "80 岁以上", "80 and over", sums.aged),
        SceneFigure(
            "alone_aged",
            "80 岁以上独居",
            "Over 80, alone",
            sums.alone_aged,
            tone="soon" if sums.alone_aged else "plain",
        ),
        SceneFigure("care", "重点关爱", "Looked after", sums.care, tone="soon" if sums.care else "plain"),
    )

"""HTTP of assessment: what is counted, the figures, the facts behind each, files of both."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from yiwang.assess import queries, queries_facts, rules_sheet
from yiwang.assess.model import Composite, Figures, Indicator, Level
from yiwang.assess.queries import Asked
from yiwang.assess.queries_facts import Drill, FactRow
from yiwang.kit import db
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import FILE, body_is, read, router, stream_sheet
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of

routes = router("/api/assess", "考核 assessment")
MOST_ROWS = 100_000
Since = Annotated[date, Query(description="统计期首日 the first day", examples=["2026-11-01"])]
Until = Annotated[date, Query(description="统计期末日的次日 the day after the last", examples=["2026-12-01"])]
Under = Annotated[UUID | None, Query(description="只看这个区域 only on this unit's ground")]


def _asked(
    since: Since,
    until: Until,
    level: Annotated[Level, Query(description="按哪一级 over what")] = Level.district,
    under: Under = None,
    indicator: Annotated[list[str] | None, Query(max_length=60, description="指标，空为全部 none: all")] = None,
) -> Asked:
    return Asked(since, until, level, under, tuple(indicator) if indicator else None)


def _drill(
    indicator: Annotated[str, Query(max_length=60)],
    since: Since,
    until: Until,
    level: Level = Level.district,
    key: Annotated[str | None, Query(max_length=400, description="figures 中的 key：one figure's key")] = None,
    part: Annotated[
        Literal["numerator", "denominator", "missed"], Query(description="分子、分母、分母中未达到的")
    ] = "denominator",
    under: Under = None,
) -> Drill:
    return Drill(indicator, since, until, level, key, part, under)


Wanted = Annotated[Asked, Depends(_asked)]
Behind = Annotated[Drill, Depends(_drill)]


@routes.get("/indicators", summary="指标与算法 The indicators, how each is counted", responses=body_is(list[Indicator]))
def list_indicators(actor: Signed) -> Response:
    return read(queries.list_indicators, scope_of(actor))


@routes.get(
    "/figures", summary="指标值，与上期比较 Figures, and those of the period before", responses=body_is(Figures)
)
def get_figures(actor: Signed, wanted: Wanted) -> Response:
    return read(queries.get_figures, actor, wanted)


@routes.get("/composites", summary="综合指标值与等级 Composites and grades", responses=body_is(list[Composite]))
def get_composites(actor: Signed, wanted: Wanted, object: Annotated[str, Query(max_length=40)]) -> Response:
    return read(queries.get_composites, actor, wanted, object)


@routes.get("/facts", summary="指标背后的逐条事实 The facts behind a figure", responses=body_is(page_of(FactRow)))
def list_facts(
    actor: Signed,
    drill: Behind,
    after: Annotated[str | None, Query(max_length=200, description="上一页的 next：the last page's `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    key, scope = decode_key(after, datetime, UUID, int), queries.scope_for(actor, drill.level)
    return page(queries_facts.list_facts, scope, drill, after=key, limit=limit, key=("at", "case_id", "no"))


@routes.get("/figures.{kind}", summary="导出指标值 Figures as a file", response_class=Response, responses=FILE)
def export_figures(actor: Signed, wanted: Wanted, kind: Literal["csv", "xlsx"]) -> Response:
    with db.current().transaction() as tx:
        figures = queries.get_figures(tx, actor, wanted)
        names = {i.id: i.zh for i in queries.list_indicators(tx, scope_of(actor))}
    return stream_sheet([rules_sheet.of_figures(figures, names)], "assess-figures", kind)


@routes.get("/facts.{kind}", summary="导出逐条事实 The facts as a file", response_class=Response, responses=FILE)
def export_facts(actor: Signed, drill: Behind, kind: Literal["csv", "xlsx"]) -> Response:
    with db.current().transaction() as tx:
        rows = queries_facts.list_facts(tx, queries.scope_for(actor, drill.level), drill, limit=MOST_ROWS + 1)
    return stream_sheet([rules_sheet.of_facts(rows, MOST_ROWS)], f"assess-{drill.indicator}", kind)

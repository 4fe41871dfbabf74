"""`yiwang assess …`: follow the ledger, work the figures out again from it alone, hold the facts to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from yiwang.cli_common import Json, err, out, print_json, running_system
from yiwang.kit.errors import Invalid

assess_app = typer.Typer(help="考核 The figures: from the ledger alone.", no_args_is_help=True)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise Invalid("invalid.time", "时间须带时区，如 2026-11-22T09:00:00+08:00", "The time needs its zone")
    return when.astimezone(UTC)


@assess_app.command("recompute")
def assess_recompute(
    since: Annotated[str, typer.Argument(help="统计期首日 the first day, 2026-11-01")],
    until: Annotated[str, typer.Argument(help="统计期末日的次日 the day after the last, 2026-12-01")],
    level: Annotated[str, typer.Option(help="city district street neighbourhood unit person")] = "district",
    at: Annotated[
        int | None, typer.Option("--at", help="只读前多少条已落定的记录 the first so many settled entries")
    ] = None,
    time: Annotated[str | None, typer.Option("--time", help="统计时刻 as of this instant; none: now")] = None,
    as_json: Json = False,
) -> None:
    """只凭台账重算指标，不用投影。 Work every figure out from the ledger alone, plainly, without the projection."""
    from yiwang.assess.model import Level
    from yiwang.assess.queries_recompute import read_figures

    if level not in set(Level):
        raise Invalid("assess.level_unknown", f"没有“{level}”这一级", "There is no such level", level=level)
    first, end = (_day(text) for text in (since, until))
    with running_system() as running, running.database.transaction() as tx:
        tx.now = _time(time) or tx.now
        told = read_figures(tx, first, end, Level(level), at)
    if as_json:
        print_json(told)
        return
    out.print(
        f"台账前 {told.as_of.size} 条，{told.as_of.time.isoformat()}；遗留案件 {told.left_out} 件不计", highlight=False
    )
    table = Table("指标 indicator", "对象 over", "分子", "分母", "值")
    for f in told.figures:
        table.add_row(f.indicator, f.name, str(f.numerator), _text(f.denominator), _text(f.value))
    out.print(table)


def _day(text: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("invalid.day", f"“{text}”不是日期，应如 2026-11-01", "A day is written like 2026-11-01") from None


def _text(value: object) -> str:
    return "—" if value is None else str(value)


@assess_app.command("rebuild")
def assess_rebuild() -> None:
    """丢弃投影，从台账重建。 Forget the projection and fold it from the ledger again."""
    from yiwang.assess.actions import rebuild

    with running_system() as running:
        entries = rebuild(running.database)
    out.print(f"已重建：读了 {entries} 条记录 rebuilt from {entries} entries", highlight=False)


@assess_app.command("check")
def assess_check(as_json: Json = False) -> None:
    """逐案核对：投影与台账是否一致。 Hold the facts of every case to what the ledger says."""
    from yiwang.assess.actions import catch_up, check

    with running_system() as running:
        catch_up(running.database)
        cases, found = check(running.database)
    if as_json:
        print_json({"ok": not found, "cases": cases, "different": [d.case_id for d in found]})
    else:
        for d in found:
            err.print(
                f"[red]✗[/red] {d.case_id}：投影与台账不一致 the facts are not what the ledger says", highlight=False
            )
        out.print(f"核对 {cases} 件，不一致 {len(found)} 件 cases, different", highlight=False)
    if found:
        raise typer.Exit(1)

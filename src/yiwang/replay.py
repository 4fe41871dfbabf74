"""`yiwang replay`: a real city's past cases through the very machine, compared with that city's own figures."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, process_time

import msgspec
import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from yiwang import flows
from yiwang.cases.queries import is_only_of
from yiwang.kit.db import Database
from yiwang.kit.errors import Refused, Unavailable
from yiwang.ledger.actions_settle import seal, settle_to_the_end
from yiwang.replay_figures import Comparison, Line, compare, count
from yiwang.replay_file import Skipped, read_file
from yiwang.replay_pack import ReplayPack, prepare, read_pack
from yiwang.replay_run import Run, read_cases
from yiwang.wiring import System

OPTIONS = "-c synchronous_commit=off -c plan_cache_mode=force_generic_plan"
"""A run that loses its last moments in a power cut just goes on from there; plans are made once, not per statement."""
GOAL = 0.999
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay came to: the one object of `--json`. Without `finished` the figures are those of now."""

    pack: str
    file: str
    finished: bool
    rows: int
    skipped: list[Skipped]
    compared: int
    agreed: int
    status_only: int
    status_agreed: int
    differences: list[dict[str, object]]
    total: Line
    departments: list[Line]
    matters: list[Line]
    clock: datetime
    timers_fired: int
    entries_settled: int
    seconds: float
    cpu_seconds: float
    longest_transaction: float


def replay(
    running: System, file: Path, pack: str, *, limit: int | None = None, resume: bool = False, as_json: bool = False
) -> Outcome:
    """Replay `file` by `pack`, print the figures (or, `as_json`, one object), and return them.

    Ctrl-C stops between two acts (and ends in KeyboardInterrupt); `resume` goes on there, or after a kill. A row that cannot be used is named and left
    out. Raises Refused `replay.begun` when there are cases of this file already and `resume` is not said, `replay.not_alone`
    when there are others', Invalid for a
    pack or a header that does not fit, Unavailable when the database goes away (nothing half done stays).
    """
    begun, cpu = monotonic(), process_time()
    known = read_pack(pack)
    read = read_file(file, known, limit)
    out, err = Console(), Console(stderr=True, quiet=as_json and not sys.stderr.isatty())
    database = Database(running.database.url, size=3, options=OPTIONS).open()
    try:
        with database.transaction() as tx:
            if not is_only_of(tx, known.scheme):
                raise Refused(
                    "replay.not_alone",
                    "库里有别的案件（例如演示街道）：重放用模拟时钟，请用 YIWANG_DATA 另设数据目录",
                    "There are other cases here (the demo street's?): a replay has a clock of its own; name another data"
                    " folder by YIWANG_DATA",
                )
        there = read_cases(database, [r.case_id for r in read.rows])
        if there and not resume:
            raise Refused(
                "replay.begun", f"库里已有该文件的 {len(there)} 个案件：接着放请加 --resume，或换一个数据目录",
                f"{len(there)} cases of this file are there already: add --resume, or use another data folder",
            )  # fmt: skip
        start = min((r.opened for r in read.rows), default=datetime.fromisoformat("2000-01-01T00:00Z"))
        cast = prepare(running, known, start - timedelta(days=1))
        run = Run(database, known, cast, read.rows, flows.TIMERS)
        run.skip_done(there)
        with _stopping() as stop, _bar(err, len(run.acts)) as progress:
            finished = run.go(stop, progress)
        settled = run.settled + settle_to_the_end(database)
        with database.transaction() as tx:
            seal(tx, running.key)
        cases = read_cases(database, [r.case_id for r in read.rows])
    except psycopg.OperationalError as away:
        raise Unavailable(
            "database.away", "数据库连不上了；已完成的都在，稍后用 --resume 接着放",
            "The database went away; what was done is kept, go on later with --resume",
        ) from away  # fmt: skip
    finally:
        database.close()
    total, departments, matters = count(cases, read.rows, known)
    compared = compare(cases, read.rows, known, run.end)
    skipped = sorted((*read.skipped, *run.refused), key=lambda s: s.line)
    outcome = Outcome(
        known.name, file.name, finished, read.total, skipped, compared.compared, compared.agreed, compared.status_only,
        compared.status_agreed, [asdict(d) for d in compared.differences], total, departments, matters, run.now,
        run.fired, settled, round(monotonic() - begun, 2), round(process_time() - cpu, 2), round(run.longest, 3),
    )  # fmt: skip
    if as_json:
        sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
        sys.stdout.flush()
    elif finished:
        _print(out, outcome, compared, known)
    if not finished:
        err.print(
            f"停在 {run.now:%Y-%m-%d %H:%M} UTC；用 --resume 接着放 stopped here; go on with --resume", highlight=False
        )
        raise KeyboardInterrupt
    return outcome


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask to stop at the next act; a second Ctrl-C stops at once (the open transaction is undone)."""
    asked = threading.Event()

    def ask(number: int, _frame: object) -> None:
        if asked.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar(console: Console, acts: int) -> Iterator[Callable[[int, datetime], None]]:
    columns = (TextColumn("重放 replay {task.fields[at]}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=console.quiet) as bar:
        task = bar.add_task("", total=acts, at="")
        yield lambda done, at: bar.update(task, completed=done, at=f"{at:%Y-%m-%d %H:%M}")


def _print(out: Console, outcome: Outcome, compared: Comparison, pack: ReplayPack) -> None:
    out.print(_table("按部门 by department", outcome.departments, outcome.total))
    out.print(_table("按事项 by matter", outcome.matters, outcome.total))
    if outcome.skipped:
        out.print(f"[yellow]跳过 skipped {len(outcome.skipped)}[/yellow]")
    for row in outcome.skipped[:SHOWN]:
        out.print(
            f"  第 {row.line} 行 line {row.line} {row.key}: {row.zh} {row.en}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    share = outcome.agreed / outcome.compared if outcome.compared else 1.0
    mark = "[green]✓[/green]" if share >= GOAL else "[red]✗[/red]"
    columns = "、".join(pack.columns[c] for c in ("on_time", "status") if c in pack.columns)
    out.print(
        f"{mark} 与源文件的 {columns} 核对 compared with the file's own: {outcome.agreed} / {outcome.compared}"
        f" = {share:.3%}；仅有状态 status only: {outcome.status_agreed} / {outcome.status_only}", highlight=False, soft_wrap=True,
    )  # fmt: skip
    for d in compared.differences[:SHOWN]:
        text = f"  第 {d.line} 行 line {d.line} {d.id} {d.column}: {d.city} ≠ {d.yiwang}；{d.zh} {d.en}"
        out.print(text, highlight=False, markup=False, soft_wrap=True)
    if len(compared.differences) > SHOWN:
        out.print(f"  … 共 {len(compared.differences)} 处，全部见 --json  all of them: --json")
    out.print(
        f"[dim]{outcome.rows} 行 rows · 模拟时钟走到 clock at {outcome.clock.astimezone(pack.zone):%Y-%m-%d} · 定时器 timers"
        f" {outcome.timers_fired} · {outcome.seconds:.0f} s（CPU {outcome.cpu_seconds:.0f} s）· 最长事务 longest"
        f" transaction {outcome.longest_transaction:.2f} s[/dim]", highlight=False, soft_wrap=True,
    )  # fmt: skip


def _table(title: str, lines: Sequence[Line], total: Line) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("", overflow="fold")
    for name in ("案件\ncases", "未结\nopen", "按期\non time", "超期\noverdue", "中位用时\nmedian"):
        table.add_column(name, justify="right")
    for line in (*lines, total):
        if line is total:
            table.add_section()
        cells = (line.cases, line.open, line.on_time, line.overdue)
        table.add_row(line.name, *map(str, cells), _hours(line.median_hours))
    return table


def _hours(hours: float | None) -> str:
    if hours is None:
        return "—"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"

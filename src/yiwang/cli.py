"""`yiwang`: everything that can be done from a terminal. Errors are words, never tracebacks; `--json` is for machines."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.table import Table

from yiwang import settings as settings_module
from yiwang.cli_assess import assess_app
from yiwang.cli_backup import backup, restore
from yiwang.cli_common import Json, err, out, print_json, running_system
from yiwang.cli_keys import keys_app
from yiwang.cli_ledger import case_app, ledger_app
from yiwang.cli_people import people_app
from yiwang.cli_scene import scene_app
from yiwang.kit import logs
from yiwang.kit.door import Guarded
from yiwang.kit.errors import Invalid, Problem
from yiwang.network.model import system
from yiwang.settings import Settings

app = typer.Typer(
    help="一网：凡有发现，皆有着落。 Yiwang: everything found is carried to a proven close.\n\n"
    "从这里开始 Start here: `yiwang up`（演示街道 the demo street, http://127.0.0.1:8000）",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
pack_app = typer.Typer(help="城市数据包 Packs: a city as data.", no_args_is_help=True)
app.command()(backup)
app.command()(restore)
app.add_typer(pack_app, name="pack")
app.add_typer(case_app, name="case")
app.add_typer(ledger_app, name="ledger")
app.add_typer(keys_app, name="keys")
app.add_typer(assess_app, name="assess")
app.add_typer(people_app, name="people")
app.add_typer(scene_app, name="scene")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main() -> None:
    """The entry point: words for whoever sits at the terminal, and an exit code for scripts."""
    try:
        app()
    except Problem as problem:
        err.print(f"[red]✗[/red] {problem.zh}\n  {problem.en}  [dim]({problem.code})[/dim]", highlight=False)
        if problem.detail:
            err.print(f"  [dim]{problem.detail}[/dim]", highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("已停止 stopped")
        sys.exit(130)
    except (psycopg.Error, OSError) as fault:
        err.print(f"[red]✗[/red] 数据库或文件出了问题：{fault}", highlight=False)
        sys.exit(1)
    except Exception as fault:
        if os.environ.get("YIWANG_DEBUG"):
            raise
        err.print(
            f"[red]✗[/red] 程序出错：{type(fault).__name__}: {fault}\n"
            "  A fault of ours; set YIWANG_DEBUG=1 to see where.",
            highlight=False,
        )
        sys.exit(70)


# ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@app.command()
def up() -> None:
    """在演示街道上启动：数据自动装好，演示日自动进行。 Run the demo street: loads its packs, plays its day."""
    settings = dataclasses.replace(settings_module.load(), demo="1")
    _serve(settings)


@app.command()
def serve(
    jobs: Annotated[
        bool, typer.Option("--jobs/--no-jobs", help="定时工作也在此进程；否则另运行 yiwang work periodic work here too")
    ] = True,
) -> None:
    """正式运行。 Run for real: no demo sign-ins; load your packs first."""
    _serve(settings_module.load(), jobs=jobs)


@app.command()
def work() -> None:
    """只做定时工作，不提供网页；可同时运行多个。 Periodic work alone, without HTTP; as many at once as you like."""
    import threading

    from yiwang.kit.jobs import Runner
    from yiwang.wiring import jobs

    _log()
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    with running_system() as running:
        runner = Runner(running.database, jobs(running))
        runner.start()
        err.print("[bold]一网 Yiwang[/bold] 定时工作已开始 periodic work has begun", highlight=False)
        stop.wait()
        runner.stop()


def _log() -> None:
    logs.start_logging()


def _serve(settings: Settings, *, jobs: bool = True) -> None:
    import uvicorn

    from yiwang import demo
    from yiwang.app import create_app
    from yiwang.kit.live import close_streams_on_exit

    if settings.is_demo and settings.host not in LOOPBACK:
        raise Invalid(
            "settings.demo_open", "演示模式有一键登录，只能监听本机地址",
            "Demo mode has one-click sign-ins and listens on loopback only", host=settings.host,
        )  # fmt: skip
    if not settings.port.isdecimal() or not 0 < int(settings.port) < 65536:
        raise Invalid(
            "settings.port", "端口应为 1 至 65535", "The port is a number from 1 to 65535", port=settings.port
        )
    _log()
    # uvicorn stops in order and then hands the signal on, which by itself would end us before the database is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with running_system(settings) as running:
        player = demo.prepare(running) if settings.is_demo else None
        web = create_app(running, with_jobs=jobs)
        err.print(f"[bold]一网 Yiwang[/bold] → http://{settings.host}:{settings.port}", highlight=False)
        server = uvicorn.Server(
            uvicorn.Config(
                web,
                host=settings.host,
                port=int(settings.port),
                timeout_graceful_shutdown=3,
                log_level="warning",
                access_log=False,
                log_config=None,
                http=Guarded,
                proxy_headers=False,  # the application itself knows whom to trust
                server_header=False,
            )
        )
        close_streams_on_exit(server, lambda: getattr(web.state, "hub", None))
        close_streams_on_exit(server, lambda: getattr(web.state, "room_hub", None))
        if player:  # slowly until somebody looks on
            player.start(lambda: (hub := getattr(web.state, "hub", None)) is not None and hub.is_watched)
        try:
            server.run()
        finally:
            if player:
                player.stop()
        if not server.started:
            raise Invalid("settings.port_taken", "端口已被占用", "The port is taken", port=settings.port)


@app.command()
def migrate() -> None:
    """把数据库结构更新到当前版本。 Bring the schema up to date."""
    with running_system():
        out.print("数据库已是最新 The schema is up to date")


@app.command("settings")
def show_settings(as_json: Json = False) -> None:
    """列出全部设置（都来自环境变量）。 List every setting, all from the environment."""
    now = settings_module.load()
    rows = [
        (f.metadata["name"], _without_password(getattr(now, f.name)), f.metadata["zh"], f.metadata["en"])
        for f in dataclasses.fields(now)
    ]
    if as_json:
        print_json([dict(zip(("name", "value", "zh", "en"), row, strict=True)) for row in rows])
        return
    table = Table("变量 name", "值 value", "说明 meaning")
    for name, value, zh, en in rows:
        table.add_row(name, value, f"{zh}\n[dim]{en}[/dim]")
    out.print(table)


def _without_password(value: str) -> str:
    import re

    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", value)


# ── packs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pack_app.command("check")
def pack_check(
    name: Annotated[str, typer.Argument(help="包名或目录 a pack's name or folder")], as_json: Json = False
) -> None:
    """检查一个数据包，列出每处问题。 Check a pack and list everything wrong with it, with file and line."""
    from yiwang.flows.load_pack import check_pack, find_pack

    troubles = check_pack(find_pack(name))
    if as_json:
        print_json({"ok": not troubles, "troubles": troubles})
    else:
        for trouble in troubles:
            err.print(f"[red]✗[/red] {trouble}", highlight=False)
        out.print("没有问题 nothing wrong" if not troubles else f"{len(troubles)} 处问题 problems")
    if troubles:
        raise typer.Exit(1)


@pack_app.command("load")
def pack_load(
    name: Annotated[str, typer.Argument(help="包名或目录 a pack's name or folder")], as_json: Json = False
) -> None:
    """装入一个数据包及其依赖；重复装入无害。 Load a pack and what it needs; again is harmless."""
    from yiwang.flows.load_pack import find_pack, load_pack

    with running_system() as running:
        loaded = load_pack(running.database, find_pack(name))
    if as_json:
        print_json(loaded)
    else:
        for line in loaded.lines():
            out.print(line, highlight=False)


@app.command("import")
def import_file(
    what: Annotated[str, typer.Argument(help="components（部件）或 responsibility（权责清单）")],
    file: Annotated[Path, typer.Argument(help="CSV、XLSX 或 GeoJSON", exists=True, dir_okay=False)],
    unit: Annotated[str, typer.Option(help="所属单位代码，如 310101019 the unit's code")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入 check only")] = False,
    as_json: Json = False,
) -> None:
    """导入部件或权责清单；坏行逐行说明，其余照收。 Import; bad rows are named, the rest goes in."""
    from yiwang.city.actions_component import import_components
    from yiwang.city.model_component import ImportComponents, ImportMode
    from yiwang.dispatch.actions import import_list
    from yiwang.dispatch.model import ImportList

    data, who = file.read_bytes(), system("cli")
    with running_system() as running, running.database.transaction() as tx:
        if what == "components":
            mode = ImportMode.dry_run if dry_run else ImportMode.partial
            result: Any = import_components(tx, who, ImportComponents(file.name, data, unit, mode=mode))
        elif what == "responsibility":
            result = import_list(tx, who, ImportList(unit, file.name, data, dry_run=dry_run))
        else:
            raise Invalid(
                "import.what", "可导入 components 或 responsibility", "components or responsibility", what=what
            )
    if as_json:
        print_json(result)
        return
    bad = getattr(result, "bad", None) or getattr(result, "problems", ())
    for row in bad:
        err.print(f"[red]✗[/red] {row}", highlight=False)
    out.print(
        f"{result.rows} 行，{len(bad)} 行有误 rows read, rows bad{'（未写入 nothing written）' if dry_run else ''}"
    )


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="案件文件（CSV，可为 .gz） a city's cases", exists=True, dir_okay=False)],
    pack: Annotated[str, typer.Option(help="该城市的数据包 the city's pack")] = "boston",
    limit: Annotated[int | None, typer.Option(help="只放前 N 行 only the first N rows")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="接着上次 go on where it stopped")] = False,
    as_json: Json = False,
) -> None:
    """把一座真实城市的案件按时间重放一遍，并与其自身的按期统计核对。 Replay a real city's cases and compare."""
    from yiwang.replay import replay as run

    with running_system() as running:
        run(running, file, pack, limit=limit, resume=resume, as_json=as_json)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(args: Annotated[list[str] | None, typer.Argument(help="测哪几项 which ones")] = None) -> None:
    """测量（见 bench/）。 Measure; see bench/README.md."""
    import runpy

    folder = Path.cwd() / "bench"
    known = sorted(f.stem for f in folder.glob("*.py") if f.stem != "common")
    if not args or args[0] not in known:
        raise Invalid(
            "bench.which",
            f"在源码目录中运行；可测：{'、'.join(known)}",
            f"Run it in the source tree; there are: {', '.join(known)}",
        )
    sys.argv = [f"yiwang bench {args[0]}", *args[1:]]
    sys.path.insert(0, str(folder))  # benches share bench/common.py
    runpy.run_path(str(folder / f"{args[0]}.py"), run_name="__main__")


if __name__ == "__main__":
    main()

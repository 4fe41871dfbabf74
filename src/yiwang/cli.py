"""`yiwang`: everything that can be done from a terminal. Errors are words, never tracebacks; `--json` is for machines."""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from yiwang import settings as settings_module
from yiwang import wiring
from yiwang.kit.errors import Invalid, NotFound, Problem
from yiwang.kit.scope import Scope
from yiwang.network.model import system
from yiwang.settings import Settings
from yiwang.wiring import System

app = typer.Typer(
    help="一网：凡有发现，皆有着落。 Yiwang: everything found is carried to a proven close.\n\n"
    "从这里开始 Start here: `yiwang up`（演示街道 the demo street, http://127.0.0.1:8000）",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
pack_app = typer.Typer(help="城市数据包 Packs: a city as data.", no_args_is_help=True)
case_app = typer.Typer(help="案件 Cases.", no_args_is_help=True)
ledger_app = typer.Typer(help="台账 The ledger: verify it, prove a case from it.", no_args_is_help=True)
app.add_typer(pack_app, name="pack")
app.add_typer(case_app, name="case")
app.add_typer(ledger_app, name="ledger")
out, err = Console(), Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="给机器读的输出 output for machines")]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYTHING = Scope(everything=True, paths=(), person=system("cli").id)


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


@contextmanager
def _system(settings: Settings | None = None) -> Iterator[System]:
    with wiring.running(settings or settings_module.load()) as running:
        yield running


def _print_json(value: Any) -> None:
    sys.stdout.write(msgspec.json.encode(value, order="sorted").decode() + "\n")


# ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@app.command()
def up() -> None:
    """在演示街道上启动：数据自动装好，演示日自动进行。 Run the demo street: loads its packs, plays its day."""
    settings = dataclasses.replace(settings_module.load(), demo="1")
    _serve(settings)


@app.command()
def serve() -> None:
    """正式运行。 Run for real: no demo sign-ins; load your packs first."""
    _serve(settings_module.load())


def _serve(settings: Settings) -> None:
    import uvicorn

    from yiwang import demo
    from yiwang.app import create_app

    if settings.is_demo and settings.host not in LOOPBACK:
        raise Invalid(
            "settings.demo_open", "演示模式有一键登录，只能监听本机地址",
            "Demo mode has one-click sign-ins and listens on loopback only", host=settings.host,
        )  # fmt: skip
    if not settings.port.isdecimal() or not 0 < int(settings.port) < 65536:
        raise Invalid(
            "settings.port", "端口应为 1 至 65535", "The port is a number from 1 to 65535", port=settings.port
        )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with _system(settings) as running:
        player = demo.prepare(running) if settings.is_demo else None
        web = create_app(running)
        err.print(f"[bold]一网 Yiwang[/bold] → http://{settings.host}:{settings.port}", highlight=False)
        server = uvicorn.Server(
            uvicorn.Config(
                web,
                host=settings.host,
                port=int(settings.port),
                timeout_graceful_shutdown=3,
                log_level="warning",
                access_log=False,
            )
        )
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
    with _system():
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
        _print_json([dict(zip(("name", "value", "zh", "en"), row, strict=True)) for row in rows])
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
        _print_json({"ok": not troubles, "troubles": troubles})
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

    with _system() as running:
        loaded = load_pack(running.database, find_pack(name))
    if as_json:
        _print_json(loaded)
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
    with _system() as running, running.database.transaction() as tx:
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
        _print_json(result)
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

    with _system() as running:
        run(running, file, pack, limit=limit, resume=resume, as_json=as_json)


# ── cases and the ledger ──────────────────────────────────────────────────────────────────────────────────────────────


def _case_id(tx: Any, text: str) -> UUID:
    from yiwang.cases.queries import find_case_id

    found = find_case_id(tx, EVERYTHING, text)
    if found is None:
        raise NotFound("case.unknown", "没有这个案件", "No such case", case=text)
    return found


@case_app.command("show")
def case_show(case: Annotated[str, typer.Argument(help="案件编号或 UUID")], as_json: Json = False) -> None:
    """显示一个案件的全程。 Show a case's whole course."""
    from yiwang.cases.queries import get_course
    from yiwang.ledger.queries import list_entries
    from yiwang.ledger.rules import load_event

    with _system() as running, running.database.transaction() as tx:
        case_id = _case_id(tx, case)
        course, entries = get_course(tx, EVERYTHING, case_id), list_entries(tx, case_id)
    if as_json:
        _print_json({"course": course, "entries": entries})
        return
    it = course.case
    out.print(f"[bold]{it.number}[/bold] {it.matter_name} · {it.area_name} {it.place} · [bold]{it.step.zh()}[/bold]")
    table = Table("#", "时间 at", "经过 what", "岗位 post", "摘要 hash")
    for e in entries:
        event = load_event(e.event, e.version, e.subject_id, e.body)
        table.add_row(
            str(e.n), f"{e.at:%m-%d %H:%M:%S}", f"{event.zh()}\n[dim]{event.en()}[/dim]", e.post, e.hash.hex()[:12]
        )
    out.print(table)


@ledger_app.command("verify")
def ledger_verify(
    heads: Annotated[Path | None, typer.Option(help="另存于上级的树头 heads kept elsewhere", exists=True)] = None,
    key: Annotated[list[str] | None, typer.Option("--key", help="另知的公钥 a public key known from elsewhere")] = None,
    as_json: Json = False,
) -> None:
    """重算整本台账，指出第一处不符。 Recompute everything; name the first thing that does not fit."""
    from yiwang.ledger.actions_settle import settle_all
    from yiwang.ledger.actions_verify import verify
    from yiwang.ledger.rules_receipt import read_public_keys

    trusted = [k for text in _keys(key) for k in read_public_keys(text)]
    with _system() as running:
        settle_all(running.database)
        with running.database.transaction() as tx:
            found = verify(tx, trusted=trusted, outside=heads.read_text("utf-8") if heads else "")
    if as_json:
        _print_json(found)
    else:
        _print_verdict(
            found.fault, f"完好：{found.entries} 条记录，{found.heads} 个树头 whole: all entries and heads fit"
        )
    if not found.ok:
        raise typer.Exit(1)


def _print_verdict(fault: Any, whole: str) -> None:
    if fault is None:
        out.print(f"[green]✓[/green] {whole}", highlight=False)
    else:
        out.print(f"[red]✗[/red] {fault.zh}\n  {fault.en}", highlight=False)


@ledger_app.command("receipt")
def ledger_receipt(
    case: Annotated[str, typer.Argument(help="案件编号或 UUID")],
    to: Annotated[Path | None, typer.Option("--to", help="写到文件 write to a file")] = None,
) -> None:
    """为一个案件开具可离线验证的回执。 Write a receipt of a case that verifies offline."""
    from yiwang.ledger.actions_receipt import make_receipt
    from yiwang.ledger.actions_settle import seal, settle_all

    with _system() as running:
        settle_all(running.database)
        with running.database.transaction() as tx:
            seal(tx, running.key)
            text = make_receipt(tx, _case_id(tx, case))
    if to is None:
        sys.stdout.write(text)
    else:
        to.write_text(text, "utf-8")
        out.print(f"回执已写入 receipt written: {to}")


@ledger_app.command("check")
def ledger_check(
    file: Annotated[Path, typer.Argument(help="回执文件 a receipt", exists=True, dir_okay=False)],
    key: Annotated[list[str], typer.Option("--key", help="公钥（文本或文件） the public key, as text or file")],
    as_json: Json = False,
) -> None:
    """只凭公钥离线验证回执。 Verify a receipt offline with the public key alone."""
    from yiwang.ledger.rules_receipt import check_receipt

    checked = check_receipt(file.read_bytes(), _keys(key))
    if as_json:
        _print_json(checked)
    else:
        _print_verdict(checked.fault, "回执完好 the receipt holds")
    if not checked.ok:
        raise typer.Exit(1)


def _keys(given: list[str] | None) -> list[str]:
    """Public keys as texts, read from files where a file is named."""
    return [Path(k).read_text("utf-8") if Path(k).is_file() else k for k in given or ()]


@ledger_app.command("keys")
def ledger_keys(as_json: Json = False) -> None:
    """列出公钥。 List the public keys."""
    from yiwang.ledger.queries import list_keys

    with _system() as running, running.database.transaction() as tx:
        keys = list_keys(tx)
    if as_json:
        _print_json(keys)
    else:
        for key in keys:
            sys.stdout.write(f"{key.public}\n")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(args: Annotated[list[str] | None, typer.Argument(help="测哪几项 which ones")] = None) -> None:
    """测量（见 bench/）。 Measure; see bench/."""
    import runpy

    folder = Path.cwd() / "bench"
    known = sorted(f.stem for f in folder.glob("*.py"))
    if not args or args[0] not in known:
        raise Invalid(
            "bench.which",
            f"在源码目录中运行；可测：{'、'.join(known)}",
            f"Run it in the source tree; there are: {', '.join(known)}",
        )
    sys.argv = [f"yiwang bench {args[0]}", *args[1:]]
    runpy.run_path(str(folder / f"{args[0]}.py"), run_name="__main__")


if __name__ == "__main__":
    main()

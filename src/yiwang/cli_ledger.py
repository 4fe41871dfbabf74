"""`yiwang case …` and `yiwang ledger …`: a case's course; the ledger verified, and a case proven from it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from yiwang.cli_common import EVERYTHING, Json, out, print_json, running_system
from yiwang.kit.errors import NotFound

case_app = typer.Typer(help="案件 Cases.", no_args_is_help=True)
ledger_app = typer.Typer(help="台账 The ledger: verify it, prove a case from it.", no_args_is_help=True)


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

    with running_system() as running, running.database.transaction() as tx:
        case_id = _case_id(tx, case)
        course, entries = get_course(tx, EVERYTHING, case_id), list_entries(tx, case_id)
    if as_json:
        print_json({"course": course, "entries": entries})
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
    from yiwang.ledger.actions_settle import settle_to_the_end
    from yiwang.ledger.actions_verify import verify
    from yiwang.ledger.rules_receipt import read_public_keys

    trusted = [k for text in _keys(key) for k in read_public_keys(text)]
    with running_system() as running:
        settle_to_the_end(running.database, 3)
        with running.database.transaction() as tx:
            found = verify(tx, trusted=trusted, outside=heads.read_text("utf-8") if heads else "")
    if as_json:
        print_json(found)
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
    from yiwang.ledger.actions_settle import seal, settle_to_the_end

    with running_system() as running:
        settle_to_the_end(running.database, 3)
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
        print_json(checked)
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

    with running_system() as running, running.database.transaction() as tx:
        keys = list_keys(tx)
    if as_json:
        print_json(keys)
    else:
        for key in keys:
            sys.stdout.write(f"{key.public}\n")

"""`yiwang case …` and `yiwang ledger …`: a case's course; the ledger verified, and a case proven from it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from msgspec import to_builtins
from rich.table import Table

from yiwang.cli_common import Json, out, print_json, running_system
from yiwang.kit.errors import NotFound
from yiwang.kit.scope import EVERYTHING
from yiwang.network.model import system

if TYPE_CHECKING:
    from yiwang.ledger.rules_sign import PublicKey
    from yiwang.wiring import System

case_app = typer.Typer(help="案件 Cases.", no_args_is_help=True)
ledger_app = typer.Typer(help="台账 The ledger: verify it, prove a case from it.", no_args_is_help=True)


def _case_id(tx: Any, text: str) -> UUID:
    from yiwang.cases.queries import find_case_id

    found = find_case_id(tx, EVERYTHING, text)
    if found is None:
        raise NotFound("case.unknown", "没有这个案件", "No such case", case=text)
    return found


@case_app.command("recount")
def case_recount() -> None:
    """重新清点各单位、各环节的案件数。 Make the tally of cases anew; meanwhile counts are right, but slow."""
    from yiwang.cases.actions_tally import rebuild

    with running_system() as running:
        entries = rebuild(running.database)
    out.print(f"已重新清点：读了 {entries} 条记录 counted anew from {entries} entries", highlight=False)


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
    cases: Annotated[
        bool, typer.Option("--cases", help="再核对每个案件与台账所记是否一致 cases against the ledger")
    ] = False,
    photos: Annotated[bool, typer.Option("--photos", help="再核对每张照片的摘要 photos against their digests")] = False,
    as_json: Json = False,
) -> None:
    """重算整本台账，指出第一处不符。 Recompute everything; name the first thing that does not fit."""
    from yiwang.cases.queries_told import list_erased_photos, walk_lies, walk_photo_faults
    from yiwang.ledger.actions_settle import settle_to_the_end
    from yiwang.ledger.actions_verify import verify
    from yiwang.ledger.rules_keys import read_keys

    files = [read_keys(text) for text in _keys(key)]
    trusted, retired = [k for keys, _ in files for k in keys], [r for _, gone in files for r in gone]
    with running_system() as running:
        settle_to_the_end(running.database, 3)
        with running.database.transaction() as tx:
            found = verify(tx, trusted=trusted, retired=retired, outside=heads.read_text("utf-8") if heads else "")
            erased = list_erased_photos(tx) if photos else []
            lies = [*(walk_lies(tx) if cases else ()), *(walk_photo_faults(tx, running.store) if photos else ())]
    if as_json:
        told = {
            what: [{**to_builtins(one), "zh": one.zh, "en": one.en} for one in ones]
            for what, ones in (("lies", lies), ("erased", erased))
        }
        print_json({**to_builtins(found), **told})
    else:
        for one in erased:
            out.print(f"○ {one.zh}\n  {one.en}", highlight=False)
        for lie in lies:
            out.print(f"[red]✗[/red] {lie.zh}\n  {lie.en}", highlight=False)
        _print_verdict(
            found.fault, f"完好：{found.entries} 条记录，{found.heads} 个树头 whole: all entries and heads fit"
        )
    if not found.ok or lies:
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
    """列出公钥及停用声明；存下来即可离线验证。 The public keys and those given up: keep them to check receipts."""
    from yiwang.ledger.queries import get_key_file, list_keys

    with running_system() as running, running.database.transaction() as tx:
        keys, text = list_keys(tx), get_key_file(tx)
    if as_json:
        print_json(keys)
    else:
        sys.stdout.write(text)


@ledger_app.command("rotate-key")
def ledger_rotate_key(
    signature: Annotated[str, typer.Option(help="ed25519 或 sm2；不写则照旧 as before when empty")] = "",
    as_json: Json = False,
) -> None:
    """换新签名密钥：旧密钥为新密钥背书，旧回执照样有效。 A new signing key, endorsed by the old one."""
    from yiwang.ledger.actions_settle import find_present_key, rotate_key, seal, settle_to_the_end

    with running_system() as running:
        settle_to_the_end(running.database, 3)
        with running.database.transaction() as tx:
            if before := find_present_key(tx, _key_folder(running)):
                seal(tx, before)  # all that is there, before it is given up
            key = rotate_key(tx, _key_folder(running), signature, system("cli").by(None))
    _print_key(key.public, as_json)


@ledger_app.command("revoke-key")
def ledger_revoke_key(
    key: Annotated[str, typer.Argument(help="密钥编号的开头 how the key's id begins")],
    until: Annotated[
        int | None, typer.Option(help="其签名至多少条为止有效；不写则至本库最后一次 up to which size it counts")
    ] = None,
    as_json: Json = False,
) -> None:
    """声明密钥失密：此后它签的一概不作数。 Declare a key compromised: what it signs from then on does not count."""
    from yiwang.ledger.actions_settle import revoke_key

    with running_system() as running, running.database.transaction() as tx:
        now = revoke_key(tx, _key_folder(running), key, until, system("cli").by(None))
    _print_key(now.public, as_json)


@ledger_app.command("add-lower")
def ledger_add_lower(
    name: Annotated[str, typer.Argument(help="下级名称 the lower ledger's name")],
    key: Annotated[str, typer.Argument(help="其公钥（文本或文件） its public key, as text or file")],
) -> None:
    """登记下级台账，此后收存它上交的树头。 Make a lower ledger known; its heads are kept from then on."""
    from yiwang.ledger.actions_witness import add_lower

    with running_system() as running, running.database.transaction() as tx:
        lower = add_lower(tx, system("cli").by(None), name, _keys([key])[0])
    out.print(f"已登记 known now: {lower.name} {lower.id}", highlight=False)


@ledger_app.command("lower")
def ledger_lower(as_json: Json = False) -> None:
    """列出下级台账：存到哪里、何时、有无警报。 Lower ledgers: what is kept, since when, alarms."""
    from yiwang.ledger.queries_witness import list_states

    with running_system() as running, running.database.transaction() as tx:
        states = list_states(tx)
    if as_json:
        print_json(states)
    for s in () if as_json else states:
        out.print(f"{s.name} {s.size} 条 entries · {s.received_at or '—'} · 警报 alarms {s.alarms}", highlight=False)
    if any(s.alarms for s in states):
        raise typer.Exit(1)


@ledger_app.command("kept-heads")
def ledger_kept_heads(name: Annotated[str, typer.Argument(help="下级名称 the lower ledger's name")]) -> None:
    """输出所存的下级树头，供其 verify --heads 核验。 The heads kept of a lower ledger, for its `verify --heads`."""
    from yiwang.ledger.queries_witness import get_lower_by_name, list_notes

    with running_system() as running, running.database.transaction() as tx:
        notes = list_notes(tx, get_lower_by_name(tx, name).id)
    sys.stdout.write("\n".join(notes))


@ledger_app.command("hand-up")
def ledger_hand_up(upper: Annotated[str, typer.Argument(help="上级平台地址 the upper level's web address")]) -> None:
    """立即向上级上交签名树头。 Hand the newest signed head up now."""
    from yiwang.ledger.actions_witness import hand_up

    with running_system() as running:
        answer = hand_up(running.database, _key_folder(running), upper)
    out.print(f"上级已存到 {answer.size} 条 kept above: {answer.size} entries", highlight=False)


def _key_folder(running: System) -> Path:
    return running.settings.folder / "keys"


def _print_key(public: PublicKey, as_json: bool) -> None:
    if as_json:
        print_json({"key_id": public.key_id, "public": str(public)})
    else:
        out.print(f"现用密钥 now signing: {public}", highlight=False, soft_wrap=True)

"""`yiwang backup` and `yiwang restore`: see docs/operate.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang import settings as settings_module
from yiwang.cli_common import Json, err, out, print_json
from yiwang.kit.errors import Invalid
from yiwang.kit.sealed import Secret

if TYPE_CHECKING:
    from yiwang.backup import Outcome

Key = Annotated[
    Path | None,
    typer.Option("--key", help="口令文件；不给则在终端询问 the passphrase in a file; asked for when not given", exists=True,
                 dir_okay=False),
]  # fmt: skip


def backup(
    target: Annotated[Path, typer.Argument(help="备份文件，或已有的备份目录 a file, or a folder that is there")],
    key: Key = None,
    check: Annotated[
        bool, typer.Option("--check", help="只检查已有备份，不恢复 check a backup, restore nothing")
    ] = False,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="不含密钥（另行保管） leave the keys out: they are kept elsewhere")
    ] = False,
    as_json: Json = False,
) -> None:
    """加密备份数据库、照片与密钥，不停机。 Back up database, photos and keys, encrypted, while it runs."""
    from yiwang.backup import check_backup, make_backup

    settings = settings_module.load()
    if check:
        done, words = check_backup(target, _secret(key)), "备份完好 the backup is whole"
    else:
        secret = _secret(key, new=True)
        done = make_backup(settings, target, secret, keys=not without_keys, say=_say)
        words = "已备份 backed up"
    _tell(done, words, as_json)


def restore(
    source: Annotated[
        Path, typer.Argument(help="备份文件，或备份目录（取最新） a file, or a folder: its newest", exists=True)
    ],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """恢复到空库与新的数据目录，并逐项核对。 Restore into an empty database and prove it equal."""
    from yiwang.backup import restore_backup

    done = restore_backup(settings_module.load(), source, _secret(key), say=_say)
    _tell(done, "已恢复，核对一致 restored and proven equal", as_json)


def _say(words: str) -> None:
    err.print(f"… {words}", highlight=False)


def _secret(key: Path | None, *, new: bool = False) -> Secret:
    if key:
        return Secret(key.read_text("utf-8").strip())
    if not sys.stdin.isatty():
        raise Invalid(
            "backup.no_passphrase", "没有终端可问口令，请用 --key 指明口令文件",
            "There is no terminal to ask for the passphrase: name a file that holds it with --key",
        )  # fmt: skip
    return Secret(typer.prompt("口令 Passphrase", hide_input=True, confirmation_prompt=new))


def _tell(done: Outcome, words: str, as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        ledger = done.manifest.ledger
        out.print(f"[green]✓[/green] {words}: {done.file}", highlight=False)
        out.print(
            f"  {done.manifest.made_at} · {sum(done.manifest.tables.values())} 行 rows · "
            f"{ledger.entries if ledger else 0} 条台账 entries · {done.photos} 张照片 photos",
            highlight=False,
        )
        if ledger and ledger.head:
            out.print(f"[dim]{ledger.head}[/dim]", highlight=False)
    for sha256 in done.missing:
        err.print(f"[yellow]![/yellow] 照片缺失或已损坏 photo gone or damaged: {sha256}", highlight=False)
    if done.missing:
        raise typer.Exit(2)

"""`yiwang keys …`: the keys of personal data, shown by id (never the keys themselves) and rotated."""

from __future__ import annotations

import typer
from rich.table import Table

from yiwang import wiring
from yiwang.cases import queries_contact
from yiwang.cli_common import Json, out, print_json, running_system
from yiwang.kit import secret
from yiwang.network import queries_personal
from yiwang.scenes.homes import queries as homes_queries
from yiwang.wiring import System

keys_app = typer.Typer(help="个人信息的密钥 The keys of personal data.", no_args_is_help=True)


@keys_app.command("show")
def keys_show(as_json: Json = False) -> None:
    """列出密钥编号与各自加密的条数。 List the keys' ids and how many values each has sealed."""
    with running_system() as running:
        _show(running, as_json)


@keys_app.command("rotate")
def keys_rotate(as_json: Json = False) -> None:
    """换用新密钥，并在系统运行中分批重新加密。 Seal with a new key from now on, and everything anew, while the system runs.

    密钥由外部密钥库提供时（YIWANG_PERSONAL_KEYS），先在密钥库追加一行，再运行本命令。
    """
    with running_system() as running:
        if not running.settings.personal_keys:
            secret.ring().rotate(running.settings.personal_cipher)
        wiring.seal_personal(running.database)
        _show(running, as_json)


def _show(running: System, as_json: bool) -> None:
    with running.database.reading() as tx:
        people, contacts = queries_personal.read_key_use(tx), queries_contact.read_key_use(tx)
        residents = homes_queries.read_key_use(tx)
    ring = secret.ring()
    known = {i: ring.current.id == i for i in ring.ids}
    rows = [
        {"key": i.hex() if i else None, "here": i in known, "seals": known.get(i, False) if i else False,
         "people": people.get(i, 0), "contacts": contacts.get(i, 0),
         "residents": residents.get(i, 0)}
        for i in [*known, *sorted(({*people, *contacts, *residents}) - set(known), key=lambda k: k or b"")]
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    table = Table("密钥 key", "状态 state", "人员 people", "上报人 contacts", "住户 residents")
    for row in rows:
        state = "未加密 in clear" if row["key"] is None else "在用 seals" if row["seals"] else "旧 old"
        state = state if row["here"] or row["key"] is None else "[red]缺失 missing[/red]"
        table.add_row(row["key"] or "—", state, str(row["people"]), str(row["contacts"]), str(row["residents"]))
    out.print(table)

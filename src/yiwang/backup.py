"""Backup and restore: database, photos and keys, of one instant, sealed; restored elsewhere and proven equal.

Taken while the system runs. One snapshot serves pg_dump, the counts and the ledger's head; photos come after it, and as
each is in the store before its row is committed and none is taken out but what is erased, whatever else it knows is there.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
from obstore.store import ObjectStore

from yiwang.backup_file import (
    FORMAT,
    Ledger,
    Manifest,
    Reader,
    Writer,
    damaged,
    photo_file,
    read_photo,
    sealed_size,
    whole_file,
    write_photo,
)
from yiwang.kit import clock, files, pg, pg_dump
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import NotFound, Refused, Unavailable
from yiwang.kit.schema import migrate, migrations
from yiwang.kit.sealed import Opener, Secret
from yiwang.ledger import queries as ledger
from yiwang.ledger.actions_verify import verify
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_sign import write_note
from yiwang.settings import Settings

SUFFIX = ".yiwang"


@dataclass(frozen=True)
class Outcome:
    """A backup made, checked or restored. `missing`: photos the database knows and the store had no more, or not whole."""

    file: str
    manifest: Manifest
    photos: int
    photo_bytes: int
    missing: list[str]


@contextmanager
def _server(settings: Settings, *, new: bool) -> Iterator[str]:
    """The owner's URL; `new` says whether a bundled server may be made that is not there."""
    if settings.database_url:
        yield settings.database_url
        return
    if not new and not any((settings.folder / name).exists() for name in ("pg/cluster", "pg-place")):
        raise _no_system(str(settings.folder))
    server = pg.start(settings.folder)
    try:
        yield server.url
    finally:
        pg.release(server)


def _no_system(where: str) -> NotFound:
    return NotFound("backup.no_system", f"{where} 里没有一网的数据库", f"There is no database of Yiwang in {where}")


# ── making ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def make_backup(
    settings: Settings, target: Path, secret: Secret, *, keys: bool = True, say: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Into a file, or into a folder, where photos that an earlier backup has put there are not copied again.

    It does not migrate: a backup is made *before* a new version is let at the data.
    """
    folder = target if target.is_dir() else None
    path = target if folder is None else folder / f"{clock.now():%Y%m%dT%H%M%SZ}{SUFFIX}"
    if path.exists():
        raise Refused("backup.exists", f"{path} 已经有了，不会覆盖", f"{path} is there already")
    if folder:
        _join(folder, secret)
    try:
        with _server(settings, new=False) as url, whole_file(path) as file, tempfile.TemporaryFile("w+") as photos:
            with pg_dump.snapshot(url) as (tx, name):
                manifest = _describe(tx, in_folder=folder is not None)
                out = Writer(file, secret)
                out.put("manifest", [msgspec.json.encode(manifest)])
                for key in sorted((settings.folder / "keys").glob("*")) if keys else ():
                    if key.is_file():
                        out.put(f"keys/{key.name}", [key.read_bytes()])
                say(f"数据库 database: {sum(manifest.tables.values())} 行 rows")
                out.put("database", pg_dump.dump(url, manifest.postgres, name))
                photos.writelines(f"{sha256} {size}\n" for sha256, size in files.walk_files(tx))
            # However long the photos take, no snapshot is held meanwhile: vacuum would have to wait for it.
            say("照片 photos")
            photos.seek(0)
            store = files.open_store(settings.files_url, settings.folder / "files")
            _put_photos(out, secret, store, map(_photo, photos), folder)
            out.close()
            digests = out.digests
    except OSError as full:
        if full.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise Unavailable(
            "backup.no_room", f"{path.parent} 所在的磁盘写满了，没有留下备份",
            f"The disk of {path.parent} is full; no backup was left there",
        ) from full  # fmt: skip
    return Outcome(str(path), manifest, digests.photos, digests.photo_bytes, digests.missing)


def _join(folder: Path, secret: Secret) -> None:
    """Photos that are there can only be used with the passphrase they were sealed with: it must be the same one."""
    for path in sorted(folder.glob(f"*{SUFFIX}"))[-1:]:
        with path.open("rb") as file:
            secret.salt = Opener(file, secret).salt


def _describe(tx: Tx, *, in_folder: bool) -> Manifest:
    tables = pg_dump.list_tables(tx)
    if "kit.migration" not in tables:
        raise _no_system(tx.conn.info.dbname)
    counts = pg_dump.count_rows(tx, tables)
    return Manifest(
        FORMAT, f"{tx.now:%Y-%m-%dT%H:%M:%SZ}", pg_dump.server_version(tx), pg_dump.list_migrations(tx),
        pg_dump.list_roles(tx), counts, _ledger(tx, counts), in_folder,
    )  # fmt: skip


def _ledger(tx: Tx, counts: dict[str, int]) -> Ledger | None:
    if counts.get("ledger.origin", 0) == 0:
        return None
    origin, head, size = ledger.get_origin(tx), ledger.latest_head(tx), ledger.count_settled(tx)
    root = ledger.get_root(tx, DIGESTS[origin.hash], size).hex() if size else ""
    return Ledger(counts["ledger.entry"], size, root, write_note(origin, head) if head else None)


def _photo(line: str) -> tuple[str, int]:
    sha256, size = line.split()
    return sha256, int(size)


def _put_photos(
    out: Writer, secret: Secret, store: ObjectStore, photos: Iterator[tuple[str, int]], folder: Path | None
) -> None:
    done = out.digests

    def fetch(sha256: str, size: int) -> bytes | None:
        data = files.get_whole(store, sha256)
        if data is None or len(data) != size:
            done.missing.append(sha256)
            return None
        done.photos, done.photo_bytes = done.photos + 1, done.photo_bytes + size
        return data

    def lines(folder: Path) -> Iterator[bytes]:
        for sha256, size in photos:
            path = photo_file(folder, sha256)
            if path.exists() and path.stat().st_size == sealed_size(size):
                done.photos, done.photo_bytes = done.photos + 1, done.photo_bytes + size
            elif (data := fetch(sha256, size)) is not None:
                path.unlink(missing_ok=True)
                write_photo(path, secret, data)
            else:
                continue
            yield f"{sha256} {size}\n".encode()

    if folder:
        out.put("photos", lines(folder))
        return
    for sha256, size in photos:
        if (data := fetch(sha256, size)) is not None:
            out.put(f"photos/{sha256}", [data])


# ── checking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def find_backup(path: Path) -> Path:
    """The file itself, or the newest of a folder."""
    found = max(path.glob(f"*{SUFFIX}"), default=path) if path.is_dir() else path
    if not found.is_file():
        raise NotFound("backup.none", f"{path} 里没有备份", f"There is no backup in {path}")
    return found


def check_backup(path: Path, secret: Secret, keep: Callable[[str, bytes], None] = lambda _, __: None) -> Outcome:
    """Read it all: every chunk authentic, in its place, to the end, and every part what its digest says. `keep` is
    given each photo, whole and true to its name."""
    with (path := find_backup(path)).open("rb") as file:
        reader, count, size = Reader(file, secret), 0, 0
        for name, pieces in reader.parts():
            if name.startswith("photos/"):
                data = b"".join(pieces)
                keep(name.removeprefix("photos/"), data)
            elif name == "photos":
                for sha256, length in _lines(pieces):
                    keep(sha256, read_photo(photo_file(path.parent, sha256), secret, sha256, length))
                    count, size = count + 1, size + length
        due = reader.digests
        if reader.manifest.in_folder and (count, size) != (due.photos, due.photo_bytes):
            raise damaged()
    return Outcome(str(path), reader.manifest, due.photos, due.photo_bytes, due.missing)


def _lines(pieces: Iterator[bytes]) -> Iterator[tuple[str, int]]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (_photo(line.decode()) for line in whole)
    if rest:
        raise damaged()


# ── restoring ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def restore_backup(
    settings: Settings, path: Path, secret: Secret, *, say: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Into an empty database and a data folder of its own; then proven equal: rows, root and head of the ledger, every
    photo by its digest, every entry recomputed. The database comes last and in one transaction, so that a restore
    that was interrupted can simply be done again."""
    path = find_backup(path)
    with path.open("rb") as file:
        manifest = Reader(file, secret).manifest
    _demand_known(manifest)
    with _server(settings, new=True) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            tx = Tx(conn, clock.now())
            version = pg_dump.server_version(tx)
            _demand_room(tx, manifest, version)
            pg_dump.find_tool("pg_restore", version)
        store = files.open_store(settings.files_url, settings.folder / "files")
        say("检查备份并放回照片 checking it all, and putting photos back")
        outcome = check_backup(path, secret, lambda sha256, data: files.put_whole(store, sha256, data))
        with psycopg.connect(url, autocommit=True) as conn:
            pg_dump.make_roles(Tx(conn, clock.now()), manifest.roles)
        say("放回数据库 putting the database back")
        with path.open("rb") as file:
            for name, pieces in Reader(file, secret).parts():
                if name.startswith("keys/"):
                    _put_key(settings.folder / "keys", name.removeprefix("keys/"), b"".join(pieces))
                elif name == "database":
                    pg_dump.load(url, version, pieces)
                    break
        say("核对 proving it equal")
        _prove(url, store, manifest, outcome)
    return outcome


def _demand_known(manifest: Manifest) -> None:
    ours = {number: name for number, name, _ in migrations()}
    if strange := [f"{n:04}_{name}" for n, name in manifest.migrations if ours.get(n) != name]:
        raise Refused(
            "backup.newer", f"备份由另一版本的程序建立（{strange[0]}），请用该版本恢复",
            f"The backup was made by another version of the program ({strange[0]}): restore it with that one",
            migrations=strange,
        )  # fmt: skip


def _demand_room(tx: Tx, manifest: Manifest, version: int) -> None:
    if version < manifest.postgres:
        raise Refused(
            "backup.older_server", f"备份来自 PostgreSQL {manifest.postgres}，不能放进 {version}",
            f"The backup is of PostgreSQL {manifest.postgres} and does not go into {version}",
        )  # fmt: skip
    if not pg_dump.is_empty(tx):
        raise Refused(
            "backup.not_empty", "目标数据库不是空的，什么也没有动；请换一个空库或另一个数据目录",
            "The database is not empty, nothing was touched; restore into an empty one, or another data folder",
        )  # fmt: skip


def _put_key(folder: Path, name: str, data: bytes) -> None:
    if "/" in name or name.startswith("."):
        raise damaged()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    if path.exists() and path.read_bytes() != data:
        raise Refused(
            "backup.other_key", f"{path} 已有另一把密钥，不会覆盖", f"{path} holds another key and is not overwritten"
        )
    if not path.exists():
        with whole_file(path) as file:
            file.write(data)


def _prove(url: str, store: ObjectStore, manifest: Manifest, outcome: Outcome) -> None:
    with pg_dump.snapshot(url) as (tx, _):
        _demand_equal("tables", pg_dump.count_rows(tx, pg_dump.list_tables(tx)), manifest.tables)
        _demand_equal("ledger", _ledger(tx, manifest.tables), manifest.ledger)
        for sha256, size in files.walk_files(tx):
            data = files.get_whole(store, sha256)
            if (data is None or len(data) != size) and sha256 not in outcome.missing:
                _demand_equal("photo", None, sha256)
    migrate(url)
    database = Database(url, size=4).open()
    try:
        with database.transaction() as tx:
            found = verify(tx, outside=manifest.ledger.head or "" if manifest.ledger else "")
    finally:
        database.close()
    if found.fault:
        raise Refused(
            "backup.not_whole", f"恢复后的台账验证不过：{found.fault.zh}",
            f"The restored ledger does not verify: {found.fault.en}",
        )  # fmt: skip


def _demand_equal(what: str, found: object, due: object) -> None:
    if found != due:
        raise Refused(
            "backup.not_equal", f"恢复的结果与备份不一致（{what}），请勿使用",
            f"What was restored is not what was backed up ({what}): do not use it", what=what, found=found, due=due,
        )  # fmt: skip

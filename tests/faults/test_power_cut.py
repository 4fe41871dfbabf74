"""The power is cut: whatever was acknowledged is there, from the folder as the disk has it at that instant."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
from pathlib import Path

import psycopg

from faults.planted import Planted, copy, data, seed, served  # noqa: F401
from faults.street import open_street
from yiwang.kit import files

WAL_SEGMENT = 16 << 20


def flushed(url: str) -> int:
    """How many bytes of the log are on the disk."""
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute("select pg_current_wal_flush_lsn() - '0/0'::pg_lsn").fetchone()
        assert row
        return int(row[0])


def tear(cluster: Path, since: int) -> None:
    """What had not reached the disk is rubbish: from that byte on to the end of its segment."""
    path = cluster / "pg_wal" / f"{1:08X}{since // WAL_SEGMENT >> 8:08X}{since // WAL_SEGMENT & 0xFF:08X}"
    at = since % WAL_SEGMENT
    with path.open("r+b") as file:
        file.seek(at)
        file.write(random.Random(7).randbytes(min(WAL_SEGMENT - at, 1 << 20)))


def test_whatever_was_acknowledged_is_there(data: Path) -> None:  # noqa: F811
    folder = Path(tempfile.mkdtemp(prefix="ywc"))
    folder.chmod(0o755)
    try:
        with served(data) as (planted, system):
            with open_street(system, with_jobs=False) as street:
                for _ in range(5):
                    assert street.report().status_code == 201
                    assert street.report(street.upload().json()["sha256"]).status_code == 201
            told, since = street.told, flushed(planted.server.url)
            with psycopg.connect(planted.server.url, autocommit=True) as conn:
                conn.execute("set synchronous_commit = off")
                conn.execute("create table public.not_waited_for ()")
                with planted.frozen():  # with its pid, lock and socket files, as they stand
                    after = copy(data, folder / "data")
        tear(after / "pg" / "cluster", since)
        with served(after) as (_, system), open_street(system) as again:
            again.told = told
            again.demand_nothing_lost()
            with system.database.reading() as tx:
                gone = tx.conn.execute("select to_regclass('public.not_waited_for') is null").fetchone()
                assert gone == (True,), "the cut was none: even what nobody waited for is there"
                photos = tx.conn.execute("select sha256 from kit.file").fetchall()
            assert len(photos) == 5 and all(files.get_whole(system.store, sha256) for (sha256,) in photos)
            assert again.report().status_code == 201
    finally:
        shutil.rmtree(folder)


def test_everything_dies_at_once(data: Path) -> None:  # noqa: F811
    """SIGKILL to all of PostgreSQL: the same folder, with all that the dead left in it."""
    with served(data) as (planted, system), open_street(system) as street:
        for _ in range(5):
            assert street.report().status_code == 201
        planted.stop(signal.SIGKILL)
        assert (data / "pg" / "cluster" / "postmaster.pid").exists()
        planted.start()
        street.demand_nothing_lost()


def test_durability_cannot_be_set_aside_by_mistake(data: Path) -> None:  # noqa: F811
    conf = data / "pg" / "cluster" / "postgresql.conf"
    with conf.open("a") as file:
        file.write("\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    with served(data) as (_, system), system.database.reading() as tx:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert tx.conn.execute(f"show {name}".encode()).fetchone() == ("on",), name
    assert os.access(conf, os.R_OK)

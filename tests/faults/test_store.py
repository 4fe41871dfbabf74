"""The photo store fails: between photo and report, for a while, or slowly."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from faults.street import Street, demand, filled, open_street, small_disk
from yiwang import wiring
from yiwang.kit import db as kit_db
from yiwang.kit import files
from yiwang.kit.db import Database
from yiwang.settings import Settings


class FakeS3(ThreadingHTTPServer):
    """As much of S3 as photos need, and a will to fail: `mood` is ok, error, refuse (the key), torn or slow."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Object)
        self.kept: dict[str, bytes] = {}
        self.mood, self.go_on, self.asked = "ok", threading.Event(), threading.Semaphore(0)


class _Object(BaseHTTPRequestHandler):
    server: FakeS3
    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 03:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _in_a_mood(self) -> bool:
        self.server.asked.release()
        if self.server.mood == "slow":
            self.server.go_on.wait(60)
        status = {"error": 503, "refuse": 403}.get(self.server.mood)
        if status:
            self._answer(status, b"<Error><Code>No</Code></Error>")
        elif self.server.mood == "torn":
            self.close_connection = True
            self.connection.close()
        return status is not None or self.server.mood == "torn"

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        if not self._in_a_mood():
            self.server.kept[self.path] = data
            self._answer(200)

    def do_GET(self) -> None:
        if not self._in_a_mood():
            data = self.server.kept.get(self.path)
            self._answer(404 if data is None else 200, data or b"")

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeS3]:
    server = FakeS3()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for name, value in {
        "ENDPOINT": f"http://127.0.0.1:{server.server_port}", "ALLOW_HTTP": "true", "REGION": "us-east-1",
        "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"AWS_{name}", value)
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"), demo="1")


@pytest.fixture
def street(world_db: Database, settings: Settings, s3: FakeS3) -> Iterator[Street]:
    settings = replace(settings, files_url="s3://bucket/photos")
    with open_street(wiring.assemble(settings, world_db, world_db.url)) as street:
        yield street


@pytest.mark.parametrize("mood", ["error", "refuse", "torn"])
def test_a_store_that_fails_between_photo_and_report(street: Street, s3: FakeS3, mood: str) -> None:
    before = street.upload().json()["sha256"]
    seen = street.report(before).json()["id"]
    another = street.upload().json()["sha256"]
    assert street.ready() == (200, "")
    s3.mood = mood
    demand(street.upload(), 503, "files.away")
    with street.system.database.reading() as tx:
        assert tx.conn.execute("select count(*) from kit.file").fetchone() == (2,), "noted, and not kept"
    assert street.report(another).status_code == 201, "its photo was acknowledged: the store is not asked again"
    assert street.report().status_code == 201
    demand(street.ask("GET", f"/api/photos/{before}", "wang.lei"), 503, "files.away")
    status, said = street.ready()
    assert status == 503 and "照片存储" in said
    s3.mood = "ok"
    assert street.ready() == (200, "")
    assert street.ask("GET", f"/api/photos/{before}", "wang.lei").status_code == 200
    assert street.report(street.upload().json()["sha256"]).status_code == 201
    assert street.ask("GET", f"/api/cases/{seen}", "wang.lei").status_code == 200
    street.demand_nothing_lost()


def test_what_cannot_be_kept_to_show_is_shown_all_the_same(street: Street, s3: FakeS3) -> None:
    sha = street.upload().json()["sha256"]
    street.report(sha)
    kept = s3.kept

    class Full(dict[str, bytes]):
        def __setitem__(self, key: str, value: bytes) -> None:
            raise OSError

    s3.kept = Full(kept)
    assert street.ask("GET", f"/api/photos/{sha}/thumb", "wang.lei").status_code == 200


def test_a_slow_store_holds_up_nobody_else(databases_street: tuple[Street, FakeS3]) -> None:
    """Two connections in all, and four uploads that wait for the store: everybody else goes on."""
    street, s3 = databases_street
    s3.mood = "slow"
    uploads = [threading.Thread(target=street.upload) for _ in range(4)]
    for thread in uploads:
        thread.start()
    for _ in uploads:
        assert s3.asked.acquire(timeout=30)
    assert street.report().status_code == 201
    s3.go_on.set()
    for thread in uploads:
        thread.join()
    with street.system.database.reading() as tx:
        assert tx.conn.execute("select count(*) from kit.file").fetchone() == (4,)


@pytest.fixture
def databases_street(world_db: Database, settings: Settings, s3: FakeS3) -> Iterator[tuple[Street, FakeS3]]:
    narrow = Database(world_db.url, size=2).open()
    try:
        settings = replace(settings, files_url="s3://bucket/photos")
        with open_street(wiring.assemble(settings, narrow, world_db.url), with_jobs=False) as street:
            yield street, s3
    finally:
        narrow.close()
        kit_db.use(None)


def test_the_stores_disk_is_full(world_db: Database, settings: Settings) -> None:
    with small_disk() as disk:
        settings = replace(settings, files_url=(disk / "files").as_uri())
        (disk / "files").mkdir()
        with open_street(wiring.assemble(settings, world_db, world_db.url)) as street:
            sha = street.upload().json()["sha256"]
            assert street.report(sha).status_code == 201
            with filled(disk):
                demand(street.upload(), 503, "files.disk_full")
                assert street.report().status_code == 201
                assert street.ask("GET", f"/api/photos/{sha}/thumb", "wang.lei").status_code == 200
                status, said = street.ready()
                assert status == 503 and "照片存储已满" in said
            assert street.ready() == (200, "")
            assert street.report(street.upload().json()["sha256"]).status_code == 201
            street.demand_nothing_lost()
            with street.system.database.reading() as tx:
                for (known,) in tx.conn.execute("select sha256 from kit.file").fetchall():
                    assert files.get_whole(street.system.store, known), "acknowledged, and not kept"


def test_a_photo_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, its folder and that folder's own: else a power cut leaves an empty file, or none."""
    synced, real = list[str](), os.fsync

    def sync(file: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{file}").readlink()))
        real(file)

    monkeypatch.setattr(os, "fsync", sync)
    store = files.open_store("", tmp_path / "files")
    files.put_whole(store, "ab" + "0" * 62, b"photo")
    path = tmp_path / "files" / "ab" / ("ab" + "0" * 62)
    assert {str(path), str(path.parent), str(path.parent.parent)} <= set(synced)

"""天地图 by way of this server, against a service of our own on loopback that answers as theirs does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from yiwang.app import create_app
from yiwang.desk import tianditu
from yiwang.desk.tianditu import Tianditu
from yiwang.kit.errors import Invalid, Unavailable
from yiwang.wiring import System

KEY = "0123456789abcdef0123456789abcdef"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 1000


class Service:
    """Answers with a tile that tells which it is; `says` instead, when set."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.says: tuple[int, bytes] | None = None
        self.moved = ""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append(self.path)
                status, body = service.says or (200, PNG + self.path.encode())
                self.send_response(302 if service.moved else status)
                if service.moved:
                    self.send_header("Location", service.moved)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def proxy(service: Service, tmp_path: Path) -> Tianditu:
    return Tianditu(KEY, tmp_path, (service.host,))


def test_a_tile_is_asked_for_once_and_kept(proxy: Tianditu, service: Service, tmp_path: Path) -> None:
    tile, kind = proxy.get_tile("vec", 14, 13721, 6690)
    assert tile.startswith(PNG) and kind == "image/png"
    assert proxy.get_tile("vec", 14, 13721, 6690)[0] == tile
    assert Tianditu(KEY, tmp_path, (service.host,)).get_tile("vec", 14, 13721, 6690)[0] == tile, "after a restart"
    (asked,) = service.asked
    told = {k: v[0] for k, v in parse_qs(urlsplit(asked).query).items()}
    assert urlsplit(asked).path == "/vec_w/wmts"
    assert told == {
        "SERVICE": "WMTS", "REQUEST": "GetTile", "VERSION": "1.0.0", "LAYER": "vec", "STYLE": "default", "TILEMATRIXSET": "w",
        "FORMAT": "tiles", "TILEMATRIX": "14", "TILEROW": "6690", "TILECOL": "13721", "tk": KEY,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "z", "x", "y"),
    [("ibo", 14, 1, 1), ("vec_c", 14, 1, 1), ("../../keys", 14, 1, 1), ("vec", 0, 0, 0), ("vec", 19, 1, 1),
     ("vec", 3, 8, 1), ("vec", 3, 1, -1), ("vec", 10**9, 1, 1)],
)  # fmt: skip
def test_what_is_no_tile_is_asked_of_nobody(
    proxy: Tianditu, service: Service, layer: str, z: int, x: int, y: int
) -> None:
    with pytest.raises(Invalid, match=r"basemap\.no_tile"):
        proxy.get_tile(layer, z, x, y)
    assert service.asked == []


@pytest.mark.parametrize(
    "says", [(403, b"{}"), (500, b""), (200, b'{"msg":"key is over its share"}'), (200, PNG * 2000)]
)
def test_what_is_no_picture_is_not_kept(proxy: Tianditu, service: Service, tmp_path: Path, says: tuple[int, bytes],
                                        caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    service.says = says
    with pytest.raises(Unavailable, match=r"basemap\.away"):
        proxy.get_tile("img", 10, 1, 1)
    assert [f for f in tmp_path.rglob("*") if f.is_file()] == []
    assert KEY not in caplog.text


def test_an_old_tile_is_asked_for_anew_and_shown_when_there_is_no_other(
    proxy: Tianditu, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile, _ = proxy.get_tile("cva", 10, 1, 1)
    monkeypatch.setattr(tianditu, "KEPT_SECONDS", -(10**9))
    service.says = (502, b"")
    assert proxy.get_tile("cva", 10, 1, 1)[0] == tile
    assert len(service.asked) == 2


def test_nobody_is_led_elsewhere(proxy: Tianditu, service: Service) -> None:
    other = Service()
    service.moved = f"{other.host}/x"
    with pytest.raises(Unavailable):
        proxy.get_tile("vec", 10, 1, 1)
    assert other.asked == []
    other.server.shutdown()


def test_the_folder_does_not_grow_for_ever(service: Service, tmp_path: Path) -> None:
    proxy = Tianditu(KEY, tmp_path, (service.host,), most=20_000)
    for x in range(60):
        proxy.get_tile("vec", 10, x, 1)
        assert sum(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file()) <= 20_000
    assert proxy.get_tile("vec", 10, 59, 1) and len(service.asked) == 60, "the newest are kept"


def test_over_http(system: System, at_noon: None, service: Service) -> None:
    with TestClient(create_app(system, with_jobs=False)) as client:
        assert client.get("/basemap/vec/14/1/1").status_code == 401
        client.post("/api/demo-sign-in", json={"login": "zhang.min"})
        assert client.get("/basemap/vec/14/1/1").json()["error"]["code"] == "basemap.off"
        assert client.get("/api/desk/today").json()["map"]["tianditu"] is False
    system = replace(system, settings=replace(system.settings, tianditu_key=KEY))
    with TestClient(create_app(system, with_jobs=False)) as client:
        client.app.state.tianditu.hosts = (service.host,)  # type: ignore[attr-defined]
        client.post("/api/demo-sign-in", json={"login": "zhang.min"})
        assert client.get("/api/desk/today").json()["map"]["tianditu"] is True
        answer = client.get("/basemap/vec/14/1/1")
        assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
        assert "private" in answer.headers["cache-control"] and KEY not in str(answer.headers)
        assert client.get("/basemap/ter/14/1/1").json()["error"]["code"] == "basemap.no_tile"
        assert client.get("/basemap/vec/14/x/1").status_code == 422
        service.says = (403, b"{}")
        away = client.get("/basemap/vec/14/2/1")
        assert away.status_code == 503 and KEY not in away.text

"""天地图 as a base map: the tiles of the national map service, asked for by this server and kept here for a while.

The key stays on the server (a server-side key of https://console.tianditu.gov.cn). Which hosts are asked is fixed here, and
of what the browser sends only a known layer's name and three small numbers reach them: no address is made up from outside.
The service cuts its tiles in two ways: `_w` (Web Mercator) is what the pages' map draws; `_c` (longitude and latitude, the
CGCS2000 grid) it cannot draw, so it is not offered.
"""

from __future__ import annotations

import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from yiwang.kit import clock
from yiwang.kit.errors import Invalid, Unavailable

log = logging.getLogger(__name__)
HOSTS = tuple(f"https://t{n}.tianditu.gov.cn" for n in range(8))
LAYERS = ("vec", "cva", "img", "cia")
"""Streets and their names; pictures from the air and their names."""
MIN_ZOOM, MAX_ZOOM = 1, 18
TIMEOUT = 8.0
AT_ONCE = 6
"""Requests outwards at a time: a service that hangs holds so many threads, not all."""
MOST_TILE, MOST_KEPT = 1 << 20, 512 << 20
"""Bytes of one tile, and of all that are kept."""
KEPT_SECONDS = 7 * 24 * 3600
IMAGES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class Tianditu:
    """The proxy: a folder of tiles, and a key to ask for others with."""

    def __init__(self, key: str, folder: Path, hosts: tuple[str, ...] = HOSTS, most: int = MOST_KEPT) -> None:
        self.key, self.folder, self.hosts, self.most = key, folder, hosts, most
        self._asking = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._kept: int | None = None

    def get_tile(self, layer: str, z: int, x: int, y: int) -> tuple[bytes, str]:
        """The tile and its media type. Invalid for what is no tile of this map, Unavailable when the service gives none."""
        if layer not in LAYERS or not (MIN_ZOOM <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
            raise Invalid("basemap.no_tile", "没有这样的底图切片", "There is no such tile", layer=layer)
        file = self.folder / layer / str(z) / f"{x}-{y}"
        kept = _read(file)
        if kept is not None and clock.now().timestamp() - file.stat().st_mtime < KEPT_SECONDS:
            return kept, _kind(kept)
        try:
            tile = self._ask(layer, z, x, y)
        except Unavailable:
            if kept is None:
                raise
            return kept, _kind(kept)  # an old map is better than none
        self._keep(file, tile)
        return tile, _kind(tile)

    def _ask(self, layer: str, z: int, x: int, y: int) -> bytes:
        address = (
            f"{self.hosts[(x + y) % len(self.hosts)]}/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
            f"&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={self.key}"
        )
        if not self._asking.acquire(timeout=TIMEOUT):
            raise _away("busy")
        try:
            with _STRAIGHT.open(urllib.request.Request(address), timeout=TIMEOUT) as answer:  # noqa: S310
                tile = answer.read(MOST_TILE + 1)
        except (OSError, ValueError) as away:  # never in the log as it is: it may hold the address, and with it the key
            log.warning("tianditu: %s", type(away).__name__)
            raise _away(type(away).__name__) from None
        finally:
            self._asking.release()
        if len(tile) > MOST_TILE or not _kind(tile):
            raise _away("not a picture")  # so it says that a key is wrong or used up
        return tile

    def _keep(self, file: Path, tile: bytes) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(f".{threading.get_ident()}")
            part.write_bytes(tile)
            part.replace(file)
        except OSError as full:
            log.warning("tianditu: a tile was not kept: %s", full)
            return
        with self._lock:
            if self._kept is None:
                self._kept = sum(size for _, size, _ in self._files())
            else:
                self._kept += len(tile)
            if self._kept > self.most:
                self._kept = self._thin_out()

    def _thin_out(self) -> int:
        """The oldest go, until a tenth is free. Answers with how much is left."""
        files = sorted(self._files(), key=lambda f: f[2])
        kept = sum(size for _, size, _ in files)
        for file, size, _ in files:
            if kept <= self.most * 0.9:
                break
            file.unlink(missing_ok=True)
            kept -= size
        return kept

    def _files(self) -> Iterator[tuple[Path, int, float]]:
        for file in self.folder.glob("*/*/*"):
            if file.is_file():
                told = file.stat()
                yield file, told.st_size, told.st_mtime


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Only the hosts named here are asked: one that points elsewhere is not followed."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        return None


_STRAIGHT = urllib.request.build_opener(_NoRedirect)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _kind(tile: bytes) -> str:
    return next((kind for start, kind in IMAGES.items() if tile.startswith(start)), "")


def _away(why: str) -> Unavailable:
    return Unavailable(
        "basemap.away", "天地图没有给出切片，请稍后再试", "Tianditu gave no tile; please try again", why=why
    )

"""Photos: checked by what they are, kept whole by their digest, shown without their EXIF."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import obstore.store
import pytest
from PIL import ExifTags, Image

import world
from yiwang.kit import files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Unavailable
from yiwang.kit.ids import new_id

ME = new_id()
ZONE = "Asia/Shanghai"


@pytest.fixture
def store() -> obstore.store.MemoryStore:
    return obstore.store.MemoryStore()


def with_exif(taken: str, offset: str | None = None) -> bytes:
    out, tags = io.BytesIO(), Image.Exif()
    detail = tags.get_ifd(ExifTags.IFD.Exif)
    detail[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        detail[ExifTags.Base.OffsetTimeOriginal] = offset
    tags[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (40, 20), "red").save(out, "JPEG", exif=tags)
    return out.getvalue()


def test_a_photo_is_kept_whole_under_its_digest_and_again_is_harmless(tx: Tx, store: obstore.store.MemoryStore) -> None:
    data = world.jpeg("red", exif=world.SPOT)
    first, again = (files.put_photo(tx, store, data, ME, ZONE) for _ in range(2))
    assert first == again and first.sha256 == hashlib.sha256(data).hexdigest()
    assert bytes(obstore.get(store, f"{first.sha256[:2]}/{first.sha256}").bytes()) == data


def test_time_and_place_are_read_from_the_exif(tx: Tx, store: obstore.store.MemoryStore) -> None:
    placed = files.put_photo(tx, store, world.jpeg("red", exif=world.SPOT), ME, ZONE)
    assert placed.lon == pytest.approx(world.SPOT[0], abs=1e-5) and placed.lat == pytest.approx(world.SPOT[1], abs=1e-5)
    local = files.put_photo(tx, store, with_exif("2026:11:22 08:00:00"), ME, ZONE)
    told = files.put_photo(tx, store, with_exif("2026:11:22 08:00:00", "+00:00"), ME, ZONE)
    assert local.taken_at and local.taken_at.isoformat() == "2026-11-22T00:00:00+00:00"
    assert told.taken_at and told.taken_at.isoformat() == "2026-11-22T08:00:00+00:00"
    silly = files.put_photo(tx, store, with_exif("2026:99:99 88:00:00"), ME, ZONE)
    assert silly.taken_at is None


def test_what_is_shown_is_upright_and_has_no_exif(tx: Tx, store: obstore.store.MemoryStore) -> None:
    photo = files.put_photo(tx, store, with_exif("2026:11:22 08:00:00"), ME, ZONE)
    for thumb in (False, True):
        image = Image.open(io.BytesIO(files.shown(store, photo.sha256, thumb=thumb)))
        assert image.size == (20, 40) and not image.getexif()


def test_a_thumbnail_is_small_and_kept_once_made(tx: Tx, store: obstore.store.MemoryStore) -> None:
    photo = files.put_photo(tx, store, world.jpeg("blue", size=1200), ME, ZONE)
    assert max(Image.open(io.BytesIO(files.shown(store, photo.sha256, thumb=True))).size) == files.THUMB
    obstore.delete(store, f"{photo.sha256[:2]}/{photo.sha256}")
    assert files.shown(store, photo.sha256, thumb=True)
    with pytest.raises(NotFound):
        files.shown(store, photo.sha256, thumb=False)


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF")
    return out.getvalue()


def _bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo.empty"),
        (b"<html>not a photo</html>", "photo.broken"),
        (world.jpeg("red", size=200)[:400], "photo.broken"),
        (b"\xff\xd8\xff" + b"\0" * 50, "photo.broken"),
        (_gif(), "photo.type"),
        (_bomb(), "photo.broken"),
        (b"x" * (files.MAX_BYTES + 1), "photo.too_large"),
    ],
    ids=["empty", "html", "cut off", "only a head", "gif", "bomb", "too large"],
)
def test_what_is_no_sound_photo_is_refused_in_words(
    tx: Tx, store: obstore.store.MemoryStore, data: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        files.put_photo(tx, store, data, ME, ZONE)
    assert caught.value.code == code and caught.value.zh and caught.value.en


def test_a_store_that_is_away_says_so_and_nothing_is_noted(tx: Tx, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    store = files.open_store("", folder)
    folder.rmdir()
    folder.write_text("not a folder")
    with pytest.raises(Unavailable) as caught:
        files.put_photo(tx, store, world.jpeg("red"), ME, ZONE)
    assert caught.value.code == "files.away"
    assert tx.conn.execute("select count(*) from kit.file").fetchone() == (0,)

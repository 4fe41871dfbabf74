"""Photos and files: content-addressed by SHA-256 in an object store, checked by what they are, not what they say."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import obstore
from obstore.store import LocalStore, ObjectStore, from_url
from PIL import ExifTags, Image, ImageOps

from yiwang.kit.db import Database, Tx, query, statement
from yiwang.kit.errors import Invalid, NotFound, Refused, Unavailable

log = logging.getLogger(__name__)
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 80_000_000
THUMB = 480
CLEAR, CLEAR_PAIRS = 4, 40
"""Two neighbouring greys (of 256) that differ by so much differ clearly; in a photo with a look so many of 64 do."""
TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heif"}
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


@dataclass(frozen=True, slots=True)
class Photo:
    """What is known of a stored photo. `taken_at`, `lon`, `lat` are what its EXIF says: evidence, not proof."""

    sha256: str
    type: str
    size: int
    width: int | None
    height: int | None
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    by: UUID
    at: datetime
    erased_at: datetime | None = None


# Whoever uploads what somebody else has uploaded before is not told so: `by` and `at` are their own.
ADD = query(
    Photo,
    "with f as (insert into kit.file (sha256, type, size, width, height, taken_at, lon, lat, by, at, look) values"
    " (%(sha256)s, %(type)s, %(size)s, %(width)s, %(height)s, %(taken_at)s, %(lon)s, %(lat)s, %(by)s, %(at)s, %(look)s)"
    " on conflict (sha256) do update set look = excluded.look"
    " returning sha256, type, size, width, height, taken_at, lon, lat, erased_at),"
    " u as (insert into kit.upload as k (sha256, by, at) values (%(sha256)s, %(by)s, %(at)s)"
    " on conflict (sha256, by) do update set at = k.at returning k.by, k.at)"
    " select f.sha256, f.type, f.size, f.width, f.height, f.taken_at, f.lon, f.lat, u.by, u.at, f.erased_at from f, u",
)
SHARE = statement(
    "insert into kit.upload (sha256, by, at) select f.sha256, %(by)s, %(at)s from kit.file f"
    " where f.sha256 = any(%(shas)s) and f.erased_at is null on conflict do nothing"
)
GET = query(
    Photo,
    "select sha256, type, size, width, height, taken_at, lon, lat, by, at, erased_at from kit.file where sha256 = %(sha256)s",
)
WALK = "select sha256, size from kit.file where erased_at is null order by sha256"
ERASE = statement(
    "update kit.file set erased_at = %(now)s, erased_in = %(subject)s, taken_at = null, lon = null, lat = null"
    " where sha256 = %(sha256)s and erased_at is null"
)
GOING = query(
    str, "select sha256 from kit.file where erased_at is not null and gone_at is null order by erased_at limit 500"
)
GONE = statement("update kit.file set gone_at = %(now)s where sha256 = any(%(shas)s) and erased_at < %(before)s")
STILL_SHOWN = timedelta(minutes=10)
"""So long whoever was just storing or showing a photo when it was erased may still write its bytes back."""


def open_store(url: str, folder: Path) -> ObjectStore:
    """A local folder by default, or whatever `url` names (s3://bucket/prefix, file:///…). One that is far away is not
    waited for longer than a person waits."""
    if not url:
        folder.mkdir(parents=True, exist_ok=True)
        url = folder.as_uri()
    if url.startswith("file:"):
        return from_url(url)
    patience: Any = {"timeout": timedelta(seconds=20), "connect_timeout": timedelta(seconds=3)}
    if os.environ.get("AWS_ALLOW_HTTP", "").lower() in (
        "1",
        "true",
    ):  # options that are given hide those of the environment
        patience["allow_http"] = True
    return from_url(
        url, client_options=patience, retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)}
    )


def _away(fault: Exception) -> Unavailable:
    """What the store said, in words for whoever waits."""
    said = str(fault)
    log.error("photo store: %s", said[:500])
    if "os error 28" in said or "No space left" in said or "os error 122" in said or "os error 27" in said:
        return Unavailable(
            "files.disk_full", "照片存储已满，照片没有保存，请稍后再传",
            "The photo store is full; the photo was not kept, please try again later",
        )  # fmt: skip
    return Unavailable("files.away", "照片存储暂时不可用，请稍后再试", "The photo store is away, please try again")


def _put(store: ObjectStore, key: str, data: bytes) -> None:
    """Kept when this returns, even through a power cut: obstore itself leaves that to chance on a local disk."""
    try:
        obstore.put(store, key, data)
        if isinstance(store, LocalStore):
            path = Path(str(store.prefix)) / key
            for kept in (path, path.parent, path.parent.parent):
                _sync(kept)
    except Exception as away:
        raise _away(away) from away


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _get(store: ObjectStore, key: str) -> bytes | None:
    try:
        return bytes(obstore.get(store, key).bytes())
    except FileNotFoundError:
        return None
    except Exception as away:
        raise _away(away) from away


def check_store(store: ObjectStore) -> None:
    """Can it be written and read right now? Unavailable when not."""
    _put(store, "ready/probe", b"ready")
    if _get(store, "ready/probe") != b"ready":
        raise _away(OSError("what was just put there is not there"))


def _degrees(values: Any, ref: str) -> float | None:
    try:
        d, m, s = (float(v) for v in values)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = d + m / 60 + s / 3600
    return -value if ref in ("S", "W") else value


def _exif(image: Image.Image, zone: ZoneInfo) -> tuple[datetime | None, float | None, float | None]:
    """(taken_at, lon, lat) where the camera wrote them believably; a broken EXIF is no EXIF."""
    try:
        exif = image.getexif()
        detail, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
        text = detail.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
        offset = detail.get(ExifTags.Base.OffsetTimeOriginal)
        taken = None
        if isinstance(text, str):
            taken = datetime.strptime(text.strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
            if isinstance(offset, str) and offset.strip():
                taken = datetime.fromisoformat(taken.strftime("%Y-%m-%dT%H:%M:%S") + offset.strip("\0 "))
        lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), str(gps.get(ExifTags.GPS.GPSLatitudeRef, "N")))
        lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), str(gps.get(ExifTags.GPS.GPSLongitudeRef, "E")))
        if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
            lat = lon = None
        return taken, lon, lat
    except Exception:  # as above
        return None, None, None


def _open(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data))
        if image.format not in TYPES:
            raise Invalid(
                "photo.type", "只收 JPEG、PNG、WebP 照片", "Only JPEG, PNG and WebP photos", found=image.format
            )
        if image.width * image.height > MAX_PIXELS:  # Pillow itself only warns until twice as many
            raise Invalid("photo.too_large", "照片超过 8000 万像素", "The photo has more than 80 megapixels")
        image.load()
    except Invalid:
        raise
    except Exception as fault:  # decoders raise whatever a hostile file makes them stumble on
        raise Invalid(
            "photo.broken", "这不是一张完好的照片", "This is not a sound photo", reason=str(fault)[:200]
        ) from fault
    return image


def work_out_look(image: Image.Image) -> int | None:
    """How a photo looks, as 64 bits (signed): upright, in 9 × 8 greys, is each darker than its left neighbour (dHash). What
    is made smaller, saved anew or cut by a hundredth differs in few of them. None for what is too plain: pictures of
    hardly anything would all look the same."""
    less = image.convert("RGB").reduce(max(1, min(image.size) // 64))
    less.info.update(image.info)
    small = _upright(less).resize((9, 8), Image.Resampling.BOX).convert("L").tobytes()
    pairs = [(small[y * 9 + x], small[y * 9 + x + 1]) for y in range(8) for x in range(8)]
    if sum(abs(a - b) >= CLEAR for a, b in pairs) < CLEAR_PAIRS:
        return None
    bits = sum((a > b) << n for n, (a, b) in enumerate(pairs))
    return bits - (1 << 64) if bits >> 63 else bits


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held; a broken EXIF turns nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo that is in the store and not yet in the database."""

    sha256: str
    type: str
    size: int
    width: int
    height: int
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    look: int | None


def store_photo(store: ObjectStore, data: bytes, zone: str) -> Stored:
    """Into the store under its SHA-256, outside of any transaction: a store that is slow must not hold a connection.

    The bytes are kept whole (the ledger binds the very file); what is shown (`shown`) has its EXIF stripped.
    Raises Invalid for what is empty, too large (20 MB, 80 megapixels), of another type or broken.
    """
    if not data:
        raise Invalid("photo.empty", "照片是空的", "The photo is empty")
    if len(data) > MAX_BYTES:
        raise Invalid("photo.too_large", "照片超过 20 MB", "The photo is larger than 20 MB", bytes=len(data))
    image = _open(data)
    sha = hashlib.sha256(data).hexdigest()
    taken, lon, lat = _exif(image, ZoneInfo(zone))
    _put(store, f"{sha[:2]}/{sha}", data)
    return Stored(
        sha, TYPES[image.format or ""], len(data), image.width, image.height, taken, lon, lat, work_out_look(image)
    )


def note_photo(tx: Tx, photo: Stored, by: UUID) -> Photo:
    """The stored photo becomes known, and may be used as evidence; the same again is the same photo.
    Refused when it was erased."""
    known = ADD.one(
        tx, sha256=photo.sha256, type=photo.type, size=photo.size, width=photo.width, height=photo.height,
        taken_at=photo.taken_at, lon=photo.lon, lat=photo.lat, by=by, at=tx.now, look=photo.look,
    )  # fmt: skip
    _demand_kept(known)
    return known


def share_photos(tx: Tx, shas: Collection[str], by: UUID) -> None:
    """Whoever was shown these photos by their uploader may use them as their own."""
    if shas:
        SHARE.run(tx, shas=list(shas), by=by, at=tx.now)


def demand_kept(tx: Tx, data: bytes) -> None:
    """Before anything is stored: Refused when these very bytes were erased. What is erased while it is being stored
    `sweep_erased` finds."""
    _demand_kept(GET.maybe(tx, sha256=hashlib.sha256(data).hexdigest()))


def _demand_kept(photo: Photo | None) -> None:
    """What was erased does not come back by being uploaded once more."""
    if photo is not None and photo.erased_at is not None:
        raise Refused(
            "photo.erased_before",
            "这张照片已被删除，不能再次上传",
            "This photo was erased; it cannot be uploaded again",
        )


def demand_not_erased(tx: Tx, sha256: str) -> None:
    """NotFound with a code of its own when the photo was erased: it will not be there again."""
    photo = GET.maybe(tx, sha256=sha256)
    if photo is not None and photo.erased_at is not None:
        raise NotFound("photo.erased", "这张照片已被删除", "This photo was erased", at=photo.erased_at.isoformat())


def mark_erased(tx: Tx, sha256: str, subject: UUID) -> bool:
    """Mark a photo whose bytes are to go, and forget what its EXIF said; `subject`: in whose ledger chain it stands. False:
    it was marked before."""
    return ERASE.run(tx, sha256=sha256, subject=subject, now=tx.now) > 0


def sweep_erased(database: Database, store: ObjectStore) -> int:
    """Take the bytes of erased photos out of the store: at once after the act, and periodically for what a crash or an
    absent store has left. Returns how many photos were looked at; what could not be done is done at the next beat."""
    with database.transaction() as tx:
        going = GOING.all(tx)
    gone = [sha for sha in going if _drop_bytes(store, sha)]
    if gone:
        with database.transaction() as tx:
            GONE.run(tx, shas=gone, now=tx.now, before=tx.now - STILL_SHOWN)
    return len(going)


def _drop_bytes(store: ObjectStore, sha256: str) -> bool:
    place = f"{sha256[:2]}/{sha256}"
    try:
        for path in (place, f"shown/{place}", f"thumb/{place}"):
            with suppress(FileNotFoundError):
                obstore.delete(store, path)
    except Exception as away:
        log.warning("photo %s is erased and its bytes are still in the store: %s", sha256, away)
        return False
    return True


def put_photo(tx: Tx, store: ObjectStore, data: bytes, by: UUID, zone: str) -> Photo:
    """All three, for whoever is in a transaction already and has a store at hand."""
    demand_kept(tx, data)
    return note_photo(tx, store_photo(store, data, zone), by)


def shown(store: ObjectStore, sha256: str, *, thumb: bool) -> bytes:
    """A JPEG to show: upright, without EXIF, whole or as a thumbnail (longest side 480). Kept once made, if it can be."""
    kept = f"{'thumb' if thumb else 'shown'}/{sha256[:2]}/{sha256}"
    if made := _get(store, kept):  # one that a power cut left empty is made again
        return made
    if (data := _get(store, f"{sha256[:2]}/{sha256}")) is None:
        raise NotFound("photo.unknown", "没有这张照片", "No such photo")
    image = _upright(_open(data)).convert("RGB")
    if thumb:
        image.thumbnail((THUMB, THUMB))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80 if thumb else 88)
    with contextlib.suppress(Exception):  # a full disk is no reason not to show it
        obstore.put(store, kept, out.getvalue())
    return out.getvalue()


def walk_photos(tx: Tx) -> Iterator[tuple[str, int]]:
    """(SHA-256, bytes) of every photo, however many: through a cursor, so inside a transaction."""
    with tx.conn.cursor(name="photos") as cursor:
        yield from cursor.execute(WALK)


def get_whole(store: ObjectStore, sha256: str) -> bytes | None:
    """The very bytes that were stored under this digest; None when they are gone or are others now."""
    data = _get(store, f"{sha256[:2]}/{sha256}")
    return data if data is not None and hashlib.sha256(data).hexdigest() == sha256 else None


def put_whole(store: ObjectStore, sha256: str, data: bytes) -> None:
    """Back under its digest: the caller has checked that it is its own."""
    _put(store, f"{sha256[:2]}/{sha256}", data)

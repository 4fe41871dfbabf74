"""Photos and files: content-addressed by SHA-256 in an object store, checked by what they are, not what they say."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import obstore
from obstore.store import ObjectStore, from_url
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from yiwang.kit.db import Tx, query
from yiwang.kit.errors import Invalid, NotFound, Unavailable

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 80_000_000
THUMB = 480
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heif"}
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


ADD = query(
    Photo,
    "insert into kit.file (sha256, type, size, width, height, taken_at, lon, lat, by, at) values (%(sha256)s, %(type)s,"
    " %(size)s, %(width)s, %(height)s, %(taken_at)s, %(lon)s, %(lat)s, %(by)s, %(at)s)"
    " on conflict (sha256) do update set sha256 = excluded.sha256"
    " returning sha256, type, size, width, height, taken_at, lon, lat, by, at",
)
GET = query(
    Photo,
    "select sha256, type, size, width, height, taken_at, lon, lat, by, at from kit.file where sha256 = %(sha256)s",
)
GET_MANY = query(
    Photo,
    "select sha256, type, size, width, height, taken_at, lon, lat, by, at from kit.file where sha256 = any(%(shas)s)",
    apart=True,
)


WALK = "select sha256, size from kit.file order by sha256"


def open_store(url: str, folder: Path) -> ObjectStore:
    """A local folder by default, or whatever `url` names (s3://bucket/prefix, file:///…)."""
    if not url:
        folder.mkdir(parents=True, exist_ok=True)
        url = folder.as_uri()
    return from_url(url)


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
    except (ValueError, TypeError, KeyError, OSError, SyntaxError):
        return None, None, None


def _open(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data))
        if image.format not in TYPES:
            raise Invalid(
                "photo.type", "只收 JPEG、PNG、WebP 照片", "Only JPEG, PNG and WebP photos", found=image.format
            )
        image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as fault:
        raise Invalid(
            "photo.broken", "这不是一张完好的照片", "This is not a sound photo", reason=str(fault)[:200]
        ) from fault
    return image


def put_photo(tx: Tx, store: ObjectStore, data: bytes, by: UUID, zone: str) -> Photo:
    """Store a photo under its SHA-256; the same bytes again are the same photo.

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
    try:
        obstore.put(store, f"{sha[:2]}/{sha}", data)
    except Exception as away:
        raise Unavailable(
            "files.away", "照片存储暂时不可用，请稍后再传", "The photo store is away, please try again"
        ) from away
    return ADD.one(
        tx, sha256=sha, type=TYPES[image.format or ""], size=len(data), width=image.width, height=image.height,
        taken_at=taken, lon=lon, lat=lat, by=by, at=tx.now,
    )  # fmt: skip


def shown(store: ObjectStore, sha256: str, *, thumb: bool) -> bytes:
    """A JPEG to show: upright, without EXIF, whole or as a thumbnail (longest side 480). Kept once made."""
    kept = f"{'thumb' if thumb else 'shown'}/{sha256[:2]}/{sha256}"
    try:
        return bytes(obstore.get(store, kept).bytes())
    except FileNotFoundError:
        pass
    try:
        data = bytes(obstore.get(store, f"{sha256[:2]}/{sha256}").bytes())
    except FileNotFoundError:
        raise NotFound("photo.unknown", "没有这张照片", "No such photo") from None
    image = ImageOps.exif_transpose(_open(data)).convert("RGB")
    if thumb:
        image.thumbnail((THUMB, THUMB))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80 if thumb else 88)
    obstore.put(store, kept, out.getvalue())
    return out.getvalue()


def walk_photos(tx: Tx) -> Iterator[tuple[str, int]]:
    """(SHA-256, bytes) of every photo, however many: through a cursor, so inside a transaction."""
    with tx.conn.cursor(name="photos") as cursor:
        yield from cursor.execute(WALK)


def get_whole(store: ObjectStore, sha256: str) -> bytes | None:
    """The very bytes that were stored under this digest; None when they are gone or are others now."""
    try:
        data = bytes(obstore.get(store, f"{sha256[:2]}/{sha256}").bytes())
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def put_whole(store: ObjectStore, sha256: str, data: bytes) -> None:
    """Back under its digest: the caller has checked that it is its own."""
    obstore.put(store, f"{sha256[:2]}/{sha256}", data)

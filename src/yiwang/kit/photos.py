"""Photos: decoded whole, what their EXIF says, how they look."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageOps

from yiwang.kit.errors import Invalid

MAX_PIXELS = 80_000_000
CLEAR, CLEAR_PAIRS = 4, 40
"""Two neighbouring greys (of 256) that differ by so much differ clearly; in a photo with a look so many of 64 do."""
TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heif"}
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def _degrees(values: Any, ref: str) -> float | None:
    try:
        d, m, s = (float(v) for v in values)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = d + m / 60 + s / 3600
    return -value if ref in ("S", "W") else value


def read_exif(image: Image.Image, zone: ZoneInfo) -> tuple[datetime | None, float | None, float | None]:
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


def open_photo(data: bytes) -> Image.Image:
    """The picture, decoded. Invalid for another type, too many pixels (80 million) and what is broken."""
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
    small = upright(less).resize((9, 8), Image.Resampling.BOX).convert("L").tobytes()
    pairs = [(small[y * 9 + x], small[y * 9 + x + 1]) for y in range(8) for x in range(8)]
    if sum(abs(a - b) >= CLEAR for a, b in pairs) < CLEAR_PAIRS:
        return None
    bits = sum((a > b) << n for n, (a, b) in enumerate(pairs))
    return bits - (1 << 64) if bits >> 63 else bits


def upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held; a broken EXIF turns nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image

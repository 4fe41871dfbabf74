"""Files, which are photos and voice notes: content-addressed by SHA-256 in an object store, checked by what they are, not
what they say (`kit.photos`, `kit.sounds`)."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from yiwang.kit import photos, sounds
from yiwang.kit.db import Database, Tx, query, statement
from yiwang.kit.errors import Invalid, NotFound, Refused, Unavailable

log = logging.getLogger(__name__)
MAX_BYTES = 20 * 1024 * 1024
VOICE_BYTES = 2 * 1024 * 1024
THUMB = 480
SOUND = "audio/"
"""How the types of voice notes begin."""


@dataclass(frozen=True, slots=True)
class File:
    """What is known of a stored file. Of a photo: `taken_at`, `lon`, `lat` are what its EXIF says, evidence, not proof. Of a
    voice note: how many `seconds` it lasts."""

    sha256: str
    type: str
    size: int
    width: int | None
    height: int | None
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    seconds: float | None
    by: UUID
    at: datetime
    erased_at: datetime | None = None


# Whoever uploads what somebody else has uploaded before is not told so: `by` and `at` are their own.
ADD = query(
    File,
    "with f as (insert into kit.file (sha256, type, size, width, height, taken_at, lon, lat, seconds, by, at, look) values"
    " (%(sha256)s, %(type)s, %(size)s, %(width)s, %(height)s, %(taken_at)s, %(lon)s, %(lat)s, %(seconds)s, %(by)s, %(at)s,"
    " %(look)s) on conflict (sha256) do update set look = excluded.look"
    " returning sha256, type, size, width, height, taken_at, lon, lat, seconds, erased_at),"
    " u as (insert into kit.upload as k (sha256, by, at) values (%(sha256)s, %(by)s, %(at)s)"
    " on conflict (sha256, by) do update set at = k.at returning k.by, k.at)"
    " select f.sha256, f.type, f.size, f.width, f.height, f.taken_at, f.lon, f.lat, f.seconds, u.by, u.at, f.erased_at from f, u",
)
SHARE = statement(
    "insert into kit.upload (sha256, by, at) select f.sha256, %(by)s, %(at)s from kit.file f"
    " where f.sha256 = any(%(shas)s) and f.erased_at is null on conflict do nothing"
)
GET = query(
    File,
    "select sha256, type, size, width, height, taken_at, lon, lat, seconds, by, at, erased_at from kit.file"
    " where sha256 = %(sha256)s",
)
UPLOADED = query(
    File,
    "select f.sha256, f.type, f.size, f.width, f.height, f.taken_at, f.lon, f.lat, f.seconds, u.by, u.at, f.erased_at"
    " from kit.upload u join kit.file f on f.sha256 = u.sha256"
    " where u.by = %(by)s and u.sha256 = any(%(shas)s) and f.type like 'image/%%'",
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
"""So long whoever was just storing or showing a file when it was erased may still write its bytes back."""


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
    log.error("file store: %s", said[:500])
    if "os error 28" in said or "No space left" in said or "os error 122" in said or "os error 27" in said:
        return Unavailable(
            "files.disk_full", "照片存储已满，没有保存，请稍后再传",
            "The photo store is full; nothing was kept, please try again later",
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


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is in the store and not yet in the database; of a photo all but `seconds`, of a voice note only that."""

    sha256: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    seconds: float | None = None
    look: int | None = None


def store_photo(store: ObjectStore, data: bytes, zone: str) -> Stored:
    """Into the store under its SHA-256, outside of any transaction: a store that is slow must not hold a connection.

    The bytes are kept whole (the ledger binds the very file); what is shown (`shown`) has its EXIF stripped.
    Raises Invalid for what is empty, too large (20 MB, 80 megapixels), of another type or broken.
    """
    if not data:
        raise Invalid("photo.empty", "照片是空的", "The photo is empty")
    if len(data) > MAX_BYTES:
        raise Invalid("photo.too_large", "照片超过 20 MB", "The photo is larger than 20 MB", bytes=len(data))
    image = photos.open_photo(data)
    taken, lon, lat = photos.read_exif(image, ZoneInfo(zone))
    look = photos.work_out_look(image)
    return Stored(
        _put_whole(store, data), photos.TYPES[image.format or ""], len(data), image.width, image.height, taken, lon, lat,
        look=look,
    )  # fmt: skip


def store_voice(store: ObjectStore, data: bytes) -> Stored:
    """The same for a voice note. Raises Invalid for what is empty, too large (2 MB), too long (a minute), of another type or
    broken."""
    if not data:
        raise Invalid("voice.empty", "录音是空的", "The recording is empty")
    if len(data) > VOICE_BYTES:
        raise Invalid("voice.too_large", "录音超过 2 MB", "The recording is larger than 2 MB", bytes=len(data))
    sound = sounds.read_sound(data)
    return Stored(_put_whole(store, data), sound.type, len(data), seconds=round(sound.seconds, 3))


def _put_whole(store: ObjectStore, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    put_whole(store, sha256, data)
    return sha256


def note_file(tx: Tx, file: Stored, by: UUID) -> File:
    """The stored file becomes known, and may be used as evidence; the same again is the same file.
    Refused when it was erased."""
    known = ADD.one(tx, by=by, at=tx.now, **asdict(file))
    _demand_kept(known)
    return known


def find_uploaded(tx: Tx, shas: Collection[str], by: UUID) -> list[File]:
    """These photos, as far as this person uploaded them: knowing the digest of somebody else's opens nothing. Invalid
    `photo.not_uploaded` when one is missing, Refused when one was erased."""
    found = {photo.sha256: photo for photo in UPLOADED.all(tx, shas=list(shas), by=by)} if shas else {}
    if missing := [sha for sha in shas if sha not in found]:
        raise Invalid("photo.not_uploaded", "照片尚未上传，请先上传", "Please upload the photo first", missing=missing)
    for photo in found.values():
        _demand_kept(photo)
    return [found[sha] for sha in shas]


def share_photos(tx: Tx, shas: Collection[str], by: UUID) -> None:
    """Whoever was shown these photos by their uploader may use them as their own."""
    if shas:
        SHARE.run(tx, shas=list(shas), by=by, at=tx.now)


def demand_kept(tx: Tx, data: bytes) -> None:
    """Before anything is stored: Refused when these very bytes were erased. What is erased while it is being stored
    `sweep_erased` finds."""
    _demand_kept(GET.maybe(tx, sha256=hashlib.sha256(data).hexdigest()))


def _demand_kept(file: File | None) -> None:
    if file is not None and file.erased_at is not None:
        raise erased_before(sound=file.type.startswith(SOUND))


def erased_before(*, sound: bool, **detail: object) -> Refused:
    """What was erased does not come back by being uploaded once more."""
    if sound:
        return Refused(
            "voice.erased_before",
            "这段录音已被删除，不能再次上传",
            "This recording was erased; it cannot be uploaded again",
            **detail,
        )
    return Refused(
        "photo.erased_before",
        "这张照片已被删除，不能再次上传",
        "This photo was erased; it cannot be uploaded again",
        **detail,
    )


def demand_photo(tx: Tx, sha256: str) -> None:
    """NotFound when the file is no photo; with a code of its own when it was erased: it will not be there again."""
    file = GET.maybe(tx, sha256=sha256)
    if file is None or file.type.startswith(SOUND):
        raise NotFound("photo.unknown", "没有这张照片", "No such photo")
    if file.erased_at is not None:
        raise NotFound("photo.erased", "这张照片已被删除", "This photo was erased", at=file.erased_at.isoformat())


def get_voice(tx: Tx, sha256: str) -> File:
    """NotFound when the file is no voice note; with a code of its own when it was erased."""
    file = GET.maybe(tx, sha256=sha256)
    if file is None or not file.type.startswith(SOUND):
        raise NotFound("voice.unknown", "没有这段录音", "No such recording")
    if file.erased_at is not None:
        raise NotFound("voice.erased", "这段录音已被删除", "This recording was erased", at=file.erased_at.isoformat())
    return file


def mark_erased(tx: Tx, sha256: str, subject: UUID) -> bool:
    """Mark a file whose bytes are to go, and forget what its EXIF said; `subject`: in whose ledger chain it stands. False:
    it was marked before."""
    return ERASE.run(tx, sha256=sha256, subject=subject, now=tx.now) > 0


def sweep_erased(database: Database, store: ObjectStore) -> int:
    """Take the bytes of erased files out of the store: at once after the act, and periodically for what a crash or an
    absent store has left. Returns how many were looked at; what could not be done is done at the next beat."""
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
        log.warning("file %s is erased and its bytes are still in the store: %s", sha256, away)
        return False
    return True


def put_photo(tx: Tx, store: ObjectStore, data: bytes, by: UUID, zone: str) -> File:
    """All three, for whoever is in a transaction already and has a store at hand."""
    demand_kept(tx, data)
    return note_file(tx, store_photo(store, data, zone), by)


def put_voice(tx: Tx, store: ObjectStore, data: bytes, by: UUID) -> File:
    """The same for a voice note."""
    demand_kept(tx, data)
    return note_file(tx, store_voice(store, data), by)


def shown(store: ObjectStore, sha256: str, *, thumb: bool) -> bytes:
    """A JPEG to show: upright, without EXIF, whole or as a thumbnail (longest side 480). Kept once made, if it can be."""
    kept = f"{'thumb' if thumb else 'shown'}/{sha256[:2]}/{sha256}"
    if made := _get(store, kept):  # one that a power cut left empty is made again
        return made
    if (data := _get(store, f"{sha256[:2]}/{sha256}")) is None:
        raise NotFound("photo.unknown", "没有这张照片", "No such photo")
    image = photos.upright(photos.open_photo(data)).convert("RGB")
    if thumb:
        image.thumbnail((THUMB, THUMB))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80 if thumb else 88)
    with contextlib.suppress(Exception):  # a full disk is no reason not to show it
        obstore.put(store, kept, out.getvalue())
    return out.getvalue()


def walk_files(tx: Tx) -> Iterator[tuple[str, int]]:
    """(SHA-256, bytes) of every file, however many: through a cursor, so inside a transaction."""
    with tx.conn.cursor(name="files") as cursor:
        yield from cursor.execute(WALK)


def get_whole(store: ObjectStore, sha256: str) -> bytes | None:
    """The very bytes that were stored under this digest; None when they are gone or are others now."""
    data = _get(store, f"{sha256[:2]}/{sha256}")
    return data if data is not None and hashlib.sha256(data).hexdigest() == sha256 else None


def put_whole(store: ObjectStore, sha256: str, data: bytes) -> None:
    """Back under its digest: the caller has checked that it is its own."""
    _put(store, f"{sha256[:2]}/{sha256}", data)

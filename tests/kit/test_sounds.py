"""Voice notes: known by their bytes and as long as their sound is, whatever they say of themselves."""

from __future__ import annotations

import hashlib
import struct

import obstore.store
import pytest

import recordings as r
import world
from yiwang.kit import files
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.kit.sounds import MOST_PARTS, read_sound

ME = new_id()
MADE = {
    "webm": ("audio/webm", r.webm(3)),
    "webm, streamed": ("audio/webm", r.webm(3, streamed=True)),
    "webm, in groups": ("audio/webm", r.webm(3, groups=True)),
    "webm, with room left and tags": (
        "audio/webm",
        r.webm(3, more=r.element(0xEC, bytes(80)) + r.element(0x1254C367, b"")),
    ),
    "ogg": ("audio/ogg", r.ogg(3)),
    "mp4": ("audio/mp4", r.mp4(3)),
    "mp4, Opus": ("audio/mp4", r.mp4(traks=r.trak(141, b"Opus"))),
    "mp4, streamed": ("audio/mp4", r.mp4_streamed(3)),
    "mp4, streamed, alike": ("audio/mp4", r.mp4_streamed(3, own=False)),
    "mp4, streamed, by a clock that ran before": ("audio/mp4", r.mp4_streamed(3, since=48_000 * 3600)),
    "mp4, streamed, as the movie says": ("audio/mp4", r.mp4_streamed(3, own=False, defaults=True)),
}


@pytest.mark.parametrize("name", MADE)
def test_a_recording_is_known_by_its_bytes(name: str) -> None:
    kind, data = MADE[name]
    sound = read_sound(data)
    assert (sound.type, sound.seconds) == (kind, pytest.approx(3, abs=0.03))


@pytest.mark.parametrize("make", [r.webm, r.ogg, r.mp4, r.mp4_streamed])
def test_a_minute_and_no_more(make: object) -> None:
    assert read_sound(make(60)).seconds == pytest.approx(60, abs=0.03)  # type: ignore[operator]
    with pytest.raises(Invalid) as told:
        read_sound(make(64))  # type: ignore[operator]
    assert told.value.code == "voice.too_long"


OTHERS = r.page(0, [r.HEAD], 0, 2)
HOSTILE: dict[str, tuple[bytes, str]] = {
    "no file at all": (b"\x1a", "voice.type"),
    "a photo": (world.jpeg("red"), "voice.type"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "voice.type"),
    "mp3": (b"ID3\x04" + bytes(60), "voice.type"),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), "voice.type"),
    "matroska": (r.webm(doc=b"matroska"), "voice.type"),
    "webm, a film": (r.webm(tracks=r.track(1) + r.track(2, 1, b"V_VP8")), "voice.type"),
    "webm, only pictures": (r.webm(tracks=r.track(1, 1, b"V_VP8")), "voice.type"),
    "webm, other sound": (r.webm(tracks=r.track(1, 2, b"A_VORBIS")), "voice.type"),
    "webm, packed": (r.webm(tracks=r.track(more=r.element(0x6D80, b""))), "voice.type"),
    "webm, no tracks": (r.webm(tracks=b""), "voice.type"),
    "webm, another track's blocks": (r.webm(tracks=r.track(2)), "voice.broken"),
    "webm, with a file attached": (r.webm(more=r.element(0x1941A469, b"MZ" + bytes(99))), "voice.broken"),
    "webm, with something after it": (r.webm() + b"PK\x03\x04", "voice.broken"),
    "webm, nothing in it": (r.webm(0), "voice.broken"),
    "webm, only its first bytes": (b"\x1a\x45\xdf\xa3", "voice.broken"),
    "webm, an endless part": (r.webm(more=r.element(0xEC, b"", r.UNKNOWN)), "voice.broken"),
    "webm, larger than there is": (r.webm(more=r.element(0xEC, b"", b"\x01" + b"\xfe" * 7)), "voice.broken"),
    "webm, a million parts": (r.webm(more=b"\xec\x80" * (MOST_PARTS + 1)), "voice.broken"),
    "webm, silence between": (r.webm(3, step=600), "voice.too_long"),
    "ogg, other sound": (r.ogg(head=b"\x01vorbis" + bytes(30)), "voice.type"),
    "ogg, five channels": (r.ogg(head=r.HEAD[:9] + b"\x05" + r.HEAD[10:]), "voice.broken"),
    "ogg, no tags": (r.ogg(tags=b"OpusTog"), "voice.broken"),
    "ogg, only a head": (OTHERS, "voice.broken"),
    "ogg, changed on its way": (r.ogg()[:-1] + b"x", "voice.broken"),
    "ogg, two streams": (r.ogg() + r.page(3, [r.SILENCE], 960, serial=8), "voice.broken"),
    "ogg, a page left out": (OTHERS + r.page(2, [b"OpusTags"], 0), "voice.broken"),
    "ogg, a packet that never ends": (OTHERS + r.page(1, [b"OpusTags" + bytes(247)], 0)[:-1], "voice.broken"),
    "ogg, years by its own word": (r.ogg(granule=1 << 60), "voice.too_long"),
    "mp4, a film": (r.mp4(traks=r.trak(47) + r.trak(30, b"avc1", b"vide")), "voice.type"),
    "mp4, only pictures": (r.mp4(traks=r.trak(30, b"avc1", b"vide")), "voice.type"),
    "mp4, locked": (r.mp4(traks=r.trak(47, b"enca")), "voice.type"),
    "mp4, QuickTime": (r.mp4(brand=b"qt  "), "voice.type"),
    "mp4, a picture's": (r.mp4(more=r.box(b"meta", b"")), "voice.type"),
    "mp4, no movie": (r.box(b"ftyp", b"isom" + bytes(4)) + r.box(b"mdat", b"x"), "voice.broken"),
    "mp4, no sound": (r.mp4(traks=r.trak(0)), "voice.broken"),
    "mp4, a time of nothing": (r.mp4(traks=r.trak(47, scale=0)), "voice.broken"),
    "mp4, with something after it": (r.mp4() + b"PK\x03\x04", "voice.broken"),
    "mp4, a box of no size": (r.mp4(more=struct.pack(">I4s", 4, b"free")), "voice.broken"),
    "mp4, four thousand million samples": (r.mp4_streamed(own=False, count=0xFFFFFFFF), "voice.too_long"),
    "mp4, silence between": (r.mp4_streamed(3, gap=48_000 * 40), "voice.too_long"),
    "mp4, more samples than it tells of": (r.mp4_streamed(count=0xFFFFFFFF), "voice.broken"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_recording_is_refused_in_words(name: str) -> None:
    data, code = HOSTILE[name]
    with pytest.raises(Invalid) as told:
        read_sound(data)
    assert told.value.code == code and told.value.zh and told.value.en


@pytest.mark.parametrize("data", [r.webm(0.2), r.mp4(0.2), r.ogg(0.2)], ids=["webm", "mp4", "ogg"])
def test_one_cut_off_anywhere_is_refused(data: bytes) -> None:
    for end in range(len(data)):
        with pytest.raises(Invalid):
            read_sound(data[:end])


def test_a_recording_is_kept_whole_and_again_is_harmless(tx: Tx) -> None:
    store, data = obstore.store.MemoryStore(), r.webm(3)
    first, again = (files.put_voice(tx, store, data, ME) for _ in range(2))
    assert first == again and first.sha256 == hashlib.sha256(data).hexdigest()
    assert (first.type, first.size, first.seconds, first.width) == ("audio/webm", len(data), 3.0, None)
    assert files.get_whole(store, first.sha256) == data
    assert files.get_voice(tx, first.sha256).type == "audio/webm"


def test_a_recording_is_no_photo_and_a_photo_no_recording(tx: Tx) -> None:
    store = obstore.store.MemoryStore()
    voice = files.put_voice(tx, store, r.ogg(1), ME)
    photo = files.put_photo(tx, store, world.jpeg("red"), ME, "Asia/Shanghai")
    for ask, sha, code in (
        (files.demand_photo, voice.sha256, "photo.unknown"),
        (files.get_voice, photo.sha256, "voice.unknown"),
    ):
        with pytest.raises(NotFound) as told:
            ask(tx, sha)
        assert told.value.code == code


@pytest.mark.parametrize(("data", "code"), [(b"", "voice.empty"), (b"x" * (files.VOICE_BYTES + 1), "voice.too_large")])
def test_nothing_and_too_much(tx: Tx, data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as told:
        files.put_voice(tx, obstore.store.MemoryStore(), data, ME)
    assert told.value.code == code


def test_what_was_erased_does_not_come_back(tx: Tx) -> None:
    store = obstore.store.MemoryStore()
    voice = files.put_voice(tx, store, r.webm(1), ME)
    assert files.mark_erased(tx, voice.sha256, new_id())
    with pytest.raises(NotFound) as gone:
        files.get_voice(tx, voice.sha256)
    with pytest.raises(Refused) as again:
        files.put_voice(tx, store, r.webm(1), ME)
    assert (gone.value.code, again.value.code) == ("voice.erased", "voice.erased_before")

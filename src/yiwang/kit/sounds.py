"""Voice notes: one track of sound and nothing else, as browsers' recorders make them, read by their bytes. Pure.

WebM and Ogg with Opus (Chromium, Firefox), MP4 with AAC or Opus (Safari, Chromium). How long one lasts is found packet by
packet, whatever its headers say. Nothing is decoded: noise within a right container plays as noise, and browsers are told the
type that was found and to guess no other.
Sources: RFC 8794 and 9559 (WebM), RFC 3533 and 7845 (Ogg), RFC 6716 §3 (Opus), ISO/IEC 14496-12 (MP4).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from yiwang.kit.errors import Invalid

MOST_SECONDS = 60
LATE = 2
"""Seconds that a recorder may take to stop after a minute."""
MOST_PARTS = 50_000
"""Elements of a WebM file: a minute of the shortest packets has half as many."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording's true media type, and how long it lasts."""

    type: str
    seconds: float


class _Broken(Exception):
    """It is not as its format has it."""


def read_sound(data: bytes) -> Sound:
    """What this recording is. Invalid when it is none of the three or holds anything but one track of sound, when it lasts
    longer than a minute, and when it is cut off or broken."""
    try:
        if data[:4] == b"\x1a\x45\xdf\xa3":
            return Sound("audio/webm", _webm(data))
        if data[:4] == b"OggS":
            return Sound("audio/ogg", _ogg(data))
        if data[4:8] == b"ftyp":
            return Sound("audio/mp4", _mp4(data))
    except (_Broken, struct.error, IndexError) as fault:
        raise Invalid(
            "voice.broken", "这不是一段完好的录音", "This recording is damaged", reason=str(fault)[:200]
        ) from fault
    raise _other_type()


def _other_type() -> Invalid:
    return Invalid(
        "voice.type", "只收一段声音的 WebM、MP4、Ogg 录音", "Only WebM, MP4 and Ogg recordings of one track of sound"
    )


def _demand_short(seconds: float) -> None:
    if seconds > MOST_SECONDS + LATE:
        raise Invalid("voice.too_long", "录音超过 60 秒", "The recording is longer than 60 seconds")


def _demand(holds: bool, fault: str) -> None:
    if not holds:
        raise _Broken(fault)


def _opus_seconds(packet: bytes) -> float:
    """How long a packet of Opus lasts, by its first bytes (RFC 6716 §3.1–3.2)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (10.0, 20.0, 40.0, 60.0)[config & 3]
    elif config < 16:
        frame = (10.0, 20.0)[config & 1]
    else:
        frame = (2.5, 5.0, 10.0, 20.0)[config & 3]
    frames = packet[1] & 63 if code == 3 else (1, 2, 2)[code]
    _demand(0 < frame * frames <= 120, "an Opus packet of an impossible length")
    return frame * frames / 1000


# ── WebM ────────────────────────────────────────────────────────────────────────────────────────────────────────────

SEGMENT, INFO, TRACKS, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
TIMESTAMP_SCALE, TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP, BLOCK = 0x2AD7B1, 0xE7, 0xA3, 0xA0, 0xA1
DOC_TYPE, TRACK, TRACK_NUMBER, TRACK_TYPE, CODEC, ENCODINGS = 0x4282, 0xAE, 0xD7, 0x83, 0x86, 0x6D80
OPEN = (SEGMENT, CLUSTER, BLOCK_GROUP)
"""Walked into, not over: a recorder that streams knows the end of neither a segment nor a cluster."""
BESIDES = (*OPEN, 0x114D9B74, 0x1C53BB6B, 0x1254C367, 0xEC, 0xBF, 0xA7, 0xAB, 0x9B, 0x75A2, 0xFB)
"""What else may stand there: indexes and tags, room left free, checksums, how far back and how long something is."""


def _webm(data: bytes) -> float:
    _, at, end = next(_elements(data, 0, len(data), ()))
    if [data[a:b] for kind, a, b in _elements(data, at, end, ()) if kind == DOC_TYPE] != [b"webm"]:
        raise _other_type()
    track, scale, clock, first, played, ends = None, 1_000_000, 0, None, 0.0, 0.0
    for kind, a, b in _elements(data, end, len(data), OPEN):
        if kind == SEGMENT:
            _demand(b == len(data), "something after the sound")
        elif kind == INFO:
            scale = next((_number(data[c:d]) for k, c, d in _elements(data, a, b, ()) if k == TIMESTAMP_SCALE), scale)
        elif kind == TRACKS:
            _demand(track is None, "two lists of tracks")
            track = _opus_track(data, a, b)
        elif kind == TIMESTAMP:
            clock = _number(data[a:b])
        elif kind in (SIMPLE_BLOCK, BLOCK):
            number, head = _vint(data, a, 8, marked=False)
            after, flags = struct.unpack_from(">hB", data, head)
            _demand(number == track and not flags & 6 and head + 3 < b, "a block of something else")
            lasts, at = _opus_seconds(data[head + 3 : b]), (clock + after) * scale / 1e9
            first = at if first is None else first
            played, ends = played + lasts, max(ends, at - first + lasts)
            _demand_short(max(played, ends))
        else:
            _demand(kind in BESIDES, f"an element {kind:x}, which no recorder writes")
    _demand(played > 0, "no sound in it")
    return max(played, ends)


def _opus_track(data: bytes, at: int, end: int) -> int:
    """The number of the only track, which is Opus."""
    tracks = [(a, b) for kind, a, b in _elements(data, at, end, ()) if kind == TRACK]
    if len(tracks) != 1:
        raise _other_type()
    told = {kind: data[a:b] for kind, a, b in _elements(data, *tracks[0], ())}
    if told.get(TRACK_TYPE) != b"\x02" or told.get(CODEC, b"").rstrip(b"\0") != b"A_OPUS" or ENCODINGS in told:
        raise _other_type()
    return _number(told.get(TRACK_NUMBER, b""))


def _elements(data: bytes, at: int, end: int, walked: Collection[int]) -> Iterator[tuple[int, int, int]]:
    """What stands between two places, and within those of the `walked` kinds: its kind, where its content begins and ends."""
    within = [end]
    for _ in range(MOST_PARTS):
        while at == within[-1]:
            within.pop()
            if not within:
                return
        kind, at = _vint(data, at, 4, marked=True)
        size, begins = _vint(data, at, 8, marked=False)
        if size == (1 << 7 * (begins - at)) - 1:
            _demand(kind in walked, "an element without an end")
            ends = within[-1]
        else:
            ends = begins + size
            _demand(ends <= within[-1], "cut off")
            within += [ends] if kind in walked else []
        yield kind, begins, ends
        at = begins if kind in walked else ends
    raise _Broken("far too many parts")


def _vint(data: bytes, at: int, most: int, *, marked: bool) -> tuple[int, int]:
    """A number of EBML's, with the bit that marks its length or without, and where it ends."""
    length = 9 - data[at].bit_length()
    _demand(length <= most and at + length <= len(data), "cut off")
    value = int.from_bytes(data[at : at + length])
    return value if marked else value & (1 << 7 * length) - 1, at + length


def _number(data: bytes) -> int:
    _demand(0 < len(data) <= 8, "a number that is none")
    return int.from_bytes(data)


# ── Ogg ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

MIRRORED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))
MOST_PACKET = 64 * 1024


def _ogg(data: bytes) -> float:
    packets = _packets(data)
    head, _ = next(packets)
    if head[:8] != b"OpusHead":
        raise _other_type()
    version, channels, skipped = struct.unpack_from("<BBH", head, 8)
    tags, _ = next(packets, (b"", 0))
    _demand(
        version < 16 and channels in (1, 2) and head[18] == 0 and tags[:8] == b"OpusTags",
        "no Opus of one or two channels",
    )
    played, ends = 0.0, 0.0
    for packet, granule in packets:
        played, ends = played + _opus_seconds(packet), max(ends, (granule - skipped) / 48_000)
        _demand_short(max(played, ends))
    _demand(played > 0, "no sound in it")
    return max(played, ends)


def _packets(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Every packet of the one stream, with how many samples are played when its page ends."""
    at, number, begun, serial = 0, 0, None, data[14:18]
    while at < len(data):
        sign, version, flags, granule, nth, crc, count = struct.unpack_from("<4sBBq4xIIB", data, at)
        lengths = data[at + 27 : at + 27 + count]
        begins, end = at + 27 + count, at + 27 + count + sum(lengths)
        _demand(sign == b"OggS" and version == 0 and len(lengths) == count and end <= len(data), "cut off")
        _demand(nth == number and data[at + 14 : at + 18] == serial, "a page of something else")
        _demand(crc == _checksum(data[at : at + 22] + bytes(4) + data[at + 26 : end]), "a page that was changed")
        _demand((begun is not None) == bool(flags & 1), "half a packet")
        for length in lengths:
            begun = (begun or b"") + data[begins : begins + length]
            begins += length
            _demand(len(begun) <= MOST_PACKET, "a packet that is too long")
            if length < 255:
                yield begun, granule
                begun = None
        at, number = end, number + 1
    _demand(begun is None, "cut off")


def _checksum(page: bytes) -> int:
    """Ogg's, which is zlib's with the bits of each byte mirrored, and begun and ended with nothing turned over."""
    crc = zlib.crc32(page.translate(MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2)


# ── MP4 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

Span = tuple[int, int]
TOP = (b"ftyp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"sidx", b"styp", b"prft", b"emsg", b"mfra")
CODECS = (b"mp4a", b"Opus")


def _mp4(data: bytes) -> float:
    top = [*_boxes(data, 0, len(data))]
    if data[8:12] == b"qt  " or any(kind not in TOP for kind, _, _ in top):
        raise _other_type()
    _demand(any(kind == b"mdat" and b > a for kind, a, b in top), "no sound in it")
    movie = _inside(data, (0, len(data)), b"moov")
    tracks = [(a, b) for kind, a, b in _boxes(data, *movie) if kind == b"trak"]
    if len(tracks) != 1:
        raise _other_type()
    media = _inside(data, tracks[0], b"mdia")
    table = _inside(data, media, b"minf", b"stbl")
    codecs = _leaf(data, table, b"stsd")
    if _leaf(data, media, b"hdlr")[8:12] != b"soun" or codecs[4:8] != b"\0\0\0\1" or codecs[12:16] not in CODECS:
        raise _other_type()
    head = _leaf(data, media, b"mdhd")
    (scale,) = struct.unpack_from(">I", head, 20 if head[0] else 12)
    times = _leaf(data, table, b"stts")
    (count,) = struct.unpack_from(">I", times, 4)
    _demand(8 + 8 * count == len(times), "a table cut off")
    played = ends = sum(samples * each for samples, each in struct.iter_unpack(">II", times[8:]))
    usual, begun = 0, None
    for kind, a, b in _boxes(data, *movie):
        if kind == b"mvex":
            (usual,) = struct.unpack_from(">I", _leaf(data, (a, b), b"trex"), 12)
    for kind, a, b in top:
        for part, c, d in _boxes(data, a, b) if kind == b"moof" else ():
            if part == b"traf":
                at, lasts = _fragment(data, (c, d), usual)
                at = played if at is None else at
                begun = at - played if begun is None else begun
                played, ends = played + lasts, max(ends, at - begun + lasts)
    _demand(scale > 0 and played > 0, "no sound in it")
    _demand_short(max(played, ends) / scale)
    return max(played, ends) / scale


def _fragment(data: bytes, span: Span, usual: int) -> tuple[int | None, int]:
    """When a fragment begins, if it says so, and how long it lasts; its samples last the `usual` time or their own."""
    begins, lasts, head = None, 0, _leaf(data, span, b"tfhd")
    flags = int.from_bytes(head[1:4])
    if flags & 8:
        (usual,) = struct.unpack_from(">I", head, 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0))
    for kind, a, b in _boxes(data, *span):
        body = data[a:b]
        if kind == b"tfdt":
            (begins,) = struct.unpack_from(">Q" if body[0] else ">I", body, 4)
        elif kind == b"trun":
            flags, (count,) = int.from_bytes(body[1:4]), struct.unpack_from(">I", body, 4)
            at = 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
            width = 4 * (flags >> 8 & 15).bit_count()
            _demand(at + count * width == len(body), "a table cut off")
            own = flags & 0x100
            lasts += sum(n for (n,) in struct.iter_unpack(f">I{width - 4}x", body[at:])) if own else count * usual
    return begins, lasts


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Every box between two places: its kind, where its content begins and where that ends."""
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        elif size == 0:
            size = end - at
        _demand(head <= size <= end - at, "cut off")
        yield kind, at + head, at + size
        at += size


def _inside(data: bytes, span: Span, *path: bytes) -> Span:
    """The one box at the end of a path of boxes."""
    for step in path:
        found = [(a, b) for kind, a, b in _boxes(data, *span) if kind == step]
        _demand(len(found) == 1, f"not one {step.decode()}")
        (span,) = found
    return span


def _leaf(data: bytes, span: Span, kind: bytes) -> bytes:
    a, b = _inside(data, span, kind)
    return data[a:b]

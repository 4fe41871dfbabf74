"""Recordings as browsers make them, byte by byte: silence that every decoder plays (the AAC in the MP4 is made up)."""

from __future__ import annotations

import struct

SILENCE = b"\xf8\xff\xfe"
"""20 ms of Opus."""
RATE = 50
"""Packets of it a second."""
HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
UNKNOWN = b"\x01" + b"\xff" * 7


def element(kind: int, content: bytes, size: bytes | None = None) -> bytes:
    """One of EBML's, its size in eight bytes, or as given."""
    name = kind.to_bytes((kind.bit_length() + 7) // 8)
    return name + (size or (len(content) | 1 << 56).to_bytes(8)) + content


def track(number: int = 1, kind: int = 2, codec: bytes = b"A_OPUS", more: bytes = b"") -> bytes:
    told = element(0xD7, bytes([number])) + element(0x83, bytes([kind])) + element(0x86, codec) + element(0x63A2, HEAD)
    return element(0xAE, told + more)


def clusters(packets: list[bytes], size: bytes | None = None, *, groups: bool = False, step: int = 20) -> bytes:
    """A cluster a second, a block a packet, `step` ms from one to the next."""
    made = b""
    for at in range(0, len(packets), RATE):
        blocks = b""
        for n, packet in enumerate(packets[at : at + RATE]):
            block = b"\x81" + struct.pack(">hB", n * step, 0 if groups else 0x80) + packet
            blocks += element(0xA0, element(0xA1, block)) if groups else element(0xA3, block)
        made += element(0x1F43B675, element(0xE7, (at * step).to_bytes(4)) + blocks, size)
    return made


def webm(
    seconds: float = 1, *, streamed: bool = False, groups: bool = False, doc: bytes = b"webm", tracks: bytes | None = None,
    more: bytes = b"", step: int = 20,
) -> bytes:  # fmt: skip
    """`streamed`: as written without knowing how long it will be; `step`: ms from packet to packet."""
    size = UNKNOWN if streamed else None
    packets = [SILENCE] * round(seconds * RATE)
    inside = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3)))
    inside += element(0x1654AE6B, track() if tracks is None else tracks) + clusters(
        packets, size, groups=groups, step=step
    )
    return element(0x1A45DFA3, element(0x4282, doc)) + element(0x18538067, inside + more, size)


def page(number: int, packets: list[bytes], granule: int, flags: int = 0, serial: int = 7) -> bytes:
    """One of Ogg's; the sum over it is reckoned bit by bit, as RFC 3533 describes it."""
    lacing = b"".join(bytes([255] * (len(p) // 255) + [len(p) % 255]) for p in packets)
    head = b"OggS" + struct.pack("<BBqII", 0, flags, granule, serial, number)
    body = bytes([len(lacing)]) + lacing + b"".join(packets)
    crc = 0
    for byte in head + bytes(4) + body:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc >> 31 else crc << 1) & 0xFFFFFFFF
    return head + struct.pack("<I", crc) + body


def ogg(
    seconds: float = 1, *, head: bytes = HEAD, tags: bytes = b"OpusTags" + bytes(8), granule: int | None = None
) -> bytes:
    """A page a second; `granule`: what the last page says instead of the truth."""
    pages = [page(0, [head], 0, 2), page(1, [tags], 0)]
    left = round(seconds * RATE)
    while left > 0:
        here = min(left, RATE)
        left -= here
        played = round(seconds * 48_000) - left * 960 + 312
        pages.append(
            page(len(pages), [SILENCE] * here, played if left or granule is None else granule, 0 if left else 4)
        )
    return b"".join(pages)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def full(kind: bytes, content: bytes, flags: int = 0, version: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags) + content)


def trak(samples: int, codec: bytes = b"mp4a", sort: bytes = b"soun", scale: int = 48_000) -> bytes:
    """`samples` of 1024 ticks each, as AAC has them."""
    entry = box(codec, bytes(6) + struct.pack(">H8xHHIIH", 1, 1, 16, 0, scale, 0))
    table = full(b"stsd", struct.pack(">I", 1) + entry)
    table += full(b"stts", struct.pack(">I", 1) + struct.pack(">II", samples, 1024) if samples else bytes(4))
    media = full(b"mdhd", struct.pack(">IIIII", 0, 0, scale, 0, 0)) + full(b"hdlr", bytes(4) + sort + bytes(13))
    return box(b"trak", box(b"mdia", media + box(b"minf", box(b"stbl", table))))


def mp4(seconds: float = 1, *, traks: bytes | None = None, brand: bytes = b"isom", more: bytes = b"") -> bytes:
    """As written when it is over."""
    moov = box(b"moov", full(b"mvhd", bytes(96)) + (trak(round(seconds * 48_000 / 1024)) if traks is None else traks))
    return box(b"ftyp", brand + bytes(4) + b"isom") + moov + box(b"mdat", bytes(64)) + more


def mp4_streamed(
    seconds: float = 1,
    *,
    own: bool = True,
    defaults: bool = False,
    count: int | None = None,
    since: int = 0,
    gap: int = 0,
) -> bytes:
    """In fragments of a second, as Safari and Chromium write it. `own`: each sample says how long it lasts; else the fragment
    does, or (`defaults`) the movie for all. `since`, `gap`: at which tick it begins, and for how many nothing is between."""
    mvex = box(b"mvex", full(b"trex", struct.pack(">IIIII", 1, 1, 1024 if defaults else 0, 0, 0)))
    made = box(b"ftyp", b"iso5" + bytes(4) + b"iso5mp41") + box(b"moov", full(b"mvhd", bytes(96)) + trak(0) + mvex)
    left, at = round(seconds * 48_000 / 1024), since
    while left > 0:
        here = min(left, 47)
        head = full(
            b"tfhd",
            struct.pack(">I", 1) + (b"" if own or defaults else struct.pack(">I", 1024)),
            0 if own or defaults else 8,
        )
        told = struct.pack(">II", here if count is None else count, 0)
        run = full(b"trun", told + struct.pack(">II", 1024, 8) * here if own else told, 0x301 if own else 1)
        begins = full(b"tfdt", struct.pack(">Q", at), version=1)
        made += box(b"moof", full(b"mfhd", bytes(4)) + box(b"traf", head + begins + run)) + box(
            b"mdat", bytes(8 * here)
        )
        left, at = left - here, at + here * 1024 + gap
    return made

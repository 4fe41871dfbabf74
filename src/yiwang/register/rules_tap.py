"""What a tag says of itself: SUN (Secure Unique NFC message) of NXP NTAG 424 DNA, and what a plain identity is worth. Pure.

A static identity can be copied with any telephone. An NTAG 424 writes into the address that it hands over its identity, a
counter that rises at each tap, and a CMAC over both under a key that never leaves the chip (NXP AN12196, §3.3–3.4, "SDM
for reading"): a copy knows no new MAC, and a repeated one is known by its counter.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from yiwang.kit.errors import Invalid

PICC_UID_COUNTER = 0xC7
"""PICCDataTag: identity mirrored, counter mirrored, identity of seven bytes."""
UID, COUNTER, MAC, KEY = 7, 3, 8, 16


@dataclass(frozen=True, slots=True)
class Tap:
    """What was read: the chip's identity (hex, capitals) and its counter."""

    uid: str
    counter: int


def _cmac(key: bytes, data: bytes) -> bytes:
    made = CMAC(algorithms.AES(key))
    made.update(data)
    return made.finalize()


def read_picc(meta_key: bytes, picc: bytes) -> Tap | None:
    """Who tapped, of an encrypted PICCData (16 bytes, AES-128-CBC under the batch's meta read key, IV of zeros); None when this is
    not the key (AN12196 §3.4.2)."""
    if len(picc) != KEY or len(meta_key) != KEY:
        return None
    opened = Cipher(algorithms.AES(meta_key), modes.CBC(bytes(16))).decryptor().update(picc)
    if opened[0] != PICC_UID_COUNTER:
        return None
    return Tap(opened[1 : 1 + UID].hex().upper(), int.from_bytes(opened[1 + UID : 1 + UID + COUNTER], "little"))


def work_out_mac(file_key: bytes, tap: Tap, data: bytes = b"") -> bytes:
    """SDMMAC: the odd bytes of a CMAC under a key made for this tap (AN12196 §3.3: SV2, §3.4.4)."""
    number = tap.counter.to_bytes(COUNTER, "little")
    session = _cmac(file_key, bytes.fromhex("3CC300010080") + bytes.fromhex(tap.uid) + number)
    return _cmac(session, data)[1::2]


def is_signed(file_key: bytes, tap: Tap, mac: bytes, data: bytes = b"") -> bool:
    """Did this very chip make it? `data`: what of the address the chip was told to cover."""
    return len(mac) == MAC and hmac.compare_digest(work_out_mac(file_key, tap, data), mac)


def read_hex(text: str, size: int, name: str) -> bytes:
    """`size` bytes in hex; Invalid `tap.hex` otherwise."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != size:
        raise Invalid("tap.hex", f"标签数据“{name}”不完整", f"The tag's {name} is incomplete", field=name)
    return found

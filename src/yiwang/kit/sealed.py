"""Sealed files: encrypted with a passphrase, in chunks, so that any size streams and any change is noticed.

    header   b"yiwang-sealed" 0x01 · log2 of scrypt's N (1 byte) · salt (16) · file id (16)
    chunk i  AES-256-GCM of up to `CHUNK` bytes, with its tag (16); only the last may be shorter

The file's key is HKDF-SHA256 of scrypt(passphrase, salt, N, r = 8, p = 1) with the whole header as `info`: a changed
header gives another key. A chunk's nonce is its number (11 bytes, big endian) and whether it is the last (1 byte):
the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), as in age. So a chunk that is changed, moved,
taken out or put in does not open, and a file that was cut off has no last chunk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from yiwang.kit.errors import Invalid

MAGIC = b"yiwang-sealed\x01"
CHUNK, TAG = 1 << 18, 16
HEADER = len(MAGIC) + 1 + 16 + 16
WORK = 17  # scrypt's N = 2^17 (OWASP): 128 MB and some tenths of a second a guess
MOST_WORK = 20  # what a file may ask of us
SHORTEST = 12


class Secret:
    """A passphrase, and the keys drawn from it so far: one slow derivation a salt, however many files."""

    def __init__(self, passphrase: str, work: int = WORK) -> None:
        if len(passphrase) < SHORTEST:
            raise Invalid(
                "sealed.short", f"口令太短，至少 {SHORTEST} 个字符",
                f"The passphrase is too short: at least {SHORTEST} characters",
            )  # fmt: skip
        self._passphrase, self.work, self.salt = passphrase.encode(), work, os.urandom(16)
        self._masters: dict[tuple[int, bytes], bytes] = {}

    def key(self, header: bytes) -> AESGCM:
        """The key of the file that begins with this header."""
        work, salt = header[len(MAGIC)], header[len(MAGIC) + 1 : len(MAGIC) + 17]
        if (master := self._masters.get((work, salt))) is None:
            master = Scrypt(salt=salt, length=32, n=1 << work, r=8, p=1).derive(self._passphrase)
            self._masters[work, salt] = master
        return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=header).derive(master))

    def header(self) -> bytes:
        """Of a new file."""
        return MAGIC + bytes([self.work]) + self.salt + os.urandom(16)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealer:
    """Writes a sealed file. Without `close` there is no last chunk, and what was written does not pass for whole."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        header = secret.header()
        self._file, self._key, self._number, self._waiting = file, secret.key(header), 0, bytearray()
        file.write(header)

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        self._put(bytes(self._waiting), last=True)

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._key.encrypt(_nonce(self._number, last), chunk, None))
        self._number += 1


class Opener:
    """Reads a sealed file. Every byte it gives is authentic and in its place; that it ends there, only the end tells."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        header = file.read(HEADER)
        if len(header) < HEADER or not header.startswith(MAGIC) or header[len(MAGIC)] > MOST_WORK:
            raise Invalid("sealed.unknown", "这不是本系统的加密文件", "This is not a sealed file of Yiwang")
        self._key, self._chunks, self._have = secret.key(header), self._read(file), b""
        self._have = next(self._chunks)  # so that a wrong passphrase is told at once
        self.salt = header[len(MAGIC) + 1 : len(MAGIC) + 17]

    def _read(self, file: BinaryIO) -> Iterator[bytes]:
        number, ahead = 0, file.read(CHUNK + TAG)
        while True:
            chunk, ahead = ahead, file.read(CHUNK + TAG)
            try:
                yield self._key.decrypt(_nonce(number, not ahead), chunk, None)
            except InvalidTag:
                raise self._explain(number, chunk, bool(ahead)) from None
            if not ahead:
                return
            number += 1

    def _explain(self, number: int, chunk: bytes, more: bool) -> Invalid:
        try:
            self._key.decrypt(_nonce(number, more), chunk, None)
        except InvalidTag:
            pass
        else:
            if more:
                return Invalid("sealed.longer", "文件末尾被添了东西", "Something was added at the file's end")
            return Invalid("sealed.cut_off", "文件不完整，后面的部分没有了", "The file was cut off: its end is missing")
        if number == 0:
            return Invalid(
                "sealed.wrong_key", "口令不对，或文件开头已损坏",
                "The passphrase is wrong, or the file's beginning is damaged",
            )  # fmt: skip
        at = HEADER + number * (CHUNK + TAG)
        return Invalid(
            "sealed.damaged", f"文件已损坏、被改动或被截断（第 {at} 字节起）",
            f"The file is damaged, was changed or cut off, from byte {at} on", byte=at,
        )  # fmt: skip

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        while len(self._have) < size and (more := next(self._chunks, None)) is not None:
            self._have += more
        data, self._have = self._have[:size], self._have[size:]
        return data

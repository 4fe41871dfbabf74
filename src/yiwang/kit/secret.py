"""Personal data at rest: sealed with AES-256-GCM (or SM4-GCM) under a key that the database never holds.

A key file has one key a line, `<cipher> <base64>`; the last is the one that seals, the others still open what they sealed.
A sealed value is

    0x01 || key id (4 bytes) || nonce (12) || ciphertext || tag (16)

and bound to its place: the additional data are the table, the column and the row's id, so that one row's value moved into
another row is refused like a changed one. Key id: the first 4 bytes of SHA-256 over the cipher's name and the key.
Sources: NIST SP 800-38D (GCM; random 96-bit nonces, so at most 2^32 values a key: rotate long before), GB/T 32907 (SM4).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yiwang.kit.errors import Invalid, Unavailable

CIPHERS = {"aes256": (algorithms.AES, 32), "sm4": (algorithms.SM4, 16)}
MARK, ID, NONCE, TAG = b"\x01", 4, 12, 16
HEAD = len(MARK) + ID
BLOCK = 64
"""Sealed values are filled up to whole blocks, so that their length tells nothing of a name's."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    cipher: str
    data: bytes

    @classmethod
    def make(cls, cipher: str) -> Key:
        """A new random key; Invalid for a cipher that is not here."""
        if cipher not in CIPHERS:
            raise Invalid(
                "secret.cipher", f"个人信息加密算法只能是 {'、'.join(CIPHERS)}", f"The cipher is one of {', '.join(CIPHERS)}",
                cipher=cipher,
            )  # fmt: skip
        key = cls(cipher, secrets.token_bytes(CIPHERS[cipher][1]))
        try:
            key.seal(b"", b"")  # said now, not at the first report
        except UnsupportedAlgorithm as missing:
            raise Invalid(
                "secret.no_cipher", f"本机的密码库（OpenSSL）不支持 {cipher}", f"The OpenSSL here does not offer {cipher}"
            ) from missing  # fmt: skip
        return key

    @property
    def id(self) -> bytes:
        return hashlib.sha256(b"yiwang personal key\n" + self.cipher.encode() + b"\n" + self.data).digest()[:ID]

    def _cipher(self, nonce: bytes, tag: bytes | None = None) -> Cipher[modes.GCM]:
        return Cipher(CIPHERS[self.cipher][0](self.data), modes.GCM(nonce, tag))

    def seal(self, text: bytes, place: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        sealing = self._cipher(nonce).encryptor()
        head = MARK + self.id
        sealing.authenticate_additional_data(head + place)
        return head + nonce + sealing.update(text) + sealing.finalize() + sealing.tag

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Raises InvalidTag when it is not what was sealed for this very place."""
        nonce, text, tag = sealed[HEAD : HEAD + NONCE], sealed[HEAD + NONCE : -TAG], sealed[-TAG:]
        if len(nonce) < NONCE or len(tag) < TAG or len(sealed) < HEAD + NONCE + TAG:
            raise InvalidTag
        opening = self._cipher(nonce, tag).decryptor()
        opening.authenticate_additional_data(sealed[:HEAD] + place)
        return opening.update(text) + opening.finalize()

    def write(self) -> str:
        return f"{self.cipher} {base64.b64encode(self.data).decode()}"

    @classmethod
    def parse(cls, line: str) -> Key:
        """ValueError when it is not such a line."""
        cipher, _, text = line.strip().partition(" ")
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error as bad:
            raise ValueError("not base64") from bad
        if cipher not in CIPHERS or len(data) != CIPHERS[cipher][1]:
            raise ValueError("a key is a line of cipher and base64")
        return cls(cipher, data)


def _place(place: str, row: UUID) -> bytes:
    """`table.column` and the row's id as additional data."""
    return f"yiwang\0{place}\0".encode() + row.bytes


class Ring:
    """The keys of one file. Seals with the last; reads the file again when it meets a key that it does not know."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._keys: dict[bytes, Key] = {}
        self.current: Key
        self.reload()

    def reload(self) -> bool:
        """Read the file if it has changed; answers whether another key seals from now on."""
        with self._lock:
            try:
                found = self.path.stat()
                stamp = (found.st_mtime_ns, found.st_size)
                if stamp == self._stamp:
                    return False
                lines = self.path.read_text("utf-8").splitlines()
                keys = [Key.parse(line) for line in lines if line.strip() and not line.startswith("#")]
                current = keys[-1]
            except (OSError, ValueError, IndexError) as bad:
                raise Invalid(
                    "secret.key_file", f"个人信息密钥文件无法读取：{self.path}", "The file of keys for personal data cannot be read",
                    path=str(self.path),
                ) from bad  # fmt: skip
            changed = bool(self._keys) and current.id != self.current.id
            self._keys, self.current, self._stamp = {k.id: k for k in keys}, current, stamp
            return changed

    @property
    def ids(self) -> list[bytes]:
        """Ids of all keys, the one that seals last."""
        return [*(i for i in self._keys if i != self.current.id), self.current.id]

    def seal(self, place: str, row: UUID, fields: Mapping[str, str]) -> bytes:
        """The fields as one value that opens at this place only; `place` is `schema.table.column`."""
        text = msgspec.json.encode(fields)
        return self.current.seal(text + b" " * (-len(text) % BLOCK), _place(place, row))

    def open(self, place: str, row: UUID, sealed: bytes) -> dict[str, str]:
        """Unavailable when its key is not here, or when it is not what was sealed for this place."""
        key = self._find(sealed[len(MARK) : HEAD])
        try:
            return msgspec.json.decode(key.open(sealed, _place(place, row)), type=dict[str, str])
        except (InvalidTag, msgspec.MsgspecError) as wrong:
            raise Unavailable(
                "secret.broken", "个人信息的密文与所在的行不符，可能被人改动", "A sealed value does not belong to its row, or was changed",
                place=place, row=row,
            ) from wrong  # fmt: skip

    @property
    def head(self) -> bytes:
        """What a value begins with that the present key has sealed."""
        return MARK + self.current.id

    def digests(self, data: bytes) -> list[bytes]:
        """Keyed digests (HMAC-SHA-256) of `data`, by the present key first: what may stand in the database although the
        data can be guessed. By every key, so that it is known again after a rotation."""
        return [
            hmac.digest(hashlib.sha256(b"yiwang digest\n" + self._keys[i].data).digest(), data, "sha256")
            for i in reversed(self.ids)
        ]

    def rotate(self, cipher: str) -> Key:
        """Add a new key to the file, which seals from now on. Invalid when the file is not ours to write."""
        self.reload()
        key = Key.make(cipher)
        try:
            write_keys(self.path, [*(self._keys[i] for i in self.ids), key])
        except OSError as closed:
            raise Invalid(
                "secret.not_ours", "密钥文件由外部保管，不能在此写入：请在密钥库中追加一行，再运行一次", "The key file is kept elsewhere: add a line there, and run this again",
                path=str(self.path),
            ) from closed  # fmt: skip
        self.reload()
        return key

    def _find(self, key_id: bytes) -> Key:
        if key_id not in self._keys:
            with suppress(Invalid):  # that the file is unreadable just now is not what is wrong with this value
                self.reload()
        key = self._keys.get(key_id)
        if key is None:
            raise Unavailable(
                "secret.no_key", "找不到这条个人信息的密钥，请把原来的密钥文件放回", "The key of this value is not here: put the old key file back",
                key=key_id.hex(),
            )  # fmt: skip
        return key


def write_keys(path: Path, keys: list[Key]) -> None:
    """The file anew, whole or not at all, for the owner's eyes only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(
            "# 个人信息的密钥，一行一把，最后一把用于加密。与备份分开保管。 Keys of personal data; the last one seals.\n"
        )
        file.writelines(f"{key.write()}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


_ring: Ring | None = None


def use(ring: Ring | None) -> None:
    """Make `ring` the one that `ring()` answers with: done once, where the program starts."""
    global _ring
    _ring = ring


def ring() -> Ring:
    if _ring is None:
        raise RuntimeError("no keys in use: call kit.secret.use() first")
    return _ring

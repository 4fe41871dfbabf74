"""Signed tree heads as C2SP checkpoints, with Ed25519 or SM2. Pure.

A head is a signed note (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint):

    <origin>                                    the ledger's name, which is also the key's name
    <size>
    <root, base64>
    hash <sha256 | sm3>                         extension lines
    previous <size of the head before, or 0>
    time <2026-11-22T04:05:06.000007Z>
    <empty line>
    — <key name> <base64(first 4 bytes of the key id || signature)>

A key is one line of text, `<name>+<first 4 bytes of the key id, hex>+<base64(type || key)>`; a private one begins with
`PRIVATE+KEY+` and holds the 32-byte seed. Key id = SHA-256(name || 0x0A || type || public key). Types: 0x01 is
Ed25519 (RFC 8032); `0xff "yiwang.sm2-sm3"` is SM2 with SM3 and the default user id (GB/T 32918.2-2016, GM/T 0009),
signature r || s of 32 bytes each, public key 04 || x || y.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

import gmalg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from yiwang.ledger.model_proof import Head, Origin
from yiwang.ledger.rules import DIGESTS, time_text

TYPES = {"ed25519": b"\x01", "sm2": b"\xffyiwang.sm2-sm3"}
PUBLIC_SIZE = {"ed25519": 32, "sm2": 65}
SM2_USER = b"1234567812345678"
SM2_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
PRIVATE = "PRIVATE+KEY+"
DASH = "— "


def to_text(data: bytes) -> str:
    return b64encode(data).decode()


def from_text(text: str) -> bytes:
    """Base64, in the one form that `to_text` writes. ValueError for any other."""
    try:
        data = b64decode(text, validate=True)
    except binascii.Error as bad:
        raise ValueError(f"not base64: {text[:40]!r}") from bad
    if to_text(data) != text:
        raise ValueError(f"not the canonical base64: {text[:40]!r}")
    return data


def is_name(name: str) -> bool:
    """May this be an origin, and so a key's name? (C2SP: not empty, no whitespace, no plus.)"""
    return bool(name) and "+" not in name and name.isprintable() and not any(c.isspace() for c in name)


@dataclass(frozen=True, slots=True)
class PublicKey:
    name: str
    algorithm: str
    data: bytes

    @property
    def key_id(self) -> str:
        """64 hex digits."""
        return hashlib.sha256(self.name.encode() + b"\n" + TYPES[self.algorithm] + self.data).hexdigest()

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id[:8]}+{to_text(TYPES[self.algorithm] + self.data)}"

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """ValueError when it is not such a line."""
        name, algorithm, data = _parse(text)
        key = cls(name, algorithm, data)
        if len(data) != PUBLIC_SIZE[algorithm] or str(key) != text.strip():
            raise ValueError("the key's parts do not belong together")
        return key

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        try:
            if self.algorithm == "ed25519":
                Ed25519PublicKey.from_public_bytes(self.data).verify(signature, message)
                return True
            if not _is_on_curve(self.data):
                return False
            return gmalg.SM2(pk=self.data, uid=SM2_USER).verify(message, signature[:32], signature[32:])
        except (InvalidSignature, gmalg.errors.GMError, ValueError, TypeError):
            return False  # TypeError: gmalg unpacks the point at infinity


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    name: str
    algorithm: str
    seed: bytes

    @classmethod
    def make(cls, name: str, algorithm: str) -> PrivateKey:
        """A new random key. ValueError for an unknown algorithm or a name that cannot be one."""
        if not is_name(name):
            raise ValueError(f"a ledger's name has no spaces and no plus: {name!r}")
        if algorithm == "ed25519":
            return cls(name, algorithm, Ed25519PrivateKey.generate().private_bytes_raw())
        if algorithm == "sm2":
            return cls(name, algorithm, gmalg.SM2().generate_keypair()[0].rjust(32, b"\0"))
        raise ValueError(f"ed25519 or sm2, not {algorithm!r}")

    @property
    def public(self) -> PublicKey:
        if self.algorithm == "ed25519":
            data = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        else:
            data = gmalg.SM2().generate_pk(self.seed)
        return PublicKey(self.name, self.algorithm, data)

    def write(self) -> str:
        """The secret line for the key file."""
        return f"{PRIVATE}{self.name}+{self.public.key_id[:8]}+{to_text(TYPES[self.algorithm] + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> PrivateKey:
        if not text.startswith(PRIVATE):
            raise ValueError("not a private key")
        name, algorithm, seed = _parse(text[len(PRIVATE) :])
        key = cls(name, algorithm, seed)
        if len(seed) != 32 or key.write() != text.strip():
            raise ValueError("the key's parts do not belong together")
        return key

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        if self.algorithm == "ed25519":
            return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
        r, s = gmalg.SM2(sk=self.seed, uid=SM2_USER, pk=self.public.data).sign(message)
        return r.rjust(32, b"\0") + s.rjust(32, b"\0")


def _is_on_curve(point: bytes) -> bool:
    """Is 04 || x || y a point of the SM2 curve y² = x³ − 3x + b (GB/T 32918.5)? Its cofactor is 1, so no more is to check."""
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return (
        len(point) == 65 and point[0] == 4 and x < SM2_P and y < SM2_P and (y * y - x**3 + 3 * x - SM2_B) % SM2_P == 0
    )


def _parse(text: str) -> tuple[str, str, bytes]:
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not is_name(parts[0]):
        raise ValueError("a key is one line: name+hint+base64")
    data = from_text(parts[2])
    for algorithm, kind in TYPES.items():
        if data.startswith(kind):
            return parts[0], algorithm, data[len(kind) :]
    raise ValueError("neither an Ed25519 nor an SM2 key")


def endorsement_text(key: PublicKey) -> bytes:
    """What an earlier key signs to hand over to `key`."""
    return f"yiwang ledger key\n{key}\n".encode()


def head_text(origin: Origin, size: int, root: bytes, at: datetime, previous: int) -> bytes:
    """The bytes that are signed."""
    lines = [origin.name, size, to_text(root), f"hash {origin.hash}", f"previous {previous}", f"time {time_text(at)}"]
    return "".join(f"{line}\n" for line in lines).encode()


def write_note(origin: Origin, head: Head) -> str:
    """A head as a signed note."""
    text = head_text(origin, head.size, head.root, head.at, head.previous).decode()
    return f"{text}\n{DASH}{origin.name} {to_text(bytes.fromhex(head.key_id[:8]) + head.signature)}\n"


def read_note(note: str, keys: list[PublicKey]) -> tuple[Origin, Head]:
    """A signed note as a head, its key found by name and hint. ValueError when it is not such a note, byte for byte;
    LookupError when none of the keys is the one it names. The signature is *not* checked: see `is_sealed`."""
    lines = note.split("\n")
    if len(lines) != 9 or lines[6] or lines[8] or not lines[7].startswith(DASH) or not lines[1].isascii():
        raise ValueError("not a signed head: nine lines are due")
    words = [line.split(" ") for line in (*lines[3:6], lines[7])]
    if [len(w) for w in words] != [2, 2, 2, 3] or [w[0] for w in words[:3]] != ["hash", "previous", "time"]:
        raise ValueError("not a signed head: hash, previous, time and a signature are due")
    if words[0][1] not in DIGESTS:
        raise ValueError(f"unknown digest {words[0][1]!r}")
    origin, signed = Origin(lines[0], words[0][1]), from_text(words[3][2])
    at = datetime.strptime(words[2][1], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    key = next((k for k in keys if k.name == origin.name and k.key_id[:8] == signed[:4].hex()), None)
    if key is None:
        raise LookupError(f"{origin.name} {signed[:4].hex()}")
    head = Head(int(lines[1]), from_text(lines[2]), at, int(words[1][1]), key.key_id, signed[4:])
    if write_note(origin, head) != note:
        raise ValueError("not a signed head in its one form")
    return origin, head


def is_sealed(origin: Origin, head: Head, key: PublicKey) -> bool:
    """Has `key` signed this head?"""
    text = head_text(origin, head.size, head.root, head.at, head.previous)
    return key.key_id == head.key_id and key.name == origin.name and key.is_signed(text, head.signature)

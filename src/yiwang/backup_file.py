"""What a backup file holds, inside its seal (kit/sealed.py): parts, one after another.

part       frame with {"part": name} · frames of bytes · an empty frame        frame: length (4 bytes, big endian) · bytes

manifest   JSON (`Manifest`): of the very snapshot that the database was dumped from
keys/NAME  each file of the data folder's `keys/`
database   pg_dump's custom format
photos     of a folder: one line `sha256 size` a photo, which stands sealed in photos/ab/SHA256 beside the file
photos/SHA256   of a single file: the photos themselves, in the same order
digests    JSON (`Digests`): what the parts above must come to
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from yiwang.kit.errors import Invalid, Refused
from yiwang.kit.sealed import CHUNK, HEADER, TAG, Opener, Sealer, Secret

FORMAT = "yiwang-backup/1"
PIECE = 1 << 20
T = TypeVar("T")


@dataclass(frozen=True)
class Ledger:
    """The ledger at the snapshot: entries in all, settled leaves with their root (hex), the last signed head."""

    entries: int
    size: int
    root: str
    head: str | None


@dataclass(frozen=True)
class Manifest:
    """`migrations` are (number, name); `tables` says how many rows each has; `postgres` is the major version."""

    format: str
    made_at: str
    postgres: int
    migrations: list[tuple[int, str]]
    roles: list[str]
    tables: dict[str, int]
    ledger: Ledger | None
    in_folder: bool


@dataclass
class Digests:
    """`parts`: name → (SHA-256, bytes), photos' own apart, which are named by theirs; `missing`: photos that the
    database knows and the store did not give back whole."""

    parts: dict[str, tuple[str, int]] = field(default_factory=dict)
    photos: int = 0
    photo_bytes: int = 0
    missing: list[str] = field(default_factory=list)


def damaged() -> Invalid:
    return Invalid(
        "backup.damaged", "备份的内容与其清单不符", "The backup's contents are not what its list says they are"
    )


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A new private file that gets its name only when it is whole and on the disk; one left half made is `.part`."""
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, it takes nobody's place
    except FileExistsError:
        raise Refused("backup.exists", f"{path} 已经有了，不会覆盖", f"{path} is there already") from None
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


class Writer:
    """Parts into a sealed file."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        self._sealer, self.digests = Sealer(file, secret), Digests()

    def put(self, name: str, pieces: Iterator[bytes] | list[bytes]) -> None:
        self._frame(msgspec.json.encode({"part": name}))
        digest, size = hashlib.sha256(), 0
        for whole in pieces:
            for at in range(0, len(whole), PIECE):
                piece = whole[at : at + PIECE]
                digest.update(piece)
                size += len(piece)
                self._frame(piece)
        self._frame(b"")
        if not name.startswith("photos/"):
            self.digests.parts[name] = (digest.hexdigest(), size)

    def close(self) -> None:
        self.put("digests", [msgspec.json.encode(self.digests)])
        self._sealer.close()

    def _frame(self, data: bytes) -> None:
        self._sealer.write(len(data).to_bytes(4, "big") + data)


class Reader:
    """Parts out of a sealed file, each checked against its digest; whoever goes to the end knows that it is whole."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        self._opener, self.seen, self.digests = Opener(file, secret), Digests(), Digests()
        first = next(iter(self.parts()), None)
        if first is None or first[0] != "manifest":
            raise damaged()
        self.manifest = decode(b"".join(first[1]), Manifest)
        if self.manifest.format != FORMAT:
            raise Invalid(
                "backup.format", f"不认识的备份格式：{self.manifest.format}",
                f"An unknown format of backup: {self.manifest.format}",
            )  # fmt: skip

    def parts(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """(name, pieces) of each further part; what is not read of one is passed over, and checked all the same."""
        while head := self._frame(at_end=True):
            name = decode(head, dict[str, str]).get("part", "")
            if name == "digests":
                self._finish(b"".join(self._pieces(None)))
                continue
            pieces = self._pieces(name)
            yield name, pieces
            for _ in pieces:
                pass

    def _pieces(self, name: str | None) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        while piece := self._frame():
            digest.update(piece)
            size += len(piece)
            yield piece
        if name is None:
            return
        if name.startswith("photos/"):
            self.seen.photos, self.seen.photo_bytes = self.seen.photos + 1, self.seen.photo_bytes + size
            if digest.hexdigest() != name.removeprefix("photos/"):
                raise damaged()
        else:
            self.seen.parts[name] = (digest.hexdigest(), size)

    def _finish(self, text: bytes) -> None:
        self.digests = decode(text, Digests)
        found, due = self.seen, self.digests
        inside = self.manifest.in_folder or (found.photos, found.photo_bytes) == (due.photos, due.photo_bytes)
        if found.parts != due.parts or not inside or self._opener.read(1):
            raise damaged()

    def _frame(self, *, at_end: bool = False) -> bytes:
        length = self._opener.read(4)
        if len(length) < 4:
            if at_end and not length and self.digests.parts:
                return b""
            raise damaged()
        data = self._opener.read(int.from_bytes(length, "big"))
        if len(data) < int.from_bytes(length, "big"):
            raise damaged()
        return data


def decode(text: bytes, into: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=into)
    except msgspec.DecodeError:
        raise damaged() from None


# ── photos of a folder, each in a sealed file of its own ──────────────────────────────────────────────────────────────


def photo_file(folder: Path, sha256: str) -> Path:
    return folder / "photos" / sha256[:2] / sha256


def sealed_size(size: int) -> int:
    """Of a sealed file with so many bytes inside."""
    return HEADER + size + TAG * max(1, -(-size // CHUNK))


def write_photo(path: Path, secret: Secret, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with whole_file(path) as file:
        sealer = Sealer(file, secret)
        sealer.write(data)
        sealer.close()


def read_photo(path: Path, secret: Secret, sha256: str, size: int) -> bytes:
    if not path.exists():
        raise Invalid("backup.photo_gone", f"备份目录中缺少照片 {path.name}", f"Photo {path.name} is not in the folder")
    with path.open("rb") as file:
        opener = Opener(file, secret)
        data = opener.read(size)
        if opener.read(1) or hashlib.sha256(data).hexdigest() != sha256:
            raise damaged()
    return data

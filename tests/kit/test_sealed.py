"""Sealed files: whatever is done to one is noticed, wherever it is done."""

from __future__ import annotations

import io
import random

import pytest

from yiwang.kit import sealed
from yiwang.kit.errors import Invalid
from yiwang.kit.sealed import CHUNK, HEADER, TAG, Opener, Sealer, Secret

WORDS = "a passphrase for the tests"
STEP = CHUNK + TAG


def secret(words: str = WORDS) -> Secret:
    return Secret(words, work=10)


def seal(data: bytes, piece: int = 100_000) -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, secret())
    for at in range(0, len(data), piece):
        sealer.write(data[at : at + piece])
    sealer.close()
    return file.getvalue()


def open_all(whole: bytes, words: str = WORDS) -> bytes:
    opener, found = Opener(io.BytesIO(whole), secret(words)), []
    while piece := opener.read(77_777):
        found.append(piece)
    return b"".join(found)


def fault(whole: bytes, words: str = WORDS) -> str:
    with pytest.raises(Invalid) as caught:
        open_all(whole, words)
    return caught.value.code


@pytest.fixture(scope="module")
def data() -> bytes:
    return random.Random(7).randbytes(3 * CHUNK + 1234)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 1234])
def test_what_goes_in_comes_out_and_is_as_long_as_foretold(data: bytes, size: int):
    from yiwang.backup_file import sealed_size

    whole = seal(data[:size])
    assert open_all(whole) == data[:size]
    assert len(whole) == sealed_size(size)


def test_the_plain_text_is_nowhere_in_it_and_no_two_are_alike(data: bytes):
    one, other = seal(b"wang.fang" * 1000), seal(b"wang.fang" * 1000)
    assert b"wang.fang" not in one and one[HEADER:] != other[HEADER:]


def test_every_bit_counts(data: bytes):
    whole = seal(data)
    for at in (*range(HEADER), HEADER, HEADER + CHUNK, HEADER + STEP + 5, len(whole) - 1):
        if at == len(sealed.MAGIC):
            continue  # the work factor: below
        changed = bytearray(whole)
        changed[at] ^= 1
        assert fault(bytes(changed)) in {"sealed.unknown", "sealed.wrong_key", "sealed.damaged"}, at


def test_a_file_cannot_make_us_work_for_ever(data: bytes):
    whole = bytearray(seal(data))
    whole[len(sealed.MAGIC)] = 40
    assert fault(bytes(whole)) == "sealed.unknown"


def test_chunks_cannot_be_moved_taken_out_or_put_in(data: bytes):
    whole = seal(data)
    head, one, two, rest = (
        whole[:HEADER],
        *(whole[HEADER + i * STEP :][:STEP] for i in (0, 1)),
        whole[HEADER + 2 * STEP :],
    )
    assert fault(head + two + one + rest) == "sealed.wrong_key"
    assert fault(head + one + rest) == "sealed.damaged"
    assert fault(head + one + one + two + rest) == "sealed.damaged"
    other = seal(data)
    assert fault(head + one + other[HEADER + STEP :][:STEP] + rest) == "sealed.damaged"


def test_the_end_cannot_be_cut_off_or_added_to(data: bytes):
    whole = seal(data)
    assert fault(whole[: HEADER + 2 * STEP]) == "sealed.cut_off"
    assert fault(whole[:-1]) == "sealed.damaged"
    assert fault(whole[:HEADER]) == "sealed.wrong_key"
    assert fault(whole[:10]) == "sealed.unknown"
    exact = seal(data[: 2 * CHUNK])
    assert fault(exact + b"x") == "sealed.longer"
    assert fault(exact + exact[HEADER:]) == "sealed.longer"


def test_the_passphrase_is_asked_for_and_must_be_worth_it():
    assert fault(seal(b"x"), "another passphrase") == "sealed.wrong_key"
    with pytest.raises(Invalid) as caught:
        Secret("short")
    assert caught.value.code == "sealed.short"


def test_without_the_tag_a_change_would_pass(monkeypatch: pytest.MonkeyPatch):
    """Shows that these tests can fail: a cipher that checks nothing lets every change through."""

    class Careless:
        def __init__(self, _: bytes) -> None: ...

        def encrypt(self, _: bytes, data: bytes, __: None) -> bytes:
            return data + bytes(TAG)

        def decrypt(self, _: bytes, data: bytes, __: None) -> bytes:
            return data[:-TAG]

    monkeypatch.setattr(sealed, "AESGCM", Careless)
    whole = bytearray(seal(b"a" * (2 * CHUNK)))
    whole[HEADER + 5] ^= 1
    assert open_all(bytes(whole[: HEADER + STEP])) != b"a" * CHUNK

"""Sealing personal data: each defence, and that it fails when it is taken out."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from uuid import UUID

import pytest

from yiwang.kit import secret
from yiwang.kit.errors import Invalid, Unavailable
from yiwang.kit.ids import new_id
from yiwang.kit.secret import Key, Ring, write_keys

PLACE = "cases.contact.sealed"
WHO = {"name": "王小明", "phone": "13800001234"}


@pytest.fixture(params=list(secret.CIPHERS))
def ring(request: pytest.FixtureRequest, tmp_path: Path) -> Ring:
    write_keys(tmp_path / "keys" / "personal", [Key.make(request.param)])
    return Ring(tmp_path / "keys" / "personal")


def test_what_is_sealed_opens_and_says_nothing(ring: Ring) -> None:
    row = new_id()
    sealed = ring.seal(PLACE, row, WHO)
    assert ring.open(PLACE, row, sealed) == WHO
    assert "王".encode() not in sealed and b"138" not in sealed
    assert ring.seal(PLACE, row, WHO) != sealed, "the same twice is not the same"
    assert len(ring.seal(PLACE, row, {**WHO, "name": "王"})) == len(sealed), "its length tells nothing of the name's"


def test_it_opens_in_its_own_place_only(ring: Ring) -> None:
    """Two rows' values swapped, a value of another column, a changed byte: each is refused."""
    row, other = new_id(), new_id()
    sealed = ring.seal(PLACE, row, WHO)
    for place, where, value in (
        (PLACE, other, sealed),
        ("network.person.sealed", row, sealed),
        (PLACE, row, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (PLACE, row, sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:]),
        (PLACE, row, b"\x02" + sealed[1:]),
        (PLACE, row, sealed[:30]),
    ):
        with pytest.raises(Unavailable) as caught:
            ring.open(place, where, value)
        assert caught.value.code == "secret.broken" and "王小明" not in str(caught.value.as_json())


def test_without_its_place_a_swap_would_go_unseen(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defence taken out: nothing else would notice."""
    monkeypatch.setattr(secret, "_place", lambda place, row: b"")
    assert ring.open(PLACE, new_id(), ring.seal(PLACE, new_id(), WHO)) == WHO


def test_keys_rotate_and_old_values_still_open(ring: Ring) -> None:
    running = Ring(ring.path)  # another process
    row = new_id()
    old, head = ring.seal(PLACE, row, WHO), ring.head
    ring.rotate("sm4")
    new = ring.seal(PLACE, row, WHO)
    assert ring.head != head and old.startswith(head) and new.startswith(ring.head)
    assert ring.open(PLACE, row, old) == ring.open(PLACE, row, new) == WHO
    assert running.open(PLACE, row, new) == WHO, "a key that it does not know makes it read the file again"
    assert running.head == ring.head
    assert running.reload() is False
    digests = ring.digests(b"x")
    assert len(digests) == 2 and len(set(digests)) == 2 and digests[1] == Ring(ring.path).digests(b"x")[1]


def test_a_running_process_takes_up_a_new_key(ring: Ring) -> None:
    running = Ring(ring.path)
    ring.rotate("aes256")
    assert running.head != ring.head
    assert running.reload() is True and running.head == ring.head


def test_the_file_is_for_its_owner_alone(ring: Ring) -> None:
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600
    ring.rotate("aes256")
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600
    assert [f.name for f in ring.path.parent.iterdir()] == ["personal"]


@pytest.mark.parametrize("text", ["", "# only words\n", "aes256 AAAA\n", "des 0000\n", "aes256 ?\n", "\xff"])
def test_a_broken_key_file_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text, "latin-1")
    with pytest.raises(Invalid) as caught:
        Ring(path)
    assert caught.value.code == "secret.key_file"


def test_a_missing_key_and_a_missing_cipher_are_said_so(ring: Ring, tmp_path: Path) -> None:
    write_keys(tmp_path / "other", [Key.make("aes256")])
    with pytest.raises(Unavailable) as caught:
        Ring(tmp_path / "other").open(PLACE, UUID(int=1), ring.seal(PLACE, UUID(int=1), WHO))
    assert caught.value.code == "secret.no_key"
    with pytest.raises(Invalid) as wrong:
        Key.make("rot13")
    assert wrong.value.code == "secret.cipher"


@pytest.mark.skipif(os.getuid() == 0, reason="root writes everywhere")
def test_a_vaults_file_is_not_ours_to_write(ring: Ring) -> None:
    ring.path.parent.chmod(0o500)
    with pytest.raises(Invalid) as caught:
        ring.rotate("aes256")
    assert caught.value.code == "secret.not_ours"


def test_keys_are_not_shown(ring: Ring) -> None:
    assert ring.current.write().split()[1] not in repr(ring.current)

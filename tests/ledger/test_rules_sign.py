"""Keys, signatures and the signed note, with published vectors."""

from base64 import b64decode
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.ledger import rules
from yiwang.ledger.model_proof import Head, Origin
from yiwang.ledger.rules_sign import PrivateKey, PublicKey, head_text, is_sealed, read_note, write_note

AT = datetime(2026, 11, 22, 4, 5, 6, 7, UTC)
KEYS = {a: PrivateKey(f"test/{a}", a, bytes(31) + b"\x07") for a in ("ed25519", "sm2")}


def seal(key: PrivateKey, size: int = 12, hash: str = "sha256") -> tuple[Origin, Head]:
    origin, root = Origin(key.name, hash), b"\xaa" * 32
    signature = key.sign(head_text(origin, size, root, AT, 3))
    return origin, Head(size, root, AT, 3, key.public.key_id, signature)


def test_sm3_as_the_standard_has_it():
    """GB/T 32905-2016, A.1 and A.2."""
    assert rules.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert rules.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_sm2_as_the_standard_has_it():
    """GB/T 32918.5-2017, A.2: signature over the recommended curve."""
    secret = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
    x = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    r = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    s = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    key = PrivateKey("test", "sm2", secret).public
    assert key.data.hex().upper() == "04" + x + y
    assert key.is_signed(b"message digest", bytes.fromhex(r + s))
    assert not key.is_signed(b"message digest.", bytes.fromhex(r + s))


def test_ed25519_as_the_rfc_has_it():
    """RFC 8032 §7.1, test 2."""
    key = PrivateKey(
        "test", "ed25519", bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    assert key.public.data.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert key.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_public_key_line_as_c2sp_has_it():
    """The example key of Go's golang.org/x/mod/sumdb/note, which C2SP signed-note describes."""
    secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert str(PrivateKey.parse(secret).public) == public
    assert PrivateKey.parse(secret).write() == secret
    message = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signed = b64decode("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=")
    assert signed[:4].hex() == "c74f20a3"
    assert PublicKey.parse(public).is_signed(message, signed[4:])


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize("hash", rules.DIGESTS)
def test_a_head_goes_out_and_comes_back(algorithm: str, hash: str):
    key = PrivateKey.make("黄浦/ledger", algorithm)
    origin, head = seal(key, hash=hash)
    again = read_note(write_note(origin, head), [KEYS["sm2"].public, PublicKey.parse(str(key.public) + "\n")])
    assert again == (origin, head)
    assert is_sealed(*again, key.public)
    assert not is_sealed(*again, PrivateKey.make(key.name, algorithm).public)
    assert PrivateKey.parse(key.write()) == key
    assert key.seed.hex() not in repr(key)


NOTE = {a: write_note(*seal(k)) for a, k in KEYS.items()}


@pytest.mark.parametrize(("algorithm", "tries"), [("ed25519", 150), ("sm2", 12)])
def test_no_changed_note_is_taken(algorithm: str, tries: int):
    key, note = KEYS[algorithm].public, NOTE[algorithm]

    @given(st.integers(0, len(note) - 1), st.sampled_from("0aZ+/= \n—\t"), st.sampled_from(["put", "add", "cut"]))
    @settings(max_examples=tries, deadline=None)
    def spoil(at: int, char: str, how: str):
        changed = note[:at] + ("" if how == "cut" else char) + note[at + (how != "add") :]
        if changed == note:
            return
        try:
            found = read_note(changed, [key])
        except (ValueError, LookupError):
            return
        assert not is_sealed(*found, key)

    spoil()


@pytest.mark.parametrize("algorithm", KEYS)
def test_no_changed_key_or_signature_is_taken(algorithm: str):
    key, message = KEYS[algorithm], b"x"
    signature = key.sign(message)
    assert key.public.is_signed(message, signature)
    for bad in (b"", signature[:-1], signature + b"0", bytes(64), b"\xff" * 64, signature[::-1]):
        assert not key.public.is_signed(message, bad)
    assert not PublicKey(key.name, algorithm, bytes(len(key.public.data))).is_signed(message, signature)
    line = str(key.public)
    for text in ("", "x", line[1:], line[:-4], line.replace("+", "-"), line + "A", "PRIVATE+KEY+" + line, line + "+x"):
        with pytest.raises(ValueError):
            PublicKey.parse(text)
    with pytest.raises(ValueError):
        PrivateKey.parse(line)
    with pytest.raises(ValueError):
        PrivateKey.parse("PRIVATE+KEY+" + line)


@pytest.mark.parametrize(("name", "algorithm"), [("a b", "ed25519"), ("a+b", "sm2"), ("", "sm2"), ("x", "rsa")])
def test_no_impossible_key(name: str, algorithm: str):
    with pytest.raises(ValueError):
        PrivateKey.make(name, algorithm)


def test_no_point_off_the_curve_is_a_key():
    good = KEYS["sm2"].public
    signature = KEYS["sm2"].sign(b"x")
    x, y = good.data[1:33], good.data[33:]
    for data in (
        b"\x04" + y + x,
        b"\x04" + x + bytes(32),
        b"\x02" + x + y,
        b"\x04" + x + (2**256 - 1).to_bytes(32, "big"),
    ):
        assert not PublicKey(good.name, "sm2", data).is_signed(b"x", signature)
    assert good.is_signed(b"x", signature)


def test_a_forged_sm2_signature_never_raises():
    """gmalg raises from inside for some points; a check must only ever say no."""
    key = KEYS["sm2"].public
    for r, s in ((1, 1), (2**256 - 1, 1), (1, 2**256 - 1)):
        assert not key.is_signed(b"", r.to_bytes(32, "big") + s.to_bytes(32, "big"))

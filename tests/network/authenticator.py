"""A security key in software, for tests: makes ES256 credentials and signs challenges as WebAuthn Level 2 §6 says."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def data_of(shown: str) -> bytes:
    return urlsafe_b64decode(shown + "=" * (-len(shown) % 4))


@dataclass
class SecurityKey:
    """One key at one site. `count` goes up with every signature, as a real one's does."""

    origin: str
    count: int = 0
    id: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _data(self, rp_id: str, attested: bytes = b"") -> bytes:
        self.count += 1
        flags = 0x05 | (0x40 if attested else 0)  # user present and verified
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count) + attested

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` answers."""
        point = self.private.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(cose)
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(options["rp"]["id"], attested)})
        client = self._client("create", options["challenge"])
        return self._said({"attestationObject": text(made), "clientDataJSON": text(client)})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get` answers."""
        data, client = self._data(options["rpId"]), self._client("get", options["challenge"])
        signed = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._said({"authenticatorData": text(data), "clientDataJSON": text(client), "signature": text(signed)})

    def _said(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response,
                "clientExtensionResults": {}}  # fmt: skip

"""A push service and a browser of our own: keeps what is posted, checks who sent it (RFC 8292), opens it (RFC 8291)."""

from __future__ import annotations

import struct
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from yiwang.kit.push import Device


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class Browser:
    """Has keys, and opens what is sealed for them."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._auth = bytes(range(16))

    def device(self, endpoint: str) -> Device:
        return Device(endpoint, b64(self._point), b64(self._auth))

    def open(self, body: bytes) -> Any:
        """RFC 8291 §3.4, with the header of RFC 8188 §2.1."""
        salt, (size, length) = body[:16], struct.unpack("!LB", body[16:21])
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self._private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        ikm = _derive(shared, self._auth, b"WebPush: info\0" + self._point + sender, 32)
        key = _derive(ikm, salt, b"Content-Encoding: aes128gcm\0", 16)
        text = AESGCM(key).decrypt(_derive(ikm, salt, b"Content-Encoding: nonce\0", 12), sealed, None)
        assert text.rstrip(b"\0")[-1:] == b"\x02"
        return msgspec.json.decode(text.rstrip(b"\0")[:-1])


@dataclass
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """`answers`: the statuses to give, one each, then 201 for ever; with `retry_after` said beside."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    retry_after: int = 0

    def check_sender(self, posted: Posted, public: str) -> None:
        """That it was signed by this key, for this service, not for ever (RFC 8292 §2)."""
        scheme, _, rest = posted.headers["authorization"].partition(" ")
        parts = dict(p.strip().split("=", 1) for p in rest.split(","))
        assert scheme == "vapid" and parts["k"] == public
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
        origin = self.url.rsplit(":", 1)[0]  # the library leaves out the port, which real services have none of
        claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=origin)
        assert (
            claims["sub"].startswith("mailto:")
            and claims["exp"]
            - jwt.decode(parts["t"], options={"verify_signature": False}).get("iat", claims["exp"] - 60)
            <= 86_400
        )


@contextmanager
def push_service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            service.posted.append(Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(service.answers.pop(0) if service.answers else 201)
            if service.retry_after:
                self.send_header("Retry-After", str(service.retry_after))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()

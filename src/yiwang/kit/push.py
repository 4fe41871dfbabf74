"""Web push: sealed messages to browsers through their makers' push services. Knows nothing of what it carries.

RFC 8030 (push), RFC 8291 (encryption), RFC 8292 (VAPID: who sends). A browser names the address itself, so it is looked
at before anything goes there: https on the usual port, and only to addresses of the public network, which the connection
then keeps to, whatever the name resolves to a moment later (SSRF, DNS rebinding).
"""

from __future__ import annotations

import http.client
import ipaddress
import os
import secrets
import socket
import ssl
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from pydantic import AnyHttpUrl
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys
from webpush.vapid import VAPID

from yiwang.kit.errors import Invalid

SECONDS = 10
"""So long a push service may take to answer."""
GONE = (404, 410)
HOURS = 3_600


@dataclass(frozen=True, slots=True)
class Device:
    """Where a browser is told things, and the keys it reads them with (base64url, RFC 8291)."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the push service said; `status` 0: nothing. `wait`: the seconds it asks us to wait."""

    status: int
    wait: int = 0

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """The browser has withdrawn; it will not come back at this address."""
        return self.status in GONE

    @property
    def is_hopeless(self) -> bool:
        """The message itself is refused: sent again, it would be refused again."""
        return self.status in (400, 413)


class Sender:
    """Signs, seals and sends. `contact`: an address of ours, for the push services; `local`: for tests, endpoints on this
    machine without https."""

    def __init__(self, key: Path, contact: str, *, local: bool = False) -> None:
        private = load_pem_private_key(read_key(key), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise Invalid(
                "push.key_file", "推送密钥文件不是 P-256 私钥", "The push key file holds no P-256 key", path=str(key)
            )
        self._private = key.read_bytes()
        self._public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.public = VAPID.get_application_server_key(private.public_key())
        """What a browser asks for when it subscribes."""
        self._contact, self._local = contact, local

    def check(self, device: Device) -> None:
        """Invalid unless we may write to this device: its address is public and its keys are keys."""
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decode(device.p256dh))
            if len(_decode(device.auth)) != 16:
                raise ValueError("16 bytes are due")
        except ValueError as bad:
            raise Invalid("push.keys", "推送订阅的密钥不对", "The keys of the push subscription are wrong") from bad
        self._resolve(device.endpoint)

    def send(self, device: Device, payload: bytes, *, ttl: int, urgent: bool, topic: str) -> Outcome:
        """Hand one message to the push service, which keeps it `ttl` seconds for a device that is off; of several with one
        topic that it has not delivered yet it keeps the last (RFC 8030 §5.4). An address that may not be asked is gone."""
        try:
            url, address = self._resolve(device.endpoint)
        except Invalid as forbidden:
            return Outcome(0 if isinstance(forbidden, _Unknown) else GONE[0])
        message = WebPush(self._private, self._public, self._contact, ttl=ttl, expiration=12 * HOURS).get(
            payload,
            WebPushSubscription(
                endpoint=AnyHttpUrl(device.endpoint), keys=WebPushKeys(auth=device.auth, p256dh=device.p256dh)
            ),
        )
        headers = {
            **{str(name): str(value) for name, value in message.headers.items()},
            "Urgency": "high" if urgent else "normal", "Topic": topic, "Content-Type": "application/octet-stream",
        }  # fmt: skip
        connection = _connect(url, address)
        try:
            connection.request("POST", url._replace(scheme="", netloc="").geturl(), message.encrypted, headers)
            answer = connection.getresponse()
            after = answer.getheader("Retry-After") or ""
            return Outcome(answer.status, min(int(after), HOURS) if after.isdigit() else 0)
        except (OSError, http.client.HTTPException):
            return Outcome(0)
        finally:
            connection.close()

    def _resolve(self, endpoint: str) -> tuple[SplitResult, str]:
        """The address taken apart, and the number to connect to. Invalid for one we must not ask, or whose name nobody
        knows just now: in the same words, or whoever subscribes could ask us for the names of the house's own machines."""
        try:
            url = urlsplit(endpoint)
            host, port = url.hostname or "", url.port
        except ValueError as bad:
            raise _forbidden() from bad
        secure = url.scheme == "https" and port in (None, 443)
        plain = self._local and url.scheme == "http"
        if not host or not (secure or plain) or url.username or url.password or not endpoint.isascii():
            raise _forbidden()
        try:
            found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as unknown:
            raise _forbidden(_Unknown) from unknown
        numbers = [str(info[4][0]) for info in found]
        if not all(is_public(n) or (plain and ipaddress.ip_address(n).is_loopback) for n in numbers):
            raise _forbidden()
        return url, numbers[0]


def is_public(number: str) -> bool:
    """Is this an address of the public network: not of this machine, not of the house's own, not a cloud's inner one."""
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None,))[0]
        if inner is not None:
            return is_public(str(inner))
        if address in _NAT64:  # an IPv4 address in other clothes
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class _Unknown(Invalid):
    """Perhaps only for now."""


def _forbidden(kind: type[Invalid] = Invalid) -> Invalid:
    return kind(
        "push.endpoint",
        "推送地址须为公网上能找到的 https 地址",
        "A push address is an https address that can be found on the public network",
    )


class _Straight(http.client.HTTPSConnection):
    """To the number that was looked at, under the name that was asked for."""

    def __init__(self, host: str, address: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, 443, timeout=SECONDS, context=self._tls)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def _connect(url: SplitResult, address: str) -> http.client.HTTPConnection:
    if url.scheme == "https":
        return _Straight(url.hostname or "", address)
    return http.client.HTTPConnection(address, url.port or 80, timeout=SECONDS)


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_key(path: Path) -> bytes:
    """The key by which push services know us (ECDSA P-256, PEM), made at the first start; of two processes that start at
    once the second takes the first one's."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(VAPID.generate_keys()[0])
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


_sender: Sender | None = None


def use(sender: Sender | None) -> None:
    """Make `sender` the one that `sender()` answers with: done once, where the program starts."""
    global _sender
    _sender = sender


def sender() -> Sender:
    if _sender is None:
        raise RuntimeError("no push sender in use: call kit.push.use() first")
    return _sender

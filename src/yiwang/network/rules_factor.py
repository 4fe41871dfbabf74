"""One-time codes, recovery codes and security keys: what is right and what is not. No database here.

Sources: RFC 6238 (TOTP: SHA-1, 6 digits, 30 s; one step either way, each code once, §5.2), W3C WebAuthn Level 2,
OWASP ASVS 4 §2.6–2.8.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pyotp
import webauthn
from pyotp.totp import TOTP
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor

from yiwang.kit.errors import Invalid
from yiwang.network.model_factor import Factor

ISSUER = "一网 Yiwang"
WINDOW, RECOVERY_CODES, CHALLENGE = 1, 10, 32
TICKET_MINUTES = 5
FRESH_MINUTES = 15  # as queries_access.HOLDER has it
"""So long after showing a second factor may one do what asks for it."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a security key is bound to: the host name, and the address the browser says it is at."""

    rp_id: str
    origin: str


def work_out_site(origin: str, scheme: str, host: str) -> Site | None:
    """From the setting; else only on this very machine, because who asks could have made the host name up."""
    if origin:
        return Site(urlsplit(origin).hostname or "", origin.rstrip("/"))
    return Site("localhost", f"{scheme}://{host}") if host.split(":", maxsplit=1)[0] == "localhost" else None


def demand_site(site: Site | None) -> Site:
    if site is None:
        raise Invalid(
            "network.no_origin",
            "未设置对外网址（YIWANG_ORIGIN），不能使用安全密钥；可用动态口令",
            "Security keys need the setting YIWANG_ORIGIN; one-time codes work without",
        )
    return site


# ── one-time codes ────────────────────────────────────────────────────────────────────────────────────────────────────


def new_totp_secret() -> str:
    """160 random bits in base 32, as RFC 4226 §4 recommends."""
    return pyotp.random_base32(32)


def totp_uri(secret: str, login: str) -> str:
    return TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def find_step(secret: str, code: str, step: int, last_step: int) -> int | None:
    """The time step whose code it is: now, one before or one after, and later than the last one used."""
    totp = TOTP(secret)
    for candidate in range(step - WINDOW, step + WINDOW + 1):
        right = hmac.compare_digest(totp.generate_otp(candidate).encode(), code.encode())
        if right and candidate > last_step:
            return candidate
    return None


def is_totp(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit()


# ── recovery codes ────────────────────────────────────────────────────────────────────────────────────────────────────


def new_recovery_codes() -> tuple[str, ...]:
    """80 random bits each, in groups of four."""
    made = (base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES))
    return tuple("-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in made)


def plain_recovery(code: str) -> str:
    """As typed, without groups and with one case."""
    return "".join(code.split()).replace("-", "").upper()


# ── security keys ─────────────────────────────────────────────────────────────────────────────────────────────────────


def registration_options(
    site: Site, person_id: UUID, login: str, challenge: bytes, known: Iterable[bytes]
) -> dict[str, Any]:
    """For `navigator.credentials.create`; a key that is known already is not offered again."""
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id, rp_name=ISSUER, user_name=login, user_id=person_id.bytes, challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=c) for c in known],
    )  # fmt: skip
    return json.loads(webauthn.options_to_json(options))


def assertion_options(site: Site, challenge: bytes, known: Iterable[bytes]) -> dict[str, Any]:
    """For `navigator.credentials.get`."""
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id, challenge=challenge, allow_credentials=[PublicKeyCredentialDescriptor(id=c) for c in known]
    )
    return json.loads(webauthn.options_to_json(options))


def read_registration(site: Site, challenge: bytes, credential: dict[str, Any]) -> tuple[bytes, bytes, int]:
    """(credential id, public key, its counter) of a new key; Invalid when it is not what was asked for."""
    try:
        made = webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise Invalid(
            "network.key_wrong", "安全密钥的答复不对，请重试", "The security key's answer is not right"
        ) from wrong
    return made.credential_id, made.credential_public_key, made.sign_count


def read_assertion(site: Site, challenge: bytes, credential: dict[str, Any], factor: Factor) -> int | None:
    """The key's new counter when it has signed this challenge for this site; None when not, or when its counter went
    back (a copied key)."""
    try:
        shown = webauthn.verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin,
            credential_public_key=factor.public_key or b"", credential_current_sign_count=factor.sign_count,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return shown.new_sign_count


def credential_id(credential: dict[str, Any]) -> bytes:
    """Which key an answer is from; empty when it does not say."""
    text = credential.get("rawId") or credential.get("id")
    if not isinstance(text, str):
        return b""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""

"""Secrets, passwords, and whether a request from a browser was meant. No database here.

Sources: RFC 9106 (argon2id; argon2-cffi's defaults are its second recommended setting), OWASP ASVS 4 §2–3, GB/T 22239.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from yiwang.kit.errors import Forbidden, Invalid
from yiwang.network.model_access import IssueToken, Policy

COOKIE = "yiwang_session"
CSRF_HEADER = "X-Yiwang-CSRF"
TOKEN_PREFIX = "ywt_"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

hasher = PasswordHasher()
# Each argon2id takes 64 MiB for some 50 ms: no more than these at once, however many sign in.
_at_once = threading.BoundedSemaphore(4)


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret. A fast hash is right here: a secret of 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def csrf_of(secret: str) -> str:
    """The token that the page must send back: follows from the cookie, which no script can read."""
    return base64.urlsafe_b64encode(digest("yiwang-csrf:" + secret)).decode().rstrip("=")


def guard_key(kind: str, value: str) -> bytes:
    return digest(f"{kind}:{value.strip().lower()}")


def hash_password(password: str) -> str:
    with _at_once:
        return hasher.hash(password)


@cache
def hash_of_nobody() -> str:
    return hash_password(new_secret())


def is_password(known: str | None, password: str) -> bool:
    """Is it the password of this hash. Without a hash the same work is done for nothing, so that the time tells nothing."""
    nobody = hash_of_nobody()
    try:
        with _at_once:
            return hasher.verify(known or nobody, password[:1024]) and known is not None
    except (VerificationError, InvalidHashError):
        return False


def must_rehash(known: str) -> bool:
    return hasher.check_needs_rehash(known)


def check_password(password: str, login: str | None) -> None:
    """May it be a password: 10 to 200 characters of two kinds at least, without the login in it."""
    kinds = sum(bool(re.search(p, password)) for p in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]"))
    if not 10 <= len(password) <= 200 or kinds < 2 or len(set(password)) < 5:
        raise Invalid(
            "network.weak_password",
            "密码须 10–200 位，含字母、数字、符号中至少两类，且不能过于重复",
            "A password has 10–200 characters, of two kinds at least, and is not one character over and over",
        )
    if login and len(login) >= 3 and login.lower() in password.lower():
        raise Invalid("network.weak_password", "密码不能包含登录名", "A password must not contain the login")


def check_request(
    method: str, *, secret: str, csrf: str | None, origin: str | None, site: str | None, host: str | None
) -> None:
    """Was a request that came with a cookie meant by our own page; else Forbidden. Reading is always allowed."""
    if method in SAFE_METHODS:
        return
    wrong = csrf is None or not hmac.compare_digest(csrf.encode(), csrf_of(secret).encode())
    if wrong or is_foreign(origin, site, host):
        raise Forbidden(
            "network.csrf",
            "请求来源无法确认，请刷新页面后重试",
            "It is not sure that our page sent this; reload and try again",
        )


def is_foreign(origin: str | None, site: str | None, host: str | None) -> bool:
    """Did a page of another site send this, by what the browser says (Origin, Sec-Fetch-Site, Host)."""
    return (site is not None and site not in {"same-origin", "none"}) or (
        origin is not None and urlsplit(origin).netloc.lower() != (host or "").lower()
    )


def check_token(cmd: IssueToken, now: datetime) -> None:
    if not cmd.acts or not all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", act) for act in cmd.acts):
        raise Invalid(
            "network.token_acts", "请列出令牌可办的事项", "Name the acts that the token may do", acts=cmd.acts
        )
    if not cmd.name.strip() or len(cmd.name) > 100:
        raise Invalid("network.wrong_name", "请填写令牌名称", "Please name the token")
    if not now < cmd.expires_at <= now + timedelta(days=3 * 366):
        raise Invalid(
            "network.token_expiry", "令牌有效期须在今后，最长三年", "A token expires within three years from now"
        )


def check_policy(policy: Policy) -> None:
    bounds = {
        "idle_minutes": (5, 10080),
        "session_hours": (1, 2160),
        "free_tries": (3, 20),
        "lock_seconds": (1, 3600),
        "address_tries": (5, 10000),
    }
    for name, (low, high) in bounds.items():
        if not low <= getattr(policy, name) <= high:
            raise Invalid(
                "network.policy", f"{name} 须在 {low} 至 {high} 之间", f"{name} must be {low} to {high}", field=name
            )

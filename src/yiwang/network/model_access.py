"""Ways in: sign-in, sessions, API tokens and the policy they follow. Secrets are never shown, logged or recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from yiwang.ledger.model import Event
from yiwang.network.model import Post
from yiwang.network.model_people import PostView


@dataclass(frozen=True, slots=True)
class Policy:
    """Sessions end after `idle_minutes` without a request, and `session_hours` after sign-in whatever happens.

    After `free_tries` wrong passwords an account waits `lock_seconds`, twice as long after each further one (an hour at
    most); an address may fail `address_tries` times in five minutes.
    """

    idle_minutes: int
    session_hours: int
    free_tries: int
    lock_seconds: int
    address_tries: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever a session's cookie stands for, with the posts that count now. `stale`: time to note that they are here.
    `proven`: a second factor was shown in it lately."""

    person_id: UUID
    name: str
    session_id: UUID
    stale: bool
    proven: bool
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whoever a token stands for; `unit_id` and `unit_path` bound what it reaches, None does not."""

    person_id: UUID
    name: str
    token_id: UUID
    acts: tuple[str, ...]
    unit_id: UUID | None
    unit_path: str | None
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class Try:
    """Is this try at a password allowed, and if not, how many seconds are left to wait."""

    allowed: bool
    seconds: int


@dataclass(frozen=True, slots=True)
class Known:
    person_id: UUID
    name: str
    hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`secret` goes into the cookie and nowhere else; `csrf` goes to the page."""

    person_id: UUID
    name: str
    secret: str = field(repr=False)
    csrf: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the page is told on signing in: the cookie comes beside it, out of any script's reach."""

    id: UUID
    name: str
    csrf: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in. `csrf` must come back as `X-Yiwang-CSRF` with whatever changes something (None for tokens)."""

    id: UUID
    name: str
    kind: str
    posts: tuple[PostView, ...]
    csrf: str | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One device that is signed in. `here`: the one that asks."""

    id: UUID
    device: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: UUID
    person_id: UUID
    name: str
    acts: tuple[str, ...]
    unit_id: UUID | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """`secret` is shown this once: only its digest is kept."""

    id: UUID
    expires_at: datetime
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInLine:
    """One line of the sign-in log. `person_id` is None when no such login exists."""

    id: UUID
    at: datetime
    person_id: UUID | None
    outcome: str
    address: str
    device: str


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SignIn:
    login: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    login: str


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Set somebody's password; ends all their sessions."""

    person_id: UUID
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Change one's own; ends one's other sessions."""

    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssueToken:
    """A token that may do only `acts` (act names such as `case.report`; `read` to see lists), as that person, within the
    subtree of `unit_id` if given."""

    token_id: UUID
    person_id: UUID
    name: str
    acts: tuple[str, ...]
    expires_at: datetime
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RevokeToken:
    token_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeSession:
    session_id: UUID


@dataclass(frozen=True, slots=True)
class UnlockSignIn:
    login: str


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PasswordSet(Event, name="password.set", about="person"):
    person_id: UUID

    def zh(self) -> str:
        return "重设密码"

    def en(self) -> str:
        return "Password set"


@dataclass(frozen=True)
class SignInUnlocked(Event, name="sign_in.unlocked", about="person"):
    person_id: UUID

    def zh(self) -> str:
        return "解除登录锁定"

    def en(self) -> str:
        return "Sign-in unlocked"


@dataclass(frozen=True)
class SessionRevoked(Event, name="session.revoked", about="person"):
    person_id: UUID
    session_id: UUID

    def zh(self) -> str:
        return "强制退出一台设备"

    def en(self) -> str:
        return "A device was signed out"


@dataclass(frozen=True)
class PolicySet(Event, name="sign_in.policy_set", about="policy"):
    policy_id: UUID
    idle_minutes: int
    session_hours: int
    free_tries: int
    lock_seconds: int
    address_tries: int

    def zh(self) -> str:
        return f"登录策略：闲置 {self.idle_minutes} 分钟退出，最长 {self.session_hours} 小时，{self.free_tries} 次错误后锁定"

    def en(self) -> str:
        return f"Sign-in policy: idle {self.idle_minutes} min, {self.session_hours} h, lock after {self.free_tries}"


@dataclass(frozen=True)
class TokenIssued(Event, name="token.issued", about="token", opens=True):
    token_id: UUID
    person_id: UUID
    acts: tuple[str, ...]
    unit_id: UUID | None
    expires_at: datetime

    def zh(self) -> str:
        return f"发放接口令牌，可办 {'、'.join(self.acts)}，有效期至 {self.expires_at:%Y-%m-%d}"

    def en(self) -> str:
        return f"API token issued for {', '.join(self.acts)} until {self.expires_at:%Y-%m-%d}"


@dataclass(frozen=True)
class TokenRevoked(Event, name="token.revoked", about="token"):
    token_id: UUID

    def zh(self) -> str:
        return "撤销接口令牌"

    def en(self) -> str:
        return "API token revoked"

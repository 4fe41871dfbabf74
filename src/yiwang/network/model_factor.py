"""The second factor: one-time codes (TOTP), security keys (WebAuthn), recovery codes. Secrets are never shown twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from yiwang.kit.fields import Line
from yiwang.ledger.model import Event

Secret = Annotated[str, StringConstraints(max_length=1024)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]
Credential = Annotated[dict[str, Any], Field(max_length=20)]
"""What the browser's `navigator.credentials` gave, as its `toJSON()` says it."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor as kept. `step` is the present time step of one-time codes, by the database's clock."""

    id: UUID
    person_id: UUID
    kind: str
    sealed: bytes | None = field(repr=False)
    last_step: int
    credential: bytes | None
    public_key: bytes | None
    sign_count: int
    confirmed_at: datetime | None
    step: int


@dataclass(frozen=True, slots=True)
class SealedFactor:
    id: UUID
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A factor as its owner sees it. `kind`: totp or webauthn."""

    id: UUID
    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """`proven`: shown within the last minutes, so that what asks for it may be done now."""

    factors: list[FactorRow]
    recovery_left: int
    proven: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    person_id: UUID
    name: str
    challenge: bytes


@dataclass(frozen=True, slots=True)
class SecondDue:
    """The password is right; a second factor is still due, within five minutes. `options` are for
    `navigator.credentials.get` (None where the person has no security key)."""

    ticket: str = field(repr=False)
    kinds: tuple[str, ...]
    options: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser needs to ask a security key, and the ticket that comes back with its answer."""

    ticket: str = field(repr=False)
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewTotp:
    """Shown this once: `uri` as text for a QR code, `secret` to type."""

    factor_id: UUID
    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`recovery`: codes to keep on paper, each good once; only with the first factor, and shown this once."""

    factor_id: UUID
    recovery: tuple[str, ...] = field(repr=False)


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AddTotp:
    """`password`: one's own, for the first factor; later ones ask for a factor shown lately."""

    name: Line = "手机"
    password: Secret = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ConfirmTotp:
    factor_id: UUID
    code: Code = field(repr=False)


@dataclass(frozen=True, slots=True)
class BeginKey:
    password: Secret = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AddKey:
    ticket: Secret = field(repr=False)
    credential: Credential = field(repr=False)
    name: Line = "安全密钥"


@dataclass(frozen=True, slots=True)
class RemoveFactor:
    factor_id: UUID


@dataclass(frozen=True, slots=True)
class Show:
    """A second factor: a one-time or recovery `code`, or a security key's answer with its ticket."""

    ticket: Secret = field(default="", repr=False)
    code: Code = field(default="", repr=False)
    credential: Credential | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ResetFactors:
    """Take away all of somebody's factors, e.g. after their phone is lost; ends all their sessions."""

    person_id: UUID


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_KINDS = {"totp": ("动态口令", "one-time codes"), "webauthn": ("安全密钥", "a security key")}


def _kind(kind: str) -> tuple[str, str]:
    return _KINDS.get(kind, (kind, kind))


@dataclass(frozen=True)
class FactorAdded(Event, name="factor.added", about="person"):
    person_id: UUID
    factor: UUID
    kind: str

    def zh(self) -> str:
        return f"启用第二验证：{_kind(self.kind)[0]}"

    def en(self) -> str:
        return f"Second factor added: {_kind(self.kind)[1]}"


@dataclass(frozen=True)
class FactorRemoved(Event, name="factor.removed", about="person"):
    person_id: UUID
    factor: UUID
    kind: str

    def zh(self) -> str:
        return f"停用第二验证：{_kind(self.kind)[0]}"

    def en(self) -> str:
        return f"Second factor removed: {_kind(self.kind)[1]}"


@dataclass(frozen=True)
class FactorsReset(Event, name="factor.reset", about="person"):
    person_id: UUID

    def zh(self) -> str:
        return "第二验证被重置"

    def en(self) -> str:
        return "All second factors taken away"


@dataclass(frozen=True)
class RecoveryRenewed(Event, name="factor.recovery_renewed", about="person"):
    person_id: UUID

    def zh(self) -> str:
        return "重新生成恢复码"

    def en(self) -> str:
        return "New recovery codes"

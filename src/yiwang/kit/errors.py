"""One family of errors, one shape: a stable code, and words for the user in Chinese and English."""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """Something the user can be told. `code` is stable; `zh` and `en` are shown as they are."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, zh: str, en: str, **detail: Any) -> None:
        super().__init__(f"{code}: {zh} {en}")
        self.code, self.zh, self.en, self.detail = code, zh, en, detail

    def as_json(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "zh": self.zh, "en": self.en, "detail": self.detail}}


class Invalid(Problem):
    """What was sent cannot be right, whoever sends it and whenever."""

    status = 422


class Refused(Problem):
    """The act does not fit the present state; `detail` carries that state."""

    status = 409


class Forbidden(Problem):
    """This person may not do this."""

    status = 403


class Unauthenticated(Problem):
    """Nobody is signed in."""

    status = 401


class NotFound(Problem):
    """It does not exist, or is out of this person's sight: the two are told alike."""

    status = 404


class TooMany(Problem):
    """Slow down."""

    status = 429


class TooLarge(Problem):
    """More than we take."""

    status = 413


class TooSlow(Problem):
    """It did not come in time."""

    status = 408


class HeadersTooLarge(Problem):
    """More about it than we take."""

    status = 431


class Unavailable(Problem):
    """A part we need is away; nothing was done, try again."""

    status = 503

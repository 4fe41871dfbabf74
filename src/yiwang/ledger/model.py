"""Events, entries and who signed them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

EVENTS: dict[tuple[str, int], type[Event]] = {}


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and under which post (`system` and `public` are posts too)."""

    actor: UUID
    post: str


@dataclass(frozen=True)
class Event:
    """What happened to one subject. Subclasses are frozen dataclasses without slots:

        @dataclass(frozen=True)
        class CaseDeclined(Event, name="case.declined", about="case"):
            case_id: UUID          # the subject: `<about>_id`, first
            reason: str

    The other fields are the entry's body: references and digests, never personal data. Name and version are
    for ever: a changed body is a new version beside the old one. `opens` marks a subject's very first event.
    """

    name: ClassVar[str] = ""
    version: ClassVar[int] = 1
    about: ClassVar[str] = ""
    opens: ClassVar[bool] = False

    def __init_subclass__(cls, *, name: str, about: str, version: int = 1, opens: bool = False, **kw: Any) -> None:
        super().__init_subclass__(**kw)
        cls.name, cls.version, cls.about, cls.opens = name, version, about, opens
        if (name, version) in EVENTS and EVENTS[name, version].__qualname__ != cls.__qualname__:
            raise TypeError(f"two events are called {name} v{version}")
        EVENTS[name, version] = cls

    @property
    def subject_id(self) -> UUID:
        return getattr(self, f"{self.about}_id")

    def body(self) -> dict[str, Any]:
        subject = f"{self.about}_id"
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != subject}

    def zh(self) -> str:
        """One line in Chinese."""
        raise NotImplementedError

    def en(self) -> str:
        """The same line in English."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger. `body` is canonical JSON text; `hash` covers every field before it and `prev`."""

    subject_kind: str
    subject_id: UUID
    n: int
    event: str
    version: int
    actor: UUID
    post: str
    at: datetime
    body: str
    prev: bytes
    hash: bytes

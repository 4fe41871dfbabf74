"""What happens to things: references and digests only; what changed stands beside (`register.revision`)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from yiwang.ledger.model import Event
from yiwang.register.model_kind import Role


@dataclass(frozen=True)
class ThingAdded(Event, name="thing.added", about="thing", opens=True):
    """`digest` binds all that was entered (name, address, position, attributes)."""

    thing_id: UUID
    kind: str
    kind_zh: str
    code: str
    grid: str
    unit: UUID
    state: str
    generated: bool
    digest: str

    def zh(self) -> str:
        return f"建档：{self.kind_zh} {self.code}"

    def en(self) -> str:
        return f"Entered: {self.kind} {self.code}"


@dataclass(frozen=True)
class ThingChanged(Event, name="thing.changed", about="thing"):
    """`fields`: which; `digest` binds what they were and are."""

    thing_id: UUID
    change: int
    fields: tuple[str, ...]
    state: str
    grid: str
    digest: str

    def zh(self) -> str:
        return f"变更 {len(self.fields)} 项：{'、'.join(self.fields)}"

    def en(self) -> str:
        return f"Changed: {', '.join(self.fields)}"


@dataclass(frozen=True)
class PartySet(Event, name="thing.party_set", about="thing"):
    """`unit` None: nobody any more."""

    thing_id: UUID
    role: str
    unit: UUID | None
    unit_name: str | None

    def zh(self) -> str:
        return f"{Role(self.role).zh()}：{self.unit_name or '无'}"

    def en(self) -> str:
        return f"{Role(self.role).en()}: {self.unit_name or 'nobody'}"


@dataclass(frozen=True)
class ThingLinked(Event, name="thing.linked", about="thing"):
    thing_id: UUID
    role: str
    to: UUID
    to_name_digest: str
    off: bool

    def zh(self) -> str:
        return "解除关联" if self.off else "建立关联"

    def en(self) -> str:
        return "Link taken away" if self.off else "Linked"


@dataclass(frozen=True)
class DocumentAdded(Event, name="thing.document_added", about="thing"):
    thing_id: UUID
    document: UUID
    sha256: str
    dropped: bool

    def zh(self) -> str:
        return "撤下一份资料" if self.dropped else "加入一份资料"

    def en(self) -> str:
        return "A document was taken out" if self.dropped else "A document was added"


@dataclass(frozen=True)
class ThingsImported(Event, name="things.imported", about="things_import", opens=True):
    """One entry for a whole file: `sha256` binds it, and what it changed of each thing stands in that thing's revisions."""

    things_import_id: UUID
    kind: str
    kind_zh: str
    unit: UUID
    sha256: str
    rows: int
    added: int
    changed: int
    unchanged: int
    bad: int
    generated: bool

    def zh(self) -> str:
        return (
            f"导入{self.kind_zh} {self.rows} 行：新增 {self.added}，变更 {self.changed}，"
            f"不变 {self.unchanged}，有误 {self.bad}"
        )

    def en(self) -> str:
        return (
            f"{self.rows} rows of {self.kind} imported: {self.added} added, {self.changed} changed, "
            f"{self.unchanged} unchanged, {self.bad} bad"
        )

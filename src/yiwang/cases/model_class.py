"""A case's class of the catalogue: how it is named, put right, and told in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from yiwang.cases.model_events import Limits
from yiwang.kit.fields import Code, Line, MaybeText
from yiwang.ledger.model import Event

MatterKind = Literal["component", "matter"]
ComponentCode = Annotated[str, Field(pattern=r"^[0-9]{16,17}$")]


@dataclass(frozen=True, slots=True)
class ClassOf:
    """A class of the catalogue, and the component that the trouble is of, where it is of one."""

    matter_kind: MatterKind
    matter_code: Code
    scheme: Line = "GB/T 47678.5-2026"
    component: ComponentCode | None = None


@dataclass(frozen=True, slots=True)
class ReclassifyCase:
    """改类. Before filing `condition_id` may be left open; afterwards the limit hangs on it, or there is none (`open_ended`)."""

    case_id: UUID
    to: ClassOf
    condition_id: UUID | None = None
    open_ended: bool = False
    reason: MaybeText = ""


@dataclass(frozen=True)
class CaseReclassified(Event, name="case.reclassified", about="case"):
    """`matter` as in `case.reported`. `condition`, `limit`: what it is filed under now, or was suggested for filing; None, empty:
    neither fits any more."""

    case_id: UUID
    matter: str
    matter_name: str
    matter_was: str
    matter_name_was: str
    component: str | None
    component_was: str | None
    condition: str | None
    condition_text: str
    limit: str
    text_digest: str
    limits: Limits

    def zh(self) -> str:
        filed = f"，立案条件：{self.condition_text or '—'}，时限 {self.limit or '无'}" if self._is_filed() else ""
        return f"改类：由“{self.matter_name_was}”改为“{self.matter_name}”{filed}"

    def en(self) -> str:
        filed = f"; {self.condition_text or '—'}; limit {self.limit or 'none'}" if self._is_filed() else ""
        return f"Put under another class: {self.matter_name}, no longer {self.matter_name_was}{filed}"

    def _is_filed(self) -> bool:
        return self.limits.step == "filed"

"""Text messages to whoever reported without an account: what is waiting to be sent, and that it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.cases.model import Named
from yiwang.ledger.model import Event


class About(Named):
    """What a message is about: an end, or that it goes on."""

    closed = "closed", "已结案", "closed"
    declined = "declined", "不予受理", "declined"
    void = "void", "已作废", "void"
    reopened = "reopened", "重新办理", "opened again"


@dataclass(frozen=True, slots=True)
class DueText:
    """A message whose time has come, taken out to be sent; `tries` counts this one. `number` is the report's own."""

    case_id: UUID
    report_id: UUID
    position: int
    about: About
    until: datetime
    tries: int
    number: str


@dataclass(frozen=True)
class ReporterTexted(Event, name="case.reporter_texted", about="case"):
    """The system has read the reporter's telephone and sent a message there; or it could not be sent within a day."""

    case_id: UUID
    report: UUID
    news: str
    sent: bool

    def zh(self) -> str:
        how = "已发短信告知上报人" if self.sent else "给上报人的短信没有发出，不再发送"
        return f"{how}：{About(self.news).zh()}"

    def en(self) -> str:
        how = (
            "The reporter was told by text message"
            if self.sent
            else "The text message to the reporter could not be sent"
        )
        return f"{how}: {About(self.news).en()}"

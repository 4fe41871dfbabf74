"""What residents are told by text message, and when it is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from yiwang.cases.model_text import About, DueText
from yiwang.kit.ids import named_id
from yiwang.kit.jobs import work_out_wait

GIVE_UP = timedelta(days=1)
"""What could not be told for so long is told no more: whoever accepts the cases sees that in the case's course, and calls."""
LEASE = timedelta(minutes=3)
"""A message taken out to be sent is left alone for so long: whoever took it may have died."""
NEWS = {
    "case.closed": About.closed, "case.declined": About.declined, "case.voided": About.void,
    "case.reopened": About.reopened,
}  # fmt: skip
"""The entries that are news to a report's reporter."""

_origin = ""


def follow_at(origin: str) -> None:
    """Set, where the program starts, at which address (`https://…`) the public's pages are; empty: unknown."""
    global _origin
    _origin = origin.rstrip("/")


def write(due: DueText) -> str:
    """The words: number and page, nothing of what was reported. Telephones of the simplest kind show the address as it is."""
    what = "正在重新办理" if due.about is About.reopened else "有了结果"
    where = f"，请看 {_origin}/public/#/follow?number={due.number}" if _origin else "，请在上报的页面凭编号查看"
    return f"您上报的 {due.number} {what}{where}"


def key_of(due: DueText) -> str:
    """By which the gateway knows a message again that is handed over twice: one for each piece of news of a report."""
    return str(named_id(f"text:{due.report_id}:{due.position}"))


def is_over(due: DueText, now: datetime) -> bool:
    return now >= due.until


def work_out_retry(due: DueText, now: datetime) -> datetime:
    """When to try again; at its end it is given up."""
    return min(now + work_out_wait(due.tries), due.until)

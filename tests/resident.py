"""A resident without an account: the page's ticket, the work that goes with a report, and the report itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from world import SPOT, Play
from yiwang.cases import actions_public, rules_public, store
from yiwang.cases.model import Case
from yiwang.cases.model_public import ReportPublicly
from yiwang.kit import clock
from yiwang.kit.db import Tx
from yiwang.kit.ids import new_id

KEY = "k" * 32
PHONE = "13812345678"


def ticket(tx: Tx, at: datetime) -> str:
    """As the page gives it at this instant."""
    with clock.at(at):
        return actions_public.start(Tx(tx.conn, at)).ticket


def worked(ticket: str, report: UUID) -> int:
    """The nonce that the page works out."""
    return next(n for n in range(10**7) if rules_public.is_worked(ticket, report, n))


def report(play: Play, **more: Any) -> Case:
    """上报 on the public page: 其他, unless a matter is named."""
    report_id, given = new_id(), ticket(play.tx, play.tx.now - timedelta(minutes=1))
    fields: dict[str, Any] = {"description": "地上有个大坑", "lon": SPOT[0], "lat": SPOT[1], "phone": PHONE} | more
    cmd = ReportPublicly(report_id, KEY, given, worked(given, report_id), rules_public.CONSENT.version, **fields)
    actions_public.report_publicly(play.tx, actions_public.reporter_of(report_id), cmd)
    return store.lock_case(play.tx, report_id)

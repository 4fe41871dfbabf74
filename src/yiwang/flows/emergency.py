"""夜间爆管 (seed article 000): a small thing may wait, a burst pipe may not.

Reported as an emergency → whoever commands there now (指挥长, else 网格长) is found on the roster → all the units that the
responsibility list names are called at once. Nobody on duty, or nobody listed: the case stands first in the operator's
queue with a ten-minute clock.
"""

from __future__ import annotations

from yiwang.cases.actions_emergency import declare_emergency
from yiwang.cases.model_commands import DeclareEmergency
from yiwang.cases.model_events import CaseReported
from yiwang.cases.queries import get_case
from yiwang.dispatch.queries import recommend
from yiwang.kit.db import Tx
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.model import Entry
from yiwang.network.model import PostKind, system
from yiwang.network.queries_people import who_is_on_duty

EMERGENCY = system("emergency")
MINUTES = 30
COMMAND = (PostKind.grid_chief, PostKind.commander)


def call_everybody(tx: Tx, entry: Entry, event: CaseReported) -> None:
    """All units at once under one commander, within half an hour."""
    if not event.emergency:
        return
    case = get_case(tx, EVERYTHING, event.case_id)
    to = recommend(
        tx, scheme=case.scheme, kind=case.matter_kind, code=case.matter_code, area_id=case.area_id, at=tx.now
    )
    on_duty = who_is_on_duty(tx, case.area_path, COMMAND, grid=case.duty_grid_id)
    if to.lead is None or not on_duty:
        return
    units = tuple(dict.fromkeys((to.lead.id, *(u.id for u in to.assists))))
    declare_emergency(tx, EMERGENCY, DeclareEmergency(case.id, on_duty[0].person_id, units, MINUTES, to.reason_zh))

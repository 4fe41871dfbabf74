"""自动立案: a trusted report files itself and reaches the responsible unit in the same transaction (MISSION C2).

A certified inspector reports with a filing condition and a photo (or a trusted camera or sensor does) → the case is
accepted and filed → the responsibility list says to whom → the order is sent. Where the list names nobody, or two with
equal right, the case waits for a dispatcher. What an inspector has put right on the spot awaits a second person's look.
"""

from __future__ import annotations

from yiwang.cases.actions_dispatch import dispatch_case
from yiwang.cases.actions_file import file_trusted, handle_on_spot
from yiwang.cases.model_commands import Assignment, DispatchCase, FileCase
from yiwang.cases.model_events import CaseFiled, CaseReported
from yiwang.cases.queries import get_case
from yiwang.dispatch.queries import recommend
from yiwang.kit.db import Tx
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.model import Entry
from yiwang.network.model import system

FILING = system("self-filing")


def file_what_is_trusted(tx: Tx, entry: Entry, event: CaseReported) -> None:
    """A trusted report files itself; one that was also put right on the spot goes straight to verification."""
    if not event.trusted or event.emergency:
        return
    if event.self_handled:
        handle_on_spot(tx, FILING, FileCase(event.case_id))
    else:
        file_trusted(tx, FILING, FileCase(event.case_id))


def dispatch_what_filed_itself(tx: Tx, entry: Entry, event: CaseFiled) -> None:
    """Whatever filed itself is sent to whom the responsibility list names, with its reason."""
    if not event.automatic:
        return
    case = get_case(tx, EVERYTHING, event.case_id)
    if case.step != "filed":
        return
    to = recommend(
        tx, scheme=case.scheme, kind=case.matter_kind, code=case.matter_code, area_id=case.area_id, at=tx.now
    )
    if to.lead is None or to.conflict:
        return
    dispatch_case(
        tx, FILING,
        DispatchCase(case.id, Assignment(to.lead.id), tuple(Assignment(u.id) for u in to.assists), reason=to.reason_zh),
    )  # fmt: skip

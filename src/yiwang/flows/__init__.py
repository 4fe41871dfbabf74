"""Floor 5: one readable story per file. The two tables below are all that follows from anything, by name.

REACTIONS: what happens at once, in the same transaction, when an event is recorded. TIMERS: what happens when time is up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yiwang.cases import actions_clock, actions_fire, actions_request, actions_talk
from yiwang.cases.model_class import CaseReclassified
from yiwang.cases.model_events import (
    AssistAdded,
    CaseClosed,
    CaseDeclined,
    CaseFiled,
    CaseReported,
    CaseVoided,
    OrderFinished,
)
from yiwang.cases.model_events_around import CaseMerged
from yiwang.flows import case_room, emergency, self_filing, thing_case
from yiwang.kit.timers import Handler
from yiwang.ledger.actions import Reaction
from yiwang.ledger.model import Event
from yiwang.register import actions_step
from yiwang.register.model_owed import CheckedIn, ObligationLapsed
from yiwang.register.model_step import StepTaken
from yiwang.rooms import actions as rooms
from yiwang.rooms import actions_talk as room_talk

REACTIONS: Mapping[type[Event], Sequence[Reaction]] = {
    CaseReported: (self_filing.file_what_is_trusted, emergency.call_everybody),
    CaseFiled: (self_filing.dispatch_what_filed_itself,),
    CaseReclassified: (case_room.name_by_its_class,),
    ObligationLapsed: (thing_case.open_case_of_lapse,),
    CheckedIn: (thing_case.open_case_of_damage,),
    StepTaken: (thing_case.open_case_of_step,),
    AssistAdded: (case_room.let_in_who_is_called,),
    OrderFinished: (case_room.tell_order_done,),
    **dict.fromkeys((CaseClosed, CaseDeclined, CaseVoided, CaseMerged), (case_room.tell_what_became,)),
}

TIMERS: Mapping[str, Handler] = {
    actions_clock.STEP: actions_fire.fire_steps,
    actions_clock.CLOCK: actions_fire.fire_clocks,
    actions_request.RESUME: actions_request.fire_resumes,
    actions_talk.SUPERVISION: actions_fire.fire_supervisions,
    actions_step.DUE: actions_step.fire_due,
    rooms.MENTION: room_talk.fire_mentions,
}

"""Taking steps with a thing, and noting those that were not taken in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from yiwang.kit import files, timers
from yiwang.kit.db import Tx
from yiwang.kit.errors import Refused
from yiwang.kit.geo import check_lon_lat, distance_m
from yiwang.kit.timers import Timer
from yiwang.ledger.actions import record, record_many
from yiwang.network.model import Actor, system
from yiwang.network.rules import scope_of
from yiwang.register import (
    actions_owed,
    queries,
    queries_step,
    rules,
    rules_checkin,
    rules_step,
    store,
    store_step,
)
from yiwang.register.actions import write_change
from yiwang.register.model import Thing
from yiwang.register.model_kind import Kind, Step
from yiwang.register.model_step import StepLate, StepRow, StepTaken, TakeStep

DUE = "thing_step"
"""The timer of a step that is due; its key is the step's name."""
WATCH = system("register")


def take_step(tx: Tx, actor: Actor, cmd: TakeStep) -> StepRow:
    """What the kind says of the step decides: who may, in which state, with which form and photos; what follows is judged and
    written in this same act. The same id again is the same step. Refused `step.not_now` in another state than it asks for;
    Forbidden `step.same_person` where a second pair of eyes is needed."""
    thing = store.lock_thing(tx, cmd.thing_id)
    queries.get_thing(tx, scope_of(actor), thing.id)
    if (known := queries_step.find_step(tx, cmd.id)) is not None:
        return _again(known, actor, cmd)
    kind = rules.kind_of(thing.kind)
    step = rules_step.step_of(kind, cmd.step)
    post = rules_step.demand_taker(actor, step, thing.unit_path, queries.find_parties(tx, thing.id))
    rules_checkin.demand_time(cmd.at, tx.now)
    rules_step.demand_now(kind, step, thing.state)
    if step.not_by is not None:
        rules_step.demand_other(step, actor.id, store_step.LAST_BY.maybe(tx, thing_id=thing.id, step=step.not_by))
    rules_step.demand_shown(step, cmd)
    off = None
    if cmd.lon is not None and cmd.lat is not None:
        check_lon_lat(cmd.lon, cmd.lat)
        off = distance_m((thing.lon, thing.lat), (cmd.lon, cmd.lat))
    files.find_uploaded(tx, cmd.photos, actor.id)
    form = rules_step.read_form(step, cmd.form)
    old = rules.read_attributes(kind, thing.attributes, thing.version)
    judged = rules_step.judge(step, old, form)
    at = min(cmd.at, tx.now)
    puts = {name: form.get(name) for name in step.puts if name in form}
    if step.day is not None:
        puts[step.day] = at.astimezone(actions_owed.calendar_for(tx).zone).date().isoformat()
    attributes = rules.read_attributes(kind, {**old, **puts, **judged.puts})
    state = rules.demand_state(kind, judged.to or step.to or thing.state)
    new = {name: getattr(thing, name) for name in rules.PLAIN} | {"state": state, "attributes": attributes}
    was, now = write_change(tx, actor, kind, replace(thing, attributes=old), new)
    zh, en = judged.said or (None, None)
    store_step.ADD_STEP.run(
        tx, id=cmd.id, thing_id=thing.id, step=step.name, person=actor.id, unit_id=post.unit_id if post else None,
        post=actor.by(post).post, at=at, now=tx.now, was=thing.state, state=state, lon=cmd.lon, lat=cmd.lat,
        accuracy_m=cmd.accuracy_m, distance_m=off, photos=list(cmd.photos), form=msgspec.json.encode(form).decode(),
        note=cmd.note, said_zh=zh, said_en=en,
    )  # fmt: skip
    _wait(tx, kind, thing, step, replace(cmd, at=at), state)
    record(
        tx, actor.by(post),
        StepTaken(
            thing.id, cmd.id, step.name, step.zh, at, thing.state, state, None if off is None else round(off, 1), cmd.photos,
            rules.digest({"form": form, "note": cmd.note}), rules.digest({"was": was, "now": now}), judged.matter,
            judged.condition, judged.emergency, zh,
        ),
    )  # fmt: skip
    if was or now:
        actions_owed.follow_thing(tx, thing.id)
    return queries_step.get_step(tx, cmd.id)


def _again(known: StepRow, actor: Actor, cmd: TakeStep) -> StepRow:
    said = (cmd.thing_id, cmd.step, actor.id, cmd.photos, cmd.note)
    answered = all(known.form.get(name) == value for name, value in cmd.form.items() if value is not None)
    if said != (known.thing_id, known.step, known.person_id, known.photos, known.note) or not answered:
        raise Refused("step.id_reused", "这个编号已用于另一步", "This id is already that of another step")
    return known


def _wait(tx: Tx, kind: Kind, thing: Thing, step: Step, cmd: TakeStep, state: str) -> None:
    """This step is waited for no more, nor what can no more be done; what is due after it is."""
    store_step.TAKEN.all(tx, thing_id=thing.id, step=step.name, taken_id=cmd.id, now=tx.now)
    possible = [s.name for s in kind.steps if state in s.before]
    gone = store_step.NO_MORE.all(tx, thing_id=thing.id, possible=possible, now=tx.now)
    timers.drop_timers(tx, thing.id, f"step {step.name}", *(f"step {name}" for name in gone))
    for then in kind.steps:
        if then.after == step.name and then.within is not None and state in then.before:
            due = cmd.at + then.within
            store_step.ADD_DUE.run(tx, thing_id=thing.id, step=then.name, after_id=cmd.id, due_at=due)
            timers.set_timer(tx, DUE, thing.id, f"step {then.name}", due, step=then.name)


def fire_due(tx: Tx, due: Sequence[Timer]) -> list[Timer]:
    """A step that was not taken in time: said in the ledger, once. (A kit.timers.Handler.)"""
    free = store_step.lock_free(tx, [t.subject_id for t in due])
    taken = timers.take(tx, [t for t in due if t.subject_id in free])
    late = store_step.LATE.all(
        tx, things=[t.subject_id for t in taken], steps=[t.data["step"] for t in taken], now=tx.now
    )
    events = list[StepLate]()
    for row in late:
        step = next((s for s in rules.kind_of(row.kind).steps if s.name == row.step), None)
        events.append(StepLate(row.thing_id, row.step, step.zh if step else row.step, row.due_at))
    record_many(tx, WATCH.by(None), events)
    return taken

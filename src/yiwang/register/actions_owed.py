"""What things owe: the rules, and the sweeps that warn and note what lapsed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from yiwang.city.queries_rules import calendar_for
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import new_id
from yiwang.kit.jobs import to_the_end
from yiwang.ledger.actions import record, record_many
from yiwang.network.model import Actor, Subject, system
from yiwang.network.rules import may
from yiwang.register import queries_owed, rules, rules_owed, store_owed, store_round
from yiwang.register.model_owed import ObligationLapsed, Rule, RulesSet, SetRules, ThingCaseOpened

SWEEPER = system("register")
BATCH = 2_000
"""So many at once: a fifth of a second, during which whoever works on one of these things waits."""


def set_rules(tx: Tx, actor: Actor, cmd: SetRules) -> list[Rule]:
    """What things of these kinds owe from now on. The same again changes nothing; a rule that changes is retired, and what was
    owed by it is owed by its successor, from what was last met. Only packs and the system set rules."""
    rules_owed.demand_rules(actor, cmd)
    there = {rule.code: rule for rule in store_owed.LOCK_RULES.all(tx, kinds=list(cmd.kinds))}
    wanted = {given.code: rules_owed.make_rule(given) for given in cmd.rules}
    if len(wanted) < len(cmd.rules):
        raise Invalid("rule.twice", "同一编号的规则出现了两次", "One rule's code stands there twice")
    kept = {code for code, rule in wanted.items() if code in there and rule.id == there[code].id}
    gone = [rule for code, rule in there.items() if code not in kept]
    fresh = [rule for code, rule in wanted.items() if code not in kept]
    if gone or fresh:
        ids = [rule.id for rule in gone]
        store_owed.RETIRE.run(tx, ids=ids, now=tx.now)
        store_owed.END.run(tx, ids=ids, now=tx.now)
        for rule in fresh:
            store_owed.ADD_RULE.run(
                tx, id=rule.id, code=rule.code, kind=rule.kind, zh=rule.zh, en=rule.en, every=rule.every, period=rule.period.value,
                open_from=rule.open_from, open_to=rule.open_to, since_field=rule.since_field, warn=rule.warn, grace=rule.grace,
                applies=msgspec.json.encode(rule.applies).decode(), role=rule.role.value, evidence=list(rule.evidence),
                matter=rule.matter, condition=rule.condition, source=rule.source, hours_field=rule.hours_field, planned=rule.planned, now=tx.now,
            )  # fmt: skip
        store_owed.add_obligations(tx, zone_of(tx), rules=[rule.id for rule in fresh])
        digest = rules.digest([msgspec.to_builtins(given) for given in cmd.rules])
        added, retired = tuple(r.code for r in fresh), tuple(r.code for r in gone if r.code not in wanted)
        record(tx, actor.by(None), RulesSet(new_id(), cmd.kinds, added, retired, digest))
    return queries_owed.list_rules(tx, cmd.kinds)


def zone_of(tx: Tx) -> str:
    """Where the city's days begin and end."""
    return calendar_for(tx).zone.key


def warn_and_lapse(database: Database) -> None:
    """Periodic: what falls due soon is marked, what is late has lapsed; each in pieces that hold nobody back."""
    to_the_end(database, _warn, BATCH)
    to_the_end(database, _lapse, BATCH)


def _warn(tx: Tx) -> int:
    return store_owed.WARN.one(tx, now=tx.now, limit=BATCH)


def _lapse(tx: Tx) -> int:
    """A lapse is recorded once, at first: what follows from it (flows/) happens once, until it has been met again."""
    lapsed = store_owed.take_lapsed(tx, zone_of(tx), BATCH)
    first = [lapse for lapse in lapsed if lapse.first]
    if first:
        store_owed.LOCK_THINGS.all(tx, ids=sorted({lapse.thing_id for lapse in first}))
        known = {rule.id: rule for rule in queries_owed.list_rules_by_id(tx, {lapse.rule_id for lapse in first})}
        events = [
            ObligationLapsed(
                lapse.thing_id, known[lapse.rule_id].code, known[lapse.rule_id].zh, lapse.unit_id, lapse.due_at,
                known[lapse.rule_id].matter, known[lapse.rule_id].condition,
            )
            for lapse in first
        ]  # fmt: skip
        record_many(tx, SWEEPER.by(None), events)
    return len(lapsed)


def note_case(
    tx: Tx,
    actor: Actor,
    thing_id: UUID,
    case_id: UUID,
    *,
    rule: str | None = None,
    checkin: UUID | None = None,
    step: UUID | None = None,
) -> None:
    """This case came of this thing: of the rule of that code which lapsed, of damage found at that check-in, or of that step. Once."""
    may(actor, rules_owed.NOTE_CASE, Subject(""))
    store_owed.ADD_CASE.run(
        tx, case_id=case_id, thing_id=thing_id, rule=rule, checkin_id=checkin, step_id=step, now=tx.now
    )
    record(tx, actor.by(None), ThingCaseOpened(thing_id, case_id, rule, checkin or step))


def follow_thing(tx: Tx, thing_id: UUID) -> None:
    """A thing was entered or changed: what does it owe, and is it left over in a round?"""
    store_owed.put_owed(tx, zone_of(tx), [thing_id])
    store_round.put_ended(tx, [thing_id])


def follow_import(tx: Tx, added: Sequence[UUID], changed: Sequence[UUID]) -> None:
    """The same of what a file added and what it changed."""
    if added:
        store_owed.add_obligations(tx, zone_of(tx), things=added)
    if changed:
        store_owed.put_owed(tx, zone_of(tx), changed)
        store_round.put_ended(tx, changed)

"""What a case's entries say of it, told anew from the first to the last; and where its rows say something else. Pure.

The ledger is what holds (MISSION V5): rows that were changed behind its back are found by telling the case again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from yiwang.ledger.model_proof import FeedEntry

OPEN = ("waiting", "sent", "taken")


@dataclass(frozen=True, slots=True)
class Lie:
    """One thing that is not as the ledger tells it. `n`: the entry that tells, where one does; `what`: the column."""

    case_id: UUID
    number: str
    what: str
    told: str
    found: str
    n: int | None = None

    @property
    def zh(self) -> str:
        where = f"（第 {self.n} 条）" if self.n else ""
        return f"案件 {self.number} 的 {self.what}：台账{where}为 {self.told}，现为 {self.found}"

    @property
    def en(self) -> str:
        where = f" (entry {self.n})" if self.n else ""
        return f"case {self.number}, {self.what}: the ledger{where} says {self.told}, it is {self.found}"


@dataclass(slots=True)
class Told:
    """A case as its entries tell it. `by`: the entry that told each column last."""

    fields: dict[str, Any] = field(default_factory=dict)
    by: dict[str, int] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    photos: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    erased_photos: dict[str, int] = field(default_factory=dict)

    def say(self, n: int, **columns: Any) -> None:
        self.fields.update(columns)
        self.by.update(dict.fromkeys(columns, n))

    def is_erased(self, due: Any, there: Any) -> bool:
        """Is a wording not there because an entry erased it?"""
        return isinstance(due, str) and due in self.erased and there == ""

    def more(self, n: int, column: str) -> None:
        self.say(n, **{column: self.fields.get(column, 0) + 1})


def tell(entries: Sequence[FeedEntry]) -> Told:
    """The case as its whole chain tells it."""
    told = Told()
    for e in entries:
        body: dict[str, Any] = msgspec.json.decode(e.body)
        for sha in (*(body.get("photos") or ()), body.get("voice")):
            if sha:
                told.photos[sha] = e.n
        if digest := body.get("text_digest"):
            told.words[digest] = e.n
        if e.event == "case.words_erased":
            told.erased[body["erased"]] = e.n
        if e.event == "case.photo_erased":
            told.erased_photos[body["sha256"]] = e.n
        if step := STEPS.get(e.event):
            step(told, e, body)
        if e.event in ENDS:
            told.say(e.n, step_due_at=None)
        elif e.version == 1 and e.event in STEPS_V1:
            _first_release(told, e, body)
        if limits := body.get("limits"):
            told.say(e.n, step=limits["step"], step_due_at=_at(limits["step_due_at"]), due_at=_at(limits["due_at"]))
            for o in limits["orders"]:
                told.orders.setdefault(o["order"], {"unit_id": o["unit"], "state": "sent"})["due_at"] = _at(o["due_at"])
    return told


def _first_release(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    """Entries of version 1 tell no deadlines, and the step only by what was done."""
    step = STEPS_V1[e.event]
    if e.event == "case.verified" and not body["passed"]:
        step = "handling"
    if not (body.get("late") or body.get("last") is False):
        if step:
            told.say(e.n, step=step)
        else:
            told.fields.pop("step", None)
    for untold in ("step_due_at", "due_at"):
        told.fields.pop(untold, None)
    for order in told.orders.values():
        order.pop("due_at", None)


def _at(text: str | None) -> datetime | None:
    return None if text is None else msgspec.convert(text, datetime)


def _reported(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.say(
        e.n, step="reported", number=body["number"], channel=body["channel"], matter=body["matter"],
        matter_name=body["matter_name"], grid_code=body["grid"], lon=body["lon"], lat=body["lat"],
        trusted=body["trusted"], emergency=body["emergency"], description=body["text_digest"], reported_at=e.at,
        accepted_at=None, filed_at=None, dispatched_at=None, handled_at=None, verified_at=None, closed_at=None,
        suspended_at=None, merged_into=None, bounces=0, reworks=0, extensions=0, suspensions=0, reopens=0, exempt=False,
        owed=(), reporter_id=str(e.actor),
    )  # fmt: skip


def _accepted(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.say(e.n, accepted_at=e.at)
    if body["late"]:
        told.say(e.n, owed=tuple(o for o in told.fields["owed"] if o != "accept"))


def _filed(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.say(e.n, filed_at=e.at, condition_id=body["condition"])
    if body["late"]:
        told.say(e.n, owed=tuple(o for o in told.fields["owed"] if o != "file"))


def _reclassified(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.say(
        e.n, matter=body["matter"], matter_name=body["matter_name"], component=body["component"],
        condition_id=body["condition"],
    )  # fmt: skip


def _dispatched(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.say(e.n, lead_unit_id=body["lead"], dispatched_at=e.at, handled_at=None)
    for order, unit in zip(body["orders"], (body["lead"], *body["assists"]), strict=True):
        told.orders[order] = {"unit_id": unit, "state": "sent", "dispatch": e.n}


def _emergency(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    _recall(told)
    told.say(
        e.n, emergency=True, commander_id=body["commander"], owed=tuple(body["owed"]), lead_unit_id=body["units"][0],
        dispatched_at=e.at, handled_at=None,
    )  # fmt: skip
    for order, unit in zip(body["orders"], body["units"], strict=True):
        told.orders[order] = {"unit_id": unit, "state": "sent", "dispatch": e.n}


def _recall(told: Told) -> None:
    for order in told.orders.values():
        if order["state"] in OPEN:
            order["state"] = "recalled"


def _assist(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.orders[body["order"]] = {"unit_id": body["unit"], "state": "sent", "dispatch": told.by.get("dispatched_at")}


def _taken(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.orders[body["order"]] |= {"state": "taken", "handler_id": str(e.actor), "taken_at": e.at}


def _finished(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    order = told.orders[body["order"]]
    told.orders[body["order"]] = {"taken_at": e.at} | order | {
        "state": "done", "handler_id": str(e.actor), "done_at": e.at, "round": body["round"], "result": body["text_digest"],
    }  # fmt: skip
    if body["last"]:
        told.say(e.n, handled_at=e.at)


def _on_spot(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.say(e.n, accepted_at=e.at, filed_at=e.at, dispatched_at=e.at, handled_at=e.at)


def _verified(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    if body["passed"]:
        told.say(e.n, verified_at=e.at)
        return
    told.more(e.n, "reworks")
    told.say(e.n, handled_at=None)
    for order in told.orders.values():
        if order["state"] == "done" and order.get("dispatch") == told.by.get("dispatched_at"):
            order |= {"state": "taken", "done_at": None, "result": ""}
            order.pop("round", None)


def _reopened(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.more(e.n, "reopens")
    told.say(
        e.n, step="filed", handled_at=None, verified_at=None, closed_at=None, lead_unit_id=None, close_condition=""
    )


def _decided(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    if not (body["granted"] and body["final"]):
        return
    kind, order = body["kind"], told.orders.get(body["order"] or "")
    if kind == "bounce" and order:
        told.more(e.n, "bounces")
        order["state"] = "bounced"
        if order["unit_id"] == told.fields.get("lead_unit_id"):
            _recall(told)
            told.say(e.n, lead_unit_id=None)
        elif all(o["state"] not in OPEN for o in told.orders.values()):
            told.say(e.n, handled_at=e.at)
    elif kind == "extend":
        told.more(e.n, "extensions")
    elif kind == "suspend":
        told.more(e.n, "suspensions")
        told.say(e.n, suspended_at=e.at)
    elif kind == "appeal":
        told.say(e.n, exempt=True)


def _voided(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    _recall(told)
    told.say(e.n, step="void", suspended_at=None)


def _closed(told: Told, e: FeedEntry, body: dict[str, Any]) -> None:
    told.say(e.n, step="closed", closed_at=e.at, close_condition=body["text_digest"])


STEPS: Mapping[str, Any] = {
    "case.reported": _reported,
    "case.accepted": _accepted,
    "case.declined": lambda told, e, body: told.say(e.n, step="declined", checker_id=None),
    "case.check_asked": lambda told, e, body: told.say(e.n, checker_id=body["inspector"]),
    "case.filed": _filed,
    "case.reclassified": _reclassified,
    "case.handled_on_spot": _on_spot,
    "case.dispatched": _dispatched,
    "case.assist_added": _assist,
    "case.order_taken": _taken,
    "case.order_finished": _finished,
    "case.verified": _verified,
    "case.closed": _closed,
    "case.voided": _voided,
    "case.reopened": _reopened,
    "case.request_decided": _decided,
    "case.resumed": lambda told, e, body: told.say(e.n, suspended_at=None),
    "case.merged": lambda told, e, body: told.say(e.n, step="merged", merged_into=body["into"]),
    "case.unmerged": lambda told, e, body: told.say(e.n, merged_into=None),
    "case.emergency_declared": _emergency,
}
ENDS = ("case.closed", "case.declined", "case.voided", "case.merged")
STEPS_V1: Mapping[str, str | None] = {
    "case.accepted": "accepted", "case.check_asked": "checking", "case.check_answered": "reported", "case.filed": "filed",
    "case.handled_on_spot": "handled", "case.dispatched": "handling", "case.order_finished": "handled",
    "case.verified": "verified", "case.reopened": "filed", "case.emergency_declared": "handling",
    "case.request_decided": None, "case.unmerged": None, "case.resumed": None, "case.assist_added": None,
    "case.deadline_reworked": None, "case.reported": "reported",
}  # fmt: skip
"""Into which step an act of the first release led; None: the entry does not tell, so nothing is held against the row."""


def find_differences(
    told: Told,
    case: Mapping[str, Any],
    orders: Sequence[Mapping[str, Any]],
    photos: Sequence[str],
    texts: Mapping[str, str],
) -> list[Lie]:
    """Where a case's rows differ from what its entries tell. `texts`: every wording kept of it, by its digest."""
    case_id, number = case["id"], str(case["number"])
    lies = [
        Lie(case_id, number, what, _show(due), _show(case[what]), told.by[what])
        for what, due in told.fields.items()
        if what in case and _plain(case[what]) != _plain(due) and not told.is_erased(due, case[what])
    ]
    found = {str(o["id"]): o for o in orders}
    for order_id in told.orders.keys() | found.keys():
        due, there = told.orders.get(order_id), found.get(order_id)
        if due is None or there is None:
            lies.append(
                Lie(
                    case_id,
                    number,
                    f"order {order_id}",
                    "—" if due is None else "there",
                    "—" if there is None else "there",
                )
            )
            continue
        for what, value in due.items():
            if what in there and _order_differs(what, value, there[what]) and not told.is_erased(value, there[what]):
                lies.append(Lie(case_id, number, f"order {order_id} {what}", _show(value), _show(there[what])))
    lies += [Lie(case_id, number, "photo", s, "—", told.photos[s]) for s in told.photos.keys() - set(photos)]
    lies += [Lie(case_id, number, "photo", "—", sha) for sha in set(photos) - told.photos.keys()]
    lies += [
        Lie(case_id, number, "words", digest, "—", n)
        for digest, n in told.words.items() if digest not in texts and digest not in told.erased
    ]  # fmt: skip
    lies += [
        Lie(case_id, number, "words", f"{digest} 已删除 erased", "there", n)
        for digest, n in told.erased.items() if digest in texts and told.words.get(digest, 0) < n  # not said once more
    ]  # fmt: skip
    return lies


def _order_differs(what: str, due: Any, there: Any) -> bool:
    if what == "state":  # waiting and sent are told apart by no entry
        return (due if due not in OPEN[:2] else "open") != (there if there not in OPEN[:2] else "open")
    return _plain(due) != _plain(there)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return tuple(value) if isinstance(value, list) else value


def _show(value: Any) -> str:
    return "—" if value is None or value == "" else str(value)

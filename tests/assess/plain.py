"""The figures once more, by another hand: each duty is looked up in the course by scanning it, each indicator is a sentence.
Nothing here is taken from yiwang.assess; slow and plain is the point."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class Said:
    """An entry."""

    event: str
    at: datetime
    body: dict[str, Any]
    actor: str

    def time(self, name: str) -> datetime | None:
        text = self.body["limits"][name]
        return datetime.fromisoformat(text) if text else None

    @property
    def step(self) -> str:
        return self.body.get("limits", {}).get("step", "")

    def granted(self, kind: str) -> bool:
        b = self.body
        return self.event == "request_decided" and b["kind"] == kind and b["granted"] and b["final"]


@dataclass
class Duty:
    due: datetime | None = None
    done: datetime | None = None
    lifted: datetime | None = None
    person: str | None = None
    begun: datetime | None = None
    closed: datetime | None = None
    unit: str = ""
    flag: str = ""
    excused: bool = False
    suspended: bool = False

    def owed(self) -> bool:
        if self.due is None:
            return False
        if self.lifted is None:
            return True
        return self.due < (self.done if self.done is not None else self.lifted)

    def good(self) -> bool:
        if self.excused:
            return True
        return self.done is not None and not (self.due is not None and self.done > self.due)


def said(entry: Any) -> Said:
    return Said(entry.event.removeprefix("case."), entry.at, json.loads(entry.body), str(entry.actor))


ENDED = ("merged", "voided", "emergency_declared")


def spans(
    course: list[Said], begins: Callable[[Said], bool], done: Callable[[Said], bool], lifted: tuple[str, ...]
) -> Iterator[tuple[int, int | None, bool]]:
    """(where it begins, where it ends, whether done and not lifted) of each duty of one sort."""
    for i, e in enumerate(course):
        if begins(e):
            j = next((j for j in range(i + 1, len(course)) if done(course[j]) or course[j].event in lifted), None)
            yield i, j, j is not None and done(course[j])


def duty(course: list[Said], i: int, j: int | None, is_done: bool, due: datetime | None) -> Duty:
    end = course[j] if j is not None else None
    return Duty(
        due, end.at if end and is_done else None, end.at if end and not is_done else None,
        end.actor if end and is_done else None, course[i].at,
    )  # fmt: skip


def accepts(course: list[Said]) -> list[Duty]:
    found = []
    begins = lambda e: e.event == "reported" or (e.event == "unmerged" and e.step == "reported")  # noqa: E731
    done = lambda e: (e.event == "accepted" and not e.body["late"]) or e.event == "declined"  # noqa: E731
    for i, j, is_done in spans(course, begins, done, ENDED):
        looked = [e for e in course[i:j] if e.event in ("reported", "unmerged", "check_asked", "check_answered")]
        it = duty(course, i, j, is_done, looked[-1].time("step_due_at"))
        it.flag = course[j].event if is_done and j is not None else ""
        found.append(it)
    late = [e for e in course if e.event == "accepted" and e.body["late"]]
    return found + [Duty(None, e.at, person=e.actor, flag="accepted") for e in late]


def checks(course: list[Said]) -> list[Duty]:
    found = []
    lifted = ("accepted", "declined", *ENDED)
    for i, j, is_done in spans(
        course, lambda e: e.event == "check_asked", lambda e: e.event == "check_answered", lifted
    ):
        it = duty(course, i, j, is_done, course[i].time("step_due_at"))
        it.person = course[i].body["inspector"]
        found.append(it)
    return found


def sent_checks(course: list[Said]) -> list[Duty]:
    found = []
    for i, e in enumerate(course):
        if e.event == "check_asked":
            before = [b for b in course[:i] if b.event in ("reported", "unmerged", "check_asked", "check_answered")]
            found.append(Duty(before[-1].time("step_due_at"), e.at, person=e.actor))
    return found


def filings(course: list[Said]) -> list[Duty]:
    def begins(e):
        return (e.event == "accepted" and not e.body["late"]) or (e.event == "unmerged" and e.step == "accepted")

    found = [
        duty(course, i, j, d, course[i].time("step_due_at"))
        for i, j, d in spans(course, begins, lambda e: e.event == "filed", ENDED)
    ]
    found += [Duty(None, e.at, person=e.actor) for e in course if e.event == "filed" and e.body["late"]]
    for it in found:
        if any(e.event == "voided" for e in course) and it.done:
            it.flag = "void"
    return found


def dispatches(course: list[Said]) -> list[Duty]:
    def begins(e: Said) -> bool:
        again = e.event in ("filed", "unmerged", "verified") or e.granted("bounce")
        return e.event == "reopened" or (again and e.step == "filed")

    sent = lambda e: e.event in ("dispatched", "emergency_declared")  # noqa: E731
    found, used = [], set()
    for i, j, is_done in spans(course, begins, sent, ("merged", "voided")):
        it = duty(course, i, j, is_done, course[i].time("step_due_at"))
        if is_done and j is not None:
            used.add(j)
            it.flag = _returned(course, j)
        found.append(it)
    for j, e in enumerate(course):
        if sent(e) and j not in used:
            found.append(Duty(None, e.at, person=e.actor, flag=_returned(course, j)))
    return found


def _returned(course: list[Said], j: int) -> str:
    for e in course[j + 1 :]:
        if e.event in ("dispatched", "emergency_declared"):
            break
        if e.granted("bounce"):
            return "returned"
    return ""


def verifications(course: list[Said]) -> list[Duty]:
    begins = lambda e: (  # noqa: E731
        (e.event == "order_finished" and e.body["last"]) or e.event == "handled_on_spot"
        or (e.granted("bounce") and e.step == "handled")
    )  # fmt: skip
    return [
        duty(course, i, j, d, course[i].time("step_due_at"))
        for i, j, d in spans(course, begins, lambda e: e.event == "verified", ("voided",))
    ]


def limit_of(e: Said, order: str) -> dict[str, Any] | None:
    return next((o for o in e.body.get("limits", {}).get("orders", ()) if o["order"] == order), None)


def orders(course: list[Said]) -> list[tuple[Duty, list[Duty]]]:
    """Each order with its rounds."""
    ids = dict.fromkeys(o["order"] for e in course for o in e.body.get("limits", {}).get("orders", ()))
    return [_order(course, order) for order in ids]


def _order(course: list[Said], order: str) -> tuple[Duty, list[Duty]]:
    it, rounds, suspended = Duty(), list[Duty](), False
    for i, e in enumerate(course):
        said_of = limit_of(e, order)
        is_open = it.unit != "" and it.done is None and it.lifted is None
        if e.event == "resumed":
            suspended = False
        if said_of and it.lifted is None and not (e.granted("bounce") and e.body["order"] == order):
            it.unit = said_of["path"]
            if said_of["sent"] and it.begun is None:
                it.begun = e.at
            matters = e.event != "request_decided" or any(
                e.granted(k) for k in ("extend", "suspend", "bounce", "appeal")
            )
            if not suspended and matters:
                it.due = datetime.fromisoformat(said_of["due_at"]) if said_of["due_at"] else None
        if e.event == "order_finished" and e.body["order"] == order:
            it.done, it.person = e.at, e.actor
            rounds.append(_round(course, i, order, it))
        elif e.event == "verified" and not e.body["passed"] and said_of:
            it.done = None
        elif e.granted("suspend"):
            suspended = True
            if is_open and it.due is not None and it.due > e.at:
                it.due = None
        elif e.granted("bounce") and e.body["order"] == order:
            it.lifted, it.flag = e.at, "bounced"
        elif (is_open and (e.event == "voided" or (e.granted("bounce") and e.step == "filed"))) or (
            is_open and e.event == "emergency_declared" and not said_of
        ):
            it.lifted = e.at
        elif e.granted("appeal"):
            it.excused = it.excused or it.done is not None
            for r in rounds:
                r.excused = True
    return it, rounds


def _round(course: list[Said], i: int, order: str, it: Duty) -> Duty:
    """How this finishing fared: at the next verification, if the order was sent by the dispatch that it is of."""
    found = Duty(it.due, course[i].at, person=it.person, begun=it.begun, unit=it.unit)
    sent = [e.at for e in course[:i] if e.event in ("dispatched", "emergency_declared")]
    for e in course[i + 1 :]:
        if e.event in ("dispatched", "emergency_declared"):
            sent.append(e.at)
        if e.event == "verified":
            if e.body["passed"] and it.begun is not None and it.begun >= max(sent):
                found.closed, found.flag = e.at, "passed"
            elif not e.body["passed"] and limit_of(e, order):
                found.closed, found.flag = e.at, "failed"
            if found.closed:
                break
    return found


def wholes(course: list[Said]) -> list[Duty]:
    """The filed case, and once more if it was reopened."""
    first = next((i for i, e in enumerate(course) if e.event in ("filed", "emergency_declared")), None)
    if first is None:
        return []
    again = next((i for i, e in enumerate(course) if e.event == "reopened"), len(course))
    lives = [_life(course[first:again])]
    if again < len(course):
        lives.append(_life(course[again:]))
    if any(e.event == "voided" for e in course):
        for it in lives:
            it.flag = "void"
    return lives


def _life(part: list[Said]) -> Duty:
    it = Duty()
    for e in part:
        moved = e.event in ("reopened", "emergency_declared", "resumed", "unmerged", "reclassified")
        moved = moved or (e.event == "verified" and not e.body["passed"]) or e.granted("extend")
        moved = moved or (e.event == "deadline_reworked" and e.body["order"] is None)
        if e.event == "filed":
            it.begun = e.at
            if not e.body["late"]:
                it.due = datetime.fromisoformat(e.body["due_at"]) if e.body["due_at"] else None
        elif moved:
            it.due = e.time("due_at")
        if e.event == "resumed":
            it.suspended = False
        elif e.granted("suspend"):
            it.suspended = True
            if it.due is not None and it.due > e.at:
                it.due = None
        elif (
            (e.event == "order_finished" and e.body["last"])
            or e.event == "handled_on_spot"
            or (e.granted("bounce") and e.step == "handled")
        ):
            it.done = e.at
        elif e.event == "verified" and not e.body["passed"]:
            it.done = None
        elif e.event == "closed":
            it.closed, it.person = e.at, e.actor
        elif e.event in ("voided", "merged"):
            it.lifted, it.suspended = e.at, False
        elif e.event == "unmerged":
            it.lifted = None
        elif e.granted("appeal"):
            it.excused = True
    return it


def figures(
    courses: list[list[Said]], since: datetime, until: datetime, now: datetime, key: str
) -> dict[tuple[str, str], tuple[int, int]]:
    """Every indicator, by `key`: "area" (the first three labels), "unit" or "person"."""
    found: dict[tuple[str, str], list[int]] = {}

    def within(at: datetime | None) -> bool:
        return at is not None and since <= at < until

    def fell_due(it: Duty) -> bool:
        return within(it.due) and it.due < now and it.owed()  # type: ignore[operator]

    for course in courses:
        if course[0].event != "reported" or "limits" not in course[0].body:
            continue
        area = ".".join(course[0].body["area_path"].split(".")[:3])

        def count(name: str, it: Duty, of: bool, hit: bool, area: str = area) -> None:
            k = {"area": area, "unit": it.unit, "person": it.person}[key]
            if of and k:
                pair = found.setdefault((name, k), [0, 0])
                pair[0] += hit
                pair[1] += 1

        channel, at = course[0].body["channel"], course[0].at
        filed = any(e.event == "filed" for e in course)
        report, patrol = Duty(person=course[0].actor), channel == "patrol"
        if key != "unit":
            count("patrol_reports", report, within(at), patrol)
            count("patrol_valid", report, within(at), patrol and filed)
            count("patrol_valid_rate", report, within(at) and patrol, filed)
            for it in accepts(course):
                count("accepted", it, within(it.done), it.flag == "accepted")
            for it in checks(course):
                count("check_on_time_rate", it, fell_due(it), it.good())
            for it in sent_checks(course):
                count("send_check_on_time_rate", it, within(it.done), it.good())
            for it in filings(course):
                count("filed_on_time_of_filed", it, within(it.done), it.good())
                count("filed_right_rate", it, within(it.done), it.flag != "void")
            for it in wholes(course):
                count("closed_on_time_of_closed", it, within(it.closed), it.good())
            for it in dispatches(course):
                count("dispatched", it, within(it.done), True)
        if key == "area":
            count("filing_rate", report, within(at), filed)
            count("patrol_share", report, within(at) and channel in ("patrol", "public", "hotline", "media"), patrol)
            for it in verifications(course):
                count("verify_on_time_rate", it, fell_due(it), it.good())
                count("open_late_verify", it, _standing(it, now), True)
            for it in dispatches(course):
                count("dispatch_on_time_rate", it, fell_due(it), it.good())
                count("dispatch_right_rate", it, fell_due(it), it.done is not None and it.flag != "returned")
                count("open_late_dispatch", it, _standing(it, now), True)
            for it in filings(course):
                count("filing_on_time_rate", it, fell_due(it), it.good())
                count("open_late_filing", it, _standing(it, now), True)
            for it in accepts(course):
                count("open_late_accept", it, _standing(it, now), True)
            for it in wholes(course):
                count("filed_net", it, within(it.begun), not it.suspended)
                count("close_rate", it, fell_due(it), it.closed is not None)
                count("close_on_time_rate", it, fell_due(it), it.closed is not None and it.good())
                hotline = channel == "hotline"
                count("hotline_on_time_rate", it, fell_due(it) and hotline, it.closed is not None and it.good())
                count("open_late_whole", it, _standing(it, now), True)
            for e in course:
                if e.event == "report_rated":
                    count("solved_rate", Duty(), within(e.at), e.body["solved"])
        if key in ("area", "unit"):
            for it, rounds in orders(course):
                late = it.due is not None and it.done is not None and it.done > it.due and not it.excused
                count("handle_rate", it, fell_due(it), it.done is not None)
                count("handle_on_time_rate", it, fell_due(it), it.good())
                count("handled_late", it, fell_due(it), late)
                unfinished = it.done is None and not it.excused
                count("unhandled_late", it, fell_due(it), unfinished and it.lifted is None)
                count("lifted_late", it, fell_due(it), unfinished and it.lifted is not None)
                count("bounce_rate", it, within(it.begun), it.flag == "bounced")
                count("open_late_handling", it, _standing(it, now), True)
                for r in rounds:
                    count("rework_rate", r, within(r.done), r.flag == "failed")
                    count("check_pass_rate", r, within(r.closed), r.flag == "passed")
            units = {o["order"]: o["path"] for e in course for o in e.body.get("limits", {}).get("orders", ())}
            for e in course:
                for name, kind in (("extensions", "extend"), ("suspensions", "suspend")):
                    if e.granted(kind):
                        count(name, Duty(unit=units[e.body["order"]]), within(e.at), True)
    return {k: (n, d) for k, (n, d) in found.items()}


def _standing(it: Duty, now: datetime) -> bool:
    return it.due is not None and it.due < now and it.done is None and it.lifted is None and not it.excused

"""Cases that are asked about: one of `HERE` at every step, made by the very actions; and every act on a case."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import recordings
import world
from strangers.places import HELPING, HERE, LOWER, NOW, PLACES, person
from yiwang.cases import (
    actions_contact,
    actions_dispatch,
    actions_emergency,
    actions_erase,
    actions_file,
    actions_merge,
    actions_report,
    actions_request,
    actions_talk,
    actions_verify,
    store,
)
from yiwang.cases import model_commands as c
from yiwang.cases.model import BounceReason, Channel, PhotoKind
from yiwang.cases.model_class import ClassOf, ReclassifyCase
from yiwang.cases.model_contact import UnmaskContact
from yiwang.cases.model_erase import ErasePhoto, EraseWords
from yiwang.cases.store_evidence import EVIDENCE
from yiwang.kit import files
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id
from yiwang.network.model_personal import Purpose
from yiwang.network.queries_actor import get_actor

STATES = (
    "reported", "checking", "accepted", "filed", "handling", "handled", "verified", "closed", "declined", "void",
    "merged", "suspended", "emergency", "emergency, accepted", "bounce asked", "extension asked", "suspension asked",
    "void asked", "closed late", "appeal asked",
)  # fmt: skip
"""The eleven steps, and what within a step opens other acts."""
WORDS = "看过了，属实"


@dataclass(frozen=True)
class Subject:
    """A case and what requests about it name. `orders`: by the code of their unit; `photo`: one of its report's; `words`:
    the digest of its description."""

    id: UUID
    orders: dict[str, UUID]
    request: UUID
    supervision: UUID
    comment: UUID
    into: UUID
    photo: str
    words: str


def described(name: str) -> str:
    return f"路边有垃圾 {name}"


def photo(login: str, kind: str = "") -> str:
    """The SHA-256 of a photo of theirs, never yet used."""
    return hashlib.sha256(f"photo:{login}:{kind}".encode()).hexdigest()


def add_photo(tx: Tx, login: str, kind: str = "") -> str:
    sha = photo(login, kind)
    files.ADD.one(
        tx, sha256=sha, type="image/jpeg", size=9, width=1, height=1, taken_at=None, lon=None, lat=None, seconds=None,
        look=None, by=person(login), at=tx.now,
    )  # fmt: skip
    return sha


SPOKEN = recordings.ogg(2)
VOICE = hashlib.sha256(SPOKEN).hexdigest()
"""A voice note of the case that is handled."""


def add_voice(tx: Tx, login: str) -> str:
    files.ADD.one(
        tx, sha256=VOICE, type="audio/ogg", size=len(SPOKEN), width=None, height=None, taken_at=None, lon=None, lat=None,
        seconds=2.0, look=None, by=person(login), at=tx.now,
    )  # fmt: skip
    return VOICE


class Making:
    """Brings a case to a step. Each act is done by whoever may do it, five hours before `NOW` or when `late` says."""

    def __init__(self, tx: Tx, name: str, place: str = "own") -> None:
        self.tx, self.name, self.id = tx, name, named_id(f"case of {name}")
        self.place, self.code, self.done = place, PLACES[place], 0
        here = place == "own"
        self.helping = (HELPING,) if here else ()
        self.reporter, self.checker, self.asker = (
            ("reporter", "checker", "asker")
            if here
            else (f"coordinator.{place}", f"inspector.{place}", f"handler.{place}")
        )

    def do(self, login: str, action: Any, command: Any) -> Any:
        return action(self.tx, get_actor(self.tx, person(login)), command)

    def use(self, login: str, kind: PhotoKind) -> tuple[c.PhotoUse, ...]:
        self.done += 1
        return (c.PhotoUse(add_photo(self.tx, login, f"{self.name} {self.done}"), kind),)

    def order(self, code: str) -> UUID:
        return next(o.id for o in store.ORDERS.all(self.tx, case_id=self.id) if o.unit_id == world.unit(code))

    def request(self) -> UUID:
        return store.REQUESTS.all(self.tx, case_id=self.id)[-1].id

    def reported(self) -> None:
        cmd = c.ReportCase(
            self.id, Channel.public, described(self.name), "matter", "06010", area_code=self.code, place="文庙路",
            contact=c.Contact("某人", "13900000000"), photos=self.use(self.reporter, PhotoKind.near),
            voice=add_voice(self.tx, self.reporter) if self.name == "handling" else None,
        )  # fmt: skip
        self.do(self.reporter, actions_report.report_case, cmd)

    def checking(self) -> None:
        self.reported()
        self.do(f"operator.{self.place}", actions_file.ask_check, c.AskCheck(self.id, person(self.checker)))

    def accepted(self) -> None:
        self.reported()
        self.do(f"operator.{self.place}", actions_file.accept_case, c.AcceptCase(self.id))

    def filed(self) -> None:
        self.accepted()
        self.do(f"operator.{self.place}", actions_file.file_case, c.FileCase(self.id, open_ended=True))

    def handling(self, due_in: float = 900) -> None:
        self.accepted()
        due = NOW + timedelta(hours=due_in)
        self.do(f"operator.{self.place}", actions_file.file_case, c.FileCase(self.id, due_at=due))
        parts = c.Assignment(world.unit(self.code)), tuple(c.Assignment(world.unit(code)) for code in self.helping)
        self.do(f"dispatcher.{self.place}", actions_dispatch.dispatch_case, c.DispatchCase(self.id, *parts))
        supervise = c.SuperviseCase(self.id, world.unit(self.code), "请说明进展")
        self.do(f"supervisor.{self.place}", actions_talk.supervise_case, supervise)
        mentioned = (person(f"grid_chief.{self.place}"),)
        self.do(
            f"operator.{self.place}",
            actions_talk.comment_case,
            c.CommentCase(self.id, named_id(f"comment {self.name}"), WORDS, mentioned),
        )

    def handled(self, due_in: float = 900) -> None:
        self.handling(due_in)
        before, self.tx.now = (
            self.tx.now,
            max(self.tx.now, NOW + timedelta(hours=due_in, minutes=1)) if due_in < 0 else self.tx.now,
        )
        for code in (*self.helping, self.code):
            login = self.asker if code == self.code else "handler.helping"
            cmd = c.FinishOrder(self.id, self.order(code), "已清理", self.use(login, PhotoKind.handled))
            self.do(login, actions_dispatch.finish_order, cmd)
        self.tx.now = before

    def verified(self, due_in: float = 900) -> None:
        self.handled(due_in)
        cmd = c.VerifyCase(self.id, True, WORDS, photos=self.use(self.checker, PhotoKind.verified))
        self.do(self.checker, actions_verify.verify_case, cmd)

    def closed(self, due_in: float = 900) -> None:
        self.verified(due_in)
        self.do(f"operator.{self.place}", actions_verify.close_case, c.CloseCase(self.id, "清理干净"))

    def declined(self) -> None:
        self.reported()
        self.do(f"operator.{self.place}", actions_file.decline_case, c.DeclineCase(self.id, WORDS))

    def void(self) -> None:
        self.void_asked()
        self.do(
            f"supervisor.{self.place}", actions_request.decide_request, c.DecideRequest(self.id, self.request(), True)
        )

    def merged(self) -> None:
        self.reported()
        other = Making(self.tx, f"survivor of {self.name}", self.place)
        other.reported()
        self.do(f"operator.{self.place}", actions_merge.merge_case, c.MergeCase(self.id, other.id))

    def suspended(self) -> None:
        self.suspension_asked()
        self.do(
            f"supervisor.{self.place}", actions_request.decide_request, c.DecideRequest(self.id, self.request(), True)
        )

    def emergency(self) -> None:
        self.reported()
        units = tuple(world.unit(code) for code in (self.code, *self.helping))
        cmd = c.DeclareEmergency(self.id, person(f"commander.{self.place}"), units)
        self.do(f"commander.{self.place}", actions_emergency.declare_emergency, cmd)

    def emergency_accepted(self) -> None:
        self.emergency()
        self.do(f"operator.{self.place}", actions_file.accept_late, c.AcceptCase(self.id))

    def bounce_asked(self) -> None:
        self.handling()
        cmd = c.AskBounce(self.id, self.order(self.code), BounceReason.not_ours, WORDS)
        self.do(self.asker, actions_request.ask_bounce, cmd)

    def extension_asked(self) -> None:
        self.handling()
        self.do(self.asker, actions_request.ask_extension, c.AskExtension(self.id, self.order(self.code), WORDS))

    def suspension_asked(self) -> None:
        self.handling()
        cmd = c.AskSuspension(self.id, self.order(self.code), WORDS, NOW + timedelta(days=9))
        self.do(self.asker, actions_request.ask_suspension, cmd)

    def void_asked(self) -> None:
        self.accepted()
        self.do(f"operator.{self.place}", actions_request.ask_void, c.AskVoid(self.id, WORDS))

    def closed_late(self) -> None:
        self.closed(due_in=-1)

    def appeal_asked(self) -> None:
        self.closed_late()
        self.do(self.asker, actions_request.ask_appeal, c.AskAppeal(self.id, WORDS))


def make(tx: Tx, name: str, state: str, place: str = "own") -> Making:
    """A case at one of STATES."""
    making = Making(tx, name, place)
    getattr(making, state.replace(", ", "_").replace(" ", "_"))()
    return making


def make_cases(tx: Tx) -> dict[str, Subject]:
    """One case at each of STATES, and one more that others may be merged into."""
    Making(tx, "open case").reported()
    found = {}
    for state in STATES:
        found[state] = _subject(tx, make(tx, state, state).id, state)
    return found


def _subject(tx: Tx, case_id: UUID, name: str) -> Subject:
    codes = {world.unit(code): code for code in (HERE, HELPING)}
    orders = {codes[o.unit_id]: o.id for o in store.ORDERS.all(tx, case_id=case_id)}
    nothing = named_id("nothing")
    requests, told = store.REQUESTS.all(tx, case_id=case_id), store.SUPERVISIONS.all(tx, case_id=case_id)
    return Subject(
        case_id, orders, requests[-1].id if requests else nothing, told[0].id if told else nothing,
        named_id(f"comment {name}"), named_id("case of open case"), EVIDENCE.all(tx, case_id=case_id)[0].sha256,
        hashlib.sha256(described(name).encode()).hexdigest(),
    )  # fmt: skip


GHOST = Subject(
    named_id("ghost"), {}, named_id("g1"), named_id("g2"), named_id("g3"), named_id("case of open case"), "0" * 64, "0" * 64
)  # fmt: skip
"""A case that there is not."""


def acts(login: str, s: Subject) -> dict[str, tuple[Any, Any]]:
    """Every act on a case as this person would send it: name → (action, command)."""
    from yiwang.cases.api import COMMANDS

    code = HELPING if login.endswith(".helping") else HERE
    order = s.orders.get(code) or named_id("no order")

    def use(kind: PhotoKind) -> tuple[c.PhotoUse, ...]:
        return (c.PhotoUse(photo(login), kind),)

    case = s.id
    sent: dict[str, Any] = {
        "accept": c.AcceptCase(case),
        "decline": c.DeclineCase(case, WORDS),
        "ask-check": c.AskCheck(case, person("checker")),
        "answer-check": c.AnswerCheck(case, True, WORDS, photos=use(PhotoKind.check)),
        "reclassify": ReclassifyCase(case, ClassOf("matter", "06036"), open_ended=True),
        "file": c.FileCase(case, open_ended=True),
        "accept-late": c.AcceptCase(case),
        "file-late": c.FileCase(case, open_ended=True),
        "dispatch": c.DispatchCase(case, c.Assignment(world.unit(HERE))),
        "add-assist": c.AddAssist(case, c.Assignment(world.unit(LOWER))),
        "take": c.TakeOrder(case, order),
        "finish": c.FinishOrder(case, order, "已清理", use(PhotoKind.handled)),
        "ask-bounce": c.AskBounce(case, order, BounceReason.not_ours, WORDS),
        "ask-extension": c.AskExtension(case, order, WORDS),
        "ask-suspension": c.AskSuspension(case, order, WORDS, NOW + timedelta(days=9)),
        "ask-void": c.AskVoid(case, WORDS),
        "ask-appeal": c.AskAppeal(case, WORDS),
        "decide": c.DecideRequest(case, s.request, True),
        "resume": c.ResumeCase(case),
        "verify": c.VerifyCase(case, True, WORDS, photos=use(PhotoKind.verified)),
        "close": c.CloseCase(case, "清理干净"),
        "rate": c.RateReport(case, case, 5, True),
        "merge": c.MergeCase(case, s.into),
        "unmerge": c.UnmergeCase(case, WORDS),
        "emergency": c.DeclareEmergency(case, person("commander.own"), (world.unit(HERE),)),
        "supervise": c.SuperviseCase(case, world.unit(HERE), WORDS),
        "answer-supervision": c.AnswerSupervision(case, s.supervision, WORDS),
        "urge": c.UrgeCase(case),
        "comment": c.CommentCase(case, named_id("a comment"), WORDS),
        "read-comment": c.ReadComment(case, s.comment),
    }
    found = {path: (action, sent[path]) for path, action, _, _ in COMMANDS}
    # The case's other routes, which are no moves of the table:
    found |= {
        "unmask-contact": (
            actions_contact.unmask_contact,
            UnmaskContact(case, case, Purpose.callback, WORDS),
        ),
        "erase-contact": (lambda tx, actor, cmd: actions_contact.erase_contact(tx, actor, cmd, cmd), case),
        "erase-photo": (actions_erase.erase_photo, ErasePhoto(case, s.photo, WORDS)),
        "erase-words": (actions_erase.erase_words, EraseWords(case, s.words, WORDS)),
    }
    failed = replace(sent["verify"], passed=False)
    forced = replace(sent["dispatch"], forced=True, reason=WORDS)
    return {
        **found,
        "dispatch (forced)": (found["dispatch"][0], forced),
        "verify (failed)": (found["verify"][0], failed),
    }

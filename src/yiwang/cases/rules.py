"""The state machine: one table says who may do what, from which step to which, with what evidence, on which clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from yiwang.cases.model import OPEN_STEPS, Case, FilePast, PhotoKind, Step
from yiwang.kit.errors import Forbidden, Invalid, Refused
from yiwang.network.model import Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.rules import is_within, may, why_not

S, P = Step, PostKind
SEED2 = "seed article 002 (seven steps)"
GB8 = "GB/T 30428.8 (filing, handling, closing)"
CITY = "facts/standards.md §1.4–1.5 (city practice)"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table. `to` None: the step stays. `needs` names evidence: a photo kind, or `reason`.

    `reach` and `posts` are handed to `network.rules.may`; `system` says that flows and timers may do it too.
    """

    act: str
    zh: str
    posts: frozenset[PostKind]
    reach: Reach
    come_from: tuple[Step, ...]
    to: Step | None
    source: str
    needs: tuple[str, ...] = ()
    system: bool = False

    @property
    def need(self) -> Need:
        return Need(f"case.{self.act}", self.posts, self.reach, self.system, proof=self.act.startswith("decide_"))


def _posts(*kinds: PostKind) -> frozenset[PostKind]:
    return frozenset(kinds)


FIELD = _posts(P.inspector, P.coordinator, P.grid_chief)
DESK = _posts(P.operator, P.commander)
DISPATCH = _posts(P.dispatcher, P.commander)
EVERYONE = frozenset(PostKind) - {P.system_admin, P.security_admin, P.audit_admin, P.auditor}
A, ORDER, OWN = Reach.area, Reach.order, Reach.own

MOVES: tuple[Move, ...] = (
    Move("accept", "受理", DESK, A, (S.reported, S.checking), S.accepted, SEED2, system=True),
    Move("decline", "不予受理", DESK, A, (S.reported, S.checking), S.declined, GB8, ("reason",)),
    Move("ask_check", "核实派发", DESK, A, (S.reported,), S.checking, GB8),
    Move("answer_check", "核实", FIELD, OWN, (S.checking,), S.reported, GB8, (PhotoKind.check,)),
    Move("file", "立案", DESK, A, (S.accepted,), S.filed, SEED2, system=True),
    Move("reclassify", "改类", DESK, A, (S.reported, S.checking, S.accepted, S.filed), None, CITY),
    Move("file_trusted", "自动立案", frozenset(), A, (S.reported,), S.filed, "seed article 002 (自动立案)", system=True),
    Move("handle_on_spot", "自处置", frozenset(), A, (S.reported,), S.handled, CITY, (PhotoKind.handled,), system=True),
    Move("dispatch", "派遣", DISPATCH, A, (S.filed,), S.handling, SEED2, system=True),
    Move("force_dispatch", "强制派遣", DISPATCH, A, (S.filed,), S.handling, CITY, ("reason",)),
    Move("add_assist", "增派协办", DISPATCH, A, (S.handling,), None, CITY),
    Move("take", "接单", _posts(P.handler), ORDER, (S.handling,), None, "seed article 002 (移动接单)"),
    Move("ask_bounce", "申请退单", _posts(P.handler), ORDER, (S.handling,), None, CITY, ("reason",)),
    Move("ask_extend", "申请延期", _posts(P.handler), ORDER, (S.handling,), None, CITY, ("reason",)),
    Move("ask_suspend", "申请挂账", _posts(P.handler), ORDER, (S.handling,), None, CITY, ("reason",)),
    Move("ask_void", "申请作废", _posts(P.operator, P.dispatcher), A, OPEN_STEPS, None, GB8, ("reason",)),
    Move("ask_appeal", "申诉", _posts(P.handler), ORDER, (S.closed,), None, "indicators.csv: appeal", ("reason",)),
    Move("decide_bounce", "退单审批", DISPATCH, A, (S.handling,), None, CITY),
    Move("decide_extend", "延期审批", _posts(P.dispatcher, P.supervisor, P.commander), A, (S.handling,), None, CITY),
    Move("decide_suspend", "挂账审批", _posts(P.supervisor, P.commander), A, (S.handling,), None, CITY),
    Move("decide_void", "作废审批", _posts(P.supervisor, P.commander), A, OPEN_STEPS, None, GB8),
    Move("decide_appeal", "申诉复核", _posts(P.dispatcher, P.operator, P.supervisor), A, (S.closed,), None,
         "indicators.csv: appeal (dispatcher then acceptor)"),
    Move("resume", "恢复", _posts(P.dispatcher, P.supervisor, P.commander), A, (S.handling,), None, CITY, system=True),
    Move("finish", "处置完成", _posts(P.handler), ORDER, (S.handling,), None, SEED2, (PhotoKind.handled,)),
    Move("verify", "核查", _posts(P.inspector, P.verifier), A, (S.handled,), S.verified, SEED2, (PhotoKind.verified,)),
    Move("rework", "返工", _posts(P.inspector, P.verifier), A, (S.handled,), S.handling, GB8,
         (PhotoKind.verified, "reason")),
    Move("rework_unassigned", "返工待派遣", _posts(P.inspector, P.verifier), A, (S.handled,), S.filed, CITY,
         (PhotoKind.verified, "reason")),
    Move("close", "结案", DESK, A, (S.verified,), S.closed, SEED2),
    Move("reopen", "重新打开", frozenset(), A, (S.closed,), S.filed, "issue 2 §5 (not solved reopens once)", system=True),
    Move("merge", "并案", _posts(P.operator, P.dispatcher), A, (S.reported, S.checking, S.accepted, S.filed), S.merged,
         "issue 2 §5"),
    Move("unmerge", "撤销并案", _posts(P.operator, P.dispatcher), A, (S.merged,), None, "issue 2 §5", ("reason",)),
    Move("declare_emergency", "应急处置", _posts(P.operator, P.commander, P.grid_chief), A,
         (S.reported, S.checking, S.accepted, S.filed, S.handling), S.handling, "seed article 000 (burst pipe at night)",
         system=True),
    Move("accept_late", "补受理", DESK, A, (S.handling, S.handled, S.verified), None, "MISSION C9"),
    Move("file_late", "补立案", DESK, A, (S.handling, S.handled, S.verified), None, "MISSION C9"),
    Move("supervise", "督办", _posts(P.supervisor, P.commander), A, OPEN_STEPS, None, GB8, ("reason",)),
    Move("answer_supervision", "督办回复", _posts(P.handler, P.dispatcher, P.operator), ORDER, (*OPEN_STEPS, S.closed), None,
         GB8, ("reason",)),
    Move("urge", "催办", _posts(P.operator, P.grid_chief, P.supervisor, P.commander), A, OPEN_STEPS, None, GB8),
    Move("comment", "留言", EVERYONE, A, (*OPEN_STEPS, S.closed, S.declined, S.void, S.merged), None,
         "seed article 002 (天山商圈 group)"),
)  # fmt: skip
MOVE = {m.act: m for m in MOVES}
REPORT = Need("case.report", frozenset(), Reach.any, system=True)
"""Anybody may report (MISSION C8); only auditors, who change nothing, may not."""
RATE = Need("case.rate", frozenset(), Reach.own)
READ_COMMENT = Need("case.read_comment", frozenset(), Reach.any)
ERASE_CONTACT = Need("case.erase_contact", frozenset(), Reach.own)
"""What people do as the reporter or reader they are, under no post: a token may do it only if it names it."""
UNMASK = Need("case.unmask_contact", DESK, A, proof=True)
"""Whoever accepts cases there calls reporters back."""
ERASE = Need("case.erase", DESK, A, proof=True)
"""And erases, there, what should not be kept."""
NOWHERE = Subject("")

BOUNCE_LIMIT = 2
"""退单 at most so often for one case; after that the dispatcher decides by force (首接负责/属地兜底, MISSION C6)."""
BOUNCE_SHARE = 0.5
"""A bounce must be asked before this share of the order's time is used: late bounces only pass the delay on."""
EXTENSION_LIMIT = 2
SUSPENSION_LIMIT = 1
SUSPENSION_DAYS = 366
"""Both from facts/standards.md §1.5 (vendor rule): extension at most twice, suspension once and up to a year."""
VERIFY_NEAR_M = 100.0
"""A verification from further away is refused; GPS in street canyons is rarely worse."""
REOPEN_LIMIT = 1
DUPLICATE_M, DUPLICATE_HOURS = 50.0, 24
"""Vendor default of the duplicate rule (facts/standards.md §1.5); both settable in the query."""


def subject_of(case: Case, unit_paths: Sequence[str] = (), people: Sequence[object] = ()) -> Subject:
    """The case as `may` sees it."""
    return Subject(case.area_path, tuple(unit_paths), frozenset(people))  # type: ignore[arg-type]


def now_stands(case: Case) -> dict[str, object]:
    """What a refused client is told of the case."""
    return {
        "case": {
            "id": str(case.id),
            "number": case.number,
            "step": case.step.value,
            "step_zh": case.step.zh(),
            "suspended": case.suspended_at is not None,
            "version": case.version,
        }
    }


def decide_move(
    case: Case, act: str, actor: Actor, unit_paths: Sequence[str] = (), people: Sequence[object] = ()
) -> tuple[Move, Post | None]:
    """The row of the table that allows this act now, and the post under which the actor does it.

    Raises Forbidden (`network.*`) when the person may not, Refused `case.wrong_step` when the case is elsewhere.
    """
    move = MOVE[act]
    post = may(actor, move.need, subject_of(case, unit_paths, people))
    if case.step not in move.come_from:
        raise Refused(
            "case.wrong_step",
            f"案件{case.number}现在是“{case.step.zh()}”，不能{move.zh}",
            f"Case {case.number} is {case.step.en()}; this cannot be done now",
            act=act,
            **now_stands(case),
        )
    return move, post


def demand_evidence(move: Move, photos: Sequence[PhotoKind], reason: str) -> None:
    """Refuse an act that lacks the evidence its row asks for."""
    for need in move.needs:
        if need == "reason":
            if not reason.strip():
                raise Refused("case.reason_missing", f"{move.zh}必须写明理由", "A reason is required", act=move.act)
        elif need not in photos:
            kind = PhotoKind(need)
            raise Refused(
                "case.photo_missing", f"{move.zh}必须有“{kind.zh()}”照片", f"A photo is required: {kind.en()}",
                act=move.act, photo=kind.value,
            )  # fmt: skip


def demand_running(case: Case) -> None:
    """A suspended case stands still: only resuming, supervising and talking go on."""
    if case.suspended_at is not None:
        raise Refused(
            "case.suspended",
            f"案件{case.number}已挂账，须先恢复",
            "The case is suspended; resume it first",
            **now_stands(case),
        )


def demand_sorts(photos: Iterable[FilePast], voice: FilePast | None) -> None:
    """A voice note is shown for no photo, and a photo is no voice note."""
    if any(p.uploaded and p.sound for p in photos):
        raise Invalid("photo.not_a_photo", "这是录音，不是照片", "This is a recording, not a photo")
    if voice is not None and voice.uploaded and not voice.sound:
        raise Invalid("voice.not_a_voice", "这是照片，不是录音", "This is a photo, not a recording")


def demand_fresh_photos(case: Case, past: Iterable[FilePast]) -> None:
    """Each act shows what it saw: a photo serves once in a case, whoever took it (in another case it is flagged)."""
    if used := [p.sha256 for p in past if p.here]:
        raise Refused(
            "case.photo_used", "这张照片本案已用过，请重新拍摄", "This photo has been used in this case; take a new one",
            photos=used, **now_stands(case),
        )  # fmt: skip


def is_on_the_ground(post: Post, area_path: str) -> bool:
    return is_within(area_path, post.unit_path)


def demand_presence(case: Case, distance: float | None) -> None:
    """Checks and verifications happen at the place: from further than VERIFY_NEAR_M, or from nowhere, they are refused.

    A case that has no point (only an area) cannot be measured against.
    """
    if case.lon is None:
        return
    if distance is None:
        raise Refused(
            "case.place_missing",
            "须提供您所在的位置",
            "Your position is needed: this is done on the spot",
            **now_stands(case),
        )
    if distance > VERIFY_NEAR_M:
        raise Refused(
            "case.too_far", f"您距现场 {distance:.0f} 米，须到现场（{VERIFY_NEAR_M:.0f} 米内）",
            f"You are {distance:.0f} m away; this is done on the spot", distance_m=distance, **now_stands(case),
        )  # fmt: skip


def demand_not_handler(actor: Actor, case: Case, handlers: Collection[UUID]) -> None:
    """Who handled it neither verifies nor closes it (MISSION C4)."""
    if actor.id in handlers:
        raise Forbidden(
            "case.own_work",
            "不能核查或办结自己处置的案件",
            "Nobody verifies or closes their own work",
            **now_stands(case),
        )


def demand_owed(case: Case, step: str, move: Move) -> None:
    if step not in case.owed:
        raise Refused("case.not_owed", f"本案无需{move.zh}", "This step is not owed", **now_stands(case))


def demand_nothing_owed(case: Case) -> None:
    """Steps may be completed after the fact but never left out (MISSION C9)."""
    if case.owed:
        names = "、".join({"accept": "受理", "file": "立案"}[o] for o in case.owed)
        raise Refused(
            "case.owed",
            f"须先补办：{names}",
            "Steps put off in the emergency must be made good first",
            owed=list(case.owed),
            **now_stands(case),
        )


def demand_commander(person: Actor | None, named: UUID, case: Case) -> Actor:
    """Whoever was named to command, if they may; the words are the same when there is no such person."""
    fit = (P.commander, P.grid_chief)
    if person is None or not any(p.kind in fit and is_on_the_ground(p, case.area_path) for p in person.posts):
        raise Invalid(
            "case.not_a_commander",
            "此人不是该区域的指挥长或网格长",
            "This person commands nothing in this area",
            person=str(named),
        )
    return person


def demand_may_comment(case: Case, actor: Actor) -> Post | None:
    """Whoever sees a case and holds a working post may speak in it."""
    if actor.id == case.reporter_id:
        return actor.posts[0] if actor.posts else None
    need, subject = MOVE["comment"].need, subject_of(case, case.unit_paths)
    by_order = replace(need, reach=Reach.order)
    return may(actor, need if why_not(actor, need, subject) is None else by_order, subject)

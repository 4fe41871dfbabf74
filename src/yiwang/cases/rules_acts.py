"""Which acts are open to somebody now, and which of them are theirs to do. Nothing new is decided here: every answer is that
of the table of moves and of the demands that the acts themselves make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from yiwang.cases import rules, rules_order, rules_request
from yiwang.cases.model import OPEN_STEPS, Case, Order, OrderState, RequestKind, Step
from yiwang.cases.model_acts import Act, Standing
from yiwang.cases.rules import FIELD, MOVE
from yiwang.kit.errors import Problem
from yiwang.network.model import Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.rules import posts_that_see, why_not

P = PostKind
SENT, TAKEN = (OrderState.sent,), (OrderState.taken, OrderState.sent)


@dataclass(frozen=True, slots=True)
class _About:
    """What one act is about: the units that have it in hand (for `Reach.order`), the people whose it is, and its ids."""

    unit_paths: tuple[str, ...] = ()
    people: tuple[UUID, ...] = ()
    must: bool = True
    order_id: UUID | None = None
    request_id: UUID | None = None
    supervision_id: UUID | None = None
    comment_id: UUID | None = None
    report_id: UUID | None = None
    needs: tuple[str, ...] = ()


def _if(*open_: bool) -> Iterator[_About]:
    if all(open_):
        yield _About()


def _passes(demand: Callable[..., object], *args: object) -> bool:
    try:
        demand(*args)
    except Problem:
        return False
    return True


def _runs(s: Standing) -> bool:
    return _passes(rules.demand_running, s.case)


def _is_own_work(s: Standing, actor: Actor) -> bool:
    return not _passes(rules.demand_not_handler, actor, s.case, s.handlers)


def _is_asked(s: Standing, kind: RequestKind, order_id: UUID | None) -> bool:
    return not _passes(rules_request.demand_nothing_pending, s.case, s.requests, kind, order_id)


def _orders(s: Standing, act: str, states: Sequence[OrderState]) -> Iterator[tuple[Order, _About]]:
    for order in s.orders:
        if _runs(s) and _passes(rules_order.demand_state, s.case, order, act, states):
            yield order, _About((order.unit_path,), order_id=order.id)


def _accept(s: Standing, _: Actor) -> Iterator[_About]:
    yield _About(must=s.case.step is not Step.checking)  # there it waits for the inspector


def _take(s: Standing, _: Actor) -> Iterator[_About]:
    return (about for _, about in _orders(s, "take", SENT))


def _finish(s: Standing, _: Actor) -> Iterator[_About]:
    for order, about in _orders(s, "finish", TAKEN):
        yield replace(about, must=order.state is OrderState.taken)


def _ask_bounce(s: Standing, _: Actor) -> Iterator[_About]:
    for order, about in _orders(s, "ask_bounce", TAKEN):
        early = _passes(rules_request.demand_may_bounce, s.case, order, s.bounce_by.get(order.id), s.now)
        if early and not _is_asked(s, RequestKind.bounce, order.id):
            yield about


def _ask_extension(s: Standing, _: Actor) -> Iterator[_About]:
    for order, about in _orders(s, "ask_extend", TAKEN):
        if _passes(rules_request.demand_may_extend, s.case, order, s.now) and not _is_asked(
            s, RequestKind.extend, order.id
        ):
            yield about


def _ask_suspension(s: Standing, _: Actor) -> Iterator[_About]:
    for order, about in _orders(s, "ask_suspend", TAKEN):
        if s.case.suspensions < rules.SUSPENSION_LIMIT and not _is_asked(s, RequestKind.suspend, order.id):
            yield about


def _ask_appeal(s: Standing, _: Actor) -> Iterator[_About]:
    if _passes(rules_request.demand_may_appeal, s.case, s.requests):
        yield _About(s.case.unit_paths)


def _decide(kind: RequestKind) -> Callable[[Standing, Actor], Iterator[_About]]:
    def about(s: Standing, actor: Actor) -> Iterator[_About]:
        for r in s.requests:
            if r.kind is kind and r.granted is None and _passes(rules_request.demand_other_person, actor, r):
                yield _About(request_id=r.id, order_id=r.order_id)

    return about


def _answer_supervision(s: Standing, _: Actor) -> Iterator[_About]:
    for told in s.supervisions:
        if told.answered_at is None:
            yield _About((told.unit_path,), supervision_id=told.id)


def _answer_check(s: Standing, _: Actor) -> Iterator[_About]:
    yield _About(people=(s.case.checker_id,) if s.case.checker_id else ())


def _reclassify(s: Standing, _: Actor) -> Iterator[_About]:
    yield _About(needs=("condition",) if s.case.step is Step.filed else ())


def _file_late(s: Standing, _: Actor) -> Iterator[_About]:
    return _if("file" in s.case.owed, "accept" not in s.case.owed)


def _read_comment(s: Standing, _: Actor) -> Iterator[_About]:
    return (_About(comment_id=comment) for comment in s.mentions)


def _rate(s: Standing, actor: Actor) -> Iterator[_About]:
    if (s.into or s.case.step) is Step.closed:
        for r in s.reports:
            if r.reporter_id == actor.id and r.told_at is not None and r.rated_at is None:
                yield _About(people=(actor.id,), report_id=r.id)


def _always(_: Standing, __: Actor) -> Iterator[_About]:
    return _if()


def _posts(*kinds: PostKind) -> frozenset[PostKind]:
    return frozenset(kinds)


@dataclass(frozen=True, slots=True)
class _Way:
    """One act of the edge: the last word of its path, its move, its name in English, what it is about now, and whose duty
    it is: those posts of the move's for whom it is not only allowed but waits."""

    act: str
    move: str
    en: str
    about: Callable[[Standing, Actor], Iterable[_About]] = _always
    duty: frozenset[PostKind] = frozenset()


OPERATOR, DISPATCHER, HANDLER = _posts(P.operator), _posts(P.dispatcher), _posts(P.handler)
CHIEFS, CHECKERS = _posts(P.supervisor, P.commander), _posts(P.inspector, P.verifier)
WAYS: tuple[_Way, ...] = (
    # What carries a case on comes first, in the order of the seven steps; then what somebody waits for.
    _Way("accept", "accept", "Accept", _accept, OPERATOR),
    _Way("answer-check", "answer_check", "Answer check", _answer_check, FIELD),
    _Way("file", "file", "File", duty=OPERATOR),
    _Way("dispatch", "dispatch", "Dispatch", duty=DISPATCHER),
    _Way("take", "take", "Take order", _take, HANDLER),
    _Way("finish", "finish", "Finish order", _finish, HANDLER),
    _Way("verify", "verify", "Verify", lambda s, a: _if(not _is_own_work(s, a)), CHECKERS),
    _Way("close", "close", "Close", lambda s, a: _if(not s.case.owed, not _is_own_work(s, a)), OPERATOR),
    _Way("accept-late", "accept_late", "Accept late", lambda s, _: _if("accept" in s.case.owed), OPERATOR),
    _Way("file-late", "file_late", "File late", _file_late, OPERATOR),
    _Way("decide", "decide_bounce", "Decide bounce", _decide(RequestKind.bounce), DISPATCHER),
    _Way("decide", "decide_extend", "Decide extension", _decide(RequestKind.extend), DISPATCHER),
    _Way("decide", "decide_suspend", "Decide suspension", _decide(RequestKind.suspend), CHIEFS),
    _Way("decide", "decide_void", "Decide voiding", _decide(RequestKind.void), CHIEFS),
    _Way("decide", "decide_appeal", "Review appeal", _decide(RequestKind.appeal), MOVE["decide_appeal"].posts),
    _Way("answer-supervision", "answer_supervision", "Answer demand", _answer_supervision,
         MOVE["answer_supervision"].posts),
    _Way("read-comment", "read_comment", "Read mention", _read_comment),
    _Way("decline", "decline", "Decline"),
    _Way("ask-check", "ask_check", "Send an inspector to check"),
    _Way("reclassify", "reclassify", "Put under another class", _reclassify),
    _Way("dispatch", "force_dispatch", "Dispatch by force"),
    _Way("add-assist", "add_assist", "Add an assisting unit", lambda s, _: _if(_runs(s))),
    _Way("ask-bounce", "ask_bounce", "Ask to bounce", _ask_bounce),
    _Way("ask-extension", "ask_extend", "Ask for more time", _ask_extension),
    _Way("ask-suspension", "ask_suspend", "Ask to suspend", _ask_suspension),
    _Way("resume", "resume", "Resume", lambda s, _: _if(s.case.suspended_at is not None)),
    _Way("urge", "urge", "Urge"),
    _Way("supervise", "supervise", "Demand an answer"),
    _Way("emergency", "declare_emergency", "Declare an emergency", lambda s, _: _if(_runs(s))),
    _Way("merge", "merge", "Merge into another case",
         lambda s, _: _if(s.case.suspended_at is None, not s.has_merged)),
    _Way("unmerge", "unmerge", "Undo the merge", lambda s, _: _if(s.into in OPEN_STEPS)),
    _Way("ask-void", "ask_void", "Ask to void", lambda s, _: _if(not _is_asked(s, RequestKind.void, None))),
    _Way("ask-appeal", "ask_appeal", "Appeal the lateness", _ask_appeal),
    _Way("comment", "comment", "Comment", lambda s, a: _if(_passes(rules.demand_may_comment, s.case, a))),
    _Way("rate", "rate", "Rate the outcome", _rate),
)  # fmt: skip
WAY = {way.move: way for way in WAYS}
"""By the row of the table of moves, or the name of what is no move of it."""
NO_MOVES: dict[str, tuple[str, Need]] = {
    "read_comment": ("阅@我的留言", rules.READ_COMMENT),
    "rate": ("评价", rules.RATE),
}
"""What changes nothing of the case: at any step."""


def name_of(move: str) -> tuple[str, str]:
    """What a move is called in Chinese and English."""
    return NO_MOVES[move][0] if move in NO_MOVES else MOVE[move].zh, WAY[move].en


def may_erase(actor: Actor, case: Case) -> bool:
    """Do personal data of this case lie in the actor's hands: to be seen in clear or erased, with a reason."""
    return why_not(actor, rules.ERASE, rules.subject_of(case)) is None


def work_out_acts(s: Standing, actor: Actor) -> list[Act]:
    """Everything that this person, whose sight holds the case, may do with it now: what is theirs to do first."""
    found = [act for way in WAYS for act in _open(s, actor, way)]
    return sorted(found, key=lambda act: not act.must)


def _open(s: Standing, actor: Actor, way: _Way) -> Iterator[Act]:
    move = MOVE.get(way.move)
    need = NO_MOVES[way.move][1] if move is None else move.need
    if move is not None and s.case.step not in move.come_from:
        return
    for about in way.about(s, actor):
        subject = rules.subject_of(s.case, about.unit_paths, about.people)
        if way.move != "comment" and why_not(actor, need, subject) is not None:
            continue
        zh, en = name_of(way.move)
        yield Act(
            way.act, way.move, zh, en, about.must and _is_duty(s, actor, way, need, subject), need.proof and not actor.proven,
            (*(move.needs if move else ()), *about.needs), about.order_id, about.request_id, about.supervision_id, about.comment_id,
            about.report_id,
        )  # fmt: skip


def _is_duty(s: Standing, actor: Actor, way: _Way, need: Need, subject: Subject) -> bool:
    """Is it this person's to do, not only theirs to may. An inspector who is bound to duty grids looks after those alone;
    whoever holds a post in the whole unit, after all of it."""
    if not need.posts:
        return way.move == "read_comment"
    held = posts_that_see(actor)
    if need.reach is Reach.area:
        held = [p for p in held if not p.grids or s.case.duty_grid_id in p.grids]
    here = replace(actor, posts=tuple(held))
    return bool(way.duty) and why_not(here, replace(need, posts=way.duty), subject) is None


def work_out_duties(actor: Actor) -> dict[str, list[Post]]:
    """The moves that may wait for this person somewhere, with the posts under which they do: what `_is_duty` says of a
    case, asked of all at once. Without a post: what names them."""
    found: dict[str, list[Post]] = {}
    for way in WAYS:
        move = MOVE.get(way.move)
        need = NO_MOVES[way.move][1] if move is None else replace(move.need, posts=way.duty)
        if way.move == "read_comment" and why_not(actor, need, rules.NOWHERE) is None:
            found[way.move] = []
        elif way.duty:
            held = [p for p in posts_that_see(actor) if p.kind in way.duty and _may_there(actor, need, p)]
            found |= {way.move: held} if held else {}
    return found


def _may_there(actor: Actor, need: Need, post: Post) -> bool:
    return why_not(actor, need, Subject(post.unit_path, (post.unit_path,), frozenset({actor.id}))) is None

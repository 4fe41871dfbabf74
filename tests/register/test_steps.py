"""Steps with a thing: who, when, with what; what follows; what is waited for. And check-ins with a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pytest
from msgspec import Meta

import world
from register.conftest import BENCH, Benches
from world import STREET
from yiwang import flows
from yiwang.cases.model import PhotoKind
from yiwang.cases.queries import get_case
from yiwang.kit import timers
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.kit.ids import new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.queries import list_entries
from yiwang.network.model import PostKind
from yiwang.network.rules import scope_of
from yiwang.register import actions_step, queries, queries_step, rules
from yiwang.register.actions_checkin import check_in
from yiwang.register.model import PartyOf, ThingFile
from yiwang.register.model_kind import Judged, Role, Step
from yiwang.register.model_owed import CheckIn
from yiwang.register.model_step import TakeStep

FIRM = f"{STREET}-wuye"
P = PostKind


@dataclass(frozen=True, slots=True)
class Found:
    legs: Annotated[int, Meta(title="坏腿数", description="Broken legs", ge=0, le=4)]
    material: Annotated[Literal["木", "石", "铁"], Meta(title="材质", description="Material")] | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    wobbles: Annotated[Literal["稳", "晃"], Meta(title="稳不稳", description="Stability", extra={"bad": ("晃",)})]
    clean: Annotated[bool, Meta(title="干净", description="Clean")] = True


def judge(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> Judged:
    if form["legs"] > attributes["seats"]:
        raise Invalid("bench.legs", "坏腿比座位还多", "More broken legs than seats")
    if form["legs"] >= 3:
        return Judged("broken", {"seats": 1}, "GB/T 47678.5-2026|01076", said=("要倒", "about to fall"))
    return Judged()


STEPS = (
    Step("look", "查看", "look", frozenset({"standing"}), form=Found, puts=("material",), day="painted_on",
         posts=frozenset({P.inspector}), photos=1, place=True, judge=judge),
    Step("mend", "修好", "mend", frozenset({"broken"}), roles=frozenset({Role.maintainer}), after="look", within=timedelta(minutes=30)),
    Step("pass", "验收", "pass", frozenset({"broken"}), to="standing", posts=frozenset({P.inspector, P.operator}), not_by="look"),
)  # fmt: skip
KIND = replace(BENCH, steps=STEPS, check={"": Seat})


@pytest.fixture(autouse=True)
def _kind(_kinds: None) -> Iterator[None]:
    rules.know((KIND,))
    yield


@pytest.fixture
def bench(benches: Benches) -> ThingFile:
    return benches.add(parties=(PartyOf(Role.maintainer, FIRM),))


def take(
    benches: Benches, bench: ThingFile, step: str, login: str, *, photos: int = 0, id: Any = None, **more: Any
) -> Any:
    play = benches.play
    sent = more.pop("sent", None) or tuple(play.photo(login, PhotoKind.near).sha256 for _ in range(photos))
    cmd = TakeStep(id or new_id(), bench.thing.id, step, more.pop("at", play.tx.now), photos=sent, **more)
    return actions_step.take_step(play.tx, play.who(login), cmd)


def look(benches: Benches, bench: ThingFile, legs: int = 0, **more: Any) -> Any:
    lon, lat = world.SPOT
    told = {"photos": 1, "lon": lon, "lat": lat, "form": {"legs": legs}} | more
    return take(benches, bench, "look", told.pop("login", "wang.lei"), **told)


def file_of(benches: Benches, bench: ThingFile, login: str = "wang.lei") -> ThingFile:
    return queries.get_file(benches.play.tx, benches.play.who(login), bench.thing.id)


def test_a_step_changes_the_state_what_it_puts_and_the_day_and_says_so_once(benches: Benches, bench: ThingFile):
    row = look(benches, bench, form={"legs": 1, "material": "铁"})
    thing = file_of(benches, bench).thing
    today = benches.play.tx.now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    assert thing.attributes == {
        "seats": 3,
        "material": "铁",
        "painted_on": today.isoformat(),
        "shaded": False,
        "uses": [],
    }
    assert thing.state == "standing" and thing.n == 2
    assert (row.step, row.was, row.state, row.form, row.distance_m) == (
        "look",
        "standing",
        "standing",
        {"legs": 1, "material": "铁"},
        0,
    )
    assert names(benches, bench)[-1] == "thing.step_taken" and "thing.changed" not in names(benches, bench)


def test_what_is_judged_decides_state_attributes_and_case(benches: Benches, bench: ThingFile):
    row = look(benches, bench, legs=3)
    file = file_of(benches, bench)
    assert (file.thing.state, file.thing.attributes["seats"], row.said_zh) == ("broken", 1, "要倒")
    [opened] = file.cases
    assert (opened.step, opened.rule) == ("look", None)
    case = get_case(benches.play.tx, EVERYTHING, opened.case_id)
    assert case.matter_code == "01076" and "要倒" in case.description
    assert case.reporter_id == benches.play.who("wang.lei").id


def test_what_judging_refuses_leaves_everything_as_it_was(benches: Benches, bench: ThingFile):
    with pytest.raises(Invalid) as caught:
        look(benches, bench, legs=4)
    assert caught.value.code == "bench.legs"
    assert file_of(benches, bench).thing.n == 1


@pytest.mark.parametrize(
    ("how", "error", "code"),
    [
        (lambda b, t: look(b, t, login="peng.liang"), Forbidden, "network.not_your_post"),
        (lambda b, t: look(b, t, photos=0), Invalid, "step.photos"),
        (lambda b, t: look(b, t, lon=None, lat=None), Invalid, "step.no_place"),
        (lambda b, t: look(b, t, lat=None), Invalid, "case.half_place"),
        (lambda b, t: look(b, t, form={}), Invalid, "thing.attribute"),
        (lambda b, t: look(b, t, form={"legs": 9}), Invalid, "thing.attribute"),
        (lambda b, t: look(b, t, form={"legs": 1, "colour": "红"}), Invalid, "thing.attribute"),
        (lambda b, t: take(b, t, "mend", "peng.liang"), Refused, "step.not_now"),
        (lambda b, t: take(b, t, "paint", "wang.lei"), NotFound, "step.none"),
        (lambda b, t: look(b, t, at=b.play.tx.now + timedelta(days=2)), Invalid, "checkin.time"),
        (lambda b, t: look(b, t, sent=("0" * 64,)), Invalid, None),
    ],
)  # fmt: skip
def test_what_speaks_against_it(
    benches: Benches, bench: ThingFile, how: Callable[..., Any], error: type, code: str | None
):
    with pytest.raises((error, NotFound) if code is None else error) as caught:
        how(benches, bench)
    assert code is None or caught.value.code == code
    assert queries_step.list_steps(benches.play.tx, EVERYTHING, bench.thing.id) == []


def test_a_partys_step_is_its_own_peoples(benches: Benches, bench: ThingFile):
    look(benches, bench, legs=3)
    with pytest.raises(Forbidden):
        take(benches, bench, "mend", "wang.lei")
    assert "mend" in file_of(benches, bench, "peng.liang").may and "mend" not in file_of(benches, bench).may
    assert take(benches, bench, "mend", "peng.liang").step == "mend"
    with pytest.raises(Invalid):
        take(benches, bench, "mend", "peng.liang", form={"legs": 1})


def test_another_pair_of_eyes(benches: Benches, bench: ThingFile):
    look(benches, bench, legs=3)
    with pytest.raises(Forbidden) as caught:
        take(benches, bench, "pass", "wang.lei")
    assert caught.value.code == "step.same_person"
    assert take(benches, bench, "pass", "zhang.min").state == "standing"


def test_the_same_again_is_the_same_step_another_under_its_id_is_refused(benches: Benches, bench: ThingFile):
    first = look(benches, bench, legs=3)
    again = look(benches, bench, legs=3, id=first.id, sent=first.photos)
    assert again == first and len(file_of(benches, bench).cases) == 1
    for other in ({"note": "另一次"}, {"form": {"legs": 2}}):
        with pytest.raises(Refused) as caught:
            look(benches, bench, **{"legs": 3, "id": first.id, "sent": first.photos} | other)
        assert caught.value.code == "step.id_reused"


def test_what_is_waited_for_is_taken_in_time_or_late_and_said_once(benches: Benches, bench: ThingFile):
    play = benches.play
    look(benches, bench, legs=3)
    [waiting] = file_of(benches, bench).waiting
    assert (waiting.step, waiting.due_at - play.tx.now, waiting.late) == ("mend", timedelta(minutes=30), False)
    play.wait(minutes=31)
    assert file_of(benches, bench).waiting[0].late
    fire(benches)
    fire(benches)
    assert names(benches, bench).count("thing.step_late") == 1
    row = take(benches, bench, "mend", "peng.liang")
    assert row.due_at == waiting.due_at and file_of(benches, bench).waiting == []


def test_what_can_be_done_no_more_is_not_waited_for(benches: Benches, bench: ThingFile):
    look(benches, bench, legs=3)
    take(benches, bench, "pass", "zhang.min")
    assert file_of(benches, bench).waiting == []
    benches.play.wait(hours=1)
    fire(benches)
    assert "thing.step_late" not in names(benches, bench)


def fire(benches: Benches) -> None:
    play = benches.play
    while (timer := timers.find_first(play.tx, play.tx.now)) is not None:
        if not timers.fire(play.tx, flows.TIMERS, timer):
            break


def names(benches: Benches, bench: ThingFile) -> list[str]:
    return [e.event for e in list_entries(benches.play.tx, bench.thing.id)]


def test_who_sees_the_thing_sees_what_was_done_with_it(benches: Benches, bench: ThingFile):
    row = look(benches, bench, legs=1)
    tx, firm = benches.play.tx, scope_of(benches.play.who("peng.liang"))
    assert [s.id for s in queries_step.list_steps(tx, firm, bench.thing.id)] == [row.id]
    assert queries_step.is_photo_in_sight(tx, firm, row.photos[0])
    assert row.person is not None


def test_an_answer_that_says_something_is_wrong_is_damage(benches: Benches, bench: ThingFile):
    play = benches.play

    def visit(**form: Any) -> Any:
        photo = play.photo("wang.lei", PhotoKind.near)
        cmd = CheckIn(new_id(), bench.thing.id, play.tx.now, form=form, photos=(photo.sha256,))
        return check_in(play.tx, play.who("wang.lei"), cmd)

    assert visit(wobbles="稳").form == {"wobbles": "稳", "clean": True}
    assert not visit(wobbles="稳", clean=False).damaged and not visit().damaged
    assert visit(wobbles="晃").damaged
    with pytest.raises(Invalid) as caught:
        visit(wobbles="不知道")
    assert caught.value.detail["field"] == "wobbles"


@pytest.mark.parametrize(
    "wrong",
    [
        {"before": frozenset({"flying"})}, {"to": "flying"}, {"puts": ("colour",)}, {"day": "seats"}, {"after": "look"},
        {"not_by": "nothing"}, {"posts": frozenset()}, {"roles": frozenset({Role.owner})},
    ],
)  # fmt: skip
def test_a_step_that_could_never_be_taken_is_told_where_the_program_starts(wrong: dict[str, Any]):
    with pytest.raises(TypeError):
        rules.know((replace(KIND, steps=(replace(STEPS[0], **wrong),)),))

"""What an invariant is shown to speak on: sound databases, each with a case at some stage."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from world import SPOT, STREET, Play
from yiwang.assess import actions as assess
from yiwang.cases import actions_merge, actions_request, actions_tally, actions_text, store, store_public, store_text
from yiwang.cases.model import Case, Channel, PhotoKind
from yiwang.cases.model_commands import AskSuspension, AskVoid, Contact, DecideRequest, MergeCase
from yiwang.cases.model_text import About
from yiwang.cases.queries import get_case
from yiwang.cases.rules_text import GIVE_UP
from yiwang.flows.case_room import OpenCaseRoom, open_case_room
from yiwang.kit.ids import named_id, new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.kit.sms import Handed
from yiwang.network import actions_duty
from yiwang.network.model_duty import Position, StartDuty, TellPositions
from yiwang.network.rules import scope_of
from yiwang.register import actions as register
from yiwang.register import actions_owed, actions_round, rules
from yiwang.register.actions_checkin import check_in
from yiwang.register.actions_step import take_step
from yiwang.register.model import AddThing
from yiwang.register.model_owed import CheckIn
from yiwang.register.model_round import AssignGrids, CloseRound, GridsFor, OpenRound, ReportGrid, RoundKind
from yiwang.register.model_step import TakeStep
from yiwang.register.queries import get_file
from yiwang.register.store import INDEX, put_tally
from yiwang.rooms import actions_talk
from yiwang.rooms.model import ReadRoom, SayInRoom
from yiwang.scenes.actions import set_owed
from yiwang.scenes.elevators.scene import SCENE as ELEVATORS
from yiwang.scenes.homes import actions as homes
from yiwang.scenes.homes.model import ChangeResident, MoveIn, Relation
from yiwang.scenes.homes.scene import SCENE as HOMES
from yiwang.scenes.homes.store import put_tally as count_homes
from yiwang.scenes.patrol import actions as patrol
from yiwang.scenes.patrol.model_routes import BeginShift, EndShift, RetireRoute, SetRoute
from yiwang.scenes.patrol.queries import list_my_shifts
from yiwang.scenes.patrol.scene import SCENE as PATROL
from yiwang.scenes.works.model import WORKS


def asked(play: Play) -> Case:
    case = play.dispatched()
    return actions_request.ask_void(play.tx, play.who("chen.jie"), AskVoid(case.id, "重复"))


def suspended(play: Play) -> Case:
    case = play.dispatched()
    until = play.tx.now.replace(year=play.tx.now.year + 1)
    cmd = AskSuspension(case.id, play.order(case, "cheng.gang").id, "等待拆迁", until)
    actions_request.ask_suspension(play.tx, play.who("cheng.gang"), cmd)
    (request,) = store.REQUESTS.all(play.tx, case_id=case.id)
    return actions_request.decide_request(
        play.tx, play.who("sun.lan"), DecideRequest(case.id, request.id, True, "同意")
    )


def merged(play: Play) -> Case:
    into, case = play.filed(), play.filed()
    return actions_merge.merge_case(play.tx, play.who("zhang.min"), MergeCase(case.id, into.id))


def tallied(play: Play) -> Case:
    case = play.closed()
    play.settle()
    actions_tally.follow(play.tx)
    assess.follow(play.tx)
    return case


def texted(play: Play) -> Case:
    """A resident's report, of whose end they were told by text message."""
    case = play.report(channel=Channel.public, contact=Contact(phone="13812345678"))
    store_public.ADD_FOLLOW.one(play.tx, case_id=case.id, digest=b"-", consent="2026-11", now=play.tx.now)
    case = play.close(play.verify(play.finish(play.take(play.dispatch(play.file(case.id))))))
    store_text.add_texts(play.tx, [(case.id, 1, About.closed, play.tx.now + GIVE_UP)])
    (due,) = store_text.take_due(play.tx, play.tx.now, 9)
    actions_text.keep(play.tx, due, Handed.done)
    return case


def room(play: Play) -> Case:
    """A case's room, in which the handlers were asked something and have read it."""
    case = play.dispatched()
    view = open_case_room(play.tx, play.who("chen.jie"), OpenCaseRoom(new_id(), case.id))
    seat = next(m.id for m in view.members if m.post == "handler")
    cmd = SayInRoom(view.room.id, new_id(), "何时到场？", lon=121.4835, lat=31.217, mentions=(seat,))
    said = actions_talk.say_in_room(play.tx, play.who("chen.jie"), cmd)
    actions_talk.read_room(play.tx, play.who("cheng.gang"), ReadRoom(view.room.id, said.n))
    return case


def waited(play: Play) -> Case:
    """Works that are finished and wait to be evaluated."""
    rules.know((*ELEVATORS.kinds, WORKS))
    by, (lon, lat) = play.who("wang.lei"), SPOT
    attributes = {"what": "店面翻新", "found_by": "巡查发现"}
    cmd = AddThing("works", "XG20261101-001", "面馆", lon, lat, state="building", attributes=attributes)
    site = register.add_thing(play.tx, by, cmd).thing
    photo = play.photo("wang.lei", PhotoKind.near).sha256
    take_step(play.tx, by, TakeStep(new_id(), site.id, "finish", play.tx.now, photos=(photo,)))
    put_tally(play.tx)
    return play.report()


def on_duty(play: Play) -> Case:
    wang = play.who("wang.lei")
    actions_duty.start_duty(play.tx, wang, StartDuty(new_id()))
    actions_duty.tell_positions(play.tx, wang, TellPositions((Position(new_id(), *SPOT, play.tx.now),)))
    return play.filed()


def lapsed(play: Play) -> Case:
    """A lift that was not maintained in time, and the case that this became."""
    rules.know((*ELEVATORS.kinds, WORKS))
    set_owed(play.tx, ELEVATORS)
    attributes = {
        "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2001-03-01", "in_use_since": "2001-05-01", "floors": 6, "stops": 6,
        "load_kg": 800, "speed_m_s": 1.5, "maintained_on": (play.tx.now - timedelta(days=10)).date(),
    }  # fmt: skip
    lift = AddThing("elevator", "梯11沪A00001(20)", "1 号梯", *SPOT, attributes=attributes)
    thing = register.add_thing(play.tx, play.who("zhang.min"), lift).thing
    put_tally(play.tx)
    INDEX.one(play.tx, limit=10)
    play.wait(days=6)
    while actions_owed._lapse(play.tx):
        pass
    opened = get_file(play.tx, play.who("zhang.min"), thing.id).cases[0].case_id
    return get_case(play.tx, EVERYTHING, opened)


def round_(play: Play) -> Case:
    """A lift checked, one grid of it reported done; and a closed census."""
    rules.know(ELEVATORS.kinds)
    attributes = {
        "type": "曳引驱动乘客电梯", "use": "住宅", "made_on": "2001-03-01", "in_use_since": "2001-05-01", "floors": 6, "stops": 6,
        "load_kg": 800, "speed_m_s": 1.5,
    }  # fmt: skip
    cmd = AddThing("elevator", "梯11沪A00002(20)", "1 号梯", *SPOT, attributes=attributes)
    lift, until, runner = (
        register.add_thing(play.tx, play.who("zhang.min"), cmd).thing,
        play.tx.now + timedelta(days=1),
        play.who("sun.lan"),
    )
    for purpose in RoundKind:
        actions_round.open_round(
            play.tx, runner, OpenRound(named_id(purpose), "一轮", "elevator", purpose, STREET, until)
        )
    check_in(play.tx, play.who("wang.lei"), CheckIn(new_id(), lift.id, play.tx.now))
    actions_round.assign_grids(
        play.tx, runner, AssignGrids(named_id("check"), (GridsFor(play.who("wang.lei").id, (lift.grid_code,)),))
    )  # fmt: skip
    actions_round.report_grid(play.tx, play.who("wang.lei"), ReportGrid(named_id("check"), lift.grid_code))
    actions_round.close_round(play.tx, runner, CloseRound(named_id("census")))
    return play.filed()


def lived_in(play: Play) -> Case:
    """A home in its building, and somebody who lives there."""
    rules.know(HOMES.kinds)
    code, zhang = "310101019005-001", play.who("zhang.min")
    house = {"use": "住宅", "built": 1962, "storeys": 3}
    home = {"unit": 1, "floor": 1, "room": "101", "area_m2": 40, "tenure": "自住"}
    register.add_thing(play.tx, zhang, AddThing("building", code, "1 号", *SPOT, attributes=house))
    id = register.add_thing(
        play.tx, zhang, AddThing("home", f"{code}-1-101", "101 室", *SPOT, attributes=home)
    ).thing.id
    who = new_id()
    homes.move_in(play.tx, zhang, MoveIn(who, id, "钱守仁", Relation.owner, born=date(1938, 2, 5)))
    homes.change_resident(play.tx, zhang, ChangeResident(who, 1, care=True))
    count_homes(play.tx)
    return play.filed()


def patrolled(play: Play) -> Case:
    """A route that was changed, its walk with a tap that found damage, over and counted; and one that was stopped."""
    rules.know(PATROL.kinds)
    zhang, wang = play.who("zhang.min"), play.who("wang.lei")
    points = tuple(
        register.add_thing(
            play.tx,
            zhang,
            AddThing("patrol_point", f"DW-000000{n}", f"{n} 号", *SPOT, attributes={"equipment": "灭火器"}),
        ).thing.id
        for n in (1, 2)
    )
    local = play.tx.now.astimezone(ZoneInfo("Asia/Shanghai"))
    begins, ends = ((local + timedelta(minutes=m)).replace(second=0, microsecond=0).time() for m in (-20, 30))
    week, (walked, stopped) = (1, 2, 3, 4, 5, 6, 7), (named_id("walked route"), named_id("stopped route"))
    for id, n, of in ((walked, 0, points[:1]), (walked, 1, points), (stopped, 0, points)):
        patrol.set_route(play.tx, zhang, SetRoute(id, n, "一条路线", STREET, of, week, begins, ends))
    patrol.retire_route(play.tx, zhang, RetireRoute(stopped))
    [shift, *_] = [f.shift for f in list_my_shifts(play.tx, wang, scope_of(wang)) if f.shift.route_id == walked]
    patrol.begin_shift(play.tx, wang, BeginShift(shift.id, play.tx.now))
    photo = play.photo("wang.lei", PhotoKind.near).sha256
    form = {"in_place": "在位", "seal": "缺损", "pressure": "绿区", "body": "完好", "label": "有效期内"}
    check_in(play.tx, wang, CheckIn(new_id(), points[0], play.tx.now, photos=(photo,), form=form))
    play.wait(minutes=40)
    patrol.end_shift(play.tx, wang, EndShift(shift.id, play.tx.now, play.tx.now))
    while patrol._close(play.tx):
        pass
    patrol.count_trends(play.tx)
    return play.filed()


STAGES = {
    "patrolled": patrolled,
    "round": round_,
    "lived_in": lived_in,
    "lapsed": lapsed,
    "waited": waited,
    "on_duty": on_duty,
    "room": room,
    "tallied": tallied,
    "texted": texted,
    "asked": asked,
    "suspended": suspended,
    "merged": merged,
    "closed": Play.closed,
    "dispatched": Play.dispatched,
}

"""HTTP of cases: each command is one action; reads are scoped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import AwareDatetime

from yiwang.cases import (
    actions_class,
    actions_dispatch,
    actions_emergency,
    actions_file,
    actions_merge,
    actions_report,
    actions_request,
    actions_talk,
    actions_verify,
    model_class,
    model_commands,
    queries,
    queries_acts,
    queries_clock,
    queries_count,
    queries_list,
    rules,
)
from yiwang.cases.model import Case, Channel, Notice, Step
from yiwang.cases.model_acts import Act
from yiwang.cases.queries import Course, Near
from yiwang.cases.queries_count import StepCount, UnitCount
from yiwang.cases.queries_list import CaseRow, Filter, Sort
from yiwang.city.model_rules import Deadline
from yiwang.kit import clock, db
from yiwang.kit.geo import read_box
from yiwang.kit.paging import decode_key, page, page_of
from yiwang.kit.web import body_is, perform, read, router
from yiwang.network.actions_limits import Limits, limited
from yiwang.network.actions_session import Signed
from yiwang.network.queries_people import get_person
from yiwang.network.rules import posts_that_see, scope_of, seen_by

routes = router("/api/cases", "案件 cases")
NEWEST = datetime.max.replace(year=9000, tzinfo=UTC)

COMMANDS = (
    # path, action, command, summary. The path's last word is the act, as in the state machine's table.
    ("accept", actions_file.accept_case, model_commands.AcceptCase, "受理 Accept"),
    ("decline", actions_file.decline_case, model_commands.DeclineCase, "不予受理 Decline"),
    ("ask-check", actions_file.ask_check, model_commands.AskCheck, "核实派发 Send an inspector to check"),
    ("answer-check", actions_file.answer_check, model_commands.AnswerCheck, "核实 Answer a check from the spot"),
    ("reclassify", actions_class.reclassify_case, model_class.ReclassifyCase, "改类 Put under another class"),
    ("file", actions_file.file_case, model_commands.FileCase, "立案 File under a condition"),
    ("accept-late", actions_file.accept_late, model_commands.AcceptCase, "补受理 Accept after an emergency"),
    ("file-late", actions_file.file_late, model_commands.FileCase, "补立案 File after an emergency"),
    ("dispatch", actions_dispatch.dispatch_case, model_commands.DispatchCase, "派遣 Dispatch to lead and assisting units"),
    ("add-assist", actions_dispatch.add_assist, model_commands.AddAssist, "增派协办 Add an assisting unit"),
    ("take", actions_dispatch.take_order, model_commands.TakeOrder, "接单 Take an order"),
    ("finish", actions_dispatch.finish_order, model_commands.FinishOrder, "处置完成 Finish an order"),
    ("ask-bounce", actions_request.ask_bounce, model_commands.AskBounce, "申请退单 Ask to bounce"),
    ("ask-extension", actions_request.ask_extension, model_commands.AskExtension, "申请延期 Ask for more time"),
    ("ask-suspension", actions_request.ask_suspension, model_commands.AskSuspension, "申请挂账 Ask to suspend"),
    ("ask-void", actions_request.ask_void, model_commands.AskVoid, "申请作废 Ask to void"),
    ("ask-appeal", actions_request.ask_appeal, model_commands.AskAppeal, "申诉 Appeal a lateness"),
    ("decide", actions_request.decide_request, model_commands.DecideRequest, "审批 Decide a request"),
    ("resume", actions_request.resume_case, model_commands.ResumeCase, "恢复 Resume"),
    ("verify", actions_verify.verify_case, model_commands.VerifyCase, "核查 Verify on the spot"),
    ("close", actions_verify.close_case, model_commands.CloseCase, "结案 Close"),
    ("rate", actions_verify.rate_report, model_commands.RateReport, "评价 Rate the outcome"),
    ("merge", actions_merge.merge_case, model_commands.MergeCase, "并案 Merge into another case"),
    ("unmerge", actions_merge.unmerge_case, model_commands.UnmergeCase, "撤销并案 Undo a merge"),
    ("emergency", actions_emergency.declare_emergency, model_commands.DeclareEmergency, "应急 Declare an emergency"),
    ("supervise", actions_talk.supervise_case, model_commands.SuperviseCase, "督办 Demand an answer"),
    ("answer-supervision", actions_talk.answer_supervision, model_commands.AnswerSupervision, "督办回复 Answer it"),
    ("urge", actions_talk.urge_case, model_commands.UrgeCase, "催办 Urge"),
    ("comment", actions_talk.comment_case, model_commands.CommentCase, "留言 Comment, with @"),
    ("read-comment", actions_talk.read_comment, model_commands.ReadComment, "回执 Receipt of a comment"),
)  # fmt: skip


def _add(path, action, command, summary) -> None:
    """One command's endpoint. The body is the command itself; its `case_id` names the case."""

    def endpoint(cmd, actor: Signed) -> Response:
        return perform(action, actor, cmd)

    endpoint.__annotations__["cmd"] = command
    endpoint.__name__, endpoint.__doc__ = action.__name__, action.__doc__
    routes.post(f"/{path}", summary=summary, responses=body_is(Case))(endpoint)


@routes.post(
    "", status_code=201, summary="发现上报 Report a finding", responses=body_is(Case, 201),
    dependencies=[Depends(limited(Limits(public=20, address=200, staff=None)))],
)  # fmt: skip
def report_case(cmd: model_commands.ReportCase, actor: Signed) -> Response:
    return perform(actions_report.report_case, actor, cmd, status=201)


def _filter(
    actor: Signed,
    step: Annotated[list[Step] | None, Query(description="所在环节 steps")] = None,
    unit: Annotated[
        UUID | None, Query(description="单位（含下级，含其承办的）a unit: its ground, and what its bodies have in hand")
    ] = None,
    matter: Annotated[str | None, Query(max_length=64, description="事项代码 matter code")] = None,
    channel: Annotated[Channel | None, Query(description="来源 how it was reported")] = None,
    since: Annotated[AwareDatetime | None, Query(description="上报时间起 reported since")] = None,
    until: Annotated[AwareDatetime | None, Query(description="上报时间止 reported before")] = None,
    due_before: Annotated[AwareDatetime | None, Query(description="期限在此之前的在办案件 open and due before")] = None,
    words: Annotated[str | None, Query(max_length=100, description="关键词，空格分开 words, all of them")] = None,
    overdue: Annotated[bool | None, Query(description="是否超期 late, now or before")] = None,
    box: Annotated[
        str | None, Query(max_length=100, description="范围：西,南,东,北（度）west,south,east,north")
    ] = None,
    person: Annotated[
        UUID | None,
        Query(description="经手人：上报、核实、指挥或接单的工作人员 who reported, checked, commands or took an order"),
    ] = None,
) -> Filter:
    if person is not None and person != actor.id:
        with db.current().reading() as tx:  # of whom one may not know, one may not ask either
            get_person(tx, seen_by(actor), person)
    return Filter(
        tuple(step) if step else None, unit, matter, since, words, overdue, None, until, due_before, channel, read_box(box),
        person,
    )  # fmt: skip


Wanted = Annotated[Filter, Depends(_filter)]


@routes.get("", summary="案件列表 Cases in sight, newest or first due first", responses=body_is(page_of(CaseRow)))
def list_cases(
    actor: Signed,
    wanted: Wanted,
    sort: Annotated[
        Sort, Query(description="newest 最新在前；deadline 在办案件，最急在前 open ones, first due first")
    ] = Sort.newest,
    after: Annotated[str | None, Query(max_length=200, description="上一页的 next：the last page's `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    due = sort is Sort.deadline
    key = decode_key(after, datetime | None if due else datetime, UUID)
    return page(
        queries_list.list_cases, scope_of(actor), wanted, after=key, limit=limit, sort=sort,
        key=("deadline" if due else "reported_at", "id"),
    )  # fmt: skip


@routes.get("/counts", summary="各环节数量 Counts by step", responses=body_is(list[StepCount]))
def count_by_step(actor: Signed, since: datetime | None = None) -> Response:
    return read(queries_count.count_by_step, scope_of(actor), since)


@routes.get(
    "/counts/{unit_id}",
    summary="下级单位各环节数量 Counts by step of each unit below",
    responses=body_is(list[UnitCount]),
)
def count_by_unit(unit_id: UUID, actor: Signed) -> Response:
    return read(queries_count.count_by_unit, scope_of(actor), unit_id)


@routes.get("/near", summary="疑似重复 Open cases of the same matter near by", responses=body_is(list[Near]))
def find_duplicates(
    actor: Signed,
    matter_code: Annotated[str, Query(max_length=64)],
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    scheme: Annotated[str, Query(max_length=64)] = "GB/T 47678.5-2026",
    metres: Annotated[float, Query(gt=0, le=2000)] = rules.DUPLICATE_M,
    hours: Annotated[int, Query(ge=1, le=24 * 90)] = rules.DUPLICATE_HOURS,
) -> Response:
    since = clock.now() - timedelta(hours=hours)
    return read(
        queries.find_duplicates, scope_of(actor), scheme=scheme, matter_code=matter_code, lon=lon, lat=lat, since=since,
        metres=metres,
    )  # fmt: skip


@routes.get("/notices", summary="告知 What I am told, in person or by my posts", responses=body_is(page_of(Notice)))
def list_notices(
    actor: Signed,
    after: Annotated[str | None, Query(max_length=200, description="上一页的 next：the last page's `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    key = decode_key(after, datetime, UUID) or (NEWEST, UUID(int=2**128 - 1))
    posts = [(p.unit_id, p.kind.value) for p in posts_that_see(actor)]
    return page(queries.list_notices, scope_of(actor), posts, key, limit=limit, key=("at", "id"))


@routes.get("/moves", summary="状态机 The table of moves", responses=body_is(list[rules.Move]))
def list_moves() -> Response:
    return read(lambda _: rules.MOVES)


@routes.get("/{case_id}", summary="案件全程 A case and all that belongs to it", responses=body_is(Course))
def get_course(case_id: UUID, actor: Signed) -> Response:
    return read(queries.get_course, scope_of(actor), case_id)


@routes.get("/{case_id}/acts", summary="我现在能办什么 What I may do with it now", responses=body_is(list[Act]))
def list_acts(case_id: UUID, actor: Signed) -> Response:
    return read(queries_acts.list_acts, scope_of(actor), actor, case_id)


@routes.get(
    "/{case_id}/deadline",
    summary="按某个立案条件的期限 By when it would be due under a filing condition",
    responses=body_is(Deadline),
)
def find_deadline(case_id: UUID, actor: Signed, condition_id: UUID) -> Response:
    return read(queries_clock.find_deadline, scope_of(actor), case_id, condition_id)


for _row in COMMANDS:  # behind what is asked for more: routes are gone through in their order
    _add(*_row)

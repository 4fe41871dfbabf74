"""Who opens, works and ends a round, and what may be asked of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import UUID

from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.network.model import Actor, Need, Post, PostKind, Reach, Subject
from yiwang.network.model_posts import Holder
from yiwang.network.rules import anywhere, is_within, may, why_not
from yiwang.register import rules
from yiwang.register.model_kind import Kind, KindForm
from yiwang.register.model_round import Compared, GridCompared, OpenRound, Round, RoundGrid, RoundKind, RoundThing

RUN = Need(
    "round.run",
    frozenset({PostKind.operator, PostKind.supervisor, PostKind.commander, PostKind.grid_chief}),
    Reach.area,
    system=True,
)
"""值班员, 督办员, 指挥长 of the ground or of what it lies in, and a 网格长 on their own: they open rounds, give out the grids and end it."""
PATROLS = (PostKind.inspector, PostKind.coordinator, PostKind.grid_chief)
MOST = 1e15
EARLIEST, LONGEST = timedelta(days=30), timedelta(days=400)
AHEAD = timedelta(days=1)


def demand_runner(actor: Actor, path: str) -> Post | None:
    """The post under which this person runs rounds on the ground at `path`; else Forbidden."""
    return may(actor, RUN, Subject(path))


def list_forms(actor: Actor) -> list[KindForm]:
    """The kinds' forms with what this person may do somewhere, `round` among it where they may open one."""
    runs = ("round",) if why_not(actor, anywhere(RUN), Subject("")) is None else ()
    return [replace(form, acts=(*form.acts, *runs)) for form in rules.list_forms(actor)]


def posts_for(kind: Kind) -> frozenset[PostKind]:
    """Whose work its grids may be: who keeps or checks things of this kind on their ground."""
    return kind.keepers | kind.checkers


def share_out(grids: Iterable[tuple[str, UUID]], holders: Iterable[Holder]) -> dict[str, UUID]:
    """Each unit grid (with its duty grid) to who patrols it: the first of 网格员, 综合协管员, 网格长 whose post names that duty
    grid; where several do, in turn. Those that nobody patrols are left out."""
    named: dict[UUID, dict[PostKind, list[UUID]]] = {}
    for holder in holders:
        for duty in holder.grids:
            people = named.setdefault(duty, {}).setdefault(holder.post, [])
            if holder.person_id not in people:
                people.append(holder.person_id)
    found: dict[str, UUID] = {}
    turns: dict[UUID, Iterator[UUID]] = {}
    for grid, duty in grids:
        if (best := next((named[duty][p] for p in PATROLS if p in named.get(duty, {})), None)) is not None:
            found[grid] = next(turns.setdefault(duty, cycle(best)))
    return found


def demand_times(cmd: OpenRound, now: datetime) -> datetime:
    """When it begins. Invalid `round.times`."""
    begins = cmd.begins or now
    if not now - EARLIEST <= begins < cmd.until <= begins + LONGEST or cmd.until <= now:
        raise Invalid(
            "round.times", "起止时间有误：截止须晚于开始和现在，开始不早于 30 天前，前后不超过 400 天",
            "The times are not valid: it ends after it begins and after now, begins at most 30 days ago and lasts at most 400",
        )  # fmt: skip
    return begins


def read_filter(kind: Kind, cmd: OpenRound) -> dict[str, Any]:
    """The attributes that things must hold. Invalid `round.filter` names what is wrong (`detail.field`)."""
    if cmd.purpose is RoundKind.census and (cmd.states or cmd.attributes or cmd.grids):
        raise Invalid(
            "round.whole", "普查查遍全部单元网格，不设条件", "A census takes all there is; it is not narrowed"
        )
    fields = {f.name: f for f in rules.form_of(kind).fields}
    standing = {state: words for state, words in kind.states.items() if state not in kind.ended}
    if not set(cmd.states) <= set(standing):
        raise Invalid(
            "round.filter", f"状态应为{'、'.join(zh for zh, _ in standing.values())}之一", f"The state should be one of {', '.join(standing)}",
            field="states",
        )  # fmt: skip
    if not set(cmd.attributes) <= set(fields):
        raise Invalid(
            "round.filter", f"条件应为{kind.zh}的属性", f"Conditions should be attributes of a {kind.en}", field="attributes"
        )  # fmt: skip
    for name, value in cmd.attributes.items():
        if not _fits(fields[name].type, fields[name].choices, value):
            words = fields[name]
            raise Invalid("round.filter", f"“{words.zh}”不会是这样的值", f"{words.en} is never such", field=name)
    return dict(cmd.attributes)


def _fits(type: str, choices: tuple[str, ...], value: Any) -> bool:
    """Could an attribute of this type be such a value?"""
    match type:
        case "check":
            return isinstance(value, bool)
        case "number" | "whole":
            return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST
        case "choice":
            return value in choices
        case "many":
            return isinstance(value, list) and all(one in choices for one in value)
        case _:
            return isinstance(value, str) and value.isprintable()


def demand_same(there: Round, new: Mapping[str, Any]) -> None:
    """A round's id sent again means the same round."""
    if any(getattr(there, name) != value for name, value in new.items()):
        raise Refused(
            "round.exists", "这个编号已用于另一轮", "This id is already that of another round", id=str(there.id)
        )


def demand_open(round: Round) -> None:
    if round.ended_at is not None:
        raise Refused("round.over", "这一轮已经结束", "This round is over", cancelled=round.cancelled)


def demand_report(round: Round, actor: Actor, person: UUID | None, at: datetime, now: datetime) -> datetime:
    """When the grid was done. Its person says so; where nobody was named, anybody who works there. Forbidden `round.not_yours`."""
    if person is not None and person != actor.id:
        raise Forbidden("round.not_yours", "这个网格分给了别人，由其本人报告", "This grid is somebody else's to report")
    if at > now + AHEAD or at < round.begins:
        raise Invalid(
            "round.when", "时间不可能：早于这一轮开始，或晚于现在一天以上",
            "The time cannot be: before the round began, or over a day ahead", at=at.isoformat(),
        )  # fmt: skip
    return min(at, now)


def demand_worker(actor: Actor, kind: Kind, path: str) -> Post | None:
    """The post under which this person works a grid that lies at `path`; else Forbidden."""
    need = Need("round.report", posts_for(kind), Reach.area, system=True)
    return may(actor, need, Subject(path))


def demand_fits(kind: Kind, grid: str, path: str, person: UUID | None, holders: Iterable[Holder]) -> None:
    """Invalid `round.worker` unless they hold a post for this kind where the grid lies."""
    if person is not None and not any(h.person_id == person and is_within(path, h.unit_path) for h in holders):
        raise Invalid(
            "round.worker", f"此人没有在单元网格 {grid} 办理{kind.zh}的岗位", f"They hold no post for this kind in unit grid {grid}",
            grid=grid, person=str(person),
        )  # fmt: skip


def list_acts(actor: Actor, round: Round) -> tuple[str, ...]:
    """What this person may do with a round now."""
    runs = round.ended_at is None and why_not(actor, RUN, Subject(round.unit_path)) is None
    return ("assign", "close", "cancel") if runs else ()


def unknown() -> NotFound:
    return NotFound("round.none", "没有这一轮", "No such round")


# ── what was found, as a sheet ────────────────────────────────────────────────────────────────────────────────────

CHECK_HEADS = ("编码", "名称", "地址", "单元网格", "居村委", "负责人", "查到时间", "查的人", "结果")
CENSUS_HEADS = (
    "单元网格", "居村委", "负责人", "完成时间", "说明", "现有", "已到场", "普查中新增", "普查中变更", "普查中消失", "上次普查", "比上次新增", "比上次消失",
    "比上次变更",
)  # fmt: skip


def tell_check(row: RoundThing, until: datetime) -> Sequence[Any]:
    """A line of a check's sheet."""
    found = "已不在" if row.gone and row.checked_at is None else "未查到"
    if row.checked_at is not None:
        found = ("损坏" if row.damaged else "完好") + ("（逾期）" if row.checked_at > until else "")
    return (
        row.code, row.name, row.address, row.grid_code, row.unit_name, row.person_name, row.checked_at, row.checked_by, found
    )  # fmt: skip


def tell_census(grids: Sequence[RoundGrid], compared: Compared) -> list[Sequence[Any]]:
    """A census's sheet: its grids, each beside what the last census found there, and after them those that it had and this
    has not (redrawn since)."""
    then = {g.grid_code: g for g in compared.grids}
    lines: list[Sequence[Any]] = [CENSUS_HEADS]
    for g in grids:
        was = then.pop(g.grid_code, None)
        lines.append(
            (g.grid_code, g.unit_name, g.person_name, g.done_at, g.note, g.things, g.checked, g.added, g.changed, g.gone, *_since(compared, was))
        )  # fmt: skip
    lines += [(g.grid_code, g.unit_name, *[None] * 8, *_since(compared, g)) for g in then.values()]
    return lines


def _since(compared: Compared, was: GridCompared | None) -> tuple[int | None, ...]:
    if compared.last is None:
        return (None,) * 4
    return (was.stood, was.added, was.gone, was.changed) if was else (0, 0, 0, 0)

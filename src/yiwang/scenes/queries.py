"""Reads of scenes: which there are, the numbers that every one has, what is wrong in them now and what was done of late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from yiwang.cases.model import OPEN_STEPS
from yiwang.city.queries_rules import calendar_for
from yiwang.kit.db import Tx, query
from yiwang.kit.errors import NotFound
from yiwang.kit.scope import Scope
from yiwang.register import queries as things
from yiwang.register import rules
from yiwang.scenes.model import Scene, SceneAct, SceneFigure, SceneFigures, SceneForm, SceneTrouble

_scenes: Mapping[str, Scene] = {}


@dataclass(frozen=True, slots=True)
class Standing:
    """What every scene counts: things that stand there, what is due and lapsed of what they owe, visits of today, open cases."""

    things: int
    due: int
    lapsed: int
    visits: int
    cases: int


# Things are counted by the grids' tally and through parties: nobody goes through all of them.
STANDING = query(
    Standing,
    "select (select coalesce(sum(c.things), 0) from " + things.TALLIED + " where c.kind = any(%(kinds)s))::int as things, o.due, o.lapsed,"
    " (select count(*) from register.checkin k join register.thing t on t.id = k.thing_id join network.unit u on u.id = t.unit_id"
    " where k.at >= %(today)s and t.kind = any(%(kinds)s) and " + things.SEEN + ")::int as visits,"
    " (select count(*) from cases.case c join register.thing_case tc on tc.case_id = c.id join register.thing t on t.id = tc.thing_id"
    " join network.unit u on u.id = t.unit_id where c.step = any(%(open)s) and t.kind = any(%(kinds)s) and " + things.SEEN +
    ")::int as cases from (select count(*) filter (where o.lapsed_at is null)::int as due,"
    " count(*) filter (where o.lapsed_at is not null)::int as lapsed from register.obligation o"
    " join register.thing t on t.id = o.thing_id join network.unit u on u.id = t.unit_id where o.ended_at is null"
    " and (o.lapsed_at is not null or o.warn_at <= %(now)s) and t.kind = any(%(kinds)s) and " + things.SEEN + ") o",
)  # fmt: skip

# The newest of either kind first: each part walks its own index backwards and stops.
COURSE = query(
    SceneAct,
    "select * from ("
    "(select s.at, s.id, t.id as thing_id, t.kind, t.name as thing, p.name as person, s.step,"
    " exists (select from register.thing_case c where c.step_id = s.id) as trouble, s.said_zh, s.said_en"
    " from register.step s join register.thing t on t.id = s.thing_id join network.unit u on u.id = t.unit_id"
    " left join network.person p on p.id = s.person_id where t.kind = any(%(kinds)s) and " + things.SEEN +
    " order by s.at desc limit %(limit)s) union all"
    " (select k.at, k.id, t.id, t.kind, t.name, p.name, null, k.damaged, null, null"
    " from register.checkin k join register.thing t on t.id = k.thing_id join network.unit u on u.id = t.unit_id"
    " left join network.person p on p.id = k.person_id where t.kind = any(%(kinds)s) and " + things.SEEN +
    " order by k.at desc limit %(limit)s)) c order by at desc, id limit %(limit)s",
)  # fmt: skip


EACH = 8
# Open cases that things became, steps and duties that are late (but for those that became such a case), the newest of each scene.
TROUBLES = query(
    SceneTrouble,
    "select scene, what, kind, thing_id, thing, state, zh, en, since, due_at, late, grave, case_id, step, lon, lat from (select *,"
    " row_number() over (partition by scene, what order by grave desc, since desc) as place from ("
    "select k.scene, x.what, t.kind, t.id as thing_id, t.name as thing, t.state, x.zh, x.en, x.since, x.due_at, x.late,"
    " x.grave, x.case_id, x.step, t.lon, t.lat"
    " from (select 'case' as what, c.thing_id, coalesce(s.said_zh, s.step, r.zh, '') as zh, coalesce(s.said_en, s.step, r.en, '') as en,"
    " c.at as since, a.due_at, a.suspended_at is null and coalesce(a.due_at <= %(now)s, false) as late, a.emergency as grave, c.case_id, a.step"
    " from cases.case a join register.thing_case c on c.case_id = a.id left join register.step s on s.id = c.step_id"
    " left join register.rule r on r.id = c.rule_id where a.step = any(%(open)s)"
    " union all select 'step', d.thing_id, d.step, d.step, d.due_at, d.due_at, true, false, null, null from register.step_due d"
    " where d.ended_at is null and d.due_at <= %(now)s"
    " union all select 'owed', o.thing_id, r.zh, r.en, o.lapsed_at, o.due_at, true, false, null, null from register.obligation o"
    " join register.rule r on r.id = o.rule_id where o.ended_at is null and o.lapsed_at is not null and not exists (select"
    " from register.thing_case c join cases.case a on a.id = c.case_id where c.thing_id = o.thing_id and c.rule_id = o.rule_id"
    " and a.step = any(%(open)s))) x join register.thing t on t.id = x.thing_id join network.unit u on u.id = t.unit_id"
    " join unnest(%(kinds)s::text[], %(scenes)s::text[]) as k (kind, scene) on k.kind = t.kind where " + things.SEEN +
    ") x) x where place <= %(each)s",
)  # fmt: skip


def know(scenes: Iterable[Scene]) -> None:
    """Which scenes there are: said once, where the program starts."""
    global _scenes
    _scenes = {scene.name: scene for scene in scenes}


def known() -> tuple[SceneForm, ...]:
    return tuple(_form(scene) for scene in _scenes.values())


def _form(scene: Scene) -> SceneForm:
    return SceneForm(scene.name, scene.zh, scene.en, tuple(kind.name for kind in scene.kinds))


def get_figures(tx: Tx, scope: Scope, name: str) -> SceneFigures:
    """A scene's numbers in sight: its own, then those that every scene has. NotFound `scene.none`."""
    scene = _get(name)
    own = tuple(scene.figures(tx, scope)) if scene.figures else ()
    return SceneFigures(_form(scene), (*own, *_common(tx, scope, scene)))


def _get(name: str) -> Scene:
    scene = _scenes.get(name)
    if scene is None:
        raise NotFound("scene.none", f"没有“{name}”这个场景", f"There is no scene {name!r}")
    return scene


def list_course(tx: Tx, scope: Scope, name: str | None = None, *, limit: int = 50) -> list[SceneAct]:
    """What was done in a scene (None: in all) of late, in sight, the newest first. NotFound `scene.none`."""
    of = _scenes.values() if name is None else (_get(name),)
    kinds = [kind.name for scene in of for kind in scene.kinds]
    return COURSE.all(tx, kinds=kinds, limit=limit, **things.find_sight(tx, scope))


def list_figures(tx: Tx, scope: Scope) -> list[SceneFigures]:
    """Of all scenes."""
    return [get_figures(tx, scope, name) for name in _scenes]


def list_troubles(tx: Tx, scope: Scope, *, limit: int = 50) -> list[SceneTrouble]:
    """What is wrong in all scenes now, in sight: grave danger first, then what became a case, then the newest; of each scene and
    sort at most EACH."""
    pairs = [(kind.name, scene.name) for scene in _scenes.values() for kind in scene.kinds]
    found = TROUBLES.all(
        tx, kinds=[kind for kind, _ in pairs], scenes=[scene for _, scene in pairs], open=[step.value for step in OPEN_STEPS],
        now=tx.now, each=EACH, **things.find_sight(tx, scope),
    )  # fmt: skip
    own = [one for scene in _scenes.values() if scene.troubles for one in scene.troubles(tx, scope)]
    rank = {"case": 0, "own": 1, "step": 1, "owed": 2}
    found = sorted(
        (*map(_worded, found), *own), key=lambda one: (not one.grave, rank[one.what], -one.since.timestamp(), one.thing)
    )
    return found[:limit]


def _worded(one: SceneTrouble) -> SceneTrouble:
    """A step that said nothing of itself is called by its name; what is called by nothing was found damaged."""
    kind = rules.kinds().get(one.kind)
    step = next((s for s in kind.steps if s.name == one.zh), None) if kind else None
    if step is not None:
        return replace(one, zh=step.zh, en=step.en)
    return one if one.zh else replace(one, zh="到场发现损坏", en="Found damaged")


def _common(tx: Tx, scope: Scope, scene: Scene) -> tuple[SceneFigure, ...]:
    midnight = tx.now.astimezone(calendar_for(tx).zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found = STANDING.one(
        tx, kinds=[kind.name for kind in scene.kinds], open=[step.value for step in OPEN_STEPS], today=midnight, now=tx.now,
        **things.find_sight(tx, scope),
    )  # fmt: skip
    return (
        SceneFigure("things", "在册", "On the register", found.things),
        SceneFigure("lapsed", "逾期未做", "Lapsed", found.lapsed, tone="late" if found.lapsed else "good"),
        SceneFigure("due", "即将到期", "Due soon", found.due, tone="soon" if found.due else "plain"),
        SceneFigure("visits", "今日到场", "Visits today", found.visits),
        SceneFigure("cases", "在办案件", "Open cases", found.cases, tone="soon" if found.cases else "plain"),
    )

"""A request for every route, about the subjects of `HERE`. Most are made from the route's own signature: a parameter or
field gets its value by its name (`NAMED`), else by its type. What that cannot guess stands in `BY_HAND`."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
from starlette.routing import BaseRoute, Route

import recordings
import world
from strangers.cases import GHOST, Subject, acts
from strangers.places import HERE, LOWER, NOW, PASSWORD, person
from strangers.residents import KEY, NEW, PHONE
from strangers.stage import Answer, Town
from strangers.subjects import BESIDE, ELEVATOR, HOUSE, POINT, ROOM_PHOTO, THING_PHOTO
from yiwang.app import PAGES
from yiwang.cases.rules_public import CONSENT
from yiwang.dispatch.actions import list_id_of
from yiwang.kit.ids import named_id

COMPONENT, ROUND_GRID = "31010102004000021", "310101019005001"
OWN = world.unit(HERE)
SOON = NOW + timedelta(days=1)
NAMED: dict[str, Any] = {
    "unit_id": OWN, "unit": OWN, "area": OWN, "parent": OWN, "parent_id": OWN, "unit_code": HERE, "street": HERE,
    "person_id": person("subject"), "post_id": named_id("post:subject"), "session_id": named_id("session:subject"),
    "token_id": named_id("token of subject"), "certificate_id": named_id("certificate of subject"),
    "login": "subject", "list_id": list_id_of(OWN), "condition_id": None, "sha256": None, "case_id": None,
    "report_id": None, "line_id": None, "room_id": None, "message_id": None, "member_id": None, "thing_id": None, "tag_id": None, "document_id": None, "uid": None, "round_id": None, "building_id": None, "home_id": None, "resident_id": None, "route_id": None, "shift_id": None, "component": COMPONENT, "code": "06010", "matter_code": "06010",
    "scheme": "GB/T 47678.5-2026", "lon": world.SPOT[0], "lat": world.SPOT[1], "since": NOW, "until": SOON,
    "public_number": "PUBLIC-NUMBER", "public_code": "PUBLIC-CODE", "public_ticket": "PUBLIC-TICKET",
    "public_nonce": "PUBLIC-NONCE", "public_photo": "PUBLIC-PHOTO", "voice": "VOICE", "public-ticket": None, "follow-ticket": None,
    "at": NOW, "from": 1, "to": 1, "z": 14, "x": 1, "y": 1, "name": "某某", "zone": "Asia/Shanghai",
}  # fmt: skip
"""None: known once the town is built."""
GHOSTS: dict[str, dict[str, Any]] = {
    "unit": dict.fromkeys(("unit_id", "unit", "area", "parent", "parent_id"), named_id("no unit"))
    | {"unit_code": "310199999", "street": "310199999"},
    "person": {k: named_id(f"no {k}") for k in ("person_id", "post_id", "session_id", "token_id", "certificate_id")},
    "list": {"list_id": named_id("no list"), "line_id": named_id("no line")},
    "component": {"component": "31010102004999999"},
    "case": {"case_id": GHOST.id, "report_id": GHOST.id},
    "photo": {"sha256": "0" * 64},
    "voice": {"voice": "0" * 64},
    "thing": {"uid": "04" + "0" * 12} | {k: named_id(f"no {k}") for k in ("thing_id", "tag_id", "document_id")},
    "round": {"round_id": named_id("no round")},
    "building": {"building_id": named_id("no building")},
    "home": {k: named_id(f"no {k}") for k in ("home_id", "resident_id")},
    "room": {k: named_id(f"no {k}") for k in ("room_id", "message_id", "member_id")},
    "route": {"route_id": named_id("no route")},
    "shift": {"shift_id": named_id("no shift")},
}
"""What a request names instead, to ask about a thing of that kind that there is not."""
SIGHT = {
    "unit": "GET /api/units/{unit_id}", "person": "GET /api/people/{person_id}", "case": "GET /api/cases/{case_id}",
    "list": "GET /api/responsibility/{list_id}/lines", "component": "GET /api/components/{code}",
    "photo": "GET /api/photos/{sha256}", "voice": "GET /api/voices/{sha256}", "room": "GET /api/rooms/{room_id}",
    "thing": "GET /api/things/{thing_id}", "round": "GET /api/rounds/{round_id}",
    "building": "GET /api/buildings/{building_id}", "home": "GET /api/homes/{home_id}",
    "route": "GET /api/patrol/routes/{route_id}", "shift": "GET /api/patrol/shifts/{shift_id}",
}  # fmt: skip
"""The route that shows a thing of each kind: whoever gets 404 there must not learn of it anywhere else."""
FUWU, PINGAN = world.unit(f"{HERE}-fuwu"), world.unit(f"{HERE}-pingan")
CSV = "层次,方案,类型,代码,名称,区域,时段,主办,协办,依据,生效,失效\n大类,,,01,市政公用设施类,{unit_code},,310101019-shizheng,,示例,,\n"
PARTS = f"部件标识码,经度,纬度\n31010102004000001,{world.SPOT[0]},{world.SPOT[1]}\n"
REGISTRY = "使用登记证编号,单位内编号,使用地点,品种\n梯11沪A00008(20),8 号梯,文庙路 8 号,乘客电梯\n"
THINGS = f"编码,名称,经度,纬度\n梯11沪A00005(20),5 号梯,{world.SPOT[0]},{world.SPOT[1]}\n"
RESIDENTS = f"房屋编码,姓名,出生日期,与房屋关系\n{HOUSE}-1-101,某某,1990-01-01,租客\n"
MONTH = {"since": "2026-11-01", "until": "2026-12-01", "level": "street"}
PEOPLE = "login,name,post,unit\nfile.person,某某,operator,{unit_code}\n"
DUTY = "unit,post,shift,weekdays,logins\n{unit_code},inspector,day,1,subject\n"
DAYS = "unit,day,works\n{unit_code},2026-12-05,yes\n"
CLASSES = "scheme,code,kind,major_code,major,name,field\nYIWANG-EXT,99001,matter,99,其他,其他事项,综合管理\n"
CONDITIONS = "scheme,code,kind,text,limit_text,limit_value,clock,close_condition\nYIWANG-EXT,21001,matter,漏水,1工作日,1,work_day,止水\n"
LIMIT = {"value": 2, "clock": "work_day"}

# "VERB path": parts of the request that names and types cannot give. A part is a dict, or a function of the names.
BY_HAND: dict[str, dict[str, Any]] = {
    "POST /api/units": {"body": {"code": "310101019-xin", "kind": "department", "level": 3}},
    "POST /api/units/move": {"body": {"unit_id": FUWU, "parent_id": PINGAN}},
    "POST /api/units/merge": {"body": {"unit_ids": [FUWU], "into_id": PINGAN}},
    "POST /api/people": {"body": {"person_id": named_id("new person"), "login": "new.comer"}},
    "POST /api/posts": {"body": {"post_id": named_id("new post"), "kind": "operator"}},
    "POST /api/certificates": {"body": {"certificate_id": named_id("new certificate"), "expires_at": SOON}},
    "GET /api/on-duty": {"query": {"post": "inspector", "unit": OWN}},
    "GET /api/people": {"query": {"unit": OWN}},
    "GET /api/units": {"query": {"parent": OWN}},
    "POST /api/duties/plan": {
        "body": {"since": "2026-12-01", "until": "2026-12-02", "lines": [{"shift": "day", "post_ids": [NAMED["post_id"]]}]}
    },
    "POST /api/duties": {
        "body": {"duty_id": named_id("new duty"), "since": NOW + timedelta(days=3), "until": NOW + timedelta(days=4)}
    },
    "POST /api/duty/positions": {
        "body": {"positions": [{"id": named_id("a position"), "lon": world.SPOT[0], "lat": world.SPOT[1], "at": NOW}]}
    },
    "POST /api/push/subscribe": {
        "body": {"endpoint": "http://127.0.0.1:9/x", "auth": "A" * 22,
                 "p256dh": "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}
    },
    "POST /api/sign-in": {"body": {"password": PASSWORD}},
    "POST /api/passwords": {"body": {"password": "Loud-Trumpet-8"}},
    "POST /api/me/password": {"body": {"old": PASSWORD, "new": "Loud-Trumpet-8"}},
    "POST /api/tokens": {"body": {"token_id": named_id("new token"), "acts": ["read"], "expires_at": SOON}},
    "PUT /api/sign-in-policy": {
        "body": {"idle_minutes": 60, "session_hours": 12, "free_tries": 5, "lock_seconds": 60, "address_tries": 50}
    },
    "GET /api/components": {"query": {"grid": "310101019024001"}},
    "GET /api/grids/{code}": {"path": {"code": "310101019024001"}, "kinds": ()},
    "GET /api/components/{code}": {"path": {"code": COMPONENT}, "kinds": ("component",)},
    "POST /api/components/import": {"files": {"file": ("c.csv", PARTS.encode()), "unit": HERE, "mode": "dry_run"}},
    "GET /api/people/export.{kind}": {"query": {"unit": OWN}},
    "POST /api/people/import": {"files": {"file": ("p.csv", PEOPLE.encode())}},
    "POST /api/duties/import": {
        "files": {"file": ("d.csv", DUTY.encode()), "since": "2026-12-01", "until": "2026-12-02"}
    },
    "POST /api/calendars/import": {"files": {"file": ("d.csv", DAYS.encode()), "unit_id": OWN}},
    "GET /api/calendars/{unit_id}/export.{file}": {"query": {"since": "2026-11-23", "until": "2026-11-29"}},
    "POST /api/catalogue/matters/import": {"files": {"file": ("m.csv", CLASSES.encode())}},
    "POST /api/catalogue/conditions/import": {"files": {"file": ("c.csv", CONDITIONS.encode())}},
    "POST /api/deadlines/work-out": {"body": {"limit": LIMIT, "start": NOW}},
    "GET /api/calendars/{unit_id}": {"query": {"since": "2026-11-23", "until": "2026-11-29"}},
    "POST /api/calendars": {"body": {"shifts": "08:30-12:00,13:00-17:30"}},
    "POST /api/calendars/days": {"body": {"day": "2026-12-05", "works": True}},
    "POST /api/responsibility/import": {"files": {"file": ("l.csv", CSV.encode()), "unit_code": HERE}},
    "POST /api/responsibility/restore": {"body": {"version": 1}},
    "POST /api/cases": {
        "body": {"id": named_id("new case"), "channel": "other", "description": "路灯不亮", "matter_kind": "matter",
                 "area_code": HERE, "place": "文庙路"},
        "kinds": (),
    },
    "POST /api/photos": {"body": world.jpeg("teal")},
    "POST /api/voices": {"body": recordings.webm()},
    "GET /api/voices/{sha256}": {"path": {"sha256": "VOICE"}, "kinds": ("voice",)},
    "POST /api/rooms": {"body": {"room_id": named_id("new room"), "name": "另一个商圈"}},
    "POST /api/rooms/of-case": {"body": {"room_id": named_id("new room")}},
    "POST /api/rooms/members": {"body": {"seat": {"unit_id": OWN, "post": "verifier"}}},
    "POST /api/rooms/messages": {"body": {"id": named_id("new message"), "text": "已到场"}},
    **{
        f"GET /api/rooms/{{room_id}}/photos/{{sha256}}{end}": {"path": {"sha256": ROOM_PHOTO}, "kinds": ("room",)}
        for end in ("", "/thumb")
    },
    "POST /api/rooms/turn": {
        "body": {
            "report": {"id": named_id("turned case"), "channel": "other", "description": "门口堆物", "matter_kind": "matter",
                       "matter_code": "06010", "area_code": HERE, "place": "文庙路"},
        },
        "kinds": ("room",),
    },
    "POST /api/rooms/turn-assist": {"body": {"unit_id": world.unit(LOWER)}, "kinds": ("room",)},
    **{f"GET /api/kinds/{{kind}}/{what}": {"path": {"kind": "elevator"}} for what in ("things", "rules", "owed", "states")},
    "GET /api/kinds/{kind}/counts": {"path": {"kind": "elevator"}, "query": {"box": "121.4,31.2,121.5,31.3"}},
    "GET /api/things": {"query": {"q": "梯"}},
    "GET /api/tap": {"query": {"picc": "EF963FF7828658A599F3041510671E88"}},
    "GET /api/kinds/{kind}/export.{sheet}": {"path": {"kind": "elevator", "sheet": "csv"}},
    "POST /api/kinds/{kind}/import": {
        "path": {"kind": "elevator"}, "files": {"file": ("t.csv", THINGS.encode()), "unit": HERE, "mode": "dry_run"}
    },
    "POST /api/elevators/import": {"files": {"file": ("t.csv", REGISTRY.encode()), "unit": HERE, "mode": "dry_run"}},
    "POST /api/things": {
        "body": {"kind": "elevator", "code": "梯11沪A00009(20)", "name": "9 号梯", "attributes": ELEVATOR}, "kinds": ()
    },
    "POST /api/things/change": {"body": {"n": 1, "name": "改名"}},
    "POST /api/things/party": {"body": {"role": "keeper", "unit_code": HERE}},
    "POST /api/things/link": {"body": {"role": "group", "to_id": BESIDE}},
    "POST /api/things/document": {"body": {"document_id": named_id("new document"), "sha256": THING_PHOTO}},
    **{
        f"GET /api/things/photos/{{sha256}}/{size}": {"path": {"sha256": THING_PHOTO}, "kinds": ()}
        for size in ("thumb", "whole")
    },
    "POST /api/things/tag": {"body": {"tag_id": named_id("new tag"), "uid": "04AA5F1EACC041", "kind": "nfc"}},
    "POST /api/rounds": {
        "body": {"id": named_id("new round"), "name": "排查", "kind": "elevator", "purpose": "check", "dry": True}, "kinds": ("unit",)
    },
    "POST /api/rounds/assign": {"body": {"assign": [{"person_id": person("subject"), "grids": [ROUND_GRID]}]}},
    "POST /api/rounds/report": {"body": {"grid_code": ROUND_GRID}},
    "GET /api/rounds/{round_id}/export.{sheet}": {"path": {"sheet": "csv"}},
    "POST /api/residents/move-in": {"body": {"resident_id": named_id("new resident"), "born": "1990-01-01"}},
    "POST /api/residents/change": {"body": {"care": True}},
    "POST /api/residents/import": {"files": {"file": ("r.csv", RESIDENTS.encode()), "dry_run": "true"}, "kinds": ()},
    "POST /api/check-ins": {"body": {"id": named_id("a check-in"), "at": NOW}},
    "POST /api/things/step": {"body": {"id": named_id("a step"), "step": "stop", "at": NOW, "form": {"reason": "检修"}}},
    **{f"GET /api/scenes/{{name}}/{what}": {"path": {"name": "elevators"}} for what in ("figures", "course")},
    "POST /api/patrol/routes": {
        "body": {"n": 1, "name": "改名", "points": [POINT], "weekdays": [1, 2], "begins": "08:00", "ends": "10:00"},
    },
    "POST /api/patrol/shifts/begin": {"body": {"at": NOW}},
    "POST /api/patrol/shifts/end": {"body": {"at": NOW, "begun_at": NOW}},
    "GET /api/patrol/shifts": {"query": {"day": "2026-11-24"}},
    # The public's own: of the one report whose number, code and ticket these are.
    "POST /api/public/photos": {"body": world.jpeg("linen"), "query": {"report": NEW}},
    "POST /api/public/reports": {
        "body": {"id": NEW, "key": KEY, "ticket": "PUBLIC-TICKET", "nonce": "PUBLIC-NONCE", "consent": CONSENT.version,
                 "description": "路灯不亮", "area_code": HERE, "place": "文庙路"},
        "kinds": (),
    },
    "POST /api/public/follow/code": {"body": {"number": "PUBLIC-NUMBER", "phone": PHONE}, "kinds": ()},
    "POST /api/public/follow": {"body": {"number": "PUBLIC-NUMBER", "code": "PUBLIC-CODE"}, "kinds": ()},
    "GET /api/public/photos/{sha256}": {"path": {"sha256": "PUBLIC-PHOTO"}, "kinds": ()},
    "GET /api/public/receipt/{number}": {"path": {"number": "PUBLIC-NUMBER"}, "kinds": ()},
    "GET /api/cases": {"query": {"words": "垃圾"}},
    **{f"GET /api/assess/{what}": {"query": MONTH | {"indicator": "filed_net"}} for what in ("facts", "facts.{kind}")},
    **{f"GET /api/assess/{what}": {"query": MONTH} for what in ("figures", "figures.{kind}")},
    "GET /api/assess/composites": {"query": MONTH | {"object": "区域"}},
    # Places are public, and anybody may report anywhere:
    **{f"GET /api/map/{{street}}/{what}": {"kinds": ()} for what in ("grids", "roads")},
}  # fmt: skip
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "GET /api/rooms (watched over)": ("GET /api/rooms", {"query": {"mine": "false"}}),
    "GET /api/on-duty (by point)": ("GET /api/on-duty", {"query": {"post": "inspector", "unit": None, "lon": world.SPOT[0], "lat": world.SPOT[1]}}),
    "GET /api/people (all)": ("GET /api/people", {"query": {"unit": None}}),
    "GET /api/units (search)": ("GET /api/units", {"query": {"parent": None, "search": "老西门"}}),
    **{
        f"GET /api/assess/{what} (of {of})": (f"GET /api/assess/{what}", {"query": {"level": level, "indicator": indicator}})
        for of, level, indicator in (("units", "unit", "handle_rate"), ("people", "person", "accepted"))
        for what in ("figures", "facts")
    },
    "GET /api/assess/figures (under a unit)": ("GET /api/assess/figures", {"query": {"under": OWN}}),
    "GET /api/cases/near (next street)": ("GET /api/cases/near", {"query": {"lon": world.FAR[0], "lat": world.FAR[1]}}),
    "GET /api/doubts (of a unit)": ("GET /api/doubts", {"query": {"unit": OWN}}),
    "GET /api/cases (of a unit)": ("GET /api/cases", {"query": {"unit": OWN, "words": None}, "kinds": ()}),
}  # fmt: skip
"""The same route asked in another way, with a row of its own."""
STATE_OF = {
    "accept": "reported", "decline": "reported", "ask-check": "reported", "answer-check": "checking", "file": "accepted",
    "reclassify": "accepted",
    "accept-late": "emergency", "file-late": "emergency, accepted", "dispatch": "filed", "ask-appeal": "closed late",
    "decide": "bounce asked", "resume": "suspended", "verify": "handled", "close": "verified", "rate": "closed",
    "merge": "reported", "unmerge": "merged", "erase-photo": "filed", "erase-words": "filed",
}  # fmt: skip
"""At which step an act is asked over the edge; all others while the case is handled."""


@dataclass(frozen=True)
class Sample:
    """One request. `kinds`: of which things of `HERE` it speaks."""

    method: str
    path: str
    query: dict[str, Any]
    body: Any
    files: dict[str, Any] | None
    kinds: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = ()

    def ask(self, town: Town, who: str | None, *, undo: bool = True) -> Answer:
        return town.ask(
            who, self.method, self.path, self.body, query=self.query, files=self.files, undo=undo, headers=self.headers
        )


def routes(found: Iterable[BaseRoute]) -> Iterator[tuple[str, Route]]:
    """`GET /api/units/{unit_id}` → the route; every one there is, the pages' own files apart."""
    for route in found:
        if inner := getattr(route, "original_router", None):
            yield from routes(inner.routes)
        elif isinstance(route, Route) and route.path not in PAGES:
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield f"{method} {route.path_format}", route


def sample(town: Town, row: str, login: str, ghosts: tuple[str, ...] = ()) -> Sample:
    """The request of a row of the table as this person would send it; things of the kinds `ghosts` do not exist."""
    key, more = VARIANTS.get(row, (row, {}))
    route = dict(routes(town.app.routes))[key]
    names = NAMED | town.names
    for kind in ghosts:
        names |= GHOSTS[kind]
    method = key.split()[0]
    act = route.path.removeprefix("/api/cases/")
    if method == "POST" and act in (sent := acts(login, GHOST if "case" in ghosts else _case(town, act))):
        body = msgspec.to_builtins(sent[act][1])
        return Sample(method, route.path, {}, body, None, ("case",))
    return _guess(route, method, names, BY_HAND.get(key, {}), more, ghosts)


def _case(town: Town, act: str) -> Subject:
    return town.names["cases"][STATE_OF.get(act, "handling")]


def _guess(
    route: Route,
    method: str,
    names: dict[str, Any],
    by_hand: dict[str, Any],
    more: dict[str, Any],
    ghosts: tuple[str, ...],
) -> Sample:
    used: set[str] = set()
    swap = {str(value): names[name] for name, value in NAMED.items() if value is not None}
    swap |= {str(FUWU): names["unit_id"], str(PINGAN): names["unit_id"]} if "unit" in ghosts else {}

    def given(part: str) -> dict[str, Any]:
        values = by_hand.get(part, {}) | more.get(part, {})
        return {k: _swapped(v, swap) for k, v in values.items()}

    def fill(name: str, hint: Any) -> Any:
        if name in names:
            used.add(name)
        return names[name] if name in names else _by_type(name, hint, names, used)

    params = getattr(route, "dependant", None)
    flat = _flat(params) if params else {"path": {}, "query": {}, "body": {}}
    path = route.path_format
    for name, hint in flat["path"].items():
        value = given("path").get(name, fill(name, hint))
        path = path.replace("{" + name + "}", str(value))
    query = {name: fill(name, hint) for name, hint in flat["query"].items()} | given("query")
    body: Any = by_hand.get("body") if isinstance(by_hand.get("body"), bytes) else None
    files = None
    if "files" in by_hand:
        files = {k: _filled(v, names) for k, v in given("files").items()}
    elif body is None and flat["body"]:
        (hint,) = flat["body"].values()
        fields = {f.name: f for f in dataclasses.fields(hint)}
        hints = typing.get_type_hints(hint, include_extras=False)
        known = given("body")
        body = {
            name: fill(name, hints[name])
            for name, f in fields.items()
            if name not in known and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        } | known
    text = repr((path, query, body, files))
    kinds = tuple(k for k, of in GHOSTS.items() if any(n in used or str(names[n]) in text for n in of)) or ()
    query = {k: _plain(v) for k, v in query.items() if v is not None}
    body = body if isinstance(body, bytes) else msgspec.to_builtins(body)
    headers = tuple((name, str(names[name])) for name in flat.get("header", {}))
    return Sample(method, path, query, body, files, more.get("kinds", by_hand.get("kinds", kinds)), headers)


def _flat(dependant: Any) -> dict[str, dict[str, Any]]:
    """Required parameters, those of dependencies too."""
    found: dict[str, dict[str, Any]] = {
        "path": {p.alias: p.field_info.annotation for p in dependant.path_params},
        "query": {p.alias: p.field_info.annotation for p in dependant.query_params if p.field_info.is_required()},
        "body": {p.alias: p.field_info.annotation for p in dependant.body_params if p.field_info.is_required()},
        "header": {p.alias: p.field_info.annotation for p in dependant.header_params if p.field_info.is_required()},
    }
    for inner in dependant.dependencies:
        for part, values in _flat(inner).items():
            found[part] |= values
    return found


def _swapped(value: Any, swap: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_swapped(v, swap) for v in value]
    if isinstance(value, dict):
        return {k: _swapped(v, swap) for k, v in value.items()}
    return swap.get(str(value), value) if isinstance(value, UUID | str) else value


def _filled(value: Any, names: dict[str, Any]) -> Any:
    if isinstance(value, tuple):
        return value[0], value[1].replace(b"{unit_code}", names["unit_code"].encode())
    return value


def _by_type(name: str, hint: Any, names: dict[str, Any], used: set[str]) -> Any:
    if typing.get_origin(hint) is typing.Annotated:
        return _by_type(name, typing.get_args(hint)[0], names, used)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return _by_type(name, next(h for h in typing.get_args(hint) if h is not type(None)), names, used)
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)[0]
    if typing.get_origin(hint) is dict:
        return {}
    if typing.get_origin(hint) in (tuple, list):
        return [_by_type(name, typing.get_args(hint)[0], names, used)]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint)).value
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return {f.name: _by_type(f.name, hints[f.name], names, used) for f in dataclasses.fields(hint)}
    plain = {str: "说明", UUID: named_id(name), int: 1, float: 1.0, bool: True, datetime: SOON, date: SOON.date(),
             time: time(8), bytes: b"x"}  # fmt: skip
    return plain[hint]


def _plain(value: Any) -> Any:
    return (
        value.isoformat() if isinstance(value, datetime | date) else value.value if isinstance(value, Enum) else value
    )

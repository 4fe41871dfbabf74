"""The demonstration's shops and signs: as many as the seed article counts in the street (1,221 and 1,569), each made up and marked so, on
the street's real unit grids and roads. Now and then an inspector finds one that is about to fall, it is put right and somebody
else looks again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from random import Random
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.kit.errors import NotFound
from yiwang.kit.ids import named_id, new_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.model import Actor
from yiwang.register.actions_checkin import check_in
from yiwang.register.actions_import import link_many
from yiwang.register.actions_round import open_round
from yiwang.register.actions_step import take_step
from yiwang.register.model import ThingRow, thing_id
from yiwang.register.model_kind import Kind
from yiwang.register.model_owed import CheckIn
from yiwang.register.model_round import OpenRound, RoundKind
from yiwang.register.model_step import TakeStep
from yiwang.register.queries import Wanted, find_rows, list_things
from yiwang.register.queries_round import get_round, list_left
from yiwang.register.queries_step import list_steps
from yiwang.register.rules_file import columns_of
from yiwang.scenes.model import Town
from yiwang.scenes.signs.model import SHOP, SIGN, Material, Trade
from yiwang.scenes.signs.model_permit import why_permit
from yiwang.scenes.signs.model_step import Seen, SignCheck
from yiwang.scenes.town import SETUP, bring_in, last_turn, spot_in

SHOPS, SIGNS = 1_221, 1_569
"""老西门街道, seed article 000."""
NAMES: Mapping[str, Sequence[str]] = {
    "餐饮": ("老味道面馆", "家常小厨", "生煎铺", "茶餐厅", "砂锅店"), "食品零售": ("便利店", "水果店", "糕团铺", "茶叶店"),
    "服装鞋帽": ("服装店", "鞋店", "裁缝铺"), "理发美容": ("理发店", "美容店"), "药店诊所": ("药房", "口腔诊所"),
    "五金建材": ("五金店", "灯具店"), "文具书店": ("文具店", "书店"), "维修服务": ("修表铺", "配钥匙铺", "家电维修"),
    "房产中介": ("房产中介",), "金融通信": ("银行网点", "手机店"), "其他": ("花店", "洗衣店", "宠物店"),
}  # fmt: skip
FORMS = (
    ("平面附着", 46),
    ("立体字", 20),
    ("箱体式整体", 14),
    ("小型垂直", 12),
    ("大型垂直", 3),
    ("落地式", 3),
    ("电子显示屏", 2),
)
FINDERS, DESK = ("wang.lei", "zhao.xin", "liu.hang", "lin.feng", "yang.cheng", "song.jia"), "zhang.min"
JUTTING = {"form": "大型垂直"}
SEEN_BEFORE = 16
MOST_UNSAFE = 4
"""So many at once; then what there is is put right first."""


def enter(town: Town) -> None:
    """The files again at each start: the same shops and signs; what was found of them since stays as it is."""
    shops = list(_shops(town))
    signs = list(_signs(town, shops))
    _take_in(town, SHOP, shops)
    _take_in(town, SIGN, signs)
    pairs = [(thing_id("sign", s["code"]), thing_id("shop", s["shop"])) for s in signs]
    link_many(town.tx, SETUP, SIGN, "of", town.street, pairs)
    _find_one_about_to_fall(town, [s["code"] for s in signs])
    _round_up(town)


def _find_one_about_to_fall(town: Town, codes: Sequence[str]) -> None:
    """Once a day, some hours ago, on patrol: it becomes a case of four hours."""
    random = town.dice(f"sign {_today(town)}")
    [sign] = find_rows(town.tx, EVERYTHING, [thing_id("sign", random.choice(codes))])
    seen = list_steps(town.tx, EVERYTHING, sign.id, limit=1)
    if sign.state == "up" and not (seen and seen[0].at > town.now - timedelta(days=1)):
        with town.at(town.now - timedelta(hours=3)) as then:
            form = {"grade": "D", "items": ["松动", "倾斜"]}
            _take(then, sign, "hazard_check", random.choice(FINDERS), form)


def _round_up(town: Town) -> None:
    """Before the typhoon: every sign that juts out is looked at by tomorrow night, each grid by who patrols it; since this
    morning some were."""
    id = _round_id(town)
    try:
        get_round(town.tx, EVERYTHING, id)
    except NotFound:
        cmd = OpenRound(
            id,
            "台风前招牌排查（演示）",
            "sign",
            RoundKind.check,
            town.street,
            town.now + timedelta(days=2),
            attributes=JUTTING,
        )
        with town.at(town.now - timedelta(hours=6)) as then:
            open_round(then.tx, then.who(DESK), cmd)
        for n in range(SEEN_BEFORE):
            with town.at(town.now - timedelta(minutes=20 * (SEEN_BEFORE - n))) as then:
                _look_at_left(then)


def _round_id(town: Town) -> UUID:
    return named_id(f"demo:round:{_today(town):%Y-%m}")


def _look_at_left(town: Town) -> str:
    """Somebody looks at one of those that the round-up has left; "" where none is."""
    left = list_left(town.tx, EVERYTHING, _round_id(town), limit=1)
    if not left:
        return ""
    [sign] = left
    by = next((who for who in map(town.who, FINDERS) if who.id == sign.person_id), town.who(FINDERS[0]))
    sound = {f.name: get_args(Seen)[0] for f in fields(SignCheck)}
    cmd = CheckIn(new_id(), sign.id, town.now, None, sign.lon, sign.lat, 8.0, "演示手机", form=sound)
    check_in(town.tx, by, cmd)
    return f"check_in {sign.code}"


def _in_state(town: Town, state: str, limit: int) -> list[ThingRow]:
    return list_things(town.tx, EVERYTHING, Wanted("sign", state, ended=True), limit=limit)


def _take_in(town: Town, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> None:
    names = [name for name in columns_of(kind) if name in rows[0]]
    bring_in(town, kind, names, ([row[name] for name in names] for row in rows))


def _shops(town: Town) -> Iterator[dict[str, Any]]:
    random, today = town.dice(SHOPS), _today(town)
    for n in range(1, SHOPS + 1):
        grid, road = random.choice(town.grids), random.choice(town.roads)
        lon, lat = spot_in(grid, random)
        trade = random.choice(get_args(Trade))
        address = f"{road}{random.randrange(1, 900)}号"
        yield {
            "code": f"{town.street}-P{n:05d}", "name": f"{road[:2]}{random.choice(NAMES[trade])}", "address": address,
            "x": lon, "y": lat, "placed": True, "state": "空置" if random.random() < 0.04 else "营业",
            "trade": trade, "storey": 1 if random.random() < 0.9 else 2, "frontage_m": random.choice((3, 4, 4.5, 6, 8, 12)),
            "opened_on": (today.replace(day=1, month=1) - timedelta(days=365 * random.randrange(1, 20))).replace(day=1).isoformat(),
            "dining": trade == "餐饮", "party_responsible": f"{town.street}-shichang",
        }  # fmt: skip


def _signs(town: Town, shops: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """One a shop, and a second one for some."""
    random, today = town.dice(SIGNS), _today(town)
    forms, weights = [form for form, _ in FORMS], [weight for _, weight in FORMS]
    second = random.sample(range(SHOPS), SIGNS - SHOPS)
    for n, at in enumerate((*range(SHOPS), *second), 1):
        shop, form = shops[at], random.choices(forms, weights)[0]
        code = f"{town.street}-Z{n:05d}"
        storey = 1 if random.random() < 0.88 else random.randrange(2, 6)
        height = round(random.uniform(0.6, 1.6) if form != "大型垂直" else random.uniform(3, 9), 1)
        height = round(random.uniform(1.2, 4), 1) if form == "落地式" else height
        sign: dict[str, Any] = {
            "code": code, "name": f"{shop['name']}招牌", "address": shop["address"], "x": shop["x"], "y": shop["y"], "placed": True,
            "form": form, "class_": "店招", "width_m": round(random.uniform(1.5, 9), 1), "height_m": height, "storey": storey,
            "above_m": round(height + (0 if form == "落地式" else 3.2 * storey), 1), "material": random.choice(get_args(Material)),
            "lit": random.random() < 0.6, "large": form in ("大型垂直", "电子显示屏"), "historic": random.random() < 0.05,
            "put_up_on": f"{random.randrange(2012, today.year)}-0{random.randrange(1, 10)}-15",
            "grade": random.choices(("A", "B", None), (72, 20, 8))[0], "checked_on": last_turn(today, code, 362),
            "tested_on": last_turn(today, code, 720) if form in ("大型垂直", "电子显示屏") else None, "shop": shop["code"],
            "party_responsible": f"{town.street}-lvhua",
            "party_third_party": f"{town.street}-shizheng" if form in ("大型垂直", "电子显示屏") else None,
        }  # fmt: skip
        needs, has = bool(why_permit(sign)), random.random() < 0.85
        sign["paper"] = ("许可" if needs else "告知承诺") if has else None
        sign["paper_no"] = f"沪黄招{'许' if needs else '诺'}〔{today.year - n % 4}〕{n:04d}" if has else None
        yield sign


def _today(town: Town) -> date:
    return town.now.astimezone(ZoneInfo(town.zone)).date()


def live(town: Town, random: Random) -> str:
    """Now and then one of those of the round-up is looked at. What was put right is looked at again; else what is unsafe is put right; else an inspector finds one about to fall."""
    if random.random() < 0.3 and (seen := _look_at_left(town)):
        return seen
    mended, unsafe = _in_state(town, "mended", 20), _in_state(town, "hazard", 20)
    if mended and random.random() < 0.6:
        return _take(town, random.choice(mended), "recheck", random.choice(FINDERS), {"passed": True, "grade": "A"})
    if len(unsafe) >= MOST_UNSAFE or (unsafe and random.random() < 0.4):
        return _take(town, random.choice(unsafe), "rectify", DESK, {"done": "已加固固定件并更换锈蚀螺栓"})
    up = _in_state(town, "up", 500)
    if not up:
        return ""
    sign, grade = random.choice(up), random.choices("ABCD", (35, 20, 25, 20))[0]
    items = {"C": ["锈蚀", "面板破损"], "D": ["松动", "倾斜"]}.get(grade, [])
    return _take(town, sign, "hazard_check", random.choice(FINDERS), {"grade": grade, "items": items})


def _take(town: Town, sign: ThingRow, step: str, login: str, form: dict[str, Any]) -> str:
    by: Actor = town.who(login)
    photo = town.photo(by, sign.lon, sign.lat)
    cmd = TakeStep(new_id(), sign.id, step, town.now, form, (photo,), sign.lon, sign.lat, 8.0)
    take_step(town.tx, by, cmd)
    return f"{step} {sign.code}"

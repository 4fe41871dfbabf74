"""店招店牌: shops and their signs, one file each (MISSION S2). What a sign's file holds follows 上海市户外招牌设置管理办法
(沪府令第41号, 2021); nothing of it names a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from yiwang.network.model import PostKind
from yiwang.register.model_kind import Kind, Role, Step
from yiwang.scenes.signs.model_step import PAPERS, STEPS, UNSAFE, Grade, Paper, SignCheck

Trade = Literal[
    "餐饮",
    "食品零售",
    "服装鞋帽",
    "理发美容",
    "药店诊所",
    "五金建材",
    "文具书店",
    "维修服务",
    "房产中介",
    "金融通信",
    "其他",
]
TRADES = {
    "en": (
        "restaurant", "food shop", "clothes and shoes", "hairdresser, beauty", "pharmacy, clinic", "hardware", "stationery, books", "repairs",
        "estate agent", "bank, telephones", "other",
    )
}  # fmt: skip
Form = Literal["平面附着", "立体字", "箱体式整体", "小型垂直", "大型垂直", "落地式", "电子显示屏"]
FORMS = {
    "en": (
        "flat on the wall",
        "raised letters",
        "box in one piece",
        "small, jutting out",
        "large, jutting out",
        "free-standing",
        "screen",
    )
}
Class = Literal["店招", "单位名称", "建筑物名称", "标志标识"]
CLASSES = {"en": ("shop sign", "name of a body", "name of a building", "mark")}
Material = Literal["铝塑板", "亚克力", "金属", "木质", "软膜灯箱", "发光二极管", "其他"]
MATERIALS = {"en": ("aluminium composite", "acrylic", "metal", "wood", "soft-film light box", "LED", "other")}


@dataclass(frozen=True, slots=True)
class Shop:
    trade: Annotated[Trade, Meta(title="业态", description="Trade", extra=TRADES)]
    storey: Annotated[int, Meta(title="所在层", description="Storey", ge=-3, le=60)] = 1
    frontage_m: (
        Annotated[float, Meta(title="门面宽", description="Frontage", ge=0.5, le=200, extra={"unit": "m"})] | None
    ) = None
    licence: Annotated[str, Meta(title="营业执照编号", description="Business licence", max_length=40)] = ""
    opened_on: Annotated[date, Meta(title="开业日期", description="Opened on")] | None = None
    dining: Annotated[bool, Meta(title="有油烟", description="Cooks")] = False


@dataclass(frozen=True, slots=True)
class Sign:
    """`above_m`: of its top above the ground; `height_m`: its own. `large`: what the two-yearly test is asked of."""

    form: Annotated[Form, Meta(title="设置形式", description="Form", extra=FORMS)]
    class_: Annotated[Class, Meta(title="类别", description="Class", extra=CLASSES)] = "店招"
    width_m: Annotated[float, Meta(title="宽", description="Width", ge=0.1, le=100, extra={"unit": "m"})] | None = None
    height_m: Annotated[float, Meta(title="高", description="Height", ge=0.1, le=60, extra={"unit": "m"})] | None = None
    above_m: (
        Annotated[float, Meta(title="离地高度", description="Above ground", ge=0, le=300, extra={"unit": "m"})] | None
    ) = None
    storey: Annotated[int, Meta(title="设置楼层", description="Storey", ge=-3, le=100)] | None = None
    material: Annotated[Material, Meta(title="材质", description="Material", extra=MATERIALS)] | None = None
    lit: Annotated[bool, Meta(title="有照明", description="Lit")] = False
    large: Annotated[bool, Meta(title="大型", description="Large")] = False
    historic: Annotated[bool, Meta(title="在历史风貌区或保护建筑", description="Historic place")] = False
    put_up_on: Annotated[date, Meta(title="设置日期", description="Put up on")] | None = None
    maker: Annotated[str, Meta(title="设计制作单位", description="Designer and maker", max_length=100)] = ""
    paper: Annotated[Paper, Meta(title="手续", description="Paper", extra=PAPERS)] | None = None
    paper_no: Annotated[str, Meta(title="手续编号", description="Its number", max_length=60)] = ""
    paper_until: Annotated[date, Meta(title="有效期至", description="Good until")] | None = None
    grade: Annotated[Grade, Meta(title="隐患等级", description="Grade of hazard")] | None = None
    graded_on: Annotated[date, Meta(title="上次排查", description="Graded on")] | None = None
    checked_on: Annotated[date, Meta(title="上次安全检查", description="Last safety check")] | None = None
    tested_on: Annotated[date, Meta(title="上次检测", description="Last test")] | None = None


P = PostKind
SHOP = Kind(
    "shop", "商铺", "shop", Shop,
    states={"open": ("营业", "open"), "empty": ("空置", "empty"), "gone": ("已撤", "gone")}, ended=frozenset({"gone"}),
    keepers=frozenset({P.operator, P.inspector, P.coordinator}), code=re.compile(r"\d{9}-P\d{5}"),
    code_of=("街镇代码-P序号，如 310101019-P00001", "street code, P and a number, as 310101019-P00001"),
    roles=(Role.owner, Role.keeper, Role.responsible),
    steps=(
        Step("close", "停业空置", "close", frozenset({"open"}), to="empty", posts=frozenset({P.operator, P.inspector})),
        Step("reopen", "开业", "open", frozenset({"empty"}), to="open", posts=frozenset({P.operator, P.inspector})),
    ),
)  # fmt: skip
SIGN = Kind(
    "sign", "招牌", "sign", Sign,
    states={
        "up": ("在设", "up"), "hazard": ("有隐患", "hazard"), "mended": ("待复查", "to be checked again"),
        "taken_down": ("已拆除", "taken down"),
    },
    ended=frozenset({"taken_down"}), keepers=frozenset({P.operator, P.inspector, P.coordinator}),
    code=re.compile(r"\d{9}-Z\d{5}"),
    code_of=("街镇代码-Z序号，如 310101019-Z00001", "street code, Z and a number, as 310101019-Z00001"),
    checkers=frozenset({P.handler}), links={"of": ("属于", "of")}, damage=UNSAFE, check={"": SignCheck}, steps=STEPS,
)  # fmt: skip

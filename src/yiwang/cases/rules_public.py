"""What the public may be told, and by what they show who they are. Pure.

Shown of a case: when which step was done, by which unit. Never: names of staff, words of others, doubts, requests between
units, places of what is not in the open street (PIPL art. 6: no more than the purpose needs).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from yiwang.cases.model import Case, Order, OrderState, Step
from yiwang.cases.model_public import Closed, Consent, Happened, Stage
from yiwang.cases.rules_clock import is_on_time
from yiwang.city.model_rules import Kind, Matter
from yiwang.ledger.model_proof import FeedEntry

CONSENT = Consent(
    "2026-11",
    "您提交的照片、位置和文字用于办理这件事，由受理、处置和核查的工作人员查看；公开地图上只显示问题类别和大致位置（约 50 米），"
    "楼内和涉及个人的问题只按网格计数。手机号可以不填：填了只用于与您联系、供您凭短信查进度，加密保存，工作人员看到的是打码的号码，"
    "查看完整号码须说明事由并留痕。您可以随时要求删除手机号。请不要在文字里写姓名、证件号和门牌以外的个人信息，拍照时避开人脸和车牌。"
    "办理过程写入不可更改的台账，台账里只有摘要，没有您的个人信息。",
    "The photos, the position and the words you send are used to settle this matter; those who accept, handle and verify it"
    " see them. The public map shows only the kind of problem and roughly where (some 50 m); what lies inside buildings or"
    " concerns persons is only counted per grid. The telephone is optional: it serves to reach you and to let you follow by"
    " a text message; it is kept encrypted, staff see it masked, and whoever needs it whole must say why, on record. You"
    " may ask for it to be erased at any time. Please write no names or identity numbers, and keep faces and number plates"
    " out of the picture. What is done is kept in a ledger that nobody can change; it holds digests, not your data.",
)
GB = "GB/T 47678.5-2026"
EXT = "YIWANG-EXT"
COMMON: tuple[tuple[str, str], ...] = (
    (GB, "06010"), (GB, "06011"), (GB, "06036"), (GB, "06012"), (GB, "06042"), (GB, "06013"), (GB, "01023"), (GB, "01037"),
    (GB, "09012"), (GB, "09009"), (GB, "09010"), (GB, "09011"), (GB, "09005"), (GB, "09006"), (GB, "09001"), (GB, "07001"),
    (GB, "06030"), (GB, "06027"), (GB, "06028"), (GB, "08001"), (GB, "04002"), (GB, "10002"), (EXT, "21006"), (EXT, "21011"),
    (EXT, "22001"), (EXT, "22002"), (EXT, "28003"),
)  # fmt: skip
"""What residents report most (our own choice); whoever wants none of them leaves it to whoever accepts the report."""
OTHER = (EXT, "29001")

BITS = 12
"""Leading zero bits asked of a report's digest: some thousand tries, a blink on any phone, dear by the million."""
TICKET_LEAST, TICKET_MOST = timedelta(seconds=2), timedelta(hours=12)
FOLLOW_LASTS = timedelta(hours=2)
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter looks like a digit."""
CODE_LENGTH = 10
SHOWN_DAYS = 30
LATTICE = 0.0005
"""Degrees: 55 m north to south, 47 m east to west at Shanghai's latitude."""
OPEN_MAJORS = {
    "component": {"01", "02", "03", "04"},
    "matter": {"01", "02", "03", "04", "06", "07", "08", "09", "10"},
}
NOT_ON_MAP = {
    "06001", "06002", "06003", "06005", "06027", "06028", "06038", "06033", "08001", "08016", "09003", "09008", "09013", "09015",
}  # fmt: skip
"""What is at somebody's home or shop, or is about persons (built without leave, fumes, noise, begging …): per grid only.
Of our own extensions only what stands in the open street."""
EXT_ON_MAP = {"21005", "21006", "21011", "28003"}


# ── codes, telephones, work ───────────────────────────────────────────────────────────────────────────────────────────


def follow_code(case_id: UUID, key: str) -> str:
    """The code of a report: 50 bits of the client's secret, so that the same report sent again has the same code."""
    number = int.from_bytes(sha256(f"yiwang follow\n{case_id}\n{key}".encode()).digest()[:8], "big")
    letters = [CODE_LETTERS[number >> 5 * n & 31] for n in range(CODE_LENGTH)]
    return f"{''.join(letters[:5])}-{''.join(letters[5:])}"


def plain_code(text: str) -> str:
    """A code as people type it: small letters, spaces, O for 0."""
    return re.sub(r"[^0-9A-Z]", "", text.upper()).translate(str.maketrans("OIL", "011"))


def plain_phone(text: str) -> str:
    """Digits alone, without China's own prefix."""
    digits = re.sub(r"\D", "", text)
    return re.sub(r"^(00)?86(?=1\d{10}$)", "", digits)


def is_same(one: str, other: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def is_worked(ticket: str, case_id: UUID, nonce: int, bits: int = BITS) -> bool:
    """Does SHA-256 of `ticket:id:nonce` begin with so many zero bits (hashcash)?"""
    found = sha256(f"{ticket}:{case_id}:{nonce}".encode()).digest()
    return int.from_bytes(found[:4], "big") >> (32 - bits) == 0


# ── what they may choose ──────────────────────────────────────────────────────────────────────────────────────────────


def offered(matters: Mapping[tuple[str, Kind, str], Matter]) -> list[Matter]:
    """The short list of public matters that this catalogue has."""
    found = (matters.get((scheme, Kind.matter, code)) for scheme, code in COMMON)
    return [m for m in found if m is not None]


def choose_matter(matters: Mapping[tuple[str, Kind, str], Matter], code: str | None) -> Matter | None:
    """The one chosen of the list, or, where none is, the one that says so; None when there is no such."""
    if code is None:
        return matters.get((OTHER[0], Kind.matter, OTHER[1]))
    return next((m for m in offered(matters) if m.code == code), None)


# ── the course in plain words ─────────────────────────────────────────────────────────────────────────────────────────

STAGES: tuple[tuple[str, str, str, str], ...] = (
    ("reported", "上报", "Reported", "reported_at"),
    ("accepted", "受理", "Accepted", "accepted_at"),
    ("filed", "立案", "Filed", "filed_at"),
    ("dispatched", "派遣", "Dispatched", "dispatched_at"),
    ("handled", "处置", "Handled", "handled_at"),
    ("verified", "核查", "Verified on the spot", "verified_at"),
    ("closed", "结案", "Closed", "closed_at"),
)
DOING = {
    Step.reported: "accepted", Step.checking: "accepted", Step.accepted: "filed", Step.filed: "dispatched",
    Step.handling: "handled", Step.handled: "verified", Step.verified: "closed",
}  # fmt: skip


def stages_of(case: Case) -> list[Stage]:
    """The seven steps. What an emergency skipped, or a reopening undid, shows no time until it is made good."""
    return [Stage(step, zh, en, getattr(case, column), DOING.get(case.step) == step) for step, zh, en, column in STAGES]


def tell_public(entries: Iterable[FeedEntry], report_id: UUID) -> list[Happened]:
    """What of a case's course concerns its reporter, in words."""
    told = []
    for e in entries:
        say = _SAID.get(e.event)
        words = say(msgspec.json.decode(e.body), str(report_id)) if say else None
        if words:
            told.append(Happened(e.at, *words))
    return told


Body = dict[str, Any]
Words = tuple[str, str] | None


def _dispatched(body: Body, _: str) -> Words:
    zh, en = "、".join(body["assist_names"]), ", ".join(body["assist_names"])
    return (
        f"已派给{body['lead_name']}办理" + (f"，{zh}协助" if zh else ""),
        f"Given to {body['lead_name']}" + (f", assisted by {en}" if en else ""),
    )


def _checked(body: Body, _: str) -> Words:
    if body["found"]:
        return "现场核实：情况属实", "Checked on the spot: it is so"
    return "现场核实：没有看到所反映的问题", "Checked on the spot: the problem was not found"


def _verified(body: Body, _: str) -> Words:
    if body["passed"]:
        return "另一个人到现场核查：已经办好", "Somebody else went to look: it is done"
    return "另一个人到现场核查：没有办好，退回重做", "Somebody else went to look: not done, sent back"


def _decided(body: Body, _: str) -> Words:
    if not (body["granted"] and body["final"]):
        return None
    return {
        "extend": ("经批准延长了期限", "The deadline was extended, with approval"),
        "suspend": ("经批准暂缓办理，条件具备后恢复", "Put off with approval, until it can be done"),
        "bounce": ("原单位退回，重新派遣", "Its unit gave it back; it is given to another"),
    }.get(body["kind"])


def _rated(body: Body, report: str) -> Words:
    if body["report"] != report:
        return None
    zh, en = ("已解决", "solved") if body["solved"] else ("没有解决", "not solved")
    return f"您的评价：{body['rating']} 分，{zh}", f"Your word: {body['rating']} of 5, {en}"


_SAID: Mapping[str, Any] = {
    "case.reported": lambda b, r: ("收到上报", "The report came in"),
    "case.accepted": lambda b, r: ("已受理：这件事归我们管", "Accepted: it is ours to look after"),
    "case.declined": lambda b, r: ("不予受理", "Declined"),
    "case.check_asked": lambda b, r: ("已派人到现场核实", "Somebody is sent to look"),
    "case.check_answered": _checked,
    "case.filed": lambda b, r: (
        "已立案" + (f"，处置时限{b['limit']}" if b["limit"] else ""), "Filed: the limit for handling runs from now",
    ),
    "case.reclassified": lambda b, r: (
        f"归入“{b['matter_name']}”办理", "Put under the kind of problem that it is",
    ),
    "case.handled_on_spot": lambda b, r: ("当场处置", "Put right on the spot"),
    "case.dispatched": _dispatched,
    "case.assist_added": lambda b, r: (f"增加{b['unit_name']}协助", f"{b['unit_name']} assists as well"),
    "case.order_taken": lambda b, r: (f"{b['unit_name']}已接单", f"{b['unit_name']} has taken it"),
    "case.order_finished": lambda b, r: (f"{b['unit_name']}报告处置完成", f"{b['unit_name']} says that it is done"),
    "case.verified": _verified,
    "case.closed": lambda b, r: ("已结案", "Closed"),
    "case.voided": lambda b, r: ("经复核作废", "Made void after a review"),
    "case.reopened": lambda b, r: ("反映没有解决，重新办理", "Not solved: it is opened again"),
    "case.report_rated": _rated,
    "case.request_decided": _decided,
    "case.resumed": lambda b, r: ("恢复办理", "Taken up again"),
    "case.merged": lambda b, r: ("与另一件同样的问题合并办理", "Handled together with another report of the same problem"),
    "case.unmerged": lambda b, r: ("恢复单独办理", "Handled by itself again"),
    "case.emergency_declared": lambda b, r: ("按应急处置，有关单位同时到场", "An emergency: all units concerned are called at once"),
    "case.limit_passed": lambda b, r: ("超过了时限，仍在办理", "The time limit has passed; work goes on"),
    "case.reporter_texted": lambda b, r: (
        ("已发短信告知您", "You were told by text message") if b["sent"] and b["report"] == r else None
    ),
    "case.contact_erased": lambda b, r: ("您留下的联系方式已删除", "Your telephone has been erased"),
}  # fmt: skip


def close_of(case: Case, orders: Sequence[Order]) -> Closed | None:
    if case.step is not Step.closed or case.closed_at is None:
        return None
    units = [o.unit_name for o in orders if o.state is OrderState.done]
    return Closed(
        case.close_condition,
        list(dict.fromkeys(units)),
        case.handled_at,
        case.verified_at,
        case.closed_at,
        is_on_time(case),
    )


# ── the map ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def rounded(lon: float, lat: float) -> tuple[float, float]:
    """The nearest point of the lattice."""
    return round(round(lon / LATTICE) * LATTICE, 4), round(round(lat / LATTICE) * LATTICE, 4)


def day_of(at: datetime, zone: Any) -> str:
    return at.astimezone(zone).date().isoformat()


def on_time_share(on_time: int, closed: int) -> float | None:
    return round(100 * on_time / closed, 1) if closed else None

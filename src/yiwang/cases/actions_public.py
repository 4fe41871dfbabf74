"""The public without an account: reporting, following by a code, rating.

Whoever reports so is known by nothing but their report: its reporter's id is made from the report's own. Following holds
the database itself: a wrong code must be counted although the request fails.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from yiwang.cases import actions_report, actions_verify, queries_public, rules_public, store_contact, store_public
from yiwang.cases.model import Channel, PhotoKind
from yiwang.cases.model_commands import Contact, PhotoUse, RateReport, ReportCase
from yiwang.cases.model_contact import SealedContact
from yiwang.cases.model_public import (
    MOST_PHOTOS,
    AskCode,
    CodeAsked,
    ConsentGiven,
    Follow,
    Followed,
    PublicMatter,
    RatePublicly,
    ReportPublicly,
    Start,
    Taken,
)
from yiwang.cases.queries_public import FollowRow
from yiwang.city.queries_rules import get_catalogue
from yiwang.kit import secret, sms
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Invalid, NotFound, Refused, Unauthenticated, Unavailable
from yiwang.kit.ids import named_id
from yiwang.ledger.actions import record
from yiwang.ledger.actions_receipt import make_receipt
from yiwang.network.model import Actor, ActorKind

CODE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Follower:
    """Whoever showed a ticket: the report's own reporter."""

    case_id: UUID
    actor: Actor


def reporter_of(report_id: UUID) -> Actor:
    """The resident who made this report, and nothing else."""
    return Actor(named_id(f"public:{report_id}"), "市民", (), ActorKind.public)


def start(tx: Tx) -> Start:
    """A ticket for a report, and what can be chosen in it."""
    matters = rules_public.offered(get_catalogue(tx).matters)
    return Start(
        _seal("report", b"", tx.now), rules_public.BITS, rules_public.CONSENT,
        [PublicMatter(m.code, m.name, m.english) for m in matters], queries_public.find_areas(tx), MOST_PHOTOS,
        sms.is_there(), sms.is_shown(),
    )  # fmt: skip


def demand_ticket(ticket: str, now: datetime) -> None:
    """Invalid unless the page was opened here, some seconds ago at least and not yesterday."""
    made = _open("report", ticket)
    if made is None or not rules_public.TICKET_LEAST <= now - made[1] <= rules_public.TICKET_MOST:
        raise Invalid(
            "public.ticket",
            "页面打开太久或太快，请再提交一次",
            "The page was open too long or not long enough: please send it once more",
        )


def report_publicly(tx: Tx, actor: Actor, cmd: ReportPublicly) -> Taken:
    """上报 by a resident: an ordinary report by the channel `public`, with the consent that came with it (which text, when)
    and the digest of its code. The same again is answered the same."""
    if not rules_public.is_worked(cmd.ticket, cmd.id, cmd.nonce):
        raise Invalid(
            "public.work",
            "提交校验未通过，请再提交一次",
            "The check that came with it does not hold: please send it once more",
        )
    if cmd.consent != rules_public.CONSENT.version:
        raise Refused(
            "public.consent", "个人信息告知已更新，请看过再提交", "The notice on personal data has changed: please read it and send again",
            version=rules_public.CONSENT.version,
        )  # fmt: skip
    matter = rules_public.choose_matter(get_catalogue(tx).matters, cmd.matter_code)
    if matter is None:
        raise Invalid("public.matter", "请在列出的类别里选一项", "Please choose one of the kinds listed")
    case = actions_report.report_case(
        tx, actor,
        ReportCase(
            cmd.id, Channel.public, cmd.description, matter.kind.value, matter.code, matter.scheme, lon=cmd.lon, lat=cmd.lat,
            datum=cmd.datum, accuracy_m=cmd.accuracy_m, area_code=cmd.area_code, place=cmd.place,
            photos=tuple(PhotoUse(sha, PhotoKind.near) for sha in cmd.photos),
            contact=Contact(phone=rules_public.plain_phone(cmd.phone)) if cmd.phone else None,
        ),
    )  # fmt: skip
    digests = _digests("code", rules_public.follow_code(cmd.id, cmd.key))
    kept = store_public.ADD_FOLLOW.one(
        tx, case_id=case.id, digest=digests[0], consent=cmd.consent, now=case.reported_at
    )
    if kept not in digests:
        raise Refused("case.exists", "这个编号已被别人使用", "This id is already used by somebody else")
    if case.reported_at == tx.now:
        record(tx, actor.by(None), ConsentGiven(case.id, cmd.consent))
    return Taken(case.number, case.reported_at)


def ask_code(database: Database, cmd: AskCode) -> CodeAsked:
    """Send a code to the telephone left with the report, for ten minutes and five tries. Answer, work and time are the same
    when there is no such report, or another telephone."""
    if not sms.is_there():
        raise Unavailable(
            "public.no_sms",
            "本系统没有接短信，请用查询码查进度",
            "No text messages here: please use the code of your report",
        )
    code = f"{secrets.randbelow(10**6):06d}"
    phone = rules_public.plain_phone(cmd.phone)
    with database.transaction() as tx:
        key = _digests("phone", f"{cmd.number.upper()}\n{phone}")[0]
        if store_public.ADD_CODE.maybe(tx, key=key, digest=_digests("sent", code)[0]) is None:
            raise Refused("public.code_sent", "刚发过，请一分钟后再试", "One was just sent: please wait a minute")
        is_theirs = _phone_of(queries_public.find_followed(tx, cmd.number)) == phone
    if is_theirs:
        sms.post(phone, f"您查询上报进度的验证码是 {code}，十分钟内有效。请勿告诉他人。")
    return CodeAsked(CODE_SECONDS, code if sms.is_shown() else None)


def follow(database: Database, cmd: Follow) -> Followed:
    """A report's course, for its code or for telephone and the code sent to it. NotFound alike for whatever is wrong."""
    with database.transaction() as tx:
        sent = _try_sent(tx, cmd) if cmd.phone else None
    with database.transaction() as tx:
        row = queries_public.find_followed(tx, cmd.number)
        kept = row.digest if row else b""
        if cmd.phone:
            phone = rules_public.plain_phone(cmd.phone)
            right = sent is True and row is not None and rules_public.is_same(_phone_of(row), phone)
        else:
            code = rules_public.plain_code(cmd.code)
            shown = f"{code[:5]}-{code[5:]}"
            right = _is_one_of(kept, _digests("code", shown))
        if row is None or not right:
            raise _not_found()
        return replace(queries_public.get_followed(tx, row.case_id), ticket=follow_ticket(row.case_id, tx.now))


def follow_ticket(case_id: UUID, now: datetime) -> str:
    """What opens photos, receipt and rating of this report for two hours."""
    return _seal("follow", case_id.bytes, now + rules_public.FOLLOW_LASTS)


def follower_of(ticket: str, now: datetime) -> Follower:
    """Whoever holds a ticket that `follow` gave; Unauthenticated."""
    found = _open("follow", ticket)
    if found is None or found[1] < now or len(found[0]) != 16:
        raise Unauthenticated(
            "public.ticket_over",
            "查询已过期，请重新输入编号和查询码",
            "This has expired: please enter number and code again",
        )
    case_id = UUID(bytes=found[0])
    return Follower(case_id, reporter_of(case_id))


def get_followed(tx: Tx, follower: Follower) -> Followed:
    """The same again, while the ticket lasts."""
    return queries_public.get_followed(tx, follower.case_id)


def get_receipt(tx: Tx, follower: Follower, number: str) -> str:
    """The receipt of one's own report; NotFound for another's number."""
    row = queries_public.find_followed(tx, number)
    if row is None or row.case_id != follower.case_id:
        raise _not_found()
    return make_receipt(tx, follower.case_id)


def demand_photo(tx: Tx, follower: Follower, sha256: str) -> None:
    """NotFound unless it is one's own, or shows what was done."""
    if not queries_public.is_photo_shown(tx, follower.case_id, follower.actor.id, sha256):
        raise NotFound("photo.unknown", "没有这张照片", "No such photo")


def rate_publicly(tx: Tx, actor: Actor, cmd: tuple[UUID, RatePublicly]) -> Followed:
    """评价, once; "not solved" reopens the case, once."""
    case_id, said = cmd
    actions_verify.rate_report(tx, actor, RateReport(case_id, case_id, said.rating, said.solved, said.text))
    return queries_public.get_followed(tx, case_id)


def purge(tx: Tx) -> int:
    """Forget codes that were sent long ago; periodic."""
    return store_public.PURGE_CODES.run(tx)


def _try_sent(tx: Tx, cmd: Follow) -> bool:
    """Count one try; is it the code that was sent?"""
    keys = _digests("phone", f"{cmd.number.upper()}\n{rules_public.plain_phone(cmd.phone or '')}")
    kept = store_public.TRY_CODE.maybe(tx, keys=keys) or b""
    right = _is_one_of(kept, _digests("sent", cmd.code.strip()))
    if right:
        store_public.DROP_CODE.run(tx, keys=keys)
    return right


def _not_found() -> NotFound:
    return NotFound(
        "public.not_found",
        "编号与查询码（或手机、验证码）不符，请核对后再试",
        "Number and code (or telephone and code) do not fit; please check them",
    )


def _phone_of(row: FollowRow | None) -> str:
    """The telephone left with a report; empty where there is none."""
    if row is None or row.contact_id is None or row.sealed is None:
        return ""
    _, phone, _ = store_contact.open_contact(SealedContact(row.contact_id, row.sealed, None, None, None))
    return rules_public.plain_phone(phone)


def _is_one_of(digest: bytes, known: list[bytes]) -> bool:
    return any(hmac.compare_digest(digest, one) for one in known)


def _digests(kind: str, text: str) -> list[bytes]:
    return secret.ring().digests(f"public {kind}\n{text}".encode())


def _seal(kind: str, what: bytes, at: datetime) -> str:
    """A ticket that nobody else can make: what it is for, and an instant."""
    said = int(at.timestamp()).to_bytes(8, "big") + what
    return urlsafe_b64encode(said + secret.ring().digests(f"ticket {kind}\n".encode() + said)[0]).decode().rstrip("=")


def _open(kind: str, ticket: str) -> tuple[bytes, datetime] | None:
    try:
        data = urlsafe_b64decode(ticket.encode() + b"=" * (-len(ticket) % 4))
    except ValueError:
        return None
    said, digest = data[:-32], data[-32:]
    if len(said) < 8 or not _is_one_of(digest, secret.ring().digests(f"ticket {kind}\n".encode() + said)):
        return None
    return said[8:], datetime.fromtimestamp(int.from_bytes(said[:8], "big"), tz=UTC)

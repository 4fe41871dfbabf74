"""短信告知: a resident without an account is told once that there is news of their report, and nothing of what it was."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import msgspec
import pytest

import resident
from resident import PHONE
from world import NOON, Play, settle
from yiwang.cases import (
    actions_contact,
    actions_file,
    actions_merge,
    actions_request,
    actions_text,
    actions_verify,
    queries_public,
    rules_text,
    store_text,
)
from yiwang.cases.actions_public import reporter_of
from yiwang.cases.model import Case, Channel
from yiwang.cases.model_commands import AskVoid, Contact, DecideRequest, DeclineCase, MergeCase, RateReport
from yiwang.cases.model_text import About, DueText
from yiwang.cases.queries import get_course
from yiwang.kit import clock, secret, sms
from yiwang.kit.db import Database
from yiwang.kit.errors import Unavailable
from yiwang.kit.ids import new_id
from yiwang.kit.jobs import work_out_wait
from yiwang.kit.scope import EVERYTHING
from yiwang.ledger.actions_settle import open_ledger
from yiwang.ledger.queries import list_entries

SITE = "https://grid.example.cn"
OTHERS = "13900000000"


@dataclass
class Gate:
    """A gateway that knows keys. `answers`: what it says to the next ones, None or nothing: it takes them."""

    answers: list[Exception | None] = field(default_factory=list)
    got: list[tuple[str, str, str]] = field(default_factory=list)

    def send(self, phone: str, text: str, key: str) -> None:
        self.got.append((phone, text, key))
        if self.answers and (said := self.answers.pop(0)) is not None:
            raise said

    @property
    def delivered(self) -> list[tuple[str, str]]:
        """What reaches telephones: of one key the first."""
        return list({key: (phone, text) for phone, text, key in reversed(self.got)}.values())[::-1]


@dataclass
class Town:
    """The named world with its jobs' beats in our hands."""

    database: Database
    gate: Gate
    shades: Iterator[tuple[int, int, int]] = field(
        default_factory=lambda: ((i % 251, i // 251, 7) for i in range(1, 9999))
    )

    def play(self, act: Callable[[Play], Any]) -> Any:
        """Somebody acts, the ledger settles."""
        with self.database.transaction() as tx:
            done = act(Play(tx, shades=self.shades))
        settle(self.database)
        return done

    def beat(self) -> list[tuple[str, str]]:
        """One of both jobs; (telephone, words) of what was handed over meanwhile."""
        before = len(self.gate.got)
        actions_text.catch_up(self.database)
        actions_text.send_due(self.database)
        return [(phone, text) for phone, text, _ in self.gate.got[before:]]

    def later(self, **delta: float) -> list[tuple[str, str]]:
        with clock.at(NOON + timedelta(**delta)):
            return self.beat()

    def rows(self) -> list[tuple[Any, ...]]:
        with self.database.reading() as tx:
            return tx.conn.execute("select * from cases.text_message order by case_id").fetchall()

    def said(self, case: Case) -> list[tuple[str, bool]]:
        """What the ledger says of texts: (news, whether it was sent)."""
        with self.database.reading() as tx:
            found = [e for e in list_entries(tx, case.id) if e.event == "case.reporter_texted"]
        return [(b["news"], b["sent"]) for b in (msgspec.json.decode(e.body) for e in found)]


@pytest.fixture
def town(world_db: Database, tmp_path: Path) -> Iterator[Town]:
    gate = Gate()
    with clock.at(NOON):
        sms.use(gate)
        rules_text.follow_at(f"{SITE}/")
        with world_db.transaction() as tx:
            open_ledger(tx, tmp_path)
        actions_text.catch_up(world_db)
        yield Town(world_db, gate)
    sms.use(None)
    rules_text.follow_at("")


def carry(play: Play, case: Case) -> Case:
    return play.close(play.verify(play.finish(play.take(play.dispatch(play.file(case.id))))))


def closed(play: Play, **more: Any) -> Case:
    return carry(play, resident.report(play, matter_code="06010", **more))


def declined(play: Play) -> Case:
    case = resident.report(play, description="楼上王某某家漏水")
    return actions_file.decline_case(play.tx, play.who("zhang.min"), DeclineCase(case.id, "王某某家的事归物业"))


def voided(play: Play) -> Case:
    case = resident.report(play)
    actions_request.ask_void(play.tx, play.who("zhang.min"), AskVoid(case.id, "误报"))
    (request,) = get_course(play.tx, EVERYTHING, case.id).requests
    return actions_request.decide_request(play.tx, play.who("sun.lan"), DecideRequest(case.id, request.id, True))


def reopen(play: Play, case: Case) -> Case:
    return actions_verify.rate_report(play.tx, reporter_of(case.id), RateReport(case.id, case.id, 1, False, "还在"))


def away() -> URLError:
    return URLError("no route")


def refusal(code: int) -> HTTPError:
    return HTTPError(SITE, code, "", {}, None)  # type: ignore[arg-type]


# ── what is told, to whom ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("story", "about"), [(closed, "closed"), (declined, "declined"), (voided, "void")])
def test_the_end_of_a_report_is_told_once_by_number_and_page(
    town: Town, story: Callable[[Play], Case], about: str
) -> None:
    case = town.play(story)
    (told,) = town.beat()
    assert told == (PHONE, f"您上报的 {case.number} 有了结果，请看 {SITE}/public/#/follow?number={case.number}")
    assert len(told[1]) < 140
    for _ in range(3):
        assert town.beat() == []
    settle(town.database)
    assert town.beat() == [] and town.said(case) == [(about, True)], "its own entry is no news"
    with town.database.reading() as tx:
        course = [h.zh for h in queries_public.get_followed(tx, case.id).course]
    assert course[-1] == "已发短信告知您"


def test_reopened_is_told_too_and_closed_again_once_more(town: Town) -> None:
    case = town.play(closed)
    town.beat()
    town.play(lambda play: reopen(play, case))
    (told,) = town.beat()
    assert f"{case.number} 正在重新办理" in told[1]
    town.play(lambda play: play.close(play.verify(play.finish(play.take(play.dispatch(play.now(case)))))))
    assert len(town.beat()) == 1 and town.beat() == []
    assert [news for news, _ in town.said(case)] == ["closed", "reopened", "closed"]


def test_of_merged_reports_each_reporter_is_told_by_the_number_they_know(town: Town) -> None:
    def story(play: Play) -> tuple[Case, Case, Case]:
        main, twin, silent = (
            resident.report(play, matter_code="06010", phone=phone) for phone in (PHONE, OTHERS, None)
        )
        for case in (twin, silent):
            actions_merge.merge_case(play.tx, play.who("zhang.min"), MergeCase(case.id, main.id))
        return carry(play, main), twin, silent

    main, twin, _ = town.play(story)
    told = town.later(seconds=2)
    assert {(phone, re.findall(r"\d{4}P\d+", text)[0]) for phone, text in told} == {
        (PHONE, main.number), (OTHERS, twin.number),
    }  # fmt: skip
    assert len(told) == 2 and town.said(main) == town.said(twin) == [("closed", True)]
    with town.database.reading() as tx:
        course = [h.zh for h in queries_public.get_followed(tx, twin.id).course]
    assert course[-2:] == ["已结案", "已发短信告知您"] and "与另一件同样的问题合并办理" in course


def test_who_left_no_telephone_or_has_not_consented_to_it_is_not_told(town: Town) -> None:
    def story(play: Play) -> None:
        closed(play, phone=None)
        carry(play, play.report(channel=Channel.hotline, contact=Contact("王先生", PHONE)))
        carry(play, play.report("wang.lei", channel=Channel.patrol, contact=Contact(phone=PHONE)))
        resident.report(play)  # nothing has become of it yet

    town.play(story)
    assert town.beat() == [] and town.rows() == []


def test_without_an_address_the_page_is_named_in_words(town: Town) -> None:
    rules_text.follow_at("")
    case = town.play(closed)
    assert town.beat() == [(PHONE, f"您上报的 {case.number} 有了结果，请在上报的页面凭编号查看")]


# ── when it does not go through ───────────────────────────────────────────────────────────────────────────────────────


def test_while_the_gateway_is_away_it_is_tried_again(town: Town) -> None:
    town.gate.answers = [away(), refusal(503), refusal(429), None]
    case = town.play(closed)
    assert len(town.beat()) == 1 and town.beat() == [], "not before its time"
    waits = [work_out_wait(n).total_seconds() for n in (1, 2, 3)]
    assert waits == [15, 30, 60]
    assert len(town.later(seconds=15)) == 1 and len(town.later(seconds=45)) == 1
    assert town.said(case) == []
    assert len(town.later(seconds=105)) == 1 and town.later(hours=1) == []
    assert len({key for _, _, key in town.gate.got}) == 1, "under one key"
    assert town.said(case) == [("closed", True)]


def test_after_a_day_it_is_given_up_and_the_operator_sees_it(town: Town) -> None:
    town.gate.answers = [away()] * 99
    case = town.play(closed)
    town.beat()
    town.later(hours=23, minutes=59)
    assert town.said(case) == []
    before = len(town.gate.got)
    assert town.later(hours=24, seconds=1) == [] and len(town.gate.got) == before
    assert town.said(case) == [("closed", False)]
    assert town.later(hours=30) == [] and len(town.said(case)) == 1
    with clock.at(NOON + timedelta(days=2, minutes=1)), town.database.transaction() as tx:
        assert actions_text.purge(tx) == 1
    assert town.rows() == []


def test_what_the_gateway_will_never_take_is_given_up_at_once(town: Town) -> None:
    town.gate.answers = [refusal(422)]
    case = town.play(closed)
    town.beat()
    assert town.later(hours=1) == [] and town.said(case) == [("closed", False)]


def test_the_latest_news_takes_the_place_of_what_was_not_sent(town: Town) -> None:
    town.gate.answers = [away()]
    case = town.play(closed)
    town.beat()
    town.play(lambda play: reopen(play, case))
    ((_, text),) = town.beat()
    assert "正在重新办理" in text and town.later(hours=1) == []
    assert town.said(case) == [("reopened", True)]


def test_old_news_is_none(town: Town) -> None:
    """The server was off for more than a day."""
    town.play(closed)
    assert town.later(days=1) == [] and town.rows() == []


def test_without_a_gateway_nothing_is_told_later_either(town: Town) -> None:
    sms.use(None)
    town.play(closed)
    assert town.beat() == []
    sms.use(town.gate)
    assert town.beat() == [] and town.rows() == []


def test_a_key_that_is_not_there_is_waited_for(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.play(closed)
    ring = secret.ring()

    def lost(*_: object) -> Any:
        raise Unavailable("secret.unknown_key", "没有密钥", "No such key")

    with monkeypatch.context() as broken:
        broken.setattr(ring, "open", lost)
        assert town.beat() == []
    assert len(town.later(seconds=15)) == 1


# ── crashes, rivals ───────────────────────────────────────────────────────────────────────────────────────────────────


class Crash(BaseException):
    """The process is gone."""


def dies(*_: object, **__: object) -> Any:
    raise Crash


def test_whoever_dies_after_the_act_leaves_it_to_be_told(town: Town, world_db: Database) -> None:
    town.play(closed)
    again = Database(world_db.url, size=4).open()  # another process, later
    try:
        assert len(Town(again, town.gate).beat()) == 1
        assert town.beat() == []
    finally:
        again.close()


@pytest.mark.parametrize("where", ["PUT_MARK", "ADD"])
def test_whoever_dies_while_reading_the_ledger_reads_it_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    town.play(closed)
    with monkeypatch.context() as broken:
        broken.setattr(store_text, where, type("Dead", (), {"run": staticmethod(dies)}))
        with pytest.raises(Crash):
            town.beat()
    assert town.gate.got == [] and len(town.beat()) == 1 and town.beat() == []


def test_whoever_dies_before_sending_leaves_it_to_be_sent(town: Town) -> None:
    town.play(closed)
    actions_text.catch_up(town.database)
    with town.database.transaction() as tx:
        assert len(store_text.take_due(tx, tx.now + rules_text.LEASE, 9)) == 1
    assert town.beat() == [], "somebody may be at it"
    assert len(town.later(minutes=3)) == 1


def test_whoever_dies_after_sending_sends_it_under_the_same_key(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    case = town.play(closed)
    with monkeypatch.context() as broken:
        broken.setattr(actions_text, "keep", dies)
        with pytest.raises(Crash):
            town.beat()
    assert town.beat() == [] and town.said(case) == []
    assert len(town.later(minutes=3)) == 1, "nobody knows that it arrived"
    assert len(town.gate.delivered) == 1, "the gateway does: one reaches the telephone"
    assert town.said(case) == [("closed", True)]


def test_two_processes_at_once_tell_it_once(town: Town) -> None:
    cases = [town.play(closed) for _ in range(5)]
    rivals = [threading.Thread(target=copy_context().run, args=(town.beat,)) for _ in range(4)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    assert len(town.gate.got) == len({key for _, _, key in town.gate.got}) == 5
    assert [town.said(case) for case in cases] == [[("closed", True)]] * 5


def test_nothing_is_told_of_what_was_rolled_back(town: Town) -> None:
    with pytest.raises(RuntimeError), town.database.transaction() as tx:
        closed(Play(tx))
        raise RuntimeError("no")
    settle(town.database)
    assert town.beat() == []


# ── personal data ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("waits", [False, True])
def test_once_it_is_erased_no_telephone_is_told(town: Town, waits: bool) -> None:
    town.gate.answers = [away()] if waits else []
    case = town.play(closed)
    if waits:
        town.beat()
    town.play(lambda play: actions_contact.erase_contact(play.tx, reporter_of(case.id), case.id, case.id))
    assert town.later(minutes=30) == [] and town.later(hours=20) == []
    assert town.said(case) == [] and town.rows() == []


def test_the_telephone_stands_in_no_outbox_log_or_entry(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.gate.answers = [away(), refusal(500), refusal(400)]
    with caplog.at_level(logging.DEBUG):
        case = town.play(lambda play: declined(play))
        for seconds in (0, 15, 60):
            town.later(seconds=seconds)
    with town.database.reading() as tx:
        kept = str(tx.conn.execute("select * from cases.text_message").fetchall())
        entries = " ".join(e.body for e in list_entries(tx, case.id))
    assert len(caplog.records) >= 3
    for place in (caplog.text, kept, entries):
        assert PHONE not in place and case.number not in place.replace(entries, "") and "王某某" not in place


# ── the rule ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_waits_double_and_end_with_the_day() -> None:
    due = DueText(new_id(), new_id(), 7, About.closed, NOON + timedelta(days=1), 1, "2611P0000001")
    waits = [(rules_text.work_out_retry(replace(due, tries=n), NOON) - NOON).total_seconds() for n in range(1, 10)]
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1800, 1800]
    late = NOON + timedelta(hours=23, minutes=50)
    assert rules_text.work_out_retry(replace(due, tries=40), late) == due.until
    assert not rules_text.is_over(due, late) and rules_text.is_over(due, due.until)
    assert (
        rules_text.key_of(due)
        == rules_text.key_of(replace(due, tries=9))
        != rules_text.key_of(replace(due, position=8))
    )

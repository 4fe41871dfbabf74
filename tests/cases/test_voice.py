"""A voice note is part of a report: bound by the ledger, played by whoever sees the case, never taken for a photo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from world import Play
from yiwang.cases import queries, queries_public
from yiwang.cases.actions_dispatch import finish_order
from yiwang.cases.model import Case, Channel, PhotoKind, Step
from yiwang.cases.model_commands import FinishOrder, PhotoUse, ReportCase
from yiwang.cases.queries_told import walk_lies
from yiwang.kit.fields import LATER
from yiwang.kit.ids import named_id
from yiwang.kit.scope import EVERYTHING
from yiwang.kit.web import _told
from yiwang.ledger.queries import list_entries
from yiwang.ledger.rules import load_event


def told(play: Play, case: Case) -> Any:
    """The report as the ledger has it."""
    e = list_entries(play.tx, case.id)[0]
    return load_event(e.event, e.version, e.subject_id, e.body)


def patrol(play: Play, **more: Any) -> Case:
    fields = {
        "channel": Channel.patrol,
        "condition_id": play.condition(),
        "photos": (play.photo("wang.lei", PhotoKind.near),),
    }
    return play.report("wang.lei", **{**fields, **more})


def test_it_is_part_of_the_report_and_the_ledger_binds_it(play: Play) -> None:
    sha = play.voice("wang.lei", 3)
    case = patrol(play, voice=sha)
    assert case.step is Step.handling, "the report files itself as ever"
    course = queries.get_course(play.tx, EVERYTHING, case.id)
    assert [(v.sha256, v.by, v.type, v.seconds >= 3) for v in course.voices] == [
        (sha, play.who("wang.lei").id, "audio/webm", True)
    ]
    assert [e.kind for e in course.evidence] == [PhotoKind.near], "it is among no photos"
    said = told(play, case)
    assert (said.voice, len(said.photos), said.flags) == (sha, 1, ())
    assert said.zh().endswith("；附语音备注") and said.en().endswith("; with a voice note")
    assert [*walk_lies(play.tx)] == []
    for behind in (
        "delete from cases.evidence where kind = 'voice'",
        "update cases.evidence set sha256 = %s where kind = 'voice'",
    ):
        with play.tx.conn.transaction(force_rollback=True):
            play.tx.conn.execute(behind.encode(), [play.voice("wang.lei")] if "%s" in behind else None)
            assert any(sha in lie.told for lie in walk_lies(play.tx))


def test_a_report_without_one_says_nothing_of_it(play: Play) -> None:
    said = told(play, patrol(play))
    assert said.voice is None and "语音" not in said.zh() and "voice" not in said.en()


def test_it_stands_for_no_photo(play: Play) -> None:
    alone = patrol(play, photos=(), voice=play.voice("wang.lei"))
    assert alone.step is Step.reported and not alone.trusted, "a report without a photo does not file itself"
    with play.refused("case.photo_missing"):
        patrol(play, self_handled=True, voice=play.voice("wang.lei"))
    for kind in (PhotoKind.near, PhotoKind.handled):
        with play.refused("photo.not_a_photo"):
            patrol(play, photos=(PhotoUse(play.voice("wang.lei"), kind),))
    case, by = play.take(play.dispatched()), "cheng.gang"
    with play.refused("photo.not_a_photo"):
        shown = (PhotoUse(play.voice(by), PhotoKind.handled),)
        finish_order(play.tx, play.who(by), FinishOrder(case.id, play.order(case, by).id, "已清理", shown))
    with play.refused("voice.not_a_voice"):
        patrol(play, voice=play.photo("wang.lei", PhotoKind.near).sha256)
    both = play.voice("wang.lei")
    with play.refused("photo.not_a_photo"):
        patrol(play, photos=(PhotoUse(both, PhotoKind.near),), voice=both)


def test_it_must_be_ones_own(play: Play) -> None:
    theirs = play.voice("zhao.xin")
    for sha in (theirs, "0" * 64):
        with play.refused("photo.not_uploaded") as caught:
            patrol(play, voice=sha)
        assert caught.value.detail["missing"] == [sha]


def test_the_same_in_two_reports_is_no_doubt(play: Play) -> None:
    sha = play.voice("wang.lei")
    assert [told(play, patrol(play, voice=sha)).flags for _ in range(2)] == [(), ()]


def test_sent_again_it_is_the_same_report_and_with_another_it_is_not(play: Play) -> None:
    sha, photo = play.voice("wang.lei"), play.photo("wang.lei", PhotoKind.near)
    case = patrol(play, voice=sha, photos=(photo,))
    cmd = {"id": case.id, "photos": (photo,)}
    assert patrol(play, voice=sha, **cmd).id == case.id
    for other in (None, play.voice("wang.lei")):
        with play.refused("case.id_reused"):
            patrol(play, voice=other, **cmd)


def test_the_public_is_told_of_none(play: Play) -> None:
    """Not even whoever spoke it, on the page that needs no account."""
    sha = play.voice("wang.lei")
    case = patrol(play, voice=sha)
    assert not queries_public.is_photo_shown(play.tx, case.id, play.who("wang.lei").id, sha)
    assert [p.sha256 == sha for p in queries_public.get_followed(play.tx, case.id).photos] == [False]


@dataclass(frozen=True)
class Before:
    id: UUID
    photos: tuple[str, ...] = ()
    place: str | None = None


@dataclass(frozen=True)
class After(Before):
    voice: str | None = field(default=None, metadata=LATER)


def test_a_command_without_one_has_the_digest_of_before() -> None:
    """A phone may send again to this release what the one before did and could not answer."""

    def digest(command: object) -> bytes:
        return msgspec.json.encode(_told(command), order="sorted")

    one = named_id("one")
    assert digest(After(one, ("a",))) == digest(Before(one, ("a",))) != digest(After(one, ("a",), voice="b"))
    assert "voice" not in msgspec.json.decode(digest(ReportCase(one, Channel.patrol, "x", "matter", "06010")))

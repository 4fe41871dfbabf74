"""Doubts stand in the ledger beside the act: back-dated photos, a position far away, a report made to be closed at once."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image

from world import FAR, SPOT, Play
from yiwang.cases import actions_dispatch
from yiwang.cases.model import Case, Channel, PhotoKind
from yiwang.cases.model_commands import FinishOrder, PhotoUse
from yiwang.kit import files
from yiwang.ledger.queries import list_entries
from yiwang.ledger.rules import load_event


def flags(play: Play, case: Case, event: str) -> tuple[str, ...]:
    """Of the case's newest such entry."""
    e = [e for e in list_entries(play.tx, case.id) if e.event == event][-1]
    told: Any = load_event(e.event, e.version, e.subject_id, e.body)
    return told.flags


def dated(play: Play, login: str, kind: PhotoKind, at: datetime) -> PhotoUse:
    """A photo whose EXIF says when it was taken."""
    image, out, tags = Image.new("RGB", (32, 32), next(play.shades)), io.BytesIO(), Image.Exif()
    text = at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y:%m:%d %H:%M:%S")
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = text
    tags[ExifTags.Base.ImageDescription] = str(next(play.shades))
    image.save(out, "JPEG", exif=tags)
    stored = files.put_photo(play.tx, play.photos, out.getvalue(), play.who(login).id, "Asia/Shanghai")
    assert stored.taken_at is not None
    return PhotoUse(stored.sha256, kind)


def finish(play: Play, case: Case, photo: PhotoUse, at: tuple[float, float] | None = SPOT) -> Case:
    lon, lat = at or (None, None)
    cmd = FinishOrder(case.id, play.order(case, "cheng.gang").id, "已清理", (photo,), lon, lat)
    return actions_dispatch.finish_order(play.tx, play.who("cheng.gang"), cmd)


def test_a_photo_taken_before_the_work_was_given(play: Play):
    case = play.take(play.dispatched())
    play.wait(hours=1)
    case = finish(play, case, dated(play, "cheng.gang", PhotoKind.handled, play.tx.now - timedelta(hours=3)))
    assert flags(play, case, "case.order_finished") == ("photo_backdated",)


def test_an_honest_photo_is_not_doubted(play: Play):
    case = play.take(play.dispatched())
    play.wait(hours=1)
    case = finish(play, case, dated(play, "cheng.gang", PhotoKind.handled, play.tx.now - timedelta(minutes=2)))
    assert flags(play, case, "case.order_finished") == ()
    play.wait(hours=1)
    assert flags(play, play.verify(case), "case.verified") == ()


def test_a_photo_from_the_future(play: Play):
    case = play.take(play.dispatched())
    case = finish(play, case, dated(play, "cheng.gang", PhotoKind.handled, play.tx.now + timedelta(days=1)))
    assert flags(play, case, "case.order_finished") == ("photo_from_future",)


def test_an_old_photo_in_a_report(play: Play):
    old = dated(play, "zhang.min", PhotoKind.near, play.tx.now - timedelta(days=3))
    assert flags(play, play.report(photos=(old,)), "case.reported") == ("photo_backdated",)


def test_finished_from_afar(play: Play):
    case = play.take(play.dispatched())
    case = finish(play, case, play.photo("cheng.gang", PhotoKind.handled), FAR)
    assert flags(play, case, "case.order_finished") == ("position_far_away",)


def test_all_done_within_minutes(play: Play):
    case = play.verify(play.finish(play.take(play.dispatched())))
    assert flags(play, case, "case.verified") == ("all_at_once",)


def test_ones_own_report_handled_at_once(play: Play):
    case = play.dispatched(by="cheng.gang", channel=Channel.other)
    case = play.finish(play.take(case))
    assert flags(play, case, "case.order_finished") == ("own_report_at_once",)
    later = play.take(play.dispatched(by="cheng.gang", channel=Channel.other))
    play.wait(minutes=30)
    assert flags(play, play.finish(later), "case.order_finished") == ()


def test_handling_ones_own_reports_again_and_again(play: Play):
    seen = []
    for _ in range(6):
        photos = (play.photo("wang.lei", PhotoKind.near), play.photo("wang.lei", PhotoKind.handled))
        case = play.report(by="wang.lei", channel=Channel.patrol, self_handled=True, photos=photos)
        seen.append(flags(play, case, "case.reported"))
        play.wait(minutes=3)
    assert seen == [()] * 4 + [("self_handled_often",)] * 2
    play.wait(hours=25)
    photos = (play.photo("wang.lei", PhotoKind.near), play.photo("wang.lei", PhotoKind.handled))
    case = play.report(by="wang.lei", channel=Channel.patrol, self_handled=True, photos=photos)
    assert flags(play, case, "case.reported") == ()

"""Doubts: what they are called, and how they are listed and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.cases.model import Named


class Doubt(Named):
    """A flag beside an act: it may be honest, and often is not."""

    photo_reused = "photo_reused", "照片在别的案件中用过", "the same photo in another case"
    photo_alike = "photo_alike", "照片与别的案件的照片雷同", "a photo that looks the same in another case"
    photo_unchanged = "photo_unchanged", "处置后照片与处置前雷同", "the photo after looks like the one before"
    photo_far_away = "photo_far_away", "照片拍摄地点离现场远", "a photo taken far from the place"
    photo_backdated = "photo_backdated", "照片拍摄时间过早", "a photo taken before it could have been"
    photo_from_future = "photo_from_future", "照片拍摄时间晚于当前", "a photo taken later than now"
    position_far_away = "position_far_away", "办结位置离现场远", "finished far from the place"
    own_report_at_once = "own_report_at_once", "自报自结过快", "one's own report, handled at once"
    all_at_once = "all_at_once", "上报到核查过快", "all done within minutes of the report"
    self_handled_often = "self_handled_often", "短时间内反复自报自处置", "one's own reports put right again and again"


def words(flag: str) -> tuple[str, str]:
    """A flag in Chinese and English; one of another release as it is."""
    return (Doubt(flag).zh(), Doubt(flag).en()) if flag in Doubt.__members__ else (flag, flag)


def said_zh(flags: Sequence[str]) -> str:
    """Behind an entry's line, in words; nothing when there is no doubt."""
    return f"；存疑：{'、'.join(words(f)[0] for f in flags)}" if flags else ""


def said_en(flags: Sequence[str]) -> str:
    return f"; doubted: {', '.join(words(f)[1] for f in flags)}" if flags else ""


@dataclass(frozen=True, slots=True)
class DoubtRow:
    """One flag of one act: the act is entry `n` of the case. `unit`: whose order it was, else on whose ground it lies.
    `act` is the entry's event, e.g. `case.verified`; the words are the flag's name."""

    case_id: UUID
    number: str
    matter_name: str
    n: int
    act: str
    flag: str
    flag_zh: str
    flag_en: str
    by: UUID
    by_name: str
    post: str
    unit_id: UUID
    unit_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DoubtCount:
    flag: str
    flag_zh: str
    flag_en: str
    unit_id: UUID
    unit_name: str
    acts: int

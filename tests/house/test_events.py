"""Every event: shown in both languages, read back from its entry as it was, and without personal data."""

from __future__ import annotations

import dataclasses
import re
import typing
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Any
from uuid import UUID

import pytest

from house import modules
from yiwang.ledger.model import EVENTS, Event
from yiwang.ledger.rules import canonical, load_event

modules()
OURS = {key: kind for key, kind in sorted(EVENTS.items()) if kind.__module__.startswith("yiwang.")}
PERSONAL = re.compile(
    r"(^|_)(names?|phones?|mobile|tel|address|email|login|wecom|id_?card|description|text|comment_text)$"
)
NOT_OF_PEOPLE = {
    "unit_name", "unit_names", "lead_name", "assist_names", "matter_name", "condition_text",
}  # fmt: skip
"""Names of units and matters, and the wording of a published filing condition: nobody's data."""
WORDS = {
    "channel": "hotline", "reason": "not_ours", "kind": "bounce", "what": "whole", "post": "supervisor",
    "news": "closed", "owed": "file", "shifts": "09:00-17:00", "role": "keeper", "acts": "case.report",
}  # fmt: skip
"""What a text field of this name may hold, where not every text will do."""
MORE_KINDS = {"certificate": "inspector", "post": "inspector", "unit": "street", "duty": "day"}


def sample(hint: Any, name: str = "", event: str = "") -> Any:
    """A value of the hinted type."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (UnionType, typing.Union):
        return sample(next(a for a in args if a is not NoneType), name, event)
    if origin is tuple:
        inner = args[:1] if len(args) == 2 and args[1] is ... else args
        return tuple(sample(a, name, event) for a in inner)
    if dataclasses.is_dataclass(hint):
        return hint(**{f: sample(h, f, event) for f, h in typing.get_type_hints(hint).items()})  # type: ignore[operator]
    if hint is str:
        return MORE_KINDS.get(event.split(".")[0], WORDS["kind"]) if name == "kind" else WORDS.get(name, "x1")
    plain: dict[Any, Any] = {
        UUID: UUID(int=7), int: 3, bool: True, float: 12.5, date: date(2026, 11, 22),
        datetime: datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC),
    }  # fmt: skip
    return plain[hint]


def build(kind: type[Event], *, empty: bool) -> Event:
    """A sample of an event; `empty` leaves out whatever may be None."""
    hints = typing.get_type_hints(kind)
    values = {}
    for f in dataclasses.fields(kind):
        optional = NoneType in typing.get_args(hints[f.name])
        values[f.name] = None if empty and optional else sample(hints[f.name], f.name, kind.name)
    return kind(**values)


def personal_fields(kind: type[Event]) -> list[str]:
    """Fields that sound like somebody's personal data."""
    return [f.name for f in dataclasses.fields(kind) if PERSONAL.search(f.name) and f.name not in NOT_OF_PEOPLE]


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("key", OURS, ids=str)
def test_it_is_shown_in_both_languages_and_read_back(key: tuple[str, int], empty: bool):
    event = build(OURS[key], empty=empty)
    for words in (event.zh(), event.en()):
        assert words.strip() and "\n" not in words
        assert "None" not in words, words
    assert re.search(r"[\u4e00-\u9fff]", event.zh()), event.zh()
    assert load_event(event.name, event.version, event.subject_id, canonical(event.body())) == event


@pytest.mark.parametrize("key", OURS, ids=str)
def test_it_holds_no_personal_data(key: tuple[str, int]):
    assert personal_fields(OURS[key]) == [], "references and digests only: personal data lives beside the ledger"


@pytest.mark.parametrize("key", OURS, ids=str)
def test_it_is_named_and_begins_with_its_subject(key: tuple[str, int]):
    kind = OURS[key]
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.name) and kind.version >= 1
    assert dataclasses.fields(kind)[0].name == f"{kind.about}_id"
    assert typing.get_type_hints(kind)[f"{kind.about}_id"] is UUID
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_the_checks_see_what_is_wrong():
    @dataclasses.dataclass(frozen=True)
    class Told(Event, name="test.told_wrong", about="case"):
        case_id: UUID
        reporter_name: str
        phone: str
        unit_name: str

    assert personal_fields(Told) == ["reporter_name", "phone"]
    assert len(OURS) > 50

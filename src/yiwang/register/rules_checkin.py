"""What a check-in proves, and what speaks against it. Pure.

Metres and minutes are ours: no standard gives any. Nothing is refused for a doubt; it stands in the ledger beside the act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yiwang.kit.errors import Invalid
from yiwang.kit.geo import distance_m
from yiwang.register import rules_form
from yiwang.register.model_kind import Kind
from yiwang.register.model_owed import CheckIn, How, Proof

NEAR_M = 50.0
VAGUE_M = 100.0
"""A position that may be so far off tells little."""
AHEAD = timedelta(minutes=5)
LATE = timedelta(hours=48)
"""So long a telephone may be without a network before that is itself worth a look."""
PHOTO_NEAR = timedelta(minutes=15)
FASTEST_M_S = 25.0
"""Nobody on a round is faster than 90 km/h."""
MOST_LATE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Place:
    lon: float
    lat: float
    at: datetime


def demand_time(at: datetime, now: datetime) -> None:
    if at > now + timedelta(days=1) or at < now - MOST_LATE:
        raise Invalid(
            "checkin.time", "到场时间不可能：晚于现在一天以上，或早于 30 天前",
            "The time cannot be: over a day ahead, or over 30 days ago", at=at.isoformat(),
        )  # fmt: skip


def read_form(
    kind: Kind, attributes: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(the form as it is kept, which of its answers say that something is wrong). A kind that says no form takes any; where
    nothing was filled in nothing is asked."""
    of = "" if kind.check_by is None else str(attributes.get(kind.check_by, ""))
    form = kind.check.get(of) or kind.check.get("")
    if form is None or not given:
        return dict(given), ()
    fields = rules_form.fields_of(f"{kind.name} {of}", form)
    filled = rules_form.read(form, fields, given, f"{kind.zh}检查表", f"check form of a {kind.en}")
    return filled, rules_form.find_bad(fields, filled)


def work_out_proofs(cmd: CheckIn, how: How, off_m: float | None, taken: Sequence[datetime | None]) -> tuple[Proof, ...]:
    """`taken`: when each photo was. What it shows: the tag read, a tap that cannot be copied, to have been there, a photo of then, the form."""
    found = [Proof.tap] if how is not How.typed else []
    found += [Proof.signed] if how is How.signed else []
    found += [Proof.place] if off_m is not None and off_m <= NEAR_M + min(cmd.accuracy_m or 0, VAGUE_M) else []
    found += [Proof.photo] if any(is_of_then(t, cmd.at) for t in taken) else []
    found += [Proof.form] if cmd.form else []
    return tuple(found)


def is_of_then(taken: datetime | None, at: datetime) -> bool:
    """A photo whose camera says nothing of the time was uploaded with it, and counts."""
    return taken is None or abs(taken - at) <= PHOTO_NEAR


def doubt(
    cmd: CheckIn,
    how: How,
    off_m: float | None,
    taken: Sequence[datetime | None],
    now: datetime,
    last: Place | None,
    *,
    backwards: bool,
) -> tuple[str, ...]:
    """What speaks against it, in the order of `model_owed.DOUBTS`."""
    found = ["typed"] if how is How.typed else ["unsigned"] if how is not How.signed else []
    if off_m is None:
        found.append("no_position")
    elif off_m > NEAR_M + min(cmd.accuracy_m or 0, VAGUE_M):
        found.append("far")
    if off_m is not None and (cmd.accuracy_m or 0) > VAGUE_M:
        found.append("vague")
    if cmd.at > now + AHEAD:
        found.append("clock")
    if cmd.at < now - LATE:
        found.append("old")
    if any(not is_of_then(t, cmd.at) for t in taken):
        found.append("old_photo")
    if last is not None and cmd.lon is not None and cmd.lat is not None:
        way = distance_m((last.lon, last.lat), (cmd.lon, cmd.lat))
        seconds = abs((cmd.at - last.at).total_seconds())
        if way - NEAR_M > FASTEST_M_S * seconds:
            found.append("too_fast")
    return (*found, "backwards") if backwards else tuple(found)

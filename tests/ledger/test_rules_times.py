"""One instant has one text, whichever way it is written and whatever zone it comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from yiwang.ledger.rules import time_text

ZONES = [UTC, *map(ZoneInfo, ("UTC", "Asia/Shanghai", "Europe/London")), timezone(timedelta(seconds=30))]


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.sampled_from(ZONES), st.sampled_from([0, 1]))
@example(datetime(2026, 11, 22, 4, 5, 6), UTC, 0)
@example(datetime(2026, 11, 22, 4, 5, 6, 7), UTC, 0)
@example(datetime(2026, 11, 22, 4, 5, 6, 100_000), ZoneInfo("UTC"), 0)
@example(datetime(1582, 1, 1, 4, 5, 6, 7), ZoneInfo("Europe/London"), 0)
@example(datetime(2026, 11, 22, 4, 5, 6, 7), timezone(timedelta(seconds=30)), 0)
def test_always_utc_always_six_digits(at: datetime, zone: ZoneInfo, fold: int) -> None:
    at = at.replace(tzinfo=zone, fold=fold)
    text = time_text(at)
    assert text == at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"
    assert len(text) == 27 and datetime.fromisoformat(text) == at

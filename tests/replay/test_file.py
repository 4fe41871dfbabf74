"""Reading a city's file: every damaged row is named with its line and reason, and costs nothing but itself."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yiwang.kit.errors import Invalid, NotFound
from yiwang.replay_file import Read, read_file
from yiwang.replay_pack import read_pack

SAMPLE = Path(__file__).with_name("boston_sample.csv.gz")
BOSTON = read_pack("boston")
Make = Callable[..., Path]
OPEN = {"open_dt": "2011-07-01 08:00:00", "target_dt": "2011-07-02 08:00:00", "closed_dt": "2011-07-01 09:00:00"}


def read(path: Path, limit: int | None = None) -> Read:
    return read_file(path, BOSTON, limit)


def test_the_sample_has_nothing_damaged():
    found = read(SAMPLE)
    assert (found.total, len(found.rows), found.skipped) == (294, 294, [])
    assert all(row.opened.tzinfo is UTC for row in found.rows)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"case_enquiry_id": ""}, "no id"),
        ({"open_dt": ""}, "no opening time"),
        ({"open_dt": "2011-13-01 00:00:00"}, "cannot read the time"),
        ({"closed_dt": "yesterday"}, "cannot read the time"),
        ({"target_dt": "9999-01-01 00:00:00"}, "cannot read the time"),
        ({"closed_dt": "2011-06-30 23:59:59"}, "closed before it was opened"),
        ({"type": "Flying saucer"}, "no matter"),
        ({"department": "NASA"}, "no department"),
        ({"neighborhood": "Atlantis"}, "no area"),
        ({"case_status": "Perhaps"}, "no status"),
        ({"ontime": "SORT OF"}, "no on-time word"),
        ({"latitude": "0"}, "impossible"),
        ({"longitude": "NaN"}, "impossible"),
        ({"latitude": "inf"}, "impossible"),
        ({"latitude": "91"}, "impossible"),
        ({"latitude": ""}, "not numbers"),
        ({"longitude": "west"}, "not numbers"),
        ({"case_title": "a\0b"}, "NUL"),
    ],
)
def test_a_damaged_row_is_named_and_skipped(boston: Make, cells: dict[str, str], reason: str):
    found = read(boston(OPEN, OPEN | cells, OPEN))
    assert [row.line for row in found.rows] == [2, 4]
    assert [(s.line, reason in s.en) for s in found.skipped] == [(3, True)], found.skipped
    assert found.skipped[0].zh


def test_a_second_row_with_the_same_id(boston: Make):
    found = read(boston(OPEN, OPEN, OPEN | {"case_enquiry_id": "1"}))
    assert [(s.line, s.key, s.en) for s in found.skipped] == [(4, "1", "the same id as line 2")]


def edit(path: Path, line: int, change: Callable[[bytes], bytes]) -> Path:
    lines = path.read_bytes().split(b"\n")
    lines[line - 1] = change(lines[line - 1])
    path.write_bytes(b"\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw.rsplit(b",", 1)[0], "28 cells"),
        (lambda raw: raw + b",more", "30 cells"),
        (lambda raw: raw.replace(b"PWDx", b'"PWDx', 1), "quote"),
        (lambda raw: raw.replace(b"PWDx", b'"PW"Dx"', 1), "quote"),
        (lambda raw: raw.replace(b"PWDx", b"PWD\xff", 1), "utf-8"),
    ],
)
def test_a_line_that_is_no_row(boston: Make, change: Callable[[bytes], bytes], reason: str):
    found = read(edit(boston(*[OPEN] * 120), 3, change))
    assert [(s.line, reason in s.en) for s in found.skipped] == [(3, True)], found.skipped
    assert len(found.rows) == 119


def test_a_quote_left_open_costs_its_own_line_though_another_closes_it_later(boston: Make):
    open_quote = edit(boston(*[OPEN] * 9), 3, lambda raw: raw.replace(b"PWDx", b'"PWDx', 1))
    found = read(edit(open_quote, 6, lambda raw: raw.replace(b"PWDx", b'PWDx"', 1)))
    assert [s.line for s in found.skipped] == [3] and [r.line for r in found.rows] == [2, 4, 5, 6, 7, 8, 9, 10]


def test_a_cell_may_have_lines_quotes_and_the_delimiter(boston: Make):
    found = read(boston(OPEN | {"closure_reason": 'one,\ntwo "2"\nthree'}, OPEN))
    assert next((row.line, row.reason) for row in found.rows) == (2, 'one, two "2" three')
    assert found.rows[1].line == 5


def test_a_gzip_cut_short_gives_what_is_there(tmp_path: Path):
    whole = SAMPLE.read_bytes()
    cut = tmp_path / "cut.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    found = read(cut)
    assert 50 < len(found.rows) < 250
    assert found.rows == read(SAMPLE).rows[: len(found.rows)]
    assert [("cut short" in s.en) for s in found.skipped] == [True]
    cut.write_bytes(whole[:2000] + b"\0" * 50 + whole[2050:])
    assert "cut short" in read(cut).skipped[-1].en


def test_gzip_is_known_by_its_bytes_and_may_be_joined(tmp_path: Path):
    text = gzip.decompress(SAMPLE.read_bytes())
    head, tail = text[:50_000], text[50_000:]
    for name, data in (
        ("plain.gz", text),
        ("joined.csv", gzip.compress(head) + gzip.compress(tail)),
        ("bom.csv", b"\xef\xbb\xbf" + text),
    ):
        (tmp_path / name).write_bytes(data)
        assert len(read(tmp_path / name).rows) == 294, name


def test_limit_counts_the_damaged_rows_too(boston: Make):
    found = read(boston(OPEN, OPEN | {"open_dt": ""}, OPEN), limit=2)
    assert (found.total, len(found.rows), len(found.skipped)) == (2, 1, 1)


def test_a_header_that_does_not_fit_is_refused_in_words(tmp_path: Path):
    for text, code in (("", "replay.empty"), ("a,b\n1,2\n", "replay.columns"), ('"a\n', "replay.empty")):
        (tmp_path / "x.csv").write_text(text)
        with pytest.raises(Invalid) as refused:
            read(tmp_path / "x.csv")
        assert refused.value.code == code


def test_the_hour_that_comes_twice(boston: Make):
    """Clocks went back at 2 on 6 November 2011: 01:30 was at 05:30 and at 06:30 UTC."""
    twice, night = "2011-11-06 01:30:00", {"target_dt": ""}
    read_back = read(
        boston(
            night | {"open_dt": "2011-11-06 00:59:00", "closed_dt": twice},
            night | {"open_dt": "2011-11-06 01:50:00", "closed_dt": twice},  # the first 01:30 was before that
        )
    )
    assert read_back.skipped == []
    assert [row.closed for row in read_back.rows] == [datetime(2011, 11, 6, h, 30, tzinfo=UTC) for h in (5, 6)]


def test_the_pack_is_read_in_words(tmp_path: Path):
    with pytest.raises(NotFound):
        read_pack("atlantis")
    text = (BOSTON.folder / "pack.toml").read_text("utf-8")
    for old, new in (
        ('zone = "America/New_York"', 'zone = "Mars/Base"'),
        ('opened = "open_dt"', ""),
        ("[replay]", "[x]"),
    ):
        (tmp_path / "pack.toml").write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(Invalid) as wrong:
            read_pack(str(tmp_path))
        assert wrong.value.code == "replay.pack"

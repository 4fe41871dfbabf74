"""Files from outside: whatever is sent, the answer is rows or words (Invalid), never a fault and never a flood."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Callable
from typing import Any

import obstore.store
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import recordings
import world
from yiwang.city.rules_component_file import read_records
from yiwang.city.rules_pack import condition_of
from yiwang.city.rules_sheet import CONDITIONS, CONDITIONS_NEEDED, DAYS, DAYS_NEEDED, condition_cells, read_day
from yiwang.dispatch import rules_read
from yiwang.kit import files, sheet, zips
from yiwang.kit.db import Tx
from yiwang.kit.errors import Invalid
from yiwang.kit.ids import named_id
from yiwang.kit.table import Fault, read_table
from yiwang.network.rules_sheet import DUTY, DUTY_NEEDED, PEOPLE, read_duty, read_person
from yiwang.register import rules_file
from yiwang.scenes.elevators.model import ELEVATOR
from yiwang.scenes.homes import rules_file as homes

TORTURE = "YIWANG_TORTURE" in os.environ
QUICK = settings(
    max_examples=5_000 if TORTURE else 150, derandomize=not TORTURE, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
MOST: dict[str, Any] = {"most_rows": 500, "most_bytes": 4 << 20}
HEADS = list(rules_read.COLUMNS.values())
SIGNS = "=+-@\t\r\n＝＋－＠'"
CELLS = st.text(max_size=30) | st.builds(str.__add__, st.sampled_from(SIGNS), st.text(max_size=12))
READERS: dict[str, Callable[[bytes], Any]] = {
    "lists": lambda data: rules_read.read_file("l", data),
    "components": lambda data: read_records("c", data),
    "things": lambda data: list(rules_file.read_rows(ELEVATOR, "t", data, "wgs84", 100)),
    "people": lambda data: [read_person(row.cells) for row in read_table("p", data, PEOPLE, ("login",), **MOST)],
    "duty": lambda data: [read_duty(row.cells) for row in read_table("d", data, DUTY, DUTY_NEEDED, **MOST)],
    "residents": lambda data: [
        homes.read_line(row.cells) for row in read_table("r", data, homes.COLUMNS, homes.NEEDED, **MOST)
    ],
    "days": lambda data: [read_day(row.cells) for row in read_table("d", data, DAYS, DAYS_NEEDED, **MOST)],
    "conditions": lambda data: [
        condition_of(lambda _: True, "1")(condition_cells(row, {}))
        for row in read_table("c", data, CONDITIONS, CONDITIONS_NEEDED, **MOST)
    ],
}


def as_csv(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding, "replace")


def as_xlsx(rows: list[list[Any]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


GOOD = {
    "lists csv": as_csv([HEADS, ["大类", "", "", "01", "市政", "310101019", "", "310101019-shizheng", "", "", "", ""]]),
    "lists xlsx": as_xlsx([HEADS, ["大类", "", "", "01", "市政", "310101019", "", "310101019-shizheng", "", "", "", ""]]),
    "components csv": as_csv([["部件标识码", "经度", "纬度"], ["31010102004000001", "121.48", "31.21"]]),
    "components xlsx": as_xlsx([["部件标识码", "经度", "纬度"], ["31010102004000001", 121.48, 31.21]]),
    "people csv": as_csv([["账号", "姓名", "岗位", "单位", "任职起"], ["x.y", "某", "网格员", "310101019", "2026-01-01"]]),
    "duty xlsx": as_xlsx([list(DUTY.values()), ["310101019", "网格员", "日班", 12345, "x.y", 1]]),
    "days csv": as_csv([["日期", "安排"], ["2026年5月1日", "上班"]]),
    "conditions xlsx": as_xlsx([
        list(CONDITIONS.values()), ["E", "1", "事项", "漏水", "1工作日", 1, "工作日", "", "好", "", ""]
    ]),
    "geojson": json.dumps(
        {"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"部件标识码": "31010102004000001"},
             "geometry": {"type": "Point", "coordinates": [121.48, 31.21]}}]}
    ).encode(),
}  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good file, cut, with bytes changed, doubled, in another encoding, or just bytes."""
    data = draw(st.sampled_from(list(GOOD.values())))
    for _ in range(draw(st.integers(1, 3))):
        how = draw(st.sampled_from(["cut", "change", "insert", "double", "encode", "bytes"]))
        at = draw(st.integers(0, max(0, len(data) - 1)))
        if how == "cut":
            data = data[:at]
        elif how == "change":
            data = data[:at] + draw(st.binary(max_size=8)) + data[at + 4 :]
        elif how == "insert":
            data = (
                data[:at]
                + draw(
                    st.sampled_from(
                        [b"\0", b"\xff\xfe", b'"', b"\r", b",", b"PK\x03\x04", b"1e999", b"NaN", b"[" * 3000]
                    )
                )
                + data[at:]
            )
        elif how == "double":
            data = data + data
        elif how == "encode":
            data = data.decode("utf-8", "replace").encode(
                draw(st.sampled_from(["gb18030", "utf-16", "utf-16-be", "utf-8-sig"])), "replace"
            )
        else:
            data = draw(st.binary(max_size=200))
    return data


@pytest.mark.parametrize("reader", READERS)
@QUICK
@given(data=damaged())
def test_a_damaged_file_gives_rows_or_words(reader: str, data: bytes) -> None:
    try:
        READERS[reader](data)
    except Invalid as told:
        assert told.zh and told.en and told.code
    except Fault as told:
        assert told.zh and told.en and told.column


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encodings_that_offices_write(encoding: str) -> None:
    text = GOOD["lists csv"].decode()
    assert rules_read.read_file("l.csv", text.encode(encoding)) == rules_read.read_file("l", GOOD["lists csv"])
    assert rules_read.read_file("l", GOOD["lists csv"])[0].cells["name"] == "市政"
    assert read_records("c.csv", GOOD["components csv"].decode().encode(encoding)) == read_records(
        "c", GOOD["components csv"]
    )


@QUICK
@given(cells=st.lists(CELLS, min_size=1, max_size=8))
def test_no_cell_leaves_as_a_formula_and_each_comes_back(cells: list[str]) -> None:
    for cell in cells:
        guarded = sheet.guard(cell)
        assert not guarded.startswith(tuple("=+-@\t\r\n＝＋－＠"))
        assert sheet.unguard(guarded) == cell


@pytest.mark.parametrize("reader", READERS)
def test_a_bomb_is_not_unpacked(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 MB of nothing in 300 kB; refused before openpyxl sees it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w") as part:
            for _ in range(300):
                part.write(b"\0" * (1 << 20))
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(Invalid) as told:
        READERS[reader](out.getvalue())
    assert told.value.code.endswith("too_large")
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for n in range(zips.MOST_PARTS + 1):
            archive.writestr(f"{n}", "")
    assert zips.is_bomb(many.getvalue(), 1 << 30)
    assert not zips.is_bomb(as_xlsx([["同一个值"] * 12] * 3000), 1 << 30), "an honest sheet of one value is none"


def image(kind: str, mode: str = "RGB", size: tuple[int, int] = (24, 24), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **more)
    return out.getvalue()


PHOTOS = {
    "jpeg": image("JPEG"), "cmyk": image("JPEG", "CMYK"), "png": image("PNG"), "alpha": image("PNG", "RGBA"),
    "16 bit": image("PNG", "I;16"), "palette": image("PNG", "P"), "webp": image("WEBP"),
    "animated": image("WEBP", append_images=[Image.new("RGB", (24, 24), "red")] * 3, save_all=True),
    "exif": world.jpeg("red", exif=world.SPOT),
    "polyglot": image("JPEG") + b"<script>alert(1)</script>PK\x03\x04",
    "two in one (MPO)": image("MPO", append_images=[Image.new("RGB", (24, 24), "red")], save_all=True),
}  # fmt: skip


VOICES = {
    "webm": recordings.webm(), "webm, streamed": recordings.webm(streamed=True), "webm, in groups": recordings.webm(groups=True),
    "ogg": recordings.ogg(), "mp4": recordings.mp4(), "mp4, streamed": recordings.mp4_streamed(),
    "mp4, alike": recordings.mp4_streamed(own=False),
}  # fmt: skip


def spoken(tx: Tx, data: bytes) -> None:
    """Taken in and played as it is, as sound of at most a minute; or refused in words."""
    store = obstore.store.MemoryStore()
    try:
        voice = files.put_voice(tx, store, data, named_id("me"))
    except Invalid as told:
        assert told.code.startswith("voice.") and told.zh and told.en
        return
    assert files.get_whole(store, voice.sha256) == data and voice.type in ("audio/webm", "audio/ogg", "audio/mp4")
    assert voice.seconds is not None and 0 < voice.seconds <= 62


@QUICK
@given(data=st.data())
def test_a_damaged_recording_is_a_recording_or_words(tx: Tx, data: st.DataObject) -> None:
    """Cut, changed, lengthened: at its head most of all, where its parts say how large they are."""
    whole = data.draw(st.sampled_from(list(VOICES.values())))
    at = data.draw(st.integers(0, len(whole) - 1) | st.integers(0, 400))
    junk = data.draw(
        st.binary(max_size=12) | st.sampled_from([b"\xff" * 8, b"\0" * 8, b"\x01\xff\xff\xff\xff\xff\xff\xfe"])
    )
    made = data.draw(
        st.sampled_from(
            [whole[:at], whole[:at] + junk + whole[at + len(junk) :], whole[:at] + junk + whole[at:], whole + junk]
        )
    )
    with tx.conn.transaction(force_rollback=True):
        spoken(tx, made)


@QUICK
@given(data=st.binary(max_size=300), sign=st.sampled_from([b"\x1a\x45\xdf\xa3", b"OggS", b"\0\0\0\x14ftyp"]))
def test_junk_under_the_right_sign_is_words(tx: Tx, data: bytes, sign: bytes) -> None:
    with tx.conn.transaction(force_rollback=True):
        spoken(tx, sign + data)


def kept(tx: Tx, data: bytes) -> None:
    """Taken in and shown again, both ways; or refused in words."""
    store = obstore.store.MemoryStore()
    try:
        photo = files.put_photo(tx, store, data, named_id("me"), "Asia/Shanghai")
    except Invalid as told:
        assert told.code.startswith("photo.")
        return
    for thumb in (True, False):
        shown = files.shown(store, photo.sha256, thumb=thumb)
        assert shown[:2] == b"\xff\xd8" and b"<script>" not in shown and b"Exif" not in shown[:64]


@pytest.mark.parametrize("name", PHOTOS)
def test_photos_as_phones_and_pranksters_make_them(tx: Tx, name: str) -> None:
    kept(tx, PHOTOS[name])


@pytest.mark.parametrize(
    "data", [image("GIF"), image("BMP"), b"%PDF-1.7", b"<svg/>", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]
)
def test_what_is_no_photo_is_refused(tx: Tx, data: bytes) -> None:
    with pytest.raises(Invalid):
        files.put_photo(tx, obstore.store.MemoryStore(), data, named_id("me"), "Asia/Shanghai")


def test_a_photo_of_far_too_many_pixels_is_not_decoded(tx: Tx) -> None:
    """100 megapixels in 100 kB: more than may be, less than what Pillow itself refuses."""
    with pytest.raises(Invalid) as told:
        files.put_photo(
            tx, obstore.store.MemoryStore(), image("PNG", "1", (10_000, 10_000)), named_id("me"), "Asia/Shanghai"
        )
    assert told.value.code == "photo.too_large"


@QUICK
@given(data=st.data())
def test_a_damaged_photo_is_a_photo_or_words(tx: Tx, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(list(PHOTOS.values())))
    at = data.draw(st.integers(0, len(whole) - 1))
    junk = data.draw(st.binary(max_size=12))
    with tx.conn.transaction(force_rollback=True):
        kept(tx, data.draw(st.sampled_from([whole[:at], whole[:at] + junk + whole[at + 6 :], whole[at:]])))

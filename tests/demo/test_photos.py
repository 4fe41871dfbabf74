"""The demonstration's pictures: small, honest, each its own; before and after are the same place."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import obstore.store
import pytest
from PIL import Image, ImageChops, ImageStat

from yiwang.demo_photos import PROBLEMS, draw_photo
from yiwang.kit import files
from yiwang.kit.ids import named_id

AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


def draw(**more: Any) -> bytes:
    fields: dict[str, Any] = {
        "seed": 7, "matter": "06010", "mended": False, "view": 0, "taken_at": AT, "zone": "Asia/Shanghai",
        "lon": 121.4835, "lat": 31.2170, "note": "case near 0",
    }  # fmt: skip
    return draw_photo(**{**fields, **more})


def difference(a: bytes, b: bytes, box: tuple[int, int, int, int] = (0, 0, 640, 440)) -> float:
    """Mean difference of two pictures' pixels, 0 to 255."""
    one, two = (Image.open(io.BytesIO(d)).convert("L").crop(box) for d in (a, b))
    return ImageStat.Stat(ImageChops.difference(one, two)).mean[0]


@pytest.mark.parametrize("matter", [starts[0] for starts, _ in PROBLEMS] + ["22009", "06036"])
@pytest.mark.parametrize("hour", [4, 15])
def test_each_is_a_small_jpeg(matter: str, hour: int) -> None:
    data = draw(matter=matter, taken_at=AT.replace(hour=hour))
    assert len(data) < 30_000
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG" and image.size == (640, 480)


def test_time_and_place_are_read_back_from_it(tx: Any) -> None:
    photo = files.put_photo(tx, obstore.store.MemoryStore(), draw(), named_id("someone"), "Asia/Shanghai")
    assert photo.taken_at == AT
    assert photo.lon == pytest.approx(121.4835, abs=1e-6) and photo.lat == pytest.approx(31.2170, abs=1e-6)


def test_it_says_that_nobody_took_it() -> None:
    exif = Image.open(io.BytesIO(draw())).getexif()
    assert "drawn by a program" in str(exif[0x010E])
    marked = Image.open(io.BytesIO(draw())).convert("RGB").crop((12, 444, 96, 480))
    red, _, blue = marked.split()
    assert ImageStat.Stat(ImageChops.subtract(red, blue)).extrema[0][1] > 100, "DEMO stands on it in yellow"


def test_no_two_are_the_same() -> None:
    assert len({draw(note=f"case near {n}") for n in range(5)}) == 5
    assert draw() == draw(), "but the same one is"


def test_before_and_after_are_the_same_place() -> None:
    before, after = draw(), draw(mended=True)
    elsewhere = draw(seed=8, mended=True)
    problem, sky = (180, 270, 480, 350), (0, 0, 640, 200)
    assert difference(before, after, problem) > 12, "what was wrong is gone"
    assert difference(before, after, sky) < 3 < difference(before, elsewhere, sky), "and the houses are the same"

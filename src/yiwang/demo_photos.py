"""Pictures for the demonstration: drawn, and marked DEMO. Before and after of one case are the same street corner.

No camera took them and none pretends to have: each is a plain drawing of a place (from the case's id) with the problem in
it or without, with the time and position a phone would have written into its EXIF. No two are the same file.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from random import Random
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageDraw, ImageFont
from PIL.TiffImagePlugin import IFDRational

SIZE = (640, 480)
GROUND, KERB, ROAD = 262, 352, 366
"""Where the pavement, the kerb and the carriageway begin, in pixels from above."""
Color = tuple[int, int, int]
Draw = ImageDraw.ImageDraw
WALLS: tuple[Color, ...] = ((196, 178, 158), (178, 150, 128), (186, 186, 178), (206, 190, 160), (158, 130, 118))
ROOFS: tuple[Color, ...] = ((104, 62, 52), (84, 84, 92), (122, 78, 60))
DOORS: tuple[Color, ...] = ((96, 70, 54), (70, 84, 92), (120, 40, 36), (60, 92, 76))
BAGS: tuple[Color, ...] = ((38, 38, 44), (52, 66, 58), (190, 188, 180), (68, 54, 44))
BIKES: tuple[Color, ...] = ((240, 190, 30), (60, 150, 220), (60, 180, 110), (230, 110, 40))
INDOORS = ("22", "24", "25", "26", "27", "28004")


def dice(seed: int | str | None) -> Random:
    """Chance for a play, not for secrets; the same for the same seed."""
    return Random(seed)  # noqa: S311


def draw_photo(
    *, seed: int, matter: str, mended: bool, view: int, taken_at: datetime, zone: str, lon: float, lat: float, note: str
) -> bytes:
    """A JPEG, 640×480, under 30 kB. `seed` is the place, `mended` without the problem, `view` shifts the camera a little,
    `note` tells otherwise equal pictures apart."""
    local = taken_at.astimezone(ZoneInfo(zone))
    night = not 6 <= local.hour < 18
    scene = _scene(seed, matter.startswith(INDOORS), night)
    if not mended:
        scene = scene.copy()
        _problem_of(matter)(ImageDraw.Draw(scene), dice(seed + 1))
    shift = dice(f"{note}{view}")
    left, top = 4 + view * 9 + shift.randrange(12), 4 + view * 5 + shift.randrange(8)
    image = scene.crop((left, top, left + SIZE[0], top + SIZE[1]))
    if night:
        image = image.point([int(v * 0.62) for v in range(256)] * 3)
    _mark(image, local)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=45, exif=_exif(local, lon, lat, note))
    return out.getvalue()


@lru_cache(maxsize=64)
def _scene(seed: int, indoors: bool, night: bool) -> Image.Image:
    """The place itself, a little larger than a picture of it."""
    scene = Image.new("RGB", (SIZE[0] + 40, SIZE[1] + 30))
    (_corridor if indoors else _street)(ImageDraw.Draw(scene), dice(seed), night)
    return scene


def _exif(local: datetime, lon: float, lat: float, note: str) -> Image.Exif:
    """As a phone writes it; the description says that nobody took this picture."""
    tags = Image.Exif()
    tags[ExifTags.Base.ImageDescription] = f"Yiwang demonstration, drawn by a program: {note}"
    tags[ExifTags.Base.Software] = "Yiwang demo"
    detail, gps = tags.get_ifd(ExifTags.IFD.Exif), tags.get_ifd(ExifTags.IFD.GPSInfo)
    detail[ExifTags.Base.DateTimeOriginal] = local.strftime("%Y:%m:%d %H:%M:%S")
    detail[ExifTags.Base.OffsetTimeOriginal] = local.strftime("%z")[:3] + ":" + local.strftime("%z")[3:]
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude] = _sixty(lat), _sixty(lon)
    return tags


def _sixty(degrees: float) -> tuple[IFDRational, ...]:
    whole = round(degrees * 3_600_000)
    return IFDRational(whole // 3_600_000), IFDRational(whole // 60_000 % 60), IFDRational(whole % 60_000, 1000)


def _mark(image: Image.Image, local: datetime) -> None:
    """The strip below: text is slow to draw, so the day's strip and each digit are drawn once."""
    image.paste(_strip(f"{local:%Y-%m-%d}"), (0, 444))
    for i, char in enumerate(f"{local:%H:%M}"):
        image.paste(_glyph(char), (430 + i * 11, 452))


@lru_cache(maxsize=8)
def _strip(day: str) -> Image.Image:
    strip = Image.new("RGB", (SIZE[0], 36), (24, 24, 28))
    draw = ImageDraw.Draw(strip)
    draw.text((12, 4), "DEMO", fill=(255, 196, 40), font=ImageFont.load_default(26))
    draw.text((100, 9), f"drawn, not a photograph   {day}", fill=(230, 230, 230), font=ImageFont.load_default(18))
    return strip


@cache
def _glyph(char: str) -> Image.Image:
    glyph = Image.new("RGB", (11, 24), (24, 24, 28))
    ImageDraw.Draw(glyph).text((0, 1), char, fill=(230, 230, 230), font=ImageFont.load_default(18))
    return glyph


# ── places ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _street(draw: Draw, r: Random, night: bool) -> None:
    """Old houses of two storeys, shops below, a plane tree, pavement, kerb and carriageway."""
    day: Color = r.choice(((172, 204, 228), (196, 210, 220), (160, 196, 226)))
    draw.rectangle((0, 0, 700, 130), fill=(52, 60, 88) if night else day)
    x = -r.randrange(60)
    while x < 690:
        width, top = r.randrange(150, 230), r.randrange(40, 92)
        wall = r.choice(WALLS)
        draw.rectangle((x, top, x + width, GROUND), fill=wall)
        draw.polygon(
            [(x - 8, top), (x + width + 8, top), (x + width - 14, top - 22), (x + 14, top - 22)], fill=r.choice(ROOFS)
        )
        lit: Color = r.choice(((248, 214, 130), (70, 84, 104)))
        pane: Color = lit if night else (104, 124, 142)
        for wx in range(x + 18, x + width - 34, 48):
            draw.rectangle((wx, top + 24, wx + 28, top + 68), fill=pane, outline=(236, 232, 224), width=3)
            draw.line((wx + 14, top + 24, wx + 14, top + 68), fill=(236, 232, 224), width=2)
        sign = r.choice(DOORS)
        draw.rectangle((x + 10, 160, x + width - 10, 182), fill=sign)
        draw.rectangle((x + 10, 184, x + width - 10, GROUND), fill=(92, 88, 84))
        for sx in range(x + 14, x + width - 20, 14):
            draw.line((sx, 186, sx, GROUND), fill=(112, 108, 102), width=2)
        draw.rectangle((x + 26, 196, x + 66, GROUND), fill=sign, outline=(50, 46, 44))
        x += width
    draw.rectangle((0, GROUND, 700, KERB), fill=(170, 164, 156))
    for y in range(GROUND, KERB, 18):
        draw.line((0, y, 700, y), fill=(152, 146, 138))
    for gx in range(-80, 760, 46):
        draw.line((gx, KERB, gx + (gx - 340) // -6, GROUND), fill=(152, 146, 138))
    draw.rectangle((0, KERB, 700, ROAD), fill=(206, 204, 198))
    draw.rectangle((0, ROAD, 700, 520), fill=(86, 88, 92))
    for lx in range(r.randrange(-60, 0), 700, 110):
        draw.polygon([(lx, 420), (lx + 58, 420), (lx + 50, 428), (lx - 8, 428)], fill=(226, 224, 214))
    tree = r.choice((70, 120, 520, 580))
    draw.rectangle((tree, 120, tree + 18, 318), fill=(96, 78, 60))
    for _ in range(7):
        cx, cy, size = tree + 9 + r.randrange(-60, 60), 84 + r.randrange(-50, 46), r.randrange(30, 52)
        green: Color = (64 + r.randrange(30), 104 + r.randrange(40), 58)
        draw.ellipse((cx - size, cy - size * 0.7, cx + size, cy + size * 0.7), fill=green)
    pole = 640 - tree
    draw.rectangle((pole, 60, pole + 6, 330), fill=(66, 72, 76))
    draw.line((pole + 3, 64, pole - 44, 56), fill=(66, 72, 76), width=5)
    draw.ellipse((pole - 60, 50, pole - 36, 64), fill=(255, 236, 170) if night else (214, 214, 208))


def _corridor(draw: Draw, r: Random, night: bool) -> None:
    """A stairwell or corridor of a house: two walls, doors, a lamp."""
    wall: Color = r.choice(((222, 216, 200), (206, 214, 208), (214, 206, 212)))
    dark: Color = (wall[0] - 34, wall[1] - 34, wall[2] - 34)
    draw.rectangle((0, 0, 700, 520), fill=wall)
    draw.polygon([(0, 520), (700, 520), (470, GROUND), (210, GROUND)], fill=(150, 146, 140))
    draw.polygon([(0, 0), (210, 70), (210, GROUND), (0, 520)], fill=dark)
    draw.polygon([(700, 0), (470, 70), (470, GROUND), (700, 520)], fill=dark)
    draw.polygon([(0, 0), (700, 0), (470, 70), (210, 70)], fill=(236, 234, 228))
    door = r.choice(DOORS)
    draw.polygon([(60, 120), (140, 134), (140, 358), (60, 420)], fill=door)
    draw.polygon([(560, 134), (640, 120), (640, 420), (560, 358)], fill=r.choice(DOORS))
    draw.rectangle((292, 116, 388, GROUND), fill=(176, 180, 184), outline=(110, 114, 118), width=4)
    draw.line((340, 116, 340, GROUND), fill=(110, 114, 118), width=3)
    draw.ellipse((318, 22, 362, 44), fill=(255, 246, 206))


# ── what is wrong there ───────────────────────────────────────────────────────────────────────────────────────────────

Problem = Callable[[Draw, Random], None]


def _problem_of(matter: str) -> Problem:
    for starts, problem in PROBLEMS:
        if matter.startswith(starts):
            return problem
    return _boxes


def _rubbish(draw: Draw, r: Random) -> None:
    for i in range(9):
        x, y, w = 190 + i * 27 + r.randrange(-12, 12), 300 + r.randrange(-14, 22), r.randrange(40, 66)
        color = r.choice(BAGS)
        draw.ellipse((x, y - w * 0.7, x + w, y + w * 0.3), fill=color, outline=(20, 20, 22))
        draw.polygon(
            [(x + w * 0.4, y - w * 0.66), (x + w * 0.6, y - w * 0.66), (x + w * 0.5, y - w * 0.95)], fill=color
        )
    for _ in range(40):
        x, y = r.randrange(150, 500), r.randrange(322, 350)
        draw.rectangle(
            (x, y, x + r.randrange(3, 10), y + 3), fill=r.choice(((236, 232, 220), (180, 120, 60), (90, 130, 80)))
        )


def _manhole(draw: Draw, r: Random) -> None:
    draw.ellipse((230, 378, 400, 432), fill=(18, 18, 20), outline=(60, 60, 62), width=5)
    dx = r.randrange(50, 90)
    draw.ellipse((250 + dx, 366, 420 + dx, 420), fill=(112, 112, 114), outline=(62, 62, 66), width=5)
    for i in range(6):
        draw.line((270 + dx, 376 + i * 7, 400 + dx, 376 + i * 7), fill=(84, 84, 88), width=2)
    for cx in (186, 470):
        draw.polygon([(cx, 330), (cx - 20, 392), (cx + 20, 392)], fill=(236, 96, 30))
        draw.polygon([(cx - 9, 358), (cx + 9, 358), (cx + 13, 372), (cx - 13, 372)], fill=(246, 246, 240))


def _bikes(draw: Draw, r: Random) -> None:
    for i in range(11):
        x, y, color = 90 + i * 42 + r.randrange(-12, 12), 330 + r.randrange(-22, 14), r.choice(BIKES)
        draw.ellipse((x, y - 22, x + 32, y + 10), outline=(28, 28, 30), width=4)
        draw.ellipse((x + 42, y - 22, x + 74, y + 10), outline=(28, 28, 30), width=4)
        draw.line((x + 16, y - 6, x + 30, y - 36, x + 58, y - 6, x + 36, y - 6, x + 30, y - 36), fill=color, width=5)
        draw.line((x + 58, y - 6, x + 54, y - 44, x + 64, y - 48), fill=color, width=5)


def _stall(draw: Draw, r: Random) -> None:
    for i in range(3):
        x = 150 + i * 128
        draw.rectangle((x, 276, x + 108, 322), fill=r.choice(((150, 104, 62), (90, 110, 150), (176, 60, 50))))
        for k in range(10):
            fx, fy = x + 8 + k % 5 * 20, 264 + k // 5 * 10
            draw.ellipse((fx, fy, fx + 17, fy + 14), fill=r.choice(((232, 150, 40), (210, 50, 40), (90, 160, 60))))
        draw.line((x + 6, 322, x + 6, 346), fill=(60, 50, 44), width=5)
        draw.line((x + 102, 322, x + 102, 346), fill=(60, 50, 44), width=5)
    draw.polygon([(130, 214), (556, 214), (590, 250), (96, 250)], fill=(200, 60, 54))
    for i in range(6):
        draw.polygon(
            [(148 + i * 70, 214), (182 + i * 70, 214), (180 + i * 72, 250), (142 + i * 72, 250)], fill=(244, 240, 232)
        )


def _posters(draw: Draw, r: Random) -> None:
    for _ in range(16):
        x, y, w, h = r.randrange(120, 520), r.randrange(186, 240), r.randrange(22, 46), r.randrange(26, 44)
        draw.rectangle(
            (x, y, x + w, y + h),
            fill=r.choice(((250, 246, 220), (250, 230, 120), (240, 150, 150))),
            outline=(120, 110, 100),
        )
        for line in range(y + 6, y + h - 4, 7):
            draw.line((x + 4, line, x + w - 4, line), fill=(150, 40, 40), width=2)


def _water(draw: Draw, r: Random) -> None:
    draw.ellipse((40, 352, 640, 474), fill=(96, 130, 152))
    draw.ellipse((120, 376, 560, 456), fill=(128, 162, 182))
    for i in range(26):
        h = r.randrange(60, 190)
        draw.line((334 + i - 13, 402, 334 + (i - 13) * r.randrange(2, 6), 402 - h), fill=(210, 228, 238), width=3)
    draw.ellipse((290, 390, 380, 416), fill=(52, 56, 60))


def _hole(draw: Draw, r: Random) -> None:
    edge = [(220 + i * 26, 392 + (16 if i % 2 else -2) + r.randrange(-6, 6)) for i in range(9)]
    edge += [(430 - i * 26, 432 + (10 if i % 2 else -8) + r.randrange(-6, 6)) for i in range(9)]
    draw.polygon(edge, fill=(46, 42, 40), outline=(120, 112, 104))
    for _ in range(26):
        x, y = r.randrange(190, 470), r.randrange(384, 440)
        draw.polygon([(x, y), (x + 9, y + 2), (x + 4, y + 8)], fill=(130, 126, 120))


def _branch(draw: Draw, r: Random) -> None:
    draw.line((150, 344, 500, 280), fill=(92, 72, 54), width=14)
    for _ in range(60):
        x = 190 + r.randrange(320)
        y = 336 - (x - 150) * 0.18 + r.randrange(-44, 30)
        draw.ellipse((x, y, x + 22, y + 13), fill=(60 + r.randrange(50), 110 + r.randrange(40), 52))


def _cables(draw: Draw, r: Random) -> None:
    for i in range(5):
        low = r.randrange(250, 330)
        draw.line(
            (60, 96 + i * 6, 240, low - 30, 360, low, 470, low - 40, 610, 90 + i * 6),
            fill=(24, 24, 28),
            width=4,
            joint="curve",
        )


def _broken(draw: Draw, r: Random) -> None:
    """Something of the street's furniture leans and hangs."""
    draw.polygon([(300, 344), (314, 346), (398, 176), (384, 172)], fill=(120, 124, 128))
    draw.polygon([(350, 130), (450, 168), (424, 232), (326, 194)], fill=(40, 84, 150), outline=(240, 240, 240), width=5)
    for i in range(5):
        x = 250 + i * 26
        draw.line((x, 352, x + r.randrange(-16, 16), 300), fill=(214, 176, 40), width=7)


def _boxes(draw: Draw, r: Random) -> None:
    """Things stacked where they should not be."""
    for i in range(9):
        w, h = r.randrange(54, 92), r.randrange(36, 62)
        x, y = 176 + i % 5 * 62 + r.randrange(-8, 8), 340 - i // 5 * 52
        color = r.choice(((176, 132, 84), (150, 110, 70), (120, 124, 110), (92, 100, 120)))
        draw.rectangle((x, y - h, x + w, y), fill=color, outline=(70, 54, 40), width=2)
        draw.line((x, y - h // 2, x + w, y - h // 2), fill=(200, 176, 130), width=3)


PROBLEMS: tuple[tuple[tuple[str, ...], Problem], ...] = (
    (("0601", "0604", "06017", "0300"), _rubbish),
    (("0100", "0101"), _manhole),
    (("0901", "24002"), _bikes),
    (("0900", "06029"), _stall),
    (("07", "06004"), _posters),
    (("21001", "21003", "21006", "06030"), _water),
    (("06013", "0605", "21005"), _hole),
    (("04",), _branch),
    (("10002", "06008", "06007", "0102"), _cables),
    (("01", "02", "28003"), _broken),
)
"""By the first digits of a matter's code (GB/T 47678.5 and our extension): the first line that fits."""

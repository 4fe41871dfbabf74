"""Pictures of pages, and how each is held against the one that was kept.

On the machine that made them (`made.json`: browser, fonts, GL renderer, processor) a picture must be the very same, every
pixel. Where only the renderer or the processor is another, colours are rounded otherwise: there what somebody would see counts
(`seen`). Where another browser or other fonts lay the words out, there is nothing to hold them against (`strange`).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, BrowserContext, Page, Request

from browser.still import Clock
from house import ROOT

FOLDER = Path(__file__).with_name("baselines")
MADE = FOLDER / "made.json"
TAKING = os.environ.get("YIWANG_BASELINES") == "1"
DIFFS = Path(os.environ.get("YIWANG_SCREENSHOTS") or Path(tempfile.gettempdir()) / "yiwang-shots")
MOST_BYTES = 2_500_000
"""All pictures together."""
Picture = NDArray[np.uint8]

# ── two pictures ──────────────────────────────────────────────────────────────────────────────────────────────────────

TILE, SHIFT, STRONG, PART = 16, 2, 40, 0.2


def read(data: bytes | Path) -> Picture:
    return np.asarray(Image.open(io.BytesIO(data) if isinstance(data, bytes) else data).convert("RGB"))


def unequal(a: Picture, b: Picture) -> int:
    """Pixels that are not the same in both."""
    return max(a[..., 0].size, b[..., 0].size) if a.shape != b.shape else int((a != b).any(axis=2).sum())


def seen(a: Picture, b: Picture) -> list[tuple[int, int]]:
    """Where a person would see a change: (x, y) of tiles of 16 pixels in which at least a fifth differs strongly (by 40 of
    255 in some colour) after a light blur, wherever the other picture is looked at within two pixels around."""
    if a.shape != b.shape:
        return [(0, 0)]
    one, other = _blurred(a), _blurred(b)
    strong = (_least(one, other) > STRONG) | (_least(other, one) > STRONG)
    rows, columns = -(-a.shape[0] // TILE), -(-a.shape[1] // TILE)
    padded = np.zeros((rows * TILE, columns * TILE), bool)
    padded[: a.shape[0], : a.shape[1]] = strong
    share = padded.reshape(rows, TILE, columns, TILE).mean(axis=(1, 3))
    return [(int(x) * TILE, int(y) * TILE) for y, x in np.argwhere(share >= PART)]


def _blurred(a: Picture) -> NDArray[np.int16]:
    return np.asarray(Image.fromarray(a).filter(ImageFilter.BoxBlur(1))).astype(np.int16)


def _least(a: NDArray[np.int16], b: NDArray[np.int16]) -> NDArray[np.int16]:
    """By how much each pixel of `a` differs from the likest of `b` around it."""
    height, width = a.shape[:2]
    around = np.pad(b, ((SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), mode="edge")
    best = np.full((height, width), 255, np.int16)
    for y in range(2 * SHIFT + 1):
        for x in range(2 * SHIFT + 1):
            np.minimum(best, np.abs(a - around[y : y + height, x : x + width]).max(axis=2), out=best)
    return best


def difference(old: Picture, new: Picture, *, exact: bool) -> str:
    """In what the new one is not as the old, or nothing."""
    if not (n := unequal(old, new)):
        return ""
    if exact:
        return f"{n} pixels differ"
    return f"{len(places)} places of {TILE} × {TILE} differ, {places[:5]}" if (places := seen(old, new)) else ""


def marked(old: Picture, new: Picture) -> Image.Image:
    """The new picture, pale, with red where it is not as the old."""
    pale = Image.fromarray(new).convert("L").point(lambda v: 170 + v // 3).convert("RGB")
    if old.shape != new.shape:
        return pale
    shown = np.array(pale)
    shown[(old != new).any(axis=2)] = (214, 20, 20)
    return Image.fromarray(shown)


# ── what they were made with ──────────────────────────────────────────────────────────────────────────────────────────

FAMILIES = re.compile(r"--(?:font|mono): ([^;]+);")
SIMD = re.compile(r"\b(?:sse|ssse|avx|fma|f16c|asimd|neon|sve)\w*")


def machine(browser: Browser) -> dict[str, Any]:
    """Whatever changes pixels: the browser, the fonts that its styles' families resolve to, what draws maps, the processor."""
    page = browser.new_page()
    gl = page.evaluate(RENDERER)
    page.close()
    said = ",".join(FAMILIES.findall((ROOT / "web/src/styles/base.css").read_text("utf-8")))
    families = sorted({family.strip(" '\n") for family in said.split(",")})
    cpu = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*: (.+)", cpu)
    return {
        "chromium": browser.version,
        "gl": gl,
        "processor": model[1] if model else "",
        "simd": " ".join(sorted(set(SIMD.findall(cpu)))),
        "fonts": {f"{family}, {style}": _font(family, style) for family in families for style in ("regular", "bold")},
    }


def strange(here: dict[str, Any]) -> str:
    """Why nothing can be held against the pictures here: words are laid out otherwise than where they were made."""
    made = _made()
    if (a := here["chromium"]).split(".")[0] != (b := made["chromium"]).split(".")[0]:
        return f"the pictures are of Chromium {b}, here is {a}"
    other = sorted(key for key in {*here["fonts"], *made["fonts"]} if here["fonts"].get(key) != made["fonts"].get(key))
    return f"the pictures were made with other fonts than are here for {other}" if other else ""


def _made() -> dict[str, Any]:
    return json.loads(MADE.read_text("utf-8"))


RENDERER = """() => {
  const gl = document.createElement('canvas').getContext('webgl2')
  const known = gl?.getExtension('WEBGL_debug_renderer_info')
  return known ? `${gl.getParameter(known.UNMASKED_VENDOR_WEBGL)} ${gl.getParameter(known.UNMASKED_RENDERER_WEBGL)}` : ''
}"""


@cache
def _font(family: str, style: str) -> str:
    """The file that a family resolves to here, how it is to be hinted, and the file's digest."""
    if not shutil.which("fc-match"):
        return ""
    how = "%{file}|%{hinting} %{hintstyle} %{antialias} %{rgba}"
    asked = ["fc-match", "-f", how, f"{family}:style={style}:lang=zh-cn"]
    file, _, how = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.partition("|")
    return f"{Path(file).name} {how} {_digest(file)}"


@cache
def _digest(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]


# ── taking them ───────────────────────────────────────────────────────────────────────────────────────────────────────

SIZES = {"desk": (1440, 900), "phone": (390, 844), "wide": (1440, 900)}
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
"""What the account's page says of a device is not to change with the browser."""
QUIET = """() => document.fonts.status === 'loaded'
  && [...document.images].every(i => i.complete)
  && [...document.querySelectorAll('.maplibregl-map')].every(m => 'drawn' in m.dataset)"""
DECODED = "async () => void await Promise.all([...document.images].map(i => i.decode().catch(() => null)))"
OPEN = """() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('img { object-position: 50.01% 50% }')
  document.adoptedStyleSheets = [sheet]
}"""
"""The ground under a photo shines through its round corners, but for Chromium leaving it out where the photo, already there
when the ground was painted, covers all of it. Of a photo that is not quite in the middle it never says so."""
TRIES = 100


class Album:
    """Takes pictures, and remembers which are not as they were."""

    def __init__(self, browser: Browser, clock: Clock) -> None:
        self.browser, self.clock = browser, clock
        self.taken: list[str] = []
        self.wrong: list[str] = []
        self.faults: list[str] = []
        self._waiting: dict[Page, set[Request]] = {}
        self.here = machine(browser)
        made = self.here if TAKING else _made()
        self.other = [key for key in self.here if made.get(key) != self.here[key]]
        """In what this machine is not the one that made the pictures."""

    @contextmanager
    def person(self, kind: str, **more: Any) -> Iterator[BrowserContext]:
        """Somebody's browser, its clock standing still."""
        width, height = SIZES[kind]
        hand: dict[str, Any] = {"is_mobile": True, "has_touch": True} if kind == "phone" else {}
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce",
            user_agent=AGENT, **hand, **more,
        )  # fmt: skip
        context.add_init_script(f"({OPEN})()")
        with self.clock.on(context):
            yield context
        context.close()

    def page(self, context: BrowserContext) -> Page:
        page = context.new_page()
        waiting = self._waiting[page] = set()
        page.on("request", lambda r: None if r.resource_type == "eventsource" else waiting.add(r))
        for ended in ("requestfinished", "requestfailed"):
            page.on(ended, lambda r: waiting.discard(r))
        page.on("pageerror", lambda fault: self.faults.append(f"{page.url}: {fault}"))
        return page

    def take(self, page: Page, name: str, *, held: str = "-") -> None:
        """When nothing is still to come, twice the same. `held`: the end of an address whose answer is kept back."""
        page.mouse.move(0, 0)
        self._settle(page, held)
        page.evaluate(DECODED)
        data = page.screenshot(animations="disabled", caret="hide")
        for _ in range(TRIES):
            again = page.screenshot(animations="disabled", caret="hide")
            if again == data and self._is_quiet(page, held):
                break
            data = again
        else:
            raise AssertionError(f"{name} never stands still")
        self._judge(name, read(data))

    def _is_quiet(self, page: Page, held: str) -> bool:
        return page.evaluate(QUIET) and all(r.url.endswith(held) for r in self._waiting[page])

    def _settle(self, page: Page, held: str) -> None:
        for _ in range(TRIES * 12):
            if self._is_quiet(page, held):
                return
            page.wait_for_timeout(50)
        raise AssertionError(f"{page.url} is never done: {[r.url for r in self._waiting[page]]}")

    def _judge(self, name: str, new: Picture) -> None:
        self.taken.append(name)
        file = FOLDER / f"{name}.webp"
        old = read(file) if file.exists() else None
        if TAKING:
            if old is None or unequal(old, new):
                FOLDER.mkdir(exist_ok=True)
                Image.fromarray(new).save(file, lossless=True, quality=100, method=6)
        elif old is None:
            self._keep(name, new)
            self.wrong.append(f"{name}: there is none yet")
        elif said := difference(old, new, exact=not self.other):
            kept = self._keep(name, new)
            marked(old, new).save(kept.with_suffix(".diff.png"))
            self.wrong.append(f"{name}: {said}; {kept} and .diff.png")

    def _keep(self, name: str, new: Picture) -> Path:
        DIFFS.mkdir(parents=True, exist_ok=True)
        Image.fromarray(new).save(file := DIFFS / f"{name}.png")
        return file

    def close(self) -> None:
        """What was not as it was; or, when taking anew, all that belongs in the folder and nothing else."""
        assert self.faults == []
        if TAKING:
            MADE.write_text(json.dumps(self.here, ensure_ascii=False, indent=1) + "\n", "utf-8")
            for file in FOLDER.glob("*.webp"):
                if file.stem not in self.taken:
                    file.unlink()
        elif self.other:
            warnings.warn(
                f"another machine than the one that made the pictures ({', '.join(self.other)}): held against them by what can be seen",
                stacklevel=2,
            )
        again = "as it should be? YIWANG_BASELINES=1 takes them anew"
        assert self.wrong == [], "\n".join([*self.wrong, again])
        assert sorted(self.taken) == sorted(f.stem for f in FOLDER.glob("*.webp")), again
        assert sum(f.stat().st_size for f in FOLDER.glob("*.webp")) <= MOST_BYTES

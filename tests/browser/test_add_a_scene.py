"""docs/add-a-scene.md, followed word for word by somebody who has read nothing else: its commands run, its files written, its line put
in; then the scene works at the API, the desk, the map, the phone and the wall, with no change anywhere else."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from typer.testing import CliRunner

import world
import yiwang.scenes
from browser.conftest import SIZE, Site, running
from browser.looking import axe, shot
from browser.phone import item, phone, shoot, start
from conftest import Databases
from yiwang import cli, cli_scene, wiring
from yiwang.cases.model import PhotoKind
from yiwang.kit.errors import Invalid, Refused
from yiwang.kit.ids import new_id
from yiwang.register import actions, rules
from yiwang.register.actions_step import take_step
from yiwang.register.model import AddThing, thing_id
from yiwang.register.model_step import TakeStep
from yiwang.scenes.actions import load_scenes

pytestmark = pytest.mark.browser
LONG = 60_000
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-scene.md").read_text("utf-8")
WALL = {"width": 3840, "height": 1080}
ISORT = "lint.isort.known-first-party = ['yiwang']"
PARK = thing_id("bikes", "BK-001")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file it is, if any, and its text."""

    kind: str
    file: str
    text: str


BLOCKS = [Block(*found) for found in re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the page tells to write, written, beside the program's own."""
    root = tmp_path_factory.mktemp("clone")
    home = root / "src" / "yiwang" / "scenes"
    home.mkdir(parents=True)
    (root / "tests" / "scenes").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_scene, "HOME", home)
        patch.setattr(yiwang.scenes, "__path__", [*yiwang.scenes.__path__, str(home)])
        for block in BLOCKS:
            if block.kind == "sh":
                for line in block.text.splitlines():
                    name, *words = shlex.split(line)
                    assert name == "yiwang"
                    done = CliRunner().invoke(cli.app, words)
                    assert done.exit_code == 0, done.output
            elif block.kind != "diff":
                (root / block.file).write_text(block.text, "utf-8")
        patch.setattr(wiring, "SCENES", load_scenes(*_names(_edited())))
        before = rules.kinds().values()
        yield root
        rules.know(before)
    for module in [m for m in sys.modules if m.startswith("yiwang.scenes.bikes")]:
        del sys.modules[module]


def _edited() -> str:
    """The one file that is changed, with the page's line in it."""
    [block] = [b for b in BLOCKS if b.kind == "diff"]
    assert block.file == "src/yiwang/wiring.py"
    context, *added = block.text.splitlines()
    source = (ROOT / block.file).read_text("utf-8")
    assert source.count(context[1:] + "\n") == 1 and len(added) == 1 and added[0].startswith("+")
    return source.replace(context[1:] + "\n", f"{context[1:]}\n{added[0][1:]}\n")


def _names(source: str) -> list[str]:
    """The scenes that a wiring names."""
    [call] = [
        n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "load_scenes"
    ]
    return [ast.literal_eval(arg) for arg in call.args]


@pytest.fixture(scope="module")
def town(written: Path, worlds: tuple[Databases, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    databases, template = worlds

    def fill(site: Site) -> None:
        def enter(p: world.Play) -> None:
            cmd = AddThing(
                "bikes",
                "BK-001",
                "老西门地铁站 3 号口",
                *world.SPOT,
                address="方斜路",
                attributes={"room": 40, "at": "地铁口"},
            )
            actions.add_thing(p.tx, p.who("wang.lei"), cmd)
            photo = p.photo("wang.lei", PhotoKind.near).sha256
            count = TakeStep(new_id(), PARK, "count", p.tx.now, {"bikes": 75}, (photo,), *world.SPOT, 8.0)
            take_step(p.tx, p.who("wang.lei"), count)

        site.act(enter)

    with running(databases, databases.create(template), tmp_path_factory.mktemp("town"), fill) as made:
        for job in wiring.jobs(made.system):
            if job.name == "register.tally":
                job.work(made.system.database)
        yield made


@pytest.fixture
def pages(browser: Browser, town: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SIZE, locale="zh-CN", reduced_motion="reduce")
    town.sign_in(context, "zhang.min")
    yield context
    context.close()


def at(context: BrowserContext, town: Site, address: str) -> Page:
    page = context.new_page()
    page.goto(f"{town.url}/#{address}")
    return page


def test_it_takes_ten_steps_at_most_and_one_line_outside_its_folder():
    assert 3 <= len(re.findall(r"^\*\*\d+\. ", PAGE, re.MULTILINE)) <= 10
    inside = ("src/yiwang/scenes/bikes/", "tests/scenes/")
    assert {b.file for b in BLOCKS if b.kind != "sh" and not b.file.startswith(inside)} == {"src/yiwang/wiring.py"}


def test_what_it_writes_is_as_the_house_wants_it(written: Path):
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--config",
        str(ROOT / "pyproject.toml"),
        "--config",
        ISORT,
        "src",
        "tests",
    ]
    done = subprocess.run(ruff, cwd=written, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_its_own_test_passes(written: Path):
    code = (
        "import sys, pytest, yiwang.scenes; yiwang.scenes.__path__.append(sys.argv[1]);"
        " sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', sys.argv[2]]))"
    )
    args = [sys.executable, "-c", code, str(written / "src/yiwang/scenes"), str(written / "tests/scenes/test_bikes.py")]
    done = subprocess.run(args, cwd=written, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_the_command_writes_works_as_it_is(written: Path):
    assert CliRunner().invoke(cli.app, ["scene", "new", "benches", "公共座椅", "benches"]).exit_code == 0
    [scene] = load_scenes("benches")
    before = rules.kinds().values()
    rules.know(scene.kinds)
    rules.know(before)


@pytest.mark.parametrize(("name", "error"), [("Bikes", Invalid), ("../x", Invalid), ("bikes", Refused)])
def test_a_name_that_cannot_be_or_is_there_is_refused(written: Path, name: str, error: type):
    assert isinstance(CliRunner().invoke(cli.app, ["scene", "new", name, "甲", "a"]).exception, error)


def test_it_works_at_the_api(pages: BrowserContext, town: Site):
    scenes = pages.request.get(f"{town.url}/api/scenes").json()
    assert scenes[0] == {"name": "bikes", "zh": "共享单车停放", "en": "bike parking", "kinds": ["bikes"]}
    told = pages.request.get(f"{town.url}/api/things/{PARK}").json()
    assert told["thing"]["state"] == "overflowing" and told["cases"] and told["may"] == ["close"]
    owed = pages.request.get(f"{town.url}/api/owed?thing={PARK}").json()["items"]
    assert [o["rule"] for o in owed] == ["bikes-check"]


def test_it_works_at_the_desk(pages: BrowserContext, town: Site):
    page = at(pages, town, "/scenes/bikes")
    expect(page.locator("[data-figure='overflowing'] b")).to_have_text("1", timeout=LONG)
    expect(page.locator("[data-course]")).to_contain_text("清点：溢出：75 辆", timeout=LONG)
    assert axe(page) == []
    shot(page, "desk-scene-new")
    page.locator("[data-course] a").first.click()
    file = page.locator("[data-file]")
    expect(file).to_contain_text("泊位数", timeout=LONG)
    expect(file).to_contain_text("溢出")


def test_it_works_on_the_wall(browser: Browser, pages: BrowserContext, town: Site):
    page = at(pages, town, "/scenes")
    page.set_viewport_size(WALL)
    card = page.locator("[data-card='bikes']")
    expect(card.locator("[data-figure='overflowing'] b")).to_have_text("1", timeout=LONG)
    expect(card.locator("[data-figure='things'] b")).to_have_text("1")
    trouble = page.locator("[data-trouble='bikes']")
    expect(trouble).to_contain_text("溢出：75 辆")
    expect(trouble).to_contain_text("老西门地铁站 3 号口")
    expect(page.locator('.map[data-state="ready"]')).to_be_visible(timeout=LONG)
    page.locator("[data-layer='bikes']").click()
    expect(page.locator("[data-scene-map='bikes']")).to_be_visible()
    for other in ("works", "elevators"):
        expect(page.locator(f"[data-card='{other}']")).to_be_visible()
    assert axe(page) == []
    shot(page, "wall-scenes")


def test_it_works_on_the_map(pages: BrowserContext, town: Site):
    page = at(pages, town, "/scenes/bikes")
    page.get_by_role("link", name="地图上看").click(timeout=LONG)
    expect(page.locator('.map[data-state="ready"]')).to_be_visible(timeout=LONG)
    layer = page.get_by_label("共享单车停放点")
    expect(layer).to_be_checked()
    shot(page, "desk-map-new")


def test_it_works_on_the_phone_without_a_network_too(browser: Browser, town: Site):
    with phone(browser, town) as context:
        page = start(context, town, f"/things/{PARK}")
        expect(page.get_by_role("heading", name="老西门地铁站 3 号口")).to_be_visible(timeout=LONG)
        expect(page.get_by_text("溢出", exact=True).first).to_be_visible()
        context.set_offline(True)
        page.locator("[data-step='count']").click()
        sheet = page.locator("dialog[open]")
        sheet.locator("[data-field='bikes'] input").fill("30")
        shoot(page, "现场照片", 500)
        sheet.locator("[data-submit]").click()
        expect(page.locator(".queued")).to_contain_text("待上传")
        context.set_offline(False)
        page.evaluate("location.hash = '/outbox'")
        expect(item(page, "step")).to_have_attribute("data-state", "received", timeout=LONG)
        page.evaluate(f"location.hash = '/things/{PARK}'")
        expect(page.get_by_text("正常", exact=True).first).to_be_visible(timeout=LONG)
        shot(page, "field-thing-new")

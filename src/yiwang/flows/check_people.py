"""检查数据包里的人员、岗位、凭证和排班: do they fit each other, the units and the duty grids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from yiwang.flows import load_people
from yiwang.flows.pack_files import Pack, Trouble
from yiwang.kit.errors import Invalid
from yiwang.kit.table import Fault
from yiwang.network.model import FIELD_POSTS
from yiwang.network.model_sheet import PersonLine
from yiwang.network.model_units import KnownUnit
from yiwang.network.rules_sheet import read_duty, read_person


class PeopleCheck:
    """Goes through packs in order (`pack` is the present one), notes troubles, remembers what earlier ones brought."""

    def __init__(self) -> None:
        self.pack: Pack
        self.troubles: list[Trouble] = []
        self.units: dict[str, KnownUnit] = {}
        self.duty_grids: set[str] = set()
        self.logins: set[str] = set()
        self.posts: set[tuple[str, str, str]] = set()

    def note(self, file: str, line: int, zh: str, en: str) -> None:
        self.troubles.append(Trouble(self.pack.name, file, line, zh, en))

    @contextmanager
    def reading(self, file: str) -> Iterator[None]:
        try:
            yield
        except Invalid as fault:
            lines = fault.detail.get("lines") or fault.detail.get("rows") or ()
            named = [x for x in lines if isinstance(x, dict) and "zh" in x]
            for line in named:
                self.note(file, line["line"], line["zh"], line["en"])
            if not named:
                self.note(file, 0, fault.zh, fault.en)

    @contextmanager
    def row(self, file: str, line: int) -> Iterator[None]:
        try:
            yield
        except Fault as fault:
            self.note(file, line, f"“{fault.column}”{fault.zh}", fault.en)

    def look_at_people(self) -> None:
        with self.reading(self.pack.files["people"][0]):
            for file, n, row in self.pack.rows("people", *load_people.PERSON):
                with self.row(file, n):
                    line = read_person(row)
                    if line.login in self.logins:
                        self.note(file, n, f"登录名“{line.login}”重复", "the login is taken")
                    self.logins.add(line.login)
                    self._post(file, n, line)

    def look_at_certificates(self) -> None:
        with self.reading(self.pack.files["certificates"][0]):
            for file, line, row in self.pack.rows("certificates", *load_people.CERTIFICATE):
                self._person(file, line, row["login"])

    def look_at_posts(self) -> None:
        with self.reading(self.pack.files["posts"][0]):
            for file, n, row in self.pack.rows("posts", *load_people.POST):
                with self.row(file, n):
                    line = read_person(row)
                    self._person(file, n, line.login)
                    self._post(file, n, line)

    def _person(self, file: str, line: int, login: str) -> None:
        if login not in self.logins:
            self.note(file, line, f"没有“{login}”这个人", f"nobody is called {login!r}")

    def _post(self, file: str, n: int, line: PersonLine) -> None:
        if line.post is None:
            return
        if line.unit not in self.units:
            self.note(file, n, f"没有单位“{line.unit}”", f"no unit {line.unit!r}")
        if line.grids and line.post not in FIELD_POSTS:
            self.note(file, n, f"岗位“{line.post}”不按责任网格任命", "this post is not bound to grids")
        for grid in line.grids:
            if grid not in self.duty_grids:
                self.note(file, n, f"没有责任网格“{grid}”", f"no duty grid {grid!r}")
        self.posts.add((line.login, line.post, line.unit))

    def look_at_duty(self) -> None:
        with self.reading(self.pack.files["duty"][0]):
            for file, n, row in self.pack.rows("duty", *load_people.DUTY):
                with self.row(file, n):
                    words = read_duty(row)
                    for login in words.logins:
                        if (login, words.kinds[0], words.unit) not in self.posts:
                            self.note(file, n, f"“{login}”在该单位没有这个岗位", f"{login!r} holds no such post there")

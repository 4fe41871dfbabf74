"""检查数据包里的人员、岗位、凭证和排班: do they fit each other, the units and the duty grids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from yiwang.flows import load_people
from yiwang.flows.pack_files import Pack, Trouble
from yiwang.kit.errors import Invalid
from yiwang.network.model import FIELD_POSTS, PostKind
from yiwang.network.model_people import ShiftKind
from yiwang.network.model_units import KnownUnit


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

    def look_at_people(self) -> None:
        with self.reading(self.pack.files["people"][0]):
            for file, line, row in self.pack.rows("people", *load_people.PERSON):
                if not row["login"] or row["login"] in self.logins:
                    self.note(file, line, f"登录名“{row['login']}”空着或重复", "the login is empty or taken")
                self.logins.add(row["login"])
                if row.get("post"):
                    self._post(file, line, row)

    def look_at_certificates(self) -> None:
        with self.reading(self.pack.files["certificates"][0]):
            for file, line, row in self.pack.rows("certificates", *load_people.CERTIFICATE):
                self._person(file, line, row["login"])

    def look_at_posts(self) -> None:
        with self.reading(self.pack.files["posts"][0]):
            for file, line, row in self.pack.rows("posts", *load_people.POST):
                self._person(file, line, row["login"])
                self._post(file, line, row)

    def _person(self, file: str, line: int, login: str) -> None:
        if login not in self.logins:
            self.note(file, line, f"没有“{login}”这个人", f"nobody is called {login!r}")

    def _post(self, file: str, line: int, row: dict[str, str]) -> None:
        if row["post"] not in PostKind.__members__:
            self.note(file, line, f"没有岗位“{row['post']}”", f"no post {row['post']!r}")
        if row["unit"] not in self.units:
            self.note(file, line, f"没有单位“{row['unit']}”", f"no unit {row['unit']!r}")
        grids = [g for g in row.get("grids", "").split(";") if g]
        if grids and row["post"] not in FIELD_POSTS:
            self.note(file, line, f"岗位“{row['post']}”不按责任网格任命", "this post is not bound to grids")
        for grid in grids:
            if grid not in self.duty_grids:
                self.note(file, line, f"没有责任网格“{grid}”", f"no duty grid {grid!r}")
        self.posts.add((row["login"], row["post"], row["unit"]))

    def look_at_duty(self) -> None:
        with self.reading(self.pack.files["duty"][0]):
            for file, line, row in self.pack.rows("duty", *load_people.DUTY):
                for login in row["logins"].split(";"):
                    if (login, row["post"], row["unit"]) not in self.posts:
                        self.note(file, line, f"“{login}”在该单位没有这个岗位", f"{login!r} holds no such post there")
                if row["shift"] not in ShiftKind.__members__ or not set(row["weekdays"]) <= set("1234567"):
                    self.note(file, line, "班次或星期写得不对", "the shift or the weekdays are wrong")

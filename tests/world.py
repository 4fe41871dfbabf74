"""The named world (packs/laoximen: the same people in tests, demo and docs) and a play in which they act."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import obstore.store
import pytest
from PIL import ExifTags, Image

import recordings
from yiwang import flows
from yiwang.cases import actions_dispatch, actions_file, actions_report, actions_verify, store
from yiwang.cases.model import Case, Channel, Clock, Order, PhotoKind
from yiwang.cases.model_commands import (
    AcceptCase,
    Assignment,
    CloseCase,
    DispatchCase,
    FileCase,
    FinishOrder,
    PhotoUse,
    ReportCase,
    TakeOrder,
    VerifyCase,
)
from yiwang.flows.load_pack import find_pack, load_pack
from yiwang.kit import files, timers
from yiwang.kit.db import Database, Tx
from yiwang.kit.errors import Problem
from yiwang.kit.ids import named_id, new_id
from yiwang.kit.timers import Timer
from yiwang.ledger.actions_settle import settle_to_the_end
from yiwang.ledger.queries import is_all_settled, list_entries
from yiwang.network.actions_people import add_person, grant_post
from yiwang.network.model import Actor, PostKind, system
from yiwang.network.model_people import AddPerson, GrantPost
from yiwang.network.queries_actor import get_actor_by_login

LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00+08:00")
STREET = "310101019"
SPOT = (121.4835, 31.2170)
FAR = (121.4935, 31.2170)
"""Some 950 m from SPOT, in the next street."""
RUBBISH = ("matter", "06010")
URGENT = {"matter_code": "01001"}
"""供水井盖异常: missing or displaced, 2 urgent hours."""
P = PostKind
EXTRA = (
    # beside the pack's people: somebody from the next street, and a handler who is an inspector as well
    ("next.door", P.operator, "310101018"),
    ("next.door", P.dispatcher, "310101018"),
    ("kong.jie", P.inspector, STREET),
)
SETUP = system("pack")


def unit(code: str) -> UUID:
    return named_id(f"unit:{code}")


def build(database: Database) -> None:
    """The pack of the demo street, as `make up` has it, and two people more: some five seconds."""
    load_pack(database, find_pack("laoximen"))
    with database.transaction() as tx:
        add_person(tx, SETUP, AddPerson(named_id("person:next.door"), "next.door", "邻街道值班员"))
        for login, kind, code in EXTRA:
            person = get_actor_by_login(tx, login).id
            grant_post(tx, SETUP, GrantPost(new_id(), person, kind, unit(code), since=LONG_AGO))
        # Nobody here has a telephone: tests assemble applications over this world, each with keys of its own.
        tx.conn.execute("update network.person set sealed = null")


def jpeg(color: Any = "red", exif: tuple[float, float] | None = None, size: int = 32) -> bytes:
    """A small photo, with a GPS position in its EXIF if one is given."""
    image, out = Image.new("RGB", (size, size), color), io.BytesIO()
    tags = Image.Exif()
    tags[ExifTags.Base.ImageDescription] = str(color)  # JPEG makes one of near shades: two photos stay two
    if exif:
        lon, lat = exif
        gps = tags.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
        gps[ExifTags.GPS.GPSLatitude] = (int(lat), int(lat % 1 * 60), round(lat * 60 % 1 * 60, 3))
        gps[ExifTags.GPS.GPSLongitude] = (int(lon), int(lon % 1 * 60), round(lon * 60 % 1 * 60, 3))
    image.save(out, "JPEG", exif=tags)
    return out.getvalue()


def settle(database: Database) -> int:
    """Give every entry of this database its position; how many got one. What is newer than the oldest open transaction of the
    whole server waits for it, in whatever database that is: another worker's test may hold one for long."""
    done = settle_to_the_end(database, patience=240)
    with database.reading() as tx:
        assert is_all_settled(tx), "somebody on this server has held a transaction open for four minutes"
    return done


SETTLE = """
insert into ledger.leaf (position, subject_id, n, hash)
select (select count(*) from ledger.leaf) + row_number() over (order by e.at, e.n, e.subject_id) - 1, e.subject_id, e.n, e.hash
from ledger.entry e where not exists (select from ledger.leaf l where l.subject_id = e.subject_id and l.n = e.n)
"""
"""As the settler would, had each act been a transaction of its own: here all are one, which no settler may look into."""


@dataclass
class Play:
    """One transaction in which people of the world act; `tx.now` moves as the play goes on."""

    tx: Tx
    photos: obstore.store.MemoryStore = field(default_factory=obstore.store.MemoryStore)
    shades: Iterator[tuple[int, int, int]] = field(
        default_factory=lambda: ((i % 251, i // 251 % 251, 7) for i in range(1, 10**6))
    )

    def who(self, login: str) -> Actor:
        return get_actor_by_login(self.tx, login)

    def wait(self, **delta: float) -> None:
        """Time passes; what falls due meanwhile fires at its own instant, in order."""
        until = self.tx.now + timedelta(**delta)
        while (due := timers.next_due(self.tx)) is not None and due <= until:
            self.tx.now = max(due, self.tx.now)
            self.fire()
        self.tx.now = until

    def settle(self) -> None:
        """Give every entry its position."""
        self.tx.conn.execute(SETTLE)

    def fire(self) -> int:
        """One sweep, in this transaction."""
        due = timers.CLAIM.all(self.tx, now=self.tx.now, limit=100)
        return sum(len(flows.TIMERS[t.kind](self.tx, [t])) for t in due)

    def timers(self, case: Case) -> list[Timer]:
        far = self.tx.now + timedelta(days=5000)
        return [t for t in timers.CLAIM.all(self.tx, now=far, limit=1000) if t.subject_id == case.id]

    def photo(self, login: str, kind: PhotoKind, exif: tuple[float, float] | None = None) -> PhotoUse:
        data = jpeg(next(self.shades), exif)
        stored = files.put_photo(self.tx, self.photos, data, self.who(login).id, "Asia/Shanghai")
        return PhotoUse(stored.sha256, kind)

    def voice(self, login: str, seconds: float = 3) -> str:
        """The SHA-256 of a voice note of theirs, unlike any before: each lasts a little longer than was asked for."""
        data = recordings.webm(seconds + next(self.shades)[0] / recordings.RATE)
        return files.put_voice(self.tx, self.photos, data, self.who(login).id).sha256

    def condition(self, text: str = "未倒入垃圾容器") -> UUID:
        """A filing condition by a part of its words."""
        sql = "select id from city.condition where text like %s and code = any(%s) order by code limit 1"
        row = self.tx.conn.execute(sql, [f"%{text}%", ["01-10", "01-01"]]).fetchone()
        assert row, text
        return row[0]

    # the seven steps, each as its post does it

    def report(self, by: str = "zhang.min", **more: Any) -> Case:
        """A hotline report that nobody has accepted yet, unless told otherwise."""
        fields: dict[str, Any] = {
            "channel": Channel.hotline, "description": "路边有一堆暴露垃圾", "matter_kind": RUBBISH[0],
            "matter_code": RUBBISH[1], "lon": SPOT[0], "lat": SPOT[1], "place": "文庙路",
        }  # fmt: skip
        return actions_report.report_case(self.tx, self.who(by), ReportCase(**{"id": new_id(), **fields, **more}))

    def accepted(self, **more: Any) -> Case:
        case = self.report(**more)
        return actions_file.accept_case(self.tx, self.who("zhang.min"), AcceptCase(case.id))

    def file(self, case_id: UUID) -> Case:
        """Accept and file what somebody has reported."""
        case = actions_file.accept_case(self.tx, self.who("zhang.min"), AcceptCase(case_id))
        return actions_file.file_case(self.tx, self.who("zhang.min"), FileCase(case.id, self.condition()))

    def filed(self, condition: str = "未倒入垃圾容器", **more: Any) -> Case:
        case = self.accepted(**({} if condition == "未倒入垃圾容器" else URGENT) | more)
        return actions_file.file_case(self.tx, self.who("zhang.min"), FileCase(case.id, self.condition(condition)))

    def dispatched(
        self, lead: str = "310101019-chengguan", assists: tuple[tuple[str, int], ...] = (), **more: Any
    ) -> Case:
        case = self.filed(**more)
        return self.dispatch(case, lead, assists)

    def dispatch(
        self, case: Case, lead: str = "310101019-chengguan", assists: tuple[tuple[str, int], ...] = ()
    ) -> Case:
        parts = tuple(Assignment(unit(code), turn=turn) for code, turn in assists)
        cmd = DispatchCase(case.id, Assignment(unit(lead)), parts)
        return actions_dispatch.dispatch_case(self.tx, self.who("chen.jie"), cmd)

    def take(self, case: Case, by: str = "cheng.gang") -> Case:
        return actions_dispatch.take_order(self.tx, self.who(by), TakeOrder(case.id, self.order(case, by).id))

    def finish(self, case: Case, by: str = "cheng.gang") -> Case:
        photo = self.photo(by, PhotoKind.handled)
        cmd = FinishOrder(case.id, self.order(case, by).id, "已清理", (photo,))
        return actions_dispatch.finish_order(self.tx, self.who(by), cmd)

    def verify(self, case: Case, by: str = "wang.lei", *, passed: bool = True, at: Any = SPOT) -> Case:
        lon, lat = at or (None, None)
        cmd = VerifyCase(case.id, passed, "看过了", lon, lat, (self.photo(by, PhotoKind.verified),))
        return actions_verify.verify_case(self.tx, self.who(by), cmd)

    def close(self, case: Case, by: str = "zhang.min") -> Case:
        return actions_verify.close_case(self.tx, self.who(by), CloseCase(case.id, "清理干净"))

    def handled(self, **more: Any) -> Case:
        return self.finish(self.take(self.dispatched(**more)))

    def closed(self, **more: Any) -> Case:
        return self.close(self.verify(self.handled(**more)))

    # looking

    def now(self, case: Case) -> Case:
        return store.lock_case(self.tx, case.id)

    def orders(self, case: Case) -> list[Order]:
        return store.ORDERS.all(self.tx, case_id=case.id)

    def order(self, case: Case, by: str) -> Order:
        """The order of the unit in which this person is a handler: the newest."""
        units = {p.unit_id for p in self.who(by).posts if p.kind is P.handler}
        return max((o for o in self.orders(case) if o.unit_id in units), key=lambda o: o.id)

    def clocks(self, case: Case) -> list[Clock]:
        return store.CLOCKS.all(self.tx, case_id=case.id)

    def events(self, case: Case) -> list[str]:
        return [e.event.removeprefix("case.") for e in list_entries(self.tx, case.id)]

    @contextmanager
    def refused(self, code: str) -> Iterator[pytest.ExceptionInfo[Problem]]:
        """The act inside is refused with this code, and leaves nothing behind."""
        with pytest.raises(Problem) as caught, self.tx.savepoint():
            yield caught
        assert caught.value.code == code, caught.value
        assert caught.value.zh and caught.value.en


NOON = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
"""A Tuesday morning, within working hours."""

"""The stage of the demonstration: its script, its people, and each act done as the person whose turn it is would do it.

Nothing here writes to a domain: every act is the very action that the web and the phone call, under the post of a named
person who is on the roster at that instant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from obstore.store import ObjectStore

from yiwang.cases import actions_dispatch, actions_file, actions_report, actions_verify
from yiwang.cases.actions import orders_of
from yiwang.cases.model import Case, Channel, Order, OrderState, PhotoKind, Step
from yiwang.cases.model_commands import (
    AcceptCase,
    AnswerCheck,
    Assignment,
    CloseCase,
    Contact,
    DispatchCase,
    FileCase,
    FinishOrder,
    PhotoUse,
    ReportCase,
    TakeOrder,
    VerifyCase,
)
from yiwang.cases.queries import get_case, get_course
from yiwang.cases.rules import BOUNCE_LIMIT
from yiwang.city.queries_rules import get_condition, list_conditions
from yiwang.demo_photos import dice, draw_photo
from yiwang.dispatch.queries import recommend
from yiwang.flows.pack_files import find_pack, read_pack
from yiwang.kit import files
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id
from yiwang.kit.scope import EVERYTHING
from yiwang.network.model import Actor, ActorKind, PostKind
from yiwang.network.queries_actor import get_actor, get_actor_by_login
from yiwang.network.queries_people import list_people, who_is_on_duty
from yiwang.network.queries_units import get_unit_by_code

PACK, STREET, DISTRICT = "laoximen", "310101019", "310101"
METRE = 0.00001
"""Of latitude, roughly, in degrees."""
RESIDENTS = ("住户甲", "住户乙", "住户丙", "住户丁", "住户戊", "住户己")
SOURCES = {Channel.camera: "demo.camera", Channel.sensor: "demo.sensor"}
TRUSTED = frozenset({"case.report", "case.report_trusted"})
DONE = ("已处置完毕，现场恢复正常", "已清理，并告知责任人", "已修复，复查无异常", "已整改到位，加强巡查")
SEEN = ("到场核查，问题已消除", "与上报照片比对，现场已恢复", "已处置，无遗留")
PART_DONE = "问题部分消除，仍有遗留，请继续处置"


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of the pack's day.csv: what is found when (local time) and where, and what becomes of it (`course`)."""

    n: int
    time: time
    channel: Channel
    reporter: str
    scheme: str
    kind: str
    code: str
    condition: str
    place: str
    lon: float
    lat: float
    course: str
    description: str


def read_script() -> list[Finding]:
    """The demonstration day of the pack, in its order."""
    pack = read_pack(find_pack(PACK))
    return [
        Finding(
            int(r["n"]), time.fromisoformat(r["time"]), Channel(r["channel"]), r["reporter"], r["scheme"], r["kind"],
            r["code"], r["condition"], r["place"], float(r["lon"]), float(r["lat"]), r["course"], r["description"],
        )
        for _, _, r in pack.rows("day", "n", "time", "channel", "scheme", "kind", "code", "place", "lon", "lat", "course")
    ]  # fmt: skip


def unit(code: str) -> UUID:
    return named_id(f"unit:{code}")


class Stage:
    """One transaction on which people act. `tx.now` is the play's instant."""

    def __init__(self, tx: Tx, store: ObjectStore, zone: str) -> None:
        self.tx, self.store, self.zone = tx, store, zone
        self._people: dict[str, Actor] = {}
        self._duty: dict[tuple[object, ...], list[UUID]] = {}
        self._cast: list[Actor] = []

    # ── who ──

    def person(self, login: str) -> Actor:
        found = self._people.get(login)
        if found is None:
            found = self._people[login] = get_actor_by_login(self.tx, login)
        return found

    def _by_id(self, person_id: UUID) -> Actor:
        key = str(person_id)
        found = self._people.get(key)
        if found is None:
            found = self._people[key] = get_actor(self.tx, person_id)
        return found

    def who(self, kind: PostKind, path: str, *, grid: UUID | None = None, apart: Collection[UUID] = ()) -> Actor | None:
        """Whoever is on duty there now in that post, else somebody who holds it (called in); not one of `apart`."""
        key = (kind, path, grid, self.tx.now.replace(minute=0, second=0, microsecond=0))
        if key not in self._duty:
            self._duty[key] = [d.person_id for d in who_is_on_duty(self.tx, path, [kind], grid=grid)]
        on_duty = (self._by_id(p) for p in self._duty[key])
        return next((a for a in on_duty if a.id not in apart), None) or self._called_in(kind, path, apart)

    def _called_in(self, kind: PostKind, path: str, apart: Collection[UUID]) -> Actor | None:
        """Nobody is on the roster: whoever holds the post, in the unit itself before those above it."""
        if not self._cast:
            top = get_unit_by_code(self.tx, DISTRICT).path
            people = list_people(self.tx, EVERYTHING, under=top, limit=500)
            self._cast = [self._by_id(p.id) for p in people if p.erased_at is None]
        fit = [
            (-len(p.unit_path), str(a.id), a)
            for a in self._cast
            for p in a.posts
            if p.kind is kind and a.id not in apart and (path == p.unit_path or path.startswith(p.unit_path + "."))
        ]
        return min(fit)[2] if fit else None

    def must(self, kind: PostKind, case: Case, apart: Collection[UUID] = ()) -> Actor:
        """Somebody in that post for the case's ground; LookupError where the street has nobody at all."""
        found = self.who(kind, case.area_path, apart=apart)
        if found is None:
            raise LookupError(f"nobody in the post {kind} for {case.area_name}")
        return found

    def field_worker(self, case: Case, apart: Collection[UUID]) -> Actor:
        """Who goes and looks: the grid's inspector on duty, else a verifier; never one who handled it."""
        found = self.who(PostKind.inspector, case.area_path, grid=case.duty_grid_id, apart=apart)
        return found or self.must(PostKind.verifier, case, apart)

    def handler_of(self, order: Order) -> Actor | None:
        return self.who(PostKind.handler, order.unit_path)

    def resident(self, case_id: UUID) -> Actor:
        """A member of the public: always the same one for a case."""
        n = case_id.int % len(RESIDENTS)
        return Actor(named_id(f"demo:resident:{n}"), RESIDENTS[n], kind=ActorKind.public)

    def source(self, channel: Channel) -> Actor:
        """A camera's or sensor's trusted token, as the door makes it an actor."""
        person = self.person(SOURCES[channel])
        return Actor(person.id, person.name, person.posts, ActorKind.token, TRUSTED)

    # ── photos ──

    def photo(
        self,
        by: Actor,
        kind: PhotoKind,
        case_id: UUID,
        matter: str,
        lon: float,
        lat: float,
        *,
        mended: bool,
        n: int = 0,
    ) -> PhotoUse:
        """A picture of the case's place, taken a few metres from it, a minute ago."""
        r = dice(f"{case_id}{kind}{n}")
        data = draw_photo(
            seed=case_id.int >> 64, matter=matter, mended=mended,
            view={PhotoKind.handled: 1, PhotoKind.verified: 2, PhotoKind.check: 1}.get(kind, 0),
            taken_at=self.tx.now - timedelta(seconds=r.randrange(20, 90)), zone=self.zone,
            lon=lon + r.uniform(-8, 8) * METRE, lat=lat + r.uniform(-8, 8) * METRE, note=f"{case_id} {kind.value} {n}",
        )  # fmt: skip
        return PhotoUse(files.put_photo(self.tx, self.store, data, by.id, self.zone).sha256, kind)

    def shot(self, by: Actor, kind: PhotoKind, case: Case, *, mended: bool, n: int = 0) -> PhotoUse:
        lon, lat = self.here(case)
        return self.photo(by, kind, case.id, case.matter_code, lon, lat, mended=mended, n=n)

    def here(self, case: Case) -> tuple[float, float]:
        """Where somebody stands who is at the case's place: some metres from it. A case that has no point has only its
        area, in which any point will do."""
        r = dice(f"{case.id}{self.tx.now}")
        lon, lat = case.lon or 121.4835, case.lat or 31.2170
        return lon + r.uniform(-5, 5) * METRE, lat + r.uniform(-5, 5) * METRE

    # ── the seven steps ──

    def report(self, it: Finding, case_id: UUID, *, trusted: bool = True) -> Case:
        """发现上报 as it would come through its channel; a trusted one files itself."""
        condition = self.condition_of(it)
        contact, photos = None, ()
        match it.channel:
            case Channel.patrol:
                by = self.person(it.reporter)
            case Channel.camera | Channel.sensor:
                by = self.source(it.channel)
            case Channel.public:
                by = self.resident(case_id)
                contact = Contact(by.name, f"000 0000 1{case_id.int % 1000:03}")
            case _:
                by = self._desk()
                if it.channel is Channel.hotline:
                    contact = Contact(RESIDENTS[it.n % len(RESIDENTS)], f"000 0000 2{it.n:03}", secret=it.n % 4 == 0)
        if it.channel in (Channel.patrol, Channel.camera, Channel.public):
            photos = (self.photo(by, PhotoKind.near, case_id, it.code, it.lon, it.lat, mended=False),)
        on_spot = it.course in ("self", "self_badly") and it.channel is Channel.patrol
        if on_spot:
            photos += (self.photo(by, PhotoKind.handled, case_id, it.code, it.lon, it.lat, mended=True),)
        return actions_report.report_case(
            self.tx, by,
            ReportCase(
                case_id, it.channel, it.description, "component" if it.kind == "component" else "matter", it.code,
                it.scheme, condition if trusted and it.channel not in (Channel.hotline, Channel.public) else None,
                lon=it.lon, lat=it.lat, accuracy_m=6.0, place=it.place, photos=photos, contact=contact,
                emergency=it.course == "emergency", self_handled=on_spot, seen_at=self.tx.now,
            ),
        )  # fmt: skip

    def _desk(self) -> Actor:
        found = self.who(PostKind.operator, get_unit_by_code(self.tx, STREET).path)
        if found is None:
            raise LookupError("no operator in the street")
        return found

    def condition_of(self, it: Finding) -> UUID | None:
        return self.condition_for(it.scheme, it.kind, it.code, it.condition)

    def condition_for(self, scheme: str, kind: str, code: str, words: str = "") -> UUID | None:
        """The filing condition with these words, else the most urgent one of the matter."""
        found = list_conditions(self.tx, scheme, code, kind)
        return next((c.id for c in found if words and c.text == words), found[0].id if found else None)

    def go_on(self, case: Case, orders: Sequence[Order] = ()) -> Case | None:
        """The next act of the ordinary course, by whoever's turn it is; None where nothing can be done now."""
        tx = self.tx
        match case.step:
            case Step.reported:
                return actions_file.accept_case(tx, self.must(PostKind.operator, case), AcceptCase(case.id))
            case Step.checking:
                return self.answer_check(case, found=True)
            case Step.accepted:
                condition = case.condition_id or self.condition_for(case.scheme, case.matter_kind, case.matter_code)
                cmd = FileCase(case.id, condition, open_ended=condition is None)
                return actions_file.file_case(tx, self.must(PostKind.operator, case), cmd)
            case Step.filed:
                return self.dispatch(case)
            case Step.handling:
                return None if case.suspended_at else self.handle(case, orders or orders_of(tx, case))
            case Step.handled:
                return self.verify(case, passed=True)
            case Step.verified:
                return self.close(case)
        return None

    def answer_check(self, case: Case, *, found: bool) -> Case | None:
        if case.checker_id is None:
            return None
        checker, (lon, lat) = self._by_id(case.checker_id), self.here(case)
        photo = self.shot(checker, PhotoKind.check, case, mended=not found)
        text = "现场确有此问题" if found else "现场未发现所述问题"
        return actions_file.answer_check(self.tx, checker, AnswerCheck(case.id, found, text, lon, lat, (photo,)))

    def dispatch(
        self, case: Case, lead: UUID | None = None, assists: Sequence[Assignment] = (), *, forced: bool = False
    ) -> Case:
        """派遣 by the list, past the units that have bounced it; by force (首接负责) when they have done so too often."""
        to = recommend(
            self.tx, scheme=case.scheme, kind=case.matter_kind, code=case.matter_code, area_id=case.area_id,
            at=self.tx.now,
        )  # fmt: skip
        listed = [u.id for u in ((to.lead, *to.assists) if to.lead else to.assists)]
        forced = forced or case.bounces >= BOUNCE_LIMIT
        refused = set() if forced or not case.bounces else {
            o.unit_id for o in orders_of(self.tx, case) if o.state is OrderState.bounced
        }  # fmt: skip
        open_to = [u for u in (*listed, unit(f"{STREET}-shizheng"), unit(f"{STREET}-chengguan")) if u not in refused]
        first = lead or open_to[0]
        parts = tuple(assists) or tuple(
            Assignment(u.id) for u in to.assists if u.id != first and u.id not in refused and not case.bounces
        )
        reason = "多次退单，按首接负责强制派遣" if forced else to.reason_zh
        cmd = DispatchCase(case.id, Assignment(first), parts, forced, reason)
        return actions_dispatch.dispatch_case(self.tx, self.must(PostKind.dispatcher, case), cmd)

    def handle(self, case: Case, orders: Sequence[Order]) -> Case | None:
        """接单 of whatever waits to be taken; then 处置完成, one order after another."""
        for order in (
            *(o for o in orders if o.state is OrderState.sent),
            *(o for o in orders if o.state is OrderState.taken),
        ):
            handler = self.handler_of(order)
            if handler is None:
                continue
            if order.state is OrderState.sent:
                return actions_dispatch.take_order(self.tx, handler, TakeOrder(case.id, order.id))
            return self.finish(case, order, handler)
        return None

    def finish(self, case: Case, order: Order, handler: Actor) -> Case:
        n = order.id.int % 100_000 * 10 + order.round
        photo, (lon, lat) = self.shot(handler, PhotoKind.handled, case, mended=True, n=n), self.here(case)
        cmd = FinishOrder(case.id, order.id, DONE[case.id.int % len(DONE)], (photo,), lon, lat)
        return actions_dispatch.finish_order(self.tx, handler, cmd)

    def handlers(self, case: Case) -> set[UUID]:
        """Who had a hand in it, and so neither verifies nor closes it."""
        people = {o.handler_id for o in orders_of(self.tx, case) if o.handler_id}
        if people and case.reworks:  # perhaps first put right on the spot
            shown = get_course(self.tx, EVERYTHING, case.id).evidence
            return people | {e.by for e in shown if e.kind is PhotoKind.handled}
        return people or {case.reporter_id}

    def verify(self, case: Case, *, passed: bool) -> Case:
        by = self.field_worker(case, self.handlers(case))
        photo, (lon, lat) = self.shot(by, PhotoKind.verified, case, mended=passed, n=case.reworks), self.here(case)
        text = SEEN[case.id.int % len(SEEN)] if passed else PART_DONE
        cmd = VerifyCase(case.id, passed, text, lon, lat, (photo,))
        return actions_verify.verify_case(self.tx, by, cmd)

    def close(self, case: Case) -> Case:
        """结案, after making good what an emergency put off."""
        by = self.must(PostKind.operator, case, self.handlers(case))
        if "accept" in case.owed:
            return actions_file.accept_late(self.tx, by, AcceptCase(case.id))
        if "file" in case.owed:
            condition = case.condition_id or self.condition_for(case.scheme, case.matter_kind, case.matter_code)
            return actions_file.file_late(self.tx, by, FileCase(case.id, condition, open_ended=condition is None))
        words = get_condition(self.tx, case.condition_id).close_condition if case.condition_id else ""
        return actions_verify.close_case(self.tx, by, CloseCase(case.id, words or "问题消除，现场恢复正常"))

    def again(self, case_id: UUID) -> Case:
        return get_case(self.tx, EVERYTHING, case_id)


def last_seen(it: Finding, now: datetime, zone: str, hours: float = 0) -> datetime:
    """The latest instant at which it was the finding's time of day, at least `hours` ago."""
    local = now.astimezone(ZoneInfo(zone))
    at = datetime.combine(local.date(), it.time, ZoneInfo(zone))
    while at > now - timedelta(hours=hours):
        at -= timedelta(days=1)
    return at


def coming(script: Sequence[Finding], now: datetime, zone: str) -> Iterator[Finding]:
    """The findings of the day in a ring, from the present time of day on, without end."""
    local = now.astimezone(ZoneInfo(zone)).time()
    later = [f for f in script if f.time >= local]
    ring = later + [f for f in script if f.time < local]
    while ring:
        yield from ring

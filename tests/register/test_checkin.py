"""Tags and check-ins: what a tap proves, copies and repeats of it, offline and out of order, and what speaks against it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import world
from register.conftest import Benches
from yiwang.demo_photos import draw_photo
from yiwang.kit import files
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Problem, Refused
from yiwang.kit.ids import new_id
from yiwang.ledger.queries import list_entries
from yiwang.network.rules import scope_of
from yiwang.register import actions_checkin, queries_owed, rules_tap, store_checkin
from yiwang.register.model import thing_id
from yiwang.register.model_owed import DOUBTS, BindTag, CheckIn, CheckInRow, Reading, RemoveTag, Tag, TagKind
from yiwang.register.rules_tap import Tap

UID = "04DE5F1EACC040"
KEY = "00112233445566778899AABBCCDDEEFF"
BENCH = thing_id("bench", "B-001")


def bind(
    benches: Benches, kind: TagKind = TagKind.sun, uid: str = UID, login: str = "wang.lei", **more: Any
) -> list[Tag]:
    key = KEY if kind is TagKind.sun else None
    cmd = BindTag(more.pop("thing", BENCH), more.pop("id", uuid4()), uid, kind, more.pop("key", key))
    return actions_checkin.bind_tag(benches.play.tx, benches.play.who(login), cmd)


def tapped(counter: int, uid: str = UID, key: str = KEY) -> Reading:
    mac = rules_tap.work_out_mac(bytes.fromhex(key), Tap(uid, counter))
    return Reading(uid, f"{counter:06X}", mac=mac.hex())


def there(benches: Benches, reading: Reading | None = None, login: str = "wang.lei", **more: Any) -> CheckInRow:
    tx = benches.play.tx
    (lon, lat), ago = more.pop("at", world.SPOT), more.pop("ago", timedelta())
    cmd = CheckIn(
        more.pop("id", new_id()), more.pop("thing", BENCH), tx.now - ago, reading, lon, lat, **{"accuracy_m": 8, **more}
    )
    return actions_checkin.check_in(tx, benches.play.who(login), cmd)


# ── NXP AN12196, its own example ──────────────────────────────────────────────────────────────────────────────────


def test_the_maker_s_own_example_is_read_and_verified():
    tap = rules_tap.read_picc(bytes(16), bytes.fromhex("EF963FF7828658A599F3041510671E88"))
    assert tap == Tap("04DE5F1EACC040", 61)
    assert rules_tap.is_signed(bytes(16), tap, bytes.fromhex("94EED9EE65337086"))
    assert not rules_tap.is_signed(bytes(16), Tap(tap.uid, 62), bytes.fromhex("94EED9EE65337086"))
    assert rules_tap.read_picc(b"\1" * 16, bytes.fromhex("EF963FF7828658A599F3041510671E88")) is None


# ── taps ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signed_tap_proves_it_and_leaves_no_doubt(benches: Benches):
    benches.add()
    bind(benches)
    done = there(benches, tapped(7))
    assert (done.how, done.proofs, done.doubts) == ("signed", ("tap", "signed", "place"), ())
    assert [
        t.counter for t in queries_owed.list_tags(benches.play.tx, scope_of(benches.play.who("wang.lei")), BENCH)
    ] == [7]


@pytest.mark.parametrize(
    "reading", [tapped(8, key="0" * 32), Reading(UID, "000008", mac="00" * 8), Reading(UID, "000008"), Reading(UID)]
)
def test_a_copy_of_a_signing_tag_is_found_out(benches: Benches, reading: Reading):
    benches.add()
    bind(benches)
    with pytest.raises(Invalid) as caught:
        there(benches, reading)
    assert caught.value.code == "tap.forged"


def test_a_tap_is_good_once_and_the_same_check_in_again_is_the_same(benches: Benches):
    benches.add()
    bind(benches)
    id = new_id()
    first = there(benches, tapped(7), id=id)
    assert there(benches, tapped(7), id=id) == first
    with pytest.raises(Refused) as caught:
        there(benches, tapped(7))
    assert caught.value.code == "tap.used"
    with pytest.raises(Refused) as caught:
        there(benches, tapped(8), id=id, form={"seats": "ok"})
    assert caught.value.code == "checkin.id_reused"
    assert [e.event for e in list_entries(benches.play.tx, BENCH)].count("thing.checked_in") == 1


def test_offline_taps_come_in_any_order_and_their_counters_tell_which_was_first(benches: Benches):
    benches.add()
    bind(benches)
    benches.play.wait(hours=3)
    assert there(benches, tapped(9), ago=timedelta(minutes=10)).doubts == ()
    assert there(benches, tapped(8), ago=timedelta(hours=2)).doubts == ()
    assert there(benches, tapped(7), ago=timedelta(hours=1)).doubts == ("backwards",), (
        "before 8, and said to be after it"
    )


def test_a_plain_tag_and_a_typed_code_are_doubted(benches: Benches):
    benches.add()
    bind(benches, TagKind.qr, "A" * 32)
    done = there(benches, Reading("a" * 32))
    assert (done.how, done.proofs, done.doubts) == ("qr", ("tap", "place"), ("unsigned",))
    typed = there(benches)
    assert (typed.how, typed.proofs, typed.doubts) == ("typed", ("place",), ("typed",))


def test_a_batch_hands_over_its_identity_encrypted(benches: Benches):
    benches.add()
    bind(benches, key="0" * 32)
    tx, batch = benches.play.tx, new_id()
    picc = "EF963FF7828658A599F3041510671E88"
    with pytest.raises(Refused) as caught:
        there(benches, Reading(picc=picc, mac="94EED9EE65337086"))
    assert caught.value.code == "tag.unknown"
    store_checkin.ADD_BATCH.run(
        tx, id=batch, name="一批", meta_key=store_checkin.put_meta_key(batch, "0" * 32), now=tx.now
    )
    scope = scope_of(benches.play.who("wang.lei"))
    assert queries_owed.find_thing_by_picc(tx, scope, picc).thing_id == thing_id("bench", "B-001")
    for other in (picc[::-1], "0" * 32):
        with pytest.raises(NotFound):
            queries_owed.find_thing_by_picc(tx, scope, other)
    assert there(benches, Reading(picc=picc, mac="94EED9EE65337086")).how == "signed"
    with pytest.raises(Invalid) as broken:
        there(benches, Reading(picc=picc[:20], mac="94EED9EE65337086"))
    assert broken.value.code == "tap.hex"


def test_a_tag_is_on_one_thing(benches: Benches):
    benches.add()
    other = benches.add("B-002").thing.id
    tag = uuid4()
    bind(benches, id=tag)
    assert len(bind(benches)) == 1, "stuck on again, it is there once"
    with pytest.raises(Refused) as caught:
        bind(benches, thing=other)
    assert caught.value.code == "tag.taken"
    with pytest.raises(Refused) as caught:
        there(benches, tapped(7), thing=other)
    assert caught.value.code == "tag.elsewhere"
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    assert actions_checkin.remove_tag(tx, wang, RemoveTag(BENCH, tag)) == []
    assert actions_checkin.remove_tag(tx, wang, RemoveTag(BENCH, tag)) == []
    with pytest.raises(Refused) as caught:
        there(benches, tapped(8))
    assert caught.value.code == "tag.unknown"
    assert len(bind(benches, thing=other)) == 1
    assert [e.event for e in list_entries(tx, BENCH)][1:] == ["thing.tag_bound", "thing.tag_bound"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"kind": TagKind.sun, "key": None}, "tag.key"),
        ({"kind": TagKind.nfc, "key": KEY}, "tag.key"),
        ({"kind": TagKind.sun, "uid": "04DE5F1E"}, "tag.uid"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(benches: Benches, more: dict[str, Any], code: str):
    benches.add()
    with pytest.raises(Problem) as caught:
        bind(benches, **more)
    assert caught.value.code == code


def test_no_key_and_no_identity_stands_in_the_ledger_or_in_the_clear(benches: Benches):
    benches.add()
    bind(benches)
    tx = benches.play.tx
    assert all(UID not in e.body and KEY not in e.body for e in list_entries(tx, BENCH))
    [(sealed,)] = tx.conn.execute("select key from register.tag").fetchall()
    assert KEY.encode() not in sealed and bytes.fromhex(KEY) not in sealed


# ── what speaks against it ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("more", "doubt"),
    [
        ({"at": world.FAR}, "far"),
        ({"at": (None, None), "accuracy_m": None}, "no_position"),
        ({"accuracy_m": 400}, "vague"),
        ({"ago": timedelta(minutes=-20)}, "clock"),
        ({"ago": timedelta(days=3)}, "old"),
    ],
)
def test_what_speaks_against_it_is_said(benches: Benches, more: dict[str, Any], doubt: str):
    benches.add()
    bind(benches)
    done = there(benches, tapped(7), **more)
    assert doubt in done.doubts and set(done.doubts) <= set(DOUBTS)
    assert ("place" in done.proofs) is (doubt not in ("far", "no_position"))


def test_nobody_is_in_two_places_at_once(benches: Benches):
    benches.add()
    benches.add("B-002", at=(121.4890, 31.2150))
    bind(benches)
    there(benches, tapped(7), ago=timedelta(seconds=20))
    second = there(benches, thing=thing_id("bench", "B-002"), at=(121.4890, 31.2150))
    assert "too_fast" in second.doubts
    benches.play.wait(minutes=10)
    assert "too_fast" not in there(benches, thing=thing_id("bench", "B-002"), at=(121.4890, 31.2150)).doubts


def test_a_photo_of_another_day_is_no_proof(benches: Benches):
    benches.add()
    bind(benches)
    tx, wang = benches.play.tx, benches.play.who("wang.lei")
    lon, lat = world.SPOT
    data = draw_photo(
        seed=1, matter="06010", mended=False, view=1, taken_at=tx.now - timedelta(days=1), zone="Asia/Shanghai", lon=lon,
        lat=lat, note="yesterday",
    )  # fmt: skip
    old = files.put_photo(tx, benches.play.photos, data, wang.id, "Asia/Shanghai").sha256
    done = there(benches, tapped(7), photos=(old,))
    assert "old_photo" in done.doubts and "photo" not in done.proofs
    with pytest.raises(Invalid) as caught:
        there(benches, tapped(8), photos=("0" * 64,))
    assert caught.value.code == "photo.not_uploaded"


@pytest.mark.parametrize("ago", [timedelta(days=31), timedelta(days=-2)])
def test_a_time_that_cannot_be_is_refused(benches: Benches, ago: timedelta):
    benches.add()
    with pytest.raises(Invalid) as caught:
        there(benches, ago=ago)
    assert caught.value.code == "checkin.time"


def test_only_those_of_the_place_or_of_its_parties_check_in(benches: Benches):
    benches.add()
    for login in ("next.door", "peng.liang", "sun.lan"):  # out of sight, or in sight but of no post that looks after it
        with pytest.raises((Forbidden, NotFound)):
            there(benches, login=login)
    assert there(benches, login="kong.jie", form={"座面": "完好"}).form == {"座面": "完好"}
    rows = queries_owed.list_checkins(benches.play.tx, scope_of(benches.play.who("zhang.min")), BENCH)
    assert [row.post for row in rows] == ["inspector"]

"""Two databases: the level above keeps the heads of the one below, and so sees what its owner rewrote and signed anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yiwang.kit import db as kit_db
from yiwang.kit.db import Database
from yiwang.kit.errors import Invalid, Refused
from yiwang.kit.web import install_errors
from yiwang.ledger import queries
from yiwang.ledger.actions_settle import rotate_key
from yiwang.ledger.actions_witness import add_lower, ask_http, hand_up, make_hand_up, take_head
from yiwang.ledger.api_witness import routes
from yiwang.ledger.model_events import ITSELF
from yiwang.ledger.model_proof import Head
from yiwang.ledger.model_witness import HandUp, lower_id
from yiwang.ledger.queries_witness import list_notes, list_states
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_sign import PrivateKey, head_text, to_text, write_note
from yiwang.ledger.rules_witness import hand_up_text

from .conftest import Ledger
from .test_verify import fault_of, fill, look, rebuild_tree, rewrite

JSON = {"Content-Type": "application/json"}


class Pair:
    """A street's ledger (`low`) and its district's (`up`), each in a database of its own."""

    def __init__(self, low: Ledger, up: Ledger) -> None:
        self.low, self.up = low, up
        self.id = lower_id(low.key.public.key_id)
        with up.db.transaction() as tx:
            add_lower(tx, ITSELF, "老西门街道", str(low.key.public))
        app = FastAPI()
        install_errors(app)
        app.include_router(routes)
        self.web = TestClient(app)

    def ask(self, address: str, body: bytes | None) -> bytes:
        kit_db.use(self.up.db)
        answer = self.web.get(address) if body is None else self.web.post(address, content=body, headers=JSON)
        assert answer.status_code == 200, answer.text
        return answer.content

    def hand_up(self) -> Any:
        return hand_up(self.low.db, self.low.folder, "http://district.test", self.ask)

    def kept(self) -> str:
        with self.up.db.transaction() as tx:
            return "\n".join(list_notes(tx, self.id))

    def events(self) -> list[str]:
        with self.up.db.transaction() as tx:
            return [e.event for e in queries.list_entries(tx, self.id)]

    def alarms(self) -> int:
        with self.up.db.transaction() as tx:
            return list_states(tx)[0].alarms

    def made(self, after: int) -> HandUp:
        with self.low.db.transaction() as tx:
            cmd = make_hand_up(tx, self.low.key, after)
        assert cmd
        return cmd


@pytest.fixture(params=["ed25519", "sm2"])
def pair(
    open_at: Callable[..., Ledger], databases: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Pair]:
    name = databases.create(databases.template)
    database = Database(databases.url(name), size=3).open()
    low = fill(open_at("sha256", request.param))
    yield Pair(low, Ledger(database, tmp_path / "upper-keys", "sha256", "ed25519"))
    database.close()
    databases.drop(name)


def sign_again(ledger: Ledger, *, keep: int = 0) -> None:
    """Rewritten by whoever has the database *and* the key: every head after `keep` signed anew over what is there now."""
    rebuild_tree(ledger)
    with ledger.owner() as conn, ledger.db.transaction() as tx:
        origin, size = queries.get_origin(tx), queries.count_settled(tx)
        for h in queries.list_heads(tx, keep):
            if h.size > size:
                conn.execute("delete from ledger.head where size = %s", [h.size])
                continue
            root = queries.get_root(tx, DIGESTS[origin.hash], h.size)
            signature = ledger.key.sign(head_text(origin, h.size, root, h.at, h.previous))
            conn.execute("update ledger.head set root = %s, signature = %s where size = %s", [root, signature, h.size])


def test_heads_are_handed_up_and_kept(pair: Pair):
    assert pair.hand_up().size == 20
    assert pair.hand_up().size == 20, "again is harmless"
    pair.low.note(*[UUID(int=7)])
    pair.low.seal()
    with pair.low.db.transaction() as tx:
        pair.low.key = rotate_key(tx, pair.low.folder)
    assert pair.hand_up().size == 21
    pair.low.note(UUID(int=7))
    pair.low.seal()
    assert pair.hand_up().size == 23, "with a key that the one known here endorses"
    assert pair.events() == ["ledger.lower_added"] + ["ledger.head_witnessed"] * 3
    assert look(pair.low, outside=pair.kept()).ok
    pair.up.seal()
    assert look(pair.up).ok


def test_a_rewritten_and_resealed_history_is_caught(pair: Pair):
    """Its own verification finds nothing: database and key were in one hand. The level above does."""
    pair.hand_up()
    kept = pair.kept()
    rewrite(pair.low, 8, tree=True)
    sign_again(pair.low)
    assert look(pair.low).ok, "nothing inside can tell"
    fault = fault_of(pair.low, outside=kept)
    assert (fault.code, fault.size) == ("ledger.root", 20)
    with pytest.raises(Refused) as caught:
        pair.hand_up()
    assert caught.value.code == "ledger.head_refuted"
    pair.low.note(UUID(int=7))
    pair.low.seal()
    with pytest.raises(Refused):
        pair.hand_up()
    assert pair.alarms() == 2 and pair.events()[-2:] == ["ledger.head_refuted"] * 2
    with pytest.raises(Refused):
        pair.hand_up()
    assert pair.alarms() == 2, "the same again is the same alarm"
    assert pair.kept() == kept


def test_a_tail_cut_off_with_its_heads_is_caught(pair: Pair):
    pair.hand_up()
    kept = pair.kept()
    pair.low.tamper(
        "delete from ledger.entry e using ledger.leaf l where l.position >= 15"
        " and e.subject_id = l.subject_id and e.n = l.n",
        "delete from ledger.leaf where position >= 15",
        "delete from ledger.head where size > 15",
    )
    rebuild_tree(pair.low)
    assert look(pair.low).ok, "nothing inside can tell"
    assert fault_of(pair.low, outside=kept).code == "ledger.truncated"
    with pytest.raises(Refused):
        pair.hand_up()
    for _ in range(8):
        pair.low.note(UUID(int=9))  # and grown again beyond where it was
    pair.low.seal()
    with pytest.raises(Refused):
        pair.hand_up()
    assert pair.alarms() == 2


def test_only_the_lower_ledger_itself_hands_up(pair: Pair):
    """Heads are public; an old one sent by a stranger raises no alarm, a forged one is nobody's."""
    pair.hand_up()
    pair.low.note(UUID(int=7))
    pair.low.seal()
    good = pair.made(20)
    stranger = PrivateKey.make("test/ledger", "ed25519")
    wrong = [
        dataclasses.replace(good, proof=good.proof[1:]),
        dataclasses.replace(good, signature=to_text(stranger.sign(hand_up_text(good)))),
        dataclasses.replace(good, note=good.note.replace("\n21\n", "\n22\n")),
        dataclasses.replace(good, note="x"),
        dataclasses.replace(good, retired=("retired",)),
    ]
    for cmd in wrong:
        with pytest.raises(Invalid), pair.up.db.transaction() as tx:
            take_head(tx, pair.id, cmd)
    with pair.low.db.transaction() as tx:
        origin, head = queries.get_origin(tx), queries.latest_head(tx)
        assert head
        text = head_text(origin, head.size, bytes(32), head.at, head.previous)
        forged = Head(head.size, bytes(32), head.at, head.previous, stranger.public.key_id, stranger.sign(text))
        cmd = HandUp(20, write_note(origin, forged), "", good.proof)
    with pytest.raises(Invalid), pair.up.db.transaction() as tx:
        take_head(tx, pair.id, dataclasses.replace(cmd, signature=to_text(stranger.sign(hand_up_text(cmd)))))
    assert pair.alarms() == 0
    with pair.up.db.transaction() as tx:
        assert take_head(tx, pair.id, good).accepted
    with pytest.raises(Refused) as moved, pair.up.db.transaction() as tx:
        take_head(tx, pair.id, good)  # the very message again
    assert moved.value.code == "ledger.witness_moved"
    assert pair.alarms() == 0


def test_an_earlier_key_hands_up_no_more(pair: Pair):
    old = pair.low.key
    with pair.low.db.transaction() as tx:
        pair.low.key = rotate_key(tx, pair.low.folder)
    pair.low.seal()
    pair.hand_up()
    with pair.low.db.transaction() as tx:
        origin, size = queries.get_origin(tx), queries.count_settled(tx)
        text = head_text(origin, size + 5, bytes(32), tx.now, size)
        head = Head(size + 5, bytes(32), tx.now, size, old.public.key_id, old.sign(text))
        cmd = HandUp(size, write_note(origin, head), "", keys=pair.made(size).keys)
    with pytest.raises(Invalid) as caught, pair.up.db.transaction() as tx:
        take_head(tx, pair.id, dataclasses.replace(cmd, signature=to_text(old.sign(hand_up_text(cmd)))))
    assert caught.value.code == "ledger.hand_up_old_key"


def test_over_http(pair: Pair):
    kit_db.use(pair.up.db)
    assert pair.web.get(f"/api/ledger/lower/{UUID(int=1)}").json()["error"]["code"] == "ledger.lower_unknown"
    assert pair.web.post(f"/api/ledger/lower/{pair.id}/heads", json={"after": -1}).status_code == 422
    told = pair.web.post(
        f"/api/ledger/lower/{pair.id}/heads", content=msgspec.json.encode(HandUp(0, "x", "y")), headers=JSON
    )
    assert (told.status_code, told.json()["error"]["code"]) == (422, "ledger.hand_up_unreadable")
    pair.hand_up()
    kit_db.use(pair.up.db)
    assert pair.web.get(f"/api/ledger/lower/{pair.id}/heads").text == pair.kept()
    for bad in ("file:///etc/passwd", "district.test"):
        with pytest.raises(Invalid):
            ask_http(bad, None)

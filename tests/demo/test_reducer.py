"""The page's reducer against the server: the demonstration day is played, a snapshot taken after each act, and for every
kind of act the snapshot before, with what the feed then brings folded in by `web/src/live/reducer.ts` itself, must be the
snapshot after. The day goes into a file, and vitest reads it (`web/src/live/replay.test.ts`)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from house import ROOT
from yiwang import demo
from yiwang.desk import api, live
from yiwang.kit import clock
from yiwang.kit.db import Tx
from yiwang.ledger.model_proof import FeedEntry
from yiwang.network.queries_actor import get_actor_by_login
from yiwang.network.rules import scope_of

WEB = ROOT / "web"
EACH = 2
"""Of each kind of act, so many are kept whole; all are folded one after the other besides."""
NEW = (
    "select subject_kind, subject_id, n, event, version, actor, post, at, body, prev, hash from ledger.entry"
    " where subject_kind = 'case' and tx = pg_current_xact_id()"
    " order by at, subject_id, n"
)


class Watch:
    """What one viewer's page would have been sent, act by act."""

    def __init__(self, tx: Tx, app: Any, login: str) -> None:
        self.tx, self.app, self.viewer = tx, app, get_actor_by_login(tx, login)
        self.seen, self.known, self.kinds = 0, set[tuple[UUID, int]](), Counter[str]()
        self.before = self.snapshot()
        self.steps: list[dict[str, Any]] = []
        self.first = self.before

    def snapshot(self) -> Any:
        shown = msgspec.to_builtins(api._today(self.tx, self.viewer, self.app))
        return {**shown, "position": self.seen - 1, "events": []}

    def _day(self, snapshot: Any) -> date:
        return datetime.fromisoformat(snapshot["now"]).astimezone(ZoneInfo(snapshot["zone"])).date()

    def look(self) -> None:
        rows = [row for row in self.tx.conn.execute(NEW).fetchall() if row[1:3] not in self.known]
        if not rows:
            return
        entries = [FeedEntry(self.seen + i, *row) for i, row in enumerate(rows)]
        self.seen += len(rows)
        self.known.update(row[1:3] for row in rows)
        line = live.render(live.to_changes(self.tx, entries))(scope_of(self.viewer))
        after = self.snapshot()
        if self._day(after) != self._day(self.before):  # the page takes a new snapshot then
            self.steps.append({"name": "midnight", "batch": None, "position": self.seen - 1, "midnight": after})
            self.before = after
            return
        name = "+".join(dict.fromkeys(e.event for e in entries))
        self.kinds[name] += 1
        kept = self.kinds[name] <= EACH
        batch = json.loads(line) if line else None
        step: dict[str, Any] = {"name": name, "batch": batch, "position": self.seen - 1}
        if kept:
            step |= {"before": self.before, "after": after}
        self.steps.append(step)
        self.before = after


@pytest.fixture
def watched(street: Any, opened: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Watch]]:
    running = opened(street.loaded)
    app = SimpleNamespace(state=SimpleNamespace(settings=running.settings, basemap=None, tianditu=None))
    with running.database.pool.connection() as conn, conn.transaction(force_rollback=True):
        now = clock.now()
        tx = Tx(conn, now)
        watches: list[Watch] = []
        real = demo._act

        def act(tx: Tx, *args: Any) -> float | None:
            if not watches:
                watches.extend(Watch(tx, app, login) for login in VIEWERS)
            minutes = real(tx, *args)
            for watch in watches:
                watch.look()
            return minutes

        monkeypatch.setattr(demo, "_act", act)
        demo.play_day(tx, running, now)
        yield watches


VIEWERS = ("zhang.min", "cheng.gang")
"""An operator, who sees the whole street, and a handler, who sees a case once it has been sent to the unit."""


def test_old_snapshot_and_events_make_the_new_snapshot(watched: list[Watch]) -> None:
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules/vitest").exists():
        pytest.skip("Node and the front's parts are not here (make web)")
    assert len(watched[0].kinds) > 30, "the day is not whole"
    folder = WEB / "replayed"  # vitest reads what lies below web/
    folder.mkdir(exist_ok=True)
    try:
        for watch, login in zip(watched, VIEWERS, strict=True):
            day = {"viewer": login, "first": watch.first, "last": watch.before, "steps": watch.steps}
            (folder / f"{login}.json").write_text(json.dumps(day), "utf-8")
        vitest = [node, "node_modules/vitest/vitest.mjs", "run", "--reporter=dot", "src/live/replay.test.ts"]
        run = subprocess.run(vitest, cwd=WEB, capture_output=True, text=True, timeout=300, check=False)
    finally:
        shutil.rmtree(folder)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert " passed" in run.stdout

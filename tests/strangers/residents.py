"""A resident's report, carried to its close: what the public's routes are asked about. Everybody may ask; only its own
number with its own code, or the ticket these give, opens anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from obstore.store import ObjectStore

import world
from resident import KEY, ticket, worked
from strangers.places import NOW
from yiwang.cases import actions_public, rules_public
from yiwang.cases.model_public import ReportPublicly
from yiwang.kit import files
from yiwang.kit.db import Tx
from yiwang.kit.ids import named_id

PHONE = "13800000000"
NEW = named_id("new public report")


def make_public(tx: Tx, store: ObjectStore) -> dict[str, Any]:
    """One report that is closed, and what a new one must bring."""
    old, new = named_id("public report"), NEW
    actor, given = actions_public.reporter_of(old), ticket(tx, tx.now - timedelta(minutes=1))
    photo = files.put_photo(tx, store, world.jpeg("plum"), actor.id, "Asia/Shanghai")
    cmd = ReportPublicly(
        old, KEY, given, worked(given, old), rules_public.CONSENT.version, "路口有垃圾", "06010", *world.SPOT,
        photos=(photo.sha256,), phone=PHONE,
    )  # fmt: skip
    taken = actions_public.report_publicly(tx, actor, cmd)
    play = world.Play(tx, photos=store)  # type: ignore[arg-type]
    play.close(play.verify(play.finish(play.take(play.dispatch(play.file(old))))))
    fresh, code = ticket(tx, NOW - timedelta(minutes=1)), rules_public.follow_code(old, KEY)
    return {
        "public_number": taken.number, "public_code": code, "public_ticket": fresh, "public_nonce": worked(fresh, new),
        "public_photo": photo.sha256, "public-ticket": fresh, "follow-ticket": actions_public.follow_ticket(old, NOW),
    }  # fmt: skip

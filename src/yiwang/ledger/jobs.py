"""The settler's and the sealer's beats."""

from __future__ import annotations

from pathlib import Path

from yiwang.kit.db import Database
from yiwang.kit.jobs import Every
from yiwang.ledger.actions_settle import find_present_key, seal, settle_all
from yiwang.ledger.actions_witness import hand_up
from yiwang.ledger.rules_sign import PrivateKey


def periodic(
    key: PrivateKey, folder: Path, *, upper: str = "", settle_every: float = 0.2, seal_every: float | None = None
) -> list[Every]:
    """Periodic work of the ledger; `key` is what `open_ledger` gave, `folder` where the keys are: when it has been
    rotated meanwhile, by whatever process, the new one signs. `upper`: the level above, to which heads are handed up.

    Heads are signed every 10 s when there is something new; with SM2, whose signatures are slow to check here
    (pure Python), every minute.
    """
    if seal_every is None:
        seal_every = 60 if key.algorithm == "sm2" else 10

    def settle(database: Database) -> int:
        return settle_all(database)

    def sign(database: Database) -> None:
        with database.transaction() as tx:
            seal(tx, find_present_key(tx, folder) or key)

    handing = [Every(60, "ledger.hand_up", lambda database: hand_up(database, folder, upper))] if upper else []
    return [*handing, Every(settle_every, "ledger.settle", settle), Every(seal_every, "ledger.seal", sign)]

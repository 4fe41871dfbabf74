"""Where a point lies among 40,625 unit grids: one point by SQL, one in memory, and many at once, with the same answers."""

from __future__ import annotations

import random
import time

import common
import numpy as np
from common import City, Row, milliseconds, p95_row

from yiwang.city.queries_grid import get_index, locate

MANY = 400_000


def run(city: City | None) -> list[Row]:
    assert city is not None
    r = random.Random(7)
    with city.database.reading() as tx:
        grids = [
            (x0, y0, x1, y1)
            for x0, y0, x1, y1 in tx.conn.execute(
                "select (bbox[1])[0], (bbox[1])[1], (bbox[0])[0], (bbox[0])[1] from city.unit_grid where valid_to is null"
            )
        ]
        some = [r.choice(grids) for _ in range(MANY)]
        box = np.array(some, float) / 1e6
        at = np.random.default_rng(7).random((MANY, 2))
        lons = box[:, 0] + (box[:, 2] - box[:, 0]) * at[:, 0]
        lats = box[:, 1] + (box[:, 3] - box[:, 1]) * at[:, 1]
        single = milliseconds(lambda i: locate(tx, float(lons[i]), float(lats[i])), 500, warm=20)
        begun = time.perf_counter()
        index = get_index(tx, lons.tolist(), lats.tolist())
        built = time.perf_counter() - begun
        one = milliseconds(lambda i: index.of([float(lons[i])], [float(lats[i])]), 500, warm=20)
        begun = time.perf_counter()
        found = index.of(lons, lats)
        took = time.perf_counter() - begun
        within = sum(code is not None for code in found) / MANY
        wrong = sum(locate(tx, float(lons[i]), float(lats[i])).grid_code != found[i] for i in range(500))
        round_trip = milliseconds(lambda _: tx.conn.execute("select 1").fetchone(), 300, warm=20)
    none = common.p95(round_trip)
    return [
        p95_row("locate: one point, by SQL", single, "≤ 0.2", f"`select 1` costs {none:.2f} on this connection"),
        p95_row("locate: one point, in memory", one, "≤ 0.2", f"after {built:.1f} s of building the index"),
        Row("locate: many", MANY / took, "points/s", "≥ 200000", f"among {len(grids):,} grids"),
        Row("locate: points that lie in a grid", within * 100, "%", "≥ 90", "of these many"),
        Row("locate: different answers, of 500", wrong, "", "≤ 0", "by SQL and in memory"),
    ]


if __name__ == "__main__":
    common.main(run, __doc__)

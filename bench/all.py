"""Every bench, one after the other, on one city: `make bench`, or `yiwang bench all --data FOLDER`."""

from __future__ import annotations

import argparse
import importlib
import traceback
from pathlib import Path

import common
from common import Row

BENCHES = ("locate", "reads", "indicators", "ledger", "live", "timers", "over_http", "pgbench", "pages")
"""In this order; one that is not there yet is passed over."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a loaded city; without one, a modest city is loaded on the spot")
    parser.add_argument("-n", type=int, default=common.MODEST, help="how many cases to load where none is given")
    parser.add_argument("--only", nargs="*", default=BENCHES, help="which ones")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows: list[Row] = []
    with common.city_at(args.data, args.n) as city:
        for name in args.only:
            if not (Path(__file__).parent / f"{name}.py").exists():
                continue
            print(f"… {name}, load {common.machine().rpartition('load ')[2]}", flush=True)
            try:
                rows += importlib.import_module(name).run(city)
            except Exception as fault:  # the others are measured all the same
                traceback.print_exc()
                rows.append(Row(f"{name} failed", float("nan"), "", "≤ 0", repr(fault)))
        cases = city.cases
    print(common.as_json(rows)) if args.json else common.show(rows, f"一网 Yiwang, {cases:,} cases")


if __name__ == "__main__":
    main()

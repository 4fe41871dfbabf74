"""Makes this pack's files from public data; run by hand, its output is committed.

    python packs/shanghai/build.py ADMIN.csv STREETS.geojson

ADMIN: code, name, level, parent, full_name, code12, kind (National Bureau of Statistics 2023); STREETS: OpenStreetMap
admin_level 8 relations as polygons (WGS-84) with code, name, quality. See README.md beside this file.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import shapely
from shapely.geometry import mapping, shape

HERE = Path(__file__).parent


def main(admin_file: str, streets_file: str) -> None:
    with Path(admin_file).open(encoding="utf-8") as f:
        units = list(csv.DictReader(f))
    with (HERE / "units.csv").open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["code", "name", "level", "parent", "kind", "functional"])
        for u in units:
            functional = u["kind"] == "功能区/农场等"
            out.writerow(
                [u[c] for c in ("code", "name", "level", "parent", "kind")] + ["true" if functional else "false"]
            )

    known = {u["code"]: u["name"] for u in units}
    rows = []
    for f in sorted(
        json.loads(Path(streets_file).read_text("utf-8"))["features"], key=lambda f: f["properties"]["code"]
    ):
        p = f["properties"]
        if p["code"] not in known or p["quality"] in ("partial", "check"):
            continue  # a piece of a street, or a stand-in: it would put points into the wrong street
        g = shapely.set_precision(shape(f["geometry"]).simplify(2e-5), 1e-6)
        body = {"code": p["code"], "name": known[p["code"]], "level": 3}  # official names
        rows.append(
            json.dumps(
                {"type": "Feature", "properties": body, "geometry": mapping(g)},
                ensure_ascii=False,
                separators=(",", ":"),
            )
        )
    head = {"type": "FeatureCollection", "name": "areas", "attribution": "© OpenStreetMap contributors, ODbL 1.0"}
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + ",\n".join(rows) + "\n]}\n"
    (HERE / "areas.geojson").write_text(text, "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

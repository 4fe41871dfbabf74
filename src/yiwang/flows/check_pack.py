"""检查数据包: read a pack and all it needs with the very readers that load it, without a database, and name every fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yiwang.assess.rules_pack import read_indicators
from yiwang.city import rules_component_file, rules_grid, rules_pack
from yiwang.city.model_rules import Matter
from yiwang.dispatch import rules_read
from yiwang.flows.check_people import PeopleCheck
from yiwang.flows.pack_files import Trouble, with_needs
from yiwang.kit.errors import Invalid, NotFound
from yiwang.kit.ids import named_id
from yiwang.network import rules_units
from yiwang.network.model_units import AREA_KINDS, KnownUnit

DAY = ("time", "channel", "scheme", "kind", "code", "place", "lon", "lat", "course", "description")


def check_pack(folder: Path) -> list[Trouble]:
    """Everything wrong with the pack in `folder` and what it needs, with file and line; empty when nothing is."""
    try:
        packs = with_needs(folder)
    except (Invalid, NotFound) as fault:
        return [Trouble(folder.name, "pack.toml", 0, fault.zh, fault.en)]
    check = _Check()
    for pack in packs:
        check.pack = pack
        for kind, look in check.looks.items():
            if kind in pack.files:
                look()
    return check.troubles


class _Check(PeopleCheck):
    """Goes through the packs in order and remembers what the earlier ones brought."""

    def __init__(self) -> None:
        super().__init__()
        self.matters: dict[tuple[str, str, str], Matter] = {}
        self.looks: dict[str, Callable[[], None]] = {
            "units": self.look_at_units,
            "matters": self.look_at_matters,
            "grids": self.look_at_grids,
            "components": self.look_at_components,
            "people": self.look_at_people,
            "certificates": self.look_at_certificates,
            "posts": self.look_at_posts,
            "duty": self.look_at_duty,
            "responsibility": self.look_at_responsibility,
            "day": self.look_at_day,
            "indicators": self.look_at_indicators,
        }

    def look_at_units(self) -> None:
        for file in self.pack.files["units"]:
            with self.reading(file):
                for u in rules_units.in_order(rules_units.read_lines(self.pack.read(file)), self.units):
                    above = f"{self.units[u.parent].path}." if u.parent else ""
                    path = above + rules_units.label(u.code)
                    self.units[u.code] = KnownUnit(
                        named_id(f"unit:{u.code}"), u.code, u.name, path, u.kind in AREA_KINDS
                    )

    def look_at_matters(self) -> None:
        with self.reading("pack.toml"):
            manifest = rules_pack.read_manifest(self.pack.read("pack.toml"))
            kinds = ("matters", "fields", "successors", "conditions")
            texts = {name: self.pack.read(name) for name in manifest.named(*kinds)}
            matters, bad = rules_pack.read_matters(manifest, texts)
            self.matters |= {(m.scheme, m.kind, m.code): m for m in matters}
            _, worse = rules_pack.read_successors(manifest, texts, lambda key: key in self.matters)
            _, worst = rules_pack.read_conditions(manifest, texts, lambda key: key in self.matters)
            for b in (*bad, *worse, *worst):
                self.note(b.file, b.line, b.zh, b.en)

    def look_at_indicators(self) -> None:
        for file in self.pack.files["indicators"]:
            with self.reading(file):
                read_indicators(file, self.pack.read(file))

    def look_at_grids(self) -> None:
        pack = self.pack
        with self.reading(pack.files["grids"][0]):
            grids = rules_grid.read_grids(pack.read("unit_grids.geojson"), "unit_grids.geojson")
            duties = rules_grid.read_duties(pack.read("duty_grids.csv"), "duty_grids.csv")
            rules_grid.check_belonging(grids, duties, set(self.units), "unit_grids.geojson")
            self.duty_grids |= {d.code for d in duties}
            rules_grid.read_areas(pack.read("streets.geojson"), "streets.geojson")

    def look_at_components(self) -> None:
        for file in self.pack.files["components"]:
            with self.reading(file):
                rules_component_file.read_records(file, self.pack.read(file).encode())

    def look_at_responsibility(self) -> None:
        top = self.units.get(self.pack.unit)
        for file in self.pack.files["responsibility"]:
            with self.reading(file):
                rows = rules_read.read_file(file, self.pack.read(file).encode())
                reader = rules_read.Reader(self.units.values(), self.matters.values(), top.path if top else "")
                for b in reader.read(rows)[1]:
                    self.note(file, b.line, f"“{b.column}”{b.zh}", b.en)

    def look_at_day(self) -> None:
        with self.reading(self.pack.files["day"][0]):
            for file, line, row in self.pack.rows("day", *DAY):
                if (row["scheme"], row["kind"], row["code"]) not in self.matters:
                    self.note(file, line, f"目录里没有 {row['scheme']} {row['code']}", "no such matter")
                if row.get("reporter"):
                    self._person(file, line, row["reporter"])

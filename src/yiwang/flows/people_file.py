"""人员与岗位的导入导出: people and the posts they hold, as files; their duty grids are the city's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from yiwang.city.queries_grid import list_duty_codes
from yiwang.kit.db import Tx
from yiwang.kit.importing import MOST_BYTES, FileReport, Taking, spoilt_by
from yiwang.kit.table import Fault, read_table
from yiwang.network.actions_sheet import put_person
from yiwang.network.model import Actor, Subject
from yiwang.network.model_sheet import HeldRow, ImportPeople
from yiwang.network.queries_people import show_reach
from yiwang.network.queries_units import find_units_named
from yiwang.network.rules import anywhere, ground_of, may
from yiwang.network.rules_needs import NEEDS
from yiwang.network.rules_sheet import ABOUT, CALLED, MOST_PEOPLE, PEOPLE, WHOLE, heads, read_person, row_of_person
from yiwang.network.rules_units import UnitWords


def import_people(tx: Tx, actor: Actor, cmd: ImportPeople) -> FileReport:
    """Add each person of a file who is not there yet and grant each post that is not held, as `add_person` and `grant_post` do
    one at a time. Invalid where the file cannot be read or, unless it is a dry run, a row is bad."""
    may(actor, anywhere(NEEDS["post.grant"]), Subject(""))
    rows = read_table(cmd.source, cmd.data, PEOPLE, ("login",), most_rows=MOST_PEOPLE, most_bytes=MOST_BYTES)
    units = UnitWords(find_units_named(tx, (r.cells.get("unit", "") for r in rows), ground_of(actor)))
    grids = {g.code: g.id for g in list_duty_codes(tx) if g.standing}
    take, zone, bad = Taking(tx, PEOPLE, CALLED, ABOUT, WHOLE), ZoneInfo(cmd.zone), dict[str, int]()
    with tx.trial(cmd.dry_run):
        for row in rows:
            login, before = row.cells.get("login", "").lower(), len(take.bad)
            with take.row(row):
                if login in bad:
                    raise spoilt_by("login", "同一账号", "the same login", bad[login])
                line = read_person(row.cells)
                unit = units.find("unit", line.unit) if line.post else None
                take.tell(row, *put_person(tx, actor, line, unit.id if unit else None, _grids(grids, line.grids), zone))
            if len(take.bad) > before:
                bad.setdefault(login, row.line)
        return take.report(len(rows), dry=cmd.dry_run)


def _grids(known: Mapping[str, UUID], codes: Iterable[str]) -> tuple[UUID, ...]:
    if missing := [code for code in codes if code not in known]:
        raise Fault("grids", f"没有责任网格“{missing[0]}”", f"no duty grid “{missing[0]}”")
    return tuple(dict.fromkeys(known[code] for code in codes))


def rows_of_people(
    pages: Iterable[list[HeldRow]], codes: Mapping[UUID, str], zone: ZoneInfo
) -> Iterator[list[list[str]]]:
    """Pages of posts as pages of rows that can be imported again, the head first; numbers masked, as everywhere. `codes`: those
    of all duty grids there ever were."""
    yield [heads(PEOPLE, "单位名称")]
    for page in pages:
        yield [
            row_of_person(h, *show_reach(h.person_id, h.sealed, h.phone, h.wecom), [codes[g] for g in h.grids], zone)
            for h in page
        ]

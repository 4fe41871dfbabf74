"""One small target per parser of our own: bytes in, an answer or the parser's own words for "no"; anything else is a find.

python tests/fuzz/targets.py NAME [-runs=N] [-seed=N] [FOLDER…]        # libFuzzer's own switches (atheris)
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec

from yiwang.cases import model_events as _events  # noqa: F401  the events that bodies are read into
from yiwang.city.rules_calendar import read_shifts
from yiwang.city.rules_component_file import read_records
from yiwang.city.rules_grid import read_areas, read_features, read_grids
from yiwang.city.rules_pack import read_manifest
from yiwang.dispatch.rules_read import read_file
from yiwang.kit.errors import Problem
from yiwang.kit.geo import read_near, to_wgs84
from yiwang.kit.paging import decode_key
from yiwang.kit.sounds import read_sound
from yiwang.kit.table import Fault, read_table
from yiwang.ledger.rules import load_event
from yiwang.ledger.rules_receipt import check_receipt, read_public_keys
from yiwang.ledger.rules_sign import from_text, read_note
from yiwang.network.rules_sheet import DUTY, DUTY_NEEDED, PEOPLE, read_duty, read_person
from yiwang.network.rules_units import read_lines
from yiwang.replay_file import read_file as read_replay
from yiwang.replay_pack import read_pack

KEY = "yiwang+e2b3c4d5+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
ID = UUID(int=7)
BOSTON = read_pack("boston")
SPOKEN = bytes.fromhex(
    "1a45dfa3010000000000000e428201000000000000047765626d1853806701000000000000981549a966010000000000000e"
    "2ad7b101000000000000030f42401654ae6b0100000000000049ae0100000000000040d70100000000000001018301000000"
    "0000000102860100000000000006415f4f50555363a201000000000000134f707573486561640101380180bb00000000001f"
    "43b675010000000000001de7010000000000000400000000a3010000000000000781000080f8fffe"
)
"""A WebM file of 20 ms of silence, as `tests/recordings.py` makes it."""
_PLACE = Path(tempfile.gettempdir()) / "yiwang-fuzz.csv"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _replay(data: bytes) -> None:
    _PLACE.write_bytes(data)
    read_replay(_PLACE, BOSTON, 50)


def _point(data: bytes) -> None:
    lon, lat = read_near(_text(data))
    for datum in ("gcj02", "bd09"):
        to_wgs84(lon, lat, datum)


# name → (parser, what it may say, a seed)
TARGETS: dict[str, tuple[Callable[[bytes], object], tuple[type[Exception], ...], bytes]] = {
    "receipt": (lambda d: check_receipt(d, [KEY]), (), b'{"format": "yiwang-receipt/1", "entries": [], "note": "x"}'),
    "keys": (lambda d: read_public_keys(_text(d)), (), KEY.encode()),
    "note": (lambda d: read_note(_text(d), []), (ValueError, LookupError),
             "一网\n8\nAAAA\nhash sha256\nprevious 0\ntime 2026-11-22T00:00:00.000000Z\n\n— 一网 AAAA\n".encode()),
    "base64": (lambda d: from_text(_text(d)), (ValueError,), b"AAAA"),
    "event": (lambda d: load_event("case.accepted", 1, ID, _text(d)), (LookupError, msgspec.MsgspecError, TypeError),
              b'{"late": false, "on_time": true}'),
    "shifts": (lambda d: read_shifts(_text(d)), (), b"08:30-12:00,13:00-17:30"),
    "point": (_point, (), b"121.4836,31.2197"),
    "page key": (lambda d: decode_key(_text(d), str, str), (), b"WyJhIiwiYiJd"),
    "areas": (lambda d: read_areas(_text(d), "x"), (),
              b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"1"},"geometry":'
              b'{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]}}]}'),
    "grids": (lambda d: read_grids(_text(d), "x"), (), b'{"type":"FeatureCollection","features":[]}'),
    "features": (lambda d: read_features(_text(d), "x"), (), b'{"features":[{"geometry":null}]}'),
    "manifest": (lambda d: read_manifest(_text(d)), (), b'name = "x"\nversion = "1"\n'),
    "units": (lambda d: read_lines(_text(d)), (), "code,name,level,parent,kind\nC,海市,1,,直辖市\n".encode()),
    "lists": (lambda d: read_file("l", d), (), "层次,代码,名称,区域,主办\n大类,01,x,1,2\n".encode()),
    "people": (lambda d: [read_person(r.cells) for r in read_table("p", d, PEOPLE, ("login",), most_rows=9, most_bytes=99_999)],
               (Fault,), "账号,姓名,岗位,单位,任职起\nx.y,某,网格员,1,2026-01-01\n".encode()),
    "duty": (lambda d: [read_duty(r.cells) for r in read_table("d", d, DUTY, DUTY_NEEDED, most_rows=9, most_bytes=99_999)],
             (Fault,), "单位,岗位,班次,星期,人员账号\n1,网格员,日班,12345,x\n".encode()),
    "components": (lambda d: read_records("c", d), (), "部件标识码,经度,纬度\n1,2,3\n".encode()),
    "sound": (read_sound, (), SPOKEN),
    "replay": (_replay, (), b"case_enquiry_id,open_dt,case_status,type,latitude,longitude\n1,2011-07-01 08:00:00,Open,x,42,-71\n"),
}  # fmt: skip


def try_one(name: str, data: bytes) -> None:
    """Raises what the parser should not have raised."""
    parse, may_say, _ = TARGETS[name]
    try:
        parse(data)
    except (Problem, *may_say):
        pass


def main() -> None:
    import atheris

    name, names = sys.argv.pop(1), list(TARGETS)
    for parse, _, _ in TARGETS.values():
        atheris.instrument_func(parse)

    def one(data: bytes) -> None:
        """`all`: the first byte chooses the parser."""
        if name != "all":
            try_one(name, data)
        elif data:
            try_one(names[data[0] % len(names)], data[1:])

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

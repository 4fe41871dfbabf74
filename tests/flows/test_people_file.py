"""People and posts from a file: whole or not at all, each row by the acts themselves, in the reach of whoever imports."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

import world
from yiwang.city.queries_grid import list_duty_codes
from yiwang.flows.people_file import import_people, rows_of_people
from yiwang.kit import sheet
from yiwang.kit.errors import Forbidden, Invalid
from yiwang.kit.importing import FileReport
from yiwang.kit.scope import Scope
from yiwang.ledger.queries import list_entries
from yiwang.network.actions_people import add_person, revoke_post
from yiwang.network.model_people import AddPerson, RevokePost
from yiwang.network.model_sheet import ImportPeople
from yiwang.network.queries_people import list_posts
from yiwang.network.queries_sheet import find_by_login, list_held
from yiwang.network.rules import seen_by

Play = world.Play
ZONE = ZoneInfo("Asia/Shanghai")
HEAD = "账号,姓名,电话,岗位,单位,责任网格,任职起,任职止\n"
ALL = Scope(True, (), world.SETUP.id)
TWO = (
    HEAD
    + "xin.yi,新一,13800001111,网格员,310101019,310101019-01,2026-01-01,\nxin.er,新二,,dispatcher,老西门街道,,,2027-01-01\n"
)


def send(
    play: Play, text: str | bytes, by: str = "qian.xi", *, dry: bool = False, name: str = "人员.csv"
) -> FileReport:
    data = text.encode() if isinstance(text, str) else text
    return import_people(play.tx, play.who(by), ImportPeople(name, data, dry))


def bad(play: Play, text: str, by: str = "qian.xi") -> list[tuple[int, str, str]]:
    """(line, column, why) of each bad row, by a dry run; the real import is refused for them, and nothing of it is done."""
    before = entries(play)
    told = send(play, text, by, dry=True)
    found = [line for line in told.lines if line.outcome == "bad"]
    assert told.bad == len(found) > 0 and all(b.en for b in found)
    with play.refused("file.bad_rows") as caught:
        send(play, text, by)
    assert caught.value.detail["rows"] == found
    assert entries(play) == before
    return [(b.line, b.column, b.zh) for b in found]


def entries(play: Play) -> int:
    (count,) = play.tx.conn.execute("select count(*) from ledger.entry").fetchone() or (0,)
    return count


def events(play: Play, login: str) -> list[str]:
    found = find_by_login(play.tx, login)
    return [e.event for e in list_entries(play.tx, found.id)] if found else []


def test_people_are_added_and_appointed_each_under_the_importer_s_post(play: Play) -> None:
    told = send(play, TWO)
    assert (told.rows, told.added, told.unchanged, told.bad, told.dry_run) == (2, 2, 0, 0, False)
    assert events(play, "xin.yi") == events(play, "xin.er") == ["person.added", "post.granted"]
    person = find_by_login(play.tx, "XIN.YI")
    assert person is not None
    entry = list_entries(play.tx, person.id)[-1]
    assert (entry.actor, entry.post) == (play.who("qian.xi").id, "system_admin")
    (post,) = list_posts(play.tx, ALL, person.id)
    assert (post.kind, post.unit_name, post.grids) == ("inspector", "老西门街道", (grid(play, "310101019-01"),))
    assert post.since.astimezone(ZONE).isoformat() == "2026-01-01T00:00:00+08:00"


def grid(play: Play, code: str) -> object:
    return next(g.id for g in list_duty_codes(play.tx) if g.code == code)


def test_the_same_again_changes_nothing_and_a_dry_run_even_less(play: Play) -> None:
    before = entries(play)
    dry = send(play, TWO, dry=True)
    assert (dry.added, dry.dry_run, entries(play), find_by_login(play.tx, "xin.yi")) == (2, True, before, None)
    send(play, TWO)
    done = entries(play)
    again = send(play, TWO)
    assert (again.added, again.unchanged, entries(play)) == (0, 2, done)
    more = send(play, HEAD + "xin.yi,,,核查员,310101019,,,\nXIN.ER,,,,,,,\n")
    assert (more.added, more.unchanged) == (1, 1)
    assert [(x.line, x.what, x.outcome, x.zh) for x in dry.lines + more.lines] == [
        (2, "xin.yi · 新一 · 网格员 · 310101019", "added", "登记人员并任命"),
        (3, "xin.er · 新二 · dispatcher · 老西门街道", "added", "登记人员并任命"),
        (2, "xin.yi · 核查员 · 310101019", "added", "任命"),
        (3, "XIN.ER", "unchanged", ""),
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_exported_can_be_imported_again(play: Play, kind: str) -> None:
    send(play, TWO)
    actor = play.who("qian.xi")
    held = list_held(play.tx, seen_by(actor), None, limit=10_000)
    assert {h.unit_code for h in held} >= {"310101019", "310101019-chengguan"} and len(held) > 50
    assert not any(h.unit_code.startswith("310101018") for h in held), "the next street's"
    codes = {g.id: g.code for g in list_duty_codes(play.tx)}
    data = b"".join(sheet.STREAMS[kind](rows_of_people([held[:7], held[7:]], codes, ZONE)))
    assert b"13800001111" not in data
    told = send(play, data, name=f"people.{kind}")
    assert (told.rows, told.unchanged, told.bad) == (len(held), len(held), 0)


def test_pages_of_posts_join_without_gap_or_repeat(play: Play) -> None:
    whole, pieces = list_held(play.tx, ALL, None, limit=10_000), list_held(play.tx, ALL, None, limit=9)
    while page := list_held(play.tx, ALL, None, after=(pieces[-1].unit_code, pieces[-1].login, pieces[-1].id), limit=9):
        pieces += page
    assert pieces == whole


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        (",无名,,,,,,", "账号", "空着"),
        ("x,一字,,,,,,", "账号", "2–64"),
        ("xin.san,,,,,,,", "姓名", "姓名"),
        ("xin.san,三,不是电话,,,,,", "电话", "格式"),
        ("xin.san,三,138****1111,,,,,", "电话", "格式"),
        ("xin.san,三,,城管,310101019,,,", "岗位", "没有岗位“城管”"),
        ("xin.san,三,,,310101019,,,", "岗位", "没有岗位"),
        ("xin.san,三,,网格员,,,,", "单位", "空着"),
        ("xin.san,三,,网格员,没有这里,,,", "单位", "没有这个单位"),
        ("xin.san,三,,网格员,310101018,,,", "单位", "没有这个单位"),
        ("xin.san,三,,网格员,310101,,,", "单位", "辖区"),
        ("xin.san,三,,网格员,310101019,310101019-99,,", "责任网格", "没有责任网格"),
        ("xin.san,三,,派遣员,310101019,310101019-01,,", "责任网格", "不按责任网格"),
        ("xin.san,三,,网格员,310101019,,昨天,", "任职起", "不是日期"),
        ("xin.san,三,,网格员,310101019,,2026-02-01,2026-01-01", "任职止", "晚于"),
        ("wang.lei,王小磊,,,,,,", "姓名", "已登记为“王磊”"),
        ("wang.lei,王磊,13911112222,,,,,", "电话", "不改"),
        ("wang.lei,,,网格员,310101019,310101019-02,,", "责任网格", "先免职"),
        ("wang.lei,,,网格员,310101019,310101019-01,,2030-01-01", "任职止", "先免职"),
        ("qian.xi,,,审计管理员,310101019,,,", "账号", "自己"),
        ("feng.yu,,,系统管理员,310101019,,,", "岗位", "兼任"),
        ("next.door,邻街道值班员,,派遣员,310101019,,,", "账号", "已被使用"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_told_with_line_and_column_and_nothing_is_done(
    play: Play, row: str, column: str, why: str
) -> None:
    (told,) = bad(play, TWO + row)
    assert told[:2] == (4, column) and why in told[2]
    assert find_by_login(play.tx, "xin.yi") is None, "the good rows are not done either"


def test_a_bad_row_spoils_the_later_ones_of_the_same_person_only(play: Play) -> None:
    told = bad(play, HEAD + "xin.san,三,?,,,,,\nxin.san,,,网格员,310101019,,,\nxin.si,四,,,,,,\n")
    assert [(line, column) for line, column, _ in told] == [(2, "电话"), (3, "账号")] and "第 2 行" in told[1][2]


def test_a_stranger_s_number_cannot_be_found_out_by_trying(play: Play) -> None:
    add_person(play.tx, world.SETUP, AddPerson(world.named_id("hidden"), "xin.wu", "五", "13812345678"))
    for tried in ("13812345678", "13899995678", "138****5678"):
        assert send(play, HEAD + f"xin.wu,五,{tried},,,,,", dry=True).unchanged == 1
    (told,) = bad(play, HEAD + "xin.wu,五,13812345679,,,,,")
    assert "138****5678" in told[2]


def test_who_may_not_is_refused_as_a_whole(play: Play) -> None:
    for by, code in (("zhang.min", "network.not_your_post"), ("shen.he", "network.auditor_reads_only")):
        with play.refused(code):
            send(play, TWO, by)
    admin = play.who("qian.xi")
    with pytest.raises(Forbidden) as unproven:
        import_people(play.tx, replace(admin, proven=False), ImportPeople("p.csv", TWO.encode(), True))
    assert unproven.value.code == "network.second_factor_due"


def test_whoever_lost_the_post_can_be_given_it_again(play: Play) -> None:
    send(play, TWO)
    person = find_by_login(play.tx, "xin.er")
    assert person is not None
    revoke_post(play.tx, play.who("qian.xi"), RevokePost(list_posts(play.tx, ALL, person.id)[0].id))
    assert send(play, TWO).added == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"), (b"\x89PNG\r\n\x1a\n\x00", "file.encoding"), ("姓名\n一\n".encode(), "file.columns"),
        (HEAD.encode(), "file.empty"), ((HEAD + "a.b,c\n" * 501).encode(), "file.too_many_rows"),
        (b"PK\x03\x04 no", "file.broken"), (b"login," + b"x" * (4 << 20), "file.too_large"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(play: Play, data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        send(play, data, name="")
    assert caught.value.code == code


def test_formulas_are_text(play: Play) -> None:
    told = send(play, HEAD + 'xin.liu,"=HYPERLINK(""http://x"")",,,,,,\n')
    assert told.added == 1
    person = find_by_login(play.tx, "xin.liu")
    assert person is not None and person.name.startswith("=HYPERLINK")
    rows = [["账号", "姓名"], ["xin.qi", "=1+1"]]
    assert send(play, b"".join(sheet.stream_xlsx([rows])), name="x.xlsx").added == 1
    made = find_by_login(play.tx, "xin.qi")
    assert made is not None and made.name == "=1+1", "the guard is taken off again"

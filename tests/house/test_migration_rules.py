"""Migrations after the first release run while everybody works and while servers of the release before still write:
docs/operate.md, "Migrations". Each rule is shown on a made-up migration."""

from __future__ import annotations

import re

import pytest

from yiwang.kit.db import migrations
from yiwang.kit.migrating import split

FIRST_RELEASE = 7
KNOWN: dict[tuple[int, str], str] = {}
"""(migration, what is said of it) → why it is right all the same, e.g. a table that is always small."""

CONCURRENTLY = "an index on a table of before: `create index concurrently if not exists`, after a line `-- then, apart`"
ALONE = "what cannot be in a transaction stands alone after a line `-- then, apart`, and harmless when done twice (`if not exists`)"
REWRITE = "a column of before gets another type or name, or goes: add a new one, and let the old go a release later"
STRICTER = "what the release before may write would be refused (not null, a constraint): give a default, or forbid it a release later"
UNSEEN = "a constraint on a table of before: `not valid` (checking old rows holds up writers)"
CHUNKS = "old rows are changed in chunks: one statement with a `limit`, after a line `-- then, again`"
APART = (
    "old rows are copied in a part of their own, after a line `-- then`: not under the locks of the statements before"
)


def statements(sql: str) -> list[str]:
    """Single statements in small letters, on one line, without comments and the insides of texts and functions."""
    sql = re.sub(r"\$(\w*)\$.*?\$\1\$", "''", sql, flags=re.DOTALL)
    sql = re.sub(r"'(?:[^']|'')*'", "''", re.sub(r"--[^\n]*", "", sql))
    return [" ".join(s.split()).lower() for s in sql.split(";") if s.strip()]


def troubles(sql: str) -> list[str]:
    """What in this migration would hold up or refuse writers."""
    found: list[str] = []
    parts = [(part.how, statements(part.sql)) for part in split(sql)]
    made = set(
        re.findall(r"create table (?:if not exists )?([\w.]+)", " ; ".join(s for _, all_ in parts for s in all_))
    )
    for how, all_ in parts:
        if how and len(all_) != 1:
            found.append(ALONE if how == "apart" else CHUNKS)
        for s in all_:
            found += _of_statement(s, how, made, alone=len(all_) == 1)
    return found


def _of_statement(s: str, how: str, made: set[str], *, alone: bool) -> list[str]:
    found = []
    if index := re.match(r"create (?:unique )?index (concurrently )?(if not exists )?\S* ?on (?:only )?([\w.]+)", s):
        concurrently, again, table = index.groups()
        if not concurrently and table not in made:
            found.append(CONCURRENTLY)
        if concurrently and (how != "apart" or not again):
            found.append(ALONE)
    if (table := re.match(r"alter table (?:if exists )?(?:only )?([\w.]+)", s)) and table[1] not in made:
        found += _of_alter(s)
    if (gone := re.match(r"drop table (?:if exists )?([\w.]+)", s)) and gone[1] not in made:
        found.append(REWRITE)
    changed = re.match(r"(?:with .*)?(?:update|delete from) (?:only )?([\w.]+)", s)
    if changed and changed[1] not in made and how != "again":
        found.append(CHUNKS)
    reads = re.findall(r"(?:from|join) ([a-z]+\.\w+)\b(?!\()", s)
    if s.startswith("insert") and any(t not in made for t in reads) and not alone:
        found.append(APART)
    return found


def _of_alter(s: str) -> list[str]:
    found = []
    if re.search(r"\b(set data )?type \w|\brename\b|\bdrop column\b", s):
        found.append(REWRITE)
    columns = re.findall(r"add column (?:if not exists )?(.*?)(?=, (?:add|alter|drop) |$)", s)
    if "set not null" in s or any("not null" in column and "default" not in column for column in columns):
        found.append(STRICTER)
    if re.search(r"add (constraint|check|foreign key|unique|primary key|exclude)", s) and "not valid" not in s:
        found.append(UNSEEN)
    return found


def test_migrations_hold_up_nobody() -> None:
    wrong = [
        f"{number:04}_{name}: {what}"
        for number, name, sql in migrations()
        if number > FIRST_RELEASE
        for what in troubles(sql)
        if (number, what) not in KNOWN
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("create index a on cases.case (step);", CONCURRENTLY),
        ("create unique index on cases.case (step);", CONCURRENTLY),
        ("create index concurrently if not exists a on cases.case (step);", ALONE),
        ("-- then, apart\ncreate index concurrently a on cases.case (step);", ALONE),
        ("alter table cases.case alter column number type int;", REWRITE),
        ("alter table cases.case rename number to no;", REWRITE),
        ("alter table cases.case drop column number;", REWRITE),
        ("drop table cases.case;", REWRITE),
        ("alter table cases.case add column a int not null;", STRICTER),
        ("alter table cases.case add column a int default 1, add column b int not null;", STRICTER),
        ("alter table cases.case alter column place set not null;", STRICTER),
        ("alter table cases.case add constraint a check (bounces > 0);", UNSEEN),
        ("update cases.case set bounces = 0;", CHUNKS),
        ("-- then\nwith a as (select 1) delete from cases.case where bounces > 0;", CHUNKS),
        ("create table cases.a (n int); insert into cases.a select bounces from cases.case;", APART),
    ],
)
def test_a_rule_that_is_broken_is_told(sql: str, what: str) -> None:
    assert what in troubles("-- made up\n" + sql)


@pytest.mark.parametrize(
    "sql",
    [
        "create table cases.a (n int not null unique); create index a on cases.a (n); update cases.a set n = 1;",
        "alter table cases.case add column a int not null default 1; comment on table cases.case is 'drop column; update';",
        "alter table cases.case add constraint a check (bounces > 0) not valid;",
        "-- then, apart\ncreate index concurrently if not exists a on cases.case (step);",
        "-- then, again\nupdate cases.case set a = 1 where id in (select id from cases.case where a is null limit 1000);",
        "create table cases.a (n int);\n-- then\ninsert into cases.a select bounces from cases.case;",
        "create function cases.f() returns void language sql as $$ update cases.case set bounces = 0; $$;",
    ],
)
def test_what_keeps_the_rules_is_let_through(sql: str) -> None:
    assert troubles("-- made up\n" + sql) == []

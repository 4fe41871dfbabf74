"""A file of rows, each done as an act of its own: the whole file or nothing, and of every row that is refused, why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from yiwang.kit.db import Tx
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.kit.table import BadRow, Fault

MOST_BYTES = 4 << 20
MOST_TOLD = 1_000


class Outcome(StrEnum):
    added = "added"
    changed = "changed"
    unchanged = "unchanged"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What an import did, or with `dry_run` would do: each row was added, changed, left unchanged, or is bad. `bad_rows` has
    the first thousand."""

    rows: int
    added: int
    changed: int
    unchanged: int
    bad: int
    bad_rows: tuple[BadRow, ...]
    dry_run: bool


class Taking:
    """Takes the rows of a file within a transaction, each in a savepoint of its own.

    `columns`: the columns' own names and how they are headed. `about`: the column (by its own name) that a refusal with
    this code is about; the first one where nothing is said. `whole`: codes that are about the act itself, not about a
    row: they refuse the file.
    """

    def __init__(
        self, tx: Tx, columns: Mapping[str, str], about: Mapping[str, str] | None = None, whole: Collection[str] = ()
    ) -> None:
        self.tx, self.columns, self.about, self.whole = tx, columns, about or {}, whole
        self.bad: list[BadRow] = []
        self.counts = Counter[Outcome]()

    @contextmanager
    def row(self, line: int) -> Iterator[None]:
        """What is done inside is undone, and told with its line, when it is refused."""
        try:
            with self.tx.savepoint():
                yield
        except Fault as fault:
            self._note(line, fault.column, fault.zh, fault.en)
        except (Invalid, Refused, Forbidden, NotFound) as refused:
            if refused.code in self.whole:
                raise
            self._note(line, self.about.get(refused.code, next(iter(self.columns))), refused.zh, refused.en)

    def _note(self, line: int, column: str, zh: str, en: str) -> None:
        self.bad.append(BadRow(line, self.columns.get(column, column), zh, en))

    def demand_whole(self, rows: int, *, dry: bool) -> None:
        """Invalid `file.bad_rows` when a row was refused and this is no dry run."""
        self.bad.sort(key=lambda b: b.line)
        if self.bad and not dry:
            raise Invalid(
                "file.bad_rows",
                f"{rows} 行中有 {len(self.bad)} 行有误，一行也没有导入",
                f"{len(self.bad)} of {rows} rows are bad; nothing was imported",
                rows=self.bad[:MOST_TOLD],
            )

    def report(self, rows: int, *, dry: bool) -> FileReport:
        """The same, and what became of the rows."""
        self.demand_whole(rows, dry=dry)
        added, changed, unchanged = (self.counts[outcome] for outcome in Outcome)
        return FileReport(rows, added, changed, unchanged, len(self.bad), tuple(self.bad[:MOST_TOLD]), dry)

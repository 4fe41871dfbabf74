"""A file of rows, each done as an act of its own: the whole file or nothing, and of every row, what became of it and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from yiwang.kit.db import Tx
from yiwang.kit.errors import Forbidden, Invalid, NotFound, Refused
from yiwang.kit.table import Fault, Row

MOST_BYTES = 4 << 20
MOST_TOLD = 1_000


class Outcome(StrEnum):
    added = "added"
    changed = "changed"
    unchanged = "unchanged"
    retired = "retired"
    bad = "bad"


@dataclass(frozen=True, slots=True)
class RowTold:
    """What became of a row, or with a dry run would. `line` 0: of what the file does not name (that is how it is retired).
    `what`: by what it is known. `column`, as it is headed: where a bad row is bad. `zh`, `en`: why it is bad, else what is
    done; empty where the outcome says it all."""

    line: int
    what: str
    outcome: Outcome
    column: str = ""
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What an import did, or with `dry_run` would do: so many rows, and what became of them. `lines` has a thousand of them
    at most, by line: bad ones before others, those that change nothing last of all."""

    rows: int
    added: int
    changed: int
    unchanged: int
    retired: int
    bad: int
    lines: tuple[RowTold, ...]
    dry_run: bool


class Taking:
    """Takes the rows of a file within a transaction, each in a savepoint of its own.

    `columns`: the columns' own names and how they are headed. `called`: those by which a row is known. `about`: the column
    (by its own name) that a refusal with this code is about; the first one where nothing is said. `whole`: codes that are
    about the act itself, not about a row: they refuse the file.
    """

    def __init__(
        self,
        tx: Tx,
        columns: Mapping[str, str],
        called: Collection[str],
        about: Mapping[str, str] | None = None,
        whole: Collection[str] = (),
    ) -> None:
        self.tx, self.columns, self.called, self.about, self.whole = tx, columns, called, about or {}, whole
        self.told: list[RowTold] = []
        self.bad: list[RowTold] = []

    @contextmanager
    def row(self, row: Row) -> Iterator[None]:
        """What is done inside is undone, and told with its line, when it is refused."""
        try:
            with self.tx.savepoint():
                yield
        except Fault as fault:
            self.refuse(row, fault)
        except (Invalid, Refused, Forbidden, NotFound) as refused:
            if refused.code in self.whole:
                raise
            column = self.about.get(refused.code, next(iter(self.columns)))
            self.refuse(row, Fault(column, refused.zh, refused.en))

    def tell(self, row: Row, outcome: Outcome, zh: str = "", en: str = "") -> None:
        self.told.append(RowTold(row.line, self._what(row), outcome, "", zh, en))

    def retire(self, what: str, zh: str, en: str) -> None:
        """What the file does not name ends by that."""
        self.told.append(RowTold(0, what, Outcome.retired, "", zh, en))

    def refuse(self, row: Row, fault: Fault) -> None:
        head = self.columns.get(fault.column, fault.column)
        self.bad.append(RowTold(row.line, self._what(row), Outcome.bad, head, fault.zh, fault.en))

    def _what(self, row: Row) -> str:
        return " · ".join(cell for column in self.called if (cell := row.cells.get(column, "")))[:200]

    def report(self, rows: int, *, dry: bool) -> FileReport:
        """What became of the rows; Invalid `file.bad_rows` when one was refused and this is no dry run."""
        self.bad.sort(key=lambda b: b.line)
        if self.bad and not dry:
            raise Invalid(
                "file.bad_rows",
                f"{rows} 行中有 {len(self.bad)} 行有误，一行也没有导入",
                f"{len(self.bad)} of {rows} rows are bad; nothing was imported",
                rows=self.bad[:MOST_TOLD],
            )
        n = Counter(t.outcome for t in self.told)
        shown = self.bad + sorted(self.told, key=lambda t: t.outcome is Outcome.unchanged)
        lines = tuple(sorted(shown[:MOST_TOLD], key=lambda t: (t.line == 0, t.line)))
        return FileReport(
            rows, n[Outcome.added], n[Outcome.changed], n[Outcome.unchanged], n[Outcome.retired], len(self.bad), lines, dry
        )  # fmt: skip


def spoilt_by(column: str, zh: str, en: str, line: int) -> Fault:
    """What hangs together with a bad row is bad as well: why, naming that row."""
    return Fault(column, f"{zh}的第 {line} 行有误", f"line {line} of {en} is bad")

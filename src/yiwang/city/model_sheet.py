"""Catalogue, filing conditions and days set apart as files: what brings them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ImportMatters:
    """Add the classes of a file (CSV or XLSX, told by its content) to schemes that are there, or correct them: all or none."""

    source: str
    data: bytes
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportConditions:
    """Make the filing conditions of a file those of the classes that it names; what these had besides is retired: all of it,
    or nothing. Classes that it does not name keep theirs."""

    source: str
    data: bytes
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportDays:
    """Set the dates of a file apart, for the unit of each row, else for `unit_id`: all of them, or none."""

    unit_id: UUID
    source: str
    data: bytes
    dry_run: bool = False

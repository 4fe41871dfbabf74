"""Identifiers: UUIDv7 for what is made here, UUIDv5 of a code for what a pack names."""

from __future__ import annotations

from uuid import UUID, uuid5

import uuid_utils.compat

_NAMES = UUID("6f1d0c5e-7a56-5c0b-9d3e-59697761e700")


def new_id() -> UUID:
    """A new UUIDv7: sorts by time, made anywhere, phones included."""
    return uuid_utils.compat.uuid7()


def named_id(name: str) -> UUID:
    """The same UUIDv5 for the same name for ever, e.g. `named_id("unit:310101013")`."""
    return uuid5(_NAMES, name)

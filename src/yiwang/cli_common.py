"""What every command of the terminal shares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from yiwang import settings as settings_module
from yiwang import wiring
from yiwang.settings import Settings
from yiwang.wiring import System

out, err = Console(), Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="给机器读的输出 output for machines")]


@contextmanager
def running_system(settings: Settings | None = None) -> Iterator[System]:
    with wiring.running(settings or settings_module.load()) as running:
        yield running


def print_json(value: Any) -> None:
    sys.stdout.write(msgspec.json.encode(value, order="sorted").decode() + "\n")

"""走访: what is asked at a home where somebody of key care (重点关爱) lives, and the case that an answer becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta


class Seen(StrEnum):
    """How somebody of key care was found at a visit."""

    well = "见到本人，平安"
    silent = "无人应答"
    needs = "需要帮助"


MET = (Seen.well, Seen.needs)


@dataclass(frozen=True, slots=True)
class Visit:
    """What is asked at a home (走访). It stands beside the home, which the whole street sees: so it names nobody."""

    found: Annotated[
        Literal["见到本人，平安", "无人应答", "需要帮助"],
        Meta(
            title="走访情况",
            description="How they are",
            extra={"bad": ("无人应答", "需要帮助"), "en": ("met, and well", "nobody answers", "needs help")},
        ),
    ]


FOUND = "走访需要跟进"
SILENT = "YIWANG-EXT|25001"
HELP = ("YIWANG-EXT|25004", "生活突遇困难，需要救助")


def case_of(attributes: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[str, str | None]:
    """The case that a visit becomes at which nobody answered, or help was needed."""
    return (SILENT, None) if form.get("found") == Seen.silent.value else HELP

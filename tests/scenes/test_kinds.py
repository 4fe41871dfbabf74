"""What every scene's kinds say, whichever they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from msgspec import Meta

from yiwang.register import rules, rules_form
from yiwang.register.model_kind import FormField, Kind
from yiwang.wiring import SCENES

KINDS = [kind for scene in SCENES for kind in scene.kinds]
HAN = re.compile(r"[\u4e00-\u9fff]")


def fields_of(kind: Kind) -> Iterator[tuple[str, FormField]]:
    form = rules.form_of(kind)
    asked = {
        "": form.fields,
        **{s.name: s.fields for s in form.steps},
        **{f"check {by}": c for by, c in form.checks.items()},
    }
    return ((where, field) for where, fields in asked.items() for field in fields)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_whatever_can_be_chosen_is_called_something_in_english(kind: Kind) -> None:
    for where, field in fields_of(kind):
        said = field.choices_en or field.choices
        assert not [word for word in said if HAN.search(word)], (where, field.name)
        assert len(set(said)) == len(said), (where, field.name, "two are called the same")


@dataclass(frozen=True, slots=True)
class Bin:
    of: Annotated[Literal["干", "湿"], Meta(title="垃圾", description="Waste", extra={"en": ("dry",)})]


def test_as_many_words_in_english_as_there_are_choices() -> None:
    with pytest.raises(TypeError, match="as many words"):
        rules_form.fields_of("bin", Bin)

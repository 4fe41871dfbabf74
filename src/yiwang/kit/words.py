"""Searching by words: each is a piece of text, of Chinese without any word borders. What an index of grams is asked (a function
like migration 0008's `cases.grams`: of Chinese every two characters that stand together, of letters and digits every ending)."""

from __future__ import annotations

import re

MOST_WORDS = 6


def terms_of(words: str | None) -> list[str]:
    """The words that were typed, in small letters, the first few."""
    return (words or "").lower().split()[:MOST_WORDS]


def like_of(term: str) -> str:
    """The word as a pattern of LIKE: somewhere in the text."""
    return "%" + term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def grams_of(term: str) -> list[str]:
    """What a word of a search asks of the index: of letters and digits the run itself, by its beginning; of Chinese every
    two characters that stand together, or the one there is, by its beginning. Only of letters and digits of any script: of those no
    database doubts that they belong to a run."""
    grams = []
    for run in re.findall(r"[a-z0-9]+|[^\W_a-z0-9]+", term):
        if run.isascii():
            grams.append(run[:16])
        else:
            grams += [run[i : i + 2] for i in range(max(1, len(run) - 1))]
    return grams


def ask_grams(terms: list[str], *, short: bool = True) -> str | None:
    """The words' grams as a tsquery's text; None where the index can tell nothing of them. `short`: also of words that half the
    city has, where there are no others."""
    grams = sorted({g for term in terms for g in grams_of(term)})
    telling = [g for g in grams if len(g) > (2 if g.isascii() else 1)]  # half the city has a “2” or a “号”
    asked = [
        "'" + g.replace("'", "''") + ("'" if len(g) == 2 and not g.isascii() else "':*")
        for g in (telling or grams if short else telling)
    ]
    return " & ".join(asked) or None

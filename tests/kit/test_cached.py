"""An answer for everybody: made once, as old as said at most, and while the next is being made nobody waits."""

from __future__ import annotations

import threading

from yiwang.kit.cached import Cached


def test_made_once_until_it_is_old_or_another_is_asked_for() -> None:
    made: list[str] = []
    kept: Cached[str] = Cached(60)

    def make(text: str) -> str:
        made.append(text)
        return text

    assert [kept.get("a", lambda: make("first")) for _ in range(3)] == ["first"] * 3
    assert kept.get("b", lambda: make("of b")) == "of b"
    kept.seconds = 0
    assert kept.get("b", lambda: make("anew")) == "anew"
    assert made == ["first", "of b", "anew"]


def test_while_one_works_the_others_get_the_last() -> None:
    kept: Cached[str] = Cached(0)
    assert kept.get("a", lambda: "old") == "old"
    begun, go = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go.wait(5)
        return "new"

    worker = threading.Thread(target=lambda: kept.get("a", slow))
    worker.start()
    assert begun.wait(5)
    assert kept.get("a", lambda: "never") == "old"
    go.set()
    worker.join(5)
    kept.seconds = 60
    assert kept.get("a", lambda: "never") == "new"


def test_a_failure_is_told_and_not_kept() -> None:
    kept: Cached[int] = Cached(60)
    for _ in range(2):
        try:
            kept.get("a", lambda: 1 // 0)
        except ZeroDivisionError:
            continue
        raise AssertionError("it must be told")
    assert kept.get("a", lambda: 1) == 1

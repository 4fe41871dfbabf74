"""Pages by key: the answer is {"items", "next"}; `next` is an opaque key for the page that follows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec
from fastapi import Response
from pydantic import create_model

from yiwang.kit import db
from yiwang.kit.errors import Invalid
from yiwang.kit.web import reply

PAGE = 1_000


def decode_key(text: str | None, *kinds: Any) -> tuple[Any, ...] | None:
    """The key that `page` gave out, as values of these types. Invalid when somebody made it up."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        return tuple(msgspec.convert(v, k, strict=False) for v, k in zip(msgspec.json.decode(raw), kinds, strict=True))
    except (ValueError, TypeError, RecursionError, binascii.Error, msgspec.MsgspecError):
        raise Invalid("page.key", "翻页标记无效", "This page key is not valid") from None


def encode_key(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def page_of(kind: Any) -> Any:
    """What `page` answers with, for the API's description: {"items": [kind], "next": str | null}."""
    many: Any = list
    return create_model(f"Page{kind.__name__}", items=(many[kind], ...), next=(str | None, ...))


def page(question: Callable[..., list[Any]], *args: Any, limit: int, key: Sequence[str], **kwargs: Any) -> Response:
    """Answer a list question with one page; asks for one row more to know whether there is a next."""
    with db.current().transaction() as tx:
        rows = question(tx, *args, limit=limit + 1, **kwargs)
    more = len(rows) > limit
    rows = rows[:limit]
    after = encode_key([getattr(rows[-1], name) for name in key]) if more else None
    return reply({"items": rows, "next": after})


def all_pages(question: Callable[..., list[Any]], *args: Any, key: Sequence[str], **kwargs: Any) -> Iterator[list[Any]]:
    """Every page of a list question, for a file: `PAGE` rows each, in a transaction of its own: a file that takes a
    minute holds none that long. The first is read at once, so that what is amiss is said before anything is sent."""

    def pages() -> Iterator[list[Any]]:
        more: dict[str, Any] = {}
        while True:
            with db.current().transaction() as tx:
                rows = question(tx, *args, limit=PAGE, **kwargs, **more)
            yield rows
            if len(rows) < PAGE:
                return
            more = {"after": tuple(getattr(rows[-1], name) for name in key)}

    found = pages()
    return chain([next(found)], found)

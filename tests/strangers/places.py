"""Places and people: five places around one street, every post in each of them."""

from __future__ import annotations

from uuid import UUID

import world
from yiwang.kit.ids import named_id
from yiwang.network import rules_access
from yiwang.network.model import PostKind

HERE, SIBLING, UPPER, LOWER, HELPING = "310101019", "310101018", "310101", "310101019014", "310101015"
PLACES = {"own": HERE, "sibling": SIBLING, "upper": UPPER, "lower": LOWER, "helping": HELPING}
NOW = world.NOON
PASSWORD = "Quiet-Lantern-7"


def person(login: str) -> UUID:
    return named_id(f"stranger:{login}")


def secret(login: str) -> str:
    return f"session-of-{login}"


def token_secret(name: str) -> str:
    return rules_access.TOKEN_PREFIX + name


def people() -> dict[str, tuple[PostKind, str]]:
    """login → the one post they hold: every post in every place."""
    return {f"{kind.value}.{place}": (kind, code) for kind in PostKind for place, code in PLACES.items()}


OTHERS = ("resident", "reporter", "checker", "retired", "subject", "asker", "next_grid")
"""Without a post, but for `checker` (an inspector here), `retired` (had one), `subject` (an inspector here, about whom
people's acts are), `asker` (a handler here, who asked for whatever is to be decided) and `next_grid` (an inspector here,
bound to a duty grid in which nothing of what is asked about lies)."""
NEXT_GRID = f"{HERE}-01"
TOKENS = {"token:reads": ("operator.own", ("read",)), "token:reports": ("operator.own", ("case.report",))}
UNPROVEN = {
    f"unproven:{kind.value}": f"{kind.value}.own"
    for kind in (PostKind.commander, PostKind.system_admin, PostKind.security_admin)
}
"""Second sessions of these three, in which no second factor was shown."""

"""How often members of the public and staff may do what costs others: a dependency for endpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Depends, Request

from yiwang.kit.limits import Limit
from yiwang.network.actions_session import Signed

HOUR = 3600.0


class Limits:
    """Per account of somebody without a post, per address of such, per account of staff (None: as often as they need)."""

    def __init__(self, public: int, address: int, staff: int | None) -> None:
        self.public, self.address = Limit(public, HOUR), Limit(address, HOUR)
        self.staff = Limit(staff, HOUR) if staff else None


def limited(limits: Limits) -> Callable[..., Awaitable[None]]:
    """For `Depends`: TooMany once the sender's share of this hour is used up. Not handed to a thread: it only counts."""

    async def count(request: Request, actor: Signed) -> None:
        if actor.posts:
            if limits.staff:
                limits.staff.take(str(actor.id))
            return
        limits.public.take(str(actor.id))
        limits.address.take(request.client.host if request.client else "")

    return count


EXPORTS = Depends(limited(Limits(public=2, address=4, staff=60)))
"""Files of reference data, together."""

"""Who may do what, and what they may see: the one place that decides it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from yiwang.kit.errors import Forbidden
from yiwang.kit.scope import Scope
from yiwang.network.model import (
    ADMIN_POSTS,
    Actor,
    ActorKind,
    Need,
    Post,
    PostKind,
    Reach,
    Subject,
)

READ = "read"
"""The act that a token needs to see lists."""


def is_within(path: str, top: str) -> bool:
    """Is the ltree `path` the unit `top` itself or somewhere below it."""
    return path == top or path.startswith(top + ".")


def may(actor: Actor, need: Need, subject: Subject) -> Post | None:
    """The post under which `actor` may do it (None where no post is asked for, or the system acts); else Forbidden.

    The first fitting post in the actor's own order counts. The error names the first rule that stands in the way; that
    a second factor is due (administrators' posts, approvals, personal data) is said last, to whoever may do it otherwise.
    """
    post = _fitting_post(actor, need, subject)
    if not actor.proven and (need.proof or (post is not None and post.kind in ADMIN_POSTS)):
        raise _no(
            "network.second_factor_due",
            "此操作须先以动态口令或安全密钥确认是您本人",
            "Please confirm with your second factor (code or security key) first",
            need,
        )
    return post


def anywhere(need: Need) -> Need:
    """The same for whoever holds such a post, wherever: asked before a file is looked at row by row."""
    return replace(need, reach=Reach.any)


def _fitting_post(actor: Actor, need: Need, subject: Subject) -> Post | None:
    if actor.kind is ActorKind.system:
        if not need.system:
            raise _no(
                "network.system",
                "系统不能自行做这一步，须由人来做",
                "The system may not do this; a person must",
                need,
            )
        return None
    if actor.acts is not None and need.act not in actor.acts:
        raise _no(
            "network.token_scope",
            "该令牌的授权范围不含此操作",
            "This token's scope does not include this act",
            need,
        )
    if PostKind.auditor not in need.posts and any(p.kind is PostKind.auditor for p in actor.posts):
        raise _no(
            "network.auditor_reads_only",
            "审计员只能查阅，不能办理",
            "An auditor reads everything and changes nothing",
            need,
        )
    if not need.posts:
        _check_own(actor, need, subject)
        return None
    held = [post for post in actor.posts if post.kind in need.posts]
    if not held:
        zh, en = (
            "、".join(k.zh() for k in sorted(need.posts)),
            ", ".join(k.en() for k in sorted(need.posts)),
        )
        raise _no(
            "network.not_your_post",
            f"此操作须由{zh}办理",
            f"This needs one of these posts: {en}",
            need,
        )
    if need.reach is Reach.own:
        _check_own(actor, need, subject)
        return held[0]
    if need.reach is Reach.any:
        return held[0]
    areas = (subject.area_path,) if need.reach is Reach.area else subject.unit_paths
    for post in held:
        if any(is_within(path, post.unit_path) for path in areas):
            return post
    if need.reach is Reach.area:
        raise _no(
            "network.not_your_area",
            "不在您岗位的辖区内",
            "This lies outside the area of your post",
            need,
        )
    raise _no(
        "network.not_your_order",
        "这件事没有派给您所在的单位",
        "This has not been given to your unit",
        need,
    )


def why_not(actor: Actor, need: Need, subject: Subject) -> Forbidden | None:
    """The reason why `may` would refuse, or None: for screens that show what is possible. A second factor that is due
    is no reason: the person has only to show it."""
    try:
        _fitting_post(actor, need, subject)
    except Forbidden as reason:
        return reason
    return None


def _check_own(actor: Actor, need: Need, subject: Subject) -> None:
    if need.reach is not Reach.any and actor.id not in subject.people:
        raise _no("network.not_yours", "这件事不在您名下", "This is not yours", need)


def _no(code: str, zh: str, en: str, need: Need) -> Forbidden:
    return Forbidden(
        code,
        zh,
        en,
        act=need.act,
        posts=sorted(need.posts),
        reach=need.reach,
    )


# ── what may be seen ──────────────────────────────────────────────────────────────────────────────────────────────


def scope_of(actor: Actor, posts: frozenset[PostKind] | None = None) -> Scope:
    """What `actor` may see: the subtrees of their units and what is theirs; the system and auditors see everything.

    An administrator's post opens no cases, so the three are left out unless `posts` names the posts that count. A token
    whose acts do not include `read` sees nothing but what is its person's own.
    """
    if actor.acts is not None and READ not in actor.acts:
        return Scope(False, (), actor.id)
    counted = [p for p in actor.posts if (p.kind not in ADMIN_POSTS if posts is None else p.kind in posts)]
    everything = actor.kind is ActorKind.system or (
        any(p.kind is PostKind.auditor for p in counted) and actor.kind is ActorKind.person
    )
    paths = widest(p.unit_path for p in counted)
    ids = {p.unit_path: p.unit_id for p in counted}
    whole = widest(p.unit_path for p in counted if not p.grids)
    grids = tuple(sorted({(grid, p.unit_path) for p in counted for grid in p.grids}))
    return Scope(everything, paths, actor.id, tuple(ids[path] for path in paths), whole, grids)


def posts_that_see(actor: Actor) -> list[Post]:
    """The posts under which somebody is told of cases: no administrator's, and none under a token that may not read."""
    if actor.acts is not None and READ not in actor.acts:
        return []
    return [p for p in actor.posts if p.kind not in ADMIN_POSTS]


def seen_by(actor: Actor) -> Scope:
    """What `actor` may see of units and people: those of every post, administrators' included."""
    return scope_of(actor, frozenset(PostKind))


def ground_of(actor: Actor) -> Scope:
    """Where the units and people lie that `actor` may be told of when acting on them: the subtrees of all their posts.
    A token that may not read may still act; what lies elsewhere does not exist for either."""
    return seen_by(replace(actor, acts=None))


def widest(paths: Iterable[str]) -> tuple[str, ...]:
    """`paths` without those that lie below another of them, sorted."""
    kept: list[str] = []
    for path in sorted(set(paths), key=lambda p: (p.count("."), p)):
        if not any(is_within(path, top) for top in kept):
            kept.append(path)
    return tuple(sorted(kept))


def narrow(posts: Iterable[Post], unit_id: UUID, unit_path: str) -> tuple[Post, ...]:
    """`posts` as seen through a token that is bound to a unit: nothing outside that unit's subtree."""
    seen: list[Post] = []
    for post in posts:
        if is_within(post.unit_path, unit_path):
            seen.append(post)
        elif is_within(unit_path, post.unit_path):
            seen.append(replace(post, unit_id=unit_id, unit_path=unit_path))
    return tuple(seen)

"""Posts, actors and what an act needs: the words in which every other domain asks "who may do this?".

Posts are those of issue 2 §3 (GB/T 30428 and the Shanghai centres name them 监督员, 受理员, 派遣员 and so on); units,
people and sign-in have their own files (`model_units`, `model_people`, `model_access`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from yiwang.kit.ids import named_id
from yiwang.ledger.model import By


class PostKind(StrEnum):
    """What someone is appointed to do. A person may hold several posts, each in one unit."""

    inspector = "inspector"
    coordinator = "coordinator"
    grid_chief = "grid_chief"
    operator = "operator"
    dispatcher = "dispatcher"
    handler = "handler"
    verifier = "verifier"
    supervisor = "supervisor"
    assessor = "assessor"
    commander = "commander"
    system_admin = "system_admin"
    security_admin = "security_admin"
    audit_admin = "audit_admin"
    auditor = "auditor"

    def zh(self) -> str:
        return _POST_NAMES[self][0]

    def en(self) -> str:
        return _POST_NAMES[self][1]


_POST_NAMES: dict[PostKind, tuple[str, str]] = {
    PostKind.inspector: ("网格员（监督员）", "Inspector"),
    PostKind.coordinator: ("综合协管员", "Coordinator (in training)"),
    PostKind.grid_chief: ("网格长", "Grid chief"),
    PostKind.operator: ("值班员（受理员）", "Operator"),
    PostKind.dispatcher: ("派遣员", "Dispatcher"),
    PostKind.handler: ("处置人员", "Handler"),
    PostKind.verifier: ("核查员", "Verifier"),
    PostKind.supervisor: ("督办员", "Supervisor"),
    PostKind.assessor: ("考核员", "Assessor"),
    PostKind.commander: ("指挥长", "Commander"),
    PostKind.system_admin: ("系统管理员", "System administrator"),
    PostKind.security_admin: ("安全管理员", "Security administrator"),
    PostKind.audit_admin: ("审计管理员", "Audit administrator"),
    PostKind.auditor: ("审计员", "Auditor"),
}

FIELD_POSTS = frozenset({PostKind.inspector, PostKind.coordinator, PostKind.grid_chief})
"""Posts that may be bound to duty grids; all others are held in the unit as a whole."""

ADMIN_POSTS = frozenset({PostKind.system_admin, PostKind.security_admin, PostKind.audit_admin})
"""The three administrators (三员分立, GB/T 22239): nobody may hold two of them."""


class ActorKind(StrEnum):
    person = "person"
    system = "system"
    token = "token"
    public = "public"


@dataclass(frozen=True, slots=True)
class Post:
    """A post someone holds now. `unit_path` is the unit's ltree text; `grids` are duty grids (empty: the whole unit)."""

    id: UUID
    kind: PostKind
    unit_id: UUID
    unit_path: str
    grids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person, a program with a token, the system itself, or a member of the public (no posts).

    `acts` is the scope of a token: the only acts it may do; None means that no token narrows the actor. `proven`: a
    second factor was shown lately (always so within the program; at the edge the session says it).
    """

    id: UUID
    name: str
    posts: tuple[Post, ...] = ()
    kind: ActorKind = ActorKind.person
    acts: frozenset[str] | None = None
    proven: bool = True

    def by(self, post: Post | None) -> By:
        """Who is named in the ledger: the actor and the kind of post under which the act was done."""
        return By(self.id, post.kind.value if post else self.kind.value)


def system(name: str) -> Actor:
    """The actor of flows and timers, e.g. `system("deadlines")`; its id is always the same for a name."""
    return Actor(named_id(f"system:{name}"), name, (), ActorKind.system)


class Reach(StrEnum):
    """How a post must relate to the subject of an act."""

    area = "area"
    """The subject's area lies in the subtree of the post's unit."""
    order = "order"
    """One of the subject's units is the post's unit, or lies below it."""
    own = "own"
    """The actor is one of the subject's people."""
    any = "any"
    """Anyone who holds such a post, anywhere."""


@dataclass(frozen=True, slots=True)
class Need:
    """What an act asks for: one of these posts, with this reach. `system`: may Yiwang itself do it. `proof`: a second
    factor shown lately; acts under an administrator's post ask for it in any case."""

    act: str
    posts: frozenset[PostKind]
    reach: Reach
    system: bool = False
    proof: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted upon: where it lies, which units have it in hand, whose it is."""

    area_path: str
    unit_paths: tuple[str, ...] = ()
    people: frozenset[UUID] = frozenset()

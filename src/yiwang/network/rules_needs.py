"""What this domain's own acts need. The three administrators are separate (三员分立): units, people and posts are the
system administrator's; passwords, tokens and lockouts the security administrator's; the logs the audit administrator's."""

from __future__ import annotations

from yiwang.network.model import Need, PostKind, Reach
from yiwang.network.rules_duty import DUTY_POSTS

_SYSTEM = frozenset({PostKind.system_admin})
_SECURITY = frozenset({PostKind.security_admin})
_AUDIT = frozenset({PostKind.audit_admin, PostKind.auditor})
_CALLERS = frozenset(
    {PostKind.operator, PostKind.dispatcher, PostKind.supervisor, PostKind.commander, PostKind.grid_chief}
)
_OVERSEERS = frozenset({PostKind.dispatcher, PostKind.supervisor, PostKind.commander})
_LEADS = frozenset({PostKind.system_admin, PostKind.commander, PostKind.supervisor})

NEEDS: dict[str, Need] = {
    need.act: need
    for need in (
        Need("unit.open", _SYSTEM, Reach.area, system=True),
        Need("unit.rename", _SYSTEM, Reach.area, system=True),
        Need("unit.move", _SYSTEM, Reach.area, system=True),
        Need("unit.merge", _SYSTEM, Reach.area, system=True),
        Need("unit.load", _SYSTEM, Reach.any, system=True),
        Need("person.add", _SYSTEM, Reach.any, system=True),
        Need("person.erase", _SYSTEM, Reach.area, system=True),
        Need("post.grant", _SYSTEM, Reach.area, system=True),
        Need("post.revoke", _SYSTEM, Reach.area, system=True),
        Need("certificate.give", frozenset({PostKind.supervisor, PostKind.system_admin}), Reach.area, system=True),
        Need("certificate.revoke", frozenset({PostKind.supervisor, PostKind.system_admin}), Reach.area, system=True),
        Need("duty.plan", _LEADS, Reach.area, system=True),
        Need("duty.keep", DUTY_POSTS, Reach.own),
        Need("duty.call", DUTY_POSTS, Reach.own),
        Need("duty.see_trail", _OVERSEERS, Reach.area, proof=True),
        Need("password.set", _SECURITY, Reach.area, system=True),
        Need("token.issue", _SECURITY, Reach.area, system=True),
        Need("token.revoke", _SECURITY, Reach.area, system=True),
        Need("session.revoke", _SECURITY, Reach.area, system=True),
        Need("sign_in.unlock", _SECURITY, Reach.any, system=True),
        Need("sign_in.policy", _SECURITY, Reach.any, system=True),
        Need("sign_in.read_log", _AUDIT, Reach.any),
        Need("factor.reset", _SECURITY, Reach.area, system=True),
        Need("person.unmask", _CALLERS, Reach.area, proof=True),
    )
}

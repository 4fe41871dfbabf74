"""HTTP: a reporter's contact, masked; in clear with a reason; erased."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response

from yiwang.cases import actions_contact, queries_contact
from yiwang.cases.model import Case
from yiwang.cases.model_contact import Contact, UnmaskContact
from yiwang.kit import db
from yiwang.kit.web import body_is, perform, read, reply, router
from yiwang.network.actions_session import Signed
from yiwang.network.rules import scope_of

routes = router("/api/cases", "案件 cases")


@routes.post(
    "/unmask-contact",
    summary="查看上报人联系方式（须说明事由，留痕） See a reporter's data in clear, with a reason that is kept",
    responses=body_is(Contact),
)
def unmask_contact(actor: Signed, cmd: UnmaskContact) -> Response:
    # Not by `perform`: it would keep the answer, and with it the number.
    with db.current().transaction() as tx:
        return reply(actions_contact.unmask_contact(tx, actor, cmd), headers={"Cache-Control": "no-store"})


@routes.get(
    "/{case_id}/reports/{report_id}/contact",
    summary="上报人联系方式（打码） A reporter's contact, masked",
    responses=body_is(Contact),
)
def get_contact(case_id: UUID, report_id: UUID, actor: Signed) -> Response:
    return read(queries_contact.get_contact, scope_of(actor), case_id, report_id)


@routes.delete(
    "/{case_id}/reports/{report_id}/contact",
    summary="删除上报人个人信息 Erase a reporter's personal data",
    responses=body_is(Case),
)
def erase_contact(case_id: UUID, report_id: UUID, actor: Signed) -> Response:
    return perform(lambda tx, who, ids: actions_contact.erase_contact(tx, who, *ids), actor, (case_id, report_id))

"""Erasing what should not be kept: the bytes of a photo or a voice note, a wording. What the ledger holds of them, their digests, stays."""

from __future__ import annotations

from yiwang.cases import actions, rules, store, store_erase
from yiwang.cases.model import VOICE, Case
from yiwang.cases.model_erase import ErasePhoto, EraseWords, PhotoErased, WordsErased
from yiwang.kit import files, parked
from yiwang.kit.db import Tx
from yiwang.kit.errors import NotFound, Refused
from yiwang.kit.web import forget_replies
from yiwang.ledger.actions import record
from yiwang.ledger.model import By
from yiwang.network.model import Actor
from yiwang.network.rules import may, scope_of
from yiwang.network.rules_personal import check_reason


def erase_photo(tx: Tx, actor: Actor, cmd: ErasePhoto) -> Case:
    """Erase the bytes of a photo or a voice note that is evidence of this case. They go from the store once this is committed
    (`files.sweep_erased`). Erased already: nothing more happens.

    Refused (`case.photo_elsewhere`) when it is evidence too where one may not erase.
    """
    case, by = _begin(tx, actor, cmd)
    kind = store_erase.KIND.maybe(tx, case_id=case.id, sha256=cmd.sha256)
    if kind is None:
        raise NotFound("case.photo_unknown", "本案没有这张照片或录音", "This case has no such photo or recording")
    scope = scope_of(actor, rules.DESK)
    if not scope.everything and store_erase.SHOWN_BEYOND.one(tx, sha256=cmd.sha256, paths=list(scope.paths)):
        raise Refused(
            "case.photo_elsewhere", "它也是您辖区以外案件的证据，须由上级删除",
            "It is evidence outside your ground too; your superior can erase it",
        )  # fmt: skip
    if files.mark_erased(tx, cmd.sha256, case.id):
        case = store.put_case(tx, case)
        record(tx, by, PhotoErased(case.id, cmd.sha256, actions.keep_words(tx, case, cmd.reason), kind == VOICE))
    return case


def erase_words(tx: Tx, actor: Actor, cmd: EraseWords) -> Case:
    """Erase a wording wherever it stands in this case, and the answers to commands that may repeat it. Erased already:
    nothing more happens."""
    case, by = _begin(tx, actor, cmd)
    text = store_erase.WORDING.maybe(tx, case_id=case.id, digest=cmd.digest)
    if text is None:
        if store_erase.IS_ERASED.one(tx, case_id=case.id, digest=cmd.digest):
            return case
        raise NotFound("case.words_unknown", "本案没有这段文字", "This case has no such wording")
    reason = actions.keep_words(tx, case, cmd.reason)
    case = store.put_case(tx, store_erase.drop_words(tx, case, cmd.digest, text))
    forget_replies(tx, case.id)
    parked.forget_errors(tx, case.id)
    record(tx, by, WordsErased(case.id, cmd.digest, reason))
    return case


def _begin(tx: Tx, actor: Actor, cmd: ErasePhoto | EraseWords) -> tuple[Case, By]:
    """Whoever accepts cases there, with a second factor; nobody who had a hand in it: evidence is not put away."""
    check_reason(cmd.reason)
    case = store.lock_case(tx, cmd.case_id)
    actions.demand_sight(actor, case)
    post = may(actor, rules.ERASE, rules.subject_of(case))
    rules.demand_not_handler(actor, case, store.HANDLERS.all(tx, case_id=case.id))
    return case, actor.by(post)

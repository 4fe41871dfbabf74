"""How personal data are shown to whoever has no reason to see them: masked. Pure.

Sources: issue 3 §4; GB/T 35273-2020 §7.2 (personal information on screens is de-identified)."""

from __future__ import annotations

import re

from yiwang.kit.errors import Invalid

HIDDEN = "*****"
MOST_IN_TEN_MINUTES = 20
"""So often may one person see personal data in clear within ten minutes."""


def mask_name(name: str) -> str:
    """王小明 → 王**; empty stays empty."""
    name = name.strip()
    return f"{name[0]}**" if name else ""


def mask_phone(phone: str) -> str:
    """13800001234 → 138****1234; shorter numbers show less, and what is too short to hide anything shows nothing."""
    digits = re.sub(r"[^0-9]", "", phone)
    if len(digits) >= 10:
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) >= 7:
        return f"{digits[:2]}****{digits[-2:]}"
    return HIDDEN if phone.strip() else ""


def mask_account(account: str) -> str:
    return f"{account[0]}***" if account.strip() else ""


def check_reason(words: str) -> None:
    """Why somebody looks is kept for good, so it must not hold what they are about to see."""
    if re.search(r"[0-9０-９](?:[ -]?[0-9０-９]){6}", words):
        raise Invalid(
            "network.reason_has_number",
            "事由长期保存，请不要写电话或证件号码",
            "The reason is kept for good: please leave telephone and identity numbers out",
        )

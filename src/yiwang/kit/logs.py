"""Log lines without secrets: whatever slips into a message or a traceback is blackened before it is written."""

from __future__ import annotations

import logging
import re

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
HIDDEN = "***"
SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"ywt_[\w-]{8,}"), HIDDEN),
    (re.compile(r"(yiwang_session=)[^;\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"otpauth://\S+"), HIDDEN),
    (re.compile(r"\b(aes256|sm4) [A-Za-z0-9+/]{20,}={0,2}"), rf"\1 {HIDDEN}"),
    (re.compile(r"PRIVATE\+KEY\+\S+"), HIDDEN),
    (re.compile(r"(://[^:/@\s]*):[^@/\s]+@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(r"(?i)(\b\w*(?:password|secret|csrf|ticket|recovery)\w*['\"]?\s*[:=]\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;)}]+)"),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?<![\w-])(?:\+?86[ -]?)?1[3-9]\d{9}(?![\w-])"), HIDDEN),
    (re.compile(r"(?<![\w-])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![\w-])"), HIDDEN),
)  # fmt: skip


def blacken(text: str) -> str:
    """`text` without tokens, passwords, keys, mobile numbers and identity numbers."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class Blackened(logging.Formatter):
    """Formats as usual, traceback included, then blackens the whole."""

    def format(self, record: logging.LogRecord) -> str:
        return blacken(super().format(record))


def start_logging(level: int = logging.INFO) -> None:
    """Everything to standard error in one form, for every logger."""
    logging.basicConfig(level=level, format=FORMAT)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(Blackened(FORMAT))

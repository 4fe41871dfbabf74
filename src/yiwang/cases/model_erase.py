"""Erasing the bytes of a photo or a voice note, or a wording: what is asked, and what the ledger keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from yiwang.kit.fields import Sha256
from yiwang.ledger.model import Event
from yiwang.network.model_personal import Reason


@dataclass(frozen=True, slots=True)
class ErasePhoto:
    """Erase the bytes of a photo or a voice note, wherever it is shown; its SHA-256 and what it proved stay. `reason`: why, in words."""

    case_id: UUID
    sha256: Sha256
    reason: Reason


@dataclass(frozen=True, slots=True)
class EraseWords:
    """Erase what somebody wrote in a case: the wording of this SHA-256 (as the case's entries hold it), wherever it stands
    in the case. `reason`: why, in words."""

    case_id: UUID
    digest: Sha256
    reason: Reason


@dataclass(frozen=True, slots=True)
class ErasedPhoto:
    """A photo or `voice` note that was erased by an act: by which entry of which case, when."""

    sha256: str
    voice: bool
    case_id: UUID
    number: str
    n: int
    at: datetime

    @property
    def zh(self) -> str:
        return f"{'录音' if self.voice else '照片'} {self.sha256} 已由案件 {self.number} 的第 {self.n} 条记录于 {self.at:%Y-%m-%d %H:%M} 删除"

    @property
    def en(self) -> str:
        return f"{'voice note' if self.voice else 'photo'} {self.sha256}: erased by entry {self.n} of case {self.number} at {self.at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class PhotoErasedV1(Event, name="case.photo_erased", about="case"):
    """A photo's bytes were erased; `sha256` is what is left of it, `text_digest` binds why."""

    case_id: UUID
    sha256: str
    text_digest: str

    def zh(self) -> str:
        return f"照片 {self.sha256[:12]} 已删除，摘要保留"

    def en(self) -> str:
        return f"Photo {self.sha256[:12]} was erased; its digest stays"


@dataclass(frozen=True)
class PhotoErased(PhotoErasedV1, name="case.photo_erased", about="case", version=2):
    """The same; `sound`: it was a voice note."""

    sound: bool

    def zh(self) -> str:
        return f"语音备注 {self.sha256[:12]} 已删除，摘要保留" if self.sound else super().zh()

    def en(self) -> str:
        return f"Voice note {self.sha256[:12]} was erased; its digest stays" if self.sound else super().en()


@dataclass(frozen=True)
class WordsErased(Event, name="case.words_erased", about="case"):
    """A wording was erased; `erased` is its digest, which is what is left of it, `text_digest` binds why."""

    case_id: UUID
    erased: str
    text_digest: str

    def zh(self) -> str:
        return f"文字 {self.erased[:12]} 已删除，摘要保留"

    def en(self) -> str:
        return f"The wording {self.erased[:12]} was erased; its digest stays"

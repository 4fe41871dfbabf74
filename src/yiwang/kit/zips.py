"""Archives from outside (an XLSX is one), looked at before anything unpacks them."""

from __future__ import annotations

import io
import zipfile

MOST_PARTS = 2_000
MOST_RATIO = 200
"""Sheets of one value over and over shrink some hundredfold; bombs, a thousandfold and more."""
SMALL = 1 << 20
"""Below this many bytes unpacked, no ratio is suspicious."""


def is_bomb(data: bytes, most: int) -> bool:
    """Would it unpack to more than `most` bytes, to far more than it is, or into very many parts? Python's reader gives no
    part more than the size its directory names, so a directory that lies only cuts itself short. BadZipFile."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    whole = sum(p.file_size for p in parts)
    return whole > most or len(parts) > MOST_PARTS or whole > SMALL + MOST_RATIO * len(data)

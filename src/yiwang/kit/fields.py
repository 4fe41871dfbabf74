"""Field types of commands: what is checked before an action ever sees it."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, WithJsonSchema

LATER = {"later": True}
"""Metadata of a command's field that the release before does not know: while it says nothing (its default), the command's
digest is as that release made it, so that what was sent there may be sent again here."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
MaybeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00]*$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w./ -]+$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Lon = Annotated[float, Field(ge=-100_000_000, le=100_000_000, allow_inf_nan=False)]
"""Longitude in degrees, or x in metres for a plane system: the range is checked once the datum is known."""
Lat = Lon
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09", "shanghai_plane"]
"""`geo.Datum`, as a field of a command."""
Metres = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
LocalTime = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$", "examples": ["08:30"]})
]
"""A time of day where the unit is. JSON Schema's own format "time" would ask for an offset."""

"""Time zones as tables of numbers, made of the pinned `tzdata` package and nothing else.

A decision may not depend on the machine it is made on. So the zone files of the operating system
are never looked at: `zoneinfo` reads those of the `tzdata` package, whose version the lock file
pins and a loaded setup names. It happens while an artefact is loaded, the one place in this room
that reads a file; what comes out are two tuples of integers, and every decision is arithmetic on
them. A new version of `tzdata` may change decisions about future times, as new law does: whoever
replays an old log installs the version that the log's decisions name.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import tzdata

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
"""Before the first year its first offset counts, after the last year its last."""

_STEP: Final = timedelta(days=5)
"""No zone has changed its clock twice within so few days since `FIRST_YEAR`."""

VERSION: Final[str] = tzdata.IANA_VERSION
"""The version of the time zone data, e.g. `2026f`."""


class Zone(msgspec.Struct, frozen=True):
    """A time zone between `FIRST_YEAR` and `LAST_YEAR`.

    Attributes:
        name: Its IANA name.
        changes_s: When its offset changes, epoch seconds, rising.
        offsets_s: Seconds east of UTC: before the first change, after it, ...; one more than
            changes.
    """

    name: str
    changes_s: tuple[int, ...]
    offsets_s: tuple[int, ...]


@cache
def names() -> frozenset[str]:
    """Return the names of all zones there are."""
    with files("tzdata").joinpath("zones").open("rb") as listed:
        return frozenset(listed.read().decode().split())


@cache
def load_zone(name: str) -> Zone | None:
    """Return the zone of that IANA name; None when there is none."""
    if name not in names():
        return None
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        zone = zoneinfo.ZoneInfo.from_file(data, key=name)
    changes: list[int] = []
    at, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
    offsets = [_offset_s(zone, at)]
    while at < end:
        later = at + _STEP
        offset_s = _offset_s(zone, later)
        if offset_s != offsets[-1]:
            changes.append(_change_s(zone, at, later))
            offsets.append(offset_s)
        at = later
    return Zone(name, tuple(changes), tuple(offsets))


def _offset_s(zone: zoneinfo.ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _change_s(zone: zoneinfo.ZoneInfo, before: datetime, after: datetime) -> int:
    """Return the second at which the offset changes; it does so once between the two."""
    first, last = int(before.timestamp()), int(after.timestamp())
    old_s = _offset_s(zone, before)
    while last - first > 1:
        middle = (first + last) // 2
        if _offset_s(zone, datetime.fromtimestamp(middle, UTC)) == old_s:
            first = middle
        else:
            last = middle
    return last

"""Bullseye: the longer an item waits, the more groups of representatives may get it.

Level 1 is open from its own wait on, every further level from a longer (or equal) one; earlier
levels keep priority. The wait is the item's cumulative wait in the queue and begins anew after a
transfer to another queue: whoever gives the wait sees to that.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated

import msgspec

Wait = Annotated[int, msgspec.Meta(ge=0)]
"""A cumulative wait in milliseconds."""


class Levels(msgspec.Struct, frozen=True, array_like=True):
    """The levels of a queue.

    Attributes:
        opens_after_ms: Cumulative wait from which each level is open, never falling.
        level_of: Representative to their level, counted from 1; the lowest where several groups
            name them.
        others_after_ms: Wait from which members in no level may get it too; None: never.
    """

    opens_after_ms: tuple[Wait, ...]
    level_of: dict[str, int]
    others_after_ms: Wait | None = None

    @property
    def last(self) -> int:
        """Return the level of members that no level names."""
        return len(self.opens_after_ms) + 1


def open_level(levels: Levels, waited_ms: int) -> int:
    """Return the highest level that is open after so long a wait; 0: none yet."""
    others_ms = levels.others_after_ms
    if others_ms is not None and waited_ms >= others_ms:
        return levels.last
    return bisect_right(levels.opens_after_ms, waited_ms)


def next_opening_ms(levels: Levels, waited_ms: int) -> int | None:
    """Return the cumulative wait at which more representatives come in; None: no more will."""
    waits = levels.opens_after_ms
    if levels.others_after_ms is not None:
        waits = (*waits, levels.others_after_ms)
    return min((wait for wait in waits if wait > waited_ms), default=None)

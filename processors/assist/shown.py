"""What a conversation's representative has been shown, as far as later runs depend on it."""

from __future__ import annotations

from typing import Final

import msgspec


class Listed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One recommendation on the list.

    Attributes:
        order: Number of issue in the conversation; within one run the best has the highest, so
            that descending order puts the newest run on top and in it the best first.
        recommendation_id: Id of the event that issued it.
        item_id: What it points at.
        issued_at_ms: When it was issued.
    """

    order: int
    recommendation_id: str
    item_id: str
    issued_at_ms: int


class Dismissed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A recommendation that left the list for good."""

    recommendation_id: str
    item_id: str


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """The list and what left it.

    Attributes:
        issued: How many recommendations were ever issued.
        listed: Those on the list, in order of issue.
        dismissed: Those dismissed; their items are never recommended again here.
        nothing_found: Kinds whose last run found nothing.
    """

    issued: int = 0
    listed: tuple[Listed, ...] = ()
    dismissed: tuple[Dismissed, ...] = ()
    nothing_found: tuple[str, ...] = ()

    def find(self, recommendation_id: str) -> Listed | Dismissed | None:
        """Return what became of a recommendation, or None if this conversation never had it."""
        for listed in self.listed:
            if listed.recommendation_id == recommendation_id:
                return listed
        for dismissed in self.dismissed:
            if dismissed.recommendation_id == recommendation_id:
                return dismissed
        return None


NOTHING_SHOWN: Final = Shown()

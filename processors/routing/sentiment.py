"""How customers feel, as somebody outside read it, and whom that alarms (QM-12).

No model of ours reads anything: a sentiment comes with an item, as a context variable or an
attribute of that name, or later as an `ItemSentiment`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from processors.machine import Rejection
from processors.routing.conditions import Fact
from processors.routing.handling import Handling
from processors.routing.moves import keep
from processors.routing.people import OFFERABLE
from processors.routing.rows import Item
from processors.routing.setup import SentimentAlert
from schemas.records.routing import ItemSentiment, SentimentAlerted

NO_SENTIMENT: Final = "routing.no_sentiment"
NAME: Final = "sentiment"
"""Of the context variable, and of the attribute."""

LEVELS: Final[Mapping[str, int]] = {
    "very negative": -3,
    "negative": -2,
    "slightly negative": -1,
    "neutral": 0,
    "slightly positive": 1,
    "positive": 2,
    "very positive": 3,
}
THRESHOLDS: Final[Mapping[SentimentAlert, int]] = {
    "slightly_negative": -1,
    "negative": -2,
    "very_negative": -3,
}

_NUMBER: Final = re.compile(r"[+-]?[0-3]", re.ASCII)


def level_of(given: Fact | None) -> int | None:
    """Return a sentiment as a level from -3 to 3; None for what is none.

    Words may be written with spaces, hyphens or underscores; numbers between levels count as the
    nearest one.
    """
    if given is None or isinstance(given, bool):
        return None
    if isinstance(given, str):
        word = re.sub(r"[\s_-]+", " ", given.strip().casefold())
        found = LEVELS.get(word)
        if found is None and _NUMBER.fullmatch(given.strip()):
            return int(given)
        return found
    return round(given) if -3 <= given <= 3 else None


def observe(h: Handling, given: ItemSentiment) -> Rejection | None:
    """Take in how a customer feels now; of an item that is over, it is of no interest."""
    level = level_of(given.sentiment)
    if level is None:
        because = f"{given.sentiment} is no sentiment; send -3 to 3, or one of {', '.join(LEVELS)}"
        return Rejection(NO_SENTIMENT, because)
    item = h.pool.items.get(given.item_id)
    if item is None or item.state == "closed" or item.sentiment == level:
        return None
    after = replace(item, sentiment=level)
    keep(h, after)
    alert(h, item.sentiment, after)
    return None


def alert(h: Handling, before: int | None, item: Item) -> None:
    """Say so if a customer's sentiment fell to or below what the item's queue watches for."""
    queue = h.queue(item.queue_id)
    if queue is None or queue.sentiment_alert is None or item.sentiment is None:
        return
    threshold = THRESHOLDS[queue.sentiment_alert]
    if item.sentiment > threshold or (before is not None and before <= threshold):
        return
    h.emit(
        SentimentAlerted,
        epoch=item.epoch,
        item_id=item.item_id,
        queue_id=queue.id,
        sentiment=item.sentiment,
        threshold=threshold,
        representative_id=item.representative_id,
        told_ids=tuple(who for who in queue.members if _is_told(h, who)),
    )


def _is_told(h: Handling, who: str) -> bool:
    known, row = h.setup.representatives.get(who), h.representative(who)
    if known is None or row is None or not known.is_supervisor:
        return False
    return row.presence.effective in OFFERABLE

"""Direct Line as others poll it, and as we poll it (TR-34): activities after a watermark.

Public page: "Direct Line API 3.0": `GET` and `POST /v3/directline/conversations/{id}/activities`.
The waits are those of the public Salesforce sample: five seconds before the first look, then up to
five more, one second apart; thirty seconds a call; an HTTP error is not tried again.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from processors.handoff.hubs.answers import items, judged, parsed, word
from processors.handoff.hubs.contract import Handoff, HttpRequest, HubSettings, get, post
from processors.handoff.transcript import is_initiation

FIRST_WAIT_MS: Final = 5_000
RETRY_WAIT_MS: Final = 1_000
RETRIES_MAX: Final = 5
CALL_MS_MAX: Final = 30_000


class Polled(msgspec.Struct, frozen=True):
    """What one look found.

    Attributes:
        activities: The activities of the answer, oldest first, as they came.
        watermark: Where the next look begins.
        message: The bot's newest message; None: none yet, or a hand-off is newer.
        is_handoff: The newest thing is the event handoff.initiate.
        has_more: There are newer activities than `message`.
        because: Why nothing was read: an HTTP error, which ends the looking.
    """

    activities: tuple[Any, ...] = ()
    watermark: str | None = None
    message: str | None = None
    is_handoff: bool = False
    has_more: bool = False
    because: str | None = None

    @property
    def is_over(self) -> bool:
        """Return whether looking again makes no sense: something was found, or it went wrong."""
        return self.message is not None or self.is_handoff or self.because is not None


def wait_ms(looks: int) -> int | None:
    """Return how long to wait before look number `looks` + 1; None: it was enough."""
    if looks == 0:
        return FIRST_WAIT_MS
    return RETRY_WAIT_MS if looks <= RETRIES_MAX else None


def look(settings: HubSettings, conversation_id: str, watermark: str | None) -> HttpRequest:
    """Return the request for what came after a watermark."""
    found = _address(settings, conversation_id)
    if watermark not in {None, "", "0"}:
        found += f"?watermark={quote(str(watermark), safe='')}"
    return get(found)


def put(settings: HubSettings, handoff: Handoff, found: dict[str, Any]) -> HttpRequest:
    """Return the request that adds an activity to a conversation."""
    return post(_address(settings, handoff.hub_id), found)


def polled(status: int, body: bytes) -> Polled:
    """Return what an answer holds: the newest of the bot's side counts."""
    refused = judged(status, {}, body)
    if refused is not None:
        return Polled(because=refused.because)
    found = parsed(body)
    activities = tuple(items(found, "activities"))
    watermark = word(found, "watermark")
    for place in range(len(activities) - 1, -1, -1):
        activity = activities[place]
        kind = word(activity, "type")
        if isinstance(activity, dict) and is_initiation(activity):
            return Polled(activities, watermark, is_handoff=True)
        if kind == "message" and not (word(activity, "from", "id") or "").startswith("user"):
            text = word(activity, "text") or ""
            return Polled(activities, watermark, text, has_more=place < len(activities) - 1)
    return Polled(activities, watermark)


def _address(settings: HubSettings, conversation_id: str) -> str:
    conversation = quote(conversation_id, safe="")
    return f"{settings.url}/v3/directline/conversations/{conversation}/activities"

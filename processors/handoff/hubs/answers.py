"""What an HTTP status means, and how to look into JSON that others wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from processors.handoff.hubs.contract import Receipt
from processors.handoff.hubs.errors import UnreadableInboundError

AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""
WAIT_MS_MAX: Final = 3_600_000
"""The longest a hub's Retry-After is obeyed."""
_REASON_MAX: Final = 300


def judged(status: int, headers: Mapping[str, str], body: bytes) -> Receipt | None:
    """Return the receipt of anything but a success; None for a success."""
    if 200 <= status < 300:
        return None
    because = f"HTTP {status}{_reason(body)}"
    if status in AGAIN or status >= 500:
        return Receipt("retry", because=because, retry_after_ms=retry_after_ms(headers))
    return Receipt("refused", because=because)


def retry_after_ms(headers: Mapping[str, str]) -> int | None:
    """Return how long `Retry-After` asks to wait; only seconds are read, a date is not."""
    found = headers.get("retry-after", "").strip()
    if not found.isdecimal():
        return None
    return min(int(found) * 1_000, WAIT_MS_MAX)


def parsed(body: bytes) -> Any:
    """Return the JSON of an answer; None when it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_object(hub: str, body: bytes) -> dict[str, Any]:
    """Return the JSON object of a webhook.

    Raises:
        UnreadableInboundError: It is none.
    """
    found = parsed(body)
    if not isinstance(found, dict):
        raise UnreadableInboundError(hub=hub, because="it is no JSON object")
    return found


def inside(value: Any, *path: str | int) -> Any:
    """Return what stands at a path of names and places; None when there is nothing."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def word(value: Any, *path: str | int) -> str | None:
    """Return the text or whole number at a path as text; None when there is none."""
    found = inside(value, *path)
    if isinstance(found, bool):
        return None
    if isinstance(found, int):
        return str(found)
    return found if isinstance(found, str) and found else None


def items(value: Any, *path: str | int) -> list[Any]:
    """Return the list at a path; empty when there is none."""
    found = inside(value, *path)
    return found if isinstance(found, list) else []


def _reason(body: bytes) -> str:
    """Return what an error answer says about itself, shortened."""
    found = parsed(body)
    for path in (("error", "message"), ("message",), ("detail",), ("error",), ("description",)):
        said = word(found, *path)
        if said:
            return f": {said[:_REASON_MAX]}"
    return ""

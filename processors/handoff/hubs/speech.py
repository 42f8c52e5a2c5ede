"""The conversation in words, for hubs that show the representative a text."""

from __future__ import annotations

from processors.handoff.hubs.contract import Handoff, Transcript, Turn
from processors.handoff.voice import MESSAGE_BYTES_MAX

_TITLES = {"customer": "Customer", "representative": "Representative", "bot": "Bot"}
_ROOM_BYTES = 4 * 1024
"""Kept free for what stands around a text in its message."""


def line(turn: Turn) -> str:
    """Return a turn as `Speaker: text`; a note that the customer never saw says so."""
    note = " (private note)" if turn.visibility == "private" else ""
    return f"{turn.author_name or _TITLES.get(turn.author, 'System')}{note}: {turn.text}"


def relayed(turn: Turn) -> str:
    """Return what the other side reads of a turn: the customer's words as they are."""
    return turn.text if turn.author == "customer" else line(turn)


def summary(
    handoff: Handoff,
    transcript: Transcript,
    *,
    has_variables: bool = True,
    bytes_max: int = MESSAGE_BYTES_MAX,
) -> str:
    """Return what a representative reads first: message, reason, variables and all that was said.

    Never cut: what does not fit is left out whole and its address stands in its place (TR-28).
    """
    head = [
        part for part in (handoff.message, handoff.reason and f"Reason: {handoff.reason}") if part
    ]
    if has_variables:
        head += [f"{name}: {value}" for name, value in sorted(handoff.variables.items())]
    said = [line(turn) for turn in transcript.turns]
    whole = "\n".join([*head, *(["", *said] if said and head else said)])
    if transcript.content_url is None or _bytes(whole) <= bytes_max - _ROOM_BYTES:
        return whole
    link = f"Transcript ({len(transcript.turns)} turns): {transcript.content_url}"
    short = "\n".join([*head, link])
    if _bytes(short) <= bytes_max - _ROOM_BYTES:
        return short
    # The address has the variables too; the message to the representative is kept.
    return "\n".join([*([handoff.message] if handoff.message else []), link])


def _bytes(text: str) -> int:
    return len(text.encode())

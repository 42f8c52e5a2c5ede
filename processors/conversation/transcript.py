"""What was said, as far as the rules need it: the last public messages and who was heard already.

The whole transcript is in the view rows; the state keeps a window of it, short enough to stay in
memory for every open conversation.
"""

from __future__ import annotations

import html
import re
from hashlib import blake2b
from typing import Final

import msgspec

WINDOW_MESSAGES: Final = 18
"""Messages a recommendation run may look back on (SA-27)."""

UTTERANCE_CHARS_MAX: Final = 2_000
"""Longer messages are cut in the window; their row keeps all of it."""

SEEN_TURNS_MAX: Final = 4_096
"""Turn ids remembered per conversation; a duplicate older than that would be a new turn."""

PREVIEW_CHARS_MAX: Final = 120

_DIGEST: Final = 8
_TAG: Final = re.compile(r"<[^<>]*>")
_SPACE: Final = re.compile(r"\s+")
_HEARD: Final = frozenset({"customer", "representative", "bot"})


class Utterance(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One public message of the window, as plain text."""

    author: str
    text: str


class Transcript(msgspec.Struct, frozen=True, array_like=True):
    """What was said so far.

    Attributes:
        turns: How many turns were taken in, private notes and system messages included.
        last_at_ms: Newest `occurred_at` of a turn; turns may arrive out of order.
        seen: 64-bit digests of the turn ids taken in, one after the other.
        window: The last public messages of customer, representative and bot, oldest first.
    """

    turns: int = 0
    last_at_ms: int = 0
    seen: bytes = b""
    window: tuple[Utterance, ...] = ()

    def preview(self) -> str:
        """Return the beginning of the last public message; empty before the first."""
        if not self.window:
            return ""
        text = self.window[-1].text[: 2 * PREVIEW_CHARS_MAX]
        return _SPACE.sub(" ", text).strip()[:PREVIEW_CHARS_MAX]


EMPTY: Final = Transcript()


def digest_of(turn_id: str) -> bytes:
    """Return what a turn id is remembered by: 64 bits of BLAKE2b."""
    return blake2b(turn_id.encode(), digest_size=_DIGEST).digest()


def was_heard(seen: bytes, digest: bytes) -> bool:
    """Return whether `digest` is one of the digests in `seen`."""
    at = seen.find(digest)
    while at != -1 and at % _DIGEST:
        at = seen.find(digest, at + 1)
    return at != -1


def heard(seen: bytes, digest: bytes) -> bytes:
    """Return `seen` with `digest` added; the oldest goes when there are too many."""
    return (seen + digest)[-_DIGEST * SEEN_TURNS_MAX :]


def is_public_message(author: str, visibility: str) -> bool:
    """Return whether customer and representative both see it: no note, no system message."""
    return visibility == "public" and author in _HEARD


def plain(text: str, text_format: str) -> str:
    """Return the text as the window keeps it: without markup of HTML, and not without end."""
    if text_format == "html":
        text = html.unescape(_TAG.sub(" ", text))
    return text[:UTTERANCE_CHARS_MAX]


def extended(window: tuple[Utterance, ...], utterance: Utterance | None) -> tuple[Utterance, ...]:
    """Return the window with one more message; None leaves it as it is."""
    if utterance is None:
        return window
    return (*window[1 - WINDOW_MESSAGES :], utterance)

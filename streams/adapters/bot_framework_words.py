"""The words of a Bot Framework message: its text, and what its cards and attachments say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from processors.handoff import voice

CARD: Final = "application/vnd.microsoft.card."
PARTS_MAX: Final = 200
"""Most pieces of text that are taken from one card."""


def words_of(activity: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return what a message shows as text, and what is to be spoken instead.

    Text, then each attachment: a card's texts, a file's name and address; a card that was sent off
    says what was filled in.
    """
    text = activity.get("text")
    attachments = activity.get("attachments")
    attachments = attachments if isinstance(attachments, list) else []
    pieces = [text] if isinstance(text, str) and text.strip() else []
    pieces += [words for attachment in attachments if (words := _attachment(attachment))]
    if not pieces:
        pieces = list(_filled_in(activity.get("value")))
    speak = activity.get("speak")
    spoken = speak.strip() if isinstance(speak, str) else ""
    return "\n\n".join(pieces), spoken or voice.speak_of(attachments)


def _attachment(attachment: Any) -> str:
    if not isinstance(attachment, dict):
        return ""
    media = str(attachment.get("contentType") or "")
    content = attachment.get("content")
    if media.startswith(CARD) and isinstance(content, dict):
        found = [words for words, _ in zip(_texts(content), range(PARTS_MAX), strict=False)]
        return "\n".join(found) or str(content.get("fallbackText") or "")
    name = attachment.get("name") or media
    url = attachment.get("contentUrl")
    return f"[{name}] {url}" if isinstance(url, str) and url else f"[{name}]" if name else ""


def _texts(part: Any) -> Iterator[str]:
    """Yield a card's texts in the order in which they are seen."""
    if isinstance(part, list):
        for child in part:
            yield from _texts(child)
        return
    if not isinstance(part, dict):
        return
    for name in ("title", "subtitle", "text", "altText"):
        words = part.get(name)
        if isinstance(words, str) and words.strip():
            yield words
    facts = part.get("facts")
    for fact in facts if isinstance(facts, list) else ():
        if isinstance(fact, dict):
            yield f"{fact.get('title', '')}: {fact.get('value', '')}"
    for name in ("body", "columns", "items", "inlines", "rows", "cells", "actions", "buttons"):
        yield from _texts(part.get(name))


def _filled_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, given in value.items():
            if isinstance(given, str | int | float):
                yield f"{name}: {given}"

"""A recommendation as an Adaptive Card, schema 1.5.

Whatever an editor or a customer wrote stands in text runs, which no renderer reads as Markdown.
Buttons are `Action.Execute` with an `Action.Submit` of the same data for hosts that lack it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from processors.assist.articles import Article

SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION: Final = "1.5"
DISMISS_VERB: Final = "cuestream.recommendation.dismiss"

_encode: Final = msgspec.json.Encoder().encode


def article_card(
    article: Article,
    *,
    score: float,
    is_highly_relevant: bool,
    key_phrases: Sequence[str],
    conversation_id: str,
    recommendation_id: str,
) -> str:
    """Return the card of a recommended article as JSON text; equal arguments give equal text."""
    body: list[Any] = [
        _header(score, is_highly_relevant=is_highly_relevant),
        _rich({"type": "TextRun", "text": article.title, "weight": "Bolder"}),
        _rich({"type": "TextRun", "text": article.shown_summary()}),
    ]
    if key_phrases:
        body.append(_why(key_phrases))
    card = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "body": body,
        "actions": _actions(article.link(), conversation_id, recommendation_id),
    }
    return _encode(card).decode()


def percent(score: float) -> str:
    """Return a confidence as people read it; never rounded up over a threshold."""
    return f"{int(score * 100 + 1e-9)} %"


def _header(score: float, *, is_highly_relevant: bool) -> dict[str, Any]:
    said = f"{percent(score)} · highly relevant" if is_highly_relevant else percent(score)
    color = "Good" if is_highly_relevant else "Default"
    return {
        "type": "ColumnSet",
        "columns": [
            _column("stretch", {"text": "Knowledge article", "isSubtle": True}),
            _column("auto", {"text": said, "color": color, "weight": "Bolder"}),
        ],
    }


def _column(width: str, text_block: dict[str, Any]) -> dict[str, Any]:
    item = {"type": "TextBlock", "size": "Small", **text_block}
    return {"type": "Column", "width": width, "items": [item]}


def _why(key_phrases: Sequence[str]) -> dict[str, Any]:
    runs: list[dict[str, Any]] = [{"type": "TextRun", "text": "Why: ", "isSubtle": True}]
    for position, phrase in enumerate(key_phrases):
        if position:
            runs.append({"type": "TextRun", "text": ", ", "isSubtle": True})
        runs.append({"type": "TextRun", "text": phrase, "italic": True})
    return _rich(*runs)


def _rich(*inlines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": list(inlines)}


def _actions(
    link: str | None, conversation_id: str, recommendation_id: str
) -> list[dict[str, Any]]:
    data = {"conversation_id": conversation_id, "recommendation_id": recommendation_id}
    dismiss = {
        "type": "Action.Execute",
        "title": "Dismiss",
        "verb": DISMISS_VERB,
        "data": data,
        "fallback": {
            "type": "Action.Submit",
            "title": "Dismiss",
            "data": {"verb": DISMISS_VERB, **data},
        },
    }
    if link is None:
        return [dismiss]
    return [{"type": "Action.OpenUrl", "title": "Open article", "url": link}, dismiss]

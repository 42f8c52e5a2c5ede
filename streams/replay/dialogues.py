"""Conversations drawn by chance, for the simulator: short talks over a small article base."""

from __future__ import annotations

import hashlib
import json
from random import Random
from typing import Any, Final

from processors.conversation.processor import ConversationProcessor
from schemas import catalogue, codec
from schemas.records.assist import DismissRecommendation
from schemas.records.control import ReferenceChanged
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    RepresentativeAccepted,
    TurnSaid,
)
from streams.replay.exercise import Input
from streams.replay.simulator import Subject

TENANT: Final = "demo"
ARTICLES: Final = "assist.articles"
CONVERSATIONS: Final = 4
TEXTS: Final = (
    "how do I get a refund for my order",
    "the parcel was damaged when it came",
    "I cannot log in, the password is wrong",
    "thanks",
    "where is my delivery?",
    "can I change the delivery address of the parcel",
    "Reset a password: log in is refused, reset the password",
    "Damaged parcel, a picture of the damaged parcel",
    "Refund an order, refund goes back to the card of the order",
)


def _article(article_id: str, title: str, content: str) -> dict[str, str]:
    return {"article_id": article_id, "title": title, "content": content, "status": "published"}


_BASES: Final = tuple(
    json.dumps({"articles": articles}).encode()
    for articles in (
        [
            _article("refund", "Refund an order", "A refund goes back to the card of the order."),
            _article("parcel", "Damaged parcel", "Send a picture of the damaged parcel."),
        ],
        [
            _article("parcel", "Damaged or late parcel", "Track the delivery of the parcel."),
            _article("password", "Reset a password", "Log in is refused: reset the password."),
        ],
    )
)
CONTENTS: Final = {hashlib.sha256(base).hexdigest(): base for base in _BASES}
"""Article bases by digest."""


def _changed(digest: str, at_ms: int) -> Input:
    record = ReferenceChanged(
        tenant=TENANT,
        occurred_at_ms=at_ms,
        recorded_at_ms=at_ms,
        reference=ARTICLES,
        digest=digest,
    )
    return None, codec.encode(record), ()


def draw(chance: Random, now_ms: int, number: int) -> Input:
    """Return the next input of one of a few conversations."""
    if chance.random() < 0.03:
        return _changed(chance.choice(sorted(CONTENTS)), now_ms)
    if chance.random() < 0.03:
        return b"demo:c-0", chance.choice((None, b"\xc3\x01", b"noise")), ()
    common: dict[str, Any] = {
        "tenant": TENANT,
        "conversation_id": f"c-{chance.randrange(CONVERSATIONS)}",
        "occurred_at_ms": now_ms,
        "recorded_at_ms": chance.choice((now_ms, now_ms, now_ms - 900)),
    }
    what = chance.random()
    record: Any
    if what < 0.12:
        record = ConversationOpened(**common, channel="live_chat")
    elif what < 0.24:
        record = RepresentativeAccepted(**common, representative_id=chance.choice(("ann", "bo")))
    elif what < 0.3:
        record = ConversationEnded(**common)
    elif what < 0.36:
        issued_by = f"conversation.turns.v1/0/{chance.randrange(number + 1)}#0"
        record = DismissRecommendation(
            **common,
            recommendation_id=issued_by,
            representative_id="ann",
            command_id=f"dismiss-{number}",
        )
    else:
        author: Any = chance.choice(("customer", "customer", "representative"))
        turn_id = f"t-{max(0, number - chance.choice((0, 0, 0, 3)))}"
        text = chance.choice(TEXTS)
        record = TurnSaid(**common, turn_id=turn_id, author=author, text=text)
    return catalogue.key_of(record), codec.encode(record), ()


DIALOGUES: Final = Subject(
    ConversationProcessor(), draw, CONTENTS, prologue=(_changed(sorted(CONTENTS)[0], 0),)
)
"""The conversation processor, to be simulated."""

"""What detection says of one message."""

from __future__ import annotations

from typing import Literal

import msgspec


class Scored(msgspec.Struct, frozen=True, array_like=True):
    """An intent and how well a message fits it, 0 to 1; 0.5 is the threshold."""

    intent_id: str
    score: float


class Detection(msgspec.Struct, frozen=True, array_like=True):
    """What a message is about, as far as the library can tell.

    Attributes:
        outcome: `intent`, only a `group`, or `none`.
        intent_id: The intent, of outcome `intent`.
        group_id: The group: the intent's, or the only thing known.
        score: Of the best intent, 0 to 1; at least 0.5 is needed for `intent` or `group`.
        margin: How far the best is ahead of the second.
        is_unknown: It carries a wish, but none the library knows.
        is_bearing: It carries a wish at all; greetings and bare answers do not.
        top: The best three, best first.
    """

    outcome: Literal["intent", "group", "none"] = "none"
    intent_id: str | None = None
    group_id: str | None = None
    score: float = 0.0
    margin: float = 0.0
    is_unknown: bool = False
    is_bearing: bool = False
    top: tuple[Scored, ...] = ()

"""What the miner reads: turns of past conversations."""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["customer", "representative", "bot", "system"]


class HistoryTurn(msgspec.Struct, frozen=True, gc=False):
    """One utterance.

    Attributes:
        turn_id: Unique in the history; a repeated one counts once.
        text: What was said, plain text.
        role: Who said it.
        conversation_id: Its conversation; None: a bare utterance.
        number: Its place in the conversation, from 1; 0 unknown: the order given counts.
    """

    turn_id: str
    text: str
    role: Role = "customer"
    conversation_id: str | None = None
    number: int = 0

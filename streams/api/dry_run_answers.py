"""What a dry run of the intent library takes and gives."""

from __future__ import annotations

from typing import Annotated

import msgspec

CONVERSATIONS_MAX = 1_000


class DryRunCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Compare what is approved now with what is in force.

    Attributes:
        conversations: Over the last so many conversations.
    """

    conversations: Annotated[int, msgspec.Meta(ge=1, le=CONVERSATIONS_MAX)] = 200


class DryRunTold(msgspec.Struct, frozen=True):
    """What a library says of a turn.

    Attributes:
        intent_id: The intent; where only the group is known, the group's id.
        name: For people.
        score: 0 to 1.
        is_group: Only the group is known.
    """

    intent_id: str
    name: str
    score: float
    is_group: bool = False


class DryRunChange(msgspec.Struct, frozen=True):
    """A turn of which the draft says something else.

    Attributes:
        conversation_id: The conversation.
        turn_id: The turn in it.
        text: What the customer said, redacted and cut.
        before: What the library in force says; null: nothing.
        after: What the draft says; null: nothing.
    """

    conversation_id: str
    turn_id: str
    text: str
    before: DryRunTold | None
    after: DryRunTold | None


class DryRunTally(msgspec.Struct):
    """How many turns an intent has.

    Attributes:
        intent_id: The intent, or a group.
        name: For people.
        before: By the library in force.
        after: By the draft.
    """

    intent_id: str
    name: str
    before: int = 0
    after: int = 0


class DryRunAnswer(msgspec.Struct):
    """What would change in the last conversations.

    Attributes:
        conversations: How many were looked at.
        turns: Customer turns in them.
        same: Turns of which both say the same.
        changed: Turns of which they say different things.
        new: Turns of which only the draft says something.
        lost: Turns of which only the library in force says something.
        per_intent: Most changed first.
        changes: The first 50 of them, in the order of the conversations.
        note: What has to be known to read this; empty: nothing.
    """

    conversations: int = 0
    turns: int = 0
    same: int = 0
    changed: int = 0
    new: int = 0
    lost: int = 0
    per_intent: list[DryRunTally] = []
    changes: list[DryRunChange] = []
    note: str = ""

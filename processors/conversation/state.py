"""The states of a conversation. What cannot happen cannot be written down.

`Waiting`: nobody has accepted it yet, or it was passed on; a bot or a queue may own it.
`Served`: a representative accepted it and serves it.
`Ended`: nothing may follow. Its messages are gone from the state, its facts are kept until it is
forgotten.
"""

from __future__ import annotations

from typing import Final

import msgspec

from processors.assist.shown import NOTHING_SHOWN, Shown
from processors.conversation.transcript import EMPTY, Transcript
from processors.snapshots import Snapshots

UNOWNED: Final = "none"
"""Owner kind before anybody claimed the conversation."""


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of the conversation itself; None where nobody said.

    Attributes:
        opened_at_ms: When it began: `occurred_at` of ConversationOpened, or of its first record.
        is_announced: True once a ConversationOpened was seen.
        channel: Where it takes place; empty while nobody said.
    """

    opened_at_ms: int
    is_announced: bool = False
    channel: str = ""
    customer_id: str | None = None
    customer_name: str | None = None
    locale: str | None = None
    workstream: str | None = None
    queue: str | None = None
    linked_record: str | None = None


class Ownership(msgspec.Struct, frozen=True, array_like=True):
    """Whose the conversation is; whoever speaks with an older epoch is refused.

    Attributes:
        kind: `bot`, `queue`, `representative`, or `none` before anybody claimed it.
        owner_id: Bot, queue or representative id.
        owner_name: Name to show.
        team: Team the representative serves it for.
        epoch: Grows with every change of owner; 0 before the first.
        participants: Every representative who ever accepted it, in order.
    """

    kind: str = UNOWNED
    owner_id: str | None = None
    owner_name: str | None = None
    team: str | None = None
    epoch: int = 0
    participants: tuple[str, ...] = ()


class Waiting(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """Open, and no representative serves it."""

    facts: Facts
    ownership: Ownership = Ownership()
    transcript: Transcript = EMPTY
    shown: Shown = NOTHING_SHOWN


class Served(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """A representative accepted it and serves it.

    Attributes:
        accepted_at_ms: When they accepted.
        customer_messages: Public customer messages since then; they trigger assistance.
    """

    facts: Facts
    ownership: Ownership
    transcript: Transcript
    shown: Shown
    accepted_at_ms: int
    customer_messages: int = 0


class Ended(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """Over.

    Attributes:
        transcript: Turns and their digests only; its window is empty.
        preview: Beginning of the last public message.
        accepted_at_ms: When the last representative accepted; None if nobody served it at the end.
    """

    facts: Facts
    ownership: Ownership
    transcript: Transcript
    shown: Shown
    preview: str
    accepted_at_ms: int | None
    ended_at_ms: int


Conversation = Waiting | Served | Ended

SNAPSHOTS: Final[Snapshots[Conversation]] = Snapshots("conversation", 1, Conversation)
"""How a conversation is stored. A new shape raises the version and adds a lift from the old one."""

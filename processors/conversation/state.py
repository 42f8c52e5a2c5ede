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
from processors.dialogue.said import EMPTY_MEMORY, Memory
from processors.intents.interview_state import Interview
from processors.snapshots import Snapshots

UNOWNED: Final = "none"
"""Owner kind before anybody claimed the conversation."""


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of the conversation itself; None where nobody said.

    Attributes:
        opened_at_ms: When it began: `occurred_at` of ConversationOpened, or of its first record.
        is_announced: True once a ConversationOpened was seen.
        channel: Where it takes place; empty while nobody said.
        bot_id: Bot that serves it first, and later the one that had it last.
        is_routed: Routing finds the representative.
        customer_phone: Caller's number; set for calls only.
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
    bot_id: str | None = None
    is_routed: bool = False
    customer_phone: str | None = None
    organization_phone: str | None = None

    @property
    def is_voice(self) -> bool:
        """Return whether it is a call: the caller's number tells (HO-23)."""
        return bool(self.customer_phone)

    @property
    def is_directed(self) -> bool:
        """Return whether a bot or routing has a say in who owns it."""
        return self.is_routed or self.bot_id is not None


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


class Handoff(msgspec.Struct, frozen=True, array_like=True):
    """Where the hand-offs of a conversation stand.

    Attributes:
        number: Hand-offs so far; the newest has the id `{conversation_id}/{number}`.
        state: `requested`, `accepted`, `failed` or `completed`; empty before the first.
        holder: Who has it: `handoff` (the hub is not told yet), `hub`, `routing`, or nobody.
        hub: The outside hub that has it.
        said: What the human side last said about its state.
        attempt: Which attempt the newest is: a second one follows a failure.
        sources: The bot's own ids of its hand-offs, newest last.
        told_intent_id: The intent that the human side was told last.
        told_group_id: Its group, likewise.
    """

    number: int = 0
    state: str = ""
    holder: str = ""
    hub: str | None = None
    said: str | None = None
    attempt: int = 0
    sources: tuple[str, ...] = ()
    told_intent_id: str | None = None
    told_group_id: str | None = None

    @property
    def is_open(self) -> bool:
        """Return whether a human side has it, or is being looked for."""
        return self.state in {"requested", "accepted"}


class Session(msgspec.Struct, frozen=True, array_like=True):
    """A bot's part in the conversation.

    Attributes:
        bot_id: The bot.
        started_at_ms: When it began.
        turns: Turns in it, of both sides.
        was_addressed: Whether the customer said anything.
    """

    bot_id: str
    started_at_ms: int
    turns: int = 0
    was_addressed: bool = False


class Context(msgspec.Struct, frozen=True, array_like=True):
    """What was gathered on the way to a human, and how far it got.

    Attributes:
        variables: Context variables; the newest value of a name counts.
        cut: Names of variables whose value was cut.
        handoff: Where the hand-offs stand.
        session: The bot's part, while a bot owns the conversation.
        memory: What the built-in bot remembers; it outlives the hand-off, for the bot may get the
            conversation back.
        bots: Every bot that ever had it, in order; none but the present one is heard.
        interview: What the customer wants and what is known of it; None: no library was in force.
    """

    variables: dict[str, str | int | float] = {}
    cut: tuple[str, ...] = ()
    handoff: Handoff = Handoff()
    session: Session | None = None
    memory: Memory = EMPTY_MEMORY
    bots: tuple[str, ...] = ()
    interview: Interview | None = None


NO_CONTEXT: Final = Context()


class Waiting(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """Open, and no representative serves it."""

    facts: Facts
    ownership: Ownership = Ownership()
    transcript: Transcript = EMPTY
    shown: Shown = NOTHING_SHOWN
    context: Context = NO_CONTEXT


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
    context: Context = NO_CONTEXT


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
    context: Context = NO_CONTEXT


Conversation = Waiting | Served | Ended

SNAPSHOTS: Final[Snapshots[Conversation]] = Snapshots("conversation", 1, Conversation)
"""How a conversation is stored. A new shape raises the version and adds a lift from the old one."""

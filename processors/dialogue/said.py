"""What a bot knows before an answer, what it says, and what it remembers after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

Value = str | int | float
"""What a variable may hold."""

Why = Literal["phrase", "redirect", "unrecognized", "question_attempts", "system_error", "system"]
"""How a topic was entered."""

Reason = Literal[
    "requested_by_customer",
    "unrecognized",
    "question_attempts",
    "configured_by_author",
    "system_error",
]
"""Why a bot hands off: the customer asked for a person; it did not understand for the n-th time; a
question was asked as often as it may be; its author put a transfer there; a fault of its own."""

PHRASES_MAX: Final = 100
PHRASES_CHARS_MAX: Final = 8_000
PHRASE_CHARS_MAX: Final = 4_000
TOPICS_MAX: Final = 100


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where the bot stands in a topic that is in progress.

    Attributes:
        topic_id: The topic.
        version: Digest of the topic as it was; another version of it is begun anew or left.
        step: Next step of the topic.
        why: How the topic was entered.
    """

    topic_id: str
    version: str
    step: int
    why: Why = "system"


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """What a bot remembers of a conversation; it holds no variables, the conversation has them.

    Attributes:
        stack: Topics in progress, the innermost last; a question is asked by the last one.
        is_awaiting: The last one waits for the answer to the question it stands at.
        attempts: How often that question was asked.
        misunderstood: Texts in a row that the bot did not understand.
        topics: Names of the topics triggered by a phrase, in order; redirected ones are not here.
        last_topic: Name of the last of them; None before the first.
        phrases: What the customer said, in order: the newest 8,000 characters of at most 100.
        turns: Texts of the customer.
        ended_topics: Names of the topics that were completed, in order of their first end.
        started_at_ms: When the bot was first addressed or began; 0 before.
        last_at_ms: When it last was.
    """

    stack: tuple[Place, ...] = ()
    is_awaiting: bool = False
    attempts: int = 0
    misunderstood: int = 0
    topics: tuple[str, ...] = ()
    last_topic: str | None = None
    phrases: tuple[str, ...] = ()
    turns: int = 0
    ended_topics: tuple[str, ...] = ()
    started_at_ms: int = 0
    last_at_ms: int = 0


EMPTY_MEMORY: Final = Memory()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the bot speaks.

    Attributes:
        now_ms: Time of the input, milliseconds since the Unix epoch.
        is_voice: Whether it is a call.
        channel: Where it takes place.
        locale: BCP 47 tag of the customer's language.
        customer_phone: The caller's number; empty for messaging.
        organization_phone: The number dialled.
        variables: Context variables so far.
        is_trial: An author tries the bot; it answers although it is not published.
    """

    now_ms: int
    is_voice: bool = False
    channel: str = ""
    locale: str | None = None
    customer_name: str | None = None
    customer_phone: str | None = None
    organization_phone: str | None = None
    variables: Mapping[str, Value] = {}
    is_trial: bool = False


class Reply(msgspec.Struct, frozen=True):
    """One message of the bot.

    Attributes:
        speak: What is spoken instead of the text on voice channels; None: the text.
        is_uninterruptible: Voice: the caller cannot interrupt it.
    """

    text: str
    text_format: Literal["plain", "markdown"] = "plain"
    speak: str | None = None
    is_uninterruptible: bool = False


class Transfer(msgspec.Struct, frozen=True, tag=True):
    """The conversation goes to a human; the bot is silent from here.

    Attributes:
        message: Private message to the representative.
    """

    message: str | None = None
    reason: Reason = "configured_by_author"


class EndConversation(msgspec.Struct, frozen=True, tag=True):
    """The conversation is over.

    Attributes:
        outcome: `resolved`: the customer has what they came for; `abandoned`: they gave up.
    """

    outcome: Literal["resolved", "abandoned", "none"] = "resolved"
    reason: Literal["resolved", "user_exit", "no_error"] = "resolved"


class TransferToNumber(msgspec.Struct, frozen=True, tag=True):
    """The call goes to another phone number, given without a plus sign."""

    number: str
    message: str | None = None


class HangUp(msgspec.Struct, frozen=True, tag=True):
    """The call is ended."""


Effect = Transfer | EndConversation | TransferToNumber | HangUp


class Said(msgspec.Struct, frozen=True):
    """What became of one input.

    Attributes:
        memory: What the bot remembers from now on.
        replies: What it says, in order.
        variables: Variables that it set, with their values.
        effect: What happens after the replies; None: the customer is next.
        trace: What it did and why, a sentence each.
        refused: Code of the reason why the bot does not answer at all; None: it does.
    """

    memory: Memory
    replies: tuple[Reply, ...] = ()
    variables: Mapping[str, Value] = {}
    effect: Effect | None = None
    trace: tuple[str, ...] = ()
    refused: str | None = None

"""What a bot knows before an answer, what it says, and what it remembers after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from processors.intents.interview_state import NOTHING_KNOWN, Interview, Result

if TYPE_CHECKING:
    from processors.assist.articles import ArticleBase
    from processors.intents.detection import Detection
    from processors.intents.loading import Library
    from processors.intents.suggestions import Solved
else:
    # To load them takes numpy, which checking a bot does not need.
    ArticleBase = Detection = Library = Solved = object

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


class Asking(msgspec.Struct, frozen=True, array_like=True):
    """What the bot asked last in an interview about the customer's intent.

    Attributes:
        topic_id: The topic whose interview it is.
        stage: What was asked: what the customer wants, in other words, which of a group, whether
            the intent is right, or for an attribute.
        intent_id: The intent that the interview is about.
        attribute_id: The attribute that was asked for.
        rephrased: How often the customer was asked for other words.
        asked: Attributes asked for so far.
        unclear: How often in a row the answer was neither yes nor no.
    """

    topic_id: str
    stage: Literal["wish", "rephrase", "clarify", "confirm", "question"]
    intent_id: str | None = None
    attribute_id: str | None = None
    rephrased: int = 0
    asked: tuple[str, ...] = ()
    unclear: int = 0


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
        asking: Where an interview about the customer's intent stands; None: there is none.
        interviewed: Intents of the interviews that are over, in order.
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
    asking: Asking | None = None
    interviewed: tuple[str, ...] = ()


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
        library: The library of intents in force; None: there is none.
        interview: What the customer wants, the present text taken in.
        found: What the library says of the present text.
        articles: The article base in force.
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
    library: Library | None = None
    interview: Interview = NOTHING_KNOWN
    found: Detection | None = None
    articles: ArticleBase | None = None


class Concluded(msgspec.Struct, frozen=True):
    """An interview about the customer's intent is over.

    Attributes:
        because: Why it ended so, as a sentence.
        unanswered: Required attributes without an answer.
        solved: What was found; None: nothing was looked for.
    """

    result: Result
    intent_id: str | None
    because: str
    unanswered: tuple[str, ...] = ()
    solved: Solved | None = None


class Declined(msgspec.Struct, frozen=True):
    """The customer said that an intent is not what they want."""

    intent_id: str
    name: str


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
        interview: What the customer wants, after it; None: the bot changed nothing of it.
        learned: What its interviews about the intent came to, in order.
    """

    memory: Memory
    replies: tuple[Reply, ...] = ()
    variables: Mapping[str, Value] = {}
    effect: Effect | None = None
    trace: tuple[str, ...] = ()
    refused: str | None = None
    interview: Interview | None = None
    learned: tuple[Concluded | Declined, ...] = ()

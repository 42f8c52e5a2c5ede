"""What is known of a customer's wish in one conversation: the present intent, answers, the past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from processors.intents.detection import Scored

Result = Literal["", "complete", "incomplete", "undetected", "shifted", "error"]
"""How a bot's interview ended; empty: no bot held one."""

RESULT_FLAGS: Final[Mapping[str, str]] = {
    "complete": "IntentInterviewComplete",
    "incomplete": "IntentInterviewIncomplete",
    "undetected": "IntentUndetected",
    "shifted": "IntentShifted",
    "error": "IntentError",
}
"""How an interview ended to the variable that says so: one of them is true (CI-36)."""

ANSWERS_MAX: Final = 100
EARLIER_MAX: Final = 20
VALUE_CHARS_MAX: Final = 400
"""Longer values and wordings are cut."""


class Answered(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A value the customer told.

    Attributes:
        intent_id: The intent it was told for.
        attribute_id: The attribute.
        name: The attribute's name.
        kind: What its values are, see `library.ValueKind`.
        value: In its plain form.
        text: As the customer wrote it.
        number: Of the turn, from 1; 0: an earlier turn whose number is not kept.
        is_from_bot: Told while a bot had the conversation.
    """

    intent_id: str
    attribute_id: str
    name: str
    kind: str
    value: str
    text: str
    number: int = 0
    is_from_bot: bool = False


class PastAttribute(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An attribute of an earlier intent with its question and, if it was told, its value."""

    name: str
    question: str
    value: str | None = None


class Earlier(msgspec.Struct, frozen=True, array_like=True):
    """What the customer wanted before."""

    intent_id: str
    intent_name: str
    until_ms: int
    attributes: tuple[PastAttribute, ...] = ()


class Article(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An article that may solve it."""

    article_id: str
    title: str
    summary: str
    url: str | None
    score: float


class Solution(msgspec.Struct, frozen=True, array_like=True):
    """What was found for an intent and its answers.

    Attributes:
        query: What was looked for.
        articles: The best first; empty: nothing was found.
        at_ms: When.
        digest: Version of the article base; empty when there was none.
    """

    query: str
    articles: tuple[Article, ...] = ()
    at_ms: int = 0
    digest: str = ""


class Interview(msgspec.Struct, frozen=True, array_like=True):
    """The wish of a conversation's customer, as far as it is known.

    Attributes:
        digest: Version of the library it was last held against.
        intent_id: What the customer wants; None: not known.
        group_id: Its group, or the only thing known.
        score: Fit of the message it was last seen in, 0 to 1.
        since: Turn from which on it is the present intent; 0 while none is.
        margin: How far the best was ahead of the second in the last message with a wish.
        is_unknown: The last message with a wish had one that the library does not know.
        top: The best three of that message, best first.
        is_heard: A message with a wish was heard at all.
        answers: What was told, oldest first; an attribute stands once for its intent.
        asked: Attribute whose question was asked last and is not answered yet.
        earlier: Intents before this one, oldest first.
        dismissed: Intents that a representative found wrong: never shown again here.
        dismissed_groups: Groups likewise.
        rejected: Intents the customer said no to: only a representative may choose them.
        result: How the last interview of a bot ended.
        query: What that interview looked for.
        solution: What was found last for the present intent.
    """

    digest: str = ""
    intent_id: str | None = None
    intent_name: str = ""
    group_id: str | None = None
    group_name: str = ""
    score: float = 0.0
    since: int = 0
    margin: float = 0.0
    is_unknown: bool = False
    top: tuple[Scored, ...] = ()
    is_heard: bool = False
    answers: tuple[Answered, ...] = ()
    asked: str | None = None
    earlier: tuple[Earlier, ...] = ()
    dismissed: tuple[str, ...] = ()
    dismissed_groups: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    result: Result = ""
    query: str = ""
    solution: Solution | None = None

    @property
    def outcome(self) -> Literal["intent", "group", "none"]:
        """What the conversation is mapped to: exactly one of the three (CI-26)."""
        if self.intent_id is not None:
            return "intent"
        return "none" if self.group_id is None else "group"

    def has_known(self, intent_id: str) -> bool:
        """Return whether an intent is wanted here, or was once, or was thought to be."""
        return (
            intent_id == self.intent_id
            or self.is_blocked(intent_id)
            or any(one.intent_id == intent_id for one in self.earlier)
        )

    def is_blocked(self, intent_id: str) -> bool:
        """Return whether detection may not bring an intent here any more."""
        return intent_id in self.dismissed or intent_id in self.rejected


NOTHING_KNOWN: Final = Interview()

"""What a topic is made of: steps, one action each, in the order they run.

A branch of a condition is written inside its node; here it is flat, with jumps, so that a place in
a topic is one number.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from processors.dialogue.conditions import Condition, Template
from processors.dialogue.said import Value

GREETING: Final = "greeting"
ESCALATE: Final = "escalate"
FALLBACK: Final = "fallback"
END_OF_CONVERSATION: Final = "end_of_conversation"
HANDOFF_FAILED: Final = "handoff_failed"
HANDOFF_ENDED: Final = "handoff_ended"
INTERVIEW: Final = "interview"
"""What a bot with `intents` does with a text that no phrase fits; only such a bot has it."""
SYSTEM_TOPICS: Final = (
    GREETING,
    ESCALATE,
    FALLBACK,
    END_OF_CONVERSATION,
    HANDOFF_FAILED,
    HANDOFF_ENDED,
)
"""Topics that every bot has; a bot that does not write one gets the stock one."""


class Message(msgspec.Struct, frozen=True):
    """Say something."""

    text: Template
    text_format: Literal["plain", "markdown"] = "plain"
    speak: Template | None = None
    is_uninterruptible: bool = False


class Choice(msgspec.Struct, frozen=True):
    """One option of a question: the value it stands for, and other words for it."""

    value: str
    words: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True):
    """Ask something and keep the answer in a variable.

    Attributes:
        kind: What counts as an answer.
        retries: How often it is asked again, after the first time.
        retry: What is said then; None: the question itself.
        on_failure: Topic to go to when no answer was understood; empty: go on without.
        default: What the variable gets when it goes on without.
        is_interruptible: Whether a phrase of another topic may interrupt it.
        is_skipped_if_known: Not asked when the variable has a value already.
    """

    message: Message
    variable: str
    kind: Literal["string", "number", "date", "boolean", "choice"] = "string"
    choices: tuple[Choice, ...] = ()
    retries: int = 2
    retry: Message | None = None
    on_failure: str = ESCALATE
    default: Value | None = None
    is_interruptible: bool = True
    is_skipped_if_known: bool = False


class Branch(msgspec.Struct, frozen=True):
    """Go on with the next step if the condition holds, else with `otherwise`."""

    condition: Condition
    otherwise: int


class Jump(msgspec.Struct, frozen=True):
    """Go to a step of the same topic."""

    step: int


class Assign(msgspec.Struct, frozen=True):
    """Set variables, in order."""

    values: tuple[tuple[str, Template | Value], ...]


class SurveyConsent(msgspec.Struct, frozen=True):
    """Keep whether the customer takes a survey: yes or no, or a text that says so."""

    consent: Template


class CustomerLocale(msgspec.Struct, frozen=True):
    """Set the customer's language and hand off."""

    locale: Template
    message: Template | None = None


class PhoneNumber(msgspec.Struct, frozen=True):
    """Transfer the call to a phone number without a plus sign."""

    number: Template


class EndCall(msgspec.Struct, frozen=True):
    """Hang up."""


class GoToTopic(msgspec.Struct, frozen=True):
    """Go to another topic, and come back here when it ends."""

    topic_id: str


class EndTopic(msgspec.Struct, frozen=True):
    """The current topic is completed."""


class EndAllTopics(msgspec.Struct, frozen=True):
    """Every topic in progress is over."""


class TransferNode(msgspec.Struct, frozen=True):
    """Hand the conversation to a human, with an optional private message."""

    message: Template | None = None


class InterviewNode(msgspec.Struct, frozen=True):
    """Find out what the customer wants, ask for what is missing, and look for a solution.

    Attributes:
        opening: Asked where the customer has said nothing yet; None: the bot's own words.
    """

    opening: Template | None = None


class Switches(msgspec.Struct, frozen=True):
    """How a bot interviews.

    Attributes:
        confirm: Ask the customer whether the intent is right.
        rephrase: Ask for other words where no intent was found.
        rephrase_count: How often.
        allow_shift: Follow the customer to another intent; else the interview ends.
        ask_all_questions: Ask all questions; else the first without an answer in the next turn ends
            the interview.
        opening_text: Asks what the customer wants.
        confirm_text: Asks whether it is `{intent_name}`.
        rephrase_text: Asks for other words.
        found_text: Stands above what was found.
        nothing_found_text: Said when nothing was.
    """

    confirm: bool = False
    rephrase: bool = False
    rephrase_count: int = 1
    allow_shift: bool = False
    ask_all_questions: bool = False
    opening_text: str = "What can I do for you?"
    confirm_text: str = "Is it about this: {intent_name}?"
    rephrase_text: str = "I did not find what you need. Could you say it in other words?"
    found_text: str = "This may help you:"
    nothing_found_text: str = "I found nothing that solves this."


class EndNode(msgspec.Struct, frozen=True):
    """End the conversation."""

    outcome: Literal["resolved", "abandoned", "none"] = "resolved"


Action = (
    Message
    | Question
    | Branch
    | Jump
    | Assign
    | SurveyConsent
    | CustomerLocale
    | PhoneNumber
    | EndCall
    | GoToTopic
    | EndTopic
    | EndAllTopics
    | TransferNode
    | EndNode
    | InterviewNode
)


class Step(msgspec.Struct, frozen=True):
    """One step of a topic and the line it was written on (0: the stock topics)."""

    action: Action
    line: int = 0


class Topic(msgspec.Struct, frozen=True):
    """One topic.

    Attributes:
        version: Digest of its steps, eight hexadecimal digits.
        phrases: What triggers it.
    """

    topic_id: str
    name: str
    version: str
    phrases: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def has_transfer(self) -> bool:
        """Return whether one of its own nodes hands the conversation off."""
        return any(isinstance(step.action, TransferNode | CustomerLocale) for step in self.steps)

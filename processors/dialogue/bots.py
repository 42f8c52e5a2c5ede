"""Bots as data: the artefact `dialogue.bots`, read from YAML, and what a loaded bot is."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from processors.dialogue.authoring import Part
from processors.dialogue.match import Trigger
from processors.dialogue.said import Value
from processors.dialogue.source import Reading, read_yaml
from processors.dialogue.topic import PhoneNumber, Switches, Topic
from processors.dialogue.topics import read_topics
from processors.handoff import voice
from processors.machine import Rejection

BOTS: Final = "dialogue.bots"
THRESHOLD: Final = 0.65


class Bot(msgspec.Struct, frozen=True):
    """One bot.

    Attributes:
        channels: Channels it serves; empty: all.
        language: BCP 47 tag of the language it speaks, where the customer's is not known.
        threshold: How well a phrase must fit, 0.5 to 1.
        escalate_after: How many texts in a row it does not understand until it escalates.
        callable_numbers: Numbers that calls may be transferred to: those with the privilege to make
            calls.
        variables: Variables it begins with.
        topics: By id, system topics included.
        triggers: Phrases of the topics, ordered by id.
        intents: How it interviews about what the customer wants; None: only where a topic says so,
            with nothing switched on.
    """

    bot_id: str
    name: str
    is_published: bool
    channels: tuple[str, ...]
    language: str
    threshold: float
    escalate_after: int
    callable_numbers: frozenset[str]
    variables: Mapping[str, Value]
    topics: Mapping[str, Topic]
    triggers: tuple[Trigger, ...]
    intents: Switches | None = None

    def serves(self, channel: str) -> bool:
        """Return whether the bot serves a channel."""
        return not self.channels or channel.casefold() in self.channels


class Bots(msgspec.Struct, frozen=True):
    """The bots of an artefact.

    Attributes:
        digest: SHA-256 of the artefact.
        bots: By id.
    """

    digest: str
    bots: Mapping[str, Bot]

    def get(self, bot_id: str | None) -> Bot | None:
        """Return a bot; None when there is none of that id."""
        return None if bot_id is None else self.bots.get(bot_id)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the bots, in order."""
        return tuple(sorted(self.bots))


_OF_BOT: Final = (
    "name",
    "published",
    "channels",
    "language",
    "threshold",
    "escalate_after",
    "callable_numbers",
    "variables",
    "intents",
    "topics",
)
_SWITCHES: Final = (
    "confirm",
    "rephrase",
    "rephrase_count",
    "allow_shift",
    "ask_all_questions",
    "texts",
)
_TEXTS: Final = ("opening", "confirm", "rephrase", "found", "nothing_found")
REPHRASE_MAX: Final = 5
BOTS_MAX: Final = 100
CHANNELS_MAX: Final = 50
VARIABLES_MAX: Final = 100
NUMBERS_MAX: Final = 100


def load_bots(content: bytes) -> Bots:
    """Return the bots of an artefact.

    Args:
        content: YAML text.

    Raises:
        InvalidReferenceError: It does not say what it must; the text says line, topic and node.
    """
    reading = Reading(BOTS)
    root = Part(reading, read_yaml(reading, content), "")
    fields = root.fields("the artefact", ("bots",))
    if "bots" not in fields:
        raise root.fault("the artefact needs the field bots")
    written = fields["bots"].fields("bots")
    if len(written) > BOTS_MAX:
        raise fields["bots"].fault(f"an artefact has at most {BOTS_MAX} bots")
    bots: dict[str, Bot] = {}
    for bot_id, part in written.items():
        part.named(bot_id).identifier("the id of a bot")
        bots[bot_id] = _bot(bot_id, part.within(f"bot {bot_id}"), reading)
    return Bots(digest=sha256(content).hexdigest(), bots=bots)


def _bot(bot_id: str, part: Part, reading: Reading) -> Bot:
    fields = part.fields("a bot", _OF_BOT)
    intents = _intents(fields.get("intents"))
    topics = read_topics(fields.get("topics"), reading, part.inside, interviews=intents is not None)
    triggers = [
        Trigger(topic.topic_id, topic.phrases) for topic in topics.values() if topic.phrases
    ]
    numbers = _numbers(fields.get("callable_numbers"))
    _check_numbers(topics, numbers, reading, part.inside)
    threshold = fields.get("threshold")
    escalate_after = fields.get("escalate_after")
    return Bot(
        bot_id=bot_id,
        name=fields["name"].text("the name of a bot", 100) if "name" in fields else bot_id,
        is_published="published" not in fields or fields["published"].boolean("published"),
        channels=_channels(fields.get("channels")),
        language=fields["language"].text("language", 35) if "language" in fields else "en",
        threshold=threshold.fraction("threshold", 0.5, 1) if threshold else THRESHOLD,
        escalate_after=escalate_after.integer("escalate_after", 1, 10) if escalate_after else 3,
        callable_numbers=numbers,
        variables=_variables(fields.get("variables")),
        topics=topics,
        triggers=tuple(sorted(triggers, key=lambda trigger: trigger.topic_id)),
        intents=intents,
    )


def _intents(part: Part | None) -> Switches | None:
    """Return how a bot interviews.

    The product calls them EnableIntentConfirmation, EnableIntentRephrase, RephraseCount,
    AllowIntentShift and EnableAskAllQuestions; all are off and the count is 1 (CI-34).
    """
    if part is None:
        return None
    fields = {} if part.is_empty else part.fields("intents", _SWITCHES)
    written = fields["texts"].fields("texts", _TEXTS) if "texts" in fields else {}
    texts = {f"{name}_text": found.text(name, 1_000) for name, found in written.items()}

    def is_on(name: str) -> bool:
        return name in fields and fields[name].boolean(name)

    switches = Switches(
        confirm=is_on("confirm"),
        rephrase=is_on("rephrase"),
        allow_shift=is_on("allow_shift"),
        ask_all_questions=is_on("ask_all_questions"),
    )
    if "rephrase_count" in fields:
        count = fields["rephrase_count"].integer("rephrase_count", 0, REPHRASE_MAX)
        switches = replace(switches, rephrase_count=count)
    return replace(switches, **texts)


def _channels(part: Part | None) -> tuple[str, ...]:
    if part is None:
        return ()
    items = part.items("channels", CHANNELS_MAX)
    return tuple(item.text("a channel", 100).casefold() for item in items)


def _numbers(part: Part | None) -> frozenset[str]:
    if part is None:
        return frozenset()
    numbers: list[str] = []
    for item in part.items("callable_numbers", NUMBERS_MAX):
        number = voice.phone_number(item.text("a phone number", 100))
        if isinstance(number, Rejection):
            raise item.fault(number.because)
        numbers.append(number)
    return frozenset(numbers)


def _check_numbers(
    topics: Mapping[str, Topic], numbers: frozenset[str], reading: Reading, inside: str
) -> None:
    """Raise InvalidReferenceError for a written number that calls may not be transferred to."""
    for topic in topics.values():
        for step in topic.steps:
            if not isinstance(step.action, PhoneNumber) or step.action.number.names:
                continue
            if step.action.number.text not in numbers:
                raise reading.fault(
                    (step.line, 1),
                    f"{step.action.number.text} is not one of callable_numbers, the numbers with "
                    "the privilege to make calls",
                    f"{inside}, topic {topic.topic_id}",
                )


def _variables(part: Part | None) -> dict[str, Value]:
    if part is None or part.is_empty:
        return {}
    fields = part.fields("variables")
    if len(fields) > VARIABLES_MAX:
        raise part.fault(f"a bot begins with at most {VARIABLES_MAX} variables")
    return {
        given.named(name).variable("the variable"): given.value(f"the value of {name}")
        for name, given in fields.items()
    }

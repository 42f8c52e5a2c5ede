"""The topics of a bot: read, completed with the stock ones, and checked against one another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from processors.dialogue.authoring import Part
from processors.dialogue.match import plain_words
from processors.dialogue.nodes import Steps, Target
from processors.dialogue.source import Reading, read_yaml
from processors.dialogue.topic import (
    END_OF_CONVERSATION,
    ESCALATE,
    FALLBACK,
    GREETING,
    HANDOFF_ENDED,
    HANDOFF_FAILED,
    INTERVIEW,
    SYSTEM_TOPICS,
    Assign,
    EndTopic,
    GoToTopic,
    Jump,
    Message,
    Step,
    SurveyConsent,
    Topic,
)

TOPICS_MAX: Final = 200
PHRASES_MAX: Final = 200
PHRASE_CHARS_MAX: Final = 200
STEPS_MAX: Final = 200
"""Most steps a bot takes for one input."""

NAMES: Final = {
    GREETING: "Greeting",
    ESCALATE: "Escalate",
    FALLBACK: "Fallback",
    END_OF_CONVERSATION: "End of conversation",
    HANDOFF_FAILED: "Hand-off failed",
    HANDOFF_ENDED: "Hand-off ended",
    INTERVIEW: "Interview",
}
"""What system topics are called unless their author says otherwise."""

WITHOUT_PHRASES: Final = frozenset({FALLBACK, HANDOFF_FAILED, HANDOFF_ENDED, INTERVIEW})

ESCALATE_PHRASES: Final = (
    "speak to agent",
    "speak to an agent",
    "talk to agent",
    "talk to an agent",
    "talk to a person",
    "talk to a human",
    "speak to a representative",
    "speak to someone",
    "human please",
    "real person",
    "live agent",
    "customer service representative",
)
"""What triggers Escalate in every bot, beside the phrases of its author."""

STOCK: Final = b"""\
greeting:
  nodes:
    - message: Hello {bot.CustomerName}! I am {bot.Name}. How can I help you?
escalate:
  nodes:
    - message: I cannot connect you with a person from here. Please use the contact page.
fallback:
  nodes:
    - message: I did not understand that. Could you say it in other words?
end_of_conversation:
  nodes:
    - question: Did that answer your question?
      variable: is_answered
      type: boolean
      retries: 1
      on_failure: continue
    - if: {variable: is_answered, is: equal, value: "false"}
      then:
        - go_to_topic: escalate
      else:
        - message: Thank you, and goodbye.
        - end_conversation: resolved
handoff_failed:
  nodes:
    - message: I could not reach a person just now. I am still here to help.
handoff_ended:
  nodes:
    - message: You are back with {bot.Name}. Is there anything else I can do?
interview:
  nodes:
    - interview
    - if: {variable: IntentShifted, is: equal, value: "true"}
      then:
        - go_to_topic: escalate
    - if:
        any:
          - {variable: IntentUndetected, is: equal, value: "true"}
          - {variable: IntentError, is: equal, value: "true"}
      then:
        - go_to_topic: fallback
      else:
        - go_to_topic: end_of_conversation
"""
"""Topics of a bot whose author wrote none of that kind. This Escalate has no transfer node."""


def read_topics(
    part: Part | None, reading: Reading, inside: str, *, interviews: bool = False
) -> dict[str, Topic]:
    """Return all topics of a bot, by id.

    Args:
        part: What was written.
        reading: For faults.
        inside: Whose topics they are.
        interviews: The bot interviews where no phrase fits, so it has a topic for that.

    Raises:
        InvalidReferenceError: A topic is at fault, or two do not go together.
    """
    topics: dict[str, Topic] = {}
    targets: list[Target] = []
    owners: dict[tuple[str, ...], tuple[str, int]] = {}
    written = part.fields("topics") if part is not None and not part.is_empty else {}
    if part is not None and len(written) > TOPICS_MAX:
        raise part.fault(f"a bot has at most {TOPICS_MAX} topics")
    for topic_id, topic in written.items():
        topic.named(topic_id).identifier("the id of a topic")
        here = topic.within(f"{inside}, topic {topic_id}")
        topics[topic_id] = _topic(topic_id, here, targets)
        _own(owners, topic_id, here)
    system = (*SYSTEM_TOPICS, INTERVIEW) if interviews else SYSTEM_TOPICS
    topics = _with_stock(topics, owners, system)
    for target in targets:
        if target.topic_id not in topics:
            known = ", ".join(sorted(topics))
            raise target.part.fault(f"there is no topic {target.topic_id!r}; there are {known}")
    for topic_id in written:
        line = runs_for_ever(topics, topic_id)
        if line is not None:
            raise reading.fault(
                (line, 1),
                "it comes back to itself without ever asking a question; end it, or ask one",
                f"{inside}, topic {topic_id}",
            )
    return topics


def runs_for_ever(topics: Mapping[str, Topic], topic_id: str) -> int | None:
    """Return a line of the circle that a topic runs in whatever is known; None when there is none.

    Only what no condition decides is followed; the rest is bounded when it runs.
    """
    stack: tuple[tuple[str, int], ...] = ((topic_id, 0),)
    seen: set[tuple[tuple[str, int], ...]] = set()
    for _ in range(STEPS_MAX):
        while stack and stack[-1][1] >= len(topics[stack[-1][0]].steps):
            stack = stack[:-1]
        if not stack:
            return None
        (present, at), below = stack[-1], stack[:-1]
        step = topics[present].steps[at]
        if stack in seen:
            return step.line
        seen.add(stack)
        match step.action:
            case Message() | Assign() | SurveyConsent():
                stack = (*below, (present, at + 1))
            case Jump(step=target):
                stack = (*below, (present, target))
            case EndTopic():
                stack = below
            case GoToTopic(topic_id=other):
                stack = entered((*below, (present, at + 1)), other)
            case _:
                return None
    return topics[topic_id].steps[0].line


def entered(stack: tuple[tuple[str, int], ...], topic_id: str) -> tuple[tuple[str, int], ...]:
    """Return the stack after going to a topic; one in progress begins anew, what it led to ends."""
    topics = [topic for topic, _ in stack]
    kept = stack[: topics.index(topic_id)] if topic_id in topics else stack
    return (*kept, (topic_id, 0))


def _topic(topic_id: str, part: Part, targets: list[Target]) -> Topic:
    fields = part.fields("a topic", ("name", "phrases", "nodes"))
    if "nodes" not in fields:
        raise part.fault("a topic needs nodes")
    reader = Steps(part.inside)
    steps = reader.read(fields["nodes"])
    if not steps:
        raise fields["nodes"].fault("a topic needs at least one node")
    targets += reader.targets
    name = fields["name"].text("the name of a topic", 100) if "name" in fields else None
    phrases = _phrases(topic_id, fields["phrases"]) if "phrases" in fields else ()
    return Topic(
        topic_id=topic_id,
        name=name or NAMES.get(topic_id, topic_id),
        version=_version(steps),
        phrases=phrases,
        steps=steps,
    )


def _phrases(topic_id: str, part: Part) -> tuple[str, ...]:
    items = part.items("phrases", PHRASES_MAX)
    if items and topic_id in WITHOUT_PHRASES:
        raise part.fault(f"no phrase triggers {topic_id}; leave phrases out")
    phrases = tuple(item.text("a phrase", PHRASE_CHARS_MAX) for item in items)
    for phrase, item in zip(phrases, items, strict=True):
        if not plain_words(phrase):
            raise item.fault(f"the phrase {phrase!r} has no word in it")
    return phrases


def _own(owners: dict[tuple[str, ...], tuple[str, int]], topic_id: str, part: Part) -> None:
    """Note whose phrases they are. Raises InvalidReferenceError for a phrase of two topics."""
    phrases = part.fields("a topic").get("phrases")
    for item in phrases.items("phrases", PHRASES_MAX) if phrases is not None else ():
        phrase = item.text("a phrase")
        owner, line = owners.setdefault(plain_words(phrase), (topic_id, item.line))
        if owner != topic_id:
            raise item.fault(f"{phrase!r} triggers topic {owner} already (line {line})")


def _with_stock(
    topics: dict[str, Topic],
    owners: Mapping[tuple[str, ...], tuple[str, int]],
    system: tuple[str, ...],
) -> dict[str, Topic]:
    """Return the topics with the stock ones where none was written, and Escalate's own phrases."""
    complete = dict(topics)
    for topic_id in system:
        if topic_id not in complete:
            complete[topic_id] = _stock()[topic_id]
    escalate = complete[ESCALATE]
    known = {plain_words(phrase) for phrase in escalate.phrases}
    more = [
        phrase
        for phrase in ESCALATE_PHRASES
        if plain_words(phrase) not in known and plain_words(phrase) not in owners
    ]
    complete[ESCALATE] = replace(escalate, phrases=(*escalate.phrases, *more))
    return complete


@cache
def _stock() -> dict[str, Topic]:
    reading = Reading("stock topics")
    fields = Part(reading, read_yaml(reading, STOCK), "stock").fields("topics")
    topics = {topic_id: _topic(topic_id, part, []) for topic_id, part in fields.items()}
    return {
        topic_id: replace(topic, steps=tuple(Step(step.action) for step in topic.steps))
        for topic_id, topic in topics.items()
    }


def _version(steps: tuple[Step, ...]) -> str:
    said = [(type(step.action).__name__, step.action) for step in steps]
    return sha256(msgspec.msgpack.encode(said)).hexdigest()[:8]

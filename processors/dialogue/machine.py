"""One answer of a bot: what it says, what it remembers, what happens next, and why.

Whatever is said, an answer comes to an end: for one input a bot takes at most 200 steps and says at
most 20 messages. One that would go on is at fault: what it said in that run is taken back, and the
conversation escalates.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.dialogue import interviewing
from processors.dialogue.bots import Bot, Bots
from processors.dialogue.conditions import known_of
from processors.dialogue.match import STANDS_WHOLE, Match, best, plain_words
from processors.dialogue.recognise import recognised
from processors.dialogue.running import Running
from processors.dialogue.said import (
    EMPTY_MEMORY,
    PHRASE_CHARS_MAX,
    PHRASES_CHARS_MAX,
    PHRASES_MAX,
    TOPICS_MAX,
    Concluded,
    Declined,
    Effect,
    EndConversation,
    Facts,
    HangUp,
    Memory,
    Place,
    Reply,
    Said,
    Transfer,
    TransferToNumber,
    Value,
    Why,
)
from processors.dialogue.topic import (
    ESCALATE,
    FALLBACK,
    GREETING,
    HANDOFF_ENDED,
    HANDOFF_FAILED,
    INTERVIEW,
    InterviewNode,
    Question,
)

__all__ = [
    "EMPTY_MEMORY",
    "NOT_PUBLISHED",
    "OTHER_CHANNEL",
    "Bot",
    "Bots",
    "Concluded",
    "Declined",
    "Effect",
    "EndConversation",
    "Facts",
    "HangUp",
    "Memory",
    "Place",
    "Reply",
    "Said",
    "Transfer",
    "TransferToNumber",
    "Value",
    "answer",
    "begin",
    "resume",
]

NOT_PUBLISHED: Final = "dialogue.not_published"
OTHER_CHANNEL: Final = "dialogue.other_channel"


def begin(bot: Bot, facts: Facts) -> Said:
    """Return how a bot begins a conversation: with its topic Greeting."""
    if (refused := _refused(bot, EMPTY_MEMORY, facts)) is not None:
        return refused
    memory = Memory(started_at_ms=facts.now_ms, last_at_ms=facts.now_ms)
    running = Running(bot, memory, facts, known_of(bot.name, bot.language, memory, facts))
    running.begin_variables()
    return _run(running, GREETING, "system")


def answer(bot: Bot, memory: Memory, text: str, facts: Facts) -> Said:
    """Return what a bot answers when the customer says `text`."""
    if (refused := _refused(bot, memory, facts)) is not None:
        return refused
    is_first = not memory.started_at_ms
    memory = _heard(memory, text, facts)
    running = Running(bot, memory, facts, known_of(bot.name, bot.language, memory, facts))
    if is_first:
        running.begin_variables()
    running.leave_changed_topics()
    question = running.question()
    if question is not None:
        return _answer_question(running, question, text)
    node = running.interviewing()
    if node is not None:
        return _answer_interview(running, node, text)
    match = best(text, bot.triggers, bot.threshold)
    if match is not None:
        return _triggered(running, match)
    return _not_understood(running, text)


def resume(bot: Bot, memory: Memory, facts: Facts, *, failed_message: str | None) -> Said:
    """Return how a bot goes on with a conversation that it gets back.

    Args:
        bot: The bot.
        memory: What it remembers.
        facts: What is known.
        failed_message: None: the human part is over, and with it every topic that was in progress.
            Else why nobody took over: topics that the hand-off interrupted go on afterwards, and
            `{bot.HandoffMessage}` is this text.
    """
    if (refused := _refused(bot, memory, facts)) is not None:
        return refused
    memory = replace(memory, last_at_ms=max(memory.last_at_ms, facts.now_ms), misunderstood=0)
    known = known_of(bot.name, bot.language, memory, facts) | {
        "bot.HandoffMessage": failed_message or ""
    }
    running = Running(bot, memory, facts, known)
    running.leave_changed_topics()
    if failed_message is None:
        running.end_all("the human part is over")
        return _run(running, HANDOFF_ENDED, "system")
    running.trace.append("the hand-off failed, the bot has the conversation again")
    return _run(running, HANDOFF_FAILED, "system")


def _refused(bot: Bot, memory: Memory, facts: Facts) -> Said | None:
    if not bot.is_published and not facts.is_trial:
        because = f"bot {bot.bot_id} is not published: it answers nobody but its author's trials"
        return Said(memory, trace=(because,), refused=NOT_PUBLISHED)
    if facts.channel and not bot.serves(facts.channel):
        because = f"bot {bot.bot_id} does not serve the channel {facts.channel}"
        return Said(memory, trace=(because,), refused=OTHER_CHANNEL)
    return None


def _heard(memory: Memory, text: str, facts: Facts) -> Memory:
    """Return the memory with one more text of the customer, kept within its bounds."""
    kept: list[str] = []
    chars = 0
    for phrase in reversed((*memory.phrases, text[:PHRASE_CHARS_MAX])):
        chars += len(phrase)
        if len(kept) == PHRASES_MAX or chars > PHRASES_CHARS_MAX:
            break
        kept.append(phrase)
    return replace(
        memory,
        phrases=tuple(reversed(kept)),
        turns=memory.turns + 1,
        started_at_ms=memory.started_at_ms or facts.now_ms,
        last_at_ms=max(memory.last_at_ms, facts.now_ms),
    )


def _answer_question(running: Running, question: Question, text: str) -> Said:
    """Take a text as an answer, as an interruption, or as neither."""
    bot, facts = running.bot, running.facts
    present = running.stack[-1].topic_id
    triggers = [
        trigger
        for trigger in bot.triggers
        if trigger.topic_id != present
        and (question.is_interruptible or trigger.topic_id == ESCALATE)
    ]
    match = best(text, triggers, bot.threshold)
    locale = facts.locale or bot.language
    value = recognised(question, text, now_ms=facts.now_ms, locale=locale)
    if match is not None and _interrupts(match, question, text, value):
        running.trace.append(f"this interrupts the question for {question.variable}")
        return _triggered(running, match)
    if value is not None:
        running.answered(question, value)
        return _run(running)
    if running.asks_again(question):
        return _said(running)
    running.trace.append(
        f"no {question.kind} was understood in {running.memory.attempts} answers to the question "
        f"for {question.variable}"
    )
    running.give_up(question)
    if question.on_failure:
        return _run(running, question.on_failure, "question_attempts")
    return _run(running)


def _answer_interview(running: Running, node: InterviewNode, text: str) -> Said:
    """Take a text as what the interview waits for, or as an interruption.

    Asking for a person interrupts always; a phrase of another topic where the text answers nothing
    that was asked, and stands whole in it where a question or a confirmation was.
    """
    bot, asking = running.bot, running.memory.asking
    present = running.stack[-1].topic_id
    match = best(text, [one for one in bot.triggers if one.topic_id != present], bot.threshold)
    if match is not None:
        is_free = asking is None or asking.stage not in {"question", "confirm"}
        is_whole = match.score == 1 or (
            match.score >= STANDS_WHOLE and len(plain_words(match.phrase)) > 1
        )
        is_person = match.topic_id == ESCALATE and (is_whole or is_free)
        if is_person or ((is_whole or is_free) and not interviewing.is_answered(running, text)):
            running.trace.append("this interrupts the interview")
            return _triggered(running, match)
    interviewing.hear(running, node, text)
    return _run(running)


def _interrupts(match: Match, question: Question, text: str, value: Value | None) -> bool:
    """Return whether a phrase beats what may also be an answer.

    What no answer was understood in is a phrase. What is an answer stays one, unless it asks for a
    person; a free text is a phrase only if it has one of two or more words whole in it, or is one.
    """
    if value is None:
        return True
    if match.score < STANDS_WHOLE:
        return False
    is_whole = match.score == 1 or len(plain_words(match.phrase)) > 1
    if match.topic_id == ESCALATE:
        named = [word for choice in question.choices for word in (choice.value, *choice.words)]
        return is_whole and plain_words(text) not in [plain_words(word) for word in named]
    return is_whole and question.kind == "string"


def _triggered(running: Running, match: Match) -> Said:
    """Go to a topic because the customer said so."""
    topic = running.bot.topics[match.topic_id]
    running.trace.append(
        f"{match.phrase!r} triggers topic {topic.topic_id} with {match.score:.2f}"
        f" (needed {running.bot.threshold:.2f})"
    )
    memory = running.memory
    running.memory = replace(
        memory,
        misunderstood=0,
        topics=(*memory.topics, topic.name)[-TOPICS_MAX:],
        last_topic=topic.name,
    )
    running.known["bot.LastTopic"] = topic.name
    return _run(running, topic.topic_id, "phrase")


def _not_understood(running: Running, text: str) -> Said:
    """Say so, or escalate when it happened too often in a row (TR-16)."""
    bot = running.bot
    times = running.memory.misunderstood + 1
    near = best(text, bot.triggers, 0)
    nearest = f"; nearest was {near.topic_id} with {near.score:.2f}" if near is not None else ""
    running.trace.append(
        f"no phrase fits (needed {bot.threshold:.2f}{nearest}): {times} of {bot.escalate_after}"
    )
    if interviewing.begins(running):
        running.memory = replace(running.memory, misunderstood=times % bot.escalate_after)
        return _run(running, INTERVIEW, "system")
    if times < bot.escalate_after:
        running.memory = replace(running.memory, misunderstood=times)
        return _run(running, FALLBACK, "system")
    running.memory = replace(running.memory, misunderstood=0)
    return _run(running, ESCALATE, "unrecognized")


def _run(running: Running, topic_id: str | None = None, why: Why = "system") -> Said:
    """Enter a topic and take steps until the customer is next or the bot's part is over."""
    before = running.said_so_far()
    if topic_id is not None:
        running.enter(topic_id, why)
    if running.take_steps():
        return _said(running)
    running.take_back(before)
    running.enter(ESCALATE, "system_error")
    if running.take_steps():
        return _said(running)
    running.take_back(before)
    running.trace.append("Escalate runs for ever as well: the conversation goes to a human")
    running.effect = Transfer(reason="system_error")
    return _said(running)


def _said(running: Running) -> Said:
    return Said(
        memory=replace(running.memory, stack=tuple(running.stack)),
        replies=tuple(running.replies),
        variables=dict(running.changed),
        effect=running.effect,
        trace=tuple(running.trace),
        interview=None if running.interview is running.facts.interview else running.interview,
        learned=tuple(running.learned),
    )

"""The built-in bot at work in a conversation: it hears, answers, hands off and ends.

A bot that `dialogue.bots` does not know speaks from outside, by turns of its own; then only the
idle clock of HO-41 and the longest call of HO-43 are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from processors.assist.articles import ARTICLES
from processors.conversation import intents
from processors.conversation.handoffs import (
    BOT_CALL,
    BOT_IDLE,
    end_session,
    gather,
    hand_off,
)
from processors.conversation.making import Making
from processors.conversation.state import Conversation, Session
from processors.dialogue import machine
from processors.dialogue.bots import BOTS, Bot, Bots
from processors.handoff import context
from processors.intents.interview_state import NOTHING_KNOWN
from schemas.records.conversation import CallDirected
from schemas.records.handoff import BotConversationStarted
from schemas.records.intent import InterviewConcluded

IDLE_MS: Final = 30 * 60_000
"""A bot's conversation without activity is closed after this long (HO-41)."""
CALL_MS: Final = 60 * 60_000
"""A call with a bot lasts at most this long (HO-43)."""
SESSION_MS: Final = 60 * 60_000
SESSION_TURNS: Final = 100
"""A session of a bot ends at this age or after this many turns, and another begins (QM-13)."""
ATTEMPTS_MAX: Final = 3
"""A bot that may not answer hands off; not for ever, where nobody takes over."""


def bot_of(state: Conversation, references: Mapping[str, Any]) -> Bot | None:
    """Return the built-in bot that owns a conversation, or None."""
    held = state.ownership
    bots: Bots | None = references.get(BOTS)
    if held.kind != "bot" or held.owner_id is None or bots is None:
        return None
    return bots.get(held.owner_id)


def begin(making: Making) -> None:
    """Let the bot that just got the conversation greet; one that is not published hands off."""
    _start(making)
    if making.state.facts.is_voice:
        making.set_timer(BOT_CALL, making.at.now_ms + CALL_MS)
    bot = bot_of(making.state, making.at.references)
    if bot is None:
        return
    _act(making, bot, machine.begin(bot, _facts(making)))


def hear(making: Making, text: str) -> None:
    """Let the bot answer what the customer said."""
    _count(making, was_addressed=True)
    bot = bot_of(making.state, making.at.references)
    if bot is not None:
        _act(making, bot, machine.answer(bot, making.context.memory, text, _facts(making)))


def spoke(making: Making) -> None:
    """Count what a bot from outside said."""
    _count(making)


def resume(making: Making, failed_message: str | None) -> None:
    """Let the bot go on where the human side gave the conversation back."""
    _start(making)
    bot = bot_of(making.state, making.at.references)
    if bot is None:
        return
    said = machine.resume(bot, making.context.memory, _facts(making), failed_message=failed_message)
    _act(making, bot, said)


def _act(making: Making, bot: Bot, said: machine.Said) -> None:
    """Make what the bot said and decided true; one that may not answer hands off."""
    if said.refused is not None:
        if making.handoff.attempt < ATTEMPTS_MAX:
            hand_off(making, message=None, reason=said.refused)
        return
    making.change_context(memory=said.memory)
    _learn(making, bot, said)
    if said.variables:
        gather(making, said.variables)
    for reply in said.replies:
        making.say(
            reply.text,
            author="bot",
            author_id=bot.bot_id,
            author_name=bot.name,
            text_format=reply.text_format,
            speak=reply.speak,
            is_uninterruptible=reply.is_uninterruptible,
        )
        _count(making)
    effect = said.effect
    if isinstance(effect, machine.Transfer):
        _transfer(making, effect)
    elif isinstance(effect, machine.EndConversation):
        _close(making, effect.outcome, effect.reason)
    elif isinstance(effect, machine.TransferToNumber):
        _direct(making, "transfer", effect.number)
    elif isinstance(effect, machine.HangUp):
        _direct(making, "hang_up", None)


def _learn(making: Making, bot: Bot, said: machine.Said) -> None:
    """Make true what the bot's interviews came to, and say so."""
    library = making.library
    if said.interview is not None and library is not None:
        making.change_context(interview=said.interview)
    for one in said.learned:
        if isinstance(one, machine.Declined):
            if library is not None:
                intents.tell_declined(making, library, one.intent_id, one.name)
            continue
        query = one.solved.solution.query if one.solved is not None else ""
        making.emit(
            InterviewConcluded,
            conversation_id=making.conversation_id,
            bot_id=bot.bot_id,
            result=one.result,
            intent_id=one.intent_id,
            because=one.because,
            solution_query=query,
            unanswered=one.unanswered,
            library_digest=library.digest if library is not None else "",
        )
        if one.solved is not None and one.intent_id is not None and library is not None:
            intents.tell_solution(making, library, one.solved, one.intent_id, None)


def _transfer(making: Making, effect: machine.Transfer) -> None:
    is_voice = making.state.facts.is_voice
    if context.closes_conversation(making.context.variables, is_voice=is_voice):
        _close(making, "resolved", "resolved")
    else:
        hand_off(making, message=effect.message, reason=effect.reason)


def _direct(making: Making, action: str, number: str | None) -> None:
    making.emit(CallDirected, conversation_id=making.conversation_id, action=action, number=number)
    _close(making, "handed_off" if action == "transfer" else "resolved", "resolved")


def _close(making: Making, outcome: str, reason: str) -> None:
    end_session(making, outcome, reason)
    making.is_over = f"the bot ended it: {outcome}"


def _count(making: Making, *, was_addressed: bool = False) -> None:
    session = making.context.session
    if session is None:
        return
    is_full = session.turns >= SESSION_TURNS
    if is_full or making.at.now_ms - session.started_at_ms >= SESSION_MS:
        end_session(making, "resolved" if session.was_addressed else "none")
        session = _start(making)
    making.change_context(
        session=replace(
            session,
            turns=session.turns + 1,
            was_addressed=session.was_addressed or was_addressed,
        )
    )
    _wind(making)


def _start(making: Making) -> Session:
    """Begin a bot's part."""
    bot_id = making.state.ownership.owner_id or ""
    session = Session(bot_id, making.at.now_ms)
    making.change_context(session=session)
    making.emit(
        BotConversationStarted,
        conversation_id=making.conversation_id,
        bot_id=bot_id,
        workstream=making.state.facts.workstream,
    )
    _wind(making)
    return session


def _wind(making: Making) -> None:
    """Start the idle clock anew."""
    making.set_timer(BOT_IDLE, making.at.now_ms + IDLE_MS)


def _facts(making: Making) -> machine.Facts:
    facts = making.state.facts
    return machine.Facts(
        now_ms=making.at.now_ms,
        is_voice=facts.is_voice,
        locale=facts.locale,
        customer_name=facts.customer_name,
        customer_phone=facts.customer_phone,
        organization_phone=facts.organization_phone,
        variables=making.context.variables,
        channel=facts.channel,
        library=making.library,
        interview=making.context.interview or NOTHING_KNOWN,
        found=making.found,
        articles=making.at.references.get(ARTICLES),
    )

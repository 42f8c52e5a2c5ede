"""A talk with a bot in the terminal: what it says, and in brackets what would happen then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from processors.dialogue import machine
from processors.dialogue.bots import Bot
from processors.dialogue.machine import (
    EMPTY_MEMORY,
    EndConversation,
    Facts,
    HangUp,
    Said,
    Transfer,
    TransferToNumber,
    Value,
)
from processors.handoff.context import closes_conversation
from processors.handoff.voice import spoken
from processors.intents.interview_state import NOTHING_KNOWN
from streams.client.lines import clipped

if TYPE_CHECKING:
    from processors.intents.detection import Detection
    from processors.intents.loading import Library

TEXT_CHARS_MAX = 6_000
CALLER = "18005550111"


class Trial:
    """One conversation of an author with a bot.

    Attributes:
        is_over: True once the bot, the caller or the author ended it.
        library: The library of intents to interview with, if any.
    """

    def __init__(
        self,
        bot: Bot,
        *,
        now_ms: Callable[[], int],
        variables: Mapping[str, Value],
        is_voice: bool = False,
        customer_name: str | None = None,
        locale: str | None = None,
        says_why: bool = False,
    ) -> None:
        self.is_over = False
        self._bot, self._now_ms, self._says_why = bot, now_ms, says_why
        self._variables: dict[str, Value] = dict(variables)
        self._is_voice, self._customer_name, self._locale = is_voice, customer_name, locale
        self._memory = EMPTY_MEMORY
        self._trace: tuple[str, ...] = ()
        self._is_handed_off = False
        self.library: Library | None = None
        self._interview = NOTHING_KNOWN
        self._found: Detection | None = None
        self._texts: list[str] = []

    def begin(self) -> list[str]:
        """Return the bot's greeting."""
        return self._lines(machine.begin(self._bot, self._facts()))

    def take(self, text: str) -> list[str]:
        """Return what comes of a line: something said, or a wish that begins with a slash."""
        word, _, rest = text.partition(" ")
        match word:
            case "/quit":
                self.is_over = True
                return []
            case "/why":
                return [f"    {clipped(sentence, 300)}" for sentence in self._trace]
            case "/variables":
                return [f"    {name} = {value!r}" for name, value in self._variables.items()]
            case "/back" | "/failed":
                return self._resume(None if word == "/back" else rest)
            case _:
                return self._say(text)

    def _say(self, text: str) -> list[str]:
        if self._is_handed_off:
            return ["[a human has it; /back gives it back, /failed WORDS lets the hand-off fail]"]
        self._hear(text)
        return self._lines(machine.answer(self._bot, self._memory, text, self._facts()))

    def _hear(self, text: str) -> None:
        """Take a text in as a conversation does, where there is a library."""
        if self.library is None:
            return
        from processors.intents import interview  # noqa: PLC0415

        before = tuple(self._texts)
        self._texts.append(text)
        (self._found,) = self.library.detect([text])
        message = interview.Message(
            text,
            len(self._texts),
            self._now_ms(),
            is_from_bot=True,
            before=lambda: [interview.EarlierText(one, is_from_bot=True) for one in before],
        )
        held = interview.settle(self._interview, self.library, message.at_ms).state
        self._interview = interview.hear(held, self.library, self._found, message).state

    def _resume(self, failed_message: str | None) -> list[str]:
        if not self._is_handed_off:
            return ["[nothing was handed off]"]
        self._is_handed_off = False
        facts = self._facts()
        said = machine.resume(self._bot, self._memory, facts, failed_message=failed_message)
        return self._lines(said)

    def _lines(self, said: Said) -> list[str]:
        self._memory, self._trace = said.memory, said.trace
        self._variables |= said.variables
        self._interview = said.interview or self._interview
        lines: list[str] = []
        for reply in said.replies:
            text = reply.text
            if self._is_voice:
                text = spoken(text, reply.text_format, reply.speak)
            is_fixed = self._is_voice and reply.is_uninterruptible
            mark = " (cannot be interrupted)" if is_fixed else ""
            lines += [
                f"{self._bot.name}{mark}: {clipped(line, TEXT_CHARS_MAX)}"
                for line in text.splitlines()
            ]
        if self._says_why:
            lines += [f"    {clipped(sentence, 300)}" for sentence in said.trace]
        return lines + self._effect(said)

    def _effect(self, said: Said) -> list[str]:
        match said.effect:
            case None:
                return []
            case Transfer() if closes_conversation(self._variables, is_voice=self._is_voice):
                self.is_over = True
                return ["[the conversation ends: CloseOmnichannelConversation is true]"]
            case Transfer(message=message, reason=reason):
                self._is_handed_off = True
                private = f"; private message: {clipped(message, 4_000)}" if message else ""
                return [f"[handed off: {reason}{private}]"]
            case EndConversation(outcome=outcome):
                self.is_over = True
                return [f"[the conversation ends: {outcome}]"]
            case TransferToNumber(number=number):
                self.is_over = True
                return [f"[the call goes to {number}]"]
            case HangUp():
                self.is_over = True
                return ["[the call ends]"]

    def _facts(self) -> Facts:
        return Facts(
            now_ms=self._now_ms(),
            is_voice=self._is_voice,
            locale=self._locale,
            customer_name=self._customer_name,
            customer_phone=CALLER if self._is_voice else None,
            variables=dict(self._variables),
            is_trial=True,
            library=self.library,
            interview=self._interview,
            found=self._found,
        )

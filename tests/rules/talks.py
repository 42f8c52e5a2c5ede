"""Talking with a bot in tests: a bot from a few lines of YAML, and a talk that goes on."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Any

from msgspec.structs import replace

from processors.dialogue import machine
from processors.dialogue.bots import Bot, Bots, load_bots
from processors.dialogue.machine import Facts, Said

NOW_MS = 1_780_000_000_000
"""2026-05-28, a Thursday."""


def bots_of(topics: str, **fields: Any) -> Bots:
    """Return bots whose only one, `b`, has these topics."""
    of_bot = "".join(f"    {name}: {value}\n" for name, value in fields.items())
    text = f"bots:\n  b:\n{of_bot}    topics:\n{indent(dedent(topics), ' ' * 6)}"
    return load_bots(text.encode())


def bot_of(topics: str, **fields: Any) -> Bot:
    """Return a bot with these topics."""
    bot = bots_of(topics, **fields).get("b")
    assert bot is not None
    return bot


class Talk:
    """A talk with a bot; variables are kept as a conversation keeps them."""

    def __init__(self, bot: Bot, **facts: Any) -> None:
        self.bot = bot
        self.facts = Facts(now_ms=NOW_MS, **facts)
        self.variables: dict[str, Any] = dict(self.facts.variables)
        self.memory = machine.EMPTY_MEMORY
        self.said = Said(self.memory)

    @property
    def now(self) -> Facts:
        """What is known by now."""
        return replace(self.facts, variables=dict(self.variables))

    @property
    def texts(self) -> list[str]:
        """What the bot said last."""
        return [reply.text for reply in self.said.replies]

    def begin(self) -> list[str]:
        """Let the bot greet."""
        return self._keep(machine.begin(self.bot, self.now))

    def say(self, *texts: str) -> list[str]:
        """Say something, and return what the bot says to the last of it."""
        for text in texts:
            self._keep(machine.answer(self.bot, self.memory, text, self.now))
        return self.texts

    def resume(self, failed_message: str | None = None) -> list[str]:
        """Give the conversation back to the bot."""
        return self._keep(
            machine.resume(self.bot, self.memory, self.now, failed_message=failed_message)
        )

    def _keep(self, said: Said) -> list[str]:
        self.said, self.memory = said, said.memory
        self.variables |= said.variables
        return self.texts


def talk(topics: str, *, of_bot: dict[str, Any] | None = None, **facts: Any) -> Talk:
    """Return a talk with a bot that has these topics."""
    return Talk(bot_of(topics, **(of_bot or {})), **facts)


CALL: dict[str, Any] = {
    "is_voice": True,
    "channel": "voice",
    "customer_phone": "491701234567",
    "organization_phone": "4930123456",
}
"""Facts of a call."""

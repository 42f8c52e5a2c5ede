"""Which languages a customer can be handed over in: the canonical code, and who can serve it.

Codes are compared without regard to case and kept in their canonical spelling. A code that only
representatives serve is good for a hand-off to them and not to another bot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from processors.handoff import locale_data as data
from processors.machine import Rejection

UNKNOWN: Final = "locale.unknown"
NO_BOT: Final = "locale.no_bot"


class Locale(msgspec.Struct, frozen=True):
    """One language as spoken somewhere.

    Attributes:
        code: BCP 47 tag in its canonical spelling.
        language: Its name in English.
        is_bot_supported: Bots speak it; False: representatives only.
    """

    code: str
    language: str
    is_bot_supported: bool


Table = Mapping[str, Locale]
"""Locale by its code in lower case."""


def table(locales: Iterable[Locale], spellings: Mapping[str, str] = data.SPELLINGS) -> Table:
    """Return a table to look codes up in; `spellings` leads other codes to those in it."""
    found = {locale.code.lower(): locale for locale in locales}
    other = {
        spelling.lower(): found[code.lower()]
        for spelling, code in spellings.items()
        if code.lower() in found
    }
    return other | found


def _edition(bots: Mapping[str, str], others: Mapping[str, str]) -> tuple[Locale, ...]:
    return (
        *(Locale(code, language, is_bot_supported=True) for code, language in bots.items()),
        *(Locale(code, language, is_bot_supported=False) for code, language in others.items()),
    )


LOCALES: Final = _edition(data.BOT_AND_VOICE, data.VOICE_ONLY)
"""The edition in use."""

LATER_LOCALES: Final = _edition(
    {code: name for code, name in data.BOT_AND_VOICE.items() if code not in data.LATER_NO_BOT},
    {
        **{code: data.BOT_AND_VOICE[code] for code in sorted(data.LATER_NO_BOT)},
        **data.VOICE_ONLY,
        **data.LATER_VOICE,
    },
)
"""The later edition, for whoever chooses it."""

TABLE: Final = table(LOCALES)
LATER_TABLE: Final = table(LATER_LOCALES)


def canonical(code: str, *, among: Table = TABLE) -> Locale | None:
    """Return the locale that a code in any case means; None when there is none."""
    return among.get(code.strip().lower())


def for_hand_off(code: str, *, is_to_bot: bool = False, among: Table = TABLE) -> Locale | Rejection:
    """Return the locale a customer is handed over in, or why that cannot be.

    Args:
        code: What the customer or the bot asked for.
        is_to_bot: The next to serve is a bot.
        among: The edition of the table.
    """
    locale = canonical(code, among=among)
    if locale is None:
        return Rejection(UNKNOWN, f"{code.strip()[:40]!r} is no locale code that is served")
    if is_to_bot and not locale.is_bot_supported:
        return Rejection(
            NO_BOT,
            f"no bot speaks {locale.code} ({locale.language}); hand the conversation to"
            " representatives",
        )
    return locale

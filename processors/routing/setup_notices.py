"""What the customer is told by itself, and when (HO-50): notices, their texts and their slugs.

A text may hold `{RepresentativeName}`, `{QueueName}`, `{Position}`, `{WaitHours}`, `{WaitMinutes}`
and `{$NAME$}`, the context variable NAME. Whatever is not known is left empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

TEXT_MAX: Final = 1_000
_SLUG: Final = re.compile(r"\{(\$[^{}$]{1,100}\$|[^{}]*)\}")
SLUGS: Final = ("RepresentativeName", "QueueName", "Position", "WaitHours", "WaitMinutes")


class Notice(msgspec.Struct, frozen=True):
    """A notice: to whom it goes, and what it says when a tenant decides nothing."""

    audience: Literal["customer", "representative"]
    text: str


NOTICES: Final[Mapping[str, Notice]] = {
    "representative_assigned": Notice("customer", "You will be served by {RepresentativeName}."),
    "representative_unassigned": Notice(
        "customer", "Nobody is free at the moment. You keep your place, please stay with us."
    ),
    "representative_disconnected": Notice(
        "customer", "The connection to {RepresentativeName} was lost. We look for somebody else."
    ),
    "representative_joined": Notice("customer", "{RepresentativeName} is with you now."),
    "representative_left": Notice("customer", "{RepresentativeName} has left the conversation."),
    "representative_ended": Notice("customer", "{RepresentativeName} has ended the conversation."),
    "session_ended": Notice("customer", "The conversation has ended. Thank you."),
    "transfer_accepted": Notice("customer", "From here on {RepresentativeName} takes care of you."),
    "consult_accepted": Notice("customer", "{RepresentativeName} has been called in to help."),
    "consult_ended": Notice("customer", "{RepresentativeName} no longer takes part."),
    "queue_position": Notice("customer", "You are number {Position} in the queue."),
    "next_in_line": Notice("customer", "You are next."),
    "average_wait_minutes": Notice("customer", "The wait is about {WaitMinutes} minutes."),
    "average_wait_hours": Notice("customer", "The wait is about {WaitHours} hours."),
    "average_wait_hours_minutes": Notice(
        "customer", "The wait is about {WaitHours} hours and {WaitMinutes} minutes."
    ),
    "holiday": Notice("customer", "We are closed for a holiday."),
    "out_of_hours": Notice("customer", "We are closed at the moment."),
    "callback_offered": Notice("customer", "If you would rather be called back, say so now."),
    "callback_answered": Notice("customer", "We will call you back."),
    "ended_by_overflow": Notice("customer", "Nobody can serve you now. Please try again later."),
    "customer_disconnected": Notice("representative", "The customer has disconnected."),
}
"""Every notice there is."""


def fault_of_text(text: str) -> str | None:
    """Return what is wrong with a notice's text, or None."""
    if len(text) > TEXT_MAX:
        return f"{len(text)} characters; a notice may have {TEXT_MAX}"
    for slug in _SLUG.findall(text):
        if not slug.startswith("$") and slug not in SLUGS:
            known = ", ".join(f"{{{one}}}" for one in SLUGS)
            return f"nothing is known as {{{slug}}}; use {known} or {{$NAME$}}"
    return None


def text_of(texts: Mapping[str, str], locale: str | None) -> str:
    """Return the text for a locale: of the locale itself, else its language, else for everybody.

    `""` says that nothing is sent.
    """
    if locale is not None:
        wanted = locale.casefold()
        language = wanted.partition("-")[0]
        for name in (wanted, language):
            for held, text in texts.items():
                if held and held.casefold() == name:
                    return text
    return texts.get("", "")


def rendered(
    text: str, slugs: Mapping[str, str], variables: Mapping[str, str | int | float]
) -> str:
    """Return the text with its slugs filled in; what is not known is left empty."""

    def value(match: re.Match[str]) -> str:
        slug = match.group(1)
        if slug.startswith("$"):
            return str(variables.get(slug.strip("$"), ""))
        return slugs.get(slug, "")

    return _SLUG.sub(value, text)

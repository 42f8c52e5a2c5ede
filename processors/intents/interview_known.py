"""What was gathered before anybody asked: context variables that answer an attribute.

A topic of the bot that asked for `order_number`, a channel that knows who writes: what came as a
variable of an attribute's name is not asked again (CI-08).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from processors.intents.interview import Told, known_of
from processors.intents.interview_state import ANSWERS_MAX, VALUE_CHARS_MAX, Answered, Interview
from processors.intents.recognise import answers

if TYPE_CHECKING:
    from processors.intents.loading import Library

_BETWEEN: Final = re.compile(r"[\W_]+")


def with_variables(
    state: Interview, library: Library, variables: Mapping[str, str | int | float], now_ms: int
) -> tuple[Interview, tuple[Told, ...]]:
    """Return the interview with what variables answer, and what that is.

    A variable answers an attribute of the present intent that has its id or name, capitals,
    spaces and underscores aside, if its value is one of the attribute's kind; what the customer
    told stands.
    """
    intent = None if state.intent_id is None else library.intents.get(state.intent_id)
    if intent is None or not variables or not intent.attributes:
        return state, ()
    known = known_of(state, intent)
    missing = [one for one in intent.attributes if one.attribute_id not in known]
    if not missing:
        return state, ()
    by_name = {_plain(name): variables[name] for name in sorted(variables)}
    told = []
    for attribute in missing:
        value = by_name.get(_plain(attribute.attribute_id), by_name.get(_plain(attribute.name)))
        text = "" if value is None else str(value).strip()
        if not text:
            continue
        asked = attribute.attribute_id
        found = answers((attribute,), text, asked=asked, now_ms=now_ms).get(asked)
        if found is None:
            continue
        told.append(
            Told(
                Answered(
                    intent.intent_id,
                    asked,
                    attribute.name,
                    attribute.kind,
                    found.value[:VALUE_CHARS_MAX],
                    text[:VALUE_CHARS_MAX],
                    is_from_bot=True,
                ),
                was_asked=False,
            )
        )
    if not told:
        return state, ()
    ids = {one.answer.attribute_id for one in told}
    return replace(
        state,
        answers=(*state.answers, *(one.answer for one in told))[-ANSWERS_MAX:],
        asked=None if state.asked in ids else state.asked,
    ), tuple(told)


def _plain(name: str) -> str:
    return _BETWEEN.sub("_", name.casefold()).strip("_")

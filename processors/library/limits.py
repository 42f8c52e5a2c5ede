"""How long and how many: each bound with the sentence that refuses more."""

from __future__ import annotations

from typing import Final

from processors.machine import Rejection

INTENT_INSTRUCTIONS_MAX: Final = 2_000
GROUP_INSTRUCTIONS_MAX: Final = 2_000
LINE_INSTRUCTIONS_MAX: Final = 4_000
"""Also the organisation's, which stand in where no line of business has any."""
NAME_MAX: Final = 200
DESCRIPTION_MAX: Final = 2_000
QUESTION_MAX: Final = 1_000
EXAMPLE_MAX: Final = 2_000
EXAMPLES_MAX: Final = 200
ATTRIBUTES_MAX: Final = 50
SOLUTIONS_MAX: Final = 50
TEXT_MAX: Final = 4_000
IDS_MAX: Final = 1_000
ID_MAX: Final = 256
SUB_INTENTS_MAX: Final = 100
SUB_EXAMPLES_MAX: Final = 10
SUB_EXAMPLE_MAX: Final = 500
REPLIES_MAX: Final = 50
CONTENT_BYTES_MAX: Final = 3_000_000
"""What an artefact may have, less room for the model."""


def too_long(what: str, text: str | None, most: int) -> Rejection | None:
    """Return a refusal of a text with more than `most` characters, naming its length."""
    if text is None or len(text) <= most:
        return None
    return Rejection(
        "library.too_long",
        f"{what} may have at most {most:,} characters, and this has {len(text):,}; shorten it",
    )


def bad_name(what: str, name: str) -> Rejection | None:
    """Return a refusal of a name that is empty or too long."""
    if not name.strip():
        return Rejection("library.no_name", f"{what} needs a name; give one")
    return too_long(f"the name of {what}", name, NAME_MAX)


def too_many(what: str, found: int, most: int) -> Rejection | None:
    """Return a refusal of more than `most` things."""
    if found <= most:
        return None
    return Rejection("library.too_many", f"at most {most:,} {what} fit, and these are {found:,}")


def is_id(text: str) -> bool:
    """Return whether a text can be an id: it is part of keys, so a slash or a control cannot."""
    return 0 < len(text) <= ID_MAX and text.isprintable() and "/" not in text

"""Personal data out of texts that people will read as examples.

Recognised values go first, whatever they are in; then everything that still looks like an e-mail
address or a row of digits goes, recognised or not, so that none survives.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from processors.intents.recognise_values import TEXT_MAX, Kind, Value, recognise

PLACEHOLDERS: Final[dict[Kind, str]] = {
    "email": "<email>",
    "url": "<link>",
    "phone": "<phone>",
    "long_number": "<number>",
    "reference": "<reference>",
    "address": "<address>",
    "name": "<name>",
}
"""What stands for each kind of personal data."""

_CARD: Final = re.compile(r"card|visa|master|amex|credit|debit", re.IGNORECASE)
_ACCOUNT: Final = re.compile(r"account|iban|routing", re.IGNORECASE)
_SOCIAL_SECURITY: Final = re.compile(r"\d{3}[ -]\d{2}[ -]\d{4}")
_MAIL_LEFT: Final = re.compile(r"(?<![^\s<>])[^\s<>@]*+@[^\s<>]*+")
_SPOKEN_MAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]++\s(?:at|\(at\)|\[at\])\s[\w-]++(?:\s(?:dot|\(dot\))\s\w{2,10}){1,3}\b",
    re.IGNORECASE,
)
_DIGITS_LEFT: Final = re.compile(r"\d(?:[\s().,/+_-]{0,3}\d){4,}+")
_SECRET: Final = re.compile(
    r"\b((?:ssn|social security|pin|passcode|password|cvv|cvc|last (?:four|4))"
    r"(?: (?:number|no|code|digits))?(?: (?:is|was|of))?[\s:=#-]{1,3})"
    r"(?!<|is\b|of\b|please\b|and\b|for\b|reset\b|to\b|in\b|on\b|not\b|does|doesn|was\b|has\b|but\b)(\S*\d\S*)",
    re.IGNORECASE,
)
_TITLED: Final = re.compile(
    r"\b((?:[Mm][Rr]s?|[Mm]s|[Mm]iss|[Dd]r|[Dd]ear)\.?\s)(?!Mr|Ms|Miss|Dr|Sir|Madam)"
    r"([A-Z][\w'-]+(?:\s[A-Z][\w'-]+)?)"
)


def redacted(text: str) -> str:
    """Return `text` without personal data, each piece replaced by its kind, e.g. `<email>`.

    No e-mail address and no row of five digits or more is left; doing it again changes nothing. At
    most `TEXT_MAX` characters come back. Names are found only where people introduce themselves or
    are addressed by a title.
    """
    before, text = "", _shortened(_in_ascii_digits(text))
    while before != text:
        before, text = text, _shortened(_once(text))
    return text


def _once(text: str) -> str:
    """Return `text` with what is recognised replaced; that may bring more to light."""
    parts: list[str] = []
    end = 0
    for value in recognise(text):
        placeholder = _placeholder(value, text)
        if placeholder and not _is_placeholder(value, text):
            parts += [text[end : value.start], placeholder]
            end = value.end
    done = "".join([*parts, text[end:]])
    done = _MAIL_LEFT.sub("<email>", _SPOKEN_MAIL.sub("<email>", done))
    done = _SECRET.sub(r"\1<number>", _TITLED.sub(r"\1<name>", done))
    return _DIGITS_LEFT.sub(_of_digits, done)


def _placeholder(value: Value, text: str) -> str:
    """Return what stands for a value; empty when it is nobody's."""
    if value.kind == "long_number":
        before = text[max(0, value.start - 24) : value.start]
        if _SOCIAL_SECURITY.fullmatch(value.text):
            return "<ssn>"
        digits = len(value.canonical)
        if digits == 16 or (13 <= digits <= 19 and _CARD.search(before)):
            return "<card number>"
        return "<account number>" if _ACCOUNT.search(before) else "<number>"
    return PLACEHOLDERS.get(value.kind, "")


def _is_placeholder(value: Value, text: str) -> bool:
    return (
        text[max(0, value.start - 1) : value.start] == "<"
        and text[value.end : value.end + 1] == ">"
    )


def _of_digits(found: re.Match[str]) -> str:
    """Return what stands for a row of digits; dates and amounts of money stay."""
    said = found[0]
    if re.fullmatch(
        r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d", said
    ):
        return said
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,4}\.\d{2}", said):
        return said
    return "<number>"


def _in_ascii_digits(text: str) -> str:
    """Return `text` with the digits of other scripts and widths as plain digits."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(one)) if not one.isascii() and one.isdecimal() else one
        for one in text
    )


def _shortened(text: str) -> str:
    """Return at most `TEXT_MAX` characters, cut between words where there are any."""
    if len(text) <= TEXT_MAX:
        return text
    cut = text.rfind(" ", TEXT_MAX - 200, TEXT_MAX)
    return text[: cut if cut > 0 else TEXT_MAX].rstrip()

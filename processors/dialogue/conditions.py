"""Texts with placeholders, and conditions on what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from processors.dialogue.said import Facts, Memory, Value

VALUE_CHARS_MAX: Final = 4_000
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]{0,119})\}")
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?\Z", re.ASCII)

KNOWN_FACTS: Final = (
    "bot.Channel",
    "bot.CustomerName",
    "bot.CustomerPhoneNumber",
    "bot.HandoffMessage",
    "bot.IsVoice",
    "bot.LastPhrase",
    "bot.LastTopic",
    "bot.Locale",
    "bot.Name",
    "bot.OrganizationPhoneNumber",
)
"""What a bot knows beside variables; nobody can set them."""

Known = Mapping[str, Value]
"""Variables and facts by name."""

Operator = Literal[
    "empty",
    "not_empty",
    "equal",
    "not_equal",
    "greater",
    "at_least",
    "less",
    "at_most",
    "contains",
    "not_contains",
    "starts_with",
    "one_of",
]
OPERATORS: Final[tuple[Operator, ...]] = (
    "empty",
    "not_empty",
    "equal",
    "not_equal",
    "greater",
    "at_least",
    "less",
    "at_most",
    "contains",
    "not_contains",
    "starts_with",
    "one_of",
)
WITHOUT_VALUE: Final = frozenset({"empty", "not_empty"})


class Template(msgspec.Struct, frozen=True, tag=True):
    """A text with placeholders: `Hello {name}`; an unknown name gives an empty text."""

    text: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the placeholders, in order."""
        return tuple(_PLACEHOLDER.findall(self.text))

    def filled(self, known: Known) -> str:
        """Return the text with what is known put in; what is put in is not looked at again."""
        return _PLACEHOLDER.sub(lambda found: shown(known.get(found[1], "")), self.text)


class Comparison(msgspec.Struct, frozen=True, tag=True):
    """One comparison: a variable or fact against values."""

    name: str
    operator: Operator
    values: tuple[Template, ...] = ()


class Group(msgspec.Struct, frozen=True, tag=True):
    """Several conditions: all of them, any of them, or not the one."""

    kind: Literal["all", "any", "not"]
    conditions: tuple[Condition, ...]


Condition = Comparison | Group


def shown(value: Value) -> str:
    """Return a value as text: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def number_of(text: str) -> int | float | None:
    """Return the number that a text is; None when it is none."""
    stripped = text.strip()
    if not _NUMBER.match(stripped):
        return None
    return float(stripped) if "." in stripped else int(stripped)


def known_of(bot_name: str, language: str, memory: Memory, facts: Facts) -> dict[str, Value]:
    """Return what a bot knows under `bot.`; the caller's number is empty for messaging (HO-23)."""
    return {
        "bot.Channel": facts.channel,
        "bot.CustomerName": facts.customer_name or "",
        "bot.CustomerPhoneNumber": (facts.customer_phone or "") if facts.is_voice else "",
        "bot.HandoffMessage": "",
        "bot.IsVoice": "true" if facts.is_voice else "false",
        "bot.LastPhrase": memory.phrases[-1] if memory.phrases else "",
        "bot.LastTopic": memory.last_topic or "",
        "bot.Locale": facts.locale or language,
        "bot.Name": bot_name,
        "bot.OrganizationPhoneNumber": facts.organization_phone or "",
    }


def holds(condition: Condition, known: Known) -> bool:
    """Return whether a condition is true of what is known."""
    match condition:
        case Group(kind="all"):
            return all(holds(part, known) for part in condition.conditions)
        case Group(kind="any"):
            return any(holds(part, known) for part in condition.conditions)
        case Group():
            return not any(holds(part, known) for part in condition.conditions)
        case Comparison():
            return _is_true(condition, known)


def said_of(condition: Condition) -> str:
    """Return a condition in words."""
    if isinstance(condition, Group):
        inner = ", ".join(said_of(part) for part in condition.conditions)
        return f"{condition.kind} of ({inner})"
    values = ", ".join(repr(value.text) for value in condition.values)
    return f"{condition.name} is {condition.operator.replace('_', ' ')} {values}".rstrip()


def _is_true(test: Comparison, known: Known) -> bool:
    left = shown(known.get(test.name, "")).strip()
    rights = [value.filled(known).strip() for value in test.values]
    match test.operator:
        case "empty":
            return not left
        case "not_empty":
            return bool(left)
        case "equal" | "one_of":
            return any(_compared(left, right) == 0 for right in rights)
        case "not_equal":
            return all(_compared(left, right) != 0 for right in rights)
        case "contains":
            return any(right.casefold() in left.casefold() for right in rights)
        case "not_contains":
            return all(right.casefold() not in left.casefold() for right in rights)
        case "starts_with":
            return any(left.casefold().startswith(right.casefold()) for right in rights)
        case "greater" | "at_least" | "less" | "at_most":
            return bool(left) and all(_is_ordered(test.operator, left, right) for right in rights)


def _is_ordered(operator: Operator, left: str, right: str) -> bool:
    order = _compared(left, right)
    wanted = {"greater": order > 0, "at_least": order >= 0, "less": order < 0}
    return wanted.get(operator, order <= 0)


def _compared(left: str, right: str) -> int:
    """Return the order of two values: of numbers as numbers, else of texts without case."""
    one, other = number_of(left), number_of(right)
    if one is not None and other is not None:
        return (one > other) - (one < other)
    small, great = left.casefold(), right.casefold()
    return (small > great) - (small < great)

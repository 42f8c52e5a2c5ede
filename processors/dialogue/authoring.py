"""A value that an author wrote, and what can be asked of it; every fault says line and place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeVar

from processors.dialogue.conditions import KNOWN_FACTS, Template, number_of
from processors.dialogue.said import Value
from processors.dialogue.source import Fields, Items, Node, Reading, Scalar
from processors.errors import InvalidReferenceError

TEXT_CHARS_MAX: Final = 4_000
NAME_CHARS_MAX: Final = 100
ANSWERS: Final = "intent."
"""What the names of an interview's answers begin with; which there are is the library's."""

_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_TRUE: Final = frozenset({"true", "yes", "on"})
_FALSE: Final = frozenset({"false", "no", "off"})

T = TypeVar("T", bound=str)


class Part:
    """A written value and where it stands.

    Attributes:
        node: What was written.
        inside: Bot, topic and node it belongs to, for the fault's text.
    """

    def __init__(
        self, reading: Reading, node: Node, inside: str, where: tuple[int, int] | None = None
    ) -> None:
        self.node, self.inside, self._reading = node, inside, reading
        self._where = where or (node.line, node.column)

    @property
    def line(self) -> int:
        """Return the line it begins on."""
        return self._where[0]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was written."""
        return isinstance(self.node, Scalar) and self.node.is_plain and self.node.text in {"", "~"}

    @property
    def is_scalar(self) -> bool:
        """Return whether it is one value, neither list nor mapping."""
        return isinstance(self.node, Scalar)

    @property
    def is_list(self) -> bool:
        """Return whether it is a list."""
        return isinstance(self.node, Items)

    def fault(self, because: str) -> InvalidReferenceError:
        """Return the error for a fault here."""
        return self._reading.fault(self._where, because, self.inside)

    def within(self, inside: str) -> Part:
        """Return the same value as a part of another place."""
        return Part(self._reading, self.node, inside, self._where)

    def named(self, key: str) -> Part:
        """Return the key of this value as a value."""
        return Part(self._reading, Scalar(key, True, *self._where), self.inside, self._where)  # noqa: FBT003

    def fields(self, what: str, allowed: Sequence[str] | None = None) -> dict[str, Part]:
        """Return the fields of a mapping by key, in the order they were written."""
        if not isinstance(self.node, Fields):
            raise self.fault(f"{what} is a mapping, not {self._kind()}")
        parts: dict[str, Part] = {}
        for entry in self.node.entries:
            where = (entry.key.line, entry.key.column)
            part = Part(self._reading, entry.node, self.inside, where)
            if allowed is not None and entry.key.text not in allowed:
                known = ", ".join(allowed)
                raise part.fault(f"{what} has no field {_shown(entry.key.text)}; there are {known}")
            parts[entry.key.text] = part
        return parts

    def items(self, what: str, maximum: int) -> list[Part]:
        """Return the values of a list."""
        if self.is_empty:
            return []
        if not isinstance(self.node, Items):
            raise self.fault(f"{what} is a list, not {self._kind()}")
        if len(self.node.nodes) > maximum:
            raise self.fault(f"{what} has {len(self.node.nodes):,} entries; {maximum:,} are taken")
        return [Part(self._reading, node, self.inside) for node in self.node.nodes]

    def text(self, what: str, maximum: int = TEXT_CHARS_MAX) -> str:
        """Return a text that is not empty."""
        if not isinstance(self.node, Scalar):
            raise self.fault(f"{what} is a text, not {self._kind()}")
        text = self.node.text.strip()
        if not text or self.is_empty:
            raise self.fault(f"{what} is empty")
        if len(text) > maximum:
            raise self.fault(f"{what} has {len(text):,} characters; {maximum:,} are taken")
        return text

    def template(self, what: str) -> Template:
        """Return a text with placeholders; a placeholder of `bot.` must be known."""
        template = Template(self.text(what))
        for name in template.names:
            if "." in name:
                self._known_fact(name)
        return template

    def identifier(self, what: str) -> str:
        """Return an id."""
        text = self.text(what, NAME_CHARS_MAX)
        if not _ID.match(text):
            raise self.fault(
                f"{what} {_shown(text)} has signs that an id cannot have; use letters, digits, "
                "_ - and ., beginning with a letter, a digit or _"
            )
        return text

    def variable(self, what: str) -> str:
        """Return the name of a variable that may be set."""
        text = self.text(what, NAME_CHARS_MAX)
        if text.startswith("va_"):
            raise self.fault(f"{what} {_shown(text)}: names with va_ are the engine's own")
        if not _VARIABLE.match(text):
            raise self.fault(
                f"{what} {_shown(text)} is no name of a variable; use letters, digits and _, "
                "beginning with a letter or _"
            )
        return text

    def readable(self, what: str) -> str:
        """Return the name of a variable or fact that may be read."""
        text = self.text(what, NAME_CHARS_MAX)
        if "." in text:
            self._known_fact(text)
        elif not _VARIABLE.match(text):
            raise self.fault(f"{what} {_shown(text)} is no name of a variable")
        return text

    def boolean(self, what: str) -> bool:
        """Return true or false."""
        word = self.node.text.strip().casefold() if isinstance(self.node, Scalar) else ""
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise self.fault(f"{what} is true or false, not {self._kind()}")

    def integer(self, what: str, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        number = number_of(self.node.text) if isinstance(self.node, Scalar) else None
        if not isinstance(number, int) or not low <= number <= high:
            raise self.fault(f"{what} is a whole number from {low} to {high}, not {self._kind()}")
        return number

    def fraction(self, what: str, low: float, high: float) -> float:
        """Return a number within bounds."""
        number = number_of(self.node.text) if isinstance(self.node, Scalar) else None
        if number is None or not low <= number <= high:
            raise self.fault(f"{what} is a number from {low} to {high}, not {self._kind()}")
        return float(number)

    def value(self, what: str) -> Value:
        """Return a number if one was written without quotes, else a text (which may be empty)."""
        if not isinstance(self.node, Scalar):
            raise self.fault(f"{what} is a text or a number, not {self._kind()}")
        number = number_of(self.node.text) if self.node.is_plain else None
        if number is not None:
            return number
        if len(self.node.text) > TEXT_CHARS_MAX:
            raise self.fault(f"{what} has more than {TEXT_CHARS_MAX:,} characters")
        return "" if self.is_empty else self.node.text

    def one_of(self, what: str, words: Sequence[T]) -> T:
        """Return one of several words."""
        text = self.text(what)
        for word in words:
            if text == word:
                return word
        raise self.fault(f"{what} is one of {', '.join(words)}, not {_shown(text)}")

    def _known_fact(self, name: str) -> None:
        if name.startswith(ANSWERS) and _ID.match(name.removeprefix(ANSWERS)):
            return
        if name not in KNOWN_FACTS:
            raise self.fault(f"nobody knows {_shown(name)}; there are {', '.join(KNOWN_FACTS)}")

    def _kind(self) -> str:
        match self.node:
            case Items():
                return "a list"
            case Fields():
                return "a mapping"
            case Scalar():
                return "nothing" if self.is_empty else _shown(self.node.text)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")

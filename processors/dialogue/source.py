"""YAML text to a tree that knows its lines. No tags, anchors or aliases; bounded in every way.

A value is what was written: `no` is a text here, not a boolean, and what a field means is for the
field to say. So nothing in an artefact can construct anything, and no small text grows into a large
one.
"""

from __future__ import annotations

from typing import Final

import msgspec
import yaml

from processors.errors import InvalidReferenceError

CHARS_MAX: Final = 256_000
DEPTH_MAX: Final = 40
NODES_MAX: Final = 40_000


class Scalar(msgspec.Struct, frozen=True):
    """A text as it was written.

    Attributes:
        is_plain: Written without quotes.
    """

    text: str
    is_plain: bool
    line: int
    column: int


class Items(msgspec.Struct, frozen=True):
    """A list."""

    nodes: tuple[Node, ...]
    line: int
    column: int


class Entry(msgspec.Struct, frozen=True):
    """One key of a mapping and its value."""

    key: Scalar
    node: Node


class Fields(msgspec.Struct, frozen=True):
    """A mapping, in the order it was written; no key stands twice."""

    entries: tuple[Entry, ...]
    line: int
    column: int

    def get(self, key: str) -> Entry | None:
        """Return an entry; None when there is none of that key."""
        return next((entry for entry in self.entries if entry.key.text == key), None)


Node = Scalar | Items | Fields


class Reading:
    """What faults are reported with: whose text it is, and where.

    Attributes:
        reference: Name of the reference.
    """

    def __init__(self, reference: str) -> None:
        self.reference = reference

    def fault(
        self, where: tuple[int, int], because: str, inside: str = ""
    ) -> InvalidReferenceError:
        """Return the error for a fault at a line and column, counted from 1."""
        place = f"line {where[0]}, column {where[1]}"
        field = f"{place} ({inside})" if inside else place
        return InvalidReferenceError(reference=self.reference, field=field, because=because)

    def whole(self, because: str) -> InvalidReferenceError:
        """Return the error for a fault of the whole text."""
        return InvalidReferenceError(reference=self.reference, field="", because=because)


def read_yaml(reading: Reading, content: bytes) -> Node:
    """Return the only document of a YAML text.

    Raises:
        InvalidReferenceError: It is no UTF-8, no YAML, too large, or uses what is not taken.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise reading.whole(f"it is no UTF-8 text: {error}") from error
    if len(text) > CHARS_MAX:
        raise reading.whole(f"it has {len(text):,} characters; {CHARS_MAX:,} are taken")
    try:
        return _Tree(reading, text).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        because = f"it is no YAML: {error.problem or error.context}"
        if mark is None:
            raise reading.whole(because) from error
        raise reading.fault((mark.line + 1, mark.column + 1), because) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The scanner lets an escape such as "\UFFFFFFFF" through to chr().
        because = " ".join(str(error).split())
        raise reading.whole(f"it is no YAML: {because}") from error


class _Tree:
    """Builds the tree from the parser's events, so that no limit is found out too late."""

    def __init__(self, reading: Reading, text: str) -> None:
        self._reading = reading
        self._events = yaml.parse(text, Loader=yaml.SafeLoader)
        self._nodes = 0

    def read(self) -> Node:
        """Return the document."""
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            raise self._reading.whole("it is empty")
        root = self._node(next(self._events), 1)
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._reading.fault(_where(event), "a second document begins; write only one")
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        where = _where(event)
        self._nodes += 1
        if self._nodes > NODES_MAX:
            raise self._reading.fault(where, f"more than {NODES_MAX:,} values")
        if depth > DEPTH_MAX:
            raise self._reading.fault(where, f"nested deeper than {DEPTH_MAX} levels")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            because = "anchors (&) and aliases (*) are not taken; write it out, or quote the text"
            raise self._reading.fault(where, because)
        if getattr(event, "tag", None) is not None:
            raise self._reading.fault(where, "tags (!) are not taken; quote the text")
        if isinstance(event, yaml.ScalarEvent):
            if any("\ud800" <= character <= "\udfff" for character in event.value):
                raise self._reading.fault(where, "half a surrogate pair is no text")
            return Scalar(event.value, event.style is None, *where)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(self._items(depth), *where)
        return self._fields(where, depth)

    def _items(self, depth: int) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return tuple(nodes)

    def _fields(self, where: tuple[int, int], depth: int) -> Fields:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                because = "a key must be a text; quote a text that begins with { or ["
                raise self._reading.fault((key.line, key.column), because)
            if key.text in entries:
                first = entries[key.text].key.line
                because = f"{key.text!r} stands here a second time; the first is on line {first}"
                raise self._reading.fault((key.line, key.column), because)
            entries[key.text] = Entry(key, self._node(next(self._events), depth + 1))
        return Fields(tuple(entries.values()), *where)


def _where(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1

"""MultiDoGO: tables of turns with tabs between the columns, the first line naming them.

The annotated files hold the customers' turns only; where there is a column `authorRole`, agent is
the representative. Some rows of the published files are damaged: what is quoted, over several lines
even, is put together again; what then has another number of columns than the header is passed over,
counted and named. Intents and slots are not kept.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from schemas.records.conversation import Author, ConversationOpened, TurnSaid
from streams.adapters.entries import LINE_BYTES_MAX, Bad, Conversation, Entry, Reading, lines_of
from streams.adapters.errors import UnreadableFileError

SOURCE: Final = "/import/multidogo"
QUOTED_LINES_MAX: Final = 20
CONVERSATION: Final = "conversationId"
NUMBER: Final = "turnNumber"
TEXT: Final = "utterance"
ROLE: Final = "authorRole"
NEEDED: Final = (CONVERSATION, NUMBER, TEXT)
_AUTHORS: Final[dict[str, Author]] = {
    "customer": "customer",
    "agent": "representative",
    "representative": "representative",
}

_Line = tuple[int, bytes | None]
_Row = tuple[int, list[str]]


def is_header(line: bytes) -> bool:
    """Return whether a line names the columns of such a table."""
    names = line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n").decode(errors="replace").split("\t")
    return all(name in names for name in NEEDED)


def read_rows(path: Path, reading: Reading) -> Iterator[Entry | Bad]:
    """Yield what the file holds, in its order, and what is wrong with it.

    Raises:
        UnreadableFileError: The file as a whole cannot be read.
    """
    lines = lines_of(path)
    first = next(lines, (1, b""))[1]
    if first is None or not is_header(first):
        because = f"its first line does not name the columns {', '.join(NEEDED)}"
        raise UnreadableFileError(path=str(path), because=because)
    names = first.decode().removeprefix("\ufeff").rstrip("\r\n").split("\t")
    conversations: dict[str, Conversation] = {}
    said: dict[str, set[str]] = {}
    is_empty = True
    for number, fields in _rows(_Lines(lines)):
        is_empty = False
        where = f"{path}:{number}"
        because = _fault(fields, names)
        if because:
            yield Bad(where=where, because=because, is_known_damage=True)
            continue
        row = dict(zip(names, fields, strict=True))
        turns = said.setdefault(row[CONVERSATION], set())
        if row[NUMBER] in turns:
            because = f"turn {row[NUMBER]} of {row[CONVERSATION]} stands there a second time"
            yield Bad(where=where, because=because, is_known_damage=True)
            continue
        turns.add(row[NUMBER])
        yield from _row(row, where, conversations, reading)
    if is_empty:
        raise UnreadableFileError(path=str(path), because="the file holds no row")
    if reading.is_ended is not False:
        for conversation in conversations.values():
            yield conversation.ended(str(path))


def _row(
    row: dict[str, str], where: str, conversations: dict[str, Conversation], reading: Reading
) -> Iterator[Entry]:
    name = f"multidogo-{row[CONVERSATION]}"
    conversation = conversations.get(name)
    if conversation is None:
        conversation = Conversation(name, reading, source=SOURCE, is_staffed=True)
        conversations[name] = conversation
        yield conversation.opened(
            where,
            ConversationOpened(
                tenant=reading.tenant,
                occurred_at_ms=0,
                conversation_id=name,
                channel=reading.channel,
                locale="en",
            ),
        )
    said = TurnSaid(
        tenant=reading.tenant,
        occurred_at_ms=0,
        conversation_id=name,
        turn_id=f"t{int(row[NUMBER])}",
        author=_AUTHORS[row.get(ROLE, "customer").strip().lower()],
        text=row[TEXT],
        locale="en",
    )
    yield from conversation.said(where, said)


def _fault(fields: list[str], names: list[str]) -> str:
    """Return what is wrong with a row; empty when nothing is."""
    if not fields:
        return f"the line is longer than {LINE_BYTES_MAX:,} bytes, or not UTF-8"
    if len(fields) != len(names):
        return f"{len(fields)} columns; the header names {len(names)}"
    row = dict(zip(names, fields, strict=True))
    number = row[NUMBER]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return f"{NUMBER}: {number[:40]!r} is no number"
    if not row[CONVERSATION].strip() or not row[TEXT].strip():
        return f"{CONVERSATION} and {TEXT} may not be empty"
    role = row.get(ROLE, "customer").strip().lower()
    return "" if role in _AUTHORS else f"{ROLE}: {role[:40]!r} is neither customer nor agent"


class _Lines:
    """Lines, of which some can be given back."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._back: deque[_Line] = deque()

    def next(self) -> _Line | None:
        """Return the next line; None at the end."""
        return self._back.popleft() if self._back else next(self._lines, None)

    def give_back(self, lines: list[_Line]) -> None:
        """Make these the next lines."""
        self._back.extendleft(reversed(lines))


def _rows(lines: _Lines) -> Iterator[_Row]:
    """Yield line numbers and fields; no fields for what cannot be read as text."""
    while (line := lines.next()) is not None:
        number, raw = line
        text = _decoded(raw)
        if text is None:
            yield number, []
        elif text.startswith('"') or '\t"' in text:
            yield number, _quoted(text, lines)
        elif text.strip():
            yield number, text.split("\t")


def _quoted(text: str, lines: _Lines) -> list[str]:
    """Return the fields of a row with quoted ones, over several lines if need be."""
    taken: list[_Line] = []
    whole = text
    while True:
        try:
            (fields,) = csv.reader([whole], delimiter="\t", strict=True)
        except csv.Error as fault:
            more = lines.next() if "end of data" in str(fault) else None
            if more is not None:
                taken.append(more)
            part = None if more is None else _decoded(more[1])
            if part is None or len(taken) > QUOTED_LINES_MAX:
                # No quotation after all: the line stands for itself.
                lines.give_back(taken)
                return text.split("\t")
            whole = f"{whole} {part}"
        else:
            return [" ".join(field.split()) for field in fields]


def _decoded(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return None

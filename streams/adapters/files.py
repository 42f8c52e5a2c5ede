"""Data sets to inputs of the conversation log: which format a file has, and reading the formats.

Nothing is passed over: what cannot be read comes out as a `Bad` that says where and why. One line
is in memory at a time (a file of dialogues in JSON: the whole file).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from schemas.records.conversation import (
    Author,
    ConversationOpened,
    TextFormat,
    TurnSaid,
    Visibility,
)
from streams.adapters import abcd, multidogo
from streams.adapters.entries import (
    LINE_BYTES_MAX,
    Bad,
    Conversation,
    Entry,
    Format,
    Reading,
    because_of,
    lines_of,
    whole_of,
)
from streams.adapters.errors import UnreadableFileError

__all__ = ["LINE_BYTES_MAX", "Bad", "Entry", "Format", "Reading", "detect", "read"]

HEAD_BYTES: Final = 65_536
SGD_SOURCE: Final = "/import/sgd"
LINES_SOURCE: Final = "/import/jsonl"


class SgdTurn(msgspec.Struct, frozen=True):
    """One utterance of a Schema-Guided Dialogue; its annotations are not needed."""

    speaker: Literal["USER", "SYSTEM"]
    utterance: str


class SgdDialogue(msgspec.Struct, frozen=True):
    """One dialogue of a Schema-Guided Dialogue file."""

    dialogue_id: str
    turns: list[SgdTurn]
    services: list[str] = []


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One turn of the plain format, a JSON object a line.

    Attributes:
        conversation_id: Which conversation.
        author: customer, representative, bot or system.
        text: What was said.
        turn_id: Unique within the conversation; by default derived from the line's content.
        at: When: RFC 3339 with an offset, or milliseconds since the Unix epoch.
        author_id: Who spoke, as the channel knows them.
        author_name: Name to show.
        text_format: plain, markdown or html.
        visibility: public, or private for an internal note.
        channel: Where the conversation takes place; counts in its first line.
        locale: BCP 47 tag.
        customer_id: The customer; counts in the conversation's first line.
        customer_name: Name to show; counts in the conversation's first line.
        reply_to: turn_id this one answers.
    """

    conversation_id: str
    author: Author
    text: str
    turn_id: str | None = None
    at: str | int | None = None
    author_id: str | None = None
    author_name: str | None = None
    text_format: TextFormat = "plain"
    visibility: Visibility = "public"
    channel: str | None = None
    locale: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    reply_to: str | None = None


def detect(path: Path) -> Format:
    """Return the format of a file: JSON dialogues, JSON lines, or a table with its header.

    Raises:
        UnreadableFileError: It is missing, a folder, empty, or starts like none of them.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
    except FileNotFoundError as error:
        raise UnreadableFileError(path=str(path), because="there is no such file") from error
    except IsADirectoryError as error:
        because = "this is a folder; name the files in it, e.g. with *.json"
        raise UnreadableFileError(path=str(path), because=because) from error
    except OSError as error:
        raise UnreadableFileError(path=str(path), because=str(error.strerror)) from error
    if not head:
        raise UnreadableFileError(path=str(path), because="the file is empty")
    if multidogo.is_header(head.partition(b"\n")[0]):
        return "multidogo"
    if head[:1] == b"[":
        return "abcd" if abcd.looks_like_it(head) else "sgd"
    if head[:1] == b"{":
        return "abcd" if _SPLITS.match(head) else "jsonl"
    because = (
        "neither a JSON array of dialogues (Schema-Guided Dialogue, ABCD) nor one JSON object a"
        " line nor a table with the columns of MultiDoGO; say --format sgd, abcd, jsonl or"
        " multidogo if it is"
    )
    raise UnreadableFileError(path=str(path), because=because)


_SPLITS: Final = re.compile(rb'\{\s*"(train|dev|test)"\s*:\s*\[')
"""How a file of ABCD begins that holds its splits."""


def read(path: Path, data_format: Format, reading: Reading) -> Iterator[Entry | Bad]:
    """Yield what the file holds, in its order, and what is wrong with it.

    Raises:
        UnreadableFileError: The file as a whole cannot be read.
    """
    return _READERS[data_format](path, reading)


def _read_dialogues(path: Path, reading: Reading) -> Iterator[Entry | Bad]:
    raws = whole_of(path)
    decoder = msgspec.json.Decoder(SgdDialogue)
    for number, raw in enumerate(raws, start=1):
        where = f"{path}: dialogue {number}"
        try:
            dialogue = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Bad(where=where, because=because_of(error))
            continue
        if not dialogue.dialogue_id.strip() or not dialogue.turns:
            yield Bad(where=where, because="it has no dialogue_id or no turns")
            continue
        yield from _dialogue(dialogue, where, reading)


def _dialogue(dialogue: SgdDialogue, where: str, reading: Reading) -> Iterator[Entry]:
    name = f"sgd-{dialogue.dialogue_id}"
    conversation = Conversation(
        name, reading, source=SGD_SOURCE, has_bot=reading.system_is == "bot"
    )
    yield conversation.opened(
        where,
        ConversationOpened(
            tenant=reading.tenant,
            occurred_at_ms=0,
            conversation_id=name,
            channel=reading.channel,
            locale="en",
            workstream=", ".join(dialogue.services) or None,
        ),
    )
    for number, turn in enumerate(dialogue.turns, start=1):
        author: Author = "customer" if turn.speaker == "USER" else conversation.system_author
        said = TurnSaid(
            tenant=reading.tenant,
            occurred_at_ms=0,
            conversation_id=name,
            turn_id=f"t{number}",
            author=author,
            text=turn.utterance,
            locale="en",
        )
        yield from conversation.said(f"{where}, turn {number}", said)
    if reading.is_ended is not False:
        yield conversation.ended(where)


def _read_lines(path: Path, reading: Reading) -> Iterator[Entry | Bad]:
    decoder = msgspec.json.Decoder(Line)
    conversations: dict[str, Conversation] = {}
    lines = 0
    for number, raw in lines_of(path):
        where = f"{path}:{number}"
        if raw is None:
            lines += 1
            yield Bad(where=where, because=f"the line is longer than {LINE_BYTES_MAX:,} bytes")
            continue
        if not raw.strip():
            continue
        lines += 1
        try:
            line = decoder.decode(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw)
            at_ms = _at_ms(line.at)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
            yield Bad(where=where, because=because_of(error))
            continue
        if not line.conversation_id.strip() or not line.text.strip():
            yield Bad(where=where, because="conversation_id and text may not be empty")
            continue
        yield from _line(line, at_ms, where, conversations, reading)
    if not lines:
        raise UnreadableFileError(path=str(path), because="the file holds no line")
    if reading.is_ended:
        for conversation in conversations.values():
            yield conversation.ended(str(path))


def _line(
    line: Line,
    at_ms: int,
    where: str,
    conversations: dict[str, Conversation],
    reading: Reading,
) -> Iterator[Entry]:
    conversation = conversations.get(line.conversation_id)
    if conversation is None:
        conversation = conversations[line.conversation_id] = Conversation(
            line.conversation_id, reading, source=LINES_SOURCE
        )
        yield conversation.opened(
            where,
            ConversationOpened(
                tenant=reading.tenant,
                occurred_at_ms=at_ms,
                conversation_id=line.conversation_id,
                channel=line.channel or reading.channel,
                customer_id=line.customer_id,
                customer_name=line.customer_name,
                locale=line.locale,
            ),
        )
    said = TurnSaid(
        tenant=reading.tenant,
        occurred_at_ms=at_ms,
        conversation_id=line.conversation_id,
        turn_id=line.turn_id
        or conversation.turn_id_of(line.author, line.author_id, line.at, line.text),
        author=line.author,
        author_id=line.author_id,
        author_name=line.author_name,
        text=line.text,
        text_format=line.text_format,
        visibility=line.visibility,
        channel=line.channel,
        locale=line.locale,
        reply_to=line.reply_to,
    )
    yield from conversation.said(where, said)


def _at_ms(at: str | int | None) -> int:
    if at is None:
        return 0
    if isinstance(at, int):
        if at < 0:
            raise ValueError(f"at: {at} is before 1970")
        return at
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(f"at: {at!r} has no offset; write e.g. 2026-11-21T10:02:00Z")
    return int(moment.astimezone(UTC).timestamp() * 1_000)


_READERS: Final[dict[Format, Callable[[Path, Reading], Iterator[Entry | Bad]]]] = {
    "sgd": _read_dialogues,
    "jsonl": _read_lines,
    "multidogo": multidogo.read_rows,
    "abcd": abcd.read_dialogues,
}

"""Data sets to inputs of the conversation log: Schema-Guided Dialogue files and plain JSON lines.

Reading is pure but for the file itself: no clock, no chance. The same file always gives the same
records with the same ids, so importing it twice adds nothing. Nothing is passed over: what cannot
be read comes out as a `Bad` that says where and why. One line is in memory at a time (a dialogue
file: the whole file).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from schemas.records.conversation import (
    Author,
    ConversationEnded,
    ConversationOpened,
    RepresentativeAccepted,
    TextFormat,
    TurnSaid,
    Visibility,
)
from streams.adapters.errors import UnreadableFileError

Format = Literal["sgd", "jsonl"]
Record = ConversationOpened | TurnSaid | RepresentativeAccepted | ConversationEnded

LINE_BYTES_MAX = 1_048_576
FILE_BYTES_MAX = 512 * 1_048_576
"""Largest dialogue file: it is read whole. Lines have no such limit."""
SOURCES: dict[Format, str] = {"sgd": "/import/sgd", "jsonl": "/import/jsonl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a data set.

    Attributes:
        tenant: Whose data it becomes.
        system_is: Who SYSTEM is in a dialogue: the representative (the bot until acceptance), or
            the bot throughout.
        is_accepted: Insert a representative's acceptance after the first customer turn, so that
            recommendations run. A dialogue with a bot is never accepted.
        is_ended: Insert the end after the last turn; None: for dialogues yes, for lines no.
        representative_id: Who accepts.
        channel: Where the conversations take place, when the data does not say.
    """

    tenant: str
    system_is: Literal["representative", "bot"] = "representative"
    is_accepted: bool = True
    is_ended: bool | None = None
    representative_id: str = "ann"
    channel: str = "live_chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record to write; `occurred_at_ms` 0 means that the data set does not say when.

    `id` and `source` are its CloudEvents id and source; `first` is True for the record that opens
    its conversation.
    """

    record: Record
    id: str
    source: str
    where: str
    first: bool = False

    @property
    def is_turn(self) -> bool:
        """True for an utterance, False for what was put in around it."""
        return isinstance(self.record, TurnSaid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """Something in the file that is no turn or dialogue."""

    where: str
    because: str


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
    """Return the format of a file: an array is dialogues, objects on lines are plain turns.

    Raises:
        UnreadableFileError: It is missing, a folder, empty, or starts like neither.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4_096).lstrip(b"\xef\xbb\xbf \t\r\n")
    except FileNotFoundError as error:
        raise UnreadableFileError(path=str(path), because="there is no such file") from error
    except IsADirectoryError as error:
        because = "this is a folder; name the files in it, e.g. with *.json"
        raise UnreadableFileError(path=str(path), because=because) from error
    except OSError as error:
        raise UnreadableFileError(path=str(path), because=str(error.strerror)) from error
    match head[:1]:
        case b"":
            raise UnreadableFileError(path=str(path), because="the file is empty")
        case b"[":
            return "sgd"
        case b"{":
            return "jsonl"
        case _:
            because = (
                "neither a JSON array of dialogues (Schema-Guided Dialogue) nor one JSON object "
                "a line; say --format sgd or jsonl if it is"
            )
            raise UnreadableFileError(path=str(path), because=because)


def read(path: Path, data_format: Format, reading: Reading) -> Iterator[Entry | Bad]:
    """Yield what the file holds, in its order, and what is wrong with it.

    Raises:
        UnreadableFileError: The file as a whole cannot be read.
    """
    return _read_dialogues(path, reading) if data_format == "sgd" else _read_lines(path, reading)


def _read_dialogues(path: Path, reading: Reading) -> Iterator[Entry | Bad]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            because = f"larger than {FILE_BYTES_MAX:,} bytes; split it into several files"
            raise UnreadableFileError(path=str(path), because=because)
        raws = msgspec.json.decode(path.read_bytes(), type=list[msgspec.Raw])
    except OSError as error:
        raise UnreadableFileError(path=str(path), because=str(error.strerror)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFileError(path=str(path), because=f"no JSON array: {error}") from error
    if not raws:
        raise UnreadableFileError(path=str(path), because="the file holds no dialogue")
    decoder = msgspec.json.Decoder(SgdDialogue)
    for number, raw in enumerate(raws, start=1):
        where = f"{path}: dialogue {number}"
        try:
            dialogue = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Bad(where=where, because=_because(error))
            continue
        if not dialogue.dialogue_id.strip() or not dialogue.turns:
            yield Bad(where=where, because="it has no dialogue_id or no turns")
            continue
        yield from _dialogue(dialogue, where, reading)


def _dialogue(dialogue: SgdDialogue, where: str, reading: Reading) -> Iterator[Entry]:
    name = f"sgd-{dialogue.dialogue_id}"
    conversation = _Conversation(
        name, reading, source=SOURCES["sgd"], has_bot=reading.system_is == "bot"
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
    conversations: dict[str, _Conversation] = {}
    lines = 0
    for number, raw in _lines(path):
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
            yield Bad(where=where, because=_because(error))
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


def _lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield line numbers with lines; None for a line that is too long to be one."""
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(LINE_BYTES_MAX + 1):
                number += 1
                if len(raw) <= LINE_BYTES_MAX or raw.endswith(b"\n"):
                    yield number, raw
                    continue
                while raw and not raw.endswith(b"\n"):
                    raw = file.readline(LINE_BYTES_MAX)
                yield number, None
    except OSError as error:
        raise UnreadableFileError(path=str(path), because=str(error.strerror)) from error


def _line(
    line: Line,
    at_ms: int,
    where: str,
    conversations: dict[str, _Conversation],
    reading: Reading,
) -> Iterator[Entry]:
    conversation = conversations.get(line.conversation_id)
    if conversation is None:
        conversation = conversations[line.conversation_id] = _Conversation(
            line.conversation_id, reading, source=SOURCES["jsonl"], has_bot=False
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
        turn_id=line.turn_id or conversation.turn_id_of(line),
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


class _Conversation:
    """What has to be remembered of a conversation while its turns pass by."""

    def __init__(self, name: str, reading: Reading, *, source: str, has_bot: bool) -> None:
        self._name, self._reading, self._source, self._has_bot = name, reading, source, has_bot
        self._is_accepted = False
        self._alike: dict[bytes, int] = {}

    @property
    def system_author(self) -> Author:
        return "representative" if self._is_accepted else "bot"

    def turn_id_of(self, line: Line) -> str:
        """Return an id from the line's content, and its number among equal lines before it."""
        content = msgspec.json.encode((line.author, line.author_id, line.at, line.text))
        digest = hashlib.sha256(content).digest()[:8]
        count = self._alike[digest] = self._alike.get(digest, 0) + 1
        return digest.hex() if count == 1 else f"{digest.hex()}-{count}"

    def opened(self, where: str, record: ConversationOpened) -> Entry:
        return self._entry(record, "opened", where, first=True)

    def said(self, where: str, record: TurnSaid) -> Iterator[Entry]:
        yield self._entry(record, f"turn/{record.turn_id}", where)
        wants = self._reading.is_accepted and not self._has_bot and not self._is_accepted
        if wants and record.author == "customer":
            self._is_accepted = True
            accepted = RepresentativeAccepted(
                tenant=record.tenant,
                occurred_at_ms=record.occurred_at_ms,
                ownership_epoch=1,
                conversation_id=self._name,
                representative_id=self._reading.representative_id,
            )
            yield self._entry(accepted, "accepted", where)

    def ended(self, where: str) -> Entry:
        record = ConversationEnded(
            tenant=self._reading.tenant,
            occurred_at_ms=0,
            conversation_id=self._name,
            reason="end of the data",
        )
        return self._entry(record, "ended", where)

    def _entry(self, record: Record, what: str, where: str, *, first: bool = False) -> Entry:
        event_id = f"{self._name}/{what}"
        return Entry(record=record, id=event_id, source=self._source, where=where, first=first)


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


def _because(error: Any) -> str:
    text = str(error) or type(error).__name__
    return text.replace("JSON is malformed: ", "no JSON: ")

"""What every data set becomes: entries of the conversation log, or what is wrong with them.

Reading is pure but for the file itself: no clock, no chance. The same file always gives the same
records with the same ids, so importing it twice adds nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from schemas.records.conversation import (
    Author,
    ConversationEnded,
    ConversationOpened,
    RepresentativeAccepted,
    TurnSaid,
)
from streams.adapters.errors import UnreadableFileError

Format = Literal["sgd", "jsonl", "multidogo", "abcd"]
Record = ConversationOpened | TurnSaid | RepresentativeAccepted | ConversationEnded

LINE_BYTES_MAX = 1_048_576
FILE_BYTES_MAX = 512 * 1_048_576
"""Largest file of dialogues in JSON: it is read whole. Lines have no such limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a data set.

    Attributes:
        tenant: Whose data it becomes.
        system_is: Who SYSTEM is in a dialogue: the representative (the bot until acceptance), or
            the bot throughout.
        is_accepted: Insert a representative's acceptance after the first customer turn (ABCD:
            before the representative's first turn, if that comes earlier), so that
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
    """Something in the file that is no turn or dialogue.

    `is_known_damage` is True for what the published data set itself has broken: it is passed over,
    counted and named without being asked for.
    """

    where: str
    because: str
    is_known_damage: bool = False


class Conversation:
    """What has to be remembered of a conversation while its turns pass by."""

    def __init__(
        self,
        name: str,
        reading: Reading,
        *,
        source: str,
        has_bot: bool = False,
        is_staffed: bool = False,
    ) -> None:
        """Begin.

        Args:
            name: Its id.
            reading: How the data set is read.
            source: CloudEvents source of its records.
            has_bot: A bot serves it throughout: nobody accepts.
            is_staffed: A representative who speaks first has accepted before.
        """
        self._name, self._reading, self._source = name, reading, source
        self._is_staffed = is_staffed
        self._is_accepted = False
        self._wants = reading.is_accepted and not has_bot
        self._alike: dict[bytes, int] = {}

    @property
    def system_author(self) -> Author:
        """Who SYSTEM is just now."""
        return "representative" if self._is_accepted else "bot"

    def turn_id_of(self, *content_of: Any) -> str:
        """Return an id from a turn's content, and its number among equal turns before it."""
        content = msgspec.json.encode(content_of)
        digest = hashlib.sha256(content).digest()[:8]
        count = self._alike[digest] = self._alike.get(digest, 0) + 1
        return digest.hex() if count == 1 else f"{digest.hex()}-{count}"

    def opened(self, where: str, record: ConversationOpened) -> Entry:
        """Return the entry that opens it."""
        return self._entry(record, "opened", where, first=True)

    def said(self, where: str, record: TurnSaid) -> Iterator[Entry]:
        """Yield a turn, and the acceptance where it belongs."""
        accepted = self._accepted(where, record)
        is_before = record.author == "representative"
        if accepted is not None and is_before:
            yield accepted
        yield self._entry(record, f"turn/{record.turn_id}", where)
        if accepted is not None and not is_before:
            yield accepted

    def ended(self, where: str) -> Entry:
        """Return the entry that ends it."""
        record = ConversationEnded(
            tenant=self._reading.tenant,
            occurred_at_ms=0,
            conversation_id=self._name,
            reason="end of the data",
        )
        return self._entry(record, "ended", where)

    def _accepted(self, where: str, record: TurnSaid) -> Entry | None:
        is_staffed = self._is_staffed and record.author == "representative"
        if not self._wants or self._is_accepted or not (record.author == "customer" or is_staffed):
            return None
        self._is_accepted = True
        accepted = RepresentativeAccepted(
            tenant=record.tenant,
            occurred_at_ms=record.occurred_at_ms,
            ownership_epoch=1,
            conversation_id=self._name,
            representative_id=self._reading.representative_id,
        )
        return self._entry(accepted, "accepted", where)

    def _entry(self, record: Record, what: str, where: str, *, first: bool = False) -> Entry:
        event_id = f"{self._name}/{what}"
        return Entry(record=record, id=event_id, source=self._source, where=where, first=first)


def lines_of(path: Path) -> Iterator[tuple[int, bytes | None]]:
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


def whole_of(path: Path) -> list[msgspec.Raw]:
    """Return the dialogues in a file that is one JSON array of them.

    Raises:
        UnreadableFileError: It cannot be read, is too large, holds none or something else.
    """
    raws: list[msgspec.Raw] = decoded_of(path, list[msgspec.Raw], "no JSON array")
    if not raws:
        raise UnreadableFileError(path=str(path), because="the file holds no dialogue")
    return raws


def decoded_of(path: Path, shape: Any, otherwise: str) -> Any:
    """Return a whole JSON file in a shape.

    Raises:
        UnreadableFileError: It cannot be read, is too large, or is of another shape.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            because = f"larger than {FILE_BYTES_MAX:,} bytes; split it into several files"
            raise UnreadableFileError(path=str(path), because=because)
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except OSError as error:
        raise UnreadableFileError(path=str(path), because=str(error.strerror)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableFileError(path=str(path), because=f"{otherwise}: {error}") from error


def because_of(error: Any) -> str:
    """Return what is wrong with a line or dialogue, for people."""
    text = str(error) or type(error).__name__
    return text.replace("JSON is malformed: ", "no JSON: ")

"""ABCD, the Action-Based Conversations Dataset: JSON dialogues of customers and representatives.

The published file holds the splits train, dev and test; the sample is one array. The speaker that
the data set calls agent is the representative. What it calls action is what the representative did
in other systems: a private note. Scenarios and delexicalised turns are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final, Literal

import msgspec

from schemas.records.conversation import Author, ConversationOpened, TurnSaid
from streams.adapters.entries import (
    Bad,
    Conversation,
    Entry,
    Reading,
    because_of,
    decoded_of,
)
from streams.adapters.errors import UnreadableFileError

SOURCE: Final = "/import/abcd"

Speaker = Literal["agent", "customer", "action"]
_AUTHORS: Final[dict[Speaker, Author]] = {
    "agent": "representative",
    "customer": "customer",
    "action": "system",
}


class Dialogue(msgspec.Struct, frozen=True):
    """One dialogue; other fields are not needed."""

    convo_id: int | str
    original: list[tuple[Speaker, str]]


def looks_like_it(head: bytes) -> bool:
    """Return whether the beginning of a JSON array is one of these dialogues."""
    return b'"convo_id"' in head and b'"dialogue_id"' not in head


def read_dialogues(path: Path, reading: Reading) -> Iterator[Entry | Bad]:
    """Yield what the file holds, in its order, and what is wrong with it.

    Raises:
        UnreadableFileError: The file as a whole cannot be read.
    """
    shape = list[msgspec.Raw] | dict[str, list[msgspec.Raw]]
    found = decoded_of(path, shape, "no JSON array of dialogues, nor splits of them")
    splits = found.values() if isinstance(found, dict) else [found]
    decoder = msgspec.json.Decoder(Dialogue)
    number = 0
    for raw in chain.from_iterable(splits):
        number += 1
        where = f"{path}: dialogue {number}"
        try:
            dialogue = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Bad(where=where, because=because_of(error))
            continue
        if not str(dialogue.convo_id).strip() or not dialogue.original:
            yield Bad(where=where, because="it has no convo_id or no turns")
            continue
        yield from _dialogue(dialogue, where, reading)
    if not number:
        raise UnreadableFileError(path=str(path), because="the file holds no dialogue")


def _dialogue(dialogue: Dialogue, where: str, reading: Reading) -> Iterator[Entry | Bad]:
    name = f"abcd-{dialogue.convo_id}"
    conversation = Conversation(name, reading, source=SOURCE, is_staffed=True)
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
    for number, (speaker, text) in enumerate(dialogue.original, start=1):
        place = f"{where}, turn {number}"
        if not text.strip():
            yield Bad(where=place, because="it has no text", is_known_damage=True)
            continue
        said = TurnSaid(
            tenant=reading.tenant,
            occurred_at_ms=0,
            conversation_id=name,
            turn_id=f"t{number}",
            author=_AUTHORS[speaker],
            text=text,
            visibility="private" if speaker == "action" else "public",
            locale="en",
        )
        yield from conversation.said(place, said)
    if reading.is_ended is not False:
        yield conversation.ended(where)

"""Bring data sets into the conversation log: check all of it first, then write.

The check reads every file to its end, so that a fault in the last line is known before the first
is written. Ids follow from the content: a second import, or one after a crash, adds nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from schemas.errors import InvalidRecordError
from streams.adapters.entries import Bad, Entry, Format, Reading
from streams.adapters.errors import BadLinesError, UnreadableFileError
from streams.adapters.files import detect, read
from streams.client import Producer
from streams.client.bounds import require_bounds

__all__ = ["BadLinesError", "Plan", "UnreadableFileError", "check", "write"]

TurnCounted = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the check found, and all that is needed to write it.

    Attributes:
        files: Each file with its format.
        reading: How they are read.
        conversation_ids: The conversations to write; None: all of them.
        conversations: How many conversations.
        turns: How many turns.
        bad: What will be passed over: where and why.
    """

    files: tuple[tuple[Path, Format], ...]
    reading: Reading
    conversation_ids: frozenset[str] | None
    conversations: int
    turns: int
    bad: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Count:
    """What the check has seen so far."""

    ids: set[str] = field(default_factory=set)
    turns: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)
    damaged: list[tuple[str, str]] = field(default_factory=list)


def check(
    files: Sequence[Path],
    reading: Reading,
    *,
    data_format: Literal["auto"] | Format = "auto",
    conversations_max: int | None = None,
    skips_bad: bool = False,
) -> Plan:
    """Read everything and return what would be written.

    Args:
        files: What to import, in this order.
        reading: How to read it.
        data_format: `auto` looks at each file.
        conversations_max: Only the first so many conversations.
        skips_bad: Pass over what cannot be read instead of raising; what a published data set
            itself has broken is always passed over.

    Raises:
        UnreadableFileError: A file as a whole cannot be used.
        BadLinesError: Something in them is no turn or dialogue.
    """
    kinds: list[tuple[Path, Format]] = [
        (path, detect(path) if data_format == "auto" else data_format) for path in files
    ]
    count = _Count()
    for item in _entries(kinds, reading):
        if isinstance(item, Bad):
            found = count.damaged if item.is_known_damage else count.bad
            found.append((item.where, item.because))
        else:
            _count(item, count, conversations_max)
    if count.bad and not skips_bad:
        raise BadLinesError(bad=count.bad)
    return Plan(
        files=tuple(kinds),
        reading=reading,
        conversation_ids=None if conversations_max is None else frozenset(count.ids),
        conversations=len(count.ids),
        turns=count.turns,
        bad=(*count.bad, *count.damaged),
    )


def write(
    producer: Producer,
    plan: Plan,
    *,
    rate: float | None = None,
    on_turn: TurnCounted | None = None,
) -> int:
    """Write what was planned and return the number of turns, after Kafka has taken all of it.

    Args:
        producer: Where to.
        plan: From `check`.
        rate: At most so many turns a second.
        on_turn: Called with the number of turns handed over so far.

    Raises:
        ClientError: Kafka did not take something; import again, nothing is added twice.
    """
    done = 0
    due_s = 0.0
    for item in _entries(plan.files, plan.reading):
        if isinstance(item, Bad) or not _is_wanted(item, plan.conversation_ids):
            continue
        record = item.record
        if record.occurred_at_ms == 0:
            # The data does not say when: it happens as it is let in.
            record = msgspec.structs.replace(record, occurred_at_ms=time.time_ns() // 1_000_000)
        try:
            producer.send(record, id=item.id, source=item.source)
        except InvalidRecordError:
            continue  # the check has counted it among the bad
        if item.is_turn:
            done += 1
            if on_turn is not None:
                on_turn(done)
            if rate is not None:
                # What was late is not caught up: never more than the rate in any second.
                now_s = time.monotonic()
                due_s = max(due_s, now_s) + 1 / rate
                time.sleep(due_s - now_s)
    producer.flush()
    return done


def _entries(files: Sequence[tuple[Path, Format]], reading: Reading) -> Iterator[Entry | Bad]:
    for path, data_format in files:
        yield from read(path, data_format, reading)


def _is_wanted(entry: Entry, conversation_ids: frozenset[str] | None) -> bool:
    return conversation_ids is None or entry.record.conversation_id in conversation_ids


def _count(entry: Entry, count: _Count, conversations_max: int | None) -> None:
    conversation_id = entry.record.conversation_id
    is_known = conversation_id in count.ids
    if not is_known and conversations_max is not None and len(count.ids) >= conversations_max:
        return
    try:
        require_bounds(entry.record)
    except InvalidRecordError as error:
        count.bad.append((entry.where, str(error)))
        return
    count.ids.add(conversation_id)
    count.turns += entry.is_turn

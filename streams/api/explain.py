"""Why something happened: from an event's id back to its input, and to everything considered.

An id says where to look: `{log}/{partition}/{offset}#{n}` is the n-th outcome of the input at
`{log}/{partition}/{offset}`. Outcomes stand in the same partition of the derived topics, and their
sequence grows there, so they are found by bisection. Nothing here knows HTTP: the command line uses
the same functions.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, Literal, Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from schemas import catalogue, codec
from schemas.errors import SchemaError
from schemas.records.intent import IntentDetected
from streams.api.answers import CandidateLine, ChainLink, Explanation
from streams.api.errors import InvalidInputError, NotFoundError, UnavailableError
from streams.runtime.ledger import SEQUENCE_BITS
from streams.runtime.partitioning import partition_of
from streams.settings import Kafka
from streams.topics import (
    CONVERSATION_LOG,
    HANDOFF_DELIVERIES,
    HANDOFF_LOG,
    HANDOFF_STATUS,
    INTENTS,
    LIBRARY,
    LIBRARY_LOG,
    OUTBOUND,
    QUARANTINE,
    RECOMMENDATIONS,
    REJECTIONS,
    ROUTING_DECISIONS,
    ROUTING_LOG,
)

OUTCOME_TOPICS: Final[Mapping[str, tuple[str, ...]]] = {
    CONVERSATION_LOG: (RECOMMENDATIONS, INTENTS, OUTBOUND, REJECTIONS, QUARANTINE),
    HANDOFF_LOG: (HANDOFF_STATUS, HANDOFF_DELIVERIES, REJECTIONS, QUARANTINE),
    ROUTING_LOG: (ROUTING_DECISIONS, REJECTIONS, QUARANTINE),
    LIBRARY_LOG: (LIBRARY, REJECTIONS, QUARANTINE),
}
"""Log to the topics its processor's outcomes stand on, in the input's own partition."""

POOL_LOGS: Final[Mapping[str, tuple[str, ...]]] = {
    CONVERSATION_LOG: (HANDOFF_LOG, ROUTING_LOG),
    HANDOFF_LOG: (ROUTING_LOG,),
}
"""Log to the logs its processor writes into under the tenant's own key."""

TELLING_LOGS: Final = frozenset({HANDOFF_LOG, ROUTING_LOG})
"""Logs whose processors write into the log of conversations, under the conversation's key."""

LEVELS_MAX: Final = 6
"""How many records that follow from each other are told, back and ahead."""
LINKS_MAX: Final = 200
"""How long a chain may become."""

LOOK_RECORDS: Final = 500
"""Records read on from where bisection ends."""
FOREIGN_MAX: Final = 200
"""Records of other sources looked past at one bisection step."""

_ID = re.compile(
    r"(?P<log>[A-Za-z0-9._-]{1,200})/(?P<partition>\d{1,6})/(?P<offset>\d{1,18})(#(?P<n>\d{1,8}))?"
)
Kind = Literal["input", "event", "rejection", "quarantine"]

_KINDS: Final[Mapping[str, Kind]] = {
    REJECTIONS: "rejection",
    QUARANTINE: "quarantine",
}


class LogRecord(msgspec.Struct, frozen=True):
    """One record as it stands in a topic."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        """Return a header's text; empty when it is not there."""
        return next(
            (data.decode(errors="replace") for key, data in self.headers if key == name), ""
        )


class LogReader(Protocol):
    """Random access to topics."""

    async def span(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the first offset and the one after the last; `(0, 0)` when there is no topic."""

    async def read(
        self, topic: str, partition: int, offset: int, records_max: int
    ) -> list[LogRecord]:
        """Return records from `offset` on: at least one unless the partition ends there."""


Sees = Callable[[LogRecord], Awaitable[bool]]
"""Whether somebody may be told of a record."""


class Place(msgspec.Struct, frozen=True):
    """What an id points at; `n` None: the input itself."""

    log: str
    partition: int
    offset: int
    n: int | None


class KafkaLogReader:
    """`LogReader` over one consumer without a group; made by `reading`."""

    def __init__(self, consumer: AIOKafkaConsumer, *, timeout_s: float = 5.0) -> None:
        self._consumer, self._timeout_s = consumer, timeout_s

    async def span(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the first offset and the one after the last."""
        where = TopicPartition(topic, partition)
        begins = await self._consumer.beginning_offsets([where])
        ends = await self._consumer.end_offsets([where])
        return begins[where], ends[where]

    async def read(
        self, topic: str, partition: int, offset: int, records_max: int
    ) -> list[LogRecord]:
        """Return records from `offset` on."""
        where = TopicPartition(topic, partition)
        self._consumer.assign([where])
        self._consumer.seek(where, offset)
        deadline_s = asyncio.get_running_loop().time() + self._timeout_s
        while asyncio.get_running_loop().time() < deadline_s:
            batches = await self._consumer.getmany(where, timeout_ms=250, max_records=records_max)
            if found := batches.get(where):
                return [
                    LogRecord(
                        topic,
                        partition,
                        record.offset,
                        record.timestamp,
                        record.key,
                        record.value,
                        tuple(record.headers),
                    )
                    for record in found
                ]
            # An empty answer at the end of the partition is the end.
            if (await self.span(topic, partition))[1] <= offset:
                return []
        return []


@contextlib.asynccontextmanager
async def reading(kafka: Kafka) -> AsyncIterator[KafkaLogReader]:
    """Open a reader for a few look-ups.

    Raises:
        UnavailableError: Kafka cannot be read.
    """
    consumer = AIOKafkaConsumer(
        **kafka.for_aiokafka(),
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=100,
        # Bisection touches many places: take little at each.
        max_partition_fetch_bytes=65_536,
        client_id="cuestream-explain",
    )
    try:
        await consumer.start()
        yield KafkaLogReader(consumer)
    except OffsetOutOfRangeError as fault:
        raise NotFoundError("The log no longer holds this record.") from fault
    except (KafkaError, OSError) as fault:
        raise UnavailableError(
            f"The log cannot be read just now ({type(fault).__name__}).", retry_after_s=2
        ) from fault
    finally:
        await consumer.stop()


def place_of(event_id: str) -> Place:
    """Return what an id points at.

    Raises:
        InvalidInputError: It is no id of an input or of a derived event.
    """
    found = _ID.fullmatch(event_id)
    if found is None:
        raise InvalidInputError(
            "id: an event's id has the form {log}/{partition}/{offset}#{n}, an input's the same"
            " without #{n}."
        )
    n = found["n"]
    return Place(
        found["log"], int(found["partition"]), int(found["offset"]), None if n is None else int(n)
    )


async def cause_of(reader: LogReader, place: Place, *, partitions: int) -> LogRecord:
    """Return the input an id points at or derives from.

    Args:
        reader: The way to the log.
        place: What the id points at.
        partitions: How many partitions the log has.

    Raises:
        NotFoundError: It is not on the log, or the log is none we explain.
    """
    missing = NotFoundError("There is no such record on the log, or it may not be seen.")
    if place.log not in OUTCOME_TOPICS or place.partition >= partitions:
        raise missing
    begin, end = await reader.span(place.log, place.partition)
    if not begin <= place.offset < end:
        raise missing
    found = await reader.read(place.log, place.partition, place.offset, 1)
    if not found or found[0].offset != place.offset:
        raise missing
    return found[0]


async def everybody(_record: LogRecord) -> bool:
    """Let every record be told: the asker may read the logs themselves."""
    return True


async def explain(
    reader: LogReader,
    event_id: str,
    cause: LogRecord,
    *,
    partitions: int | None = None,
    sees: Sees = everybody,
) -> Explanation:
    """Return the chain behind an id and what was considered.

    The chain begins with what led to the input, as far back as records derive from each other, and
    goes on with what followed from it, also in other processors' logs.

    Args:
        reader: The way to the logs and derived topics.
        event_id: What was asked for; with `#{n}` only that outcome, and what followed, is told.
        cause: Its input, from `cause_of`.
        partitions: How many partitions the logs have; without, other logs are left out.
        sees: Whether the asker may be told of a record; the input itself was asked for before.

    Raises:
        NotFoundError: The input has no such outcome.
    """
    place = place_of(event_id)
    story = _Story(reader, partitions, sees)
    await story.look_back(cause)
    story.tell(cause, "input")
    told = await story.look_ahead(place, cause, LEVELS_MAX)
    if place.n is not None and not told:
        raise NotFoundError(
            f"The input of {event_id} has no outcome number {place.n} that is still kept."
        )
    return Explanation(event_id, story.chain, story.candidates)


class _Story:
    """The chain while it is put together.

    Attributes:
        chain: Its links so far.
        candidates: What was considered on the way.
    """

    def __init__(self, reader: LogReader, partitions: int | None, sees: Sees) -> None:
        self._reader, self._partitions, self._sees = reader, partitions, sees
        self.chain: list[ChainLink] = []
        self.candidates: list[CandidateLine] = []

    def tell(self, record: LogRecord, kind: Kind) -> None:
        """Add a record to the chain."""
        self.chain.append(_link(record, kind))
        self.candidates += _candidates(record)

    async def look_back(self, cause: LogRecord) -> None:
        """Add what an input derives from, the first input first."""
        found: list[LogRecord] = []
        at = cause
        while self._partitions is not None and len(found) < LEVELS_MAX:
            place = _origin_of(at)
            if place is None:
                break
            try:
                at = await cause_of(self._reader, place, partitions=self._partitions)
            except NotFoundError:
                break
            if not await self._sees(at):
                break
            found.append(at)
        for record in reversed(found):
            self.tell(record, "input")

    async def look_ahead(self, place: Place, cause: LogRecord, levels: int) -> bool:
        """Add what followed from an input; return whether there was anything."""
        outcomes = await self._outcomes(place, cause)
        for outcome in outcomes:
            kind = _KINDS.get(outcome.topic, "event")
            # A refusal is told to whoever may see what was refused.
            if kind == "event" and not await self._sees(outcome):
                continue
            if len(self.chain) >= LINKS_MAX:
                break
            self.tell(outcome, kind)
            # What went back to the conversation is where the story ends.
            goes_on = outcome.topic in OUTCOME_TOPICS and outcome.topic != CONVERSATION_LOG
            if goes_on and levels > 1:
                follows = Place(outcome.topic, outcome.partition, outcome.offset, None)
                await self.look_ahead(follows, outcome, levels - 1)
        return bool(outcomes)

    async def _outcomes(self, place: Place, cause: LogRecord) -> list[LogRecord]:
        found: list[LogRecord] = []
        for topic in OUTCOME_TOPICS[place.log]:
            found += await outcomes_of(self._reader, topic, place)
        tenant = tenant_of(cause)
        partitions = self._partitions
        if tenant and partitions is not None:
            home = partition_of(tenant.encode(), partitions)
            for topic in POOL_LOGS.get(place.log, ()):
                found += await outcomes_of(self._reader, topic, place, partition=home)
            if place.log in TELLING_LOGS:
                homes = {
                    partition_of(f"{tenant}:{name}".encode(), partitions)
                    for record in (cause, *found)
                    for name in _conversations_of(record)
                }
                for number in sorted(homes):
                    found += await outcomes_of(
                        self._reader, CONVERSATION_LOG, place, partition=number
                    )
        found.sort(key=_sequence)
        return found


def _origin_of(record: LogRecord) -> Place | None:
    """Return the input a record on a log derives from; None: it came from outside."""
    found = _ID.fullmatch(record.header("ce_id"))
    if found is None or found["n"] is None:
        return None
    if record.header("ce_source") != f"/{found['log']}/{found['partition']}":
        return None
    return Place(found["log"], int(found["partition"]), int(found["offset"]), None)


def _conversations_of(record: LogRecord) -> set[str]:
    """Return the conversations a record of a pool names."""
    try:
        decoded = codec.decode(record.value or b"")
    except SchemaError:
        return set()
    named = {getattr(decoded, "conversation_id", None), getattr(decoded, "item_id", None)}
    return {name for name in named if name}


async def outcomes_of(
    reader: LogReader, topic: str, place: Place, *, partition: int | None = None
) -> list[LogRecord]:
    """Return the outcomes of an input on one derived topic, each once, in order.

    Bounded: some twenty places are looked at, then at most `LOOK_RECORDS` records.
    """
    source = f"/{place.log}/{place.partition}"
    home = place.partition if partition is None else partition
    begin, end = await reader.span(topic, home)
    first = place.offset << SEQUENCE_BITS
    last = (place.offset + 1) << SEQUENCE_BITS
    low, high = begin, end
    while low < high:
        middle = (low + high) // 2
        at = await _next_of_source(reader, topic, home, middle, high, source)
        if at is None or _sequence(at) >= first:
            high = middle
        else:
            low = at.offset + 1
    found: dict[int, LogRecord] = {}
    looked = 0
    while low < end and looked < LOOK_RECORDS:
        records = await reader.read(topic, home, low, 100)
        if not records:
            break
        for record in records:
            looked += 1
            low = record.offset + 1
            if record.header("ce_source") != source:
                continue
            sequence = _sequence(record)
            if sequence >= last:
                return list(found.values())
            wanted = place.n is None or sequence == first + place.n
            if sequence >= first and wanted:
                found.setdefault(sequence, record)
    return list(found.values())


async def _next_of_source(
    reader: LogReader, topic: str, partition: int, start: int, end: int, source: str
) -> LogRecord | None:
    """Return the first record of a source in `[start, end)`."""
    looked = 0
    while start < end and looked < FOREIGN_MAX:
        records = await reader.read(topic, partition, start, 20)
        if not records:
            return None
        for record in records:
            if record.offset >= end:
                return None
            if record.header("ce_source") == source:
                return record
            start = record.offset + 1
            looked += 1
    return None


def tenant_of(cause: LogRecord) -> str | None:
    """Return whose input it is; None when it does not say."""
    try:
        tenant: str = codec.decode(cause.value or b"").tenant
    except SchemaError:
        return None
    return tenant


def _sequence(record: LogRecord) -> int:
    text = record.header("ce_sequence")
    return int(text) if text.isdecimal() else -1


def _link(record: LogRecord, kind: Kind) -> ChainLink:
    at = f"{record.topic}/{record.partition}/{record.offset}"
    try:
        decoded = codec.decode(record.value or b"")
    except SchemaError as fault:
        return ChainLink(
            kind,
            record.header("ce_id") or at,
            record.topic,
            record.partition,
            record.offset,
            record.header("ce_type"),
            record.timestamp_ms,
            f"cannot be decoded: {fault}",
            None,
        )
    return ChainLink(
        kind,
        record.header("ce_id") or at,
        record.topic,
        record.partition,
        record.offset,
        catalogue.of(decoded).name,
        decoded.occurred_at_ms,
        summary_of(decoded),
        # A traceback is for `cuestream quarantine show`, not for readers.
        catalogue.to_json(decoded) | ({"traceback": None} if kind == "quarantine" else {}),
    )


def summary_of(record: Any) -> str:
    """Return what a record says, as a sentence."""
    name = type(record).__name__
    say = _SUMMARIES.get(name)
    if say is not None:
        return say(record)
    because = getattr(record, "because", "")
    return f"{name}: {because}" if because else name


def _recommended(record: Any) -> str:
    return f"recommended {record.title!r} at {record.score:.2f}: {record.reason}"


def _found_again(record: Any) -> str:
    return f"found {record.title!r} again at {record.score:.2f}: {record.reason}"


def _said(record: Any) -> str:
    note = " (internal note)" if record.visibility == "private" else ""
    return f"{record.author_name or record.author} said{note}: {_short(record.text)}"


def _moved(record: Any) -> str:
    return f"the conversation went to the {' '.join(filter(None, (record.owner, record.owner_id)))}"


def _because(record: Any) -> str:
    return f"{record.code}: {record.because}"


def _mapped(record: Any) -> str:
    if record.outcome == "none":
        return "it is not known what the customer wants"
    if record.outcome == "group":
        return f"the customer wants something of {record.group_name or record.group_id}"
    return f"the customer wants {record.intent_name}"


def _initiated(record: Any) -> str:
    asked = f"{record.bot_id or 'the bot'} asked for a representative"
    return f"{asked}: {_short(record.message)}" if record.message else asked


def _progressed(record: Any) -> str:
    who = record.representative_name or record.representative_id
    return f"the hand-off is {record.state}" + (f", {who} has it" if who else "")


def _decided(record: Any) -> str:
    chosen = f"chose {record.chosen_id}" if record.chosen_id else "chose nobody"
    return f"{chosen} of {len(record.candidate_ids)} for {record.item_id}: {record.because}"


def _item_moved(record: Any) -> str:
    return f"{record.item_id}: {record.from_state} to {record.to_state}: {record.because}"


_SUMMARIES: Final[Mapping[str, Callable[[Any], str]]] = {
    "HandoffInitiated": _initiated,
    "HandoffRequested": lambda record: (
        f"hand-off {record.request_id} was asked for"
        + (f": {record.reason}" if record.reason else "")
    ),
    "HandoffStatusChanged": _progressed,
    "WorkItemArrived": lambda record: f"{record.item_id} arrived at routing as {record.kind} work",
    "ItemRouted": lambda record: (
        f"{record.item_id} goes to the queue {record.queue_id}: {record.because}"
    ),
    "AssignmentDecided": _decided,
    "OfferMade": lambda record: f"{record.representative_id} was offered {record.item_id}",
    "OfferClosed": lambda record: (
        f"the offer of {record.item_id} to {record.representative_id} was closed: {record.outcome}"
    ),
    "ItemMoved": _item_moved,
    "ItemClosed": lambda record: f"{record.item_id} closed as {record.outcome}: {record.because}",
    "PresenceChanged": lambda record: (
        f"{record.representative_id} is {record.presence}: {record.because}"
    ),
    "OwnershipChanged": _moved,
    "TurnSaid": _said,
    "ConversationOpened": lambda record: (
        f"{record.customer_name or 'a customer'} opened a conversation by {record.channel}"
    ),
    "RepresentativeAccepted": lambda record: (
        f"{record.representative_name or record.representative_id} accepted"
    ),
    "OwnershipMoved": _moved,
    "ConversationEnded": lambda record: (
        f"the conversation ended: {record.reason or 'no reason given'}"
    ),
    "DismissRecommendation": lambda record: (
        f"{record.representative_id} dismissed {record.recommendation_id}"
    ),
    "RecommendationIssued": _recommended,
    "RecommendationRefreshed": _found_again,
    "RecommendationDismissed": lambda record: f"{record.item_id} left the list for good",
    "NothingFound": lambda record: f"nothing found for {record.kind}: {record.reason}",
    "IntentDetected": lambda record: (
        f"{_mapped(record)}: {record.because}" if record.because else _mapped(record)
    ),
    "AttributeAnswered": lambda record: (
        f"{record.name} of {record.intent_id} is {_short(record.value)}"
        f"{', as asked' if record.was_asked else ''}"
    ),
    "InterviewConcluded": lambda record: (
        f"the bot's interview ended as {record.result}: {record.because}"
    ),
    "IntentDismissed": lambda record: (
        f"{record.representative_id} found {record.intent_id or record.group_id} wrong for good"
    ),
    "IntentChosen": lambda record: f"{record.representative_id} chose {record.intent_name}",
    "SolutionsSuggested": lambda record: (
        f"looked for {_short(record.query)}: "
        f"{sum(one.verdict in {'shown', 'chosen'} for one in record.candidates)} found"
    ),
    "DismissIntent": lambda record: f"{record.representative_id} finds the intent wrong",
    "ChooseIntent": lambda record: f"{record.representative_id} says it is {record.intent_id}",
    "RequestSolution": lambda record: f"{record.representative_id} asks for a solution",
    "InputRejected": _because,
    "RecordQuarantined": _because,
}


def _candidates(record: LogRecord) -> list[CandidateLine]:
    try:
        decoded = codec.decode(record.value or b"")
    except SchemaError:
        return []
    if isinstance(decoded, IntentDetected):
        return [
            CandidateLine(
                one.intent_id,
                one.name,
                one.score,
                [],
                "taken" if one.intent_id == decoded.intent_id else "considered",
            )
            for one in decoded.top
        ]
    return [
        CandidateLine(
            candidate.item_id,
            candidate.title,
            candidate.score,
            list(candidate.key_phrases),
            candidate.verdict,
        )
        for candidate in getattr(decoded, "candidates", ())
    ]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= 140 else line[:139] + '…'}”"

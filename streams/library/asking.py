"""From outside: give commands to a tenant's library over Kafka, and read what became of it.

Whoever may write to the log may do this; no worker's address is needed, only one that runs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from schemas.records.control import InputRejected
from schemas.records.library import (
    GroupChanged,
    IntentChanged,
    IntentMined,
    LibraryPublished,
    MiningEnded,
    MiningFinished,
    MiningRequested,
    MiningStarted,
)
from streams.client import Follower, Producer, Received
from streams.kafka_settings import Kafka
from streams.library.errors import NothingHeardError, RefusedByRulesError
from streams.topics import LIBRARY, LIBRARY_LOG, REJECTIONS

SOURCE: Final = "/cli/library"
ACKNOWLEDGEMENT_S: Final = 15.0
READ_AT_MOST_S: Final = 60.0


class Known(msgspec.Struct):
    """A tenant's library as the log of its events tells it.

    Attributes:
        intents: By id, also discarded ones and those that became part of another.
        groups: By id.
        published: The version in force.
        runs: The newest that was told of each mining run, by id.
    """

    intents: dict[str, IntentChanged] = {}
    groups: dict[str, GroupChanged] = {}
    published: LibraryPublished | None = None
    runs: dict[str, MiningRequested | MiningEnded] = {}

    def living(self) -> list[IntentChanged]:
        """Return the intents that stand by themselves, most frequent first."""
        found = [one for one in self.intents.values() if one.merged_into is None]
        return sorted(found, key=lambda one: (-one.count, one.name, one.intent_id))


def known(kafka: Kafka | str, tenant: str) -> Known:
    """Return a tenant's library as it is now.

    Raises:
        ClientError: Kafka cannot be read.
    """
    found = Known()
    with Follower(kafka, [LIBRARY], start="earliest", tenant=tenant, stop_at_end=True) as items:
        for item in items:
            match item.record if isinstance(item, Received) else None:
                case IntentChanged() as told:
                    found.intents[told.intent_id] = told
                case GroupChanged() as told:
                    found.groups[told.group_id] = told
                case LibraryPublished() as told:
                    found.published = told
                case MiningRequested() | MiningEnded() as told:
                    found.runs[told.run_id] = told
                case _:
                    pass
    return found


def results_of(kafka: Kafka | str, tenant: str, run_id: str) -> tuple[list[str], MiningFinished]:
    """Return what a mining run found: each intent as JSON, in order, and its end.

    Raises:
        NothingHeardError: The log does not hold all of it.
        ClientError: Kafka cannot be read.
    """
    found: dict[int, str] = {}
    finished: MiningFinished | None = None
    with Follower(kafka, [LIBRARY_LOG], start="earliest", tenant=tenant, stop_at_end=True) as items:
        for item in items:
            record = item.record if isinstance(item, Received) else None
            if getattr(record, "run_id", None) != run_id:
                continue
            match record:
                case MiningStarted():
                    found.clear()
                case IntentMined(index=index, content=content):
                    found.setdefault(index, content)
                case MiningFinished():
                    finished = record
                case _:
                    pass
    if finished is None or len(found) < finished.intents:
        raise NothingHeardError(what=f"the result of run {run_id}", waited_s=0.0)
    return [found[index] for index in sorted(found)], finished


def asked(kafka: Kafka | str, given: Sequence[Any], patience_s: float) -> Iterator[Any]:
    """Append records and yield what the library's logs say from then on, of this tenant.

    Ends only by the caller's leaving.

    Args:
        kafka: Which cluster.
        given: What is appended, in order; a refusal of any of them is raised.
        patience_s: Longest silence.

    Raises:
        RefusedByRulesError: The rules refuse one of them.
        NothingHeardError: Nothing was said for so long.
        ClientError: Kafka cannot be written or read.
    """
    tenant = given[0].tenant
    topics = [LIBRARY_LOG, LIBRARY, REJECTIONS]
    with (
        Follower(kafka, topics, start="latest", tenant=tenant) as follower,
        Producer(kafka, source=SOURCE) as producer,
    ):
        sent = [producer.send(record) for record in given]
        receipts = [one.result(timeout=ACKNOWLEDGEMENT_S) for one in sent]
        places = {(one.topic, one.partition, one.offset) for one in receipts}
        deadline_s = time.monotonic() + patience_s
        while time.monotonic() < deadline_s:
            item = follower.take(timeout_s=max(0.05, min(1.0, deadline_s - time.monotonic())))
            if not isinstance(item, Received):
                continue
            found = item.record
            if isinstance(found, InputRejected):
                if (found.log, found.partition, found.offset) in places:
                    raise RefusedByRulesError(rule=found.code, because=found.because)
                continue
            if (item.topic, item.partition, item.offset) in places:
                continue
            deadline_s = time.monotonic() + patience_s
            yield found
    raise NothingHeardError(what="an answer", waited_s=patience_s)

"""A worker's API in process: rows in a memory store, the log in memory, HTTP without a socket."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
import weakref
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
import jwt
import msgspec
from pydantic import SecretStr

from processors.dialogue.bots import BOTS
from processors.routing.rows import ITEM, Item
from processors.routing.setup import SETUP
from processors.views import conversation as views
from processors.views.conversation import Access, ConversationView, TurnView
from schemas import catalogue, codec
from streams.api.answers import PartitionStatus, ProcessorStatus, Readiness
from streams.api.appending import Entry, Refused
from streams.api.auth import DevelopmentAuthenticator
from streams.api.explain import LogRecord
from streams.api.feed import ChangelogFeed
from streams.api.rows import PROCESSOR, conversation_key
from streams.api.server import ApiDependencies, create_app
from streams.api.store_tables import StoreTables
from streams.api.verdicts import DONE, UNDER_WAY, Verdict
from streams.client.producer import Receipt, topic_for
from streams.processors import all_processors
from streams.runtime import ledger
from streams.runtime.ledger import Marker
from streams.runtime.partitioning import partition_of
from streams.settings import Api, Inbound, Kafka, Settings, Worker
from streams.stores.memory import MemoryStore
from streams.telemetry.metrics import Metrics
from streams.testing import TestCluster
from streams.topics import REJECTIONS

SECRET = "a secret of at least thirty-two bytes, for tests"
TOKEN = "dev-token-of-the-tests-only-0123456789"
NOWHERE = Kafka(bootstrap_servers="127.0.0.1:9")
PARTITIONS = 4
NINE_MS = 1_767_258_000_000
DEMO = Path(__file__).resolve().parents[2] / "streams" / "demo"


class MemoryLog:
    """Topics in memory: an `Appender` and a `LogReader` over the same records."""

    def __init__(self, partitions: int = PARTITIONS) -> None:
        self.partitions = partitions
        self.topics: dict[tuple[str, int], list[LogRecord]] = {}
        self.down: str | None = None
        self.closed = False

    async def append(self, entries: Sequence[Entry]) -> list[Receipt | Refused]:
        return [self._append(entry) for entry in entries]

    async def partitions_of(self, record_type: str) -> list[int]:
        return [] if self.down else list(range(self.partitions))

    async def close(self) -> None:
        self.closed = True

    async def span(self, topic: str, partition: int) -> tuple[int, int]:
        return 0, len(self.topics.get((topic, partition), ()))

    async def read(
        self, topic: str, partition: int, offset: int, records_max: int
    ) -> list[LogRecord]:
        return self.topics.get((topic, partition), [])[offset : offset + records_max]

    def put(
        self, topic: str, partition: int, record: Any, headers: Sequence[tuple[str, bytes]]
    ) -> int:
        held = self.topics.setdefault((topic, partition), [])
        value = record if isinstance(record, bytes) else codec.encode(record)
        key = None if isinstance(record, bytes) else catalogue.key_of(record)
        held.append(LogRecord(topic, partition, len(held), NINE_MS, key, value, tuple(headers)))
        return len(held) - 1

    def records(self) -> list[Any]:
        """Return everything on all logs, decoded."""
        return [
            codec.decode(record.value or b"") for held in self.topics.values() for record in held
        ]

    def _append(self, entry: Entry) -> Receipt | Refused:
        if self.down is not None:
            return Refused(self.down)
        topic = topic_for(catalogue.of(entry.record).name)
        headers = codec.headers(entry.record, id=entry.id, source=entry.source)
        partition = entry.partition or 0
        offset = self.put(topic, partition, entry.record, headers)
        return Receipt(topic, partition, offset, entry.id)


class ClusterLog:
    """The topics of a cluster: an `Appender` and a `LogReader` over the same broker in memory.

    What is appended is taken in by every processor before the answer, at the cluster's own time.
    """

    def __init__(self, cluster: TestCluster) -> None:
        self.cluster = cluster
        self.appended: list[Any] = []

    async def append(self, entries: Sequence[Entry]) -> list[Receipt | Refused]:
        return [self._append(entry) for entry in entries]

    async def partitions_of(self, record_type: str) -> list[int]:
        return list(range(PARTITIONS))

    async def close(self) -> None:
        """Hold nothing that must be let go of."""

    async def span(self, topic: str, partition: int) -> tuple[int, int]:
        places = self.cluster.broker.topics.get(topic, [])
        if partition >= len(places):
            return 0, 0
        return places[partition].begin, places[partition].end

    async def read(
        self, topic: str, partition: int, offset: int, records_max: int
    ) -> list[LogRecord]:
        found = self.cluster.broker.partition(topic, partition).read(offset, limit=records_max)
        return [
            LogRecord(
                topic,
                partition,
                record.offset,
                record.timestamp,
                record.key,
                record.value,
                record.headers,
            )
            for record in found
        ]

    def _append(self, entry: Entry) -> Receipt:
        at_ms = self.cluster.clock.now_ms()
        record = msgspec.structs.replace(entry.record, occurred_at_ms=at_ms, recorded_at_ms=at_ms)
        self.appended.append(record)
        topic, key = topic_for(catalogue.of(record).name), catalogue.key_of(record)
        partition = entry.partition or 0 if key is None else partition_of(key, PARTITIONS)
        headers = tuple(codec.headers(record, id=entry.id, source=entry.source))
        place = self.cluster.broker.partition(topic, partition)
        offset = place.append([(key, codec.encode(record), headers)], at_ms)
        self.cluster.settle()
        return Receipt(topic, partition, offset, entry.id)


class LogVerdicts:
    """`Verdicts` over refusals that stand on a log in memory.

    Whatever is appended to a cluster's log has been decided; nobody decides beside a bare log.
    """

    def __init__(self, log: MemoryLog | ClusterLog) -> None:
        self._log = log

    async def ready(self) -> None:
        """Read from the log itself: nothing is missed."""

    async def of(self, processor: str, receipt: Receipt) -> Verdict:
        for partition in range(PARTITIONS):
            _, end = await self._log.span(REJECTIONS, partition)
            for record in await self._log.read(REJECTIONS, partition, 0, end) if end else []:
                refused = codec.decode(record.value or b"")
                place = (refused.log, refused.partition, refused.offset)
                if place == (receipt.topic, receipt.partition, receipt.offset):
                    return Verdict("refused", refused)
        return DONE if isinstance(self._log, ClusterLog) else UNDER_WAY

    async def close(self) -> None:
        """Hold nothing that must be let go of."""


def shop(*, partitions: int = PARTITIONS, now_ms: int = NINE_MS) -> TestCluster:
    """Return all processors with what the demo publishes: its routing setup and its bots."""
    cluster = TestCluster(*all_processors(), partitions=partitions, now_ms=now_ms)
    cluster.publish(SETUP, (DEMO / "routing.json").read_bytes())
    cluster.publish(BOTS, (DEMO / "bots.yaml").read_bytes())
    return cluster


class Node:
    """One worker's rows and API.

    The rows are those of a cluster, if one is given, of all its processors; else what a test puts.
    """

    def __init__(
        self,
        *,
        owned: set[int] | None = None,
        api: Api | None = None,
        kafka: Kafka = NOWHERE,
        dist: Path | None = None,
        data_dir: Path | None = None,
        feed: ChangelogFeed | None = None,
        cluster: TestCluster | None = None,
        inbound: Inbound | None = None,
        **parts: Any,
    ) -> None:
        self.cluster = cluster
        if data_dir is None:
            data_dir = Path(tempfile.mkdtemp(prefix="cuestream-node-"))
            weakref.finalize(self, shutil.rmtree, data_dir, ignore_errors=True)
        names = [one.name for one in all_processors()]
        self.stores = {
            name: MemoryStore() if cluster is None else cluster[name].store for name in names
        }
        self.store = self.stores[PROCESSOR]
        self.owned = set(range(PARTITIONS)) if owned is None else owned
        self.markers: dict[int, Marker] = {}
        self.peers: dict[str, set[int]] = {}
        self.log = MemoryLog()
        log = self.log if cluster is None else ClusterLog(cluster)
        self.metrics = Metrics()
        self.readiness = Readiness(True)
        self.url = "http://127.0.0.1:8420"
        self.api = api or Api(jwt_secret=SecretStr(SECRET))
        self.tables = StoreTables(
            stores=self.stores,
            partitions=dict.fromkeys(names, PARTITIONS),
            owned=lambda _: self.owned,
            urls=lambda _: {self.url: self.owned} | self.peers,
            marker=self._marker,
        )
        given: dict[str, Any] = {
            "appender": log,
            "open_log": lambda: contextlib.nullcontext(log),
            "verdicts": LogVerdicts(log),
            "references": self._references,
            "find_articles": lambda _tenant: None,
            "feed": feed,
            "processors": self.status,
        }
        if dist is not None:
            given["dist"] = dist
        self.app = create_app(
            ApiDependencies(
                settings=Settings(
                    kafka=kafka,
                    worker=Worker(data_dir=data_dir),
                    api=self.api,
                    inbound=inbound or Inbound(),
                ),
                tables=self.tables,
                partitions=PARTITIONS,
                metrics=self.metrics,
                readiness=lambda: self.readiness,
                **(given | parts),
            )
        )

    def status(self) -> list[ProcessorStatus]:
        return [
            ProcessorStatus(
                PROCESSOR, 1, [PartitionStatus(p, 7, 0, NINE_MS, 3) for p in sorted(self.owned)]
            )
        ]

    def _marker(self, processor: str, partition: int) -> Marker:
        if self.cluster is not None:
            return self.cluster[processor].marker(partition)
        return self.markers.get(partition, Marker(epoch=1, next=0))

    def _references(self, processor: str, tenant: str) -> Mapping[str, Any]:
        return {} if self.cluster is None else self.cluster[processor].references(tenant)

    def put(self, table: str, key: bytes, view: Any) -> None:
        """Write a row as the runtime does: in the partition of its conversation."""
        partition = self.tables.partition_of(PROCESSOR, key.partition(b"\0")[0])
        value = None if view is None else views.encode(view)
        self.store.apply(partition, [(ledger.row_key(table, key), value)], 0)

    def put_item(self, item: Item, *, tenant: str = "demo") -> None:
        """Write a work item's row into the pool of a tenant."""
        own = f"{tenant}\0{item.item_id}".encode()
        entry = (ledger.row_key(ITEM, own), msgspec.msgpack.encode(item))
        partition = self.tables.partition_of("routing", tenant.encode())
        self.stores["routing"].apply(partition, [entry], 0)

    def put_conversation(self, view: ConversationView) -> bytes:
        key = conversation_key(view.tenant, view.conversation_id)
        self.put(views.CONVERSATION, key, view)
        return key

    @contextlib.asynccontextmanager
    async def client(
        self, token: str | None = None, **kwargs: Any
    ) -> AsyncIterator[httpx2.AsyncClient]:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=headers, **kwargs
        ) as client:
            yield client

    async def close(self) -> None:
        await self.app.state.parts.close()


@contextlib.asynccontextmanager
async def node(**given: Any) -> AsyncIterator[Node]:
    """Make a node and let go of it afterwards."""
    made = Node(**given)
    try:
        yield made
    finally:
        await made.close()


def development() -> dict[str, Any]:
    """Return what makes a node a development run with a known token."""
    return {"api": Api(), "authenticator": DevelopmentAuthenticator(TOKEN)}


def token(
    user: str = "ann", *, tenant: str = "demo", expires_in_s: int = 600, **claims: Any
) -> str:
    """Return a token that the nodes' secret signed."""
    given = {"sub": user, "tenant": tenant, "exp": int(time.time()) + expires_in_s, **claims}
    given = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(given, SECRET, algorithm="HS256")


def conversation(conversation_id: str = "c-1", **fields: Any) -> ConversationView:
    """Return a conversation's row; ann's, of tenant demo, open, unless told otherwise."""
    tenant = fields.get("tenant", "demo")
    given: dict[str, Any] = {
        "tenant": tenant,
        "conversation_id": conversation_id,
        "access": Access(tenant=tenant, owner="ann"),
        "channel": "live_chat",
        "state": "open",
        "owner_kind": "representative",
        "owner_id": "ann",
        "owner_name": "Ann",
        "ownership_epoch": 1,
        "customer_id": None,
        "customer_name": "Mia",
        "locale": "en",
        "linked_record": None,
        "opened_at_ms": NINE_MS,
        "accepted_at_ms": None,
        "ended_at_ms": None,
        "last_turn_at_ms": NINE_MS,
        "turns": 0,
        "preview": "",
        "recommendations": 0,
    }
    return ConversationView(**(given | fields))


def turn(number: int, text: str = "hello") -> TurnView:
    """Return a turn's row."""
    return TurnView(
        number=number,
        turn_id=f"t-{number}",
        author="customer",
        author_id=None,
        author_name=None,
        text=text,
        text_format="plain",
        visibility="public",
        occurred_at_ms=NINE_MS,
        recorded_at_ms=NINE_MS,
        source=f"conversation.turns.v1/0/{number}",
    )


def body(answer: httpx2.Response) -> Any:
    """Return an answer's JSON."""
    return msgspec.json.decode(answer.content)


async def until(holds: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(timeout_s):
        while not holds():  # noqa: ASYNC110  # whatever makes it hold raises no event
            await asyncio.sleep(0.005)

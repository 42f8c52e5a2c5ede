"""Hand-offs in a storm: workers killed at random while bots give conversations to people and hubs.

`python -m ops chaos --handoffs 1000 --rounds 40` hands conversations off, half by the built-in bot
to routing, some by bots outside, some to an engagement hub over HTTP that fails now and then. Bots
outside go on talking after they handed off. In the end every conversation must have been served,
none by two at once; nothing a bot said too late may have been released; every delivery must have
had its effect at the hub exactly once; and the tables must be those of an undisturbed run.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import msgspec

from ops.chaos.storm import Crew, Storm
from ops.chaos.verdict import Verdict, await_caught_up, judge, read_all
from schemas import codec
from schemas.records.conversation import (
    ConversationOpened,
    HandoffInitiated,
    OwnershipChanged,
    TurnReleased,
    TurnSaid,
)
from schemas.records.handoff import BotPublished, ConnectionAdopted, HubStatusReceived
from schemas.records.routing import ItemMoved
from streams.broker.admin import ensure_topics
from streams.broker.local import LocalKafka, Supplies
from streams.client import Producer
from streams.demo.staff import Pace, Staff
from streams.processors import all_processors
from streams.reference_publication import publish_reference
from streams.settings import Kafka
from streams.topics import OUTBOUND, ROUTING_DECISIONS

TENANT: Final = "demo"
PEOPLE: Final = {f"rep-{number:02}": f"Person {number}" for number in range(12)}
HANDOFFS_PER_SECOND: Final = 18.0
SETTLE_SECONDS_MAX: Final = 240.0
LATE: Final = "late"

BOTS: Final = b"""
bots:
  desk-bot:
    name: Desk bot
    published: true
    topics:
      escalate:
        name: Escalate
        phrases: [speak to agent]
        nodes:
          - message: I get you a colleague.
          - transfer: wants a person
"""

SETUP: Final = {
    "representatives": [{"id": who, "name": name, "units": 100} for who, name in PEOPLE.items()],
    "queues": [
        {
            "id": "desk",
            "name": "Desk",
            "kind": "messaging",
            "members": list(PEOPLE),
            "method": "round_robin",
        }
    ],
    "workstreams": [
        {
            "id": "chat",
            "name": "Chat",
            "kind": "messaging",
            "channels": ["live_chat"],
            "fallback_queue": "desk",
            "units": 20,
            "wrap_up": "never",
            "offer_seconds": 30,
            "routes": [{"name": "All", "queue": "desk"}],
        }
    ],
}

SETTINGS: Final = {
    "hubs": {"custom": {"kind": "custom"}},
    "environments": {
        "home": {
            "region": "Europe",
            "hub": "custom",
            "is_provisioned": True,
            "is_bot_licensed": True,
            "is_hub_licensed": True,
        }
    },
    "applications": {"app-1": {"name": "Hub bot"}},
    "bots": {"hub-bot": {"environment": "home"}},
    "deliveries": {"attempts_max": 30, "first_wait_ms": 200, "wait_max_ms": 2_000},
}


class Storming(msgspec.Struct, kw_only=True):
    """What a storm of hand-offs left.

    Attributes:
        handoffs: Conversations handed off.
        served: Those that a representative, ours or the hub's, took over.
        lost: Those nobody ever served.
        double_owners: Conversations with two owners under one epoch, or an epoch that fell.
        late_turns_sent: What bots said after they had handed off.
        late_turns_delivered: What of it was released to the customer.
        hub_requests: Requests the hub got, repeats included.
        hub_effects: Deliveries that had their effect there.
        hub_doubled: Deliveries with more than one effect.
        hub_missing: Hand-offs to the hub it never heard of.
        verdict: Tables and outputs against an undisturbed run.
    """

    handoffs: int = 0
    served: int = 0
    lost: int = 0
    double_owners: int = 0
    late_turns_sent: int = 0
    late_turns_delivered: int = 0
    hub_requests: int = 0
    hub_effects: int = 0
    hub_doubled: int = 0
    hub_missing: int = 0
    verdict: Verdict = msgspec.field(default_factory=Verdict)

    @property
    def is_good(self) -> bool:
        """Return whether nothing was lost, doubled, late or different."""
        bad = self.lost + self.double_owners + self.late_turns_delivered
        return bad + self.hub_doubled + self.hub_missing == 0 and self.verdict.is_equal


class Hub:
    """An engagement hub on loopback that remembers idempotency keys and fails now and then.

    Attributes:
        effects: Idempotency key to how often it had its effect.
        begun: Conversations it was given.
        requests: Requests in all.
    """

    def __init__(self, seed: int) -> None:
        self.effects: Counter[str] = Counter()
        self.begun: set[str] = set()
        self.requests = 0
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                hub.answer(self, self.rfile.read(size))

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator[Hub]:
        """Answer until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        """Take a delivery: fail before the effect, or after it, or not at all."""
        key = request.headers.get("Idempotency-Key", "")
        with self._lock:
            self.requests += 1
            draw = self._chance.random()
            fails_before, fails_after = draw < 0.08, 0.08 <= draw < 0.14
            if not fails_before and key not in self.effects:
                self.effects[key] += 1
                told = json.loads(body or b"{}")
                if told.get("name") == "handoff.initiate":
                    self.begun.add(told["conversation"]["id"])
        if fails_after:
            request.close_connection = True
            request.connection.close()
            return
        status = 503 if fails_before else 200
        answer = json.dumps({"id": key or "none"}).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)


class Traffic:
    """Conversations that begin, are handed off, and are talked about.

    Attributes:
        by_way: Conversation ids by the way they are handed off: `bot`, `outside` or `hub`.
        late: Turns of bots that came after their hand-off.
    """

    def __init__(self, kafka: Kafka, hub: Hub, *, handoffs: int, seed: int) -> None:
        self.by_way: dict[str, list[str]] = {"bot": [], "outside": [], "hub": []}
        self.late = 0
        self._kafka, self._hub, self._handoffs = kafka, hub, handoffs
        self._chance = random.Random(seed)

    def run(self) -> None:
        """Send all of it."""
        with Producer(self._kafka, source="/chaos/handoffs", tenant=TENANT) as producer:
            pace = time.monotonic()
            for number in range(self._handoffs):
                way = self._chance.choices(("bot", "outside", "hub"), weights=(5, 2, 3))[0]
                conversation_id = f"{way}-{number}"
                self.by_way[way].append(conversation_id)
                for record in self._records(way, conversation_id):
                    producer.send(record)
                pace += 1 / HANDOFFS_PER_SECOND
                time.sleep(max(0.0, pace - time.monotonic()))
            producer.flush(120)

    def answer_as_hub(self, stop: threading.Event) -> None:
        """Let the hub's people accept what the hub was given, and end it."""
        told: set[str] = set()
        with Producer(self._kafka, source="/chaos/hub", tenant=TENANT) as producer:
            while not stop.wait(0.2):
                for conversation_id in sorted(self._hub.begun - told):
                    told.add(conversation_id)
                    for state in ("accepted", "completed"):
                        producer.send(
                            HubStatusReceived(
                                **_about(),
                                hub="custom",
                                conversation_id=conversation_id,
                                hub_event_id=f"{conversation_id}/{state}",
                                state=state,
                                representative_id="hub-person" if state == "accepted" else None,
                            )
                        )

    def _records(self, way: str, conversation_id: str) -> Iterator[Any]:
        bot_id = {"bot": "desk-bot", "outside": "far-bot", "hub": "hub-bot"}[way]
        about = _about() | {"conversation_id": conversation_id}
        yield ConversationOpened(
            **about, channel="live_chat", bot_id=bot_id, workstream="chat", is_routed=True
        )
        asks = TurnSaid(**about, turn_id="t-1", author="customer", text="speak to agent")
        yield asks
        if way == "bot":
            yield asks
            return
        handed = HandoffInitiated(**about, bot_id=bot_id, request_id=f"r/{conversation_id}")
        yield handed
        for number in range(2):
            self.late += 1
            yield TurnSaid(
                **about,
                turn_id=f"{LATE}-{number}",
                author="bot",
                text="I am still here",
                ownership_epoch=number,
                needs_delivery=True,
            )
        yield handed
        yield TurnSaid(**about, turn_id="t-2", author="customer", text="hello?")


def run_handoffs(
    *, handoffs: int, rounds: int, seed: int, folder: Path, on_line: Any = None
) -> tuple[Storming, dict[str, int], list[str]]:
    """Hand conversations off while a storm blows, on a Kafka of its own.

    Args:
        handoffs: How many.
        rounds: How many workers to kill.
        seed: Of everything that is left to chance.
        folder: For data and logs.
        on_line: Told how it goes.

    Returns:
        What it left, what was done how often, and faults of workers that ended by themselves.
    """
    say = on_line or (lambda _line: None)
    hub = Hub(seed)
    broker = LocalKafka(data_dir=folder / "kafka", port=0, supplies=Supplies(is_quiet=True))
    stop = threading.Event()
    with broker, hub.serving():
        kafka = broker.kafka
        ensure_topics(kafka, partitions=4)
        _publish(kafka)
        crew = Crew(
            kafka.bootstrap_servers,
            folder,
            {"first": "rocksdb", "second": "memory"},
            environ={"CUESTREAM_HUBS__ENDPOINTS__CUSTOM__URL": hub.url},
        )
        traffic = Traffic(kafka, hub, handoffs=handoffs, seed=seed)
        with Producer(kafka, source="/chaos/staff", tenant=TENANT) as producer:
            staff = Staff(
                kafka, producer, tenant=TENANT, names=PEOPLE, pace=Pace(0.2, 0.2, 0.8, 0.2)
            )
            sending = threading.Thread(target=traffic.run)
            jobs = [
                threading.Thread(target=staff.run, args=(stop,)),
                threading.Thread(target=traffic.answer_as_hub, args=(stop,)),
            ]
            for thread in (sending, *jobs):
                thread.start()
            storm = Storm(crew, broker, random.Random(seed), rounds)
            storm.on_round = lambda s: say(f"{dict(s.done)} · {len(hub.begun)} at the hub")
            try:
                storm.blow()
                sending.join()
                served = _await_served(kafka, traffic, say)
                stop.set()
                for thread in jobs:
                    thread.join()
                for processor in all_processors():
                    if not await_caught_up(kafka, processor, seconds_max=120):
                        crew.faults.append(f"the log of {processor.name} was not taken in")
                crew.look()
            finally:
                stop.set()
                crew.end()
        found = _judge(kafka, traffic, hub, served)
    return found, dict(storm.done), crew.faults


def _publish(kafka: Kafka) -> None:
    for reference, content in (
        ("dialogue.bots", BOTS),
        ("routing.setup", json.dumps(SETUP).encode()),
        ("handoff.settings", json.dumps(SETTINGS).encode()),
    ):
        publish_reference(kafka, reference, content, tenant=TENANT)
    with Producer(kafka, source="/chaos/setup", tenant=TENANT) as producer:
        producer.send(BotPublished(**_about(), bot_id="hub-bot"))
        producer.send(
            ConnectionAdopted(
                **_about(),
                bot_id="hub-bot",
                hub="custom",
                environment="home",
                application_id="app-1",
                connected_at_ms=_now_ms(),
            )
        )
        producer.flush(30)


def _await_served(kafka: Kafka, traffic: Traffic, say: Any) -> set[str]:
    """Return who was served, once that is everybody or nothing more is to be hoped for."""
    wanted = {one for ids in traffic.by_way.values() for one in ids}
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    served: set[str] = set()
    while time.monotonic() < deadline:
        served = {
            record.conversation_id
            for record in _records_of(kafka, OUTBOUND)
            if isinstance(record, OwnershipChanged) and record.owner == "representative"
        }
        say(f"{len(served & wanted)} of {len(wanted)} served")
        if wanted <= served:
            break
        time.sleep(2)
    return served


def _judge(kafka: Kafka, traffic: Traffic, hub: Hub, served: set[str]) -> Storming:
    wanted = {one for ids in traffic.by_way.values() for one in ids}
    owners: dict[str, dict[int, tuple[str, str | None]]] = defaultdict(dict)
    newest: dict[str, int] = defaultdict(int)
    doubles: set[str] = set()
    late = 0
    for record in _records_of(kafka, OUTBOUND):
        if isinstance(record, TurnReleased):
            late += record.turn_id.startswith(LATE)
            held = owners[record.conversation_id].get(record.ownership_epoch, ("", None))
            late += record.author == "bot" and held[0] != "bot"
        elif isinstance(record, OwnershipChanged) and record.owner != "none":
            who = (record.owner, record.owner_id)
            epoch = record.ownership_epoch
            is_other = owners[record.conversation_id].setdefault(epoch, who) != who
            if is_other or epoch < newest[record.conversation_id]:
                doubles.add(record.conversation_id)
            newest[record.conversation_id] = epoch
    items: dict[str, dict[int, str | None]] = defaultdict(dict)
    for record in _records_of(kafka, ROUTING_DECISIONS):
        if isinstance(record, ItemMoved) and record.owner == "representative":
            held_by = items[record.item_id].setdefault(record.ownership_epoch, record.owner_id)
            if held_by != record.owner_id:
                doubles.add(record.item_id)
    found = Storming(
        handoffs=len(wanted),
        served=len(served & wanted),
        lost=len(wanted - served),
        double_owners=len(doubles),
        late_turns_sent=traffic.late,
        late_turns_delivered=late,
        hub_requests=hub.requests,
        hub_effects=len(hub.effects),
        hub_doubled=sum(count > 1 for count in hub.effects.values()),
        hub_missing=len(set(traffic.by_way["hub"]) - hub.begun),
    )
    for processor in all_processors():
        found.verdict = found.verdict.plus(judge(kafka, processor))
    return found


def _records_of(kafka: Kafka, topic: str) -> Iterator[Any]:
    """Yield a derived topic's records, each once, partition after partition."""
    seen: set[bytes] = set()
    for record in read_all(kafka, topic):
        identity = dict(record.headers)["ce_id"]
        if identity not in seen:
            seen.add(identity)
            yield codec.decode(record.value)


def _about() -> dict[str, Any]:
    return {"tenant": TENANT, "occurred_at_ms": _now_ms()}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""Assignment at scale: decisions a second, how long one takes, and how both grow.

A pool is filled with waiting items while nobody is there. Then representatives come, are offered
what waits, accept, end, and are offered the next: each of these is an input, and most bring a
decision about who gets what, among all members of the queue. Then new items meet free
representatives. Everything the kernel does for an input is counted: decoding, timers, deciding,
rows, events with all candidates, the store; the broker is left out. CPU time of one process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from ops.bench.processor import Logged
from processors.routing.processor import RoutingProcessor
from processors.routing.setup import SETUP
from schemas import codec
from schemas.records.control import ReferenceChanged
from schemas.records.routing import (
    AcceptOffer,
    AssignmentDecided,
    CloseItem,
    EndItem,
    OfferMade,
    RepresentativeConnected,
    WorkItemArrived,
)
from streams.app import calm_collector
from streams.runtime.ledger import Marker
from streams.runtime.step import Flush, Kernel, References
from streams.stores.memory import MemoryStore
from streams.topics import ROUTING_DECISIONS

TENANT: Final = "bench"
START_MS: Final = 1_767_258_000_000
QUEUES_EACH: Final = 5
"""Queues every representative belongs to."""
FREED: Final = 3_000
"""Offers accepted and ended to see what those who become free are given."""
LEVELS: Final = ((1, "poor"), (2, "good"), (3, "expert"))
SKILLS: Final = ("english", "german", "french", "returns", "billing")


class Floor:
    """A pool under load.

    Attributes:
        decisions: Assignment decisions so far.
        took_us: CPU microseconds of each input that brought one or more decisions.
        seconds: CPU seconds in the kernel and its store.
    """

    def __init__(self, *, representatives: int, queues: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.queues, self.representatives = queues, representatives
        self.decisions, self.took_us, self.seconds = 0, [], 0.0
        self.offers: list[OfferMade] = []
        self._processor = RoutingProcessor()
        content = json.dumps(self._setup()).encode()
        digest = hashlib.sha256(content).hexdigest()
        references = References(self._processor.load_reference)
        references.add(SETUP, digest, content)
        self._processor.load_reference(SETUP, content)
        self._store = MemoryStore()
        self._kernel = Kernel(self._processor, 0, self._store, Marker(epoch=0, next=0), references)
        self._offset, self.now_ms = 0, START_MS
        self.take(
            ReferenceChanged(
                tenant=TENANT,
                occurred_at_ms=START_MS,
                recorded_at_ms=START_MS,
                reference=SETUP,
                digest=digest,
            )
        )

    def start(self) -> None:
        """Count from here."""
        self.decisions, self.took_us, self.seconds = 0, [], 0.0

    def take(self, record: Any) -> None:
        """Take one input in, and note what it took and brought."""
        logged = Logged(self._offset, self.now_ms, None, codec.encode(record), [])
        self._offset += 1
        started = time.process_time_ns()
        flush = self._kernel.step([logged])
        assert isinstance(flush, Flush), "the log has no gaps"
        self._store.apply(0, flush.entries.items(), 0)
        self._kernel.applied(flush)
        took_ns = time.process_time_ns() - started
        self.seconds += took_ns / 1e9
        decided = 0
        for output in flush.outputs.get(ROUTING_DECISIONS, ()):
            event = codec.decode(output.value)
            if isinstance(event, AssignmentDecided):
                decided += 1
            elif isinstance(event, OfferMade):
                self.offers.append(event)
        if decided:
            self.decisions += decided
            self.took_us.append(took_ns / 1_000 / decided)

    def arrive(self, number: int) -> None:
        """Let an item arrive for some queue, half of them with a skill asked for."""
        self.now_ms += 5
        skill = self.chance.choice((*SKILLS, *[""] * len(SKILLS)))
        self.take(
            WorkItemArrived(
                **self._about(),
                item_id=f"c-{number}",
                channel="live_chat",
                workstream=f"w-{self.chance.randrange(self.queues)}",
                variables=json.dumps({"skill": skill}),
                ownership_epoch=1,
            )
        )

    def connect(self, numbers: Iterable[int]) -> None:
        """Let representatives sign in."""
        for number in numbers:
            self.now_ms += 3
            self.take(RepresentativeConnected(**self._about(), representative_id=f"r-{number}"))

    def work(self, rounds: int) -> None:
        """Accept an offer, and end what was accepted long enough ago: each frees somebody."""
        busy: list[OfferMade] = []
        for _ in range(rounds):
            if not self.offers:
                break
            offer = self.offers.pop(0)
            self.now_ms += 4
            self._do(AcceptOffer, offer, offer_id=offer.offer_id)
            busy.append(offer)
            if len(busy) > 50:
                done = busy.pop(0)
                self._do(EndItem, done)
                self._do(CloseItem, done)

    def _do(self, command: type[Any], offer: OfferMade, **more: Any) -> None:
        self.take(
            command(
                **self._about(),
                representative_id=offer.representative_id,
                item_id=offer.item_id,
                command_id=f"{command.__name__}/{offer.offer_id}",
                **more,
            )
        )

    def _about(self) -> dict[str, Any]:
        return {"tenant": TENANT, "occurred_at_ms": self.now_ms, "recorded_at_ms": self.now_ms}

    def _setup(self) -> dict[str, Any]:
        chance = random.Random(1)
        members: dict[int, list[str]] = {queue: [] for queue in range(self.queues)}
        people = []
        for number in range(self.representatives):
            who = f"r-{number}"
            for queue in chance.sample(range(self.queues), min(QUEUES_EACH, self.queues)):
                members[queue].append(who)
            skills = dict.fromkeys(chance.sample(SKILLS, 3), "good")
            people.append({"id": who, "name": who, "units": 100, "skills": skills})
        return {
            "rating_models": [
                {
                    "id": "three",
                    "name": "Three",
                    "levels": [{"name": name, "value": value} for value, name in LEVELS],
                }
            ],
            "skills": [{"id": name, "name": name, "rating_model": "three"} for name in SKILLS],
            "representatives": people,
            "queues": [
                {
                    "id": f"q-{queue}",
                    "name": f"Queue {queue}",
                    "kind": "messaging",
                    "members": members[queue],
                }
                for queue in range(self.queues)
            ],
            "workstreams": [
                {
                    "id": f"w-{queue}",
                    "name": f"Stream {queue}",
                    "kind": "messaging",
                    "fallback_queue": f"q-{queue}",
                    "units": 50,
                    "skill_match": "exact",
                    "wrap_up": "always",
                    "rulesets": [
                        {
                            "name": "Skills",
                            "kind": "skills",
                            "items": [
                                {
                                    "name": name,
                                    "when": {
                                        "field": "context.skill",
                                        "is": "equals",
                                        "value": name,
                                    },
                                    "skills": {name: "good"},
                                }
                                for name in SKILLS
                            ],
                        }
                    ],
                    "routes": [{"name": "All", "queue": f"q-{queue}"}],
                }
                for queue in range(self.queues)
            ],
        }


def measure(*, representatives: int, queues: int, waiting: int, seed: int) -> dict[str, Any]:
    """Return the figures of one size."""
    # As a worker does.
    calm_collector()
    floor = Floor(representatives=representatives, queues=queues, seed=seed)
    filling = time.process_time()
    for number in range(waiting):
        floor.arrive(number)
    filled_s = time.process_time() - filling
    found: dict[str, Any] = {
        "representatives": representatives,
        "queues": queues,
        "waiting": waiting,
        "arrivals_per_s": round(waiting / max(1e-9, filled_s)),
    }
    for name, part in (
        ("sign_in", lambda: floor.connect(range(representatives))),
        ("freed", lambda: floor.work(FREED)),
    ):
        floor.start()
        part()
        found[name] = _figures(floor)
    return found


def _figures(floor: Floor) -> dict[str, Any]:
    took = sorted(floor.took_us)
    if not took:
        return {"decisions": 0}
    return {
        "decisions": floor.decisions,
        "decisions_per_cpu_s": round(floor.decisions / floor.seconds),
        "p50_us": round(took[len(took) // 2]),
        "p99_us": round(took[int(len(took) * 0.99)]),
        "max_us": round(took[-1]),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure a tenth of the size, the size, and half of what waits; print how it grows."""
    parser = argparse.ArgumentParser(prog="python -m ops bench routing", description=__doc__)
    parser.add_argument("--representatives", type=int, default=5_000)
    parser.add_argument("--queues", type=int, default=200)
    parser.add_argument("--waiting", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(argv)
    sizes = (
        (given.representatives // 10, given.queues // 10, given.waiting // 10),
        (given.representatives, given.queues, given.waiting // 10),
        (given.representatives, given.queues, given.waiting),
    )
    rows = []
    for representatives, queues, waiting in sizes:
        row = measure(
            representatives=representatives, queues=queues, waiting=waiting, seed=given.seed
        )
        print(json.dumps(row), flush=True)
        rows.append(row)
    small, few, full = (row["sign_in"]["p50_us"] for row in rows)
    found = {
        "sizes": rows,
        "growth_from_a_tenth": round(full / small, 2),
        "growth_with_waiting_tenfold": round(full / few, 2),
    }
    print(json.dumps({name: found[name] for name in found if name != "sizes"}))
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0

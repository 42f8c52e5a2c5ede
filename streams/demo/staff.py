"""The demo's other representatives: they sign in, accept what they are offered, and do the work.

They do what a person does with a desk: everything by commands on the routing log, and turns under
the ownership epoch they were given. Ann's offers are left to whoever sits at the console.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

from schemas.records.conversation import TurnSaid
from schemas.records.routing import (
    AcceptOffer,
    CloseItem,
    EndItem,
    ItemMoved,
    OfferMade,
    PresenceChanged,
    RepresentativeConnected,
    SetPresence,
)
from streams.client import Follower, Producer, Received
from streams.settings import Kafka
from streams.topics import ROUTING_DECISIONS

NAMES: Final = {
    "ben": "Ben Okafor",
    "carla": "Carla Moreau",
    "david": "David Lindqvist",
    "emma": "Emma Tanaka",
}
"""Who is on duty beside Ann."""

_POLL_S: Final = 0.1


class Pace(NamedTuple):
    """How long a representative takes, seconds: to accept, to speak, to end, to wrap up."""

    accepts_s: float = 2.5
    speaks_s: float = 1.5
    ends_s: float = 25.0
    closes_s: float = 6.0


UNHURRIED: Final = Pace()


class Staff:
    """Works until told to stop."""

    def __init__(
        self,
        kafka: Kafka | str,
        producer: Producer,
        *,
        tenant: str = "demo",
        names: Mapping[str, str] = NAMES,
        pace: Pace = UNHURRIED,
    ) -> None:
        """Nobody signs in before `run`.

        Args:
            kafka: Which cluster.
            producer: Where commands go; it stays the caller's to close.
            tenant: Whose representatives they are.
            names: Who they are, by id.
            pace: How long they take.
        """
        self._kafka, self._producer, self._tenant = kafka, producer, tenant
        self._names, self._pace = names, pace
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def run(self, stop: threading.Event) -> None:
        """Sign in and work.

        Raises:
            ClientError: Kafka cannot be reached or does not take a command.
        """
        with Follower(
            self._kafka, (ROUTING_DECISIONS,), start="latest", tenant=self._tenant
        ) as follower:
            for who in self._names:
                self._send(RepresentativeConnected, representative_id=who)
                self._be_available(who)
            while not stop.is_set():
                item = follower.take(timeout_s=_POLL_S)
                if isinstance(item, Received):
                    self._see(item.record)
                while self._later and self._later[0][0] <= time.monotonic():
                    heapq.heappop(self._later)[2]()

    def _see(self, record: Any) -> None:
        pace = self._pace
        if isinstance(record, OfferMade) and record.representative_id in self._names:
            self._after(pace.accepts_s, lambda: self._accept(record))
        elif isinstance(record, PresenceChanged) and record.representative_id in self._names:
            if record.presence == "inactive":
                # Missed an offer, as people do: back at the desk.
                self._after(pace.accepts_s, lambda: self._be_available(record.representative_id))
        elif (
            isinstance(record, ItemMoved)
            and record.to_state == "active"
            and record.owner_id in self._names
            and record.from_state != "active"
        ):
            self._after(pace.speaks_s, lambda: self._greet(record))
            self._after(pace.ends_s, lambda: self._end(record))
            self._after(pace.ends_s + pace.closes_s, lambda: self._close(record))

    def _be_available(self, who: str) -> None:
        self._send(
            SetPresence,
            representative_id=who,
            presence="available",
            set_by=who,
            command_id=self._command_id(who),
        )

    def _accept(self, offer: OfferMade) -> None:
        self._send(
            AcceptOffer,
            representative_id=offer.representative_id,
            item_id=offer.item_id,
            offer_id=offer.offer_id,
            command_id=f"accept/{offer.offer_id}",
        )

    def _greet(self, moved: ItemMoved) -> None:
        who = moved.owner_id or ""
        self._send(
            TurnSaid,
            conversation_id=moved.item_id,
            turn_id=f"{who}/{moved.ownership_epoch}",
            author="representative",
            author_id=who,
            author_name=self._names[who],
            text=f"Hello, this is {self._names[who].partition(' ')[0]}. I have read what you told"
            " our bot; give me a moment, I am looking into it.",
            ownership_epoch=moved.ownership_epoch,
            needs_delivery=True,
        )

    def _end(self, moved: ItemMoved) -> None:
        self._send(
            EndItem,
            representative_id=moved.owner_id,
            item_id=moved.item_id,
            reason="helped",
            command_id=f"end/{moved.item_id}/{moved.ownership_epoch}",
        )

    def _close(self, moved: ItemMoved) -> None:
        self._send(
            CloseItem,
            representative_id=moved.owner_id,
            item_id=moved.item_id,
            command_id=f"close/{moved.item_id}/{moved.ownership_epoch}",
        )

    def _after(self, seconds: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._numbers), do))

    def _command_id(self, who: str) -> str:
        return f"{who}/{time.time_ns()}"

    def _send(self, record: type[Any], **fields: Any) -> None:
        at_ms = time.time_ns() // 1_000_000
        made = record(tenant=self._tenant, occurred_at_ms=at_ms, **fields)
        self._producer.send(made, source="/demo/staff")

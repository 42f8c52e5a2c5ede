"""A pool to tell routing rules with: a small setup, and everybody by one name."""

from __future__ import annotations

import json
from typing import Any

from processors.machine import Outcome
from processors.routing import rows
from processors.routing.pool import Pool
from processors.routing.processor import RoutingProcessor
from processors.testing import TENANT, Scenario, Then
from schemas.records import routing
from tests.rules.setups import queue, setup, workstream

SECOND_MS = 1_000
MINUTE_MS = 60_000
OFFER_MS = 120_000
BOTH = ["available", "busy"]

PEOPLE = [{"id": name, "units": 2} for name in ("ann", "bob", "cay")]


def small(**parts: Any) -> dict[str, Any]:
    """Return the parts of a setup: a chat workstream, the queue `chats` and three representatives.

    A part that is given replaces the whole part.
    """
    return {
        "representatives": PEOPLE,
        "queues": [queue("chats", members=["ann", "bob", "cay"])],
        "workstreams": [chats()],
        **parts,
    }


def chats(kind: str = "messaging", **given: Any) -> dict[str, Any]:
    """Return the workstream `work`, which falls back to the queue `chats`."""
    return workstream(
        kind, **{"fallback_queue": "chats", "allowed_presences": BOTH, "wrap_up": "never", **given}
    )


def members(*names: str, **given: Any) -> dict[str, Any]:
    """Return the queue `chats` with these members."""
    return queue("chats", members=list(names), **given)


class Told:
    """A scenario of a pool: what happens is told by methods named after it.

    Attributes:
        scenario: The scenario; what is told is read back from rows before every input.
        offsets: Nothing but a counter for command ids.
    """

    def __init__(self, **parts: Any) -> None:
        self.scenario = Scenario(RoutingProcessor(), {})
        self.scenario._key = TENANT.encode()  # timers may fire before any input
        self.set_up(**parts)
        self.outcomes: list[Outcome] = []

    def set_up(self, **parts: Any) -> None:
        self.scenario.references["routing.setup"] = setup(**small(**parts))

    @property
    def now_ms(self) -> int:
        return self.scenario.now_ms

    @property
    def pool(self) -> Pool:
        opened: Pool = self.scenario._opened()
        return opened

    def item(self, item_id: str) -> Any:
        return self.pool.items[item_id]

    def rep(self, who: str) -> Any:
        return self.pool.representatives[who]

    def state(self, item_id: str) -> tuple[str, str | None]:
        """Return state and who is offered or has it."""
        item = self.item(item_id)
        return item.state, item.representative_id

    def waiting(self, queue_id: str = "chats") -> list[str]:
        return [item_id for _, item_id in self.pool.line(queue_id)]

    def take(self, record: type[Any], after_ms: int = SECOND_MS, **fields: Any) -> Then:
        common = {"tenant": TENANT, "occurred_at_ms": 0}
        then = self.scenario.when(record(**common, **fields), after_ms=after_ms)
        self.outcomes.append(then.outcome)
        return then

    def later(self, ms: int) -> None:
        self.scenario.later(ms)

    def connect(self, *names: str) -> Then:
        """Connect everybody named; return what the last one made true."""
        return [self.take(routing.RepresentativeConnected, representative_id=n) for n in names][-1]

    def lose(self, who: str, **given: Any) -> Then:
        return self.take(routing.RepresentativeDisconnected, representative_id=who, **given)

    def sign_out(self, who: str) -> Then:
        return self.lose(who, is_sign_out=True)

    def presence(self, who: str, presence: str, **given: Any) -> Then:
        return self.take(routing.SetPresence, representative_id=who, presence=presence, **given)

    def arrive(self, item_id: str, after_ms: int = SECOND_MS, **given: Any) -> Then:
        variables = json.dumps(given.pop("variables", {}))
        fields = {"kind": "messaging", "channel": "live_chat", "ownership_epoch": 1, **given}
        return self.take(
            routing.WorkItemArrived,
            after_ms=after_ms,
            item_id=item_id,
            variables=variables,
            **fields,
        )

    def activity(self, item_id: str, activity: str, who: str | None = None, **given: Any) -> Then:
        return self.take(
            routing.WorkItemActivity,
            item_id=item_id,
            activity=activity,
            representative_id=who,
            **given,
        )

    def accept(self, item_id: str, who: str | None = None, **given: Any) -> Then:
        offer_id = given.pop("offer_id", self.item(item_id).offer_id)
        who = who or self.item(item_id).representative_id or ""
        return self.take(
            routing.AcceptOffer, item_id=item_id, representative_id=who, offer_id=offer_id, **given
        )

    def decline(self, item_id: str, who: str | None = None, **given: Any) -> Then:
        offer_id = given.pop("offer_id", self.item(item_id).offer_id)
        who = who or self.item(item_id).representative_id or ""
        return self.take(
            routing.DeclineOffer, item_id=item_id, representative_id=who, offer_id=offer_id, **given
        )

    def do(self, verb: type[Any], item_id: str, who: str, **given: Any) -> Then:
        return self.take(verb, item_id=item_id, representative_id=who, **given)

    def served(self, item_id: str, who: str, **given: Any) -> None:
        """Let an item arrive and be accepted by `who`, who is the one it is offered to."""
        self.arrive(item_id, **given)
        assert self.state(item_id) == ("offered", who)
        self.accept(item_id)

    def transfer(self, item_id: str, who: str, target: str, target_id: str, **given: Any) -> Then:
        return self.do(
            routing.TransferItem, item_id, who, target=target, target_id=target_id, **given
        )

    def supervise(self, verb: type[Any], item_id: str, **given: Any) -> Then:
        return self.take(verb, item_id=item_id, supervisor_id="sue", **given)

    def measure(self, queue_id: str = "chats") -> Any:
        """Return the sum of a queue's figures."""
        from processors.routing.measures import total  # noqa: PLC0415

        return total([row for _, row in self.pool.measures.items(f"{queue_id}\0")])

    def table(self, name: str) -> list[bytes]:
        return [key for key, _ in self.scenario.rows(name)]


def of(then: Then, record: type[Any]) -> list[Any]:
    """Return the events of one class."""
    return [one for one in then.events if type(one) is record]


def one_of(then: Then, record: type[Any]) -> Any:
    """Return the only event of a class."""
    (found,) = of(then, record)
    return found


WAITING = rows.WAITING

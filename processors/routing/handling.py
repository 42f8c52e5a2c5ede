"""One input being handled: the pool it changes, what it emits, and who has to be looked at.

A rule asks first and changes then: once it has changed something it does not refuse any more.
What it frees and what it lets wait it notes; `assigning.settle` brings both together at the end.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from processors.machine import At, Outcome, Rejection
from processors.routing.conditions import Fact
from processors.routing.pool import Pool, World
from processors.routing.rows import Facts, Item, Representative
from processors.routing.setup import EMPTY_SETUP, SETUP, Queue, Setup, Workstream

ORPHANS: Final = Workstream(id="", name="", kind="messaging", mode="push", fallback_queue="")
"""What holds for an item whose workstream is gone: the defaults."""


_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def variables_of(text: str) -> dict[str, Fact]:
    """Return the variables of a JSON text; of anything else than an object, none."""
    try:
        found = _decode(text)
    except msgspec.MsgspecError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str | int | float)}


class Handling:
    """What one input does.

    Attributes:
        pool: The state, changed in place.
        at: Where and when.
        setup: The routing setup in force.
        world: What follows from it.
        tenant: Whose pool.
        events: What became true, in order.
        timers: What to wait for.
        free: Representatives who may have become able to take something.
        fresh: Items that came to wait, or that somebody else may have now.
    """

    def __init__(self, pool: Pool, at: At, tenant: str) -> None:
        self.pool, self.at, self.tenant = pool, at, tenant
        self.now_ms = at.now_ms
        self.setup: Setup = at.references.get(SETUP, EMPTY_SETUP)
        self.world: World = pool.world(self.setup)
        self.events: list[Any] = []
        self.timers: dict[str, int | None] = {}
        self.free: dict[str, None] = {}
        self.fresh: dict[str, None] = {}

    def emit(self, record: type[Any], *, epoch: int = 0, **fields: Any) -> str:
        """Add an event and return its id."""
        self.events.append(
            record(
                tenant=self.tenant,
                occurred_at_ms=self.now_ms,
                recorded_at_ms=self.now_ms,
                causation_id=self.at.cause,
                ownership_epoch=epoch,
                **fields,
            )
        )
        return self.at.event_id(len(self.events) - 1)

    def tell(self, item: Item, record: type[Any], *, epoch: int = 0, **fields: Any) -> None:
        """Add a record for the item's conversation; a record of the CRM has none."""
        if item.kind != "record":
            self.emit(record, epoch=epoch, conversation_id=item.item_id, **fields)

    def workstream(self, item: Item) -> Workstream:
        """Return the item's workstream; what holds without one if it is gone."""
        return self.setup.workstreams.get(item.demand.workstream_id, ORPHANS)

    def queue(self, queue_id: str) -> Queue | None:
        """Return a queue, or None if it is gone."""
        return self.setup.queues.get(queue_id)

    def facts_of(self, item: Item) -> dict[str, Fact]:
        """Return what rules may ask of an item, by dotted name.

        Its own: item_id, kind, channel, locale, workstream, bot_id, reason, message, customer_id,
        customer_name, linked_record. Context variables as `context.NAME`; those whose names begin
        with `customer.` or `case.` also under their own names, as facts of the related record.
        What classification wrote as `attribute.`, `skill.` and `profile.` and the name.
        """
        facts = self.pool.facts.get(item.item_id) or Facts()
        known: dict[str, Fact] = {"item_id": item.item_id, "kind": item.kind}
        own: dict[str, Fact | None] = {
            "channel": facts.channel,
            "locale": facts.locale,
            "workstream": item.demand.workstream_id,
            "bot_id": item.bot_id,
            "reason": facts.reason,
            "message": facts.message,
            "customer_id": facts.customer_id,
            "customer_name": facts.customer_name,
            "linked_record": facts.linked_record,
        }
        known |= {name: value for name, value in own.items() if value is not None}
        for name, value in variables_of(facts.variables).items():
            known[f"context.{name}"] = value
            if name.startswith(("customer.", "case.")):
                known.setdefault(name, value)
        for name, value in variables_of(facts.attributes).items():
            known[f"attribute.{name}"] = value
        for skill, level in item.demand.skills:
            known[f"skill.{skill}"] = level
        for profile in item.demand.needs.profiles:
            known[f"profile.{profile}"] = True
        return known

    def name_of(self, representative_id: str) -> str:
        """Return the name to show for somebody."""
        known = self.setup.representatives.get(representative_id)
        return known.name if known is not None else representative_id

    def is_bot(self, representative_id: str) -> bool:
        """Return whether a member of a queue is a bot."""
        known = self.setup.representatives.get(representative_id)
        return known is not None and known.is_bot

    def representative(self, representative_id: str) -> Representative | None:
        """Return somebody's row; None: they never were connected."""
        return self.pool.representatives.get(representative_id)

    def outcome(self) -> Outcome:
        """Return what became true."""
        return Outcome(
            self.pool,
            events=tuple(self.events),
            timers=self.timers,
            rows=self.pool.changes(),
        )

    def refused(self, code: str, because: str) -> Outcome:
        """Return a lawful no."""
        return Outcome(self.pool, rejection=Rejection(code, because))

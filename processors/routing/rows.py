"""What routing keeps: one small frozen row for each work item, representative and queue.

These rows are the state of a pool and what screens read, see `processors.views.routing`. A new
field goes last and has a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from processors.routing.capacity import NOTHING, Load, Needs
from processors.routing.conditions import Fact
from processors.routing.overflow import WaitAverage
from processors.routing.presence import Base, Presence

ItemState = Literal["open", "offered", "active", "waiting", "wrap_up", "closed"]
"""`open`: in a queue, or nowhere yet. `offered`: a representative has to answer. `active`: a
representative has it. `waiting`: its session is closed until the customer writes. `wrap_up`: the
conversation is over, the representative is not. `closed`: final."""

Line = Literal["general", "reserved", "aside"]
OwnerKind = Literal["bot", "queue", "representative", "none"]

ITEM: Final = "routing_item"
FACTS: Final = "routing_facts"
REPRESENTATIVE: Final = "routing_representative"
QUEUE: Final = "routing_queue"
MEASURE: Final = "routing_measure"
POOL: Final = "routing_pool"
ACTOR: Final = "routing_actor"
DESK: Final = "routing_desk"
WAITING: Final = "routing_waiting"
DECISION: Final = "routing_decision"
OVERDUE: Final = "routing_overdue"
PAST: Final = "routing_past"


class Offer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An item waits for a representative's answer.

    Attributes:
        offer_id: `{item}/{n}`, n counting the item's offers.
        representative_id: Who is asked.
        offered_at_ms: Since when.
        deadline_at_ms: Until when.
        is_automatic: At the deadline it is theirs; False: it goes back.
        can_decline: Whether a no is possible.
        is_overdue: The deadline passed while they were away; it is taken back later.
    """

    offer_id: str
    representative_id: str
    offered_at_ms: int
    deadline_at_ms: int
    is_automatic: bool = False
    can_decline: bool = True
    is_overdue: bool = False


class Demand(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an item asks of whoever gets it; in a queue, items of equal demands form one line.

    Attributes:
        workstream_id: Whose policy counts.
        needs: Capacity it takes.
        skills: Skill and wanted level, by skill id.
        presences: Base presences it may be offered in.
        level: Open level of the queue's bullseye; 0 also where the queue has none.
        asked: Its facts that the queue's own assignment rules ask, by name.
    """

    workstream_id: str = ""
    needs: Needs = NOTHING
    skills: tuple[tuple[str, int | float], ...] = ()
    presences: tuple[Base, ...] = ("available",)
    level: int = 0
    asked: tuple[tuple[str, Fact], ...] = ()


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A work item.

    Attributes:
        item_id: The conversation, or the record.
        number: In which order items arrived at the pool.
        life: How often it arrived: a bot may have had it in between.
        kind: messaging, voice or record.
        queue_id: The queue it waits in or came from; empty before one took it.
        state: Where it stands.
        owner: Which side has it.
        owner_id: Bot, queue or representative.
        epoch: Epoch of that ownership.
        request_id: The hand-off it comes from.
        bot_id: The bot that had it.
        is_synchronous: The customer waits at the other end.
        is_persistent: A chat that goes on for days.
        first_arrived_at_ms: When it arrived for the first time.
        arrived_at_ms: When it arrived in this life; the first wait counts from here.
        aged_from_ms: Its age in a queue counts from here; a transfer does not change it.
        queued_at_ms: When it came to its present queue.
        changed_at_ms: When it came to its present state; auto-close counts from here.
        accepted_at_ms: When a representative first had it in this life.
        active_at_ms: When its present representative got it.
        wrap_up_at_ms: When the conversation ended.
        closes_at_ms: When it closes by itself.
        closed_at_ms: When it closed.
        rank: Its place in its queue; texts compare.
        demand: What it asks.
        representative_id: Who is offered it, has it or had it last.
        holds: The capacity it takes of them now.
        offer: The open offer.
        offers: How many offers there were.
        declines: Representative to how often they declined or let it pass, by id.
        line: `general`: any member who fits its demand may have it. `reserved`: only those it
            prefers. `aside`: nothing is automatic, it is picked or assigned by a supervisor.
        wishes: The customer's preferred representatives, the dearest first.
        preferred: Those of them that count: members of the queue who did not decline it.
        shunned: Who declined it too often, and bots that gave it up.
        consulted: Who is asked about it.
        observers: Supervisors with `monitor:` or `join:` before their id.
        session: Sessions are numbered from 1.
        decisions: How many decisions there were about it.
        decision_id: The last one, as event id.
        failures: How often its hand-off failed.
        is_overflow_checked: Pre-queue overflow was looked at.
        was_passed_on: It was transferred, assigned or overflowed: fewer overflow actions are left.
        overflowed_ms: The wait up to which in-queue overflow had its turn; -1: none had.
        first_wait_ms: From arrival to the first acceptance.
        handle_ms: How long representatives worked on it so far.
        customer_wrote_at_ms: The customer's last unanswered message.
        wrote_at_ms: The representative's last message.
        is_disconnected: The customer of a live chat is away.
        told: What the customer was told last: position in the queue, 0: nothing yet.
        outcome: How it ended.
        affinity: Who had it before and gets it again.
        served_by: Who had it last.
        escalated_by: Bots that gave it to people; none of them gets it again.
        is_escalated: The chat became a call, which goes on.
        focus_ms: How long its present representative looked at it so far; -1: nobody said.
        focused_at_ms: Since when they look at it now.
        has_acted: Whether its customer ever did anything but come.
        sentiment: How its customer feels, from -3 to 3, as somebody outside read it.
    """

    item_id: str
    number: int
    kind: str
    life: int = 1
    queue_id: str = ""
    state: ItemState = "open"
    owner: OwnerKind = "queue"
    owner_id: str | None = None
    epoch: int = 0
    request_id: str | None = None
    bot_id: str | None = None
    is_synchronous: bool = True
    is_persistent: bool = False
    first_arrived_at_ms: int = 0
    arrived_at_ms: int = 0
    aged_from_ms: int = 0
    queued_at_ms: int = 0
    changed_at_ms: int = 0
    accepted_at_ms: int | None = None
    active_at_ms: int | None = None
    wrap_up_at_ms: int | None = None
    closes_at_ms: int | None = None
    closed_at_ms: int | None = None
    rank: str = ""
    demand: Demand = Demand()
    representative_id: str | None = None
    holds: Needs | None = None
    offer: Offer | None = None
    offers: int = 0
    declines: tuple[tuple[str, int], ...] = ()
    line: Line = "general"
    wishes: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    shunned: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    observers: tuple[str, ...] = ()
    session: int = 1
    decisions: int = 0
    decision_id: str | None = None
    failures: int = 0
    is_overflow_checked: bool = False
    was_passed_on: bool = False
    overflowed_ms: int = -1
    first_wait_ms: int | None = None
    handle_ms: int = 0
    customer_wrote_at_ms: int | None = None
    wrote_at_ms: int | None = None
    is_disconnected: bool = False
    told: int = 0
    outcome: str = ""
    affinity: str | None = None
    served_by: str | None = None
    escalated_by: tuple[str, ...] = ()
    is_escalated: bool = False
    focus_ms: int = -1
    focused_at_ms: int | None = None
    has_acted: bool = False
    sentiment: int | None = None

    @property
    def is_waiting(self) -> bool:
        """Return whether it waits in a queue for a representative."""
        return self.state == "open" and self.queue_id != ""

    @property
    def offer_id(self) -> str:
        """Return the id of its last offer."""
        return f"{self.item_id}/{self.life}.{self.offers}"


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of an item and changes rarely; kept apart because it may be long.

    Attributes:
        variables: Context variables as JSON text.
        attributes: What classification set, as JSON text.
    """

    channel: str = ""
    locale: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    linked_record: str | None = None
    variables: str = "{}"
    cut_variables: tuple[str, ...] = ()
    message: str | None = None
    reason: str | None = None
    turns: int = 0
    opened_at_ms: int = 0
    attributes: str = "{}"
    because: str = ""


class Representative(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A representative at work.

    Attributes:
        presence: Presence, connection and what they chose.
        load: Capacity they have and use.
        items: What they are offered or have, in the order they got it.
        last_assigned_at_ms: When they were last given something.
        last_assigned_in: The same per queue.
        released_at_ms: When capacity of theirs was last given back, or they signed in.
        free_since_ms: Since when they could have been given something; 0: they could not.
        shift_ends_at_ms: When profiles until the end of the day are given back.
        focused: The item they look at; None: none, or nobody said.
    """

    representative_id: str
    presence: Presence = Presence()
    load: Load = Load()
    items: tuple[str, ...] = ()
    last_assigned_at_ms: int = 0
    last_assigned_in: Mapping[str, int] = {}
    released_at_ms: int = 0
    free_since_ms: int = 0
    shift_ends_at_ms: int | None = None
    focused: str | None = None


class Desk(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An item on a representative's desk.

    Attributes:
        role: `offer`, `item` or `consult`.
        at_ms: Since when.
    """

    role: str
    at_ms: int


class QueueState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is in a queue now, and how long one waits.

    Attributes:
        waiting: Items that wait for a representative.
        offered: Items a representative has to answer.
        active: Items that are served.
        wrap_up: Items that are wrapped up.
        paused: Items whose session is closed until the customer writes.
        average: How long answered customers waited.
    """

    waiting: int = 0
    offered: int = 0
    active: int = 0
    wrap_up: int = 0
    paused: int = 0
    average: WaitAverage = WaitAverage()


class PoolState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the pool as a whole knows.

    Attributes:
        arrived: Lives of items that began; a bot that gives one back begins another.
        closed: Lives that ended.
        open: Lives that go on.
        setup_digest: The setup that everything waiting was last looked at under.
        cycles_at_ms: When the next periodic cycle is due.
        numbered: How many items were numbered.
        batch_from_ms: When the minute began in which items overflow out of queues now.
        batched: How many did in it.
        is_overfull: More waited than the quota allows, and somebody was told.
    """

    arrived: int = 0
    closed: int = 0
    open: int = 0
    setup_digest: str = ""
    cycles_at_ms: int | None = None
    numbered: int = 0
    batch_from_ms: int = 0
    batched: int = 0
    is_overfull: bool = False


class Overdue(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An item that waited too long and has to leave its queue with the next batch."""

    queue_id: str
    exceeds_ms: int
    queued_at_ms: int


class Past(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An item that is closed and no longer kept in memory."""

    item: Item
    facts: Facts


class Actor(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Digests of the last commands somebody gave, 8 bytes each, one after the other."""

    seen: bytes = b""


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An item in the order of its queue; the key holds the order."""

    queued_at_ms: int


class DecisionRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a decision about an item is found on the log, and what it was."""

    decision_id: str
    at_ms: int
    kind: str
    queue_id: str
    chosen_id: str | None
    because: str

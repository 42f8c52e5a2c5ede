"""A tenant's pool: everything that waits and everybody who serves, found without searching.

Waiting items stand in lines: one for each queue and `Demand`, in the queue's order. Whoever may
have one item of a line may have all of them, so somebody who becomes free looks at the first item
of each line of their queues, however many wait behind it. What concerns one representative alone
(declined too often, preferred by a customer) is kept beside the lines, by representative.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from processors.machine import RowReader
from processors.routing import measures, rows
from processors.routing.capacity import Load, ProfileLoad, limited
from processors.routing.conditions import Condition
from processors.routing.measures import Measure
from processors.routing.overflow import QueueLoad, answered, expected_wait_ms
from processors.routing.question import Candidate, Policy, policy_of
from processors.routing.rows import (
    Actor,
    DecisionRow,
    Demand,
    Desk,
    Facts,
    Item,
    Overdue,
    Past,
    Place,
    PoolState,
    QueueState,
    Representative,
)
from processors.routing.setup import EMPTY_SETUP, Queue, RepresentativeSetup, Setup, Workstream
from processors.wide import Wide, joined

Order = tuple[int, int, str, str, str]
"""Where an item stands among all items that wait: smaller is earlier. Queue priority; first in,
first out before own priorities; for those the queue's name and id; place in the queue; item id."""

THE_POOL: Final = ""
"""Own key of the pool's one row."""

_COUNTED: Final = {
    "open": "waiting",
    "offered": "offered",
    "active": "active",
    "wrap_up": "wrap_up",
    "waiting": "paused",
}
"""State of an item to the count of its queue."""


class World:
    """What follows from a setup alone; made once for each.

    Attributes:
        setup: The setup.
        tiers: Representative to their queues, those of one priority together, smallest first.
        presences: Presences in which anything at all may be offered.
        has_rules: Whether any queue has assignment rules of its own, which may ask anything.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.tiers: dict[str, tuple[tuple[Queue, ...], ...]] = {}
        for representative_id, queue_ids in setup.queues_of.items():
            by_priority: dict[int, list[Queue]] = {}
            for queue_id in queue_ids:
                queue = setup.queues[queue_id]
                by_priority.setdefault(queue.priority, []).append(queue)
            self.tiers[representative_id] = tuple(
                tuple(by_priority[priority]) for priority in sorted(by_priority)
            )
        presences = {"available"}
        for workstream in setup.workstreams.values():
            presences |= set(workstream.allowed_presences)
        self.presences = frozenset(presences)
        self.has_rules = any(queue.assignment for queue in setup.queues.values())
        self._policies: dict[tuple[str, str], Policy] = {}
        self._asked: dict[str, tuple[str, ...]] = {}
        self._packed: dict[tuple[str, str], bytes] = {}
        self._heads: dict[str, tuple[int, int, str]] = {}

    def policy(self, workstream: Workstream, queue: Queue) -> Policy:
        """Return how items of a workstream are given away in a queue."""
        found = self._policies.get((workstream.id, queue.id))
        if found is None:
            found = policy_of(self.setup, workstream, queue)
            self._policies[workstream.id, queue.id] = found
        return found

    def policy_bytes(self, workstream: Workstream, queue: Queue) -> bytes:
        """Return a policy as bytes; kept as long as the setup is in force."""
        held = self._packed.get((workstream.id, queue.id))
        if held is None:
            held = pack(self.policy(workstream, queue))
            self._packed[workstream.id, queue.id] = held
        return held

    def asked(self, queue: Queue) -> tuple[str, ...]:
        """Return names of the facts about items that a queue's own assignment rules ask."""
        found = self._asked.get(queue.id)
        if found is None:
            names = {name for rule in queue.assignment for name in _names(rule.when)}
            found = self._asked[queue.id] = tuple(sorted(names))
        return found

    def head(self, queue_id: str) -> tuple[int, int, str]:
        """Return what is the same of the order of all items in a queue."""
        head = self._heads.get(queue_id)
        if head is None:
            queue = self.setup.queues.get(queue_id)
            if queue is None:
                head = (1 << 40, 1, queue_id)
            elif queue.buckets:
                head = (queue.priority, 1, queue.name + "\0" + queue_id)
            else:
                head = (queue.priority, 0, "")
            self._heads[queue_id] = head
        return head

    def order(self, queue_id: str, rank: str, item_id: str) -> Order:
        """Return where an item stands among all that wait."""
        return (*self.head(queue_id), rank, item_id)


pack: Final = msgspec.msgpack.Encoder(order="deterministic").encode
"""Encodes a part of a question."""

Found = tuple[Order, Item]
"""An item and where it stands among all that wait."""

Refuse = Callable[[Candidate], object]
"""Given a candidate, why not; None or empty: they may."""


class Asking(Protocol):
    """How to find out whether somebody may have an item."""

    def fits(self, item: Item, candidate: Candidate) -> bool:
        """Return whether they may have it."""

    def refuser(self, item: Item) -> Refuse | None:
        """Return what refuses the items of the item's line; None: ask `fits` for each."""


class Line:
    """Items of one demand that wait in one queue.

    Attributes:
        places: Rank and id of each, in order.
        refuse: What refuses somebody all of them; None: it has to be asked for each.
        world: For which setup that holds; None: not yet asked.
    """

    __slots__ = ("places", "refuse", "world")

    def __init__(self) -> None:
        self.places: list[tuple[str, str]] = []
        self.refuse: Refuse | None = None
        self.world: World | None = None


class Roster:
    """A queue's members as candidates; only those who changed are made anew.

    Attributes:
        candidates: In the order of the queue.
        known: The same, being changed.
        packed: The same as bytes.
        places: Representative to place.
        stale: Places of those who changed.
    """

    __slots__ = ("candidates", "known", "packed", "places", "stale")

    def __init__(self, queue: Queue) -> None:
        nobody = Candidate("")
        self.places = {who: place for place, who in enumerate(queue.members)}
        self.known = [nobody] * len(queue.members)
        self.packed = [b""] * len(queue.members)
        self.candidates: tuple[Candidate, ...] = ()
        self.stale = set(range(len(queue.members)))

    def put(self, place: int, candidate: Candidate) -> None:
        """Set the candidate at a place."""
        self.known[place] = candidate
        self.packed[place] = pack(candidate)


NO_LINES: Final[Mapping[Demand, Line]] = {}


class Pool(Wide):
    """The state of the routing processor: rows, and look-ups made of them.

    Attributes:
        items: Work items by id; closed ones until they are forgotten.
        facts: What is known of them and changes rarely.
        representatives: Everybody who was ever connected.
        queues: Counts and waits by queue.
        measures: Figures by queue and hour.
        actors: Commands already seen, by who gave them.
        overdue: Items that have to leave their queue with the next batch.
    """

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self.items = self.table(rows.ITEM, Item)
        self.facts = self.table(rows.FACTS, Facts)
        self.representatives = self.table(rows.REPRESENTATIVE, Representative)
        self.queues = self.table(rows.QUEUE, QueueState)
        self.measures = self.table(rows.MEASURE, Measure)
        self.pool = self.table(rows.POOL, PoolState)
        self.actors = self.table(rows.ACTOR, Actor)
        self.overdue = self.table(rows.OVERDUE, Overdue)
        self.desk = self.notes(rows.DESK, Desk)
        self.places = self.notes(rows.WAITING, Place)
        self.decisions = self.notes(rows.DECISION, DecisionRow)
        self.past = self.notes(rows.PAST, Past)
        self._lines: dict[str, dict[Demand, Line]] = {}
        self._preferring: dict[str, dict[str, None]] = {}
        self._shunned: dict[str, set[str]] = {}
        self._candidates: dict[str, Candidate] = {}
        self._rosters: dict[str, Roster] = {}
        self._turns: dict[str, dict[str, int]] = {}
        self._world = World(EMPTY_SETUP)

    @classmethod
    def opened(cls, key: bytes, read: RowReader) -> Pool:
        """Return the pool that its rows give."""
        pool = cls(key)
        pool.load(read)
        for item in pool.items.unordered():
            if item.is_waiting:
                pool._line_up(item)
        for row in pool.representatives.unordered():
            pool._note_turns(row)
        return pool

    @property
    def state(self) -> PoolState:
        """Return what the pool as a whole knows."""
        return self.pool.get(THE_POOL) or PoolState()

    @state.setter
    def state(self, state: PoolState) -> None:
        self.pool.put(THE_POOL, state)

    def world(self, setup: Setup) -> World:
        """Return what follows from the setup in force."""
        if self._world.setup is not setup:
            self._world = World(setup)
            self._candidates.clear()
            self._rosters.clear()
        return self._world

    # --- items

    def put_item(self, item: Item) -> None:
        """Set an item, and its place in its queue."""
        before = self.items.get(item.item_id)
        self.items.put(item.item_id, item)
        was, now = _standing(before), _standing(item)
        if was != now:
            if before is not None and was is not None:
                self._leave_line(before)
            if now is not None:
                self._line_up(item)
            if was is None or now is None or was[:2] != now[:2]:
                if before is not None and was is not None:
                    self.places.drop(joined(before.queue_id, before.rank, before.item_id))
                if now is not None:
                    place = Place(item.queued_at_ms)
                    self.places.put(joined(item.queue_id, item.rank, item.item_id), place)
        self._count(before, item)

    def file_item(self, item: Item) -> None:
        """Take a closed item out of memory; screens still find it."""
        self.items.drop(item.item_id)
        facts = self.facts.get(item.item_id) or Facts()
        self.facts.drop(item.item_id)
        self.past.put(item.item_id, Past(item, facts))

    def line(self, queue_id: str) -> list[tuple[str, str]]:
        """Return rank and id of everything that waits in a queue, in order.

        For screens and for tests: it looks at every item.
        """
        lines = self._lines.get(queue_id, {})
        return sorted(place for line in lines.values() for place in line.places)

    def ahead(self, item: Item) -> int:
        """Return how many wait before an item in its queue."""
        place = (item.rank, item.item_id)
        lines = self._lines.get(item.queue_id, {})
        return sum(bisect_left(line.places, place) for line in lines.values())

    def busy(self, at_ms: int) -> Callable[[str], QueueLoad]:
        """Return how busy queues are, as overflow asks."""

        def load(queue_id: str) -> QueueLoad:
            state = self.queues.get(queue_id)
            if state is None:
                return QueueLoad(0)
            wait_ms = expected_wait_ms(state.average, at_ms)
            return QueueLoad(state.waiting + state.offered, wait_ms)

        return load

    def first_in(self, queue_id: str) -> Item | None:
        """Return the item at the head of a queue."""
        lines = self._lines.get(queue_id)
        if not lines:
            return None
        return self.items[min(line.places[0] for line in lines.values())[1]]

    def first_for(self, representative_id: str, world: World, asking: Asking) -> Found | None:
        """Return the first item that somebody may have, over all their queues, or None.

        Args:
            representative_id: Who is free.
            world: What follows from the setup.
            asking: How to find out whether they may have something.
        """
        candidate = self.candidate(representative_id, world.setup)
        best = self._first_preferring(representative_id, candidate, world, asking)
        for tier in world.tiers.get(representative_id, ()):
            if best is not None and best[0][0] < tier[0].priority:
                break
            for queue in tier:
                best = self._first_in(queue, candidate, world, asking, best)
            if best is not None and best[0][0] <= tier[0].priority:
                break
        return best

    def _first_in(
        self, queue: Queue, candidate: Candidate, world: World, asking: Asking, best: Found | None
    ) -> Found | None:
        """Return the first item that somebody may have in a queue, or `best` if that is earlier."""
        shunned = self._shunned.get(candidate.representative_id, ())
        units_free = candidate.load.units_free
        head = world.head(queue.id)
        for demand, line in self._lines.get(queue.id, NO_LINES).items():
            refuse = line.refuse
            is_full = refuse is not None and demand.needs.units > units_free
            if demand.level < 0 or (is_full and not candidate.is_bot):
                continue
            place = _first_of(line.places, shunned)
            if place is None:
                continue
            order = (*head, *place)
            if best is not None and best[0] < order:
                continue
            if line.world is not world:
                line.refuse = refuse = asking.refuser(self.items[place[1]])
                line.world = world
            item = self.items[place[1]]
            if not (asking.fits(item, candidate) if refuse is None else not refuse(candidate)):
                continue
            best = (order, item)
        return best

    def _first_preferring(
        self,
        representative_id: str,
        candidate: Candidate,
        world: World,
        asking: Asking,
    ) -> Found | None:
        best: Found | None = None
        for item_id in self._preferring.get(representative_id, ()):
            item = self.items[item_id]
            order = world.order(item.queue_id, item.rank, item_id)
            if (best is None or order < best[0]) and asking.fits(item, candidate):
                best = (order, item)
        return best

    def _line_up(self, item: Item) -> None:
        """Put a waiting item into its line."""
        demand = item.demand if item.line == "general" else ASIDE
        lines = self._lines.setdefault(item.queue_id, {})
        line = lines.get(demand)
        if line is None:
            line = lines[demand] = Line()
        insort(line.places, (item.rank, item.item_id))
        if item.line == "aside":
            return
        for representative_id in item.preferred:
            self._preferring.setdefault(representative_id, {})[item.item_id] = None
        for representative_id in item.shunned:
            self._shunned.setdefault(representative_id, set()).add(item.item_id)

    def _leave_line(self, item: Item) -> None:
        lines = self._lines[item.queue_id]
        demand = item.demand if item.line == "general" else ASIDE
        places = lines[demand].places
        del places[bisect_left(places, (item.rank, item.item_id))]
        if not places:
            del lines[demand]
        if item.line == "aside":
            return
        for representative_id in item.preferred:
            preferring = self._preferring[representative_id]
            del preferring[item.item_id]
            if not preferring:
                del self._preferring[representative_id]
        for representative_id in item.shunned:
            shunned = self._shunned[representative_id]
            shunned.discard(item.item_id)
            if not shunned:
                del self._shunned[representative_id]

    def _count(self, before: Item | None, after: Item) -> None:
        was = None if before is None or not before.queue_id else _COUNTED.get(before.state)
        now = _COUNTED.get(after.state) if after.queue_id else None
        if before is not None and (before.queue_id, was) == (after.queue_id, now):
            return
        if before is not None and was is not None:
            self._add_to_queue(before.queue_id, was, -1)
        if now is not None:
            self._add_to_queue(after.queue_id, now, 1)

    def _add_to_queue(self, queue_id: str, name: str, count: int) -> None:
        state = self.queues.get(queue_id) or QueueState()
        self.queues.put(queue_id, replace(state, **{name: getattr(state, name) + count}))

    # --- representatives

    def put_representative(self, row: Representative) -> None:
        """Set somebody's row."""
        who = row.representative_id
        self.representatives.put(who, row)
        self._candidates.pop(who, None)
        for queue_id in self._world.setup.queues_of.get(who, ()):
            roster = self._rosters.get(queue_id)
            if roster is not None:
                roster.stale.add(roster.places[who])
        self._note_turns(row)

    def candidate(self, representative_id: str, setup: Setup) -> Candidate:
        """Return somebody as the facts that a choice depends on."""
        found = self._candidates.get(representative_id)
        if found is None:
            found = self._made(representative_id, setup)
            self._candidates[representative_id] = found
        return found

    def roster(self, queue: Queue, setup: Setup) -> Roster:
        """Return a queue's members as candidates, in their order."""
        roster = self._rosters.get(queue.id)
        if roster is None:
            roster = self._rosters[queue.id] = Roster(queue)
        for place in roster.stale:
            who = queue.members[place]
            roster.put(place, self.candidate(who, setup))
        if roster.stale:
            roster.stale.clear()
            roster.candidates = tuple(roster.known)
        return roster

    def turns(self, queue_id: str) -> dict[str, int]:
        """Return when a queue last gave each representative something."""
        return self._turns.get(queue_id, {})

    def _made(self, representative_id: str, setup: Setup) -> Candidate:
        known = setup.representatives.get(representative_id)
        row = self.representatives.get(representative_id)
        if known is None:
            known = RepresentativeSetup(id=representative_id, name=representative_id)
        if row is None:
            row = Representative(representative_id, load=load_of(setup, known))
        return Candidate(
            representative_id=representative_id,
            load=row.load,
            presence=row.presence.effective,
            skills=dict(known.skills),
            last_assigned_at_ms=row.last_assigned_at_ms,
            released_at_ms=row.released_at_ms,
            available_since_ms=row.free_since_ms,
            is_bot=known.is_bot,
            facts=dict(known.attributes),
        )

    def _note_turns(self, row: Representative) -> None:
        for queue_id, at_ms in row.last_assigned_in.items():
            self._turns.setdefault(queue_id, {})[row.representative_id] = at_ms

    # --- figures

    def count(self, queue_id: str, at_ms: int, **counts: int) -> None:
        """Add to a queue's figures of the present hour."""
        measure = self._measure(queue_id, at_ms)
        if measure is not None:
            key = measures.hour_key(queue_id, measures.hour_of(at_ms))
            self.measures.put(key, measures.added(measure, counts))

    def count_answer(self, queue: Queue, at_ms: int, waited_ms: int) -> None:
        """Add an item that was accepted for the first time to its queue's figures."""
        measure = self._measure(queue.id, at_ms)
        if measure is not None:
            key = measures.hour_key(queue.id, measures.hour_of(at_ms))
            self.measures.put(key, measures.answered(measure, waited_ms, queue.service_level_ms))
        state = self.queues.get(queue.id) or QueueState()
        average = answered(state.average, waited_ms, at_ms)
        self.queues.put(queue.id, replace(state, average=average))

    def _measure(self, queue_id: str, at_ms: int) -> Measure | None:
        """Return the present hour's figures; a new hour drops those of three days ago."""
        if not queue_id:
            return None
        hour = measures.hour_of(at_ms)
        found = self.measures.get(measures.hour_key(queue_id, hour))
        if found is not None:
            return found
        oldest = measures.hour_key(queue_id, hour - measures.HOURS_KEPT)
        for key in self.measures.keys(joined(queue_id, "")):
            if key > oldest:
                break
            self.measures.drop(key)
        return measures.NOTHING_YET


ASIDE: Final = Demand(level=-1)
"""The line of those that do not stand in a general one."""


def _standing(item: Item | None) -> tuple[object, ...] | None:
    """Return what an item's place among those that wait depends on; None: it does not wait."""
    if item is None or not item.is_waiting:
        return None
    return (item.queue_id, item.rank, item.line, item.demand, item.preferred, item.shunned)


def decision_key(item_id: str, number: int) -> str:
    """Return the own key of the row of an item's decision."""
    return joined(item_id, f"{number:06d}")


def _names(condition: Condition | None) -> Iterator[str]:
    """Yield the facts a condition asks."""
    if condition is None:
        return
    for name in (condition.field, condition.value_of):
        if name is not None and not name.startswith("representative."):
            yield name
    for part in (*(condition.every or ()), *(condition.some or ()), condition.negated):
        yield from _names(part)


def load_of(setup: Setup, known: RepresentativeSetup, carried: Load | None = None) -> Load:
    """Return what somebody may carry by the setup, and still carries."""
    limits = {}
    for profile_id, limit in known.profiles.items():
        profile = setup.profiles[profile_id]
        limits[profile_id] = ProfileLoad(
            profile_id,
            limit,
            is_blocking=profile.is_blocking,
            is_end_of_day=profile.reset == "end_of_day",
        )
    return limited(carried or Load(), known.units, limits)


def _first_of(line: list[tuple[str, str]], shunned: set[str] | tuple[()]) -> tuple[str, str] | None:
    """Return the first place in a line that somebody did not decline too often."""
    if not shunned:
        return line[0]
    return next((place for place in line if place[1] not in shunned), None)

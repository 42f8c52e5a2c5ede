"""What holds in every history of a pool: commands, observations and time in any order."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
from msgspec.structs import replace

from processors.machine import At, Row
from processors.routing import choose
from processors.routing.assigning import _Asking
from processors.routing.handling import Handling
from processors.routing.pool import Pool
from processors.routing.processor import RoutingProcessor
from schemas import codec
from schemas.records import routing
from schemas.records.conversation import OwnershipMoved, RepresentativeAccepted
from streams.testing import TestDriver
from tests.rules.pools import chats, small
from tests.rules.setups import content, queue, setup

NINE_MS = 1_767_258_000_000
PEOPLE = ("ann", "bob", "cay", "dan")
ITEMS = ("c1", "c2", "c3", "c4", "c5", "c6")
COMMON: dict[str, Any] = {"tenant": "demo", "occurred_at_ms": NINE_MS}

RATED = {
    "rating_models": [
        {"id": "stars", "levels": [{"name": str(n), "value": n} for n in range(1, 6)]}
    ],
    "skills": [{"id": "german", "rating_model": "stars"}],
}
RULES: dict[str, Any] = {
    "rulesets": [
        {
            "name": "language",
            "kind": "skills",
            "items": [
                {
                    "name": "german",
                    "when": {"field": "locale", "value": "de"},
                    "skills": {"german": 3},
                }
            ],
        }
    ],
    "routes": [
        {"name": "vip", "when": {"field": "customer_id", "value": "vip"}, "queue": "vip"},
        {"name": "rest", "queue": "chats"},
    ],
}


def world(**given_of: Any) -> Any:
    """Return a setup of two queues that share members, with capacity that runs out."""
    parts: dict[str, Any] = {
        "representatives": [
            {"id": "ann", "units": 2, "skills": {"german": 4}},
            {"id": "bob", "units": 1, "skills": {"german": 2}},
            {"id": "cay", "units": 2},
            {"id": "dan", "units": 1},
        ],
        "queues": [
            queue("chats", members=["ann", "bob", "cay"], priority=2, **given_of.pop("chats", {})),
            queue("vip", members=["cay", "ann", "dan"], priority=1, **given_of.pop("vip", {})),
        ],
        "workstreams": [chats(**RULES, **given_of.pop("work", {}))],
        **RATED,
        **given_of,
    }
    return setup(**small(**parts))


ORDERED = [
    {"name": "german", "when": {"field": "locale", "value": "de"}},
    {"name": "others", "order_by": [{"field": "message", "is_descending": True}]},
]
WORLDS = {
    "plain": world(work={"skill_match": "exact"}),
    "round": world(
        chats={"method": "round_robin"},
        vip={"method": "longest_idle", "buckets": ORDERED},
        work={"skill_match": "closest", "is_synchronous": False, "wrap_up": 60_000},
        presence={"missed_sets_inactive": False, "declined_sets_do_not_disturb": True},
    ),
    "wide": world(
        chats={
            "bullseye": {
                "levels": [
                    {"after_ms": 0, "teams": ["near"]},
                    {"after_ms": 30_000, "teams": ["far"]},
                ]
            },
            "overflow": {
                "waiting": [{"exceeds_ms": 120_000, "action": {"do": "queue", "queue": "vip"}}]
            },
        },
        work={"wrap_up": "always", "keep_same_representative": True, "is_synchronous": False},
        representatives=[
            {"id": "ann", "units": 2, "teams": ["near"]},
            {"id": "bob", "units": 1, "teams": ["far"]},
            {"id": "cay", "units": 2},
            {"id": "dan", "units": 1},
        ],
    ),
    "waits": world(
        preferred={"when_none_free": "wait"},
        work={"offer": "auto", "can_decline": False},
        chats={
            "overflow": {"before": [{"when": "waiting_items", "limit": 2, "action": {"do": "end"}}]}
        },
    ),
    "rules": world(
        chats={
            "method": "custom",
            "assignment": [
                {
                    "name": "german",
                    "when": {
                        "all": [
                            {"field": "locale", "value": "de"},
                            {"field": "representative.presence", "value": "available"},
                        ]
                    },
                    "order_by": [{"by": "round_robin"}],
                }
            ],
        },
        work={"mode": "push", "is_synchronous": False},
    ),
}


def _arrival(item: str, locale: str | None, customer: str | None, wishes: list[str], n: int) -> Any:
    return routing.WorkItemArrived(
        **COMMON,
        item_id=item,
        channel="sms",
        locale=locale,
        customer_id=customer,
        message=f"m{n}",
        preferred_representatives=tuple(wishes),
        is_synchronous=bool(n % 2),
        request_id=f"{item}/{n // 3}",
        bot_id="bot" if n % 3 else None,
        ownership_epoch=n,
    )


people = st.sampled_from(PEOPLE)
items = st.sampled_from(ITEMS)
arrivals = st.builds(
    _arrival,
    items,
    st.sampled_from((None, "de", "en")),
    st.sampled_from((None, "vip")),
    st.lists(people, max_size=2, unique=True),
    st.integers(1, 8),
)


def _of(record: type[Any], **fields: Any) -> Any:
    return st.builds(lambda **given_of: record(**COMMON, **given_of), **fields)


MINE = "mine"
"""Filled in when it is given: who has the item, or is offered it."""
OFFERED = "offered"
who_has = st.sampled_from((MINE, MINE, MINE, "ann", "cay"))
desk = {"item_id": items, "representative_id": who_has}
commands = st.one_of(
    _of(routing.AcceptOffer, **desk, offer_id=st.just(OFFERED)),
    _of(routing.AcceptOffer, **desk, offer_id=st.just(OFFERED)),
    _of(routing.AcceptOffer, **desk, offer_id=st.just(OFFERED)),
    _of(routing.DeclineOffer, **desk, offer_id=st.just(OFFERED)),
    _of(routing.PickItem, item_id=items, representative_id=people),
    _of(routing.ReleaseItem, **desk),
    _of(routing.TransferItem, **desk, target=st.just("queue"), target_id=st.just("vip")),
    _of(routing.TransferItem, **desk, target=st.just("representative"), target_id=people),
    _of(routing.TransferItem, **desk, target=st.just("bot"), target_id=st.just("bot")),
    _of(routing.EndItem, **desk),
    _of(routing.EndItem, **desk),
    _of(routing.CloseItem, **desk),
    _of(routing.WaitItem, **desk),
    _of(routing.ResumeItem, **desk),
    _of(routing.StartConsult, **desk, consulted_id=people),
    _of(
        routing.AssignItem,
        item_id=items,
        supervisor_id=st.just("sue"),
        assigned_id=people,
        is_over_capacity=st.booleans(),
    ),
    _of(
        routing.AssignItem,
        item_id=items,
        supervisor_id=st.just("sue"),
        queue_id=st.sampled_from(("chats", "vip", "none")),
    ),
    _of(routing.ForceCloseItem, item_id=items, supervisor_id=st.just("sue")),
    _of(routing.ReviewPool),
)
presences = st.one_of(
    _of(routing.RepresentativeConnected, representative_id=people),
    _of(routing.RepresentativeConnected, representative_id=people),
    _of(routing.RepresentativeConnected, representative_id=people),
    _of(
        routing.RepresentativeDisconnected,
        representative_id=people,
        is_sign_out=st.booleans(),
    ),
    _of(
        routing.SetPresence,
        representative_id=people,
        presence=st.sampled_from(("available", "busy", "away", "do_not_disturb")),
    ),
)
activities = _of(
    routing.WorkItemActivity,
    item_id=items,
    activity=st.sampled_from(
        (
            "customer_wrote",
            "customer_wrote",
            "customer_left",
            "customer_disconnected",
            "customer_returned",
            "representative_wrote",
            "ended",
        )
    ),
    representative_id=people,
)
waits = st.sampled_from((1, 1_000, 1_000, 20_000, 61_000, 130_000, 700_000))
steps = st.tuples(
    waits, st.one_of(arrivals, arrivals, commands, commands, commands, presences, activities)
)
histories = st.lists(steps, min_size=1, max_size=60)


class Run:
    """A pool under one history; checks what holds after every outcome."""

    def __init__(self, name: str, *, reopens: bool = False) -> None:
        self.processor = RoutingProcessor()
        self.setup = WORLDS[name]
        self.reopens = reopens
        self.now_ms = NINE_MS
        self.offset = 0
        self.rows: dict[tuple[str, bytes], bytes] = {}
        self.timers: dict[str, int] = {}
        self.epochs: dict[str, int] = {}
        self.log: list[bytes] = []
        self.pool = self.open()

    def open(self) -> Pool:
        def read(table: str) -> list[tuple[bytes, bytes]]:
            return sorted((key, value) for (name, key), value in self.rows.items() if name == table)

        return self.processor.open_state(b"demo", read)

    def go(self, history: list[tuple[int, Any]]) -> Run:
        for after_ms, record in history:
            self.now_ms += after_ms
            self.fire()
            self.give(record)
        self.now_ms += 700_000
        self.fire()
        return self

    def fire(self) -> None:
        while due := sorted((at, name) for name, at in self.timers.items() if at <= self.now_ms):
            due_ms, name = due[0]
            del self.timers[name]
            at = self.at(due_ms)
            self.keep(self.processor.on_timer(self.pool, b"demo", name, at), None, at)

    def at(self, now_ms: int) -> At:
        self.offset += 1
        cause = f"handoff.requests.v1/0/{self.offset}"
        return At(now_ms=now_ms, cause=cause, references={"routing.setup": self.setup})

    def give(self, record: Any) -> None:
        at = self.at(self.now_ms)
        item = self.pool.items.get(getattr(record, "item_id", ""))
        fills: dict[str, Any] = {}
        if getattr(record, "representative_id", None) == MINE:
            fills["representative_id"] = (item and item.representative_id) or "ann"
        if getattr(record, "offer_id", None) == OFFERED:
            fills["offer_id"] = item.offer_id if item else "none"
        if isinstance(record, routing.WorkItemArrived):
            # The conversation has the last word on epochs, and never says an older one.
            known = self.epochs.get(record.item_id, 0)
            fills["ownership_epoch"] = known + record.ownership_epoch % 2
        if fills:
            record = type(record)(**{**_fields(record), **fills})
        self.keep(self.processor.handle(self.pool, record, at), record, at)

    def keep(self, outcome: Any, record: Any, at: At) -> None:
        if outcome.rejection is not None:
            assert outcome.rejection.because
            assert not outcome.events
            assert not outcome.rows
            assert self.pool.changes() == (), f"refused, but changed: {record}"
        for row in outcome.rows:
            _apply(self.rows, row)
        for name, due_ms in outcome.timers.items():
            self.timers.pop(name, None)
            if due_ms is not None:
                self.timers[name] = due_ms
        for one in outcome.events:
            self.log.append(self.processor.encode_event(one)[1])
        self.log.append(
            repr(
                (
                    outcome.rejection,
                    outcome.rows,
                    sorted((name, str(due)) for name, due in outcome.timers.items()),
                )
            ).encode()
        )
        self.check(outcome, record, at)
        if self.reopens:
            self.pool = self.open()

    def check(self, outcome: Any, record: Any, at: At) -> None:
        self.check_decisions(outcome)
        self.check_epochs(outcome)
        self.check_items()
        self.check_capacity(outcome)
        self.check_conservation()
        self.check_nobody_free_waits(at)

    def check_decisions(self, outcome: Any) -> None:
        """A decision made again from what was recorded is the same, bytes and all."""
        for one in outcome.events:
            if type(one) is routing.AssignmentDecided:
                question = choose.decode(one.question)
                assert choose.encode(question) == one.question
                again = choose.decide(question)
                assert tuple(verdict.rank for verdict in again.verdicts) == one.ranks
                if one.kind == "queue":
                    assert again.chosen == one.chosen_id

    def check_epochs(self, outcome: Any) -> None:
        """Each new owner has a higher epoch than every owner before."""
        for one in outcome.events:
            if type(one) in {OwnershipMoved, RepresentativeAccepted}:
                before = self.epochs.get(one.conversation_id, -1)
                assert one.ownership_epoch > before
                self.epochs[one.conversation_id] = one.ownership_epoch

    def check_items(self) -> None:
        """One owner each, and something that will happen by itself, or somebody to do it."""
        on_desks: dict[str, str] = {}
        for row in self.pool.representatives.values():
            for item_id in row.items:
                assert item_id not in on_desks, "two representatives have it"
                on_desks[item_id] = row.representative_id
        for item in self.pool.items.values():
            has = {"offered", "active", "wrap_up"}
            owner = item.representative_id if item.state in has else None
            assert on_desks.get(item.item_id) == owner
            if item.state == "offered":
                assert item.owner == "queue"
                assert any(f"{kind}{item.item_id}" in self.timers for kind in TAKEN_BACK)
            if item.state == "active":
                assert (item.owner, item.owner_id) == ("representative", item.representative_id)
                row = self.pool.representatives[item.representative_id or ""]
                is_watched = f"unseen/{row.representative_id}" in self.timers
                is_answered = not item.is_synchronous and item.customer_wrote_at_ms is None
                is_there = row.presence.is_connected
                assert (
                    is_there
                    or is_watched
                    or is_answered
                    or f"close/{item.item_id}" in (self.timers)
                )
            if item.state == "open":
                assert (item.owner, item.owner_id) == ("queue", item.queue_id)
                assert item.item_id in {one for _, one in self.pool.line(item.queue_id)}

    def check_capacity(self, outcome: Any) -> None:
        """What is carried is what is held; beyond capacity only by hand or for one's own."""
        held: dict[str, int] = {}
        for item in self.pool.items.values():
            if item.holds is not None:
                who = item.representative_id or ""
                held[who] = held.get(who, 0) + item.holds.units
        for row in self.pool.representatives.values():
            assert row.load.units_used == held.get(row.representative_id, 0)
        for one in outcome.events:
            if type(one) is routing.AssignmentDecided and one.chosen_id is not None:
                question = choose.decode(one.question)
                by_name = {cand.representative_id: cand for cand in question.candidates}
                is_own = one.chosen_id in (question.item.affinity, *question.item.preferred)
                is_ruled = question.policy.method == "custom"
                if one.kind == "queue" and not is_own and not is_ruled:
                    load = by_name[one.chosen_id].load
                    assert load.units_used + question.item.units <= load.units_total

    def check_conservation(self) -> None:
        """Whatever arrived is open or closed."""
        state = self.pool.state
        assert state.arrived == state.open + state.closed
        is_open = [item for item in self.pool.items.values() if item.state != "closed"]
        assert state.open == len(is_open)
        counts: dict[str, int] = {}
        for item in is_open:
            if item.state == "open":
                counts[item.queue_id] = counts.get(item.queue_id, 0) + 1
        for queue_id, row in self.pool.queues.items():
            assert row.waiting == counts.get(queue_id, 0)
            assert min(row.waiting, row.offered, row.active, row.wrap_up, row.paused) >= 0
        places = [key for table, key in self.rows if table == "routing_waiting"]
        assert len(places) == sum(counts.values())

    def check_nobody_free_waits(self, at: At) -> None:
        """Nobody is free for what waits, so nothing older waits while something newer goes."""
        if self.pool.state.setup_digest != self.setup.digest:
            return  # a refused input changes nothing: the next one looks at everything again
        h = Handling(self.pool, at, "demo")
        asking = _Asking(h)
        for item in self.pool.items.values():
            queue_of = self.setup.queues.get(item.queue_id)
            if item.state != "open" or item.line == "aside" or queue_of is None:
                continue
            for who in queue_of.members:
                if not asking.fits(item, self.pool.candidate(who, self.setup)):
                    continue
                is_reserved = item.line == "reserved" and who not in item.preferred
                assert is_reserved, f"{who} is free for {item.item_id}, which waits"


TAKEN_BACK = ("offer/", "unseen-item/")


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _apply(rows: dict[tuple[str, bytes], bytes], row: Row) -> None:
    if row.value is None:
        rows.pop((row.table, row.key), None)
    else:
        rows[row.table, row.key] = row.value


calm = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
worlds = st.sampled_from(sorted(WORLDS))


@calm
@given(worlds, histories)
def test_every_law_holds_after_every_input(name, history):
    Run(name).go(history)


@calm
@given(worlds, histories)
def test_a_pool_read_back_from_its_rows_at_any_point_gives_the_same_bytes(name, history):
    steady, restarted = Run(name).go(history), Run(name, reopens=True).go(history)
    assert steady.log == restarted.log
    assert steady.rows == restarted.rows
    assert steady.timers == restarted.timers


@calm
@given(worlds, histories)
def test_the_same_history_gives_the_same_bytes(name, history):
    assert Run(name).go(history).log == Run(name).go(history).log


def _content() -> bytes:
    parts = small(
        representatives=[{"id": "ann", "units": 2}, {"id": "bob", "units": 1}],
        queues=[queue("chats", members=["ann", "bob"])],
    )
    return content(**parts)


def _driven(history: list[tuple[int, Any]], restarts: set[int]) -> TestDriver:
    driver = TestDriver(RoutingProcessor())
    driver.publish("routing.setup", _content())
    for number, (after_ms, record) in enumerate(history):
        if number in restarts:
            driver.restart()
        fills = {"representative_id": "ann"} if _names(record) == MINE else {}
        if getattr(record, "offer_id", None) == OFFERED:
            fills["offer_id"] = f"{record.item_id}/1.1"
        driver.advance(after_ms)
        driver.send(replace(record, occurred_at_ms=0, **fills))
    return driver


def _names(record: Any) -> str | None:
    who: str | None = getattr(record, "representative_id", None)
    return who


@settings(calm, max_examples=25)
@given(st.lists(steps, min_size=5, max_size=40), st.sets(st.integers(0, 40), max_size=4))
def test_a_worker_killed_at_any_point_leaves_what_an_undisturbed_one_leaves(history, restarts):
    steady, killed = _driven(history, set()), _driven(history, restarts)
    assert steady.quarantined() == []
    assert killed.audit() is None
    assert steady.table() == killed.table()
    for topic in ("routing.decisions.v1", "conversation.turns.v1"):
        assert steady.outputs(topic) == killed.outputs(topic)


def _dense(seed: int) -> tuple[str, list[tuple[int, Any]]]:
    """Return a world and a long history in which most things are possible when they come."""
    chance = random.Random(seed)

    def mine() -> dict[str, str]:
        who = chance.choice((MINE, MINE, MINE, "ann", "cay"))
        return {"item_id": chance.choice(ITEMS), "representative_id": who}

    def arrival() -> Any:
        return _arrival(
            chance.choice(ITEMS),
            chance.choice((None, "de", "en")),
            chance.choice((None, "vip")),
            chance.sample(PEOPLE, chance.randrange(3)),
            chance.randrange(1, 40),
        )

    def simple(record: type[Any], **fields: Any) -> Any:
        return record(**COMMON, **mine(), **fields)

    def supervised(record: type[Any], **fields: Any) -> Any:
        item_id = chance.choice(ITEMS)
        return record(**COMMON, item_id=item_id, supervisor_id="sue", **fields)

    def transfer() -> Any:
        target, target_id = chance.choice(
            (("queue", "vip"), ("bot", "bot"), ("representative", chance.choice(PEOPLE)))
        )
        return simple(routing.TransferItem, target=target, target_id=target_id)

    def person(record: type[Any], **fields: Any) -> Any:
        return record(**COMMON, representative_id=chance.choice(PEOPLE), **fields)

    def activity() -> Any:
        what = ("customer_wrote", "customer_left", "customer_disconnected", "ended")
        return simple(routing.WorkItemActivity, activity=chance.choice(what))

    makers = [
        *[arrival] * 6,
        *[lambda: simple(routing.AcceptOffer, offer_id=OFFERED)] * 6,
        *[lambda: simple(routing.EndItem)] * 2,
        *[lambda: simple(routing.CloseItem)] * 2,
        *[lambda: person(routing.RepresentativeConnected)] * 3,
        lambda: simple(routing.DeclineOffer, offer_id=OFFERED),
        lambda: simple(routing.ReleaseItem),
        *[lambda: simple(routing.WaitItem)] * 3,
        *[lambda: simple(routing.ResumeItem)] * 2,
        transfer,
        lambda: supervised(
            routing.AssignItem,
            assigned_id=chance.choice(PEOPLE),
            is_over_capacity=chance.random() < 0.5,
        ),
        lambda: supervised(routing.AssignItem, queue_id=chance.choice(("chats", "vip"))),
        lambda: supervised(routing.ForceCloseItem),
        lambda: person(routing.RepresentativeDisconnected, is_sign_out=chance.random() < 0.5),
        lambda: person(
            routing.SetPresence, presence=chance.choice(("available", "available", "away"))
        ),
        activity,
        activity,
    ]
    history = [
        (chance.choice((1, 1_000, 1_000, 20_000, 61_000, 130_000)), chance.choice(makers)())
        for _ in range(150)
    ]
    return chance.choice(sorted(WORLDS)), history


@settings(calm, max_examples=40)
@given(st.integers(0, 1 << 32))
def test_every_law_holds_in_long_histories_in_which_much_happens(seed):
    name, history = _dense(seed)
    Run(name).go(history)


@settings(calm, max_examples=25)
@given(st.integers(0, 1 << 32), worlds, worlds)
def test_every_law_holds_when_the_setup_changes_on_the_way(seed, second, third):
    name, history = _dense(seed)
    run = Run(name).go(history[:50])
    for other in (second, third):
        run.setup = WORLDS[other]
        run.go(history[50:100])


@settings(calm, max_examples=10)
@given(st.integers(0, 1 << 32))
def test_long_histories_end_alike_when_the_pool_is_read_back_after_every_input(seed):
    name, history = _dense(seed)
    steady, restarted = Run(name).go(history), Run(name, reopens=True).go(history)
    assert steady.log == restarted.log
    assert steady.rows == restarted.rows


def test_in_such_histories_much_does_happen():
    moves: Counter[tuple[str, str]] = Counter()
    for seed in range(20):
        name, history = _dense(seed)
        run = Run(name).go(history)
        for value in run.log:
            if value[:2] == b"\xc3\x01":
                found = codec.decode(value)
                if isinstance(found, routing.ItemMoved):
                    moves[found.from_state, found.to_state] += 1
    wanted = {
        ("none", "open"),
        ("open", "offered"),
        ("offered", "active"),
        ("offered", "open"),
        ("active", "wrap_up"),
        ("active", "open"),
        ("active", "waiting"),
        ("wrap_up", "closed"),
        ("open", "closed"),
        ("closed", "open"),
    }
    assert {move for move in wanted if moves[move] < 5} == set()

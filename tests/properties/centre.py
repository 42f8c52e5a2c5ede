"""A whole contact centre in memory, and histories of it: bots, hubs, representatives, supervisors.

`Centre` runs the processors of conversations, hand-offs and routing over one broker. A step lets
one record in, or time pass; how far the three have read meanwhile is drawn too, so that news cross
each other on their way from log to log.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from processors.conversation.processor import ConversationProcessor
from processors.handoff.processor import HandoffProcessor
from processors.machine import At, Outcome
from processors.routing import choose
from processors.routing.assigning import _Asking, question_of
from processors.routing.handling import Handling
from processors.routing.pool import Pool
from processors.routing.processor import RoutingProcessor
from processors.routing.rows import Item
from processors.routing.setup import EMPTY_SETUP
from processors.routing.setup_loading import load_setup
from processors.views import conversation as views, handoff as hubs
from schemas.records import handoff, routing
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    HandoffInitiated,
    TurnSaid,
)
from streams.client.producer import topic_for
from streams.runtime import ledger
from streams.testing import TestCluster
from tests.rules.pools import chats
from tests.rules.setups import queue

TENANT = "demo"
COMMON: dict[str, Any] = {"tenant": TENANT, "occurred_at_ms": 1}
STAFF = ("ann", "bob", "cay")
LAST = "zoe"
"""A member of every queue, who is nowhere in the histories: for what has to end well."""

CONVERSATIONS = tuple(f"c-{n}" for n in range(1, 5))
OWN = "its own"
BOT_OF = {"desk": "desk-bot", "far": "far-bot", "hub": "lamps", "none": None}
"""The built-in bot, one outside that hands off to routing, one that hands off to a hub, none."""

CLOSES = ("close/",)
VIP = {"field": "customer_id", "value": "vip"}
HELPER = {"id": "helper", "units": 50, "is_bot": True}
"""Another bot outside, to whom representatives may transfer."""

BOTS = b"""
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
HUBS = {
    "hubs": {"cloud": {"kind": "genesys"}},
    "environments": {"org": {"region": "Europe", "hub": "cloud", "is_provisioned": True}},
    "applications": {"app": {"name": "Lamps"}},
    "deliveries": {"attempts_max": 3},
}


def _setup(**parts: Any) -> dict[str, Any]:
    people = [
        {"id": "ann", "units": 2},
        {"id": "bob", "units": 1},
        {"id": "cay", "units": 2},
        {"id": LAST, "units": 100},
        HELPER,
    ]
    return {
        "representatives": people,
        "queues": [
            queue("chats", members=["ann", "bob", LAST], priority=2),
            queue("vip", members=["cay", "ann", LAST], priority=1, method="round_robin"),
        ],
        "workstreams": [
            chats(
                wrap_up="always",
                routes=[
                    {
                        "name": "vip",
                        "when": {"field": "customer_id", "value": "vip"},
                        "queue": "vip",
                    },
                    {"name": "rest", "queue": "chats"},
                ],
            )
        ],
        **parts,
    }


SETUPS: dict[str, dict[str, Any]] = {
    "plain": _setup(),
    # One queue is gone, somebody is gone, there is less room, overflow moves what waits too long.
    "lean": _setup(
        representatives=[
            {"id": "ann", "units": 1},
            {"id": "bob", "units": 1},
            {"id": LAST, "units": 100},
            HELPER,
        ],
        queues=[queue("chats", members=["bob", "ann", LAST], method="longest_idle")],
        workstreams=[chats(wrap_up=60_000, offer_seconds=30)],
    ),
    "kept": _setup(
        queues=[
            queue(
                "chats",
                members=["ann", "bob", LAST],
                overflow={
                    "waiting": [{"exceeds_ms": 120_000, "action": {"do": "queue", "queue": "vip"}}]
                },
            ),
            queue("vip", members=["cay", LAST], method="longest_idle"),
        ],
        workstreams=[chats(wrap_up="never", keep_same_representative=True)],
    ),
    "botted": _setup(
        representatives=[
            *({"id": who, "units": 2} for who in (*STAFF, LAST)),
            HELPER,
        ],
        queues=[
            queue("chats", members=["ann", "helper", LAST]),
            queue("vip", members=["cay", "bob", LAST]),
        ],
        workstreams=[chats(wrap_up="always", offer="auto", auto_accept="at_once")],
    ),
}


class Watched(RoutingProcessor):
    """The processor; it notes whenever a newer item was given away beside an older one.

    Attributes:
        passed_over: What was noted.
    """

    def __init__(self) -> None:
        self.passed_over: list[str] = []

    def handle(self, state: Pool | None, record: Any, at: At) -> Outcome:
        return self._watch(super().handle(state, record, at), at)

    def on_timer(self, state: Pool | None, key: bytes, name: str, at: At) -> Outcome:
        return self._watch(super().on_timer(state, key, name, at), at)

    def _watch(self, outcome: Outcome, at: At) -> Outcome:
        given = [
            one
            for one in outcome.events
            if type(one) is routing.AssignmentDecided and one.chosen_id and one.kind == "queue"
        ]
        for one in given:
            self._look(outcome.state, one, at)
        return outcome

    def _look(self, pool: Pool, one: Any, at: At) -> None:
        """Hold what waits after an assignment against whoever got it, as they were then."""
        h = Handling(pool, at, TENANT)
        question = choose.decode(one.question)
        (who,) = (c for c in question.candidates if c.representative_id == one.chosen_id)
        newer = pool.items[one.item_id]
        order = h.world.order(one.queue_id, newer.rank, newer.item_id)
        asking = _Asking(h)
        for item in pool.items.values():
            queue_of = h.setup.queues.get(item.queue_id)
            if not item.is_waiting or item.line == "aside" or queue_of is None:
                continue
            is_older = h.world.order(item.queue_id, item.rank, item.item_id) < order
            is_theirs = who.representative_id in queue_of.members
            if is_older and is_theirs and asking.fits(item, who):
                self.passed_over.append(f"{who.representative_id}: {item.item_id} before {newer}")


class Centre:
    """Three processors over one broker, and what histories do with them.

    Attributes:
        cluster: The processors.
        routing: The one that routes.
    """

    def __init__(
        self, *, partitions: int = 1, restarts: bool = True, setup: str | None = "plain"
    ) -> None:
        self.routing = Watched()
        self.cluster = TestCluster(
            ConversationProcessor(), HandoffProcessor(), self.routing, partitions=partitions
        )
        self._restarts = restarts
        self._said = 0
        self._clocks: dict[int, int] = {}
        self.setup = EMPTY_SETUP
        self.cluster.publish("dialogue.bots", BOTS)
        self.cluster.publish("handoff.settings", json.dumps(HUBS).encode())
        if setup is not None:
            self._publish(setup)
        self.cluster.send(
            handoff.BotPublished(**COMMON, bot_id="lamps"),
            handoff.ConnectionAdopted(
                **COMMON,
                bot_id="lamps",
                hub="cloud",
                environment="org",
                application_id="app",
                connected_at_ms=1_760_000_000_000,
            ),
        )

    def go(self, history: list[tuple[tuple[Any, ...], str]], check: bool = True) -> Centre:
        """Do every step; check the laws of a settled centre wherever it is settled."""
        for operation, reads in history:
            self.step(operation)
            if reads == "all":
                self.cluster.settle()
                if check:
                    self.check()
            elif reads != "none":
                self.cluster[reads].catch_up(1)
        self.cluster.settle()
        if check:
            self.check()
        return self

    def step(self, operation: tuple[Any, ...]) -> None:
        """Let one thing happen; nobody has read of it yet."""
        getattr(self, f"_{operation[0]}")(*operation[1:])

    # --- what is there

    @property
    def pool(self) -> Pool:
        """What routing has, read back from its rows."""
        driver = self.cluster["routing"]
        return Pool.opened(TENANT.encode(), lambda table: driver.rows(table, b"demo\0"))

    def item(self, conversation_id: str) -> Item | None:
        return self.pool.items.get(conversation_id)

    def conversations(self) -> dict[str, views.ConversationView]:
        found = self.cluster["conversation"].rows(views.CONVERSATION)
        decoded = [views.decode(views.CONVERSATION, value) for _, value in found]
        return {one.conversation_id: one for one in decoded}

    def hub_handoffs(self) -> dict[str, hubs.HubHandoffView]:
        """Return the newest hand-off of each conversation."""
        found = self.cluster["handoff"].rows(hubs.HUB_HANDOFF, b"demo\0")
        decoded = [hubs.decode(hubs.HUB_HANDOFF, value) for _, value in found]
        return {one.conversation_id: one for one in decoded}

    def deliveries(self) -> list[hubs.DeliveryView]:
        found = self.cluster["handoff"].rows(hubs.DELIVERY, b"demo\0")
        return [hubs.decode(hubs.DELIVERY, value) for _, value in found]

    def timers(self, processor: str) -> set[tuple[str, str]]:
        """Return key and name of every timer that is set."""
        driver = self.cluster[processor]
        found = set()
        for partition in range(len(self.cluster.broker.topics[driver.processor.log])):
            for key in driver.table(partition):
                if key.startswith(ledger.TIMER):
                    of, name = ledger.read_timer_key(key)
                    found.add((of.decode(), name))
        return found

    # --- what may happen

    def post(self, record: Any) -> None:
        topic = topic_for(record.FULL_NAME)
        for name in self.cluster.processors:
            if self.cluster[name].processor.log == topic:
                self.cluster[name].post(record)

    def _number(self) -> int:
        self._said += 1
        return self._said

    def _open(self, conversation: str, way: str, channel: str, is_vip: bool) -> None:
        self.post(
            ConversationOpened(
                **COMMON,
                conversation_id=conversation,
                channel=channel,
                bot_id=BOT_OF[way],
                is_routed=True,
                customer_id="vip" if is_vip else None,
            )
        )

    def _say(self, conversation: str, author: Any, text: str, **more: Any) -> None:
        if conversation in self.conversations():
            self.post(
                TurnSaid(
                    **COMMON,
                    conversation_id=conversation,
                    turn_id=f"t-{self._number()}",
                    author=author,
                    text=text,
                    **more,
                )
            )

    def _write(self, conversation: str, text: str) -> None:
        self._say(conversation, "customer", text)

    def _bot_says(self, conversation: str, bot: str, back: int) -> None:
        """Let a bot speak: 0 back under the present epoch, more under an older one, -1 without."""
        known = self.conversations().get(conversation)
        if known is not None:
            epoch = 0 if back < 0 else max(1, known.ownership_epoch - back)
            more = {"author_id": bot, "ownership_epoch": epoch, "needs_delivery": True}
            self._say(conversation, "bot", "I am a bot", **more)

    def _hand_off(self, conversation: str, number: int) -> None:
        known = self.conversations().get(conversation)
        if known is not None and known.bot_id is not None:
            self.post(
                HandoffInitiated(
                    **COMMON,
                    conversation_id=conversation,
                    bot_id=known.owner_id if known.owner_kind == "bot" else known.bot_id,
                    request_id=f"r-{number}",
                )
            )

    def _leave(self, conversation: str, reason: str | None) -> None:
        if conversation in self.conversations():
            self.post(ConversationEnded(**COMMON, conversation_id=conversation, reason=reason))

    def _activity(self, conversation: str, activity: Any) -> None:
        self.post(routing.WorkItemActivity(**COMMON, item_id=conversation, activity=activity))

    def _connect(self, who: str) -> None:
        self.post(routing.RepresentativeConnected(**COMMON, representative_id=who))

    def _vanish(self, who: str, is_sign_out: bool) -> None:
        self.post(
            routing.RepresentativeDisconnected(
                **COMMON, representative_id=who, is_sign_out=is_sign_out
            )
        )

    def _presence(self, who: str, presence: Any) -> None:
        self.post(routing.SetPresence(**COMMON, representative_id=who, presence=presence))

    def _answer(self, nth: int, verb: Any, is_old: bool) -> None:
        """Let somebody answer an offer, or an older one of the same item."""
        offered = [one for one in self.pool.items.values() if one.offer is not None]
        if offered:
            item = offered[nth % len(offered)]
            assert item.offer is not None
            offer_id = f"{item.item_id}/1.1" if is_old else item.offer.offer_id
            self.post(
                verb(
                    **COMMON,
                    item_id=item.item_id,
                    offer_id=offer_id,
                    representative_id=item.offer.representative_id,
                )
            )

    def _do(self, nth: int, verb: Any, more: dict[str, Any]) -> None:
        """Let somebody do something with an item they have; its own bot's name is filled in."""
        theirs = [
            one
            for one in self.pool.items.values()
            if one.representative_id and one.state not in {"offered", "closed"}
        ]
        if theirs:
            item = theirs[nth % len(theirs)]
            who = item.representative_id
            if more.get("target_id") == OWN:
                more = {**more, "target_id": item.bot_id or "helper"}
            self.post(verb(**COMMON, item_id=item.item_id, representative_id=who, **more))

    def _speak(self, nth: int) -> None:
        """Let the representative of an item say something."""
        active = [one for one in self.pool.items.values() if one.state == "active"]
        if active:
            item = active[nth % len(active)]
            more = {"author_id": item.representative_id, "ownership_epoch": item.epoch}
            self._say(item.item_id, "representative", "how can I help?", **more)

    def _pick(self, conversation: str, who: str) -> None:
        self.post(routing.PickItem(**COMMON, item_id=conversation, representative_id=who))

    def _supervise(self, conversation: str, verb: Any, more: dict[str, Any]) -> None:
        self.post(verb(**COMMON, item_id=conversation, supervisor_id="sue", **more))

    def _work(self, outcome: Any) -> None:
        """Do what the outbox worker does, once."""
        due = [row for row in self.deliveries() if row.state == "due"]
        if due:
            row = min(due, key=lambda one: (one.next_at_ms, one.delivery_id))
            self.post(
                handoff.DeliveryAttempted(
                    **COMMON,
                    delivery_id=row.delivery_id,
                    attempt=row.attempts + 1,
                    outcome=outcome,
                    hub_ids=json.dumps({"conversation": f"g-{row.conversation_id}"}),
                )
            )

    def _connection(self, is_on: bool) -> None:
        """Take the hub's bot off its hub, or connect it again."""
        about = {**COMMON, "bot_id": "lamps", "roles": ("administrator",)}
        if not is_on:
            self.post(handoff.DisconnectBot(**about))
            return
        self.post(handoff.EnableConnection(**about, hub="cloud"))
        self.post(handoff.ChooseEnvironment(**about, environment="org"))
        self.post(handoff.GiveApplication(**about, application_id="app"))
        self.post(handoff.AddBot(**about))

    def _at_hub(self, nth: int) -> str:
        """Return a conversation that a hub was asked for."""
        known = [one.conversation_id for one in self.hub_handoffs().values() if one.hub == "cloud"]
        return known[nth % len(known)] if known else "c-1"

    def _status(self, nth: int, state: Any, who: str, event: int) -> None:
        self.post(
            handoff.HubStatusReceived(
                **COMMON,
                hub="cloud",
                conversation_id=self._at_hub(nth),
                hub_event_id=f"e-{event}",
                state=state,
                representative_id=who,
            )
        )

    def _message(self, nth: int, author: Any, number: int) -> None:
        self.post(
            handoff.HubMessageReceived(
                **COMMON,
                hub="cloud",
                conversation_id=self._at_hub(nth),
                hub_message_id=f"m-{number}",
                author=author,
                author_id="ines",
                text="from the hub",
            )
        )

    def _time(self, ms: int, is_rough: bool) -> None:
        """Let time pass: timer by timer, or all at once for whoever has not read on."""
        if not is_rough:
            self.cluster.settle()
            self.cluster.advance(ms)
            return
        self.cluster.clock.advance(ms)
        for name in self.cluster.processors:
            self.cluster[name].tick()

    def _publish(self, name: str) -> None:
        content = json.dumps(SETUPS[name]).encode()
        self.setup = load_setup(content)
        self.cluster.publish("routing.setup", content)
        self.cluster.send(routing.ReviewPool(**COMMON, because="published"))

    def _restart(self) -> None:
        self.cluster.settle()
        if self._restarts:
            self.cluster.restart()

    # --- how it ends well

    def end_well(self) -> None:
        """Let one representative work on what there is until nothing waits any more."""
        self._connect(LAST)
        self.cluster.settle()
        for _ in range(50):
            for item in self.pool.items.values():
                theirs = {"item_id": item.item_id, "representative_id": LAST}
                if item.representative_id != LAST:
                    continue
                if item.offer is not None:
                    self.post(routing.AcceptOffer(**COMMON, **theirs, offer_id=item.offer.offer_id))
                elif item.state == "active":
                    self.post(routing.EndItem(**COMMON, **theirs))
                elif item.state == "wrap_up":
                    self.post(routing.CloseItem(**COMMON, **theirs))
            self.cluster.settle()
            self.cluster.advance(25_000)

    # --- what holds once everything has settled

    def check(self) -> None:
        pool, talks, asked = self.pool, self.conversations(), self.hub_handoffs()
        for talk in talks.values():
            item = pool.items.get(talk.conversation_id)
            given = asked.get(talk.conversation_id)
            self._check_owner(talk, item, given)
        for item in pool.items.values():
            self._check_item(item, talks.get(item.item_id))
        self._check_clocks(pool)
        self._check_nobody_idles(pool)
        self._check_timers(talks, asked)
        self._check_waits(pool)
        state = pool.state
        assert state.arrived == state.open + state.closed
        assert state.open == sum(one.state != "closed" for one in pool.items.values())

    def _check_owner(
        self, talk: views.ConversationView, item: Item | None, given: hubs.HubHandoffView | None
    ) -> None:
        """Whoever the conversation says has it, is who says that they have it."""
        is_in_hub = given is not None and given.state in {"open", "accepted"}
        routed = item is not None and item.state not in {"closed", "wrap_up"}
        owner = (talk.owner_kind, talk.owner_id, talk.ownership_epoch)
        assert not (is_in_hub and routed), (given, item)
        if talk.state == "ended":
            assert not is_in_hub, given
            assert not routed, item
        elif talk.owner_kind == "bot":
            assert not is_in_hub, (owner, given)
            assert not routed, (owner, item)
        elif is_in_hub:
            assert given is not None
            assert talk.ownership_epoch == given.epoch, (owner, given)
            if given.state == "accepted":
                assert owner[:2] == ("representative", given.representative_id)
            else:
                assert talk.owner_kind == "queue"
        else:
            assert item is not None, f"nobody has {talk}"
            assert (item.owner, item.owner_id, item.epoch) == owner, (owner, item)
            assert routed, (owner, item)

    def _check_item(self, item: Item, talk: views.ConversationView | None) -> None:
        assert talk is not None, f"no conversation of {item}"
        if item.state in {"wrap_up", "closed"} and item.owner != "bot":
            assert talk.state == "ended", (item, talk)
        if item.state == "open":
            assert item.queue_id in self.setup.queues, f"it waits in a queue that is gone: {item}"
        if item.state == "active":
            assert item.owner_id == item.representative_id

    def _check_clocks(self, pool: Pool) -> None:
        """A life of an item has one beginning, whatever becomes of the item."""
        for item in pool.items.values():
            known = self._clocks.setdefault(item.number, item.arrived_at_ms)
            assert known == item.arrived_at_ms
            assert item.aged_from_ms >= item.arrived_at_ms

    def _check_nobody_idles(self, pool: Pool) -> None:
        at = At(self.cluster.clock.now_ms(), "", references={"routing.setup": self.setup})
        h = Handling(pool, at, TENANT)
        for item in pool.items.values():
            queue_of = self.setup.queues.get(item.queue_id)
            if item.is_waiting and item.line != "aside" and queue_of is not None:
                decision = choose.decide(question_of(h, item, queue_of))
                assert decision.chosen is None, f"{decision.chosen} idles, and it waits: {item}"

    def _check_timers(
        self, talks: dict[str, views.ConversationView], asked: dict[str, hubs.HubHandoffView]
    ) -> None:
        """What is over is forgotten some day; what a bot or a hub has is over some day."""
        timers = self.timers("conversation")
        for talk in talks.values():
            key = f"{TENANT}:{talk.conversation_id}"
            if talk.state == "ended":
                assert (key, "forget") in timers
            elif talk.owner_kind == "bot":
                assert (key, "bot_idle") in timers
        timers = self.timers("handoff")
        for one in asked.values():
            assert (TENANT, f"handoff/{one.request_id}") in timers

    def _check_waits(self, pool: Pool) -> None:
        """Whatever an item waits for, somebody has it or it does not wait for ever."""
        timers = {name for _, name in self.timers("routing")}
        ends = {"offered": ("offer/", "unseen-item/"), "closed": ("forget/",)}
        for item in pool.items.values():
            who = item.representative_id or ""
            row = pool.representatives.get(who)
            is_there = row is not None and row.presence.is_connected
            is_awaited = is_there or f"unseen/{who}" in timers
            # Where customers answer later it stays with whoever had it until they write.
            is_quiet = not item.is_synchronous and item.customer_wrote_at_ms is None
            assert (
                (item.state == "active" and (is_awaited or is_quiet))
                or item.state == "waiting"
                or any(f"{kind}{item.item_id}" in timers for kind in ends.get(item.state, CLOSES))
            ), item

    def logs(self) -> dict[str, list[Any]]:
        """Return everything that stands in a topic, changelogs left out."""
        return {
            topic: [[(one.key, one.value, one.headers) for one in place.read()] for place in places]
            for topic, places in self.cluster.broker.topics.items()
            if "changelog" not in topic
        }

    def tables(self) -> Iterator[dict[bytes, bytes]]:
        for name in self.cluster.processors:
            driver = self.cluster[name]
            for partition in range(len(self.cluster.broker.topics[driver.processor.log])):
                yield driver.table(partition)


# --- histories


def _op(name: str, *parts: Any) -> Any:
    drawn = [part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts]
    return st.tuples(st.just(name), *drawn)


talks = st.sampled_from(CONVERSATIONS)
people = st.sampled_from(STAFF)
bots = st.sampled_from(("far-bot", "lamps", "desk-bot", "helper"))
targets = st.sampled_from((OWN, OWN, "helper", "nobody"))
nth = st.integers(0, 4)
queues = st.sampled_from(("chats", "vip"))
often = st.booleans()
channels = st.sampled_from(("live_chat", "live_chat", "sms"))


def _more(**fields: Any) -> Any:
    return st.fixed_dictionaries(
        {
            name: field if isinstance(field, st.SearchStrategy) else st.just(field)
            for name, field in fields.items()
        }
    )


opening = _op(
    "open",
    talks,
    st.sampled_from(("desk", "far", "hub", "hub", "none")),
    channels,
    st.booleans(),
)
handing_off = st.one_of(
    _op("write", talks, "speak to agent"), _op("hand_off", talks, st.integers(0, 6))
)
talking = st.one_of(
    _op("write", talks, "hello"),
    _op("bot_says", talks, bots, st.integers(-1, 2)),
    _op("speak", nth),
    _op("leave", talks, st.sampled_from(("customer_left", None))),
    _op(
        "activity",
        talks,
        st.sampled_from(("customer_disconnected", "customer_returned", "customer_left")),
    ),
)
staffing = st.one_of(
    _op("connect", people),
    _op("connect", people),
    _op("connect", people),
    _op("vanish", people, st.booleans()),
    _op("presence", people, st.sampled_from(("available", "busy", "away"))),
)
answering = st.one_of(
    _op("answer", nth, routing.AcceptOffer, st.just(False)),
    _op("answer", nth, routing.AcceptOffer, st.just(False)),
    _op("answer", nth, routing.AcceptOffer, st.booleans()),
    _op("answer", nth, routing.DeclineOffer, st.just(False)),
)
working = st.one_of(
    _op("do", nth, routing.EndItem, _more()),
    _op("do", nth, routing.CloseItem, _more()),
    _op("do", nth, routing.ReleaseItem, _more()),
    _op("do", nth, routing.TransferItem, _more(target="queue", target_id=queues)),
    _op("do", nth, routing.TransferItem, _more(target="representative", target_id=people)),
    _op("do", nth, routing.TransferItem, _more(target="bot", target_id=targets)),
    _op("do", nth, routing.TransferItem, _more(target="bot", target_id=targets)),
    _op("do", nth, routing.StartConsult, _more(consulted_id=people)),
    _op("do", nth, routing.EndConsult, _more(consulted_id=people)),
    _op("do", nth, routing.WaitItem, _more()),
    _op("do", nth, routing.ResumeItem, _more()),
    _op("pick", talks, people),
)
supervising = st.one_of(
    _op("supervise", talks, routing.AssignItem, _more(assigned_id=people, is_over_capacity=often)),
    _op("supervise", talks, routing.AssignItem, _more(queue_id=queues)),
    _op("supervise", talks, routing.ForceCloseItem, _more()),
    _op("supervise", talks, routing.MonitorItem, _more()),
)
hub = st.one_of(
    _op("work", st.sampled_from(("delivered", "delivered", "failed", "refused"))),
    _op("work", st.just("delivered")),
    _op(
        "status",
        nth,
        st.sampled_from(("accepted", "accepted", "failed", "completed")),
        st.sampled_from(("ines", "jon")),
        st.integers(0, 9),
    ),
    _op("message", nth, st.sampled_from(("representative", "system")), st.integers(0, 5)),
)
connecting = _op("connection", st.booleans())
passing = st.one_of(
    _op(
        "time",
        st.sampled_from((1_000, 31_000, 121_000, 121_000, 600_000, 3_600_000)),
        st.booleans(),
    ),
    _op("publish", st.sampled_from(sorted(SETUPS))),
    _op("restart"),
)
reading = st.sampled_from(
    ("all", "all", "all", "all", "none", "none", "conversation", "handoff", "routing")
)


def _weighed(*weighed: tuple[Any, int]) -> Any:
    """Return steps drawn from some sorts of operation, by weight."""
    sorts = [sort for sort, weight in weighed for _ in range(weight)]
    drawn = st.sampled_from(sorts).flatmap(lambda chosen: chosen)
    return st.lists(st.tuples(drawn, reading), min_size=20, max_size=60)


def _all(*operations: Any) -> Any:
    """Return steps that are read by everybody at once."""
    return st.tuples(*[st.tuples(one, st.just("all")) for one in operations])


everything = _weighed(
    (opening, 3),
    (handing_off, 3),
    (talking, 2),
    (staffing, 3),
    (answering, 4),
    (working, 3),
    (supervising, 1),
    (hub, 2),
    (connecting, 1),
    (passing, 2),
)
at_the_hub = _weighed((hub, 8), (handing_off, 4), (talking, 3), (connecting, 1), (passing, 2))
at_the_desk = _weighed(
    (working, 6), (answering, 6), (talking, 3), (handing_off, 2), (staffing, 2), (passing, 2)
)


def _opened(talk: str, way: Any) -> Any:
    return _op("open", talk, way, channels, st.booleans())


_some = st.tuples(
    st.lists(st.tuples(opening, st.just("all")), min_size=2, max_size=4),
    st.lists(st.tuples(_op("connect", people), st.just("all")), max_size=2),
).map(lambda parts: [step for part in parts for step in part])
_of_hub = _all(
    *(_opened(talk, st.just("hub")) for talk in CONVERSATIONS[:2]),
    *(_op("hand_off", talk, st.integers(0, 6)) for talk in CONVERSATIONS[:2]),
    _op("work", "delivered"),
    _op("connect", people),
)
_of_desk = _all(
    *(_op("connect", who) for who in STAFF),
    *(_opened(talk, st.sampled_from(("none", "far"))) for talk in CONVERSATIONS[:3]),
    *(_op("hand_off", talk, st.integers(0, 6)) for talk in CONVERSATIONS[:3]),
    _op("answer", 0, routing.AcceptOffer, st.just(False)),
)
histories = st.one_of(
    *(
        st.tuples(beginning, rest).map(lambda parts: [*parts[0], *parts[1]])
        for beginning, rest in (
            (_some, everything),
            (_of_hub, at_the_hub),
            (_of_desk, at_the_desk),
        )
    )
)
"""Whatever may happen, after a beginning that leaves something to happen to."""

"""Laws of hand-offs: they hold however news, receipts, turns, time and people are interleaved."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given as each, settings as how, strategies as st

from processors.handoff.passing import TIMER
from processors.handoff.processor import HandoffProcessor
from processors.handoff.settings import HANDOFF_SETTINGS, load_settings
from processors.handoff.state import OPEN
from processors.machine import At, Outcome
from processors.testing import NINE_MS, TENANT, Scenario, given
from processors.views import handoff as views
from schemas.records.conversation import (
    HandoffStatusChanged,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
)
from schemas.records.handoff import (
    AddBot,
    BotConversationEnded,
    BotConversationStarted,
    BotPublished,
    ChooseEnvironment,
    DeliveryAttempted,
    DeliveryChanged,
    DeliveryDue,
    DisconnectBot,
    EnableConnection,
    GiveApplication,
    HandoffRequested,
    HandoffTurnSaid,
    HandoffWithdrawn,
    HubMessageReceived,
    HubStatusReceived,
    RetryDelivery,
)
from schemas.records.routing import WorkItemArrived

pytestmark = pytest.mark.timeout(180)
laws = how(max_examples=120, deadline=None)

CONVERSATIONS = ("c-1", "c-2")
BOTS = {"c-1": "lamps", "c-2": "shades"}
"""`lamps` is connected to a proxy, `shades` to a hub that has the channel."""
HUBS = {"c-1": "cloud", "c-2": "desk"}
OWNING = (HandoffStatusChanged, OwnershipMoved, RepresentativeAccepted)
UNSETTLED = {"due", "waiting"}

conversations = st.sampled_from(CONVERSATIONS)
backwards = st.sampled_from([0, 0, 0, 1])
"""Which hand-off of the conversation: the newest, or the one before."""
requests = st.tuples(st.just("request"), conversations, st.booleans())
statuses = st.tuples(
    st.just("status"),
    conversations,
    st.sampled_from(["accepted", "accepted", "failed", "completed"]),
    st.sampled_from(["ines", "jon"]),
    st.integers(0, 9),
    backwards,
)
work = st.tuples(
    st.just("work"), st.sampled_from(["delivered", "delivered", "delivered", "failed", "refused"])
)
others = st.one_of(
    st.tuples(st.just("turn"), conversations, st.sampled_from(["customer", "bot"])),
    st.tuples(st.just("withdraw"), conversations, st.booleans()),
    st.tuples(
        st.just("message"),
        conversations,
        st.sampled_from(["representative", "system", "customer"]),
        st.integers(0, 5),
    ),
    st.tuples(
        st.just("attempt"),
        conversations,
        backwards,
        st.integers(1, 4),
        st.sampled_from(["delivered", "refused", "failed"]),
        st.integers(1, 4),
        st.sampled_from([None, 400, 503]),
    ),
    st.tuples(st.just("retry"), conversations, backwards, st.integers(1, 4)),
    st.tuples(st.just("wait"), st.sampled_from([1_000, 60_000, 700_000, 90_000_000])),
    st.tuples(st.just("serve"), conversations, st.booleans()),
    st.tuples(st.just("disconnect"), conversations),
    st.tuples(st.just("connect"), conversations),
)
operations = st.sampled_from([requests, work, work, statuses, others, others]).flatmap(
    lambda chosen: chosen
)
histories = st.lists(operations, min_size=12, max_size=40)


def references() -> dict[str, Any]:
    settings = {
        "hubs": {"cloud": {"kind": "genesys"}, "desk": {"kind": "liveperson", "model": "agent"}},
        "environments": {
            "org-c-1": {"region": "Europe", "hub": "cloud", "is_provisioned": True},
            "org-c-2": {"region": "Europe", "hub": "desk", "is_provisioned": True},
        },
        "applications": {"app-c-1": {"name": "Lamps"}, "app-c-2": {"name": "Shades"}},
        "deliveries": {"attempts_max": 3},
    }
    return {HANDOFF_SETTINGS: load_settings(msgspec.json.encode(settings))}


def connecting(conversation_id: str) -> list[Any]:
    common = {
        "tenant": TENANT,
        "occurred_at_ms": 0,
        "bot_id": BOTS[conversation_id],
        "roles": ("administrator",),
    }
    return [
        EnableConnection(**common, hub=HUBS[conversation_id]),
        ChooseEnvironment(**common, environment=f"org-{conversation_id}"),
        GiveApplication(**common, application_id=f"app-{conversation_id}"),
        AddBot(**common),
    ]


class World:
    """A scenario, the epochs of the conversations beside it, and everything that was said."""

    def __init__(self) -> None:
        published = [
            BotPublished(tenant=TENANT, occurred_at_ms=0, bot_id=bot) for bot in BOTS.values()
        ]
        steps = [step for one in CONVERSATIONS for step in connecting(one)]
        self.scenario = given(_Keeping(), *published, *steps, references=references())
        self.processor: _Keeping = self.scenario.processor  # type: ignore[assignment]
        self.epoch = dict.fromkeys(CONVERSATIONS, 1)
        self.requests = dict.fromkeys(CONVERSATIONS, 0)
        self.turns = dict.fromkeys(CONVERSATIONS, 0)
        self.is_bots = dict.fromkeys(CONVERSATIONS, True)
        self.inputs = 0

    def do(self, operation: tuple[Any, ...]) -> None:
        """Do one thing, and let the conversations hear of it."""
        heard = len(self.processor.said)
        getattr(self, f"_{operation[0]}")(*operation[1:])
        for event in self.processor.said[heard:]:
            self._hear(event)

    def _hear(self, event: Any) -> None:
        """Take an event in as the conversation would."""
        if isinstance(event, OWNING) and event.ownership_epoch > self.epoch[event.conversation_id]:
            self.epoch[event.conversation_id] = event.ownership_epoch
            self.is_bots[event.conversation_id] = isinstance(
                event, HandoffStatusChanged
            ) and event.state in {"failed", "completed"}

    def _request_id(self, conversation_id: str, back: int) -> str:
        return f"{conversation_id}/{max(1, self.requests[conversation_id] - back)}"

    def _when(self, record: Any) -> Outcome:
        self.inputs += 1
        return self.scenario.when(record).outcome

    def _request(self, conversation_id: str, is_second: bool) -> None:
        self._returned(conversation_id)
        if not self.is_bots[conversation_id]:
            return
        self.is_bots[conversation_id] = False
        self.requests[conversation_id] += 1
        self.epoch[conversation_id] += 1
        self._when(
            HandoffRequested(
                tenant=TENANT,
                occurred_at_ms=0,
                conversation_id=conversation_id,
                request_id=f"{conversation_id}/{self.requests[conversation_id]}",
                bot_id=BOTS[conversation_id],
                attempt=1 + is_second,
                ownership_epoch=self.epoch[conversation_id],
                turns=self.turns[conversation_id],
            )
        )

    def _turn(self, conversation_id: str, author: Any) -> None:
        self.turns[conversation_id] += 1
        number = self.turns[conversation_id]
        self._when(
            HandoffTurnSaid(
                tenant=TENANT,
                occurred_at_ms=0,
                conversation_id=conversation_id,
                turn_id=f"t-{number}",
                number=number,
                author=author,
                text="word",
            )
        )

    def _withdraw(self, conversation_id: str, is_named: bool) -> None:
        request_id = f"{conversation_id}/{self.requests[conversation_id]}" if is_named else None
        self._when(
            HandoffWithdrawn(
                tenant=TENANT,
                occurred_at_ms=0,
                conversation_id=conversation_id,
                request_id=request_id,
            )
        )

    def _status(self, conversation_id: str, state: Any, who: str, event_id: int, back: int) -> None:
        self._when(
            HubStatusReceived(
                tenant=TENANT,
                occurred_at_ms=event_id,
                hub=HUBS[conversation_id],
                request_id=self._request_id(conversation_id, back),
                hub_event_id=f"e-{event_id}",
                state=state,
                representative_id=who,
            )
        )

    def _message(self, conversation_id: str, author: Any, message_id: int) -> None:
        self._when(
            HubMessageReceived(
                tenant=TENANT,
                occurred_at_ms=0,
                hub=HUBS[conversation_id],
                conversation_id=conversation_id,
                hub_message_id=f"m-{message_id}",
                author=author,
                text="hello",
            )
        )

    def _attempt(
        self,
        conversation_id: str,
        back: int,
        order: int,
        outcome: Any,
        attempt: int,
        status_code: int | None,
    ) -> None:
        self._when(
            DeliveryAttempted(
                tenant=TENANT,
                occurred_at_ms=0,
                delivery_id=f"{self._request_id(conversation_id, back)}/{order:06d}",
                attempt=attempt,
                outcome=outcome,
                status_code=status_code,
                hub_ids=f'{{"conversation":"g-{conversation_id}"}}',
            )
        )

    def _work(self, outcome: Any) -> None:
        """Send what is due as the worker would: the earliest first."""
        due = [row for row in self.deliveries() if row.state == "due"]
        if due:
            row = min(due, key=lambda one: (one.next_at_ms, one.delivery_id))
            self._when(
                DeliveryAttempted(
                    tenant=TENANT,
                    occurred_at_ms=0,
                    delivery_id=row.delivery_id,
                    attempt=row.attempts + 1,
                    outcome=outcome,
                )
            )

    def _retry(self, conversation_id: str, back: int, order: int) -> None:
        delivery_id = f"{self._request_id(conversation_id, back)}/{order:06d}"
        self._when(RetryDelivery(tenant=TENANT, occurred_at_ms=0, delivery_id=delivery_id))

    def _returned(self, conversation_id: str) -> None:
        """Let our own routing, which has the conversation, give it to the bot again."""
        known = [one for one in self.handoffs() if one.conversation_id == conversation_id]
        if known and not self.is_bots[conversation_id] and known[-1].state not in OPEN:
            self.is_bots[conversation_id] = True
            self.epoch[conversation_id] += 1

    def _wait(self, wait_ms: int) -> None:
        self.scenario.later(wait_ms)

    def _serve(self, conversation_id: str, is_begun: bool) -> None:
        common = {"tenant": TENANT, "occurred_at_ms": 0, "conversation_id": conversation_id}
        if is_begun:
            bot_id, epoch = BOTS[conversation_id], self.epoch[conversation_id]
            started = BotConversationStarted(**common, bot_id=bot_id, ownership_epoch=epoch)
            self._when(started)
        else:
            self._when(BotConversationEnded(**common))

    def _disconnect(self, conversation_id: str) -> None:
        bot_id = BOTS[conversation_id]
        self._when(
            DisconnectBot(tenant=TENANT, occurred_at_ms=0, bot_id=bot_id, roles=("administrator",))
        )

    def _connect(self, conversation_id: str) -> None:
        for step in connecting(conversation_id):
            self._when(step)

    def deliveries(self) -> list[views.DeliveryView]:
        return _rows(self.scenario, views.DELIVERY)

    def handoffs(self) -> list[views.HubHandoffView]:
        return _rows(self.scenario, views.HUB_HANDOFF)


class _Keeping(HandoffProcessor):
    """The processor, with what it said and a second state that is never read back from rows."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.live: Any = None

    def handle(self, state: Any, record: Any, at: At) -> Outcome:
        outcome = super().handle(state, record, at)
        kept = super().handle(self.live, record, at)
        return self._same(outcome, kept)

    def on_timer(self, state: Any, key: bytes, name: str, at: At) -> Outcome:
        outcome = super().on_timer(state, key, name, at)
        return self._same(outcome, super().on_timer(self.live, key, name, at))

    def _same(self, outcome: Outcome, kept: Outcome) -> Outcome:
        self.live = kept.state
        assert kept.events == outcome.events
        assert kept.rows == outcome.rows
        assert kept.timers == outcome.timers
        assert kept.rejection == outcome.rejection
        self.said += outcome.events
        return outcome


def _rows(scenario: Scenario, table: str) -> list[Any]:
    return [views.decode(table, value) for _, value in scenario.rows(table)]


@laws
@each(histories)
def test_a_state_that_was_read_back_behaves_as_the_one_that_lived_on(
    history: list[tuple[Any, ...]],
) -> None:
    # `_Keeping` compares events, rows, timers and refusals of both after every step.
    world = World()
    for operation in history:
        world.do(operation)
    assert world.scenario.now_ms >= NINE_MS


@laws
@each(histories)
def test_epochs_only_grow_and_nobody_owns_beside_another(history: list[tuple[Any, ...]]) -> None:
    world = World()
    heard = 0
    for operation in history:
        epochs = dict(world.epoch)
        world.do(operation)
        said, heard = world.processor.said[heard:], len(world.processor.said)
        if operation[0] == "request":
            epochs = dict(world.epoch)
        for event in said:
            if isinstance(event, OWNING):
                is_owning = not (
                    isinstance(event, HandoffStatusChanged)
                    and event.state == "completed"
                    and event.ownership_epoch == epochs[event.conversation_id]
                )
                if is_owning:
                    assert event.ownership_epoch == epochs[event.conversation_id] + 1, event
                    epochs[event.conversation_id] = event.ownership_epoch
            elif isinstance(event, WorkItemArrived):
                assert event.ownership_epoch == epochs[event.item_id]
            elif isinstance(event, TurnSaid) and event.author != "customer":
                assert event.ownership_epoch == epochs[event.conversation_id]
        open_in_hubs = Counter(one.conversation_id for one in world.handoffs() if one.state in OPEN)
        assert max(open_in_hubs.values(), default=0) <= 1
        for one in world.handoffs():
            if one.state in OPEN:
                assert one.epoch == world.epoch[one.conversation_id]
                assert not world.is_bots[one.conversation_id]


@laws
@each(histories)
def test_every_hand_off_has_a_timer_until_it_is_forgotten(history: list[tuple[Any, ...]]) -> None:
    world = World()
    for operation in history:
        world.do(operation)
        timers = {name for name in world.scenario.timers if name.startswith(TIMER)}
        assert timers == {TIMER + one.request_id for one in world.handoffs()}
        for one in world.handoffs():
            assert world.scenario.timers[TIMER + one.request_id] == one.due_ms
            assert one.due_ms > world.scenario.now_ms


@laws
@each(histories)
def test_each_delivery_counts_once_under_one_key_and_in_order(
    history: list[tuple[Any, ...]],
) -> None:
    world = World()
    for operation in history:
        world.do(operation)
        due = Counter(row.request_id for row in world.deliveries() if row.state == "due")
        assert max(due.values(), default=0) <= 1
        for row in world.deliveries():
            if row.state == "waiting":
                # Whatever waits, waits for one that is on its way.
                assert due[row.request_id] == 1, row
    said = world.processor.said
    sent = Counter(
        event.delivery_id
        for event in said
        if isinstance(event, DeliveryChanged) and event.state == "sent"
    )
    assert max(sent.values(), default=0) <= 1
    keys: dict[str, set[str]] = {}
    for event in said:
        if isinstance(event, DeliveryDue):
            keys.setdefault(event.delivery_id, set()).add(event.idempotency_key)
    assert all(len(one) == 1 for one in keys.values())
    every = [key for one in keys.values() for key in one]
    assert len(every) == len(set(every))


@laws
@each(histories)
def test_a_hub_that_may_have_a_conversation_is_told_when_it_is_over(
    history: list[tuple[Any, ...]],
) -> None:
    world = World()
    ended_by_hub: set[str] = set()
    for operation in history:
        before = {one.request_id for one in world.handoffs() if one.state in OPEN}
        world.do(operation)
        after = {one.request_id for one in world.handoffs() if one.state in OPEN}
        if operation[0] == "status":
            ended_by_hub |= before - after
    ends = {row.request_id for row in world.deliveries() if row.kind == "end"}
    for row in world.deliveries():
        handoff = next(one for one in world.handoffs() if one.request_id == row.request_id)
        is_there = row.state == "sent" or row.is_maybe_there
        is_over = handoff.state not in OPEN and row.request_id not in ended_by_hub
        if row.kind == "initiate" and is_there and is_over:
            assert row.request_id in ends


@laws
@each(histories)
def test_news_and_receipts_that_come_again_make_nothing_true(
    history: list[tuple[Any, ...]],
) -> None:
    world = World()
    for operation in history:
        world.do(operation)
        if operation[0] not in {"status", "attempt", "turn", "withdraw", "disconnect"}:
            continue
        before = [world.scenario.rows(table) for table in views.VIEWS]
        said = len(world.processor.said)
        if operation[0] == "turn":
            world.turns[operation[1]] -= 1
        world.do(operation)
        assert world.processor.said[said:] == []
        assert [world.scenario.rows(table) for table in views.VIEWS] == before

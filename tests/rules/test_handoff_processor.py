"""One hand-off: who is asked, what the hub is owed, what the conversation is told."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from processors.handoff.deliveries import key_of, wait_of
from processors.handoff.processor import HandoffProcessor
from processors.handoff.settings import HANDOFF_SETTINGS, Deliveries, load_settings
from processors.testing import Scenario, event, given
from processors.views import handoff as views
from schemas.records.conversation import (
    ConversationEnded,
    HandoffStatusChanged,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
)
from schemas.records.handoff import (
    AddBot,
    BotPublished,
    BotUnpublished,
    ChooseEnvironment,
    ConnectionInvalid,
    DeliveryAttempted,
    DeliveryChanged,
    DeliveryDue,
    DisableConnection,
    DisconnectBot,
    EnableConnection,
    GiveApplication,
    HandoffProgressed,
    HandoffRequested,
    HandoffTurnSaid,
    HandoffWithdrawn,
    HubMessageReceived,
    HubStatusReceived,
    RetryDelivery,
    SwitchVoice,
)
from schemas.records.routing import WorkItemActivity, WorkItemArrived

CONVERSATION = "c-1"
REQUEST = "c-1/1"
EPOCH = 2
CARRIED = (
    "request_id",
    "bot_id",
    "channel",
    "locale",
    "customer_id",
    "customer_name",
    "workstream",
    "linked_record",
    "variables",
    "cut_variables",
    "message",
    "reason",
    "turns",
    "opened_at_ms",
    "ownership_epoch",
)
"""What a hand-off's request and the work item that comes of it have in common."""


def loaded(**changes: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "hubs": {"cloud": {"kind": "genesys"}, "desk": {"kind": "liveperson", "model": "agent"}},
        "environments": {
            "org-1": {"region": "Europe", "hub": "cloud", "is_provisioned": True},
            "org-2": {"region": "Europe", "hub": "desk", "is_provisioned": True},
        },
        "applications": {"app-1": {"name": "Lamps"}},
    }
    content = msgspec.json.encode(settings | changes)
    return {HANDOFF_SETTINGS: load_settings(content)}


def ask(record: type[Any], /, **fields: Any) -> Any:
    given_fields = {"tenant": "demo", "occurred_at_ms": 0, "roles": ("administrator",)}
    return record(**(given_fields | {"bot_id": "lamps"} | fields))


def connected(
    hub: str = "cloud", environment: str = "org-1", *, is_voice: bool = False, **changes: Any
) -> Scenario:
    """Return a scenario with the bot `lamps` connected to a hub."""
    return given(
        HandoffProcessor(),
        BotPublished(tenant="demo", occurred_at_ms=0, bot_id="lamps"),
        ask(EnableConnection, hub=hub),
        ask(SwitchVoice, is_on=is_voice),
        ask(ChooseEnvironment, environment=environment),
        ask(GiveApplication, application_id="app-1"),
        ask(AddBot),
        references=loaded(**changes),
    )


def requested(number: int = 1, attempt: int = 1, epoch: int = EPOCH, **fields: Any) -> Any:
    given_fields = {
        "tenant": "demo",
        "occurred_at_ms": 0,
        "conversation_id": CONVERSATION,
        "request_id": f"{CONVERSATION}/{number}",
        "attempt": attempt,
        "ownership_epoch": epoch,
        "bot_id": "lamps",
        "channel": "live_chat",
        "turns": 4,
    }
    return HandoffRequested(**(given_fields | fields))


def said(number: int, author: Any = "customer", **fields: Any) -> Any:
    given_fields = {
        "tenant": "demo",
        "occurred_at_ms": 0,
        "conversation_id": CONVERSATION,
        "turn_id": f"t-{number}",
        "number": number,
        "author": author,
        "text": f"word {number}",
    }
    return HandoffTurnSaid(**(given_fields | fields))


def withdrawn(reason: str | None = None) -> Any:
    return HandoffWithdrawn(
        tenant="demo", occurred_at_ms=0, conversation_id=CONVERSATION, reason=reason
    )


def status(state: Any, who: str | None = "ines", hub: str = "cloud", **fields: Any) -> Any:
    given_fields: dict[str, Any] = {"request_id": REQUEST, "occurred_at_ms": 0}
    return HubStatusReceived(
        tenant="demo", hub=hub, state=state, representative_id=who, **(given_fields | fields)
    )


def message(text: str, author: Any = "representative", hub: str = "cloud", **fields: Any) -> Any:
    given_fields: dict[str, Any] = {"request_id": REQUEST, "hub_message_id": f"m-{text}"}
    return HubMessageReceived(
        tenant="demo",
        occurred_at_ms=0,
        hub=hub,
        author=author,
        text=text,
        **(given_fields | fields),
    )


def attempt(order: int, outcome: Any = "delivered", number: int = 1, **fields: Any) -> Any:
    return DeliveryAttempted(
        tenant="demo",
        occurred_at_ms=0,
        delivery_id=f"{REQUEST}/{order:06d}",
        attempt=number,
        outcome=outcome,
        **fields,
    )


def owed(scenario: Scenario) -> list[tuple[str, str]]:
    """Return kind and state of every delivery, in order."""
    return [(row.kind, row.state) for row in deliveries(scenario)]


def deliveries(scenario: Scenario) -> list[views.DeliveryView]:
    return [views.decode(views.DELIVERY, value) for _, value in scenario.rows(views.DELIVERY)]


def handoff(scenario: Scenario) -> views.HubHandoffView:
    rows = [views.decode(views.HUB_HANDOFF, value) for _, value in scenario.rows(views.HUB_HANDOFF)]
    return rows[-1]  # type: ignore[no-any-return]


def of(record: type[Any], events: tuple[Any, ...]) -> list[Any]:
    return [one for one in events if isinstance(one, record)]


def test_without_a_connection_our_own_routing_takes_it_with_everything() -> None:
    asked = requested(
        locale="fr-FR",
        customer_id="cu-1",
        customer_name="Mia",
        workstream="chat",
        linked_record="case/7",
        variables='{"order":"7"}',
        cut_variables=("essay",),
        message="be kind",
        reason="requested_by_customer",
        opened_at_ms=5,
    )
    scenario = given(HandoffProcessor(), references=loaded())
    events = scenario.when(asked).events
    (item,) = of(WorkItemArrived, events)
    for name in CARRIED:
        assert getattr(item, name) == getattr(asked, name), name
    assert item.item_id == CONVERSATION
    assert item.kind == "messaging"
    assert item.is_synchronous
    assert handoff(scenario).state == "routed"


@pytest.mark.parametrize(
    ("fields", "kind", "is_synchronous"),
    [
        ({"is_voice": True, "channel": "voice"}, "voice", True),
        ({"channel": "whatsapp"}, "messaging", False),
        ({"channel": "live_chat"}, "messaging", True),
    ],
)
@pytest.mark.rule("HO-01")
def test_calls_and_texts_are_routed_as_what_they_are(
    fields: dict[str, Any], kind: str, *, is_synchronous: bool
) -> None:
    scenario = given(HandoffProcessor(), references=loaded())
    (item,) = of(WorkItemArrived, scenario.when(requested(**fields)).events)
    assert (item.kind, item.is_synchronous) == (kind, is_synchronous)


def test_a_request_that_comes_again_makes_nothing_true() -> None:
    for scenario in (connected(), given(HandoffProcessor(), references=loaded())):
        scenario.when(requested())
        scenario.when(requested()).nothing()


@pytest.mark.rule("HO-02")
@pytest.mark.rule("TR-06")
def test_an_outside_hub_is_owed_the_hand_off_with_everything() -> None:
    scenario = connected()
    asked = requested(variables='{"order":"7"}', message="be kind", customer_name="Mia")
    scenario.when(asked).then(
        event(DeliveryDue, kind="initiate", hub="cloud", order=1),
        event(HandoffProgressed, state="opened", hub="cloud"),
    )
    (row,) = deliveries(scenario)
    assert (row.environment, row.application_id, row.hub_kind) == ("org-1", "app-1", "genesys")
    body = json.loads(row.body)
    assert json.loads(body["variables"]) == {"order": "7"}
    assert body["message"] == "be kind"
    assert body["customer_name"] == "Mia"
    assert body["turns"] == 4
    assert row.idempotency_key == key_of("demo", row.delivery_id)


@pytest.mark.rule("TR-29")
def test_accepted_gives_the_conversation_to_the_representative_under_the_next_epoch() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(status("accepted", representative_name="Ines")).then(
        event(
            HandoffStatusChanged,
            state="accepted",
            ownership_epoch=EPOCH + 1,
            representative_id="ines",
            representative_name="Ines",
            hub="cloud",
        ),
        event(HandoffProgressed, state="accepted"),
    )


@pytest.mark.rule("TR-29")
def test_failed_gives_it_back_to_the_bot_with_the_message() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(status("failed", message="all gone home")).then(
        event(
            HandoffStatusChanged,
            state="failed",
            message="all gone home",
            ownership_epoch=EPOCH + 1,
        ),
        event(HandoffProgressed, state="failed"),
    )


@pytest.mark.rule("TR-29")
def test_completed_gives_it_back_to_a_bot_that_stayed() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(status("accepted"))
    scenario.when(status("completed")).then(
        event(HandoffStatusChanged, state="completed", ownership_epoch=EPOCH + 2),
        event(HandoffProgressed, state="completed"),
    )


@pytest.mark.rule("TR-30")
def test_a_proxy_relays_both_ways() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(said(5)).then(event(DeliveryDue, kind="message", order=2))
    body = json.loads(deliveries(scenario)[1].body)
    assert (body["text"], body["author"]) == ("word 5", "customer")
    (turn,) = of(TurnSaid, scenario.when(message("hello")).events)
    assert turn.author == "representative"
    assert turn.needs_delivery
    assert turn.ownership_epoch == EPOCH + 1
    echo = said(6, "representative", turn_id=turn.turn_id)
    scenario.when(echo).nothing()
    scenario.when(message("hi", "customer")).nothing()


@pytest.mark.rule("TR-30")
def test_a_bot_as_an_agent_leaves_on_escalation() -> None:
    scenario = connected("desk", "org-2")
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(said(5)).nothing()
    (turn,) = of(TurnSaid, scenario.when(message("my lamp", "customer", hub="desk")).events)
    assert (turn.author, turn.needs_delivery) == ("customer", False)
    scenario.when(status("accepted", hub="desk"))
    events = scenario.when(status("completed", hub="desk")).events
    (told,) = of(HandoffStatusChanged, events)
    assert told.ownership_epoch == EPOCH + 1
    assert len(of(ConversationEnded, events)) == 1


def test_the_first_word_of_a_representative_is_an_acceptance() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(message("hello", author_id="ines", author_name="Ines")).then(
        event(HandoffStatusChanged, state="accepted", representative_id="ines"),
        event(HandoffProgressed, state="accepted"),
        event(TurnSaid, author_id="ines", ownership_epoch=EPOCH + 1),
    )


def test_the_hubs_own_words_are_said_under_the_queues_epoch() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(message("you are next", "system")).then(
        event(TurnSaid, author="system", ownership_epoch=EPOCH)
    )


def test_another_representative_of_the_hub_takes_over_under_higher_epochs() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(status("accepted"))
    scenario.when(status("accepted", "jon")).then(
        event(OwnershipMoved, owner="queue", owner_id="hub:cloud", ownership_epoch=EPOCH + 2),
        event(RepresentativeAccepted, representative_id="jon", ownership_epoch=EPOCH + 3),
        event(HandoffProgressed, state="accepted", ownership_epoch=EPOCH + 3),
    )


@pytest.mark.rule("TR-29")
def test_repeated_and_late_news_change_nothing() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(status("accepted", hub_event_id="e-1", occurred_at_ms=100))
    scenario.when(status("accepted", hub_event_id="e-1", occurred_at_ms=100)).nothing()
    late = status("accepted", "jon", hub_event_id="e-0", occurred_at_ms=90)
    scenario.when(late).nothing()
    scenario.when(status("completed", hub_event_id="e-2", occurred_at_ms=110))
    for state in ("accepted", "failed", "completed"):
        scenario.when(status(state, hub_event_id=f"x-{state}", occurred_at_ms=120)).nothing()
    scenario.when(message("too late")).refused("handoff.over", "m-too late", "completed")


def test_news_are_found_by_whichever_id_the_hub_says() -> None:
    for fields in (
        {"request_id": None, "conversation_id": CONVERSATION},
        {"request_id": None, "hub_conversation_id": "g-77"},
    ):
        scenario = connected()
        scenario.when(requested())
        scenario.when(attempt(1, hub_ids='{"conversation":"g-77"}'))
        scenario.when(status("accepted", **fields))
        assert handoff(scenario).state == "accepted"
    stranger = status("accepted", request_id=None, hub_conversation_id="g-78")
    scenario.when(stranger).refused("handoff.unknown_handoff", "cloud")
    other_hub = status("accepted", hub="desk")
    scenario.when(other_hub).refused("handoff.unknown_handoff", "desk")


def test_a_hub_that_never_answers_has_failed_by_its_deadline() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.later(598_000)
    assert handoff(scenario).state == "open"
    scenario.later(2_000)
    assert handoff(scenario).state == "failed"
    assert owed(scenario) == [("initiate", "sent"), ("status", "due"), ("end", "waiting")]
    assert json.loads(deliveries(scenario)[1].body)["state"] == "failed"


def test_after_a_second_failure_our_own_routing_takes_it() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(status("failed"))
    again = scenario.when(requested(number=2, attempt=2, epoch=EPOCH + 2))
    again.then(event(DeliveryDue, kind="initiate"), event(HandoffProgressed, state="opened"))
    second = f"{CONVERSATION}/2"
    events = scenario.when(status("failed", request_id=second, message="nobody")).events
    (item,) = of(WorkItemArrived, events)
    assert (item.request_id, item.ownership_epoch) == (second, EPOCH + 2)
    assert not of(HandoffStatusChanged, events)
    assert of(HandoffProgressed, events)[0].state == "fell_back"


def test_a_second_failure_after_acceptance_moves_it_to_the_queue_first() -> None:
    scenario = connected()
    scenario.when(requested(attempt=2))
    scenario.when(status("accepted"))
    events = scenario.when(status("failed")).events
    (moved,) = of(OwnershipMoved, events)
    (item,) = of(WorkItemArrived, events)
    assert (moved.owner, moved.ownership_epoch) == ("queue", EPOCH + 2)
    assert item.ownership_epoch == EPOCH + 2


@pytest.mark.rule("TR-18")
def test_a_second_failure_may_leave_the_customer_with_a_text() -> None:
    scenario = connected(fallback="text", escalate_text="Write to us.")
    scenario.when(requested(attempt=2))
    events = scenario.when(status("failed")).events
    (told,) = of(HandoffStatusChanged, events)
    (turn,) = of(TurnSaid, events)
    assert (told.state, told.ownership_epoch) == ("failed", EPOCH + 1)
    assert (turn.author, turn.text) == ("system", "Write to us.")
    assert (turn.ownership_epoch, turn.needs_delivery) == (EPOCH + 1, True)


def test_later_deliveries_of_a_hand_off_wait_for_the_earlier() -> None:
    scenario = connected()
    scenario.when(requested())
    for number in (5, 6):
        scenario.when(said(number)).then()
    assert owed(scenario) == [("initiate", "due"), ("message", "waiting"), ("message", "waiting")]
    scenario.when(attempt(1, hub_ids='{"conversation":"g-77"}')).then(
        event(DeliveryChanged, state="sent", kind="initiate"),
        event(DeliveryDue, kind="message", order=2),
    )
    assert owed(scenario) == [("initiate", "sent"), ("message", "due"), ("message", "waiting")]
    assert json.loads(deliveries(scenario)[1].hub_ids) == {"conversation": "g-77"}
    scenario.when(attempt(2)).then(
        event(DeliveryChanged, state="sent", delivery_id=f"{REQUEST}/000002"),
        event(DeliveryDue, order=3),
    )


def test_a_turn_is_relayed_once() -> None:
    scenario = connected()
    scenario.when(requested(turns=4))
    scenario.when(said(4)).nothing()
    scenario.when(said(5))
    scenario.when(said(5)).nothing()
    assert [row.kind for row in deliveries(scenario)] == ["initiate", "message"]


def test_failures_are_repeated_with_growing_waits_under_one_key() -> None:
    scenario = connected(deliveries={"attempts_max": 4, "first_wait_ms": 1_000})
    scenario.when(requested())
    keys, waits = set(), []
    for number in (1, 2, 3):
        (due,) = scenario.when(attempt(1, "failed", number, because="no route")).events
        keys.add(due.idempotency_key)
        waits.append(due.next_at_ms - scenario.now_ms)
    assert len(keys) == 1
    for wait_ms, whole_ms in zip(waits, (1_000, 2_000, 4_000), strict=True):
        assert whole_ms // 2 <= wait_ms <= whole_ms
    events = scenario.when(attempt(1, "failed", 4, because="no route")).events
    assert of(DeliveryChanged, events)[0].state == "dead"
    assert of(HandoffStatusChanged, events)[0].state == "failed"


def test_waits_are_the_same_for_the_same_delivery_and_differ_between_deliveries() -> None:
    def row(order: int, attempts: int = 3) -> views.DeliveryView:
        return views.DeliveryView(
            f"c/1/{order:06d}",
            *("cloud", "genesys", None, None, None, "message", "c", "c/1"),
            order,
            "due",
            attempts,
            *(0, "", ""),
        )

    limits = Deliveries()
    waits = [wait_of(limits, row(order), None) for order in range(1, 50)]
    assert waits == [wait_of(limits, row(order), None) for order in range(1, 50)]
    assert len(set(waits)) > 40
    assert all(2_000 <= wait_ms <= 4_000 for wait_ms in waits)
    assert wait_of(limits, row(1, 99), None) <= limits.wait_max_ms


def test_a_hub_that_asks_for_a_longer_wait_gets_it_up_to_the_longest() -> None:
    scenario = connected(deliveries={"wait_max_ms": 60_000})
    scenario.when(requested())
    asked = attempt(1, "failed", 1, status_code=429, retry_after_ms=30_000)
    (due,) = scenario.when(asked).events
    assert due.next_at_ms - scenario.now_ms == 30_000
    too_long = attempt(1, "failed", 2, status_code=503, retry_after_ms=86_400_000)
    (due,) = scenario.when(too_long).events
    assert due.next_at_ms - scenario.now_ms == 60_000


def test_what_cannot_heal_is_dead_at_once_and_seen() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(said(5))
    scenario.when(said(6))
    refused = attempt(2, "refused", status_code=400, because="too long")
    scenario.when(refused).then(
        event(DeliveryChanged, state="dead", status_code=400, because="too long"),
        event(DeliveryDue, order=3),
    )
    assert deliveries(scenario)[1].last_error == "too long"
    again = RetryDelivery(tenant="demo", occurred_at_ms=0, delivery_id=f"{REQUEST}/000002")
    key = deliveries(scenario)[1].idempotency_key
    scenario.when(again).then()
    assert owed(scenario)[1:] == [("message", "waiting"), ("message", "due")]
    scenario.when(attempt(3)).then(
        event(DeliveryChanged, state="sent"),
        event(DeliveryDue, order=2, idempotency_key=key, attempts=1),
    )
    scenario.when(attempt(2, number=2)).then(event(DeliveryChanged, state="sent"))
    scenario.when(again).refused("handoff.not_dead", "sent")


def test_a_dead_initiation_is_not_retried_once_the_bot_has_it_back() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1, "refused", status_code=401, because="who are you"))
    assert handoff(scenario).state == "failed"
    again = RetryDelivery(tenant="demo", occurred_at_ms=0, delivery_id=f"{REQUEST}/000001")
    scenario.when(again).refused("handoff.over", "second owner")
    unknown = RetryDelivery(tenant="demo", occurred_at_ms=0, delivery_id="c-9/1/000001")
    scenario.when(unknown).refused("handoff.unknown_delivery", "c-9/1/000001")


def test_the_word_of_a_delivery_counts_once_however_often_it_comes() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1, "failed", 1))
    scenario.when(attempt(1, "failed", 1)).nothing()
    scenario.when(attempt(1, "delivered", 2))
    for outcome in ("delivered", "failed", "refused"):
        scenario.when(attempt(1, outcome, 3)).nothing()
    stranger = DeliveryAttempted(
        tenant="demo",
        occurred_at_ms=0,
        delivery_id="c-9/1/000001",
        attempt=1,
        outcome="delivered",
    )
    scenario.when(stranger).nothing()


def test_the_hub_is_told_when_the_conversation_goes_on_without_it() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(withdrawn("customer_left"))
    assert owed(scenario) == [("initiate", "sent"), ("end", "due")]
    scenario.when(withdrawn("customer_left")).nothing()


def test_a_hub_that_was_not_asked_yet_is_not_told_anything() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(said(5))
    scenario.when(withdrawn())
    assert owed(scenario) == [("initiate", "withdrawn"), ("message", "withdrawn")]
    # The worker had it on its way all the same.
    scenario.when(attempt(1))
    assert owed(scenario)[-1] == ("end", "due")
    scenario.when(attempt(1)).nothing()


def test_a_hub_that_may_have_been_asked_is_told() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1, "failed", 1, status_code=None, because="it timed out"))
    scenario.when(withdrawn())
    assert owed(scenario) == [("initiate", "withdrawn"), ("end", "due")]


def test_a_newer_hand_off_takes_the_older_from_its_hub() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(requested(number=2, epoch=EPOCH + 2))
    states = [views.decode(views.HUB_HANDOFF, value) for _, value in scenario.rows("hub_handoff")]
    assert [row.state for row in states] == ["withdrawn", "open"]


def test_what_happens_before_routing_has_said_a_word_is_passed_on_to_it() -> None:
    scenario = given(HandoffProcessor(), references=loaded())
    scenario.when(requested())
    scenario.when(said(5)).then(event(WorkItemActivity, activity="customer_wrote"))
    scenario.when(withdrawn("customer_left")).then(
        event(WorkItemActivity, activity="customer_left"),
        event(HandoffProgressed, state="withdrawn"),
    )


@pytest.mark.rule("HO-16")
@pytest.mark.parametrize("stop", [DisconnectBot, DisableConnection])
def test_a_bot_without_traffic_hands_off_to_our_own_queue(stop: type[Any]) -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    events = scenario.when(ask(stop)).events
    (item,) = of(WorkItemArrived, events)
    assert item.item_id == CONVERSATION
    assert owed(scenario)[-1] == ("end", "due")
    new = requested(conversation_id="c-2", request_id="c-2/1")
    (item,) = of(WorkItemArrived, scenario.when(new).events)
    assert item.item_id == "c-2"


def test_what_a_representative_in_the_hub_has_stays_when_the_bot_is_disconnected() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(status("accepted"))
    scenario.when(ask(DisconnectBot))
    assert handoff(scenario).state == "accepted"
    scenario.when(said(5)).then(event(DeliveryDue, kind="message"))
    assert deliveries(scenario)[1].environment == "org-1"


@pytest.mark.rule("TR-08")
def test_an_unpublished_bot_does_not_transfer() -> None:
    scenario = connected()
    scenario.when(BotUnpublished(tenant="demo", occurred_at_ms=0, bot_id="lamps"))
    events = scenario.when(requested()).events
    assert of(ConnectionInvalid, events)[0].reason == "bot_unpublished"
    assert of(HandoffStatusChanged, events)[0].state == "failed"
    assert not deliveries(scenario)


@pytest.mark.rule("HO-05")
def test_a_call_outside_of_the_voice_regions_fails_with_the_reason() -> None:
    places = {
        "bots": {"region": "India", "is_bot_licensed": True},
        "crm": {
            "region": "India",
            "hub": "dynamics",
            "is_provisioned": True,
            "is_bot_licensed": True,
            "is_hub_licensed": True,
        },
    }
    scenario = connected(
        "dynamics",
        "crm",
        is_voice=True,
        hubs={"dynamics": {"kind": "dynamics365"}},
        environments=places,
        bots={"lamps": {"environment": "bots"}},
    )
    events = scenario.when(requested(is_voice=True, channel="voice")).events
    (invalid,) = of(ConnectionInvalid, events)
    assert (invalid.reason, invalid.conversation_id) == ("voice_region", CONVERSATION)
    assert of(HandoffStatusChanged, events)[0].state == "failed"
    text = requested(conversation_id="c-2", request_id="c-2/1")
    assert of(DeliveryDue, scenario.when(text).events)


@pytest.mark.rule("HO-17")
@pytest.mark.rule("HO-01")
@pytest.mark.parametrize("is_voice", [True, False])
def test_with_voice_on_a_connection_takes_calls_and_texts(*, is_voice: bool) -> None:
    scenario = connected(is_voice=is_voice)
    text = scenario.when(requested())
    assert of(DeliveryDue, text.events)
    call = requested(conversation_id="c-2", request_id="c-2/1", is_voice=True)
    events = scenario.when(call).events
    assert bool(of(DeliveryDue, events)) == is_voice
    assert [one.reason for one in of(ConnectionInvalid, events)] == (
        [] if is_voice else ["voice_off"]
    )


def test_an_accepted_hand_off_in_which_nobody_speaks_ends() -> None:
    scenario = connected(silence_ms=60_000)
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(status("accepted"))
    scenario.when(said(5), after_ms=50_000)
    scenario.later(50_000)
    assert handoff(scenario).state == "accepted"
    scenario.later(20_000)
    assert handoff(scenario).state == "completed"
    assert owed(scenario)[-1] == ("end", "due")


def test_a_settled_hand_off_is_forgotten_after_a_day_a_dead_delivery_after_thirty() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(attempt(1))
    scenario.when(status("failed"))
    scenario.later(86_400_000)
    assert not scenario.rows(views.HUB_HANDOFF)
    assert not scenario.rows(views.DELIVERY)
    assert not scenario.timers
    dead = connected()
    dead.when(requested())
    dead.when(attempt(1, "refused"))
    dead.later(29 * 86_400_000)
    assert owed(dead) == [("initiate", "dead")]
    dead.later(2 * 86_400_000)
    assert not dead.rows(views.DELIVERY)


def test_a_hub_that_speaks_has_it_whatever_the_receipts_say() -> None:
    scenario = connected()
    scenario.when(requested())
    scenario.when(status("accepted"))
    scenario.when(attempt(1, "refused", status_code=404))
    assert handoff(scenario).state == "accepted"
    scenario.when(withdrawn())
    assert owed(scenario) == [("initiate", "dead"), ("end", "due")]

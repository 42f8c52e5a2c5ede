"""Laws of the whole way from bot to human and back: three processors, one conversation, one owner.

They hold whatever happens in which order, and however far each of the three has read when the next
thing happens. What hypothesis once found stands below as a test of its own.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given as each, settings as how, strategies as st

from processors.routing import choose
from schemas.records.conversation import (
    ConversationOpened,
    HandoffInitiated,
    OwnershipChanged,
    TurnReleased,
)
from schemas.records.handoff import HandoffRequested, HandoffWithdrawn
from schemas.records.routing import (
    AcceptOffer,
    AssignItem,
    AssignmentDecided,
    CloseItem,
    DeclineOffer,
    EndItem,
    ItemClosed,
    ItemMoved,
    ReleaseItem,
    RepresentativeConnected,
    TransferItem,
)
from streams.topics import HANDOFF_LOG, HANDOFF_STATUS, OUTBOUND, REJECTIONS, ROUTING_DECISIONS
from tests.properties.centre import Centre, histories
from tests.rules.setups import queue, workstream

pytestmark = pytest.mark.timeout(300)
laws = how(
    max_examples=120,
    deadline=None,
    # Shrinking a history takes minutes: add Phase.shrink and a longer timeout to look for its core.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
partitions = st.sampled_from((1, 1, 3))

History = list[tuple[tuple[Any, ...], str]]


def check_owners(centre: Centre, from_ms: int = 0) -> None:
    """Under one epoch there is one owner, whoever tells it, and epochs only grow."""
    owners: dict[str, dict[int, tuple[str, str | None]]] = {}
    newest: dict[str, int] = {}
    for one in centre.cluster.outputs(OUTBOUND):
        if one.recorded_at_ms < from_ms:
            continue
        if isinstance(one, OwnershipChanged) and one.owner != "none":
            who, epoch = (one.owner, one.owner_id), one.ownership_epoch
            held = owners.setdefault(one.conversation_id, {})
            assert held.setdefault(epoch, who) == who, f"two owners: {held[epoch]}, {one}"
            assert epoch > newest.get(one.conversation_id, 0), f"the epoch fell: {one}"
            newest[one.conversation_id] = epoch
    for one in centre.cluster.outputs(ROUTING_DECISIONS):
        if one.recorded_at_ms >= from_ms and isinstance(one, ItemMoved) and one.owner != "none":
            who, epoch = (one.owner, one.owner_id), one.ownership_epoch
            held = owners.setdefault(one.item_id, {})
            assert held.setdefault(epoch, who) == who, f"two owners: {held[epoch]}, {one}"


def check_what_was_released(centre: Centre) -> None:
    """A bot is heard only while a bot owns the conversation, and not beside one that came later."""
    owner: dict[str, tuple[str, str | None]] = {}
    before: dict[str, set[str | None]] = {}
    for one in centre.cluster.outputs(OUTBOUND):
        if isinstance(one, OwnershipChanged):
            owner[one.conversation_id] = (one.owner, one.owner_id)
            before.setdefault(one.conversation_id, set()).add(one.owner_id)
        elif isinstance(one, TurnReleased) and one.author == "bot":
            kind, who = owner[one.conversation_id]
            assert kind == "bot", one
            assert one.author_id == who or one.author_id not in before[one.conversation_id], one


def check_decisions(centre: Centre) -> None:
    """Asked again, every question has the answer that was recorded; nobody was passed over."""
    for one in centre.cluster.outputs(ROUTING_DECISIONS):
        if isinstance(one, AssignmentDecided):
            question = choose.decode(one.question)
            assert choose.encode(question) == one.question
            again = choose.decide(question)
            assert tuple(verdict.rank for verdict in again.verdicts) == one.ranks
            assert again.probability == one.probability
            assert one.kind != "queue" or again.chosen == one.chosen_id
    assert centre.routing.passed_over == []


def check_all(centre: Centre, from_ms: int = 0) -> None:
    check_owners(centre, from_ms)
    check_what_was_released(centre)
    check_decisions(centre)
    for name in centre.cluster.processors:
        assert centre.cluster[name].quarantined() == []
    assert centre.cluster.audit() is None


@pytest.mark.rule("HO-03", "HO-36", "UR-48", "UR-14")
@laws
@each(histories, partitions)
def test_at_every_instant_one_side_owns_a_conversation_and_in_the_end_all_say_the_same(
    history: History, count: int
) -> None:
    check_all(Centre(partitions=count).go(history))


@pytest.mark.rule("UR-36", "UR-11")
@laws
@each(histories)
def test_with_one_representative_there_nobody_waits_for_ever(history: History) -> None:
    centre = Centre().go(history, check=False)
    closed = len(centre.cluster.outputs(ROUTING_DECISIONS))

    centre.end_well()

    centre.check()
    assert [one for one in centre.pool.items.values() if one.state in {"open", "offered"}] == []
    later = centre.cluster.outputs(ROUTING_DECISIONS)[closed:]
    assert [one for one in later if isinstance(one, ItemClosed) and one.outcome == "expired"] == []
    check_all(centre)


@laws
@each(histories, partitions)
def test_restarted_anywhere_every_log_and_table_is_byte_for_byte_the_same(
    history: History, count: int
) -> None:
    steady = Centre(partitions=count, restarts=False).go(history, check=False)
    broken: History = []
    for step in history:
        broken += [step, (("restart",), "all")] if step[1] == "all" else [step]
    restarted = Centre(partitions=count).go(broken, check=False)
    assert restarted.logs() == steady.logs()
    assert list(restarted.tables()) == list(steady.tables())


def test_the_histories_reach_what_the_laws_speak_of() -> None:
    reached: set[str] = set()

    @how(laws, max_examples=150, database=None, derandomize=True, phases=[Phase.generate])
    @each(histories)
    def look(history: History) -> None:
        centre = Centre().go(history, check=False)
        for topic in (OUTBOUND, ROUTING_DECISIONS, HANDOFF_STATUS, REJECTIONS):
            for one in centre.cluster.outputs(topic):
                reached.add(type(one).__name__)
                for field in ("outcome", "code", "to_state", "state", "owner"):
                    reached.add(str(getattr(one, field, "")))

    look()
    assert reached >= {
        *("bot", "queue", "representative", "none"),
        *("open", "offered", "active", "waiting", "wrap_up", "closed"),
        *("accepted", "declined", "timed_out", "withdrawn"),
        *("handled", "returned_to_bot", "short_abandoned", "force_closed"),
        *("routed", "failed", "completed", "fell_back"),
        *("conversation.stale_epoch", "conversation.not_the_owner", "conversation.ended"),
        *("handoff.over", "routing.no_offer", "routing.not_yours", "routing.wrong_state"),
        "TurnReleased",
    }


# --- what crosses on its way from log to log, one by one


COMMON: dict[str, Any] = {"tenant": "demo", "occurred_at_ms": 1}
TALK: dict[str, Any] = {**COMMON, "conversation_id": "c-1"}
DAY_MS = 86_400_000


def begun(way: str = "far", *others: str, setup: str = "plain") -> Centre:
    """Return a centre where bots have conversations, the first of them `c-1`; ann is there."""
    centre = Centre(setup=setup)
    connect(centre, "ann")
    for number, one in enumerate((way, *others), start=1):
        centre.go([(("open", f"c-{number}", one, "live_chat", False), "all")])
    return centre


def connect(centre: Centre, *people: str) -> None:
    centre.go([(("connect", who), "all") for who in people])


def hand_off(centre: Centre, number: int = 1) -> None:
    centre.go([(("hand_off", "c-1", number), "all")])


def accept(centre: Centre) -> None:
    centre.go([(("answer", 0, AcceptOffer, False), "all")])


def do(centre: Centre, verb: type[Any], **more: Any) -> None:
    centre.go([(("do", 0, verb, more), "all")])


def served(way: str = "far", *, setup: str = "plain") -> Centre:
    """Return a centre where ann serves `c-1`."""
    centre = begun(way, setup=setup)
    hand_off(centre)
    accept(centre)
    assert state(centre) == ("active", "ann")
    return centre


def state(centre: Centre, conversation: str = "c-1") -> tuple[str, str | None]:
    item = centre.item(conversation)
    assert item is not None
    return item.state, item.representative_id


def owner(centre: Centre) -> tuple[str, str | None]:
    talk = centre.conversations()["c-1"]
    return talk.owner_kind, talk.owner_id


def said_by(centre: Centre, author: str) -> list[str]:
    released = [one for one in centre.cluster.outputs(OUTBOUND) if isinstance(one, TurnReleased)]
    return [one.text for one in released if one.author == author]


def codes(centre: Centre) -> list[str]:
    """Return what was refused."""
    return [one.code for one in centre.cluster.outputs(REJECTIONS)]


@pytest.mark.rule("UR-48")
@pytest.mark.parametrize("first", ["leaves", "accepts"])
def test_a_customer_who_leaves_while_the_offer_is_accepted_leaves_a_wrap_up(first: str) -> None:
    centre = begun()
    hand_off(centre)
    steps: History = [
        (("leave", "c-1", "customer_left"), "none"),
        (("answer", 0, AcceptOffer, False), "routing"),
    ]
    if first == "accepts":
        steps.reverse()
    centre.go(steps)
    assert centre.conversations()["c-1"].state == "ended"
    assert state(centre) == ("wrap_up", "ann")
    do(centre, CloseItem)
    assert centre.pool.representatives["ann"].load.units_used == 0
    check_all(centre)


@pytest.mark.rule("UR-48")
def test_a_customer_who_left_before_routing_heard_of_the_hand_off_is_offered_to_nobody() -> None:
    centre = begun()
    centre.go([(("hand_off", "c-1", 1), "conversation"), (("leave", "c-1", None), "none")])
    assert centre.conversations()["c-1"].state == "ended"
    assert state(centre)[0] == "closed"
    assert centre.pool.representatives["ann"].load.units_used == 0
    check_all(centre)


def test_a_hand_off_that_crosses_the_transfer_back_to_the_bot_is_the_one_before() -> None:
    centre = served()
    transfer = {"target": "bot", "target_id": "far-bot"}
    centre.go([(("hand_off", "c-1", 2), "none"), (("do", 0, TransferItem, transfer), "routing")])
    assert owner(centre) == ("bot", "far-bot")
    assert state(centre)[0] == "closed"
    check_all(centre)


@pytest.mark.rule("HO-36", "QM-02")
def test_a_bot_that_hands_off_the_moment_it_gets_the_conversation_back_begins_a_new_wait() -> None:
    centre = served()
    centre.cluster.advance(60_000)
    transfer = {"target": "bot", "target_id": "far-bot"}
    centre.go([(("do", 0, TransferItem, transfer), "routing")], check=False)
    hand_off(centre, 2)
    item = centre.item("c-1")
    assert item is not None
    assert (item.state, item.life, item.request_id) == ("offered", 2, "c-1/2")
    assert item.arrived_at_ms == centre.cluster.clock.now_ms()
    assert item.first_arrived_at_ms == item.arrived_at_ms - 60_000
    accept(centre)
    assert owner(centre) == ("representative", "ann")
    check_all(centre)


@pytest.mark.rule("HO-45")
def test_the_hand_off_of_a_second_bot_is_its_own() -> None:
    centre = served("desk")
    do(centre, TransferItem, target="bot", target_id="helper")
    assert owner(centre) == ("bot", "helper")
    hand_off(centre, 2)
    asked = [one for one in centre.cluster.outputs(HANDOFF_LOG) if type(one) is HandoffRequested]
    assert [one.bot_id for one in asked] == ["desk-bot", "helper"]
    item = centre.item("c-1")
    assert item is not None
    assert item.bot_id == "helper"
    assert item.escalated_by == ("desk-bot", "helper")
    check_all(centre)


@pytest.mark.rule("HO-39")
def test_a_bot_in_a_queue_never_gets_again_what_it_gave_up() -> None:
    centre = begun("none", setup="botted")
    assert owner(centre) == ("bot", "helper")
    hand_off(centre)
    assert owner(centre) == ("representative", "ann")
    check_all(centre)


def test_a_late_turn_of_the_bot_before_is_not_heard_beside_the_present_bot() -> None:
    centre = served()
    do(centre, TransferItem, target="bot", target_id="helper")
    centre.go([(("bot_says", "c-1", "far-bot", -1), "all")])
    assert said_by(centre, "bot") == []
    assert codes(centre) == ["conversation.not_the_owner"]
    centre.go([(("bot_says", "c-1", "helper", -1), "all")])
    assert said_by(centre, "bot") == ["I am a bot"]
    check_all(centre)


def test_a_late_hand_off_of_the_bot_before_does_not_take_it_from_the_present_bot() -> None:
    centre = served()
    do(centre, TransferItem, target="bot", target_id="helper")
    centre.cluster.send(HandoffInitiated(**TALK, bot_id="far-bot", request_id="late"))
    assert owner(centre) == ("bot", "helper")
    check_all(centre)


@pytest.mark.parametrize("first", ["representative", "supervisor"])
def test_of_two_transfers_the_first_counts_and_the_second_is_told_why_not(first: str) -> None:
    centre = served()
    connect(centre, "bob", "cay")
    item = centre.item("c-1")
    assert item is not None
    steps = [
        TransferItem(
            **COMMON, item_id="c-1", representative_id="ann", target="queue", target_id="vip"
        ),
        AssignItem(**COMMON, item_id="c-1", supervisor_id="sue", assigned_id="bob"),
    ]
    if first == "supervisor":
        steps.reverse()
    for step in steps:
        centre.post(step)
    centre.go([])
    if first == "representative":
        assert codes(centre) == []
        assert state(centre) == ("offered", "bob")
    else:
        assert codes(centre) == ["routing.not_yours"]
        assert state(centre) == ("offered", "bob")
    check_all(centre)


@pytest.mark.rule("TR-29")
@pytest.mark.parametrize("news", ["accepted", "failed", "completed"])
def test_what_a_hub_says_after_the_customer_left_changes_nothing(news: str) -> None:
    centre = begun("hub")
    hand_off(centre)
    centre.go(
        [
            (("work", "delivered"), "all"),
            (("leave", "c-1", "customer_left"), "conversation"),
            (("status", 0, news, "ines", 1), "none"),
        ]
    )
    assert centre.conversations()["c-1"].state == "ended"
    assert centre.hub_handoffs()["c-1"].state == "withdrawn"
    check_all(centre)


def test_news_of_an_item_that_is_over_change_nothing() -> None:
    centre = served()
    do(centre, EndItem)
    do(centre, CloseItem)
    before = centre.item("c-1")
    for activity in ("customer_wrote", "customer_left", "customer_disconnected", "ended"):
        centre.go([(("activity", "c-1", activity), "all")])
    assert centre.item("c-1") == before
    check_all(centre)


@pytest.mark.rule("UR-48")
def test_a_conversation_that_its_adapter_ends_while_it_is_wrapped_up_stays_in_wrap_up() -> None:
    centre = served()
    do(centre, EndItem)
    assert state(centre) == ("wrap_up", "ann")
    centre.go([(("leave", "c-1", None), "all")])
    assert state(centre) == ("wrap_up", "ann")
    check_all(centre)


@pytest.mark.parametrize("after_ms", [3_700_000, DAY_MS + 3_700_000])
def test_a_bot_may_hand_off_again_long_after_it_got_the_conversation_back(after_ms: int) -> None:
    centre = served()
    do(centre, TransferItem, target="bot", target_id="far-bot")
    for _ in range(after_ms // 1_200_000):
        centre.cluster.advance(1_200_000)
        centre.go([(("write", "c-1", "hello"), "all")])
    assert (centre.item("c-1") is None) == (after_ms > DAY_MS)
    hand_off(centre, 2)
    assert state(centre) == ("offered", "ann")
    accept(centre)
    assert owner(centre) == ("representative", "ann")
    check_all(centre)


@pytest.mark.parametrize("way", ["far", "hub", "none"])
def test_after_it_was_forgotten_a_conversation_may_begin_anew(way: str) -> None:
    centre = begun(way)
    hand_off(centre)
    if way == "hub":
        # Refused by the hub: what lies dead is kept for thirty days.
        centre.go([(("work", "refused"), "all")])
    centre.go([(("leave", "c-1", "customer_left"), "all")])
    centre.cluster.advance(30 * DAY_MS + 1_000)
    assert "c-1" not in centre.conversations()
    anew_ms = centre.cluster.clock.now_ms()
    centre.go([(("connect", "ann"), "all"), (("open", "c-1", way, "live_chat", False), "all")])
    if way != "none":
        hand_off(centre)
    if way == "hub":
        centre.go([(("work", "delivered"), "all"), (("status", 0, "accepted", "ines", 7), "all")])
        assert owner(centre) == ("representative", "ines")
    else:
        accept(centre)
        assert owner(centre) == ("representative", "ann")
    check_all(centre, anew_ms)


@pytest.mark.rule("UR-07")
@pytest.mark.parametrize("how_it_comes_back", ["runs out", "declined", "released"])
def test_what_comes_back_to_a_queue_that_is_gone_is_routed_again(how_it_comes_back: str) -> None:
    centre = Centre()
    connect(centre, "cay")
    centre.go([(("open", "c-1", "none", "live_chat", True), "all")])
    assert state(centre) == ("offered", "cay")
    if how_it_comes_back == "released":
        accept(centre)
    connect(centre, "bob")
    centre.go([(("publish", "lean"), "all")])
    if how_it_comes_back == "released":
        do(centre, ReleaseItem)
    elif how_it_comes_back == "declined":
        centre.go([(("answer", 0, DeclineOffer, False), "all")])
    else:
        # She is in the setup no longer, so nobody waits for her to come back and answer.
        centre.cluster.advance(601_000)
    assert state(centre)[0] == "offered"
    item = centre.item("c-1")
    assert item is not None
    assert item.queue_id == "chats"
    check_all(centre)


@pytest.mark.rule("TR-29")
def test_what_two_of_a_hub_had_and_gave_up_can_still_be_left_a_day_later() -> None:
    centre = begun("hub")
    hand_off(centre)
    centre.go([(("work", "delivered"), "all"), (("status", 0, "failed", "ines", 1), "all")])
    hand_off(centre, 2)
    centre.go(
        [
            (("work", "delivered"), "all"),
            (("work", "delivered"), "all"),
            (("status", 0, "accepted", "ines", 2), "all"),
            (("status", 0, "accepted", "jon", 3), "all"),
            (("status", 0, "failed", "jon", 4), "all"),
        ]
    )
    accept(centre)
    assert owner(centre) == ("representative", "ann")
    while any(row.state == "due" for row in centre.deliveries()):
        centre.go([(("work", "delivered"), "all")])
    centre.cluster.advance(DAY_MS + 1_000)
    assert centre.hub_handoffs() == {}
    centre.go([(("leave", "c-1", "customer_left"), "all")])
    assert state(centre) == ("wrap_up", "ann")
    check_all(centre)


def test_what_a_hub_gave_up_is_left_the_way_it_goes_to_routing() -> None:
    """The word that the customer left may not be there before what they left."""
    centre = begun("hub")
    hand_off(centre)
    centre.go([(("work", "delivered"), "all"), (("status", 0, "failed", "ines", 1), "all")])
    hand_off(centre, 2)
    centre.go([(("work", "delivered"), "all"), (("status", 0, "accepted", "ines", 2), "all")])
    centre.step(("status", 0, "failed", "ines", 3))
    for name in ("handoff", "conversation"):
        centre.cluster[name].catch_up(1)
    assert owner(centre) == ("queue", None)
    centre.go([(("leave", "c-1", "customer_left"), "conversation")])
    told = [type(one) for one in centre.cluster.outputs(HANDOFF_LOG)]
    assert told.count(HandoffWithdrawn) == 1
    assert state(centre)[0] == "closed"
    check_all(centre)


def test_who_waits_before_there_is_a_setup_is_served_once_there_is_one() -> None:
    centre = Centre(setup=None)
    centre.go([(("open", "c-1", "none", "live_chat", False), "all")], check=False)
    centre.go([(("publish", "plain"), "all"), (("connect", "ann"), "all")], check=False)
    assert centre.item("c-1") is not None
    assert state(centre) == ("offered", "ann")


@pytest.mark.rule("HO-21", "UR-50")
def test_a_call_that_was_passed_to_a_number_belongs_to_nobody_here() -> None:
    voice = {
        "queues": [queue("calls", "voice", members=["ann"])],
        "workstreams": [workstream("voice", fallback_queue="calls", wrap_up="never")],
        "representatives": [{"id": "ann", "units": 2}],
        "callable_numbers": ["491701234567"],
    }
    centre = Centre()
    centre.cluster.publish("routing.setup", json.dumps(voice).encode())
    connect_only = RepresentativeConnected(**COMMON, representative_id="ann")
    call = ConversationOpened(**TALK, channel="voice", is_routed=True, customer_phone="4930111222")
    centre.cluster.send(connect_only, call)
    item = centre.item("c-1")
    assert item is not None
    mine = {"item_id": "c-1", "representative_id": "ann"}
    if item.state == "offered":
        centre.cluster.send(AcceptOffer(**COMMON, **mine, offer_id=item.offer_id))
    centre.cluster.send(TransferItem(**COMMON, **mine, target="number", target_id="491701234567"))
    assert state(centre)[0] == "closed"
    assert centre.conversations()["c-1"].state == "ended"

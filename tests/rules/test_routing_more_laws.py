"""What holds of calls, focus and quotas in every history of a small pool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from schemas.records import routing
from tests.rules.pools import Told, chats, members, of

PEOPLE = ("ann", "bob")
ITEMS = ("c1", "c2", "c3")

PARTS: dict[str, Any] = {
    "representatives": [{"id": name, "units": 2} for name in PEOPLE],
    "queues": [members(*PEOPLE)],
    "workstreams": [chats(wrap_up="always", is_synchronous=False, reconnect_ms=60_000)],
    "quotas": {"waiting_max": 1},
}

people = st.sampled_from(PEOPLE)
items = st.sampled_from(ITEMS)


def done(*verbs: Any) -> Any:
    mostly = st.sampled_from((True, True, True, False))
    return st.tuples(st.just("do"), st.sampled_from(verbs), items, mostly)


steps = st.one_of(
    st.tuples(st.just("arrive"), items),
    st.tuples(st.just("connect"), people),
    st.tuples(st.just("lose"), people),
    st.tuples(st.just("accept"), items),
    st.tuples(st.just("accept"), items),
    done(routing.EscalateToVoice, routing.EscalateToVoice, routing.EndEscalation),
    done(routing.ItemFocused, routing.ItemFocused, routing.ItemUnfocused),
    done(routing.ItemFocused, routing.ItemFocused, routing.ItemUnfocused),
    done(routing.EndItem, routing.CloseItem, routing.ReleaseItem),
    done(routing.EndItem, routing.CloseItem, routing.ReleaseItem),
    done(routing.EndItem, routing.CloseItem, routing.ReleaseItem),
    done(routing.WaitItem, routing.ResumeItem, routing.PickItem),
    st.tuples(
        st.just("activity"),
        items,
        st.sampled_from(("customer_wrote", "customer_disconnected", "customer_left")),
    ),
    st.tuples(st.just("pass_on"), items, people),
    st.tuples(st.just("wait"), st.sampled_from((5_000, 130_000, 700_000))),
)


def step(told: Told, kind: str, *given: Any) -> Any:
    """Do a step; whoever has an item does what is done with it, or somebody else if nobody has."""
    first = given[0]
    if kind in {"accept", "do", "pass_on"}:
        item = told.pool.items.get(given[1] if kind == "do" else first)
        if item is None:
            return None
        who = item.representative_id or "ann"
        if kind == "accept":
            return told.accept(first, who)
        if kind == "do":
            return told.do(first, item.item_id, who if given[2] else "bob")
        return told.transfer(first, who, "representative", given[1])
    plain: dict[str, Callable[..., Any]] = {
        "arrive": told.arrive,
        "connect": told.connect,
        "lose": told.lose,
        "activity": told.activity,
        "wait": told.later,
    }
    return plain[kind](*given)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=30, max_size=60))
def test_calls_and_focus_are_counted_once_and_belong_to_who_has_the_item(
    history: list[tuple[Any, ...]],
):
    told = Told(**PARTS)
    told.connect(*PEOPLE)
    for item_id in ITEMS[:2]:
        told.arrive(item_id)
        told.accept(item_id)
    for one in history:
        then = step(told, *one)
        check(told)
        if then is not None:
            check_offers(told, then)


def check(told: Told) -> None:
    pool = told.pool
    for who, row in pool.representatives.items():
        calls = [
            one for one in pool.items.values() if one.is_escalated and one.representative_id == who
        ]
        assert row.load.escalations == len(calls)
        assert all(one.state == "active" for one in calls)
        looked_at = [
            one.item_id
            for one in pool.items.values()
            if one.focused_at_ms is not None and one.representative_id == who
        ]
        assert looked_at == ([row.focused] if row.focused else [])
        assert row.focused is None or row.presence.is_connected
    for one in pool.items.values():
        assert 0 <= one.handle_ms <= told.now_ms - one.arrived_at_ms
        if one.focused_at_ms is not None:
            assert one.state in {"active", "wrap_up"}
        if one.state not in {"active", "wrap_up"}:
            assert one.focus_ms == -1
        assert one.representative_id is not None or not one.is_escalated
    waiting = sum(one.is_waiting for one in pool.items.values())
    assert sum(queue.waiting for queue in pool.queues.values()) == waiting
    if waiting > 1:
        assert pool.state.is_overfull


def check_offers(told: Told, then: Any) -> None:
    """Nobody in a call is offered anything by itself."""
    for offer in of(then, routing.OfferMade):
        row = told.rep(offer.representative_id)
        item = told.item(offer.item_id)
        if item.state == "offered" and item.affinity is None and row.load.escalations:
            decided = [
                one
                for one in of(then, routing.AssignmentDecided)
                if one.item_id == offer.item_id and one.kind == "queue"
            ]
            assert not decided, offer

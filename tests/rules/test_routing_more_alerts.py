"""Whom a customer's sentiment alarms (QM-12), and what a pool is made for (UR-52)."""

from __future__ import annotations

import json

import pytest

from processors.errors import InvalidReferenceError
from processors.routing.sentiment import level_of
from processors.routing.setup import Quotas
from schemas.records.routing import (
    ItemSentiment,
    OfferMade,
    PoolReviewed,
    QuotaPassed,
    ReviewPool,
    SentimentAlerted,
)
from tests.rules.pools import Told, chats, members, of, one_of
from tests.rules.setups import queue, setup

SUPERVISED = [
    {"id": "ann", "units": 1},
    *({"id": name, "units": 0, "is_supervisor": True} for name in ("sue", "sam", "sid", "out")),
]


def watched(threshold: str | None = "negative", **parts: object) -> Told:
    """Return a pool with supervisors: sue and sam are there, sid is away, out is no member."""
    told = Told(
        representatives=SUPERVISED,
        queues=[members("ann", "sue", "sam", "sid", sentiment_alert=threshold)],
        **parts,
    )
    told.connect("ann", "sue", "sam", "sid", "out")
    told.presence("sam", "busy")
    told.presence("sid", "away")
    return told


def feels(told: Told, sentiment: str, item_id: str = "c1") -> list[SentimentAlerted]:
    return of(told.take(ItemSentiment, item_id=item_id, sentiment=sentiment), SentimentAlerted)


@pytest.mark.rule("QM-12")
def test_supervisors_who_are_members_and_available_or_busy_are_told_when_it_falls():
    told = watched()
    told.served("c1", "ann")
    assert not feels(told, "neutral")
    assert not feels(told, "slightly negative")
    (alert,) = feels(told, "negative")
    assert (alert.item_id, alert.queue_id, alert.representative_id) == ("c1", "chats", "ann")
    assert (alert.sentiment, alert.threshold) == (-2, -2)
    assert alert.told_ids == ("sue", "sam")


@pytest.mark.rule("QM-12")
@pytest.mark.parametrize(
    ("threshold", "alarming"),
    [
        ("slightly_negative", {-3, -2, -1}),
        ("negative", {-3, -2}),
        ("very_negative", {-3}),
        (None, set()),
    ],
)
def test_each_threshold_alarms_at_it_and_below_it(threshold: str | None, alarming: set[int]):
    for level in range(-3, 4):
        told = watched(threshold)
        told.served("c1", "ann")
        assert bool(feels(told, str(level))) == (level in alarming)


@pytest.mark.rule("QM-12")
def test_it_alarms_again_only_after_it_had_risen():
    told = watched()
    told.served("c1", "ann")
    assert feels(told, "negative")
    assert not feels(told, "very negative")
    assert not feels(told, "negative")
    assert not feels(told, "positive")
    assert feels(told, "-3")


@pytest.mark.rule("QM-12")
@pytest.mark.parametrize("read", ["very negative", "Very_Negative", -3, -2.6])
def test_a_variable_that_comes_with_the_item_counts(read: str | float):
    told = watched()
    then = told.arrive("c1", variables={"sentiment": read})
    assert one_of(then, SentimentAlerted).sentiment == -3
    assert not of(told.arrive("c2", variables={"sentiment": "neutral"}), SentimentAlerted)


@pytest.mark.rule("QM-12")
def test_an_attribute_that_classification_set_counts():
    ruleset = {
        "name": "angry",
        "items": [
            {
                "name": "shouts",
                "when": {"field": "context.text", "value": "WHAT"},
                "attributes": {"sentiment": "negative"},
            }
        ],
    }
    told = watched(workstreams=[chats(rulesets=[ruleset])])
    then = told.arrive("c1", variables={"text": "WHAT"})
    assert one_of(then, SentimentAlerted).sentiment == -2


def test_what_is_no_sentiment_is_refused_and_of_a_variable_ignored():
    told = watched()
    assert not of(told.arrive("c1", variables={"sentiment": "grim"}), SentimentAlerted)
    told.take(ItemSentiment, item_id="c1", sentiment="grim").refused("routing.no_sentiment")
    assert not feels(told, "negative", "c9")
    assert [level_of(one) for one in (4, -4, True, None, "", "3 ", "²")] == [
        None,
        None,
        None,
        None,
        None,
        3,
        None,
    ]


@pytest.mark.rule("UR-52")
def test_the_quotas_are_what_the_rules_say():
    assert Quotas() == setup().quotas
    assert (Quotas().waiting_max, Quotas().representatives_max) == (50_000, 10_000)
    assert Quotas().members_max == 5_000


@pytest.mark.rule("UR-52")
def test_a_setup_beyond_its_quotas_is_refused_with_the_place():
    people = [{"id": f"r{number}"} for number in range(10_000)]
    assert len(setup(representatives=people).representatives) == 10_000
    with pytest.raises(InvalidReferenceError, match="10001 are more than"):
        setup(representatives=[*people, {"id": "one-more"}])
    names = [one["id"] for one in people[:5_000]]
    setup(representatives=people, queues=[queue("q", members=names)])
    with pytest.raises(InvalidReferenceError, match=r"queues\[0\]\.members"):
        setup(representatives=people, queues=[queue("q", members=[*names, "r9999"])])


@pytest.mark.rule("UR-52")
def test_beyond_the_waiting_quota_somebody_is_told_once_and_nothing_is_turned_away():
    told = Told(quotas={"waiting_max": 10})
    quiet = [told.arrive(f"c{number:02}") for number in range(10)]
    assert not [one for then in quiet for one in of(then, QuotaPassed)]
    notice = one_of(told.arrive("c10"), QuotaPassed)
    assert (notice.quota, notice.limit, notice.found) == ("waiting_max", 10, 11)
    assert not of(told.arrive("c11"), QuotaPassed)
    assert len(told.waiting()) == 12
    # It is over at nine tenths, and told again after that.
    for number in range(3):
        told.activity(f"c{number:02}", "customer_left")
    assert told.pool.state.is_overfull is False
    assert not of(told.arrive("c12"), QuotaPassed)
    assert of(told.arrive("c13"), QuotaPassed)


def test_who_is_served_at_once_does_not_wait():
    told = Told(quotas={"waiting_max": 1})
    told.connect("ann", "bob", "cay")
    for number in range(6):
        assert not of(told.arrive(f"c{number}"), QuotaPassed)
    assert not of(told.arrive("c6"), QuotaPassed)
    assert of(told.arrive("c7"), QuotaPassed)


@pytest.mark.rule("UR-52")
def test_a_new_setup_changes_what_waits_with_the_input_that_follows_it():
    told = Told(representatives=[{"id": "ann", "units": 0}], queues=[members("ann")])
    told.connect("ann")
    told.arrive("c1")
    assert told.state("c1") == ("open", None)
    told.set_up(representatives=[{"id": "ann", "units": 1}], queues=[members("ann")])
    then = told.take(ReviewPool, because="published", after_ms=1)
    assert one_of(then, PoolReviewed).because == "published"
    assert one_of(then, OfferMade).representative_id == "ann"
    assert told.state("c1") == ("offered", "ann")


@pytest.mark.rule("UR-52")
def test_a_queue_and_a_member_that_are_new_count_with_the_input_that_follows():
    told = Told()
    told.arrive("c1", variables={"vip": 1})
    routes = [{"name": "all", "queue": "vip"}]
    told.set_up(
        representatives=[{"id": "ann"}, {"id": "zoe"}],
        queues=[queue("vip", members=["zoe"])],
        workstreams=[chats(fallback_queue="vip", routes=routes)],
    )
    told.take(ReviewPool, because="published", after_ms=1)
    assert told.item("c1").queue_id == "vip"
    told.connect("zoe")
    assert told.state("c1") == ("offered", "zoe")
    assert json.loads(told.pool.facts["c1"].variables) == {"vip": 1}

"""`streams.testing.TestDriver`, as its users see it."""

from __future__ import annotations

import json

import pytest

from processors.conversation.processor import ConversationProcessor
from processors.errors import InvalidReferenceError
from processors.testing import accepted, opened, said
from schemas.records.assist import RecommendationIssued, RecommendationRefreshed
from streams.replay.driver import OfflineDriver
from streams.replay.exercise import Exercise
from streams.testing import TestDriver
from tests.support.exercises import asked

ARTICLES = json.dumps(
    {
        "articles": [
            {
                "article_id": "refund",
                "title": "Refund an order",
                "content": "A refund goes back to the card of the order.",
                "status": "published",
            }
        ]
    }
).encode()
REFUND = "Refund an order: a refund goes back to the card of the order"


def test_a_conversation_from_the_first_turn_to_the_recommendation():
    driver = TestDriver(ConversationProcessor(), partitions=3)
    driver.publish("assist.articles", ARTICLES)

    driver.send(opened(), accepted("ann"), said(REFUND))
    driver.send(said("and a refund to which card?"))

    kinds = [type(event) for event in driver.outputs("assist.recommendations.v1")]
    assert kinds == [RecommendationIssued, RecommendationRefreshed]
    assert driver.state("demo:c-1") is not None
    assert len(driver.rows("turn", b"demo:c-1\0")) == 2
    assert driver.rows("turn", b"demo:c-2\0") == []
    assert driver.quarantined() == []
    assert driver.audit() is None


def test_a_restart_loses_nothing():
    driver = TestDriver(ConversationProcessor())
    driver.publish("assist.articles", ARTICLES)
    driver.send(opened(), accepted("ann"), said(REFUND))
    table = driver.table()

    driver.restart()
    assert driver.table() == table
    driver.send(said(REFUND))

    assert driver.marker().next == 5
    assert driver.audit() is None


def test_an_artefact_that_says_nothing_is_refused_before_it_is_published():
    driver = TestDriver(ConversationProcessor())

    with pytest.raises(InvalidReferenceError):
        driver.publish("assist.articles", b"{}")

    assert driver.records("control.reference.v1") == []


def test_what_is_due_fires_when_the_clock_is_cranked():
    driver = TestDriver(Exercise())
    driver.send(asked("arm", "k", 4, driver.clock.now_ms()))
    driver.advance(399)
    assert driver.state("demo:k") is None

    driver.advance(1)

    assert driver.state("demo:k").total == 1
    assert len(driver.records("exercise.counted.v1")) == 1


def test_refusals_and_bad_input_can_be_asked_for():
    driver = TestDriver(Exercise())

    driver.send(asked("refuse"), b"noise", asked("raise"))

    assert [one.code for one in driver.rejections()] == ["exercise.no"]
    assert [one.code for one in driver.quarantined()] == ["undecodable", "handler_raised"]


def test_the_offline_driver_gives_the_same_table_in_any_chunks():
    live = TestDriver(Exercise())
    for n in range(40):
        live.send(asked(("add", "emit", "arm", "remove", "raise")[n % 5], f"k{n % 3}", n))
        live.advance(70)
    log = live.records(Exercise.log)

    digests = set()
    for size in (1, 7, 1_000):
        driver = OfflineDriver(Exercise(), chunk_records_max=size)
        folded = driver.fold(0, log)
        assert driver.table(0) == live.table()
        assert folded.quarantined == len(live.quarantined())
        digests.add(driver.digest())
    assert len(digests) == 1

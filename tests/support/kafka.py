"""Real brokers for tests: one for the whole run, and private ones for tests that kill them."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streams.broker import admin
from streams.broker.local import LocalKafka, Tuning
from streams.settings import Kafka
from streams.topics import TOPICS, TopicPlan

# A broker that is killed and started again is not kept waiting for its former session.
QUICK_COMEBACK = Tuning(
    settings={"broker.session.timeout.ms": "1000", "broker.heartbeat.interval.ms": "200"}
)


def create_topics(
    kafka: Kafka, plans: Sequence[TopicPlan] = TOPICS, partitions: int = 4
) -> tuple[str, ...]:
    """Create what is missing of `plans`; return the names that were created."""
    return admin.ensure_topics(kafka, plans, partitions=partitions)


def delete_topics(kafka: Kafka, names: Sequence[str]) -> None:
    """Delete topics; those that do not exist are as good as deleted."""
    admin.delete_topics(kafka, names)


def renamed(plans: Sequence[TopicPlan], prefix: str) -> tuple[TopicPlan, ...]:
    """Return `plans` with `prefix` before every name, so that tests do not meet."""
    return tuple(
        replace(
            plan,
            name=prefix + plan.name,
            partitions_of=prefix + plan.partitions_of if plan.partitions_of else "",
        )
        for plan in plans
    )


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """One broker for the whole run, started by the first test that asks. Do not stop or kill it."""
    with LocalKafka(data_dir=tmp_path_factory.mktemp("kafka"), port=0) as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka_settings(kafka: LocalKafka) -> Kafka:
    """How to reach the broker of the whole run."""
    return kafka.kafka


@pytest.fixture
def fresh_prefix() -> str:
    """A prefix for topics, groups and app ids that no other test has."""
    return f"t{uuid.uuid4().hex[:10]}-"


@pytest.fixture
def engine_topics(kafka_settings: Kafka) -> Iterator[tuple[TopicPlan, ...]]:
    """All topics of the engine under their own names, empty, with 4 partitions; gone afterwards."""
    names = [plan.name for plan in TOPICS]
    delete_topics(kafka_settings, names)
    create_topics(kafka_settings, TOPICS, 4)
    yield TOPICS
    delete_topics(kafka_settings, names)


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Callable[..., LocalKafka]]:
    """Make brokers that belong to the test alone; all are stopped afterwards.

    Call it with arguments of `LocalKafka`; without any it gives a started broker on a free port and
    a new folder. `is_started=False` leaves the start to the test.
    """
    with contextlib.ExitStack() as brokers:
        made = 0

        def make(*, is_started: bool = True, **arguments: Any) -> LocalKafka:
            nonlocal made
            made += 1
            given: dict[str, Any] = {
                "data_dir": tmp_path / f"kafka-{made}",
                "port": 0,
                "tuning": QUICK_COMEBACK,
            }
            broker = LocalKafka(**(given | arguments))
            brokers.callback(broker.stop)
            return broker.start() if is_started else broker

        yield make

"""The engine's topics on the real broker, and names nobody else uses there."""

import uuid

import pytest

from streams.settings import Kafka
from tests.support.kafka import create_topics


@pytest.fixture
def servers(kafka_settings: Kafka) -> str:
    """Bootstrap servers of a broker that has the engine's topics."""
    create_topics(kafka_settings)
    return kafka_settings.bootstrap_servers


@pytest.fixture
def tenant() -> str:
    """A tenant of this test alone: tests share topics and tell their records apart by it."""
    return f"t-{uuid.uuid4().hex[:12]}"

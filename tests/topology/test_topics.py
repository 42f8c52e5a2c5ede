"""Topics on a real cluster: created from the plans, compared with the plans."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from kafka import KafkaAdminClient
from pydantic import SecretStr

from streams.broker.admin import delete_topics, ensure_topics, verify_topics
from streams.broker.errors import (
    BrokerUnreachableError,
    TopicMismatchError,
    TopicMissingError,
    TopicRefusedError,
)
from streams.broker.local import free_port
from streams.settings import Kafka
from streams.topics import TOPICS, TopicPlan, changelog_plan
from tests.support.kafka import renamed

pytestmark = pytest.mark.kafka

LOG, FOLLOWER = "turns", "recommendations"


def a_log(prefix: str) -> TopicPlan:
    return TopicPlan(name=prefix + LOG, role="log", key="id", says="A log.")


def a_follower(prefix: str) -> TopicPlan:
    name, leader = prefix + FOLLOWER, prefix + LOG
    return TopicPlan(name=name, role="derived", key="id", partitions_of=leader, says="Derived.")


def make_topic(kafka: Kafka, name: str, *, partitions: int = 4, **configs: str) -> None:
    with KafkaAdminClient(**kafka.for_kafka_python()) as client:
        settings = {key.replace("_", "."): value for key, value in configs.items()}
        asked = {"num_partitions": partitions, "replication_factor": 1, "configs": settings}
        client.create_topics({name: asked}, wait_for_metadata=True)


def test_all_topics_of_the_engine_are_created_once_and_verify_afterwards(
    kafka_settings: Kafka, fresh_prefix: str
):
    plans = renamed(TOPICS, fresh_prefix)
    names = tuple(plan.name for plan in plans)
    assert ensure_topics(kafka_settings, plans, partitions=3) == names
    assert ensure_topics(kafka_settings, plans, partitions=3) == ()
    assert verify_topics(kafka_settings, plans) == dict.fromkeys(names, 3)


def test_new_topics_have_four_partitions_unless_told_otherwise(
    kafka_settings: Kafka, fresh_prefix: str
):
    ensure_topics(kafka_settings, [a_log(fresh_prefix)])
    assert verify_topics(kafka_settings, [a_log(fresh_prefix)]) == {fresh_prefix + LOG: 4}


def test_a_topic_that_follows_another_gets_the_count_the_other_already_has(
    kafka_settings: Kafka, fresh_prefix: str
):
    make_topic(kafka_settings, fresh_prefix + LOG, partitions=7)
    ensure_topics(kafka_settings, [a_log(fresh_prefix), a_follower(fresh_prefix)])
    counts = verify_topics(kafka_settings, [a_follower(fresh_prefix)])
    assert counts == {fresh_prefix + FOLLOWER: 7}


def test_several_processes_may_create_the_same_topics_at_once(
    kafka_settings: Kafka, fresh_prefix: str
):
    plans = renamed(TOPICS, fresh_prefix)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(ensure_topics, kafka_settings, plans) for _ in range(4)]
        for run in runs:
            run.result()
    assert set(verify_topics(kafka_settings, plans).values()) == {4}


def test_missing_topics_are_named_with_the_command_that_creates_them(
    kafka_settings: Kafka, fresh_prefix: str
):
    plans = [a_log(fresh_prefix), a_follower(fresh_prefix)]
    with pytest.raises(TopicMissingError, match="cuestream topics apply") as caught:
        verify_topics(kafka_settings, plans)
    assert caught.value.topics == (fresh_prefix + LOG, fresh_prefix + FOLLOWER)


def test_a_derived_topic_with_another_count_than_its_log_is_refused_and_nothing_is_created(
    kafka_settings: Kafka, fresh_prefix: str
):
    make_topic(kafka_settings, fresh_prefix + LOG, partitions=4)
    make_topic(kafka_settings, fresh_prefix + FOLLOWER, partitions=2)
    third = replace(a_log(fresh_prefix), name=fresh_prefix + "third")
    plans = [a_log(fresh_prefix), a_follower(fresh_prefix), third]
    with pytest.raises(TopicMismatchError) as caught:
        ensure_topics(kafka_settings, plans)
    assert caught.value.topic == fresh_prefix + FOLLOWER
    assert caught.value.found == "2 partitions"
    assert caught.value.expected == f"4, as many as {fresh_prefix}{LOG}"
    with pytest.raises(TopicMissingError):
        verify_topics(kafka_settings, [third])


def test_a_log_with_another_count_than_asked_for_is_refused(
    kafka_settings: Kafka, fresh_prefix: str
):
    make_topic(kafka_settings, fresh_prefix + LOG, partitions=1)
    with pytest.raises(TopicMismatchError, match="has 1 partition, but needs 4") as caught:
        ensure_topics(kafka_settings, [a_log(fresh_prefix)], partitions=4)
    assert "ask for 1" in str(caught.value)
    assert ensure_topics(kafka_settings, [a_log(fresh_prefix)]) == ()


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
def test_a_changelog_that_throws_records_away_with_age_is_refused(
    kafka_settings: Kafka, fresh_prefix: str, policy: str
):
    (changelog,) = renamed([changelog_plan("seller", "crm.activity.v1")], fresh_prefix)
    make_topic(kafka_settings, changelog.name, cleanup_policy=policy, max_message_bytes="4194304")
    with pytest.raises(TopicMismatchError, match="state would be thrown away") as caught:
        verify_topics(kafka_settings, [changelog])
    assert caught.value.expected == "cleanup.policy=compact"
    assert f"--entity-name {changelog.name}" in caught.value.remedy


def test_a_log_that_is_compacted_is_refused(kafka_settings: Kafka, fresh_prefix: str):
    make_topic(kafka_settings, fresh_prefix + LOG, cleanup_policy="compact")
    with pytest.raises(TopicMismatchError, match=r"needs cleanup\.policy=delete"):
        verify_topics(kafka_settings, [a_log(fresh_prefix)])


def test_a_changelog_compacted_too_soon_for_the_zombie_fence_is_refused(
    kafka_settings: Kafka, fresh_prefix: str
):
    (changelog,) = renamed([changelog_plan("seller", "crm.activity.v1")], fresh_prefix)
    make_topic(
        kafka_settings,
        changelog.name,
        cleanup_policy="compact",
        max_message_bytes="4194304",
        min_compaction_lag_ms="1000",
    )
    with pytest.raises(TopicMismatchError, match=r"min\.compaction\.lag\.ms=1000, but needs"):
        verify_topics(kafka_settings, [changelog])


def test_a_topic_for_smaller_records_than_planned_is_refused(
    kafka_settings: Kafka, fresh_prefix: str
):
    make_topic(kafka_settings, fresh_prefix + LOG, max_message_bytes="1000000")
    with pytest.raises(TopicMismatchError, match=r"max\.message\.bytes=4194304 or more"):
        verify_topics(kafka_settings, [a_log(fresh_prefix)])


def test_more_copies_than_brokers_are_refused_in_the_words_of_the_cluster(
    kafka_settings: Kafka, fresh_prefix: str
):
    with pytest.raises(TopicRefusedError, match="refused to create") as caught:
        ensure_topics(kafka_settings, [a_log(fresh_prefix)], replication=3)
    assert "replication factor" in caught.value.because.lower()


def test_deleted_topics_are_gone_and_deleting_them_again_is_harmless(
    kafka_settings: Kafka, fresh_prefix: str
):
    ensure_topics(kafka_settings, [a_log(fresh_prefix)])
    delete_topics(kafka_settings, [fresh_prefix + LOG])
    delete_topics(kafka_settings, [fresh_prefix + LOG])
    with pytest.raises(TopicMissingError):
        verify_topics(kafka_settings, [a_log(fresh_prefix)])


def test_a_broker_that_does_not_answer_is_named_with_its_setting_and_in_time():
    kafka = Kafka(bootstrap_servers=f"127.0.0.1:{free_port()}")
    began = time.monotonic()
    with pytest.raises(BrokerUnreachableError) as caught:
        verify_topics(kafka, timeout_ms=600)
    assert time.monotonic() - began < 3
    assert kafka.bootstrap_servers in str(caught.value)
    assert "CUESTREAM_KAFKA__BOOTSTRAP_SERVERS" in str(caught.value)
    assert "Connection refused" in str(caught.value)


def test_an_address_without_a_port_is_refused_at_once():
    with pytest.raises(BrokerUnreachableError, match="'localhost' is not host:port"):
        verify_topics(Kafka(bootstrap_servers="localhost"))


def test_a_cluster_that_wants_no_password_where_one_is_set_is_unreachable_with_a_sentence(
    kafka_settings: Kafka,
):
    with_password = Kafka(
        bootstrap_servers=kafka_settings.bootstrap_servers,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_username="ann",
        sasl_password=SecretStr("secret"),
    )
    with pytest.raises(BrokerUnreachableError, match="security settings") as caught:
        verify_topics(with_password, timeout_ms=1_000)
    assert "secret" not in str(caught.value)

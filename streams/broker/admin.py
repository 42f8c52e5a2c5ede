"""The topics on a cluster: made from the plans, compared with the plans, never altered.

Every function opens one admin client, does its work and closes it. They block; call them from a
thread where a loop runs. All of them raise `BrokerUnreachableError` when nobody answers in time.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, for_code

from streams.broker.errors import (
    BrokerUnreachableError,
    TopicMismatchError,
    TopicMissingError,
    TopicRefusedError,
)
from streams.settings import Kafka
from streams.topics import TOPICS, TopicPlan

PARTITIONS = 4
TIMEOUT_MS = 15_000
UNKNOWN_TOPIC = 3
TOPIC_EXISTS = 36
# A topic with less than the planned value of one of these loses records or safety.
AT_LEAST = ("max.message.bytes", "min.compaction.lag.ms")


def ensure_topics(
    kafka: Kafka,
    plans: Sequence[TopicPlan] = TOPICS,
    *,
    partitions: int | None = None,
    replication: int = 1,
    timeout_ms: int = TIMEOUT_MS,
) -> tuple[str, ...]:
    """Create the topics of `plans` that are missing, check the others; return the created names.

    When it returns, every topic has a leader for each partition. It may run any number of times,
    and in several processes at once.

    Args:
        kafka: How to reach the cluster.
        plans: Which topics.
        partitions: Of every topic that does not follow another. When not given, new topics get 4
            and existing ones keep what they have.
        replication: Copies of each new topic.
        timeout_ms: How long the cluster may take to answer.

    Raises:
        TopicMismatchError: A topic is there and is not as planned. Nothing was created.
        TopicRefusedError: The cluster would not create one.
        BrokerUnreachableError: Nobody answered.
    """
    with _admin(kafka, timeout_ms) as client:
        there = _partition_counts(client, _names(plans))
        _verify(client, plans, there, partitions)
        missing = [plan for plan in plans if plan.name not in there]
        if not missing:
            return ()
        planned = {plan.name: plan for plan in plans}
        asked = {
            plan.name: {
                "num_partitions": _expected_count(plan, planned, there, partitions) or PARTITIONS,
                "replication_factor": replication,
                "configs": plan.settings(),
            }
            for plan in missing
        }
        answer = client.create_topics(asked, timeout_ms=timeout_ms, raise_errors=False)
        for topic in answer["topics"]:
            if topic["error_code"] not in {0, TOPIC_EXISTS}:
                raise TopicRefusedError(
                    topic=topic["name"], doing="create", because=_because(topic)
                )
        client.wait_for_topics(list(asked), timeout_ms=timeout_ms)
        return tuple(asked)


def verify_topics(
    kafka: Kafka,
    plans: Sequence[TopicPlan] = TOPICS,
    *,
    partitions: int | None = None,
    timeout_ms: int = TIMEOUT_MS,
) -> dict[str, int]:
    """Return the partition count of every topic of `plans`; all exist and are as planned.

    Raises:
        TopicMissingError: Some do not exist.
        TopicMismatchError: One is not as planned.
        TopicRefusedError: We may not look at one.
        BrokerUnreachableError: Nobody answered.
    """
    with _admin(kafka, timeout_ms) as client:
        there = _partition_counts(client, _names(plans))
        if missing := [plan.name for plan in plans if plan.name not in there]:
            raise TopicMissingError(topics=missing, bootstrap_servers=kafka.bootstrap_servers)
        _verify(client, plans, there, partitions)
        return {plan.name: there[plan.name] for plan in plans}


def delete_topics(kafka: Kafka, names: Sequence[str], *, timeout_ms: int = TIMEOUT_MS) -> None:
    """Delete topics with all they hold; one that does not exist is as good as deleted.

    Returns when the cluster no longer knows them.

    Raises:
        TopicRefusedError: The cluster would not, or did not in time.
        BrokerUnreachableError: Nobody answered.
    """
    if not names:
        return
    with _admin(kafka, timeout_ms) as client:
        answer = client.delete_topics(list(names), timeout_ms=timeout_ms, raise_errors=False)
        for topic in answer["topics"]:
            if topic["error_code"] not in {0, UNKNOWN_TOPIC}:
                raise TopicRefusedError(
                    topic=topic["name"], doing="delete", because=_because(topic)
                )
        deadline = time.monotonic() + timeout_ms / 1000
        while left := _partition_counts(client, list(names)):
            if time.monotonic() > deadline:
                raise TopicRefusedError(
                    topic=min(left), doing="delete", because="it was still there when time was up"
                )
            time.sleep(0.02)


def cluster_id(kafka: Kafka, *, timeout_ms: int = TIMEOUT_MS) -> str | None:
    """Return the id of the cluster once it has a broker that serves, or None while it has not.

    Unlike its neighbours it raises nothing: it is for waiting.
    """
    try:
        with _admin(kafka, timeout_ms) as client:
            described = client.describe_cluster()
    except BrokerUnreachableError:
        return None
    return str(described["cluster_id"]) if described["brokers"] else None


@contextlib.contextmanager
def _admin(kafka: Kafka, timeout_ms: int) -> Iterator[Any]:
    """Give an admin client that has reached the cluster, and close it; map the library's faults."""
    _knock(kafka, timeout_ms)
    # Made in two steps: when the library's constructor gives up it leaves its thread and sockets
    # open, and only the object can close them.
    client = KafkaAdminClient.__new__(KafkaAdminClient)
    try:
        client.__init__(
            **kafka.for_kafka_python(),
            client_id="cuestream-admin",
            bootstrap_timeout_ms=timeout_ms,
            request_timeout_ms=timeout_ms,
            reconnect_backoff_max_ms=200,
        )
        yield client
    except (KafkaError, OSError) as fault:
        raise BrokerUnreachableError(
            bootstrap_servers=kafka.bootstrap_servers,
            waited_ms=timeout_ms,
            because=_first_line(fault),
        ) from fault
    finally:
        if hasattr(client, "_net"):
            client._closed = False
            client.close()


def _knock(kafka: Kafka, timeout_ms: int) -> None:
    """Return when one of the bootstrap addresses takes a connection; try until time is up."""
    deadline = time.monotonic() + timeout_ms / 1000
    because = "no address is given"
    while True:
        for address in kafka.bootstrap_servers.split(","):
            host, _, port = address.strip().rpartition(":")
            try:
                left_s = max(0.05, deadline - time.monotonic())
                with socket.create_connection((host.strip("[]"), int(port)), timeout=left_s):
                    return
            except OSError as fault:
                because = fault.strerror or str(fault) or type(fault).__name__
            except (ValueError, OverflowError):
                raise BrokerUnreachableError(
                    bootstrap_servers=kafka.bootstrap_servers,
                    waited_ms=0,
                    because=f"{address!r} is not host:port",
                ) from None
        if time.monotonic() + 0.1 > deadline:
            raise BrokerUnreachableError(
                bootstrap_servers=kafka.bootstrap_servers, waited_ms=timeout_ms, because=because
            )
        time.sleep(0.1)


def _names(plans: Sequence[TopicPlan]) -> list[str]:
    """Return the topics the plans speak of, those they only follow included."""
    names = [name for plan in plans for name in (plan.name, plan.partitions_of) if name]
    return list(dict.fromkeys(names))


def _partition_counts(client: Any, names: Sequence[str]) -> dict[str, int]:
    """Return the partition count of those of `names` that exist."""
    counts = {}
    for topic in client.describe_topics(list(names)):
        if topic["error_code"] == UNKNOWN_TOPIC:
            continue
        if topic["error_code"] and not topic["partitions"]:
            raise TopicRefusedError(topic=topic["name"], doing="show", because=_because(topic))
        counts[topic["name"]] = len(topic["partitions"])
    return counts


def _expected_count(
    plan: TopicPlan,
    planned: Mapping[str, TopicPlan],
    there: Mapping[str, int],
    partitions: int | None,
) -> int | None:
    """Return how many partitions the topic must have; None when any number will do.

    A topic that follows another has as many as that one has, or will have.
    """
    leader = plan.partitions_of
    if not leader or leader == plan.name:
        return partitions
    if leader in there:
        return there[leader]
    if leader in planned:
        return _expected_count(planned[leader], planned, there, partitions)
    return partitions


def _verify(
    client: Any, plans: Sequence[TopicPlan], there: Mapping[str, int], partitions: int | None
) -> None:
    """Compare what exists with its plans; raise for the first difference that matters."""
    planned = {plan.name: plan for plan in plans}
    existing = [plan for plan in plans if plan.name in there]
    if not existing:
        return
    for plan in existing:
        expected = _expected_count(plan, planned, there, partitions)
        if expected is not None and there[plan.name] != expected:
            raise _wrong_count(plan, found=there[plan.name], expected=expected)
    resources = [ConfigResource(ConfigResourceType.TOPIC, plan.name) for plan in existing]
    settings = client.describe_configs(resources, config_filter="all").get("topic", {})
    for plan in existing:
        _verify_settings(plan, settings.get(plan.name, {}))


def _verify_settings(plan: TopicPlan, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Compare a topic's settings with its plan; a setting we may not see is taken for right."""
    wanted = plan.settings()
    policy = found.get("cleanup.policy", {}).get("value")
    if policy is not None and policy != wanted["cleanup.policy"]:
        loses = (
            "records would be thrown away one by one as newer ones come"
            if "compact" in policy and not plan.compacted
            else "its state would be thrown away with age"
        )
        raise TopicMismatchError(
            topic=plan.name,
            found=f"cleanup.policy={policy}",
            expected=f"cleanup.policy={wanted['cleanup.policy']}",
            remedy=f"otherwise {loses}; {_alter(plan, 'cleanup.policy')}",
        )
    for name in AT_LEAST:
        value = found.get(name, {}).get("value")
        if name in wanted and value is not None and int(value) < int(wanted[name]):
            raise TopicMismatchError(
                topic=plan.name,
                found=f"{name}={value}",
                expected=f"{name}={wanted[name]} or more",
                remedy=_alter(plan, name),
            )


def _alter(plan: TopicPlan, setting: str) -> str:
    return (
        f"set it with kafka-configs.sh --alter --entity-type topics --entity-name {plan.name} "
        f"--add-config {setting}={plan.settings()[setting]}"
    )


def _wrong_count(plan: TopicPlan, *, found: int, expected: int) -> TopicMismatchError:
    if plan.partitions_of and plan.partitions_of != plan.name:
        needs = f"{expected}, as many as {plan.partitions_of}"
        remedy = (
            "records of one key must have the same partition number in both; delete this topic if "
            "what it holds can be derived again, then run `cuestream topics apply`"
        )
    else:
        needs = f"{expected}, as was asked for"
        remedy = (
            f"a key's records would move to other partitions; ask for {found}, or copy the records "
            "to a topic with the right number"
        )
    return TopicMismatchError(
        topic=plan.name,
        found=f"{found} partition{'s' if found != 1 else ''}",
        expected=needs,
        remedy=remedy,
    )


def _because(topic: Mapping[str, Any]) -> str:
    fault = for_code(topic["error_code"])
    return str(topic.get("error_message") or getattr(fault, "description", "") or fault.__name__)


def _first_line(fault: Exception) -> str:
    return (str(fault) or type(fault).__name__).splitlines()[0]

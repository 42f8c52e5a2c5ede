"""Reach the broker before a client is built on it, so that a wrong address is a sentence."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from kafka.errors import KafkaError, SaslAuthenticationFailedError
from kafka.net.compat import KafkaNetClient

from streams.client.checksum import use_fast_checksum
from streams.client.errors import BrokerUnreachableError

if TYPE_CHECKING:
    from streams.kafka_settings import Kafka

PORT_DEFAULT = 9092
PORT_MAX = 65_535

Client = TypeVar("Client")


def options_of(kafka: Kafka | str) -> dict[str, Any]:
    """Return kafka-python's connection options for settings or `host:port,host:port`."""
    if isinstance(kafka, str):
        return {"bootstrap_servers": [server.strip() for server in kafka.split(",")]}
    return kafka.for_kafka_python()


def servers_of(options: dict[str, Any]) -> str:
    """Return the bootstrap servers for people."""
    return ",".join(options["bootstrap_servers"])


def host_and_port(server: str) -> tuple[str, int]:
    """Return the parts of `host:port`, `[v6]:port` or `host`.

    Raises:
        BrokerUnreachableError: The port is not a number.
    """
    host, colon, port = server.rpartition(":")
    if not colon or server.endswith("]") or (server.count(":") > 1 and "]" not in server):
        return server.strip("[]"), PORT_DEFAULT
    if not host or not port.isdigit() or not 0 < int(port) <= PORT_MAX:
        raise BrokerUnreachableError(
            bootstrap_servers=server, because="the address is not of the form host:port"
        )
    return host.strip("[]"), int(port)


def require_broker(options: dict[str, Any], *, timeout_s: float = 3.0) -> None:
    """Return when at least one bootstrap server accepts a connection.

    Raises:
        BrokerUnreachableError: None does.
    """
    reasons = []
    for server in options["bootstrap_servers"]:
        try:
            with socket.create_connection(host_and_port(server), timeout=timeout_s):
                return
        except (OSError, UnicodeError, OverflowError) as error:
            reasons.append(_reason(server, error))
    raise BrokerUnreachableError(bootstrap_servers=servers_of(options), because="; ".join(reasons))


def connect(make: Callable[..., Client], options: dict[str, Any], **settings: Any) -> Client:
    """Return a kafka-python client made with `options` and `settings`.

    Raises:
        BrokerUnreachableError: Nobody listens, or what listens is no Kafka or refuses us.
    """
    require_broker(options)
    use_fast_checksum()
    opened: list[KafkaNetClient] = []

    def open_network(**configs: Any) -> KafkaNetClient:
        opened.append(KafkaNetClient(**configs))
        return opened[-1]

    try:
        return make(**options, **settings, kafka_client=open_network)
    except KafkaError as error:
        # A constructor that gives up leaves its sockets open, and nobody else knows of them.
        for network in opened:
            network.close()
        raise unreachable(options, error) from error


def unreachable(options: dict[str, Any], error: KafkaError) -> BrokerUnreachableError:
    """Return the error to raise when Kafka accepts connections and then does not serve us."""
    because = (
        f"it refuses the credentials ({error})"
        if isinstance(error, SaslAuthenticationFailedError)
        else f"it accepts connections but does not answer as Kafka ({error})"
    )
    return BrokerUnreachableError(bootstrap_servers=servers_of(options), because=because)


def _reason(server: str, error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return f"nothing listens at {server}"
        case TimeoutError():
            return f"{server} does not answer"
        case socket.gaierror():
            return f"the name of {server} is not known"
        case _:
            return f"{server}: {error}"

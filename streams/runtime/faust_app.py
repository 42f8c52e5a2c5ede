"""The Faust application: membership, assignment and life cycle around the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import faust
from faust.types import TP
from yarl import URL

from streams.runtime.rebalance import LedgerTable, LedgerTables
from streams.runtime.transport import BatchTransport
from streams.runtime.worker import Place, Runtime
from streams.settings import Kafka, Worker


class CuestreamApp(faust.App):
    """A Faust app whose messages are chunks and whose tables are the ledger's."""

    runtime: Runtime

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)


class FaustControl:
    """Seeks log partitions through Faust's consumer."""

    def __init__(self, app: CuestreamApp) -> None:
        """Control the consumer of `app`."""
        self._app = app

    async def seek(self, positions: Mapping[Place, int]) -> dict[Place, int]:
        """Fetch the given log partitions from these offsets on."""
        consumer: Any = self._app.consumer
        wanted = {TP(topic, partition): at for (topic, partition), at in positions.items()}
        await consumer.seek_log(wanted)
        return {(tp.topic, tp.partition): consumer.seeks.get(tp, 0) for tp in wanted}

    def highwater(self, topic: str, partition: int) -> int | None:
        """Return the log's end as the last fetch told it; None before the first."""
        tp = TP(topic, partition)
        if tp not in self._app.consumer.assignment():
            return None
        end: int | None = self._app.consumer.highwater(tp)
        return end

    def urls(self, changelog: str) -> dict[str, set[int]]:
        """Return the query API URLs of all workers with their partitions, as the group knows."""
        spread = self._app.assignor.tables_metadata()
        return {
            str(url).rstrip("/"): set(topics[changelog])
            for url, topics in spread.items()
            if changelog in topics
        }


def make_faust_app(
    app_id: str,
    runtime: Runtime,
    kafka: Kafka,
    settings: Worker,
    *,
    partitions: int,
    url: str,
) -> CuestreamApp:
    """Return the app, with a table per processor for Faust's assignor; the caller adds agents.

    Args:
        app_id: Kafka consumer group and prefix of the changelogs.
        runtime: What owns the partitions.
        kafka: Where Kafka is.
        settings: Sizes and limits.
        partitions: Partition count of the logs.
        url: How other workers reach this one's query API.
    """
    app = CuestreamApp(
        app_id,
        broker=[URL(f"kafka://{server}") for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(kafka),
        broker_session_timeout=settings.session_ms / 1_000,
        broker_heartbeat_interval=max(0.2, settings.session_ms / 4_000),
        broker_request_timeout=30.0,
        broker_max_poll_interval=300.0,
        broker_commit_interval=1.0,
        broker_check_crcs=True,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 << 20,
        consumer_group_instance_id=settings.instance_id,
        canonical_url=URL(url),
        datadir=_folder(settings.data_dir / "faust"),
        store="memory://",
        table_standby_replicas=0,
        topic_partitions=partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        stream_buffer_maxsize=16,
        stream_recovery_delay=0.0,
        web_enabled=False,
        TableManager=LedgerTables,
        Table=LedgerTable,
        autodiscover=False,
    )
    app.runtime = runtime
    runtime.control = FaustControl(app)
    for processor in runtime.processors.values():
        app.Table(processor.name, partitions=partitions)

    @app.on_partitions_revoked.connect(weak=False)
    async def let_go(_app: Any, revoked: set[TP], **_more: Any) -> None:
        await runtime.revoke({(tp.topic, tp.partition) for tp in revoked})

    return app


def _credentials(kafka: Kafka) -> Any:
    context = kafka.ssl_context()
    if kafka.sasl_mechanism is not None:
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.sasl_password.get_secret_value() if kafka.sasl_password else None,
            mechanism=kafka.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if context is not None else None


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path

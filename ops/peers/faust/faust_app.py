"""The comparison's work as a plain Faust agent.

Tuning, after Faust's documentation and what its users report: memory tables with a changelog topic
(its default store and its fastest), orjson installed (Faust uses it when it is there), logging at
info (`-l warn` is slower), web server off, no standby tables. At least once, the default: Faust's
exactly-once mode loses updates. Two variants: `default` producer settings, `tuned` with a producer
linger of 20 ms, batches of 256 kB and large stream buffers.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import faust

from ops.bench.work import PARTITIONS, TEXTS_KEPT, hits

KEEP = 1 - TEXTS_KEPT
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "tuned": {
        "producer_linger": 0.02,
        "producer_max_batch_size": 262_144,
        "stream_buffer_maxsize": 16_384,
    },
}


def application(arguments: argparse.Namespace) -> faust.App:
    """Return the app with its one agent."""
    app = faust.App(
        arguments.group,
        broker=f"kafka://{arguments.bootstrap_servers}",
        datadir=arguments.data_dir,
        store="memory://",
        topic_partitions=PARTITIONS,
        table_standby_replicas=0,
        web_enabled=False,
        **VARIANTS[arguments.variant],
    )
    turns = app.topic(arguments.log, key_serializer="raw", value_serializer="json")
    outputs = app.topic(arguments.output, key_serializer="raw", value_serializer="json")
    table = app.Table("stats", partitions=PARTITIONS)

    @app.agent(turns)
    async def count(stream: Any) -> None:
        async for turn in stream:
            conversation = turn["conversation_id"]
            text = turn["text"]
            stats = table.get(conversation)
            if stats is None:
                stats = {"count": 1, "hits": hits(text), "texts": [text]}
            else:
                stats = {
                    "count": stats["count"] + 1,
                    "hits": stats["hits"] + hits(text),
                    "texts": [*stats["texts"][KEEP:], text],
                }
            table[conversation] = stats
            await outputs.send(
                key=conversation.encode(),
                value={
                    "conversation_id": conversation,
                    "count": stats["count"],
                    "hits": stats["hits"],
                },
            )

    return app


def main() -> None:
    """Run a worker until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--variant", choices=tuple(VARIANTS), default="default")
    arguments = parser.parse_args()
    app = application(arguments)
    sys.argv = [sys.argv[0], "worker", "-l", "info", "--without-web"]
    app.main()


if __name__ == "__main__":
    main()

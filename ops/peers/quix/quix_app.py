"""The comparison's work as a Quix Streams application.

Tuning, after Quix's documentation: RocksDB state with its changelog topic, JSON by orjson (its
own serializer). A checkpoint every second instead of every five, as the comparison wants state
durable within a second. Two variants of `processing_guarantee`: `alo` at least once (the default),
`eos` exactly once.
"""

from __future__ import annotations

import argparse
from typing import Any

from quixstreams import Application, State

from ops.bench.work import TEXTS_KEPT, hits

KEEP = 1 - TEXTS_KEPT
GUARANTEES = {"alo": "at-least-once", "eos": "exactly-once"}


def one_more(turn: dict[str, Any], state: State) -> dict[str, Any]:
    """Return the output of one more turn; the state is this conversation's."""
    text = turn["text"]
    stats = state.get("stats")
    if stats is None:
        stats = {"count": 1, "hits": hits(text), "texts": [text]}
    else:
        stats = {
            "count": stats["count"] + 1,
            "hits": stats["hits"] + hits(text),
            "texts": [*stats["texts"][KEEP:], text],
        }
    state.set("stats", stats)
    return {
        "conversation_id": turn["conversation_id"],
        "count": stats["count"],
        "hits": stats["hits"],
    }


def main() -> None:
    """Run the application until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--variant", choices=tuple(GUARANTEES), default="alo")
    arguments = parser.parse_args()
    app = Application(
        broker_address=arguments.bootstrap_servers,
        consumer_group=arguments.group,
        auto_offset_reset="earliest",
        state_dir=arguments.data_dir,
        commit_interval=1.0,
        processing_guarantee=GUARANTEES[arguments.variant],
    )
    turns = app.topic(arguments.log, key_deserializer="bytes", value_deserializer="json")
    outputs = app.topic(arguments.output, key_serializer="bytes", value_serializer="json")
    app.dataframe(turns).apply(one_more, stateful=True).to_topic(outputs)
    app.run()


if __name__ == "__main__":
    main()

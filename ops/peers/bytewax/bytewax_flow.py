"""The comparison's work as a Bytewax dataflow.

Tuning, after Bytewax's documentation: Kafka source and sink with their default batch of 1,000,
one worker, recovery on (its model of exactness: the state of touched keys and the source's offsets
go to SQLite at every epoch's end; outputs since then are written again after a crash). An epoch is
one second, as the comparison wants state durable within a second and its command line takes whole
seconds. There is no changelog topic in Bytewax. Two variants: `map` uses `stateful_map`, `batch`
the lower-level `stateful_batch`.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from ops.bench.work import TEXTS_KEPT, hits

EPOCH = timedelta(seconds=1)
KEEP = 1 - TEXTS_KEPT
State = tuple[int, int, tuple[str, ...]]


def one_more(state: State | None, turn: dict[str, Any]) -> tuple[State, dict[str, Any]]:
    """Return the conversation's state after one more turn, and the output."""
    text = turn["text"]
    if state is None:
        state = (1, hits(text), (text,))
    else:
        count, found, texts = state
        state = (count + 1, found + hits(text), (*texts[KEEP:], text))
    output = {"conversation_id": turn["conversation_id"], "count": state[0], "hits": state[1]}
    return state, output


class Counting(StatefulBatchLogic):
    """One conversation, for the variant `batch`."""

    def __init__(self, state: State | None) -> None:
        self.state = state

    def on_batch(self, values: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
        """Return the outputs of the values that came together, and that the state is kept."""
        outputs = []
        for turn in values:
            self.state, output = one_more(self.state, turn)
            outputs.append(output)
        return outputs, False

    def snapshot(self) -> State | None:
        """Return what recovery keeps; never changed in place."""
        return self.state


def keyed(message: Any) -> tuple[str, dict[str, Any]]:
    """Return the turn with its key."""
    turn = orjson.loads(message.value)
    return turn["conversation_id"], turn


def to_message(item: tuple[str, dict[str, Any]]) -> Any:
    """Return the output as Kafka takes it."""
    return KafkaSinkMessage(item[0].encode(), orjson.dumps(item[1]))


def dataflow(arguments: argparse.Namespace) -> Dataflow:
    """Return the dataflow."""
    brokers = [arguments.bootstrap_servers]
    flow = Dataflow("turnstats")
    messages = op.input("turns", flow, KafkaSource(brokers, [arguments.log]))
    turns = op.map("keyed", messages, keyed)
    if arguments.variant == "map":
        counted = op.stateful_map("count", turns, one_more)
    else:
        counted = op.stateful_batch("count", turns, Counting)
    op.output(
        "outputs", op.map("message", counted, to_message), KafkaSink(brokers, arguments.output)
    )
    return flow


def main() -> None:
    """Run the dataflow until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--variant", choices=("map", "batch"), default="map")
    arguments = parser.parse_args()
    arguments.data_dir.mkdir(parents=True, exist_ok=True)
    init_db_dir(arguments.data_dir, 1)
    cli_main(
        dataflow(arguments),
        workers_per_process=1,
        epoch_interval=EPOCH,
        recovery_config=RecoveryConfig(arguments.data_dir, timedelta(0)),
    )


if __name__ == "__main__":
    main()

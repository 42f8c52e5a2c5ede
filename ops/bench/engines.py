"""Every engine of the comparison: what it is called, its variants, how it is started.

An engine's rate is that of its better variant; `figures` in the results keep all of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.bench.environments import PEERS, ROOT, java_environment, python_environment
from ops.bench.errors import UnknownBenchError

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What an engine is told: where Kafka is, its topics, its group and a folder of its own."""

    bootstrap_servers: str
    log: str
    output: str
    group: str
    data_dir: Path

    def arguments(self, *names: str) -> list[str]:
        """Return `--name value` for the given attributes."""
        flags = {name: f"--{name.replace('_', '-')}" for name in names}
        return [word for name in names for word in (flags[name], str(getattr(self, name)))]


@dataclass(frozen=True, slots=True)
class Engine:
    """One line of the comparison.

    Attributes:
        name: Its key in the results.
        says: One line for the table.
        variants: Variant name to the arguments that choose it.
        prepare: Makes what it needs (once) and returns the command's beginning.
        takes: The `Run` attributes its command wants.
        by_default: Variants that run when none is named; empty for all.
        does_the_work: False for the limit, whose outputs are only counted.
    """

    name: str
    says: str
    variants: Mapping[str, Sequence[str]]
    prepare: Callable[[Say], list[str]]
    takes: tuple[str, ...] = ("bootstrap_servers", "log", "output", "data_dir", "group")
    by_default: tuple[str, ...] = ()
    does_the_work: bool = True

    def command(self, prepared: Sequence[str], variant: str, run: Run) -> list[str]:
        """Return the command line of one run."""
        return [*prepared, *run.arguments(*self.takes), *self.variants[variant]]


def engine_environment() -> dict[str, str]:
    """Return the environment engines start in: ours, with the repository importable."""
    return dict(os.environ) | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _module(name: str) -> Callable[[Say], list[str]]:
    return lambda _: [sys.executable, "-m", name]


def _peer(peer: str, script: str) -> Callable[[Say], list[str]]:
    return lambda say: [str(python_environment(peer, say)), str(PEERS / peer / script)]


def _kafka_streams(guarantee: str) -> Callable[[Say], list[str]]:
    def prepare(say: Say) -> list[str]:
        classes = java_environment("kafka_streams", say)
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        return ["java", quiet, "-cp", classes, "cuestream.TurnStats", "--guarantee", guarantee]

    return prepare


# State must be durable within a second (README.md), and a full cache is not: at least once, the
# default interval of 30 s would let the whole run pass without one write to the changelog.
_SECOND = ("--commit-interval-ms", "1000")

ENGINES: tuple[Engine, ...] = (
    Engine(
        "limit",
        "Limit: a copy, no work",
        {"default": ()},
        _module("ops.bench.limit"),
        takes=("bootstrap_servers", "log", "output"),
        does_the_work=False,
    ),
    Engine(
        "ours",
        "Cuestream, exactly once",
        {store: ("--store", store) for store in ("rocksdb", "memory")},
        _module("ops.bench.ours"),
        takes=("bootstrap_servers", "log", "output", "data_dir"),
        by_default=("rocksdb",),
    ),
    Engine(
        "faust",
        "Faust, at least once",
        {name: ("--variant", name) for name in ("default", "tuned")},
        _peer("faust", "faust_app.py"),
    ),
    Engine(
        "quix",
        "Quix Streams",
        {name: ("--variant", name) for name in ("alo", "eos")},
        _peer("quix", "quix_app.py"),
    ),
    Engine(
        "bytewax",
        "Bytewax, at least once",
        {name: ("--variant", name) for name in ("map", "batch")},
        _peer("bytewax", "bytewax_flow.py"),
        takes=("bootstrap_servers", "log", "output", "data_dir"),
    ),
    Engine(
        "kafka_streams_alo",
        "Kafka Streams, at least once",
        {"default": ("--cache", "off"), "cached": ("--cache", "on", *_SECOND)},
        _kafka_streams("at_least_once"),
    ),
    Engine(
        "kafka_streams_eos",
        "Kafka Streams, exactly once",
        {
            "default": ("--cache", "off"),
            "cached": ("--cache", "on"),
            "relaxed": ("--cache", "on", *_SECOND),
        },
        _kafka_streams("exactly_once_v2"),
        by_default=("default", "cached"),
    ),
)

RATED: tuple[str, ...] = tuple(engine.name for engine in ENGINES if engine.does_the_work)
"""The engines whose rates the results name, in order."""


def chosen(wanted: Sequence[str]) -> list[tuple[Engine, str]]:
    """Return the engines and variants behind `name` or `name:variant` words; none means all.

    Raises UnknownBenchError for a word that names nothing.
    """
    by_name = {engine.name: engine for engine in ENGINES}
    pairs: list[tuple[Engine, str]] = []
    for word in wanted or by_name:
        name, _, variant = word.partition(":")
        if name not in by_name:
            raise UnknownBenchError(kind="engine", asked=name, known=by_name)
        engine = by_name[name]
        if variant and variant not in engine.variants:
            raise UnknownBenchError(kind=f"variant of {name}", asked=variant, known=engine.variants)
        variants = (variant,) if variant else engine.by_default or tuple(engine.variants)
        pairs.extend((engine, each) for each in variants)
    return pairs

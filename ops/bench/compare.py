"""`python -m ops bench turnstats`: ours and the peers on the same work, one after the other.

One Kafka, one input topic, filled once. Every run of an engine is a process group of its own with
output and changelog topics of its own, and its outputs are checked one by one. Repeats are
interleaved and every other one runs backwards, so that a machine that grows slower or faster does
so for all.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ops.bench.engines import ENGINES, Engine, chosen
from ops.bench.errors import BenchError, EnvironmentBuildError, MissingToolError
from ops.bench.measure import Field, Figure, measure
from ops.bench.progress import Teller
from ops.bench.report import complaints, machine, results, table
from ops.bench.topics import Bench
from ops.bench.work import Work
from streams.broker.errors import BrokerError
from streams.broker.local import LocalKafka

_LOG = "bench-turns"
_LOG_SETTINGS = {"retention.ms": "-1", "max.message.bytes": "4194304"}
_TABLE_WIDTH = 140
_BUSY = 0.7
_TERMINATED = 128 + signal.SIGTERM
_INTERRUPTED = 128 + signal.SIGINT

Prepared = list[tuple[Engine, str, list[str]]]


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a comparison happens and on what."""

    bootstrap_servers: str
    broker_pid: int | None
    folder: Path
    work: Work


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison; return 0 when every engine that was asked for gave a rate."""
    arguments = _arguments(argv)
    teller = Teller()
    # The clients say on their loggers what the bench finds out and says itself.
    logging.disable(logging.CRITICAL)
    # Engines live in sessions of their own: ended by a signal, the bench must still end them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        return _run(arguments, teller)
    except (BenchError, BrokerError) as error:
        teller.say(str(error))
        return 2
    except asyncio.CancelledError:
        return _TERMINATED
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        logging.disable(logging.NOTSET)


def _run(arguments: argparse.Namespace, teller: Teller) -> int:
    wanted = chosen([word for word in arguments.engines.split(",") if word])
    work = Work(turns=arguments.turns, conversations=arguments.conversations)
    about = machine()
    if about["load_at_start"][0] > _BUSY:
        teller.say(f"this machine is busy (load {about['load_at_start'][0]}): do not trust figures")
    prepared, unmade = _prepare(wanted, teller)
    with (
        tempfile.TemporaryDirectory(prefix="cuestream-bench-") as scratch,
        _kafka(arguments.bootstrap_servers, Path(scratch), teller) as (
            bootstrap_servers,
            broker_pid,
        ),
    ):
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        site = _Site(bootstrap_servers, broker_pid, folder, work)
        figures = asyncio.run(_compare(arguments, prepared, site, teller))
    shown = Console(width=None if Console().is_terminal else _TABLE_WIDTH)
    shown.print(table(figures, unmade))
    for line in complaints(figures, unmade):
        shown.print(line, markup=False, soft_wrap=True)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        outcome = results(figures, unmade, work, about)
        arguments.json.write_text(json.dumps(outcome, indent=2) + "\n")
        teller.say(f"written to {arguments.json}")
    return 1 if unmade or any(figure.reason for figure in figures) else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    names = ", ".join(engine.name for engine in ENGINES)
    parser = argparse.ArgumentParser(prog="python -m ops bench turnstats", description=__doc__)
    parser.add_argument(
        "--turns", type=int, default=Work().turns, help="input records (%(default)s)"
    )
    parser.add_argument(
        "--conversations", type=int, default=Work().conversations, help="(%(default)s)"
    )
    parser.add_argument(
        "--engines", default="", help=f"comma separated, name or name:variant, of {names}; all"
    )
    parser.add_argument("--repeat", type=int, default=1, help="runs of each, for medians (1)")
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument(
        "--bootstrap-servers", help="use this Kafka; without it a local one is started"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        help="keep engines' data and logs in this folder instead of losing them",
    )
    parser.add_argument(
        "--no-warm-up", action="store_true", help="skip the unrated copy that warms the broker up"
    )
    return parser.parse_args(argv)


async def _compare(
    arguments: argparse.Namespace, prepared: Prepared, site: _Site, teller: Teller
) -> list[Figure]:
    work = site.work
    figures: list[Figure] = []
    this = asyncio.current_task()
    assert this is not None
    # Only this task ends, as for Ctrl-C: its clean-up needs the clients' own tasks alive.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    async with Bench(site.bootstrap_servers) as bench:
        field = Field(bench, _LOG, work, work.expected(), site.folder, site.broker_pid)
        await bench.delete({_LOG} & await bench.topics())
        await bench.create(_LOG, **_LOG_SETTINGS)
        try:
            with teller.task("filling the input", work.turns) as progress:
                await bench.fill(_LOG, work, progress)
            if not arguments.no_warm_up:
                await _warm_up(field, teller)
            for repeat in range(1, arguments.repeat + 1):
                # Backwards every other time: nobody is always the one after the same other.
                for each in prepared if repeat % 2 else reversed(prepared):
                    figures.append(await _one(field, *each, repeat, teller))  # noqa: PERF401
        finally:
            await bench.delete({_LOG})
    return figures


def _prepare(
    wanted: Sequence[tuple[Engine, str]], teller: Teller
) -> tuple[Prepared, dict[str, str]]:
    """Return what can run with its command's beginning, and why the rest cannot."""
    prepared: Prepared = []
    unmade: dict[str, str] = {}
    for engine, variant in wanted:
        try:
            prepared.append((engine, variant, engine.prepare(teller.say)))
        except (MissingToolError, EnvironmentBuildError) as error:
            unmade[engine.name] = str(error)
    return prepared, unmade


async def _warm_up(field: Field, teller: Teller) -> None:
    """Copy the input once without rating it: the broker's code and caches are warm for all."""
    limit = next(engine for engine in ENGINES if engine.name == "limit")
    with teller.task("warming the broker up", field.work.turns) as progress:
        command = limit.prepare(teller.say)
        await measure(field, limit, next(iter(limit.variants)), command, 0, progress)


async def _one(
    field: Field, engine: Engine, variant: str, command: list[str], repeat: int, teller: Teller
) -> Figure:
    title = f"{engine.name}:{variant} run {repeat}"
    with teller.task(title, field.work.turns) as progress:
        figure = await measure(field, engine, variant, command, repeat, progress)
    said = f"{figure.records_per_s:,.0f} records/s" if figure.records_per_s else figure.reason
    teller.say(f"{title}: {said}")
    return figure


@contextlib.contextmanager
def _kafka(
    bootstrap_servers: str | None, scratch: Path, teller: Teller
) -> Iterator[tuple[str, int | None]]:
    """Give where Kafka answers and its process: the one named (no process), or a local one."""
    if bootstrap_servers:
        yield bootstrap_servers, None
        return
    teller.say("starting a local Kafka")
    with LocalKafka(data_dir=scratch / "kafka", port=0) as broker:
        yield broker.bootstrap_servers, broker.pid

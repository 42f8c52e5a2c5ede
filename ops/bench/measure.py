"""One engine, once: start it, watch its output topic, check the outputs, stop it, take figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ops.bench.engines import Engine, Run, engine_environment
from ops.bench.environments import ROOT
from ops.bench.errors import EngineFailedError
from ops.bench.processes import EngineProcess, Usage, process_cpu_s
from ops.bench.topics import Bench, Outputs
from ops.bench.work import Work

OUTPUT_SETTINGS = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "4194304"}

Progress = Callable[[int], None]

_POLL_S = 0.25
_SETTLED_S = 1.5
_FIRST_OUTPUT_S = 120.0
_STANDSTILL_S = 60.0
_COMMIT_S = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one run of one variant gave.

    Attributes:
        records_per_s: (outputs - 1) / (last - first append time on the output topic), broker's
            clock; None when the run failed.
        reason: Why it failed; None when it did not.
        first_output_s: From the process's start to the first output's append time.
        cpu_s: User and system seconds of all its processes until the last output, start included.
        cpu_us_per_record: The same per output, from the first look that found outputs to the last
            output: without the start.
        rss_peak_bytes: Most resident memory, summed over its processes.
        broker_cpu_s: The same of the local broker, from the engine's start; zero for another one.
        other_records: Offsets used up in the topics it made itself (changelogs).
    """

    engine: str
    variant: str
    repeat: int
    records_per_s: float | None = None
    reason: str | None = None
    outputs: int = 0
    span_s: float = 0.0
    first_output_s: float = 0.0
    cpu_s: float = 0.0
    cpu_us_per_record: float = 0.0
    rss_peak_bytes: int = 0
    broker_cpu_s: float = 0.0
    other_records: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the figure for the results file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Field:
    """What all runs share.

    Attributes:
        bench: The cluster.
        log: The input topic, filled.
        work: What it was filled with.
        expected: `Work.expected`.
        folder: Where runs keep their data and logs.
        broker_pid: The local broker's process, if it is one.
    """

    bench: Bench
    log: str
    work: Work
    expected: Mapping[str, Sequence[int]]
    folder: Path
    broker_pid: int | None = None


async def measure(
    field: Field,
    engine: Engine,
    variant: str,
    prepared: Sequence[str],
    repeat: int,
    progress: Progress,
) -> Figure:
    """Return the figure of one run; a failure is a figure with a reason, never an exception.

    Args:
        field: What all runs share.
        engine: Which engine.
        variant: Which of its variants.
        prepared: What `engine.prepare` gave.
        repeat: The how manieth run of it this is; part of its topics' names.
        progress: Told how many outputs were appended so far.
    """
    label = f"{engine.name}-{variant}-{repeat}"
    output = f"bench-{label}"
    run = Run(field.bench.bootstrap_servers, field.log, output, output, field.folder / label)
    before = await field.bench.topics()
    try:
        await field.bench.create(output, **OUTPUT_SETTINGS)
        figure = Figure(engine=engine.name, variant=variant, repeat=repeat)
        command = engine.command(prepared, variant, run)
        return await _watched(field, figure, engine, command, run, progress)
    except EngineFailedError as error:
        return Figure(engine=engine.name, variant=variant, repeat=repeat, reason=error.because)
    finally:
        await field.bench.delete(await field.bench.topics() - before)
        await field.bench.forget_groups()


async def _watched(
    field: Field,
    figure: Figure,
    engine: Engine,
    command: Sequence[str],
    run: Run,
    progress: Progress,
) -> Figure:
    before = await field.bench.topics()
    run.data_dir.mkdir(parents=True)
    log = run.data_dir.with_suffix(".log")
    broker_cpu_before_s = _broker_cpu_s(field)
    started_ms = time.time() * 1_000
    process = EngineProcess(command, cwd=ROOT, env=engine_environment(), log=log)
    with process:
        watch = _Watch(field, run.output, process, progress)
        first, last = await watch.until_all_are_appended()
        outputs = await watch.until_all_are_committed(checked=engine.does_the_work)
        process.stop()
    span_s = max(outputs.last_ms - outputs.first_ms, 1) / 1_000
    return replace(
        figure,
        records_per_s=(outputs.records - 1) / span_s,
        outputs=outputs.records,
        span_s=span_s,
        first_output_s=(outputs.first_ms - started_ms) / 1_000,
        cpu_s=last.usage.cpu_s,
        cpu_us_per_record=_cpu_us_per_record(first, last),
        rss_peak_bytes=last.usage.rss_peak_bytes,
        broker_cpu_s=last.broker_cpu_s - broker_cpu_before_s,
        other_records=await field.bench.appended_to(await field.bench.topics() - before),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at a running engine found."""

    appended: int
    usage: Usage
    broker_cpu_s: float


def _cpu_us_per_record(first: _Look, last: _Look) -> float:
    """Return the CPU time per output between two looks, or from the start when they are one."""
    if last.appended > first.appended:
        cpu_s = last.usage.cpu_s - first.usage.cpu_s
        return cpu_s / (last.appended - first.appended) * 1e6
    return last.usage.cpu_s / last.appended * 1e6


def _broker_cpu_s(field: Field) -> float:
    return process_cpu_s(field.broker_pid) if field.broker_pid else 0.0


class _Watch:
    """Looks at an engine's output topic until everything is there."""

    def __init__(
        self, field: Field, output: str, process: EngineProcess, progress: Progress
    ) -> None:
        self._field = field
        self._output = output
        self._process = process
        self._progress = progress

    async def until_all_are_appended(self) -> tuple[_Look, _Look]:
        """Return the looks that found the first outputs and the last ones.

        Raises EngineFailedError when the engine stops, stands still or never begins.
        """
        turns = self._field.work.turns
        appended, grown_at = 0, time.monotonic()
        looks: list[_Look] = []
        while True:
            await asyncio.sleep(_POLL_S)
            now = await self._field.bench.appended(self._output)
            still_s = time.monotonic() - grown_at
            if now > appended:
                appended, grown_at = now, time.monotonic()
                usage = self._process.usage()
                looks.append(_Look(appended, usage, _broker_cpu_s(self._field)))
                self._progress(min(appended, turns))
            elif appended >= turns and still_s > _SETTLED_S:
                return looks[0], looks[-1]
            self._must_run()
            allowed_s = _STANDSTILL_S if appended else _FIRST_OUTPUT_S
            if still_s > allowed_s:
                self._fail(f"stood still for {allowed_s:.0f} s at {appended} of {turns} outputs")

    async def until_all_are_committed(self, *, checked: bool) -> Outputs:
        """Return the outputs once a reader of committed records sees them all.

        Raises EngineFailedError when outputs are missing, doubled or wrong.
        """
        expected = self._field.expected if checked else None
        deadline = time.monotonic() + _COMMIT_S
        while True:
            outputs = await self._field.bench.read(self._output, expected)
            if outputs.records >= self._field.work.turns or time.monotonic() > deadline:
                break
            self._must_run()
        if outputs.records < self._field.work.turns or outputs.complaint:
            self._fail(outputs.complaint or f"only {outputs.records} outputs were committed")
        return outputs

    def _must_run(self) -> None:
        if self._process.exit_code is not None:
            last = self._process.last_words()
            self._fail(f"stopped by itself (exit code {self._process.exit_code}): {last}")

    def _fail(self, because: str) -> None:
        raise EngineFailedError(engine=self._output, because=because)

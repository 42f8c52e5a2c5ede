"""The comparison's results: medians, ratios, the table people read and the file machines read."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from ops.bench.engines import ENGINES, RATED
from ops.bench.measure import Figure
from ops.bench.work import PARTITIONS, Work

NOT_ASKED_FOR = "not asked for"
_MIB = 1_048_576


@dataclass(frozen=True, slots=True)
class Standing:
    """One variant of one engine over all repeats: medians, or why there is no figure.

    Attributes:
        rate: Median records per second; None when no repeat succeeded.
        slowest: Lowest of the repeats' rates.
        fastest: Highest of the repeats' rates.
        reason: Why the last failed repeat failed; None when none did.
    """

    engine: str
    variant: str
    rate: float | None
    slowest: float = 0.0
    fastest: float = 0.0
    cpu_us_per_record: float = 0.0
    broker_us_per_record: float = 0.0
    cpu_s: float = 0.0
    rss_peak_bytes: float = 0.0
    first_output_s: float = 0.0
    reason: str | None = None


def standings(figures: Sequence[Figure]) -> list[Standing]:
    """Return one standing per variant, in the order they first ran."""
    variants: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        variants.setdefault((figure.engine, figure.variant), []).append(figure)
    return [_standing(each) for each in variants.values()]


def _standing(figures: Sequence[Figure]) -> Standing:
    engine, variant = figures[0].engine, figures[0].variant
    failed = [figure.reason for figure in figures if figure.reason]
    good = [figure for figure in figures if figure.records_per_s is not None]
    reason = failed[-1] if failed else None
    if not good:
        return Standing(engine, variant, None, reason=reason)
    rates = [figure.records_per_s or 0.0 for figure in good]
    return Standing(
        engine,
        variant,
        rate=median(rates),
        slowest=min(rates),
        fastest=max(rates),
        cpu_us_per_record=median(figure.cpu_us_per_record for figure in good),
        broker_us_per_record=median(figure.broker_cpu_s / figure.outputs * 1e6 for figure in good),
        cpu_s=median(figure.cpu_s for figure in good),
        rss_peak_bytes=median(figure.rss_peak_bytes for figure in good),
        first_output_s=median(figure.first_output_s for figure in good),
        reason=reason,
    )


def best(standing: Sequence[Standing], engine: str) -> Standing | None:
    """Return the engine's fastest variant, or None when no run of it succeeded."""
    rated = [each for each in standing if each.engine == engine and each.rate is not None]
    return max(rated, key=lambda each: each.rate or 0.0, default=None)


def ours(standing: Sequence[Standing]) -> Standing | None:
    """Return our standing with the default store, whatever else ran."""
    found = [each for each in standing if (each.engine, each.variant) == ("ours", "rocksdb")]
    return found[0] if found and found[0].rate is not None else None


def rates(standing: Sequence[Standing]) -> dict[str, float | None]:
    """Return records/s by engine: the better variant's median, ours with its default store."""
    chosen = {name: best(standing, name) for name in RATED} | {"ours": ours(standing)}
    return {name: each.rate if each else None for name, each in chosen.items()}


def ratios(standing: Sequence[Standing]) -> dict[str, float | None]:
    """Return our rate over each peer's, and as a share of the limit."""
    found = rates(standing)
    limit = best(standing, "limit")
    others = {name: rate for name, rate in found.items() if name != "ours"}
    others["limit"] = limit.rate if limit else None
    mine = found["ours"]
    return {f"ours/{name}": mine / rate if mine and rate else None for name, rate in others.items()}


def results(
    figures: Sequence[Figure], unmade: Mapping[str, str], work: Work, machine: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the results file: rates in records/s, and everything they were taken from.

    Args:
        figures: Every run.
        unmade: Engine name to why its environment could not be made.
        work: What was done.
        machine: `machine()` as of the start.
    """
    standing = standings(figures)
    found = rates(standing)
    limit = best(standing, "limit")
    reasons = {each.engine: each.reason for each in standing if each.reason} | dict(unmade)
    return {
        "rates": {name: rate and round(rate, 1) for name, rate in found.items()},
        "limit": round(limit.rate, 1) if limit and limit.rate else None,
        "ratios": {n: ratio and round(ratio, 3) for n, ratio in ratios(standing).items()},
        "reasons": {
            name: reasons.get(name, NOT_ASKED_FOR)
            for name, rate in found.items()
            if rate is None or name in reasons
        },
        "work": {
            "name": "turnstats",
            "turns": work.turns,
            "conversations": work.conversations,
            "partitions": PARTITIONS,
        },
        "machine": dict(machine),
        "figures": [figure.as_json() for figure in figures],
    }


def table(figures: Sequence[Figure], unmade: Mapping[str, str]) -> Table:
    """Return the comparison as people read it, one line a variant."""
    standing = standings(figures)
    mine = ours(standing)
    says = {engine.name: engine.says for engine in ENGINES}
    shown = Table(title="turnstats: records/s by the broker's append time, CPU per record")
    shown.add_column("engine", no_wrap=True)
    shown.add_column("variant", no_wrap=True)
    for heading in (
        "records/s",
        "spread",
        "ours is",
        "CPU µs",
        "broker µs",
        "RSS MiB",
        "first output",
    ):
        shown.add_column(heading, justify="right", no_wrap=True)
    for each in standing:
        if each.rate is None:
            shown.add_row(says[each.engine], each.variant, "none")
            continue
        shown.add_row(
            says[each.engine],
            each.variant,
            f"{each.rate:,.0f}",
            f"{each.slowest:,.0f} - {each.fastest:,.0f}" if each.slowest < each.fastest else "",
            f"{mine.rate / each.rate:.2f} x" if mine and mine.rate else "",
            f"{each.cpu_us_per_record:.1f}",
            f"{each.broker_us_per_record:.1f}",
            f"{each.rss_peak_bytes / _MIB:,.0f}",
            f"{each.first_output_s:.1f} s",
        )
    for engine in unmade:
        shown.add_row(says[engine], "", "none")
    return shown


def complaints(figures: Sequence[Figure], unmade: Mapping[str, str]) -> list[str]:
    """Return one line for every variant that failed and every engine that could not be made."""
    failed = [each for each in standings(figures) if each.reason]
    lines = [f"{each.engine}:{each.variant}: {each.reason}" for each in failed]
    return lines + [f"{engine}: {reason}" for engine, reason in unmade.items()]


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, memory, versions, and how busy it was."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _first_match(Path("/proc/cpuinfo"), "model name"),
        "cores": os.cpu_count(),
        "memory": _first_match(Path("/proc/meminfo"), "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "java": _java_version(),
        "aiokafka": version("aiokafka"),
        "load_at_start": [round(load, 2) for load in os.getloadavg()],
    }


def _first_match(file: Path, field: str) -> str:
    for line in file.read_text().splitlines():
        if line.startswith(field):
            return line.partition(":")[2].strip()
    return "unknown"


def _java_version() -> str | None:
    java = shutil.which("java")
    if java is None:
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    return said.stderr.splitlines()[0] if said.stderr else None

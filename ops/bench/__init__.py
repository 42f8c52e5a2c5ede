"""Benchmarks: `python -m ops bench [name] [arguments]`; README.md says what each one measures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

# Name to `module:function`, imported only when asked for: the peers import this package too, from
# environments that hold none of our dependencies.
BENCHMARKS = {
    "turnstats": "ops.bench.compare:main",
    "codec": "ops.bench.codec:main",
    "retrieval": "ops.bench.retrieval:main",
    "latency": "ops.bench.latency:main",
    "recovery": "ops.bench.recovery:main",
    "processor": "ops.bench.processor:main",
    "startup": "ops.bench.startup:main",
    "memory": "ops.bench.memory:main",
    "routing": "ops.bench.routing:main",
    "intents": "ops.bench.intents:main",
    "attributes": "ops.bench.attributes:main",
    "mining": "ops.bench.mining:main",
    "replay": "ops.bench.replay:main",
}
DEFAULT = "turnstats"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark the first word names (turnstats without one); return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in {"-h", "--help"}:
        print(f"usage: python -m ops bench [{'|'.join(BENCHMARKS)}] [arguments]\n\n{__doc__}")
        return 0
    name = words.pop(0) if words and not words[0].startswith("-") else DEFAULT
    if name not in BENCHMARKS:
        print(f"no benchmark named {name!r}; known are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    module, _, function = BENCHMARKS[name].partition(":")
    exit_code: int = getattr(import_module(module), function)(words)
    return exit_code

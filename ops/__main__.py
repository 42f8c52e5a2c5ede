"""The one door: `python -m ops <verb> [arguments]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

VERBS: Final = {
    "generate": ("schemas.generate:main", "records from contracts; --check, --release"),
    "bench": ("ops.bench:main", "measure, always against peers in the same run"),
    "chaos": ("ops.chaos:main", "kill, pause and partition workers; tables must come out equal"),
    "rules": ("ops.rules:main", "which product rules are proven by which tests; --json, --run"),
    "encoder": ("ops.encoder.build:main", "build the static table of the package from a teacher"),
    "soak": ("ops.soak:main", "the seeded simulator with fresh seeds"),
}
"""Verb to `module:function` and what it does; the module is imported only when asked for."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    verb, *rest = (sys.argv[1:] if argv is None else list(argv)) or [""]
    if verb not in VERBS:
        wanted = verb in {"", "-h", "--help", "help"}
        if wanted:
            print(usage())
            return 0
        print(f"no verb {verb!r}\n{usage()}", file=sys.stderr)
        return 2
    module, _, function = VERBS[verb][0].partition(":")
    code: int | None = getattr(import_module(module), function)(rest)
    return code or 0


def usage() -> str:
    """Return what can be asked for."""
    lines = (f"  {verb:<10} {says}" for verb, (_, says) in sorted(VERBS.items()))
    return "python -m ops <verb> [arguments]\n" + "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m ops soak`: the seeded simulator with fresh seeds, or one seed once more.

It ends at the first broken promise and prints the seed that brings it back.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections import Counter
from collections.abc import Sequence
from time import monotonic

from streams.replay.dialogues import DIALOGUES
from streams.replay.errors import SimulationFailedError
from streams.replay.libraries import LIBRARIES
from streams.replay.pools import POOLS
from streams.replay.simulator import BARE_EXERCISE, EXERCISE, Subject, simulate

SUBJECTS: dict[str, Subject] = {
    "exercise": EXERCISE,
    "bare": BARE_EXERCISE,
    "conversation": DIALOGUES,
    "routing": POOLS,
    "library": LIBRARIES,
}


def main(argv: Sequence[str]) -> int:
    """Run schedules for a while; return 1 when one broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m ops soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    parser.add_argument("--seed", type=int, help="run this one schedule")
    parser.add_argument("--subject", choices=sorted(SUBJECTS), help="only this processor")
    parser.add_argument("--partitions", type=int, default=1, help="partitions of the log (1)")
    asked = parser.parse_args(argv)
    subjects = [SUBJECTS[asked.subject]] if asked.subject else list(SUBJECTS.values())
    first = secrets.randbits(48) if asked.seed is None else asked.seed
    happened: Counter[str] = Counter()
    schedules, started = 0, monotonic()
    while True:
        for subject in subjects:
            try:
                tally = simulate(first + schedules, subject, partitions=asked.partitions)
            except SimulationFailedError as failure:
                print(failure, file=sys.stderr)
                return 1
            for name in tally.__struct_fields__[1:]:
                happened[name] += getattr(tally, name)
        schedules += 1
        spent = monotonic() - started
        if asked.seed is not None or spent >= asked.seconds:
            break
    runs = schedules * len(subjects)
    said = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in happened.items())
    print(
        f"{runs:,} schedules from seed {first} on, {runs / spent:,.0f} a second, none broke: {said}"
    )
    return 0

"""The ids of every product rule, as numbered in the rule inventory, and the systems they describe.

An id says which system and which rule of it; `seed` rules are said by the documents the project
started from, the others by public pages about the same features. The texts stay in the inventory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SYSTEMS: Final = {
    "SA": "Smart assist",
    "IC": "Insight cards",
    "CI": "Customer intent agent",
    "HO": "Hand-off to omnichannel",
    "UR": "Unified routing",
    "QM": "Queue and supervisor metrics",
    "TR": "Transfer conversations",
}
"""Prefix of the ids to the system they describe, in the order of the inventory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        id: Such as SA-06.
        system: Key of `SYSTEMS`.
        is_seed: Said by a document the project started from.
        is_retired: Describes a card the original product no longer has; kept behind a flag.
    """

    id: str
    system: str
    is_seed: bool
    is_retired: bool


_NUMBERS: Final = {
    "SA": [(1, 44)],
    "IC": [(1, 48), (60, 89)],
    "CI": [(1, 46)],
    "HO": [(1, 50)],
    "UR": [(1, 53)],
    "QM": [(1, 13)],
    "TR": [(1, 37)],
}
_SEED: Final = {
    "SA": [(1, 10)],
    "IC": [(1, 23), (89, 89)],
    "CI": [(1, 10)],
    "HO": [(1, 28)],
    "UR": [],
    "QM": [],
    "TR": [(1, 15)],
}
_RETIRED: Final = {"IC": [(72, 73), (76, 82)]}


def _within(number: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= number <= last for first, last in ranges)


RULES: Final = {
    rule.id: rule
    for rule in (
        Rule(
            id=f"{system}-{number:02d}",
            system=system,
            is_seed=_within(number, _SEED[system]),
            is_retired=_within(number, _RETIRED.get(system, ())),
        )
        for system, ranges in _NUMBERS.items()
        for first, last in ranges
        for number in range(first, last + 1)
    )
}
"""Every rule by id, in the order of the inventory."""

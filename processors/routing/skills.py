"""Who has the skills an item needs, and who comes closest.

A level is a number on the scale of the skill's rating model: bigger is better. A needed level of 0
asks for the skill at any level. Skills a representative has but that are deactivated do not count:
whoever gives the held skills leaves them out.

Levels of different scales are made comparable when they are added up: 1 of 5 weighs as much as 2 of
10. It is done in whole numbers, so equal is equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm

Level = int | float
"""How good somebody is at something, or has to be."""

Needed = Sequence[tuple[str, Level, int]]
"""Skill, level and what one level of its scale weighs, in the order of the skills' ids."""


def needed_of(skills: Mapping[str, Level], scales: Mapping[str, int]) -> Needed:
    """Return needed skills with their weights.

    Args:
        skills: Skill to the level it needs.
        scales: Skill to the highest level of its rating model; of one left out, a level weighs as
            much as the lightest.
    """
    tops = [scales[skill] for skill in skills if skill in scales]
    whole = lcm(*tops) if tops else 1
    return tuple(
        (skill, level, whole // scales[skill] if skill in scales else 1)
        for skill, level in sorted(skills.items())
    )


def missing(held: Mapping[str, Level], needed: Needed) -> tuple[str, Level, Level | None] | None:
    """Return the first needed skill that is not held well enough: skill, needed, held; or None."""
    for skill, level, _ in needed:
        has = held.get(skill)
        if has is None or has < level:
            return (skill, level, has)
    return None


def closeness(held: Mapping[str, Level], needed: Needed) -> tuple[Level, int, Level]:
    """Return how far off somebody is, smaller is closer: missing levels, missing skills, surplus.

    Exactly qualified comes before overqualified, and that before underqualified: of 4, 5 and 3 for
    a needed 4 in this order.
    """
    short: Level = 0
    lacking = 0
    surplus: Level = 0
    for skill, level, weight in needed:
        has = held.get(skill)
        if has is None:
            short, lacking = short + level * weight, lacking + 1
        elif has < level:
            short += (level - has) * weight
        elif level:
            surplus += (has - level) * weight
    return (short, lacking, surplus)


def proficiency(held: Mapping[str, Level], needed: Needed) -> Level:
    """Return the sum of somebody's levels in the needed skills."""
    total: Level = 0
    for skill, _, weight in needed:
        total += held.get(skill, 0) * weight
    return total


def skill_count(held: Mapping[str, Level], needed: Needed) -> int:
    """Return how many of the needed skills somebody has at all."""
    return sum(1 for skill, _, _ in needed if skill in held)

"""In what order those who may have an item stand: the columns of every assignment method.

A column is a number, the smaller the better; where more is better, its name begins with `-` and the
number is written negated. Ties that the columns leave are broken by id, or for round robin and
closest match by who joined the queue first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from processors.routing import skills
from processors.routing.capacity import Load
from processors.routing.question import Candidate, Question
from processors.routing.skills import Needed

Key = Callable[[Candidate, str | int, int], tuple[Any, ...]]
"""Given a candidate, what breaks the last tie, and their place in the question: their columns, and
then these two. One flat tuple, because sorting thousands of nested ones takes twice as long."""


class Order(msgspec.Struct, frozen=True):
    """How the ranked are put in order.

    Attributes:
        components: Names of the columns.
        key: A candidate's columns, tie and place.
        by_position: The last tie goes to whoever joined the queue first; False: by id.
    """

    components: tuple[str, ...]
    key: Key
    by_position: bool = False


def method_order(question: Question) -> Order:
    """Return the order of the question's method; of `custom`, that of highest capacity."""
    policy = question.policy
    method: str = policy.method
    if policy.capacity_by == "round_robin" and method == "highest_capacity":
        method = "round_robin"
    make = _METHODS.get(method, _highest_capacity)
    return make(question)


def closest(question: Question, needed: Needed) -> Order:
    """Return the order of closest match; equals stay in the order of joining, or go round."""
    closeness, turns = skills.closeness, question.turns
    names = ("missing_levels", "missing_skills", "surplus_levels")
    if not question.policy.is_closest_by_round_robin:
        return Order(
            names,
            lambda who, tie, place: (*closeness(who.skills, needed), tie, place),
            by_position=True,
        )

    def key(who: Candidate, tie: str | int, place: int) -> tuple[Any, ...]:
        turn = turns.get(who.representative_id, 0)
        return (*closeness(who.skills, needed), turn, tie, place)

    return Order((*names, "turn_at_ms"), key, by_position=True)


def room(load: Load, profiles: tuple[str, ...]) -> int:
    """Return how many items more a load takes of the scarcest of `profiles`; of none, in all."""
    if not profiles:
        return sum(held.limit - held.used for held in load.profiles)
    free = []
    for profile_id in profiles:
        held = load.profile(profile_id)
        free.append(held.limit - held.used if held else 0)
    return min(free)


def used_share(load: Load, profiles: tuple[str, ...]) -> float:
    """Return the share of capacity that is used: of the units, or of the fullest of `profiles`."""
    if not profiles:
        return load.units_used / load.units_total if load.units_total else float(load.units_used)
    shares = [0.0]
    for profile_id in profiles:
        held = load.profile(profile_id)
        if held is not None:
            shares.append(held.used / held.limit if held.limit else float(held.used))
    return max(shares)


def _highest_capacity(question: Question) -> Order:
    """Largest room first; ties by the earliest last assignment."""
    item, names = question.item, ("-capacity", "last_assigned_at_ms")
    if question.policy.capacity_by == "profiles" or (item.profiles and not item.units):
        profiles = item.profiles
        return Order(
            names,
            lambda who, tie, place: (
                -room(who.load, profiles),
                who.last_assigned_at_ms,
                tie,
                place,
            ),
        )

    def key(who: Candidate, tie: str | int, place: int) -> tuple[Any, ...]:
        load = who.load
        return (load.units_used - load.units_total, who.last_assigned_at_ms, tie, place)

    return Order(names, key)


def _round_robin(question: Question) -> Order:
    """Earliest last assignment out of this queue first; who never had one, by joining it."""
    turns = question.turns

    def key(who: Candidate, tie: str | int, place: int) -> tuple[Any, ...]:
        return (turns.get(who.representative_id, 0), tie, place)

    return Order(("turn_at_ms",), key, by_position=True)


def _least_active(_: Question) -> Order:
    """Longest since capacity was released first; ties by the earliest last assignment."""
    return Order(
        ("released_at_ms", "last_assigned_at_ms"),
        lambda who, tie, place: (who.released_at_ms, who.last_assigned_at_ms, tie, place),
    )


def _longest_idle(question: Question) -> Order:
    """Smallest used share of the capacity first; ties by the longest available."""
    profiles = () if question.item.units else question.item.profiles
    return Order(
        ("used_share", "available_since_ms"),
        lambda who, tie, place: (
            used_share(who.load, profiles),
            who.available_since_ms,
            tie,
            place,
        ),
    )


_METHODS: Mapping[str, Callable[[Question], Order]] = {
    "highest_capacity": _highest_capacity,
    "round_robin": _round_robin,
    "least_active": _least_active,
    "longest_idle": _longest_idle,
}

"""Custom assignment: rules of a tenant's own that say who may have an item, and in what order.

A rule's condition is asked of the item's facts and, under `representative.`, of the candidate's:

    representative.presence          base presence
    representative.is_working        within their working hours
    representative.is_bot
    representative.units_free        units left; negative after a forced assignment
    representative.skill.ID          level in a skill
    representative.has_skills        every skill the item needs, well enough
    representative.profile.ID        items that still fit into a profile
    representative.NAME              any attribute

`value_of` compares with a fact of the item: `{"field": "representative.region", "value_of":
"customer.region"}`. A rule that cannot be answered of somebody refuses them and says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from processors.routing import skills, verdicts as say
from processors.routing.conditions import Fact, RuleFaultError, holds, judge
from processors.routing.order import Order, room
from processors.routing.question import Candidate, Question
from processors.routing.setup import AssignmentOrder, AssignmentRule
from processors.routing.verdicts import Refusal

WHO: Final = "representative."
"""What the names of a candidate's facts begin with."""

Column = Callable[[Candidate], Any]


def fits(rule: AssignmentRule, question: Question) -> Callable[[Candidate], Refusal | None]:
    """Return what refuses candidates that do not meet the rule."""
    if rule.when is None:
        return lambda _: None
    when, name = rule.when, rule.name
    needed = skills.needed_of(question.item.skills, question.policy.scales)
    facts = question.item.facts

    def refusal(candidate: Candidate) -> Refusal | None:
        try:
            failed = judge(when, {**facts, **_facts_of(candidate, needed)})
            if failed is None:
                return None
            if not candidate.is_working:
                at_work = replace(candidate, is_working=True)
                if holds(when, {**facts, **_facts_of(at_work, needed)}):
                    return (say.NOT_WORKING, name)
        except RuleFaultError as fault:
            return (say.RULE_FAULT, name, fault.because)
        return (say.RULE, name, failed)

    return refusal


def in_order(rule: AssignmentRule, question: Question) -> Order:
    """Return the rule's order; of none, and after it, by id."""
    columns = [_column(order, question) for order in rule.order_by]
    names = tuple(name for name, _ in columns)
    keys = tuple(key for _, key in columns)
    by_position = any(order.by == "round_robin" for order in rule.order_by)
    return Order(
        names,
        lambda who, tie, place: (*(key(who) for key in keys), tie, place),
        by_position,
    )


def _facts_of(candidate: Candidate, needed: skills.Needed) -> dict[str, Fact]:
    facts: dict[str, Fact] = {WHO + name: value for name, value in candidate.facts.items()}
    for skill, level in candidate.skills.items():
        facts[f"{WHO}skill.{skill}"] = level
    for held in candidate.load.profiles:
        facts[f"{WHO}profile.{held.profile_id}"] = held.limit - held.used
    facts[WHO + "presence"] = candidate.presence
    facts[WHO + "is_working"] = candidate.is_working
    facts[WHO + "is_bot"] = candidate.is_bot
    facts[WHO + "units_free"] = candidate.load.units_free
    facts[WHO + "has_skills"] = skills.missing(candidate.skills, needed) is None
    return facts


def _column(order: AssignmentOrder, question: Question) -> tuple[str, Column]:
    """Return a column's name and how it is filled; larger first is written negated."""
    if order.by == "attribute":
        return _attribute_column(order, question)
    needed = skills.needed_of(question.item.skills, question.policy.scales)
    profiles, turns = question.item.profiles, question.turns
    larger_first: dict[str, tuple[str, Column]] = {
        "unit_capacity": ("-units_free", lambda who: -who.load.units_free),
        "profile_capacity": ("-profile_room", lambda who: -room(who.load, profiles)),
        "proficiency": ("-proficiency", lambda who: -skills.proficiency(who.skills, needed)),
        "skill_count": ("-skill_count", lambda who: -skills.skill_count(who.skills, needed)),
    }
    if order.by in larger_first:
        return larger_first[order.by]
    earlier_first: dict[str, tuple[str, Column]] = {
        "least_active": ("released_at_ms", lambda who: who.released_at_ms),
        "round_robin": ("turn_at_ms", lambda who: turns.get(who.representative_id, 0)),
    }
    name, key = earlier_first[order.by]
    return ("-" + name, lambda who: -key(who)) if order.is_descending else (name, key)


def _attribute_column(order: AssignmentOrder, question: Question) -> tuple[str, Column]:
    """Return a column with the place of a candidate's attribute among all; missing comes last."""
    name = order.attribute or ""
    held = [who.facts[name] for who in question.candidates if name in who.facts]
    numbers = sorted({value for value in held if not isinstance(value, str)})
    texts = sorted({value for value in held if isinstance(value, str)})
    values: list[Fact] = [*numbers, *texts]
    if order.is_descending:
        values.reverse()
    places = {(isinstance(value, str), value): place for place, value in enumerate(values, start=1)}
    last = len(values) + 1

    def key(who: Candidate) -> int:
        value = who.facts.get(name)
        return last if value is None else places[(isinstance(value, str), value)]

    return (f"place_by_{name}", key)

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

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from processors.routing import skills, verdicts as say
from processors.routing.conditions import Condition, Fact, RuleFaultError, judge
from processors.routing.order import Order, room
from processors.routing.question import Candidate, Question
from processors.routing.setup import AssignmentOrder, AssignmentRule
from processors.routing.verdicts import Refusal

WHO: Final = "representative."
"""What the names of a candidate's facts begin with."""

Column = Callable[[Candidate], Any]
Reader = Callable[[Candidate], Fact | None]


def fits(rule: AssignmentRule, question: Question) -> Callable[[Candidate], Refusal | None]:
    """Return what refuses candidates that do not meet the rule."""
    if rule.when is None:
        return lambda _: None
    when, name = rule.when, rule.name
    needed = skills.needed_of(question.item.skills, question.policy.scales)
    names = sorted(set(_names_in(when)))
    of_item = {one: question.item.facts[one] for one in names if one in question.item.facts}
    readers = [
        (one, _reader(one.removeprefix(WHO), needed)) for one in names if one.startswith(WHO)
    ]

    def judged(candidate: Candidate) -> str | None:
        facts = of_item.copy()
        for one, read in readers:
            value = read(candidate)
            if value is not None:
                facts[one] = value
        return judge(when, facts)

    def refusal(candidate: Candidate) -> Refusal | None:
        try:
            failed = judged(candidate)
            if failed is None:
                return None
            if not candidate.is_working and judged(replace(candidate, is_working=True)) is None:
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


def _names_in(when: Condition) -> Iterator[str]:
    """Yield the names of the facts a condition asks for."""
    for part in (
        *(when.every or ()),
        *(when.some or ()),
        *([when.negated] if when.negated else ()),
    ):
        yield from _names_in(part)
    for name in (when.field, when.value_of):
        if name is not None:
            yield name


def _reader(name: str, needed: skills.Needed) -> Reader:
    """Return what reads a fact of a candidate by its name after `representative.`."""
    first, _, rest = name.partition(".")
    if first == "skill" and rest:
        return lambda who: who.skills.get(rest)
    if first == "profile" and rest:
        return lambda who: _room_in(who, rest)
    if name == "has_skills":
        return lambda who: skills.missing(who.skills, needed) is None
    return _READERS.get(name, lambda who: who.facts.get(name))


def _room_in(who: Candidate, profile_id: str) -> int | None:
    held = who.load.profile(profile_id)
    return held.limit - held.used if held else None


_READERS: Final[Mapping[str, Reader]] = {
    "presence": lambda who: who.presence,
    "is_working": lambda who: who.is_working,
    "is_bot": lambda who: who.is_bot,
    "units_free": lambda who: who.load.units_free,
}


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

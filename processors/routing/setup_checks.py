"""What the loading of a setup has in common: what is known so far, and the ways to refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn, Protocol, TypeVar

from processors.errors import InvalidReferenceError
from processors.routing import conditions
from processors.routing.conditions import Condition
from processors.routing.hours import Hours
from processors.routing.setup import (
    BASE_PRESENCES,
    SETUP,
    Action,
    Kind,
    Presence,
    Profile,
    RatingModel,
    RepresentativeSetup,
    Skill,
)

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


I = TypeVar("I", bound=_Identified)  # noqa: E741


def refuse(field: str, because: str) -> NoReturn:
    """Raise what says that `field` is wrong, and why."""
    raise InvalidReferenceError(reference=SETUP, field=field, because=because)


def by_id(items: Sequence[I], field: str) -> dict[str, I]:
    """Return the items by id; an id that is there twice is refused."""
    found: dict[str, I] = {}
    for index, item in enumerate(items):
        if item.id in found:
            refuse(f"{field}[{index}].id", f"{item.id!r} is there twice")
        found[item.id] = item
    return found


def check_known(name: str, there: Mapping[str, Any], field: str, what: str) -> None:
    """Refuse a name that is not `there`."""
    if name not in there:
        refuse(field, f"there is no {what} {name!r}")


def check_once(names: Sequence[str], field: str) -> None:
    """Refuse a name that is there twice."""
    if len(set(names)) == len(names):
        return
    for index, name in enumerate(names):
        if name in names[:index]:
            refuse(f"{field}[{index}]", f"{name!r} is there twice")


def check_within(value: int, low: int, high: int, field: str) -> None:
    """Refuse a value below `low` or above `high`."""
    if not low <= value <= high:
        refuse(field, f"{value} is not between {low} and {high}")


def check_condition(condition: Condition | None, field: str) -> None:
    """Refuse a condition that can never be answered."""
    if condition is None:
        return
    for path, because in conditions.faults(condition, field):
        refuse(path, because)


def check_number(number: str, field: str) -> None:
    """Refuse what is no phone number as transfers need it: digits without a plus."""
    if number.startswith("+"):
        refuse(field, f"{number!r} begins with a plus, and such transfers fail; leave it out")
    if not (3 <= len(number) <= 15 and number.isascii() and number.isdigit()):
        refuse(field, f"{number!r} is no phone number of 3 to 15 digits")


class Known:
    """What an artefact names and what was made of it, while the rest is being loaded.

    Attributes:
        models: Rating models.
        skills: Skills.
        profiles: Capacity profiles.
        presences: Presences, the base ones included.
        hours: Operating hours.
        representatives: Representatives and bots.
        kinds: Queue to the kind of work it takes, for all queues.
        fallbacks: Queues that a workstream falls back to.
    """

    def __init__(self) -> None:
        self.models: dict[str, RatingModel] = {}
        self.skills: dict[str, Skill] = {}
        self.profiles: dict[str, Profile] = {}
        self.presences: dict[str, Presence] = dict(BASE_PRESENCES)
        self.hours: dict[str, Hours] = {}
        self.representatives: dict[str, RepresentativeSetup] = {}
        self.kinds: dict[str, Kind] = {}
        self.fallbacks: frozenset[str] = frozenset()

    def level(self, skill_id: str, level: int | str, field: str) -> int:
        """Return a level of a skill as a number, given as number or name."""
        check_known(skill_id, self.skills, field, "skill")
        model = self.models[self.skills[skill_id].rating_model]
        for name, value in model.levels:
            if level in (name, value):
                return value
        there = ", ".join(f"{name} ({value})" for name, value in model.levels)
        refuse(field, f"{level!r} is no level of the rating model {model.id!r}; use {there}")

    def check_queue(self, queue_id: str, kind: Kind, field: str) -> None:
        """Refuse a queue that is not there or takes another kind of work."""
        check_known(queue_id, self.kinds, field, "queue")
        if self.kinds[queue_id] != kind:
            refuse(
                field,
                f"{queue_id!r} takes {self.kinds[queue_id]} items, this is about {kind} items",
            )

    def check_action(self, action: Action, kind: Kind, queue_id: str | None, field: str) -> None:
        """Refuse an action without what it needs, or into the queue it comes from."""
        if (action.do == "queue") != (action.queue is not None):
            refuse(f"{field}.queue", "a queue is named for the action queue, and only there")
        if (action.do == "external_number") != (action.number is not None):
            refuse(f"{field}.number", "a number is given for external_number, and only there")
        if action.number is not None:
            check_number(action.number, f"{field}.number")
        if action.queue is not None:
            self.check_queue(action.queue, kind, f"{field}.queue")
            if action.queue == queue_id:
                refuse(f"{field}.queue", "an item cannot overflow into the queue it is in")

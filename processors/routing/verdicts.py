"""Why somebody was not given an item, and why the chosen one was: codes, and their words.

Choosing keeps codes and numbers only; words are made when somebody asks. They continue a sentence
that begins with the representative's name: "Ann is offline".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from processors.routing import capacity
from processors.routing.question import Decision, Item, Policy, Verdict

BLOCKED: Final = "blocked"
NOT_A_MEMBER: Final = "not_a_member"
OFFLINE: Final = "offline"
PRESENCE: Final = "presence"
DECLINED: Final = "declined"
TOO_MANY_DECLINERS: Final = "too_many_decliners"
LEVEL: Final = "level"
SKILL: Final = "skill"
BOT_ESCALATED: Final = "bot_escalated"
BOT_NOT_CONSULTED: Final = "bot_not_consulted"
WAITS_FOR_PREFERRED: Final = "waits_for_preferred"
RULE: Final = "rule"
NOT_WORKING: Final = "not_working"
RULE_FAULT: Final = "rule_fault"

AFFINITY: Final = "affinity"
PREFERRED: Final = "preferred"
CLOSEST: Final = "closest"
NOBODY: Final = "nobody"

Refusal = tuple[str | int | float | None, ...]
"""A code and what its words need."""


def words(refusal: Refusal) -> str:
    """Return a refusal as the rest of a sentence about the representative; of none, ""."""
    if not refusal:
        return ""
    return _REFUSALS[str(refusal[0])](*refusal[1:])


def because(decision: Decision, item: Item, policy: Policy) -> str:
    """Return as a sentence why the decision is what it is; ids stand for names."""
    if decision.chosen is None:
        return _NOBODY[decision.because](len(item.declines), policy.decliners_max)
    ranked = sum(1 for verdict in decision.verdicts if verdict.rank)
    if ranked == 1 and decision.because in _ORDERED:
        why = f"{decision.chosen} was the only one who could"
    else:
        why = _CHOSEN[decision.because](decision.chosen, ranked, decision.rule)
    again = item.declines.get(decision.chosen, 0)
    if again:
        why += f", although they declined it {_times(again)}: nobody else was left"
    return why


def score(decision: Decision, verdict: Verdict) -> dict[str, Any]:
    """Return the columns a ranked candidate was ordered by, by name, larger numbers as such."""
    named: dict[str, Any] = {}
    for name, value in zip(decision.components, verdict.score, strict=False):
        if name.startswith("-") and isinstance(value, int | float):
            named[name[1:]] = -value
        else:
            named[name] = value
    return named


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _duration(length_ms: int) -> str:
    seconds = length_ms // 1_000
    return f"{seconds} s" if seconds < 120 or seconds % 60 else f"{seconds // 60} min"


def _presence(presence: str) -> str:
    return f"is set to {presence.replace('_', ' ')}, which this work does not allow"


def _units(free: int, needed: int) -> str:
    if free < 0:
        return f"carries {-free} units more than they have, and {needed} are needed"
    return f"has {free} units free, {needed} are needed"


def _level(level: int, opens_after_ms: int | None, waited_ms: int) -> str:
    who = f"is in level {level}" if level else "is in no level"
    if opens_after_ms is None:
        return f"{who}, and only levels count here"
    waited = _duration(waited_ms)
    return f"{who}, which is open after {_duration(opens_after_ms)}; it has waited {waited}"


def _skill(skill: str, needed: float, held: float | None) -> str:
    if held is None:
        return f"does not have the skill {skill}"
    return f"has {skill} at {held}, {needed} is needed"


_REFUSALS: Final[Mapping[str, Callable[..., str]]] = {
    BLOCKED: lambda why: f"is given nothing now: {why}",
    NOT_A_MEMBER: lambda: "is not a member of the queue",
    OFFLINE: lambda: "is offline",
    PRESENCE: _presence,
    DECLINED: lambda count, most: f"declined it {_times(count)}, {most} is the most",
    TOO_MANY_DECLINERS: lambda count, most: (
        f"is not asked: {count} declined it, from {most} on nobody is asked"
    ),
    LEVEL: _level,
    SKILL: _skill,
    BOT_ESCALATED: lambda: "is the bot that gave it to people",
    BOT_NOT_CONSULTED: lambda: "is a bot, and bots are not consulted",
    WAITS_FOR_PREFERRED: lambda: "is none of the preferred ones, for whom it waits",
    RULE: lambda rule, why: f"does not meet rule {rule}: {why}",
    NOT_WORKING: lambda rule: f"is outside their working hours, which rule {rule} asks for",
    RULE_FAULT: lambda rule, why: f"could not be asked by rule {rule}: {why}",
    capacity.UNITS: _units,
    capacity.PROFILE: lambda profile, used, limit: f"has {used} of {limit} of profile {profile}",
    capacity.NO_PROFILE: lambda profile: f"does not have the profile {profile}",
    capacity.BLOCKED_BY_PROFILE: lambda profile, used, limit: (
        f"has {used} of {limit} of profile {profile}, which blocks everything when full"
    ),
    capacity.ESCALATED: lambda: "has a chat that became a call, so no new chat or call",
}

_NOBODY: Final[Mapping[str, Callable[[int, int], str]]] = {
    NOBODY: lambda _count, _most: "nobody can take it now; it stays in the queue",
    WAITS_FOR_PREFERRED: lambda _count, _most: (
        "no preferred representative is free; it stays in the queue for them"
    ),
    TOO_MANY_DECLINERS: lambda count, most: (
        f"{count} representatives declined it, from {most} on it is no longer assigned by itself"
    ),
}

_ORDERED: Final = frozenset(
    {"highest_capacity", "round_robin", "least_active", "longest_idle", CLOSEST, RULE}
)

_CHOSEN: Final[Mapping[str, Callable[[str, int, str], str]]] = {
    AFFINITY: lambda who, _of, _rule: (
        f"{who} had this conversation before, so it comes back whatever they carry"
    ),
    PREFERRED: lambda who, _of, _rule: (
        f"{who} is the customer's preferred representative who is present"
    ),
    "highest_capacity": lambda who, of, _rule: f"{who} has the most room of {of}",
    "round_robin": lambda who, of, _rule: f"it is the turn of {who} among {of}",
    "least_active": lambda who, of, _rule: f"{who} became free the longest ago of {of}",
    "longest_idle": lambda who, of, _rule: f"{who} carries the least for their capacity of {of}",
    CLOSEST: lambda who, of, _rule: f"{who} comes closest to the skills needed of {of}",
    RULE: lambda who, of, rule: f"{who} comes first of {of} by rule {rule}",
}

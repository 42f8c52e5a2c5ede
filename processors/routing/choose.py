"""Who gets an item: every candidate is refused with a reason or ranked with a score.

Pure and made for the hot path: `decide` over 150 candidates takes about a tenth of a millisecond.
It keeps codes and numbers; `verdicts` makes words of them.

Who is ranked is ordered by, in this order: affinity, then preferred representatives in the
customer's order; who declined the item less often; bullseye level; the method. The last tie is
broken by id, but round robin and closest match keep the order in which people joined the queue.

Affinity and preference count as long as the representative has not declined the item: it would
come back to them for ever. A queue that waits for preferred representatives waits only while one
of them is a candidate who has not declined it: a customer does not wait for somebody who left.
Closest match orders only items that need skills; others are ordered by the method. Custom
assignment without a rule is highest capacity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from processors.routing import verdicts as say
from processors.routing.bullseye import Levels, open_level
from processors.routing.capacity import profile_shortage, shortage
from processors.routing.changes import changed
from processors.routing.custom import fits, in_order
from processors.routing.order import Order, closest, method_order
from processors.routing.question import (
    QUESTIONS,
    Candidate,
    Decision,
    Item,
    Policy,
    Question,
    Verdict,
    policy_of,
)
from processors.routing.skills import Needed, missing, needed_of
from processors.routing.verdicts import Refusal

__all__ = [
    "Candidate",
    "Decision",
    "Item",
    "Policy",
    "Question",
    "Verdict",
    "decide",
    "decode",
    "encode",
    "policy_of",
    "what_if",
]

PREFERRED_MAX: Final = 3
"""How many preferred representatives of a customer count."""

ORDINARY: Final = PREFERRED_MAX + 1
"""Preference of everybody who is neither the one before (0) nor preferred (1 to 3)."""

_Refuse = Callable[[Candidate], Refusal | None]


def decide(question: Question) -> Decision:
    """Return who gets the item, and what became of every candidate."""
    item, policy = question.item, question.policy
    if len(item.declines) >= policy.decliners_max:
        return _refused_to_all(
            question, (say.TOO_MANY_DECLINERS, len(item.declines), policy.decliners_max)
        )
    if policy.method == "custom" and policy.rules:
        return _by_rules(question)
    needed = needed_of(item.skills, policy.scales)
    if needed and policy.skill_match == "closest":
        return _ranked(question, _standard(question, ()), closest(question, needed), say.CLOSEST)
    wanted = needed if policy.skill_match == "exact" else ()
    method = "highest_capacity" if policy.method == "custom" else policy.method
    return _ranked(question, _standard(question, wanted), method_order(question), method)


def what_if(question: Question, changes: Mapping[str, Any]) -> Decision:
    """Return the decision had the question been another.

    Args:
        question: As it was asked.
        changes: `{"item": {field: value}, "policy": {...}, "candidates": {id: {field: value}}}`
            with the fields that `changes.item_facts` and `changes.candidate_facts` show. In a
            mapping (skills, facts, profiles, declines) only the given entries change; None removes.

    Raises:
        ImpossibleChangeError: A field or candidate does not exist, or a value does not fit.
    """
    return decide(changed(question, changes))


def refuser(question: Question) -> Callable[[Candidate], Refusal | None] | None:
    """Return what refuses a candidate the question's item; None where it has to be decided.

    It answers for every item that asks the same and that the candidate neither declined nor is
    preferred for, so whoever keeps lines of such items asks once for the line. Rules of custom
    assignment may look at anything: there the question is to be decided.
    """
    item, policy = question.item, question.policy
    if policy.method == "custom":
        return None
    needed = needed_of(item.skills, policy.scales) if policy.skill_match == "exact" else ()
    return _standard(question, needed)


def encode(question: Question) -> bytes:
    """Return the question as bytes; equal questions give equal bytes."""
    return QUESTIONS.encode(question)


def decode(data: bytes) -> Question:
    """Return the question behind `data`. Raises UnreadableStateError."""
    return QUESTIONS.decode(data)


def _ranked(
    question: Question, refuse: _Refuse, order: Order, because: str, rule: str = ""
) -> Decision:
    """Return the decision: refuse some, order the others."""
    item, candidates = question.item, question.candidates
    firsts = _firsts(item)
    waits = question.policy.waits_for_preferred and any(
        candidate.is_member and firsts.get(candidate.representative_id, 0)
        for candidate in candidates
    )
    prefix = _prefix(question, firsts)
    key, by_position = order.key, order.by_position
    verdicts: list[Verdict] = []
    ranked: list[tuple[Any, ...]] = []
    for index, candidate in enumerate(candidates):
        name = candidate.representative_id
        preference = firsts.get(name, ORDINARY) if firsts else ORDINARY
        if preference < ORDINARY and not _is_first(item, candidate, preference):
            preference = ORDINARY
        refusal = None
        if preference == ORDINARY:
            refusal = refuse(candidate)
            if refusal is None and waits:
                refusal = (say.WAITS_FOR_PREFERRED,)
        if refusal is not None:
            verdicts.append(Verdict(name, 0, refusal))
            continue
        columns = key(candidate, index if by_position else name, index)
        if prefix is not None:
            columns = (*prefix(name, preference), *columns)
        ranked.append(columns)
        verdicts.append(_PLACE)
    ranked.sort()
    for rank, columns in enumerate(ranked, start=1):
        index = columns[-1]
        verdicts[index] = Verdict(candidates[index].representative_id, rank, (), columns[:-2])
    components = order.components if prefix is None else (*_PREFIX, *order.components)
    if not ranked:
        because = say.WAITS_FOR_PREFERRED if waits else say.NOBODY
        return Decision(None, because, tuple(verdicts), components, rule)
    best = ranked[0]
    if firsts and best[0] < ORDINARY:
        because = say.PREFERRED if best[0] else say.AFFINITY
    return Decision(
        candidates[best[-1]].representative_id, because, tuple(verdicts), components, rule
    )


_PLACE: Final = Verdict("", 0)
_OFFLINE: Final = (say.OFFLINE,)
_PREFIX: Final = ("preference", "declines", "level")


def _prefix(
    question: Question, firsts: Mapping[str, int]
) -> Callable[[str, int], tuple[int, int, int]] | None:
    """Return what comes before the method's columns, or None where all would be equal."""
    declines, levels = question.item.declines, question.policy.levels
    if not (firsts or declines or levels):
        return None
    level_of = levels.level_of if levels else {}
    last = levels.last if levels else 0

    def columns(name: str, preference: int) -> tuple[int, int, int]:
        return (preference, declines.get(name, 0), level_of.get(name, last))

    return columns


def _firsts(item: Item) -> dict[str, int]:
    """Return who comes before all others, with 0 for affinity and 1 to 3 for preference."""
    firsts: dict[str, int] = {}
    for place, name in enumerate(item.preferred[:PREFERRED_MAX], start=1):
        if name not in item.declines:
            firsts.setdefault(name, place)
    if item.affinity is not None and item.affinity not in item.declines:
        firsts[item.affinity] = 0
    return firsts


def _is_first(item: Item, candidate: Candidate, preference: int) -> bool:
    """Return whether affinity or preference holds: capacity, skills and rules are not asked."""
    if candidate.blocked or _bot_refusal(item, candidate) is not None:
        return False
    if preference == 0:
        return True
    return candidate.is_member and candidate.presence in item.allowed_presences


def _bot_refusal(item: Item, candidate: Candidate) -> Refusal | None:
    if not candidate.is_bot:
        return None
    if item.is_consult:
        return (say.BOT_NOT_CONSULTED,)
    if candidate.representative_id in item.escalated_by:
        return (say.BOT_ESCALATED,)
    return None


def _general(question: Question) -> _Refuse:
    """Return what is asked of everybody under any method.

    It is: blocked, membership, bots, declines, bullseye level.
    """
    item, policy = question.item, question.policy
    declines, declines_max = item.declines, policy.declines_max
    level_refusal = _level_refusal(policy.levels, item.waited_ms)

    def refuse(candidate: Candidate) -> Refusal | None:
        if candidate.blocked:
            return (say.BLOCKED, candidate.blocked)
        if not candidate.is_member:
            return (say.NOT_A_MEMBER,)
        name = candidate.representative_id
        if candidate.is_bot and (refusal := _bot_refusal(item, candidate)) is not None:
            return refusal
        if declines and declines.get(name, 0) >= declines_max:
            return (say.DECLINED, declines[name], declines_max)
        if level_refusal is not None:
            return level_refusal(name)
        return None

    return refuse


def _level_refusal(levels: Levels | None, waited_ms: int) -> Callable[[str], Refusal | None] | None:
    if levels is None:
        return None
    level_of, last = levels.level_of, levels.last
    opened = open_level(levels, waited_ms)
    waits = (*levels.opens_after_ms, levels.others_after_ms)

    def refusal(name: str) -> Refusal | None:
        level = level_of.get(name, last)
        if level <= opened:
            return None
        return (say.LEVEL, 0 if level == last else level, waits[level - 1], waited_ms)

    return refusal


def _standard(question: Question, needed: Needed) -> _Refuse:
    """Return what every method but `custom` asks: also presence, skills and capacity."""
    item, policy = question.item, question.policy
    general = _general(question)
    is_asked_of_all = bool(item.declines) or policy.levels is not None
    allowed = frozenset(item.allowed_presences)
    needs = item.needs
    units = needs.units
    is_units_only = not needs.profiles

    def refuse(candidate: Candidate) -> Refusal | None:
        is_bot = candidate.is_bot
        if is_asked_of_all or is_bot or candidate.blocked or not candidate.is_member:
            refusal = general(candidate)
            if refusal is not None:
                return refusal
        if not is_bot and candidate.presence not in allowed:
            presence = candidate.presence
            return _OFFLINE if presence == "offline" else (say.PRESENCE, presence)
        if needed and (lacks := missing(candidate.skills, needed)) is not None:
            return (say.SKILL, *lacks)
        if is_bot:
            return None
        load = candidate.load
        if is_units_only and not load.profiles and not load.escalations:
            if units and load.units_total - load.units_used < units:
                return shortage(load, needs)
            return None
        return shortage(load, needs)

    return refuse


def _by_rules(question: Question) -> Decision:
    """Return the decision of the first rule that yields anybody; if none does, of the last.

    Presence, skills and units are the rules' own business; profiles are always asked.
    """
    general, item = _general(question), question.item
    profiles = item.profiles
    decision = None
    for rule in question.policy.rules:
        fit = fits(rule, question)

        def refuse(
            candidate: Candidate, fit: Callable[[Candidate], Refusal | None] = fit
        ) -> Refusal | None:
            refusal = general(candidate) or fit(candidate)
            if refusal is None and not candidate.is_bot:
                return profile_shortage(candidate.load, profiles)
            return refusal

        decision = _ranked(question, refuse, in_order(rule, question), say.RULE, rule.name)
        if decision.chosen is not None:
            break
    assert decision is not None
    return decision


def _refused_to_all(question: Question, refusal: Refusal) -> Decision:
    """Return the decision that nobody gets it, for the same reason."""
    every = tuple(
        Verdict(candidate.representative_id, 0, refusal) for candidate in question.candidates
    )
    return Decision(None, str(refusal[0]), every)

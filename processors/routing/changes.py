"""A recorded question, shown field by field and changed: what "what if" is asked with.

What `item_facts`, `policy_facts` and `candidate_facts` show is, name for name, what `changed`
accepts, but for ids. In a mapping only the entries given change; None removes one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import asdict, fields, replace

from processors.errors import ImpossibleChangeError
from processors.routing.capacity import Count, Load, ProfileLoad
from processors.routing.question import Candidate, Question

_PARTS: Final = ("item", "policy", "candidates")
_FIXED: Final = frozenset({"item_id", "representative_id", "load"})
_LOAD: Final = ("units_total", "units_used", "escalations")
_PROFILE: Final = tuple(one.name for one in fields(ProfileLoad) if one.name != "profile_id")


def item_facts(question: Question) -> dict[str, Any]:
    """Return what is known of the item, as plain values."""
    return _plain(question.item)


def policy_facts(question: Question) -> dict[str, Any]:
    """Return how the queue chooses, as plain values."""
    return _plain(question.policy)


def candidate_facts(question: Question) -> dict[str, dict[str, Any]]:
    """Return what is known of every candidate, by id, as plain values.

    `declines` is how often they declined this item, `turn_at_ms` when this queue last gave them
    something (0: never), `level` their bullseye level (None: no levels).
    """
    declines, turns, levels = question.item.declines, question.turns, question.policy.levels
    shown: dict[str, dict[str, Any]] = {}
    for candidate in question.candidates:
        name = candidate.representative_id
        facts = _plain(candidate)
        del facts["load"]
        for field in _LOAD:
            facts[field] = getattr(candidate.load, field)
        facts["profiles"] = {
            held.profile_id: {field: getattr(held, field) for field in _PROFILE}
            for held in candidate.load.profiles
        }
        facts["declines"] = declines.get(name, 0)
        facts["turn_at_ms"] = turns.get(name, 0)
        facts["level"] = levels.level_of.get(name, levels.last) if levels else None
        shown[name] = facts
    return shown


def changed(question: Question, changes: Mapping[str, Any]) -> Question:
    """Return the question with `changes` in it; of none, an equal one.

    Raises:
        ImpossibleChangeError: A field or candidate does not exist, or a value does not fit.
    """
    for part in _sections(changes, ""):
        if part not in _PARTS:
            raise _unknown(part, _PARTS)
    item = _structure(question.item, _sections(changes.get("item", {}), "item"), "item")
    policy = _structure(question.policy, _sections(changes.get("policy", {}), "policy"), "policy")
    question = replace(question, item=item, policy=policy)
    people = _sections(changes.get("candidates", {}), "candidates")
    places = {who.representative_id: place for place, who in enumerate(question.candidates)}
    for name in sorted(people):
        path = f"candidates.{name}"
        if name not in places:
            because = "it is no candidate of this decision"
            raise ImpossibleChangeError(field=path, because=because)
        question = _candidate(question, places[name], _sections(people[name], path), path)
    return question


def _candidate(question: Question, place: int, given: Mapping[str, Any], path: str) -> Question:
    """Return the question with one candidate changed."""
    who = question.candidates[place]
    own: dict[str, Any] = {}
    load = who.load
    for field in sorted(given):
        value, where = given[field], f"{path}.{field}"
        if field in _LOAD:
            load = replace(load, **{field: _converted(value, Count, where)})
        elif field == "profiles":
            load = _profiles(load, _sections(value, where), where)
        elif field in _BESIDE:
            question = _BESIDE[field](question, who.representative_id, value, where)
        elif field in _CANDIDATE:
            own[field] = value
        else:
            raise _unknown(where, (*_CANDIDATE, *_LOAD, "profiles", *_BESIDE))
    who = _structure(replace(who, load=load), own, path)
    candidates = question.candidates
    candidates = (*candidates[:place], who, *candidates[place + 1 :])
    return replace(question, candidates=candidates)


def _profiles(load: Load, given: Mapping[str, Any], path: str) -> Load:
    """Return the load with the given profiles changed, added (limit needed) or removed (None)."""
    held = {one.profile_id: one for one in load.profiles}
    for profile_id in sorted(given):
        where, value = f"{path}.{profile_id}", given[profile_id]
        if value is None:
            held.pop(profile_id, None)
            continue
        entries = _sections(value, where)
        for field in sorted(entries):
            if field not in _PROFILE:
                raise _unknown(f"{where}.{field}", _PROFILE)
        before = held.get(profile_id)
        if before is None and "limit" not in entries:
            because = "it is not a profile of theirs; give a limit to add it"
            raise ImpossibleChangeError(field=where, because=because)
        held[profile_id] = _structure(before or ProfileLoad(profile_id, 0), entries, where)
    return replace(load, profiles=tuple(held[name] for name in sorted(held)))


def _declines(question: Question, name: str, value: Any, where: str) -> Question:
    declines = _counted(question.item.declines, name, value, where)
    return replace(question, item=replace(question.item, declines=declines))


def _turn(question: Question, name: str, value: Any, where: str) -> Question:
    return replace(question, turns=_counted(question.turns, name, value, where))


def _level(question: Question, name: str, value: Any, where: str) -> Question:
    levels = question.policy.levels
    if levels is None:
        raise ImpossibleChangeError(field=where, because="the queue has no levels")
    level = _converted(value, Count, where)
    if not 1 <= level <= levels.last:
        because = f"levels are 1 to {levels.last}, the last for members of no group"
        raise ImpossibleChangeError(field=where, because=because)
    level_of = {who: held for who, held in levels.level_of.items() if who != name}
    if level < levels.last:
        level_of[name] = level
    changed_levels = replace(levels, level_of=level_of)
    return replace(question, policy=replace(question.policy, levels=changed_levels))


def _counted(held: Mapping[str, int], name: str, value: Any, where: str) -> dict[str, int]:
    """Return the counts with one set; 0 stands for "not there"."""
    count = _converted(value, Count, where)
    others = {who: number for who, number in held.items() if who != name}
    return {**others, name: count} if count else others


_BESIDE: Final[Mapping[str, Callable[[Question, str, Any, str], Question]]] = {
    "declines": _declines,
    "turn_at_ms": _turn,
    "level": _level,
}
"""What is shown of a candidate and kept elsewhere in the question."""

_CANDIDATE: Final = tuple(one.name for one in fields(Candidate) if one.name not in _FIXED)


def _structure(held: Any, given: Mapping[str, Any], path: str) -> Any:
    """Return a struct with fields changed; mappings are merged."""
    if not given:
        return held
    types = {one.name: one.type for one in fields(held) if one.name not in _FIXED}
    values: dict[str, Any] = {}
    for field in sorted(given):
        where = f"{path}.{field}"
        if field not in types:
            raise _unknown(where, tuple(types))
        value, before = given[field], getattr(held, field)
        if isinstance(before, dict) and isinstance(value, Mapping):
            merged = {**before, **value}
            value = {key: one for key, one in merged.items() if one is not None}
        values[field] = _converted(value, types[field], where)
    return replace(held, **values)


def _converted(value: Any, shape: Any, where: str) -> Any:
    try:
        converted = msgspec.convert(value, shape)
        msgspec.msgpack.encode(converted)
    except (msgspec.MsgspecError, OverflowError) as error:
        raise ImpossibleChangeError(
            field=where, because=f"the value does not fit: {error}"
        ) from error
    return converted


def _sections(given: Any, path: str) -> Mapping[str, Any]:
    """Return `given` if it is a mapping of names."""
    if isinstance(given, Mapping) and all(isinstance(name, str) for name in given):
        return given
    raise ImpossibleChangeError(field=path, because="an object of field names is expected here")


def _unknown(field: str, known: tuple[str, ...]) -> ImpossibleChangeError:
    because = f"there is no such field; there are {', '.join(known)}"
    return ImpossibleChangeError(field=field, because=because)


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    """Return a struct's fields as plain values, by name."""
    return {name: msgspec.to_builtins(one) for name, one in asdict(value).items()}

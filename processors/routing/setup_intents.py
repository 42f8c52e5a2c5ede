"""Routing by intent: from the artefact's shape to the loaded one, and the queues it makes.

A queue whose work is routed by intent has a part for every user group: a queue of its own with the
group's people as members and all the rest from the queue it is a part of. So whatever holds of a
queue (order, hours, overflow, service level, who gets what and why) holds of it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from processors.routing.setup import (
    BusinessLine,
    IntentGroupMap,
    IntentRouting,
    MappedGroup,
    Queue,
    UserGroup,
    Workstream,
)
from processors.routing.setup_checks import (
    Known,
    by_id,
    check_condition,
    check_known,
    check_once,
    refuse,
)
from processors.routing.setup_file import FileBusinessLine, FileIntentRouting, FileSetup

PARTED: Final = "~"
"""Stands between a queue and the user group of its part: `refunds~german-desk`."""

PARTS_MAX: Final = 20_000


def part_id(queue_id: str, user_group: str) -> str:
    """Return the id of a queue's part for a user group."""
    return f"{queue_id}{PARTED}{user_group}"


def load_intents(
    known: Known, file: FileSetup, workstreams: Mapping[str, Workstream]
) -> IntentRouting | None:
    """Return the routing by intent, or None. Raises InvalidReferenceError."""
    given = file.intents
    if given is None:
        return None
    for index, queue in enumerate(file.queues):
        if PARTED in queue.id:
            because = f"{queue.id!r}: with routing by intent, {PARTED!r} is for parts of queues"
            refuse(f"queues[{index}].id", because)
    groups = _user_groups(known, given)
    mapping: dict[str, IntentGroupMap] = {}
    for index, one in enumerate(given.groups):
        at = f"intents.groups[{index}]"
        if one.group in mapping:
            refuse(f"{at}.group", f"{one.group!r} is there twice")
        for number, line in enumerate(one.user_groups):
            check_known(line.user_group, groups, f"{at}.user_groups[{number}]", "user group")
            check_condition(line.when, f"{at}.user_groups[{number}].when")
        check_known(one.default, groups, f"{at}.default", "user group")
        lines = tuple(MappedGroup(line.user_group, line.when) for line in one.user_groups)
        mapping[one.group] = IntentGroupMap(lines, one.default)
    if given.fallback is not None:
        check_known(given.fallback, groups, "intents.fallback", "user group")
        if given.lines:
            because = "with lines of business, each has a fallback of its own; leave this one out"
            refuse("intents.fallback", because)
    return IntentRouting(
        lines=_lines(known, given, groups, workstreams),
        user_groups=groups,
        groups=mapping,
        fallback=given.fallback,
    )


def group_queues(queues: Mapping[str, Queue], intents: IntentRouting | None) -> dict[str, Queue]:
    """Return the parts of queues for user groups, by id. Raises InvalidReferenceError.

    Where lines of business say which queues have parts, those their overflow leads to have them as
    well: what overflows stays with its user group (CI-42).
    """
    if intents is None:
        return {}
    named = [queue_id for line in intents.lines for queue_id in line.queues]
    parted = _with_overflow(queues, named) if intents.lines else tuple(queues)
    count = len(parted) * len(intents.user_groups)
    if count > PARTS_MAX:
        because = f"{len(parted)} queues and {len(intents.user_groups)} user groups give {count}"
        refuse("intents", f"{because} parts of queues; more than {PARTS_MAX} are too many")
    found = {}
    for queue_id in parted:
        for group in intents.user_groups.values():
            queue = queues[queue_id]
            found[part_id(queue_id, group.id)] = replace(
                queue,
                id=part_id(queue_id, group.id),
                name=f"{queue.name} · {group.name}",
                members=group.members,
                bullseye=None,
                is_default=False,
                base_id=queue_id,
                user_group=group.id,
            )
    return found


def _with_overflow(queues: Mapping[str, Queue], named: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    left = list(named)
    while left:
        queue_id = left.pop(0)
        if queue_id in found:
            continue
        found[queue_id] = None
        queue = queues[queue_id]
        actions = [rule.action for rule in queue.pre_overflow]
        actions += [rule.action for rule in queue.in_overflow]
        left += [action.queue for action in actions if action.queue is not None]
    return tuple(found)


def _user_groups(known: Known, given: FileIntentRouting) -> dict[str, UserGroup]:
    groups: dict[str, UserGroup] = {}
    for index, one in enumerate(by_id(given.user_groups, "intents.user_groups").values()):
        at = f"intents.user_groups[{index}].members"
        check_once(one.members, at)
        for number, member in enumerate(one.members):
            check_known(member, known.representatives, f"{at}[{number}]", "representative")
            if known.representatives[member].is_bot:
                refuse(f"{at}[{number}]", f"{member!r} is a bot; user groups are of people")
        groups[one.id] = UserGroup(
            id=one.id,
            name=one.name or one.id,
            members=one.members,
            languages=frozenset(one_of.casefold() for one_of in one.languages),
            regions=frozenset(one_of.casefold() for one_of in one.regions),
        )
    return groups


def _lines(
    known: Known,
    given: FileIntentRouting,
    groups: Mapping[str, UserGroup],
    workstreams: Mapping[str, Workstream],
) -> tuple[BusinessLine, ...]:
    seen: dict[str, str] = {}
    lines = []
    for index, one in enumerate(by_id(given.lines, "intents.lines").values()):
        at = f"intents.lines[{index}]"
        check_known(one.fallback, groups, f"{at}.fallback", "user group")
        for number, name in enumerate(one.workstreams):
            check_known(name, workstreams, f"{at}.workstreams[{number}]", "workstream")
        for number, name in enumerate(one.queues):
            check_known(name, known.kinds, f"{at}.queues[{number}]", "queue")
        for what, names in (("workstreams", one.workstreams), ("queues", one.queues)):
            check_once(names, f"{at}.{what}")
            for number, name in enumerate(names):
                other = seen.setdefault(f"{what}/{name}", one.id)
                if other != one.id:
                    because = f"{name!r} is in the line of business {other!r} already"
                    refuse(f"{at}.{what}[{number}]", because)
        for number, name in enumerate(one.workstreams):
            _check_workstream(workstreams[name], one, f"{at}.workstreams[{number}]")
        lines.append(
            BusinessLine(
                id=one.id,
                name=one.name or one.id,
                workstreams=one.workstreams,
                queues=one.queues,
                fallback=one.fallback,
            )
        )
    return tuple(lines)


def _check_workstream(workstream: Workstream, line: FileBusinessLine, field: str) -> None:
    """Refuse a workstream that routing by intent cannot serve (CI-22, CI-42)."""
    name = workstream.id
    shares = [share.queue for route in workstream.routes for share in route.shares]
    for queue_id in dict.fromkeys((*shares, workstream.fallback_queue)):
        if queue_id not in line.queues:
            because = f"{name!r} leads to queue {queue_id!r}, which is not in {line.id!r}"
            refuse(field, f"{because}; a workstream and its queues are in one line of business")
    if workstream.skill_match != "none":
        because = f"{name!r} matches skills; routing by intent does not, so use skill_match none"
        refuse(field, because)
    writes = any(ruleset.kind == "capacity_profiles" for ruleset in workstream.rulesets)
    if not workstream.profiles and not writes:
        because = f"{name!r} counts units; routing by intent needs capacity profiles"
        refuse(field, f"{because}, so give it profiles")

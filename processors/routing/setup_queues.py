"""Queues and their overflow: from the artefact's shape to the loaded one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from processors.routing import conditions
from processors.routing.setup import Action, Bullseye, InOverflow, Kind, Method, PreOverflow, Queue
from processors.routing.setup_checks import (
    DAY_MS,
    MINUTE_MS,
    SECOND_MS,
    Known,
    check_condition,
    check_known,
    check_once,
    check_within,
    refuse,
)
from processors.routing.setup_file import FileQueue

WAITING_ITEMS_MAX: Final = 100
AVERAGE_WAIT_MS: Final = (30 * SECOND_MS, 60 * MINUTE_MS)
BULLSEYE_FIRST_MS: Final = 30 * SECOND_MS
BULLSEYE_STEP_MS: Final = 10 * SECOND_MS
IN_QUEUE_MS: Final[Mapping[Kind, tuple[int, int]]] = {
    "voice": (MINUTE_MS, 60 * MINUTE_MS),
    "messaging": (MINUTE_MS, 2 * DAY_MS),
    "record": (3 * MINUTE_MS, 2 * DAY_MS),
}
"""Kind to the shortest and the longest wait of an in-queue rule (UR-44)."""
CONDITIONS_OF: Final[Mapping[Kind, tuple[str, ...]]] = {
    "voice": ("out_of_hours", "waiting_items", "average_wait"),
    "messaging": ("out_of_hours", "waiting_items"),
    "record": ("out_of_hours",),
}
"""Kind to the pre-queue conditions it knows (UR-42)."""
PRE_ACTIONS_OF: Final[Mapping[Kind, tuple[str, ...]]] = {
    "voice": ("assign_anyway", "callback", "end", "queue", "external_number", "voicemail"),
    "messaging": ("end", "queue", "assign_anyway"),
    "record": ("assign_anyway", "queue"),
}
"""Kind to the pre-queue actions it knows (UR-43)."""
IN_ACTIONS_OF: Final[Mapping[Kind, tuple[str, ...]]] = {
    "voice": ("callback", "queue", "external_number", "voicemail"),
    "messaging": ("end", "queue"),
    "record": ("queue",),
}
"""Kind to the in-queue actions it knows (UR-44)."""


def load_queue(known: Known, one: FileQueue, field: str) -> Queue:
    """Return the queue. Raises InvalidReferenceError."""
    check_once(one.members, f"{field}.members")
    for index, member in enumerate(one.members):
        check_known(member, known.representatives, f"{field}.members[{index}]", "representative")
    if one.members and all(known.representatives[member].is_bot for member in one.members):
        refuse(
            f"{field}.members",
            "only bots are members; what a bot escalates would wait for ever, so add a "
            "representative",
        )
    if one.hours is not None:
        check_known(one.hours, known.hours, f"{field}.hours", "operating hours record")
    for name, value in (
        ("service_level_ms", one.service_level_ms),
        ("short_abandon_ms", one.short_abandon_ms),
    ):
        if value % SECOND_MS:
            refuse(f"{field}.{name}", f"{value} is no whole number of seconds")
    for index, bucket in enumerate(one.buckets):
        check_condition(bucket.when, f"{field}.buckets[{index}].when")
        for number, order in enumerate(bucket.order_by):
            wrong = conditions.fault_of_name(order.field)
            if wrong is not None:
                refuse(f"{field}.buckets[{index}].order_by[{number}].field", wrong)
    before = _pre_overflow(known, one.overflow.before, one, f"{field}.overflow.before")
    return Queue(
        id=one.id,
        name=one.name or one.id,
        kind=one.kind,
        priority=one.priority,
        members=one.members,
        method=_method(known, one, field),
        order_by=one.order_by,
        hours_id=one.hours,
        pre_overflow=with_hours_first(before, has_hours=one.hours is not None),
        in_overflow=_in_overflow(known, one.overflow.waiting, one, f"{field}.overflow.waiting"),
        service_level_ms=one.service_level_ms,
        short_abandon_ms=one.short_abandon_ms,
        buckets=one.buckets,
        bullseye=_bullseye(one.bullseye, f"{field}.bullseye"),
        assignment=one.assignment,
        sentiment_alert=one.sentiment_alert,
    )


def with_hours_first(rules: Sequence[PreOverflow], *, has_hours: bool) -> tuple[PreOverflow, ...]:
    """Return the rules in the order they count: hours first, then as listed (UR-42).

    A queue with hours that says nothing about them takes items anyway (UR-43).
    """
    first = tuple(rule for rule in rules if rule.when == "out_of_hours")
    if has_hours and not first:
        first = (PreOverflow("out_of_hours", Action("assign_anyway")),)
    return first + tuple(rule for rule in rules if rule.when != "out_of_hours")


def check_pre_overflow(rules: Sequence[PreOverflow], kind: Kind, field: str) -> None:
    """Return if the rules are what `kind` knows. Raises InvalidReferenceError."""
    check_once([rule.when for rule in rules], field)
    for index, rule in enumerate(rules):
        at = f"{field}[{index}]"
        if rule.when not in CONDITIONS_OF[kind]:
            known = ", ".join(CONDITIONS_OF[kind])
            refuse(f"{at}.when", f"{kind} items know {known}, not {rule.when}")
        allowed = PRE_ACTIONS_OF[kind]
        if rule.action.do not in allowed:
            refuse(
                f"{at}.action.do",
                f"before {kind} items are queued there is {', '.join(allowed)}, "
                f"not {rule.action.do}",
            )
        if kind == "voice" and rule.action.do == "assign_anyway" and rule.when != "out_of_hours":
            refuse(f"{at}.action.do", "calls are assigned anyway out of hours only")
        if (rule.when == "waiting_items") != (rule.limit is not None):
            refuse(f"{at}.limit", "a limit belongs to waiting_items, and only there")
        if (rule.when == "average_wait") != (rule.exceeds_ms is not None):
            refuse(f"{at}.exceeds_ms", "exceeds_ms belongs to average_wait, and only there")
        if rule.limit is not None:
            check_within(rule.limit, 1, WAITING_ITEMS_MAX, f"{at}.limit")
        if rule.exceeds_ms is not None:
            check_within(rule.exceeds_ms, *AVERAGE_WAIT_MS, f"{at}.exceeds_ms")


def _method(known: Known, one: FileQueue, field: str) -> Method:
    if one.method is None:
        is_voice = one.kind == "voice" and one.id not in known.fallbacks
        method: Method = "least_active" if is_voice else "highest_capacity"
    else:
        method = one.method
    if method == "least_active" and one.kind != "voice":
        refuse(f"{field}.method", "least_active is for voice queues only")
    if (method == "custom") != bool(one.assignment):
        refuse(f"{field}.assignment", "the method custom needs rules, and rules need custom")
    for index, rule in enumerate(one.assignment):
        at = f"{field}.assignment[{index}]"
        check_condition(rule.when, f"{at}.when")
        for number, order in enumerate(rule.order_by):
            here = f"{at}.order_by[{number}]"
            if order.by == "least_active" and one.kind != "voice":
                refuse(f"{here}.by", "least_active is for voice queues only")
            if (order.by == "attribute") != (order.attribute is not None):
                refuse(f"{here}.attribute", "an attribute is named if by is attribute, only")
    return method


def _pre_overflow(
    known: Known, rules: Sequence[PreOverflow], queue: FileQueue, field: str
) -> tuple[PreOverflow, ...]:
    check_pre_overflow(rules, queue.kind, field)
    for index, rule in enumerate(rules):
        if rule.when == "out_of_hours" and queue.hours is None:
            refuse(f"{field}[{index}].when", "the queue has no hours, so it is always open")
        known.check_action(rule.action, queue.kind, queue.id, f"{field}[{index}].action")
    return tuple(rules)


def _in_overflow(
    known: Known, rules: Sequence[InOverflow], queue: FileQueue, field: str
) -> tuple[InOverflow, ...]:
    low, high = IN_QUEUE_MS[queue.kind]
    for index, rule in enumerate(rules):
        at = f"{field}[{index}]"
        check_within(rule.exceeds_ms, low, high, f"{at}.exceeds_ms")
        allowed = IN_ACTIONS_OF[queue.kind]
        if rule.action.do not in allowed:
            refuse(
                f"{at}.action.do",
                f"while {queue.kind} items wait there is {', '.join(allowed)}, "
                f"not {rule.action.do}",
            )
        known.check_action(rule.action, queue.kind, queue.id, f"{at}.action")
    return tuple(sorted(rules, key=lambda rule: rule.exceeds_ms))


def _bullseye(circles: Bullseye | None, field: str) -> Bullseye | None:
    if circles is None:
        return None
    if not circles.levels:
        refuse(f"{field}.levels", "there is at least one level")
    before_ms: int | None = None
    for index, level in enumerate(circles.levels):
        at = f"{field}.levels[{index}]"
        if not level.teams:
            refuse(f"{at}.teams", "a level names at least one team")
        if before_ms is None:
            if level.after_ms != 0 and level.after_ms < BULLSEYE_FIRST_MS:
                refuse(f"{at}.after_ms", f"the first level is 0 or at least {BULLSEYE_FIRST_MS}")
        elif level.after_ms != before_ms and level.after_ms - before_ms < BULLSEYE_STEP_MS:
            refuse(
                f"{at}.after_ms",
                f"a level comes with the one before it or at least {BULLSEYE_STEP_MS} later",
            )
        before_ms = level.after_ms
    return circles

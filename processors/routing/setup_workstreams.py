"""Workstreams, their classification and routes: from the artefact's shape to the loaded one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from processors.routing import conditions
from processors.routing.setup import (
    DEFAULT_QUEUES,
    BasePresence,
    ClassificationItem,
    CloseAfter,
    Kind,
    Output,
    Route,
    Ruleset,
    Share,
    Workstream,
)
from processors.routing.setup_checks import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    Known,
    check_condition,
    check_known,
    check_once,
    check_within,
    refuse,
)
from processors.routing.setup_file import (
    FileCloseAfter,
    FileItem,
    FileRoute,
    FileRuleset,
    FileWorkstream,
)
from processors.routing.setup_queues import check_pre_overflow, with_hours_first

RULESETS_MAX: Final = 10
ITEMS_MAX: Final = 100
OUTPUTS_MAX: Final = 5
ROUTES_MAX: Final = 200
SHARES_MAX: Final = 5
WRAP_UP_MS: Final = (30 * SECOND_MS, 60 * MINUTE_MS)
ALLOWED_PRESENCES: Final[Mapping[Kind, tuple[BasePresence, ...]]] = {
    "messaging": ("available", "busy"),
    "voice": ("available",),
    "record": ("available", "busy"),
}
"""Kind to the presences in which items are offered when the workstream does not say."""
CHAT_CLOSES: Final = CloseAfter(open_ms=20 * MINUTE_MS, wrap_up_ms=15 * MINUTE_MS)
VOICE_CLOSES: Final = CloseAfter(open_ms=30 * DAY_MS, active_ms=2 * HOUR_MS, wrap_up_ms=DAY_MS)
LATER_CLOSES: Final = CloseAfter(open_ms=30 * DAY_MS, active_ms=30 * DAY_MS, wrap_up_ms=DAY_MS)
PERSISTENT_CLOSES: Final = CloseAfter(open_ms=30 * DAY_MS, wrap_up_ms=DAY_MS)


def load_workstream(
    known: Known, one: FileWorkstream, field: str, *, declines_max: int
) -> Workstream:
    """Return the workstream. Raises InvalidReferenceError."""
    if one.kind == "voice" and one.mode == "pick":
        refuse(f"{field}.mode", "voice is pushed; only messages and records can be picked")
    is_synchronous = _is_synchronous(one, field)
    fallback = one.fallback_queue or DEFAULT_QUEUES[one.kind]
    known.check_queue(fallback, one.kind, f"{field}.fallback_queue")
    for index, profile in enumerate(one.profiles):
        check_known(profile, known.profiles, f"{field}.profiles[{index}]", "capacity profile")
    check_once(one.profiles, f"{field}.profiles")
    if one.bot_id is not None and one.mode == "pick":
        refuse(f"{field}.bot_id", "a bot gets conversations of push workstreams only")
    if isinstance(one.wrap_up, int):
        check_within(one.wrap_up, *WRAP_UP_MS, f"{field}.wrap_up")
    if one.auto_close_ms is not None and is_synchronous:
        refuse(
            f"{field}.auto_close_ms",
            "only conversations of asynchronous channels wait for the customer",
        )
    return Workstream(
        id=one.id,
        name=one.name or one.id,
        kind=one.kind,
        mode=one.mode,
        fallback_queue=fallback,
        channels=tuple(channel.casefold() for channel in one.channels),
        is_synchronous=is_synchronous,
        is_persistent=one.is_persistent,
        units=_units(one, field),
        profiles=one.profiles,
        allowed_presences=_allowed(one, field),
        skill_match=one.skill_match,
        is_closest_by_round_robin=one.is_closest_by_round_robin,
        keep_same_representative=_keeps_same(one, field, is_synchronous=is_synchronous),
        wrap_up=one.wrap_up,
        auto_close_ms=one.auto_close_ms,
        close_after=_close_after(one, is_synchronous=is_synchronous),
        reconnect_ms=one.reconnect_ms,
        offer_seconds=one.offer_seconds,
        offer=one.offer,
        auto_accept=one.auto_accept,
        can_decline=_can_decline(one, field),
        declines_max=declines_max,
        rulesets=_rulesets(known, one, field),
        routes=_routes(known, one, field),
        bot_id=one.bot_id,
    )


def _rulesets(known: Known, one: FileWorkstream, field: str) -> tuple[Ruleset, ...]:
    if len(one.rulesets) > RULESETS_MAX:
        refuse(
            f"{field}.rulesets",
            f"{len(one.rulesets)} rulesets; a workstream has at most {RULESETS_MAX}",
        )
    return tuple(
        _ruleset(known, ruleset, one, f"{field}.rulesets[{index}]")
        for index, ruleset in enumerate(one.rulesets)
    )


def _ruleset(known: Known, ruleset: FileRuleset, of: FileWorkstream, field: str) -> Ruleset:
    if len(ruleset.items) > ITEMS_MAX:
        refuse(f"{field}.items", f"{len(ruleset.items)} items; a ruleset has at most {ITEMS_MAX}")
    if ruleset.kind == "skill_finder":
        if ruleset.items or ruleset.field is None:
            refuse(field, "a skill_finder names the field a model writes, and has no items")
        wrong = conditions.fault_of_name(ruleset.field)
        if wrong is not None:
            refuse(f"{field}.field", wrong)
    elif ruleset.field is not None:
        refuse(f"{field}.field", "only a skill_finder reads a field")
    if ruleset.kind == "capacity_profiles" and of.units is not None:
        refuse(
            f"{field}.kind",
            "the workstream consumes units; units and capacity profiles do not mix",
        )
    items = tuple(
        _item(known, item, ruleset.kind, f"{field}.items[{index}]")
        for index, item in enumerate(ruleset.items)
    )
    return Ruleset(ruleset.name, ruleset.kind, items, ruleset.field or "")


def _item(known: Known, item: FileItem, kind: str, field: str) -> ClassificationItem:
    check_condition(item.when, f"{field}.when")
    given: dict[str, Sequence[str]] = {
        "attributes": tuple(item.attributes),
        "skills": tuple(item.skills),
        "capacity_profiles": item.capacity_profiles,
    }
    for name, values in given.items():
        if values and name != kind:
            refuse(f"{field}.{name}", f"the ruleset writes {kind}, not {name}")
    if not 1 <= len(given[kind]) <= OUTPUTS_MAX:
        refuse(
            f"{field}.{kind}",
            f"{len(given[kind])} outputs; an item has 1 to {OUTPUTS_MAX}",
        )
    outputs: list[Output] = []
    for name, value in item.attributes.items():
        if "." in name or conditions.fault_of_name(name) is not None:
            refuse(f"{field}.attributes", f"{name!r} is no attribute's name: no dots or spaces")
        outputs.append(Output(name, value))
    for skill, level in item.skills.items():
        outputs.append(Output(skill, known.level(skill, level, f"{field}.skills.{skill}")))
    for index, profile in enumerate(item.capacity_profiles):
        at = f"{field}.capacity_profiles[{index}]"
        check_known(profile, known.profiles, at, "capacity profile")
        outputs.append(Output(profile))
    return ClassificationItem(item.name, item.when, tuple(outputs))


def _routes(known: Known, one: FileWorkstream, field: str) -> tuple[Route, ...]:
    if len(one.routes) > ROUTES_MAX:
        refuse(
            f"{field}.routes",
            f"{len(one.routes)} rules; a workstream has at most {ROUTES_MAX}",
        )
    return tuple(
        _route(known, route, one.kind, f"{field}.routes[{index}]")
        for index, route in enumerate(one.routes)
    )


def _route(known: Known, route: FileRoute, kind: Kind, field: str) -> Route:
    check_condition(route.when, f"{field}.when")
    if (route.queue is None) == (route.shares is None):
        refuse(field, "a rule names either a queue or shares")
    if route.queue is not None:
        known.check_queue(route.queue, kind, f"{field}.queue")
        shares: tuple[Share, ...] = (Share(route.queue, 100),)
    else:
        shares = _shares(known, route.shares or (), kind, f"{field}.shares")
    overflow = route.overflow
    if overflow is not None:
        check_pre_overflow(overflow, kind, f"{field}.overflow")
        for index, rule in enumerate(overflow):
            known.check_action(rule.action, kind, None, f"{field}.overflow[{index}].action")
        overflow = with_hours_first(overflow, has_hours=False)
    return Route(route.name, route.when, shares, overflow)


def _shares(known: Known, shares: Sequence[Share], kind: Kind, field: str) -> tuple[Share, ...]:
    if not 1 <= len(shares) <= SHARES_MAX:
        refuse(field, f"{len(shares)} queues; a rule shares among 1 to {SHARES_MAX}")
    for index, share in enumerate(shares):
        known.check_queue(share.queue, kind, f"{field}[{index}].queue")
        check_within(share.percent, 0, 100, f"{field}[{index}].percent")
    check_once([share.queue for share in shares], field)
    total = sum(share.percent for share in shares)
    if total != 100:
        refuse(field, f"the percentages sum to {total}; they must sum to exactly 100")
    return tuple(shares)


def _is_synchronous(one: FileWorkstream, field: str) -> bool:
    if one.kind == "voice" and one.is_synchronous is False:
        refuse(f"{field}.is_synchronous", "a call is always synchronous")
    if one.kind == "record" and one.is_synchronous:
        refuse(f"{field}.is_synchronous", "a record is never synchronous")
    if one.is_persistent and (one.kind != "messaging" or one.is_synchronous):
        refuse(f"{field}.is_persistent", "a persistent chat is messaging that is not synchronous")
    if one.is_synchronous is not None:
        return one.is_synchronous
    return one.kind != "record" and not one.is_persistent


def _units(one: FileWorkstream, field: str) -> int:
    """Return the units an item consumes: 0 where capacity is counted in profiles."""
    if one.units is not None and one.profiles:
        refuse(f"{field}.units", "capacity is counted in units or in profiles, not in both")
    if one.units is not None:
        return one.units
    by_profile = bool(one.profiles) or any(
        ruleset.kind == "capacity_profiles" for ruleset in one.rulesets
    )
    return 0 if by_profile else 1


def _allowed(one: FileWorkstream, field: str) -> tuple[BasePresence, ...]:
    if one.allowed_presences is None:
        return ALLOWED_PRESENCES[one.kind]
    check_once(one.allowed_presences, f"{field}.allowed_presences")
    if not one.allowed_presences:
        refuse(f"{field}.allowed_presences", "nobody could ever be offered anything")
    return one.allowed_presences


def _keeps_same(one: FileWorkstream, field: str, *, is_synchronous: bool) -> bool:
    if one.keep_same_representative and one.mode == "pick":
        refuse(f"{field}.keep_same_representative", "picked work has no affinity; push has")
    if one.keep_same_representative is not None:
        return one.keep_same_representative
    return one.kind == "messaging" and one.mode == "push" and not is_synchronous


def _can_decline(one: FileWorkstream, field: str) -> bool:
    never = one.kind == "record" or one.offer == "auto"
    if one.can_decline and never:
        refuse(f"{field}.can_decline", "records and automatic assignments cannot be declined")
    return not never if one.can_decline is None else one.can_decline


def _close_after(one: FileWorkstream, *, is_synchronous: bool) -> CloseAfter:
    if one.kind == "record":
        closes = CloseAfter()
    elif one.kind == "voice":
        closes = VOICE_CLOSES
    elif one.is_persistent:
        closes = PERSISTENT_CLOSES
    else:
        closes = CHAT_CLOSES if is_synchronous else LATER_CLOSES
    given = one.close_after
    return msgspec.structs.replace(
        closes,
        waiting_ms=one.auto_close_ms,
        **{
            name: value
            for name in FileCloseAfter.__struct_fields__
            if (value := getattr(given, name)) is not msgspec.UNSET
        },
    )

"""What an item needs, and which queue it goes to, with a trace of every rule that was looked at.

`classify` runs a workstream's rulesets one after the other; in each, the first item whose condition
holds writes, and later rulesets see what it wrote. `route` then runs the route-to-queue rules: all
of them are looked at, which gives the matching queues in order, and the first that does not
overflow gets the item.

What is built of the kinds of classification (UR-04): attributes, skills and capacity profiles by
rules, and skills that a model outside found and wrote into a context variable (`skill_finder`).
Sentiment and effort are not predicted here: a model outside writes them as context variables, and
rules read them like any other fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final, Literal

import msgspec

from processors.routing.conditions import Fact, Facts, RuleFaultError, judge, shown, words
from processors.routing.hours import is_open, next_open_ms
from processors.routing.overflow import Load, Overflowing, overflowing
from processors.routing.setup import (
    Action,
    Kind,
    OverflowCondition,
    Route,
    Ruleset,
    Setup,
    Share,
    Workstream,
)

ATTRIBUTE: Final = "attribute."
SKILL: Final = "skill."
PROFILE: Final = "profile."
HUNDRED: Final = 100


class Traced(msgspec.Struct, frozen=True):
    """One rule that was looked at.

    Attributes:
        stage: Where it stands.
        ruleset: The ruleset's name; the workstream's for route-to-queue rules.
        rule: The rule's name.
        is_matched: Whether it holds.
        because: What it wrote or named; or the part of its condition that failed.
    """

    stage: Literal["classification", "route", "overflow"]
    ruleset: str
    rule: str
    is_matched: bool
    because: str


class Classified(msgspec.Struct, frozen=True):
    """What classification found.

    Attributes:
        attributes: Attributes written; facts named `attribute.NAME` from then on.
        skills: Wanted skills and their levels.
        profiles: Capacity profiles the item consumes, in order, the workstream's first.
        units: Units it consumes.
        trace: Every rule that was looked at.
        fault: Why classification could not go on; the item then goes to the fallback queue.
    """

    attributes: Mapping[str, Fact]
    skills: Mapping[str, int]
    profiles: tuple[str, ...]
    units: int
    trace: tuple[Traced, ...]
    fault: str | None = None


class Candidate(msgspec.Struct, frozen=True):
    """A queue that a rule named.

    Attributes:
        queue_id: The queue.
        rule: The rule.
        share: Share of the draws for which the rule names this queue, 0 to 1.
        is_open: Whether it is within its hours.
        overflow: What happens to items that come now; None: it has room.
        because: Why it overflows; empty when it has room.
        condition: Which condition holds; None when it has room.
    """

    queue_id: str
    rule: str
    share: float
    is_open: bool
    overflow: Action | None
    because: str
    condition: OverflowCondition | None = None


class Routed(msgspec.Struct, frozen=True):
    """Where the item goes.

    Attributes:
        queue_id: The queue it enters; for an overflow that ends it or hands it out, the queue whose
            rule says so.
        outcome: By a `rule`; all candidates were `overflowing`; or the `fallback` queue.
        why: A sentence for people.
        trace: Every rule that was looked at.
        probability: Share of all draws of the hash that end in this queue.
        overflow: What happens to the item; None: it simply enters.
        overflowed_queue: The queue that overflowed; None when `overflow` is.
        condition: The condition it overflowed by; None when `overflow` is.
        candidates: The matching queues, in order.
    """

    queue_id: str
    outcome: Literal["rule", "overflowing", "fallback"]
    why: str
    trace: tuple[Traced, ...]
    probability: float = 1.0
    overflow: Action | None = None
    overflowed_queue: str | None = None
    candidates: tuple[Candidate, ...] = ()
    condition: OverflowCondition | None = None


def classify(setup: Setup, workstream: Workstream, facts: Facts) -> Classified:
    """Return what the item needs. A rule at fault ends it, with the reason in `fault`."""
    seen = dict(facts)
    trace = _Trace("classification")
    attributes: dict[str, Fact] = {}
    skills: dict[str, int] = {}
    profiles = dict.fromkeys(workstream.profiles)
    fault: str | None = None
    for ruleset in workstream.rulesets:
        try:
            written = _written(setup, ruleset, seen, trace)
        except RuleFaultError as error:
            fault = f"in the ruleset {ruleset.name!r}: {error}"
            trace.failed(ruleset.name, "", str(error))
            break
        for name, value in written.items():
            if ruleset.kind == "attributes":
                attributes[name] = value
                seen[ATTRIBUTE + name] = value
            elif ruleset.kind == "capacity_profiles":
                profiles.setdefault(name)
                seen[PROFILE + name] = True
            elif name not in skills:
                skills[name] = int(value)
                seen[SKILL + name] = value
    return Classified(attributes, skills, tuple(profiles), workstream.units, trace.entries(), fault)


def facts_after(facts: Facts, classified: Classified) -> dict[str, Fact]:
    """Return the facts with what classification wrote, as route-to-queue rules see them."""
    seen = dict(facts)
    seen |= {ATTRIBUTE + name: value for name, value in classified.attributes.items()}
    seen |= {SKILL + name: level for name, level in classified.skills.items()}
    seen |= {PROFILE + name: True for name in classified.profiles}
    return seen


def with_new_skills(held: Mapping[str, int], found: Mapping[str, int]) -> dict[str, int]:
    """Return the skills of an item that is classified again: new ones are appended (HO-36).

    A skill it has already keeps its level and its place.
    """
    return {**held, **{skill: level for skill, level in found.items() if skill not in held}}


def draw_of(item_id: str) -> int:
    """Return the item's draw, 0 to 99: the same for ever, spread evenly over many ids (UR-08)."""
    return int.from_bytes(sha256(item_id.encode()).digest()[:8]) % HUNDRED


def route(
    setup: Setup,
    workstream: Workstream,
    facts: Facts,
    load: Load,
    at_ms: int,
    *,
    fault: str | None = None,
    checks_overflow: bool = True,
) -> Routed:
    """Return the queue an item of `workstream` goes to.

    Args:
        setup: The tenant's setup.
        workstream: The item's workstream.
        facts: What `facts_after` gives, and `item_id`, which percentages are drawn by.
        load: How busy queues are.
        at_ms: When.
        fault: `Classified.fault`: the item then goes to the fallback queue.
        checks_overflow: False when the item's overflow was looked at before (UR-41): after its
            first escalation.
    """
    if fault is not None:
        return fallback(setup, workstream, f"classification was at fault: {fault}")
    trace = _Trace("route")
    try:
        matched = _matched(setup, workstream, facts, trace)
    except RuleFaultError as error:
        trace.failed(workstream.name, "", str(error))
        return fallback(setup, workstream, f"a rule was at fault: {error}", trace.entries())
    if not matched:
        because = "no rule matches" if workstream.routes else "there are no rules"
        return fallback(setup, workstream, because, trace.entries())
    named = _Named(setup, matched, load, at_ms, checks_overflow=checks_overflow)
    routed = _settle(named, named.candidates(draw_of(str(facts["item_id"]))))
    if any(len(one.shares) > 1 for one in matched):
        alike = sum(
            _settle(named, named.candidates(draw)).queue_id == routed.queue_id
            for draw in range(HUNDRED)
        )
        routed = msgspec.structs.replace(routed, probability=alike / HUNDRED)
    overflows = tuple(
        Traced(
            stage="overflow",
            ruleset=workstream.name,
            rule=one.rule,
            is_matched=True,
            because=one.because,
        )
        for one in routed.candidates
        if one.because
    )
    return msgspec.structs.replace(routed, trace=trace.entries() + overflows)


def fallback(
    setup: Setup, workstream: Workstream, because: str, trace: tuple[Traced, ...] = ()
) -> Routed:
    """Return the way to the workstream's fallback queue, whose overflow does not count (UR-07)."""
    queue = setup.queues[workstream.fallback_queue]
    return Routed(queue.id, "fallback", f"{because}; {queue.name} is the fallback queue", trace)


def unrouted(setup: Setup, kind: Kind) -> Routed:
    """Return the way of an item that belongs to no workstream: the default queue of its kind."""
    queue = setup.default_queue(kind)
    return Routed(
        queue.id, "fallback", f"no workstream takes {kind} items of this channel; {queue.name}", ()
    )


class _Trace:
    """What was looked at so far."""

    def __init__(self, stage: Literal["classification", "route"]) -> None:
        self._stage = stage
        self._entries: list[Traced] = []

    def matched(self, ruleset: str, rule: str, because: str) -> None:
        """Note a rule that holds, and what it does."""
        self._entries.append(Traced(self._stage, ruleset, rule, is_matched=True, because=because))

    def failed(self, ruleset: str, rule: str, because: str) -> None:
        """Note a rule that does not hold, and what of it failed."""
        self._entries.append(Traced(self._stage, ruleset, rule, is_matched=False, because=because))

    def entries(self) -> tuple[Traced, ...]:
        """Return all of it."""
        return tuple(self._entries)


def _written(setup: Setup, ruleset: Ruleset, facts: Facts, trace: _Trace) -> Mapping[str, Fact]:
    """Return what the ruleset writes."""
    if ruleset.kind == "skill_finder":
        return _found_skills(setup, ruleset, facts, trace)
    for item in ruleset.items:
        failed = judge(item.when, facts)
        if failed is not None:
            trace.failed(ruleset.name, item.name, failed)
            continue
        outputs = {one.name: one.value if one.value is not None else True for one in item.outputs}
        says = ", ".join(f"{name} = {shown(value)}" for name, value in outputs.items())
        trace.matched(ruleset.name, item.name, f"writes {says}")
        return outputs
    return {}


def _found_skills(
    setup: Setup, ruleset: Ruleset, facts: Facts, trace: _Trace
) -> Mapping[str, Fact]:
    """Return the skills a model outside wrote into the fact the ruleset names.

    What it wrote is not trusted: an unknown skill or level is left out, and the trace says so.
    """
    text = facts.get(ruleset.field)
    found: dict[str, Fact] = {}
    if not isinstance(text, str) or not text.strip():
        because = f"{ruleset.field} names no skill"
        trace.failed(ruleset.name, "", because)
        return found
    for part in text.split(","):
        name, _, level = part.strip().partition(":")
        skill = setup.skills.get(name)
        if skill is None:
            because = f"{ruleset.field} names {name!r}, which is no skill"
        elif level and not (level.isascii() and level.isdigit()):
            because = f"{ruleset.field} rates {name} as {level!r}, which is no number"
        elif level and not skill.lowest <= int(level[:9]) <= skill.highest:
            because = f"{ruleset.field} rates {name} {level}, outside its rating model"
        else:
            found[name] = int(level) if level else skill.lowest
            trace.matched(ruleset.name, name, f"writes {name} = {found[name]}")
            continue
        trace.failed(ruleset.name, name, because)
    return found


def _matched(setup: Setup, workstream: Workstream, facts: Facts, trace: _Trace) -> list[Route]:
    """Return the rules that hold, in order; all are looked at."""
    found: list[Route] = []
    for one in workstream.routes:
        failed = judge(one.when, facts)
        if failed is not None:
            trace.failed(workstream.name, one.name, failed)
            continue
        found.append(one)
        named = ", ".join(
            setup.queues[share.queue].name
            + (f" ({share.percent} %)" if len(one.shares) > 1 else "")
            for share in one.shares
        )
        because = f"{words(one.when)}: {named}"
        trace.matched(workstream.name, one.name, because)
    return found


class _Named:
    """The queues that matching rules name, with what is known of them at one instant."""

    def __init__(
        self,
        setup: Setup,
        rules: Sequence[Route],
        load: Load,
        at_ms: int,
        *,
        checks_overflow: bool,
    ) -> None:
        self.setup, self.rules, self.load, self.at_ms = setup, rules, load, at_ms
        self.checks_overflow = checks_overflow
        self._known: dict[tuple[int, str], Candidate] = {}

    def candidates(self, draw: int) -> tuple[Candidate, ...]:
        """Return the queue each rule names for a draw, in the rules' order."""
        found: list[Candidate] = []
        for index, rule in enumerate(self.rules):
            share = _picked(rule.shares, draw)
            known = self._known.get((index, share.queue))
            if known is None:
                known = self._look(rule, share)
                self._known[(index, share.queue)] = known
            found.append(known)
        return tuple(found)

    def opening(self, queue_id: str) -> tuple[bool, int]:
        """Return what the queues that open first are the smallest by."""
        opens_ms = next_open_ms(self.setup.hours_of(queue_id), self.at_ms)
        return opens_ms is None, opens_ms or 0

    def _look(self, rule: Route, share: Share) -> Candidate:
        queue = self.setup.queues[share.queue]
        found: Overflowing | None = None
        if self.checks_overflow:
            rules = queue.pre_overflow if rule.overflow is None else rule.overflow
            found = overflowing(self.setup, queue, rules, self.load, self.at_ms)
        return Candidate(
            queue.id,
            rule.name,
            share.percent / HUNDRED,
            is_open(self.setup.hours_of(queue.id), self.at_ms),
            found.rule.action if found else None,
            found.because if found else "",
            found.rule.when if found else None,
        )


def _picked(shares: tuple[Share, ...], draw: int) -> Share:
    """Return the share that a draw of 0 to 99 falls into."""
    upto = 0
    for share in shares:
        upto += share.percent
        if draw < upto:
            return share
    return shares[-1]


def _settle(named: _Named, candidates: tuple[Candidate, ...]) -> Routed:
    """Return the first queue with room; else one that overflows, and its action (UR-06)."""
    queues = named.setup.queues
    for one in candidates:
        if one.overflow is None:
            why = f"the rule {one.rule!r} names {queues[one.queue_id].name}, which has room"
            return Routed(one.queue_id, "rule", why, (), candidates=candidates)
    # One that is open opens now: it comes before all that are closed.
    chosen = min(candidates, key=lambda one: named.opening(one.queue_id))
    how = "is open" if chosen.is_open else "opens first"
    action = chosen.overflow
    assert action is not None
    why = (
        f"all matching queues overflow; {queues[chosen.queue_id].name} {how}: "
        f"{chosen.because}, so {says_action(named.setup, action)}"
    )
    return Routed(
        action.queue if action.queue is not None else chosen.queue_id,
        "overflowing",
        why,
        (),
        overflow=action,
        overflowed_queue=chosen.queue_id,
        candidates=candidates,
        condition=chosen.condition,
    )


def says_action(setup: Setup, action: Action) -> str:
    """Return what an action does, in words."""
    match action.do:
        case "assign_anyway":
            return "it is queued anyway"
        case "queue":
            return f"it moves to {setup.queues[action.queue or ''].name}"
        case "end":
            return "it ends"
        case "external_number":
            return f"the call goes to {action.number}"
        case "callback":
            return "a callback is offered"
        case "voicemail":
            return "a voicemail is offered"

"""Everything a choice depends on, as one value that is kept, sent and asked again.

A `Question` is asked when an item may be given to somebody. It holds the item, the policy of its
queue and workstream, and every candidate as the facts that count. `choose.decide` answers it; the
same question has the same answer, byte for byte, in any year.

What changes seldom is meant to be kept and shared: a `Policy` by queue and workstream, a
`Candidate` by representative. Only the tuple of candidates and the `Item` are made for a question.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from processors.routing.bullseye import Levels
from processors.routing.capacity import Count, Kind, Load, Needs
from processors.routing.conditions import Fact
from processors.routing.presence import Base
from processors.routing.setup import AssignmentRule, Queue, Setup, Workstream
from processors.snapshots import Snapshots

Method = Literal["highest_capacity", "round_robin", "least_active", "longest_idle", "custom"]
SkillMatch = Literal["exact", "closest", "none"]
CapacityBy = Literal["needs", "profiles", "round_robin"]
_RATED: Final = msgspec.Meta(ge=0, le=1_000_000)
Rating = Annotated[int, _RATED] | Annotated[float, _RATED]


class Item(msgspec.Struct, frozen=True, array_like=True):
    """What is given to somebody, as far as the choice depends on it.

    Attributes:
        item_id: Which one.
        kind: What sort of work.
        units: Units it takes.
        profiles: Capacity profiles it takes, all of them.
        skills: Skill to the level it needs; 0: at any level.
        allowed_presences: Base presences in which a representative is offered it.
        waited_ms: Cumulative wait in this queue, for bullseye levels.
        declines: Representative to how often they declined it (or let an offer of it run out);
            only counts above 0.
        affinity: Who had this conversation before and gets it again, whatever they carry.
        preferred: The customer's preferred representatives, the dearest first; at most three count.
        escalated_by: Bots that gave it to people; none of them gets it again.
        is_consult: A consultation is asked for, not an assignment: bots are not consulted.
        facts: What rules of custom assignment ask of it, by dotted name.
    """

    item_id: str
    kind: Kind = "messaging"
    units: Count = 0
    profiles: tuple[str, ...] = ()
    skills: dict[str, Rating] = {}
    allowed_presences: tuple[Base, ...] = ("available",)
    waited_ms: Count = 0
    declines: dict[str, Count] = {}
    affinity: str | None = None
    preferred: tuple[str, ...] = ()
    escalated_by: tuple[str, ...] = ()
    is_consult: bool = False
    facts: dict[str, Fact] = {}

    @property
    def needs(self) -> Needs:
        """Return what it takes of a load."""
        return Needs(self.units, self.profiles, self.kind)


class Candidate(msgspec.Struct, frozen=True, array_like=True):
    """A representative or bot, as far as a choice depends on them; of no queue in particular.

    Attributes:
        representative_id: Which one.
        load: What they carry and may carry.
        presence: Their base presence.
        skills: Skill to level, active ones only.
        last_assigned_at_ms: When something was last assigned to them; 0: never.
        released_at_ms: When capacity of theirs was last released; 0: never. Whoever signs in
            counts from then.
        available_since_ms: Since when they could have been given something.
        is_bot: A bot: presence and load are not asked of it.
        is_member: A member of the queue asked for. Others are listed only because of affinity.
        blocked: Why nothing may be given to them now, whatever it is, in words; empty: nothing.
        is_working: Within their working hours; asked by rules of custom assignment only.
        facts: What rules of custom assignment ask of them, by name.
    """

    representative_id: str
    load: Load = Load()
    presence: Base = "available"
    skills: dict[str, Rating] = {}
    last_assigned_at_ms: Count = 0
    released_at_ms: Count = 0
    available_since_ms: Count = 0
    is_bot: bool = False
    is_member: bool = True
    blocked: str = ""
    is_working: bool = True
    facts: dict[str, Fact] = {}


class Policy(msgspec.Struct, frozen=True, array_like=True):
    """How a queue and a workstream choose.

    Attributes:
        method: How representatives are put in order.
        skill_match: Whether needed skills filter, order, or do nothing.
        capacity_by: What `highest_capacity` compares: what the item takes (units, or the scarcest
            of its profiles), profiles in any case, or no capacity but whose turn it is.
        is_closest_by_round_robin: Equal closeness goes round; False: it stays with whoever joined
            the queue first.
        declines_max: After so many declines nobody is offered the item again.
        decliners_max: After so many who declined it, nobody is.
        waits_for_preferred: When no preferred representative is free, the item stays in the queue.
        rules: Rules of the method `custom`, the first that fits anybody counts.
        levels: Bullseye levels, if the queue has them.
        scales: Skill to the highest level of its rating model; empty when all are alike.
    """

    method: Method = "highest_capacity"
    skill_match: SkillMatch = "none"
    capacity_by: CapacityBy = "needs"
    is_closest_by_round_robin: bool = False
    declines_max: Annotated[int, msgspec.Meta(ge=1)] = 3
    decliners_max: Annotated[int, msgspec.Meta(ge=1)] = 100
    waits_for_preferred: bool = False
    rules: tuple[AssignmentRule, ...] = ()
    levels: Levels | None = None
    scales: dict[str, Annotated[int, msgspec.Meta(ge=1)]] = {}


class Question(msgspec.Struct, frozen=True, array_like=True):
    """Who gets `item`?

    Attributes:
        item: What is given.
        policy: How it is chosen.
        candidates: Everybody who might get it, in the order in which they joined the queue. That
            order is whose turn it is first by round robin; else it does not matter.
        now_ms: When the question is asked; only for words, nothing is decided by it.
        queue_id: The queue it waits in.
        turns: For `round_robin`, representative to when this queue last gave them something;
            whoever is left out never got anything.
        versions: What the facts were made with: name to version or digest.
    """

    item: Item
    policy: Policy
    candidates: tuple[Candidate, ...]
    now_ms: int = 0
    queue_id: str = ""
    turns: dict[str, Count] = {}
    versions: dict[str, str] = {}


class Verdict(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of one candidate.

    Attributes:
        representative_id: Whose it is.
        rank: 1 for the chosen one and up; 0: refused.
        refusal: Code and numbers of why not; empty for a ranked one. `verdicts.words` says it.
        score: What the ranked were ordered by, the smaller the better; `Decision.components` names
            the columns.
    """

    representative_id: str
    rank: int
    refusal: tuple[str | int | float | None, ...] = ()
    score: tuple[str | int | float | None, ...] = ()


class Decision(msgspec.Struct, frozen=True, array_like=True):
    """Who gets it, and what became of everybody else.

    Attributes:
        chosen: The representative; None: it stays in the queue.
        because: Code of the reason, see `verdicts`.
        verdicts: One a candidate, in the question's order.
        components: Names of the columns of `Verdict.score`; a leading `-` marks a number that is
            written negated, because more of it is better.
        rule: The rule of custom assignment that decided; empty: none.
        probability: With which the choice was made; 1, because nothing here is drawn.
    """

    chosen: str | None
    because: str
    verdicts: tuple[Verdict, ...]
    components: tuple[str, ...] = ()
    rule: str = ""
    probability: float = 1.0


QUESTIONS: Final[Snapshots[Question]] = Snapshots("routing question", 1, Question)
DECISIONS: Final[Snapshots[Decision]] = Snapshots("routing decision", 1, Decision)


def policy_of(setup: Setup, workstream: Workstream, queue: Queue) -> Policy:
    """Return how items of a workstream are given away in a queue; make it once and keep it."""
    by: dict[str, CapacityBy] = {"profile_capacity": "profiles", "round_robin": "round_robin"}
    return Policy(
        method=queue.method,
        skill_match=workstream.skill_match,
        capacity_by=by.get(queue.order_by, "needs"),
        is_closest_by_round_robin=workstream.is_closest_by_round_robin,
        declines_max=workstream.declines_max,
        decliners_max=setup.decliners_max,
        waits_for_preferred=setup.preferred.when_none_free == "wait",
        rules=queue.assignment,
        levels=_levels_of(setup, queue),
        scales=_scales_of(setup),
    )


def _scales_of(setup: Setup) -> dict[str, int]:
    scales = {skill_id: setup.skills[skill_id].highest for skill_id in sorted(setup.skills)}
    return {} if len(set(scales.values())) < 2 else scales


def _levels_of(setup: Setup, queue: Queue) -> Levels | None:
    if queue.bullseye is None:
        return None
    circles = queue.bullseye.levels
    level_of: dict[str, int] = {}
    for member in queue.members:
        teams = setup.representatives[member].teams
        for number, circle in enumerate(circles, start=1):
            if any(team in circle.teams for team in teams):
                level_of[member] = number
                break
    others_ms = circles[-1].after_ms if queue.bullseye.fallback == "any_member" else None
    return Levels(tuple(circle.after_ms for circle in circles), level_of, others_ms)

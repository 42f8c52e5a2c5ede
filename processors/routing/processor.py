"""The `routing` processor: work, representatives and commands of a tenant in, decisions out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

from processors.machine import At, Outcome, Rejection, RowReader, Traits
from processors.on_contracts import OnContracts
from processors.routing import (
    activity,
    arriving,
    desk,
    focus,
    intents,
    offers,
    people,
    quotas,
    review,
    sentiment,
    supervising,
    timing,
)
from processors.routing.assigning import settle
from processors.routing.handling import Handling
from processors.routing.pool import Pool
from processors.routing.rows import Actor
from schemas import catalogue, codec
from schemas.records import conversation, routing

LOG: Final = "handoff.requests.v1"
DECISIONS: Final = "routing.decisions.v1"
CONVERSATIONS: Final = "conversation.turns.v1"

Rule = Callable[[Handling, Any], Rejection | None]

_RULE_OF: Final[Mapping[type, Rule]] = {
    routing.WorkItemArrived: arriving.arrive,
    routing.WorkItemActivity: activity.observe,
    routing.ReviewPool: review.review,
    routing.RepresentativeConnected: people.connect,
    routing.RepresentativeDisconnected: people.disconnect,
    routing.SetPresence: people.choose,
    routing.AcceptOffer: offers.accept,
    routing.DeclineOffer: offers.decline,
    routing.PickItem: desk.pick,
    routing.ReleaseItem: desk.release,
    routing.TransferItem: desk.transfer,
    routing.StartConsult: desk.start_consult,
    routing.EndConsult: desk.end_consult,
    routing.EndItem: desk.end,
    routing.CloseItem: desk.finish,
    routing.WaitItem: desk.pause,
    routing.ResumeItem: desk.resume,
    routing.EscalateToVoice: desk.escalate,
    routing.EndEscalation: desk.end_escalation,
    routing.ItemFocused: focus.focus,
    routing.ItemUnfocused: focus.unfocus,
    routing.ItemSentiment: sentiment.observe,
    routing.ItemIntent: intents.observe,
    routing.AssignItem: supervising.assign,
    routing.ForceCloseItem: supervising.force_close,
    routing.MonitorItem: supervising.monitor,
    routing.JoinItem: supervising.join,
    routing.LeaveItem: supervising.leave,
}

FED: Final = frozenset(
    {
        conversation.OwnershipMoved,
        conversation.RepresentativeAccepted,
        conversation.HandoffStatusChanged,
        conversation.ConversationEnded,
        conversation.TurnSaid,
    }
)
"""Records that go into the log of conversations; all others are decisions."""

SEEN_MAX: Final = 32
"""Commands of one person that are remembered."""

_DIGEST: Final = 8


class RoutingProcessor(OnContracts):
    """Implements `processors.machine.WideProcessor` for a tenant's pool."""

    name = "routing"
    version = 1
    log = LOG
    derives: tuple[str, ...] = (DECISIONS,)
    feeds: tuple[str, ...] = (CONVERSATIONS,)
    traits = Traits(prepares=False, is_wide=True)

    def key(self, record: Any) -> bytes | None:
        """Return `{tenant}`, or None for inputs meant for the partition."""
        return catalogue.key_of(record) if type(record) in _RULE_OF else None

    def open_state(self, key: bytes, read: RowReader) -> Pool:
        """Return the pool that its rows give."""
        return Pool.opened(key, read)

    def handle(self, state: Pool | None, record: Any, at: At) -> Outcome:
        """Return what `record` makes true; records that no rule knows change nothing."""
        assert state is not None
        rule = _RULE_OF.get(type(record))
        if rule is None:
            return Outcome(state)
        command = _command_of(record)
        if command is not None and _was_given(state, command):
            return Outcome(state)
        h = Handling(state, at, record.tenant)
        rejection = rule(h, record)
        if rejection is not None:
            return Outcome(state, rejection=rejection)
        if command is not None:
            _note(state, command)
        return _over(h)

    def on_timer(self, state: Pool | None, key: bytes, name: str, at: At) -> Outcome:
        """Return what the timer `name` makes true."""
        assert state is not None
        h = Handling(state, at, key.decode())
        timing.fire(h, name)
        return _over(h)

    def encode_state(self, state: Pool) -> bytes:
        """Never called: a wide state is its rows. Raises TypeError."""
        raise TypeError("a pool is wide: its rows are what is kept")

    def decode_state(self, data: bytes) -> Pool:
        """Never called: a wide state is its rows. Raises TypeError."""
        raise TypeError("a pool is wide: its rows are what is kept")

    def encode_event(self, event: Any) -> tuple[str, bytes, bytes | None, str, str]:
        """Return `(topic, value, key, type name, subject)` of a derived event."""
        key = catalogue.key_of(event)
        subject = key.decode() if key is not None else ""
        topic = CONVERSATIONS if type(event) in FED else DECISIONS
        return topic, codec.encode(event), key, event.FULL_NAME, subject


def _over(h: Handling) -> Outcome:
    if review.is_due(h):
        review.look_again(h, "another routing setup counts")
    review.place_strays(h)
    settle(h)
    quotas.watch(h)
    return h.outcome()


def _command_of(record: Any) -> tuple[str, bytes] | None:
    """Return who gave a command and the digest of its id, if it has one."""
    command_id = getattr(record, "command_id", None)
    if command_id is None:
        return None
    who: str = getattr(record, "supervisor_id", None) or record.representative_id
    text = f"{type(record).__name__}\0{command_id}"
    return who, blake2b(text.encode(), digest_size=_DIGEST).digest()


def _was_given(pool: Pool, command: tuple[str, bytes]) -> bool:
    actor = pool.actors.get(command[0])
    if actor is None:
        return False
    seen = actor.seen
    return any(seen[at : at + _DIGEST] == command[1] for at in range(0, len(seen), _DIGEST))


def _note(pool: Pool, command: tuple[str, bytes]) -> None:
    actor = pool.actors.get(command[0]) or Actor()
    pool.actors.put(command[0], Actor((actor.seen + command[1])[-_DIGEST * SEEN_MAX :]))

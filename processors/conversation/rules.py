"""What each input makes true of a conversation, or why the rules refuse it.

Every function takes the state (None: never seen), the input and where it stands. An input that
says what already holds returns the state object it got, and nothing else: deliveries may repeat.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.assist import run as assist
from processors.assist.shown import Dismissed, Listed, Shown
from processors.conversation import bots, handoffs, intents, rows
from processors.conversation.handoffs import STALE_EPOCH
from processors.conversation.making import Making
from processors.conversation.state import (
    UNOWNED,
    Conversation,
    Ended,
    Facts,
    Ownership,
    Served,
    Waiting,
)
from processors.conversation.transcript import digest_of, is_public_message, plain, was_heard
from processors.machine import At, Outcome, Rejection, Row
from schemas.records.assist import DismissRecommendation, RecommendationDismissed
from schemas.records.conversation import (
    CallDirected,
    ConversationEnded,
    ConversationOpened,
    HandoffInitiated,
    HandoffStatusChanged,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
    VariablesSet,
)

ENDED: Final = "conversation.ended"
UNKNOWN_RECOMMENDATION: Final = "assist.unknown_recommendation"
NOT_A_PARTICIPANT: Final = "assist.not_a_participant"
NOT_THE_OWNER: Final = "conversation.not_the_owner"
ROUTED: Final = "conversation.routed"

FORGET: Final = "forget"
"""Name of the timer that removes an ended conversation with all its rows."""

FORGET_AFTER_MS: Final = 30 * 86_400_000
"""How long an ended conversation is kept: 30 days of stream time."""

_ANNOUNCED: Final = (
    "customer_id",
    "customer_name",
    "locale",
    "workstream",
    "queue",
    "linked_record",
    "bot_id",
    "customer_phone",
    "organization_phone",
)
_HUMAN: Final = frozenset({"queue", "representative"})
"""Owners beside whom a bot has nothing to say."""


def open_conversation(state: Conversation | None, opened: ConversationOpened, at: At) -> Outcome:
    """Return the conversation with what its opening says of it; what it leaves out stays.

    With a bot the bot owns it and greets; without one, and routed, it waits for a representative.
    """
    before = state or _begun(opened.occurred_at_ms)
    given = {name: value for name in _ANNOUNCED if (value := getattr(opened, name)) is not None}
    facts = replace(
        before.facts,
        opened_at_ms=opened.occurred_at_ms,
        is_announced=True,
        channel=opened.channel,
        is_routed=before.facts.is_routed or opened.is_routed,
        **given,
    )
    making = _making(before, opened, at)
    handoffs.gather(making, opened.variables)
    if facts == before.facts and making.state == before:
        return Outcome(state)
    if isinstance(before, Ended):
        return _refused(state, ENDED, f"conversation {opened.conversation_id} has ended")
    making.change(facts=facts)
    if before.ownership.kind == UNOWNED and opened.bot_id is not None:
        handoffs.own(making, "bot", opened.bot_id, before.ownership.epoch + 1, "a bot serves first")
        bots.begin(making)
    elif before.ownership.kind == UNOWNED and opened.is_routed:
        handoffs.own(making, "queue", None, before.ownership.epoch + 1, "waits for routing")
        handoffs.ask_routing(making)
    return _over(making)


def take_turn(state: Conversation | None, turn: TurnSaid, at: At) -> Outcome:
    """Return the conversation with one more turn, and what bot and smart assist make of it."""
    before = state or _begun(turn.occurred_at_ms, turn.channel, turn.locale)
    digest = digest_of(turn.turn_id)
    if was_heard(before.transcript.seen, digest):
        return Outcome(state)
    if isinstance(before, Ended):
        because = f"conversation {turn.conversation_id} has ended; turn {turn.turn_id} came after"
        return _refused(state, ENDED, because)
    held = before.ownership
    if 0 < turn.ownership_epoch < held.epoch:
        return _stale(state, "turn", turn.ownership_epoch, held)
    if before.facts.is_directed and _is_public_bot(turn) and not _may_speak(before, turn):
        because = f"the bot spoke, but the conversation belongs to {_owner(held)} since epoch"
        return _refused(state, NOT_THE_OWNER, f"{because} {held.epoch}")

    making = _making(before, turn, at)
    facts = _completed(before.facts, turn)
    if facts is not before.facts:
        making.change(facts=facts)
    making.hear(turn, digest)
    is_message = is_public_message(turn.author, turn.visibility)
    if is_message:
        intents.hear(making, turn)
    # Who comes back with another wish is routed by that one.
    handoffs.tell_holder(making, turn)
    if held.kind == "bot" and is_message:
        if turn.author == "customer":
            bots.hear(making, plain(turn.text, turn.text_format))
        else:
            bots.spoke(making)
    served = making.state
    if isinstance(served, Served) and is_message and turn.author == "customer":
        count = served.customer_messages + 1
        making.state = served = replace(served, customer_messages=count)
        if assist.triggers(count) and _is_assisted(served, turn, at):
            _assist(making, served, turn)
    return _over(making)


def accept(state: Conversation | None, accepted: RepresentativeAccepted, at: At) -> Outcome:
    """Return the conversation served by the representative who accepted it.

    Epoch 0 means that the source knows no epochs: the next one is taken, unless routing has a say.
    """
    before = state or _begun(accepted.occurred_at_ms)
    held = before.ownership
    given = accepted.ownership_epoch
    who = accepted.representative_id
    is_owner = held.kind == "representative" and held.owner_id == who
    if is_owner and given in {0, held.epoch}:
        if not isinstance(before, Waiting):
            return Outcome(state)
        epoch = held.epoch
    elif isinstance(before, Ended):
        because = f"conversation {accepted.conversation_id} has ended; {who} cannot accept it"
        return _refused(state, ENDED, because)
    elif given == 0 and before.facts.is_directed:
        because = f"routing gives out conversation {accepted.conversation_id}; {who} may pick it"
        return _refused(state, ROUTED, f"{because} from its queue, or accept an offer")
    elif given == 0:
        epoch = held.epoch + 1
    elif given <= held.epoch:
        return _stale(state, "acceptance", given, held)
    else:
        epoch = given
    making = _making(before, accepted, at)
    handoffs.end_session(making, "handed_off")
    handoffs.note_holder(making, "representative", who)
    handoffs.serve(making, who, accepted.representative_name, epoch, accepted.team)
    making.change(accepted_at_ms=accepted.occurred_at_ms)
    return making.outcome()


def move(state: Conversation | None, moved: OwnershipMoved, at: At) -> Outcome:
    """Return the conversation with its new owner, waiting to be accepted; a bot goes on at once.

    The move must carry the epoch the new ownership begins with.
    """
    before = state or _begun(moved.occurred_at_ms)
    held = before.ownership
    given = moved.ownership_epoch
    repeats = held.kind == moved.owner and held.owner_id == moved.owner_id
    if repeats and given == held.epoch and given > 0:
        return Outcome(state)
    if isinstance(before, Ended):
        because = f"conversation {moved.conversation_id} has ended; it cannot change its owner"
        return _refused(state, ENDED, because)
    if given <= held.epoch:
        return _stale(state, f"move to {moved.owner} {moved.owner_id or ''}".rstrip(), given, held)
    making = _making(before, moved, at)
    failed = before.context.handoff.state == "failed"
    handoffs.note_holder(making, moved.owner, moved.owner_id)
    if moved.owner == "queue" and moved.owner_id is not None:
        making.change(facts=replace(before.facts, queue=moved.owner_id))
    if moved.owner != "bot":
        handoffs.end_session(making, "handed_off")
    handoffs.own(making, moved.owner, moved.owner_id, given, "moved")
    if moved.owner == "bot":
        if moved.owner_id is not None:
            making.change(facts=replace(before.facts, bot_id=moved.owner_id))
        said = before.context.handoff.said or ""
        bots.resume(making, said if failed else None)
    return _over(making)


def set_variables(state: Conversation | None, given: VariablesSet, at: At) -> Outcome:
    """Return the conversation with more context variables."""
    before = state or _begun(given.occurred_at_ms)
    if isinstance(before, Ended):
        return _refused(state, ENDED, f"conversation {given.conversation_id} has ended")
    making = _making(before, given, at)
    handoffs.gather(making, given.variables)
    if making.state == before:
        return Outcome(state) if not making.has_refused else making.outcome()
    handoffs.tell_sentiment(making, before.context.variables)
    return making.outcome()


def initiate(state: Conversation | None, given: HandoffInitiated, at: At) -> Outcome:
    """Return the conversation handed to a human; a repeated hand-off changes nothing."""
    before = state or _begun(given.occurred_at_ms)
    if isinstance(before, Ended):
        return _refused(state, ENDED, f"conversation {given.conversation_id} has ended")
    making = _making(before, given, at)
    refusal = handoffs.initiate(making, given)
    if refusal is not None:
        return replace(refusal, state=state)
    return making.outcome()


def take_status(state: Conversation | None, given: HandoffStatusChanged, at: At) -> Outcome:
    """Return what the human side's word on a hand-off makes true."""
    if state is None or isinstance(state, Ended):
        return Outcome(state)
    making = _making(state, given, at)
    was_bots = state.ownership.kind == "bot"
    if not handoffs.take_status(making, given):
        return Outcome(state)
    if making.state.ownership.kind == "bot" and not was_bots:
        bots.resume(making, given.message or "" if given.state == "failed" else None)
    return _over(making)


def end(state: Conversation | None, ended: ConversationEnded, at: At) -> Outcome:
    """Return the ended conversation, to be forgotten some time later."""
    if isinstance(state, Ended):
        return Outcome(state)
    making = _making(state or _begun(ended.occurred_at_ms), ended, at)
    handoffs.withdraw(making, ended.reason)
    handoffs.end_session(making, "abandoned", "user_exit")
    _end(making, ended.occurred_at_ms, ended.reason or "ended")
    return making.outcome()


def close_idle(state: Conversation | None, key: bytes, name: str, at: At) -> Outcome:
    """Return the conversation ended that a bot has had without activity, or for too long a call."""
    if state is None or isinstance(state, Ended) or state.ownership.kind != "bot":
        return Outcome(state)
    tenant, _, conversation_id = key.decode().partition(":")
    making = Making(state, tenant, conversation_id, at)
    is_idle = name == handoffs.BOT_IDLE
    handoffs.end_session(making, "abandoned", "user_exit")
    because = "no activity for 30 minutes" if is_idle else "a call with a bot lasts one hour"
    if not is_idle:
        making.emit(CallDirected, conversation_id=conversation_id, action="hang_up")
    _end(making, at.now_ms, because)
    return making.outcome()


def _over(making: Making) -> Outcome:
    """Return the outcome; the conversation ends if the bot ended it."""
    if making.is_over:
        _end(making, making.at.now_ms, making.is_over)
    return making.outcome()


def _end(making: Making, ended_at_ms: int, because: str) -> None:
    before = making.state
    making.state = Ended(
        facts=before.facts,
        ownership=before.ownership,
        transcript=replace(before.transcript, window=()),
        shown=before.shown,
        preview=before.transcript.preview(),
        accepted_at_ms=before.accepted_at_ms if isinstance(before, Served) else None,
        ended_at_ms=ended_at_ms,
        context=before.context,
    )
    making.set_timer(FORGET, making.at.now_ms + FORGET_AFTER_MS)
    handoffs.tell_end(making, because)


def dismiss(state: Conversation | None, command: DismissRecommendation, at: At) -> Outcome:
    """Return the conversation without a recommendation that does not fit.

    Also possible after the end, while the list is still on somebody's screen.
    """
    asked = command.recommendation_id
    found = state.shown.find(asked) if state is not None else None
    if state is None or found is None:
        because = f"conversation {command.conversation_id} has no recommendation {asked}"
        return _refused(state, UNKNOWN_RECOMMENDATION, because)
    who = command.representative_id
    if who not in state.ownership.participants:
        because = f"{who} does not serve conversation {command.conversation_id} and never did"
        return _refused(state, NOT_A_PARTICIPANT, because)
    if isinstance(found, Dismissed):
        return Outcome(state)
    after = replace(state, shown=_without(state.shown, found))
    key = f"{command.tenant}:{command.conversation_id}".encode()
    outcome = _changed(after, command, [rows.dismissed_row(key, found)])
    event = RecommendationDismissed(
        tenant=command.tenant,
        occurred_at_ms=at.now_ms,
        recorded_at_ms=at.now_ms,
        causation_id=at.cause,
        correlation_id=command.conversation_id,
        ownership_epoch=state.ownership.epoch,
        conversation_id=command.conversation_id,
        recommendation_id=asked,
        item_id=found.item_id,
        representative_id=who,
    )
    return replace(outcome, events=(event,))


def forget(state: Conversation | None, key: bytes) -> Outcome:
    """Return nothing: the conversation and its rows are gone."""
    if not isinstance(state, Ended):
        return Outcome(state)
    return Outcome(None, rows=tuple(rows.forgotten_rows(key, state)))


def _is_assisted(state: Served, turn: TurnSaid, at: At) -> bool:
    channels = (state.facts.channel, turn.channel or "")
    return assist.is_wanted(assist.settings_of(at.references), *channels)


def _assist(making: Making, state: Served, turn: TurnSaid) -> None:
    at = making.at
    recorded_at_ms = turn.recorded_at_ms or at.now_ms
    occasion = assist.Occasion(
        tenant=turn.tenant,
        conversation_id=turn.conversation_id,
        ownership_epoch=state.ownership.epoch,
        turn_id=turn.turn_id,
        recorded_at_ms=recorded_at_ms,
    )
    at = making.at_next_event()
    result = assist.run(state.shown, state.transcript.window, occasion, at)
    had_nothing = state.shown.nothing_found
    making.change(shown=result.shown)
    making.write(*rows.run_rows(making.key, result, had_nothing, recorded_at_ms))
    if result.nothing_found is not None:
        making.add((result.nothing_found,))
    else:
        making.add(tuple(one.event for one in result.recommended))


def _may_speak(state: Conversation, turn: TurnSaid) -> bool:
    """Return whether a bot may be heard: not beside people, nor beside the bot that came after."""
    held = state.ownership
    if held.kind in _HUMAN:
        return False
    return not handoffs.is_bot_before(state.context, held, turn.author_id)


def _begun(at_ms: int, channel: str | None = None, locale: str | None = None) -> Waiting:
    return Waiting(Facts(opened_at_ms=at_ms, channel=channel or "", locale=locale))


def _completed(facts: Facts, turn: TurnSaid) -> Facts:
    """Return the facts with a channel, if nobody named one before."""
    if facts.channel or not turn.channel:
        return facts
    return replace(facts, channel=turn.channel)


def _without(shown: Shown, gone: Listed) -> Shown:
    return replace(
        shown,
        listed=tuple(listed for listed in shown.listed if listed is not gone),
        dismissed=(*shown.dismissed, Dismissed(gone.recommendation_id, gone.item_id)),
    )


_Addressed = (
    ConversationOpened
    | TurnSaid
    | RepresentativeAccepted
    | OwnershipMoved
    | ConversationEnded
    | DismissRecommendation
    | VariablesSet
    | HandoffInitiated
    | HandoffStatusChanged
)


def _making(state: Conversation, record: _Addressed, at: At) -> Making:
    return Making(state, record.tenant, record.conversation_id, at)


def _is_public_bot(turn: TurnSaid) -> bool:
    return turn.author == "bot" and turn.visibility == "public"


def _owner(held: Ownership) -> str:
    return f"{held.kind} {held.owner_id}" if held.owner_id else held.kind


def _changed(state: Conversation, record: _Addressed, written: list[Row] | None = None) -> Outcome:
    row = rows.conversation_row(record.tenant, record.conversation_id, state)
    return Outcome(state, rows=(*(written or ()), row))


def _stale(state: Conversation | None, what: str, given: int, held: Ownership) -> Outcome:
    because = f"{what} with ownership epoch {given}; {_owner(held)} holds epoch {held.epoch}"
    if given == 0:
        because += "; a change of owner must carry the epoch it begins with"
    return _refused(state, STALE_EPOCH, because)


def _refused(state: Conversation | None, code: str, because: str) -> Outcome:
    return Outcome(state, rejection=Rejection(code, because))

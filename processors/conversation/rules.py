"""What each input makes true of a conversation, or why the rules refuse it.

Every function takes the state (None: never seen), the input and where it stands. An input that
says what already holds returns the state object it got, and nothing else: deliveries may repeat.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.assist import run as assist
from processors.assist.shown import Dismissed, Listed, Shown
from processors.conversation import rows
from processors.conversation.state import (
    Conversation,
    Ended,
    Facts,
    Ownership,
    Served,
    Waiting,
)
from processors.conversation.transcript import (
    Transcript,
    Utterance,
    digest_of,
    extended,
    heard,
    is_public_message,
    plain,
    was_heard,
)
from processors.machine import At, Outcome, Rejection, Row
from schemas.records.assist import DismissRecommendation, RecommendationDismissed
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
)

ENDED: Final = "conversation.ended"
STALE_EPOCH: Final = "conversation.stale_epoch"
UNKNOWN_RECOMMENDATION: Final = "assist.unknown_recommendation"
NOT_A_PARTICIPANT: Final = "assist.not_a_participant"

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
)


def open_conversation(state: Conversation | None, opened: ConversationOpened, at: At) -> Outcome:
    """Return the conversation with what its opening says of it; what it leaves out stays."""
    before = state or _begun(opened.occurred_at_ms)
    given = {name: value for name in _ANNOUNCED if (value := getattr(opened, name)) is not None}
    facts = replace(
        before.facts,
        opened_at_ms=opened.occurred_at_ms,
        is_announced=True,
        channel=opened.channel,
        **given,
    )
    if facts == before.facts:
        return Outcome(state)
    if isinstance(before, Ended):
        return _refused(state, ENDED, f"conversation {opened.conversation_id} has ended")
    return _changed(replace(before, facts=facts), opened)


def take_turn(state: Conversation | None, turn: TurnSaid, at: At) -> Outcome:
    """Return the conversation with one more turn, and what smart assist makes of it."""
    before = state or _begun(turn.occurred_at_ms, turn.channel, turn.locale)
    transcript = before.transcript
    digest = digest_of(turn.turn_id)
    if was_heard(transcript.seen, digest):
        return Outcome(state)
    if isinstance(before, Ended):
        because = f"conversation {turn.conversation_id} has ended; turn {turn.turn_id} came after"
        return _refused(state, ENDED, because)
    if 0 < turn.ownership_epoch < before.ownership.epoch:
        return _stale(state, "turn", turn.ownership_epoch, before.ownership)

    is_message = is_public_message(turn.author, turn.visibility)
    said = Utterance(turn.author, plain(turn.text, turn.text_format)) if is_message else None
    transcript = Transcript(
        turns=transcript.turns + 1,
        last_at_ms=max(transcript.last_at_ms, turn.occurred_at_ms),
        seen=heard(transcript.seen, digest),
        window=extended(transcript.window, said),
    )
    facts = _completed(before.facts, turn)
    key = f"{turn.tenant}:{turn.conversation_id}".encode()
    written = [rows.turn_row(key, transcript.turns, turn, at)]
    if not isinstance(before, Served):
        after: Conversation = Waiting(facts, before.ownership, transcript, before.shown)
        return _changed(after, turn, written)

    is_customer = is_message and turn.author == "customer"
    count = before.customer_messages + is_customer
    after = Served(facts, before.ownership, transcript, before.shown, before.accepted_at_ms, count)
    if not (is_customer and assist.triggers(count) and _is_assisted(after, turn, at)):
        return _changed(after, turn, written)
    return _assisted(after, turn, at, (key, written))


def accept(state: Conversation | None, accepted: RepresentativeAccepted, at: At) -> Outcome:
    """Return the conversation served by the representative who accepted it.

    Epoch 0 means that the source knows no epochs: the next one is taken.
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
    elif given == 0:
        epoch = held.epoch + 1
    elif given <= held.epoch:
        return _stale(state, "acceptance", given, held)
    else:
        epoch = given
    known = who in held.participants
    ownership = Ownership(
        kind="representative",
        owner_id=who,
        owner_name=accepted.representative_name,
        team=accepted.team,
        epoch=epoch,
        participants=held.participants if known else (*held.participants, who),
    )
    after = Served(
        before.facts, ownership, before.transcript, before.shown, accepted.occurred_at_ms
    )
    return _changed(after, accepted)


def move(state: Conversation | None, moved: OwnershipMoved, at: At) -> Outcome:
    """Return the conversation with its new owner, waiting to be accepted.

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
    ownership = Ownership(
        kind=moved.owner,
        owner_id=moved.owner_id,
        epoch=given,
        participants=held.participants,
    )
    return _changed(Waiting(before.facts, ownership, before.transcript, before.shown), moved)


def end(state: Conversation | None, ended: ConversationEnded, at: At) -> Outcome:
    """Return the ended conversation, to be forgotten some time later."""
    if isinstance(state, Ended):
        return Outcome(state)
    before = state or _begun(ended.occurred_at_ms)
    after = Ended(
        facts=before.facts,
        ownership=before.ownership,
        transcript=replace(before.transcript, window=()),
        shown=before.shown,
        preview=before.transcript.preview(),
        accepted_at_ms=before.accepted_at_ms if isinstance(before, Served) else None,
        ended_at_ms=ended.occurred_at_ms,
    )
    outcome = _changed(after, ended)
    return replace(outcome, timers={FORGET: at.now_ms + FORGET_AFTER_MS})


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


def _assisted(state: Served, turn: TurnSaid, at: At, written: tuple[bytes, list[Row]]) -> Outcome:
    key, before = written
    recorded_at_ms = turn.recorded_at_ms or at.now_ms
    occasion = assist.Occasion(
        tenant=turn.tenant,
        conversation_id=turn.conversation_id,
        ownership_epoch=state.ownership.epoch,
        turn_id=turn.turn_id,
        recorded_at_ms=recorded_at_ms,
    )
    result = assist.run(state.shown, state.transcript.window, occasion, at)
    had_nothing = state.shown.nothing_found
    outcome = _changed(
        replace(state, shown=result.shown),
        turn,
        [*before, *rows.run_rows(key, result, had_nothing, recorded_at_ms)],
    )
    if result.nothing_found is not None:
        return replace(outcome, events=(result.nothing_found,))
    return replace(outcome, events=tuple(one.event for one in result.recommended))


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
)


def _changed(state: Conversation, record: _Addressed, written: list[Row] | None = None) -> Outcome:
    row = rows.conversation_row(record.tenant, record.conversation_id, state)
    return Outcome(state, rows=(*(written or ()), row))


def _stale(state: Conversation | None, what: str, given: int, held: Ownership) -> Outcome:
    owner = f"{held.kind} {held.owner_id}" if held.owner_id else held.kind
    because = f"{what} with ownership epoch {given}; {owner} holds epoch {held.epoch}"
    if given == 0:
        because += "; a change of owner must carry the epoch it begins with"
    return _refused(state, STALE_EPOCH, because)


def _refused(state: Conversation | None, code: str, because: str) -> Outcome:
    return Outcome(state, rejection=Rejection(code, because))

"""From states and events to the rows that screens query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from processors.assist.run import Result
from processors.assist.shown import Listed
from processors.conversation.state import Conversation, Ended, Ownership, Served
from processors.machine import At, Row
from processors.views import conversation as views
from schemas.records.assist import NothingFound, RecommendationIssued, RecommendationRefreshed
from schemas.records.conversation import TurnSaid


def conversation_row(tenant: str, conversation_id: str, state: Conversation) -> Row:
    """Return the row of the conversation list."""
    facts, ownership, transcript = state.facts, state.ownership, state.transcript
    is_ended = isinstance(state, Ended)
    interview = state.context.interview
    view = views.ConversationView(
        tenant=tenant,
        conversation_id=conversation_id,
        access=_access(tenant, ownership, facts.queue),
        channel=facts.channel,
        state="ended" if is_ended else "open",
        owner_kind=ownership.kind,
        owner_id=ownership.owner_id,
        owner_name=ownership.owner_name,
        ownership_epoch=ownership.epoch,
        customer_id=facts.customer_id,
        customer_name=facts.customer_name,
        locale=facts.locale,
        linked_record=facts.linked_record,
        opened_at_ms=facts.opened_at_ms,
        accepted_at_ms=state.accepted_at_ms if isinstance(state, Served | Ended) else None,
        ended_at_ms=state.ended_at_ms if isinstance(state, Ended) else None,
        last_turn_at_ms=transcript.last_at_ms or facts.opened_at_ms,
        turns=transcript.turns,
        preview=state.preview if isinstance(state, Ended) else transcript.preview(),
        recommendations=len(state.shown.listed),
        bot_id=facts.bot_id,
        is_routed=facts.is_routed,
        is_voice=facts.is_voice,
        handoff_state=state.context.handoff.state,
        handoff_hub=state.context.handoff.hub,
        handoff_said=state.context.handoff.said,
        intent_name=interview.intent_name if interview is not None else "",
    )
    key = f"{tenant}:{conversation_id}".encode()
    return Row(views.CONVERSATION, key, views.encode(view))


def turn_row(key: bytes, number: int, turn: TurnSaid, at: At) -> Row:
    """Return the row of one turn of the transcript."""
    view = views.TurnView(
        number=number,
        turn_id=turn.turn_id,
        author=turn.author,
        author_id=turn.author_id,
        author_name=turn.author_name,
        text=turn.text,
        text_format=turn.text_format,
        visibility=turn.visibility,
        occurred_at_ms=turn.occurred_at_ms,
        recorded_at_ms=turn.recorded_at_ms or at.now_ms,
        source=at.cause,
        speak=turn.speak,
    )
    return Row(views.TURN, views.turn_key(key, number), views.encode(view))


def handoff_row(
    key: bytes,
    attempt: int,
    request: Mapping[str, Any],
    *,
    requested_at_ms: int,
    transcript_url: str | None,
) -> Row:
    """Return the row of the newest hand-off: what the human side was told."""
    view = views.HandoffView(
        request_id=request["request_id"],
        attempt=attempt,
        bot_id=request["bot_id"],
        message=request["message"],
        reason=request["reason"],
        variables=msgspec.json.decode(request["variables"]),
        cut_variables=request["cut_variables"],
        turns=request["turns"],
        requested_at_ms=requested_at_ms,
        transcript_url=transcript_url,
    )
    return Row(views.HANDOFF, key, views.encode(view))


def run_rows(
    key: bytes, result: Result, had_nothing: tuple[str, ...], recorded_at_ms: int
) -> Iterator[Row]:
    """Yield the rows that a run of smart assist writes and removes.

    Args:
        key: The conversation's key.
        result: What the run made true.
        had_nothing: Kinds with an empty answer on screen before the run.
        recorded_at_ms: When the triggering turn was let in.
    """
    for recommended in result.recommended:
        yield _recommendation_row(key, recommended.listed, recommended.event, recorded_at_ms)
    if result.nothing_found is not None:
        yield _nothing_found_row(key, result.nothing_found)
    else:
        for kind in had_nothing:
            yield Row(views.NOTHING_FOUND, views.nothing_found_key(key, kind), None)


def dismissed_row(key: bytes, listed: Listed) -> Row:
    """Return the removal of a dismissed recommendation's row."""
    return Row(views.RECOMMENDATION, views.recommendation_key(key, listed.order), None)


def forgotten_rows(key: bytes, state: Conversation) -> Iterator[Row]:
    """Yield the removal of every row the conversation has."""
    yield Row(views.CONVERSATION, key, None)
    if state.context.handoff.number:
        yield Row(views.HANDOFF, key, None)
    if state.context.interview is not None:
        yield Row(views.INTENT, key, None)
    for number in range(1, state.transcript.turns + 1):
        yield Row(views.TURN, views.turn_key(key, number), None)
    for listed in state.shown.listed:
        yield dismissed_row(key, listed)
    for kind in state.shown.nothing_found:
        yield Row(views.NOTHING_FOUND, views.nothing_found_key(key, kind), None)


def _access(tenant: str, ownership: Ownership, queue: str | None) -> views.Access:
    return views.Access(
        tenant=tenant,
        owner=ownership.owner_id if ownership.kind == "representative" else None,
        team=ownership.team,
        participants=ownership.participants,
        queue=ownership.owner_id if ownership.kind == "queue" else queue,
    )


def _recommendation_row(
    key: bytes,
    listed: Listed,
    event: RecommendationIssued | RecommendationRefreshed,
    recorded_at_ms: int,
) -> Row:
    view = views.RecommendationView(
        recommendation_id=event.recommendation_id,
        kind=event.kind,
        item_id=event.item_id,
        title=event.title,
        score=event.score,
        is_highly_relevant=event.is_highly_relevant,
        key_phrases=event.key_phrases,
        reason=event.reason,
        card=event.card,
        trigger_turn_id=event.trigger_turn_id,
        trigger_recorded_at_ms=recorded_at_ms,
        issued_at_ms=listed.issued_at_ms,
        updated_at_ms=event.occurred_at_ms,
        reference_digest=event.reference_digest,
        index_version=event.index_version,
    )
    row_key = views.recommendation_key(key, listed.order)
    return Row(views.RECOMMENDATION, row_key, views.encode(view))


def _nothing_found_row(key: bytes, event: NothingFound) -> Row:
    view = views.NothingFoundView(
        kind=event.kind,
        reason=event.reason,
        at_ms=event.occurred_at_ms,
        trigger_turn_id=event.trigger_turn_id,
    )
    row_key = views.nothing_found_key(key, event.kind)
    return Row(views.NOTHING_FOUND, row_key, views.encode(view))

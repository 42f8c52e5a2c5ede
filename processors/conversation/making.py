"""What one input makes true of a conversation, gathered while one rule calls on the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from processors.conversation import intent_rows, rows
from processors.conversation.state import Context, Conversation, Handoff, Served
from processors.conversation.transcript import (
    Transcript,
    Utterance,
    digest_of,
    extended,
    heard,
    is_public_message,
    plain,
)
from processors.handoff import voice
from processors.intents import interview
from processors.intents.detection import Detection
from processors.intents.interview_known import with_variables
from processors.intents.interview_state import NOTHING_KNOWN, Interview
from processors.intents.library import LIBRARY
from processors.machine import At, Outcome, Rejection, Row
from schemas.records.conversation import TurnReleased, TurnSaid
from schemas.records.intent import AttributeAnswered, IntentDetected, ScoredIntent
from schemas.records.routing import ItemIntent

if TYPE_CHECKING:
    from processors.intents.loading import Library

E = TypeVar("E")


class Making:
    """A conversation under change; `outcome` ends it.

    Attributes:
        state: The conversation as it stands by now.
        at: Where the input stands.
        key: The conversation's key.
        is_over: Why the conversation ends with this input; empty while it goes on.
        library: The library of intents in force; None: there is none.
        found: What it says of the customer's message that is being handled.
    """

    __slots__ = (
        "_events", "_refused", "_rows", "_timers",
        "at", "conversation_id", "found", "is_over", "key", "library", "state", "tenant",
    )  # fmt: skip

    def __init__(self, state: Conversation, tenant: str, conversation_id: str, at: At) -> None:
        self.state, self.at = state, at
        self.is_over = ""
        self.library: Library | None = at.references.get(LIBRARY)
        self.found: Detection | None = None
        self.tenant, self.conversation_id = tenant, conversation_id
        self.key = f"{tenant}:{conversation_id}".encode()
        self._rows: list[Row] = []
        self._events: list[Any] = []
        self._timers: dict[str, int | None] = {}
        self._refused: list[tuple[str, str]] = []

    @property
    def context(self) -> Context:
        """What was gathered on the way to a human."""
        return self.state.context

    @property
    def handoff(self) -> Handoff:
        """Where the hand-offs stand."""
        return self.state.context.handoff

    def change(self, **fields: Any) -> None:
        """Replace fields of the state."""
        self.state = replace(self.state, **fields)

    def change_context(self, **fields: Any) -> None:
        """Replace fields of the state's context."""
        self.state = replace(self.state, context=replace(self.state.context, **fields))

    def emit(self, event: type[E], **fields: Any) -> None:
        """Add a derived event; its envelope is filled in."""
        envelope: dict[str, Any] = {
            "tenant": self.tenant,
            "occurred_at_ms": self.at.now_ms,
            "recorded_at_ms": self.at.now_ms,
            "causation_id": self.at.cause,
            "correlation_id": self.conversation_id,
            "ownership_epoch": self.state.ownership.epoch,
        }
        self._events.append(event(**(envelope | fields)))

    def add(self, events: tuple[Any, ...]) -> None:
        """Add derived events as they are."""
        self._events += events

    def write(self, *written: Row) -> None:
        """Write view rows."""
        self._rows += written

    def set_timer(self, name: str, due_ms: int | None) -> None:
        """Set a timer, or cancel it."""
        self._timers[name] = due_ms

    def hear(self, turn: TurnSaid, digest: bytes) -> None:
        """Take a turn into the transcript; release it if the customer has yet to get it.

        Args:
            turn: The turn.
            digest: What its id is remembered by.
        """
        transcript = self.state.transcript
        is_message = is_public_message(turn.author, turn.visibility)
        said = Utterance(turn.author, plain(turn.text, turn.text_format)) if is_message else None
        self.change(
            transcript=Transcript(
                turns=transcript.turns + 1,
                last_at_ms=max(transcript.last_at_ms, turn.occurred_at_ms),
                seen=heard(transcript.seen, digest),
                window=extended(transcript.window, said),
            )
        )
        number = self.state.transcript.turns
        self.write(rows.turn_row(self.key, number, turn, self.at))
        if turn.needs_delivery and turn.author != "customer" and turn.visibility == "public":
            self._release(turn, number)

    def say(self, text: str, *, author: str, author_id: str | None, **more: Any) -> None:
        """Let the serving side say something: it stands in the transcript and is released."""
        turn_id = f"{author}/{self.state.transcript.turns + 1}"
        self.hear(
            TurnSaid(
                tenant=self.tenant,
                conversation_id=self.conversation_id,
                occurred_at_ms=self.at.now_ms,
                recorded_at_ms=self.at.now_ms,
                ownership_epoch=self.state.ownership.epoch,
                turn_id=turn_id,
                author=author,  # type: ignore[arg-type]  # one of the contract's words
                author_id=author_id,
                text=text,
                needs_delivery=True,
                **more,
            ),
            digest_of(turn_id),
        )

    def at_next_event(self) -> At:
        """Return where the input stands, for events that come after those emitted so far."""
        at = self.at
        first = at.first + len(self._events)
        return At(at.now_ms, at.cause, first, at.references, at.prepared, at.index)

    def refuse(self, names: Iterable[tuple[str, str]]) -> None:
        """Note context variables that were not taken, each with the reason."""
        self._refused += names

    @property
    def has_refused(self) -> bool:
        """Return whether context variables were not taken."""
        return bool(self._refused)

    def wish(self, library: Library) -> Interview:
        """Return the interview about the customer's wish, held against the library in force."""
        held = self.state.context.interview or NOTHING_KNOWN
        if held.digest == library.digest:
            return held
        settled = interview.settle(held, library, self.at.now_ms)
        self.change_context(interview=settled.state)
        if settled.detected is not None:
            self.tell_detected(library, settled, None)
        return settled.state

    def tell_detected(
        self, library: Library, change: interview.Change, turn_id: str | None
    ) -> None:
        """Say that the customer is seen to want something else than before."""
        state, detected = change.state, change.detected
        if detected is None:
            return
        self.emit(
            IntentDetected,
            conversation_id=self.conversation_id,
            turn_id=turn_id,
            outcome=state.outcome,
            intent_id=state.intent_id,
            intent_name=state.intent_name,
            group_id=state.group_id,
            group_name=state.group_name,
            score=state.score,
            margin=state.margin,
            is_unknown=state.is_unknown,
            is_shift=detected.is_shift,
            before_intent_id=detected.before_intent_id,
            because=detected.because,
            top=tuple(
                ScoredIntent(
                    intent_id=one.intent_id,
                    name=library.intents[one.intent_id].name,
                    score=one.score,
                )
                for one in state.top
                if one.intent_id in library.intents
            ),
            library_digest=library.digest,
        )

    def know(self, library: Library) -> None:
        """Take what context variables answer of the present intent, and say so."""
        held = self.wish(library)
        if held.intent_id is None or not self.context.variables:
            return
        after, told = with_variables(held, library, self.context.variables, self.at.now_ms)
        if told:
            self.change_context(interview=after)
            self.tell_answered(library, told, None)

    def tell_answered(
        self, library: Library, told: Iterable[interview.Told], turn_id: str | None
    ) -> None:
        """Say what is known of the customer's wish by now."""
        for one in told:
            answer = one.answer
            self.emit(
                AttributeAnswered,
                conversation_id=self.conversation_id,
                turn_id=turn_id if answer.number else None,
                turn_number=answer.number,
                intent_id=answer.intent_id,
                attribute_id=answer.attribute_id,
                name=answer.name,
                value=answer.value,
                text=answer.text,
                was_asked=one.was_asked,
                is_from_bot=answer.is_from_bot,
                is_correction=one.is_correction,
                library_digest=library.digest,
            )

    def tell_routing(self, library: Library) -> None:
        """Tell routing what the customer wants, where it has the conversation and does not know.

        It may have changed while the hand-off was on its way, or by another version of the library.
        """
        held, handoff = self.context.interview, self.handoff
        if held is None or handoff.holder != "routing" or not handoff.is_open:
            return
        if (held.intent_id, held.group_id) == (handoff.told_intent_id, handoff.told_group_id):
            return
        self.emit(
            ItemIntent,
            item_id=self.conversation_id,
            intent_id=held.intent_id,
            intent_group_id=held.group_id,
            line_of_business=interview.line_of(held, library),
        )
        told = replace(handoff, told_intent_id=held.intent_id, told_group_id=held.group_id)
        self.change_context(handoff=told)

    def outcome(self) -> Outcome:
        """Return what was made true."""
        library = self.library
        if library is not None and self._is_followed():
            self.know(library)
            self.tell_routing(library)
            self.write(intent_rows.intent_row(self.key, self.state, library))
        rejection = None
        if self._refused:
            told = "; ".join(f"{name!r}: {because}" for name, because in self._refused[:10])
            rejection = Rejection("context.refused", f"context variables not taken: {told}")
        row = rows.conversation_row(self.tenant, self.conversation_id, self.state)
        return Outcome(
            self.state,
            events=tuple(self._events),
            rows=(*self._rows, row),
            timers=self._timers,
            rejection=rejection,
        )

    def _is_followed(self) -> bool:
        """Return whether what the customer wants stands in a row of its own."""
        if not intent_rows.is_followed(self.state.facts):
            return False
        return self.state.context.interview is not None or isinstance(self.state, Served)

    def _release(self, turn: TurnSaid, number: int) -> None:
        facts = self.state.facts
        speak = None
        if facts.is_voice:
            speak = voice.spoken(turn.text, turn.text_format, turn.speak)
        self.emit(
            TurnReleased,
            conversation_id=self.conversation_id,
            turn_id=turn.turn_id,
            author=turn.author,
            author_id=turn.author_id,
            author_name=turn.author_name,
            text=turn.text,
            text_format=turn.text_format,
            speak=speak,
            is_uninterruptible=turn.is_uninterruptible,
            channel=facts.channel or turn.channel or "",
            locale=facts.locale,
            number=number,
        )

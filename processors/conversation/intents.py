"""What the customer wants, followed through a conversation: heard, shown, chosen, found wrong.

Without a library in force nothing of this happens and nothing is spent on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from processors.assist.articles import ARTICLES
from processors.conversation.intent_rows import is_followed
from processors.conversation.making import Making
from processors.conversation.state import Conversation, Ended, Served
from processors.conversation.transcript import digest_of, heard, plain, was_heard
from processors.handoff import context
from processors.intents import interview, suggestions
from processors.intents.detection import Detection
from processors.intents.interview import Change, Detected, EarlierText, Message
from processors.intents.interview_state import RESULT_FLAGS, Interview
from processors.intents.library import LIBRARY
from processors.machine import At, Outcome, Rejection
from schemas.records.conversation import TurnSaid
from schemas.records.intent import (
    ChooseIntent,
    DismissIntent,
    IntentChosen,
    IntentDismissed,
    RequestSolution,
    SolutionCandidate,
    SolutionsSuggested,
)

if TYPE_CHECKING:
    from processors.intents.loading import Library

UNAVAILABLE: Final = "intent.unavailable"
NOT_A_PARTICIPANT: Final = "intent.not_a_participant"
NO_LIBRARY: Final = "intent.no_library"
UNKNOWN: Final = "intent.unknown"
NOT_SHOWN: Final = "intent.not_shown"
DISMISSED: Final = "intent.dismissed"
ENDED: Final = "conversation.ended"

WISH: Final = ("intent_id", "intent_name", "intent_group_id", "intent_group_name")
"""Variables that say what the customer wants now."""

Command = DismissIntent | ChooseIntent | RequestSolution
Prepared = Mapping[int, Detection]
"""Position of a customer's message in the batch to what the library in force says of it."""


def prepare(inputs: Sequence[tuple[Any, Mapping[str, Any]]]) -> Prepared | None:
    """Return what is detected in the customers' messages of a batch, each by its own library."""
    asked: dict[str, tuple[Library, list[int], list[str]]] = {}
    for index, (record, references) in enumerate(inputs):
        if type(record) is not TurnSaid or LIBRARY not in references:
            continue
        if record.author == "customer" and record.visibility == "public":
            library: Library = references[LIBRARY]
            _, places, texts = asked.setdefault(library.digest, (library, [], []))
            places.append(index)
            texts.append(plain(record.text, record.text_format))
    if not asked:
        return None
    return {
        index: found
        for library, places, texts in asked.values()
        for index, found in zip(places, library.detect(texts), strict=True)
    }


def hear(making: Making, turn: TurnSaid) -> None:
    """Take in a public message: the customer's wish and answers, a representative's question."""
    library, state = making.library, making.state
    if library is None or not is_followed(state.facts):
        return
    text = plain(turn.text, turn.text_format)
    if turn.author == "representative":
        held = making.wish(library)
        after = interview.heard_from_representative(held, library, text)
        if after is not held:
            making.change_context(interview=after)
        return
    if turn.author != "customer":
        return
    making.found = _found(making.at, library, text)
    message = Message(
        text,
        state.transcript.turns,
        turn.occurred_at_ms,
        is_from_bot=state.ownership.kind == "bot",
        before=lambda: _before(state),
    )
    change = interview.hear(making.wish(library), library, making.found, message)
    _follow(making, library, change, turn.turn_id)
    making.tell_routing(library)


def variables(making: Making) -> context.Merged:
    """Return what a hand-off tells of the interview, as context variables (question 25)."""
    library = making.library
    if library is None or making.context.interview is None:
        return context.Merged({})
    held = making.wish(library)
    told: dict[str, Any] = {}
    if held.group_id is not None:
        told |= {"intent_group_id": held.group_id, "intent_group_name": held.group_name}
    intent = None if held.intent_id is None else library.intents.get(held.intent_id)
    if intent is not None:
        told |= {"intent_id": intent.intent_id, "intent_name": intent.name}
        known = interview.known_of(held, intent)
        attributes = []
        for one in intent.attributes:
            answer = known.get(one.attribute_id)
            attributes.append(
                {
                    "attribute_id": one.attribute_id,
                    "name": one.name,
                    "question": interview.question_of(one),
                    "answered": answer is not None,
                    "value": answer.value if answer is not None else None,
                }
            )
        if attributes:
            told["intent_attributes"] = attributes
    if (line := interview.line_of(held, library)) is not None:
        told["line_of_business"] = line
    if held.result:
        told |= {flag: flag == RESULT_FLAGS[held.result] for flag in RESULT_FLAGS.values()}
        if held.query:
            told["SolutionQuery"] = held.query
    return context.merged({}, told)


def dismiss(state: Conversation | None, command: DismissIntent, at: At) -> Outcome:
    """Return the conversation without an intent that a representative finds wrong (CI-32)."""
    making = _begun(state, command, at)
    if isinstance(making, Outcome):
        return making
    library, held = _held(making)
    wanted = command.intent_id
    if wanted is not None and wanted in (*held.dismissed, *held.dismissed_groups):
        return Outcome(state)
    is_group = held.intent_id is None and wanted in {None, held.group_id}
    earlier = {one.intent_id for one in held.earlier}
    is_intent = wanted in ({None, held.intent_id} if held.intent_id is not None else set())
    if held.outcome == "none" or not (is_group or is_intent):
        if wanted is None or wanted not in earlier:
            shown = wanted or "an intent"
            because = f"conversation {command.conversation_id} does not show {shown}"
            return _refused(state, NOT_SHOWN, because)
        is_group = False
    making.change_context(
        interview=interview.dismiss(held, None if is_group or wanted is None else wanted)
    )
    making.emit(
        IntentDismissed,
        conversation_id=making.conversation_id,
        intent_id=None if is_group else wanted or held.intent_id,
        group_id=held.group_id if is_group else None,
        representative_id=command.representative_id,
        library_digest=library.digest,
    )
    return making.outcome()


def choose(state: Conversation | None, command: ChooseIntent, at: At) -> Outcome:
    """Return the conversation with the intent that a representative says is right."""
    making = _begun(state, command, at)
    if isinstance(making, Outcome):
        return making
    library, held = _held(making)
    intent = library.intents.get(command.intent_id)
    if intent is None:
        because = f"the library in force has no intent {command.intent_id}"
        return _refused(state, UNKNOWN, because)
    if command.intent_id in held.dismissed:
        because = f"{intent.name} was found wrong in this conversation and stays away to its end"
        return _refused(state, DISMISSED, because)
    if command.intent_id == held.intent_id:
        return Outcome(state)
    now = making.state
    message = Message(
        "",
        now.transcript.turns,
        at.now_ms,
        before=lambda: _before(now, is_last_included=True),
    )
    change = interview.choose(held, library, intent, message)
    making.emit(
        IntentChosen,
        conversation_id=making.conversation_id,
        intent_id=intent.intent_id,
        intent_name=intent.name,
        group_id=intent.group_id,
        before_intent_id=held.intent_id,
        representative_id=command.representative_id,
        library_digest=library.digest,
    )
    _follow(making, library, replace(change, detected=None), None)
    return making.outcome()


def request_solution(state: Conversation | None, command: RequestSolution, at: At) -> Outcome:
    """Return the conversation with what the article base has for the intent and its answers.

    The same question again finds the same and changes nothing.
    """
    making = _begun(state, command, at)
    if isinstance(making, Outcome):
        return making
    library, held = _held(making)
    intent = None if held.intent_id is None else library.intents.get(held.intent_id)
    if intent is None:
        because = f"nothing is known to look for in conversation {command.conversation_id}"
        return _refused(state, NOT_SHOWN, f"{because}; choose an intent first")
    solved = suggestions.solve(held, intent, at.references.get(ARTICLES), at.now_ms)
    if held.solution is not None and replace(solved.solution, at_ms=0) == replace(
        held.solution, at_ms=0
    ):
        return Outcome(state)
    making.change_context(interview=replace(held, solution=solved.solution))
    tell_solution(making, library, solved, intent.intent_id, command.representative_id)
    return making.outcome()


def tell_declined(making: Making, library: Library, intent_id: str, name: str) -> None:
    """Say that the customer said no to an intent."""
    held = making.wish(library)
    because = f"the customer said that it is not about {name}"
    making.tell_detected(library, Change(held, Detected(intent_id, because)), None)


def tell_solution(
    making: Making,
    library: Library,
    solved: suggestions.Solved,
    intent_id: str,
    requested_by: str | None,
) -> None:
    """Say what was looked for and everything that was considered."""
    making.emit(
        SolutionsSuggested,
        conversation_id=making.conversation_id,
        intent_id=intent_id,
        query=solved.solution.query,
        requested_by=requested_by,
        articles_digest=solved.solution.digest or None,
        index_version=solved.index_version,
        candidates=tuple(
            SolutionCandidate(
                item_id=one.item_id,
                title=one.title,
                score=one.score,
                key_phrases=one.key_phrases,
                verdict=one.verdict,
            )
            for one in solved.considered
        ),
        library_digest=library.digest,
    )


def _found(at: At, library: Library, text: str) -> Detection:
    """Return what is detected in the message being handled; the same as for it alone."""
    prepared: Prepared | None = at.prepared
    found = None if prepared is None else prepared.get(at.index)
    return library.detect([text])[0] if found is None else found


def _before(state: Conversation, *, is_last_included: bool = False) -> Iterable[EarlierText]:
    """Yield the customer's messages in the window before the last, oldest first."""
    texts = [one.text for one in state.transcript.window if one.author == "customer"]
    if not is_last_included:
        texts = texts[:-1]
    served = 0
    if isinstance(state, Served):
        served = state.customer_messages
    had_bot = bool(state.context.bots)
    for place, text in enumerate(texts):
        is_served = len(texts) - place <= served
        yield EarlierText(text, is_from_bot=had_bot and not is_served)


def _follow(making: Making, library: Library, change: Change, turn_id: str | None) -> None:
    """Make a change of the interview true and say so."""
    before = making.wish(library)
    if change.state is not before:
        making.change_context(interview=change.state)
    making.tell_detected(library, change, turn_id)
    making.tell_answered(library, change.told, turn_id)
    making.know(library)


def _begun(state: Conversation | None, command: Command, at: At) -> Making | Outcome:
    """Return the conversation under change, or the outcome where the command is not to be."""
    where, who = command.conversation_id, command.representative_id
    digest = digest_of(f"command/{command.command_id}")
    if state is not None and was_heard(state.transcript.seen, digest):
        return Outcome(state)
    if isinstance(state, Ended):
        return _refused(state, ENDED, f"conversation {where} has ended")
    if not isinstance(state, Served):
        because = f"nobody serves conversation {where}, so there is nothing to suggest in it"
        return _refused(state, UNAVAILABLE, because)
    if who not in state.ownership.participants:
        because = f"{who} does not serve conversation {where} and never did"
        return _refused(state, NOT_A_PARTICIPANT, because)
    if LIBRARY not in at.references:
        because = "no library of intents is in force; an intent manager publishes one"
        return _refused(state, NO_LIBRARY, because)
    if not is_followed(state.facts):
        because = f"intents are not followed on the channel {state.facts.channel}"
        return _refused(state, UNAVAILABLE, because)
    making = Making(state, command.tenant, where, at)
    seen = heard(state.transcript.seen, digest)
    making.change(transcript=replace(state.transcript, seen=seen))
    return making


def _held(making: Making) -> tuple[Library, Interview]:
    library = making.library
    assert library is not None, "commands are refused without a library"
    return library, making.wish(library)


def _refused(state: Conversation | None, code: str, because: str) -> Outcome:
    return Outcome(state, rejection=Rejection(code, because))

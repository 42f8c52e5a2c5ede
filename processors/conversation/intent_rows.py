"""From the interview of a conversation to the row that screens query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processors.conversation.state import Conversation, Facts, Served
from processors.intents import suggestions
from processors.intents.interview import known_of, question_of
from processors.intents.interview_state import (
    NOTHING_KNOWN,
    RESULT_FLAGS,
    Interview,
    Solution,
)
from processors.machine import Row
from processors.views import conversation as views

if TYPE_CHECKING:
    from processors.intents.loading import Library

RECORD = "record"
"""Channel type without a conversation to suggest anything in."""

_NOTHING_DUE = suggestions.Next()


def is_suggesting(state: Conversation) -> bool:
    """Return whether a representative gets suggestions: one serves it, and not by voice (CI-33)."""
    return isinstance(state, Served) and is_messaging(state.facts)


def is_followed(facts: Facts) -> bool:
    """Return whether what the customer wants is followed at all: records have no conversation."""
    return facts.channel.casefold() != RECORD


def is_messaging(facts: Facts) -> bool:
    """Return whether a conversation is one of messages: no call, and no record."""
    return is_followed(facts) and not facts.is_voice and facts.channel.casefold() != "voice"


def intent_row(key: bytes, state: Conversation, library: Library) -> Row:
    """Return the row of what the customer wants."""
    return Row(views.INTENT, key, views.encode(view_of(state, library)))


def view_of(state: Conversation, library: Library) -> views.IntentView:
    """Return what the customer wants as a screen shows it.

    Facts are shown whoever has the conversation; suggestions only to who serves it.
    """
    interview = state.context.interview or NOTHING_KNOWN
    is_open = is_suggesting(state)
    due = suggestions.next_step(interview, library) if is_open else _NOTHING_DUE
    responses: tuple[views.ResponseOnScreen, ...] = ()
    if is_open:
        responses = tuple(
            views.ResponseOnScreen(one.kind, one.text, one.why)
            for one in suggestions.responses(interview, library, state.transcript.window)
        )
    return views.IntentView(
        state=_state(interview) if is_open else "unavailable",
        intent=_intent(interview),
        group=_group(interview, library),
        top=tuple(
            views.IntentOnScreen(one.intent_id, library.intents[one.intent_id].name, one.score)
            for one in interview.top
            if one.intent_id in library.intents and one.intent_id not in interview.dismissed
        ),
        margin=interview.margin,
        is_unknown=interview.is_unknown,
        attributes=_attributes(interview, library, due.attribute_id),
        next=views.NextOnScreen(due.kind, due.attribute_id, due.text),
        responses=responses,
        solution=_solution(interview.solution),
        earlier=tuple(
            views.EarlierOnScreen(
                one.intent_id,
                one.intent_name,
                one.until_ms,
                tuple(
                    views.PastAttributeOnScreen(past.name, past.question, past.value)
                    for past in one.attributes
                ),
            )
            for one in interview.earlier
        ),
        dismissed=interview.dismissed,
        result=RESULT_FLAGS.get(interview.result),
        library_digest=library.digest,
    )


def _state(interview: Interview) -> views.IntentState:
    if interview.outcome == "none" and not interview.is_heard:
        return "looking"
    return interview.outcome


def _intent(interview: Interview) -> views.IntentOnScreen | None:
    if interview.intent_id is None:
        return None
    return views.IntentOnScreen(interview.intent_id, interview.intent_name, interview.score)


def _group(interview: Interview, library: Library) -> views.GroupOnScreen | None:
    if interview.group_id is None:
        return None
    group = library.groups.get(interview.group_id)
    question = group.clarifying_question if group is not None else ""
    if interview.intent_id is None:
        question = suggestions.clarifying_question(library, interview)
    return views.GroupOnScreen(interview.group_id, interview.group_name, question)


def _attributes(
    interview: Interview, library: Library, due: str | None
) -> tuple[views.AttributeOnScreen, ...]:
    intent = None if interview.intent_id is None else library.intents.get(interview.intent_id)
    if intent is None or not intent.attributes:
        return ()
    known = known_of(interview, intent)
    shown = []
    for attribute in intent.attributes:
        answer = known.get(attribute.attribute_id)
        shown.append(
            views.AttributeOnScreen(
                attribute_id=attribute.attribute_id,
                name=attribute.name,
                question=question_of(attribute),
                kind=attribute.kind,
                is_required=attribute.is_required,
                value=answer.value if answer is not None else None,
                turn_number=(answer.number or None) if answer is not None else None,
                is_next=attribute.attribute_id == due,
                is_from_bot=answer is not None and answer.is_from_bot,
            )
        )
    return tuple(shown)


def _solution(solution: Solution | None) -> views.SolutionOnScreen | None:
    if solution is None:
        return None
    results = tuple(
        views.ArticleOnScreen(one.article_id, one.title, one.summary, one.url, one.score)
        for one in solution.articles
    )
    return views.SolutionOnScreen(solution.query, results, solution.at_ms)

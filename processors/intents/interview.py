"""The interview: what a customer wants, what is told already, what is to be asked next.

A pure machine over `Interview`. Whoever serves, bot or representative, the same rules hold:

- An intent stays until a message with another wish beats it, in that very message, by the library's
  `shift_margin`; by twice as much where the message answers what was just asked; by anything where
  the customer says that the subject changes ("actually", "instead", "never mind"). A message with
  little in it besides an answer, asked or needed, is no wish, whatever it looks like.
- What a message tells is taken, asked or not, several values at once, and also what earlier
  messages told. Nothing that is answered is asked again.
- An intent before is kept with its questions and answers; a value of a typed attribute counts for
  every intent that has the same attribute.
- An intent that a representative found wrong never comes back in the conversation; one that the
  customer said no to comes back only if a representative chooses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from processors.assist.words import words_of
from processors.intents.bearing import bearing
from processors.intents.detection import Detection
from processors.intents.interview_state import (
    ANSWERS_MAX,
    EARLIER_MAX,
    VALUE_CHARS_MAX,
    Answered,
    Earlier,
    Interview,
    PastAttribute,
)
from processors.intents.library import Attribute, Intent
from processors.intents.recognise import Answer, answers as recognised_answers
from processors.intents.recognise_bare import recogniser_of
from processors.intents.recognise_dates import DATE_HINT, TIME_HINT
from processors.intents.recognise_message import WORD, stem
from processors.intents.recognise_wishes import (
    besides,
    is_filler,
    says_only_values,
    states_wish,
)

if TYPE_CHECKING:
    from processors.intents.loading import Library

THRESHOLD: Final = 0.5
"""A score from here on is a detection; the model was trained so that it means its threshold."""
BEARS: Final = 0.5
"""A message carries a wish from here on, see `bearing`."""
HINTS: Final = 0.25
CERTAIN: Final = 0.75
"""A wish this clear is one where the message merely hints at any, or none is known yet."""
ASKED_SHARE: Final = 0.6
"""So much of a question's words must stand in a message that asks it."""
QUESTION_CHARS_MAX: Final = 1_000
BESIDES_MAX: Final = 2
"""So many words that matter may stand beside an answer in a message that is nothing else."""
NOTHING_FOUND: Final = Detection()

EARLIER_TEXTS_MAX: Final = 8
"""How many of the customer's earlier messages are looked through for a new intent's values."""

_MARKED: Final = frozenset(
    {"email", "phone", "reference", "error_code", "long_number", "percent", "date", "time"}
)
"""Values that a digit, an at sign or a word for a day gives away."""
_MARK: Final = re.compile(r"[\d@]")
_PLAIN_WORD: Final = re.compile(r"(?<![\w-])[^\W\d_]{2,}(?![\w-])")
"""A word that is no part of a number or code."""
_CHANGES_SUBJECT: Final = re.compile(
    r"\b(?:actually|instead|rather|never ?mind|no longer|any ?more|forget (?:it|that|about)"
    r"|something else|(?:another|different|other) (?:thing|question|issue|problem|matter)"
    r"|on second thoughts?|changed my mind|one more thing)\b",
    re.IGNORECASE,
)


class EarlierText(msgspec.Struct, frozen=True):
    """What the customer said before the present message."""

    text: str
    is_from_bot: bool = False


class Message(msgspec.Struct, frozen=True):
    """One message of the customer and where it stands.

    Attributes:
        text: Plain text.
        number: Of the turn in the transcript, from 1.
        at_ms: When it was said.
        is_from_bot: A bot has the conversation.
        before: Gives the customer's earlier messages, oldest first; asked only when a new intent
            needs them.
    """

    text: str
    number: int
    at_ms: int
    is_from_bot: bool = False
    before: Callable[[], Iterable[EarlierText]] = tuple


class Detected(msgspec.Struct, frozen=True):
    """The conversation is mapped otherwise than before; the new mapping stands in the state.

    Attributes:
        before_intent_id: What was wanted before.
        because: Why, as a sentence.
        is_shift: The customer wants something else than before.
    """

    before_intent_id: str | None
    because: str
    is_shift: bool = False


class Told(msgspec.Struct, frozen=True):
    """A value was told.

    Attributes:
        was_asked: Its question had just been asked.
        is_correction: It replaces one told before.
    """

    answer: Answered
    was_asked: bool
    is_correction: bool = False


class Change(msgspec.Struct, frozen=True):
    """What became of an interview."""

    state: Interview
    detected: Detected | None = None
    told: tuple[Told, ...] = ()


class _Mapping(msgspec.Struct, frozen=True):
    intent_id: str | None
    group_id: str | None
    because: str


class _Best(msgspec.Struct, frozen=True):
    score: float
    intent_id: str | None
    group_id: str | None


def settle(state: Interview, library: Library, at_ms: int) -> Change:
    """Return the interview held against another version of the library.

    Names follow it; an intent that it no longer has becomes an earlier one, a group goes.
    """
    if state.digest == library.digest:
        return Change(state)
    after = replace(state, digest=library.digest)
    if state.intent_id is not None:
        intent = library.intents.get(state.intent_id)
        if intent is not None:
            return Change(_named(after, library, intent))
        because = f"the library in force no longer has the intent {state.intent_name}"
        after = _without_intent(_kept(after, None, at_ms))
        return Change(after, Detected(state.intent_id, because))
    if state.group_id is not None and state.group_id not in library.groups:
        because = f"the library in force no longer has the group {state.group_name}"
        after = replace(after, group_id=None, group_name="")
        return Change(after, Detected(None, because))
    return Change(after)


def hear(state: Interview, library: Library, found: Detection, message: Message) -> Change:
    """Return what one more message of the customer makes of the interview.

    Args:
        state: The interview, settled with `library`.
        library: The library in force.
        found: What it says of the message.
        message: The message.
    """
    present = None if state.intent_id is None else library.intents.get(state.intent_id)
    told = () if present is None else _told(state, present, message)
    is_answer = any(one.was_asked for one in told)
    seen = state
    is_bearing = _carries_wish(state, found, message) and not _only_answers(
        present, told, message.text
    )
    if is_bearing:
        seen = replace(
            state,
            is_heard=True,
            is_unknown=found.is_unknown,
            margin=found.margin,
            top=found.top,
        )
    if not is_bearing:
        found = NOTHING_FOUND
    mapping = _mapping(seen, library, found, message.text, is_answer=is_answer)
    if mapping is not None:
        return _taken(seen, library, mapping, found, message)
    after = _with_answers(seen, told)
    if found.top and found.top[0].intent_id == after.intent_id:
        after = replace(after, score=found.top[0].score)
    is_news = after.is_unknown and not state.is_unknown and after.outcome == "none"
    because = "the message carries a wish that the library does not know"
    return Change(after, Detected(None, because) if is_news else None, told)


def heard_from_representative(state: Interview, library: Library, text: str) -> Interview:
    """Return the interview after a representative wrote: which question was asked, if one was."""
    intent = None if state.intent_id is None else library.intents.get(state.intent_id)
    if intent is None or not intent.attributes:
        return state
    said = _stems(text[:QUESTION_CHARS_MAX])
    known = known_of(state, intent)
    best, best_share = None, ASKED_SHARE
    for attribute in intent.attributes:
        stems = _stems(question_of(attribute))
        if not stems or attribute.attribute_id in known:
            continue
        share = len(stems & said) / len(stems)
        if share >= best_share and (best is None or share > best_share):
            best, best_share = attribute.attribute_id, share
    if best is None or best == state.asked:
        return state
    return replace(state, asked=best)


def ask(state: Interview, attribute_id: str | None) -> Interview:
    """Return the interview with a question asked."""
    return state if state.asked == attribute_id else replace(state, asked=attribute_id)


def dismiss(state: Interview, intent_id: str | None = None) -> Interview:
    """Return the interview without an intent or group, for good; its questions go too.

    Args:
        state: The interview.
        intent_id: The present intent or an earlier one; None: whatever is present.
    """
    intent_id = intent_id or state.intent_id
    if intent_id is not None:
        earlier = tuple(one for one in state.earlier if one.intent_id != intent_id)
        after = replace(state, dismissed=(*state.dismissed, intent_id), earlier=earlier)
        return _without_intent(after) if intent_id == state.intent_id else after
    if state.group_id is not None:
        groups = (*state.dismissed_groups, state.group_id)
        return replace(state, dismissed_groups=groups, group_id=None, group_name="")
    return state


def reject(state: Interview, intent_id: str) -> Interview:
    """Return the interview after the customer said that this is not what they want."""
    if intent_id not in state.rejected:
        state = replace(state, rejected=(*state.rejected, intent_id))
    return _without_intent(state) if state.intent_id == intent_id else state


def choose(state: Interview, library: Library, intent: Intent, message: Message) -> Change:
    """Return the interview with an intent that somebody says is right.

    Args:
        state: The interview.
        library: The library in force.
        intent: The right one.
        message: Where the choice stands; its text is empty.
    """
    rejected = tuple(one for one in state.rejected if one != intent.intent_id)
    mapping = _Mapping(intent.intent_id, intent.group_id, "")
    return _taken(
        replace(state, rejected=rejected), library, mapping, Detection(score=1.0), message
    )


def line_of(state: Interview, library: Library) -> str | None:
    """Return the line of business of what the customer wants; None: all, or not known."""
    intent = None if state.intent_id is None else library.intents.get(state.intent_id)
    if intent is not None and intent.line_of_business is not None:
        return intent.line_of_business
    group = None if state.group_id is None else library.groups.get(state.group_id)
    return group.line_of_business if group is not None else None


def known_of(state: Interview, intent: Intent) -> dict[str, Answered]:
    """Return what is told of an intent's attributes, by attribute id.

    A value told for another intent counts where the attribute has the same id and the same type,
    of several the newest; a free text is about its own intent only.
    """
    if not state.answers:
        return {}
    attributes = {attribute.attribute_id: attribute for attribute in intent.attributes}
    known: dict[str, Answered] = {}
    for answer in state.answers:
        attribute = attributes.get(answer.attribute_id)
        if attribute is None or attribute.kind != answer.kind:
            continue
        held = known.get(answer.attribute_id)
        is_own_held = held is not None and held.intent_id == intent.intent_id
        if answer.intent_id == intent.intent_id or (
            not is_own_held and (attribute.kind != "string" or attribute.recogniser)
        ):
            known[answer.attribute_id] = answer
    return known


def missing_of(state: Interview, intent: Intent) -> list[Attribute]:
    """Return the required attributes that are not told yet, in the order to ask."""
    known = known_of(state, intent)
    return [
        attribute
        for attribute in intent.attributes
        if attribute.is_required and attribute.attribute_id not in known
    ]


def question_of(attribute: Attribute) -> str:
    """Return the question that asks for an attribute; one by its type where nobody wrote any."""
    if attribute.question.strip():
        return attribute.question.strip()
    match attribute.kind:
        case "date":
            return f"On which date was this: {attribute.name}?"
        case "boolean":
            return f"{attribute.name[:1].upper()}{attribute.name[1:]}: yes or no?"
        case "enum" if attribute.values:
            return f"Which {attribute.name} is it: {', '.join(attribute.values[:6])}?"
        case _:
            return f"What is the {attribute.name}?"


# What a message maps the conversation to


def _carries_wish(state: Interview, found: Detection, message: Message) -> bool:
    """Return whether a message carries a wish: by what is found in it and by how it is put.

    A message of nothing but values never does, whatever the model makes of it.
    """
    if not found.is_bearing or not _PLAIN_WORD.search(message.text):
        return False
    if says_only_values(message.text):
        return False
    if found.outcome == "none":
        return True
    is_clear = found.score >= CERTAIN
    if (is_clear and state.outcome == "none") or _CHANGES_SUBJECT.search(message.text):
        return True
    is_reply = state.asked is not None
    bears = bearing(message.text, number=message.number, after_question=is_reply)
    return bears >= BEARS or (is_clear and bears >= HINTS)


def _only_answers(present: Intent | None, told: Sequence[Told], text: str) -> bool:
    """Return whether a message answers what was asked or is needed, with little besides.

    What is left without the answers must neither say that something is wanted nor have more than
    `BESIDES_MAX` words that matter. An answer in free words is all of it; it may be put like any
    wish ("it takes too long") as long as it says none.
    """
    if present is None or not told:
        return False
    attributes = {one.attribute_id: one for one in present.attributes}
    filled = [attributes[one.answer.attribute_id] for one in told]
    is_due = any(
        one.was_asked or attribute.is_required for one, attribute in zip(told, filled, strict=True)
    )
    if not is_due:
        return False
    typed = [
        one.answer.text
        for one, attribute in zip(told, filled, strict=True)
        if recogniser_of(attribute) or attribute.kind == "enum"
    ]
    rest = besides(text, typed)
    if states_wish(rest):
        return False
    if len(typed) < len(told):
        return True
    if _CHANGES_SUBJECT.search(rest):
        return False
    own = {
        stem(word)
        for one in filled
        for word in WORD.findall(" ".join((one.name, one.question, *one.cues)).lower())
    }
    words = [stem(word) for word in WORD.findall(rest.lower()) if not is_filler(word)]
    return len([word for word in words if word not in own]) <= BESIDES_MAX


def _mapping(
    state: Interview, library: Library, found: Detection, text: str, *, is_answer: bool
) -> _Mapping | None:
    """Return what the conversation is mapped to from now on; None: what it is mapped to stays."""
    best = _best(state, library, found)
    if best is None or not _beats(state, library, found, best, text, is_answer=is_answer):
        return _clarified(state, library, text)
    if best.intent_id is not None:
        if best.intent_id == state.intent_id:
            return None
        intent = library.intents[best.intent_id]
        because = f"the message fits {intent.name} with {best.score:.2f}{_ahead(library, found)}"
        return _Mapping(intent.intent_id, intent.group_id, because)
    if best.group_id == state.group_id:
        return _clarified(state, library, text)
    group = library.groups[best.group_id or ""]
    fitting = " and ".join(
        f"{library.intents[one.intent_id].name} ({one.score:.2f})"
        for one in found.top
        if one.intent_id in library.intents
        and library.intents[one.intent_id].group_id == group.group_id
    )
    because = f"of {group.name} no intent alone is sure: {fitting or 'all of them are near'}"
    return _Mapping(None, group.group_id, because)


def _best(state: Interview, library: Library, found: Detection) -> _Best | None:
    """Return the best that may come up here: an intent, or only a group.

    Where the best intent may not, the next one counts if it is sure by itself.
    """
    if found.outcome == "none":
        return None
    sure = [one for one in found.top if one.score >= THRESHOLD and one.intent_id in library.intents]
    may = [one for one in sure if not state.is_blocked(one.intent_id)]
    if found.outcome == "group" and len(may) == len(sure):
        group_id = found.group_id
        if group_id not in library.groups or group_id in state.dismissed_groups:
            return None
        of_it = (one for one in library.intents.values() if one.group_id == group_id)
        if all(state.is_blocked(one.intent_id) for one in of_it):
            return None
        return _Best(max(found.score, THRESHOLD), None, group_id)
    return _Best(may[0].score, may[0].intent_id, None) if may else None


def _beats(
    state: Interview,
    library: Library,
    found: Detection,
    best: _Best,
    text: str,
    *,
    is_answer: bool,
) -> bool:
    """Return whether the best of a message may replace the present intent."""
    present = state.intent_id
    if present is None or best.intent_id == present:
        return True
    scores = {one.intent_id: one.score for one in found.top}
    # One that is not among the best three has at most the third's score.
    at_most = found.top[-1].score if len(found.top) >= 3 else 0.0
    ahead = best.score - scores.get(present, at_most)
    if _CHANGES_SUBJECT.search(text):
        return ahead > 0
    margin = library.content.detection.shift_margin
    return ahead >= (2 * margin if is_answer else margin)


def _clarified(state: Interview, library: Library, text: str) -> _Mapping | None:
    """Return the intent of a known group that a message names, where only the group is known."""
    if state.group_id is None or state.intent_id is not None:
        return None
    said = _stems(text[:QUESTION_CHARS_MAX])
    named = [
        (shared, intent)
        for intent in library.intents.values()
        if intent.group_id == state.group_id
        and not state.is_blocked(intent.intent_id)
        and (shared := len(_telling(library, intent) & said))
    ]
    named.sort(key=lambda pair: (-pair[0], pair[1].intent_id))
    if not named or (len(named) > 1 and named[0][0] == named[1][0]):
        return None
    intent = named[0][1]
    because = f"the message names {intent.name}, one of the group {state.group_name}"
    return _Mapping(intent.intent_id, intent.group_id, because)


def _telling(library: Library, intent: Intent) -> frozenset[str]:
    """Return the words of an intent's name that its group's name does not have."""
    group = library.groups.get(intent.group_id or "")
    return _stems(intent.name) - (_stems(group.name) if group is not None else frozenset())


def _ahead(library: Library, found: Detection) -> str:
    if len(found.top) < 2 or found.top[1].intent_id not in library.intents:
        return ""
    return f", {found.margin:.2f} ahead of {library.intents[found.top[1].intent_id].name}"


def _taken(
    state: Interview, library: Library, mapping: _Mapping, found: Detection, message: Message
) -> Change:
    """Return the interview under a new mapping, with what the customer told already."""
    before = state.intent_id
    is_shift = before is not None and before != mapping.intent_id
    after = _kept(state, library, message.at_ms) if is_shift else state
    after = replace(
        after,
        earlier=tuple(one for one in after.earlier if one.intent_id != mapping.intent_id),
        intent_id=mapping.intent_id,
        intent_name="",
        group_id=mapping.group_id,
        group_name="",
        score=_score_of(mapping, found),
        since=message.number if mapping.intent_id is not None else 0,
        is_heard=True,
        asked=None,
        solution=None,
    )
    detected = Detected(before, mapping.because, is_shift)
    if mapping.intent_id is None:
        group = library.groups.get(mapping.group_id or "")
        return Change(replace(after, group_name=group.name if group else ""), detected)
    intent = library.intents[mapping.intent_id]
    after = _named(after, library, intent)
    told: list[Told] = []
    if intent.attributes:
        for said in list(message.before())[-EARLIER_TEXTS_MAX:]:
            early = Message(said.text, 0, message.at_ms, said.is_from_bot)
            told += (found_early := _told(after, intent, early))
            after = _with_answers(after, found_early)
        told += (now := _told(after, intent, message))
        after = _with_answers(after, now)
    return Change(after, detected, tuple(told))


def _score_of(mapping: _Mapping, found: Detection) -> float:
    if not found.top or mapping.intent_id is None:
        return found.score
    scores = {one.intent_id: one.score for one in found.top}
    return max(scores.get(mapping.intent_id, THRESHOLD), THRESHOLD)


def _named(state: Interview, library: Library, intent: Intent) -> Interview:
    group = library.groups.get(intent.group_id or "")
    return replace(
        state,
        intent_name=intent.name,
        group_id=intent.group_id,
        group_name=group.name if group is not None else "",
    )


def _without_intent(state: Interview) -> Interview:
    return replace(
        state,
        intent_id=None,
        intent_name="",
        group_id=None,
        group_name="",
        score=0.0,
        since=0,
        asked=None,
        solution=None,
    )


def _kept(state: Interview, library: Library | None, at_ms: int) -> Interview:
    """Return the interview with its present intent among the earlier ones."""
    if state.intent_id is None:
        return state
    intent = library.intents.get(state.intent_id) if library is not None else None
    if intent is not None:
        known = known_of(state, intent)
        past = tuple(
            PastAttribute(
                attribute.name,
                question_of(attribute),
                known[attribute.attribute_id].value if attribute.attribute_id in known else None,
            )
            for attribute in intent.attributes
        )
    else:
        past = tuple(
            PastAttribute(answer.name, "", answer.value)
            for answer in state.answers
            if answer.intent_id == state.intent_id
        )
    others = [one for one in state.earlier if one.intent_id != state.intent_id]
    kept = (*others, Earlier(state.intent_id, state.intent_name, at_ms, past))
    return replace(state, earlier=kept[-EARLIER_MAX:])


# What a message tells


def _told(state: Interview, intent: Intent, message: Message) -> tuple[Told, ...]:
    """Return what a message tells of an intent's attributes, corrections included."""
    if not intent.attributes or not message.text:
        return ()
    asked = state.asked if message.number else None
    if asked is None and not may_tell(intent.attributes, message.text):
        return ()
    known = known_of(state, intent)
    found = recognised_answers(
        intent.attributes,
        message.text,
        asked=asked,
        now_ms=message.at_ms,
        known={name: answer.value for name, answer in known.items()},
    )
    if not found:
        return ()
    told = []
    for attribute in intent.attributes:
        name = attribute.attribute_id
        given, before = found.get(name), known.get(name)
        if given is None or (before is not None and before.value == given.value[:VALUE_CHARS_MAX]):
            continue
        answer = _answer(intent, attribute, given, message)
        told.append(Told(answer, was_asked=asked == name, is_correction=before is not None))
    return tuple(told)


def may_tell(attributes: tuple[Attribute, ...], text: str) -> bool:
    """Return False for what surely tells nothing unasked: no digit, no day, no address in it."""
    needs = _needs_of(attributes)
    return (
        needs is None
        or _MARK.search(text) is not None
        or ("date" in needs and DATE_HINT.search(text) is not None)
        or ("time" in needs and TIME_HINT.search(text) is not None)
    )


@lru_cache(maxsize=4_096)
def _needs_of(attributes: tuple[Attribute, ...]) -> frozenset[str] | None:
    """Return the typed values that attributes want; None: one of them may be any word."""
    needs = {
        recogniser_of(one)
        for one in attributes
        # Nobody takes a free text or a yes unasked.
        if one.kind != "boolean" and recogniser_of(one) != ""
    }
    is_worded = any(one.kind == "enum" for one in attributes)
    return None if is_worded or not needs <= _MARKED else frozenset(needs)


def _answer(intent: Intent, attribute: Attribute, given: Answer, message: Message) -> Answered:
    return Answered(
        intent.intent_id,
        attribute.attribute_id,
        attribute.name,
        attribute.kind,
        given.value[:VALUE_CHARS_MAX],
        given.text[:VALUE_CHARS_MAX],
        message.number,
        message.is_from_bot,
    )


def _with_answers(state: Interview, told: Sequence[Told]) -> Interview:
    if not told:
        return state
    fresh = [one.answer for one in told]
    replaced = {(one.intent_id, one.attribute_id) for one in fresh}
    kept = [one for one in state.answers if (one.intent_id, one.attribute_id) not in replaced]
    is_answered = any(one.attribute_id == state.asked for one in fresh)
    return replace(
        state,
        answers=(*kept, *fresh)[-ANSWERS_MAX:],
        asked=None if is_answered else state.asked,
    )


@lru_cache(maxsize=4_096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem for stem, _ in words_of(text))

"""A bot's interview about the customer's intent: confirm it, ask what is missing, look for help.

It stands at one node of a topic and takes as many turns as it needs. What the customer wants and
has told is in `Interview`, which is heard before the bot; here is only what the bot asks and how
it ends: `complete`, `incomplete`, `undetected`, `shifted` or `error`. Variables say so to the nodes
that follow. It is bounded: every question is put once, a confirmation twice, and the customer is
asked for other words as often as the author says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from processors.dialogue.recognise import boolean_in
from processors.dialogue.said import Asking, Concluded, Declined, Reply
from processors.dialogue.topic import InterviewNode, Switches
from processors.intents import interview, suggestions
from processors.intents.interview_state import RESULT_FLAGS, Interview, Result
from processors.intents.library import Intent
from processors.intents.recognise import truth

if TYPE_CHECKING:
    from processors.dialogue.running import Running
    from processors.intents.loading import Library

PREFIX: Final = "intent."
"""What the names begin with under which nodes read the interview's answers."""
_GONE: Final = "the library in force no longer has the intent for bots"
UNCLEAR_MAX: Final = 1
"""How often a confirmation is repeated when the answer is neither yes nor no."""


def take(running: Running, node: InterviewNode) -> None:
    """Begin the interview, or go on with it where a topic came in between."""
    library = running.facts.library
    if library is None:
        _conclude(running, "error", "no library of intents is in force")
        return
    asking = running.memory.asking
    if asking is not None and asking.topic_id == running.stack[-1].topic_id:
        _ask_again(running, library, asking, node)
        return
    running.memory = replace(
        running.memory, asking=Asking(running.stack[-1].topic_id, "wish"), misunderstood=0
    )
    if _found(running, library):
        return
    if running.memory.turns == 0:
        _say_and_wait(running, _opening(running, node), stage="wish")
        return
    _undetected(running, "the library has no intent for it that bots may use")


def begins(running: Running) -> bool:
    """Return whether an interview would have something to do with the present text."""
    library = running.facts.library
    if library is None or running.bot.intents is None:
        return False
    return (
        running.bot.intents.rephrase
        or _usable(running, library) is not None
        or _usable_group(running, library)
    )


def hear(running: Running, node: InterviewNode, text: str) -> None:
    """Take in what the customer said to what the interview asked."""
    library, asking = running.facts.library, running.memory.asking
    running.wait(is_awaiting=False)
    if library is None or asking is None:
        _conclude(running, "error", "no library of intents is in force any more")
        return
    if asking.stage == "confirm":
        _confirmed(running, library, asking, text)
    elif asking.stage == "question":
        _answered(running, library, asking)
    elif not _found(running, library):
        _undetected(running, "the library has no intent for it that bots may use")


def is_answered(running: Running, text: str) -> bool:
    """Return whether a text answers what the interview asked, so that no topic may claim it."""
    asking, library = running.memory.asking, running.facts.library
    if asking is None or library is None:
        return False
    if asking.stage == "confirm":
        return _says(text) is not None
    if asking.stage != "question":
        return _usable(running, library) is not None
    intent = library.intents.get(running.interview.intent_id or "")
    return intent is not None and asking.attribute_id in interview.known_of(
        running.interview, intent
    )


# What the customer wants


def _usable(running: Running, library: Library) -> str | None:
    """Return the intent to interview about: only one that bots may use (CI-16)."""
    intent = library.intents.get(running.interview.intent_id or "")
    if intent is None or not intent.is_used_by_bots:
        return None
    found = running.facts.found
    is_said = found is not None and bool(found.top) and found.top[0].intent_id == intent.intent_id
    is_over = intent.intent_id in running.memory.interviewed
    if is_over and not (is_said and found is not None and found.outcome == "intent"):
        return None
    return intent.intent_id


def _still_usable(library: Library, asking: Asking) -> Intent | None:
    """Return the intent that is asked about; None: no bot may use it any more, or it is gone."""
    intent = library.intents.get(asking.intent_id or "")
    return intent if intent is not None and intent.is_used_by_bots else None


def _usable_group(running: Running, library: Library) -> bool:
    held = running.interview
    return held.outcome == "group" and any(
        one.group_id == held.group_id and one.is_used_by_bots for one in library.intents.values()
    )


def _found(running: Running, library: Library) -> bool:
    """Go on with the intent or group that is known by now; return False when none is."""
    intent_id = _usable(running, library)
    if intent_id is not None:
        _start(running, library, library.intents[intent_id])
        return True
    asking = running.memory.asking
    if _usable_group(running, library) and (asking is None or asking.stage != "clarify"):
        question = suggestions.clarifying_question(library, running.interview, is_of_bot=True)
        running.note(f"only the group {running.interview.group_name} is known, so it asks which")
        _say_and_wait(running, question, stage="clarify")
        return True
    return False


def _start(running: Running, library: Library, intent: Intent) -> None:
    running.note(f"the customer wants {intent.name} ({running.interview.score:.2f})")
    _change(running, intent_id=intent.intent_id, asked=(), attribute_id=None, unclear=0)
    if not _switches(running).confirm:
        _next_question(running, library, intent)
        return
    text = _text(running, _switches(running).confirm_text, intent)
    _say_and_wait(running, text, stage="confirm")


def _confirmed(running: Running, library: Library, asking: Asking, text: str) -> None:
    intent = _still_usable(library, asking)
    if intent is None:
        _conclude(running, "error", _GONE)
        return
    is_other = running.interview.intent_id not in {None, intent.intent_id}
    says = _says(text)
    if says == "yes" and not is_other:
        _next_question(running, library, intent)
    elif is_other:
        if not _found(running, library):
            _undetected(running, "the customer wants something that bots may not use")
    elif says == "no":
        running.interview = interview.reject(running.interview, intent.intent_id)
        running.learned.append(Declined(intent.intent_id, intent.name))
        _undetected(running, f"the customer said no to {intent.name}")
    elif asking.unclear < UNCLEAR_MAX:
        _change(running, unclear=asking.unclear + 1)
        _say_and_wait(running, _text(running, _switches(running).confirm_text, intent))
    else:
        _undetected(running, f"the customer said neither yes nor no to {intent.name}")


def _undetected(running: Running, because: str) -> None:
    """Ask for other words, if that is still allowed; else the interview is over."""
    asking, switches = running.memory.asking, _switches(running)
    rephrased = asking.rephrased if asking is not None else 0
    if switches.rephrase and rephrased < switches.rephrase_count:
        running.note(
            f"{because}: asked for other words, {rephrased + 1} of {switches.rephrase_count}"
        )
        _change(running, rephrased=rephrased + 1, intent_id=None)
        _say_and_wait(running, _text(running, switches.rephrase_text), stage="rephrase")
        return
    _conclude(running, "undetected", because)


# Questions


def _answered(running: Running, library: Library, asking: Asking) -> None:
    held, switches = running.interview, _switches(running)
    intent = _still_usable(library, asking)
    if intent is None:
        _conclude(running, "error", _GONE)
        return
    if held.intent_id != intent.intent_id:
        _shifted(running, library, intent)
        return
    known = interview.known_of(held, intent)
    if asking.attribute_id in known:
        answer = known[asking.attribute_id]
        running.note(f"{answer.name} is {answer.value[:60]!r}")
    elif not switches.ask_all_questions:
        running.note(f"no answer for {asking.attribute_id} in this turn, which ends the interview")
        _finish(running, intent)
        return
    _next_question(running, library, intent)


def _shifted(running: Running, library: Library, before: Intent) -> None:
    """Follow the customer to another intent, if the author allows it; else the loop ends."""
    wanted = running.interview.intent_name or running.interview.group_name or "something else"
    running.note(f"the customer no longer wants {before.name} but {wanted}")
    if _switches(running).allow_shift and _found(running, library):
        return
    because = "the bot may not follow" if not _switches(running).allow_shift else "no bot may"
    _conclude(running, "shifted", f"{before.name} turned into {wanted}, and {because}", before)


def _next_question(running: Running, library: Library, intent: Intent) -> None:
    """Ask for the first required attribute that is missing; without any the interview is over."""
    asking = running.memory.asking
    asked = asking.asked if asking is not None else ()
    open_ones = [
        one
        for one in interview.missing_of(running.interview, intent)
        if one.attribute_id not in asked
    ]
    if not open_ones:
        _finish(running, intent)
        return
    attribute = open_ones[0]
    running.interview = interview.ask(running.interview, attribute.attribute_id)
    _change(running, attribute_id=attribute.attribute_id, asked=(*asked, attribute.attribute_id))
    _say_and_wait(running, interview.question_of(attribute), stage="question")


def _ask_again(running: Running, library: Library, asking: Asking, node: InterviewNode) -> None:
    """Put the last question once more, after a topic that came in between."""
    intent = _still_usable(library, asking)
    match asking.stage:
        case "question" if intent is not None:
            if running.interview.intent_id != intent.intent_id:
                _shifted(running, library, intent)
                return
            known = interview.known_of(running.interview, intent)
            attributes = {one.attribute_id: one for one in intent.attributes}
            attribute = attributes.get(asking.attribute_id or "")
            if attribute is None or attribute.attribute_id in known:
                _next_question(running, library, intent)
                return
            running.interview = interview.ask(running.interview, attribute.attribute_id)
            _say_and_wait(running, interview.question_of(attribute))
        case "confirm" if intent is not None:
            _say_and_wait(running, _text(running, _switches(running).confirm_text, intent))
        case "question" | "confirm":
            _conclude(running, "error", _GONE)
        case "clarify" if running.interview.group_id is not None:
            question = suggestions.clarifying_question(library, running.interview, is_of_bot=True)
            _say_and_wait(running, question)
        case _:
            _say_and_wait(running, _opening(running, node))


# The end


def _finish(running: Running, intent: Intent) -> None:
    """Look for a solution with what is known, show it, and end the interview."""
    held = running.interview
    missing = [one.attribute_id for one in interview.missing_of(held, intent)]
    solved = suggestions.solve(held, intent, running.facts.articles, running.facts.now_ms)
    running.interview = replace(held, solution=solved.solution)
    _show(running, intent, solved)
    if missing:
        _conclude(running, "incomplete", f"without an answer: {', '.join(missing)}", intent, solved)
    else:
        _conclude(running, "complete", "all that is required is known", intent, solved)


def _show(running: Running, intent: Intent, solved: suggestions.Solved) -> None:
    texts = [one.text for one in intent.solutions if one.kind == "text" and one.text.strip()]
    for text in texts:
        running.replies.append(Reply(text))
    articles = solved.solution.articles
    switches = _switches(running)
    if articles:
        lines = [_text(running, switches.found_text, intent)]
        lines += [
            f"- [{one.title}]({one.url}): {one.summary}"
            if one.url
            else f"- {one.title}: {one.summary}"
            for one in articles
        ]
        spoken = f"{lines[0]} {'; '.join(one.title for one in articles)}."
        running.replies.append(Reply("\n".join(lines), "markdown", spoken))
    elif not texts:
        running.replies.append(Reply(_text(running, switches.nothing_found_text, intent)))


def _conclude(
    running: Running,
    result: Result,
    because: str,
    intent: Intent | None = None,
    solved: suggestions.Solved | None = None,
) -> None:
    """End the interview, say how by variables, and go past its node."""
    running.note(f"the interview is over, {RESULT_FLAGS[result]}: {because}")
    query = solved.solution.query if solved is not None else ""
    asking = running.memory.asking
    intent_id = intent.intent_id if intent is not None else None
    if intent_id is None and asking is not None:
        intent_id = asking.intent_id
    missing: tuple[str, ...] = ()
    if intent is not None:
        found = interview.missing_of(running.interview, intent)
        missing = tuple(one.attribute_id for one in found)
    running.learned.append(Concluded(result, intent_id, because, missing, solved))
    running.interview = replace(interview.ask(running.interview, None), result=result, query=query)
    for flag in RESULT_FLAGS.values():
        running.assign(flag, "true" if flag == RESULT_FLAGS[result] else "false")
    running.assign("SolutionQuery", query)
    held = running.interview
    running.assign("intent_id", held.intent_id or "")
    running.assign("intent_name", held.intent_name)
    running.assign("intent_group_id", held.group_id or "")
    running.known |= answers_of(running.facts.library, held)
    interviewed = running.memory.interviewed
    if intent_id is not None and intent_id not in interviewed:
        interviewed = (*interviewed, intent_id)[-20:]
    running.memory = replace(running.memory, asking=None, interviewed=interviewed)
    running.go_on()


def answers_of(library: Library | None, held: Interview) -> dict[str, str | int | float]:
    """Return what is told of the present intent, by name: `intent.{attribute_id}`."""
    intent = None if library is None else library.intents.get(held.intent_id or "")
    if intent is None:
        return {}
    known = interview.known_of(held, intent)
    return {f"{PREFIX}{name}": answer.value for name, answer in known.items()}


# Words


def _says(text: str) -> str | None:
    """Return `yes` or `no` as a text says; None: neither."""
    said = truth(text)
    if said is None:
        found = boolean_in(text[:1_000])
        return None if found is None else "yes" if found == "true" else "no"
    return "yes" if said else "no"


def _switches(running: Running) -> Switches:
    return running.bot.intents or Switches()


def _opening(running: Running, node: InterviewNode) -> str:
    if node.opening is not None:
        return node.opening.filled(running.known)
    return _text(running, _switches(running).opening_text)


def _text(running: Running, text: str, intent: Intent | None = None) -> str:
    name = intent.name if intent is not None else ""
    return text.replace("{intent_name}", name)


def _change(running: Running, **fields: object) -> None:
    asking = running.memory.asking or Asking(running.stack[-1].topic_id, "wish")
    running.memory = replace(running.memory, asking=replace(asking, **fields))


def _say_and_wait(running: Running, text: str, stage: str | None = None) -> None:
    if stage is not None:
        _change(running, stage=stage)
    running.replies.append(Reply(text.strip() or "…"))
    running.wait(is_awaiting=True)

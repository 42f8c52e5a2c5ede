"""A bot in the middle of one answer: the topics in progress, and what each step does to them."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import Final

import msgspec
from msgspec.structs import replace

from processors.dialogue import interviewing
from processors.dialogue.bots import Bot
from processors.dialogue.conditions import VALUE_CHARS_MAX, Template, holds, said_of, shown
from processors.dialogue.recognise import boolean_in
from processors.dialogue.said import (
    TOPICS_MAX,
    Concluded,
    Declined,
    Effect,
    EndConversation,
    Facts,
    HangUp,
    Memory,
    Place,
    Reason,
    Reply,
    Transfer,
    TransferToNumber,
    Value,
    Why,
)
from processors.dialogue.topic import (
    ESCALATE,
    Action,
    Assign,
    Branch,
    Choice,
    CustomerLocale,
    EndAllTopics,
    EndCall,
    EndNode,
    EndTopic,
    GoToTopic,
    InterviewNode,
    Jump,
    Message,
    PhoneNumber,
    Question,
    SurveyConsent,
    TransferNode,
)
from processors.dialogue.topics import STEPS_MAX
from processors.handoff import actions
from processors.intents.interview_state import Interview
from processors.machine import Rejection

REPLIES_MAX: Final = 20
REPLY_CHARS_MAX: Final = 6_000
"""A message of this length has at most 24,000 bytes: with its metadata it fits every channel."""
TRACE_MAX: Final = 300


class SaidSoFar(msgspec.Struct, frozen=True):
    """What can be taken back when a run turns out to be at fault."""

    replies: int
    changed: dict[str, Value]
    known: dict[str, Value]
    interview: Interview
    learned: int


class Running:
    """A bot in the middle of one answer.

    Attributes:
        stack: Topics in progress, the innermost last.
        known: Variables and facts by name.
        changed: Variables that were set.
        effect: What happens after the replies.
        interview: What the customer wants.
        learned: What interviews about it came to.
    """

    def __init__(self, bot: Bot, memory: Memory, facts: Facts, known: dict[str, Value]) -> None:
        self.bot, self.memory, self.facts = bot, memory, facts
        self.stack: list[Place] = list(memory.stack)
        self.interview = facts.interview
        self.learned: list[Concluded | Declined] = []
        answers = interviewing.answers_of(facts.library, facts.interview)
        self.known: dict[str, Value] = {**facts.variables, **answers, **known}
        self.changed: dict[str, Value] = {}
        self.replies: list[Reply] = []
        self.trace: list[str] = []
        self.effect: Effect | None = None
        self._steps = 0

    def begin_variables(self) -> None:
        """Set the variables that the bot begins with, where nobody has set them."""
        for name, value in self.bot.variables.items():
            if name not in self.known:
                self.assign(name, value)

    def leave_changed_topics(self) -> None:
        """Leave topics in progress that were published in another shape meanwhile."""
        kept = [place for place in self.stack if self._is_as_it_was(place)]
        if len(kept) == len(self.stack):
            return
        left = [place.topic_id for place in self.stack if place not in kept]
        self.trace.append(f"published anew meanwhile, so left: {', '.join(left)}")
        if self.stack[-1] not in kept:
            self.wait(is_awaiting=False)
        self.stack = kept

    def question(self) -> Question | None:
        """Return the question that waits for an answer; None when none does."""
        if not self.memory.is_awaiting or not self.stack:
            return None
        place = self.stack[-1]
        action = self.bot.topics[place.topic_id].steps[place.step].action
        return action if isinstance(action, Question) else None

    def interviewing(self) -> InterviewNode | None:
        """Return the interview that waits for the customer; None when none does."""
        if not self.memory.is_awaiting or not self.stack:
            return None
        place = self.stack[-1]
        action = self.bot.topics[place.topic_id].steps[place.step].action
        return action if isinstance(action, InterviewNode) else None

    def answered(self, question: Question, value: Value) -> None:
        """Keep an answer and go past the question."""
        self.trace.append(f"{question.variable} is {shown(value)!r}, a {question.kind}")
        self.assign(question.variable, value)
        self.memory = replace(self.memory, misunderstood=0)
        self.wait(is_awaiting=False)
        self.go_on()

    def asks_again(self, question: Question) -> bool:
        """Ask the question again, if it may be asked again."""
        attempts = self.memory.attempts
        if attempts > question.retries:
            return False
        self.trace.append(
            f"no {question.kind} in it: asked again, {attempts} of {question.retries}"
        )
        self._ask(question, question.retry or question.message)
        self.memory = replace(self.memory, attempts=attempts + 1)
        return True

    def give_up(self, question: Question) -> None:
        """Go on without the answer, or end the topic that needs it."""
        self.wait(is_awaiting=False)
        if question.on_failure:
            self.stack.pop()
            return
        if question.default is not None:
            self.assign(question.variable, question.default)
        self.go_on()

    def enter(self, topic_id: str, why: Why) -> None:
        """Begin a topic; one that is in progress begins anew, and what it led to is over."""
        for at, place in enumerate(self.stack):
            if place.topic_id == topic_id:
                del self.stack[at:]
                break
        self.wait(is_awaiting=False)
        self._forget_interview(topic_id)
        self.stack.append(Place(topic_id, self.bot.topics[topic_id].version, 0, why))

    def end_all(self, because: str) -> None:
        """End every topic in progress."""
        if self.stack:
            self.trace.append(f"{because}: {', '.join(p.topic_id for p in self.stack)} ended")
        for place in reversed(self.stack):
            self._completed(place)
        self.stack.clear()
        self._forget_interview()
        self.wait(is_awaiting=False)

    def assign(self, name: str, value: Value) -> None:
        """Set a variable; a text is cut at 4,000 characters, and the trace says so."""
        if isinstance(value, str) and len(value) > VALUE_CHARS_MAX:
            self.trace.append(f"{name} was cut from {len(value):,} characters")
            value = value[:VALUE_CHARS_MAX]
        self.known[name] = self.changed[name] = value

    def said_so_far(self) -> SaidSoFar:
        """Return what `take_back` needs."""
        return SaidSoFar(
            len(self.replies),
            dict(self.changed),
            dict(self.known),
            self.interview,
            len(self.learned),
        )

    def take_back(self, before: SaidSoFar) -> None:
        """Take back what was said and set since, and leave every topic."""
        del self.replies[before.replies :]
        del self.learned[before.learned :]
        self.interview = before.interview
        self.changed, self.known = dict(before.changed), dict(before.known)
        self.stack.clear()
        self._forget_interview()
        self.wait(is_awaiting=False)
        self._steps = 0

    def take_steps(self) -> bool:
        """Take steps until the customer is next or the bot is done; False: it would not end."""
        while self.stack and self.effect is None and not self.memory.is_awaiting:
            place = self.stack[-1]
            topic = self.bot.topics[place.topic_id]
            if place.step >= len(topic.steps):
                self._end_topic()
                continue
            self._steps += 1
            step = topic.steps[place.step]
            if self._steps > STEPS_MAX or len(self.replies) >= REPLIES_MAX:
                where = f"topic {place.topic_id}, line {step.line}"
                self._trace_fault(f"{where}: no end after {self._steps - 1} steps, so it escalates")
                return False
            self._take(step.action)
        return True

    @singledispatchmethod
    def _take(self, action: Action) -> None:
        raise NotImplementedError

    @_take.register
    def _(self, action: Message) -> None:
        self._say(action)
        self.go_on()

    @_take.register
    def _(self, action: Question) -> None:
        held = shown(self.known.get(action.variable, ""))
        if action.is_skipped_if_known and held:
            self.note(f"not asked: {action.variable} is {held!r} already")
            self.go_on()
            return
        self._ask(action, action.message)
        self.wait(is_awaiting=True)

    @_take.register
    def _(self, action: Branch) -> None:
        is_true = holds(action.condition, self.known)
        self.note(f"{said_of(action.condition)}: {'yes' if is_true else 'no'}")
        if is_true:
            self.go_on()
        else:
            self._go_to(action.otherwise)

    @_take.register
    def _(self, action: Jump) -> None:
        self._go_to(action.step)

    @_take.register
    def _(self, action: Assign) -> None:
        for name, value in action.values:
            filled = self._value(value)
            self.assign(name, filled)
            self.note(f"{name} is {shown(filled)[:60]!r}")
        self.go_on()

    @_take.register
    def _(self, action: SurveyConsent) -> None:
        said = boolean_in(action.consent.filled(self.known))
        if said is None:
            self.note("survey consent not set: neither yes nor no was given")
        else:
            done = self._perform("set_survey_consent", {"surveyConsent": said == "true"})
            if isinstance(done, actions.SetVariables):
                self._assign_all(done.values)
        self.go_on()

    @_take.register
    def _(self, action: CustomerLocale) -> None:
        given = {"customerLocale": action.locale.filled(self.known)}
        done = self._perform("set_customer_locale_and_handoff", given)
        self.go_on()
        if isinstance(done, actions.HandOff):
            self._assign_all(done.values)
            self._transfer(action.message)

    @_take.register
    def _(self, action: PhoneNumber) -> None:
        given = {"TargetPhoneNumber": action.number.filled(self.known)}
        done = self._perform("transfer_to_phone_number", given)
        self.go_on()
        if isinstance(done, actions.TransferCall):
            self.end_all(f"the call goes to {done.number}")
            self.effect = TransferToNumber(done.number)

    @_take.register
    def _(self, action: EndCall) -> None:
        done = self._perform("hang_up", {})
        self.go_on()
        if isinstance(done, actions.HangUp):
            self.end_all("the bot hangs up")
            self.effect = HangUp()

    @_take.register
    def _(self, action: GoToTopic) -> None:
        self.note(f"redirected to topic {action.topic_id}")
        self.go_on()
        self.enter(action.topic_id, "redirect")

    @_take.register
    def _(self, action: EndTopic) -> None:
        self._end_topic()

    @_take.register
    def _(self, action: EndAllTopics) -> None:
        self.end_all("all topics end")

    @_take.register
    def _(self, action: TransferNode) -> None:
        self._transfer(action.message)

    @_take.register
    def _(self, action: InterviewNode) -> None:
        interviewing.take(self, action)

    @_take.register
    def _(self, action: EndNode) -> None:
        self.end_all("the conversation ends")
        match action.outcome:
            case "resolved":
                self.effect = EndConversation("resolved", "resolved")
            case "abandoned":
                self.effect = EndConversation("abandoned", "user_exit")
            case "none":
                self.effect = EndConversation("none", "no_error")

    def _transfer(self, message: Template | None) -> None:
        """Hand off: the topic that does so is over, and so are those that led to it."""
        private = message.filled(self.known)[:VALUE_CHARS_MAX].strip() if message else ""
        reason = self._reason()
        self.note(f"transferred: {reason}")
        while self.stack:
            place = self.stack.pop()
            self._completed(place)
            if place.why != "redirect":
                break
        # A topic that was interrupted goes on with its question if nobody takes over.
        self.effect = Transfer(private or None, reason)

    def _reason(self) -> Reason:
        """Return why the bot hands off: how Escalate was entered, or that its author said so."""
        for place in reversed(self.stack):
            if place.topic_id == ESCALATE and place.why == "phrase":
                return "requested_by_customer"
            match place.why:
                case "unrecognized" | "question_attempts" | "system_error":
                    return place.why
                case _:
                    pass
        return "configured_by_author"

    def _perform(
        self, name: str, given: dict[str, bool] | dict[str, str]
    ) -> actions.Effect | Rejection:
        """Perform an action; one that is refused does nothing, and the topic goes on."""
        situation = actions.Situation(
            # A call from a withheld number is a call all the same.
            customer_phone=(self.facts.customer_phone or "withheld") if self.facts.is_voice else "",
            callable_numbers=self.bot.callable_numbers,
        )
        done = actions.perform(name, given, situation)
        if isinstance(done, Rejection):
            self.note(f"{name} was refused: {done.because}")
        else:
            self.note(f"{name} was done")
        return done

    def _assign_all(self, values: dict[str, Value]) -> None:
        for name, value in values.items():
            self.assign(name, value)

    def _ask(self, question: Question, message: Message) -> None:
        self._say(message, question.choices)

    def _say(self, message: Message, choices: tuple[Choice, ...] = ()) -> None:
        text = message.text.filled(self.known).strip()
        if choices:
            listed = [f"{number}. {choice.value}" for number, choice in enumerate(choices, 1)]
            text = "\n".join((text, *listed))
        if not text:
            self.note("nothing said: the message is empty")
            return
        if len(text) > REPLY_CHARS_MAX:
            self.note(f"a message was cut from {len(text):,} characters")
        speak = message.speak.filled(self.known).strip() if message.speak is not None else ""
        self.replies.append(
            Reply(
                text[:REPLY_CHARS_MAX],
                message.text_format,
                speak[:REPLY_CHARS_MAX] or None,
                message.is_uninterruptible,
            )
        )

    def _value(self, value: Template | Value) -> Value:
        return value.filled(self.known) if isinstance(value, Template) else value

    def wait(self, *, is_awaiting: bool) -> None:
        """Wait for the customer's answer to the present step, or no longer."""
        attempts = 1 if is_awaiting else 0
        self.memory = replace(self.memory, is_awaiting=is_awaiting, attempts=attempts)

    def go_on(self) -> None:
        """Go past the present step."""
        self._go_to(self.stack[-1].step + 1)

    def _go_to(self, step: int) -> None:
        self.stack[-1] = replace(self.stack[-1], step=step)

    def _end_topic(self) -> None:
        place = self.stack.pop()
        self._completed(place)
        self.note(f"topic {place.topic_id} ended")

    def _completed(self, place: Place) -> None:
        name = self.bot.topics[place.topic_id].name
        if name not in self.memory.ended_topics:
            ended = (*self.memory.ended_topics, name)[-TOPICS_MAX:]
            self.memory = replace(self.memory, ended_topics=ended)

    def _forget_interview(self, topic_id: str | None = None) -> None:
        """Forget where an interview stood: of one topic, or whichever there is."""
        asking = self.memory.asking
        if asking is not None and topic_id in {None, asking.topic_id}:
            self.memory = replace(self.memory, asking=None)

    def _is_as_it_was(self, place: Place) -> bool:
        topic = self.bot.topics.get(place.topic_id)
        return topic is not None and topic.version == place.version

    def note(self, sentence: str) -> None:
        """Add a sentence to the trace, while there is room."""
        if len(self.trace) < TRACE_MAX:
            self.trace.append(sentence)

    def _trace_fault(self, sentence: str) -> None:
        del self.trace[20:]
        self.trace.append(sentence)

"""The nodes an author writes, made into the steps of a topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec

from processors.dialogue.authoring import Part
from processors.dialogue.conditions import (
    OPERATORS,
    WITHOUT_VALUE,
    Comparison,
    Condition,
    Group,
    Template,
)
from processors.dialogue.match import plain_words
from processors.dialogue.said import Value
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
    Step,
    SurveyConsent,
    TransferNode,
)
from processors.handoff import locales, voice
from processors.machine import Rejection

STEPS_MAX: Final = 500
NODES_MAX: Final = 200
CHOICES_MAX: Final = 20
RETRIES_MAX: Final = 5
SET_MAX: Final = 50
CONDITION_PARTS_MAX: Final = 20

_KINDS: Final = ("string", "number", "date", "boolean", "choice")
_FORMATS: Final = ("plain", "markdown")
_OUTCOMES: Final = ("resolved", "abandoned", "none")


class Target(msgspec.Struct, frozen=True):
    """A topic that a node leads to, and who says so; it is looked up when all topics are read."""

    topic_id: str
    part: Part


class Steps:
    """The steps of a topic while its nodes are read.

    Attributes:
        steps: The steps so far.
        targets: Topics they lead to.
    """

    def __init__(self, inside: str) -> None:
        self.steps: list[Step] = []
        self.targets: list[Target] = []
        self._inside = inside
        self._labels: dict[str, int] = {}
        self._jumps: list[tuple[int, str, Part]] = []

    def read(self, nodes: Part) -> tuple[Step, ...]:
        """Return the steps of a list of nodes.

        Raises:
            InvalidReferenceError: A node is at fault.
        """
        self._block(nodes, self._inside)
        for at, label, part in self._jumps:
            if label not in self._labels:
                known = ", ".join(self._labels) or "none"
                raise part.fault(f"this topic has no node with the id {label!r}; its ids: {known}")
            self.steps[at] = Step(Jump(self._labels[label]), part.line)
        return tuple(self.steps)

    def _block(self, nodes: Part, inside: str) -> None:
        for number, node in enumerate(nodes.items("a list of nodes", NODES_MAX), 1):
            self._node(node.within(f"{inside}, node {number}"))
            if len(self.steps) > STEPS_MAX:
                raise node.fault(f"a topic has at most {STEPS_MAX} steps")

    def _node(self, node: Part) -> None:
        if node.is_scalar:
            kind, fields = node.text("a node"), {}
            if kind not in _ALONE:
                raise node.fault(f"{kind!r} is no node by itself; those are {', '.join(_ALONE)}")
        else:
            fields = node.fields("a node")
            kinds = [key for key in fields if key in _OPTIONS]
            if len(kinds) != 1:
                found = " and ".join(kinds) or "none of them"
                known = ", ".join(_OPTIONS)
                raise node.fault(f"a node is exactly one of {known}; this one is {found}")
            kind = kinds[0]
            node.fields(f"the node {kind}", (kind, *_OPTIONS[kind], "id"))
        if "id" in fields:
            label = fields["id"].identifier("the id of a node")
            if label in self._labels:
                raise fields["id"].fault(f"another node of this topic has the id {label!r} already")
            self._labels[label] = len(self.steps)
        if kind == "if":
            self._if(node, fields)
        elif kind == "go_to_step":
            part = fields[kind]
            self._jumps.append((len(self.steps), part.identifier("go_to_step"), part))
            self.steps.append(Step(Jump(0), part.line))
        else:
            self.steps.append(Step(self._action(kind, node, fields), node.line))

    def _if(self, node: Part, fields: Mapping[str, Part]) -> None:
        condition = _condition(fields["if"])
        if "then" not in fields:
            raise node.fault("a condition needs a list of nodes under then")
        at = len(self.steps)
        self.steps.append(Step(Branch(condition, 0), node.line))
        self._block(fields["then"], f"{node.inside} then")
        otherwise = len(self.steps)
        if "else" in fields:
            self.steps.append(Step(Jump(0), node.line))
            otherwise = len(self.steps)
            self._block(fields["else"], f"{node.inside} else")
            self.steps[otherwise - 1] = Step(Jump(len(self.steps)), node.line)
        self.steps[at] = Step(Branch(condition, otherwise), node.line)

    def _action(self, kind: str, node: Part, fields: Mapping[str, Part]) -> Action:
        action = _READERS[kind](node, fields)
        if isinstance(action, GoToTopic):
            self.targets.append(Target(action.topic_id, fields[kind]))
        if isinstance(action, Question) and "on_failure" in fields and action.on_failure:
            self.targets.append(Target(action.on_failure, fields["on_failure"]))
        return action


def _message(kind: str) -> Callable[[Part, Mapping[str, Part]], Message]:
    def read(node: Part, fields: Mapping[str, Part]) -> Message:
        is_uninterruptible = kind == "uninterruptible_message"
        if "uninterruptible" in fields:
            is_uninterruptible = fields["uninterruptible"].boolean("uninterruptible")
        return Message(
            fields[kind].template(f"the text of {kind}"),
            text_format=_format(fields),
            speak=_template(fields, "speak"),
            is_uninterruptible=is_uninterruptible,
        )

    return read


def _format(fields: Mapping[str, Part]) -> Literal["plain", "markdown"]:
    if "format" not in fields:
        return "plain"
    return "markdown" if fields["format"].one_of("format", _FORMATS) == "markdown" else "plain"


def _question(node: Part, fields: Mapping[str, Part]) -> Question:
    if "variable" not in fields:
        raise node.fault("a question needs a variable to keep the answer in")
    kind = fields["type"].one_of("type", _KINDS) if "type" in fields else None
    choices = _choices(fields["choices"]) if "choices" in fields else ()
    if choices and kind not in {None, "choice"}:
        raise fields["choices"].fault(f"choices belong to the type choice, not to {kind}")
    if kind == "choice" and not choices:
        raise node.fault("a question of the type choice needs choices")
    message = _message("question")(node, fields)
    retry = None
    if "retry" in fields:
        retry = Message(fields["retry"].template("retry"), text_format=message.text_format)
    on_failure = ESCALATE
    if "on_failure" in fields:
        on_failure = fields["on_failure"].identifier("on_failure")
    if "default" in fields and on_failure != "continue":
        raise fields["default"].fault("default is for a question with on_failure: continue")
    return Question(
        message=message,
        variable=fields["variable"].variable("variable"),
        kind=_kind(kind, choices),
        choices=choices,
        retries=fields["retries"].integer("retries", 0, RETRIES_MAX) if "retries" in fields else 2,
        retry=retry,
        on_failure="" if on_failure == "continue" else on_failure,
        default=fields["default"].value("default") if "default" in fields else None,
        is_interruptible=_flag(fields, "interruptible", default=True),
        is_skipped_if_known=_flag(fields, "skip_if_known", default=False),
    )


def _kind(
    kind: str | None, choices: tuple[Choice, ...]
) -> Literal["string", "number", "date", "boolean", "choice"]:
    match kind:
        case "number" | "date" | "boolean":
            return kind
        case _:
            return "choice" if choices else "string"


def _choices(part: Part) -> tuple[Choice, ...]:
    choices: list[Choice] = []
    if part.is_list:
        items = part.items("choices", CHOICES_MAX)
        choices = [Choice(item.text("a choice", 200)) for item in items]
    else:
        for value, words in part.fields("choices").items():
            if not value.strip() or len(value) > 200:
                raise words.fault("a choice is a text of 1 to 200 characters")
            synonyms = words.items("other words for a choice", CHOICES_MAX)
            choices.append(
                Choice(value, tuple(word.text("a word for a choice", 200) for word in synonyms))
            )
    if not 1 <= len(choices) <= CHOICES_MAX:
        raise part.fault(f"a question has 1 to {CHOICES_MAX} choices, not {len(choices)}")
    seen: dict[tuple[str, ...], str] = {}
    for choice in choices:
        for word in (choice.value, *choice.words):
            words_of = plain_words(word)
            if seen.setdefault(words_of, choice.value) != choice.value or not words_of:
                raise part.fault(f"{word!r} does not tell one choice from the others")
    if len({choice.value for choice in choices}) < len(choices):
        raise part.fault("two choices are the same")
    return tuple(choices)


def _condition(part: Part) -> Condition:
    allowed = ("variable", "is", "value", "all", "any", "not")
    fields = part.fields("a condition", allowed)
    groups = [key for key in ("all", "any", "not") if key in fields]
    if groups:
        if len(fields) != 1:
            raise part.fault(f"beside {groups[0]} nothing else stands in a condition")
        return _group(groups[0], fields[groups[0]])
    if "variable" not in fields or "is" not in fields:
        raise part.fault("a condition says variable and is, or all, any or not")
    operator = fields["is"].one_of("is", OPERATORS)
    if operator in WITHOUT_VALUE:
        if "value" in fields:
            raise fields["value"].fault(f"{operator} compares with no value")
        return Comparison(fields["variable"].readable("variable"), operator)
    if "value" not in fields:
        raise part.fault(f"{operator} needs a value to compare with")
    return Comparison(fields["variable"].readable("variable"), operator, _operands(fields["value"]))


def _operands(part: Part) -> tuple[Template, ...]:
    if part.is_list:
        items = part.items("value", CONDITION_PARTS_MAX)
        if not items:
            raise part.fault("value is an empty list")
        return tuple(item.template("a value") for item in items)
    return (part.template("value"),)


def _group(kind: str, part: Part) -> Condition:
    if kind == "not":
        return Group("not", (_condition(part),))
    items = part.items(kind, CONDITION_PARTS_MAX)
    if not items:
        raise part.fault(f"{kind} is empty")
    return Group("all" if kind == "all" else "any", tuple(_condition(item) for item in items))


def _set(_: Part, fields: Mapping[str, Part]) -> Assign:
    given = fields["set"].fields("set")
    if not 1 <= len(given) <= SET_MAX:
        raise fields["set"].fault(f"set takes 1 to {SET_MAX} variables, not {len(given)}")
    values: list[tuple[str, Template | Value]] = []
    for name, part in given.items():
        variable = part.named(name).variable("the variable")
        value = part.value(f"the value of {variable}")
        is_number = not isinstance(value, str)
        values.append(
            (variable, value if is_number or not value else part.template(f"the value of {name}"))
        )
    return Assign(tuple(values))


def _survey_consent(_: Part, fields: Mapping[str, Part]) -> SurveyConsent:
    part = fields["survey_consent"]
    template = part.template("survey_consent")
    if not template.names:
        return SurveyConsent(Template("yes" if part.boolean("survey_consent") else "no"))
    return SurveyConsent(template)


def _customer_locale(_: Part, fields: Mapping[str, Part]) -> CustomerLocale:
    part = fields["customer_locale"]
    template = part.template("customer_locale")
    if not template.names and locales.canonical(template.text) is None:
        raise part.fault(
            f"{template.text!r} is no locale that representatives are found for; "
            "write one as en-US or fr-FR"
        )
    return CustomerLocale(template, _template(fields, "private_message"))


def _phone_number(_: Part, fields: Mapping[str, Part]) -> PhoneNumber:
    part = fields["transfer_to_phone_number"]
    template = part.template("transfer_to_phone_number")
    if not template.names:
        number = voice.phone_number(template.text)
        if isinstance(number, Rejection):
            raise part.fault(number.because)
    return PhoneNumber(template)


def _go_to_topic(_: Part, fields: Mapping[str, Part]) -> GoToTopic:
    return GoToTopic(fields["go_to_topic"].identifier("go_to_topic"))


def _transfer(_: Part, fields: Mapping[str, Part]) -> TransferNode:
    if "transfer" not in fields or fields["transfer"].is_empty:
        return TransferNode()
    return TransferNode(fields["transfer"].template("the private message of transfer"))


def _interview(_: Part, fields: Mapping[str, Part]) -> InterviewNode:
    if "interview" not in fields or fields["interview"].is_empty:
        return InterviewNode()
    return InterviewNode(fields["interview"].template("the opening question of interview"))


def _end_conversation(_: Part, fields: Mapping[str, Part]) -> EndNode:
    if "end_conversation" not in fields or fields["end_conversation"].is_empty:
        return EndNode()
    match fields["end_conversation"].one_of("end_conversation", _OUTCOMES):
        case "abandoned":
            return EndNode("abandoned")
        case "none":
            return EndNode("none")
        case _:
            return EndNode("resolved")


def _bare(kind: str, action: Action) -> Callable[[Part, Mapping[str, Part]], Action]:
    def read(_: Part, fields: Mapping[str, Part]) -> Action:
        if kind in fields and not fields[kind].is_empty:
            raise fields[kind].fault(f"{kind} stands alone, without a value")
        return action

    return read


def _flag(fields: Mapping[str, Part], name: str, *, default: bool) -> bool:
    return fields[name].boolean(name) if name in fields else default


def _template(fields: Mapping[str, Part], name: str) -> Template | None:
    return fields[name].template(name) if name in fields else None


_READERS: Final[Mapping[str, Callable[[Part, Mapping[str, Part]], Action]]] = {
    "message": _message("message"),
    "question": _question,
    "set": _set,
    "go_to_topic": _go_to_topic,
    "end_topic": _bare("end_topic", EndTopic()),
    "end_all_topics": _bare("end_all_topics", EndAllTopics()),
    "transfer": _transfer,
    "end_conversation": _end_conversation,
    "interview": _interview,
    "survey_consent": _survey_consent,
    "customer_locale": _customer_locale,
    "uninterruptible_message": _message("uninterruptible_message"),
    "transfer_to_phone_number": _phone_number,
    "hang_up": _bare("hang_up", EndCall()),
}

_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("speak", "uninterruptible", "format"),
    "question": (
        "variable",
        "type",
        "choices",
        "retries",
        "retry",
        "on_failure",
        "default",
        "interruptible",
        "skip_if_known",
        "speak",
        "format",
    ),
    "if": ("then", "else"),
    "set": (),
    "go_to_topic": (),
    "go_to_step": (),
    "end_topic": (),
    "end_all_topics": (),
    "transfer": (),
    "end_conversation": (),
    "interview": (),
    "survey_consent": (),
    "customer_locale": ("private_message",),
    "uninterruptible_message": ("speak", "format"),
    "transfer_to_phone_number": (),
    "hang_up": (),
}
"""The nodes there are, and what each can say beside itself and `id`."""

_ALONE: Final = (
    "end_topic",
    "end_all_topics",
    "transfer",
    "end_conversation",
    "hang_up",
    "interview",
)
"""Nodes that may be written as a word alone."""

"""Conditions as data: what a rule asks of the facts about a work item.

A condition is one of four forms, each a JSON object:

    {"all": [condition, ...]}      {"any": [condition, ...]}      {"not": condition}
    {"field": "customer.tier", "is": "equals", "value": "gold"}

A field is a dotted name that reaches at most two related records away: `locale` is the item's own,
`customer.tier` one record away, `customer.account.country` two. `context.NAME` is the context
variable of that very name, dots and all. With `value_of` in place of `value` the other side is a
fact, too. Text is compared without regard to case; a number never equals a text. A fact that is
missing equals nothing, contains nothing and is neither greater nor less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from processors.errors import ProcessorError

Fact = str | int | float | bool
Facts = Mapping[str, Fact]

Operator = Literal[
    "equals",
    "not_equals",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "begins_with",
    "ends_with",
    "greater",
    "greater_or_equal",
    "less",
    "less_or_equal",
    "is_empty",
    "is_not_empty",
]

CONTEXT: Final = "context."
RELATIONS_MAX: Final = 2
DEPTH_MAX: Final = 8
VARIABLE_NAME_MAX: Final = 100
SHOWN_MAX: Final = 80
_UNARY: Final = frozenset({"is_empty", "is_not_empty"})
_LISTED: Final = frozenset({"in", "not_in"})
_NEGATIONS: Final = {
    "not_equals": "equals",
    "not_in": "in",
    "not_contains": "contains",
    "is_not_empty": "is_empty",
}
_WORDS: Final = {
    "equals": "is",
    "not_equals": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "not_contains": "does not contain",
    "begins_with": "begins with",
    "ends_with": "ends with",
    "greater": "is greater than",
    "greater_or_equal": "is at least",
    "less": "is less than",
    "less_or_equal": "is at most",
    "is_empty": "is empty",
    "is_not_empty": "is not empty",
}


class Condition(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """One condition; exactly one of `every`, `some`, `negated` and `field` is given.

    Attributes:
        every: `all`: each of these holds; of none, it holds.
        some: `any`: at least one of these holds; of none, it does not.
        negated: `not`: this one does not hold.
        field: Name of the fact that is compared.
        operator: `is`: how.
        value: With what; a list for `in` and `not_in`.
        value_of: Name of the fact it is compared with, in place of `value`.
    """

    every: tuple[Condition, ...] | None = msgspec.field(default=None, name="all")
    some: tuple[Condition, ...] | None = msgspec.field(default=None, name="any")
    negated: Condition | None = msgspec.field(default=None, name="not")
    field: str | None = None
    operator: Operator = msgspec.field(default="equals", name="is")
    value: Fact | tuple[Fact, ...] | None = None
    value_of: str | None = None


class RuleFaultError(ProcessorError):
    """A condition cannot be answered, e.g. it asks whether a text is greater than a number.

    Attributes:
        condition: The condition in words.
        because: Why there is no answer.
    """

    def __init__(self, *, condition: str, because: str) -> None:
        super().__init__(f"{condition}: {because}; correct the rule or what sets the value")
        self.condition, self.because = condition, because


def judge(condition: Condition | None, facts: Facts) -> str | None:
    """Return None if the condition holds, else what of it failed, in words.

    Raises:
        RuleFaultError: It cannot be answered with these facts.
    """
    if condition is None:
        return None
    if condition.every is not None:
        for part in condition.every:
            failed = judge(part, facts)
            if failed is not None:
                return failed
        return None
    if condition.some is not None:
        every_failed: list[str] = []
        for part in condition.some:
            failed = judge(part, facts)
            if failed is None:
                return None
            every_failed.append(failed)
        return "; ".join(every_failed) or "no alternative is given"
    if condition.negated is not None:
        if judge(condition.negated, facts) is None:
            return f"not so: {words(condition.negated)}"
        return None
    return _judge_one(condition, facts)


def holds(condition: Condition | None, facts: Facts) -> bool:
    """Return True if the condition holds; None holds always. Raises as `judge`."""
    return judge(condition, facts) is None


def words(condition: Condition | None) -> str:
    """Return the condition in words."""
    if condition is None:
        return "always"
    if condition.every is not None:
        return "(" + " and ".join(words(part) for part in condition.every) + ")"
    if condition.some is not None:
        return "(" + " or ".join(words(part) for part in condition.some) + ")"
    if condition.negated is not None:
        return f"not {words(condition.negated)}"
    says = f"{condition.field} {_WORDS[condition.operator]}"
    if condition.operator in _UNARY:
        return says
    if condition.value_of is not None:
        return f"{says} {condition.value_of}"
    return f"{says} {shown(condition.value)}"


def faults(condition: Condition, path: str, depth: int = 1) -> Iterator[tuple[str, str]]:
    """Yield `(field path, what is wrong)` of a condition that was read from an artefact."""
    forms = [
        name
        for name, value in (
            ("all", condition.every),
            ("any", condition.some),
            ("not", condition.negated),
            ("field", condition.field),
        )
        if value is not None
    ]
    if len(forms) != 1:
        found = " and ".join(forms) if forms else "none of them"
        yield path, f"a condition has exactly one of all, any, not and field; this has {found}"
        return
    if depth > DEPTH_MAX:
        yield path, f"conditions may lie at most {DEPTH_MAX} deep in one another"
        return
    if condition.field is not None:
        yield from _faults_of_one(condition, path)
        return
    if condition.value is not None or condition.value_of is not None:
        yield path, f"value and value_of belong beside field, not beside {forms[0]}"
    for name, parts in (("all", condition.every), ("any", condition.some)):
        for index, part in enumerate(parts or ()):
            yield from faults(part, f"{path}.{name}[{index}]", depth + 1)
    if condition.negated is not None:
        yield from faults(condition.negated, f"{path}.not", depth + 1)


def fault_of_name(name: str) -> str | None:
    """Return what is wrong with the name of a fact, or None."""
    if name.startswith(CONTEXT):
        variable = name.removeprefix(CONTEXT)
        if 1 <= len(variable) <= VARIABLE_NAME_MAX:
            return None
        return f"a context variable's name has 1 to {VARIABLE_NAME_MAX} characters"
    parts = name.split(".")
    if any(not part or part != part.strip() for part in parts):
        return f"{name!r} is no name: it is words with single dots between, without spaces around"
    if len(parts) - 1 > RELATIONS_MAX:
        return (
            f"{name!r} reaches {len(parts) - 1} related records away, "
            f"conditions reach at most {RELATIONS_MAX}"
        )
    return None


def _faults_of_one(condition: Condition, path: str) -> Iterator[tuple[str, str]]:
    for name, value in (("field", condition.field), ("value_of", condition.value_of)):
        wrong = fault_of_name(value) if value is not None else None
        if wrong is not None:
            yield f"{path}.{name}", wrong
    if condition.operator in _UNARY:
        if condition.value is not None or condition.value_of is not None:
            yield f"{path}.value", f"{condition.operator} compares with nothing; leave it out"
        return
    if (condition.value is None) == (condition.value_of is None):
        yield path, f"{condition.operator} needs either a value or a value_of"
        return
    if condition.value is None:
        return
    if (condition.operator in _LISTED) != isinstance(condition.value, tuple):
        wanted = "a list" if condition.operator in _LISTED else "one value"
        yield f"{path}.value", f"{condition.operator} compares with {wanted}"


def _judge_one(condition: Condition, facts: Facts) -> str | None:
    assert condition.field is not None
    left = facts.get(condition.field)
    right: Fact | tuple[Fact, ...] | None = condition.value
    if condition.value_of is not None:
        right = facts.get(condition.value_of)
    operator = condition.operator
    positive = _NEGATIONS.get(operator)
    if positive is None:
        is_so = _compare(operator, left, right, condition)
    else:
        is_so = not _compare(positive, left, right, condition)
    if is_so:
        return None
    return f"{words(condition)}, but it is {shown(left)}"


def _compare(
    operator: str, left: Fact | None, right: Fact | tuple[Fact, ...] | None, condition: Condition
) -> bool:
    if operator == "is_empty":
        return left is None or left == ""
    if left is None or right is None:
        return False
    match operator:
        case "equals":
            return not isinstance(right, tuple) and _is_same(left, right)
        case "in":
            wanted = right if isinstance(right, tuple) else _listed(right)
            return any(_is_same(left, one) for one in wanted)
        case "contains" | "begins_with" | "ends_with":
            return _is_within(operator, left, right, condition)
        case _:
            return _is_ordered(operator, left, right, condition)


def _listed(value: Fact) -> tuple[Fact, ...]:
    """Return the parts of a fact that holds several texts with commas between."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else (value,)


def _is_same(left: Fact, right: Fact) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        return (
            isinstance(left, str)
            and isinstance(right, str)
            and (left == right or left.casefold() == right.casefold())
        )
    return left == right


def _is_within(
    operator: str, left: Fact, right: Fact | tuple[Fact, ...], condition: Condition
) -> bool:
    if not isinstance(left, str) or not isinstance(right, str):
        raise _mismatch(condition, left, right, "only texts have parts")
    text, part = left.casefold(), right.casefold()
    if operator == "contains":
        return part in text
    return text.startswith(part) if operator == "begins_with" else text.endswith(part)


def _is_ordered(
    operator: str, left: Fact, right: Fact | tuple[Fact, ...], condition: Condition
) -> bool:
    order: int
    if isinstance(left, str) and isinstance(right, str):
        text, other = left.casefold(), right.casefold()
        order = (text > other) - (text < other)
    elif isinstance(left, str) or isinstance(right, str | tuple):
        raise _mismatch(condition, left, right, "a text and a number have no order")
    else:
        order = (left > right) - (left < right)
    match operator:
        case "greater":
            return order > 0
        case "greater_or_equal":
            return order >= 0
        case "less":
            return order < 0
        case _:
            return order <= 0


def _mismatch(
    condition: Condition, left: Fact, right: Fact | tuple[Fact, ...], because: str
) -> RuleFaultError:
    return RuleFaultError(
        condition=words(condition),
        because=f"it compares {shown(left)} with {shown(right)}: {because}",
    )


def shown(value: Fact | tuple[Fact, ...] | None) -> str:
    """Return a value as people write it; long text is shortened."""
    if value is None:
        return "missing"
    if isinstance(value, tuple):
        return "[" + ", ".join(shown(one) for one in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= SHOWN_MAX else f'"{value[:SHOWN_MAX]}…"'
    return f"{value:g}" if isinstance(value, float) else str(value)

"""What people make of intents: review, names, texts, examples, bots.

Every rule looks before it changes anything: a refusal leaves the library as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from processors.assist.articles import ARTICLES
from processors.intents.library import Attribute, Solution
from processors.intents.redaction import redacted
from processors.library import limits
from processors.library.state import Making, derived_id, example_id_of, quoted
from processors.machine import Rejection
from processors.views.library import ExampleView, GroupView, IntentView
from schemas.records import library as records

RENAME_WARNING: Final = (
    "a name is part of what intents are told apart by: rename to correct typing errors only,"
    " another meaning can make detection worse"
)
OTHERS_WARNING: Final = "bots, routing rules and other processes that use it may be affected"

_REVIEWED: Final = {
    "approved": "approved",
    "pending": "set back to pending",
    "discarded": "discarded",
}
_attributes_of: Final = msgspec.json.Decoder(tuple[Attribute, ...]).decode
_solutions_of: Final = msgspec.json.Decoder(tuple[Solution, ...]).decode


def live(m: Making, intent_id: str) -> IntentView | Rejection:
    """Return an intent that may be changed, or why it may not."""
    found = known(m, intent_id)
    if isinstance(found, IntentView) and found.status == "discarded":
        return Rejection(
            "library.discarded",
            f"intent {found.name!r} is discarded; set it to pending or approved first",
        )
    return found


def known(m: Making, intent_id: str) -> IntentView | Rejection:
    """Return an intent that has not become part of another, or what became of it."""
    found = m.state.intents.get(intent_id)
    if found is None:
        return Rejection("library.unknown_intent", f"there is no intent {intent_id!r}")
    if found.merged_into is not None:
        target = m.state.resolved(intent_id)
        return Rejection(
            "library.merged",
            f"intent {found.name!r} ({intent_id}) became part of {target!r}; change that one",
        )
    return found


def edited(intent: IntentView, *fields: str, **changes: Any) -> IntentView:
    """Return an intent with fields changed by somebody: mining leaves these alone from now on."""
    names = tuple(sorted({*intent.edited, *fields}))
    return replace(intent, source="edited", edited=names, **changes)


def add(m: Making, command: records.AddIntent) -> Rejection | None:
    """Add an intent by hand; its examples are redacted."""
    intent_id = command.intent_id or derived_id("intent", m.tenant, command.command_id)
    no = (
        limits.bad_name("an intent", command.name)
        or limits.too_long("a description", command.description, limits.DESCRIPTION_MAX)
        or _bad_examples(command.examples, ())
    )
    if no is not None:
        return no
    if not limits.is_id(intent_id):
        return Rejection("library.bad_id", f"{intent_id!r} cannot be an id: no slash, at most 256")
    if intent_id in m.state.intents:
        return Rejection("library.id_taken", f"there is an intent {intent_id!r} already")
    if command.group_id is not None:
        no = _no_group(m, command.group_id)
        if no is not None:
            return no
    examples = _examples(m, command.examples)
    fields = ["description", "examples", "name"] if command.description else ["examples", "name"]
    intent = IntentView(
        intent_id,
        command.name.strip(),
        redacted(command.description),
        source="edited",
        group_id=command.group_id,
        examples=examples,
        edited=tuple(fields),
    )
    note_twins(m, intent)
    number = m.next_change()
    because = f"added by {who(m)}"
    m.emit(
        records.IntentDiscovered,
        intent_id=intent_id,
        change_id=str(number),
        name=intent.name,
        status="pending",
        because=because,
        actor_id=m.actor_id,
    )
    m.put(intent, "added", because, number=number)
    m.done_ids.append(intent_id)
    return None


def review(m: Making, command: records.ReviewIntents) -> Rejection | None:
    """Set the status of intents; a discarded one leaves its group and its bots."""
    no = bad_ids(command.intent_ids)
    if no is not None:
        return no
    for intent_id in each(command.intent_ids):
        intent = known(m, intent_id)
        if isinstance(intent, Rejection):
            m.refuse_part(intent_id, intent)
        elif intent.status != command.status:
            _review_one(m, intent, command.status)
            m.done_ids.append(intent_id)
    return m.none_done()


def _review_one(m: Making, intent: IntentView, status: Any) -> None:
    is_discard = status == "discarded"
    because = f"{_REVIEWED[status]} by {who(m)}"
    number = m.next_change()
    if is_discard:
        m.warn(f"{intent.name!r} is discarded: {OTHERS_WARNING}")
        m.emit(
            records.IntentRetired,
            intent_id=intent.intent_id,
            change_id=str(number),
            warnings=m.warnings,
            because=because,
            actor_id=m.actor_id,
        )
    elif status == "approved" and not intent.examples:
        m.warn(f"{intent.name!r} has no examples, so no message can be told to mean it")
    changed = replace(
        intent,
        status=status,
        group_id=None if is_discard else intent.group_id,
        is_used_by_bots=intent.is_used_by_bots and status == "approved",
    )
    m.put(changed, status, because, number=number)


def rename(m: Making, command: records.RenameIntent) -> Rejection | None:
    """Give an intent another name; its id stays."""
    intent = live(m, command.intent_id)
    if isinstance(intent, Rejection):
        return intent
    no = limits.bad_name("an intent", command.name)
    if no is not None:
        return no
    name = command.name.strip()
    if name == intent.name:
        return None
    m.warn(RENAME_WARNING)
    renamed = edited(intent, "name", name=name)
    note_twins(m, renamed)
    number = m.next_change()
    because = f"renamed from {intent.name!r} by {who(m)}"
    m.emit(
        records.IntentRenamed,
        intent_id=intent.intent_id,
        change_id=str(number),
        old_name=intent.name,
        new_name=name,
        warnings=m.warnings,
        because=because,
        actor_id=m.actor_id,
    )
    m.put(renamed, "renamed", because, number=number)
    m.done_ids.append(intent.intent_id)
    return None


def edit(m: Making, command: records.EditIntent) -> Rejection | None:
    """Change what an intent says."""
    intent = live(m, command.intent_id)
    if isinstance(intent, Rejection):
        return intent
    changes = _changes(m, command)
    if isinstance(changes, Rejection):
        return changes
    changes = {name: value for name, value in changes.items() if getattr(intent, name) != value}
    no = _misplaced(m, replace(intent, **changes))
    if no is not None:
        return no
    if not changes:
        return None
    if "group_id" in changes:
        m.warn(f"{intent.name!r} changes its group: {OTHERS_WARNING}")
    fields = sorted(changes)
    if "attributes" in changes:
        changes["removed_attributes"] = _removed(intent, changes["attributes"])
    what = ", ".join(field.replace("_", " ") for field in fields)
    m.put(edited(intent, *fields, **changes), "edited", f"{what} changed by {who(m)}")
    m.done_ids.append(intent.intent_id)
    return None


def _changes(m: Making, command: records.EditIntent) -> dict[str, Any] | Rejection:
    """Return the fields that a command names, as they will be, or why one cannot be so."""
    changes: dict[str, Any] = {}
    no = limits.too_long(
        "a description", command.description, limits.DESCRIPTION_MAX
    ) or limits.too_long(
        "the instructions of an intent", command.instructions, limits.INTENT_INSTRUCTIONS_MAX
    )
    if no is not None:
        return no
    if command.description is not None:
        changes["description"] = redacted(command.description)
    if command.instructions is not None:
        changes["instructions"] = command.instructions
    if command.attributes is not None:
        changes["attributes"] = _attributes(command.attributes)
    if command.solutions is not None:
        changes["solutions"] = _solutions(m, command.solutions)
    if command.group_id is not None:
        changes["group_id"] = command.group_id or None
    if command.line_of_business is not None:
        changes["line_of_business"] = command.line_of_business or None
    for value in changes.values():
        if isinstance(value, Rejection):
            return value
    return changes


def use_in_bots(m: Making, command: records.UseInBots) -> Rejection | None:
    """Say whether bots may use intents; each that is not approved is refused by name."""
    no = bad_ids(command.intent_ids)
    if no is not None:
        return no
    for intent_id in each(command.intent_ids):
        intent = known(m, intent_id)
        if isinstance(intent, Rejection):
            m.refuse_part(intent_id, intent)
        elif command.is_used and intent.status != "approved":
            because = f"intent {intent.name!r} is {intent.status}; bots use approved intents only"
            m.refuse_part(intent_id, Rejection("library.not_approved", because))
        elif intent.is_used_by_bots != command.is_used:
            word = "given to" if command.is_used else "taken from"
            changed = replace(intent, is_used_by_bots=command.is_used)
            m.put(changed, "edited", f"{word} bots by {who(m)}")
            m.done_ids.append(intent_id)
    return m.none_done()


def change_examples(m: Making, command: records.ChangeExamples) -> Rejection | None:
    """Add and remove examples; added ones are redacted."""
    intent = live(m, command.intent_id)
    if isinstance(intent, Rejection):
        return intent
    wanted = set(command.remove)
    missing = sorted(wanted - {one.example_id for one in intent.examples})
    if missing:
        because = f"intent {intent.name!r} has no example {quoted(missing)}"
        return Rejection("library.unknown_example", because)
    stays = tuple(one for one in intent.examples if one.example_id not in wanted)
    no = _bad_examples(command.add, stays)
    if no is not None:
        return no
    have = {one.example_id for one in stays}
    new = tuple(one for one in _examples(m, command.add) if one.example_id not in have)
    if not new and not wanted:
        return None
    added = {one.example_id for one in new}
    removed = {*intent.removed_examples, *wanted} - added
    changed = edited(
        intent,
        "examples",
        examples=(*stays, *new),
        removed_examples=tuple(sorted(removed)),
    )
    m.put(changed, "edited", f"{len(new)} examples added, {len(wanted)} removed by {who(m)}")
    m.done_ids.append(intent.intent_id)
    return None


# What is looked at


def who(m: Making) -> str:
    """Return who asks, for a sentence."""
    return m.actor_id or "an operator"


def each(ids: Iterable[str]) -> list[str]:
    """Return ids in their order, each once."""
    return list(dict.fromkeys(ids))


def bad_ids(ids: Sequence[str]) -> Rejection | None:
    """Return a refusal of a command that names no intent, or too many."""
    if not ids:
        return Rejection("library.nothing_named", "no intent is named; name at least one")
    return limits.too_many("intents at once", len(ids), limits.IDS_MAX)


def _no_group(m: Making, group_id: str) -> Rejection | None:
    group = m.state.groups.get(group_id)
    if group is None:
        return Rejection("library.unknown_group", f"there is no group {group_id!r}")
    if group.status == "discarded":
        because = f"group {group.name!r} is discarded; set it to pending or approved first"
        return Rejection("library.group_discarded", because)
    return None


def _misplaced(m: Making, intent: IntentView) -> Rejection | None:
    """Return why an intent cannot be where it says: no such group or line, or another line's."""
    line_id = intent.line_of_business
    if line_id is not None and line_id not in m.state.lines:
        return Rejection("library.unknown_line", f"there is no line of business {line_id!r}")
    if intent.group_id is None:
        return None
    no = _no_group(m, intent.group_id)
    return no or other_line(intent, m.state.groups[intent.group_id])


def other_line(intent: IntentView, group: GroupView) -> Rejection | None:
    """Return a refusal when intent and group belong to different lines of business."""
    here, there = intent.line_of_business, group.line_of_business
    if here is None or there is None or here == there:
        return None
    because = (
        f"intent {intent.name!r} belongs to the line of business {here!r} and group"
        f" {group.name!r} to {there!r}; a group has intents of one line only"
    )
    return Rejection("library.other_line", because)


def _bad_examples(texts: Sequence[str], stays: Sequence[ExampleView]) -> Rejection | None:
    for text in texts:
        if not text.strip():
            return Rejection("library.empty_example", "an example has no text; leave it out")
        no = limits.too_long("an example", text, limits.EXAMPLE_MAX)
        if no is not None:
            return no
    return limits.too_many("examples", len(texts) + len(stays), limits.EXAMPLES_MAX)


def _examples(m: Making, texts: Sequence[str]) -> tuple[ExampleView, ...]:
    """Return texts as examples, redacted, each once; warn of those another intent has too."""
    found: dict[str, ExampleView] = {}
    for text in texts:
        clean = redacted(text.strip())
        example_id = example_id_of(clean)
        found.setdefault(example_id, ExampleView(example_id, clean))
    owners = {
        one.example_id: intent for intent in m.state.intents.values() for one in intent.examples
    }
    for example_id in found:
        owner = owners.get(example_id)
        if owner is not None and owner.status != "discarded":
            m.warn(f"{owner.name!r} has an example among these too, which tells nothing apart")
    return tuple(found.values())


def note_twins(m: Making, intent: IntentView) -> None:
    """Warn when another intent has the same name."""
    for other in m.state.intents.values():
        is_other = other.intent_id != intent.intent_id and other.status != "discarded"
        if is_other and other.name.casefold() == intent.name.casefold():
            m.warn(f"there is another intent named {other.name!r}")
            return


def _removed(intent: IntentView, attributes: Sequence[Attribute]) -> tuple[str, ...]:
    kept = {one.attribute_id for one in attributes}
    had = {one.attribute_id for one in intent.attributes}
    return tuple(sorted({*intent.removed_attributes, *had} - kept))


def _attributes(text: str) -> tuple[Attribute, ...] | Rejection:
    try:
        found = _attributes_of(text)
    except msgspec.MsgspecError as fault:
        return Rejection("library.bad_attributes", f"the attributes cannot be read: {fault}")
    no = limits.too_many("attributes", len(found), limits.ATTRIBUTES_MAX)
    if no is not None:
        return no
    seen: set[str] = set()
    for one in found:
        if not limits.is_id(one.attribute_id):
            return Rejection("library.bad_attributes", f"{one.name!r} needs an attribute_id")
        if one.attribute_id in seen:
            because = f"two attributes have the id {one.attribute_id!r}; give each its own"
            return Rejection("library.bad_attributes", because)
        seen.add(one.attribute_id)
        if one.kind == "enum" and not one.values:
            because = f"attribute {one.name!r} is an enum and needs the values it may have"
            return Rejection("library.bad_attributes", because)
        no = limits.bad_name("an attribute", one.name) or limits.too_long(
            f"the question of attribute {one.name!r}", one.question, limits.QUESTION_MAX
        )
        if no is not None:
            return no
    return found


def _solutions(m: Making, text: str) -> tuple[Solution, ...] | Rejection:
    try:
        found = _solutions_of(text)
    except msgspec.MsgspecError as fault:
        return Rejection("library.bad_solutions", f"the solutions cannot be read: {fault}")
    no = limits.too_many("solutions", len(found), limits.SOLUTIONS_MAX)
    if no is not None:
        return no
    published: frozenset[str] | None = m.at.references.get(ARTICLES)
    for one in found:
        if one.kind == "article":
            if not one.item_id:
                because = "a solution that is an article needs its item_id"
                return Rejection("library.bad_solutions", because)
            if published is not None and one.item_id not in published:
                because = f"there is no published article {one.item_id!r}; publish it first"
                return Rejection("library.unknown_article", because)
        elif not one.text.strip():
            return Rejection("library.bad_solutions", "a solution that is a text needs the text")
        no = limits.too_long("the text of a solution", one.text, limits.TEXT_MAX)
        if no is not None:
            return no
    return found

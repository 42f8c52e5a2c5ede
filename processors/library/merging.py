"""Making one intent of several, and two of one; ids stay, and every change knows where from."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from processors.intents.library import PastReply
from processors.library import limits
from processors.library.curation import (
    OTHERS_WARNING,
    bad_ids,
    each,
    edited,
    live,
    note_twins,
    who,
)
from processors.library.state import Making, derived_id, quoted
from processors.machine import Rejection
from processors.views.library import IntentView
from schemas.records import library as records


def merge(m: Making, command: records.MergeIntents) -> Rejection | None:
    """Make several intents one; the ids of the others point at it from now on."""
    target = live(m, command.into)
    if isinstance(target, Rejection):
        return target
    no = bad_ids(command.intent_ids)
    if no is not None:
        return no
    parts: list[IntentView] = []
    for intent_id in each(command.intent_ids):
        gone = m.state.intents.get(intent_id)
        if gone is not None and gone.merged_into == target.intent_id:
            continue
        part = live(m, intent_id)
        if isinstance(part, Rejection):
            return part
        if intent_id == target.intent_id:
            because = f"intent {target.name!r} cannot become part of itself"
            return Rejection("library.same_intent", because)
        parts.append(part)
    if not parts:
        return None
    names = quoted(part.name for part in parts)
    m.warn(f"{names} become part of {target.name!r}: {OTHERS_WARNING}")
    from_ids = [part.intent_id for part in parts]
    number = m.next_change()
    because = f"{names} merged into {target.name!r} by {who(m)}"
    m.emit(
        records.IntentsMerged,
        intent_id=target.intent_id,
        change_id=str(number),
        from_ids=from_ids,
        because=because,
        actor_id=m.actor_id,
    )
    m.put(_union(target, parts), "merged", because, from_ids=from_ids, number=number)
    absorbed = {part.intent_id for part in parts}
    for other in m.state.intents.values():
        if other.merged_into in absorbed:
            # What became part of one of them earlier points straight at the new one.
            redirected = replace(other, merged_into=target.intent_id)
            m.put(redirected, "became_part", because, from_ids=[target.intent_id], number=number)
    for part in parts:
        m.put(
            replace(
                part,
                merged_into=target.intent_id,
                status="discarded",
                group_id=None,
                is_used_by_bots=False,
                examples=(),
                sub_intents=(),
                source="edited",
            ),
            "became_part",
            because,
            from_ids=[target.intent_id],
            number=number,
        )
    m.done_ids += [target.intent_id, *from_ids]
    return None


def split(m: Making, command: records.SplitIntent) -> Rejection | None:
    """Make some examples of an intent an intent of their own."""
    intent = live(m, command.intent_id)
    if isinstance(intent, Rejection):
        return intent
    new_id = command.new_intent_id or derived_id("intent", m.tenant, command.command_id)
    no = limits.bad_name("an intent", command.name)
    if no is not None:
        return no
    if not limits.is_id(new_id):
        return Rejection("library.bad_id", f"{new_id!r} cannot be an id: no slash, at most 256")
    if new_id in m.state.intents:
        return Rejection("library.id_taken", f"there is an intent {new_id!r} already")
    wanted = set(command.example_ids)
    missing = sorted(wanted - {one.example_id for one in intent.examples})
    if missing:
        because = f"intent {intent.name!r} has no example {quoted(missing)}"
        return Rejection("library.unknown_example", because)
    stays = tuple(one for one in intent.examples if one.example_id not in wanted)
    goes = tuple(one for one in intent.examples if one.example_id in wanted)
    if not goes or not stays:
        because = f"of intent {intent.name!r} at least one example goes and at least one stays"
        return Rejection("library.nothing_to_split", because)
    made = IntentView(
        new_id,
        command.name.strip(),
        goes[0].text,
        status=intent.status,
        source="edited",
        group_id=intent.group_id,
        line_of_business=intent.line_of_business,
        parent_id=intent.intent_id,
        examples=goes,
        attributes=intent.attributes,
        solutions=intent.solutions,
        edited=("examples", "name"),
    )
    note_twins(m, made)
    m.warn(f"{intent.name!r} is split: {OTHERS_WARNING}")
    number = m.next_change()
    because = f"{made.name!r} split from {intent.name!r} by {who(m)}"
    m.emit(
        records.IntentSplit,
        intent_id=intent.intent_id,
        change_id=str(number),
        new_intent_id=new_id,
        example_ids=[one.example_id for one in goes],
        because=because,
        actor_id=m.actor_id,
    )
    kept = edited(intent, "examples", examples=stays)
    m.put(kept, "split", because, from_ids=[new_id], number=number)
    m.put(made, "split_from", because, from_ids=[intent.intent_id], number=number)
    m.done_ids += [intent.intent_id, new_id]
    return None


def _union(target: IntentView, parts: Sequence[IntentView]) -> IntentView:
    """Return the intent that several make together; what it says itself counts first."""
    examples = {one.example_id: one for one in target.examples}
    attributes = {one.attribute_id: one for one in target.attributes}
    solutions = list(target.solutions)
    replies = {one.text: one.count for one in target.replies}
    for part in parts:
        for example in part.examples:
            examples.setdefault(example.example_id, example)
        for attribute in part.attributes:
            attributes.setdefault(attribute.attribute_id, attribute)
        solutions += [one for one in part.solutions if one not in solutions]
        for reply in part.replies:
            replies[reply.text] = replies.get(reply.text, 0) + reply.count
    ordered = sorted(replies.items(), key=lambda one: (-one[1], one[0]))
    return edited(
        target,
        "examples",
        "attributes",
        examples=tuple(examples.values())[: limits.EXAMPLES_MAX],
        attributes=tuple(attributes.values())[: limits.ATTRIBUTES_MAX],
        solutions=tuple(solutions)[: limits.SOLUTIONS_MAX],
        replies=tuple(PastReply(text, count) for text, count in ordered[: limits.REPLIES_MAX]),
        sub_intents=(*target.sub_intents, *(sub for part in parts for sub in part.sub_intents))[
            : limits.SUB_INTENTS_MAX
        ],
        count=target.count + sum(part.count for part in parts),
        conversations=target.conversations + sum(part.conversations for part in parts),
        removed_examples=tuple(
            sorted({*target.removed_examples}.union(*(part.removed_examples for part in parts)))
        ),
    )

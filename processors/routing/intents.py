"""Which people serve an item by what its customer wants: intent, its group, a user group (CI-39).

The intent comes with the conversation, as the context variables `intent_id` and `intent_group_id`.
A record's is read from its title, description and notes, with the library of intents in force. The
queue the rules name stays the queue; the item waits in that queue's part for its user group.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from processors.intents.library import LIBRARY
from processors.machine import Rejection
from processors.routing.conditions import Condition, Fact, Facts as Known, RuleFaultError, holds
from processors.routing.handling import Handling
from processors.routing.moves import keep
from processors.routing.rows import Facts, Item
from processors.routing.setup import BusinessLine, IntentRouting, UserGroup
from processors.routing.setup_intents import part_id
from schemas.records.routing import ItemIntent

INTENT: Final = "intent_id"
GROUP: Final = "intent_group_id"
LINE: Final = "line_of_business"
_READ: Final = ("case.title", "case.description", "case.notes", "message")
"""What a record's intent is read from, in this order."""

_TOLD_OF: Final = {INTENT: ("intent_name", "intent_attributes"), GROUP: ("intent_group_name",)}
"""Which other variables are about the one that a name stands for."""

_json: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def observe(h: Handling, given: ItemIntent) -> Rejection | None:
    """Take in what the customer of an item wants now; it counts when the item is routed again.

    What waits is not torn from its place: intents come and go within a conversation.
    """
    item = h.pool.items.get(given.item_id)
    if item is None or item.state == "closed":
        return None
    known = h.pool.facts.get(item.item_id) or Facts()
    variables = _all_of(known.variables)
    found = {INTENT: given.intent_id, GROUP: given.intent_group_id, LINE: given.line_of_business}
    for name, told in _TOLD_OF.items():
        if variables.get(name) != found[name]:
            # Those were of the intent or group before.
            for other in told:
                variables.pop(other, None)
    for name, value in found.items():
        if value is None:
            variables.pop(name, None)
        else:
            variables[name] = value
    text = _json(variables).decode()
    if text != known.variables:
        h.pool.facts.put(item.item_id, replace(known, variables=text))
        keep(h, item)
    return None


def _all_of(text: str) -> dict[str, Any]:
    """Return the variables of a JSON text, whatever they hold; of no object, none."""
    try:
        return _decode(text)
    except msgspec.MsgspecError:
        return {}


def part_for(
    h: Handling, item: Item, queue_id: str, *, keeps_group: bool = False
) -> tuple[Item, str, str]:
    """Return the item, the queue or part of it where it waits, and why; empty: nothing special.

    Args:
        h: The input being handled.
        item: What is to wait.
        queue_id: The queue that rules or people named.
        keeps_group: It overflows: its user group stays whatever the queue is.
    """
    intents = h.setup.intents
    queue = h.queue(queue_id)
    if intents is None or queue is None or queue.base_id is not None:
        return item, queue_id, ""
    if keeps_group:
        present = h.queue(item.queue_id)
        group_id = present.user_group if present is not None else None
        kept = part_id(queue_id, group_id) if group_id is not None else ""
        if kept in h.setup.queues:
            return item, kept, "what overflows stays with its user group"
    if item.demand.workstream_id == "":
        return item, queue_id, ""
    line = _line_of(intents, item.demand.workstream_id)
    if intents.lines and (line is None or queue_id not in line.queues):
        return item, queue_id, ""
    group, because = _group_for(h, intents, line, item)
    if group is None:
        return item, queue_id, ""
    # No skills and no preferred representatives here (CI-42): the group has the expertise.
    demand = replace(item.demand, skills=())
    item = replace(item, demand=demand, wishes=(), preferred=(), affinity=None, line="general")
    return item, part_id(queue_id, group.id), because


def _line_of(intents: IntentRouting, workstream_id: str) -> BusinessLine | None:
    return next((line for line in intents.lines if workstream_id in line.workstreams), None)


def _group_for(
    h: Handling, intents: IntentRouting, line: BusinessLine | None, item: Item
) -> tuple[UserGroup | None, str]:
    """Return the user group, and why; None: the item is routed as ever (CI-41)."""
    facts = h.facts_of(item)
    intent_id, group_id = _intent_of(h, item, facts)
    fallback = line.fallback if line is not None else intents.fallback
    mapping = intents.groups.get(group_id) if group_id else None
    if mapping is None:
        if fallback is None:
            return None, ""
        if not intent_id and not group_id:
            said = "nobody knows what the customer wants"
        elif not group_id:
            said = f"the intent {intent_id} belongs to no group"
        else:
            said = f"no user group is mapped to the intent group {group_id}"
        group = intents.user_groups[fallback]
        return group, f"{said}, so {group.name} takes it"
    wants = f"the customer wants {intent_id or 'something'} of {group_id}"
    for one in mapping.lines:
        group = intents.user_groups[one.user_group]
        if _speaks(group, facts) and _holds(one.when, facts):
            return group, f"{wants}, which {group.name} serves"
    group = intents.user_groups[mapping.default]
    return group, f"{wants}; none of its user groups fits, so its default {group.name} takes it"


def _holds(when: Condition | None, facts: Known) -> bool:
    """Return whether a mapping's condition holds; one that cannot be answered does not."""
    try:
        return holds(when, facts)
    except RuleFaultError:
        return False


def _speaks(group: UserGroup, facts: Known) -> bool:
    """Return whether a group serves the item's language and region (CI-40)."""
    locale = str(facts.get("locale", "")).replace("_", "-").casefold().split("-")
    language = str(facts.get("context.language", locale[0])).casefold()
    region = str(facts.get("context.region", locale[-1] if len(locale) > 1 else "")).casefold()
    if group.languages and language not in group.languages:
        return False
    return not group.regions or region in group.regions


def _intent_of(h: Handling, item: Item, facts: Known) -> tuple[str, str]:
    """Return intent and group of an item; a record's are read from what it says."""
    named: Fact = facts.get(f"context.{INTENT}", "")
    group: Fact = facts.get(f"context.{GROUP}", "")
    library = h.at.references.get(LIBRARY)
    if library is not None and named and not group:
        known = library.intents.get(str(named))
        group = known.group_id or "" if known is not None else ""
    if named or group or library is None or item.kind != "record":
        return str(named), str(group)
    text = "\n".join(str(facts[name]) for name in _READ if facts.get(name))
    if not text:
        return "", ""
    found = library.detect([text])[0]
    return found.intent_id or "", found.group_id or ""

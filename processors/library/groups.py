"""Groups of intents, and lines of business: who has the expertise, and whose part it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, get_args

import msgspec
from msgspec.structs import replace

from processors.library import limits
from processors.library.curation import OTHERS_WARNING, live, other_line, who
from processors.library.state import Making, derived_id, quoted
from processors.machine import Rejection
from processors.routing.setup import SETUP, Setup
from processors.views.library import GroupView, IntentView, LineRule, LineView, Status
from schemas.records import library as records

RENAME_GROUP_WARNING: Final = (
    "rename a group to correct typing errors only: routing and detection rest on what it stands for"
)

_names_of: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_rules_of: Final = msgspec.json.Decoder(tuple[LineRule, ...]).decode


def save_group(m: Making, command: records.SaveGroup) -> Rejection | None:
    """Make a group, or change one; a discarded one lets its intents go."""
    before = None if command.group_id is None else m.state.groups.get(command.group_id)
    group_id = command.group_id or derived_id("group", m.tenant, command.command_id)
    if before is None and command.group_id is not None:
        return Rejection("library.unknown_group", f"there is no group {group_id!r}")
    group = _changed_group(m, before or GroupView(group_id, ""), command)
    if isinstance(group, Rejection):
        return group
    if command.intent_ids and group.status == "discarded":
        because = f"group {group.name!r} is discarded; no intent can be in it"
        return Rejection("library.group_discarded", because)
    joining = _joining(m, group, command.intent_ids)
    if isinstance(joining, Rejection):
        return joining
    if group == before and not joining:
        return None
    if before is not None and group.name != before.name:
        m.warn(RENAME_GROUP_WARNING)
    done = "changed" if before else "made"
    m.put_group(replace(group, source="edited"), f"{done} by {who(m)}")
    if group.status == "discarded":
        for intent in m.state.members(group_id):
            m.put(replace(intent, group_id=None), "edited", f"group {group.name!r} was discarded")
        m.warn(f"group {group.name!r} is discarded: {OTHERS_WARNING}")
    _join(m, group, joining)
    m.done_ids.append(group_id)
    return None


def add_to_group(m: Making, command: records.AddToGroup) -> Rejection | None:
    """Put intents into a group; those that cannot be are refused by name."""
    group = _open_group(m, command.group_id)
    if isinstance(group, Rejection):
        return group
    if not command.intent_ids:
        return Rejection("library.nothing_named", "no intent is named; name at least one")
    joining = []
    for intent_id in dict.fromkeys(command.intent_ids):
        found = _joining(m, group, [intent_id])
        if isinstance(found, Rejection):
            m.refuse_part(intent_id, found)
        else:
            joining += found
    if joining:
        m.done_ids.append(group.group_id)
        m.put_group(replace(group, source="edited"), f"intents added by {who(m)}")
        _join(m, group, joining)
    return m.none_done()


def remove_from_group(m: Making, command: records.RemoveFromGroup) -> Rejection | None:
    """Take intents out of a group."""
    group = m.state.groups.get(command.group_id)
    if group is None:
        return Rejection("library.unknown_group", f"there is no group {command.group_id!r}")
    if not command.intent_ids:
        return Rejection("library.nothing_named", "no intent is named; name at least one")
    leaving = []
    for intent_id in dict.fromkeys(command.intent_ids):
        intent = live(m, intent_id)
        if isinstance(intent, Rejection):
            m.refuse_part(intent_id, intent)
        elif intent.group_id != group.group_id:
            because = f"intent {intent.name!r} is not in group {group.name!r}"
            m.refuse_part(intent_id, Rejection("library.not_in_group", because))
        else:
            leaving.append(intent)
    if leaving:
        m.done_ids.append(group.group_id)
        m.warn(f"{quoted(one.name for one in leaving)} leave {group.name!r}: {OTHERS_WARNING}")
        m.put_group(replace(group, source="edited"), f"intents removed by {who(m)}")
        for intent in leaving:
            _move(m, intent, None, f"taken out of group {group.name!r} by {who(m)}")
    return m.none_done()


def save_line(m: Making, command: records.SaveLineOfBusiness) -> Rejection | None:
    """Make a line of business, or change one."""
    before = None if command.line_id is None else m.state.lines.get(command.line_id)
    line_id = command.line_id or derived_id("line", m.tenant, command.command_id)
    if before is None and command.line_id is not None:
        return Rejection("library.unknown_line", f"there is no line of business {line_id!r}")
    line = _changed_line(before or LineView(line_id, ""), command)
    if isinstance(line, Rejection):
        return line
    no = _bad_rules(line) or _taken(m, line) or _torn(m, line)
    if no is not None:
        return no
    if line == before:
        return None
    m.state.lines.put(line_id, replace(line, updated_at_ms=m.at.now_ms))
    if before is None and len(m.state.lines) == 1:
        m.warn(
            "this is the first line of business: what maps to none is no longer routed by intent"
        )
    m.emit(
        records.LineOfBusinessChanged,
        line_id=line_id,
        name=line.name,
        instructions=line.instructions,
        workstreams=list(line.workstreams),
        queues=list(line.queues),
        rules=msgspec.json.encode(line.rules).decode(),
        warnings=m.warnings,
        because=f"{'changed' if before else 'made'} by {who(m)}",
        actor_id=m.actor_id,
    )
    m.done_ids.append(line_id)
    return None


# Groups


def _open_group(m: Making, group_id: str) -> GroupView | Rejection:
    group = m.state.groups.get(group_id)
    if group is None:
        return Rejection("library.unknown_group", f"there is no group {group_id!r}")
    if group.status == "discarded":
        because = f"group {group.name!r} is discarded; set it to pending or approved first"
        return Rejection("library.group_discarded", because)
    return group


def _changed_group(
    m: Making, group: GroupView, command: records.SaveGroup
) -> GroupView | Rejection:
    changes: dict[str, Any] = {}
    if command.name is not None:
        changes["name"] = command.name.strip()
    if command.status is not None:
        if command.status not in get_args(Status):
            because = f"{command.status!r} is no status; use one of {quoted(get_args(Status))}"
            return Rejection("library.bad_status", because)
        changes["status"] = command.status
    if command.clarifying_question is not None:
        changes["clarifying_question"] = command.clarifying_question
    if command.instructions is not None:
        changes["instructions"] = command.instructions
    if command.line_of_business is not None:
        changes["line_of_business"] = command.line_of_business or None
    group = replace(group, **changes)
    no = (
        limits.bad_name("a group", group.name)
        or limits.too_long("a clarifying question", group.clarifying_question, limits.QUESTION_MAX)
        or limits.too_long(
            "the instructions of a group", group.instructions, limits.GROUP_INSTRUCTIONS_MAX
        )
    )
    if no is not None:
        return no
    line_id = group.line_of_business
    if line_id is not None and line_id not in m.state.lines:
        return Rejection("library.unknown_line", f"there is no line of business {line_id!r}")
    for intent in m.state.members(group.group_id):
        if line_id is not None and intent.line_of_business not in {None, line_id}:
            because = (
                f"intent {intent.name!r} of group {group.name!r} belongs to the line of business"
                f" {intent.line_of_business!r}; move it first"
            )
            return Rejection("library.other_line", because)
    return group


def _joining(
    m: Making, group: GroupView, intent_ids: Sequence[str]
) -> list[IntentView] | Rejection:
    """Return the intents that are not in the group yet, or why one of them cannot be."""
    found = []
    for intent_id in dict.fromkeys(intent_ids):
        intent = live(m, intent_id)
        if isinstance(intent, Rejection):
            return intent
        no = other_line(intent, group)
        if no is not None:
            return no
        if intent.group_id != group.group_id:
            found.append(intent)
    return found


def _join(m: Making, group: GroupView, joining: Sequence[IntentView]) -> None:
    for intent in joining:
        if intent.group_id is not None:
            left = m.state.groups[intent.group_id].name
            m.warn(f"{intent.name!r} leaves group {left!r} for {group.name!r}: {OTHERS_WARNING}")
    if joining:
        m.warn(f"{quoted(one.name for one in joining)} join {group.name!r}: {OTHERS_WARNING}")
    for intent in joining:
        _move(m, intent, group.group_id, f"put into group {group.name!r} by {who(m)}")


def _move(m: Making, intent: IntentView, group_id: str | None, because: str) -> None:
    names = tuple(sorted({*intent.edited, "group_id"}))
    m.put(replace(intent, group_id=group_id, edited=names), "edited", because)


# Lines of business


def _changed_line(line: LineView, command: records.SaveLineOfBusiness) -> LineView | Rejection:
    changes: dict[str, Any] = {}
    if command.name is not None:
        changes["name"] = command.name.strip()
    if command.instructions is not None:
        changes["instructions"] = command.instructions
    for field, text, decode in (
        ("workstreams", command.workstreams, _names_of),
        ("queues", command.queues, _names_of),
        ("rules", command.rules, _rules_of),
    ):
        if text is None:
            continue
        try:
            changes[field] = decode(text)
        except msgspec.MsgspecError as fault:
            return Rejection("library.bad_line", f"the {field} cannot be read: {fault}")
    line = replace(line, **changes)
    no = limits.bad_name("a line of business", line.name) or limits.too_long(
        "the instructions of a line of business", line.instructions, limits.LINE_INSTRUCTIONS_MAX
    )
    return line if no is None else no


def _bad_rules(line: LineView) -> Rejection | None:
    """Return a refusal of two rules for one sort of work, or a chat rule without workstream."""
    for kind in ("conversation", "case"):
        found = [rule for rule in line.rules if rule.applies_to == kind]
        if len(found) > 1:
            because = (
                f"line of business {line.name!r} has {len(found)} rules for {kind}s; it may have"
                " one: join their conditions"
            )
            return Rejection("library.two_rules", because)
        if kind == "conversation" and found:
            workstream = found[0].workstream
            if not workstream:
                because = (
                    f"the rule for conversations of {line.name!r} names no workstream; without one"
                    " a chat could land in another line of business than its workstream"
                )
                return Rejection("library.rule_without_workstream", because)
            if workstream not in line.workstreams:
                because = (
                    f"the rule for conversations of {line.name!r} names the workstream"
                    f" {workstream!r}, which is none of this line's: {quoted(line.workstreams)}"
                )
                return Rejection("library.rule_of_other_line", because)
    return None


def _taken(m: Making, line: LineView) -> Rejection | None:
    """Return a refusal of a workstream or queue that another line has."""
    for other in m.state.lines.values():
        if other.line_id == line.line_id:
            continue
        for what, mine, theirs in (
            ("workstream", line.workstreams, other.workstreams),
            ("queue", line.queues, other.queues),
        ):
            for name in mine:
                if name in theirs:
                    because = f"{what} {name!r} belongs to the line of business {other.name!r}"
                    return Rejection("library.taken", because)
    return None


def _torn(m: Making, line: LineView) -> Rejection | None:
    """Return a refusal when a workstream and a queue it routes to are in different lines."""
    setup: Setup | None = m.at.references.get(SETUP)
    if setup is None:
        return None
    for workstream_id in line.workstreams:
        if workstream_id not in setup.workstreams:
            because = f"there is no workstream {workstream_id!r} in the routing setup"
            return Rejection("library.unknown_workstream", because)
    for queue in line.queues:
        if queue not in setup.queues:
            because = f"there is no queue {queue!r} in the routing setup"
            return Rejection("library.unknown_queue", because)
    others = [one for one in m.state.lines.values() if one.line_id != line.line_id]
    for having, other in [*((line, one) for one in others), *((one, line) for one in others)]:
        for workstream_id in having.workstreams:
            for queue in _queues_of(setup, workstream_id):
                if queue in other.queues:
                    because = (
                        f"workstream {workstream_id!r} of {having.name!r} routes to queue"
                        f" {queue!r} of {other.name!r}; both must be in the same line of business"
                    )
                    return Rejection("library.torn", because)
    return None


def _queues_of(setup: Setup, workstream_id: str) -> list[str]:
    workstream = setup.workstreams.get(workstream_id)
    if workstream is None:
        return []
    routed = [share.queue for route in workstream.routes for share in route.shares]
    return list(dict.fromkeys([*routed, workstream.fallback_queue]))

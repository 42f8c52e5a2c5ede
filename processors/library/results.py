"""What a mining found, taken into the library: it adds and counts, and overwrites nobody's work.

- A new intent gets the status the settings say, if enough conversations hold it.
- A known one gets new counts, examples, attributes and replies; fields that somebody edited stay.
- A discarded one stays as it is. What became of a merged one gets what was found of it.
- A group of like intents is made when one of them has no group yet; where some of them are in a
  group already, that is the group of the others too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from processors.intents.library import Attribute, PastReply
from processors.intents.redaction import redacted
from processors.library import limits
from processors.library.forgetting import forgotten
from processors.library.state import Making, example_id_of
from processors.miner.mined import Example, MinedIntent, SubIntent
from processors.views.library import ExampleView, GroupView, IntentView, RunView
from schemas.records import library as records

CONVERSATIONS_MIN: Final = 5
"""A new intent needs this many conversations; bare utterances count where there are none."""
EXAMPLES_KEPT: Final = 60
"""Examples that mining gives one intent over time."""


_TELLING: Final = re.compile(r"@|\d(?:\D{0,3}\d){4}")
"""What no redacted text has: an at sign, or five digits in a row."""


class Taken(msgspec.Struct):
    """How many mined intents became what."""

    added: int = 0
    updated: int = 0
    left_out: int = 0


def take(m: Making, run: RunView, mined: Sequence[MinedIntent]) -> Taken:
    """Take a run's intents into the library."""
    return _Taking(m, run).take(mined)


class _Taking:
    """One run's intents on their way into the library."""

    def __init__(self, m: Making, run: RunView) -> None:
        self._m, self._run = m, run
        self._owners = {
            example.example_id: intent.intent_id
            for intent in m.state.intents.values()
            for example in intent.examples
        }
        self._homes: dict[str, str | None] = {}

    def take(self, mined: Sequence[MinedIntent]) -> Taken:
        """Take them, in their order."""
        taken = Taken()
        counted: set[str] = set()
        members = self._members(mined)
        for found in mined:
            intent_id = self._m.state.resolved(found.intent_id)
            before = self._m.state.intents.get(intent_id)
            if not self._is_wanted(before, found):
                taken.left_out += 1
                continue
            group_id = self._home(found, members.get(found.group_id, ()))
            if before is None:
                self._add(found, group_id)
                taken.added += 1
            else:
                self._update(before, found, group_id, is_more=intent_id in counted)
                taken.updated += 1
            counted.add(intent_id)
        return taken

    @staticmethod
    def _is_wanted(before: IntentView | None, found: MinedIntent) -> bool:
        if found.change == "retired":
            return False
        if before is None:
            return _support(found) >= CONVERSATIONS_MIN
        return before.status != "discarded"

    # Groups

    def _members(self, mined: Sequence[MinedIntent]) -> dict[str, list[str]]:
        """Return the intents that become part of the library by the group they were found in."""
        members: dict[str, list[str]] = {}
        for found in mined:
            intent_id = self._m.state.resolved(found.intent_id)
            if found.group_id and self._is_wanted(self._m.state.intents.get(intent_id), found):
                members.setdefault(found.group_id, []).append(intent_id)
        return members

    def _home(self, found: MinedIntent, members: Sequence[str]) -> str | None:
        """Return the group of those that were found together; made when it is not there yet."""
        if not found.group_id:
            return None
        if found.group_id not in self._homes:
            self._homes[found.group_id] = self._choose_home(found, members)
        return self._homes[found.group_id]

    def _choose_home(self, found: MinedIntent, members: Sequence[str]) -> str | None:
        state, settings = self._m.state, self._m.state.own.settings
        there = [state.intents[one].group_id for one in members if one in state.intents]
        present = Counter(one for one in there if one is not None)
        if present:
            return min(present, key=lambda group_id: (-present[group_id], group_id))
        group = state.groups.get(found.group_id)
        if group is not None:
            return None if group.status == "discarded" else group.group_id
        is_usable = limits.is_id(found.group_id) and len(set(members)) > 1
        if not is_usable or settings.status_for_new == "discarded":
            return None
        name = (_clear(found.group_name).strip() or found.name)[: limits.NAME_MAX]
        made = GroupView(found.group_id, name, settings.status_for_new)
        self._m.put_group(made, f"found by run {self._run.run_id!r}")
        return made.group_id

    # Intents

    def _add(self, found: MinedIntent, group_id: str | None) -> None:
        m, status = self._m, self._m.state.own.settings.status_for_new
        intent = IntentView(
            found.intent_id,
            (_clear(found.name).strip() or found.intent_id)[: limits.NAME_MAX],
            _clear(found.description)[: limits.DESCRIPTION_MAX],
            status=status,
            group_id=None if status == "discarded" else group_id,
            parent_id=self._parent(found),
            examples=self._new_examples(found.examples, found.intent_id, (), EXAMPLES_KEPT),
            attributes=_clean(found.attributes),
            replies=_replies(found.replies),
            sub_intents=self._subs(found.sub_intents),
            count=found.count,
            conversations=found.conversations,
            run_id=self._run.run_id,
        )
        because = f"found in {_support(found):,} conversations by run {self._run.run_id!r}"
        number = m.next_change()
        m.emit(
            records.IntentDiscovered,
            intent_id=intent.intent_id,
            change_id=str(number),
            name=intent.name,
            status=intent.status,
            run_id=self._run.run_id,
            because=because,
        )
        m.put(intent, "mined", because, number=number)

    def _update(
        self, before: IntentView, found: MinedIntent, group_id: str | None, *, is_more: bool
    ) -> None:
        """Give a known intent what was found of it.

        Args:
            before: The intent as it is.
            found: What was found.
            group_id: The group of those it was found with.
            is_more: The run told of it before, under another id: counts add up.
        """
        changes: dict[str, Any] = {
            "count": found.count + (before.count if is_more else 0),
            "conversations": found.conversations + (before.conversations if is_more else 0),
            "attributes": _attributes(before, found.attributes),
        }
        subs = self._subs(found.sub_intents)
        changes["sub_intents"] = (*(before.sub_intents if is_more else ()), *subs)[
            : limits.SUB_INTENTS_MAX
        ]
        if found.replies and not is_more:
            changes["replies"] = _replies(found.replies)
        if before.group_id is None and "group_id" not in before.edited:
            changes["group_id"] = self._fitting(before, group_id)
        if "examples" not in before.edited:
            room = EXAMPLES_KEPT - len(before.examples)
            new = self._new_examples(
                found.examples, before.intent_id, before.removed_examples, room
            )
            changes["examples"] = (*before.examples, *new)
        after = replace(before, **changes)
        if after != before:
            because = f"mined again by run {self._run.run_id!r}"
            self._m.put(replace(after, run_id=self._run.run_id), "mined", because)

    def _fitting(self, intent: IntentView, group_id: str | None) -> str | None:
        """Return the group unless it is of another line of business than the intent."""
        group = None if group_id is None else self._m.state.groups.get(group_id)
        lines = {intent.line_of_business, group.line_of_business if group else None} - {None}
        return group_id if len(lines) < 2 else None

    def _parent(self, found: MinedIntent) -> str | None:
        """Return the intent that a mined one is a part of, if it is."""
        if found.change != "split" or not found.from_ids:
            return None
        parent_id = self._m.state.resolved(found.from_ids[0])
        return parent_id if parent_id in self._m.state.intents else None

    def _new_examples(
        self, found: Iterable[Example], intent_id: str, removed: Sequence[str], room: int
    ) -> tuple[ExampleView, ...]:
        """Return redacted examples that no intent has, nobody removed and nobody had erased."""
        new: list[ExampleView] = []
        for one in found:
            text = _clear(one.text).strip()[: limits.EXAMPLE_MAX]
            example_id = example_id_of(text)
            if len(new) >= room:
                break
            if not text or example_id in self._owners or example_id in removed:
                continue
            if forgotten(self._m.state, one.turn_id):
                continue
            self._owners[example_id] = intent_id
            new.append(ExampleView(example_id, text, one.turn_id))
        return tuple(new)

    def _subs(self, found: Sequence[SubIntent]) -> tuple[SubIntent, ...]:
        """Return finer clusters with redacted examples of turns that nobody had erased."""
        return tuple(
            replace(
                one,
                examples=tuple(
                    replace(example, text=_clear(example.text)[: limits.SUB_EXAMPLE_MAX])
                    for example in one.examples[: limits.SUB_EXAMPLES_MAX]
                    if not forgotten(self._m.state, example.turn_id)
                ),
            )
            for one in found[: limits.SUB_INTENTS_MAX]
        )


def _replies(found: Sequence[PastReply]) -> tuple[PastReply, ...]:
    return tuple(
        replace(one, text=_clear(one.text)[: limits.TEXT_MAX])
        for one in found[: limits.REPLIES_MAX]
    )


def _clear(text: str) -> str:
    """Return a text without personal data.

    The miner has redacted it. Looking again costs half a millisecond a text, so only what says to
    the eye that it was not is looked at: an import may come from anywhere.
    """
    return redacted(text) if _TELLING.search(text) else text


def _support(found: MinedIntent) -> int:
    return found.conversations or found.count


def _attributes(before: IntentView, found: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """Return an intent's attributes with what was found: new ones added, none lost.

    Where somebody edited them, those stay letter by letter.
    """
    mined = {one.attribute_id: one for one in _clean(found)}
    have = {one.attribute_id for one in before.attributes}
    is_edited = "attributes" in before.edited
    kept = tuple(
        one if is_edited else mined.get(one.attribute_id, one) for one in before.attributes
    )
    new = tuple(
        one
        for attribute_id, one in mined.items()
        if attribute_id not in have and attribute_id not in before.removed_attributes
    )
    return (*kept, *new)[: max(limits.ATTRIBUTES_MAX, len(kept))]


def _clean(found: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """Return attributes with usable ids, the first of each."""
    clean: dict[str, Attribute] = {}
    for one in found:
        if limits.is_id(one.attribute_id):
            clean.setdefault(one.attribute_id, one)
    return tuple(clean.values())[: limits.ATTRIBUTES_MAX]

"""A mining's result as a library: what it would be if people took everything that was proposed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from processors.intents.library import Group, Intent, LibraryContent
from processors.miner.duplicates import levelled
from processors.miner.mined import Example, Mined, MinedIntent


def proposed_library(
    mined: Mined, library: LibraryContent | None = None, *, examples_max: int = 20
) -> LibraryContent:
    """Return the library with everything mined in it; without a model.

    Args:
        mined: The result.
        library: What was held on to: its intents keep every word, and get more examples as long as
            they have fewer than `examples_max`.
        examples_max: See there.
    """
    before = library if library is not None else LibraryContent()
    standing = {one.intent_id: one for one in before.intents}
    intents = dict(standing)
    groups = {one.group_id: one for one in before.groups}
    for one in mined.intents:
        if one.change == "retired":
            continue
        held = standing.get(one.intent_id)
        if held is not None:
            examples = _added(held.examples, one.examples, examples_max)
            intents[one.intent_id] = msgspec.structs.replace(held, examples=examples)
            continue
        intents[one.intent_id] = _intent(one)
        if one.group_id:
            groups.setdefault(one.group_id, Group(one.group_id, one.group_name))
    return msgspec.structs.replace(
        before,
        intents=tuple(sorted(intents.values(), key=lambda one: one.intent_id)),
        groups=tuple(sorted(groups.values(), key=lambda one: one.group_id)),
        encoder="",
        model=b"",
    )


def _intent(one: MinedIntent) -> Intent:
    return Intent(
        intent_id=one.intent_id,
        name=one.name,
        description=one.description,
        examples=tuple(example.text for example in one.examples),
        group_id=one.group_id or None,
        attributes=one.attributes,
        replies=one.replies,
    )


def _added(examples: Sequence[str], found: Sequence[Example], examples_max: int) -> tuple[str, ...]:
    """Return the examples with more that say something else."""
    kept = list(examples)
    seen = {levelled(text) for text in kept}
    for one in found:
        level = levelled(one.text)
        if len(kept) < examples_max and level not in seen:
            seen.add(level)
            kept.append(one.text)
    return tuple(kept)

"""Groups of like intents: a higher cut of the merge tree; people group what is published."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from processors.intents.library import LibraryContent
from processors.miner.identity import id_of
from processors.miner.mined import MinedIntent
from processors.miner.naming import names_of


def grouped(
    intents: Sequence[MinedIntent],
    branches: Sequence[int],
    tenant: str,
    library: LibraryContent | None,
    cut: float,
) -> list[MinedIntent]:
    """Return the intents, new ones with the group they belong to.

    Args:
        intents: As mined, each with its nearest other one.
        branches: Number of the branch of the tree each is on, -1: none.
        tenant: Whose; part of a new group's id.
        library: A new intent that lies near a published one joins its group.
        cut: How far apart members of a group may be.
    """
    members: dict[int, list[int]] = {}
    for at, (one, branch) in enumerate(zip(intents, branches, strict=True)):
        if one.change == "new" and branch >= 0:
            members.setdefault(branch, []).append(at)
    shared = {branch: ats for branch, ats in members.items() if len(ats) > 1}
    known = {one.group_id: one.name for one in library.groups} if library else {}
    names = names_of(
        [_texts([intents[at] for at in ats]) for ats in shared.values()], list(known.values())
    )
    found = list(intents)
    taken = set(known)
    for ats, name in zip(shared.values(), names, strict=True):
        first = min((intents[at] for at in ats), key=lambda one: (-one.count, one.intent_id))
        group_id = id_of(tenant, "group", first.intent_id, taken)
        taken.add(group_id)
        for at in ats:
            found[at] = msgspec.structs.replace(found[at], group_id=group_id, group_name=name)
    group_of = {one.intent_id: one.group_id for one in library.intents} if library else {}
    for at, one in enumerate(found):
        near = group_of.get(one.nearest_id)
        is_near = one.nearest_similarity >= 1 - cut
        if one.change == "new" and not one.group_id and near in known and near and is_near:
            found[at] = msgspec.structs.replace(one, group_id=near, group_name=known[near])
    return found


def _texts(intents: Sequence[MinedIntent]) -> list[str]:
    """Return texts of all of them, one of each in turn."""
    longest = max(len(one.examples) for one in intents)
    return [
        one.examples[number].text
        for number in range(longest)
        for one in intents
        if number < len(one.examples)
    ]

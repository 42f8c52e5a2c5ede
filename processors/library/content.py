"""The library as an artefact: what is frozen at a publish, and what a mining is anchored on."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

from processors.intents.library import (
    DetectionSettings,
    Group,
    Intent,
    LibraryContent,
    LineOfBusiness,
)
from processors.views.library import GroupView, IntentView, LineView, Settings

SETTINGS_PART: Final = "settings"
_DIGEST: Final = 16

_json: Final = msgspec.json.Encoder(order="deterministic").encode


def frozen(
    intents: Iterable[IntentView],
    groups: Iterable[GroupView],
    lines: Iterable[LineView],
    settings: Settings,
) -> LibraryContent:
    """Return what a publish freezes: approved intents and groups, lines, settings; no model."""
    told_groups = tuple(
        Group(
            one.group_id,
            one.name,
            one.clarifying_question,
            one.instructions,
            one.line_of_business,
        )
        for one in sorted(groups, key=lambda one: one.group_id)
        if one.status == "approved"
    )
    approved = sorted(
        (one for one in intents if one.status == "approved" and one.merged_into is None),
        key=lambda one: one.intent_id,
    )
    group_ids = {one.group_id for one in told_groups}
    intent_ids = {one.intent_id for one in approved}
    return LibraryContent(
        intents=tuple(_intent(one, group_ids, intent_ids) for one in approved),
        groups=told_groups,
        lines_of_business=tuple(
            LineOfBusiness(one.line_id, one.name, one.instructions, one.workstreams, one.queues)
            for one in sorted(lines, key=lambda one: one.line_id)
        ),
        detection=DetectionSettings(
            settings.rejected_share, settings.group_margin, settings.shift_margin
        ),
        instructions=settings.instructions,
    )


def anchors(intents: Iterable[IntentView]) -> LibraryContent:
    """Return what a mining is anchored on: every intent, whatever its status.

    Discarded and pending ones are among them: a mining that did not know them would propose them
    again under other ids. What became part of another is that other.
    """
    known = sorted(
        (one for one in intents if one.merged_into is None), key=lambda one: one.intent_id
    )
    return LibraryContent(
        intents=tuple(
            Intent(
                one.intent_id,
                one.name,
                one.description,
                tuple(example.text for example in one.examples),
                attributes=one.attributes,
            )
            for one in known
        )
    )


def encoded(content: LibraryContent) -> bytes:
    """Return a content as JSON: equal contents give equal bytes."""
    return _json(content)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of an encoded content."""
    return sha256(data).hexdigest()


def parts(content: LibraryContent) -> tuple[tuple[str, str], ...]:
    """Return the digest of every intent, group and line and of the settings, in order of name."""
    found = {f"intent/{one.intent_id}": _digest(one) for one in content.intents}
    found |= {f"group/{one.group_id}": _digest(one) for one in content.groups}
    found |= {f"line/{one.line_id}": _digest(one) for one in content.lines_of_business}
    found[SETTINGS_PART] = _digest((content.detection, content.instructions))
    return tuple(sorted(found.items()))


def changed_parts(before: Iterable[tuple[str, str]], now: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names of parts that were added, changed or removed, in order."""
    old, new = dict(before), dict(now)
    return sorted(name for name in old | new if old.get(name) != new.get(name))


def _intent(one: IntentView, group_ids: set[str], intent_ids: set[str]) -> Intent:
    return Intent(
        one.intent_id,
        one.name,
        one.description,
        tuple(example.text for example in one.examples),
        one.group_id if one.group_id in group_ids else None,
        one.line_of_business,
        one.parent_id if one.parent_id in intent_ids else None,
        one.is_used_by_bots,
        one.instructions,
        one.attributes,
        one.solutions,
        one.replies,
    )


def _digest(value: object) -> str:
    return sha256(_json(value)).hexdigest()[:_DIGEST]

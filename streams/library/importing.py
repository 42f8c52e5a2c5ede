"""A library that was mined or curated elsewhere, told to the log as a mining run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from processors.intents.library import LibraryContent
from processors.library.mining import IMPORTED
from processors.miner.mined import Example, Granularity, MinedIntent
from schemas.records.library import IntentMined, MiningFinished, MiningStarted
from streams.mining.reading import ASSIGNMENTS, AssignmentLine

_line = msgspec.json.Decoder(AssignmentLine).decode


def counts_of(folder: Path) -> dict[str, int]:
    """Return how many turns each intent has by the assignments beside a library; none: empty.

    Lines that are no assignment count for nothing.
    """
    found: Counter[str] = Counter()
    try:
        with (folder / ASSIGNMENTS).open("rb") as file:
            for line in file:
                try:
                    intent = _line(line).intent
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue
                if intent is not None:
                    found[intent] += 1
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return dict(found)


def mined_of(content: LibraryContent, counts: Mapping[str, int]) -> list[MinedIntent]:
    """Return a library's intents as a mining finds them, most frequent first.

    Args:
        content: The library.
        counts: Turns by intent; an intent that is not named counts by its examples.
    """
    names = {group.group_id: group.name for group in content.groups}
    found = [
        MinedIntent(
            intent_id=intent.intent_id,
            change="new",
            name=intent.name,
            description=intent.description,
            count=max(counts.get(intent.intent_id, 0), len(intent.examples)),
            conversations=0,
            examples=tuple(Example(text, "") for text in intent.examples),
            attributes=intent.attributes,
            replies=intent.replies,
            group_id=intent.group_id or "",
            group_name=names.get(intent.group_id or "", ""),
        )
        for intent in content.intents
    ]
    return sorted(found, key=lambda one: (-one.count, one.intent_id))


def records_of(
    mined: list[MinedIntent],
    *,
    tenant: str,
    run_id: str,
    source: str,
    granularity: Granularity | None,
    encoder: str,
    now_ms: int,
) -> Iterator[Any]:
    """Yield the records of a run that is over as soon as it is told.

    Args:
        mined: What it found.
        tenant: Whose.
        run_id: Its id.
        source: Where it comes from, for people.
        granularity: With which it was mined; None: the library's own setting.
        encoder: Fingerprint of the encoder.
        now_ms: Wall clock, epoch ms.
    """
    about: dict[str, Any] = {"tenant": tenant, "occurred_at_ms": now_ms, "run_id": run_id}
    yield MiningStarted(**about, source=f"{IMPORTED} {source}"[:256], granularity=granularity)
    for index, one in enumerate(mined):
        yield IntentMined(**about, index=index, content=msgspec.json.encode(one).decode())
    yield MiningFinished(**about, intents=len(mined), encoder=encoder)

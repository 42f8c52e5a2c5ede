"""Dialogues for the storm: real ones when there are files, else a seeded grammar of ours."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

from schemas.records.assist import DismissRecommendation
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    RepresentativeAccepted,
    TurnSaid,
)
from streams.adapters import files

TENANT = "demo"
START_MS = 1_767_225_600_000

_OPENINGS = (
    "Hi, my {thing} arrived {damage}.",
    "Hello, I was charged twice for the {thing} last week.",
    "The {thing} I ordered has not come yet, where is my parcel?",
    "I can not log in any more, I forgot my password.",
    "My internet keeps dropping since the new router.",
    "I need to move my booking for the concert to another date.",
)
_MIDDLES = (
    "It is order {number}.",
    "No, I have not tried that yet.",
    "Can I get my money back instead?",
    "I am travelling and roaming is very expensive.",
    "The light on the box is red, restarting did not help.",
    "How long does a refund take?",
)
_ANSWERS = (
    "I am sorry to hear that. Could you give me the order number?",
    "Thank you, let me look that up for you.",
    "I can see it here. One moment please.",
    "Would a replacement help you?",
)
_THINGS = ("lamp", "kettle", "phone", "jacket", "router", "suitcase")
_DAMAGE = ("broken", "with a crack in the glass", "scratched", "in the wrong colour")


def real_files() -> list[Path]:
    """Return dialogue files named by CUESTREAM_DIALOGUES, or kept beside the checkout."""
    named = os.environ.get("CUESTREAM_DIALOGUES")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "data" / "sgd"
    if folder.is_file():
        return [folder]
    return sorted(folder.glob("dialogues_*.json")) if folder.is_dir() else []


def records(count: int, seed: int) -> list[list[object]]:
    """Return `count` conversations as lists of records in the order they happen."""
    found: list[list[object]] = []
    for path in real_files():
        found += _read(path, count - len(found))
        if len(found) >= count:
            return found
    chance = random.Random(seed)
    return found + [_invented(index, chance) for index in range(count - len(found))]


def interleaved(conversations: list[list[object]], seed: int) -> Iterator[object]:
    """Yield all records, conversations mixed, each in its order, some turns twice."""
    chance = random.Random(seed)
    open_now = [iter(records) for records in conversations[:40]]
    waiting = [iter(records) for records in conversations[40:]]
    at_ms = START_MS
    while open_now:
        at_ms += chance.randrange(1, 400)
        chosen = chance.randrange(len(open_now))
        record = next(open_now[chosen], None)
        if record is None:
            open_now.pop(chosen)
            if waiting:
                open_now.append(waiting.pop())
            continue
        yield at_ms, record
        if chance.random() < 0.02:
            yield at_ms, record


def _read(path: Path, count: int) -> list[list[object]]:
    conversations: dict[str, list[object]] = {}
    for entry in files.read(path, "sgd", files.Reading(tenant=TENANT)):
        if isinstance(entry, files.Bad):
            continue
        name = entry.record.conversation_id
        if name not in conversations and len(conversations) >= count:
            break
        conversations.setdefault(name, []).append(entry.record)
    return list(conversations.values())


def _invented(index: int, chance: random.Random) -> list[object]:
    name = f"storm-{index:05d}"
    said: list[object] = [
        ConversationOpened(
            tenant=TENANT, occurred_at_ms=0, conversation_id=name,
            channel=chance.choice(("live_chat", "sms", "live_chat", "record")),
        )
    ]  # fmt: skip
    for number in range(chance.randrange(4, 16)):
        is_customer = number % 2 == 0
        texts = _OPENINGS if number == 0 else _MIDDLES if is_customer else _ANSWERS
        text = chance.choice(texts).format(
            thing=chance.choice(_THINGS),
            damage=chance.choice(_DAMAGE),
            number=chance.randrange(9999),
        )
        said.append(
            TurnSaid(
                tenant=TENANT, occurred_at_ms=0, conversation_id=name, turn_id=f"t{number}",
                author="customer" if is_customer else "representative", text=text,
            )
        )  # fmt: skip
        if number == 0:
            said.append(
                RepresentativeAccepted(
                    tenant=TENANT, occurred_at_ms=0, conversation_id=name, representative_id="ann"
                )
            )
        if chance.random() < 0.05:
            said.append(
                DismissRecommendation(
                    tenant=TENANT, occurred_at_ms=0, conversation_id=name,
                    recommendation_id="conversation.turns.v1/0/0#0",
                    command_id=f"d{number}", representative_id="ann",
                )
            )  # fmt: skip
    said.append(ConversationEnded(tenant=TENANT, occurred_at_ms=0, conversation_id=name))
    return said

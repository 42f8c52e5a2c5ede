"""Libraries of a bank and a shop, written for the tests of detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import msgspec

from processors.intents.library import Group, Intent, LibraryContent
from processors.intents.loading import Library, load_library
from processors.miner.training import train

BANK: dict[str, tuple[str, ...]] = {
    "lost_card": (
        "i lost my card",
        "my debit card has been stolen",
        "someone took my wallet with my card in it",
        "i can not find my credit card anywhere",
        "my card is gone, please block it",
        "i think i left my card in a taxi",
    ),
    "card_limit": (
        "raise the limit of my card",
        "what is my spending limit",
        "can you increase my credit limit",
        "i want to withdraw more per day",
        "how high is the limit on my card",
        "please lower my card limit",
    ),
    "balance": (
        "how much money do i have",
        "what is my balance",
        "show me my account balance",
        "how much is left in my savings account",
        "check my balance please",
        "is there enough money in my account",
    ),
    "transfer": (
        "send money to my brother",
        "i want to make a transfer",
        "transfer 50 euros to another account",
        "how do i wire money abroad",
        "move money to my savings",
        "pay my friend from my account",
    ),
}
SHOP: dict[str, tuple[str, ...]] = {
    "track_order": (
        "where is my parcel",
        "track my order",
        "when does my package arrive",
        "my delivery is late",
        "has my order been shipped yet",
        "i am still waiting for my parcel",
    ),
    "return_item": (
        "i want to return these shoes",
        "how do i send an item back",
        "the dress does not fit, i want to return it",
        "can i exchange this jacket for a larger one",
        "what is the return policy",
        "i would like to give it back",
    ),
    "broken_item": (
        "the lamp arrived broken",
        "my new blender does not work",
        "there is a crack in the screen",
        "the toy was damaged when i opened the box",
        "it fell apart after one day",
        "the chair is faulty",
    ),
}
GROUPS: dict[str, str] = {
    "lost_card": "cards",
    "card_limit": "cards",
    "balance": "accounts",
    "transfer": "accounts",
    "track_order": "orders",
    "return_item": "orders",
    "broken_item": "orders",
}
NOT_KNOWN: tuple[str, ...] = (
    "will it rain in oslo on sunday",
    "play some jazz in the kitchen",
    "how many calories are in a banana",
    "my dentist appointment has to be moved",
    "what does the word ambiguous mean",
    "book me a flight to rome",
)


def content_of(
    examples: Mapping[str, Sequence[str]], groups: Mapping[str, str] | None = None
) -> LibraryContent:
    """Return a library without model: intent to examples, intent to group."""
    group_of = groups or {}
    return LibraryContent(
        intents=tuple(
            Intent(
                intent_id=one,
                name=one.replace("_", " "),
                examples=tuple(said),
                group_id=group_of.get(one),
            )
            for one, said in sorted(examples.items())
        ),
        groups=tuple(
            Group(group_id=one, name=one)
            for one in sorted({group_of[one] for one in examples if one in group_of})
        ),
    )


def loaded(content: LibraryContent) -> Library:
    """Return a library of an artefact of the content."""
    return load_library(msgspec.json.encode(content))


@cache
def bank_and_shop() -> Library:
    """Return a library of both, in groups, trained."""
    return loaded(train(content_of(BANK | SHOP, GROUPS)).content)

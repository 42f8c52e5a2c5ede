"""What a mining gives. Nothing in it is in force: the library's rules decide what becomes of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from processors.intents.library import Attribute, PastReply

Granularity = Literal["low", "medium", "high"]
Change = Literal["new", "known", "merged", "split", "retired"]


class Options(msgspec.Struct, frozen=True):
    """How to mine.

    Attributes:
        tenant: Whose intents; part of their ids.
        granularity: Fewer, larger intents (`low`) or more, smaller ones (`high`).
        takes_all: Every customer turn is taken as bearing an intent (bare utterances).
        conversations_min: A new intent needs this many conversations (utterances without them).
        examples_max: Examples kept of an intent.
        is_from_scratch: With a library: do not hold on to its intents, but mine as if there were
            none and say what would become of them.
    """

    tenant: str = "default"
    granularity: Granularity = "medium"
    takes_all: bool = False
    conversations_min: int = 5
    examples_max: int = 20
    is_from_scratch: bool = False


class Example(msgspec.Struct, frozen=True):
    """A redacted utterance of an intent and the turn it comes from."""

    text: str
    turn_id: str


class SubIntent(msgspec.Struct, frozen=True):
    """A finer cluster inside an intent: a leaf of the merge tree.

    Attributes:
        sub_id: Content-derived id.
        name: Its label.
        count: Utterances in it, repeats included.
        examples: Typical first.
        x: Its place on the map, -1 to 1.
        y: Its place on the map, -1 to 1.
        words: What tells it from the others, best first.
    """

    sub_id: str
    name: str
    count: int
    examples: tuple[Example, ...] = ()
    x: float = 0.0
    y: float = 0.0
    words: tuple[str, ...] = ()


class MinedIntent(msgspec.Struct, frozen=True):
    """An intent as mined.

    Attributes:
        intent_id: The anchor's id where one was matched, else a new, content-derived one.
        change: What it is to the library that was given: `new`, `known` (more of an anchor); mined
            from scratch also `merged` (several published ones in one), `split` (a part of one,
            beside the part that keeps its id) and `retired` (published, but nobody said it).
        name: Its label.
        description: Most typical message and words.
        count: Utterances in it, repeats included.
        conversations: Conversations it occurs in.
        examples: Typical first, then ever different ones.
        sub_intents: The finer clusters in it.
        attributes: What representatives asked and customers answered, in the order asked.
        replies: What representatives answered, most frequent first.
        x: Its place on the map, -1 to 1.
        y: Its place on the map, -1 to 1.
        nearest_id: Nearest other intent, of library or mining; empty when alone.
        nearest_similarity: Cosine to it.
        from_ids: The published intents it comes from, of `known`, `merged`, `split`, `retired`.
        group_id: The group of like intents it belongs to; empty when it stands alone.
        group_name: What that group has in common.
    """

    intent_id: str
    change: Change
    name: str
    description: str
    count: int
    conversations: int
    examples: tuple[Example, ...] = ()
    sub_intents: tuple[SubIntent, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    replies: tuple[PastReply, ...] = ()
    x: float = 0.0
    y: float = 0.0
    nearest_id: str = ""
    nearest_similarity: float = 0.0
    from_ids: tuple[str, ...] = ()
    group_id: str = ""
    group_name: str = ""


class Merge(msgspec.Struct, frozen=True):
    """One step of the merge tree over sub-intents: two nodes join at a distance.

    Nodes 0..n-1 are the sub-intents in the order of `Mined.leaves`; step i makes node n + i.
    """

    left: int
    right: int
    distance: float


class Assigned(msgspec.Struct, frozen=True, gc=False):
    """Where an input turn went: ids of intent and sub-intent; None: no intent."""

    turn_id: str
    intent_id: str | None
    sub_id: str | None


class Figures(msgspec.Struct, frozen=True):
    """What the mining saw.

    Attributes:
        turns: Turns, each id once.
        conversations: Conversations they are in.
        customer_turns: Turns of customers among them.
        bearing: Turns of customers that carry a wish.
        distinct: Different texts among those.
        clusters: Sub-intents found.
        anchored: Turns that a published intent took.
        discarded: Turns in the territory of a discarded intent; they have no intent.
        small: Turns of clusters too small for an intent; they have none.
    """

    turns: int = 0
    conversations: int = 0
    customer_turns: int = 0
    bearing: int = 0
    distinct: int = 0
    clusters: int = 0
    anchored: int = 0
    discarded: int = 0
    small: int = 0


class Mined(msgspec.Struct, frozen=True):
    """The result.

    Attributes:
        intents: Most frequent first, ties by id.
        leaves: Ids of all sub-intents, in the merge tree's order.
        merges: The merge tree, so that a screen can cut it anywhere.
        cut: The distance at which it was cut for the granularity.
        cuts: The cut of each granularity.
        assigned: One for each customer turn, in the order of input.
        figures: Counts.
        encoder: Fingerprint of the encoder.
    """

    intents: tuple[MinedIntent, ...]
    leaves: tuple[str, ...]
    merges: tuple[Merge, ...]
    cut: float
    cuts: dict[str, float]
    assigned: tuple[Assigned, ...]
    figures: Figures
    encoder: str

"""A library of intents as one artefact: what customers want, how to tell, what to ask, what to say.

The reference `intent.library` is UTF-8 JSON; people can read everything but `model`. It is
content-addressed: the same intents, examples, settings and model give the same bytes.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

LIBRARY: Final = "intent.library"
FORMAT: Final = 1

ValueKind = Literal["string", "number", "date", "boolean", "enum"]


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to know about a customer's wish, and the question that asks for it.

    Attributes:
        attribute_id: Unique within the intent, e.g. `order_number`.
        name: For people.
        kind: What its values are.
        question: Asks the customer for it.
        recogniser: Which typed recogniser finds a value, e.g. `email` or `reference`; empty: the
            one that goes with `kind`.
        values: The values an `enum` may have.
        cues: Words that stand near its value, e.g. `bought`, `purchased` for a date.
        is_required: The interview is not complete without it.
        position: Mean place among the questions asked in past conversations, from 0 to 1.
        asked_share: Share of the intent's past conversations in which it was asked, 0 to 1.
    """

    attribute_id: str
    name: str
    kind: ValueKind = "string"
    question: str = ""
    recogniser: str = ""
    values: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    is_required: bool = True
    position: float = 0.0
    asked_share: float = 0.0


class Solution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may solve it: an article by id, or a text to send."""

    kind: Literal["article", "text"]
    item_id: str = ""
    text: str = ""


class PastReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reply that representatives gave, with values blanked, and how often."""

    text: str
    count: int = 1


class Intent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing customers want.

    Attributes:
        intent_id: Stays through re-mining and renaming.
        name: For people.
        description: A sentence or the most typical message.
        examples: What customers said, redacted; the model is trained on them.
        group_id: The group it belongs to.
        line_of_business: The line of business it belongs to; None: all.
        parent_id: The intent whose special case it is.
        is_used_by_bots: Bots may use it.
        instructions: For whoever writes questions and answers, at most 2,000 characters.
        attributes: What to know, in the order to ask.
        solutions: What may solve it; with articles here only these are offered.
        replies: What representatives answered, most frequent first.
    """

    intent_id: str
    name: str
    description: str = ""
    examples: tuple[str, ...] = ()
    group_id: str | None = None
    line_of_business: str | None = None
    parent_id: str | None = None
    is_used_by_bots: bool = False
    instructions: str = ""
    attributes: tuple[Attribute, ...] = ()
    solutions: tuple[Solution, ...] = ()
    replies: tuple[PastReply, ...] = ()


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Intents that the same expertise solves.

    Attributes:
        group_id: Unique in the library.
        name: For people.
        clarifying_question: Asked when only the group is known.
        instructions: At most 2,000 characters.
        line_of_business: As in `Intent`.
    """

    group_id: str
    name: str
    clarifying_question: str = ""
    instructions: str = ""
    line_of_business: str | None = None


class LineOfBusiness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the organisation with workstreams, queues and intents of its own."""

    line_id: str
    name: str
    instructions: str = ""
    workstreams: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()


class DetectionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How sure detection has to be.

    Attributes:
        rejected_share: Share of held-out examples that the threshold may reject, 0 to 0.5; the
            threshold itself follows from it when the model is trained.
        group_margin: Best and second intent closer than this, of one group: only the group.
        shift_margin: A new intent must beat the present one by this much to replace it.
    """

    rejected_share: float = 0.05
    group_margin: float = 0.08
    shift_margin: float = 0.1


class LibraryContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The artefact.

    Attributes:
        format: `FORMAT`.
        language: Of examples and questions.
        intents: In order of id.
        groups: In order of id.
        lines_of_business: In order of id.
        detection: How sure to be.
        instructions: The organisation's, used where no line of business has any.
        encoder: Fingerprint of the encoder that the model was trained with; empty without model.
        model: The trained model, see `model.py`; empty: detection finds nothing.
    """

    format: int = FORMAT
    language: str = "en"
    intents: tuple[Intent, ...] = ()
    groups: tuple[Group, ...] = ()
    lines_of_business: tuple[LineOfBusiness, ...] = ()
    detection: DetectionSettings = DetectionSettings()
    instructions: str = ""
    encoder: str = ""
    model: bytes = b""

"""The rows behind the Agent desktop: conversations, their turns, their recommendations.

Row keys start with the conversation's key `{tenant}:{conversation_id}`:

- `conversation`: the key itself
- `turn`: key, NUL, the turn's number as 4 bytes
- `recommendation`: key, NUL, the order of issue as 8 bytes; scan in reverse for newest first
- `nothing_found`: key, NUL, kind
- `handoff`: the key itself: the newest hand-off with its variables
- `intent`: the key itself: what the customer wants, what is known of it, what to say next

A value is written by `encode` and read by `decode`: msgpack, the fields in their order and without
their names, so a new field goes last and has a default. The row of `intent`, which is nested, has
them with their names.
"""

from __future__ import annotations

import struct
from typing import Any, Final, Literal

import msgspec

CONVERSATION = "conversation"
TURN = "turn"
RECOMMENDATION = "recommendation"
NOTHING_FOUND = "nothing_found"
HANDOFF = "handoff"
INTENT = "intent"


class Access(msgspec.Struct, frozen=True):
    """What decides who may see a row; input to `visible(principal, access)`."""

    tenant: str
    owner: str | None = None
    team: str | None = None
    participants: tuple[str, ...] = ()
    queue: str | None = None


class ConversationView(msgspec.Struct, frozen=True):
    """One line of the conversation list and the head of the open conversation."""

    tenant: str
    conversation_id: str
    access: Access
    channel: str
    state: str
    owner_kind: str
    owner_id: str | None
    owner_name: str | None
    ownership_epoch: int
    customer_id: str | None
    customer_name: str | None
    locale: str | None
    linked_record: str | None
    opened_at_ms: int
    accepted_at_ms: int | None
    ended_at_ms: int | None
    last_turn_at_ms: int
    turns: int
    preview: str
    recommendations: int
    bot_id: str | None = None
    is_routed: bool = False
    is_voice: bool = False
    handoff_state: str = ""
    handoff_hub: str | None = None
    handoff_said: str | None = None
    intent_name: str = ""


class TurnView(msgspec.Struct, frozen=True):
    """One utterance as the transcript shows it; `number` counts from 1."""

    number: int
    turn_id: str
    author: str
    author_id: str | None
    author_name: str | None
    text: str
    text_format: str
    visibility: str
    occurred_at_ms: int
    recorded_at_ms: int
    source: str
    speak: str | None = None


class RecommendationView(msgspec.Struct, frozen=True):
    """One card on the assist panel; `card` is Adaptive Card JSON text."""

    recommendation_id: str
    kind: str
    item_id: str
    title: str
    score: float
    is_highly_relevant: bool
    key_phrases: tuple[str, ...]
    reason: str
    card: str
    trigger_turn_id: str
    trigger_recorded_at_ms: int
    issued_at_ms: int
    updated_at_ms: int
    reference_digest: str
    index_version: str


class NothingFoundView(msgspec.Struct, frozen=True):
    """The newest explicit empty answer of a kind; removed when something is found."""

    kind: str
    reason: str
    at_ms: int
    trigger_turn_id: str


class HandoffView(msgspec.Struct, frozen=True):
    """The newest hand-off: what the human side was told.

    Attributes:
        message: Private message of the bot; for representatives who have accepted.
        variables: Context variables as they stood.
        cut_variables: Names of those whose value was cut to 4,000 characters.
        turns: The transcript up to this turn was handed over.
    """

    request_id: str
    attempt: int
    bot_id: str | None
    message: str | None
    reason: str | None
    variables: dict[str, str | int | float]
    cut_variables: tuple[str, ...]
    turns: int
    requested_at_ms: int
    transcript_url: str | None = None


IntentState = Literal["looking", "intent", "group", "none", "unavailable"]


class IntentOnScreen(msgspec.Struct, frozen=True):
    """An intent and how well a message fits it, 0 to 1."""

    intent_id: str
    name: str
    score: float


class GroupOnScreen(msgspec.Struct, frozen=True):
    """A group of intents, and what tells them apart."""

    group_id: str
    name: str
    clarifying_question: str


class AttributeOnScreen(msgspec.Struct, frozen=True):
    """One thing to know, its question, and the answer.

    Attributes:
        value: What the customer told; None: nothing yet.
        turn_number: Turn that told it, from 1; None: an earlier one, or none.
        is_next: Its question is due.
        is_from_bot: Told while a bot had the conversation.
    """

    attribute_id: str
    name: str
    question: str
    kind: str
    is_required: bool
    value: str | None
    turn_number: int | None
    is_next: bool
    is_from_bot: bool


class NextOnScreen(msgspec.Struct, frozen=True):
    """What is due: a question, a question that tells a group apart, a solution, or nothing."""

    kind: Literal["question", "clarify", "solution", "none"] = "none"
    attribute_id: str | None = None
    text: str = ""


class ResponseOnScreen(msgspec.Struct, frozen=True):
    """One thing to say next, and why."""

    kind: Literal["question", "clarify", "solution", "reply"]
    text: str
    why: str


class ArticleOnScreen(msgspec.Struct, frozen=True):
    """An article that may solve it."""

    article_id: str
    title: str
    summary: str
    url: str | None
    score: float


class SolutionOnScreen(msgspec.Struct, frozen=True):
    """What was looked for, and what was found; no result is an answer, too."""

    query: str
    results: tuple[ArticleOnScreen, ...]
    at_ms: int


class PastAttributeOnScreen(msgspec.Struct, frozen=True):
    """A question of an earlier intent and its answer."""

    name: str
    question: str
    value: str | None


class EarlierOnScreen(msgspec.Struct, frozen=True):
    """What the customer wanted before, with questions and answers."""

    intent_id: str
    name: str
    until_ms: int
    attributes: tuple[PastAttributeOnScreen, ...]


class IntentView(msgspec.Struct, frozen=True):
    """What the customer wants, what is known of it, what to ask and say next.

    Attributes:
        state: `looking`: no wish was heard yet; `intent`, `group` or `none`: what is known;
            `unavailable`: nobody serves the conversation, or not on such a channel.
        top: The best three of the last message with a wish.
        next: What is due; nothing while `unavailable`.
        responses: What to say next, the best first; empty while `unavailable`.
        dismissed: Intents found wrong by a representative.
        result: Flag of the bot's interview, e.g. `IntentInterviewComplete`; None: it held none.
        library_digest: Version of the library.
    """

    state: IntentState = "unavailable"
    intent: IntentOnScreen | None = None
    group: GroupOnScreen | None = None
    top: tuple[IntentOnScreen, ...] = ()
    margin: float = 0.0
    is_unknown: bool = False
    attributes: tuple[AttributeOnScreen, ...] = ()
    next: NextOnScreen = NextOnScreen()
    responses: tuple[ResponseOnScreen, ...] = ()
    solution: SolutionOnScreen | None = None
    earlier: tuple[EarlierOnScreen, ...] = ()
    dismissed: tuple[str, ...] = ()
    result: str | None = None
    library_digest: str = ""


View = (
    ConversationView | TurnView | RecommendationView | NothingFoundView | HandoffView | IntentView
)

VIEWS: Final[dict[str, type[View]]] = {
    CONVERSATION: ConversationView,
    TURN: TurnView,
    RECOMMENDATION: RecommendationView,
    NOTHING_FOUND: NothingFoundView,
    HANDOFF: HandoffView,
    INTENT: IntentView,
}
"""Table to the view its rows hold."""

_NUL: Final = b"\0"
_pack_number: Final = struct.Struct(">I").pack
_pack_order: Final = struct.Struct(">Q").pack
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode
_decode_intent: Final = msgspec.msgpack.Decoder(IntentView).decode
_fields: Final = msgspec.structs.astuple


def encode(view: View) -> bytes:
    """Return a row's value."""
    if type(view) is IntentView:
        return _encode(view)
    fields = _fields(view)
    if type(view) is ConversationView:
        fields = (*fields[:2], _fields(view.access), *fields[3:])
    return _encode(fields)


def decode(table: str, value: bytes) -> Any:
    """Return the view behind a row of `table`, of the type that `VIEWS` says.

    Raises KeyError for a table that is not ours.
    """
    view = VIEWS[table]
    if view is IntentView:
        return _decode_intent(value)
    fields: list[Any] = _decode(value)
    if view is ConversationView:
        tenant, owner, team, participants, queue = fields[2]
        fields[2] = Access(tenant, owner, team, tuple(participants), queue)
    elif view is RecommendationView or view is HandoffView:
        fields[6] = tuple(fields[6])
    return view(*fields)


def turn_key(key: bytes, number: int) -> bytes:
    """Return the row key of the conversation's turn `number`."""
    return key + _NUL + _pack_number(number)


def recommendation_key(key: bytes, order: int) -> bytes:
    """Return the row key of the recommendation issued as number `order`."""
    return key + _NUL + _pack_order(order)


def nothing_found_key(key: bytes, kind: str) -> bytes:
    """Return the row key of the empty answer for `kind`."""
    return key + _NUL + kind.encode()

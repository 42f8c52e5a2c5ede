"""Records as lines for people: what `tail`, the demo and a terminal show of what happens."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from schemas.records.assist import (
    DismissRecommendation,
    NothingFound,
    RecommendationDismissed,
    RecommendationIssued,
    RecommendationRefreshed,
)
from schemas.records.control import (
    InputRejected,
    QuarantineResolved,
    RecordQuarantined,
    ReferenceArtefact,
    ReferenceChanged,
    SchemaPublished,
    Tick,
)
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    OwnershipMoved,
    RepresentativeAccepted,
    TurnSaid,
)
from schemas.records.handoff import HandoffRequested
from schemas.records.routing import (
    AssignmentDecided,
    CustomerNotified,
    ItemClosed,
    ItemMoved,
    ItemRouted,
    OfferClosed,
    OfferMade,
    PresenceChanged,
    QueueOverflowed,
)
from streams.client.follower import Received, Unreadable

Tone = Literal["turn", "card", "change", "quiet", "trouble"]

TEXT_MAX: Final = 160
_KIND_WIDTH: Final = 7
_ID_WIDTH: Final = 16
_WHO_WIDTH: Final = 14


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, in the columns kind, conversation, who, what.

    `tone` says how loud it is, for colours.
    """

    kind: str
    conversation_id: str
    who: str
    text: str
    tone: Tone

    def plain(self) -> str:
        """Return the line with its columns aligned."""
        who = f"{self.who:<{_WHO_WIDTH}} " if self.who else ""
        return f"{self.kind:<{_KIND_WIDTH}} {self.conversation_id:<{_ID_WIDTH}} {who}{self.text}"


def line_of(item: Received | Unreadable, *, waited_ms: int | None = None) -> Line:
    """Return the line of something a follower yields.

    Args:
        item: What was received.
        waited_ms: Time from the customer's turn to this card, to be shown with it.
    """
    if isinstance(item, Unreadable):
        where = f"{item.topic}[{item.partition}]@{item.offset}"
        text = f"{where}: {clipped(item.because)}"
        return Line(kind="unread", conversation_id="-", who="", text=text, tone="trouble")
    return line_of_record(item.record, waited_ms=waited_ms)


def line_of_record(record: Any, *, waited_ms: int | None = None) -> Line:
    """Return the line of a record."""
    kind, who, text, tone = _columns(record)
    if waited_ms is not None:
        text = f"{text}  {waited_ms} ms"
    about = getattr(record, "conversation_id", None) or getattr(record, "item_id", None) or "-"
    conversation_id = clipped(about, 64)
    # Ids come from outside too: nothing of a record may move the cursor of a terminal.
    return Line(
        kind=kind,
        conversation_id=conversation_id,
        who=_printable(who),
        text=_printable(text),
        tone=tone,
    )


def clipped(text: str, most: int = TEXT_MAX) -> str:
    """Return the text on one line, without control characters, cut at `most` characters."""
    flat = " ".join(_printable(text).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _columns(record: Any) -> tuple[str, str, str, Tone]:  # noqa: C901, PLR0911, PLR0912
    match record:
        case TurnSaid(visibility="private"):
            return "note", record.author, f'"{clipped(record.text)}"', "quiet"
        case TurnSaid():
            return "turn", record.author, f'"{clipped(record.text)}"', "turn"
        case ConversationOpened():
            who = clipped(record.customer_name or "", 40)
            return "open", "", f"{who} on {record.channel}".strip(), "change"
        case RepresentativeAccepted():
            return "accept", "", f"{record.representative_id} takes the conversation", "change"
        case OwnershipMoved():
            to = f"{record.owner} {record.owner_id}" if record.owner_id else record.owner
            return "move", "", f"to {clipped(to, 60)}", "change"
        case ConversationEnded():
            return "end", "", clipped(record.reason or ""), "change"
        case HandoffRequested():
            text = f"{record.bot_id or 'a bot'} hands off: {clipped(record.reason or '')}"
            return "handoff", "", text, "change"
        case OfferMade():
            seconds = (record.deadline_at_ms - record.offered_at_ms) // 1_000
            text = f"to {record.representative_id} for {seconds} s, from {record.queue_id}"
            return "offer", "", text, "change"
        case OfferClosed():
            return "offer-", "", f"{record.outcome} by {record.representative_id}", "quiet"
        case AssignmentDecided():
            who = record.chosen_id or "nobody yet"
            text = f"{clipped(who, 40)}: {clipped(record.because, 100)}"
            return "decide", "", f"{text}  {record.causation_id}", "card"
        case ItemMoved():
            owner = f"{record.owner} {record.owner_id or ''}".strip()
            text = f"{record.from_state} to {record.to_state}, {clipped(owner, 60)}"
            return "item", "", text, "change"
        case ItemRouted():
            text = f"to {record.queue_id or 'nowhere'}: {clipped(record.because, 120)}"
            return "route", "", text, "change"
        case ItemClosed():
            return "closed", "", f"{record.outcome}: {clipped(record.because, 100)}", "change"
        case QueueOverflowed():
            return "overflow", "", f"{record.queue_id}: {clipped(record.because, 120)}", "change"
        case PresenceChanged():
            text = f"{record.before} to {record.presence}: {clipped(record.because, 100)}"
            return "presence", record.representative_id, text, "quiet"
        case CustomerNotified():
            return "notice", "", f'"{clipped(record.text)}"', "quiet"
        case RecommendationIssued():
            return "card", "", _card(record), "card"
        case RecommendationRefreshed():
            return "card+", "", _card(record), "card"
        case RecommendationDismissed():
            return "card-", "", f"{record.item_id} dismissed by {record.representative_id}", "quiet"
        case DismissRecommendation():
            return "dismiss", record.representative_id, record.recommendation_id, "quiet"
        case NothingFound():
            return "none", "", clipped(record.reason), "quiet"
        case InputRejected():
            text = f"{clipped(record.subject, 80)}: {clipped(record.because)}"
            return "refused", "", text, "trouble"
        case RecordQuarantined():
            text = f"{record.quarantine_id} {record.code}: {clipped(record.because)}"
            return "quarant", "", text, "trouble"
        case QuarantineResolved():
            text = f"{record.quarantine_id} {record.resolution} by {record.resolved_by}"
            return "resolve", "", text, "change"
        case ReferenceChanged():
            text = f"{record.reference} is now {record.label or record.digest[:12]}"
            return "refer", "", text, "change"
        case ReferenceArtefact():
            text = f"{record.reference} {record.digest[:12]}, {len(record.content):,} bytes"
            return "artefact", "", text, "quiet"
        case SchemaPublished():
            return "schema", "", f"{record.name} {record.fingerprint}", "quiet"
        case Tick():
            return "tick", "", "", "quiet"
        case _:
            return type(record).__name__, "", "", "quiet"


def _card(record: RecommendationIssued | RecommendationRefreshed) -> str:
    mark = "  highly relevant" if record.is_highly_relevant else ""
    return f"{record.item_id} {clipped(record.title, 60)}  {record.score:.2f}{mark}"

"""Everything a tenant has between bots and hubs, and the making of one outcome.

The state is the rows of `processors.views.handoff`; look-ups beside them follow from those.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from processors.handoff.settings import HandoffSettings, settings_of
from processors.machine import At, Outcome, Rejection, RowReader
from processors.views import handoff as views
from processors.wide import Wide, joined

OPEN = frozenset({"open", "accepted"})
"""States in which an outside hub has a hand-off, or is asked to take it."""


class Handoffs(Wide):
    """Connections, hand-offs and deliveries of one tenant."""

    def __init__(self, key: bytes) -> None:
        """Make an empty state.

        Args:
            key: `{tenant}`.
        """
        super().__init__(key)
        self.connections = self.table(views.CONNECTION, views.ConnectionView)
        self.tests = self.table(views.CONNECTION_TEST, views.ConnectionTestView)
        self.bots = self.table(views.BOT, views.BotView)
        self.users = self.table(views.APPLICATION_USER, views.ApplicationUserView)
        self.bot_conversations = self.table(views.BOT_CONVERSATION, views.BotConversationView)
        self.handoffs = self.table(views.HUB_HANDOFF, views.HubHandoffView)
        self.deliveries = self.table(views.DELIVERY, views.DeliveryView)
        self._of_conversation: dict[str, set[str]] = {}
        self._of_hub_id: dict[tuple[str, str], set[str]] = {}
        self._hub_ids: dict[str, str] = {}

    @classmethod
    def opened(cls, key: bytes, read: RowReader) -> Handoffs:
        """Return the state that committed rows give."""
        state = cls(key)
        state.load(read)
        for handoff in state.handoffs.values():
            state._index(handoff)
        return state

    def put_handoff(self, handoff: views.HubHandoffView) -> None:
        """Set a hand-off's row."""
        self.handoffs.put(handoff.request_id, handoff)
        self._index(handoff)

    def forget(self, handoff: views.HubHandoffView) -> None:
        """Remove a hand-off and everything it owed."""
        request_id = handoff.request_id
        self.handoffs.drop(request_id)
        for key in self.deliveries.keys(joined(request_id, "")):
            self.deliveries.drop(key)
        _leave(self._of_conversation, handoff.conversation_id, request_id)
        self._leave_hub_id(handoff.hub, request_id)

    def newest_of(self, conversation_id: str) -> views.HubHandoffView | None:
        """Return the conversation's newest hand-off."""
        return self._newest(self._of_conversation.get(conversation_id, ()))

    def of_hub(
        self,
        hub: str,
        request_id: str | None,
        conversation_id: str | None,
        hub_conversation_id: str | None,
    ) -> views.HubHandoffView | None:
        """Return the hand-off that a hub speaks of, by whichever id it says."""
        found = self.handoffs.get(request_id) if request_id else None
        if found is None and conversation_id:
            known = self._of_conversation.get(conversation_id, ())
            found = self._newest(one for one in known if self.handoffs[one].hub == hub)
        if found is None and hub_conversation_id:
            found = self._newest(self._of_hub_id.get((hub, hub_conversation_id), ()))
        return found if found is not None and found.hub == hub else None

    def owed(self, request_id: str) -> list[tuple[str, views.DeliveryView]]:
        """Return the deliveries of a hand-off in their order."""
        return self.deliveries.items(joined(request_id, ""))

    def _newest(self, request_ids: Iterable[str]) -> views.HubHandoffView | None:
        found = [self.handoffs[one] for one in request_ids]
        return max(found, key=lambda one: (number_of(one.request_id), one.request_id), default=None)

    def _index(self, handoff: views.HubHandoffView) -> None:
        request_id = handoff.request_id
        self._of_conversation.setdefault(handoff.conversation_id, set()).add(request_id)
        hub_id = hub_conversation_of(handoff.hub_ids)
        if hub_id != self._hub_ids.get(request_id):
            self._leave_hub_id(handoff.hub, request_id)
            if hub_id is not None:
                self._hub_ids[request_id] = hub_id
                self._of_hub_id.setdefault((handoff.hub, hub_id), set()).add(request_id)

    def _leave_hub_id(self, hub: str, request_id: str) -> None:
        before = self._hub_ids.pop(request_id, None)
        if before is not None:
            _leave(self._of_hub_id, (hub, before), request_id)


def _leave(index: dict[Any, set[str]], key: Any, request_id: str) -> None:
    members = index[key]
    members.discard(request_id)
    if not members:
        del index[key]


def number_of(request_id: str) -> int:
    """Return which hand-off of its conversation it is: the n of `{conversation_id}/{n}`."""
    tail = request_id.rpartition("/")[2]
    return int(tail) if tail.isascii() and tail.isdigit() else 0


def hub_conversation_of(hub_ids: str) -> str | None:
    """Return the hub's id of the conversation among the ids it gave."""
    found = read_object(hub_ids).get("conversation")
    return found if isinstance(found, str) and found else None


class Making:
    """One outcome in the making: the state it changes, what it says, the timers it sets.

    Attributes:
        state: The tenant's state, changed in place.
        tenant: The tenant.
        at: Where the input stands.
    """

    def __init__(self, state: Handoffs, tenant: str, at: At) -> None:
        """Begin.

        Args:
            state: The tenant's state.
            tenant: The tenant.
            at: Where the input stands.
        """
        self.state, self.tenant, self.at = state, tenant, at
        self._events: list[Any] = []
        self._timers: dict[str, int | None] = {}

    @property
    def settings(self) -> HandoffSettings:
        """Return the settings in force."""
        return settings_of(self.at.references)

    def emit(self, record: type[Any], /, *, about: str | None = None, **fields: Any) -> None:
        """Say something; the envelope is filled in.

        Args:
            record: What kind of event.
            about: What it belongs to; the conversation or the bot unless told otherwise.
            fields: Its fields.
        """
        about = about or fields.get("conversation_id") or fields.get("bot_id")
        self._events.append(
            record(
                tenant=self.tenant,
                occurred_at_ms=self.at.now_ms,
                recorded_at_ms=self.at.now_ms,
                causation_id=self.at.cause,
                correlation_id=about,
                **fields,
            )
        )

    def set_timer(self, name: str, due_ms: int | None) -> None:
        """Set a timer; None cancels it."""
        self._timers[name] = due_ms

    def outcome(self) -> Outcome:
        """Return what was made true."""
        rows = self.state.changes()
        return Outcome(self.state, events=tuple(self._events), timers=self._timers, rows=rows)

    def refused(self, code: str, because: str) -> Outcome:
        """Return a lawful no. Nothing may have been changed before."""
        return Outcome(self.state, rejection=Rejection(code, because))


def to_json(value: Any) -> str:
    """Return JSON text, the same for equal values."""
    return msgspec.json.encode(value, order="sorted").decode()


def read_object(text: str) -> dict[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}

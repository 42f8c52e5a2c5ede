"""Commands from screens: each becomes a record on the conversation log, in the asker's name.

Representatives write to conversations they may see. Adapters and admins may write to any of their
tenant, also to one that nobody has announced yet, and may speak as the customer or the bot.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from streams.api.answers import (
    DismissCommand,
    EndConversation,
    HandOffConversation,
    OpenConversation,
    Opened,
    Said,
    SayTurn,
    Taken,
)
from streams.api.errors import ForbiddenError
from streams.api.gateway import Gateway, entry_of, now_ms
from streams.api.queries import Reads, no_conversation
from streams.api.rows import conversation_key
from streams.api.visible import ADAPTER, ADMIN, REPRESENTATIVE, SUPERVISOR, Principal

SOURCE: Final = "/api"
OPENED_MAX: Final = 10_000

_CONVERSATION: Final = "cuestream.conversation."


class Commands:
    """Turns commands into records and appends them."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        self._gateway, self._reads = gateway, reads
        # Opened here a moment ago: its row may not be readable yet.
        self._opened: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    async def open(self, principal: Principal, command: OpenConversation) -> Opened:
        """Announce a conversation; without an id it gets a new one."""
        conversation_id = command.conversation_id or f"c-{uuid.uuid4().hex[:12]}"
        if command.conversation_id is not None:
            _require_role(principal, ADAPTER, ADMIN, doing="choose a conversation's id")
        taken = await self._append(
            principal,
            f"{_CONVERSATION}ConversationOpened",
            {
                "conversation_id": conversation_id,
                "channel": command.channel,
                "customer_id": command.customer_id,
                "customer_name": command.customer_name,
                "locale": command.locale,
                "queue": command.queue,
                "linked_record": command.linked_record,
                "workstream": command.workstream,
                "bot_id": command.bot_id,
                "is_routed": command.is_routed,
                "customer_phone": command.customer_phone,
                "organization_phone": command.organization_phone,
                "variables": msgspec.json.encode(command.variables).decode(),
            },
        )
        self._opened[principal.tenant, principal.user, conversation_id] = None
        if len(self._opened) > OPENED_MAX:
            self._opened.popitem(last=False)
        return Opened(conversation_id, taken.id)

    async def say(
        self,
        principal: Principal,
        headers: Mapping[str, str],
        conversation_id: str,
        command: SayTurn,
    ) -> Said:
        """Append a turn. Representatives speak as themselves."""
        speaks = command.author == "representative"
        if not speaks:
            _require_role(principal, ADAPTER, ADMIN, doing=f"speak as the {command.author}")
        epoch = await self._require_visible(principal, headers, conversation_id)
        turn_id = command.turn_id or f"t-{uuid.uuid4().hex}"
        taken = await self._append(
            principal,
            f"{_CONVERSATION}TurnSaid",
            {
                "conversation_id": conversation_id,
                "turn_id": turn_id,
                "author": command.author,
                "author_id": principal.user if speaks else None,
                "author_name": principal.name if speaks else command.author_name,
                "text": command.text,
                "visibility": command.visibility,
                # Whoever speaks under an ownership that has passed on meanwhile is refused.
                "ownership_epoch": command.ownership_epoch or (epoch if speaks else 0),
                "needs_delivery": command.author != "customer",
            },
        )
        return Said(taken.id, turn_id)

    async def hand_off(
        self,
        principal: Principal,
        headers: Mapping[str, str],
        conversation_id: str,
        command: HandOffConversation,
    ) -> Taken:
        """Give a bot's conversation to a human."""
        _require_role(principal, ADAPTER, ADMIN, doing="hand a conversation off")
        await self._require_visible(principal, headers, conversation_id)
        return await self._append(
            principal,
            f"{_CONVERSATION}HandoffInitiated",
            {
                "conversation_id": conversation_id,
                "request_id": command.request_id,
                "bot_id": command.bot_id,
                "message": command.message,
                "reason": command.reason,
                "variables": msgspec.json.encode(command.variables).decode(),
                "transcript_url": command.transcript_url,
            },
        )

    async def accept(
        self, principal: Principal, headers: Mapping[str, str], conversation_id: str
    ) -> Taken:
        """Say that the asker serves the conversation from now on."""
        _require_role(principal, REPRESENTATIVE, doing="accept a conversation")
        await self._require_visible(principal, headers, conversation_id)
        return await self._append(
            principal,
            f"{_CONVERSATION}RepresentativeAccepted",
            {
                "conversation_id": conversation_id,
                "representative_id": principal.user,
                "representative_name": principal.name,
                "team": min(principal.teams, default=None),
            },
        )

    async def end(
        self,
        principal: Principal,
        headers: Mapping[str, str],
        conversation_id: str,
        command: EndConversation,
    ) -> Taken:
        """Say that the conversation is over."""
        _require_role(
            principal, REPRESENTATIVE, SUPERVISOR, ADAPTER, ADMIN, doing="end a conversation"
        )
        await self._require_visible(principal, headers, conversation_id)
        return await self._append(
            principal,
            f"{_CONVERSATION}ConversationEnded",
            {
                "conversation_id": conversation_id,
                "reason": command.reason,
                "ended_by": principal.user,
            },
        )

    async def dismiss(
        self, principal: Principal, headers: Mapping[str, str], command: DismissCommand
    ) -> Taken:
        """Take a recommendation off the list for good."""
        _require_role(principal, REPRESENTATIVE, ADMIN, doing="dismiss a recommendation")
        await self._require_visible(principal, headers, command.conversation_id)
        # Dismissing twice is one command, whoever counts.
        about = f"{principal.user}\0{command.recommendation_id}".encode()
        command_id = command.command_id or f"dismiss-{blake2b(about, digest_size=16).hexdigest()}"
        return await self._append(
            principal,
            "cuestream.assist.DismissRecommendation",
            {
                "conversation_id": command.conversation_id,
                "recommendation_id": command.recommendation_id,
                "command_id": command_id,
                "representative_id": principal.user,
            },
        )

    async def about_intent(
        self,
        principal: Principal,
        headers: Mapping[str, str],
        conversation_id: str,
        record: str,
        fields: Mapping[str, Any],
    ) -> Taken:
        """Append a command about what the customer wants.

        Args:
            principal: Who asks.
            headers: Their request's headers.
            conversation_id: The conversation.
            record: Name of the command's record.
            fields: What it says beside who and where.
        """
        _require_role(principal, REPRESENTATIVE, ADMIN, doing="say what a customer wants")
        await self._require_visible(principal, headers, conversation_id)
        said = {"conversation_id": conversation_id, "representative_id": principal.user}
        return await self._append(principal, f"cuestream.intent.{record}", said | dict(fields))

    async def _require_visible(
        self, principal: Principal, headers: Mapping[str, str], conversation_id: str
    ) -> int:
        """Return the ownership epoch as it is known, 0 where it is not."""
        key = conversation_key(principal.tenant, conversation_id)
        if principal.roles & {ADAPTER, ADMIN}:
            return self._reads.epoch(key)
        if (principal.tenant, principal.user, conversation_id) in self._opened:
            return 0
        if await self._reads.access(headers, principal, key) is None:
            raise no_conversation(conversation_id)
        return self._reads.epoch(key)

    async def _append(self, principal: Principal, name: str, fields: dict[str, Any]) -> Taken:
        given = {field: value for field, value in fields.items() if value is not None}
        given["tenant"] = principal.tenant
        given["occurred_at_ms"] = now_ms()
        self._gateway.admit(principal, 1)
        entry = entry_of(principal, name, given, source=SOURCE)
        await self._gateway.append(principal, [entry])
        return Taken(entry.id)


def _require_role(principal: Principal, *roles: str, doing: str) -> None:
    if principal.roles.isdisjoint(roles):
        raise ForbiddenError(f"To {doing} takes the role {' or '.join(roles)}.")

"""Commands to routing and hand-off: from a screen's words to a record, and back to a verdict."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from processors.handoff.connections import ADMINISTRATOR
from streams.api.appending import Appender
from streams.api.carrying_out import carry_out
from streams.api.errors import (
    FieldFault,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from streams.api.floor import ROUTING, no_item
from streams.api.gateway import Gateway, entry_of, now_ms
from streams.api.routing_bodies import (
    AssignCommand,
    ConnectionCommand,
    DeliveryCommand,
    Done,
    ItemCommand,
    OfferCommand,
    PresenceCommand,
    TransferCommand,
)
from streams.api.verdicts import Verdicts
from streams.api.visible import ADMIN, REPRESENTATIVE, SUPERVISOR, Principal

SOURCE: Final = "/api"
HANDOFF: Final = "handoff"

ITEM_VERBS: Final[Mapping[str, str]] = {
    "pick": "PickItem",
    "release": "ReleaseItem",
    "consult": "StartConsult",
    "end_consult": "EndConsult",
    "end": "EndItem",
    "close": "CloseItem",
    "wait": "WaitItem",
    "resume": "ResumeItem",
    "call": "EscalateToVoice",
    "end_call": "EndEscalation",
    "focus": "ItemFocused",
    "unfocus": "ItemUnfocused",
}
"""What a representative does with an item, and the record that says so."""

OBSERVED: Final = frozenset(
    {"RepresentativeConnected", "RepresentativeDisconnected", "ItemFocused", "ItemUnfocused"}
)
"""What is told rather than commanded: it has no command id, and may be told twice."""

SUPERVISOR_VERBS: Final[Mapping[str, str]] = {
    "close": "ForceCloseItem",
    "monitor": "MonitorItem",
    "join": "JoinItem",
    "leave": "LeaveItem",
}

CONNECTION_VERBS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "enable": ("EnableConnection", ("hub",)),
    "environment": ("ChooseEnvironment", ("environment",)),
    "application": ("GiveApplication", ("application_id",)),
    "add": ("AddBot", ()),
    "disconnect": ("DisconnectBot", ()),
    "disable": ("DisableConnection", ()),
    "refresh": ("RefreshConnection", ("test_id", "is_transfer_test")),
    "voice": ("SwitchVoice", ("is_on",)),
    "single_sign_on": ("SwitchSingleSignOn", ("is_on",)),
    "export": ("ExportBot", ()),
    "import": (
        "ImportBot",
        ("source_bot_id", "number", "had_capabilities", "is_newest", "has_unmanaged_layers"),
    ),
}
"""What is done to a connection: the record, and the fields it takes."""


IsIn = Callable[[str], Awaitable[bool]]
"""Whether the asker supervises a work item, or serves it; raises NotFoundError where they see none.
"""


class RoutingCommands:
    """Appends commands and waits for what the rules say."""

    def __init__(self, gateway: Gateway, appender: Appender, verdicts: Verdicts) -> None:
        self._gateway, self._appender, self._verdicts = gateway, appender, verdicts

    async def presence(self, principal: Principal, command: PresenceCommand) -> Done:
        """Choose a presence, one's own or as a supervisor somebody else's."""
        who = command.representative or principal.user
        if who != principal.user:
            _require(principal, SUPERVISOR, ADMIN, doing="choose somebody else's presence")
        else:
            _require(principal, REPRESENTATIVE, doing="have a presence")
        fields = {
            "representative_id": who,
            "presence": command.presence,
            "set_by": principal.user,
        }
        return await self._routing(principal, "SetPresence", fields, command.command_id)

    async def connect(self, principal: Principal) -> Done:
        """Say that the asker's desk is there."""
        _require(principal, REPRESENTATIVE, doing="open a desk")
        fields = {"representative_id": principal.user}
        return await self._routing(principal, "RepresentativeConnected", fields, None)

    async def disconnect(self, principal: Principal, *, is_sign_out: bool) -> Done:
        """Say that the asker's desk goes away."""
        _require(principal, REPRESENTATIVE, doing="close a desk")
        fields = {"representative_id": principal.user, "is_sign_out": is_sign_out}
        return await self._routing(principal, "RepresentativeDisconnected", fields, None)

    async def offer(self, principal: Principal, command: OfferCommand, *, accepts: bool) -> Done:
        """Answer an offer."""
        _require(principal, REPRESENTATIVE, doing="answer an offer")
        fields: dict[str, Any] = {
            "representative_id": principal.user,
            "item_id": command.item_id,
            "offer_id": command.offer_id,
        }
        if not accepts:
            fields["reason"] = command.reason
        name = "AcceptOffer" if accepts else "DeclineOffer"
        return await self._routing(principal, name, fields, command.command_id)

    async def item(self, principal: Principal, verb: str, command: ItemCommand) -> Done:
        """Do something with an item as its representative."""
        _require(principal, REPRESENTATIVE, doing=f"{verb} an item")
        name = ITEM_VERBS.get(verb)
        if name is None:
            raise _unknown("items", verb, [*ITEM_VERBS, "transfer"])
        fields: dict[str, Any] = {
            "representative_id": principal.user,
            "item_id": command.item_id,
        }
        if verb in {"release", "end"}:
            fields["reason"] = command.reason
        if verb in {"consult", "end_consult"}:
            if command.representative is None:
                raise _missing("representative", "whom to consult is missing")
            fields["consulted_id"] = command.representative
        return await self._routing(principal, name, fields, command.command_id)

    async def transfer(self, principal: Principal, command: TransferCommand) -> Done:
        """Pass an item on."""
        _require(principal, REPRESENTATIVE, doing="transfer an item")
        targets = {
            "queue": command.queue,
            "representative": command.representative,
            "bot": command.bot,
            "number": command.number,
        }
        target, target_id = _one_of(targets)
        fields = {
            "representative_id": principal.user,
            "item_id": command.item_id,
            "target": target,
            "target_id": target_id,
            "reason": command.reason,
        }
        return await self._routing(principal, "TransferItem", fields, command.command_id)

    async def supervise(
        self, principal: Principal, verb: str, command: ItemCommand, is_in: IsIn
    ) -> Done:
        """Do something with somebody's item as a supervisor of its queue."""
        _require(principal, SUPERVISOR, ADMIN, doing=f"{verb} somebody else's item")
        name = SUPERVISOR_VERBS.get(verb)
        if name is None:
            raise _unknown("supervise", verb, [*SUPERVISOR_VERBS, "assign", "presence"])
        await _require_in(is_in, command.item_id)
        fields: dict[str, Any] = {"supervisor_id": principal.user, "item_id": command.item_id}
        if verb == "close":
            fields["reason"] = command.reason
        return await self._routing(principal, name, fields, command.command_id)

    async def assign(self, principal: Principal, command: AssignCommand, is_in: IsIn) -> Done:
        """Give an item to a representative or a queue as a supervisor of the queue it is in."""
        _require(principal, SUPERVISOR, ADMIN, doing="assign an item")
        _one_of({"representative": command.representative, "queue": command.queue})
        await _require_in(is_in, command.item_id)
        fields = {
            "supervisor_id": principal.user,
            "item_id": command.item_id,
            "assigned_id": command.representative,
            "queue_id": command.queue,
            "is_over_capacity": command.over_capacity,
            "reason": command.reason,
        }
        return await self._routing(principal, "AssignItem", fields, command.command_id)

    async def connection(self, principal: Principal, verb: str, command: ConnectionCommand) -> Done:
        """Do something to a bot's connection; the rules ask for the role themselves (HO-04)."""
        found = CONNECTION_VERBS.get(verb)
        if found is None:
            raise _unknown("connections", verb, list(CONNECTION_VERBS))
        name, takes = found
        given = {
            "hub": command.hub,
            "environment": command.environment,
            "application_id": command.application_id,
            "is_on": command.is_on,
            "is_transfer_test": command.is_transfer_test,
            "source_bot_id": command.source_bot_id,
            "number": command.number,
            "had_capabilities": command.had_capabilities,
            "is_newest": command.is_newest,
            "has_unmanaged_layers": command.has_unmanaged_layers,
            "test_id": uuid.uuid4().hex,
        }
        fields: dict[str, Any] = {field: given[field] for field in takes}
        fields |= {
            "bot_id": command.bot_id,
            "commanded_by": principal.user,
            "roles": _roles_of(principal),
        }
        return await self._append(principal, HANDOFF, f"cuestream.handoff.{name}", fields)

    async def retry(self, principal: Principal, command: DeliveryCommand) -> Done:
        """Try a dead delivery again."""
        _require(principal, SUPERVISOR, ADMIN, doing="retry a delivery")
        fields = {"delivery_id": command.delivery_id, "commanded_by": principal.user}
        return await self._append(principal, HANDOFF, "cuestream.handoff.RetryDelivery", fields)

    async def _routing(
        self, principal: Principal, name: str, fields: dict[str, Any], command_id: str | None
    ) -> Done:
        if name not in OBSERVED:
            fields["command_id"] = command_id or uuid.uuid4().hex
        return await self._append(principal, ROUTING, f"cuestream.routing.{name}", fields)

    async def _append(
        self, principal: Principal, processor: str, name: str, fields: dict[str, Any]
    ) -> Done:
        given = {field: value for field, value in fields.items() if value is not None}
        given["tenant"] = principal.tenant
        given["occurred_at_ms"] = now_ms()
        self._gateway.admit(principal, 1)
        entry = entry_of(principal, name, given, source=SOURCE)
        cause, state = await carry_out(
            entry, processor, appender=self._appender, verdicts=self._verdicts
        )
        return Done(entry.id, cause, state)


async def _require_in(is_in: IsIn, item_id: str) -> None:
    if not await is_in(item_id):
        raise no_item(item_id)


def _roles_of(principal: Principal) -> list[str]:
    """Return the asker's roles as the rules of connections know them."""
    found = set(principal.roles)
    if ADMIN in found:
        found.add(ADMINISTRATOR)
    return sorted(found)


def _require(principal: Principal, *roles: str, doing: str) -> None:
    if principal.roles.isdisjoint(roles):
        raise ForbiddenError(f"To {doing} takes the role {' or '.join(roles)}.")


def _one_of(targets: Mapping[str, str | None]) -> tuple[str, str]:
    named = [(kind, value) for kind, value in targets.items() if value is not None]
    if len(named) != 1:
        raise _missing("", f"exactly one of {', '.join(targets)} is needed")
    return named[0]


def _missing(field: str, because: str) -> InvalidInputError:
    return InvalidInputError(
        f"{field or 'body'}: {because}.", faults=[FieldFault(field, f"{because}.")]
    )


def _unknown(where: str, verb: str, known: list[str]) -> NotFoundError:
    return NotFoundError(f"There is no /v1/{where}/{verb}; there are {', '.join(sorted(known))}.")

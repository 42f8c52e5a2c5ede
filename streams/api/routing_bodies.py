"""What the routing and hand-off addresses take: every command as a struct."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=256)]
Words = Annotated[str, Meta(max_length=1_000)]
Presence = Annotated[str, Meta(min_length=1, max_length=100)]


class PresenceCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The asker chooses a presence; supervisors may choose one for somebody else."""

    presence: Presence
    representative: Name | None = None
    command_id: Name | None = None


class ConnectCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The asker's desk is there."""


class DisconnectCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The asker's desk goes away; signing out keeps no presence."""

    is_sign_out: bool = False


class OfferCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The asker's answer to an offer."""

    item_id: Name
    offer_id: Name
    reason: Words | None = None
    command_id: Name | None = None


class ItemCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The asker does something with a work item.

    Attributes:
        reason: Why; for release, end and force close.
        representative: Whom to consult, or whose consultation ends.
    """

    item_id: Name
    reason: Words | None = None
    representative: Name | None = None
    command_id: Name | None = None


class TransferCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The asker passes an item on: to exactly one of queue, representative, bot or number."""

    item_id: Name
    queue: Name | None = None
    representative: Name | None = None
    bot: Name | None = None
    number: Name | None = None
    reason: Words | None = None
    command_id: Name | None = None


class AssignCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A supervisor gives an item to exactly one of representative or queue."""

    item_id: Name
    representative: Name | None = None
    queue: Name | None = None
    over_capacity: bool = False
    reason: Words | None = None
    command_id: Name | None = None


class WhatIfCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recorded decision once more, with some of its inputs changed.

    Attributes:
        decision_id: Id of the decision's event.
        changes: `item`: field to value; `candidates`: representative to field to value.
    """

    decision_id: Name
    changes: dict[str, Any] = {}


class ConnectionCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something is done to a bot's connection; which fields count depends on what."""

    bot_id: Name
    hub: Name | None = None
    environment: Name | None = None
    application_id: Name | None = None
    is_on: bool | None = None
    is_transfer_test: bool = False
    source_bot_id: Name | None = None
    had_capabilities: bool | None = None
    is_newest: bool | None = None
    has_unmanaged_layers: bool | None = None
    number: Annotated[int, Meta(ge=0)] | None = None


class DeliveryCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dead delivery is tried again."""

    delivery_id: Name


class Done(msgspec.Struct, frozen=True):
    """The command is on the log, and nothing has refused it.

    Attributes:
        id: Id of the record.
        cause: Where it stands: `{log}/{partition}/{offset}`; `/v1/explain` tells what followed.
        state: `done`: its processor took it; `under_way`: it has not got there yet, or another
            worker's has and cannot be seen from here. A late refusal is told by `/v1/explain`.
    """

    id: str
    cause: str
    state: Literal["done", "under_way"]

"""What the API gives and takes about a conversation's intent."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from processors.views.conversation import IntentView
from streams.tables import AsOf

Name = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ConversationIntentAnswer(IntentView, frozen=True, kw_only=True):
    """What the customer wants, what is known of it, what to ask and say next."""

    as_of: list[AsOf]


class DismissIntentCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The intent is wrong: do not show it again in this conversation.

    Attributes:
        intent_id: The intent or group as the screen shows it; without, the present one.
        command_id: The same one is taken once.
    """

    intent_id: Name | None = None
    command_id: Name | None = None


class ChooseIntentCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take this for what the customer wants; the same command_id is taken once."""

    intent_id: Name
    command_id: Name | None = None


class RequestSolutionCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Look for what solves the intent; the same command_id is taken once."""

    command_id: Name | None = None


class IntentCommandTaken(msgspec.Struct, frozen=True):
    """The id of the record on the log, and the command's own."""

    id: str
    command_id: str

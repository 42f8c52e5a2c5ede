"""What an adapter makes of a payload: records, or a reason why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec


class Item(msgspec.Struct, frozen=True):
    """One record for a log.

    Attributes:
        record: A record of a contract; `occurred_at_ms` 0 means that the payload says no time.
        id: Its CloudEvents id: it follows from the source's own id, so a repetition has the same.
    """

    record: Any
    id: str


class Recorded(msgspec.Struct, frozen=True):
    """What a payload says.

    Attributes:
        items: Records in their order; they belong to one conversation.
        source: CloudEvents source of all of them.
        notes: What was left out of them and why, one sentence each.
    """

    items: tuple[Item, ...]
    source: str
    notes: tuple[str, ...] = ()


class Ignored(msgspec.Struct, frozen=True):
    """The payload is in order and says nothing that a log wants to know."""

    reason: str


class Rejected(msgspec.Struct, frozen=True):
    """The payload cannot be what its sender means; `reason` is a sentence that says what to do."""

    reason: str


Outcome = Recorded | Ignored | Rejected


class Adapter(Protocol):
    """One source's way in, for one tenant."""

    async def take(self, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Return what a payload says, once its sender is shown to be who they must be.

        Raises:
            streams.adapters.errors.UnverifiedError: They are not, or cannot show it.
            streams.adapters.errors.KeysUnavailableError: What verifies them cannot be had now.
        """

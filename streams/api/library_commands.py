"""Commands to the intent library: from a screen's words to a record, and back to a verdict."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from processors.library import limits
from processors.library.state import derived_id
from processors.machine import Rejection
from processors.views.library import PROCESSOR, CommandView
from streams.api.appending import Appender
from streams.api.carrying_out import carry_out
from streams.api.errors import (
    FieldFault,
    ForbiddenError,
    InvalidInputError,
)
from streams.api.gateway import Gateway, entry_of, now_ms
from streams.api.library_bodies import (
    AddIntentCommand,
    Command,
    EditCommand,
    LibraryDone,
    LibrarySettingsCommand,
    RefusedPart,
    SaveGroupCommand,
    SaveLineCommand,
    SplitCommand,
    StartMiningCommand,
)
from streams.api.library_reads import LibraryReads
from streams.api.verdicts import Verdicts
from streams.api.visible import ADMIN, INTENT_MANAGER, SUPERVISOR, Principal

SOURCE: Final = "/api"

_INSTRUCTIONS_MAX: Final[Mapping[type[Command], tuple[str, int]]] = {
    EditCommand: ("an intent's instructions", limits.INTENT_INSTRUCTIONS_MAX),
    SaveGroupCommand: ("a group's instructions", limits.GROUP_INSTRUCTIONS_MAX),
    SaveLineCommand: ("the instructions of a line of business", limits.LINE_INSTRUCTIONS_MAX),
    LibrarySettingsCommand: ("the organisation's instructions", limits.LINE_INSTRUCTIONS_MAX),
}
_AS_JSON: Final = frozenset({"attributes", "solutions", "workstreams", "queues", "rules"})
"""Fields that a record carries as JSON text."""
_TAKEN_AWAY: Final = frozenset(
    {
        (EditCommand, "group_id"),
        (EditCommand, "line_of_business"),
        (SaveGroupCommand, "line_of_business"),
    }
)
"""Fields that null takes away: a record says so by an empty text, null leaves them."""

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class LibraryCommands:
    """Appends commands and waits for what the rules say."""

    def __init__(
        self, gateway: Gateway, appender: Appender, verdicts: Verdicts, reads: LibraryReads
    ) -> None:
        self._gateway, self._appender = gateway, appender
        self._verdicts, self._reads = verdicts, reads

    async def give(self, principal: Principal, name: str, command: Command) -> LibraryDone:
        """Append a command.

        Args:
            principal: Who gives it.
            name: Its contract, without the namespace.
            command: What it says.

        Raises:
            ForbiddenError: The principal may not change the library, or not its instructions.
            InvalidInputError: A field is not right.
            RefusedError: The rules refuse it.
            UnavailableError: The log did not acknowledge it.
        """
        require_curator(principal, command)
        command_id = command.command_id or uuid.uuid4().hex
        fields = _fields(command) | {
            "command_id": command_id,
            "actor_id": principal.user,
            "tenant": principal.tenant,
            "occurred_at_ms": now_ms(),
        }
        made = _made(principal.tenant, command, command_id)
        return await self._append(principal, f"cuestream.library.{name}", fields, made)

    async def _append(
        self, principal: Principal, name: str, fields: dict[str, Any], made: dict[str, str]
    ) -> LibraryDone:
        self._gateway.admit(principal, 1)
        entry = entry_of(principal, name, fields, source=SOURCE)
        cause, state = await carry_out(
            entry, PROCESSOR, appender=self._appender, verdicts=self._verdicts
        )
        command_id: str = fields["command_id"]
        is_done = state == "done"
        answer = self._reads.answer_of(principal.tenant, command_id) if is_done else None
        answer = answer or CommandView(0)
        return LibraryDone(
            entry.id,
            cause,
            state,
            command_id,
            made.get("intent_id"),
            made.get("group_id"),
            made.get("line_id"),
            made.get("run_id"),
            warnings=list(answer.warnings),
            refused=[RefusedPart(one.item_id, one.code, one.because) for one in answer.refused],
        )


def require_curator(principal: Principal, command: Command) -> None:
    """Refuse whoever may not change the library; instructions take the intent manager.

    Raises:
        ForbiddenError: They may not.
    """
    if principal.roles.isdisjoint({INTENT_MANAGER, SUPERVISOR, ADMIN}):
        raise ForbiddenError(
            f"To change the intent library takes the role {INTENT_MANAGER} or {SUPERVISOR}."
        )
    instructions = getattr(command, "instructions", None)
    is_instructing = instructions is not None and not isinstance(instructions, UnsetType)
    if is_instructing and principal.roles.isdisjoint({INTENT_MANAGER, ADMIN}):
        raise ForbiddenError(f"To change instructions takes the role {INTENT_MANAGER}.")


def _made(tenant: str, command: Command, command_id: str) -> dict[str, str]:
    """Return the id of what a command makes: it can be told before anybody has made it."""
    match command:
        case AddIntentCommand() | SplitCommand():
            return {"intent_id": derived_id("intent", tenant, command_id)}
        case StartMiningCommand():
            return {"run_id": derived_id("run", tenant, command_id)}
        case SaveGroupCommand(group_id=group_id):
            return {"group_id": group_id or derived_id("group", tenant, command_id)}
        case SaveLineCommand(line_id=line_id):
            return {"line_id": line_id or derived_id("line", tenant, command_id)}
        case _:
            return {}


def _fields(command: Command) -> dict[str, Any]:
    """Return a command's fields as its record has them; what was left out is left out."""
    _check_instructions(command)
    fields: dict[str, Any] = {}
    for name, value in msgspec.structs.asdict(command).items():
        if value is UNSET or name == "command_id":
            continue
        if value is None:
            if (type(command), name) in _TAKEN_AWAY:
                fields[name] = ""
        elif name in _AS_JSON:
            fields[name] = _encode(value).decode()
        else:
            fields[name] = value
    return fields


def _check_instructions(command: Command) -> None:
    bound = _INSTRUCTIONS_MAX.get(type(command))
    instructions = getattr(command, "instructions", None)
    if bound is None or not isinstance(instructions, str):
        return
    no: Rejection | None = limits.too_long(bound[0], instructions, bound[1])
    if no is not None:
        sentence = f"{no.because[:1].upper()}{no.because[1:]}."
        fault = FieldFault("instructions", sentence)
        raise InvalidInputError(f"instructions: {no.because}.", faults=[fault])

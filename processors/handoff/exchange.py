"""Bots that travel between environments: export, import, and the message that may come of it.

After an import nobody can tell at first whether hand-off is on in the new place (HO-15). Whether
that matters, and what makes the message go away, follows from what was exported.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.handoff.state import Making
from processors.machine import Outcome
from processors.views.handoff import BotView
from schemas.records.handoff import BotExported, BotImported, ExportBot, ImportBot

UNDETERMINED: Final = "it cannot be determined whether hand-off is enabled for the environment"
NEVER_ENABLED: Final = "hand-off was not on in the exported bot: the message stays"
IGNORE: Final = (
    "the bot works and the message can be ignored; it goes away once the newest version of the bot "
    "was exported and imported here"
)
LAYERS: Final = "remove the unmanaged layers of the bot from its solution"


def export_bot(making: Making, command: ExportBot) -> Outcome:
    """Return the bot with one more export."""
    bot_id = command.bot_id
    before = making.state.bots.get(bot_id) or BotView(bot_id)
    after = replace(before, exports=before.exports + 1, is_export_stale=False)
    making.state.bots.put(bot_id, after)
    connection = making.state.connections.get(bot_id)
    making.emit(
        BotExported,
        bot_id=bot_id,
        number=after.exports,
        had_capabilities=connection is not None
        and connection.state not in {"disabled", "disconnected"},
    )
    return making.outcome()


def import_bot(making: Making, command: ImportBot) -> Outcome:
    """Return the imported bot with what is shown about it."""
    bot_id = command.bot_id
    source = making.state.bots.get(command.source_bot_id)
    if source is not None and source.exports:
        if command.number > source.exports:
            because = (
                f"bot {command.source_bot_id} was exported {source.exports} times: there is no "
                f"export {command.number} to import"
            )
            return making.refused("handoff.unknown_export", because)
        is_newest = command.number == source.exports and not source.is_export_stale
    else:
        is_newest = command.is_newest
    message: str | None = UNDETERMINED
    advice: str | None
    if not command.had_capabilities:
        advice = NEVER_ENABLED
    elif not is_newest:
        advice = IGNORE
    elif command.has_unmanaged_layers:
        advice = LAYERS
    else:
        message = advice = None
    before = making.state.bots.get(bot_id) or BotView(bot_id)
    after = replace(
        before,
        imported_from=command.source_bot_id,
        import_number=command.number,
        import_message=message,
        import_advice=advice,
    )
    if after == before:
        return Outcome(making.state)
    making.state.bots.put(bot_id, after)
    making.emit(
        BotImported,
        bot_id=bot_id,
        source_bot_id=command.source_bot_id,
        number=command.number,
        message=message,
        advice=advice,
    )
    return making.outcome()

"""A bot's connection to its hub: from not enabled to connected, and back.

not_enabled, enabled, environment_chosen, application_given, connected; disconnected goes on from
choosing the environment, disabled from enabling. Each bot is on its own: one hub and one
environment a bot, any number of bots in an environment, each with an application id of its own.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from processors.handoff import requests, warnings as looks
from processors.handoff.settings import BUILT_IN, DYNAMICS, HandoffSettings
from processors.handoff.state import Making
from processors.machine import Outcome
from processors.views.handoff import ApplicationUserView, BotView, ConnectionView
from processors.wide import joined
from schemas.records.handoff import (
    AddBot,
    BotPublicationChanged,
    BotPublished,
    BotUnpublished,
    ChooseEnvironment,
    ConnectionAdopted,
    ConnectionChanged,
    ConnectionInvalid,
    DisableConnection,
    DisconnectBot,
    EnableConnection,
    GiveApplication,
    InstanceDetected,
    SwitchSingleSignOn,
    SwitchVoice,
    TeamsChannelEnabled,
)

ADMINISTRATOR: Final = "administrator"
NOVEMBER_2021_MS: Final = 1_635_724_800_000
"""Connections from before 1 November 2021 UTC show as if they were not set up (HO-14)."""

_CHOOSING: Final = frozenset({"enabled", "environment_chosen", "application_given", "disconnected"})
_GIVING: Final = frozenset({"environment_chosen", "application_given"})


def enable(making: Making, command: EnableConnection) -> Outcome:
    """Return the enabled connection; connected at once when the hub is in the bot's environment."""
    settings, bot_id = making.settings, command.bot_id
    before = making.state.connections.get(bot_id)
    hub = command.hub or (before.hub if before is not None else _hub_at_home(settings, bot_id))
    if hub != BUILT_IN and hub not in settings.hubs:
        known = ", ".join((BUILT_IN, *sorted(settings.hubs)))
        return making.refused(
            "handoff.unknown_hub", f"there is no hub {hub!r}; declared are: {known}"
        )
    if before is not None and before.hub == hub:
        if before.state == "disabled":
            return _enable_again(making, before, command)
        if before.shown_state != before.state:
            shown = replace(before, shown_state=before.state)
            return _changed(making, shown, "the settings show the connection as it is", command)
        if before.state == "disconnected" and hub != BUILT_IN:
            because = f"bot {bot_id} was disconnected from {hub}: choose the environment again"
            return making.refused("handoff.disconnected", because)
        if before.state != "disconnected":
            return Outcome(making.state)
    elif before is not None and before.state == "connected":
        because = f"bot {bot_id} is connected to {before.hub}: disconnect it first"
        return making.refused("handoff.already_connected", because)
    after = ConnectionView(
        bot_id=bot_id,
        hub=hub,
        hub_kind=looks.kind_of(settings, hub),
        state="enabled",
        is_voice=before is not None and before.is_voice,
        is_single_sign_on=before is not None and before.is_single_sign_on,
    )
    if hub == BUILT_IN:
        built_in = replace(after, is_detected=True)
        return _connect(making, built_in, "our own routing needs no further step", command)
    return _detected(making, after, command)


def choose_environment(making: Making, command: ChooseEnvironment) -> Outcome:
    """Return the connection with its environment, if a hub is there for this bot."""
    before, refusal = _standing(making, command.bot_id, _CHOOSING, "choose an environment")
    if before is None:
        return refusal
    if before.hub == BUILT_IN:
        because = "our own routing is everywhere: it has no environment to choose"
        return making.refused("handoff.unexpected", because)
    chosen = command.environment
    lacks = looks.missing_there(making.settings, command.bot_id, before.hub, chosen)
    if lacks:
        return making.refused(lacks[0].code, "; ".join(lack.because for lack in lacks))
    if before.state == "environment_chosen" and before.environment == chosen:
        return Outcome(making.state)
    after = replace(
        before, state="environment_chosen", environment=chosen, application_id=None, missing=()
    )
    return _changed(making, after, f"environment {chosen} was chosen", command)


def give_application(making: Making, command: GiveApplication) -> Outcome:
    """Return the connection with an application id that no other bot has there."""
    before, refusal = _standing(making, command.bot_id, _GIVING, "give an application id")
    if before is None:
        return refusal
    given = command.application_id
    if given not in making.settings.applications:
        because = (
            f"application {given!r} is not registered: register it, declare it under applications "
            "and give its id again"
        )
        return making.refused("handoff.application_unregistered", because)
    if holder := _holder(making, before, given):
        return making.refused("handoff.application_taken", _taken(before, given, holder))
    after = replace(before, state="application_given", application_id=given)
    if after == before:
        return Outcome(making.state)
    return _changed(making, after, f"application {given} was given", command)


def add_bot(making: Making, command: AddBot) -> Outcome:
    """Return the connected bot; its Teams channel is turned on when it is not."""
    standing = making.state.connections.get(command.bot_id)
    if standing is not None and standing.state == "connected":
        return Outcome(making.state)
    wanted = frozenset({"application_given"})
    before, refusal = _standing(making, command.bot_id, wanted, "add the bot")
    if before is None or before.environment is None or before.application_id is None:
        return refusal
    if not looks.is_published(making, command.bot_id):
        because = looks.unpublished(command.bot_id)
        return making.refused("handoff.bot_unpublished", because)
    lacks = looks.missing_there(making.settings, command.bot_id, before.hub, before.environment)
    if lacks:
        return making.refused(lacks[0].code, "; ".join(lack.because for lack in lacks))
    if holder := _holder(making, before, before.application_id):
        because = _taken(before, before.application_id, holder)
        return making.refused("handoff.application_taken", because)
    return _connect(making, before, "the bot was added", command)


def disconnect(making: Making, command: DisconnectBot) -> Outcome:
    """Return the bot out of its environment; what it served is escalated (question 31)."""
    before, refusal = _enabled(making, command.bot_id)
    if before is None:
        return refusal
    if before.state == "disconnected":
        return Outcome(making.state)
    if before.connected_at_ms is not None:
        _switch_user(making, before, is_enabled=False)
    after = replace(
        before,
        state="disconnected",
        environment=None,
        application_id=None,
        is_detected=False,
        missing=(),
        invalid=(),
        connected_at_ms=None,
    )
    return _stopped(making, after, "the bot was disconnected", command)


def disable(making: Making, command: DisableConnection) -> Outcome:
    """Return the connection without traffic; environment and application stay known."""
    before, refusal = _enabled(making, command.bot_id)
    if before is None:
        return refusal
    if before.state == "disabled":
        return Outcome(making.state)
    after = replace(before, state="disabled")
    return _stopped(making, after, "the connection was disabled", command)


def switch_voice(making: Making, command: SwitchVoice) -> Outcome:
    """Return the bot with voice on or off, where that harms no call."""
    before, refusal = _enabled(making, command.bot_id)
    if before is None:
        return refusal
    if before.is_voice == command.is_on:
        return Outcome(making.state)
    if command.is_on and before.state == "connected" and before.hub != BUILT_IN:
        because = (
            f"bot {command.bot_id} is connected without voice: disconnect it, turn voice on, and "
            "connect it again"
        )
        return making.refused("handoff.voice_needs_reconnect", because)
    if not command.is_on:
        serving = looks.voice_workstreams(making.settings, making.at.references, command.bot_id)
        if serving:
            because = (
                f"bot {command.bot_id} serves {', '.join(serving)}: its calls would fail. Take it "
                "out of them first"
            )
            return making.refused("handoff.voice_in_use", because)
    said = f"voice was turned {'on' if command.is_on else 'off'}"
    return _changed(making, replace(before, is_voice=command.is_on), said, command)


def switch_single_sign_on(making: Making, command: SwitchSingleSignOn) -> Outcome:
    """Return the bot with single sign-on, or without."""
    before, refusal = _enabled(making, command.bot_id)
    if before is None:
        return refusal
    if before.is_single_sign_on == command.is_on:
        return Outcome(making.state)
    said = f"single sign-on was turned {'on' if command.is_on else 'off'}"
    return _changed(making, replace(before, is_single_sign_on=command.is_on), said, command)


def adopt(making: Making, told: ConnectionAdopted) -> Outcome:
    """Return a connection that was there before this log; an old one shows as if it were not."""
    if told.bot_id in making.state.connections:
        return Outcome(making.state)
    settings = making.settings
    is_old = told.connected_at_ms < NOVEMBER_2021_MS
    after = ConnectionView(
        bot_id=told.bot_id,
        hub=told.hub,
        hub_kind=looks.kind_of(settings, told.hub),
        state="connected",
        shown_state="not_enabled" if is_old else "connected",
        environment=told.environment,
        application_id=told.application_id,
        is_voice=told.is_voice,
        connected_at_ms=told.connected_at_ms,
    )
    said = "it was connected before this log began"
    if holder := _holder(making, after, told.application_id):
        because = _taken(after, told.application_id, holder)
        after = replace(after, state="environment_chosen", application_id=None, missing=(because,))
        after = replace(after, shown_state=after.state, connected_at_ms=None)
        return _changed(making, after, because, told)
    _switch_user(making, after, is_enabled=True)
    return _changed(making, _validated(making, after), said, told, is_shown=False)


def publish(making: Making, told: BotPublished | BotUnpublished) -> Outcome:
    """Return the bot published, or no longer."""
    is_now = isinstance(told, BotPublished)
    before = making.state.bots.get(told.bot_id) or BotView(told.bot_id)
    if before.is_published == is_now:
        return Outcome(making.state)
    after = replace(before, is_published=is_now, is_export_stale=True)
    making.state.bots.put(told.bot_id, after)
    making.emit(BotPublicationChanged, bot_id=told.bot_id, is_published=is_now)
    return making.outcome()


def _hub_at_home(settings: HandoffSettings, bot_id: str) -> str:
    own = looks.own_environment(settings, bot_id)
    return own.hub if own is not None and own.is_provisioned and own.hub else BUILT_IN


def _enable_again(making: Making, before: ConnectionView, command: EnableConnection) -> Outcome:
    if before.environment is None or before.application_id is None:
        if before.hub == BUILT_IN:
            return _connect(making, before, "the connection was enabled again", command)
        chosen = "enabled" if before.environment is None else "environment_chosen"
        return _changed(making, replace(before, state=chosen), "it was enabled again", command)
    if before.connected_at_ms is None:
        given = replace(before, state="application_given")
        return _changed(making, given, "it was enabled again", command)
    lacks = looks.missing_there(making.settings, before.bot_id, before.hub, before.environment)
    if lacks:
        return making.refused(lacks[0].code, "; ".join(lack.because for lack in lacks))
    return _connect(making, before, "the connection was enabled again", command)


def _detected(making: Making, after: ConnectionView, command: EnableConnection) -> Outcome:
    """Return the connection to a hub in the bot's own environment, else merely enabled (TR-14)."""
    settings, bot_id = making.settings, command.bot_id
    bot = settings.bots.get(bot_id)
    if bot is None:
        return _changed(making, after, "the connection was enabled", command)
    home = settings.environments[bot.environment]
    if not home.is_provisioned or home.hub != after.hub:
        return _changed(making, after, "the connection was enabled", command)
    application_id = bot.application_id or f"detected:{bot_id}"
    found = replace(
        after,
        state="environment_chosen",
        environment=bot.environment,
        is_detected=True,
    )
    lacks = [
        lack.because for lack in looks.missing_there(settings, bot_id, after.hub, bot.environment)
    ]
    if not looks.is_published(making, bot_id):
        lacks.append(looks.unpublished(bot_id))
    if holder := _holder(making, found, application_id):
        lacks.append(_taken(found, application_id, holder))
    making.emit(InstanceDetected, bot_id=bot_id, hub=after.hub, environment=bot.environment)
    said = f"{after.hub} was found in the bot's own environment"
    if lacks:
        return _changed(making, replace(found, missing=tuple(lacks)), said, command)
    return _connect(making, replace(found, application_id=application_id), said, command)


def _connect(making: Making, before: ConnectionView, said: str, command: Any) -> Outcome:
    bot_id = before.bot_id
    declared = making.settings.bots.get(bot_id)
    bot = making.state.bots.get(bot_id) or BotView(bot_id)
    is_teams_on = bot.is_teams_on or (declared is not None and declared.is_teams_on)
    if not is_teams_on and before.hub_kind == DYNAMICS:
        making.state.bots.put(bot_id, replace(bot, is_teams_on=True))
        making.emit(TeamsChannelEnabled, bot_id=bot_id)
    after = replace(before, state="connected", missing=(), connected_at_ms=making.at.now_ms)
    _switch_user(making, after, is_enabled=True)
    return _changed(making, _validated(making, after), said, command)


def _validated(making: Making, connection: ConnectionView) -> ConnectionView:
    """Return the connection with what cannot work in it, which is said aloud when it is new."""
    invalid = looks.invalid_of(making.settings, connection)
    for reason in invalid:
        making.emit(
            ConnectionInvalid,
            bot_id=connection.bot_id,
            hub=connection.hub,
            reason=reason,
            because=looks.invalid_words(making.settings, connection),
        )
    return replace(connection, invalid=invalid)


def _stopped(making: Making, after: ConnectionView, said: str, command: Any) -> Outcome:
    """Return a connection without traffic: what the bot had goes to representatives of ours."""
    note(making, after, said, command)
    requests.escalate_all(making, after.bot_id, f"{said}: bot {after.bot_id} serves no longer")
    return making.outcome()


def _changed(
    making: Making, after: ConnectionView, said: str, command: Any, *, is_shown: bool = True
) -> Outcome:
    note(making, after, said, command, is_shown=is_shown)
    return making.outcome()


def note(
    making: Making, after: ConnectionView, said: str, command: Any, *, is_shown: bool = True
) -> None:
    """Set a connection's row and say so.

    Args:
        making: What is being made.
        after: The connection; its warnings are looked at again.
        said: What happened, as a sentence.
        command: Who asked for it.
        is_shown: Whether screens show it as it is.
    """
    after = looks.warned(making.settings, replace(after, changed_at_ms=making.at.now_ms))
    if is_shown:
        after = replace(after, shown_state=after.state)
    making.state.connections.put(after.bot_id, after)
    bot = making.state.bots.get(after.bot_id)
    if bot is not None and not bot.is_export_stale:
        making.state.bots.put(after.bot_id, replace(bot, is_export_stale=True))
    making.emit(
        ConnectionChanged,
        bot_id=after.bot_id,
        hub=after.hub,
        state=after.state,
        environment=after.environment,
        application_id=after.application_id,
        is_voice=after.is_voice,
        is_single_sign_on=after.is_single_sign_on,
        warnings=after.warnings,
        missing=after.missing,
        because=said,
        commanded_by=getattr(command, "commanded_by", None),
    )


def _standing(
    making: Making, bot_id: str, wanted: frozenset[str], what: str
) -> tuple[ConnectionView | None, Outcome]:
    """Return the connection in one of the wanted states; else None and the refusal."""
    before, refusal = _enabled(making, bot_id)
    if before is None or before.state in wanted:
        return before, refusal
    if before.state == "connected":
        where = f" in {before.environment}" if before.environment else ""
        because = (
            f"bot {bot_id} is connected to {before.hub}{where}, and a bot has one instance: "
            f"disconnect it before you {what}"
        )
        return None, making.refused("handoff.already_connected", because)
    because = f"the connection of bot {bot_id} is {before.state}: {_NEXT[before.state]}"
    return None, making.refused("handoff.unexpected", because)


_NEXT: Final = {
    "enabled": "choose the environment first",
    "environment_chosen": "give the application id first",
    "application_given": "add the bot, or choose the environment again",
    "disconnected": "choose the environment first",
    "disabled": "enable it first",
}
"""What to do in a state that a command does not fit."""


def _enabled(making: Making, bot_id: str) -> tuple[ConnectionView | None, Outcome]:
    before = making.state.connections.get(bot_id)
    if before is not None:
        return before, Outcome(making.state)
    because = f"bot {bot_id} has no connection: enable one first"
    return None, making.refused("handoff.not_enabled", because)


def _holder(making: Making, connection: ConnectionView, application_id: str) -> str | None:
    """Return the other bot that has the application id in this environment."""
    user = making.state.users.get(joined(connection.environment or "", application_id))
    if user is not None and user.bot_id != connection.bot_id:
        return user.bot_id
    for bot_id, other in making.state.connections.items():
        is_same = (other.environment, other.application_id) == (
            connection.environment,
            application_id,
        )
        if is_same and bot_id != connection.bot_id:
            return bot_id
    return None


def _taken(connection: ConnectionView, application_id: str, holder: str) -> str:
    return (
        f"application {application_id} is bot {holder}'s in environment {connection.environment}: "
        "bots are application users there, so register another application for "
        f"{connection.bot_id}"
    )


def _switch_user(making: Making, connection: ConnectionView, *, is_enabled: bool) -> None:
    environment, application_id = connection.environment, connection.application_id
    if environment is None or application_id is None:
        return
    user = ApplicationUserView(environment, application_id, connection.bot_id, is_enabled)
    making.state.users.put(joined(environment, application_id), user)

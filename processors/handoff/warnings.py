"""What a connection lacks, what it cannot do, and what it does only in part.

`missing` stands in the way of connecting; `invalid` is what can never work as things stand, said
aloud instead of silence; `warned` is what works less well than it could.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from processors.handoff.settings import (
    BUILT_IN,
    DYNAMICS,
    VOICE_REGIONS,
    Environment,
    HandoffSettings,
    region_of,
)
from processors.handoff.state import Making
from processors.views.handoff import ConnectionView

TEXT_EXTENSIONS: Final = ("omnichannel",)
VOICE_EXTENSIONS: Final = ("telephony", "omnichannel", "omnichannel_voice")
"""In the order of installing (HO-27)."""
EXTENSION_NAMES: Final[Mapping[str, str]] = {
    "telephony": "telephony extension",
    "omnichannel": "Omnichannel extension",
    "omnichannel_voice": "Omnichannel Voice extension",
}

VOICE_REGION: Final = "voice_region"

NOTES: Final[Mapping[str, str]] = {
    "extensions_missing": "the bot can hand off, but variables and actions of missing extensions "
    "are not there; install in this order: {order}",
    "extensions_optional": "extensions for voice are missing; without voice this can be ignored",
    "analytics_unavailable": "the bot lives in another environment than its hub: the hub's "
    "analytics do not count it, and extensions are to be installed by hand",
}
"""Warning code to what is said about it."""

EMBED_CODE: Final = (
    "on a page of your own use the embed code of the hub's chat widget: with the bot's own code "
    "hand-off does not work"
)
REFRESH_ADVICE: Final = "refresh the connection after adding the bot to a workstream"


class Lack(msgspec.Struct, frozen=True):
    """Something that stands in the way: a refusal code and a sentence."""

    code: str
    because: str


def own_environment(settings: HandoffSettings, bot_id: str) -> Environment | None:
    """Return the environment a bot lives in, as declared."""
    bot = settings.bots.get(bot_id)
    return None if bot is None else settings.environments[bot.environment]


def missing_there(
    settings: HandoffSettings, bot_id: str, hub: str, environment_id: str
) -> list[Lack]:
    """Return what keeps an environment from being connected to, the gravest first."""
    environment = settings.environments.get(environment_id)
    if environment is None:
        known = ", ".join(sorted(settings.environments)) or "none"
        because = f"there is no environment {environment_id!r}; declared are: {known}"
        return [Lack("handoff.unknown_environment", because)]
    if not environment.is_provisioned:
        because = (
            f"{hub} is not set up in environment {environment_id}: choose another one, or begin a "
            "trial there"
        )
        return [Lack("handoff.environment_unprovisioned", because)]
    if environment.hub != hub:
        because = f"environment {environment_id} holds {environment.hub}, not {hub}"
        return [Lack("handoff.wrong_hub", because)]
    own = own_environment(settings, bot_id)
    is_dynamics = settings.hubs[hub].kind == DYNAMICS
    lacks = []
    if own is None and is_dynamics:
        because = f"nobody declared where bot {bot_id} lives: name its environment under bots"
        lacks.append(Lack("handoff.bot_undeclared", because))
    if own is not None and region_of(own) != region_of(environment):
        because = (
            f"bot {bot_id} lives in {own.region}, environment {environment_id} in "
            f"{environment.region}: both must be in one geographic region"
        )
        lacks.append(Lack("handoff.region_differs", because))
    if is_dynamics:
        unlicensed = []
        if not (own or environment).is_bot_licensed:
            unlicensed.append("the bot platform")
        if not environment.is_hub_licensed:
            unlicensed.append("the hub's chat")
        if unlicensed:
            because = f"there is no licence for {' and '.join(unlicensed)} ({environment_id})"
            lacks.append(Lack("handoff.licence_missing", because))
    return lacks


def invalid_of(settings: HandoffSettings, connection: ConnectionView) -> tuple[str, ...]:
    """Return what cannot work: voice outside of its regions (HO-05)."""
    if not connection.is_voice or connection.hub_kind != DYNAMICS:
        return ()
    there = settings.environments.get(connection.environment or "")
    places = (own_environment(settings, connection.bot_id), there)
    is_outside = any(place and region_of(place) not in VOICE_REGIONS for place in places)
    return (VOICE_REGION,) if is_outside else ()


def invalid_words(settings: HandoffSettings, connection: ConnectionView) -> str:
    """Return why voice cannot work."""
    own = own_environment(settings, connection.bot_id)
    there = settings.environments.get(connection.environment or "")
    where = sorted({place.region for place in (own, there) if place is not None})
    return (
        f"voice does not work for bot {connection.bot_id} in {' and '.join(where)}: both sides "
        "must be in the United States, Canada, Europe, Asia, the United Kingdom or Australia"
    )


def warned(settings: HandoffSettings, connection: ConnectionView) -> ConnectionView:
    """Return the connection with its warnings and notes as they are now."""
    warnings, notes = [], []
    there = settings.environments.get(connection.environment or "")
    if there is not None and connection.hub_kind == DYNAMICS:
        wanted = VOICE_EXTENSIONS if connection.is_voice else TEXT_EXTENSIONS
        if any(one not in there.extensions for one in wanted):
            warnings.append("extensions_missing")
            order = ", ".join(EXTENSION_NAMES[one] for one in wanted)
            notes.append(NOTES["extensions_missing"].format(order=order))
        elif any(one not in there.extensions for one in VOICE_EXTENSIONS):
            warnings.append("extensions_optional")
            notes.append(NOTES["extensions_optional"])
        bot = settings.bots.get(connection.bot_id)
        if bot is not None and bot.environment != connection.environment:
            warnings.append("analytics_unavailable")
            notes.append(NOTES["analytics_unavailable"])
    if connection.state == "connected" and connection.hub_kind == DYNAMICS:
        notes += [EMBED_CODE, REFRESH_ADVICE]
    return msgspec.structs.replace(connection, warnings=tuple(warnings), notes=tuple(notes))


def voice_workstreams(
    settings: HandoffSettings, references: Mapping[str, Any], bot_id: str
) -> tuple[str, ...]:
    """Return the voice workstreams a bot serves, in our routing and as declared."""
    bot = settings.bots.get(bot_id)
    declared = bot.voice_workstreams if bot is not None else ()
    setup = references.get("routing.setup")
    ours = (
        stream.id
        for stream in (setup.workstreams.values() if setup is not None else ())
        if stream.bot_id == bot_id and stream.kind == "voice"
    )
    return tuple(sorted({*declared, *ours}))


def is_published(making: Making, bot_id: str) -> bool:
    """Return whether a bot is published: as told to this log, else as `dialogue.bots` says."""
    known = making.state.bots.get(bot_id)
    if known is not None and known.is_published is not None:
        return known.is_published
    bots = making.at.references.get("dialogue.bots")
    bot = bots.get(bot_id) if bots is not None else None
    return bot is not None and bool(bot.is_published)


def unpublished(bot_id: str) -> str:
    """Return why a bot that is not published is of no use."""
    return f"bot {bot_id} is not published: publish it first, only then does hand-off work"


def kind_of(settings: HandoffSettings, hub: str) -> str:
    """Return what sort of hub it is; the built-in one's name is its sort."""
    known = settings.hubs.get(hub)
    return BUILT_IN if known is None else known.kind

"""What a tenant declares about hubs, environments, bots and applications, and how patient it is.

The artefact `handoff.settings`. It holds facts that somebody who may know them wrote down:
licences, regions, what is provisioned. Addresses and secrets of hubs are the worker's settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

import msgspec

from processors.artefact import read
from processors.errors import InvalidReferenceError

HANDOFF_SETTINGS: Final = "handoff.settings"
BUILT_IN: Final = "cuestream"
"""The hub that is our own routing; it needs no environment and no application."""
DYNAMICS: Final = "dynamics365"

VOICE_REGIONS: Final = frozenset(
    {"united_states", "canada", "europe", "asia", "united_kingdom", "australia"}
)
"""Where voice works (HO-05), as `region_of` writes them."""

HubKind = Literal[
    "dynamics365", "genesys", "liveperson", "salesforce", "servicenow", "zendesk", "custom"
]
Extension = Literal["telephony", "omnichannel", "omnichannel_voice"]

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]
Wait = Annotated[int, msgspec.Meta(ge=1)]


class Hub(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An engagement hub.

    Attributes:
        kind: Whose it is.
        model: proxy: the bot's side has the channel and relays turns both ways. agent: the hub has
            the channel and the bot is one of its agents, which leaves when it hands off (TR-30).
    """

    kind: HubKind
    model: Literal["proxy", "agent"] = "proxy"


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place where bots or hubs live.

    Attributes:
        region: Geographic region, e.g. `Europe` or `united_states`.
        name: Name to show.
        hub: Hub whose instance this environment can hold; None: bots only.
        is_provisioned: Whether the hub is set up here.
        is_bot_licensed: Whether there is a licence for the bot platform.
        is_hub_licensed: Whether there is a licence for the hub's chat.
        extensions: Extensions installed here.
    """

    region: Annotated[str, msgspec.Meta(min_length=1)]
    name: str = ""
    hub: str | None = None
    is_provisioned: bool = False
    is_bot_licensed: bool = False
    is_hub_licensed: bool = False
    extensions: tuple[Extension, ...] = ()


class Application(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An app registration: the bot is called through it (TR-10).

    Attributes:
        name: Name to show; may change.
        account_types: Who may use it.
        redirect_uri: Where it lies, when it says so.
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    account_types: Literal["single_tenant", "multi_tenant", "personal"] = "single_tenant"
    redirect_uri: str | None = None


class Bot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is declared of a bot.

    Attributes:
        environment: The environment it lives in.
        is_teams_on: Whether its Teams channel is on already.
        application_id: Its application in its own environment, for automatic connection.
        voice_workstreams: Voice workstreams it serves outside of our routing.
    """

    environment: str
    is_teams_on: bool = False
    application_id: Id | None = None
    voice_workstreams: tuple[str, ...] = ()


class Deliveries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often and how fast a delivery is repeated.

    Attributes:
        attempts_max: Attempts before it is given up.
        first_wait_ms: Wait after the first failure; it doubles with each further one.
        wait_max_ms: Longest wait, also when the hub asks for a longer one.
    """

    attempts_max: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8
    first_wait_ms: Wait = 1_000
    wait_max_ms: Wait = 300_000


class HandoffSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tenant's settings; every field may be left out.

    Attributes:
        hubs: Outside hubs by name.
        environments: Environments by id.
        applications: App registrations by application id.
        bots: Bots by id.
        deliveries: How deliveries are repeated.
        accept_within_ms: A hub that has not accepted by then has failed.
        silence_ms: An accepted hand-off in which nobody spoke for so long is over.
        health_within_ms: A test that was not answered by then has failed.
        fallback: Where a conversation goes after a second failure: our routing, or back to the bot
            with `escalate_text`.
        escalate_text: What the customer is told then.
    """

    hubs: Mapping[Id, Hub] = {}
    environments: Mapping[Id, Environment] = {}
    applications: Mapping[Id, Application] = {}
    bots: Mapping[Id, Bot] = {}
    deliveries: Deliveries = Deliveries()
    accept_within_ms: Wait = 600_000
    silence_ms: Wait = 86_400_000
    health_within_ms: Wait = 60_000
    fallback: Literal["queue", "text"] = "queue"
    escalate_text: str = "Nobody can take over right now. Please contact us another way."


class LoadedSettings(msgspec.Struct, frozen=True):
    """Settings in force: what was declared, and which artefact said so (None: the defaults)."""

    declared: HandoffSettings
    digest: str | None = None


DEFAULTS: Final = LoadedSettings(HandoffSettings())


def load_settings(content: bytes) -> LoadedSettings:
    """Return the settings of an artefact. Raises InvalidReferenceError."""
    declared = read(HANDOFF_SETTINGS, content, HandoffSettings)
    if BUILT_IN in declared.hubs:
        raise _invalid(f"hubs.{BUILT_IN}", "this name is our own routing's; choose another")
    for name, environment in sorted(declared.environments.items()):
        if environment.hub is not None and environment.hub not in declared.hubs:
            because = f"there is no hub {environment.hub!r}; declare it under hubs"
            raise _invalid(f"environments.{name}.hub", because)
        if environment.is_provisioned and environment.hub is None:
            raise _invalid(f"environments.{name}.hub", "a provisioned environment names its hub")
    for name, bot in sorted(declared.bots.items()):
        if bot.environment not in declared.environments:
            because = f"there is no environment {bot.environment!r}; declare it under environments"
            raise _invalid(f"bots.{name}.environment", because)
        if bot.application_id is not None and bot.application_id not in declared.applications:
            because = f"{bot.application_id!r} is not registered; declare it under applications"
            raise _invalid(f"bots.{name}.application_id", because)
    return LoadedSettings(declared, sha256(content).hexdigest())


def settings_of(references: Mapping[str, Any]) -> HandoffSettings:
    """Return the settings in force, the defaults when none were published."""
    loaded: LoadedSettings = references.get(HANDOFF_SETTINGS, DEFAULTS)
    return loaded.declared


def region_of(environment: Environment) -> str:
    """Return a region for comparison: `United States` and `united_states` are one."""
    return "_".join(environment.region.casefold().replace("_", " ").split())


def _invalid(field: str, because: str) -> InvalidReferenceError:
    return InvalidReferenceError(reference=HANDOFF_SETTINGS, field=field, because=because)

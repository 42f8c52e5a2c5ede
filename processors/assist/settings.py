"""What a tenant may decide about smart assist, and what holds when it decides nothing."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Final

import msgspec

from processors.artefact import read
from processors.errors import InvalidReferenceError

SETTINGS: Final = "assist.settings"
WINDOW_MESSAGES_MAX: Final = 18
SHOWN_MAX: Final = 3
THRESHOLD_MIN: Final = 0.65
NEVER_ASSISTED: Final = frozenset({"record"})
"""Channels on which nothing is ever recommended, whatever a tenant decides (SA-04)."""


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of recommendation behaves.

    Attributes:
        enabled: Off means: not looked for.
        maximum: Most recommendations of one run, 1 to 3.
        threshold: Below this confidence nothing is shown, 0.65 to 1.
        highly_relevant: Above this confidence it is marked; not below `threshold`.
    """

    enabled: bool = True
    maximum: Annotated[int, msgspec.Meta(ge=1, le=SHOWN_MAX)] = SHOWN_MAX
    threshold: Annotated[float, msgspec.Meta(ge=THRESHOLD_MIN, le=1)] = THRESHOLD_MIN
    highly_relevant: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.80


class Kinds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kinds there are."""

    knowledge_article: Kind = Kind()


class AssistSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tenant's settings; every field may be left out.

    Attributes:
        enabled: Off means: no recommendation and no search, for this tenant.
        kinds: Settings by kind.
        window: How many of the last messages a search reads, 1 to 18.
        excluded_channels: Channels without assistance; `record` is always one of them.
    """

    enabled: bool = True
    kinds: Kinds = Kinds()
    window: Annotated[int, msgspec.Meta(ge=1, le=WINDOW_MESSAGES_MAX)] = WINDOW_MESSAGES_MAX
    excluded_channels: tuple[str, ...] = tuple(sorted(NEVER_ASSISTED))


class LoadedSettings(msgspec.Struct, frozen=True):
    """Settings in force: what was decided, and which artefact said so (None: the defaults)."""

    settings: AssistSettings
    excluded: frozenset[str]
    digest: str | None = None


def in_force(settings: AssistSettings, digest: str | None = None) -> LoadedSettings:
    """Return settings as the rules use them."""
    excluded = NEVER_ASSISTED | {channel.casefold() for channel in settings.excluded_channels}
    return LoadedSettings(settings, excluded, digest)


DEFAULTS: Final = in_force(AssistSettings())


def load_settings(content: bytes) -> LoadedSettings:
    """Return the settings of an artefact. Raises InvalidReferenceError."""
    settings = read(SETTINGS, content, AssistSettings)
    kind = settings.kinds.knowledge_article
    if kind.highly_relevant < kind.threshold:
        raise InvalidReferenceError(
            reference=SETTINGS,
            field="kinds.knowledge_article.highly_relevant",
            because=f"{kind.highly_relevant} is below the threshold {kind.threshold}",
        )
    return in_force(settings, sha256(content).hexdigest())

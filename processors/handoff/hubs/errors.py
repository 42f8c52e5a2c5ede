"""Faults of this package.

HubError
├── UnknownHubError           no hub of that kind
├── HubSettingsError          a hub is not set up as it must be
├── UnreadableInboundError    a webhook whose signature holds, but whose body is none of the hub's
└── UnreadableDeliveryError   a delivery whose facts are not those of its kind
"""

from __future__ import annotations


class HubError(Exception):
    """Anything this package raises."""


class UnknownHubError(HubError):
    """A hub was named that there is no code for."""

    def __init__(self, *, kind: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no hub {kind!r}; there are {', '.join(known)}")
        self.kind, self.known = kind, known


class HubSettingsError(HubError):
    """A hub cannot be spoken to as it is set up."""

    def __init__(self, *, hub: str, field: str, because: str) -> None:
        super().__init__(
            f"hub {hub}: {field} {because}; set CUESTREAM_HUBS__ENDPOINTS__{hub.upper()}__"
            f"{field.upper().replace('.', '__')}"
        )
        self.hub, self.field, self.because = hub, field, because


class UnreadableInboundError(HubError):
    """A webhook's body is not what the hub's documentation says."""

    def __init__(self, *, hub: str, because: str) -> None:
        super().__init__(f"hub {hub} sent a body that cannot be read: {because}")
        self.hub, self.because = hub, because


class UnreadableDeliveryError(HubError):
    """A delivery's facts are not those of its kind."""

    def __init__(self, *, delivery_id: str, because: str) -> None:
        super().__init__(f"delivery {delivery_id} cannot be told: {because}")
        self.delivery_id, self.because = delivery_id, because

"""What can go wrong between a worker and a hub.

HubWorkError
├── SecretMissingError     a secret is wanted and neither a value nor a readable file is set
├── TokenRefusedError      the hub's token service says no, or does not answer
└── TranscriptNotReadyError  the turns a hand-off stands for cannot be read just now
"""

from __future__ import annotations


class HubWorkError(Exception):
    """Anything this room raises. Its sentence never holds a secret."""


class SecretMissingError(HubWorkError):
    """A secret is wanted and there is none."""

    def __init__(self, *, hub: str, field: str, because: str) -> None:
        super().__init__(
            f"hub {hub}: {field} {because}; set CUESTREAM_HUBS__ENDPOINTS__{hub.upper()}__"
            f"{field.upper()} or ..._{field.upper()}_FILE"
        )
        self.hub, self.field, self.because = hub, field, because


class TokenRefusedError(HubWorkError):
    """No token could be had.

    Attributes:
        status: HTTP status; None when no answer came.
    """

    def __init__(self, *, hub: str, because: str, status: int | None = None) -> None:
        super().__init__(f"hub {hub}: its token service gave no token: {because}")
        self.hub, self.because, self.status = hub, because, status


class TranscriptNotReadyError(HubWorkError):
    """The transcript cannot be read whole just now."""

    def __init__(self, *, conversation_id: str, because: str) -> None:
        super().__init__(f"the transcript of {conversation_id} cannot be read: {because}")
        self.conversation_id, self.because = conversation_id, because

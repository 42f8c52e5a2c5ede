"""Where hubs are, how they are spoken to, and the secrets for it.

One endpoint a hub: `CUESTREAM_HUBS__ENDPOINTS__GENESYS__URL=https://api.mypurecloud.ie`. An
endpoint named `tenant:hub` (in `cuestream.toml`) goes before the one named `hub`. Secrets are
values or, better, files; a file of inbound secrets holds one a line, the newest first, so that they
can be replaced.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from processors.handoff.hubs.contract import HubKind, HubSettings
from streams.hubs.errors import SecretMissingError

Authorization = Literal["none", "bearer", "basic", "client_credentials", "liveperson"]


class HubGroup(BaseModel):
    """A frozen group of knobs that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(HubGroup):
    """One hub and how it is spoken to."""

    url: str = Field(description="base address", pattern=r"^https?://[^/?#\s]+[^?#\s]*$")
    kind: HubKind | None = Field(default=None, description="whose payloads; default: its name")
    options: dict[str, str] = Field(default_factory=dict, description="settings of its payloads")
    authorization: Authorization = Field(
        default="none",
        description="bearer: the secret as token; basic: user and secret; client_credentials: a"
        " token from token_url; liveperson: the two tokens of its Connector API",
    )
    user: str | None = Field(default=None, description="user, or client id")
    secret: SecretStr | None = Field(default=None, description="token, password or client secret")
    secret_file: Path | None = None
    token_url: str | None = Field(default=None, description="OAuth 2.0 token endpoint")
    scope: str | None = Field(default=None, description="OAuth 2.0 scope")
    signing_secret: SecretStr | None = Field(
        default=None, description="Standard Webhooks secret that deliveries are signed with"
    )
    signing_secret_file: Path | None = None
    inbound_secret: SecretStr | None = Field(
        default=None, description="what the hub's webhooks are verified with"
    )
    inbound_secret_file: Path | None = None
    idempotency_header: str = Field(default="Idempotency-Key", min_length=1)
    timeout_ms: int = Field(default=10_000, ge=100, le=120_000, description="longest wait")
    concurrency: int = Field(default=8, ge=1, le=128, description="deliveries under way at once")

    def payloads(self, hub: str, kind: str | None = None) -> HubSettings:
        """Return what the pure side may know: no secret.

        Args:
            hub: The hub's name.
            kind: Whose payloads, where that is known; else what is set, else the name.
        """
        kind = self.kind or kind or hub
        return HubSettings(hub, kind, self.url.rstrip("/"), self.options)  # type: ignore[arg-type]  # hub_of refuses other kinds

    def secret_of(self, hub: str, field: Literal["secret", "signing_secret"]) -> str | None:
        """Return a secret; None when none is set.

        Raises:
            SecretMissingError: Its file cannot be read.
        """
        found = _lines(hub, field, getattr(self, field), getattr(self, f"{field}_file"))
        return found[0] if found else None

    def inbound_secrets(self, hub: str) -> tuple[bytes, ...]:
        """Return the secrets that webhooks are tried with; none: every webhook is refused.

        Raises:
            SecretMissingError: Their file cannot be read.
        """
        found = _lines(hub, "inbound_secret", self.inbound_secret, self.inbound_secret_file)
        return tuple(one.encode() for one in found)


class Hubs(HubGroup):
    """All hubs of a worker."""

    is_sending: bool = Field(default=True, description="send deliveries from this worker")
    poll_ms: int = Field(default=200, ge=10, le=60_000, description="longest wait for news")
    public_url: str | None = Field(
        default=None, description="how hubs reach this API, for transcripts sent by address"
    )
    link_secret: SecretStr | None = Field(
        default=None, description="signs those addresses; the same on every worker"
    )
    link_valid_s: int = Field(default=7 * 86_400, ge=60, description="how long an address holds")
    endpoints: dict[str, Endpoint] = Field(default_factory=dict)

    def endpoint(self, tenant: str, hub: str) -> Endpoint | None:
        """Return the endpoint of a tenant's hub; None: it is not set up."""
        return self.endpoints.get(f"{tenant}:{hub}") or self.endpoints.get(hub)


def _lines(hub: str, field: str, value: SecretStr | None, file: Path | None) -> list[str]:
    if value is not None:
        return [value.get_secret_value()]
    if file is None:
        return []
    try:
        text = file.read_text()
    except OSError as fault:
        because = f"cannot be read from its file ({fault.strerror})"
        raise SecretMissingError(hub=hub, field=field, because=because) from fault
    return [line.strip() for line in text.splitlines() if line.strip()]

"""Settings: frozen groups, read once from the environment and an optional `cuestream.toml`.

Every knob is `CUESTREAM_<GROUP>__<KNOB>`, e.g. `CUESTREAM_KAFKA__BOOTSTRAP_SERVERS`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from streams.hubs.settings import Hubs
from streams.kafka_settings import Group, Kafka
from streams.library.settings import Library
from streams.mining.settings import NamingSettings

__all__ = ["Api", "BotFramework", "Group", "Inbound", "Kafka", "Settings", "Worker"]

BOT_FRAMEWORK_ISSUER = "https://api.botframework.com"
BOT_FRAMEWORK_METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"


class Worker(Group):
    """How a worker takes, keeps and commits."""

    data_dir: Path = Field(
        default=Path(".data"), description="where state, the local broker and tokens live"
    )
    name: str = Field(default="worker", description="names the folder of its local state")
    store: Literal["rocksdb", "memory"] = "rocksdb"
    chunk_records_max: int = Field(
        default=4_000, ge=1, le=10_000, description="most records in one step"
    )
    chunk_bytes_max: int = Field(default=4_000_000, ge=1_000, description="most bytes in one step")
    flushes_max: int = Field(default=4, ge=1, le=16, description="flushes in flight per partition")
    batch_bytes_max: int = Field(
        default=2_500_000, ge=10_000, le=4_000_000, description="largest record batch"
    )
    session_ms: int = Field(default=6_000, ge=500, description="group session time-out")
    instance_id: str | None = Field(
        default=None, description="static group membership, e.g. the pod name"
    )


class Api(Group):
    """Where the query API, the gateway and the console listen, and whom they trust."""

    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65_535, description="0 takes any free port")
    port_is_fixed: bool = Field(default=False, description="refuse to start when the port is taken")
    advertised_url: str | None = Field(default=None, description="how other workers reach this one")
    jwt_secret: SecretStr | None = Field(default=None, description="HS256 secret")
    jwt_public_key: Path | None = Field(default=None, description="PEM file for RS256 or ES256")
    jwt_jwks_url: str | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None


class BotFramework(Group):
    """One bot whose activities come in for a tenant."""

    tenant: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="whose data they become")
    app_id: str = Field(min_length=1, description="application id that its tokens must be for")
    bot_id: str | None = Field(default=None, description="what records call it; else the app id")
    bot_ids: tuple[str, ...] = Field(
        default=(), description="further ids by which it sends and receives"
    )
    workstream: str | None = Field(default=None, description="workstream of its conversations")
    is_routed: bool = Field(default=False, description="a representative follows the bot")
    is_bridged_only: bool = Field(
        default=True,
        description='its messages are for the customer only with deliveryMode "bridged"',
    )
    needs_delivery: bool = Field(default=False, description="we are its way to the customer")
    has_live_turns: bool = Field(
        default=True, description="turns come as they are said, not with the hand-off"
    )
    issuers: tuple[str, ...] = Field(
        default=(BOT_FRAMEWORK_ISSUER,), min_length=1, description="who may have made its tokens"
    )
    metadata_url: str = Field(
        default=BOT_FRAMEWORK_METADATA, description="OpenID metadata that leads to the keys"
    )


class Inbound(Group):
    """Whose payloads are taken in over HTTP; nobody's by default."""

    bot_framework: tuple[BotFramework, ...] = ()


class Settings(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        env_prefix="CUESTREAM_",
        env_nested_delimiter="__",
        toml_file="cuestream.toml",
        frozen=True,
        extra="forbid",
    )

    kafka: Kafka = Kafka()
    worker: Worker = Worker()
    api: Api = Api()
    inbound: Inbound = Inbound()
    hubs: Hubs = Hubs()
    library: Library = Library()
    naming: NamingSettings = NamingSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over secrets and the file."""
        toml = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, file_secret_settings, toml

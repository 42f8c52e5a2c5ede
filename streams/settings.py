"""Settings: frozen groups, read once from the environment and an optional `cuestream.toml`.

Every knob is `CUESTREAM_<GROUP>__<KNOB>`, e.g. `CUESTREAM_KAFKA__BOOTSTRAP_SERVERS`.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Group(BaseModel):
    """A frozen group of knobs that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kafka(Group):
    """How to reach Kafka; security settings are passed through to the clients."""

    bootstrap_servers: str = Field(
        default="127.0.0.1:19092", description="host:port, comma separated"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None

    def _password(self) -> str | None:
        return self.sasl_password.get_secret_value() if self.sasl_password else None

    def for_kafka_python(self) -> dict[str, Any]:
        """Return keyword arguments for kafka-python clients."""
        given = {
            "bootstrap_servers": self.bootstrap_servers.split(","),
            "security_protocol": self.security_protocol,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self._password(),
            "ssl_cafile": str(self.ssl_cafile) if self.ssl_cafile else None,
            "ssl_certfile": str(self.ssl_certfile) if self.ssl_certfile else None,
            "ssl_keyfile": str(self.ssl_keyfile) if self.ssl_keyfile else None,
        }
        return {name: value for name, value in given.items() if value is not None}

    def for_aiokafka(self) -> dict[str, Any]:
        """Return keyword arguments for aiokafka clients."""
        given = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self._password(),
            "ssl_context": self.ssl_context(),
        }
        return {name: value for name, value in given.items() if value is not None}

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return the TLS context the settings describe, or None for a plain connection."""
        if self.security_protocol not in {"SSL", "SASL_SSL"}:
            return None
        context = ssl.create_default_context(
            cafile=str(self.ssl_cafile) if self.ssl_cafile else None
        )
        if self.ssl_certfile:
            context.load_cert_chain(
                str(self.ssl_certfile), str(self.ssl_keyfile or self.ssl_certfile)
            )
        return context


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

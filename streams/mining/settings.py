"""Where names of mined intents may be asked for; nowhere unless an address is given."""

from __future__ import annotations

from pydantic import Field

from streams.kafka_settings import Group


class NamingSettings(Group):
    """An OpenAI-compatible chat endpoint that names what was mined; never used live."""

    url: str = Field(
        default="",
        pattern=r"^(https?://[^/?#\s]+[^?#\s]*)?$",
        description="base address, e.g. http://127.0.0.1:11434/v1; empty: names stay as mined",
    )
    model: str = Field(default="gpt-4o-mini", min_length=1, description="model to ask for")
    key_env: str = Field(
        default="CUESTREAM_NAMING_KEY",
        description="environment variable that holds the key; unset: none is sent",
    )
    timeout_s: float = Field(default=30, gt=0, le=600, description="longest wait for one answer")
    attempts: int = Field(default=3, ge=1, le=10, description="tries for one intent")
    seed: int = 0

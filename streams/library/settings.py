"""Knobs of mining, training and trying libraries in a worker."""

from __future__ import annotations

from pydantic import Field

from streams.kafka_settings import Group
from streams.mining.settings import NamingSettings


class Library(Group):
    """What a worker does for libraries, and how long it may take."""

    is_working: bool = Field(default=True, description="mine, train and publish from this worker")
    poll_ms: int = Field(default=250, ge=10, le=60_000, description="longest wait for news")
    again_s: float = Field(default=1, ge=0, le=60, description="pause after work that failed")
    mining_limit_s: float = Field(default=3_600, gt=0, description="longest mining run")
    training_limit_s: float = Field(default=900, gt=0, description="longest training")
    dry_run_limit_s: float = Field(default=120, gt=0, description="longest dry run")
    failures_max: int = Field(
        default=3, ge=1, description="failed attempts after which a run is given up"
    )
    attempts_max: int = Field(
        default=10, ge=1, description="attempts, broken off by restarts, after which it is given up"
    )
    niceness: int = Field(
        default=10, ge=0, le=19, description="how far mining and training stand back for others"
    )
    naming: NamingSettings = NamingSettings()

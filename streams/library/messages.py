"""What a worker and the processes it starts for mining and training say to each other.

One JSON object a line: the job on standard input, then messages on standard output. Numbers of a
format version are not needed: both ends are of one installation.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import SecretStr

from processors.intents.library import LibraryContent
from processors.miner.mined import Figures, Granularity, Merge
from streams.kafka_settings import Kafka

LINE_BYTES_MAX: Final = 64 << 20
"""Longest line: an artefact and a merge tree are far below."""


class MiningJob(msgspec.Struct, frozen=True):
    """Mine the conversations of a tenant.

    Attributes:
        kafka: See `revealed`.
        tenant: Whose.
        granularity: Of the result.
        since_ms: Only conversations that began then or later; 0: all.
        conversations_max: Only the last so many; 0: all.
        spans: Partition to what is read of it; None: all there is now.
        library: The intents there are: what is found of them is theirs.
        discarded: Those that nobody wants: what is found of them is left out.
        naming: Who is asked for names, as `NamingSettings`; None: nobody.
        niceness: Added to the process's own.
    """

    kafka: dict[str, Any]
    tenant: str
    granularity: Granularity
    since_ms: int = 0
    conversations_max: int = 0
    spans: dict[int, tuple[int, int]] | None = None
    library: LibraryContent = LibraryContent()
    discarded: LibraryContent = LibraryContent()
    naming: dict[str, Any] | None = None
    niceness: int = 0


class TrainingJob(msgspec.Struct, frozen=True):
    """Train a frozen library."""

    content: LibraryContent
    niceness: int = 0


class DryRunJob(msgspec.Struct, frozen=True):
    """Compare the library in force with a draft over past conversations.

    Attributes:
        kafka: See `revealed`.
        tenant: Whose.
        conversations: The last so many.
        draft: The draft, not trained yet.
        digest: Of the library in force; empty: none is.
        niceness: Added to the process's own.
    """

    kafka: dict[str, Any]
    tenant: str
    conversations: int
    draft: LibraryContent
    digest: str = ""
    niceness: int = 0


class Began(msgspec.Struct, frozen=True, tag="began"):
    """What will be read, fixed from here on."""

    spans: dict[int, tuple[int, int]]


class Progressed(msgspec.Struct, frozen=True, tag="progressed"):
    """How far it is; a total of 0 is not known."""

    phase: str
    done: int
    total: int


class Found(msgspec.Struct, frozen=True, tag="found"):
    """One mined intent: JSON of `processors.miner.mined.MinedIntent`."""

    index: int
    content: str


class Tree(msgspec.Struct, frozen=True):
    """The merge tree, as screens cut it."""

    leaves: tuple[str, ...]
    merges: tuple[Merge, ...]
    cut: float
    cuts: dict[str, float]


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The mining is over; all intents have been told.

    Attributes:
        intents: How many there are.
        figures: What it saw.
        tree: How they hang together.
        encoder: Fingerprint of the encoder.
        named: How many of them got their name from an endpoint.
    """

    intents: int
    figures: Figures
    tree: Tree
    encoder: str
    named: int = 0


class Trained(msgspec.Struct, frozen=True, tag="trained"):
    """The artefact and what training says of it."""

    artefact: bytes
    threshold: float
    accuracy: float | None
    examples: int
    encoder: str


class Compared(msgspec.Struct, frozen=True, tag="compared"):
    """The answer of a dry run: JSON as the API gives it."""

    answer: str


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It cannot be done.

    Attributes:
        because: A sentence.
        is_final: Trying again gives the same.
    """

    because: str
    is_final: bool


Message = Began | Progressed | Found | Finished | Trained | Compared | Failed

encode: Final = msgspec.json.Encoder().encode
decode: Final = msgspec.json.Decoder(Message).decode


def revealed(kafka: Kafka) -> dict[str, Any]:
    """Return settings as JSON takes them, secrets included: for a child's standard input only."""
    return {name: _plain(value) for name, value in kafka if value is not None}


def kafka_of(given: Mapping[str, Any]) -> Kafka:
    """Return the settings behind `revealed`."""
    return Kafka.model_validate(given)


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value) if isinstance(value, Path) else value

"""What `up` and `demo` can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from streams.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the demo plays.

    Attributes:
        imports: Data sets to import, beside the written conversations.
        with_script: Play the written conversations.
        speed: 2 plays twice as fast; 0 does not wait.
        with_history: Bring in the shop's past, to be mined.
    """

    imports: tuple[Path, ...] = ()
    with_script: bool = True
    speed: float = 1.0
    with_history: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """How to run everything on one machine.

    Attributes:
        settings: Everything there is to set, the command line's wishes included.
        port: Wanted port of console and API; None: the settings' one, moving up when taken.
        broker_port: Wanted port of the local Kafka; None: the default, moving up when taken.
        is_own_kafka: Run a local Kafka; False with --bootstrap-servers.
        partitions: Of every log, when topics are created; None: the default.
        workers: How many worker processes.
        opens_browser: Open the console in a browser.
        is_plain: One plain line an event, as in a pipe.
        demo: What to play; None for `up`.
    """

    settings: Settings
    port: int | None = None
    broker_port: int | None = None
    is_own_kafka: bool = True
    partitions: int | None = None
    workers: int = 1
    opens_browser: bool = True
    is_plain: bool = False
    demo: DemoOptions | None = None


Store = Literal["rocksdb", "memory"]

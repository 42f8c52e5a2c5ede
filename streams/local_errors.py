"""What can go wrong when everything runs on one machine.

LocalRunError
- PortTakenByOthersError: a wanted port is not free
- WorkerNotReadyError: a worker does not come up
"""

from __future__ import annotations

from pathlib import Path


class LocalRunError(Exception):
    """The run cannot start or go on."""


class PortTakenByOthersError(LocalRunError):
    """A wanted port is not free."""

    def __init__(self, *, port: int) -> None:
        super().__init__(
            f"port {port} is taken and --port asked for it; leave --port out to take the next free"
            " one, or end the program that listens there"
        )
        self.port = port


class WorkerNotReadyError(LocalRunError):
    """A worker does not come up."""

    def __init__(self, *, log: Path, because: str) -> None:
        super().__init__(f"the worker does not come up: {because}. Its log is {log}")
        self.log, self.because = log, because

"""What can go wrong with a replay.

ReplayError
- LogUnreadableError: a log cannot be read to its end
- RunExistsError: there is a run of that name
- RunMissingError: there is no run of that name
- SimulationFailedError: a schedule broke a promise
"""

from __future__ import annotations


class ReplayError(Exception):
    """Anything a replay raises itself."""


class LogUnreadableError(ReplayError):
    """A log cannot be read to its end."""

    def __init__(self, *, what: str, servers: str, because: str) -> None:
        super().__init__(
            f"{what} on {servers} cannot be read: {because}. Look at the broker, then try again"
        )
        self.what, self.servers, self.because = what, servers, because


class RunExistsError(ReplayError):
    """There is a run of that name already."""

    def __init__(self, *, name: str, folder: str) -> None:
        super().__init__(f"there is a run {name!r} in {folder}; name another, or remove it first")
        self.name, self.folder = name, folder


class RunMissingError(ReplayError):
    """There is no run of that name, or it did not come to its end."""

    def __init__(self, *, name: str, folder: str, known: list[str]) -> None:
        there = ", ".join(known) or "none"
        super().__init__(f"there is no finished run {name!r} in {folder}; there is {there}")
        self.name, self.folder, self.known = name, folder, known


class SimulationFailedError(ReplayError):
    """A schedule broke a promise of the runtime."""

    def __init__(self, *, seed: int, subject: str, partitions: int, because: str) -> None:
        super().__init__(
            f"seed {seed} ({subject}): {because}. Once more: python -m ops soak --seed {seed}"
            f" --subject {subject} --partitions {partitions}"
        )
        self.seed, self.subject, self.partitions = seed, subject, partitions
        self.because = because

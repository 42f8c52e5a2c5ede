"""What can be wrong with a data set, and with who sends a payload.

DataSetError
├── UnreadableFileError   the file as a whole cannot be used
└── BadLinesError         some of its lines or dialogues cannot
InboundError
├── UnverifiedError       the sender is not who they must be
└── KeysUnavailableError  what verifies a sender cannot be had just now
"""

from __future__ import annotations

from collections.abc import Sequence


class DataSetError(Exception):
    """Anything wrong with a file that is to be imported."""


class UnreadableFileError(DataSetError):
    """The file is missing, empty, not a file, or of no format that is known."""

    def __init__(self, *, path: str, because: str) -> None:
        super().__init__(f"{path}: {because}")
        self.path, self.because = path, because


class BadLinesError(DataSetError):
    """Some lines cannot be read; `where` is `file:line` or `file: dialogue n`."""

    def __init__(self, *, bad: Sequence[tuple[str, str]], shown: int = 5) -> None:
        lines = [f"{where}: {because}" for where, because in bad[:shown]]
        more = f"\n… and {len(bad) - shown:,} more" if len(bad) > shown else ""
        super().__init__("\n".join(lines) + more)
        self.bad = tuple(bad)


class InboundError(Exception):
    """Anything wrong with who sends a payload."""


class UnverifiedError(InboundError):
    """The sender is not who they must be; `because` is for our log, never for them."""

    def __init__(self, *, because: str) -> None:
        super().__init__(f"the sender is not verified: {because}")
        self.because = because


class KeysUnavailableError(InboundError):
    """The keys that verify a sender cannot be had just now."""

    def __init__(self, *, url: str, because: str) -> None:
        super().__init__(f"the keys at {url} cannot be had: {because}")
        self.url, self.because = url, because

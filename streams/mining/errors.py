"""What can be wrong with what is mined, and with where the results go.

MiningInputError
├── UnreadableTurnsError    the file as a whole cannot be used
├── BadTurnLineError        one of its lines is no turn
├── NoLogError              an archive holds no conversations
└── UnusableLibraryError    a file holds no library that can be used here
UnwritableError             a result cannot be written
"""

from __future__ import annotations


class MiningInputError(Exception):
    """Anything wrong with turns that are to be mined."""


class UnreadableTurnsError(MiningInputError):
    """The file is missing, a folder, or cannot be read."""

    def __init__(self, *, path: str, because: str) -> None:
        super().__init__(f"{path}: {because}")
        self.path, self.because = path, because


class BadTurnLineError(MiningInputError):
    """A line is no turn; `line` counts from 1."""

    def __init__(self, *, path: str, line: int, because: str) -> None:
        super().__init__(
            f"{path}, line {line:,}: {because}. A line is an object like "
            '{"id": "t-1", "conversation_id": "c-1", "role": "customer", "text": "…"}; '
            "correct it, or pass over such lines with --skip-bad"
        )
        self.path, self.line, self.because = path, line, because


class NoLogError(MiningInputError):
    """An archive does not hold the log of conversations."""

    def __init__(self, *, source: str, topic: str) -> None:
        super().__init__(
            f"{source}: it holds no {topic}, the log of conversations; "
            f"archive it with cuestream archive create --topic {topic}"
        )
        self.source, self.topic = source, topic


class UnusableLibraryError(MiningInputError):
    """A file holds no library that can be used here; `field` is where the fault is."""

    def __init__(self, *, path: str, field: str, because: str) -> None:
        where = f"{path}: {field}" if field else path
        super().__init__(
            f"{where}: {because}. Make it again with cuestream train or mine, or name another"
        )
        self.path, self.field, self.because = path, field, because


class UnwritableError(Exception):
    """A result cannot be written; what stood in its place before is still there."""

    def __init__(self, *, path: str, because: str) -> None:
        super().__init__(
            f"{path}: {because}. Nothing was written there; name another place, or mend this one, "
            "and run it again"
        )
        self.path, self.because = path, because

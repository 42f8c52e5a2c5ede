"""What can be wrong with what is mined.

MiningInputError
├── UnreadableTurnsError    the file as a whole cannot be used
└── BadTurnLineError        one of its lines is no turn
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

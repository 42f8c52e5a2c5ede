"""What can go wrong with the rules' own inputs; a lawful "no" is a `Rejection`, not an error.

ProcessorError                  anything below
├── InvalidReferenceError       a reference artefact does not say what it must
├── UnknownReferenceError       no processor knows a reference of that name
├── ImpossibleChangeError       a "what if" changes what is not there
└── UnreadableStateError        bytes are no state this build can read
"""

from __future__ import annotations

from collections.abc import Sequence


class ProcessorError(Exception):
    """A fault of the rules' room; its text is a sentence for people."""


class InvalidReferenceError(ProcessorError):
    """A reference artefact does not say what it must; nothing of it is used.

    Attributes:
        reference: Name of the reference, e.g. `assist.settings`.
        field: The field at fault as a path, e.g. `articles[3].title`; empty for the whole.
        because: What is asked for and what was found.
    """

    def __init__(self, *, reference: str, field: str, because: str) -> None:
        where = f"{reference}: {field}" if field else reference
        super().__init__(f"{where}: {because}; correct the artefact and publish it again")
        self.reference, self.field, self.because = reference, field, because


class UnknownReferenceError(ProcessorError):
    """No processor knows a reference of that name.

    Attributes:
        reference: The name asked for.
        known: The names there are.
    """

    def __init__(self, *, reference: str, known: Sequence[str]) -> None:
        super().__init__(f"no reference is named {reference!r}; use one of {', '.join(known)}")
        self.reference, self.known = reference, tuple(known)


class UnreadableStateError(ProcessorError):
    """The bytes are no state that this build can read.

    Attributes:
        state: What they were taken for.
        because: What is wrong with them.
    """

    def __init__(self, *, state: str, because: str) -> None:
        super().__init__(
            f"a stored {state} state cannot be read: {because}; "
            "run the build that wrote it, or rebuild the state from the log"
        )
        self.state, self.because = state, because


class ImpossibleChangeError(ProcessorError):
    """A recorded decision cannot be asked again with this change.

    Attributes:
        field: What was to be changed, e.g. `candidates.ann.presence`.
        because: Why it cannot be.
    """

    def __init__(self, *, field: str, because: str) -> None:
        where = f"the change of {field}" if field else "the changes"
        super().__init__(f"{where}: {because}; correct the change and ask again")
        self.field, self.because = field, because

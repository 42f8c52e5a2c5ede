"""What can go wrong when the static table is built.

BuildError             anything below
├── PinnedError        a file or text is not the one the NOTICE names
└── UnreadableError    a teacher's or text's file is not there or not readable
"""

from __future__ import annotations


class BuildError(Exception):
    """A fault of the build; its text is a sentence for people."""


class PinnedError(BuildError):
    """A file or text is not the one the NOTICE names.

    Attributes:
        what: Its name there.
        wanted: SHA-256 in the NOTICE.
        found: SHA-256 of what is here.
    """

    def __init__(self, *, what: str, wanted: str, found: str) -> None:
        super().__init__(
            f"{what} has SHA-256 {found}, the NOTICE pins {wanted or 'nothing'}; "
            "use the file it names, or write the NOTICE anew with --pin"
        )
        self.what, self.wanted, self.found = what, wanted, found


class UnreadableError(BuildError):
    """A file is not there or not readable.

    Attributes:
        path: Where.
        because: What is wrong.
    """

    def __init__(self, *, path: str, because: str) -> None:
        super().__init__(f"{path}: {because}")
        self.path, self.because = path, because

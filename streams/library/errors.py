"""What can go wrong with mining, training and trying a library.

LibraryWorkError
├── ChildFailedError     a process that mines or trains did not come to its end
├── OverTimeError        it took longer than it may
├── ArtefactTooLargeError  a trained library does not fit a record
├── NotTakenError        a log will never take a record
├── DryRunBusyError      another dry run is under way
├── LibraryUnknownError  the library in force cannot be read
├── NothingHeardError    nobody answers, or a log does not hold what is asked for
└── RefusedByRulesError  the rules refuse a command
"""

from __future__ import annotations


class LibraryWorkError(Exception):
    """Anything this room raises itself."""


class ChildFailedError(LibraryWorkError):
    """A process that mines or trains did not come to its end.

    Attributes:
        because: A sentence.
        is_final: Trying again gives the same.
    """

    def __init__(self, *, because: str, is_final: bool) -> None:
        super().__init__(because)
        self.because, self.is_final = because, is_final


class OverTimeError(LibraryWorkError):
    """Work took longer than it may."""

    def __init__(self, *, what: str, limit_s: float, knob: str) -> None:
        super().__init__(
            f"{what} took longer than {limit_s:,.0f} s and was ended; take fewer records, or raise"
            f" CUESTREAM_LIBRARY__{knob.upper()}"
        )
        self.what, self.limit_s, self.knob = what, limit_s, knob


class ArtefactTooLargeError(LibraryWorkError):
    """A trained library does not fit a record."""

    def __init__(self, *, size_bytes: int, size_bytes_max: int) -> None:
        super().__init__(
            f"the trained library has {size_bytes:,} bytes and may have {size_bytes_max:,}; approve"
            " fewer intents, or remove examples"
        )
        self.size_bytes, self.size_bytes_max = size_bytes, size_bytes_max


class NotTakenError(LibraryWorkError):
    """A log will never take a record."""

    def __init__(self, *, record: str, because: str) -> None:
        super().__init__(f"{record} is not taken by its log: {because}")
        self.record, self.because = record, because


class DryRunBusyError(LibraryWorkError):
    """Another dry run is under way on this worker."""

    def __init__(self) -> None:
        super().__init__(
            "Another dry run is under way here, and one runs at a time; try again when it is over."
        )


class LibraryUnknownError(LibraryWorkError):
    """The artefact of the library in force cannot be read."""

    def __init__(self, *, digest: str, because: str) -> None:
        super().__init__(f"the library {digest[:12]} cannot be read: {because}")
        self.digest, self.because = digest, because


class NothingHeardError(LibraryWorkError):
    """Nobody answers, or a log does not hold what is asked for."""

    def __init__(self, *, what: str, waited_s: float) -> None:
        waited = f" within {waited_s:.0f} s: no worker runs, or it is busy" if waited_s else ""
        super().__init__(f"{what} did not come{waited}. See: cuestream library runs")
        self.what, self.waited_s = what, waited_s


class RefusedByRulesError(LibraryWorkError):
    """The rules refuse a command; nothing has changed."""

    def __init__(self, *, rule: str, because: str) -> None:
        super().__init__(because)
        self.rule, self.because = rule, because

"""What can go wrong with an archive.

ArchiveError
- ArchiveMissingError: the folder holds no archive, or not that topic
- ArchiveDamagedError: files are broken, missing or do not fit together
- ArchiveBusyError: somebody else writes it at this moment
- OtherLogError: the log is not the one that was archived so far
- LogTrimmedError: the log no longer holds what would come next
- RestoreRefusedError: the records would not be what they were, or would be there twice
- RestoreFailedError: the cluster did not take something
"""

from __future__ import annotations


class ArchiveError(Exception):
    """Anything archiving or restoring raises itself."""


class ArchiveMissingError(ArchiveError):
    """There is no archive, or the topic is not in it."""

    def __init__(self, *, folder: str, because: str) -> None:
        super().__init__(f"{folder}: {because}")
        self.folder, self.because = folder, because


class ArchiveDamagedError(ArchiveError):
    """Files of an archive are broken, missing, or do not fit together."""

    def __init__(self, *, path: str, because: str) -> None:
        super().__init__(
            f"{path}: {because}. `cuestream archive verify` names everything that is wrong; bring"
            " the file back from a copy, or archive the topic again while the log still holds it"
        )
        self.path, self.because = path, because


class ArchiveBusyError(ArchiveError):
    """Somebody else writes into the archive."""

    def __init__(self, *, folder: str) -> None:
        super().__init__(f"{folder}: another process writes this archive; wait until it has ended")
        self.folder = folder


class OtherLogError(ArchiveError):
    """The log is not the one that was archived so far."""

    def __init__(self, *, where: str, because: str) -> None:
        super().__init__(
            f"{where}: {because}; the topic was made anew. Archive it into another folder"
        )
        self.where, self.because = where, because


class LogTrimmedError(ArchiveError):
    """What comes next for the archive is no longer in the log."""

    def __init__(self, *, where: str, archived: int, begin: int) -> None:
        super().__init__(
            f"{where}: the archive ends before offset {archived}, but the log begins at {begin}:"
            f" {begin - archived} offsets are gone. --with-gap notes them as lost and goes on"
        )
        self.where, self.archived, self.begin = where, archived, begin


class RestoreRefusedError(ArchiveError):
    """Restoring would not give what was archived, or would give something twice."""

    def __init__(self, *, where: str, because: str) -> None:
        super().__init__(f"{where}: {because}")
        self.where, self.because = where, because


class RestoreFailedError(ArchiveError):
    """The cluster did not take a record."""

    def __init__(self, *, where: str, because: str) -> None:
        super().__init__(
            f"{where}: {because}. Run the same command again: it goes on where this one ended"
        )
        self.where, self.because = where, because

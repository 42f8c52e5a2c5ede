"""What can go wrong with local state.

StoreError
- StoreFailedError: the disk under the store said no
"""

from __future__ import annotations


class StoreError(Exception):
    """Local state cannot be used."""


class StoreFailedError(StoreError):
    """The disk under the store said no; the changelog still has everything."""

    def __init__(self, *, path: str, doing: str, because: str) -> None:
        super().__init__(
            f"local store {path}: {doing} failed: {because}. Nothing is lost: the changelog on"
            " Kafka has it. Free space or mend the disk, then start again; deleting the folder is"
            " safe and only makes the next start read more"
        )
        self.path, self.doing, self.because = path, doing, because

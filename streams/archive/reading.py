"""An archive as logs: whatever reads topics from Kafka reads them from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from streams.archive import layout
from streams.archive.container import (
    ArchivedRecord,
    Block,
    FileHead,
    blocks,
    first_offset,
    read_head,
    read_records,
)
from streams.archive.errors import ArchiveDamagedError, ArchiveMissingError
from streams.archive.layout import FileEntry, Survey
from streams.replay.logs import Span


class Archive:
    """The `Logs` of a folder. It is read as it stood when a topic was first asked for."""

    def __init__(self, folder: Path) -> None:
        """Open an archive.

        Raises:
            ArchiveMissingError: The folder holds none.
        """
        self.folder = folder
        self._surveys: dict[str, dict[int, Survey]] = {}
        self._held: set[Path] = set()
        if not folder.is_dir():
            because = "there is no such folder" if not folder.exists() else "it is no folder"
            raise ArchiveMissingError(folder=str(folder), because=because)
        if not self.topics():
            because = "there is no archive in it; `cuestream archive create` makes one"
            raise ArchiveMissingError(folder=str(folder), because=because)

    def topics(self) -> list[str]:
        """Return the topics in it, in order of name."""
        return layout.topics_in(self.folder)

    def surveys(self, topic: str) -> Mapping[int, Survey]:
        """Return how much of each partition is whole; empty when there is no such topic.

        Raises:
            ArchiveDamagedError: A file is broken where nothing may be broken.
        """
        found = self._surveys.get(topic)
        if found is None:
            places = layout.partitions_in(self.folder / topic)
            found = {number: layout.survey(place) for number, place in places.items()}
            for number, each in found.items():
                if each.is_damaged:
                    raise ArchiveDamagedError(path=str(places[number]), because=each.because)
            self._surveys[topic] = found
        return found

    def spans(self, topic: str) -> Mapping[int, Span]:
        """Return what every partition of a topic holds; empty when there is no such topic."""
        return {number: (each.begin, each.next) for number, each in self.surveys(topic).items()}

    def read(
        self, topic: str, partition: int, start: int, end: int
    ) -> Iterator[Sequence[ArchivedRecord]]:
        """Yield runs of records from `start` below `end`, in order.

        Raises:
            ArchiveDamagedError: A file is broken, or a record is missing.
        """
        found = self.surveys(topic).get(partition)
        if found is None:
            return
        self._hold(self.folder / topic / str(partition), found)
        for run in runs(self.folder / topic / str(partition), found.files, start):
            if run[-1].offset < end:
                yield run
                continue
            within = [record for record in run if record.offset < end]
            if within:
                yield within
            return

    def _hold(self, folder: Path, found: Survey) -> None:
        """Hold a partition's files against its manifest, once. Raises ArchiveDamagedError.

        A file has no sums of its own: a byte that changed within a block would be read as another.
        """
        if folder in self._held:
            return
        for entry in found.manifest.files if found.manifest is not None else ():
            path = folder / entry.name
            if entry.sha256 and layout.sha256_of(path, entry.bytes) != entry.sha256:
                because = "it is not the file its manifest was written for: a byte of it changed"
                raise ArchiveDamagedError(path=str(path), because=because)
        self._held.add(folder)


def runs(
    folder: Path, files: Sequence[FileEntry], start: int = 0
) -> Iterator[Sequence[ArchivedRecord]]:
    """Yield the records of a partition's files from an offset on, in order of offset.

    Days overlap where timestamps went back; only files that do are open at once.

    Raises:
        ArchiveDamagedError: A file is broken.
    """
    waiting = sorted((entry for entry in files if entry.last >= start), key=_first, reverse=True)
    active: list[_Cursor] = []
    while waiting or active:
        if not active:
            active.append(_Cursor(folder, waiting.pop(), start))
        cursor = min(active, key=_head)
        limit = min((_head(other) for other in active if other is not cursor), default=None)
        if waiting and (limit is None or waiting[-1].first < limit):
            if waiting[-1].first <= cursor.run[-1].offset:
                active.append(_Cursor(folder, waiting.pop(), start))
                continue
            limit = waiting[-1].first
        if limit == _head(cursor):
            because = f"offset {limit} stands in two files"
            raise ArchiveDamagedError(path=str(folder), because=because)
        run = cursor.taken(limit)
        if not cursor.run:
            active.remove(cursor)
        if run:
            yield run


def head_of(path: Path) -> FileHead:
    """Return the head of a file that has one. Raises ArchiveDamagedError."""
    with path.open("rb") as file:
        head = read_head(file, str(path))
    if head is None:
        raise ArchiveDamagedError(path=str(path), because="it ends within its head")
    return head


def last_record(folder: Path, found: Survey) -> ArchivedRecord:
    """Return the last record of a partition that has some. Raises ArchiveDamagedError."""
    entry = max(found.files, key=lambda each: each.last)
    last = None
    for run in runs(folder, [entry], entry.last):
        last = run[-1]
    if last is None or last.offset != entry.last:
        because = f"offset {entry.last} should be in it and is not"
        raise ArchiveDamagedError(path=str(folder / entry.name), because=because)
    return last


def _first(entry: FileEntry) -> int:
    return entry.first


class _Cursor:
    """A file on its way: the run that comes next, empty at its end."""

    def __init__(self, folder: Path, entry: FileEntry, start: int) -> None:
        self._path, self._entry = folder / entry.name, entry
        self._runs = self._read(start)
        self.run: Sequence[ArchivedRecord] = next(self._runs, ())
        if not self.run:
            because = f"offsets {start} to {entry.last} should be in it and are not"
            raise ArchiveDamagedError(path=str(self._path), because=because)

    def taken(self, limit: int | None) -> Sequence[ArchivedRecord]:
        """Return the part of the run below `limit`, and move on."""
        run = self.run
        if limit is None or run[-1].offset < limit:
            self.run = next(self._runs, ())
            return run
        cut = next(index for index, record in enumerate(run) if record.offset >= limit)
        self.run = run[cut:]
        return run[:cut]

    def _read(self, start: int) -> Iterator[Sequence[ArchivedRecord]]:
        path, entry = str(self._path), self._entry
        position = 0
        with self._path.open("rb") as file:
            head = read_head(file, path)
            if head is not None:
                position = head.size
                for block in self._from(file, head, start):
                    _, found = read_records(file, head, block, path)
                    position = block.end
                    if found[-1].offset < start:
                        continue
                    if found[0].offset < start:
                        found = [record for record in found if record.offset >= start]
                    yield found
        if position != entry.bytes:
            raise ArchiveDamagedError(path=path, because=f"broken at byte {position}")

    def _from(self, file: IO[bytes], head: FileHead, start: int) -> Iterator[Block]:
        """Yield the blocks of the file, without those that hold nothing from `start` on."""
        before: Block | None = None
        is_there = self._entry.first >= start
        for block in blocks(file, head, head.size, self._entry.bytes):
            if not is_there:
                first = first_offset(file, head, block)
                is_there = first is None or first > start
                if not is_there:
                    before = block
                    continue
            if before is not None:
                yield before
                before = None
            yield block
        if before is not None:
            yield before


def _head(cursor: _Cursor) -> int:
    return cursor.run[0].offset

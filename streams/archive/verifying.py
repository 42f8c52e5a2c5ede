"""Is an archive what it says? Every byte is read; nothing is changed."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from streams.archive import layout
from streams.archive.container import Row, blocks, read_head, read_rows
from streams.archive.errors import ArchiveDamagedError, ArchiveMissingError
from streams.archive.layout import FileEntry, Manifest


class Verified(msgspec.Struct):
    """What was found of a partition.

    Attributes:
        topic: The topic.
        partition: The partition.
        records: Records read.
        bytes: Bytes read.
        files: Files read.
        begin: Offset at which it begins.
        next: Offset up to which it reaches.
        faults: What is wrong, a sentence each.
        notes: What is worth knowing, a sentence each.
    """

    topic: str
    partition: int
    records: int = 0
    bytes: int = 0
    files: int = 0
    begin: int = 0
    next: int = 0
    faults: list[str] = []
    notes: list[str] = []

    def sentence(self) -> str:
        """Return the finding for people."""
        where = f"{self.topic}[{self.partition}]"
        if self.faults:
            return "\n".join(f"{where}: {fault}" for fault in self.faults)
        notes = "".join(f"; {note}" for note in self.notes)
        return (
            f"{where}: right: {self.records:,} records, offsets {self.begin} to {self.next - 1}, in"
            f" {self.files} files of {self.bytes:,} bytes{notes}"
            if self.records
            else f"{where}: right: no record below offset {self.next}{notes}"
        )


def verify(
    folder: Path, topic: str | None = None, *, on_records: Callable[[int], None] | None = None
) -> Iterator[Verified]:
    """Yield the findings of each partition of a topic, or of all.

    Raises:
        ArchiveMissingError: There is no archive, or not that topic.
    """
    topics = layout.topics_in(folder)
    if topic is not None and topic not in topics:
        known = ", ".join(topics) or "nothing"
        because = f"there is no {topic} in this archive; there is {known}"
        raise ArchiveMissingError(folder=str(folder), because=because)
    if not topics:
        raise ArchiveMissingError(folder=str(folder), because="there is no archive in it")
    for name in topics if topic is None else [topic]:
        for partition, place in layout.partitions_in(folder / name).items():
            yield _verified(name, partition, place, on_records)


def _verified(
    topic: str, partition: int, place: Path, on_records: Callable[[int], None] | None
) -> Verified:
    found = Verified(topic, partition)
    try:
        manifest = layout.read_manifest(place)
    except ArchiveDamagedError as error:
        found.faults.append(str(error))
        return found
    if manifest is None:
        found.notes.append("no manifest, so a missing first day would not show")
    known = {entry.name: entry for entry in manifest.files} if manifest else {}
    names = sorted(path.name for path in place.glob(f"*{layout.SUFFIX}"))
    found.faults += [f"{name} is gone" for name in sorted(known.keys() - set(names))]
    streams = []
    for name in names:
        path = place / name
        found.files += 1
        found.bytes += path.stat().st_size
        entry = known.get(name)
        if entry is not None and layout.sha256_of(path, entry.bytes) != entry.sha256:
            found.faults.append(f"{name} is not the file the manifest was written for")
        streams.append(_rows(path, found))
    _chain(found, manifest, heapq.merge(*streams, key=_offset), on_records)
    _hold(found, manifest, known)
    return found


def _rows(path: Path, found: Verified) -> Iterator[Row]:
    """Yield the rows of a file, noting what is wrong with it."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            head = read_head(file, str(path))
            end = 0
            last = None
            if head is not None:
                end = head.size
                for block in blocks(file, head, head.size, size):
                    for row in read_rows(file, head, block, str(path)):
                        last = _checked(path, row, last, found)
                        yield row
                    end = block.end
    except ArchiveDamagedError as error:
        found.faults.append(error.because)
        return
    if end != size:
        found.faults.append(f"{path.name} is broken at byte {end} of {size}")


def _checked(path: Path, row: Row, last: int | None, found: Verified) -> int:
    record = row.record
    if last is not None and record.offset <= last:
        found.faults.append(f"{path.name}: offset {record.offset} stands behind {last}")
    if layout.day_of(record.timestamp) != path.stem:
        found.faults.append(f"{path.name}: offset {record.offset} is of another day")
    return record.offset


def _chain(
    found: Verified,
    manifest: Manifest | None,
    rows: Iterator[Row],
    on_records: Callable[[int], None] | None,
) -> None:
    expected = None if manifest is None else manifest.begin
    for row in rows:
        offset = row.record.offset
        before = offset - row.skipped
        if expected is None:
            found.begin = before
        elif before != expected:
            found.faults.append(f"offsets {expected} to {before - 1} are missing before {offset}")
        expected = offset + 1
        found.records += 1
        if on_records is not None:
            on_records(1)
    found.next = expected or 0


def _hold(found: Verified, manifest: Manifest | None, known: dict[str, FileEntry]) -> None:
    """Hold the counts against the manifest."""
    if manifest is None:
        return
    found.begin = manifest.begin
    more = found.records - sum(entry.records for entry in known.values())
    if more < 0:
        found.faults.append(f"{-more:,} of {manifest.records:,} records are gone")
    elif more:
        found.notes.append(
            f"{more:,} records came after the manifest: run `cuestream archive create` once more"
        )
    found.next = max(found.next, manifest.next)
    for start, end in manifest.lost:
        found.notes.append(f"offsets {start} to {end - 1} were lost before they were archived")


def _offset(row: Row) -> int:
    return row.record.offset

"""Topics into an archive: from where it ends to where the log ends, again and again.

A run that is killed anywhere leaves whole blocks and at most torn ones behind them. The next run
drops what is torn, reads it from the log again, and cuts blocks at the same records, so the files
are those that an undisturbed run would have written.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas import catalogue, upcast
from streams.archive import layout
from streams.archive.container import (
    SMALL,
    ArchivedRecord,
    Codec,
    Row,
    encode_block,
    file_head,
    fingerprint_of,
    records_of,
    sync_of,
)
from streams.archive.errors import (
    ArchiveBusyError,
    ArchiveDamagedError,
    LogTrimmedError,
    OtherLogError,
)
from streams.archive.layout import COMMIT_RECORDS, FileEntry, Manifest, Survey
from streams.archive.reading import head_of, last_record
from streams.replay.logs import Logs

BLOCK_BYTES: Final = 1 << 20
COMMITS_PER_MANIFEST: Final = 200
_RECORD_BYTES: Final = 32
_HEADER_BYTES: Final = 48

Advanced = Callable[[int], None]


class Archived(msgspec.Struct, frozen=True):
    """What archiving a partition did.

    Attributes:
        topic: The topic.
        partition: The partition.
        added: Records added.
        records: Records in the archive now.
        next: Offset up to which the log is archived.
        mended: What was torn or missing before and was written again; empty: nothing.
    """

    topic: str
    partition: int
    added: int
    records: int
    next: int
    mended: str


class _Day(msgspec.Struct):
    """A day's file while it grows."""

    path: Path
    sync: bytes
    codec: Codec
    bytes: int = 0
    records: int = 0
    first: int = 0
    last: int = 0
    hash: Any = None
    sha256: str = ""


class PartitionWriter:
    """Appends records of one partition, in order of offset; `close` completes the manifest.

    Attributes:
        added: Records added so far.
    """

    def __init__(
        self,
        folder: Path,
        topic: str,
        partition: int,
        *,
        begin: int = 0,
        codec: Codec = "deflate",
        level: int = SMALL,
    ) -> None:
        """Go on where the folder's files end; what is torn behind that is cut off.

        Args:
            folder: The partition's folder; made when missing.
            topic: The topic.
            partition: The partition.
            begin: Where the log begins; counts for a new archive.
            codec: How new files are compressed.
            level: How hard deflate tries.

        Raises:
            ArchiveDamagedError: A file is none of an archive.
        """
        folder.mkdir(parents=True, exist_ok=True)
        found = layout.survey(folder, again_from=begin)
        self._folder, self._topic, self._partition = folder, topic, partition
        self._codec, self._level = codec, level
        is_new = found.manifest is None and not found.files
        self._begin = begin if is_new else found.begin
        self._position = self._begin if is_new else found.last + 1
        self._next = self._begin if is_new else found.next
        self._lost = found.manifest.lost if found.manifest else ()
        self._days = self._trimmed(found)
        self._young: dict[str, list[Row]] = {}
        self._young_bytes = self._commits = 0
        self.added = 0

    @property
    def next(self) -> int:
        """Offset up to which the log is archived."""
        return self._next

    @property
    def records(self) -> int:
        """Records in the files."""
        return sum(day.records for day in self._days.values())

    def append(self, record: ArchivedRecord) -> None:
        """Take in the next record; it is in a file after the next full block, or `close`."""
        offset, position = record.offset, self._position
        if offset != position and offset // COMMIT_RECORDS != (position - 1) // COMMIT_RECORDS:
            self._commit()
        day = layout.day_of(record.timestamp)
        rows = self._young.get(day)
        if rows is None:
            rows = self._young[day] = []
        rows.append(Row(record, offset - position))
        self._position = self._next = position = offset + 1
        self.added += 1
        self._young_bytes += _size(record)
        if position % COMMIT_RECORDS == 0 or self._young_bytes >= BLOCK_BYTES:
            self._commit()

    def skip_to(self, offset: int, *, is_lost: bool = False) -> None:
        """Note that there is no record below `offset`; `is_lost`: there were, but they are gone."""
        if is_lost:
            self._lost = (*self._lost, (self._next, offset))
        self._next = max(self._next, offset)

    def close(self) -> None:
        """Write what is left, and the manifest."""
        self._commit()
        self._write_manifest()

    def _trimmed(self, found: Survey) -> dict[str, _Day]:
        for name, kept in found.surplus.items():
            path = self._folder / name
            if kept:
                os.truncate(path, kept)
            else:
                path.unlink()
        known = {entry.name: entry for entry in found.manifest.files} if found.manifest else {}
        days = {}
        for entry in found.files:
            before = known.get(entry.name)
            is_same = before is not None and before.bytes == entry.bytes
            path = self._folder / entry.name
            head = head_of(path)
            days[path.stem] = _Day(
                path=path,
                sync=head.sync,
                codec=head.codec,
                bytes=entry.bytes,
                records=entry.records,
                first=entry.first,
                last=entry.last,
                sha256=before.sha256 if before is not None and is_same else "",
            )
        return days

    def _commit(self) -> None:
        """Write a block to each day that has young rows, the earliest rows first."""
        young, self._young = self._young, {}
        self._young_bytes = 0
        for name, rows in sorted(young.items(), key=lambda item: item[1][0].record.offset):
            day = self._days.get(name)
            if day is None:
                day = self._days[name] = self._made(name, rows[0].record.offset)
            self._put(day, rows)
        if young:
            self._commits += 1
            if self._commits % COMMITS_PER_MANIFEST == 0:
                self._write_manifest()

    def _made(self, name: str, first: int) -> _Day:
        path = self._folder / f"{name}{layout.SUFFIX}"
        sync = sync_of(self._topic, self._partition, name)
        day = _Day(path=path, sync=sync, codec=self._codec, first=first, hash=hashlib.sha256())
        about = {"topic": self._topic, "partition": str(self._partition), "day": name}
        head = file_head(self._codec, day.sync, about)
        with path.open("wb", buffering=0) as file:
            file.write(head)
        day.hash.update(head)
        day.bytes = len(head)
        return day

    def _put(self, day: _Day, rows: list[Row]) -> None:
        if day.hash is None:
            day.hash = _hash_of(day.path)
        data = encode_block(rows, day.codec, day.sync, self._level)
        with day.path.open("ab", buffering=0) as file:
            file.write(data)
        day.hash.update(data)
        day.sha256 = ""
        day.bytes += len(data)
        day.records += len(rows)
        day.last = rows[-1].record.offset

    def _write_manifest(self) -> None:
        entries = []
        for _, day in sorted(self._days.items()):
            if not day.sha256:
                with day.path.open("rb") as file:
                    os.fsync(file.fileno())
                day.hash = day.hash or _hash_of(day.path)
                day.sha256 = day.hash.hexdigest()
            entries.append(
                FileEntry(
                    name=day.path.name,
                    bytes=day.bytes,
                    records=day.records,
                    first=day.first,
                    last=day.last,
                    sha256=day.sha256,
                )
            )
        manifest = Manifest(
            format=layout.FORMAT,
            topic=self._topic,
            partition=self._partition,
            begin=self._begin,
            next=self._next,
            records=sum(entry.records for entry in entries),
            files=tuple(entries),
            lost=self._lost,
        )
        data = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        if data != _read(self._folder / layout.MANIFEST):
            layout.write_whole(self._folder / layout.MANIFEST, data)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold an archive for writing. Raises ArchiveBusyError when somebody else does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / layout.LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveBusyError(folder=str(folder)) from error
        yield


def archive_topic(
    logs: Logs,
    topic: str,
    folder: Path,
    *,
    codec: Codec = "deflate",
    is_gap_taken: bool = False,
    on_records: Advanced | None = None,
) -> list[Archived]:
    """Bring a topic's archive up to the log's end as it is now; hold `writing` meanwhile.

    Args:
        logs: Where the topic is.
        topic: Which.
        folder: The archive.
        codec: How new files are compressed.
        is_gap_taken: Go on where the log no longer holds what comes next, and note what is lost.
        on_records: Called with the number of records of each run that was taken in.

    Raises:
        OtherLogError: The topic was made anew since.
        LogTrimmedError: The log no longer holds what comes next.
        ArchiveDamagedError: The archive is broken where the log no longer reaches.
        LogUnreadableError: The log cannot be read.
    """
    done = []
    for partition, (begin, end) in sorted(logs.spans(topic).items()):
        place = folder / topic / str(partition)
        mended = _require_same(
            logs, topic, partition, place, (begin, end), is_gap_taken=is_gap_taken
        )
        writer = PartitionWriter(place, topic, partition, begin=begin, codec=codec)
        if writer.next < begin:
            writer.skip_to(begin, is_lost=True)
        fingerprints: set[str] = set()
        for run in logs.read(topic, partition, writer.next, end):
            for record in records_of(run):
                writer.append(record)
                fingerprints.add(fingerprint_of(record.value))
            if on_records is not None:
                on_records(len(run))
        writer.skip_to(end)
        writer.close()
        keep_schemas(folder, fingerprints)
        added = Archived(topic, partition, writer.added, writer.records, writer.next, mended)
        done.append(added)
    return done


def keep_schemas(folder: Path, fingerprints: set[str]) -> None:
    """Put the schemas of values into the archive, as far as this build knows them."""
    place = folder / layout.SCHEMAS
    for fingerprint in sorted(fingerprints - {""}):
        path = place / f"{fingerprint}.avsc"
        if path.exists():
            continue
        contract = catalogue.current(bytes.fromhex(fingerprint))
        known = upcast.history().get(bytes.fromhex(fingerprint))
        definition = catalogue.inlined(contract) if contract is not None else known
        if definition is not None:
            place.mkdir(exist_ok=True)
            layout.write_whole(path, json.dumps(definition, indent=2).encode())


def _require_same(
    logs: Logs,
    topic: str,
    partition: int,
    place: Path,
    span: tuple[int, int],
    *,
    is_gap_taken: bool,
) -> str:
    """Raise unless the log goes on where the archive ends; return what will be mended."""
    if not place.is_dir():
        return ""
    found = layout.survey(place)
    if found.manifest is None and not found.files:
        return found.because
    begin, end = span
    where = f"{topic}[{partition}]"
    if found.next > end:
        because = f"the archive reaches offset {found.next}, but the log ends at {end}"
        raise OtherLogError(where=where, because=because)
    if found.next < begin and not is_gap_taken:
        if found.because:
            because = f"{found.because}; the log begins at {begin} and no longer holds it"
            raise ArchiveDamagedError(path=str(place), because=because)
        raise LogTrimmedError(where=where, archived=found.next, begin=begin)
    _require_same_record(logs, where, found, place, span)
    return found.because


def _require_same_record(
    logs: Logs, where: str, found: Survey, place: Path, span: tuple[int, int]
) -> None:
    """Hold the archive's last record against the log, when the log still has it."""
    if not found.files or not span[0] <= found.last < span[1]:
        return
    topic, _, number = where.removesuffix("]").rpartition("[")
    held = last_record(place, found)
    for run in logs.read(topic, int(number), found.last, found.last + 1):
        for record in records_of(run):
            if record != held:
                because = f"offset {found.last} holds another record than the archive has there"
                raise OtherLogError(where=where, because=because)


def _size(record: ArchivedRecord) -> int:
    """Return about how many bytes a record takes in a block."""
    key, value = record.key or b"", record.value or b""
    return _RECORD_BYTES + len(key) + len(value) + _HEADER_BYTES * len(record.headers)


def _hash_of(path: Path) -> Any:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None

"""Where an archive keeps what, and how much of it is whole.

```text
<folder>/<topic>/<partition>/<YYYY-MM-DD>.avro   the records of one day, by their timestamps (UTC)
<folder>/<topic>/<partition>/manifest.json       what the files held when they were last complete
<folder>/schemas/<fingerprint>.avsc              the schemas of the values, for any Avro tool
```

In a file offsets ascend. Each row says how many offsets before it hold no record, counted over all
files of the partition, so the rows form a chain: what is missing shows, whichever file it was in.
The manifest is only a short cut and a check: without it everything is read once.
"""

from __future__ import annotations

import hashlib
import heapq
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from streams.archive.container import FileHead, blocks, read_head, read_records, read_rows
from streams.archive.errors import ArchiveDamagedError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
COMMIT_RECORDS: Final = 1_000
"""Files are written whenever an offset is a multiple of this."""
SCHEMAS: Final = "schemas"
LOCK: Final = ".lock"
SUFFIX: Final = ".avro"
UNDATED: Final = "undated"
_DAY_MS: Final = 86_400_000


class FileEntry(msgspec.Struct, frozen=True):
    """One file of a partition, up to where it is whole.

    Attributes:
        name: Its name in the partition's folder.
        bytes: Its length.
        records: How many records.
        first: Offset of the first.
        last: Offset of the last.
        sha256: Of its bytes, hexadecimal; empty: not computed.
    """

    name: str
    bytes: int
    records: int
    first: int
    last: int
    sha256: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """What a partition's files held when they were last complete.

    Attributes:
        format: `FORMAT`.
        topic: The topic.
        partition: The partition.
        begin: Where the log began when it was first archived.
        next: Offset up to which the log was archived; offsets below without record hold none.
        records: How many records.
        files: In order of name.
        lost: Offsets from and below which the log no longer held what was to be archived.
    """

    format: int
    topic: str
    partition: int
    begin: int
    next: int
    records: int
    files: tuple[FileEntry, ...] = ()
    lost: tuple[tuple[int, int], ...] = ()


class Survey(msgspec.Struct, frozen=True):
    """How much of a partition is whole: a prefix of its log without a hole.

    Attributes:
        begin: Offset at which it begins.
        next: Offset up to which it reaches.
        last: Offset of its last record; begin - 1 without any.
        records: How many records.
        files: Each file up to where it counts, in order of first offset.
        surplus: Files with bytes behind that point, or nothing that counts: name to bytes kept.
        because: Why something does not count; empty: all of it does.
        is_damaged: More is wrong than a run that was cut short.
        manifest: As found; None without one.
    """

    begin: int
    next: int
    last: int
    records: int
    files: tuple[FileEntry, ...]
    surplus: dict[str, int]
    because: str
    is_damaged: bool
    manifest: Manifest | None


class _Piece(msgspec.Struct, frozen=True, gc=False):
    """A block as the survey sees it: offsets of its first and last row, and where it ends."""

    first: int
    skipped: int
    last: int
    count: int
    end: int


class _Found(msgspec.Struct):
    """A file as the survey sees it: what is known of it, and the blocks read beyond that."""

    name: str
    size: int
    known: FileEntry | None
    head: FileHead | None
    pieces: list[_Piece]


def day_of(timestamp_ms: int) -> str:
    """Return the day of a timestamp in UTC, `YYYY-MM-DD`; `undated` outside years 1 to 9999."""
    return _named_day(timestamp_ms // _DAY_MS)


@lru_cache(maxsize=1_024)
def _named_day(number: int) -> str:
    try:
        return datetime.fromtimestamp(number * 86_400, UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return UNDATED


def partitions_in(folder: Path) -> dict[int, Path]:
    """Return the partitions of a topic's folder by number, in order."""
    if not folder.is_dir():
        return {}
    found = {int(path.name): path for path in folder.iterdir() if _is_partition(path)}
    return dict(sorted(found.items()))


def topics_in(folder: Path) -> list[str]:
    """Return the topics of an archive, in order of name."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if partitions_in(path))


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a partition's folder, or None when there is none that can be read.

    Raises:
        ArchiveDamagedError: A newer build wrote it.
    """
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    if manifest.format != FORMAT:
        because = f"format {manifest.format}; this build reads format {FORMAT}: update it"
        raise ArchiveDamagedError(path=str(path), because=because)
    return manifest


def sha256_of(path: Path, size: int) -> str:
    """Return the SHA-256 of a file's first bytes, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size and (part := file.read(min(size, 1 << 20))):
            digest.update(part)
            size -= len(part)
    return digest.hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, whenever the machine stops."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def survey(folder: Path, *, again_from: int | None = None) -> Survey:
    """Return how much of a partition's folder is a prefix of its log without a hole.

    Nothing is changed. Only what stands behind the manifest is read, or everything when the files
    do not agree with it.

    Args:
        folder: The partition's.
        again_from: What may be read again from here on. When something is torn, the blocks written
            together with it count as torn too, so that writing them again gives the same bytes.

    Raises:
        ArchiveDamagedError: A file is none of an archive, or its first block cannot be read.
    """
    manifest = read_manifest(folder)
    names = sorted(path.name for path in folder.glob(f"*{SUFFIX}"))
    sizes = {name: (folder / name).stat().st_size for name in names}
    known = {entry.name: entry for entry in manifest.files} if manifest else {}
    because = _disagreement(known, sizes)
    reached = manifest.next if manifest is not None and not because else 0
    if because:
        known = {}
    found = [_look(folder, name, sizes[name], known.get(name)) for name in names]
    if manifest is not None:
        begin = manifest.begin
    else:
        heads = [(each.pieces[0].first, each.pieces[0].skipped) for each in found if each.pieces]
        first, skipped = min(heads, default=(0, 0))
        begin = first - skipped
    last = max((entry.last for entry in known.values()), default=begin - 1)
    safe, hole = _chained(folder, found, last + 1)
    torn = _cut(found, safe)
    if again_from is not None and (hole or _is_torn(found)):
        together = torn - torn % COMMIT_RECORDS
        torn = max(_cut(found, together), last + 1) if together >= again_from else torn
    reached = max(torn, reached)
    is_damaged = bool(hole) if manifest is None else reached < manifest.next
    return _surveyed(found, begin, reached, manifest, (because or hole, is_damaged))


def _is_partition(path: Path) -> bool:
    if not (path.name.isascii() and path.name.isdigit() and path.is_dir()):
        return False
    return (path / MANIFEST).exists() or any(path.glob(f"*{SUFFIX}"))


def _disagreement(known: dict[str, FileEntry], sizes: dict[str, int]) -> str:
    for name, entry in known.items():
        size = sizes.get(name)
        if size is None:
            return f"{name} is gone, which held offsets {entry.first} to {entry.last}"
        if size < entry.bytes:
            return f"{name} has {size} bytes; the manifest says {entry.bytes}"
    return ""


def _look(folder: Path, name: str, size: int, known: FileEntry | None) -> _Found:
    path = folder / name
    with path.open("rb") as file:
        head = read_head(file, str(path))
        pieces: list[_Piece] = []
        if head is not None:
            start = head.size if known is None else known.bytes
            for block in blocks(file, head, start, size):
                try:
                    skipped, rows = read_records(file, head, block, str(path))
                except ArchiveDamagedError:
                    break
                first, last = rows[0].offset, rows[-1].offset
                pieces.append(_Piece(first, skipped, last, len(rows), block.end))
    return _Found(name=name, size=size, known=known, head=head, pieces=pieces)


def _chained(folder: Path, found: list[_Found], expected: int) -> tuple[int, str]:
    """Return up to which offset the rows behind the manifest form a chain, and why not further."""
    links = heapq.merge(*(_links(folder, each) for each in found if each.pieces))
    for offset, skipped in links:
        if offset - skipped != expected:
            return expected, f"offset {expected} is missing before {offset}"
        expected = offset + 1
    return expected, ""


def _links(folder: Path, found: _Found) -> Iterator[tuple[int, int]]:
    path = folder / found.name
    assert found.head is not None, "pieces come from a file with a head"
    start = found.head.size if found.known is None else found.known.bytes
    with path.open("rb") as file:
        for block in blocks(file, found.head, start, found.pieces[-1].end):
            for row in read_rows(file, found.head, block, str(path)):
                yield row.record.offset, row.skipped


def _cut(found: list[_Found], safe: int) -> int:
    """Take away blocks that reach beyond `safe`, and return how far the rest has no hole."""
    is_changed = True
    while is_changed:
        is_changed = False
        for each in found:
            while each.pieces and each.pieces[-1].last >= safe:
                piece = each.pieces.pop()
                safe = min(safe, piece.first - piece.skipped)
                is_changed = True
    return safe


def _is_torn(found: list[_Found]) -> bool:
    return any(_kept(each) < each.size for each in found)


def _kept(found: _Found) -> int:
    if found.pieces:
        return found.pieces[-1].end
    return found.known.bytes if found.known else 0


def _surveyed(
    found: list[_Found],
    begin: int,
    reached: int,
    manifest: Manifest | None,
    fault: tuple[str, bool],
) -> Survey:
    because, is_damaged = fault
    files, surplus = [], {}
    for each in found:
        entry = _entry(each)
        if entry is not None:
            files.append(entry)
        if _kept(each) < each.size:
            surplus[each.name] = _kept(each)
            because = because or f"{each.name} ends within a block, or in what is none"
    files.sort(key=lambda entry: entry.first)
    return Survey(
        begin=begin,
        next=reached,
        last=max((entry.last for entry in files), default=begin - 1),
        records=sum(entry.records for entry in files),
        files=tuple(files),
        surplus=surplus,
        because=because,
        is_damaged=is_damaged,
        manifest=manifest,
    )


def _entry(found: _Found) -> FileEntry | None:
    known, pieces = found.known, found.pieces
    if not pieces:
        return known
    return FileEntry(
        name=found.name,
        bytes=pieces[-1].end,
        records=sum(piece.count for piece in pieces) + (known.records if known else 0),
        first=known.first if known else pieces[0].first,
        last=pieces[-1].last,
    )

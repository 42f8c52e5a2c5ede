"""From a digest to the library that was published under it."""

from __future__ import annotations

from processors.intents.library import LIBRARY
from processors.intents.loading import Library, load_library
from schemas import codec
from schemas.errors import UndecodableError
from schemas.records.control import ReferenceArtefact
from streams.library.errors import LibraryUnknownError
from streams.replay.logs import Logs
from streams.runtime.partitioning import partition_of
from streams.topics import REFERENCE


def library_of(logs: Logs, digest: str) -> Library:
    """Return the library behind a digest.

    Raises:
        LibraryUnknownError: It is not on the reference topic.
        InvalidReferenceError: It cannot be used.
        LogUnreadableError: Kafka does not give what is there.
    """
    spans = logs.spans(REFERENCE)
    wanted = digest.encode()
    # Where its key belongs first; it may have been written when there were fewer partitions.
    home = partition_of(wanted, len(spans)) if spans else 0
    for partition in sorted(spans, key=lambda one: (one != home, one)):
        begin, end = spans[partition]
        for records in logs.read(REFERENCE, partition, begin, end):
            for record in records:
                if record.key is not None and bytes(record.key) == wanted and record.value:
                    return load_library(_content(record.value, digest))
    raise LibraryUnknownError(digest=digest, because="it is not on the reference topic")


def _content(value: bytes, digest: str) -> bytes:
    try:
        artefact = codec.decode(value)
    except UndecodableError as fault:
        raise LibraryUnknownError(digest=digest, because=str(fault)) from fault
    if not isinstance(artefact, ReferenceArtefact) or artefact.reference != LIBRARY:
        raise LibraryUnknownError(digest=digest, because="it is no library")
    return artefact.content

"""Publishing: freeze what is approved, wait for its training, say what is in force."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.library import content as contents, limits
from processors.library.state import Making
from processors.machine import Rejection
from processors.views.library import PublicationView, publication_key
from schemas.records import library as records

PUBLICATIONS_KEPT: Final = 200


def publish(m: Making, command: records.PublishLibrary) -> Rejection | None:
    """Freeze the approved intents as the next version; the publisher trains it."""
    under_way = publication_under_way(m)
    if under_way is not None:
        because = f"version {under_way.version} is being trained; publish again when it is done"
        return Rejection("library.publishing", because)
    state = m.state
    content = contents.frozen(
        state.intents.unordered(),
        state.groups.unordered(),
        state.lines.unordered(),
        state.own.settings,
    )
    if not content.intents:
        because = "no intent is approved; approve at least one and publish again"
        return Rejection("library.nothing_approved", because)
    if not any(intent.examples for intent in content.intents):
        because = "no approved intent has an example, so nothing could be detected; add examples"
        return Rejection("library.no_examples", because)
    data = contents.encoded(content)
    if len(data) > limits.CONTENT_BYTES_MAX:
        because = (
            f"the approved intents take {len(data):,} bytes and may take"
            f" {limits.CONTENT_BYTES_MAX:,}; remove examples or replies"
        )
        return Rejection("library.too_large", because)
    digest = contents.digest_of(data)
    published = state.publications.get(publication_key(state.own.published_version))
    if published is not None and published.content_digest == digest:
        because = f"version {published.version} is in force and has exactly this content"
        return Rejection("library.already_published", because)
    version = m.change_own(publications=state.own.publications + 1).publications
    row = PublicationView(
        version,
        "due",
        data.decode(),
        digest,
        parts=contents.parts(content),
        intents=len(content.intents),
        examples=sum(len(intent.examples) for intent in content.intents),
        note=command.note,
        by=m.actor_id,
        requested_at_ms=m.at.now_ms,
    )
    state.publications.put(publication_key(version), row)
    _forget_old(m, version)
    m.emit(
        records.PublicationDue,
        version_id=str(version),
        version=version,
        content_digest=digest,
        intents=row.intents,
        because=f"published by {m.actor_id or 'an operator'}",
        actor_id=m.actor_id,
    )
    m.done_ids.append(str(version))
    return None


def trained(m: Making, record: records.LibraryTrained) -> Rejection | None:
    """Take in that a frozen version was trained: it is in force."""
    row = m.state.publications.get(publication_key(record.version))
    if row is not None and row.state == "done" and row.digest == record.digest:
        return None
    if row is None or row.state != "due":
        return _not_due(record.version, row)
    row = replace(
        row,
        state="done",
        content="",
        ended_at_ms=m.at.now_ms,
        digest=record.digest,
        threshold=record.threshold,
        accuracy=record.accuracy,
        examples=record.examples or row.examples,
        encoder=record.encoder,
    )
    before = m.state.publications.get(publication_key(m.state.own.published_version))
    if before is not None:
        # Only what is in force is compared with.
        m.state.publications.put(publication_key(before.version), replace(before, parts=()))
    m.state.publications.put(publication_key(row.version), row)
    m.change_own(published_version=row.version)
    m.emit(
        records.LibraryPublished,
        version=row.version,
        digest=row.digest,
        content_digest=row.content_digest,
        intents=row.intents,
        examples=row.examples,
        threshold=row.threshold,
        accuracy=row.accuracy,
        note=row.note,
        because=f"version {row.version} was trained",
        actor_id=row.by,
    )
    return None


def failed(m: Making, record: records.PublicationFailed) -> Rejection | None:
    """Take in that a frozen version could not be trained; what was in force stays."""
    row = m.state.publications.get(publication_key(record.version))
    if row is not None and row.state == "failed":
        return None
    if row is None or row.state != "due":
        return _not_due(record.version, row)
    row = replace(row, state="failed", content="", ended_at_ms=m.at.now_ms, because=record.because)
    m.state.publications.put(publication_key(row.version), row)
    m.emit(
        records.PublicationEnded,
        version_id=str(row.version),
        version=row.version,
        because=row.because,
        actor_id=row.by,
    )
    return None


def publication_under_way(m: Making) -> PublicationView | None:
    """Return the version that waits for its training; there is at most one: the newest."""
    row = m.state.publications.get(publication_key(m.state.own.publications))
    return row if row is not None and row.state == "due" else None


def _not_due(version: int, row: PublicationView | None) -> Rejection:
    if row is None:
        because = f"there is no version {version} of the library"
        return Rejection("library.unknown_version", because)
    because = f"version {version} is {row.state} already and waits for no training"
    return Rejection("library.version_over", because)


def _forget_old(m: Making, version: int) -> None:
    old = publication_key(version - PUBLICATIONS_KEPT)
    row = m.state.publications.get(old)
    if row is not None and row.version != m.state.own.published_version:
        m.state.publications.drop(old)

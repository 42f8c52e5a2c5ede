"""What a worker reads of the library's rows: work that is due, and the library as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

from processors.intents.library import LibraryContent
from processors.library import content as contents
from processors.library.mining import IMPORTED
from processors.views import library as views
from processors.views.library import IntentView, LibraryView, PublicationView, RunView
from streams.tables import Tables

R = TypeVar("R", RunView, PublicationView)

_PAGE = 200


class Due(msgspec.Struct, Generic[R], frozen=True):
    """Work to be done for a tenant, on a partition that is owned here."""

    tenant: str
    partition: int
    row: R


def due_runs(tables: Tables, partition: int) -> list[Due[RunView]]:
    """Return the mining runs to be worked on, oldest first. Raises NotOwnedError."""
    found = [
        Due(tenant, partition, row)
        for tenant, row in _rows(tables, views.RUN, partition)
        if row.state in {"due", "running"} and not row.source.startswith(IMPORTED)
    ]
    return sorted(found, key=lambda due: (due.row.requested_at_ms, due.tenant, due.row.run_id))


def due_publications(tables: Tables, partition: int) -> list[Due[PublicationView]]:
    """Return the versions to be trained, oldest first. Raises NotOwnedError."""
    found = [
        Due(tenant, partition, row)
        for tenant, row in _rows(tables, views.PUBLICATION, partition)
        if row.state == "due"
    ]
    return sorted(found, key=lambda due: (due.row.requested_at_ms, due.tenant, due.row.version))


def run_of(tables: Tables, tenant: str, run_id: str) -> RunView | None:
    """Return a mining run. Raises NotOwnedError."""
    value, _ = tables.get(views.PROCESSOR, views.RUN, views.row_key(tenant, run_id))
    return None if value is None else views.decode(views.RUN, value)


def publication_of(tables: Tables, tenant: str, version: int) -> PublicationView | None:
    """Return a version. Raises NotOwnedError."""
    key = views.row_key(tenant, views.publication_key(version))
    value, _ = tables.get(views.PROCESSOR, views.PUBLICATION, key)
    return None if value is None else views.decode(views.PUBLICATION, value)


def digest_in_force(tables: Tables, tenant: str) -> str:
    """Return the digest of the artefact in force; empty: none is. Raises NotOwnedError."""
    value, _ = tables.get(views.PROCESSOR, views.LIBRARY, views.row_key(tenant))
    if value is None:
        return ""
    library: LibraryView = views.decode(views.LIBRARY, value)
    published = publication_of(tables, tenant, library.published_version)
    return "" if published is None else published.digest


def anchors(tables: Tables, tenant: str, partition: int) -> tuple[LibraryContent, LibraryContent]:
    """Return what a mining goes by: the intents there are, and those that nobody wants.

    Raises NotOwnedError.
    """
    found: list[IntentView] = list(_views(tables, views.INTENT, tenant, partition))
    return (
        contents.anchors(one for one in found if one.status != "discarded"),
        contents.anchors(one for one in found if one.status == "discarded"),
    )


def draft(tables: Tables, tenant: str, partition: int) -> LibraryContent:
    """Return what would be published now. Raises NotOwnedError."""
    value, _ = tables.get(views.PROCESSOR, views.LIBRARY, views.row_key(tenant))
    library: LibraryView = LibraryView() if value is None else views.decode(views.LIBRARY, value)
    return contents.frozen(
        _views(tables, views.INTENT, tenant, partition),
        _views(tables, views.GROUP, tenant, partition),
        _views(tables, views.LINE, tenant, partition),
        library.settings,
    )


def _views(tables: Tables, table: str, tenant: str, partition: int) -> Iterator[Any]:
    for _, value in _scanned(tables, table, views.row_key(tenant), partition):
        yield views.decode(table, value)


def _rows(tables: Tables, table: str, partition: int) -> Iterator[tuple[str, Any]]:
    for key, value in _scanned(tables, table, b"", partition):
        yield key.partition(b"\0")[0].decode(), views.decode(table, value)


def _scanned(
    tables: Tables, table: str, prefix: bytes, partition: int
) -> Iterator[tuple[bytes, bytes]]:
    after: bytes | None = None
    while True:
        page, _ = tables.scan(
            views.PROCESSOR, table, prefix, partition=partition, after=after, limit=_PAGE
        )
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1][0]

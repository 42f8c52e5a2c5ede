"""Reads of the intent library: intents, groups, versions, mining runs.

A tenant's library lives in one partition; the worker that owns it answers, others send the query
on. Everybody of the tenant may read it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from processors.library import content as contents
from processors.library.daily import settings_told
from processors.miner.mined import MinedIntent
from processors.views import library as views
from processors.views.library import (
    GroupView,
    IntentView,
    LibraryView,
    LineView,
    PublicationView,
    RunView,
)
from streams.api import library_told as told
from streams.api.errors import NotFoundError, RefusedError
from streams.api.library_answers import (
    GroupAnswer,
    GroupPage,
    IntentAnswer,
    IntentPage,
    LibraryAnswer,
    LibrarySettings,
    LineAnswer,
    LinePage,
    MergeTree,
    RunAnswer,
    RunPage,
    RunResult,
    VersionPage,
)
from streams.api.peers import Peers
from streams.api.visible import Principal
from streams.tables import NotOwnedError, Tables

JSON: Final = "application/json"
CSV: Final = "text/csv; charset=utf-8"
PAGE_ROWS: Final = 100
"""Rows looked at before the event loop gets its turn."""
CHANGED_TOLD: Final = 100
_encode: Final = msgspec.json.Encoder().encode
_mined_of: Final = msgspec.json.Decoder(MinedIntent).decode
_tree_of: Final = msgspec.json.Decoder(MergeTree).decode

Answer = Callable[[], Awaitable[msgspec.Struct]]


class Shelf:
    """A tenant's library as this worker has it, while one answer is made.

    Attributes:
        as_of: How fresh the rows are, at least.
    """

    def __init__(self, tables: Tables, tenant: str) -> None:
        """Look at the library. Raises NotOwnedError when another worker has it."""
        self._tables, self._tenant = tables, tenant
        self._prefix = views.row_key(tenant)
        _, self.as_of = tables.scan(views.PROCESSOR, views.LIBRARY, self._prefix, limit=0)

    def row(self, table: str, own: str) -> Any:
        """Return a row, or None."""
        key = views.row_key(self._tenant, own)
        value, _ = self._tables.get(views.PROCESSOR, table, key)
        return None if value is None else views.decode(table, value)

    @property
    def own(self) -> LibraryView:
        """Return the library's own row."""
        found: LibraryView | None = self.row(views.LIBRARY, "")
        return found or LibraryView()

    async def every(self, table: str, prefix: str = "") -> AsyncIterator[Any]:
        """Yield the rows whose own key begins with `prefix`, in order of key."""
        start = views.row_key(self._tenant, prefix)
        last: bytes | None = None
        while True:
            found, _ = self._tables.scan(views.PROCESSOR, table, start, after=last, limit=PAGE_ROWS)
            for _, value in found:
                yield views.decode(table, value)
            if len(found) < PAGE_ROWS:
                return
            last = found[-1][0]
            await asyncio.sleep(0)

    async def all(self, table: str) -> list[Any]:
        """Return all rows of a table."""
        return [row async for row in self.every(table)]

    def published(self) -> PublicationView | None:
        """Return the version in force."""
        version = self.own.published_version
        found: PublicationView | None = self.row(views.PUBLICATION, views.publication_key(version))
        return found

    def changed(
        self,
        intents: Sequence[IntentView],
        groups: Sequence[GroupView],
        lines: Sequence[LineView],
    ) -> list[str]:
        """Return what a publish would change against what is in force, by name."""
        content = contents.frozen(intents, groups, lines, self.own.settings)
        published = self.published()
        before = published.parts if published is not None else ()
        changed = contents.changed_parts(before, contents.parts(content))
        if published is None and not content.intents:
            # There is nothing to publish yet; that settings have a value is no change.
            return [name for name in changed if name != contents.SETTINGS_PART]
        return changed


class IntentsWanted(msgspec.Struct, frozen=True):
    """Which intents a list shall have.

    Attributes:
        status: Only of this status.
        group_id: Only of this group.
        line_of_business: Only of this line.
        q: Words that name, description or examples have, all of them.
        limit: Most items.
    """

    status: str | None = None
    group_id: str | None = None
    line_of_business: str | None = None
    q: str = ""
    limit: int = 500

    def has(self, one: IntentView) -> bool:
        """Return whether an intent is wanted; what became part of another never is."""
        if one.merged_into is not None:
            return False
        if self.status not in {None, one.status} or self.group_id not in {None, one.group_id}:
            return False
        if self.line_of_business not in {None, one.line_of_business}:
            return False
        if not self.q:
            return True
        texts = (one.name, one.description, *(example.text for example in one.examples))
        text = " ".join(texts).casefold()
        return all(word in text for word in self.q.casefold().split())


class LibraryReads:
    """Answers queries over the rows of the library."""

    def __init__(self, tables: Tables, peers: Peers) -> None:
        self._tables, self._peers = tables, peers

    async def library(self, request: Request, asker: Principal) -> Response:
        """Return the library as a whole."""

        async def answer() -> LibraryAnswer:
            shelf = Shelf(self._tables, asker.tenant)
            intents: list[IntentView] = await shelf.all(views.INTENT)
            changed = shelf.changed(
                intents, await shelf.all(views.GROUP), await shelf.all(views.LINE)
            )
            own = shelf.own
            return LibraryAnswer(
                settings=msgspec.convert(settings_told(own.settings), LibrarySettings),
                published=told.published(shelf.published()),
                publication=told.publication(
                    shelf.row(views.PUBLICATION, views.publication_key(own.publications))
                ),
                changes_since_publish=len(changed),
                changed=changed[:CHANGED_TOLD],
                counts=told.counts(intents),
                next_daily_ms=own.daily_due_ms or None,
                as_of=[shelf.as_of],
            )

        return await self._here_or_there(request, answer)

    async def intents(
        self,
        request: Request,
        asker: Principal,
        wanted: IntentsWanted,
    ) -> Response:
        """Return intents, most frequent first; those that became part of another are not told."""

        async def answer() -> IntentPage:
            shelf = Shelf(self._tables, asker.tenant)
            every: list[IntentView] = await shelf.all(views.INTENT)
            groups: list[GroupView] = await shelf.all(views.GROUP)
            changed = set(shelf.changed(every, groups, await shelf.all(views.LINE)))
            found = [one for one in every if wanted.has(one)]
            found.sort(key=lambda one: (-one.count, one.name.casefold(), one.intent_id))
            names = {group.group_id: group.name for group in groups}
            return IntentPage(
                [told.summary(one, names, changed) for one in found[: wanted.limit]],
                len(found),
                [shelf.as_of],
            )

        return await self._here_or_there(request, answer)

    async def intent(self, request: Request, asker: Principal, intent_id: str) -> Response:
        """Return one intent, also one that became part of another."""

        async def answer() -> IntentAnswer:
            shelf = Shelf(self._tables, asker.tenant)
            one: IntentView | None = shelf.row(views.INTENT, intent_id)
            if one is None:
                raise NotFoundError(f"There is no intent {intent_id!r}.")
            groups: list[GroupView] = await shelf.all(views.GROUP)
            # A part depends on its own row, its groups and its parent, and on nothing else.
            parent = shelf.row(views.INTENT, one.parent_id) if one.parent_id else None
            looked_at = [one] if parent is None else [one, parent]
            changed = set(shelf.changed(looked_at, groups, ()))
            names = {group.group_id: group.name for group in groups}
            return told.intent(one, names, changed, shelf.as_of)

        return await self._here_or_there(request, answer)

    async def groups(self, request: Request, asker: Principal) -> Response:
        """Return the groups with how many intents each has."""

        async def answer() -> GroupPage:
            shelf = Shelf(self._tables, asker.tenant)
            sizes: dict[str | None, int] = {}
            async for intent in shelf.every(views.INTENT):
                sizes[intent.group_id] = sizes.get(intent.group_id, 0) + 1
            groups: list[GroupView] = await shelf.all(views.GROUP)
            groups.sort(key=lambda one: (one.name.casefold(), one.group_id))
            return GroupPage(
                [
                    GroupAnswer(
                        one.group_id,
                        one.name,
                        one.status,
                        one.source,
                        sizes.get(one.group_id, 0),
                        one.clarifying_question,
                        one.instructions,
                        one.line_of_business,
                    )
                    for one in groups
                ],
                [shelf.as_of],
            )

        return await self._here_or_there(request, answer)

    async def lines(self, request: Request, asker: Principal) -> Response:
        """Return the lines of business."""

        async def answer() -> LinePage:
            shelf = Shelf(self._tables, asker.tenant)
            lines: list[LineView] = await shelf.all(views.LINE)
            lines.sort(key=lambda one: (one.name.casefold(), one.line_id))
            return LinePage(
                [
                    LineAnswer(
                        one.line_id,
                        one.name,
                        one.instructions,
                        list(one.workstreams),
                        list(one.queues),
                        list(one.rules),
                    )
                    for one in lines
                ],
                [shelf.as_of],
            )

        return await self._here_or_there(request, answer)

    async def versions(self, request: Request, asker: Principal) -> Response:
        """Return the versions, newest first."""

        async def answer() -> VersionPage:
            shelf = Shelf(self._tables, asker.tenant)
            rows: list[PublicationView] = await shelf.all(views.PUBLICATION)
            in_force = shelf.own.published_version
            return VersionPage([told.version(one, in_force) for one in rows[::-1]], [shelf.as_of])

        return await self._here_or_there(request, answer)

    async def runs(self, request: Request, asker: Principal) -> Response:
        """Return the mining runs, newest first."""

        async def answer() -> RunPage:
            shelf = Shelf(self._tables, asker.tenant)
            rows: list[RunView] = await shelf.all(views.RUN)
            rows.sort(key=lambda one: -one.number)
            return RunPage([RunAnswer(**told.run(one)) for one in rows], [shelf.as_of])

        return await self._here_or_there(request, answer)

    async def run(self, request: Request, asker: Principal, run_id: str) -> Response:
        """Return a mining run with what it found; one that failed has nothing to look at."""

        async def answer() -> RunResult:
            shelf = Shelf(self._tables, asker.tenant)
            run = _require_run(shelf, run_id)
            if run.state == "failed":
                because = f"mining run {run_id!r} failed and has no result: {run.because}"
                raise RefusedError(rule="library.run_failed", because=because)
            mined = []
            if run.state == "done":
                mined = [
                    _mined_of(row.content) async for row in shelf.every(views.MINED, f"{run_id}\0")
                ]
            tree = _tree_of(run.tree) if run.tree else MergeTree()
            is_kept = run.state == "done" and len(mined) == run.intents and bool(run.tree)
            return RunResult(
                **told.run(run), is_kept=is_kept, mined=mined, tree=tree, as_of=[shelf.as_of]
            )

        return await self._here_or_there(request, answer)

    async def export(self, request: Request, asker: Principal, run_id: str) -> Response:
        """Return what a run found as a table; of one that failed, only the heading."""
        try:
            shelf = Shelf(self._tables, asker.tenant)
            run = _require_run(shelf, run_id)
            found = shelf.every(views.MINED, f"{run_id}\0")
            is_there = run.state == "done"
            rows = [told.exported(run, _mined_of(row.content)) async for row in found if is_there]
        except NotOwnedError as elsewhere:
            return await self._peers.forward(request, elsewhere.url)
        disposition = 'attachment; filename="mining-run.csv"'
        return Response(
            told.as_csv(rows), media_type=CSV, headers={"content-disposition": disposition}
        )

    def answer_of(self, tenant: str, command_id: str) -> views.CommandView | None:
        """Return what was answered to a command, if it was taken here."""
        try:
            found: views.CommandView | None = Shelf(self._tables, tenant).row(
                views.COMMAND, command_id
            )
        except NotOwnedError:
            return None
        return found

    async def _here_or_there(self, request: Request, answer: Answer) -> Response:
        try:
            return Response(_encode(await answer()), media_type=JSON)
        except NotOwnedError as elsewhere:
            return await self._peers.forward(request, elsewhere.url)


def _require_run(shelf: Shelf, run_id: str) -> RunView:
    run: RunView | None = shelf.row(views.RUN, run_id)
    if run is None:
        raise NotFoundError(f"There is no mining run {run_id!r}.")
    return run

"""The articles of a tenant, to be chosen as what solves an intent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from processors.assist.articles import ARTICLES, Article, ArticleBase, load_articles
from processors.errors import InvalidReferenceError
from processors.views.conversation import CONVERSATION
from streams.api.errors import UnavailableError
from streams.api.library_answers import ArticleFound, ArticlePage
from streams.api.routing_reads import References
from streams.api.rows import PROCESSOR
from streams.client.errors import ClientError
from streams.tables import AsOf, NotOwnedError, Tables

Find = Callable[[str], bytes | None]
"""Tenant to the article base it published last, or None; may block, raises ClientError."""

KEPT_S: Final = 30.0
"""How long an article base counts that was read because none is loaded here."""
TENANTS_MAX: Final = 32
EMPTY: Final = ArticleBase("", ())


class Articles:
    """The article bases in force, as this worker has them.

    Right after its start a worker has loaded none: then the one that was published last is read.
    """

    def __init__(
        self,
        tables: Tables,
        references: References,
        find: Find,
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the parts.

        Args:
            tables: For how fresh answers are.
            references: What is loaded here.
            find: What was published last.
            now_s: The clock, in seconds.
        """
        self._tables, self._references, self._find, self._now_s = tables, references, find, now_s
        self._found: dict[str, tuple[float, ArticleBase]] = {}
        self._finding = asyncio.Lock()

    async def page(
        self, tenant: str, wanted: str, ids: list[str] | None, limit: int
    ) -> ArticlePage:
        """Return the articles that are wanted.

        Raises:
            UnavailableError: None is loaded here, and Kafka cannot be read.
        """
        base = await self._base(tenant)
        found = chosen(base.articles, wanted, ids)
        return ArticlePage(
            items=[
                ArticleFound(one.article_id, one.title, one.shown_summary(), one.link())
                for one in found[:limit]
            ],
            total=len(found),
            digest=base.digest,
            as_of=self._as_of(),
        )

    async def _base(self, tenant: str) -> ArticleBase:
        loaded = self._references(PROCESSOR, tenant).get(ARTICLES)
        if isinstance(loaded, ArticleBase):
            self._found.pop(tenant, None)
            return loaded
        async with self._finding:
            read_s, base = self._found.get(tenant, (0.0, None))
            if base is not None and self._now_s() - read_s < KEPT_S:
                return base
            found = await asyncio.to_thread(self._read, tenant, base)
            self._found.pop(tenant, None)
            while len(self._found) >= TENANTS_MAX:
                del self._found[next(iter(self._found))]
            self._found[tenant] = (self._now_s(), found)
            return found

    def _read(self, tenant: str, before: ArticleBase | None) -> ArticleBase:
        try:
            content = self._find(tenant)
            return EMPTY if content is None else load_articles(content)
        except InvalidReferenceError:
            # It was refused by whoever was to load it, so what was there before stays in force.
            return before or EMPTY
        except ClientError as fault:
            raise UnavailableError(
                f"The articles cannot be read just now ({type(fault).__name__}).", retry_after_s=2
            ) from fault

    def _as_of(self) -> list[AsOf]:
        found = []
        for partition in sorted(self._tables.owned(PROCESSOR)):
            try:
                _, as_of = self._tables.scan(
                    PROCESSOR, CONVERSATION, b"", partition=partition, limit=0
                )
            except NotOwnedError:
                continue
            found.append(as_of)
        return found


def chosen(given: Iterable[Article], wanted: str, ids: list[str] | None) -> list[Article]:
    """Return articles that have every word wanted, by title; begun with it first.

    Args:
        given: All there are.
        wanted: Words, or parts of them.
        ids: Only these; None: any.
    """
    words = wanted.casefold().split()
    start = " ".join(words)
    only = None if ids is None else set(ids)

    def order(one: Article) -> tuple[Any, ...]:
        title = one.title.casefold()
        return not title.startswith(start), title, one.article_id

    def has(one: Article) -> bool:
        text = " ".join((one.title, one.article_id, *one.keywords)).casefold()
        return all(word in text for word in words)

    return sorted(
        (one for one in given if (only is None or one.article_id in only) and has(one)), key=order
    )

"""The article base of a tenant: what may be recommended, as of one version.

An artefact is JSON: `{"articles": [{"article_id", "title", "content", "summary"?, "url"?,
"language"?, "status"?, "keywords"?}, ...]}`. Only articles whose status is `published` are ever
found; the others are read and checked, and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from processors.artefact import read
from processors.assist.retrieval import Document, Index
from processors.errors import InvalidReferenceError

ARTICLES: Final = "assist.articles"
SUMMARY_CHARS_MAX: Final = 240
_MARGIN: Final = 40
_SPACE: Final = re.compile(r"\s+")
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")

Text = Annotated[str, msgspec.Meta(min_length=1)]
Status = Literal["draft", "in_review", "published", "archived", "withdrawn"]


class Article(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One article as its editors publish it.

    Attributes:
        article_id: Unique in the base.
        title: Shown as the card's title; matched.
        content: The article itself; matched.
        summary: Shown on the card; the first sentences of the content when missing.
        url: Where it is read in full; a card links to it only when it is https.
        language: BCP 47 tag.
        status: Only `published` ones are recommended.
        keywords: What customers call it, as words or phrases; matched.
    """

    article_id: Text
    title: Text
    content: Text
    summary: str | None = None
    url: str | None = None
    language: str | None = None
    status: Status = "published"
    keywords: tuple[str, ...] = ()

    def shown_summary(self) -> str:
        """Return the editors' summary or, without one, the content's first sentences."""
        return _shorten(self.summary or self.content)

    def link(self) -> str | None:
        """Return the url if it is a plain https address, else None."""
        return self.url if self.url is not None and is_https(self.url) else None


class ArticleBase:
    """The published articles of one artefact and the index over them.

    Attributes:
        digest: SHA-256 of the artefact's content, hex; names the version in every event.
        articles: The published ones, in the artefact's order.
        index: What finds them; its documents have the articles' order.
    """

    def __init__(self, digest: str, articles: tuple[Article, ...]) -> None:
        self.digest, self.articles = digest, articles
        self.index = Index(
            [
                Document(title=a.title, keywords=a.keywords, body=f"{a.summary or ''}\n{a.content}")
                for a in articles
            ]
        )


class _Artefact(msgspec.Struct, forbid_unknown_fields=True):
    articles: tuple[Article, ...]


def parse_articles(content: bytes) -> tuple[Article, ...]:
    """Return every article of an artefact. Raises InvalidReferenceError."""
    articles = read(ARTICLES, content, _Artefact).articles
    seen: dict[str, int] = {}
    for position, article in enumerate(articles):
        if article.article_id in seen:
            first = seen[article.article_id]
            raise InvalidReferenceError(
                reference=ARTICLES,
                field=f"articles[{position}].article_id",
                because=f"{article.article_id!r} is taken by articles[{first}] already",
            )
        seen[article.article_id] = position
    return articles


def load_articles(content: bytes) -> ArticleBase:
    """Return the searchable form of an artefact. Raises InvalidReferenceError."""
    published = tuple(a for a in parse_articles(content) if a.status == "published")
    return ArticleBase(sha256(content).hexdigest(), published)


def is_https(url: str) -> bool:
    """Return whether `url` is an absolute https address without credentials or odd characters."""
    if _CONTROL.search(url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme == "https" and bool(host) and parts.username is None


def _shorten(text: str) -> str:
    text = _SPACE.sub(" ", text).strip()
    if len(text) <= SUMMARY_CHARS_MAX:
        return text
    whole = ""
    for sentence in _sentences(text):
        if len(whole) + len(sentence) > SUMMARY_CHARS_MAX:
            break
        whole += sentence
    if len(whole) >= _MARGIN:
        return whole.rstrip()
    return text[: SUMMARY_CHARS_MAX - 1].rsplit(" ", 1)[0] + "…"


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in re.finditer(r"[.!?] ", text):
        yield text[start : end.end()]
        start = end.end()
    yield text[start:]

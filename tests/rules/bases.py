"""Article bases and settings for the tests: small ones made to measure, and the demo's."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from processors import reference
from processors.assist.articles import ARTICLES, ArticleBase
from processors.assist.settings import SETTINGS

DEMO = Path(__file__).parents[2] / "streams" / "demo" / "articles.json"


def article(article_id: str, title: str, content: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "title": title,
        "content": content or f"All about this: {title}.",
        "url": f"https://kb.example.com/{article_id}",
        **fields,
    }


def content_of(*articles: dict[str, Any]) -> bytes:
    return json.dumps({"articles": articles}).encode()


def base(*articles: dict[str, Any]) -> ArticleBase:
    loaded: ArticleBase = reference.load(ARTICLES, content_of(*articles))
    return loaded


def references(*articles: dict[str, Any], settings: dict[str, Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {ARTICLES: base(*articles)} if articles else {}
    if settings is not None:
        found[SETTINGS] = reference.load(SETTINGS, json.dumps(settings).encode())
    return found


REFUNDS = tuple(
    article(
        f"R-{number}",
        f"Refund rules for {ware}",
        f"When a refund for {ware} is paid and how the money comes back.",
        keywords=["refund", "money back", ware],
    )
    for number, ware in enumerate(("shoes", "lamps", "books", "phones", "tickets"), 1)
)
"""Five articles that all fit a question about a refund."""

ROUTER = article(
    "N-1",
    "Restart a router",
    "Unplug the router, wait, and plug it in again. Then measure the speed of the connection.",
    keywords=["router", "slow internet", "connection"],
)
LUGGAGE = article(
    "N-2",
    "Find lost luggage",
    "A suitcase that did not arrive is reported at the airport.",
    keywords=["luggage", "suitcase", "airport"],
)
OFFICE = article("N-3", "Opening hours of the branches", "Monday to Friday from nine to six.")


@cache
def demo_articles() -> tuple[dict[str, Any], ...]:
    """The demo's articles, all of them."""
    return tuple(json.loads(DEMO.read_bytes())["articles"])


@cache
def demo_base() -> ArticleBase:
    loaded: ArticleBase = reference.load(ARTICLES, DEMO.read_bytes())
    return loaded

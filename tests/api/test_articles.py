"""Articles over HTTP: what may be chosen as what solves an intent."""

from __future__ import annotations

import json
from typing import Any

from processors.assist.articles import ARTICLES
from streams.api.library_articles import KEPT_S, Articles
from streams.client.errors import BrokerUnreachableError
from tests.api.support import Node, body, node, shop, token


def base(*titles: str, **fields: Any) -> bytes:
    told = [
        {"article_id": f"KB-{number}", "title": title, "content": f"{title}. Do this."} | fields
        for number, title in enumerate(titles, 1)
    ]
    return json.dumps({"articles": told}).encode()


async def listed(worker: Node, path: str = "", tenant: str = "demo") -> Any:
    async with worker.client(token(tenant=tenant)) as client:
        return await client.get(f"/v1/articles{path}")


def titles(answer: Any) -> list[str]:
    return [one["title"] for one in body(answer)["items"]]


async def test_articles_in_force_are_listed_by_title_and_found_by_words():
    cluster = shop()
    cluster.publish(
        ARTICLES, base("Paper jam", "Cancel an order", "Jam in the kettle", url="https://x.test/a")
    )
    cluster.publish(ARTICLES, base("Not ours"), tenant="other")
    async with node(cluster=cluster) as worker:
        whole = body(await listed(worker))
        assert [one["title"] for one in whole["items"]] == [
            "Cancel an order",
            "Jam in the kettle",
            "Paper jam",
        ]
        assert whole["items"][0] == {
            "article_id": "KB-2",
            "title": "Cancel an order",
            "summary": "Cancel an order. Do this.",
            "url": "https://x.test/a",
        }
        assert len(whole["digest"]) == 64
        assert whole["as_of"]
        assert titles(await listed(worker, "?q=JAM")) == ["Jam in the kettle", "Paper jam"]
        assert titles(await listed(worker, "?q=jam+pap")) == ["Paper jam"]
        assert titles(await listed(worker, "?q=kb-2")) == ["Cancel an order"]
        assert titles(await listed(worker, "?q=nothing")) == []
        assert titles(await listed(worker, "?article_id=KB-3&article_id=KB-1&article_id=no")) == [
            "Jam in the kettle",
            "Paper jam",
        ]
        short = body(await listed(worker, "?limit=1"))
        assert (len(short["items"]), short["total"]) == (1, 3)
        assert titles(await listed(worker, tenant="other")) == ["Not ours"]
        assert (await listed(worker, "?limit=0")).status_code == 422
        async with worker.client(None) as stranger:
            assert (await stranger.get("/v1/articles")).status_code == 401


async def test_drafts_are_not_offered():
    cluster = shop()
    cluster.publish(ARTICLES, base("Paper jam", status="draft"))
    async with node(cluster=cluster) as worker:
        assert titles(await listed(worker)) == []


async def test_without_any_articles_the_list_is_empty():
    async with node(find_articles=lambda _: None) as worker:
        answer = body(await listed(worker))
        assert (answer["items"], answer["digest"]) == ([], "")


async def test_a_worker_that_has_loaded_none_reads_what_was_published_once():
    asked: list[str] = []

    def find(tenant: str) -> bytes:
        asked.append(tenant)
        return base("Paper jam")

    async with node(find_articles=find) as worker:
        for _ in range(3):
            assert titles(await listed(worker)) == ["Paper jam"]
        assert asked == ["demo"]


async def test_what_was_read_is_read_again_after_a_while_and_a_bad_one_does_not_count():
    contents, now = [base("Old"), b"not an article base", base("New")], [0.0]
    async with node() as worker:
        found = Articles(
            worker.tables, lambda *_: {}, lambda _: contents.pop(0), now_s=lambda: now[0]
        )
        seen = []
        for _ in range(3):
            seen += [one.title for one in (await found.page("demo", "", None, 9)).items]
            now[0] += KEPT_S
    assert seen == ["Old", "Old", "New"]


async def test_when_kafka_cannot_be_read_that_is_said():
    def find(_: str) -> bytes:
        raise BrokerUnreachableError(bootstrap_servers="nowhere:1", because="nobody answers")

    async with node(find_articles=find) as worker:
        answer = await listed(worker)
    assert answer.status_code == 503
    assert "The articles cannot be read just now" in answer.json()["detail"]

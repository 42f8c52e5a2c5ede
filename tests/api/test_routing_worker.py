"""Commands and reads of routing against a supervised worker on real Kafka."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ops.bench.stage import WorkerUnderTest
from processors.routing.setup import SETUP
from streams.api.auth import read_token
from streams.reference_publication import publish_reference
from streams.settings import Kafka
from tests.api.support import DEMO, body

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]


@pytest.fixture
async def client(
    engine_topics: Any, kafka_settings: Kafka, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    with WorkerUnderTest(kafka_settings, tmp_path) as running:
        await asyncio.to_thread(running.await_ready)
        token = read_token(tmp_path)
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{running.port}",
            headers={"authorization": f"Bearer {token}"},
            timeout=10,
        ) as made:
            yield made


async def test_a_worker_says_done_or_refused_and_soon(
    client: httpx2.AsyncClient, kafka_settings: Kafka
):
    # Nobody is set up yet: the first refusal, which also makes the worker read refusals.
    first = await client.post("/v1/desk/connect", json={})
    assert first.status_code in {202, 409}, first.text
    content = (DEMO / "routing.json").read_bytes()
    await asyncio.to_thread(publish_reference, kafka_settings, SETUP, content, tenant="demo")
    async with asyncio.timeout(30):
        # Whoever asks again is answered when the worker has taken the setup in.
        answer = first
        while answer.status_code != 202 or body(answer)["state"] != "done":
            answer = await client.post("/v1/desk/connect", json={})

    took_s: list[float] = []
    for presence in ("away", "busy", "available") * 5:
        began_s = time.monotonic()
        answer = await client.post("/v1/desk/presence", json={"presence": presence})
        took_s.append(time.monotonic() - began_s)
        assert answer.status_code == 202, answer.text
        assert body(answer)["state"] == "done"
        # Done is done: whoever reads now, reads what came of it.
        desk = body(await client.get("/v1/desk"))
        assert desk["representative"]["presence"] == presence
    assert sorted(took_s)[len(took_s) // 2] < 0.3

    refused = await client.post("/v1/items/pick", json={"item_id": "i-9"})
    assert refused.status_code == 409
    problem = body(refused)
    assert "i-9" in problem["detail"]
    assert problem["errors"][0]["detail"].startswith("routing.")

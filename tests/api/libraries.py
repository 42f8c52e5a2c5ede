"""A library to ask about: mined, partly approved, published."""

from __future__ import annotations

from typing import Any

import msgspec

from processors.intents.library import Attribute
from processors.miner.mined import MinedIntent
from schemas.records import library as records
from streams.processors import all_processors
from streams.testing import TestCluster
from tests.api.floors import give
from tests.api.support import NINE_MS, PARTITIONS
from tests.rules.libraries import ORDER, REFUND, mined

TREE = {
    "leaves": ["s-1", "s-2"],
    "merges": [{"left": 0, "right": 1, "distance": 0.5}],
    "cut": 0.45,
    "cuts": {"low": 0.6, "medium": 0.45, "high": 0.3},
}


def cluster_of_all() -> TestCluster:
    """Return all processors, with nothing published."""
    return TestCluster(*all_processors(), partitions=PARTITIONS, now_ms=NINE_MS)


def fill(cluster: TestCluster, tenant: str = "demo") -> None:
    """Give a tenant three mined intents, two of them approved and published."""
    number = Attribute("order_number", "order number", question="What is the number?")
    found = (
        mined("order", ORDER, conversations=40, attributes=(number,)),
        mined("refund", REFUND, conversations=20),
        mined("hours", ("when do you open", "=1+1 opening hours"), conversations=9),
    )
    run(cluster, *found, tenant=tenant)
    curate(cluster, "r-1", records.ReviewIntents, tenant, intent_ids=["order", "refund"])
    publish(cluster, 1, tenant=tenant)


def run(cluster: TestCluster, *found: MinedIntent, run_id: str = "run-1", **start: Any) -> None:
    """Have a whole mining run."""
    tenant = start.pop("tenant", "demo")
    begin(cluster, run_id, tenant=tenant, **start)
    for index, one in enumerate(found):
        content = msgspec.json.encode(one).decode()
        told = {"run_id": run_id, "index": index, "content": content}
        give(cluster, records.IntentMined, tenant=tenant, **told)
    give(
        cluster,
        records.MiningFinished,
        tenant=tenant,
        run_id=run_id,
        intents=len(found),
        figures='{"turns":120}',
        tree=msgspec.json.encode(TREE).decode(),
    )


def begin(cluster: TestCluster, run_id: str, *, tenant: str = "demo", **start: Any) -> None:
    """Ask for a run and begin it."""
    asked = {"command_id": f"start-{run_id}", "actor_id": "ann", "run_id": run_id, **start}
    give(cluster, records.StartMining, tenant=tenant, **asked)
    give(cluster, records.MiningStarted, tenant=tenant, run_id=run_id, source="conversations")


def curate(
    cluster: TestCluster, command_id: str, record: Any, tenant: str = "demo", **fields: Any
) -> None:
    """Give a command as ann; a review approves."""
    if record is records.ReviewIntents:
        fields.setdefault("status", "approved")
    given = {"command_id": command_id, "actor_id": "ann", **fields}
    give(cluster, record, tenant=tenant, **given)


def publish(cluster: TestCluster, version: int, *, tenant: str = "demo") -> None:
    """Have a version frozen and trained."""
    curate(cluster, f"publish-{version}", records.PublishLibrary, tenant, note="first")
    give(
        cluster,
        records.LibraryTrained,
        tenant=tenant,
        version=version,
        digest=f"digest-{version}",
        threshold=0.4,
        accuracy=0.93,
        examples=6,
    )

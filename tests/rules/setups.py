"""Routing setups for tests, as their artefact's content: a little that works, and what is given."""

from __future__ import annotations

import json
from typing import Any

from processors.routing.overflow import Load, QueueLoad
from processors.routing.setup import Setup
from processors.routing.setup_loading import load_setup

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

RATED: dict[str, Any] = {
    "rating_models": [
        {
            "id": "stars",
            "levels": [{"name": f"{n} stars", "value": n} for n in range(1, 6)],
        }
    ],
    "skills": [
        {"id": "refunds", "rating_model": "stars"},
        {"id": "german", "rating_model": "stars"},
    ],
}


def content(**parts: Any) -> bytes:
    """Return an artefact with these parts."""
    return json.dumps(parts).encode()


def setup(**parts: Any) -> Setup:
    """Return the loaded form of an artefact with these parts."""
    return load_setup(content(**parts))


def queue(queue_id: str, kind: str = "messaging", **given: Any) -> dict[str, Any]:
    """Return a queue of an artefact."""
    return {"id": queue_id, "kind": kind, **given}


def workstream(kind: str = "messaging", **given: Any) -> dict[str, Any]:
    """Return the workstream `work` of an artefact."""
    return {"id": "work", "kind": kind, **given}


def routed_by(*routes: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return the workstream `work` with named route-to-queue rules."""
    named = [{"name": f"rule {n}", **one} for n, one in enumerate(routes, start=1)]
    return workstream(routes=named, **given)


def load(**waiting: int | tuple[int, int]) -> Load:
    """Return how busy queues are: waiting items, or those and the expected wait in ms."""

    def of(queue_id: str) -> QueueLoad:
        held = waiting.get(queue_id, 0)
        return QueueLoad(*held) if isinstance(held, tuple) else QueueLoad(held)

    return of

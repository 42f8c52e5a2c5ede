"""A tenant's pool drawn by chance, for the simulator: work, representatives, and what both do."""

from __future__ import annotations

import hashlib
import json
from random import Random
from typing import Any, Final

from processors.routing.processor import RoutingProcessor
from schemas import catalogue, codec
from schemas.records import routing
from schemas.records.control import ReferenceChanged
from streams.replay.exercise import Input
from streams.replay.simulator import START_MS, Subject

TENANT: Final = "demo"
SETUP: Final = "routing.setup"
ITEMS: Final = ("c-0", "c-1", "c-2", "c-3")
PEOPLE: Final = ("ann", "bo", "cy")
STEP_MS: Final = 15_000
"""How far apart inputs are let in: far enough that offers run out and conversations close."""


def _setup(second: dict[str, Any], **stream: Any) -> bytes:
    """Return a setup: chats are offered and answered, texts are assigned at once."""
    shared = {"kind": "messaging", "allowed_presences": ["available", "busy"]}
    content = {
        "representatives": [{"id": who, "units": 2} for who in PEOPLE],
        "queues": [
            {"id": "first", "kind": "messaging", "members": ["ann", "bo"], "method": "round_robin"},
            {"id": "second", "kind": "messaging", "members": ["bo", "cy"], **second},
        ],
        "workstreams": [
            {
                "id": "chat",
                "channels": ["live_chat"],
                "fallback_queue": "first",
                "offer_seconds": 30,
                **shared,
                **stream,
            },
            {
                "id": "text",
                "channels": ["sms"],
                "fallback_queue": "second",
                "offer": "auto",
                "auto_accept": "at_once",
                **shared,
            },
        ],
    }
    return json.dumps(content).encode()


_SETUPS: Final = (
    _setup({"priority": 1}, wrap_up="never"),
    _setup(
        {
            "overflow": {
                "waiting": [{"exceeds_ms": 60_000, "action": {"do": "queue", "queue": "first"}}]
            }
        },
        wrap_up=60_000,
        keep_same_representative=True,
    ),
)
CONTENTS: Final = {hashlib.sha256(content).hexdigest(): content for content in _SETUPS}
"""Routing setups by digest."""


def draw(chance: Random, now_ms: int, number: int) -> Input:
    """Return the next input; `number` counts them, and tells the time they are let in at."""
    at_ms = max(now_ms, START_MS + number * STEP_MS)
    if chance.random() < 0.03:
        return _changed(chance.choice(sorted(CONTENTS)), at_ms)
    if chance.random() < 0.03:
        return b"demo", chance.choice((None, b"\xc3\x01", b"noise")), ()
    headers: tuple[tuple[str, bytes], ...] = ()
    if chance.random() < 0.2:
        sequence = max(0, number - chance.choice((0, 0, 1, 5)))
        headers = (("ce_source", b"/up/0"), ("ce_sequence", b"%d" % sequence))
    record_type, fields = chance.choices(_KINDS, _WEIGHTS)[0](chance, number)
    record = record_type(
        tenant=TENANT,
        occurred_at_ms=at_ms,
        recorded_at_ms=chance.choice((at_ms, at_ms, at_ms - 900)),
        **fields,
    )
    return catalogue.key_of(record), codec.encode(record), headers


_Drawn = tuple[type[Any], dict[str, Any]]


def _arrival(chance: Random, number: int) -> _Drawn:
    fields = {
        "item_id": chance.choice(ITEMS),
        "channel": chance.choice(("live_chat", "sms")),
        "request_id": f"r-{number // 8}",
        "bot_id": "bot",
        "is_synchronous": chance.random() < 0.5,
        "ownership_epoch": number,
        "preferred_representatives": chance.choice(((), (), ("cy",))),
    }
    return routing.WorkItemArrived, fields


def _coming(chance: Random, _: int) -> _Drawn:
    return routing.RepresentativeConnected, {"representative_id": chance.choice(PEOPLE)}


def _going(chance: Random, _: int) -> _Drawn:
    fields = {"representative_id": chance.choice(PEOPLE), "is_sign_out": chance.random() < 0.5}
    return routing.RepresentativeDisconnected, fields


def _answer(chance: Random, number: int) -> _Drawn:
    item_id = chance.choice(ITEMS)
    fields = {
        "item_id": item_id,
        "offer_id": f"{item_id}/{chance.choice((1, 1, 2))}.{chance.choice((1, 1, 2, 3))}",
        "representative_id": chance.choice(PEOPLE),
        "command_id": f"k-{number - chance.choice((0, 0, 2))}",
    }
    return chance.choice((routing.AcceptOffer, routing.AcceptOffer, routing.DeclineOffer)), fields


def _work(chance: Random, _: int) -> _Drawn:
    verbs = (
        routing.EndItem,
        routing.CloseItem,
        routing.ReleaseItem,
        routing.WaitItem,
        routing.ResumeItem,
        routing.PickItem,
    )
    fields = {"item_id": chance.choice(ITEMS), "representative_id": chance.choice(PEOPLE)}
    return chance.choice(verbs), fields


def _passing(chance: Random, _: int) -> _Drawn:
    targets = (("queue", "first"), ("queue", "second"), ("representative", "ann"), ("bot", "bot"))
    target, target_id = chance.choice(targets)
    fields = {
        "item_id": chance.choice(ITEMS),
        "representative_id": chance.choice(PEOPLE),
        "target": target,
        "target_id": target_id,
    }
    return routing.TransferItem, fields


def _activity(chance: Random, _: int) -> _Drawn:
    activities = (
        "customer_wrote",
        "customer_wrote",
        "representative_wrote",
        "customer_left",
        "customer_disconnected",
        "customer_returned",
        "ended",
    )
    fields = {
        "item_id": chance.choice(ITEMS),
        "activity": chance.choice(activities),
        "representative_id": chance.choice(PEOPLE),
    }
    return routing.WorkItemActivity, fields


def _order(chance: Random, _: int) -> _Drawn:
    fields: dict[str, Any] = {"item_id": chance.choice(ITEMS), "supervisor_id": "sue"}
    if chance.random() < 0.3:
        return routing.ForceCloseItem, fields
    if chance.random() < 0.5:
        return routing.AssignItem, {**fields, "queue_id": chance.choice(("first", "second"))}
    return routing.AssignItem, {**fields, "assigned_id": chance.choice(PEOPLE)}


def _changed(digest: str, at_ms: int) -> Input:
    record = ReferenceChanged(
        tenant=TENANT,
        occurred_at_ms=at_ms,
        recorded_at_ms=at_ms,
        reference=SETUP,
        digest=digest,
    )
    return None, codec.encode(record), ()


def _signed_in(who: str) -> Input:
    record = routing.RepresentativeConnected(
        tenant=TENANT, occurred_at_ms=START_MS, recorded_at_ms=START_MS, representative_id=who
    )
    return catalogue.key_of(record), codec.encode(record), ()


_DRAWN: Final = (
    (_arrival, 8),
    (_coming, 3),
    (_going, 2),
    (_answer, 9),
    (_work, 6),
    (_passing, 3),
    (_activity, 4),
    (_order, 2),
)
_KINDS: Final = [kind for kind, _ in _DRAWN]
_WEIGHTS: Final = [weight for _, weight in _DRAWN]

POOLS: Final = Subject(
    RoutingProcessor(),
    draw,
    CONTENTS,
    prologue=(_changed(sorted(CONTENTS)[0], START_MS), _signed_in("ann"), _signed_in("cy")),
)
"""The routing processor, to be simulated."""

"""A tenant's library drawn by chance, for the simulator: minings, what people do, publications."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import msgspec

from processors.intents.library import Attribute
from processors.library.processor import LibraryProcessor
from processors.miner.mined import Example, MinedIntent
from schemas import catalogue, codec
from schemas.records import library
from schemas.records.control import ReferenceChanged
from streams.replay.exercise import Input
from streams.replay.simulator import START_MS, Subject

TENANT: Final = "demo"
ARTICLES: Final = "assist.articles"
INTENTS: Final = ("i-0", "i-1", "i-2", "i-3")
RUN_INPUTS: Final = 15
"""So many inputs may be about the same run."""
TEXTS: Final = tuple(f"I ask for thing {letter} please" for letter in "abcdefgh")
STEP_MS: Final = 15_000
"""How far apart inputs are let in: far enough that the time of the daily run comes."""

CONTENTS: Final = {
    "no-articles": b"[]",
    "bad-articles": b"{",
}
"""Articles by digest; the last cannot be loaded."""

_Drawn = tuple[type[Any], dict[str, Any]]


def draw(chance: Random, now_ms: int, number: int) -> Input:
    """Return the next input; `number` counts them, and tells the time they are let in at."""
    at_ms = max(now_ms, START_MS + number * STEP_MS)
    if chance.random() < 0.03:
        return _changed(chance.choice(sorted(CONTENTS)), at_ms)
    if chance.random() < 0.03:
        return TENANT.encode(), chance.choice((None, b"\xc3\x01", b"noise")), ()
    record_type, fields = chance.choices(_KINDS, _WEIGHTS)[0](chance, number)
    if "command_id" in record_type.__struct_fields__:
        # Now and then a command of before comes once more.
        fields = {
            "command_id": f"k-{number - chance.choice((0, 0, 0, 3))}",
            "actor_id": "ann",
            **fields,
        }
    record = record_type(
        tenant=TENANT,
        occurred_at_ms=at_ms,
        recorded_at_ms=chance.choice((at_ms, at_ms, at_ms - 900)),
        **fields,
    )
    return catalogue.key_of(record), codec.encode(record), ()


def _run_id(chance: Random, number: int) -> str:
    return f"r-{(number - chance.choice((0, 0, 0, 0, RUN_INPUTS))) // RUN_INPUTS}"


def _start(chance: Random, number: int) -> _Drawn:
    fields = {"run_id": _run_id(chance, number), "is_simulation": chance.random() < 0.3}
    return library.StartMining, fields


def _told(chance: Random, number: int) -> _Drawn:
    """Return what the service says of a run; most of it fits together."""
    run = {"run_id": _run_id(chance, number)}
    match chance.randrange(12):
        case 0 | 1 | 2:
            return library.MiningStarted, {**run, "source": chance.choice(("", "import: here"))}
        case 3:
            return library.MiningProgressed, {**run, "phase": "text", "done": 1, "total": 2}
        case 4:
            return library.MiningFailed, {**run, "because": "no"}
        case 5 | 6 | 7:
            return library.MiningFinished, {**run, "intents": chance.choice((0, 1, 1, 2))}
        case _:
            return library.IntentMined, {
                **run,
                "index": chance.randrange(2),
                "content": _mined(chance),
            }


def _mined(chance: Random) -> str:
    if chance.random() < 0.1:
        return "{"
    intent_id, count = chance.choice(INTENTS), chance.randrange(5, 9)
    found = MinedIntent(
        intent_id,
        "new",
        f"name {chance.randrange(3)}",
        "what they ask",
        count,
        count,
        examples=tuple(
            Example(text, f"{intent_id}/{text[-8]}") for text in chance.sample(TEXTS, 2)
        ),
        attributes=(Attribute(f"a-{chance.randrange(2)}", "number"),),
        group_id=f"g-{chance.randrange(2)}",
        group_name="Found",
    )
    return msgspec.json.encode(found).decode()


def _curate(chance: Random, number: int) -> _Drawn:
    one, other = chance.choice(INTENTS), chance.choice(INTENTS)
    status = chance.choice(("approved", "approved", "pending", "discarded"))
    kinds: tuple[_Drawn, ...] = (
        (
            library.AddIntent,
            {"intent_id": one, "name": f"made {number}", "examples": chance.sample(TEXTS, 2)},
        ),
        (library.ReviewIntents, {"intent_ids": [one, other], "status": status}),
        (library.ReviewIntents, {"intent_ids": list(INTENTS), "status": "approved"}),
        (library.RenameIntent, {"intent_id": one, "name": f"named {chance.randrange(3)}"}),
        (library.EditIntent, {"intent_id": one, "description": f"said {chance.randrange(3)}"}),
        (library.UseInBots, {"intent_ids": [one], "is_used": chance.random() < 0.5}),
        (library.MergeIntents, {"into": one, "intent_ids": [other]}),
        (library.ChangeExamples, {"intent_id": one, "add": [chance.choice(TEXTS)]}),
        (library.ForgetExamples, {"turn_ids": [f"{one}/{chance.choice('abcd')}"]}),
        (
            library.SaveGroup,
            {"name": f"group {chance.randrange(2)}", "status": "approved", "intent_ids": [one]},
        ),
        (library.ChangeLibrarySettings, _settings(chance)),
    )
    return chance.choice(kinds)


def _settings(chance: Random) -> dict[str, Any]:
    return {
        "is_discovering": chance.random() < 0.7,
        "daily_at": chance.choice(("09:01", "09:02", "25:00")),
        "status_for_new": chance.choice(("pending", "approved")),
    }


def _publish(chance: Random, _: int) -> _Drawn:
    version = chance.choice((1, 1, 2, 3))
    match chance.randrange(5):
        case 0 | 1:
            return library.PublishLibrary, {"note": f"note {chance.randrange(2)}"}
        case 2:
            return library.PublicationFailed, {"version": version, "because": "no"}
        case _:
            return library.LibraryTrained, {"version": version, "digest": f"d-{version}"}


def _changed(digest: str, at_ms: int) -> Input:
    record = ReferenceChanged(
        tenant=TENANT,
        occurred_at_ms=at_ms,
        recorded_at_ms=at_ms,
        reference=ARTICLES,
        digest=digest,
    )
    return None, codec.encode(record), ()


def _added(intent_id: str) -> Input:
    record = library.AddIntent(
        tenant=TENANT,
        occurred_at_ms=START_MS,
        recorded_at_ms=START_MS,
        command_id=f"begin-{intent_id}",
        intent_id=intent_id,
        name=f"begun {intent_id}",
        examples=(TEXTS[0],),
    )
    return catalogue.key_of(record), codec.encode(record), ()


_DRAWN: Final = ((_start, 2), (_told, 7), (_curate, 10), (_publish, 4))
_KINDS: Final = [kind for kind, _ in _DRAWN]
_WEIGHTS: Final = [weight for _, weight in _DRAWN]

LIBRARIES: Final = Subject(
    LibraryProcessor(),
    draw,
    CONTENTS,
    prologue=(_added(INTENTS[0]), _added(INTENTS[1])),
)
"""The library processor, to be simulated."""
